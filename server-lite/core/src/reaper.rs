//! When a session is given up. Counted by a clock that nobody can set; the wall clock is for the record only.
//!
//! | a session | is |
//! |---|---|
//! | that never started, when its last code has expired and no helper is here | `Expired` |
//! | that is live or paused and misses both ends | `Unheard`: it becomes reconnecting |
//! | that is reconnecting and misses both ends for the grace | `Interrupted` |
//! | that is reconnecting and misses one end for [`LONE_END`] | `Interrupted` |
//! | that started [`SESSION_HARD_END`] ago | `HardEnd` |

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use deskhand_protocol::{id::SessionId, limit::SESSION_HARD_END, record::SessionStatus};

use crate::life::is_over;

/// How long one end alone is waited with: a computer restarts with its updates in that time. Without it a console
/// left open would keep a dead session reconnecting until its hard end.
pub const LONE_END: Duration = Duration::from_secs(15 * 60);

/// After a session was named and nothing was heard of it, it is named again this much later.
const AGAIN: Duration = Duration::from_secs(5);

/// What is to be done with a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// End it: nobody used its code in time.
    Expire,
    /// Both ends are missing: it is reconnecting now.
    Unheard,
    /// End it: nobody came back.
    Interrupt,
    /// End it: its longest time is over.
    HardEnd,
}

/// Which ends of a session are connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ends {
    /// Whether the helper has taken it up.
    pub helper: bool,
    /// Whether its technician's console is here.
    pub console: bool,
}

/// What the reaper must know of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Where it stands.
    pub status: SessionStatus,
    /// How long ago the screen was first shared, as well as is known; `None` if it never was.
    pub started: Option<Duration>,
    /// How much longer its last code lives.
    pub code_left: Duration,
}

#[derive(Debug)]
struct Watched {
    status: SessionStatus,
    hard_end: Option<Instant>,
    expires: Instant,
    ends: Ends,
    /// Since when the ends are as they are, or it is reconnecting, whichever is later.
    since: Instant,
    not_before: Option<Instant>,
}

/// Watches all sessions that are not over.
#[derive(Debug)]
pub struct Reaper {
    grace: Duration,
    sessions: BTreeMap<SessionId, Watched>,
}

impl Reaper {
    /// With the time for which both ends may be missing.
    #[must_use]
    pub const fn new(grace: Duration) -> Self {
        Self { grace, sessions: BTreeMap::new() }
    }

    /// A session was made or changed. One that is over is forgotten.
    pub fn update(&mut self, session: SessionId, standing: Standing, ends: Ends, now: Instant) {
        if is_over(standing.status) {
            self.sessions.remove(&session);
            return;
        }
        let watched = self.sessions.entry(session).or_insert_with(|| Watched {
            status: standing.status,
            hard_end: None,
            expires: now + standing.code_left,
            ends,
            since: now,
            not_before: None,
        });
        if watched.hard_end.is_none() {
            watched.hard_end = standing.started.map(|ago| now + SESSION_HARD_END.saturating_sub(ago));
        }
        watched.expires = now + standing.code_left;
        if watched.status != standing.status {
            watched.status = standing.status;
            watched.since = now;
        }
        watched.not_before = None;
        self.ends(session, ends, now);
    }

    /// An end of a session came or went.
    pub fn ends(&mut self, session: SessionId, ends: Ends, now: Instant) {
        if let Some(watched) = self.sessions.get_mut(&session)
            && watched.ends != ends
        {
            watched.ends = ends;
            watched.since = now;
            watched.not_before = None;
        }
    }

    /// The sessions watched.
    pub fn watched(&self) -> impl Iterator<Item = SessionId> + '_ {
        self.sessions.keys().copied()
    }

    /// What is due. Each is named once, and again a little later if nothing has come of it.
    pub fn due(&mut self, now: Instant) -> Vec<(SessionId, Due)> {
        let grace = self.grace;
        self.sessions
            .iter_mut()
            .filter_map(|(session, watched)| {
                let (at, due) = watched.next(grace)?;
                if at > now {
                    return None;
                }
                watched.not_before = Some(now + AGAIN);
                Some((*session, due))
            })
            .collect()
    }

    /// When to ask next.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        self.sessions.values().filter_map(|watched| watched.next(self.grace)).map(|(at, _)| at).min()
    }
}

impl Watched {
    /// What is due next, and when.
    fn next(&self, grace: Duration) -> Option<(Instant, Due)> {
        use SessionStatus as S;
        let Ends { helper, console } = self.ends;
        let own = match self.status {
            S::Open | S::Waiting if !helper => Some((self.expires.max(self.since), Due::Expire)),
            S::Live | S::Paused if !helper && !console => Some((self.since, Due::Unheard)),
            S::Reconnecting if !helper && !console => Some((self.since + grace, Due::Interrupt)),
            S::Reconnecting if !helper || !console => Some((self.since + LONE_END.max(grace), Due::Interrupt)),
            _ => None,
        };
        // With both ends away it has ended already, at the moment it was last heard of; only when is not yet known.
        let away = self.status == S::Reconnecting && !helper && !console;
        let hard = self.hard_end.filter(|_| !away).map(|at| (at, Due::HardEnd));
        let (at, due) = [own, hard].into_iter().flatten().min_by_key(|(at, _)| *at)?;
        Some((self.not_before.map_or(at, |not_before| at.max(not_before)), due))
    }
}
