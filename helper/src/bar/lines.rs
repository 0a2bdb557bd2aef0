//! What stands on the bar at a moment. Told the time; draws nothing.

use std::{collections::BTreeSet, time::Duration};

use deskhand_protocol::{
    call::{control::Stopped, signal::Seat},
    capability::Group,
};
use tokio::time::Instant;

use super::{BarView, Connection};
use crate::{language::BarWords, view::AttentionView};

pub(super) const MINUTE: Duration = Duration::from_secs(60);

/// It is drawn when this changes, and only then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lines {
    /// Before a name that nobody has checked; else empty.
    pub(super) says: &'static str,
    pub(super) name: String,
    pub(super) company: String,
    /// What he may use, or why he cannot, with the time and the way he comes.
    pub(super) below: String,
    /// Nothing can be used for now.
    pub(super) stopped: bool,
    pub(super) pause: &'static str,
    pub(super) chat: &'static str,
    /// Asks for attention, or says what became of it.
    pub(super) call: &'static str,
    /// Whether that can be done now.
    pub(super) may_call: bool,
}

impl Lines {
    pub(super) fn at(view: &BarView, words: &BarWords, now: Instant) -> Self {
        // A name may have line feeds; the bar has no room for them.
        let line = |text: &str| text.replace('\n', " ");
        let paused = view.standing.stopped == Some(Stopped::Paused);
        let doing = match (view.connection, view.standing.stopped) {
            (Connection::Coming, _) => words.connecting.to_owned(),
            (Connection::Lost, _) => words.away.to_owned(),
            (Connection::Up, Some(Stopped::Paused)) => words.paused.to_owned(),
            (Connection::Up, Some(Stopped::BarHidden)) => words.hidden.to_owned(),
            (Connection::Up, None) if view.elevated => words.elevated.to_owned(),
            (Connection::Up, None) => uses(view, words),
        };
        let minutes = now.saturating_duration_since(view.since).as_secs() / MINUTE.as_secs();
        let time = if minutes == 0 { words.just_now.to_owned() } else { format!("{minutes} {}", words.minutes) };
        let known = view.who.is_known();
        let way = match (view.who.seat, known) {
            // However well he is known: who serves that page is not he.
            (Seat::Browser, _) => format!(" · {} {}", words.browser, line(&view.who.relay)),
            (Seat::Desktop, false) => format!(" · {} {}", words.through, line(&view.who.relay)),
            (Seat::Desktop, true) => String::new(),
        };
        Self {
            says: if known { "" } else { words.says },
            name: std::iter::once(&view.who.name)
                .chain(&view.others)
                .map(|name| line(name.as_str()))
                .collect::<Vec<_>>()
                .join(", "),
            company: line(view.who.company.as_str()),
            below: format!("{doing} · {time}{way}"),
            stopped: view.connection != Connection::Up || view.standing.stopped.is_some() || view.elevated,
            pause: if paused { words.resume } else { words.pause },
            call: match view.attention {
                AttentionView::Quiet | AttentionView::Unanswered => words.call,
                AttentionView::Asked => words.called,
                AttentionView::Seen => words.seen,
            },
            may_call: view.connection == Connection::Up && view.attention.may_ask(),
            chat: if view.unread { words.chat_new } else { words.chat },
        }
    }
}

/// The groups of what may be used now, each once.
fn uses(view: &BarView, words: &BarWords) -> String {
    let groups: BTreeSet<Group> = view.standing.granted.iter().map(|one| one.group()).collect();
    let said: Vec<&str> = groups.into_iter().map(|group| words.group(group)).collect();
    if said.is_empty() { words.nothing.to_owned() } else { said.join(", ") }
}

/// How long the time on the bar stays as it is.
#[cfg(any(target_os = "linux", test))]
pub(super) fn until_next_minute(since: Instant, now: Instant) -> Duration {
    let over = now.saturating_duration_since(since);
    MINUTE - Duration::from_secs(over.as_secs() % MINUTE.as_secs()) - Duration::from_nanos(over.subsec_nanos().into())
}
