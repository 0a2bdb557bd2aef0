//! Exact tiles: which cells of the picture the viewer has as they are, and what goes to it next.
//!
//! One for each viewer; what changed is found out once for all, in [`Shadow`].
//!
//! ```text
//! Frame ──damage──▶ Shadow ──cells that differ──▶ Book ──what is not exact──▶ Packer ──▶ message
//!                                                  ▲  │ moved
//!                            video, key, close ────┘  └──▶ into the next video picture
//! ```
//!
//! Decides, told the time, and packs; never opens or waits for anything. Whether something may be seen, and whether it
//! has left, its owner knows.
//!
//! - A small change goes at once as tiles instead of a video picture ([`Tiles::small`]).
//! - A cell that has stood still for [`SETTLE`] is made exact ([`Tiles::fill`]): first what is near the pointer, then
//!   what changed last. While other cells move this takes a part of the path only.
//!
//! # Invariants
//!
//! - A cell counts as exact only if the viewer got, or will get, its tile with a stamp not before its last change and
//!   every later picture that names it as moved. So what a picture does not name stays exact.
//! - Before a key frame has left nothing is packed; with it every cell begins anew.
//! - Damage in which nothing changed changes nothing here.

use std::time::{Duration, Instant};

use deskhand_capture::CursorPlace;
use deskhand_protocol::call::{
    picture::{Grid, Moved, Stamp},
    tile::Effort,
};

use allowance::Allowance;
use book::{Book, Due};
use pack::Packer;

mod allowance;
mod book;
mod pack;
mod shadow;
#[cfg(test)]
mod tests;

pub(crate) use pack::Packed;
pub(crate) use shadow::Shadow;

/// Stillness of a cell after which it is made exact. Longer than the gap between two pictures of anything that moves,
/// short enough that a reader does not notice.
pub(crate) const SETTLE: Duration = Duration::from_millis(120);

/// The most cells of a change that goes at once as tiles: lines of text, a button, a menu. A block of 200 pixels square
/// touches up to 25; as video it takes 20 ms to the viewer's picture, two thirds of them in encoder and decoder.
const SMALL_CELLS: usize = 40;
/// Nor more than this part of a picture, which video is for; but so many always.
const SMALL_PART: (usize, usize) = (8, 12);
/// The most bytes of it: above this an encoder makes less of it.
const SMALL_BYTES: u64 = 6_000;
/// Messages on their way to the wire: one that fills in, and one that is urgent.
const IN_FLIGHT: usize = 2;
/// What is left is filled in without another video picture before it, when that takes no longer than this.
const SOON: Duration = Duration::from_millis(500);
/// Below this many bytes per second it pays to take time for making messages smaller.
const SLOW: u64 = 500_000;
/// Bytes of one message that fills in, whatever the path: a few cells, or what packs in a few milliseconds.
const FILL_BYTES: std::ops::RangeInclusive<u64> = 2_000..=32_000;
/// Bytes per second of small changes, whatever the path. Above that something is being played, which is video's.
const SMALL_RATE: std::ops::RangeInclusive<u64> = 8_000..=250_000;

/// What [`Tiles::fill`] has to say.
#[derive(Debug)]
pub(crate) enum Fill {
    /// Send this; then say [`Tiles::sent`].
    Send(Packed),
    /// Nothing before this moment; `None`: nothing until something happens.
    Wait(Option<Instant>),
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Tiles {
    monitor: u8,
    grid: Grid,
    book: Book,
    packer: Packer,
    /// Of the newest picture, captured or sent again.
    stamp: Stamp,
    /// When video showed a change last.
    moved_at: Option<Instant>,
    pointer: Option<(i32, i32)>,
    /// What the path carries, in bytes per second.
    path: u64,
    small: Allowance,
    beside_video: Allowance,
}

impl Tiles {
    /// For a path of so many bits per second.
    pub(crate) fn new(path: u64) -> Self {
        let grid = Grid::new(0, 0);
        let mut tiles = Self {
            monitor: 0,
            grid,
            book: Book::new(grid),
            packer: Packer::new(),
            stamp: Stamp(0),
            moved_at: None,
            pointer: None,
            path: 0,
            small: Allowance::new(),
            beside_video: Allowance::new(),
        };
        tiles.set_path(path);
        tiles
    }

    /// What the path carries, in bits per second.
    pub(crate) fn set_path(&mut self, bits_per_second: u64) {
        self.path = (bits_per_second / 8).max(1);
        self.small.set_rate((self.path / 4).clamp(*SMALL_RATE.start(), *SMALL_RATE.end()));
        self.beside_video.set_rate(self.path / 4);
    }

    /// Where the pointer is on the monitor being shown.
    pub(crate) fn point(&mut self, place: CursorPlace) {
        self.pointer = Some((place.x, place.y));
    }

    /// A picture of that monitor and size is the newest, in which these cells changed, ascending.
    pub(crate) fn captured(&mut self, monitor: u8, grid: Grid, stamp: Stamp, changed: &[u16], now: Instant) {
        if (self.monitor, self.grid) != (monitor, grid) {
            (self.monitor, self.grid) = (monitor, grid);
            self.book = Book::new(grid);
        }
        self.stamp = stamp;
        self.book.changed(changed, now);
    }

    fn small_cells(&self) -> usize {
        let (part, always) = SMALL_PART;
        let cells = usize::try_from(self.grid.cells()).unwrap_or(usize::MAX);
        (cells / part).max(always).min(SMALL_CELLS)
    }

    /// The change that was just captured as a message, if it is a small one. `waiting` messages have not left yet.
    pub(crate) fn small(&mut self, shadow: &Shadow, changed: &[u16], waiting: usize, now: Instant) -> Option<Packed> {
        if !self.book.is_open() || changed.is_empty() || changed.len() > self.small_cells() || waiting >= IN_FLIGHT {
            return None;
        }
        // A fiftieth of a second: what is felt as at once.
        let most = (self.path / 50).clamp(SMALL_BYTES / 10, SMALL_BYTES);
        if !self.small.has(most, now) {
            return None;
        }
        let cells = changed.iter().copied();
        let packed = self.packer.pack(shadow, (self.monitor, self.stamp), cells, u64::MAX, Effort::Fast)?;
        if packed.cells.len() < changed.len() || packed.len() > most {
            return None;
        }
        self.small.spend(packed.len(), now);
        Some(packed)
    }

    /// The next message that makes something exact. `waiting` messages have not left yet.
    pub(crate) fn fill(&mut self, shadow: &Shadow, waiting: usize, now: Instant) -> Fill {
        if waiting > 0 {
            return Fill::Wait(None);
        }
        let mut cells = match self.book.due(now, SETTLE) {
            Due::Cells(cells) => cells,
            Due::At(then) => return Fill::Wait(Some(then)),
            Due::Nothing => return Fill::Wait(None),
        };
        // A fortieth of a second at a time: what comes up meanwhile waits for no more than that.
        let most = (self.path / 40).clamp(*FILL_BYTES.start(), *FILL_BYTES.end());
        let moving = self.moved_at.is_some_and(|moved| now.saturating_duration_since(moved) < SETTLE);
        if moving && !self.beside_video.has(most, now) {
            return Fill::Wait(Some(self.beside_video.when(most, now)));
        }
        self.book.order(&mut cells, self.pointer);
        let effort = if self.path < SLOW { Effort::Small } else { Effort::Fast };
        match self.packer.pack(shadow, (self.monitor, self.stamp), cells, most, effort) {
            Some(packed) => {
                if moving {
                    self.beside_video.spend(packed.len(), now);
                }
                Fill::Send(packed)
            }
            None => Fill::Wait(None),
        }
    }

    /// A message is on its way.
    pub(crate) fn sent(&mut self, packed: &Packed) {
        self.book.exact(&packed.cells);
    }

    /// Every message on its way has arrived.
    pub(crate) fn arrived(&mut self) {
        self.book.arrived();
    }

    /// What a video picture of now must name as moved.
    pub(crate) fn moved(&self) -> Moved {
        self.book.moved()
    }

    /// A video picture is on its way that names these.
    pub(crate) fn video_sent(&mut self, stamp: Stamp, moved: &Moved, now: Instant) {
        self.stamp = stamp;
        if !moved.is_empty() {
            self.moved_at = Some(now);
        }
        self.book.video_sent(moved);
    }

    /// A key frame is on its way.
    pub(crate) fn key_sent(&mut self, stamp: Stamp) {
        self.stamp = stamp;
        self.book.begin();
    }

    /// Nothing may go out until a key frame has.
    pub(crate) fn close(&mut self) {
        self.book.close();
    }

    /// Whether tiles follow what video shows, so that it need not become better by itself.
    pub(crate) fn follows(&self) -> bool {
        self.book.is_open()
    }

    /// Whether all that is not exact soon will be.
    pub(crate) fn is_soon_exact(&self) -> bool {
        let bytes = self.packer.estimate(self.book.open_cells());
        self.follows() && Duration::from_millis(bytes * 1000 / self.path) <= SOON
    }

    /// Whether the viewer has everything as it is, or will have when all that left has arrived.
    pub(crate) fn is_exact(&self) -> bool {
        self.book.is_open() && self.book.open_cells() == 0
    }
}
