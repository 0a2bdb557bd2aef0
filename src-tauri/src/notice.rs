//! A notification of the desktop, for a technician whose console is behind other windows. What it says comes from
//! outside and is shown as text; nothing can be clicked in it.

use deskhand_protocol::{
    record::{SessionRecord, SessionStatus},
    template::HelpRequest,
};

use crate::{console::Shared, ipc::ConsoleEvent};

/// Characters of a problem that a notification has room for.
const PROBLEM: usize = 140;

impl Shared {
    /// Somebody asked for help, or his request was closed.
    pub(crate) fn request_changed(&self, request: HelpRequest) {
        if request.closed_at.is_none() {
            let title = request.name.as_str().to_owned();
            let body: String = request.problem.as_str().chars().take(PROBLEM).collect();
            // The desktop's answer may take long where no notification service runs.
            std::thread::spawn(move || show(&title, &body));
        }
        self.tell(ConsoleEvent::Request { request });
    }
}

/// A colleague invites to a call: told when his invitation is new, by his name and the customer's.
pub(crate) fn invited(session: &SessionRecord) {
    if let (Some(_), Some(by), SessionStatus::Open) = (session.joins, &session.invited_by, session.status) {
        let (title, body) = (by.as_str().to_owned(), session.customer.as_str().to_owned());
        std::thread::spawn(move || show(&title, &body));
    }
}

/// Notification services of Linux read a little markup in the body.
fn as_text(body: &str) -> String {
    if cfg!(target_os = "linux") {
        body.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
    } else {
        body.to_owned()
    }
}

fn show(title: &str, body: &str) {
    let shown = notify_rust::Notification::new().appname("Deskhand").summary(title).body(&as_text(body)).show();
    if let Err(error) = shown {
        tracing::debug!(%error, "no notification was shown");
    }
}
