//! What the parts of one technician's connection have of the call: what the session permits to him, and by which channels
//! they tell of what happens to them.

use std::{
    sync::{Arc, RwLock, RwLockReadGuard},
    time::Instant,
};

use deskhand_protocol::{call::room::Who, capability::Capability};
use deskhand_session::{NotGranted, Permit, Room};
use tokio::sync::mpsc::UnboundedSender;

use super::read;

/// What the session decides about one technician.
#[derive(Debug, Clone)]
pub(super) struct Ours {
    room: Arc<RwLock<Room>>,
    who: Who,
}

impl Ours {
    pub(super) const fn new(room: Arc<RwLock<Room>>, who: Who) -> Self {
        Self { room, who }
    }

    /// Who.
    pub(super) const fn who(&self) -> Who {
        self.who
    }

    /// Takes the session to ask it; nothing changes in it meanwhile.
    pub(super) fn read(&self) -> Asked<'_> {
        Asked { room: read(&self.room), who: self.who }
    }
}

/// The session, while it is asked.
pub(super) struct Asked<'room> {
    room: RwLockReadGuard<'room, Room>,
    who: Who,
}

impl Asked<'_> {
    /// As [`Room::permit`], for this technician.
    pub(super) fn permit(&self, capability: Capability, now: Instant) -> Result<Permit<'_>, NotGranted> {
        self.room.permit(self.who, capability, now)
    }
}

/// Tells something of one technician's connection.
#[derive(Debug)]
pub(super) struct Teller<T> {
    who: Who,
    sender: UnboundedSender<(Who, T)>,
}

impl<T> Clone for Teller<T> {
    fn clone(&self) -> Self {
        Self { who: self.who, sender: self.sender.clone() }
    }
}

impl<T> Teller<T> {
    pub(super) fn new(who: Who, sender: &UnboundedSender<(Who, T)>) -> Self {
        Self { who, sender: sender.clone() }
    }

    /// Told to nobody when the call is over.
    pub(super) fn send(&self, told: T) {
        let _ = self.sender.send((self.who, told));
    }
}
