//! Every stream says what its numbers mean: BT.709, limited range. A decoder that believes it shows the right colours.

#![allow(clippy::expect_used, reason = "a test says by panicking what went wrong")]

use deskhand_picture::{
    colour::Planes,
    encoder::{self, EncoderSettings, Kind},
};
use deskhand_protocol::call::control::VideoCodec;

/// What both codecs call BT.709, as primaries, transfer and matrix alike.
const BT709: u32 = 1;

/// What a stream says of its colours.
#[derive(Debug, PartialEq, Eq)]
struct Colours {
    primaries: u32,
    transfer: u32,
    matrix: u32,
    full_range: bool,
}

const OURS: Colours = Colours { primaries: BT709, transfer: BT709, matrix: BT709, full_range: false };

/// The first picture of an encoder, as it goes out.
fn first_picture(codec: VideoCodec) -> Vec<u8> {
    let settings = EncoderSettings { width: 640, height: 360, bit_rate: 1_000_000, frame_rate: 30 };
    let mut encoder = encoder::open(codec, settings).expect("an encoder");
    encoder.encode(&Planes::new(640, 360), Kind::Key).expect("it works").expect("something came out").data
}

#[test]
fn an_av1_sequence_header_says_what_its_colours_are() {
    let data = first_picture(VideoCodec::Av1);
    let header = obus(&data).find(|(kind, _)| *kind == 1).expect("a sequence header").1;
    assert_eq!(av1_colours(header), OURS);
}

#[test]
fn h264_parameters_say_what_the_colours_are() {
    let data = first_picture(VideoCodec::H264);
    let at = data.windows(4).position(|bytes| bytes[..3] == [0, 0, 1] && bytes[3] & 0x1f == 7).expect("an SPS");
    assert_eq!(h264_colours(&data[at + 4..]), OURS);
}

/// Bits, most significant first.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn bit(&mut self) -> u32 {
        let bit = self.bytes[self.at / 8] >> (7 - self.at % 8) & 1;
        self.at += 1;
        bit.into()
    }

    fn flag(&mut self) -> bool {
        self.bit() == 1
    }

    fn bits(&mut self, count: u32) -> u32 {
        (0..count).fold(0, |value, _| value << 1 | self.bit())
    }

    /// Exponential Golomb code.
    fn golomb(&mut self) -> u32 {
        let mut zeros = 0;
        while !self.flag() {
            zeros += 1;
        }
        (1 << zeros) - 1 + self.bits(zeros)
    }
}

/// Kind and content of each OBU; all of ours carry their size.
fn obus(data: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    let mut rest = data;
    std::iter::from_fn(move || {
        let (head, after) = rest.split_first()?;
        assert_eq!(head & 0b110, 0b010, "no extension, with a size");
        let (mut size, mut used) = (0usize, 0);
        loop {
            let byte = after[used];
            size |= usize::from(byte & 0x7f) << (7 * used);
            used += 1;
            if byte & 0x80 == 0 {
                break;
            }
        }
        let content = &after[used..used + size];
        rest = &after[used + size..];
        Some((head >> 3 & 15, content))
    })
}

/// AV1 specification, sections 5.5.1 and 5.5.2.
fn av1_colours(header: &[u8]) -> Colours {
    let mut bits = Bits { bytes: header, at: 0 };
    assert_eq!(bits.bits(3), 0, "main profile");
    bits.bit();
    assert!(!bits.flag(), "no reduced still picture header");
    assert!(!bits.flag(), "no timing information");
    assert!(!bits.flag(), "no initial display delay");
    for _ in 0..=bits.bits(5) {
        bits.bits(12);
        if bits.bits(5) > 7 {
            bits.bit();
        }
    }
    let (width, height) = (bits.bits(4) + 1, bits.bits(4) + 1);
    assert_eq!((bits.bits(width) + 1, bits.bits(height) + 1), (640, 360));
    assert!(!bits.flag(), "no frame numbers");
    bits.bits(3);
    bits.bits(4);
    let order_hint = bits.flag();
    if order_hint {
        bits.bits(2);
    }
    if bits.flag() || bits.flag() {
        // Screen content tools are chosen per frame or forced: then so is integer motion.
        if !bits.flag() {
            bits.bit();
        }
    }
    if order_hint {
        bits.bits(3);
    }
    bits.bits(3);
    assert!(!bits.flag(), "8 bit");
    assert!(!bits.flag(), "with colour");
    assert!(bits.flag(), "colours are described");
    Colours { primaries: bits.bits(8), transfer: bits.bits(8), matrix: bits.bits(8), full_range: bits.flag() }
}

/// H.264, sections 7.3.2.1.1 and E.1.1, for the constrained baseline profile.
fn h264_colours(sps: &[u8]) -> Colours {
    // Emulation prevention: 00 00 03 stands for 00 00.
    let mut bytes = Vec::new();
    for byte in sps {
        if !(*byte == 3 && bytes.ends_with(&[0, 0])) {
            bytes.push(*byte);
        }
    }
    let mut bits = Bits { bytes: &bytes, at: 0 };
    assert_eq!(bits.bits(8), 66, "baseline");
    bits.bits(16);
    bits.golomb();
    bits.golomb();
    match bits.golomb() {
        0 => {
            bits.golomb();
        }
        2 => {}
        other => panic!("picture order count of type {other}"),
    }
    bits.golomb();
    bits.bit();
    bits.golomb();
    bits.golomb();
    assert!(bits.flag(), "frames, not fields");
    bits.bit();
    if bits.flag() {
        for _ in 0..4 {
            bits.golomb();
        }
    }
    assert!(bits.flag(), "usability information");
    if bits.flag() && bits.bits(8) == 255 {
        bits.bits(32);
    }
    if bits.flag() {
        bits.bit();
    }
    assert!(bits.flag(), "a video signal is described");
    bits.bits(3);
    let full_range = bits.flag();
    assert!(bits.flag(), "colours are described");
    Colours { primaries: bits.bits(8), transfer: bits.bits(8), matrix: bits.bits(8), full_range }
}
