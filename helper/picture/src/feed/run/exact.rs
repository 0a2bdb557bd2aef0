//! The feed's thread and exact tiles: hands over what [`Tiles`] decides, and tells it what has left.

use super::*;
use crate::{
    TilePacket,
    tiles::{Fill, Packed},
};

/// A key frame is sent at the latest after this, also of a still screen: stamps are told apart over six hours and a
/// half, and a viewer may hold a tile for as long as nothing changes.
const REKEY: Duration = Duration::from_secs(6 * 3600);
/// Whether something was filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Filled {
    /// A message left.
    Sent,
    /// Not before this moment; `None`: not until something happens.
    Wait(Option<Instant>),
}

impl Seat {
    /// A video picture left at `now`.
    pub(super) fn video_left(&mut self, key: bool, moved: &Moved, now: Instant) {
        self.sent = Some(now);
        if key {
            self.key_sent = Some(now);
            self.tiles.key_sent(self.moment.stamp);
        } else {
            self.tiles.video_sent(self.moment.stamp, moved, now);
        }
    }

    fn send_tiles(&mut self, shadow: &Shadow, packed: &Packed) -> Left {
        let data = Bytes::copy_from_slice(&packed.bytes);
        let (cells, bytes) = (packed.cells.len(), data.len());
        let ticket = self.shared.tile_flight.ticket(self.waker());
        let left = self.show(Output::Tiles(TilePacket { data, cells, ticket }));
        if left == Left::Yes {
            tracing::trace!(cells, bytes, "tiles");
            let now = Instant::now();
            self.tiles.sent(shadow, packed, now);
            self.tally.tiles(now, cells, bytes);
        }
        left
    }
}

impl Work {
    /// What happened to packets on their way, and to time.
    pub(super) fn notice(&mut self) {
        for seat in &mut self.seats {
            if seat.shared.tile_flight.has_arrived() {
                seat.tiles.arrived();
            } else {
                seat.tiles.waits(Instant::now());
            }
            let lost = [&seat.shared.flight, &seat.shared.tile_flight].map(|flight| flight.take_lost());
            if lost.contains(&true) || seat.key_sent.is_some_and(|sent| sent.elapsed() >= REKEY) {
                seat.key_sent = None;
                seat.conceal();
                self.pace.forget();
            }
        }
    }

    /// Makes the next part of the picture exact where one is due.
    pub(super) fn fill(&mut self, now: Instant) -> Filled {
        let (mut filled, mut until) = (false, None);
        for seat in self.seats.iter_mut().filter(|seat| seat.seen) {
            let rekey = seat.key_sent.map(|sent| sent + REKEY);
            match seat.tiles.fill(&self.shadow, seat.shared.tile_flight.count(), now) {
                Fill::Wait(then) => until = sooner(until, sooner(then, rekey)),
                Fill::Send(packed) => {
                    filled = true;
                    if seat.send_tiles(&self.shadow, &packed) == Left::No {
                        seat.conceal();
                        self.pace.forget();
                    }
                }
            }
        }
        if filled { Filled::Sent } else { Filled::Wait(until) }
    }

    /// Sends what changed as tiles, if that is a small change or a movement to everybody. `None`: it is video's.
    pub(super) fn send_at_once(&mut self, changed: &[u16], now: Instant) -> Option<Left> {
        let mut packed = Vec::new();
        for (index, seat) in self.seats.iter_mut().enumerate().filter(|(_, seat)| seat.seen && seat.is_in_step()) {
            packed.push((index, seat.tiles.at_once(&self.shadow, changed, seat.shared.tile_flight.count(), now)?));
        }
        let mut left = None;
        for (index, packed) in packed {
            let Some(seat) = self.seats.get_mut(index) else { continue };
            if seat.send_tiles(&self.shadow, &packed) == Left::Yes {
                left = Some(Left::Yes);
            } else {
                seat.conceal();
                self.pace.forget();
                left.get_or_insert(Left::No);
            }
        }
        left
    }
}
