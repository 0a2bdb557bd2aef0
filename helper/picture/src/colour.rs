//! BGRA to I420, BT.709 limited range, only where something changed.

use deskhand_capture::{Frame, Rect};
use yuv::{BufferStoreMut, YuvConversionMode, YuvPlanarImageMut, YuvRange, YuvStandardMatrix, bgra_to_yuv420};

use crate::rate::Colour;

/// Chroma of a pixel without colour.
const NEUTRAL: u8 = 128;

/// A picture in I420: full luma, chroma halved both ways. Kept from frame to frame, so that only changes are converted.
///
/// Edges are even: an odd picture is padded by repeating its last column and row.
#[derive(Clone)]
pub struct Planes {
    width: u16,
    height: u16,
    y: Vec<u8>,
    u: Vec<u8>,
    v: Vec<u8>,
    /// One padded strip of BGRA at the right or lower edge of an odd picture.
    strip: Vec<u8>,
    /// Chroma without colour, shown in place of `u` and `v`; empty while there is colour.
    neutral: Vec<u8>,
}

impl std::fmt::Debug for Planes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Planes({}x{})", self.width, self.height)
    }
}

/// A frame and its planes do not fit together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the picture has another size or layout than its planes")]
pub struct Mismatch;

impl Planes {
    /// Black planes for pictures of this size; odd edges are made even.
    #[must_use]
    pub fn new(width: u16, height: u16) -> Self {
        let (width, height) = (even(width), even(height));
        let luma = usize::from(width) * usize::from(height);
        Self {
            width,
            height,
            y: vec![16; luma],
            u: vec![NEUTRAL; luma / 4],
            v: vec![NEUTRAL; luma / 4],
            strip: Vec::new(),
            neutral: Vec::new(),
        }
    }

    /// Coded width in pixels, even.
    #[must_use]
    pub const fn width(&self) -> u16 {
        self.width
    }

    /// Coded height in pixels, even.
    #[must_use]
    pub const fn height(&self) -> u16 {
        self.height
    }

    /// Luma, `width` bytes per row.
    #[must_use]
    pub fn y(&self) -> &[u8] {
        &self.y
    }

    /// Blue difference, `width / 2` bytes per row.
    #[must_use]
    pub fn u(&self) -> &[u8] {
        if self.neutral.is_empty() { &self.u } else { &self.neutral }
    }

    /// Red difference, `width / 2` bytes per row.
    #[must_use]
    pub fn v(&self) -> &[u8] {
        if self.neutral.is_empty() { &self.v } else { &self.neutral }
    }

    /// Shows colour or leaves it out. What was converted is kept, so that it comes back at once. Returns whether that
    /// makes a difference.
    pub fn show(&mut self, colour: Colour) -> bool {
        let shown = if self.neutral.is_empty() { Colour::Full } else { Colour::Grey };
        if colour == Colour::Grey {
            self.neutral.resize(self.u.len(), NEUTRAL);
        } else {
            self.neutral = Vec::new();
        }
        shown != colour
    }

    /// The size of a coded picture of this many percent of the edges.
    #[must_use]
    pub fn scaled_size(&self, percent: u8) -> (u16, u16) {
        let edge = |edge: u16| {
            let scaled = u32::from(edge) * u32::from(percent.clamp(1, 100)) / 100;
            even(u16::try_from(scaled).unwrap_or(u16::MAX).max(2))
        };
        (edge(self.width), edge(self.height))
    }

    /// Fills itself with a larger picture, made as small as these planes: at half the size each pixel is the mean of
    /// four.
    pub fn shrink_from(&mut self, larger: &Self) {
        let (width, height) = (usize::from(self.width), usize::from(self.height));
        let from = (usize::from(larger.width), usize::from(larger.height));
        shrink(&larger.y, from, &mut self.y, (width, height));
        let (half, from) = ((width / 2, height / 2), (from.0 / 2, from.1 / 2));
        shrink(larger.u(), from, &mut self.u, half);
        shrink(larger.v(), from, &mut self.v, half);
    }

    /// Diagonal stripes, further along with each turn: something to try an encoder with.
    pub(crate) fn draw_stripes(&mut self, turn: u32) {
        let width = usize::from(self.width);
        let offset = turn as usize * 6;
        for (index, pixel) in self.y.iter_mut().enumerate() {
            let (x, y) = (index % width, index / width + offset);
            *pixel = if (x + 3 * y) / 5 % 3 == 0 && y % 17 < 11 { 30 } else { 225 };
        }
    }

    /// Whether these planes are for pictures of this size.
    #[must_use]
    pub fn fits(&self, width: u16, height: u16) -> bool {
        self.width == even(width) && self.height == even(height)
    }

    /// Converts what changed.
    ///
    /// # Errors
    ///
    /// [`Mismatch`] when the frame is of another size.
    pub fn update(&mut self, frame: &Frame<'_>) -> Result<(), Mismatch> {
        if !self.fits(frame.width, frame.height) {
            return Err(Mismatch);
        }
        for rect in frame.changed.rects() {
            self.convert(frame, *rect)?;
        }
        Ok(())
    }

    /// Converts one rectangle, made even. Where that reaches over an odd edge, the edge is repeated.
    fn convert(&mut self, frame: &Frame<'_>, rect: Rect) -> Result<(), Mismatch> {
        let rect = rect.even();
        if rect.right() > u32::from(self.width) || rect.bottom() > u32::from(self.height) {
            return Err(Mismatch);
        }
        // The library works on whole rows of memory, and from the middle of the picture's last rows there are no whole
        // rows to its end. So the last two begin at the left edge.
        let below = self.height - 2;
        if rect.bottom() <= u32::from(below) {
            return self.convert_above(frame, rect);
        }
        if rect.y < below {
            self.convert_above(frame, Rect { height: below - rect.y, ..rect })?;
        }
        let last = Rect { x: 0, y: below, width: rect.x + rect.width, height: 2 };
        if last.right() > u32::from(frame.width) || last.bottom() > u32::from(frame.height) {
            return self.convert_strip(frame, last);
        }
        self.write(last, frame.bgra.get(usize::from(below) * frame.stride..).ok_or(Mismatch)?, frame.stride)
    }

    /// Converts an even rectangle that ends above the last two rows.
    fn convert_above(&mut self, frame: &Frame<'_>, rect: Rect) -> Result<(), Mismatch> {
        let over_right = rect.right() > u32::from(frame.width);
        let inner = Rect { width: if over_right { rect.width - 2 } else { rect.width }, ..rect };
        if !inner.is_empty() {
            let at = usize::from(inner.y) * frame.stride + usize::from(inner.x) * 4;
            self.write(inner, frame.bgra.get(at..).ok_or(Mismatch)?, frame.stride)?;
        }
        if over_right {
            self.convert_strip(frame, Rect { x: rect.x + inner.width, width: 2, ..rect })?;
        }
        Ok(())
    }

    /// Copies a strip with its edge repeated, then converts the copy.
    fn convert_strip(&mut self, frame: &Frame<'_>, rect: Rect) -> Result<(), Mismatch> {
        let mut strip = std::mem::take(&mut self.strip);
        strip.clear();
        for y in rect.y..rect.y + rect.height {
            let row = usize::from(y.min(frame.height - 1)) * frame.stride;
            for x in rect.x..rect.x + rect.width {
                let at = row + usize::from(x.min(frame.width - 1)) * 4;
                strip.extend_from_slice(frame.bgra.get(at..at + 4).ok_or(Mismatch)?);
            }
        }
        let done = self.write(rect, &strip, usize::from(rect.width) * 4);
        self.strip = strip;
        done
    }

    /// Converts `pixels` into an even rectangle.
    fn write(&mut self, rect: Rect, pixels: &[u8], stride: usize) -> Result<(), Mismatch> {
        // The library converts as many rows as it is given memory for, whatever the height says: give it just those.
        let rows = usize::from(rect.height);
        let luma_stride = usize::from(self.width);
        let chroma_stride = luma_stride / 2;
        let luma_at = usize::from(rect.y) * luma_stride + usize::from(rect.x);
        let chroma_at = usize::from(rect.y / 2) * chroma_stride + usize::from(rect.x / 2);
        let luma = luma_at..luma_at + rows * luma_stride;
        let chroma = chroma_at..chroma_at + rows / 2 * chroma_stride;
        let pixels = pixels.get(..rows * stride).ok_or(Mismatch)?;
        let mut image = YuvPlanarImageMut {
            y_plane: BufferStoreMut::Borrowed(self.y.get_mut(luma).ok_or(Mismatch)?),
            y_stride: u32::from(self.width),
            u_plane: BufferStoreMut::Borrowed(self.u.get_mut(chroma.clone()).ok_or(Mismatch)?),
            u_stride: u32::from(self.width / 2),
            v_plane: BufferStoreMut::Borrowed(self.v.get_mut(chroma).ok_or(Mismatch)?),
            v_stride: u32::from(self.width / 2),
            width: u32::from(rect.width),
            height: u32::from(rect.height),
        };
        bgra_to_yuv420(
            &mut image,
            pixels,
            u32::try_from(stride).map_err(|_| Mismatch)?,
            YuvRange::Limited,
            YuvStandardMatrix::Bt709,
            YuvConversionMode::Balanced,
        )
        .map_err(|_| Mismatch)
    }
}

/// Bilinear, with eight bits between two pixels.
fn shrink(from: &[u8], (from_width, from_height): (usize, usize), to: &mut [u8], (width, height): (usize, usize)) {
    if width == 0 || height == 0 || from_width == 0 || from_height == 0 {
        return;
    }
    // Where the middle of a pixel lies in the larger picture: the pixel before it, and how far it is from there.
    let place = |at: usize, of: usize, in_larger: usize| {
        let middle = ((2 * at + 1) * in_larger * 128 / of).saturating_sub(128);
        let before = (middle / 256).min(in_larger - 1);
        (before, (before + 1).min(in_larger - 1), u32::try_from(middle % 256).unwrap_or(0))
    };
    let columns: Vec<_> = (0..width).map(|x| place(x, width, from_width)).collect();
    for (y, row) in to.chunks_exact_mut(width).take(height).enumerate() {
        let (above, below, down) = place(y, height, from_height);
        let line = |at: usize| from.get(at * from_width..(at + 1) * from_width).unwrap_or_default();
        let (above, below) = (line(above), line(below));
        if above.len() != from_width || below.len() != from_width {
            return;
        }
        for (pixel, (left, right, across)) in row.iter_mut().zip(&columns) {
            let mix = |line: &[u8]| u32::from(line[*left]) * (256 - across) + u32::from(line[*right]) * across;
            let value = (mix(above) * (256 - down) + mix(below) * down + 32_768) >> 16;
            *pixel = u8::try_from(value).unwrap_or(u8::MAX);
        }
    }
}

/// X11 and the codecs stop at 32767 and 65536, so the largest `u16` is never met; it is rounded down to stay in range.
fn even(edge: u16) -> u16 {
    edge.checked_next_multiple_of(2).unwrap_or(u16::MAX - 1)
}
