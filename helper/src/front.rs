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
    bar::{BarView, Connection},
    language::Language,
    start::{Call, Field},
    view::{Action, Stage, TechnicianView, View},
    window::Wires,
};

/// The program's side of window and bar.
#[derive(Debug)]
pub struct Front {
    /// What the customer does.
    pub(crate) actions: UnboundedReceiver<Action>,
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
        let wires = Wires { view: view_receiver, bar: bar_receiver, language, actions: actions_sender };
        (Self { actions, view, bar }, wires)
    }

    /// Shows this in the window, if it is anything new.
    pub(crate) fn show(&self, view: &View) {
        self.view.send_if_modified(|shown| {
            let new = **shown != *view;
            if new {
                *shown = Arc::new(view.clone());
            }
            new
        });
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

    /// Takes the bar away.
    pub(crate) fn hide_bar(&self) {
        self.bar.send_replace(None);
    }

    /// Shows the field until there is a call; `None` when the program is to stop.
    pub async fn ask_for_a_call(&mut self, field: Field, stop: &CancellationToken) -> Option<Call> {
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
            if let Action::Call { text } = action {
                match Call::typed(&text) {
                    Ok(call) => return Some(call),
                    Err(problem) => view.problem = Some(problem),
                }
                self.show(&view);
            }
        }
    }

    /// Waits until the customer does this, or the program is to stop.
    pub async fn wait_for(&mut self, wanted: &Action, stop: &CancellationToken) {
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                action = self.actions.recv() => {
                    if action.is_none_or(|action| action == *wanted) {
                        return;
                    }
                }
            }
        }
    }
}
