//! The remote pointer, helper to console: a fixed binary layout, little-endian.
//!
//! ```text
//! 0x01 shape     id u32, hot x u16, hot y u16, width u16, height u16, RGBA (straight alpha, width * height * 4)
//! 0x02 place     shape id u32, monitor u8, x i32, y i32      pixels from the monitor's upper left corner
//! 0x03 hidden    nothing
//! ```
//!
//! A shape is sent once per call, before the first place that names it.

use super::bytes::Reader;
use crate::limit::{CURSOR_EDGE, CURSOR_MESSAGE};

/// What the remote pointer looks like and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CursorMessage {
    /// A new shape.
    Shape {
        /// Names it in [`Place`](Self::Place).
        id: u32,
        /// Hot spot, pixels from the left.
        hot_x: u16,
        /// Hot spot, pixels from the top.
        hot_y: u16,
        /// Width in pixels, 1 to 255.
        width: u16,
        /// Height in pixels, 1 to 255.
        height: u16,
        /// `width * height` pixels, red first, alpha not multiplied in.
        rgba: Vec<u8>,
    },
    /// The pointer is here and looks like this.
    Place {
        /// A shape sent before.
        shape: u32,
        /// The monitor being shown.
        monitor: u8,
        /// Pixels from its left edge; may lie outside.
        x: i32,
        /// Pixels from its upper edge; may lie outside.
        y: i32,
    },
    /// The system shows no pointer.
    Hidden,
}

/// A message is not of the layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed cursor message")]
pub struct CursorError;

impl CursorMessage {
    /// Writes the layout.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Self::Shape { id, hot_x, hot_y, width, height, rgba } => {
                out.push(0x01);
                out.extend(id.to_le_bytes());
                for value in [hot_x, hot_y, width, height] {
                    out.extend(value.to_le_bytes());
                }
                out.extend(rgba);
            }
            Self::Place { shape, monitor, x, y } => {
                out.push(0x02);
                out.extend(shape.to_le_bytes());
                out.push(*monitor);
                out.extend(x.to_le_bytes());
                out.extend(y.to_le_bytes());
            }
            Self::Hidden => out.push(0x03),
        }
        out
    }

    /// Reads the layout.
    ///
    /// # Errors
    ///
    /// [`CursorError`] for anything that [`encode`](Self::encode) would not write.
    pub fn decode(bytes: &[u8]) -> Result<Self, CursorError> {
        if bytes.len() > CURSOR_MESSAGE {
            return Err(CursorError);
        }
        Self::read(Reader::new(bytes)).ok_or(CursorError)
    }

    fn read(mut reader: Reader<'_>) -> Option<Self> {
        let message = match reader.u8()? {
            0x01 => {
                let id = reader.u32()?;
                let (hot_x, hot_y) = (reader.u16()?, reader.u16()?);
                let edge = |value: u16| (1..=CURSOR_EDGE).contains(&value).then_some(value);
                let (width, height) = (edge(reader.u16()?)?, edge(reader.u16()?)?);
                let rgba = reader.take(usize::from(width) * usize::from(height) * 4)?.to_vec();
                Self::Shape { id, hot_x, hot_y, width, height, rgba }
            }
            0x02 => Self::Place { shape: reader.u32()?, monitor: reader.u8()?, x: reader.i32()?, y: reader.i32()? },
            0x03 => Self::Hidden,
            _ => return None,
        };
        reader.end()?;
        Some(message)
    }
}
