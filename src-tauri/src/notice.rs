//! Notifications of the desktop, for a technician whose console is behind other windows: that somebody asks for help,
//! that a customer waits, and that one in a call asks for attention. What they say comes from outside and is shown as text; nothing can be clicked in them.

use std::collections::HashMap;

use deskhand_protocol::{
    id::SessionId,
    record::{SessionRecord, SessionStatus},
    template::HelpRequest,
    text::Name,
};
use deskhand_viewer::state::CallState;

use crate::{
    console::{Console, Shared},
    ipc::ConsoleEvent,
    seat::lock,
};

/// Characters of a problem that a notification has room for.
const PROBLEM: usize = 140;
/// Characters of the few words that the page brings.
const WORDS: usize = 60;

/// Of what the desktop tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notices {
    requests: bool,
    waiting: bool,
    /// What is said of a customer who waits, behind his name, in the page's language.
    is_waiting: String,
    /// Likewise of one who asks for attention.
    calls: String,
    /// Whose coming has been told.
    told: Vec<SessionId>,
    /// The customers of sessions that are not over.
    customers: HashMap<SessionId, Name>,
    /// How often a customer had asked for attention when it was last looked at, where he had.
    called: HashMap<SessionId, u32>,
}

impl Default for Notices {
    fn default() -> Self {
        // Nobody waits unheard because the page has not come that far yet.
        Self {
            requests: true,
            waiting: false,
            is_waiting: String::new(),
            calls: String::new(),
            told: Vec::new(),
            customers: HashMap::new(),
            called: HashMap::new(),
        }
    }
}

/// What to say.
type Said = (String, String);

impl Notices {
    fn of_request(&self, request: &HelpRequest) -> Option<Said> {
        let wanted = self.requests && request.closed_at.is_none();
        wanted.then(|| {
            let problem = request.problem.as_str().chars().take(PROBLEM).collect();
            (request.name.as_str().to_owned(), problem)
        })
    }

    /// Once for each coming of a customer.
    fn of_session(&mut self, session: &SessionRecord) -> Option<Said> {
        if session.ended_at.is_none() {
            self.customers.insert(session.id, session.customer.clone());
        } else {
            self.customers.remove(&session.id);
        }
        let here = session.helper_online && session.status == SessionStatus::Waiting;
        if !here {
            self.told.retain(|told| *told != session.id);
            return None;
        }
        if self.told.contains(&session.id) {
            return None;
        }
        self.told.push(session.id);
        let machine = session.machine.as_ref().or(session.host.as_ref()).map(ToString::to_string).unwrap_or_default();
        self.waiting.then(|| (format!("{} {}", session.customer, self.is_waiting), machine))
    }

    /// Once for each time that he asks.
    fn of_call(&mut self, session: SessionId, call: &CallState) -> Option<Said> {
        let times = match call {
            CallState::Live { attention, .. } => *attention,
            // While the connection is away nothing is known of it.
            CallState::Reconnecting | CallState::Connecting => return None,
            _ => 0,
        };
        let before = if times == 0 { self.called.remove(&session) } else { self.called.insert(session, times) };
        let asks = self.waiting && times > before.unwrap_or(0);
        let customer = self.customers.get(&session).map(Name::as_str).unwrap_or_default();
        asks.then(|| (format!("{customer} {}", self.calls).trim_start().to_owned(), String::new()))
    }
}

impl Console {
    /// Of what the desktop is to tell.
    pub fn choose_notices(&self, requests: bool, waiting: bool, is_waiting: &str, calls: &str) {
        let mut notices = lock(&self.shared.notices);
        (notices.requests, notices.waiting) = (requests, waiting);
        notices.is_waiting = is_waiting.chars().take(WORDS).collect();
        notices.calls = calls.chars().take(WORDS).collect();
    }
}

impl Shared {
    /// Somebody asked for help, or his request was closed.
    pub(crate) fn request_changed(&self, request: HelpRequest) {
        let said = lock(&self.notices).of_request(&request);
        tell_desktop(said);
        self.tell(ConsoleEvent::Request { request });
    }

    /// A session has changed: its customer may have come.
    pub(crate) fn customer_may_wait(&self, session: &SessionRecord) {
        let said = lock(&self.notices).of_session(session);
        tell_desktop(said);
    }

    /// Where a call stands has changed: its customer may ask for attention.
    pub(crate) fn customer_may_call(&self, session: SessionId, call: &CallState) {
        let said = lock(&self.notices).of_call(session, call);
        tell_desktop(said);
    }

    /// A colleague invites to a call: told when his invitation is new, by his name and the customer's.
    pub(crate) fn invited(&self, session: &SessionRecord) {
        if let (Some(_), Some(by), SessionStatus::Open) = (session.joins, &session.invited_by, session.status)
            && lock(&self.notices).waiting
        {
            tell_desktop(Some((by.as_str().to_owned(), session.customer.as_str().to_owned())));
        }
    }
}

fn tell_desktop(said: Option<Said>) {
    if let Some((title, body)) = said {
        // The desktop's answer may take long where no notification service runs.
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn session(online: bool, status: &str) -> SessionRecord {
        let id = "0190b0b0-0000-7000-8000-000000000000";
        serde_json::from_value(json!({
            "id": id, "status": status, "customer": "Mr Weber", "machine": "till 3", "technician": id,
            "technician_name": "Ada", "via": "program", "conversation": id, "device": null, "helper_key": null, "host": "desk-7", "os": null,
            "location": null, "tags": [], "notes": "", "viewers": [], "helper_online": online, "granted": [],
            "created_at": 1, "code_expires_at": null, "waiting_at": 2, "started_at": null, "ended_at": null,
            "end_reason": null, "last_active_at": 4, "duration_ms": null,
        }))
        .unwrap()
    }

    fn request(closed: Option<i64>) -> HelpRequest {
        let asked = json!({ "id": "0190b0b0-0000-7000-8000-000000000000", "name": "Eve", "problem": "<b>printer</b>",
                            "asked_at": 1, "closed_at": closed });
        serde_json::from_value(asked).unwrap()
    }

    #[test]
    fn a_customer_who_comes_is_told_once_and_again_when_he_comes_again() {
        let mut notices = Notices { waiting: true, is_waiting: "is waiting".into(), ..Notices::default() };
        assert_eq!(notices.of_session(&session(false, "open")), None);
        let said = Some(("Mr Weber is waiting".to_owned(), "till 3".to_owned()));
        assert_eq!(notices.of_session(&session(true, "waiting")), said);
        assert_eq!(notices.of_session(&session(true, "waiting")), None, "a note was changed");
        assert_eq!(notices.of_session(&session(true, "live")), None);
        assert_eq!(notices.of_session(&session(true, "waiting")), said);
    }

    #[test]
    fn a_customer_who_asks_for_attention_is_told_each_time_by_his_name() {
        let mut notices = Notices { waiting: true, calls: "asks for you".into(), ..Notices::default() };
        let live = session(true, "live");
        notices.of_session(&live);
        let call = |attention| CallState::Live {
            granted: Vec::new(),
            held: Vec::new(),
            stopped: None,
            asking: Vec::new(),
            may_return: false,
            declined: None,
            monitors: Vec::new(),
            shown: Vec::new(),
            codec: deskhand_protocol::call::control::VideoCodec::Av1,
            path: "direct".into(),
            trouble: None,
            attention,
        };
        let said = Some(("Mr Weber asks for you".to_owned(), String::new()));
        assert_eq!(notices.of_call(live.id, &call(0)), None);
        assert_eq!(notices.of_call(live.id, &call(1)), said);
        assert_eq!(notices.of_call(live.id, &call(1)), None, "something else has changed");
        assert_eq!(notices.of_call(live.id, &CallState::Reconnecting), None);
        assert_eq!(notices.of_call(live.id, &call(1)), None, "and back again");
        assert_eq!(notices.of_call(live.id, &call(2)), said);
        assert_eq!(notices.of_call(live.id, &call(0)), None, "seen");
        assert_eq!(notices.of_call(live.id, &call(1)), said);
        notices.waiting = false;
        assert_eq!(notices.of_call(live.id, &call(2)), None, "switched off");
    }

    #[test]
    fn each_can_be_switched_off() {
        let off = Notices { requests: false, waiting: false, ..Notices::default() };
        assert_eq!(off.clone().of_session(&session(true, "waiting")), None);
        assert_eq!(off.of_request(&request(None)), None);
        let on = Notices { requests: true, ..off };
        assert_eq!(on.of_request(&request(None)), Some(("Eve".to_owned(), "<b>printer</b>".to_owned())));
        assert_eq!(on.of_request(&request(Some(2))), None, "closed ones are nobody's business");
        assert_eq!(as_text("<b>printer</b> & ink").contains('<'), !cfg!(target_os = "linux"));
    }
}
