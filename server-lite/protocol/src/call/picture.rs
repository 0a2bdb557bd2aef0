//! What video pictures and exact tiles share: the time of a capture, the cells a picture is divided into, and the
//! [`PictureInfo`] that travels inside each coded picture.
//!
//! ```text
//! 0  version u8 = 0x01   1  monitor u8   2  width u16   4  height u16
//! 6  runs u16            8  runs × (start u16, len u16)
//! ```
//!
//! A cell is 64 × 64 pixels, counted in rows from the upper left corner; the last column and row are clipped.
//!
//! # The viewer's rule
//!
//! For each cell the viewer keeps a barrier and the tile it holds. When a picture is drawn, or left out because a newer
//! one is drawn, the barrier of each cell it names as moved becomes the picture's stamp, and a tile older than that is
//! dropped; a key frame does so with every cell. A tile is drawn over the video if it is of the picture's monitor and
//! size, not older than its cell's barrier and newer than the tile held.

use super::bytes::Reader;

/// The edge of a cell in pixels.
pub const CELL: u16 = 64;

/// When a picture was captured: the RTP time of the picture, 90 kHz, wrapping. Strictly increasing at the helper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Stamp(pub u32);

impl Stamp {
    /// Ticks per second.
    pub const RATE: u32 = 90_000;

    /// The stamp of a time in microseconds.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "RTP time is the lower 32 bits")]
    pub const fn at_micros(micros: u64) -> Self {
        Self(((micros as u128 * Self::RATE as u128) / 1_000_000) as u32)
    }

    /// Whether this is earlier. Right for times less than six hours and a half apart.
    #[must_use]
    pub const fn is_before(self, other: Self) -> bool {
        self.0.wrapping_sub(other.0).cast_signed() < 0
    }
}

/// The cells of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Grid {
    width: u16,
    height: u16,
}

/// Where a cell lies, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CellRect {
    /// Left edge.
    pub x: u16,
    /// Upper edge.
    pub y: u16,
    /// Width, at most [`CELL`].
    pub width: u16,
    /// Height, at most [`CELL`].
    pub height: u16,
}

impl CellRect {
    /// Number of pixels.
    #[must_use]
    pub fn pixels(self) -> usize {
        usize::from(self.width) * usize::from(self.height)
    }
}

impl Grid {
    /// The cells of a picture of this size.
    #[must_use]
    pub const fn new(width: u16, height: u16) -> Self {
        Self { width, height }
    }

    /// Width and height of the picture in pixels.
    #[must_use]
    pub const fn size(self) -> (u16, u16) {
        (self.width, self.height)
    }

    /// Cells in a row.
    #[must_use]
    pub const fn columns(self) -> u16 {
        self.width.div_ceil(CELL)
    }

    /// Rows of cells.
    #[must_use]
    pub const fn rows(self) -> u16 {
        self.height.div_ceil(CELL)
    }

    /// All cells. More than an index can name only for pictures that no screen has.
    #[must_use]
    pub fn cells(self) -> u32 {
        u32::from(self.columns()) * u32::from(self.rows())
    }

    /// The cell in that column and row; `None` outside of the picture.
    #[must_use]
    pub fn cell(self, column: u16, row: u16) -> Option<u16> {
        if column >= self.columns() || row >= self.rows() {
            return None;
        }
        u16::try_from(u32::from(row) * u32::from(self.columns()) + u32::from(column)).ok()
    }

    /// Where a cell lies; `None` for one that the picture does not have.
    #[must_use]
    pub fn rect(self, cell: u16) -> Option<CellRect> {
        if u32::from(cell) >= self.cells() {
            return None;
        }
        let (x, y) = (cell % self.columns() * CELL, cell / self.columns() * CELL);
        Some(CellRect { x, y, width: (self.width - x).min(CELL), height: (self.height - y).min(CELL) })
    }
}

/// Cells that follow one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Run {
    /// The first.
    pub start: u16,
    /// How many, at least 1.
    pub len: u16,
}

impl Run {
    fn end(self) -> u32 {
        u32::from(self.start) + u32::from(self.len)
    }
}

/// The cells of a picture that changed since the picture before it and have no exact tile as new as that change.
/// Runs are ascending and do not touch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Moved(Vec<Run>);

impl Moved {
    /// No cell.
    #[must_use]
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// These cells, given in ascending order; one that is not is left out.
    #[must_use]
    pub fn of(cells: impl IntoIterator<Item = u16>) -> Self {
        let mut runs: Vec<Run> = Vec::new();
        for cell in cells {
            match runs.last_mut() {
                Some(run) if run.end() == u32::from(cell) && run.len < u16::MAX => run.len += 1,
                Some(run) if run.end() >= u32::from(cell) => {}
                _ => runs.push(Run { start: cell, len: 1 }),
            }
        }
        Self(runs)
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As runs.
    #[must_use]
    pub fn runs(&self) -> &[Run] {
        &self.0
    }

    /// One by one, ascending.
    pub fn cells(&self) -> impl Iterator<Item = u16> {
        self.0.iter().flat_map(|run| (0..run.len).map(|index| run.start.saturating_add(index)))
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        // Runs do not touch, so there are at most half as many as there are indices.
        out.extend(u16::try_from(self.0.len()).unwrap_or(u16::MAX).to_le_bytes());
        for run in &self.0 {
            out.extend(run.start.to_le_bytes());
            out.extend(run.len.to_le_bytes());
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>, grid: Grid) -> Option<Self> {
        let count = usize::from(reader.u16()?);
        let bytes = reader.take(count * 4)?;
        let mut inner = Reader::new(bytes);
        let mut runs = Vec::with_capacity(count);
        let mut free = 0;
        let cells = grid.cells().min(1 << 16);
        for _ in 0..count {
            let run = Run { start: inner.u16()?, len: inner.u16()? };
            // `free` is the first cell that does not touch the run before.
            if u32::from(run.start) < free || run.len == 0 || run.end() > cells {
                return None;
            }
            free = run.end() + 1;
            runs.push(run);
        }
        Some(Self(runs))
    }
}

/// What a coded picture shows. Travels inside of it; no decoder sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureInfo {
    /// [`Monitor::index`](super::control::Monitor::index).
    pub monitor: u8,
    /// Width of the monitor's picture in pixels; the coded one may be smaller.
    pub width: u16,
    /// Height of the monitor's picture in pixels; the coded one may be smaller.
    pub height: u16,
    /// None for a key frame, which moves everything.
    pub moved: Moved,
}

/// A picture's info is not of the layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed picture info")]
pub struct InfoError;

impl PictureInfo {
    /// Writes the layout.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(8 + self.moved.runs().len() * 4);
        out.extend([0x01, self.monitor]);
        out.extend(self.width.to_le_bytes());
        out.extend(self.height.to_le_bytes());
        self.moved.write(&mut out);
        out
    }

    /// Reads the layout.
    ///
    /// # Errors
    ///
    /// [`InfoError`] for anything that [`encode`](Self::encode) would not write of a picture.
    pub fn decode(bytes: &[u8]) -> Result<Self, InfoError> {
        Self::read(Reader::new(bytes)).ok_or(InfoError)
    }

    fn read(mut reader: Reader<'_>) -> Option<Self> {
        if reader.u8()? != 0x01 {
            return None;
        }
        let monitor = reader.u8()?;
        let (width, height) = (reader.u16()?, reader.u16()?);
        if width == 0 || height == 0 {
            return None;
        }
        let moved = Moved::read(&mut reader, Grid::new(width, height))?;
        reader.end()?;
        Some(Self { monitor, width, height, moved })
    }
}
