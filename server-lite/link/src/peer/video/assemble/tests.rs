//! Packets lost, late, doubled and in disorder.

use deskhand_protocol::call::{
    control::VideoCodec::{Av1, H264},
    picture::{Moved, PictureInfo},
};
use proptest::prelude::*;

use super::*;
use crate::peer::video::{info, pack};

/// A picture of a codec, with something of its own inside.
fn picture(codec: VideoCodec, key: bool, mark: u8, len: usize) -> Bytes {
    let body = vec![mark | 0x40; len.max(1)];
    let mut data = Vec::new();
    match codec {
        Av1 => {
            data.extend([0x12, 0]);
            if key {
                data.extend([0x0a, 2, 0, mark]);
            }
            data.push(0x32);
            let mut size = body.len();
            while size >= 0x80 {
                data.push((size & 0x7f) as u8 | 0x80);
                size >>= 7;
            }
            data.push(size as u8);
        }
        H264 => {
            if key {
                data.extend([0, 0, 0, 1, 0x67, 0x42, 1, mark | 0x40, 0, 0, 0, 1, 0x68, 0xce, 0x3c]);
            }
            data.extend([0, 0, 0, 1, if key { 0x65 } else { 0x61 }]);
        }
        other => panic!("no helper encodes {other:?}"),
    }
    data.extend(body);
    data.into()
}

/// What is said of a picture.
fn said(key: bool, index: usize) -> PictureInfo {
    let moved = if key { Moved::none() } else { Moved::of([0, index as u16 + 2]) };
    PictureInfo { monitor: 2, width: 1280, height: 720, moved }
}

/// The packets of pictures, numbered from `first` on.
fn stream(codec: VideoCodec, first: u16, pictures: &[(bool, usize)]) -> (Vec<Packet>, Vec<Bytes>) {
    let mut packets = Vec::new();
    let mut sent = Vec::new();
    for (index, (key, len)) in pictures.iter().enumerate() {
        let data = picture(codec, *key, index as u8, *len);
        let payloads = pack::payloads(codec, &info::put(codec, &data, &said(*key, index), 0).unwrap()).unwrap();
        let count = payloads.len();
        for (at, payload) in payloads.into_iter().enumerate() {
            packets.push(Packet {
                number: first.wrapping_add(packets.len() as u16),
                time: index as u32 * 3_000,
                marker: at + 1 == count,
                payload,
            });
        }
        sent.push(data);
    }
    (packets, sent)
}

#[derive(Default)]
struct Heard {
    frames: Vec<ReceivedFrame>,
    asked: Vec<u16>,
    keys: usize,
}

impl Heard {
    fn all(&mut self, assembler: &mut Assembler) {
        while let Some(output) = assembler.poll() {
            match output {
                Output::Frame(frame) => self.frames.push(frame),
                Output::AskAgain(numbers) => self.asked.extend(numbers),
                Output::AskKey => self.keys += 1,
            }
        }
    }

    fn data(&self) -> Vec<Bytes> {
        self.frames.iter().map(|frame| frame.data.clone()).collect()
    }
}

fn feed(assembler: &mut Assembler, packets: impl IntoIterator<Item = Packet>, now: Instant) -> Heard {
    let mut heard = Heard::default();
    for packet in packets {
        assembler.handle_packet(packet, now);
        heard.all(assembler);
    }
    heard
}

#[test]
fn a_picture_comes_out_with_its_last_packet_and_asks_for_nothing() {
    for codec in [Av1, H264] {
        let (packets, sent) = stream(codec, 65_530, &[(true, 5_000), (false, 1), (false, 20_000)]);
        let mut assembler = Assembler::new(codec, Sharer::Helper);
        let heard = feed(&mut assembler, packets, Instant::now());
        assert_eq!(heard.data(), sent);
        assert_eq!(
            heard.frames.iter().map(|frame| (frame.key, frame.seq)).collect::<Vec<_>>(),
            [(true, 0), (false, 1), (false, 2)]
        );
        assert_eq!((heard.asked.len(), heard.keys, assembler.poll_timeout()), (0, 0, None));
    }
}

#[test]
fn what_is_said_of_a_picture_comes_with_it() {
    for codec in [Av1, H264] {
        let (packets, _) = stream(codec, 3, &[(true, 5_000), (false, 1)]);
        let heard = feed(&mut Assembler::new(codec, Sharer::Helper), packets, Instant::now());
        let infos: Vec<_> = heard.frames.iter().map(|frame| (frame.stamp.0, frame.info.clone().unwrap())).collect();
        assert_eq!(infos, [(0, said(true, 0)), (3_000, said(false, 1))]);
    }
}

#[test]
fn a_picture_of_which_nothing_is_said_is_as_good_as_lost() {
    for codec in [Av1, H264] {
        let (mut packets, sent) = stream(codec, 0, &[(true, 10), (false, 10), (false, 10), (true, 10)]);
        let mute = pack::payloads(codec, &sent[1]).unwrap().remove(0);
        let second = |packet: &Packet| packet.time == 3_000;
        packets.retain(|packet| !second(packet) || packet.marker);
        let at = packets.iter().position(second).unwrap();
        packets[at].payload = mute;
        for (number, packet) in (0..).zip(&mut packets) {
            packet.number = number;
        }
        let heard = feed(&mut Assembler::new(codec, Sharer::Helper), packets, Instant::now());
        assert_eq!((heard.data(), heard.keys), (vec![sent[0].clone(), sent[3].clone()], 1));
    }
}

#[test]
fn a_key_frame_that_names_cells_is_none() {
    for codec in [Av1, H264] {
        let data = picture(codec, true, 1, 10);
        let payloads = pack::payloads(codec, &info::put(codec, &data, &said(false, 1), 0).unwrap()).unwrap();
        let count = payloads.len();
        let packets = payloads.into_iter().enumerate().map(|(at, payload)| Packet {
            number: at as u16,
            time: 0,
            marker: at + 1 == count,
            payload,
        });
        let heard = feed(&mut Assembler::new(codec, Sharer::Helper), packets, Instant::now());
        assert_eq!((heard.frames.len(), heard.keys), (0, 1));
    }
}

#[test]
fn a_missing_packet_is_asked_for_at_once_and_again_and_fills_the_gap() {
    let (mut packets, sent) = stream(Av1, 10, &[(true, 5_000), (false, 100)]);
    let mut assembler = Assembler::new(Av1, Sharer::Helper);
    let start = Instant::now();
    let lost = packets.remove(2);
    let heard = feed(&mut assembler, packets, start);
    assert_eq!(heard.asked, [12]);
    assert!(heard.frames.is_empty());
    assert_eq!(assembler.poll_timeout(), Some(start + ASK_AGAIN));
    assembler.handle_timeout(start + ASK_AGAIN);
    assert_eq!(assembler.poll(), Some(Output::AskAgain(vec![12])));
    let heard = feed(&mut assembler, [lost], start + ASK_AGAIN);
    assert_eq!(heard.data(), sent);
    assert_eq!((assembler.lost(), assembler.poll_timeout()), (0, None));
}

#[test]
fn a_packet_that_never_comes_costs_everything_up_to_the_next_key_frame() {
    let (mut packets, sent) = stream(H264, 0, &[(true, 50), (false, 5_000), (false, 50), (true, 3_000), (false, 50)]);
    let key = packets.iter().position(|packet| packet.time == 9_000).unwrap();
    let late = packets.split_off(key);
    packets.remove(3);
    let mut assembler = Assembler::new(H264, Sharer::Helper);
    let start = Instant::now();
    assert_eq!(feed(&mut assembler, packets, start).frames.len(), 1);
    assembler.handle_timeout(start + PATIENCE);
    let mut heard = Heard::default();
    heard.all(&mut assembler);
    assert_eq!((heard.keys, assembler.lost()), (1, 1));
    assembler.handle_timeout(start + PATIENCE + ASK_KEY);
    heard.all(&mut assembler);
    assert_eq!(heard.keys, 2, "asked again while none came");
    let heard = feed(&mut assembler, late, start + PATIENCE + ASK_KEY);
    assert_eq!(heard.data(), sent[3..]);
    assert_eq!(heard.frames.iter().map(|frame| frame.seq).collect::<Vec<_>>(), [2, 3], "one number is left out");
}

#[test]
fn a_whole_key_frame_behind_a_gap_is_not_held_back() {
    let (mut packets, sent) = stream(Av1, 0, &[(true, 50), (false, 5_000), (true, 3_000), (false, 10)]);
    packets.remove(2);
    let heard = feed(&mut Assembler::new(Av1, Sharer::Helper), packets, Instant::now());
    assert_eq!(heard.data(), [sent[0].clone(), sent[2].clone(), sent[3].clone()]);
    assert_eq!(heard.keys, 0);
}

#[test]
fn nothing_comes_before_a_key_frame_which_is_asked_for() {
    let (packets, sent) = stream(Av1, 7, &[(false, 5_000), (false, 10), (true, 10)]);
    let mut assembler = Assembler::new(Av1, Sharer::Helper);
    let heard = feed(&mut assembler, packets, Instant::now());
    assert_eq!((heard.data(), heard.keys), (sent[2..].to_vec(), 1));
}

#[test]
fn a_key_frame_whose_beginning_was_overtaken_is_whole() {
    let (mut packets, sent) = stream(H264, 65_535, &[(true, 4_000)]);
    packets.rotate_left(1);
    let heard = feed(&mut Assembler::new(H264, Sharer::Helper), packets, Instant::now());
    assert_eq!(heard.data(), sent);
}

#[test]
fn a_refused_picture_is_followed_by_a_key_frame() {
    let (packets, sent) = stream(Av1, 0, &[(true, 10), (false, 10), (true, 10)]);
    let mut assembler = Assembler::new(Av1, Sharer::Helper);
    let now = Instant::now();
    assert_eq!(feed(&mut assembler, packets[..1].to_vec(), now).frames.len(), 1);
    assembler.lose(now);
    let heard = feed(&mut assembler, packets[1..].to_vec(), now);
    assert_eq!((heard.data(), heard.keys), (sent[2..].to_vec(), 1));
}

#[test]
fn a_stream_that_begins_anew_is_followed() {
    let (old, _) = stream(Av1, 100, &[(true, 10)]);
    let (new, sent) = stream(Av1, 40_000, &[(true, 5_000), (false, 10)]);
    let mut assembler = Assembler::new(Av1, Sharer::Helper);
    feed(&mut assembler, old, Instant::now());
    assert_eq!(feed(&mut assembler, new, Instant::now()).data(), sent);
}

fn codecs() -> impl Strategy<Value = VideoCodec> {
    prop::sample::select(vec![Av1, H264])
}

proptest! {
    #[test]
    fn what_comes_out_went_in_in_order_and_is_decodable(
        codec in codecs(),
        first in any::<u16>(),
        pictures in prop::collection::vec((prop::bool::weighted(0.2), 1_usize..6_000), 1..30),
        fate in prop::collection::vec((0_u8..20, 0_usize..4), 200),
    ) {
        let (packets, sent) = stream(codec, first, &pictures);
        let mut assembler = Assembler::new(codec, Sharer::Helper);
        let mut now = Instant::now();
        let mut heard = Heard::default();
        // Fate 0 loses a packet, 1 doubles it; the other number delays it past its neighbours.
        let mut queue: Vec<(usize, Packet)> = Vec::new();
        for (index, packet) in packets.into_iter().enumerate() {
            let (kind, delay) = fate[index % fate.len()];
            if kind != 0 {
                queue.push((index + delay, packet.clone()));
            }
            if kind == 1 {
                queue.push((index + 3, packet));
            }
        }
        queue.sort_by_key(|(at, _)| *at);
        for (_, packet) in queue {
            now += Duration::from_millis(5);
            assembler.handle_timeout(now);
            assembler.handle_packet(packet, now);
            heard.all(&mut assembler);
            prop_assert!(assembler.packets.len() <= KEPT);
        }
        let mut next = 0;
        let mut chain = false;
        let mut last_seq = None;
        for frame in &heard.frames {
            let at = (next..sent.len()).find(|at| sent[*at] == frame.data);
            let at = at.expect("it was sent, after the one before");
            chain = frame.key || (chain && at == next);
            prop_assert!(chain, "a picture without the one it refers to");
            prop_assert_eq!(frame.key, pictures[at].0);
            prop_assert!(last_seq.is_none_or(|last| frame.seq > last + u32::from(at != next)));
            last_seq = Some(frame.seq);
            next = at + 1;
        }
    }

    #[test]
    fn garbage_never_panics_and_never_grows_without_end(
        codec in codecs(),
        packets in prop::collection::vec(
            (any::<u16>(), any::<u32>(), any::<bool>(), prop::collection::vec(any::<u8>(), 0..40)), 0..300),
    ) {
        let mut assembler = Assembler::new(codec, Sharer::Helper);
        let mut now = Instant::now();
        for (number, time, marker, payload) in packets {
            now += Duration::from_millis(7);
            assembler.handle_packet(Packet { number, time, marker, payload: payload.into() }, now);
            assembler.handle_timeout(now);
            while assembler.poll().is_some() {}
            prop_assert!(assembler.packets.len() <= KEPT && assembler.missing.len() <= GAPS);
        }
    }

    #[test]
    fn garbage_is_no_picture_of_either_codec(payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 0..6)) {
        let payloads: Vec<Bytes> = payloads.into_iter().map(Bytes::from).collect();
        let whole: usize = payloads.iter().map(Bytes::len).sum();
        for unit in [av1::temporal_unit(&payloads), h264::access_unit(&payloads).map(|unit| unit.data)].into_iter().flatten() {
            prop_assert!(unit.len() <= 2 + whole * 5);
        }
    }
}

/// A browser's VP8: each picture in packets of one byte.
fn browsers(first: u16, pictures: &[(bool, usize)]) -> (Vec<Packet>, Vec<Vec<u8>>) {
    let (mut packets, mut sent) = (Vec::new(), Vec::new());
    for (index, (key, len)) in pictures.iter().enumerate() {
        let data: Vec<u8> = std::iter::once(u8::from(!key)).chain((1..*len).map(|at| at as u8)).collect();
        for (at, byte) in data.iter().enumerate() {
            packets.push(Packet {
                number: first.wrapping_add(packets.len() as u16),
                time: index as u32 * 3_000,
                marker: at + 1 == data.len(),
                payload: vec![if at == 0 { 0x10 } else { 0 }, *byte].into(),
            });
        }
        sent.push(data);
    }
    (packets, sent)
}

#[test]
fn a_browsers_pictures_come_out_as_they_are() {
    let (packets, sent) = browsers(65_530, &[(true, 5), (false, 1), (false, 3), (true, 2)]);
    let heard = feed(&mut Assembler::new(VideoCodec::Vp8, Sharer::Browser), packets, Instant::now());
    let came: Vec<_> =
        heard.frames.iter().map(|frame| (frame.key, frame.data.to_vec(), frame.info.is_none())).collect();
    let keys = [true, false, false, true];
    let expected: Vec<_> = keys.into_iter().zip(sent).map(|(key, data)| (key, data, true)).collect();
    assert_eq!((came, heard.asked.len(), heard.keys), (expected, 0, 0));
}

#[test]
fn padding_between_two_pictures_is_neither_a_loss_nor_a_picture() {
    let (mut packets, sent) = browsers(7, &[(true, 3), (false, 2)]);
    let padding = |number| Packet { number, time: 0, marker: false, payload: Bytes::new() };
    for packet in &mut packets[3..] {
        packet.number += 2;
    }
    packets.splice(3..3, [padding(10), padding(11)]);
    let heard = feed(&mut Assembler::new(VideoCodec::Vp8, Sharer::Browser), packets, Instant::now());
    let came: Vec<_> = heard.frames.iter().map(|frame| (frame.data.to_vec(), frame.stamp.0)).collect();
    assert_eq!(came, [(sent[0].clone(), 0), (sent[1].clone(), 3_000)]);
    assert_eq!((heard.asked.len(), heard.keys), (0, 0));
}

#[test]
fn a_helper_cannot_send_what_only_browsers_do() {
    let (packets, _) = browsers(0, &[(true, 2)]);
    let heard = feed(&mut Assembler::new(VideoCodec::Vp8, Sharer::Helper), packets, Instant::now());
    assert!(heard.frames.is_empty() && heard.keys > 0);
}
