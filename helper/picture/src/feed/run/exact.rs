//! The feed's thread and exact tiles: hands over what [`Tiles`] decides, and tells it what has left.

use super::*;
use crate::{
    TilePacket,
    tiles::{Fill, Packed},
};

/// A key frame is sent at the latest after this, also of a still screen: stamps are told apart over six hours and a
/// half, and a viewer may hold a tile for as long as nothing changes.
const REKEY: Duration = Duration::from_secs(6 * 3600);
/// Pictures are at least so far apart that no two have the same stamp.
const APART_US: u64 = 1_000_000 / Stamp::RATE as u64 + 1;

/// Whether something was filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Filled {
    /// A message left.
    Sent,
    /// Not before this moment; `None`: not until something happens.
    Wait(Option<Instant>),
}

impl Work {
    /// The time of a picture captured at `captured`; later than that of any other.
    pub(super) fn moment(&mut self, captured: Instant) -> Moment {
        let us = micros(captured.saturating_duration_since(self.started)).max(self.last_us + APART_US);
        self.last_us = us;
        Moment { captured, since_start: Duration::from_micros(us), stamp: Stamp::at_micros(us) }
    }

    /// What happened to packets on their way, and to time.
    pub(super) fn notice<G: Gate, S: Sink>(&mut self, outlet: &Outlet<'_, G, S>) {
        if outlet.shared.tile_flight.has_arrived() {
            self.tiles.arrived();
        }
        let lost = [&outlet.shared.flight, &outlet.shared.tile_flight].map(|flight| flight.take_lost());
        if lost.contains(&true) || self.key_sent.is_some_and(|sent| sent.elapsed() >= REKEY) {
            self.key_sent = None;
            self.conceal();
        }
    }

    /// A video picture left at `now`.
    pub(super) fn video_left(&mut self, key: bool, stamp: Stamp, moved: &Moved, now: Instant) {
        if key {
            self.key_sent = Some(now);
            self.tiles.key_sent(stamp);
        } else {
            self.tiles.video_sent(stamp, moved, now);
        }
    }

    /// Makes the next part of the picture exact, if one is due.
    pub(super) fn fill<G: Gate, S: Sink>(&mut self, outlet: &mut Outlet<'_, G, S>, now: Instant) -> Filled {
        let rekey = self.key_sent.map(|sent| sent + REKEY);
        match self.tiles.fill(outlet.shared.tile_flight.count(), now) {
            Fill::Wait(until) => Filled::Wait(sooner(until, rekey)),
            Fill::Send(packed) => {
                if self.send_tiles(&packed, outlet) == Left::No {
                    self.conceal();
                }
                Filled::Sent
            }
        }
    }

    pub(super) fn send_tiles<G: Gate, S: Sink>(&mut self, packed: &Packed, outlet: &mut Outlet<'_, G, S>) -> Left {
        let data = Bytes::copy_from_slice(&packed.bytes);
        let (cells, bytes) = (packed.cells.len(), data.len());
        let ticket = outlet.shared.tile_flight.ticket(Arc::clone(&outlet.shared) as deskhand_capture::Waker);
        let left = outlet.show(Output::Tiles(TilePacket { data, cells, ticket }));
        if left == Left::Yes {
            tracing::trace!(cells, bytes, "tiles");
            self.tiles.sent(packed);
            self.tally.tiles(Instant::now(), cells, bytes);
        }
        left
    }
}
