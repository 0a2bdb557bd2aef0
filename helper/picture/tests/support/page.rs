//! Pictures like those on a screen: text in colours, made here so that no font is needed.

#![allow(dead_code, reason = "each test file uses its part of it")]

use deskhand_capture::{Frame, Region};
use std::time::Instant;

/// A picture in BGRA.
#[derive(Clone)]
pub(crate) struct Page {
    pub(crate) width: u16,
    pub(crate) height: u16,
    pub(crate) bgra: Vec<u8>,
}

impl Page {
    /// One colour, `0xRRGGBB`.
    pub(crate) fn plain(width: u16, height: u16, colour: u32) -> Self {
        let [_, red, green, blue] = colour.to_be_bytes();
        Self { width, height, bgra: [blue, green, red, 0].repeat(usize::from(width) * usize::from(height)) }
    }

    /// Lines of text, the first of which is line `first` of an endless document.
    pub(crate) fn text(width: u16, height: u16, first: u32, ink: u32, paper: u32) -> Self {
        let mut page = Self::plain(width, height, paper);
        page.write(0, 0, width, height, first, ink);
        page
    }

    /// Writes text into a rectangle: glyphs of 7 × 11 with strokes two pixels wide, as antialiasing leaves them, in cells of 9 × 18.
    pub(crate) fn write(&mut self, left: u16, top: u16, width: u16, height: u16, first: u32, ink: u32) {
        for (line, y) in (0u32..).zip((top..top + height).step_by(18)) {
            for (column, x) in (0u32..).zip((left..left + width).step_by(9)) {
                let glyph = scramble((first + line) * 1009 + column);
                if glyph.is_multiple_of(6) {
                    continue; // a space
                }
                for row in 0..11u16 {
                    for dot in 0..7u16 {
                        let bit = u32::from(row / 2 * 4 + dot / 2);
                        if glyph >> (bit % 24 + 4) & 1 == 1 && x + dot < left + width && y + row < top + height {
                            self.set(x + dot, y + row + 3, ink);
                        }
                    }
                }
            }
        }
    }

    /// Fills a rectangle.
    pub(crate) fn fill(&mut self, left: u16, top: u16, width: u16, height: u16, colour: u32) {
        for y in top..top + height {
            for x in left..left + width {
                self.set(x, y, colour);
            }
        }
    }

    fn set(&mut self, x: u16, y: u16, colour: u32) {
        if x < self.width && y < self.height {
            let at = (usize::from(y) * usize::from(self.width) + usize::from(x)) * 4;
            let [_, red, green, blue] = colour.to_be_bytes();
            self.bgra[at..at + 4].copy_from_slice(&[blue, green, red, 0]);
        }
    }

    /// As captured, with this much changed.
    pub(crate) fn frame<'a>(&'a self, changed: &'a Region) -> Frame<'a> {
        Frame {
            bgra: &self.bgra,
            stride: usize::from(self.width) * 4,
            width: self.width,
            height: self.height,
            changed,
            captured: Instant::now(),
        }
    }
}

/// Peak signal to noise in decibel over red, green and blue; a hundred for equal pictures.
pub(crate) fn psnr(bgra: &[u8], rgb: &[u8]) -> f64 {
    assert_eq!(bgra.len() / 4, rgb.len() / 3, "another size");
    let squares: f64 = bgra
        .chunks_exact(4)
        .zip(rgb.chunks_exact(3))
        .flat_map(|(a, b)| [(a[2], b[0]), (a[1], b[1]), (a[0], b[2])])
        .map(|(a, b)| f64::from(a.abs_diff(b)).powi(2))
        .sum();
    let mean = squares / rgb.len() as f64;
    if mean == 0.0 { 100.0 } else { 10.0 * (255.0f64 * 255.0 / mean).log10() }
}

/// A number that looks like chance and is not.
pub(crate) fn scramble(seed: u32) -> u32 {
    let mut value = seed.wrapping_mul(0x9e37_79b1) ^ 0x5bd1_e995;
    value ^= value >> 15;
    value = value.wrapping_mul(0x85eb_ca6b);
    value ^ (value >> 13)
}
