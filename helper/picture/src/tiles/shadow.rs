//! The last picture, kept to see what changed in the next, and to pack from.

use std::{ops::Range, time::Instant};

use deskhand_capture::{Frame, Rect, Region};
use deskhand_protocol::call::picture::{CELL, CellRect, Grid};

/// The three bytes of a pixel that are seen; the fourth is undefined.
pub(super) const SEEN: u32 = u32::from_le_bytes([0xff, 0xff, 0xff, 0]);

/// See the module.
pub(crate) struct Shadow {
    grid: Grid,
    stride: usize,
    bgra: Vec<u8>,
    /// Nothing was taken over yet.
    blank: bool,
}

impl std::fmt::Debug for Shadow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (width, height) = self.grid.size();
        write!(f, "Shadow({width}x{height})")
    }
}

impl Shadow {
    pub(crate) fn new(grid: Grid) -> Self {
        let (width, height) = grid.size();
        let stride = usize::from(width) * 4;
        Self { grid, stride, bgra: vec![0; stride * usize::from(height)], blank: true }
    }

    pub(crate) const fn grid(&self) -> Grid {
        self.grid
    }

    /// Takes over what the damage covers. Gives the cells in which something differs, ascending; at first all.
    pub(crate) fn update(&mut self, frame: &Frame<'_>) -> Vec<u16> {
        let count = usize::try_from(self.grid.cells()).unwrap_or(usize::MAX).min(usize::from(u16::MAX));
        let mut differs = vec![self.blank; count];
        self.blank = false;
        for rect in frame.changed.rects() {
            self.take_over(frame, *rect, &mut differs);
        }
        (0..=u16::MAX).zip(differs).filter_map(|(cell, differs)| differs.then_some(cell)).collect()
    }

    fn take_over(&mut self, frame: &Frame<'_>, rect: Rect, differs: &mut [bool]) {
        let (width, height) = self.grid.size();
        let (left, right) = (usize::from(rect.x), usize::from(width).min(rect.right() as usize));
        let edge = usize::from(CELL);
        for y in usize::from(rect.y)..usize::from(height).min(rect.bottom() as usize) {
            let row = y / edge * usize::from(self.grid.columns());
            let mut x = left;
            while x < right {
                let end = ((x / edge + 1) * edge).min(right);
                let (from, to) = (y * frame.stride, y * self.stride);
                let new = frame.bgra.get(from + x * 4..from + end * 4);
                let old = self.bgra.get_mut(to + x * 4..to + end * 4);
                if let (Some(new), Some(old)) = (new, old)
                    && new != old
                {
                    if let Some(differs) = differs.get_mut(row + x / edge).filter(|differs| !**differs) {
                        *differs = is_seen(new, old);
                    }
                    old.copy_from_slice(new);
                }
                x = end;
            }
        }
    }

    /// What was taken over last, as a picture in which that much is to be looked at.
    pub(crate) fn frame<'a>(&'a self, changed: &'a Region, captured: Instant) -> Frame<'a> {
        let (width, height) = self.grid.size();
        Frame { bgra: &self.bgra, stride: self.stride, width, height, changed, captured }
    }

    /// The pixels of a row; empty outside of the picture.
    pub(super) fn row(&self, y: u16, columns: Range<u16>) -> &[[u8; 4]] {
        let at = usize::from(y) * self.stride;
        let columns = at + usize::from(columns.start) * 4..at + usize::from(columns.end) * 4;
        self.bgra.get(columns).unwrap_or_default().as_chunks().0
    }

    /// The rows of a cell, as blue, green, red and an undefined byte.
    pub(super) fn rows(&self, rect: CellRect) -> impl Iterator<Item = &[[u8; 4]]> {
        (rect.y..).take(usize::from(rect.height)).map(move |y| self.row(y, rect.x..rect.x + rect.width))
    }
}

/// Whether two rows look different.
pub(super) fn is_seen(a: &[u8], b: &[u8]) -> bool {
    let pixels = a.as_chunks::<4>().0.iter().zip(b.as_chunks::<4>().0);
    pixels.fold(0, |seen, (a, b)| seen | ((u32::from_le_bytes(*a) ^ u32::from_le_bytes(*b)) & SEEN)) != 0
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use deskhand_capture::Region;

    use super::*;

    fn update(shadow: &mut Shadow, bgra: &[u8], changed: &Region) -> Vec<u16> {
        let (width, height) = shadow.grid().size();
        let stride = usize::from(width) * 4 + 12;
        // Rows further apart than they are long, as capturers have them.
        let bgra: Vec<u8> =
            bgra.chunks(usize::from(width) * 4).flat_map(|row| row.iter().copied().chain([9; 12])).collect();
        let captured = Instant::now();
        shadow.update(&Frame { bgra: &bgra, stride, width, height, changed, captured })
    }

    #[test]
    fn damage_without_a_visible_change_is_none() {
        let (width, height) = (130, 70);
        let mut shadow = Shadow::new(Grid::new(width, height));
        let whole = Region::whole(width, height);
        let mut picture = vec![7; 130 * 70 * 4];
        assert_eq!(update(&mut shadow, &picture, &whole), [0, 1, 2, 3, 4, 5]);
        assert!(update(&mut shadow, &picture, &whole).is_empty());
        picture.iter_mut().skip(3).step_by(4).for_each(|byte| *byte = 200);
        assert!(update(&mut shadow, &picture, &whole).is_empty(), "the fourth byte is not seen");
        picture[(65 * 130 + 129) * 4 + 2] = 0;
        assert_eq!(update(&mut shadow, &picture, &whole), [5]);
    }

    #[test]
    fn only_what_is_damaged_is_looked_at() {
        let mut shadow = Shadow::new(Grid::new(128, 64));
        let mut changed = Region::whole(128, 64);
        let mut picture = vec![0; 128 * 64 * 4];
        update(&mut shadow, &picture, &changed);
        picture.fill(50);
        changed.clear();
        changed.add(Rect { x: 60, y: 3, width: 4, height: 1 });
        assert_eq!(update(&mut shadow, &picture, &changed), [0]);
        let rows: Vec<_> = shadow.rows(CellRect { x: 58, y: 3, width: 8, height: 1 }).collect();
        assert_eq!(rows[0].iter().map(|pixel| pixel[0]).collect::<Vec<_>>(), [0, 0, 50, 50, 50, 50, 0, 0]);
    }
}
