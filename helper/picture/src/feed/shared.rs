//! What handles and thread share: each viewer's wishes and packets in flight.

use std::sync::{Arc, Mutex, MutexGuard};

use deskhand_capture::Wake;

use deskhand_protocol::call::control::Preference;

use super::{Settings, group::Group, lock};
use crate::packet::InFlight;

/// What one viewer wants. Each is a state, not an event, so that nothing queues up.
#[derive(Debug, Clone, Copy)]
#[allow(clippy::struct_excessive_bools, reason = "independent wishes, each set and cleared on its own")]
pub(crate) struct Wishes {
    pub(crate) key_frame: bool,
    pub(crate) new_viewer: bool,
    pub(crate) paused: bool,
    pub(crate) stop: bool,
    pub(crate) touched: bool,
    pub(crate) frame_rate: u32,
    pub(crate) monitor: Option<u8>,
    /// In bits per second.
    pub(crate) path: u64,
    pub(crate) preference: Preference,
}

impl From<Settings> for Wishes {
    fn from(settings: Settings) -> Self {
        Self {
            key_frame: true,
            new_viewer: false,
            paused: false,
            stop: false,
            touched: false,
            frame_rate: settings.frame_rate.clamp(1, 120),
            monitor: settings.monitor,
            path: settings.bit_rate.into(),
            preference: Preference::default(),
        }
    }
}

/// One viewer's part.
#[derive(Debug)]
pub(crate) struct Shared {
    /// Video on its way.
    pub(crate) flight: Arc<InFlight>,
    /// Tiles on their way.
    pub(crate) tile_flight: Arc<InFlight>,
    /// Held during each delivery, so that a pause is complete when it returns.
    wishes: Mutex<Wishes>,
    pub(crate) group: Arc<Group>,
}

impl Shared {
    pub(crate) fn new(wishes: Wishes, group: Arc<Group>) -> Self {
        let (flight, tile_flight) = Default::default();
        Self { flight, tile_flight, wishes: Mutex::new(wishes), group }
    }

    pub(crate) fn wishes(&self) -> MutexGuard<'_, Wishes> {
        lock(&self.wishes)
    }

    /// The wishes of this moment; one-shot wishes are thereby taken.
    pub(crate) fn take_wishes(&self) -> Wishes {
        let mut wishes = self.wishes();
        let taken = *wishes;
        wishes.key_frame = false;
        wishes.new_viewer = false;
        wishes.touched = false;
        wishes.monitor = None;
        taken
    }
}

impl Wake for Shared {
    fn wake(&self) {
        self.group.wake();
    }
}
