//! Takes an image apart and puts it together anew: what programs here are handed is made of pixels alone, whatever
//! else was in the file, and what cannot be decoded within bounds is refused.

use std::io::Cursor;

use bytes::Bytes;
use deskhand_protocol::limit::{CLIPBOARD_IMAGE, CLIPBOARD_PIXELS};
use png::{BitDepth, ColorType, Compression, Decoder, Encoder, Limits, Transformations};

/// Memory for the pixels: four bytes each, and as much again for rows and tables.
const MEMORY: usize = CLIPBOARD_PIXELS as usize * 5;

/// Why it is not handed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unfit {
    /// It is no PNG, or a damaged one.
    #[error("not a PNG image")]
    NotPng,
    /// It has more pixels than allowed, or needs more memory.
    #[error("the image is too large")]
    TooLarge,
}

/// The same picture as a PNG of its pixels only, eight bits a channel.
///
/// # Errors
///
/// [`Unfit`].
pub fn clean(png: &[u8]) -> Result<Bytes, Unfit> {
    let mut decoder = Decoder::new_with_limits(Cursor::new(png), Limits { bytes: MEMORY });
    decoder.set_transformations(Transformations::normalize_to_color8());
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let info = decoder.read_header_info().map_err(refusal)?;
    let (width, height) = (info.width, info.height);
    if u64::from(width) * u64::from(height) > CLIPBOARD_PIXELS {
        return Err(Unfit::TooLarge);
    }
    let mut reader = decoder.read_info().map_err(refusal)?;
    let size = reader.output_buffer_size().ok_or(Unfit::TooLarge)?;
    let mut pixels = vec![0; size];
    reader.next_frame(&mut pixels).map_err(refusal)?;
    let (colour, depth) = reader.output_color_type();
    if depth != BitDepth::Eight || colour == ColorType::Indexed {
        return Err(Unfit::NotPng);
    }
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, width, height);
    encoder.set_color(colour);
    encoder.set_depth(depth);
    encoder.set_compression(Compression::Fast);
    let mut writer = encoder.write_header().map_err(|_| Unfit::NotPng)?;
    writer.write_image_data(&pixels).map_err(|_| Unfit::NotPng)?;
    writer.finish().map_err(|_| Unfit::NotPng)?;
    // Quick compression may grow it; a program here is not bound by what crosses the wire.
    if out.len() > CLIPBOARD_IMAGE * 8 {
        return Err(Unfit::TooLarge);
    }
    Ok(out.into())
}

fn refusal(error: png::DecodingError) -> Unfit {
    match error {
        png::DecodingError::LimitsExceeded => Unfit::TooLarge,
        _ => Unfit::NotPng,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32, pixels: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut encoder = Encoder::new(&mut out, width, height);
        encoder.set_color(ColorType::Rgba);
        encoder.add_text_chunk("Comment".into(), "written by somebody".into()).unwrap();
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(pixels).unwrap();
        writer.finish().unwrap();
        out
    }

    fn pixels(png: &[u8]) -> Vec<u8> {
        let mut reader = Decoder::new(Cursor::new(png)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        pixels
    }

    /// A header that promises this size, with hardly any data.
    fn promise(width: u32, height: u32) -> Vec<u8> {
        let mut out = png(1, 1, &[0; 4]);
        out[16..20].copy_from_slice(&width.to_be_bytes());
        out[20..24].copy_from_slice(&height.to_be_bytes());
        let mut crc = 0xffff_ffff_u32;
        for byte in &out[12..29] {
            crc ^= u32::from(*byte);
            for _ in 0..8 {
                crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
            }
        }
        out[29..33].copy_from_slice(&(!crc).to_be_bytes());
        out
    }

    #[test]
    fn the_pixels_stay_and_everything_else_goes() {
        let drawn: Vec<u8> = (0..64 * 4).map(|at| (at * 7) as u8).collect();
        let given = png(8, 8, &drawn);
        let cleaned = clean(&given).unwrap();
        assert_eq!(pixels(&cleaned), drawn);
        assert!(given.windows(8).any(|part| part == b"somebody"));
        assert!(!cleaned.windows(8).any(|part| part == b"somebody"));
    }

    #[test]
    fn a_decompression_bomb_is_refused_before_it_goes_off() {
        for (width, height) in [(65_535, 65_535), (1, 0x7fff_ffff), (0x7fff_ffff, 0x7fff_ffff), (6_200, 6_200)] {
            assert_eq!(clean(&promise(width, height)), Err(Unfit::TooLarge), "{width} x {height}");
        }
    }

    #[test]
    fn what_is_no_image_is_refused() {
        let real = png(4, 4, &[9; 64]);
        assert_eq!(clean(b""), Err(Unfit::NotPng));
        assert_eq!(clean(b"#!/bin/sh\nrm -rf /\n"), Err(Unfit::NotPng));
        assert_eq!(clean(&real[..real.len() / 2]), Err(Unfit::NotPng));
        assert_eq!(clean(&promise(4_000, 4_000)), Err(Unfit::NotPng), "the pixels are missing");
    }

    proptest::proptest! {
        #[test]
        fn no_damage_panics(at in 8..200_usize, byte: u8, cut in 8..200_usize) {
            let mut real = png(4, 4, &[9; 64]);
            real.truncate(cut.max(40));
            let at = at % real.len();
            real[at] = byte;
            let _ = clean(&real);
        }
    }
}
