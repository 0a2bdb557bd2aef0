//! Exact cells of the picture, helper to console: a fixed binary layout, little-endian, with a deflated body.
//!
//! ```text
//! 0  kind u8 = 0x01      1  monitor u8
//! 2  stamp u32           of the capture all its cells are from
//! 6  width u16           8  height u16      of the picture (cells must fit it)
//! 10 count u16           1..=number of cells of the picture
//! 12 raw_len u32         length of the inflated body
//! 16 raw deflate stream (RFC 1951) of the body
//! body: count times { cell u16, encoding u8, payload }, cells strictly ascending
//!   encoding 0  one colour: r g b
//!   encoding 1  palette: n_minus_1 u8, n × r g b, then w*h indices (u8), rows from the top
//!   encoding 2  full: w*h × r g b, each byte minus the same byte of the pixel to its left in the row (wrapping)
//! ```
//!
//! Where a tile goes is decided by the viewer's rule in [`picture`](super::picture).

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use super::{
    bytes::Reader,
    picture::{CELL, CellRect, Grid, Stamp},
};
use crate::limit::TILE_MESSAGE;

/// Length of the header in bytes.
const HEADER: usize = 16;
/// The most that one cell can take of the body.
const CELL_BYTES: u64 = 3 + 3 + CELL as u64 * CELL as u64 * 3;
/// Deflate makes at most this many bytes of one (258 of two bits).
const INFLATION: u64 = 1032;

/// The pixels of one cell.
#[derive(Clone, PartialEq, Eq)]
pub enum Pixels {
    /// All of one colour: red, green, blue.
    Plain([u8; 3]),
    /// Of few colours.
    Palette {
        /// 1 to 256 of them.
        colours: Vec<[u8; 3]>,
        /// One for each pixel, rows from the top.
        indices: Vec<u8>,
    },
    /// Red, green and blue of each pixel, rows from the top.
    Full(Vec<u8>),
}

/// Prints the kind only: pictures of a customer's screen do not belong in a log.
impl std::fmt::Debug for Pixels {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Plain(_) => "Plain",
            Self::Palette { .. } => "Palette",
            Self::Full(_) => "Full",
        })
    }
}

impl Pixels {
    /// Red, green and blue of each pixel of a cell, rows from the top.
    #[must_use]
    pub fn to_rgb(&self, rect: CellRect) -> Vec<u8> {
        match self {
            Self::Plain(colour) => colour.repeat(rect.pixels()),
            Self::Palette { colours, indices } => {
                let colour = |index: &u8| colours.get(usize::from(*index)).copied().unwrap_or_default();
                indices.iter().flat_map(colour).collect()
            }
            Self::Full(rgb) => rgb.clone(),
        }
    }

    /// Adds encoding and payload to a body.
    fn write(&self, rect: CellRect, out: &mut Vec<u8>) {
        match self {
            Self::Plain(colour) => {
                out.push(0);
                out.extend(colour);
            }
            Self::Palette { colours, indices } => {
                out.push(1);
                out.push(u8::try_from(colours.len().saturating_sub(1)).unwrap_or(u8::MAX));
                out.extend(colours.iter().flatten());
                out.extend(indices);
            }
            Self::Full(rgb) => {
                out.push(2);
                for row in rgb.chunks_exact(usize::from(rect.width) * 3) {
                    let left = [0, 0, 0].iter().chain(row);
                    out.extend(row.iter().zip(left).map(|(byte, left)| byte.wrapping_sub(*left)));
                }
            }
        }
    }

    fn read(reader: &mut Reader<'_>, rect: CellRect) -> Option<Self> {
        Some(match reader.u8()? {
            0 => Self::Plain(reader.take(3)?.try_into().ok()?),
            1 => {
                let count = usize::from(reader.u8()?) + 1;
                let (colours, _) = reader.take(count * 3)?.as_chunks::<3>();
                let indices = reader.take(rect.pixels())?;
                if indices.iter().any(|index| usize::from(*index) >= count) {
                    return None;
                }
                Self::Palette { colours: colours.to_vec(), indices: indices.to_vec() }
            }
            2 => {
                let mut rgb = reader.take(rect.pixels() * 3)?.to_vec();
                for row in rgb.chunks_exact_mut(usize::from(rect.width) * 3) {
                    for at in 3..row.len() {
                        row[at] = row[at].wrapping_add(row[at - 3]);
                    }
                }
                Self::Full(rgb)
            }
            _ => return None,
        })
    }
}

/// One exact cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// Its index in the [`Grid`].
    pub cell: u16,
    /// What it shows.
    pub pixels: Pixels,
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
    /// At least one, ascending.
    pub tiles: Vec<Tile>,
}

/// A message is not of the layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed tile message")]
pub struct TileError;

/// How much time is spent on making a message small.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Effort {
    /// Little: the path is fast.
    #[default]
    Fast,
    /// More: the path is slow.
    Small,
}

impl TileMessage {
    /// Writes the layout. The tiles must be as the fields promise; what comes out may be longer than
    /// [`TILE_MESSAGE`], and is then not to be sent.
    #[must_use]
    pub fn encode(&self, effort: Effort) -> Vec<u8> {
        let mut body = Vec::new();
        for tile in &self.tiles {
            if let Some(rect) = self.grid.rect(tile.cell) {
                body.extend(tile.cell.to_le_bytes());
                tile.pixels.write(rect, &mut body);
            }
        }
        let (width, height) = self.grid.size();
        let mut out = Vec::with_capacity(HEADER + body.len() / 4);
        out.extend([0x01, self.monitor]);
        out.extend(self.stamp.0.to_le_bytes());
        out.extend(width.to_le_bytes());
        out.extend(height.to_le_bytes());
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
        if reader.u8()? != 0x01 {
            return None;
        }
        let (monitor, stamp) = (reader.u8()?, Stamp(reader.u32()?));
        let grid = Grid::new(reader.u16()?, reader.u16()?);
        let (count, raw_len) = (reader.u16()?, reader.u32()?);
        if count == 0 || u32::from(count) > grid.cells() || u64::from(raw_len) > u64::from(count) * CELL_BYTES {
            return None;
        }
        let body = inflate(reader.rest(), raw_len)?;
        let mut body = Reader::new(&body);
        let mut tiles: Vec<Tile> = Vec::with_capacity(usize::from(count).min(body.len() / 6 + 1));
        for _ in 0..count {
            let cell = body.u16()?;
            if tiles.last().is_some_and(|last| last.cell >= cell) {
                return None;
            }
            let pixels = Pixels::read(&mut body, grid.rect(cell)?)?;
            tiles.push(Tile { cell, pixels });
        }
        body.end()?;
        Some(Self { monitor, stamp, grid, tiles })
    }
}

fn deflate(body: &[u8], effort: Effort, out: &mut Vec<u8>) {
    let level = match effort {
        // The first that makes codes of its own for each message: a third of what level 1 makes of text.
        Effort::Fast => 4,
        Effort::Small => 7,
    };
    let mut deflate = Compress::new(Compression::new(level), false);
    loop {
        let done = usize::try_from(deflate.total_in()).unwrap_or(usize::MAX);
        out.reserve(body.len() / 4 + 256);
        let rest = body.get(done..).unwrap_or_default();
        // With room in `out` and all of the input at hand there is nothing it could fail at.
        match deflate.compress_vec(rest, out, FlushCompress::Finish) {
            Ok(Status::Ok | Status::BufError) => {}
            Ok(Status::StreamEnd) | Err(_) => return,
        }
    }
}

/// `None` unless the stream is whole, ends with the bytes and has the length it should.
fn inflate(bytes: &[u8], raw_len: u32) -> Option<Vec<u8>> {
    let input = u64::try_from(bytes.len()).ok()?;
    // What cannot be in there is not given memory either.
    if u64::from(raw_len) > input * INFLATION {
        return None;
    }
    let raw_len = usize::try_from(raw_len).ok()?;
    // One byte more than needed, so that a longer stream shows.
    let mut body = Vec::with_capacity(raw_len + 1);
    let mut inflate = Decompress::new(false);
    let end = inflate.decompress_vec(bytes, &mut body, FlushDecompress::Finish).ok()?;
    (end == Status::StreamEnd && inflate.total_in() == input && body.len() == raw_len).then_some(body)
}
