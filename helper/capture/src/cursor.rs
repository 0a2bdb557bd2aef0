//! The pointer as data: what it looks like and where it is.

use std::fmt;

/// What the pointer looks like.
#[derive(Clone, PartialEq, Eq)]
pub struct CursorShape {
    /// The system's own number for this shape; the same shape comes with the same number while the session lasts.
    pub serial: u32,
    /// Hot spot, pixels from the left.
    pub hot_x: u16,
    /// Hot spot, pixels from the top.
    pub hot_y: u16,
    /// Width in pixels, at least 1.
    pub width: u16,
    /// Height in pixels, at least 1.
    pub height: u16,
    /// `width * height` pixels, red first, alpha not multiplied in.
    pub rgba: Vec<u8>,
}

impl fmt::Debug for CursorShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CursorShape({}, {}x{})", self.serial, self.width, self.height)
    }
}

/// Where the pointer is, in pixels from the selected monitor's upper left corner; may lie outside of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CursorPlace {
    /// Pixels from the left edge.
    pub x: i32,
    /// Pixels from the upper edge.
    pub y: i32,
}

/// Turns pixels `0xAARRGGBB` with alpha multiplied in, as X11 and Windows keep pointers, into RGBA bytes without.
#[must_use]
pub fn straight_from_premultiplied(argb: &[u32]) -> Vec<u8> {
    argb.iter()
        .flat_map(|pixel| {
            let [alpha, red, green, blue] = pixel.to_be_bytes();
            let straight = |value: u8| match alpha {
                0 => 0,
                // Rounded to the nearest; a value above its alpha is not premultiplied at all and is clamped.
                _ => {
                    let value = (u32::from(value) * 255 + u32::from(alpha) / 2) / u32::from(alpha);
                    u8::try_from(value).unwrap_or(u8::MAX)
                }
            };
            [straight(red), straight(green), straight(blue), alpha]
        })
        .collect()
}
