//! Exact tiles: which cells of the picture the viewer has as they are, and what goes to it next.
//!
//! One for each viewer; what changed is found out once for all, in [`Shadow`].
//!
//! ```text
//! Frame ──damage──▶ Shadow ──cells that differ──▶ Book ──what is not exact──▶ Packer ──▶ message ──▶ Mirror
//!                                                  ▲  │ moved                   ▲                      │
//!                            video, key, close ────┘  └──▶ next video picture   └── what the viewer has ┘
//! ```
//!
//! Decides, told the time, and packs; never opens or waits for anything. Whether something may be seen, and whether it
//! has left, its owner knows.
//!
//! - A small change goes at once as tiles instead of a video picture, and so does a large one that is mostly a movement
//!   of what the viewer has already: a page that scrolls, a window that is moved ([`Tiles::at_once`]).
//! - A cell that has stood still for [`SETTLE`] is made exact ([`Tiles::fill`]): first what is near the pointer, then
//!   what changed last. While other cells move this takes a part of the path only.
//!
//! # Invariants
//!
//! - A cell counts as exact only if the viewer got, or will get, its tile with a stamp not before its last change and
//!   every later picture that names it as moved. So what a picture does not name stays exact.
//! - What a message refers to, the viewer has: only messages that left are in the mirror, and a key frame empties it.
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
use mirror::Mirror;
use pack::{Of, Packer};
use tries::Tries;

mod allowance;
mod book;
mod mirror;
mod motion;
mod pack;
mod palette;
mod shadow;
mod shows;
#[cfg(test)]
mod tests;
mod tries;

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

/// Bytes per second below which video shows movements: there a few lost packets, which the channel of tiles waits for,
/// would be seen as a pause, and so would a message of many cells.
const MOVEMENT_PATH: u64 = 3_000_000;
/// Bytes of a message of a movement: the lines that come into sight, and what else has changed.
const MOVEMENT_BYTES: u64 = 48_000;
/// Bytes per second of movements: 6 Mbit/s, as much as video takes at most.
const MOVEMENT_RATE: u64 = 750_000;
/// What began to move before the viewer had it is told at once if it has no more bytes: then it has what moves on.
const CATCHING_UP: u64 = 60_000;

/// A message that takes longer to arrive was held up by packets that were lost: a round trip and the channel's own
/// delay are less.
const HELD_UP: Duration = Duration::from_millis(250);

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
    mirror: Mirror,
    packer: Packer,
    /// Of the newest picture, captured or sent again.
    stamp: Stamp,
    /// When video showed a change last.
    moved_at: Option<Instant>,
    pointer: Option<(i32, i32)>,
    /// What the path carries, in bytes per second.
    path: u64,
    small: Allowance,
    movements: Allowance,
    beside_video: Allowance,
    tries: Tries,
    /// When the oldest of the messages left that are not known to have arrived.
    left: Option<Instant>,
}

impl Tiles {
    /// For a path of so many bits per second.
    pub(crate) fn new(path: u64) -> Self {
        let grid = Grid::new(0, 0);
        let mut tiles = Self {
            monitor: 0,
            grid,
            book: Book::new(grid),
            mirror: Mirror::new(grid),
            packer: Packer::new(),
            stamp: Stamp(0),
            moved_at: None,
            pointer: None,
            path: 0,
            small: Allowance::new(),
            movements: Allowance::new(),
            beside_video: Allowance::new(),
            tries: Tries::default(),
            left: None,
        };
        tiles.set_path(path);
        tiles
    }

    /// What the path carries, in bits per second.
    pub(crate) fn set_path(&mut self, bits_per_second: u64) {
        self.path = (bits_per_second / 8).max(1);
        self.small.set_rate((self.path / 4).clamp(*SMALL_RATE.start(), *SMALL_RATE.end()));
        self.movements.set_rate(MOVEMENT_RATE);
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
            (self.book, self.mirror) = (Book::new(grid), Mirror::new(grid));
        }
        self.stamp = stamp;
        self.book.changed(changed, now);
    }

    fn small_cells(&self) -> usize {
        let (part, always) = SMALL_PART;
        let cells = usize::try_from(self.grid.cells()).unwrap_or(usize::MAX);
        (cells / part).max(always).min(SMALL_CELLS)
    }

    /// The change that was just captured as a message, if it is a small one or a movement. `waiting` messages have not
    /// left yet.
    pub(crate) fn at_once(&mut self, shadow: &Shadow, changed: &[u16], waiting: usize, now: Instant) -> Option<Packed> {
        if !self.book.is_open() || changed.is_empty() || waiting >= IN_FLIGHT {
            return None;
        }
        self.small(shadow, changed, now).or_else(|| self.movement(shadow, now))
    }

    fn small(&mut self, shadow: &Shadow, changed: &[u16], now: Instant) -> Option<Packed> {
        // A fiftieth of a second: what is felt as at once.
        let most = (self.path / 50).clamp(SMALL_BYTES / 10, SMALL_BYTES);
        if changed.len() > self.small_cells() || !self.small.has(most, now) {
            return None;
        }
        let Self { packer, mirror, .. } = self;
        let of = Of { shadow, mirror, monitor: self.monitor, stamp: self.stamp };
        let packed = packer.pack_all(of, changed, &[], most)?;
        self.small.spend(packed.len(), now);
        Some(packed)
    }

    /// All that is not exact, if most of it is what the viewer has elsewhere; or now and then, so that it will have it.
    fn movement(&mut self, shadow: &Shadow, now: Instant) -> Option<Packed> {
        if self.path < MOVEMENT_PATH || !self.tries.may(now) {
            return None;
        }
        let cells = self.book.not_exact();
        if let Some(packed) = self.moved_cells(shadow, &cells, now) {
            self.movements.spend(packed.len(), now);
            self.tries.came_off(now);
            return Some(packed);
        }
        self.tries.failed(now);
        if !self.tries.catches_up(now) {
            return None;
        }
        let Self { packer, mirror, .. } = self;
        let of = Of { shadow, mirror, monitor: self.monitor, stamp: self.stamp };
        let packed = packer.pack_all(of, &cells, &[], CATCHING_UP)?;
        self.movements.spend(packed.len(), now);
        Some(packed)
    }

    fn moved_cells(&mut self, shadow: &Shadow, cells: &[u16], now: Instant) -> Option<Packed> {
        let vectors = motion::vectors(shadow, &self.mirror, cells);
        if vectors.is_empty() {
            return None;
        }
        let Self { packer, mirror, .. } = self;
        let of = Of { shadow, mirror, monitor: self.monitor, stamp: self.stamp };
        packer.pack_all(of, cells, &vectors, MOVEMENT_BYTES).filter(|packed| self.movements.has(packed.len(), now))
    }

    /// Whether what changes goes as movements.
    pub(crate) fn moves(&self, now: Instant) -> bool {
        self.tries.running_until(now).is_some()
    }

    /// Until when the next picture is better waited with than shown by video: movements run, and `waiting` messages
    /// have not left yet.
    pub(crate) fn full_until(&self, waiting: usize, now: Instant) -> Option<Instant> {
        self.tries.running_until(now).filter(|_| waiting >= IN_FLIGHT)
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
        let Self { packer, mirror, .. } = self;
        let of = Of { shadow, mirror, monitor: self.monitor, stamp: self.stamp };
        match packer.pack(of, cells, most, effort) {
            Some(packed) => {
                if moving {
                    self.beside_video.spend(packed.len(), now);
                }
                Fill::Send(packed)
            }
            None => Fill::Wait(None),
        }
    }

    /// A message that was just packed from this is on its way.
    pub(crate) fn sent(&mut self, shadow: &Shadow, packed: &Packed, now: Instant) {
        self.left.get_or_insert(now);
        self.book.exact(&packed.cells);
        self.mirror.drew(shadow, &packed.cells);
    }

    /// Every message on its way has arrived.
    pub(crate) fn arrived(&mut self) {
        self.book.arrived();
        self.left = None;
    }

    /// Something is not known to have arrived at `now`. If that takes long, what moves is video's for a while.
    pub(crate) fn waits(&mut self, now: Instant) {
        if self.left.is_some_and(|left| now.saturating_duration_since(left) > HELD_UP) {
            self.left = None;
            self.tries.held_up(now);
        }
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
        self.mirror.forget();
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
