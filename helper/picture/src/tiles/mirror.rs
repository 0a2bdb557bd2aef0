//! What the viewer's sheet has, or will have when all that left has arrived: the sender's half of the sheet of
//! `deskhand_protocol::call::tile`.
//!
//! # Invariants
//!
//! - A cell is known only if a message that counts on this sheet drew it. What is not known is never referred to.
//! - Pixels outside of the picture match nothing here, so that nothing black is ever made use of.

use std::ops::Range;

use deskhand_protocol::call::{
    picture::{CELL, CellRect, Grid},
    tile::Vector,
};

use super::shadow::{Shadow, is_seen};

/// See the module.
pub(super) struct Mirror {
    grid: Grid,
    /// Empty while nothing is known.
    bgra: Vec<u8>,
    known: Vec<bool>,
    /// Of the next message.
    number: u32,
}

impl std::fmt::Debug for Mirror {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (width, height) = self.grid.size();
        write!(f, "Mirror({width}x{height}, {})", self.number)
    }
}

impl Mirror {
    pub(super) fn new(grid: Grid) -> Self {
        let cells = u16::try_from(grid.cells()).map_or(0, usize::from);
        Self { grid, bgra: Vec::new(), known: vec![false; cells], number: 0 }
    }

    /// The next message begins a new sheet.
    pub(super) fn forget(&mut self) {
        self.known.fill(false);
        self.number = 0;
    }

    /// Of the next message.
    pub(super) const fn number(&self) -> u32 {
        self.number
    }

    /// A message left that draws these cells as the shadow has them.
    pub(super) fn drew(&mut self, shadow: &Shadow, cells: &[u16]) {
        self.number = self.number.wrapping_add(1);
        let (width, height) = self.grid.size();
        let stride = usize::from(width) * 4;
        self.bgra.resize(stride * usize::from(height), 0);
        for cell in cells {
            let Some(rect) = self.grid.rect(*cell) else { continue };
            let x = usize::from(rect.x) * 4;
            let rows = self.bgra.chunks_exact_mut(stride).skip(usize::from(rect.y));
            for (to, from) in rows.zip(shadow.rows(rect)) {
                if let Some(to) = to.get_mut(x..x + from.len() * 4) {
                    to.copy_from_slice(from.as_flattened());
                }
            }
            if let Some(known) = self.known.get_mut(usize::from(*cell)) {
                *known = true;
            }
        }
    }

    /// The pixels of a row; empty outside of the picture, or while nothing is known.
    pub(super) fn row(&self, y: u16, columns: Range<u16>) -> &[[u8; 4]] {
        let (width, _) = self.grid.size();
        let start = usize::from(y) * usize::from(width);
        let pixels = self.bgra.as_chunks::<4>().0;
        pixels.get(start + usize::from(columns.start)..start + usize::from(columns.end)).unwrap_or_default()
    }

    /// Where a part comes from: its columns and its first row; `None` if not all of it that lies in the picture is
    /// known, or if columns of it lie outside.
    fn source(&self, part: CellRect, vector: Vector) -> Option<(Range<u16>, i32)> {
        let (width, height) = self.grid.size();
        let left = u16::try_from(i32::from(part.x) + i32::from(vector.dx)).ok()?;
        let right = left.checked_add(part.width).filter(|right| *right <= width)?;
        let top = i32::from(part.y) + i32::from(vector.dy);
        let inside = |y: i32| u16::try_from(y.clamp(0, i32::from(height))).unwrap_or(height);
        let (first, end) = (inside(top), inside(top + i32::from(part.height)));
        let mut cells = (first / CELL..end.div_ceil(CELL))
            .flat_map(|row| (left / CELL..right.div_ceil(CELL)).map(move |column| (column, row)));
        let known = cells.all(|(column, row)| {
            self.grid.cell(column, row).is_some_and(|cell| self.known.get(usize::from(cell)) == Some(&true))
        });
        (known && first < end).then_some((left..right, top))
    }

    /// The rows of a part, counted from its first, in which the sheet at that vector has something else than the
    /// shadow has at its place. `None` if the sheet cannot be made use of.
    pub(super) fn other_rows(&self, shadow: &Shadow, part: CellRect, vector: Vector) -> Option<Vec<Range<u16>>> {
        let (columns, top) = self.source(part, vector)?;
        let mut other: Vec<Range<u16>> = Vec::new();
        for (row, now) in (0..part.height).zip(shadow.rows(part)) {
            let then = u16::try_from(top + i32::from(row)).map_or(&[][..], |y| self.row(y, columns.clone()));
            if same(now, then) {
                continue;
            }
            match other.last_mut() {
                Some(last) if last.end == row => last.end += 1,
                _ => other.push(row..row + 1),
            }
        }
        Some(other)
    }

    /// The columns of a part, counted from its first, that hold all that is other.
    pub(super) fn other_columns(&self, shadow: &Shadow, part: CellRect, vector: Vector) -> Range<u16> {
        let Some((columns, top)) = self.source(part, vector) else { return 0..part.width };
        let mut all = part.width..0;
        for (row, now) in (0..part.height).zip(shadow.rows(part)) {
            let then = u16::try_from(top + i32::from(row)).map_or(&[][..], |y| self.row(y, columns.clone()));
            if then.len() != now.len() {
                return 0..part.width;
            }
            let differ = |at: usize| now.get(at).zip(then.get(at)).is_none_or(|(a, b)| is_seen(a, b));
            let first = (0..now.len()).find(|at| differ(*at));
            let last = (0..now.len()).rev().find(|at| differ(*at));
            if let (Some(first), Some(last)) = (first, last) {
                let at = |at: usize| u16::try_from(at).unwrap_or(part.width);
                all = all.start.min(at(first))..all.end.max(at(last + 1));
            }
        }
        if all.is_empty() { 0..part.width } else { all }
    }
}

fn same(now: &[[u8; 4]], then: &[[u8; 4]]) -> bool {
    now.len() == then.len() && (now == then || !is_seen(now.as_flattened(), then.as_flattened()))
}
