//! Which connection is whose, which sessions a helper's connection has taken up, and where a signal goes.
//!
//! # Invariants
//!
//! - A technician has at most one console connection and a helper key at most one helper connection: the newest
//!   proven one. The older is named, so that it can be told and closed.
//! - A session is on at most one helper connection, and only one that proved the key it is bound to.
//! - A signal passes only between a session's own technician and its own helper. To everyone else the other end is
//!   simply absent.

use std::collections::{BTreeMap, BTreeSet};

use deskhand_protocol::{
    id::{SessionId, TechnicianId},
    key::PublicKey,
};

/// Names one connection of this process; never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

/// A connection that is no longer its owner's, and the sessions that were on it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Left {
    /// Which one, if there was one.
    pub connection: Option<ConnectionId>,
    /// What it had taken up; empty for a console.
    pub sessions: Vec<SessionId>,
}

#[derive(Debug)]
struct HelperLine {
    key: PublicKey,
    sessions: BTreeSet<SessionId>,
}

#[derive(Debug, Clone, Copy)]
struct Line {
    helper: ConnectionId,
    technician: TechnicianId,
}

/// Who is connected.
#[derive(Debug, Default)]
pub struct Switchboard {
    consoles: BTreeMap<TechnicianId, ConnectionId>,
    keys: BTreeMap<PublicKey, ConnectionId>,
    helpers: BTreeMap<ConnectionId, HelperLine>,
    lines: BTreeMap<SessionId, Line>,
}

impl Switchboard {
    /// A console has proven its key. Gives the older connection that it replaces.
    pub fn console_came(&mut self, technician: TechnicianId, connection: ConnectionId) -> Option<ConnectionId> {
        self.consoles.insert(technician, connection)
    }

    /// A console's connection closed. False if a newer one had taken its place.
    pub fn console_left(&mut self, technician: TechnicianId, connection: ConnectionId) -> bool {
        let current = self.consoles.get(&technician) == Some(&connection);
        if current {
            self.consoles.remove(&technician);
        }
        current
    }

    /// A helper has proven its key. Gives what it replaces.
    pub fn helper_came(&mut self, key: PublicKey, connection: ConnectionId) -> Left {
        let older = self.keys.get(&key).copied().map(|older| self.helper_left(older)).unwrap_or_default();
        self.keys.insert(key, connection);
        self.helpers.insert(connection, HelperLine { key, sessions: BTreeSet::new() });
        older
    }

    /// A helper's connection closed. Gives the sessions that were on it; none if it had been replaced.
    pub fn helper_left(&mut self, connection: ConnectionId) -> Left {
        let Some(line) = self.helpers.remove(&connection) else { return Left::default() };
        if self.keys.get(&line.key) == Some(&connection) {
            self.keys.remove(&line.key);
        }
        for session in &line.sessions {
            self.lines.remove(session);
        }
        Left { connection: Some(connection), sessions: line.sessions.into_iter().collect() }
    }

    /// A helper's connection takes up a session that is bound to its key. False if the connection is gone.
    pub fn attach(&mut self, session: SessionId, helper: ConnectionId, technician: TechnicianId) -> bool {
        if !self.helpers.contains_key(&helper) {
            return false;
        }
        self.detach(session);
        if let Some(line) = self.helpers.get_mut(&helper) {
            line.sessions.insert(session);
        }
        self.lines.insert(session, Line { helper, technician });
        true
    }

    /// A session ended or let its helper go. Gives the helper's connection it was on.
    pub fn detach(&mut self, session: SessionId) -> Option<ConnectionId> {
        let line = self.lines.remove(&session)?;
        if let Some(helper) = self.helpers.get_mut(&line.helper) {
            helper.sessions.remove(&session);
        }
        Some(line.helper)
    }

    /// The helper's connection of a session.
    #[must_use]
    pub fn helper_of(&self, session: SessionId) -> Option<ConnectionId> {
        self.lines.get(&session).map(|line| line.helper)
    }

    /// Whether this connection has taken up this session.
    #[must_use]
    pub fn has_taken_up(&self, helper: ConnectionId, session: SessionId) -> bool {
        self.helper_of(session) == Some(helper)
    }

    /// How many sessions this connection has taken up.
    #[must_use]
    pub fn taken_up(&self, helper: ConnectionId) -> usize {
        self.helpers.get(&helper).map_or(0, |line| line.sessions.len())
    }

    /// A technician's console.
    #[must_use]
    pub fn console_of(&self, technician: TechnicianId) -> Option<ConnectionId> {
        self.consoles.get(&technician).copied()
    }

    /// All consoles that are connected.
    #[must_use]
    pub fn consoles(&self) -> Vec<ConnectionId> {
        self.consoles.values().copied().collect()
    }

    /// Where a signal of a session's technician goes.
    #[must_use]
    pub fn to_helper(&self, technician: TechnicianId, session: SessionId) -> Option<ConnectionId> {
        self.lines.get(&session).filter(|line| line.technician == technician).map(|line| line.helper)
    }

    /// Where a signal of a session's helper goes.
    #[must_use]
    pub fn to_console(&self, helper: ConnectionId, session: SessionId) -> Option<ConnectionId> {
        let line = self.lines.get(&session).filter(|line| line.helper == helper)?;
        self.console_of(line.technician)
    }

    /// The console of a session that a helper has taken up.
    #[must_use]
    pub fn console_for(&self, session: SessionId) -> Option<ConnectionId> {
        self.console_of(self.lines.get(&session)?.technician)
    }

    /// Every session that a helper has taken up.
    #[must_use]
    pub fn sessions(&self) -> Vec<SessionId> {
        self.lines.keys().copied().collect()
    }

    /// The sessions of a technician that a helper has taken up, with the helper's connection.
    pub fn lines_of(&self, technician: TechnicianId) -> impl Iterator<Item = (SessionId, ConnectionId)> + '_ {
        self.lines
            .iter()
            .filter(move |(_, line)| line.technician == technician)
            .map(|(session, line)| (*session, line.helper))
    }

    /// The keys of all helpers that are connected.
    pub fn helper_keys(&self) -> impl Iterator<Item = PublicKey> + '_ {
        self.keys.keys().copied()
    }

    /// Whether a helper with this key is connected.
    #[must_use]
    pub fn is_online(&self, key: &PublicKey) -> bool {
        self.keys.contains_key(key)
    }
}
