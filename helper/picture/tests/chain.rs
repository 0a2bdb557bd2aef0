//! Screen to encoder to decoder: what the viewer sees is what was on the screen.

#![allow(clippy::expect_used, reason = "a test says by panicking what went wrong")]

use deskhand_capture::{Rect, Region};
use deskhand_picture::{
    colour::Planes,
    encoder::{self, Encoder, EncoderSettings, Kind},
    rate::{Colour, Speed, Tuning},
};
use deskhand_protocol::call::{
    control::VideoCodec,
    frame::EncodedFrame,
    picture::{Moved, Stamp},
};
use deskhand_viewer::decode::{Decoder, RgbPicture};
use page::{Page, psnr};
use proptest::prelude::*;

#[path = "support/page.rs"]
mod page;

const BOTH: [VideoCodec; 2] = [VideoCodec::Av1, VideoCodec::H264];

/// A sender and a receiver with nothing in between.
struct Chain {
    planes: Planes,
    encoder: Box<dyn Encoder>,
    decoder: Decoder,
    size: (u16, u16),
    seq: u32,
}

/// What one picture became.
struct Seen {
    picture: RgbPicture,
    key: bool,
    bytes: usize,
}

impl Chain {
    fn new(codec: VideoCodec, width: u16, height: u16, bit_rate: u32) -> Self {
        let planes = Planes::new(width, height);
        let settings = EncoderSettings { width: planes.width(), height: planes.height(), bit_rate, frame_rate: 30 };
        Self {
            planes,
            encoder: encoder::open(codec, settings).expect("an encoder"),
            decoder: Decoder::new(codec).expect("a decoder"),
            size: (width, height),
            seq: 0,
        }
    }

    fn show(&mut self, page: &Page, kind: Kind) -> Seen {
        let whole = Region::whole(page.width, page.height);
        self.planes.update(&page.frame(&whole)).expect("the size fits");
        self.send(kind)
    }

    fn send(&mut self, kind: Kind) -> Seen {
        let encoded = self.encoder.encode(&self.planes, kind).expect("it works").expect("something came out");
        let frame = EncodedFrame {
            codec: self.encoder.codec(),
            key: encoded.key,
            monitor: 0,
            seq: self.seq,
            width: self.size.0,
            height: self.size.1,
            captured_us: 0,
            stamp: Stamp(0),
            moved: Moved::none(),
            data: encoded.data,
        };
        self.seq += 1;
        let picture = self.decoder.decode(&frame).expect("it can be decoded");
        Seen { picture, key: frame.key, bytes: frame.data.len() }
    }
}

#[test]
fn text_is_sharp_once_it_stands_still() {
    for codec in BOTH {
        let mut chain = Chain::new(codec, 1280, 720, 4_000_000);
        // A page that scrolls, then stops.
        for line in 0..20 {
            chain.show(&Page::text(1280, 720, line, 0, 0xff_ffff), Kind::Delta);
        }
        let page = Page::text(1280, 720, 19, 0, 0xff_ffff);
        let moving = psnr(&page.bgra, &chain.send(Kind::Delta).picture.rgb);
        chain.send(Kind::Refinement);
        let still = psnr(&page.bgra, &chain.send(Kind::Refinement).picture.rgb);
        println!("{codec:?}: {moving:.1} dB while moving, {still:.1} dB when still");
        assert!(still > 35.0, "{codec:?} gave {still:.1} dB");
        assert!(still >= moving, "{codec:?} became worse");
    }
}

#[test]
fn red_text_on_black_stays_red() {
    for codec in BOTH {
        let mut page = Page::plain(640, 360, 0);
        page.write(0, 0, 640, 100, 1, 0xff_0000);
        let colours =
            [0xff_0000, 0x00_ff00, 0x00_00ff, 0xff_ff00, 0x00_ffff, 0xff_00ff, 0xff_ffff, 0x80_8080, 0xc0_4020];
        for (index, colour) in (0u16..).zip(colours) {
            page.fill(index * 70 + 4, 120, 60, 60, colour);
        }
        let mut chain = Chain::new(codec, 640, 360, 8_000_000);
        chain.show(&page, Kind::Key);
        chain.send(Kind::Refinement);
        let seen = chain.send(Kind::Refinement).picture;
        for (index, colour) in (0u16..).zip(colours) {
            let [_, red, green, blue] = u32::to_be_bytes(colour);
            let pixel = seen.pixel(index * 70 + 34, 150).expect("inside");
            for (got, wanted) in pixel.into_iter().zip([red, green, blue]) {
                assert!(got.abs_diff(wanted) <= 6, "{codec:?}: {colour:06x} became {pixel:?}");
            }
        }
        // In text, strokes two pixels wide keep their hue: red is far above green and blue.
        let mut strokes = 0u32;
        let mut reddish = 0u32;
        for y in 0..100 {
            for x in 0..640 {
                let at = (usize::from(y) * 640 + usize::from(x)) * 4;
                if page.bgra[at + 2] == 255 {
                    let [red, green, blue] = seen.pixel(x, y).expect("inside");
                    strokes += 1;
                    reddish += u32::from(red > 100 && red > green.saturating_mul(2) && red > blue.saturating_mul(2));
                }
            }
        }
        assert!(strokes > 5_000 && reddish * 100 >= strokes * 90, "{codec:?}: {reddish} of {strokes} are red");
    }
}

#[test]
fn without_colour_brightness_stays_and_colour_comes_back() {
    for codec in BOTH {
        let mut page = Page::plain(640, 360, 0x20_2020);
        let colours = [(0xff_0000, 54), (0x00_ff00, 182), (0x00_00ff, 18)];
        for (index, (colour, _)) in (0u16..).zip(colours) {
            page.fill(index * 200 + 10, 100, 150, 150, colour);
        }
        let mut chain = Chain::new(codec, 640, 360, 8_000_000);
        assert!(chain.planes.show(Colour::Grey) && !chain.planes.show(Colour::Grey));
        chain.show(&page, Kind::Key);
        let seen = chain.send(Kind::Refinement).picture;
        for (index, (colour, brightness)) in (0u16..).zip(colours) {
            let pixel = seen.pixel(index * 200 + 80, 170).expect("inside");
            let near = pixel.iter().all(|value| value.abs_diff(brightness) < 12);
            assert!(near, "{codec:?}: {colour:06x} became {pixel:?}");
        }
        assert!(chain.planes.show(Colour::Full));
        chain.send(Kind::Key);
        let [red, green, blue] = chain.send(Kind::Refinement).picture.pixel(80, 170).expect("inside");
        assert!(red > 240 && green < 15 && blue < 15, "{codec:?}: {red} {green} {blue}");
    }
}

#[test]
fn a_smaller_picture_shows_the_same_at_the_same_size() {
    for codec in BOTH {
        for (percent, size) in [(75, (480, 270)), (50, (320, 180))] {
            let mut page = Page::plain(640, 360, 0x10_3050);
            page.fill(100, 60, 200, 100, 0xff_ffff);
            page.fill(400, 200, 100, 100, 0xff_0000);
            let mut native = Planes::new(640, 360);
            native.update(&page.frame(&Region::whole(640, 360))).expect("the size fits");
            assert_eq!(native.scaled_size(percent), size);
            let mut chain = Chain::new(codec, size.0, size.1, 4_000_000);
            chain.size = (640, 360);
            chain.planes.shrink_from(&native);
            chain.send(Kind::Key);
            let seen = chain.send(Kind::Refinement).picture;
            assert_eq!((seen.width, seen.height), (640, 360));
            let quality = psnr(&page.bgra, &seen.rgb);
            println!("{codec:?} at {percent} %: {quality:.1} dB");
            assert!(quality > 24.0, "{codec:?} at {percent} %: {quality:.1} dB");
        }
    }
}

#[test]
fn odd_sizes_come_out_as_they_went_in() {
    for codec in BOTH {
        for (width, height) in [(641, 479), (640, 479), (641, 480), (33, 17)] {
            let mut page = Page::plain(width, height, 0x20_4060);
            page.fill(width - 1, 0, 1, height, 0xff_ffff);
            page.fill(0, height - 1, width, 1, 0xff_ffff);
            let mut chain = Chain::new(codec, width, height, 4_000_000);
            chain.show(&page, Kind::Key);
            chain.send(Kind::Refinement);
            let seen = chain.send(Kind::Refinement).picture;
            assert_eq!((seen.width, seen.height), (width, height));
            let corner = seen.pixel(width - 1, height - 1).expect("inside");
            assert!(corner.iter().all(|value| *value > 200), "{codec:?} {width}x{height}: {corner:?}");
            let quality = psnr(&page.bgra, &seen.rgb);
            assert!(quality > 30.0, "{codec:?} {width}x{height}: {quality:.1} dB");
        }
    }
}

#[test]
fn only_a_wanted_key_frame_is_one() {
    for codec in BOTH {
        let mut chain = Chain::new(codec, 640, 360, 2_000_000);
        let mut kinds = Vec::new();
        for line in 0..12 {
            let kind = if line == 7 { Kind::Key } else { Kind::Delta };
            kinds.push(chain.show(&Page::text(640, 360, line, 0, 0xff_ffff), kind).key);
        }
        let keys: Vec<usize> = kinds.iter().enumerate().filter(|(_, key)| **key).map(|(index, _)| index).collect();
        assert_eq!(keys, [0, 7], "{codec:?}");
        // Another picture altogether is no reason for one, but openh264 cannot be kept from it.
        let scene = chain.show(&Page::text(640, 360, 9000, 0xff_ff00, 0x00_0080), Kind::Delta).key;
        assert!(!scene || codec == VideoCodec::H264);
        assert!(!chain.send(Kind::Refinement).key, "{codec:?}");
    }
}

#[test]
fn a_new_viewer_begins_with_a_key_frame_in_the_middle() {
    for codec in BOTH {
        let mut chain = Chain::new(codec, 640, 360, 4_000_000);
        for line in 0..5 {
            chain.show(&Page::text(640, 360, line, 0, 0xff_ffff), Kind::Delta);
        }
        chain.decoder = Decoder::new(codec).expect("a decoder");
        let page = Page::text(640, 360, 5, 0, 0xff_ffff);
        let quality = psnr(&page.bgra, &chain.show(&page, Kind::Key).picture.rgb);
        assert!(quality > 20.0, "{codec:?}: {quality:.1} dB");
    }
}

#[test]
fn a_picture_that_does_not_change_costs_next_to_nothing() {
    for codec in BOTH {
        let page = Page::text(1280, 720, 0, 0, 0xff_ffff);
        let mut chain = Chain::new(codec, 1280, 720, 4_000_000);
        chain.show(&page, Kind::Key);
        for _ in 0..6 {
            chain.send(Kind::Refinement);
        }
        let again = chain.send(Kind::Delta).bytes;
        assert!(again < 4_000, "{codec:?}: {again} bytes");
    }
}

#[test]
fn the_rate_follows_its_setting() {
    for codec in BOTH {
        let mut chain = Chain::new(codec, 640, 360, 8_000_000);
        let sum = |chain: &mut Chain, from: u32| -> usize {
            (from..from + 30)
                .map(|line| chain.show(&Page::text(640, 360, line * 3, line, 0xff_ffff), Kind::Delta).bytes)
                .sum()
        };
        let high = sum(&mut chain, 0);
        let tuning =
            |bit_rate| Tuning { bit_rate, frame_rate: 30, key_bits: bit_rate / 4, coarsest: 56, speed: Speed::Fast };
        chain.encoder.tune(tuning(600_000)).expect("it can fall");
        sum(&mut chain, 100);
        let low = sum(&mut chain, 200);
        chain.encoder.tune(tuning(8_000_000)).expect("it can rise");
        sum(&mut chain, 300);
        let again = sum(&mut chain, 400);
        println!("{codec:?}: {high} bytes, {low} at a lower rate, {again} back again");
        assert!(low * 4 < high * 3 && low * 4 < again * 3, "{codec:?}: {high}, {low}, {again}");
    }
}

#[test]
fn a_picture_of_another_size_is_refused() {
    for codec in BOTH {
        let mut chain = Chain::new(codec, 640, 360, 1_000_000);
        let error = chain.encoder.encode(&Planes::new(320, 200), Kind::Delta).expect_err("another size");
        assert_eq!(error.codec, codec);
        let page = Page::plain(320, 200, 0);
        chain.planes.update(&page.frame(&Region::whole(320, 200))).expect_err("another size");
    }
}

#[test]
fn damaged_bytes_are_an_error() {
    for codec in BOTH {
        let mut decoder = Decoder::new(codec).expect("a decoder");
        for data in [Vec::new(), vec![0xff; 40], vec![0; 400]] {
            let (stamp, moved) = (Stamp(0), Moved::none());
            let (width, height, captured_us) = (64, 64, 0);
            let frame =
                EncodedFrame { codec, key: true, monitor: 0, seq: 0, width, height, captured_us, stamp, moved, data };
            decoder.decode(&frame).expect_err("that is no picture");
        }
    }
}

#[test]
fn a_picture_larger_than_announced_is_an_error() {
    for codec in BOTH {
        let mut chain = Chain::new(codec, 320, 200, 1_000_000);
        let page = Page::plain(320, 200, 0x33_6699);
        chain.planes.update(&page.frame(&Region::whole(320, 200))).expect("it fits");
        let encoded = chain.encoder.encode(&chain.planes, Kind::Key).expect("it works").expect("something came out");
        let frame = EncodedFrame {
            codec,
            key: true,
            monitor: 0,
            seq: 0,
            width: 160,
            height: 100,
            captured_us: 0,
            stamp: Stamp(0),
            moved: Moved::none(),
            data: encoded.data,
        };
        chain.decoder.decode(&frame).expect_err("it is larger");
    }
}

#[test]
fn a_picture_smaller_than_announced_is_stretched() {
    for codec in BOTH {
        let mut chain = Chain::new(codec, 320, 200, 4_000_000);
        let mut page = Page::plain(320, 200, 0x20_2020);
        page.fill(160, 0, 160, 200, 0xe0_e0e0);
        chain.size = (641, 401);
        let seen = chain.show(&page, Kind::Key).picture;
        assert_eq!((seen.width, seen.height), (641, 401));
        for (x, wanted) in [(0, 0x20), (310, 0x20), (330, 0xe0), (640, 0xe0)] {
            let [red, ..] = seen.pixel(x, 400).expect("inside");
            assert!(red.abs_diff(wanted) < 12, "{codec:?} at {x}: {red:x}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn converting_what_changed_is_as_good_as_converting_all(
        width in 2u16..90, height in 2u16..90, seed: u32,
        parts in prop::collection::vec((0u16..90, 0u16..90, 1u16..90, 1u16..90), 1..5),
    ) {
        let before = Page::text(width, height, seed % 1000, 0x10_2030, 0xf0_e0d0);
        let mut after = before.clone();
        let mut changed = Region::new();
        for (index, (x, y, w, h)) in parts.into_iter().enumerate() {
            if let Some(rect) = Rect::clipped(x.into(), y.into(), w, h, (0, 0), (width, height)) {
                after.fill(rect.x, rect.y, rect.width, rect.height, page::scramble(seed ^ index as u32) & 0xff_ffff);
                changed.add(rect);
            }
        }
        let whole = Region::whole(width, height);
        let mut bit_by_bit = Planes::new(width, height);
        bit_by_bit.update(&before.frame(&whole)).expect("it fits");
        bit_by_bit.update(&after.frame(&changed)).expect("it fits");
        // Nothing else is converted: around the changes the planes keep what they had.
        let mut blind = Planes::new(width, height);
        blind.update(&after.frame(&changed)).expect("it fits");
        for y in 0..height {
            for x in 0..width {
                // The last two rows are converted from the left edge on, up to what changed.
                let near = |rect: &Rect| {
                    let even = rect.even();
                    even.contains(x, y) || (u32::from(x) < even.right() && even.bottom() > u32::from(y) && y >= height.div_ceil(2) * 2 - 2)
                };
                if !changed.rects().iter().any(near) {
                    prop_assert_eq!(blind.y()[usize::from(y) * usize::from(blind.width()) + usize::from(x)], 16);
                }
            }
        }
        let mut at_once = Planes::new(width, height);
        at_once.update(&after.frame(&whole)).expect("it fits");
        // The library's vector code and the rest of a row may round differently by one.
        for (a, b) in [(bit_by_bit.y(), at_once.y()), (bit_by_bit.u(), at_once.u()), (bit_by_bit.v(), at_once.v())] {
            prop_assert_eq!(a.len(), b.len());
            prop_assert!(a.iter().zip(b).all(|(a, b)| a.abs_diff(*b) <= 1));
        }
    }
}
