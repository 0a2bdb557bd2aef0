//! What the viewer has of each cell, and what it should get next. Told the time, asks for nothing.
//!
//! ```text
//!             changed              sent (tile)
//!   exact ───────────────▶ open ───────────────▶ exact
//!     ▲                     │ stands still: due
//!     └── key frame: all cells open, none due to be named as moved
//! ```

use std::{
    cmp::Reverse,
    time::{Duration, Instant},
};

use deskhand_protocol::call::picture::{CELL, Grid, Moved};

/// Cells nearer to the pointer than this go first, the nearest of them first of all; so far a glance reaches.
const NEAR: u32 = 5;

#[derive(Debug, Clone, Copy)]
struct Cell {
    /// When it changed last.
    changed: Option<Instant>,
    /// Whether the viewer has it as it is.
    exact: bool,
    /// Whether it changed since the last video picture.
    since_video: bool,
    /// The message with its newest tile; 0 for none.
    sent: u64,
    /// The last message with an older tile of it that was on its way when the newest was sent; 0 for none.
    overtaken: u64,
}

/// What is due.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// These cells, in no order.
    Cells(Vec<u16>),
    /// Nothing before this moment.
    At(Instant),
    /// Nothing until something changes.
    Nothing,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Book {
    grid: Grid,
    cells: Vec<Cell>,
    /// How many are not exact.
    open_cells: usize,
    /// A key frame has left, and tiles may follow it.
    open: bool,
    /// Counts messages.
    messages: u64,
    /// Of these so many have arrived.
    arrived: u64,
}

impl Book {
    /// For pictures of that size. One with more cells than can be named has none: it goes as video only.
    pub(super) fn new(grid: Grid) -> Self {
        let count = u16::try_from(grid.cells()).map_or(0, usize::from);
        let cell = Cell { changed: None, exact: false, since_video: false, sent: 0, overtaken: 0 };
        Self { grid, cells: vec![cell; count], open_cells: count, open: false, messages: 0, arrived: 0 }
    }

    pub(super) const fn is_open(&self) -> bool {
        self.open && !self.cells.is_empty()
    }

    /// How many cells the viewer does not have as they are.
    pub(super) const fn open_cells(&self) -> usize {
        self.open_cells
    }

    /// These changed. What waits of them is void by that: only what a cell shows now is ever packed.
    pub(super) fn changed(&mut self, cells: &[u16], now: Instant) {
        for cell in cells {
            if let Some(cell) = self.cells.get_mut(usize::from(*cell)) {
                self.open_cells += usize::from(std::mem::take(&mut cell.exact));
                cell.changed = Some(now);
                cell.since_video = true;
            }
        }
    }

    /// These left as tiles, as they are, in one message.
    pub(super) fn exact(&mut self, cells: &[u16]) {
        self.messages += 1;
        for cell in cells {
            if let Some(cell) = self.cells.get_mut(usize::from(*cell)) {
                if cell.sent > self.arrived {
                    cell.overtaken = cell.sent;
                }
                cell.sent = self.messages;
                self.open_cells -= usize::from(!std::mem::replace(&mut cell.exact, true));
            }
        }
    }

    /// All messages have arrived.
    pub(super) const fn arrived(&mut self) {
        self.arrived = self.messages;
    }

    /// What changed since the last video picture and is not exact. So is a cell that is, if an older tile of it may
    /// still be on its way: the picture could arrive before that one, which would then cover it. Cells between two such that are not exact either
    /// are named with them: it costs nothing, since nothing of theirs counts, and saves runs.
    pub(super) fn moved(&self) -> Moved {
        let mut moved = Vec::new();
        let mut between = Vec::new();
        for (index, cell) in (0..=u16::MAX).zip(&self.cells) {
            if cell.exact && !(cell.since_video && cell.overtaken > self.arrived) {
                between.clear();
            } else if cell.since_video {
                moved.append(&mut between);
                moved.push(index);
            } else if !moved.is_empty() {
                between.push(index);
            }
        }
        Moved::of(moved)
    }

    /// A video picture left that named these: no tile of theirs counts any more.
    pub(super) fn video_sent(&mut self, moved: &Moved) {
        self.cells.iter_mut().for_each(|cell| cell.since_video = false);
        for cell in moved.cells() {
            if let Some(cell) = self.cells.get_mut(usize::from(cell)) {
                self.open_cells += usize::from(std::mem::take(&mut cell.exact));
            }
        }
    }

    /// A key frame left: the viewer has nothing else.
    pub(super) fn begin(&mut self) {
        self.open = true;
        self.open_cells = self.cells.len();
        for cell in &mut self.cells {
            (cell.exact, cell.since_video) = (false, false);
            // What is on its way is older than the key frame and void by that.
            (cell.sent, cell.overtaken) = (0, 0);
        }
    }

    /// The viewer may miss something: nothing is due until a key frame has left.
    pub(super) fn close(&mut self) {
        self.open = false;
    }

    /// Cells that are not exact, ascending.
    pub(super) fn not_exact(&self) -> Vec<u16> {
        (0..=u16::MAX).zip(&self.cells).filter(|(_, cell)| !cell.exact).map(|(index, _)| index).collect()
    }

    /// Cells that are not exact and have stood still for `settle`.
    pub(super) fn due(&self, now: Instant, settle: Duration) -> Due {
        if !self.is_open() || self.open_cells == 0 {
            return Due::Nothing;
        }
        let mut cells = Vec::new();
        let mut next: Option<Instant> = None;
        for (index, cell) in (0..=u16::MAX).zip(&self.cells).filter(|(_, cell)| !cell.exact) {
            match cell.changed.map(|changed| changed + settle).filter(|then| *then > now) {
                Some(then) => next = Some(next.map_or(then, |next| next.min(then))),
                None => cells.push(index),
            }
        }
        match next {
            _ if !cells.is_empty() => Due::Cells(cells),
            Some(then) => Due::At(then),
            None => Due::Nothing,
        }
    }

    /// Puts first what is near the pointer, then what changed last.
    pub(super) fn order(&self, cells: &mut [u16], pointer: Option<(i32, i32)>) {
        let columns = self.grid.columns().max(1);
        let cell_of = |place: i32| place.div_euclid(i32::from(CELL));
        let distance = |cell: u16| {
            pointer.map_or(NEAR, |(x, y)| {
                let across = i32::from(cell % columns).abs_diff(cell_of(x));
                let down = i32::from(cell / columns).abs_diff(cell_of(y));
                across.max(down).min(NEAR)
            })
        };
        let changed = |cell: u16| self.cells.get(usize::from(cell)).and_then(|cell| cell.changed);
        cells.sort_by_cached_key(|cell| (distance(*cell), Reverse(changed(*cell)), *cell));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);
    const SETTLE: Duration = Duration::from_millis(100);

    /// Six cells in a row, all changed and sent as a key frame.
    fn book(now: Instant) -> Book {
        let mut book = Book::new(Grid::new(6 * 64, 64));
        book.changed(&[0, 1, 2, 3, 4, 5], now);
        book.begin();
        book
    }

    #[test]
    fn a_cell_is_due_once_it_stands_still_and_never_again_when_sent() {
        let start = Instant::now();
        let mut book = book(start);
        assert_eq!(book.due(start, SETTLE), Due::At(start + SETTLE));
        book.changed(&[2], start + 50 * MS);
        assert_eq!(book.due(start + SETTLE, SETTLE), Due::Cells(vec![0, 1, 3, 4, 5]));
        book.exact(&[0, 1, 3, 4, 5]);
        assert_eq!(book.due(start + SETTLE, SETTLE), Due::At(start + SETTLE + 50 * MS));
        book.exact(&[2]);
        assert_eq!((book.due(start + 999 * MS, SETTLE), book.open_cells()), (Due::Nothing, 0));
    }

    #[test]
    fn a_picture_names_what_changed_and_has_no_newer_tile() {
        let start = Instant::now();
        let mut book = book(start);
        book.exact(&[0, 1, 2, 3, 4, 5]);
        book.arrived();
        book.changed(&[1, 4], start);
        book.exact(&[4]);
        assert_eq!(book.moved(), Moved::of([1]), "the tile of 4 is as new as its change");
        book.video_sent(&Moved::of([1]));
        assert!(book.moved().is_empty());
        book.changed(&[4], start);
        assert_eq!(book.moved(), Moved::of([4]));
    }

    #[test]
    fn a_cell_with_two_tiles_on_their_way_is_named_and_due_again() {
        let start = Instant::now();
        let mut book = book(start);
        book.exact(&[0, 1, 2, 3, 4, 5]);
        book.changed(&[2, 3], start);
        book.exact(&[2]);
        book.arrived();
        book.exact(&[3]);
        assert!(book.moved().is_empty(), "all that is older has arrived");
        book.changed(&[3], start);
        book.exact(&[3]);
        assert_eq!(book.moved(), Moved::of([3]), "its older tile could arrive after the picture");
        book.video_sent(&Moved::of([3]));
        assert_eq!(book.due(start + SETTLE, SETTLE), Due::Cells(vec![3]));
    }

    #[test]
    fn cells_between_are_named_with_their_neighbours_unless_they_are_exact() {
        let start = Instant::now();
        let mut book = book(start);
        book.changed(&[1, 3, 5], start);
        book.exact(&[4]);
        assert_eq!(book.moved(), Moved::of([1, 2, 3, 5]));
    }

    #[test]
    fn a_key_frame_begins_anew_and_nothing_is_due_before_it() {
        let start = Instant::now();
        let mut book = book(start);
        book.exact(&[0, 1]);
        book.close();
        assert_eq!(book.due(start + SETTLE, SETTLE), Due::Nothing);
        book.begin();
        assert_eq!(book.due(start + SETTLE, SETTLE), Due::Cells(vec![0, 1, 2, 3, 4, 5]));
        assert!(book.moved().is_empty());
    }

    #[test]
    fn what_is_near_the_pointer_goes_first_then_what_changed_last() {
        let start = Instant::now();
        let mut book = Book::new(Grid::new(20 * 64, 64));
        let all: Vec<u16> = (0..20).collect();
        book.changed(&all, start);
        book.changed(&[12], start + MS);
        book.begin();
        let mut cells = all;
        book.order(&mut cells, Some((64 * 3 + 5, 10)));
        assert_eq!(cells[..9], [3, 2, 4, 1, 5, 0, 6, 7, 12]);
        book.order(&mut cells, None);
        assert_eq!(cells[..3], [12, 0, 1]);
    }

    #[test]
    fn a_picture_with_more_cells_than_can_be_named_goes_as_video_only() {
        let mut book = Book::new(Grid::new(u16::MAX, u16::MAX));
        book.changed(&[0, 7], Instant::now());
        book.begin();
        assert!(!book.is_open() && book.moved().is_empty());
        assert_eq!(book.due(Instant::now(), SETTLE), Due::Nothing);
    }
}
