//! The pixels of a rectangle, in the encoding that suits it.

use super::super::{bytes::Reader, picture::CellRect};

/// See the module.
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
    /// Red, green and blue of each pixel of the rectangle, rows from the top.
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
    pub(super) fn write(&self, rect: CellRect, out: &mut Vec<u8>) {
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

    /// Reads the payload of that encoding.
    pub(super) fn read(encoding: u8, reader: &mut Reader<'_>, rect: CellRect) -> Option<Self> {
        Some(match encoding {
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
