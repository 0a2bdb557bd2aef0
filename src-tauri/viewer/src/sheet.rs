//! What tile messages have drawn so far of one monitor, whatever video shows: the sheet of
//! `deskhand_protocol::call::tile`.
//!
//! # Invariants
//!
//! - A message is drawn whole or not at all, and only in its turn.
//! - What was never drawn is never read.

use std::ops::Range;

use deskhand_protocol::call::{
    picture::{CELL, CellRect, Grid, Stamp},
    tile::{Fill, Shows, TileMessage, Vector},
};

/// A message cannot be drawn: one before it is missing. It is told once, and nothing is drawn until the sheet is begun
/// again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a tile message is missing")]
pub struct Missing;

/// See the module.
#[derive(Debug)]
pub struct Sheet {
    grid: Grid,
    /// Red, green and blue, rows from the top.
    rgb: Vec<u8>,
    /// The same while a message is being drawn.
    next: Vec<u8>,
    /// Of the capture that a cell is from; nothing where nothing was drawn.
    stamps: Vec<Option<Stamp>>,
    /// Whether a cell was drawn since the sheet began: what is from before is shown, and never referred to.
    known: Vec<bool>,
    next_is: Next,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// This message, or the first of a new sheet.
    Number(u32),
    /// The first of a new sheet.
    First,
    /// The same, and it was told that one is missing.
    Lost,
}

impl Sheet {
    /// One on which nothing is drawn.
    #[must_use]
    pub fn new(grid: Grid) -> Self {
        let (width, height) = grid.size();
        let bytes = usize::from(width) * usize::from(height) * 3;
        let cells = usize::try_from(grid.cells()).unwrap_or(usize::MAX);
        let rgb = vec![0; bytes];
        Self {
            grid,
            next: rgb.clone(),
            rgb,
            stamps: vec![None; cells],
            known: vec![false; cells],
            next_is: Next::First,
        }
    }

    /// The picture's size and cells.
    #[must_use]
    pub const fn grid(&self) -> Grid {
        self.grid
    }

    /// When a cell was captured; `None` where nothing was drawn.
    #[must_use]
    pub fn stamp(&self, cell: u16) -> Option<Stamp> {
        self.stamps.get(usize::from(cell)).copied().flatten()
    }

    /// The rows of a part, red, green and blue.
    pub fn rows(&self, rect: CellRect) -> impl Iterator<Item = &[u8]> {
        (0..rect.height).map(move |row| self.rgb.get(self.bytes(rect, row)).unwrap_or_default())
    }

    /// Draws a message of this sheet's size.
    ///
    /// # Errors
    ///
    /// [`Missing`] when it is not the next one, or refers to what was never drawn.
    pub fn draw(&mut self, message: &TileMessage) -> Result<(), Missing> {
        match self.next_is {
            _ if message.number == 0 => self.known.fill(false),
            Next::Number(next) if next == message.number => {}
            // It came twice.
            Next::Number(next) if next > message.number => return Ok(()),
            Next::Lost => return Ok(()),
            Next::Number(_) | Next::First => {
                self.next_is = Next::Lost;
                return Err(Missing);
            }
        }
        if !self.draw_next(message) {
            self.next_is = Next::Lost;
            return Err(Missing);
        }
        self.next_is = Next::Number(message.number.wrapping_add(1));
        let (grid, mut rgb) = (self.grid, std::mem::take(&mut self.rgb));
        for rect in message.cells().filter_map(|cell| grid.rect(cell)) {
            for bytes in (0..rect.height).map(|row| self.bytes(rect, row)) {
                if let (Some(to), Some(from)) = (rgb.get_mut(bytes.clone()), self.next.get(bytes)) {
                    to.copy_from_slice(from);
                }
            }
        }
        self.rgb = rgb;
        for cell in message.cells() {
            let cell = usize::from(cell);
            if let (Some(stamp), Some(known)) = (self.stamps.get_mut(cell), self.known.get_mut(cell)) {
                (*stamp, *known) = (Some(message.stamp), true);
            }
        }
        Ok(())
    }

    /// Draws what the message draws, beside the sheet. Whether all that it refers to is there.
    fn draw_next(&mut self, message: &TileMessage) -> bool {
        for tile in &message.tiles {
            let whole = |shows: &Shows| match shows {
                Shows::Pixels(_) => None,
                Shows::Kept { from, .. } | Shows::Patched { from, .. } => Some(*from),
            };
            for cell in tile.cells() {
                let Some(rect) = self.grid.rect(cell) else { return false };
                if let Some(from) = whole(&tile.shows)
                    && !message.vector(from).is_some_and(|vector| self.keep(rect, vector))
                {
                    return false;
                }
                match &tile.shows {
                    Shows::Pixels(pixels) => self.fill(rect, &pixels.to_rgb(rect)),
                    Shows::Kept { .. } => {}
                    Shows::Patched { patches, .. } => {
                        for patch in patches {
                            let Some(part) = patch.rect(rect) else { return false };
                            match &patch.fill {
                                Fill::Pixels(pixels) => self.fill(part, &pixels.to_rgb(part)),
                                Fill::Kept { from } => {
                                    if !message.vector(*from).is_some_and(|vector| self.keep(part, vector)) {
                                        return false;
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
        true
    }

    /// The bytes of one row of a part.
    fn bytes(&self, rect: CellRect, row: u16) -> Range<usize> {
        let (width, _) = self.grid.size();
        let start = (usize::from(rect.y + row) * usize::from(width) + usize::from(rect.x)) * 3;
        start..start + usize::from(rect.width) * 3
    }

    fn fill(&mut self, rect: CellRect, rgb: &[u8]) {
        for (row, pixels) in (0..rect.height).zip(rgb.chunks_exact(usize::from(rect.width) * 3)) {
            let bytes = self.bytes(rect, row);
            if let Some(to) = self.next.get_mut(bytes) {
                to.copy_from_slice(pixels);
            }
        }
    }

    /// Takes a part from the sheet as it is. Whether all of it was drawn before.
    fn keep(&mut self, rect: CellRect, vector: Vector) -> bool {
        let (width, height) = self.grid.size();
        // What lies inside of the picture, from here on where it comes from.
        let (x, y) = (i32::from(rect.x) + i32::from(vector.dx), i32::from(rect.y) + i32::from(vector.dy));
        let across = clip(x, rect.width, width);
        let down = clip(y, rect.height, height);
        let cells = |range: &Range<u16>| range.start / CELL..range.end.div_ceil(CELL);
        if !across.is_empty() && !down.is_empty() {
            let known =
                cells(&down).flat_map(|row| cells(&across).map(move |column| (column, row))).all(|(column, row)| {
                    self.grid.cell(column, row).is_some_and(|cell| self.known.get(usize::from(cell)) == Some(&true))
                });
            if !known {
                return false;
            }
        }
        for row in 0..rect.height {
            let to = self.bytes(rect, row);
            let Some(line) = self.next.get_mut(to) else { continue };
            let source = u16::try_from(y + i32::from(row)).ok().filter(|source| down.contains(source));
            let Some(source) = source.filter(|_| !across.is_empty()) else {
                line.fill(0);
                continue;
            };
            let start = (usize::from(source) * usize::from(width) + usize::from(across.start)) * 3;
            let kept = self.rgb.get(start..start + across.len() * 3).unwrap_or_default();
            let before = usize::try_from(i32::from(across.start) - x).unwrap_or(0) * 3;
            let (left, rest) = line.split_at_mut(before.min(line.len()));
            let (middle, right) = rest.split_at_mut(kept.len().min(rest.len()));
            left.fill(0);
            middle.copy_from_slice(kept);
            right.fill(0);
        }
        true
    }
}

/// What of `length` pixels from `start` on lies inside of `size`.
fn clip(start: i32, length: u16, size: u16) -> Range<u16> {
    let inside = |at: i32| u16::try_from(at.clamp(0, i32::from(size))).unwrap_or(size);
    inside(start)..inside(start + i32::from(length))
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use data_encoding::HEXLOWER;
    use deskhand_protocol::call::tile::{Patch, Pixels, Tile};

    use super::*;

    const SIZE: (u16, u16) = (130, 70);

    fn message(number: u32, vectors: Vec<Vector>, tiles: Vec<Tile>) -> TileMessage {
        let (monitor, stamp, grid) = (0, Stamp(number), Grid::new(SIZE.0, SIZE.1));
        TileMessage { monitor, stamp, grid, number, vectors, tiles }
    }

    fn colour(x: u16, y: u16) -> [u8; 3] {
        [x as u8, y as u8, 7]
    }

    /// A sheet on which each pixel says where it lies.
    fn drawn() -> Sheet {
        let mut sheet = Sheet::new(Grid::new(SIZE.0, SIZE.1));
        let tiles = (0..6).map(|cell| {
            let rect = sheet.grid().rect(cell).expect("inside");
            let places =
                (rect.y..rect.y + rect.height).flat_map(|y| (rect.x..rect.x + rect.width).map(move |x| (x, y)));
            Tile::of(cell, Pixels::Full(places.flat_map(|(x, y)| colour(x, y)).collect()))
        });
        let first = message(0, vec![], tiles.collect());
        sheet.draw(&first).expect("it begins the sheet");
        sheet
    }

    fn pixel(sheet: &Sheet, x: u16, y: u16) -> [u8; 3] {
        sheet.rows(CellRect { x, y, width: 1, height: 1 }).next().expect("a row").try_into().expect("a pixel")
    }

    #[test]
    fn a_page_moves_all_at_once_and_what_came_into_sight_is_drawn_over_it() {
        let mut sheet = drawn();
        let patch = Patch { x: 0, y: 3, width: 64, height: 3, fill: Fill::Pixels(Pixels::Plain([9; 3])) };
        let kept = Tile { cell: 0, shows: Shows::Kept { from: 1, cells: 3 } };
        let patched = Tile { cell: 4, shows: Shows::Patched { from: 0, patches: vec![patch] } };
        sheet.draw(&message(1, vec![Vector { dx: 1, dy: 6 }], vec![kept, patched])).expect("the next");
        for (x, y) in [(0, 0), (63, 63), (64, 0), (128, 5)] {
            assert_eq!(pixel(&sheet, x, y), colour(x + 1, y + 6), "{x} {y}");
        }
        assert_eq!(pixel(&sheet, 129, 0), [0; 3], "outside it is black");
        assert_eq!((pixel(&sheet, 64, 66), pixel(&sheet, 64, 67)), (colour(64, 66), [9; 3]));
        assert_eq!(pixel(&sheet, 0, 69), colour(0, 69), "what no cell names stays");
        assert_eq!((sheet.stamp(1), sheet.stamp(3)), (Some(Stamp(1)), Some(Stamp(0))));
    }

    #[test]
    fn a_patch_may_come_from_elsewhere_than_its_cell() {
        let mut sheet = drawn();
        let patch = Patch { x: 10, y: 10, width: 5, height: 5, fill: Fill::Kept { from: 2 } };
        let tile = Tile { cell: 1, shows: Shows::Patched { from: 1, patches: vec![patch] } };
        let vectors = vec![Vector { dx: -64, dy: 0 }, Vector { dx: -3, dy: -8 }];
        sheet.draw(&message(1, vectors, vec![tile])).expect("the next");
        assert_eq!((pixel(&sheet, 64, 0), pixel(&sheet, 74, 10)), (colour(0, 0), colour(71, 2)));
    }

    #[test]
    fn a_message_counts_once_and_in_its_turn() {
        let mut sheet = drawn();
        let right = || vec![Tile { cell: 0, shows: Shows::Kept { from: 1, cells: 1 } }];
        let by_one = || vec![Vector { dx: 1, dy: 0 }];
        sheet.draw(&message(1, by_one(), right())).expect("the next");
        sheet.draw(&message(1, by_one(), right())).expect("seen before");
        assert_eq!(pixel(&sheet, 0, 0), colour(1, 0), "moved once");
        assert_eq!(sheet.draw(&message(3, by_one(), right())), Err(Missing));
        assert_eq!(sheet.draw(&message(4, by_one(), right())), Ok(()), "that was told");
        assert_eq!(pixel(&sheet, 0, 0), colour(1, 0), "nothing is drawn until it is begun again");
        let plain = vec![Tile::of(1, Pixels::Plain([5; 3]))];
        sheet.draw(&message(0, vec![], plain)).expect("it begins the sheet");
        assert_eq!(sheet.draw(&message(1, by_one(), right())), Err(Missing), "nothing was drawn there");
    }

    #[test]
    fn both_languages_draw_the_same() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../server-lite/protocol/vectors/sheet.json");
        let text = std::fs::read_to_string(file).expect("the vectors");
        let vectors: Vec<serde_json::Value> = serde_json::from_str(&text).expect("a list");
        assert!(!vectors.is_empty());
        let bytes = |hex: &serde_json::Value| HEXLOWER.decode(hex.as_str().expect("text").as_bytes()).expect("hex");
        for vector in vectors {
            let edge = |name: &str| u16::try_from(vector[name].as_u64().expect("a number")).expect("small");
            let (width, height) = (edge("width"), edge("height"));
            let mut sheet = Sheet::new(Grid::new(width, height));
            for message in vector["messages"].as_array().expect("messages") {
                sheet.draw(&TileMessage::decode(&bytes(message)).expect("well-formed")).expect("in its turn");
            }
            let mut truth = Vec::new();
            let deflated = bytes(&vector["deflated_rgb"]);
            flate2::read::DeflateDecoder::new(&deflated[..]).read_to_end(&mut truth).expect("deflated");
            assert!(sheet.rows(CellRect { x: 0, y: 0, width, height }).flatten().eq(&truth), "{}", vector["name"]);
        }
    }
}
