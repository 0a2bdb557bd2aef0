//! Pixels as Windows hands them out: turned like the panel, in tiles that may have changed, and pointers in three forms.
//! A Mac needs the simplest of each.

#![cfg_attr(not(windows), allow(dead_code, reason = "elsewhere not all of it is used"))]

use crate::{CursorShape, Rect, Region, Rotation};

/// Bytes of a pixel: blue, green, red and one that is undefined.
pub(crate) const PIXEL: usize = 4;
/// Edge of a tile that is compared as a whole.
const TILE: u16 = 64;

/// The part of an upright picture of this size that a part of the panel's own picture is.
///
/// A panel that is turned clockwise has its own upper left corner at the picture's upper right.
pub(crate) fn upright(part: Rect, rotation: Rotation, size: (u16, u16)) -> Rect {
    let (width, height) = (u32::from(size.0), u32::from(size.1));
    let edge = |from: u32, to: u32| u16::try_from(from.saturating_sub(to)).unwrap_or(0);
    match rotation {
        Rotation::Upright => part,
        Rotation::Right => Rect { x: edge(width, part.bottom()), y: part.x, width: part.height, height: part.width },
        Rotation::Inverted => Rect { x: edge(width, part.right()), y: edge(height, part.bottom()), ..part },
        Rotation::Left => Rect { x: part.y, y: edge(height, part.right()), width: part.height, height: part.width },
    }
}

/// A picture that is written to: its rows, and where in it the upper left corner of a panel lies.
pub(crate) struct Canvas<'a> {
    /// Rows from the top.
    pub(crate) bytes: &'a mut [u8],
    /// Bytes from one row to the next.
    pub(crate) stride: usize,
    /// Of the panel's picture.
    pub(crate) origin: (u16, u16),
    /// Of the panel's picture, upright.
    pub(crate) size: (u16, u16),
}

/// Copies a part of a panel's own picture upright into a larger one. What does not fit is left out.
pub(crate) fn copy_upright(source: &[u8], stride: usize, part: Rect, rotation: Rotation, canvas: &mut Canvas<'_>) {
    let (left, top) = (usize::from(canvas.origin.0), usize::from(canvas.origin.1));
    for row in 0..part.height {
        let from = usize::from(part.y + row) * stride + usize::from(part.x) * PIXEL;
        let Some(pixels) = source.get(from..from + usize::from(part.width) * PIXEL) else { continue };
        if rotation == Rotation::Upright {
            let to = (top + usize::from(part.y + row)) * canvas.stride + (left + usize::from(part.x)) * PIXEL;
            if let Some(line) = canvas.bytes.get_mut(to..to + pixels.len()) {
                line.copy_from_slice(pixels);
            }
            continue;
        }
        for (column, pixel) in (part.x..).zip(pixels.chunks_exact(PIXEL)) {
            let at = upright(Rect { x: column, y: part.y + row, width: 1, height: 1 }, rotation, canvas.size);
            let to = (top + usize::from(at.y)) * canvas.stride + (left + usize::from(at.x)) * PIXEL;
            if let Some(line) = canvas.bytes.get_mut(to..to + PIXEL) {
                line.copy_from_slice(pixel);
            }
        }
    }
}

/// What a picture was, tile by tile, for a system that does not say what changed.
#[derive(Debug, Default)]
pub(crate) struct Tiles {
    size: (u16, u16),
    marks: Vec<u64>,
}

impl Tiles {
    /// Whether any tile is another one than at the last [`take`](Self::take).
    pub(crate) fn differ(&self, bgra: &[u8], size: (u16, u16)) -> bool {
        self.size != size || tiles(size).zip(&self.marks).any(|(tile, mark)| mark_of(bgra, size, tile) != *mark)
    }

    /// The tiles that are others than the last time.
    pub(crate) fn take(&mut self, bgra: &[u8], size: (u16, u16)) -> Region {
        let mut changed = Region::new();
        let new = self.size != size;
        let marks: Vec<u64> = tiles(size).map(|tile| mark_of(bgra, size, tile)).collect();
        if new {
            changed.add(Rect::whole(size.0, size.1));
        } else {
            for (tile, (now, before)) in tiles(size).zip(marks.iter().zip(&self.marks)) {
                if now != before {
                    changed.add(tile);
                }
            }
        }
        (self.size, self.marks) = (size, marks);
        changed
    }
}

/// The tiles of a picture, row by row.
fn tiles(size: (u16, u16)) -> impl Iterator<Item = Rect> {
    let across = move |y: u16| (0..size.0).step_by(TILE.into()).map(move |x| (x, y));
    (0..size.1).step_by(TILE.into()).flat_map(across).map(move |(x, y)| Rect {
        x,
        y,
        width: TILE.min(size.0 - x),
        height: TILE.min(size.1 - y),
    })
}

/// A number that another content of the tile hardly has too: 64 bits of a multiply-and-rotate over all its pixels. The
/// undefined byte does not count.
fn mark_of(bgra: &[u8], size: (u16, u16), tile: Rect) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let stride = usize::from(size.0) * PIXEL;
    let mut mark = 0_u64;
    for row in 0..tile.height {
        let from = usize::from(tile.y + row) * stride + usize::from(tile.x) * PIXEL;
        let Some(pixels) = bgra.get(from..from + usize::from(tile.width) * PIXEL) else { continue };
        for pixel in pixels.chunks_exact(PIXEL) {
            let value = pixel.iter().take(3).fold(0, |value, byte| value << 8 | u64::from(*byte));
            mark = (mark.rotate_left(7) ^ value).wrapping_mul(FACTOR);
        }
    }
    mark
}

/// A pointer as Windows keeps it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// Blue, green, red and alpha, which is not multiplied in.
    Colour,
    /// The same, but alpha says whether the colour replaces what lies below (0) or is combined with it by *exclusive or*.
    Masked,
    /// One bit a pixel: first the rows of a mask that keeps what lies below, then those of one that inverts.
    Monochrome,
}

/// What becomes of a pixel below the pointer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Keeps,
    Shows([u8; 4]),
    Inverts,
}

/// A pointer in the form that is sent. Of one that inverts what lies below it the pixels are black with a white rim, which
/// is seen on anything. `None` for one without pixels.
pub(crate) fn pointer(
    kind: Kind,
    (width, height): (u16, u16),
    stride: usize,
    hot: (u16, u16),
    bytes: &[u8],
) -> Option<CursorShape> {
    if width == 0 || height == 0 {
        return None;
    }
    let four = |x: u16, y: u16| -> Option<[u8; 4]> {
        let at = usize::from(y) * stride + usize::from(x) * PIXEL;
        bytes.get(at..at + PIXEL)?.try_into().ok()
    };
    let bit = |x: u16, row: usize| {
        bytes.get(row * stride + usize::from(x / 8)).is_some_and(|byte| byte & (0x80 >> (x % 8)) != 0)
    };
    let mark = |x: u16, y: u16| match kind {
        Kind::Colour => four(x, y).map_or(Mark::Keeps, |[b, g, r, a]| Mark::Shows([r, g, b, a])),
        Kind::Masked => match four(x, y) {
            Some([b, g, r, 0]) => Mark::Shows([r, g, b, 255]),
            Some([0, 0, 0, _]) | None => Mark::Keeps,
            Some(_) => Mark::Inverts,
        },
        Kind::Monochrome => match (bit(x, y.into()), bit(x, usize::from(y) + usize::from(height))) {
            (false, false) => Mark::Shows([0, 0, 0, 255]),
            (false, true) => Mark::Shows([255, 255, 255, 255]),
            (true, false) => Mark::Keeps,
            (true, true) => Mark::Inverts,
        },
    };
    let beside = |x: u16, y: u16| {
        let near = |at: u16| at.saturating_sub(1)..=at.saturating_add(1);
        near(y).any(|y| near(x).any(|x| x < width && y < height && mark(x, y) == Mark::Inverts))
    };
    let mut rgba = Vec::with_capacity(usize::from(width) * usize::from(height) * PIXEL);
    for y in 0..height {
        for x in 0..width {
            rgba.extend(match mark(x, y) {
                Mark::Shows(pixel) => pixel,
                Mark::Inverts => [0, 0, 0, 255],
                Mark::Keeps if beside(x, y) => [255, 255, 255, 255],
                Mark::Keeps => [0; 4],
            });
        }
    }
    let serial =
        rgba.iter().fold(0x811c_9dc5_u32, |serial, byte| (serial ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
    let (hot_x, hot_y) = (hot.0.min(width - 1), hot.1.min(height - 1));
    Some(CursorShape { serial: serial ^ u32::from(hot_x) << 16 ^ u32::from(hot_y), hot_x, hot_y, width, height, rgba })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A panel of 3 × 2 pixels, numbered row by row.
    fn panel() -> Vec<u8> {
        (1..=6_u8).flat_map(|number| [number, 0, 0, 0]).collect()
    }

    fn numbers(rotation: Rotation, size: (u16, u16)) -> Vec<u8> {
        let stride = usize::from(size.0) * PIXEL;
        let mut bytes = vec![0; stride * usize::from(size.1)];
        let mut canvas = Canvas { bytes: &mut bytes, stride, origin: (0, 0), size };
        copy_upright(&panel(), 12, Rect::whole(3, 2), rotation, &mut canvas);
        bytes.chunks(PIXEL).map(|pixel| pixel[0]).collect()
    }

    #[test]
    fn a_turned_panels_picture_is_upright() {
        assert_eq!(numbers(Rotation::Upright, (3, 2)), [1, 2, 3, 4, 5, 6]);
        assert_eq!(numbers(Rotation::Right, (2, 3)), [4, 1, 5, 2, 6, 3]);
        assert_eq!(numbers(Rotation::Inverted, (3, 2)), [6, 5, 4, 3, 2, 1]);
        assert_eq!(numbers(Rotation::Left, (2, 3)), [3, 6, 2, 5, 1, 4]);
    }

    #[test]
    fn what_changed_is_turned_as_the_pixels_are() {
        let part = Rect { x: 1, y: 0, width: 2, height: 1 };
        for (rotation, size) in [
            (Rotation::Upright, (3, 2)),
            (Rotation::Right, (2, 3)),
            (Rotation::Inverted, (3, 2)),
            (Rotation::Left, (2, 3)),
        ] {
            let stride = usize::from(size.0) * PIXEL;
            let mut bytes = vec![0; stride * usize::from(size.1)];
            let mut canvas = Canvas { bytes: &mut bytes, stride, origin: (0, 0), size };
            copy_upright(&panel(), 12, part, rotation, &mut canvas);
            let told = upright(part, rotation, size);
            for (at, pixel) in (0_u16..).zip(bytes.chunks(PIXEL)) {
                let (x, y) = (at % size.0, at / size.0);
                assert_eq!(pixel[0] != 0, told.contains(x, y), "{rotation:?} {x} {y}");
            }
        }
    }

    #[test]
    fn a_panel_beside_another_stays_in_its_place_and_what_does_not_fit_is_left_out() {
        let mut bytes = vec![0; 4 * PIXEL * 2];
        let mut canvas = Canvas { bytes: &mut bytes, stride: 4 * PIXEL, origin: (1, 0), size: (3, 2) };
        copy_upright(&panel(), 12, Rect::whole(3, 2), Rotation::Upright, &mut canvas);
        // One row more than either has.
        copy_upright(&panel(), 12, Rect::whole(3, 3), Rotation::Upright, &mut canvas);
        assert_eq!(bytes.chunks(PIXEL).map(|pixel| pixel[0]).collect::<Vec<_>>(), [0, 1, 2, 3, 0, 4, 5, 6]);
    }

    #[test]
    fn only_tiles_that_are_others_have_changed() {
        let size = (130, 70);
        let mut picture = vec![7; usize::from(size.0) * usize::from(size.1) * PIXEL];
        let mut tiles = Tiles::default();
        assert!(tiles.differ(&picture, size));
        assert_eq!(tiles.take(&picture, size), Region::whole(130, 70));
        assert!(!tiles.differ(&picture, size));
        assert!(tiles.take(&picture, size).is_empty());
        // The undefined byte is none.
        picture[3] = 1;
        assert!(tiles.take(&picture, size).is_empty());
        let last = picture.len() - PIXEL;
        picture[last] = 8;
        assert!(tiles.differ(&picture, size));
        assert_eq!(tiles.take(&picture, size).rects(), [Rect { x: 128, y: 64, width: 2, height: 6 }]);
        assert_eq!(tiles.take(&picture[..last], (130, 69)), Region::whole(130, 69), "another size");
    }

    #[test]
    fn a_pointer_of_two_masks_shows_what_it_inverts() {
        // Black, white, keeps, inverts; then a row that keeps all.
        let bytes = [0b0011_0000, 0b1111_0000, 0b0101_0000, 0];
        let shape = pointer(Kind::Monochrome, (4, 2), 1, (9, 1), &bytes).unwrap();
        let (black, white, none) = ([0, 0, 0, 255], [255; 4], [0; 4]);
        let pixels: Vec<[u8; 4]> = shape.rgba.chunks(4).map(|pixel| pixel.try_into().unwrap()).collect();
        assert_eq!(pixels, [black, white, white, black, none, none, white, white]);
        assert_eq!((shape.hot_x, shape.hot_y), (3, 1), "inside of it");
    }

    #[test]
    fn a_coloured_pointer_keeps_its_colours() {
        let shape = pointer(Kind::Colour, (1, 1), 4, (0, 0), &[1, 2, 3, 4]).unwrap();
        assert_eq!(shape.rgba, [3, 2, 1, 4]);
        let masked = |bytes| pointer(Kind::Masked, (1, 1), 4, (0, 0), bytes).unwrap().rgba;
        assert_eq!(masked(&[1, 2, 3, 0]), [3, 2, 1, 255]);
        assert_eq!(masked(&[0, 0, 0, 255]), [0; 4]);
        assert_eq!(masked(&[255, 255, 255, 255]), [0, 0, 0, 255]);
        assert_eq!(masked(&[]), [0; 4], "bytes that are missing show nothing");
        assert_eq!(pointer(Kind::Colour, (0, 1), 0, (0, 0), &[]), None);
    }
}
