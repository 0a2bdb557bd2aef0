//! Content in the forms of Windows' clipboard: text in UTF-16, HTML behind a header with offsets, images as the bitmaps
//! of old.

#![cfg_attr(not(windows), allow(dead_code, reason = "elsewhere only its tests are built"))]

use std::io::Cursor;

use deskhand_protocol::limit::CLIPBOARD_PIXELS;
use png::{BitDepth, ColorType, Compression, Decoder, Encoder, Transformations};

/// Size of a `BITMAPINFOHEADER`, which every bitmap here begins with.
const HEADER: usize = 40;
/// `BI_RGB` and `BI_BITFIELDS` of `wingdi.h`.
const PLAIN: u32 = 0;
const MASKS: u32 = 3;
/// Marks around the part that was copied.
const BEGIN: &str = "<!--StartFragment-->";
const END: &str = "<!--EndFragment-->";

/// Text with the line ends of Windows, and the zero that ends it.
pub(crate) fn text_to(text: &str) -> Vec<u8> {
    let lines = text.replace("\r\n", "\n").replace('\n', "\r\n");
    lines.encode_utf16().filter(|unit| *unit != 0).chain([0]).flat_map(u16::to_le_bytes).collect()
}

/// Text up to the zero that ends it, with single line ends.
pub(crate) fn text_from(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    let units: Vec<u16> = units.take_while(|unit| *unit != 0).collect();
    String::from_utf16_lossy(&units).replace("\r\n", "\n")
}

/// HTML as the form *HTML Format* wants it.
pub(crate) fn html_to(html: &str) -> Vec<u8> {
    let (before, after) = (format!("<html><body>\r\n{BEGIN}"), format!("{END}\r\n</body></html>"));
    let header = |start: usize, end: usize, from: usize, to: usize| {
        format!(
            "Version:0.9\r\nStartHTML:{start:010}\r\nEndHTML:{end:010}\r\nStartFragment:{from:010}\r\nEndFragment:{to:010}\r\n"
        )
    };
    let start = header(0, 0, 0, 0).len();
    let from = start + before.len();
    let to = from + html.len();
    let mut out = header(start, to + after.len(), from, to).into_bytes();
    out.extend([before.as_bytes(), html.as_bytes(), after.as_bytes(), &[0]].concat());
    out
}

/// The part that was copied; all of it, where its place makes no sense. `None` for what is no such form.
pub(crate) fn html_from(bytes: &[u8]) -> Option<String> {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    let bytes = bytes.get(..end)?;
    let header = String::from_utf8_lossy(bytes.get(..bytes.len().min(1024))?);
    let at = |name: &str| {
        let line = header.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.and_then(|number| number.trim().parse::<usize>().ok())
    };
    let part = |from: &str, to: &str| bytes.get(at(from)?..at(to)?);
    let part = part("StartFragment", "EndFragment").or_else(|| part("StartHTML", "EndHTML"))?;
    Some(String::from_utf8_lossy(part).into_owned())
}

/// A PNG as a bitmap of 32 bits, rows from the bottom. Transparency becomes white, which old programs would show black.
pub(crate) fn bitmap_of(png: &[u8]) -> Option<Vec<u8>> {
    let mut decoder = Decoder::new(Cursor::new(png));
    decoder.set_transformations(Transformations::normalize_to_color8() | Transformations::ALPHA);
    let mut reader = decoder.read_info().ok()?;
    let (width, height) = (reader.info().width, reader.info().height);
    if u64::from(width) * u64::from(height) > CLIPBOARD_PIXELS {
        return None;
    }
    let mut pixels = vec![0; reader.output_buffer_size()?];
    reader.next_frame(&mut pixels).ok()?;
    let each = match reader.output_color_type() {
        (ColorType::Rgba, BitDepth::Eight) => 4,
        (ColorType::GrayscaleAlpha, BitDepth::Eight) => 2,
        _ => return None,
    };
    let mut out = Vec::with_capacity(HEADER + pixels.len() / each * 4);
    out.extend(u32::try_from(HEADER).ok()?.to_le_bytes());
    out.extend(i32::try_from(width).ok()?.to_le_bytes());
    out.extend(i32::try_from(height).ok()?.to_le_bytes());
    out.extend(1_u16.to_le_bytes());
    out.extend(32_u16.to_le_bytes());
    out.extend([0; HEADER - 16]);
    let row = usize::try_from(width).ok()? * each;
    for line in pixels.chunks_exact(row.max(1)).rev() {
        for pixel in line.chunks_exact(each) {
            let (colour, alpha) = match *pixel {
                [red, green, blue, alpha] => ([blue, green, red], alpha),
                [grey, alpha] => ([grey; 3], alpha),
                _ => return None,
            };
            let over_white = |value: u8| {
                let value = u32::from(value) * u32::from(alpha) + 255 * (255 - u32::from(alpha));
                u8::try_from((value + 127) / 255).unwrap_or(u8::MAX)
            };
            out.extend(colour.map(over_white));
            out.push(0);
        }
    }
    Some(out)
}

/// A bitmap of 24 or 32 bits as a PNG. Other kinds are not made by today's programs, and are none.
pub(crate) fn png_of(bitmap: &[u8]) -> Option<Vec<u8>> {
    let number = |at: usize| Some(u32::from_le_bytes(bitmap.get(at..at + 4)?.try_into().ok()?));
    let short = |at: usize| Some(u16::from_le_bytes(bitmap.get(at..at + 2)?.try_into().ok()?));
    let header = usize::try_from(number(0)?).ok().filter(|size| *size >= HEADER)?;
    let (width, height) = (number(4)?.cast_signed(), number(8)?.cast_signed());
    let (bits, kind) = (short(14)?, number(16)?);
    let from_top = height < 0;
    let (width, height) = (u32::try_from(width).ok()?, height.unsigned_abs());
    if width == 0 || height == 0 || u64::from(width) * u64::from(height) > CLIPBOARD_PIXELS {
        return None;
    }
    let each = match (bits, kind) {
        (24, PLAIN) => 3,
        (32, PLAIN) => 4,
        // Only in the order that everybody has. A plain header has the masks behind it, a longer one within.
        (32, MASKS) if (number(40)?, number(44)?, number(48)?) == (0x00ff_0000, 0xff00, 0xff) => 4,
        _ => return None,
    };
    let masks = if kind == MASKS && header == HEADER { 12 } else { 0 };
    let palette = usize::try_from(number(32)?).ok()?.checked_mul(4)?;
    let begin = header.checked_add(masks)?.checked_add(palette)?;
    let (columns, rows) = (usize::try_from(width).ok()?, usize::try_from(height).ok()?);
    let stride = (columns * each).next_multiple_of(4);
    let pixels = bitmap.get(begin..)?.get(..stride.checked_mul(rows)?)?;
    let mut rgb = Vec::with_capacity(columns * rows * 3);
    let mut push = |line: &[u8]| {
        for pixel in line.chunks_exact(each).take(columns) {
            rgb.extend([pixel[2], pixel[1], pixel[0]]);
        }
    };
    if from_top {
        pixels.chunks_exact(stride).for_each(&mut push);
    } else {
        pixels.chunks_exact(stride).rev().for_each(&mut push);
    }
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, width, height);
    encoder.set_color(ColorType::Rgb);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::Fast);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(&rgb).ok()?;
    writer.finish().ok()?;
    Some(out)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn html_comes_back_as_it_was() {
        for html in ["<b>Größe</b>", "", "<!--EndFragment-->"] {
            assert_eq!(html_from(&html_to(html)).unwrap(), html);
        }
    }

    #[test]
    fn html_of_others_is_read_by_its_offsets() {
        let others = b"Version:1.0\nStartHTML:-1\nEndHTML:-1\nStartFragment:68\nEndFragment:71\n<x>\0rest";
        assert_eq!(html_from(others).unwrap(), "<x>");
        for bad in [&b""[..], b"StartFragment:9999999\nEndFragment:99999999\n", b"StartFragment:9\nEndFragment:2\n"] {
            assert_eq!(html_from(bad), None);
        }
    }

    #[test]
    fn an_image_comes_back_without_its_transparency() {
        let mut png = Vec::new();
        let mut encoder = Encoder::new(&mut png, 3, 2);
        encoder.set_color(ColorType::Rgba);
        let mut writer = encoder.write_header().unwrap();
        let pixels = [[1, 2, 3, 255], [9, 9, 9, 0], [0, 0, 0, 255], [4, 5, 6, 255], [7, 8, 9, 255], [255; 4]];
        writer.write_image_data(&pixels.concat()).unwrap();
        writer.finish().unwrap();
        let again = png_of(&bitmap_of(&png).unwrap()).unwrap();
        let mut reader = Decoder::new(Cursor::new(&again)).read_info().unwrap();
        let mut read = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut read).unwrap();
        assert_eq!(read, [1, 2, 3, 255, 255, 255, 0, 0, 0, 4, 5, 6, 7, 8, 9, 255, 255, 255]);
    }

    proptest! {
        #[test]
        fn text_comes_back(text in "\\PC{0,40}(\n\\PC{0,40}){0,3}") {
            prop_assert_eq!(text_from(&text_to(&text)), text);
        }

        #[test]
        fn nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..200), size in 40_u32..130, bits in prop::sample::select(vec![24_u16, 32])) {
            drop((text_from(&bytes), html_from(&bytes), png_of(&bytes), bitmap_of(&bytes)));
            let mut bitmap = bytes;
            if bitmap.len() > 40 {
                bitmap[..4].copy_from_slice(&size.to_le_bytes());
                bitmap[14..16].copy_from_slice(&bits.to_le_bytes());
                drop(png_of(&bitmap));
            }
        }
    }
}
