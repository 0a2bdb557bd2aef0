//! Who looks at a session now. A console says whose screens it looks at, all of them, and repeats it; what is not
//! repeated in time is over, so that a console that crashed or lost its network is gone from the list soon as well.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};

use deskhand_protocol::{
    id::{SessionId, TechnicianId},
    limit::VIEWING,
};

/// See the module.
#[derive(Debug, Default)]
pub struct Viewing {
    until: BTreeMap<(SessionId, TechnicianId), Instant>,
}

impl Viewing {
    /// A console says what its technician looks at. Gives the sessions for which that is new.
    pub fn says(&mut self, technician: TechnicianId, sessions: &[SessionId], now: Instant) -> BTreeSet<SessionId> {
        let named: BTreeSet<SessionId> = sessions.iter().copied().collect();
        let mut changed = self.remove(|(session, who), _| *who == technician && !named.contains(session));
        for session in named {
            if self.until.insert((session, technician), now + VIEWING).is_none() {
                changed.insert(session);
            }
        }
        changed
    }

    /// A console's connection is closed. Gives the sessions for which that is new.
    pub fn left(&mut self, technician: TechnicianId) -> BTreeSet<SessionId> {
        self.remove(|(_, who), _| *who == technician)
    }

    /// Forgets what was not repeated. Gives the sessions for which that is new.
    pub fn expire(&mut self, now: Instant) -> BTreeSet<SessionId> {
        self.remove(|_, until| *until <= now)
    }

    /// When the next one may have to be forgotten.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        self.until.values().min().copied()
    }

    /// Who looks at a session.
    #[must_use]
    pub fn viewers(&self, session: SessionId) -> Vec<TechnicianId> {
        // A handful of screens at a time: nothing to look up faster.
        self.until.keys().filter(|(id, _)| *id == session).map(|(_, who)| *who).collect()
    }

    fn remove(&mut self, over: impl Fn(&(SessionId, TechnicianId), &Instant) -> bool) -> BTreeSet<SessionId> {
        let mut gone = BTreeSet::new();
        self.until.retain(|key, until| {
            let stays = !over(key, until);
            if !stays {
                gone.insert(key.0);
            }
            stays
        });
        gone
    }
}
