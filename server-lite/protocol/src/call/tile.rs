//! Exact cells of the picture, helper to console: a fixed binary layout, little-endian, with a deflated body.
//!
//! ```text
//! 0  kind u8 = 0x02      1  monitor u8
//! 2  stamp u32           of the capture all its cells are from
//! 6  width u16           8  height u16      of the picture (cells must fit it)
//! 10 number u32          of the message on its sheet, from 0
//! 14 vectors u8          0..=7 of them      15  vectors × (dx i16, dy i16)
//! then count u16         1..=number of cells of the picture
//! then raw_len u32       length of the inflated body
//! then a raw deflate stream (RFC 1951) of the body
//! body: count times { cell u16, encoding u8, payload }, cells strictly ascending
//!   encoding 0  one colour: r g b
//!   encoding 1  palette: n_minus_1 u8, n × r g b, then w*h indices (u8), rows from the top
//!   encoding 2  full: w*h × r g b, each byte minus the same byte of the pixel to its left in the row (wrapping)
//!   encoding 3  kept: from u8, cells u16: this and the cells after it, so many in all
//!   encoding 4  patched: from u8, n u8 (1..=8), n × { x u8, y u8, w u8, h u8, encoding u8 (0..=3), payload }
//! ```
//!
//! # The sheet
//!
//! For each monitor both ends keep what the messages have drawn so far, whatever video shows: the sheet. A cell may say
//! that it is as the sheet is, at its own place (`from` 0) or at that place plus one of the message's vectors (`from` 1
//! is the first), but for some patches. So a page that scrolls takes the lines that come into sight and little else.
//! All of a message is read from the sheet as it was before that message. What lies outside of the picture is black.
//!
//! Number 0 begins a sheet, on which nothing is known yet. Any other message counts only if it is the next one; a sheet
//! that misses one is lost until number 0 comes. What was never drawn cannot be referred to.
//!
//! Whether a cell is shown over the video is decided by the viewer's rule in [`picture`](super::picture).

use super::{
    bytes::Reader,
    picture::{CELL, CellRect, Grid, Stamp},
};
use crate::limit::{PICTURE_PIXELS, TILE_MESSAGE};

use squeeze::{deflate, inflate};

mod pixels;
mod squeeze;

pub use pixels::Pixels;
pub use squeeze::Effort;

/// The most vectors of one message.
pub const VECTORS: usize = 7;
/// The most patches of one cell.
pub const PATCHES: usize = 8;
/// The most that one cell can take of the body: all of it in full, in as many patches as there may be.
const CELL_BYTES: u64 = 5 + PATCHES as u64 * 8 + CELL as u64 * CELL as u64 * 3 + PATCHES as u64 * 256 * 3;

/// Where on the sheet something comes from, seen from where it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Vector {
    /// Pixels to the right.
    pub dx: i16,
    /// Pixels down.
    pub dy: i16,
}

/// What one cell shows, or some after one another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shows {
    /// These pixels.
    Pixels(Pixels),
    /// What the sheet has.
    Kept {
        /// 0: at the same place; else the number of a vector, from 1.
        from: u8,
        /// How many cells, at least 1, this one and those after it.
        cells: u16,
    },
    /// What the sheet has, with something over it.
    Patched {
        /// As in `Kept`.
        from: u8,
        /// One at least; together not larger than the cell.
        patches: Vec<Patch>,
    },
}

/// A part of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    /// Left edge, from the cell's.
    pub x: u8,
    /// Upper edge, from the cell's.
    pub y: u8,
    /// At least 1.
    pub width: u8,
    /// At least 1.
    pub height: u8,
    /// What it shows.
    pub fill: Fill,
}

/// What a patch shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fill {
    /// These pixels.
    Pixels(Pixels),
    /// What the sheet has; as in [`Shows::Kept`].
    Kept {
        /// 0: at the same place; else the number of a vector, from 1.
        from: u8,
    },
}

impl Patch {
    /// Where it lies in the picture; `None` if that is not within the cell.
    #[must_use]
    pub fn rect(&self, cell: CellRect) -> Option<CellRect> {
        let [x, y, width, height] = [self.x, self.y, self.width, self.height].map(u16::from);
        let inside = width > 0 && height > 0 && x + width <= cell.width && y + height <= cell.height;
        inside.then_some(CellRect { x: cell.x + x, y: cell.y + y, width, height })
    }
}

/// One exact cell, or some that are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// Its index in the [`Grid`].
    pub cell: u16,
    /// What it shows.
    pub shows: Shows,
}

impl Tile {
    /// A cell of these pixels.
    #[must_use]
    pub const fn of(cell: u16, pixels: Pixels) -> Self {
        Self { cell, shows: Shows::Pixels(pixels) }
    }

    /// The cells it draws.
    pub fn cells(&self) -> impl Iterator<Item = u16> + use<> {
        let count = if let Shows::Kept { cells, .. } = self.shows { cells } else { 1 };
        let first = self.cell;
        (0..count).map(move |index| first.saturating_add(index))
    }
}

/// Exact cells of one capture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TileMessage {
    /// [`Monitor::index`](super::control::Monitor::index).
    pub monitor: u8,
    /// Of the capture.
    pub stamp: Stamp,
    /// The picture's size and cells.
    pub grid: Grid,
    /// Which one on its sheet.
    pub number: u32,
    /// At most [`VECTORS`].
    pub vectors: Vec<Vector>,
    /// At least one, ascending.
    pub tiles: Vec<Tile>,
}

/// A message is not of the layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed tile message")]
pub struct TileError;

impl TileMessage {
    /// The vector that a cell or patch names; `None` if the message has no such.
    #[must_use]
    pub fn vector(&self, from: u8) -> Option<Vector> {
        match usize::from(from).checked_sub(1) {
            None => Some(Vector::default()),
            Some(index) => self.vectors.get(index).copied(),
        }
    }

    /// The cells it draws, ascending.
    pub fn cells(&self) -> impl Iterator<Item = u16> {
        self.tiles.iter().flat_map(Tile::cells)
    }

    /// Writes the layout. The tiles must be as the fields promise; what comes out may be longer than
    /// [`TILE_MESSAGE`], and is then not to be sent.
    #[must_use]
    pub fn encode(&self, effort: Effort) -> Vec<u8> {
        let mut body = Vec::new();
        for tile in &self.tiles {
            if let Some(rect) = self.grid.rect(tile.cell) {
                body.extend(tile.cell.to_le_bytes());
                tile.shows.write(rect, &mut body);
            }
        }
        let (width, height) = self.grid.size();
        let mut out = Vec::with_capacity(64 + body.len() / 4);
        out.extend([0x02, self.monitor]);
        out.extend(self.stamp.0.to_le_bytes());
        out.extend(width.to_le_bytes());
        out.extend(height.to_le_bytes());
        out.extend(self.number.to_le_bytes());
        out.push(u8::try_from(self.vectors.len()).unwrap_or(u8::MAX));
        for vector in &self.vectors {
            out.extend(vector.dx.to_le_bytes());
            out.extend(vector.dy.to_le_bytes());
        }
        out.extend(u16::try_from(self.tiles.len()).unwrap_or(u16::MAX).to_le_bytes());
        out.extend(u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes());
        deflate(&body, effort, &mut out);
        out
    }

    /// Reads the layout.
    ///
    /// # Errors
    ///
    /// [`TileError`] for anything that [`encode`](Self::encode) would not write.
    pub fn decode(bytes: &[u8]) -> Result<Self, TileError> {
        if bytes.len() > TILE_MESSAGE {
            return Err(TileError);
        }
        Self::read(Reader::new(bytes)).ok_or(TileError)
    }

    fn read(mut reader: Reader<'_>) -> Option<Self> {
        if reader.u8()? != 0x02 {
            return None;
        }
        let (monitor, stamp) = (reader.u8()?, Stamp(reader.u32()?));
        let (width, height) = (reader.u16()?, reader.u16()?);
        if u32::from(width) * u32::from(height) > PICTURE_PIXELS {
            return None;
        }
        let grid = Grid::new(width, height);
        let (number, vectors) = (reader.u32()?, reader.u8()?);
        if usize::from(vectors) > VECTORS {
            return None;
        }
        let vectors =
            (0..vectors).map(|_| Some(Vector { dx: reader.i16()?, dy: reader.i16()? })).collect::<Option<Vec<_>>>()?;
        let (count, raw_len) = (reader.u16()?, reader.u32()?);
        if count == 0 || u32::from(count) > grid.cells() || u64::from(raw_len) > u64::from(count) * CELL_BYTES {
            return None;
        }
        let body = inflate(reader.rest(), raw_len)?;
        let mut body = Reader::new(&body);
        let mut tiles: Vec<Tile> = Vec::with_capacity(usize::from(count).min(body.len() / 6 + 1));
        // The first that is not drawn yet.
        let mut free = 0;
        for _ in 0..count {
            let cell = body.u16()?;
            let shows = Shows::read(&mut body, grid.rect(cell)?, vectors.len())?;
            let cells = if let Shows::Kept { cells, .. } = shows { cells } else { 1 };
            if u32::from(cell) < free || u32::from(cell) + u32::from(cells) > grid.cells() {
                return None;
            }
            free = u32::from(cell) + u32::from(cells);
            tiles.push(Tile { cell, shows });
        }
        body.end()?;
        Some(Self { monitor, stamp, grid, number, vectors, tiles })
    }
}

impl Shows {
    fn write(&self, rect: CellRect, out: &mut Vec<u8>) {
        match self {
            Self::Pixels(pixels) => pixels.write(rect, out),
            Self::Kept { from, cells } => {
                out.extend([3, *from]);
                out.extend(cells.to_le_bytes());
            }
            Self::Patched { from, patches } => {
                out.extend([4, *from, u8::try_from(patches.len()).unwrap_or(u8::MAX)]);
                for patch in patches {
                    let Some(rect) = patch.rect(rect) else { continue };
                    out.extend([patch.x, patch.y, patch.width, patch.height]);
                    match &patch.fill {
                        Fill::Pixels(pixels) => pixels.write(rect, out),
                        Fill::Kept { from } => out.extend([3, *from]),
                    }
                }
            }
        }
    }

    fn read(reader: &mut Reader<'_>, rect: CellRect, vectors: usize) -> Option<Self> {
        Some(match reader.u8()? {
            3 => {
                let (from, cells) = (read_from(reader, vectors)?, reader.u16()?);
                if cells == 0 {
                    return None;
                }
                Self::Kept { from, cells }
            }
            4 => {
                let (base, count) = (read_from(reader, vectors)?, usize::from(reader.u8()?));
                if count == 0 || count > PATCHES {
                    return None;
                }
                let mut patches = Vec::with_capacity(count);
                let mut area = 0;
                for _ in 0..count {
                    let [x, y, width, height] = reader.take(4)?.try_into().ok()?;
                    let mut patch = Patch { x, y, width, height, fill: Fill::Kept { from: 0 } };
                    let part = patch.rect(rect)?;
                    area += part.pixels();
                    patch.fill = match reader.u8()? {
                        3 => Fill::Kept { from: read_from(reader, vectors)? },
                        encoding => Fill::Pixels(Pixels::read(encoding, reader, part)?),
                    };
                    patches.push(patch);
                }
                if area > rect.pixels() {
                    return None;
                }
                Self::Patched { from: base, patches }
            }
            encoding => Self::Pixels(Pixels::read(encoding, reader, rect)?),
        })
    }
}

fn read_from(reader: &mut Reader<'_>, vectors: usize) -> Option<u8> {
    reader.u8().filter(|from| usize::from(*from) <= vectors)
}
