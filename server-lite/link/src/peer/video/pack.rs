//! From an encoded picture to RTP payloads.

use bytes::Bytes;
use deskhand_protocol::call::control::VideoCodec;
use rtc::rtp::{
    codec::{av1::Av1Payloader, h264::H264Payloader},
    packetizer::Payloader as _,
};

/// Longest RTP payload in bytes. IPv6 guarantees packets of 1280: less IP (40), UDP (8), TURN (4), RTP with its
/// extensions (24) and the SRTP tag (16); rounded down.
const PAYLOAD: usize = 1_180;

/// The payloads of one picture, in order; `None` when the bytes are not of the codec.
///
/// An AV1 temporal delimiter is left out, as its RTP specification asks; the receiver puts it back.
pub(crate) fn payloads(codec: VideoCodec, data: &Bytes) -> Option<Vec<Bytes>> {
    // Both are made anew for each picture: they must not carry parameter sets from one into the next.
    let payloads = match codec {
        VideoCodec::Av1 => Av1Payloader::default().payload(PAYLOAD, data),
        VideoCodec::H264 => H264Payloader::default().payload(PAYLOAD, data),
        // No helper encodes so.
        VideoCodec::Vp9 | VideoCodec::Vp8 => return None,
    };
    payloads.ok().filter(|payloads| !payloads.is_empty())
}
