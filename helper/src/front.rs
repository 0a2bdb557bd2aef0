//! What the customer sees and does, as channels: the window and the bar are on other threads, or not there at all.

use std::sync::Arc;

use deskhand_session::Standing;
use tokio::{
    sync::{
        mpsc::{self, UnboundedReceiver},
        watch,
    },
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use crate::{
    asking::Asking,
    bar::{BarView, Connection},
    clean::Cleaned,
    language::Language,
    permissions::{self, Permission},
    single::Knock,
    start::{Call, Field, Start},
    view::{Action, AttentionView, ForgottenView, Stage, TechnicianView, View},
    window::Wires,
};

/// The program's side of window and bar.
#[derive(Debug)]
pub struct Front {
    /// What the customer does.
    pub(crate) actions: UnboundedReceiver<Action>,
    /// The call that takes the place of the one that is given up.
    pub(crate) next: Option<Call>,
    /// Asks for help where no technician is there.
    pub asking: Asking,
    /// What the system has still to be allowed by its user.
    missing: Vec<Permission>,
    view: watch::Sender<Arc<View>>,
    bar: watch::Sender<Option<BarView>>,
}

impl Front {
    /// Both sides, showing `view`.
    #[must_use]
    pub fn new(view: View) -> (Self, Wires) {
        let (actions_sender, actions) = mpsc::unbounded_channel();
        let (view, view_receiver) = watch::channel(Arc::new(view));
        let (bar, bar_receiver) = watch::channel(None);
        let (language, _) = watch::channel(Language::of_the_system());
        let asking = Asking::new(actions_sender.downgrade());
        let wires =
            Wires { view: view_receiver, bar: bar_receiver, language, actions: actions_sender, raise: Arc::default() };
        (Self { actions, next: None, asking, missing: permissions::missing(), view, bar }, wires)
    }

    /// Shows this in the window, if it is anything new.
    pub(crate) fn show(&self, view: &View) {
        let mut view = view.clone();
        view.help = self.asking.beside(&view);
        view.missing.clone_from(&self.missing);
        self.view.send_if_modified(|shown| {
            let new = **shown != view;
            if new {
                *shown = Arc::new(view);
            }
            new
        });
    }

    /// What is missing now. It shows with the next view.
    pub(crate) fn is_missing(&mut self, missing: Vec<Permission>) {
        self.missing = missing;
    }

    /// Shows the bar.
    pub(crate) fn show_bar(&self, who: TechnicianView) {
        let standing = Standing::default();
        let (connection, since) = (Connection::Coming, Instant::now());
        self.bar.send_replace(Some(BarView {
            who,
            others: Vec::new(),
            standing,
            connection,
            since,
            elevated: false,
            attention: AttentionView::Quiet,
            unread: false,
        }));
    }

    /// Changes the bar that stands, if one does.
    pub(crate) fn change_bar(&self, change: impl FnOnce(&mut BarView)) {
        self.bar.send_if_modified(|bar| {
            let Some(bar) = bar else { return false };
            let before = bar.clone();
            change(bar);
            *bar != before
        });
    }

    /// The call that takes the place of the one that was given up.
    pub const fn take_next(&mut self) -> Option<Call> {
        self.next.take()
    }

    /// Takes the bar away.
    pub(crate) fn hide_bar(&self) {
        self.bar.send_replace(None);
    }

    /// Shows the field until there is a call; `None` when the program is to stop.
    pub async fn ask_for_a_call(&mut self, field: Field, stop: &CancellationToken) -> Option<Call> {
        self.asking.knows(field.desk.map(|desk| *desk));
        let mut view = View::new(Stage::Field);
        view.problem = field.problem;
        view.typed = field.text;
        view.hint = field.hint;
        self.show(&view);
        loop {
            let action = tokio::select! {
                biased;
                () = stop.cancelled() => return None,
                action = self.actions.recv() => action?,
            };
            match action {
                Action::Call { text } => match Call::typed(&text) {
                    Ok(call) => return Some(call),
                    Err(problem) => view.problem = Some(problem),
                },
                Action::RequestHelp { name, problem } => self.asking.ask(&name, &problem),
                Action::HelpTold { stage } => self.asking.told(stage),
                Action::Missing { missing } => self.is_missing(missing),
                Action::Knocked { knock } => match *knock {
                    Knock::Call(source) => match source.call() {
                        Ok(call) => return Some(call),
                        Err(problem) => view.problem = Some(problem),
                    },
                    Knock::Field(field) => view.problem = field.problem.or(view.problem),
                },
                _ => continue,
            }
            self.show(&view);
        }
    }

    /// The last screen stays until the customer goes on.
    pub async fn after_the_end(&mut self, stop: &CancellationToken) -> Next {
        loop {
            let action = tokio::select! {
                biased;
                () = stop.cancelled() => return Next::Stop,
                action = self.actions.recv() => action,
            };
            match action {
                None => return Next::Stop,
                Some(Action::StartOver) => return Next::Start(Start::Field(Field::default())),
                Some(Action::Forget) => return Next::Forget,
                Some(Action::HelpTold { stage }) => self.asking.told(stage),
                Some(Action::Missing { missing }) => self.is_missing(missing),
                Some(Action::Knocked { knock }) => match *knock {
                    Knock::Call(source) => {
                        let call = source.call().map_err(|problem| Field::from(Some(problem)));
                        return Next::Start(call.map_or_else(Start::Field, |call| Start::Call(Box::new(call))));
                    }
                    Knock::Field(field) => return Next::Start(Start::Field(field)),
                },
                Some(_) => {}
            }
        }
    }

    /// Everything that was kept is gone, or not: says so until the window is closed.
    pub async fn has_forgotten(&mut self, cleaned: &Cleaned, stop: &CancellationToken) {
        let mut view = View::clone(&self.view.borrow());
        // What he wrote and read is no more than what he still sees.
        (view.folder, view.report, view.can_chat) = (None, None, false);
        let left = cleaned.left.iter().map(|(path, _)| path.clone()).collect();
        view.forgotten = Some(ForgottenView { removed: cleaned.removed.len(), left });
        self.show(&view);
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                action = self.actions.recv() => if action.is_none_or(|action| action == Action::Close) {
                    return;
                },
            }
        }
    }
}

/// What comes after a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Another one, or the field.
    Start(Start),
    /// Nothing is to be kept on this computer.
    Forget,
    /// The program is to stop.
    Stop,
}
