//! The technician's pointer: an arrow with his name beside it, as pixels.

use gtk::{
    cairo::{Context, Error, Format, ImageSurface},
    pango::{EllipsizeMode, FontDescription, SCALE},
};

/// How far the tip of the arrow lies from the upper left corner, in pixels.
pub(super) const TIP: i32 = 2;
/// The widest name in pixels; a longer one is cut.
const NAME: i32 = 220;
/// Upper left corner of the name's box.
const BOX: (f64, f64) = (17.0, 20.0);
/// Around the name, across and down.
const PADDING: (f64, f64) = (9.0, 4.0);
/// The colour of what is drawn too: red, green, blue.
const INK: (f64, f64, f64) = (215.0 / 255.0, 56.0 / 255.0, 20.0 / 255.0);
/// Half of what is left between two whole lines; a pixel is shown or it is not.
const SHOWN: u8 = 128;

/// A picture without half-transparent pixels.
pub(super) struct Label {
    pub(super) width: u16,
    pub(super) height: u16,
    /// Blue, green, red and an undefined byte, rows from the top.
    pub(super) bgrx: Vec<u8>,
    /// What of it is shown: row, first pixel, number of pixels.
    pub(super) runs: Vec<(i16, i16, u16)>,
}

impl Label {
    /// Draws it. The name is a stranger's text: one line, and no longer than there is room for.
    pub(super) fn new(name: &str) -> Result<Self, Error> {
        let line: String = name.chars().map(|char| if char.is_control() { ' ' } else { char }).collect();
        // The size of the text is needed before there is a picture to draw it on.
        let layout = pangocairo::functions::create_layout(&Context::new(ImageSurface::create(Format::ARgb32, 1, 1)?)?);
        layout.set_font_description(Some(&FontDescription::from_string("Sans Bold 10")));
        layout.set_single_paragraph_mode(true);
        layout.set_ellipsize(EllipsizeMode::End);
        layout.set_text(line.trim());
        if layout.pixel_size().0 > NAME {
            layout.set_width(NAME * SCALE);
        }
        let (text_width, text_height) = layout.pixel_size();
        let (inner_width, inner_height) =
            (f64::from(text_width) + 2.0 * PADDING.0, f64::from(text_height) + 2.0 * PADDING.1);
        #[allow(clippy::cast_possible_truncation, reason = "a few hundred pixels")]
        let (width, height) = ((BOX.0 + inner_width).ceil() as i32, (BOX.1 + inner_height).ceil() as i32);

        let mut surface = ImageSurface::create(Format::ARgb32, width, height)?;
        {
            let context = Context::new(&surface)?;
            if !line.trim().is_empty() {
                rounded(&context, BOX.0, BOX.1, inner_width, inner_height, 6.0);
                context.set_source_rgb(INK.0, INK.1, INK.2);
                context.fill()?;
                context.set_source_rgb(1.0, 1.0, 1.0);
                context.move_to(BOX.0 + PADDING.0, BOX.1 + PADDING.1);
                pangocairo::functions::show_layout(&context, &layout);
            }
            for (x, y) in [(0.0, 0.0), (0.0, 21.0), (5.2, 16.4), (8.8, 24.2), (12.4, 22.6), (8.9, 15.0), (15.2, 15.0)] {
                context.line_to(f64::from(TIP) + x, f64::from(TIP) + y);
            }
            context.close_path();
            context.set_source_rgb(INK.0, INK.1, INK.2);
            context.fill_preserve()?;
            context.set_source_rgb(1.0, 1.0, 1.0);
            context.set_line_width(1.6);
            context.stroke()?;
        }
        surface.flush();
        let stride = usize::try_from(surface.stride()).unwrap_or(0);
        let data = surface.data().map_err(|_| Error::SurfaceFinished)?;
        let mut label = Self {
            width: u16::try_from(width).unwrap_or(1),
            height: u16::try_from(height).unwrap_or(1),
            bgrx: Vec::new(),
            runs: Vec::new(),
        };
        for (y, row) in (0_i16..).zip(data.chunks_exact(stride.max(1))) {
            let row = &row[..usize::from(label.width) * 4];
            label.bgrx.extend_from_slice(row);
            let mut begun = None;
            let ends = row.chunks_exact(4).map(|pixel| pixel[3] >= SHOWN).chain([false]);
            for (x, shown) in (0_i16..).zip(ends) {
                match (begun, shown) {
                    (None, true) => begun = Some(x),
                    (Some(from), false) => {
                        label.runs.push((y, from, (x - from).unsigned_abs()));
                        begun = None;
                    }
                    _ => {}
                }
            }
        }
        Ok(label)
    }
}

fn rounded(context: &Context, x: f64, y: f64, width: f64, height: f64, radius: f64) {
    use std::f64::consts::FRAC_PI_2;
    let corners = [(x + width, y), (x + width, y + height), (x, y + height), (x, y)];
    for (turn, (corner_x, corner_y)) in (0_i32..).zip(corners) {
        let inward = |at: f64, low: f64| if at > low { at - radius } else { at + radius };
        let from = f64::from(turn - 1) * FRAC_PI_2;
        context.arc(inward(corner_x, x), inward(corner_y, y), radius, from, from + FRAC_PI_2);
    }
    context.close_path();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strangers_name_takes_one_line_and_no_more_than_its_room() {
        let plain = Label::new("Mara").unwrap();
        for name in ["", "  ", "Mara\nLindt\u{202e}\0", &"W".repeat(5_000), "王小明", "\u{1f44b}"] {
            let label = Label::new(name).unwrap();
            assert!(label.width < 300 && label.height <= plain.height + 12, "{}x{}", label.width, label.height);
            assert_eq!(label.bgrx.len(), usize::from(label.width) * usize::from(label.height) * 4);
            assert!(label.runs.len() >= 20, "at least the arrow is shown");
            assert!(label.runs.iter().all(|(_, x, len)| x.unsigned_abs() + len <= label.width && *len > 0));
        }
    }
}
