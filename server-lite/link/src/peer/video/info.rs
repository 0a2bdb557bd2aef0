//! Puts a [`PictureInfo`] into a coded picture and takes it out again, so that no decoder sees it.
//!
//! | codec | form | place |
//! |---|---|---|
//! | AV1 | metadata OBU of a type left to users (specification 5.8.1, 6.7.1) | after delimiter and sequence header |
//! | H.264 | SEI NAL unit, user data unregistered (specification D.1.7), escaped (7.4.1) | after the parameter sets |
//!
//! Behind the headers, because a key frame is known by what its first packet begins with.
//!
//! Before the info stand two bytes, big-endian, that count the pictures of the connection: a page in a browser is given
//! whole pictures by its browser and nothing of their packets, and could not tell that one is missing.

use std::ops::Range;

use bytes::Bytes;
use deskhand_protocol::call::{control::VideoCodec, picture::PictureInfo};

use super::{
    av1::{self, Obu},
    h264::{self, AccessUnit},
};

/// Of the metadata types 6 to 31, "unregistered user private".
const METADATA: u8 = 25;
/// Ends a metadata OBU and an SEI NAL unit: one bit, then zeros to the byte's end.
const TRAILING: u8 = 0x80;
/// An SEI message of user data.
const USER_DATA: u8 = 5;
/// Names our user data among everybody's.
const UUID: [u8; 16] = [0x8d, 0x1e, 0x5a, 0x0c, 0x67, 0x3b, 0x4d, 0x91, 0x9c, 0x2f, 0x31, 0x6e, 0xd4, 0x58, 0xa7, 0x12];

/// Bytes before the info that count the pictures.
const NUMBER: usize = 2;

/// The picture with its info and number inside; `None` when it is not of the codec.
pub(crate) fn put(codec: VideoCodec, data: &[u8], info: &PictureInfo, number: u16) -> Option<Bytes> {
    let info = [&number.to_be_bytes()[..], &info.encode()].concat();
    let (at, carrier) = match codec {
        VideoCodec::Av1 => (behind_av1_headers(data)?, metadata_obu(&info)),
        VideoCodec::H264 => (behind_parameter_sets(data)?, sei(&info)),
        // No helper encodes so.
        VideoCodec::Vp9 | VideoCodec::Vp8 => return None,
    };
    let (before, after) = data.split_at_checked(at)?;
    Some([before, &carrier, after].concat().into())
}

fn behind_av1_headers(data: &[u8]) -> Option<usize> {
    let obus = av1::obus(data)?;
    let header = |obu: &&Obu| matches!(obu.kind, av1::TEMPORAL_DELIMITER | av1::SEQUENCE_HEADER);
    let picture = obus.iter().find(|obu| !header(obu))?;
    Some(picture.whole.start)
}

fn behind_parameter_sets(data: &[u8]) -> Option<usize> {
    let header = |kind| matches!(kind, h264::SPS | h264::PPS | h264::DELIMITER);
    h264::units(data).find(|(_, kind)| !header(*kind)).map(|(at, _)| at)
}

fn metadata_obu(info: &[u8]) -> Vec<u8> {
    let mut obu = vec![(av1::METADATA << 3) | av1::HAS_SIZE];
    av1::write_leb128(&mut obu, info.len() + 2);
    obu.push(METADATA);
    obu.extend(info);
    obu.push(TRAILING);
    obu
}

fn sei(info: &[u8]) -> Vec<u8> {
    let mut message = vec![USER_DATA];
    let mut size = UUID.len() + info.len();
    while size >= 0xff {
        message.push(0xff);
        size -= 0xff;
    }
    message.push(size as u8);
    message.extend(UUID);
    message.extend(info);
    message.push(TRAILING);
    let mut unit = h264::START_CODE.to_vec();
    unit.push(h264::SEI);
    let mut zeros = 0;
    for byte in message {
        if zeros >= 2 && byte <= 3 {
            unit.push(3);
            zeros = 0;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        unit.push(byte);
    }
    unit
}

/// The info of an AV1 temporal unit, and the unit without it; `None` when it has none, or not one that can be read.
pub(crate) fn take_av1(mut unit: Vec<u8>) -> Option<(Vec<u8>, PictureInfo)> {
    let obus = av1::obus(&unit)?;
    let ours = |obu: &&Obu| obu.kind == av1::METADATA && unit.get(obu.body.start) == Some(&METADATA);
    let (carrier, others) = single(obus.iter().filter(ours), obus.len())?;
    let info = unit.get(carrier.body.clone())?.strip_prefix(&[METADATA])?.strip_suffix(&[TRAILING])?;
    let info = numbered(info)?;
    // A delimiter and something else.
    if others < 2 {
        return None;
    }
    unit.drain(carrier.whole.clone());
    Some((unit, info))
}

/// The info of an H.264 access unit, and its bytes without it; `None` as for [`take_av1`].
pub(crate) fn take_h264(unit: AccessUnit) -> Option<(Vec<u8>, PictureInfo)> {
    let AccessUnit { mut data, starts, .. } = unit;
    let ends = starts.iter().skip(1).copied().chain([data.len()]);
    let found = starts.iter().copied().zip(ends).filter_map(|(start, end)| {
        let body = data.get(start + h264::START_CODE.len()..end)?.strip_prefix(&[h264::SEI])?;
        Some((start..end, user_data(body)?))
    });
    let found: Vec<(Range<usize>, Vec<u8>)> = found.collect();
    let ((whole, info), others) = single(found.iter(), starts.len())?;
    let info = numbered(info)?;
    if others == 0 {
        return None;
    }
    data.drain(whole.clone());
    Some((data, info))
}

/// The info behind its number, which those who see the packets do not need.
fn numbered(bytes: &[u8]) -> Option<PictureInfo> {
    PictureInfo::decode(bytes.get(NUMBER..)?).ok()
}

/// The only one, and how many of the rest there are.
fn single<T>(mut found: impl Iterator<Item = T>, of: usize) -> Option<(T, usize)> {
    let one = found.next()?;
    found.next().is_none().then_some((one, of - 1))
}

/// What our SEI message holds; `None` for any other.
fn user_data(escaped: &[u8]) -> Option<Vec<u8>> {
    let message = unescape(escaped);
    let mut rest = message.strip_prefix(&[USER_DATA])?;
    let mut size = 0;
    loop {
        let (&byte, after) = rest.split_first()?;
        size += usize::from(byte);
        rest = after;
        if byte != 0xff {
            break;
        }
    }
    let (data, end) = rest.split_at_checked(size)?;
    let info = data.strip_prefix(&UUID)?;
    (end == [TRAILING]).then(|| info.to_vec())
}

fn unescape(escaped: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(escaped.len());
    let mut zeros = 0;
    for byte in escaped {
        if zeros >= 2 && *byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if *byte == 0 { zeros + 1 } else { 0 };
        plain.push(*byte);
    }
    plain
}

#[cfg(test)]
mod tests {
    use deskhand_protocol::call::picture::Moved;
    use proptest::prelude::*;

    use super::*;

    const AV1: &[u8] = &[0x12, 0, 0x0a, 2, 7, 7, 0x32, 3, 1, 2, 3];
    const H264: &[u8] = &[0, 0, 0, 1, 0x67, 0x42, 0, 0, 0, 1, 0x68, 0xce, 0, 0, 0, 1, 0x65, 9, 9];

    fn info(cells: impl IntoIterator<Item = u16>) -> PictureInfo {
        PictureInfo { monitor: 1, width: 1920, height: 1080, moved: Moved::of(cells) }
    }

    #[test]
    fn it_comes_behind_the_headers() {
        let av1 = put(VideoCodec::Av1, AV1, &info([]), 7).unwrap();
        assert_eq!((&av1[..6], av1[6] >> 3, &av1[av1.len() - 5..]), (&AV1[..6], av1::METADATA, &AV1[6..]));
        let h264 = put(VideoCodec::H264, H264, &info([]), 7).unwrap();
        assert_eq!((&h264[..12], h264[16], &h264[h264.len() - 7..]), (&H264[..12], h264::SEI, &H264[12..]));
    }

    #[test]
    fn what_is_not_of_the_codec_carries_nothing() {
        for data in [&[][..], &[0xff; 10], &[0x12, 0], &[0x32, 9, 1], &[0, 0, 0, 1, 0x67, 1]] {
            assert_eq!(put(VideoCodec::Av1, data, &info([]), 0), None, "{data:x?}");
            assert_eq!(put(VideoCodec::H264, data, &info([]), 0), None, "{data:x?}");
        }
    }

    #[test]
    fn a_picture_without_it_or_with_two_is_refused() {
        assert_eq!(take_av1(AV1.to_vec()), None);
        let once = put(VideoCodec::Av1, AV1, &info([]), 7).unwrap();
        let twice = put(VideoCodec::Av1, &once, &info([]), 8).unwrap();
        assert_eq!(take_av1(twice.to_vec()), None);
        assert!(take_av1(once.to_vec()).is_some());
    }

    /// A page reads the same in TypeScript.
    #[test]
    fn it_is_as_the_vectors_have_it() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/pictures.json");
        let vectors: Vec<serde_json::Value> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        assert!(vectors.len() > 5);
        for vector in vectors {
            let bytes =
                |field: &str| data_encoding::HEXLOWER.decode(vector[field].as_str().unwrap().as_bytes()).unwrap();
            let number = |value: &serde_json::Value| u16::try_from(value.as_u64().unwrap()).unwrap();
            let said = &vector["info"];
            let runs = said["moved"].as_array().unwrap().iter();
            let cells = runs.flat_map(|run| number(&run[0])..number(&run[0]) + number(&run[1]));
            let info = PictureInfo {
                monitor: u8::try_from(number(&said["monitor"])).unwrap(),
                width: number(&said["width"]),
                height: number(&said["height"]),
                moved: Moved::of(cells),
            };
            let codec = if vector["codec"] == "av1" { VideoCodec::Av1 } else { VideoCodec::H264 };
            let put = put(codec, &bytes("plain"), &info, number(&vector["number"])).unwrap();
            assert_eq!(put, bytes("inside"), "{}", vector["name"]);
        }
    }

    proptest! {
        #[test]
        fn it_comes_out_as_it_went_in_and_leaves_no_trace(
            monitor: u8, number: u16, width in 1..=5_000_u16, height in 1..=5_000_u16,
            cells in prop::collection::btree_set(0..500_u16, 0..300),
        ) {
            let cells = cells.into_iter().filter(|cell| {
                u32::from(*cell) < deskhand_protocol::call::picture::Grid::new(width, height).cells()
            });
            let info = PictureInfo { monitor, width, height, moved: Moved::of(cells) };
            let av1 = put(VideoCodec::Av1, AV1, &info, number).unwrap();
            prop_assert_eq!(take_av1(av1.to_vec()), Some((AV1.to_vec(), info.clone())));
            let unit = put(VideoCodec::H264, H264, &info, number).unwrap();
            let starts: Vec<usize> = h264::units(&unit).map(|(at, _)| at).collect();
            prop_assert_eq!(starts.len(), 4, "no start code inside");
            let unit = AccessUnit { data: unit.to_vec(), key: true, starts };
            prop_assert_eq!(take_h264(unit), Some((H264.to_vec(), info)));
        }

        #[test]
        fn garbage_carries_nothing_that_panics(bytes: Vec<u8>, cut in 0..60_usize) {
            let _ = put(VideoCodec::Av1, &bytes, &info([1]), 1);
            let _ = put(VideoCodec::H264, &bytes, &info([1]), 1);
            let _ = user_data(&bytes);
            let _ = take_av1(bytes);
            let whole = put(VideoCodec::Av1, AV1, &info([3, 5]), 2).unwrap();
            let _ = take_av1(whole[..cut.min(whole.len())].to_vec());
        }
    }
}
