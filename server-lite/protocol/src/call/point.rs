//! Pointing and drawing on the customer's screen without touching anything, console to helper: kinds of the
//! [`input`](super::input) layout, with the same counted `seq` and places.
//!
//! ```text
//! 0x20 begin      tool u8 (0 pen, 1 arrow, 2 box), place      a stroke begins
//! 0x21 to         place                                        a pen goes on; an arrow or a box ends here
//! 0x22 clear      nothing; all strokes vanish
//! 0x23 gone       nothing; the pointer is no longer shown
//! 0x30 at         place; the pointer is shown here             on the `pointer` channel only
//! ```

use super::{
    bytes::Reader,
    input::{Place, read_place, write_place},
};

/// What is drawn with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Tool {
    /// A line that follows the hand.
    Pen = 0,
    /// From where it began to where it is.
    Arrow = 1,
    /// Between two corners.
    Box = 2,
}

/// One thing the technician pointed at or drew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PointEvent {
    /// A stroke begins.
    Begin {
        /// With this.
        tool: Tool,
        /// Here.
        place: Place,
    },
    /// The stroke goes on.
    To {
        /// To here.
        place: Place,
    },
    /// All strokes vanish.
    Clear,
    /// The pointer is no longer shown.
    Gone,
    /// The pointer is shown.
    At {
        /// Here.
        place: Place,
    },
}

impl PointEvent {
    pub(super) const fn kind(self) -> u8 {
        match self {
            Self::Begin { .. } => 0x20,
            Self::To { .. } => 0x21,
            Self::Clear => 0x22,
            Self::Gone => 0x23,
            Self::At { .. } => 0x30,
        }
    }

    pub(super) const fn is_kind(kind: u8) -> bool {
        matches!(kind, 0x20..=0x23 | 0x30)
    }

    pub(super) fn write(self, out: &mut Vec<u8>) {
        match self {
            Self::Begin { tool, place } => {
                out.push(tool as u8);
                write_place(out, place);
            }
            Self::To { place } | Self::At { place } => write_place(out, place),
            Self::Clear | Self::Gone => {}
        }
    }

    pub(super) fn read(kind: u8, reader: &mut Reader<'_>) -> Option<Self> {
        Some(match kind {
            0x20 => {
                let tool = match reader.u8()? {
                    0 => Tool::Pen,
                    1 => Tool::Arrow,
                    2 => Tool::Box,
                    _ => return None,
                };
                Self::Begin { tool, place: read_place(reader)? }
            }
            0x21 => Self::To { place: read_place(reader)? },
            0x22 => Self::Clear,
            0x23 => Self::Gone,
            0x30 => Self::At { place: read_place(reader)? },
            _ => return None,
        })
    }
}
