//! The picture's way through RTP.
//!
//! Sending: [`info`] puts in what the viewer has to know of the picture, [`pack`] splits an encoded picture into RTP payloads, [`send`] gives them numbers and hands them to the
//! transport. Receiving: [`receive`] sits in the transport itself, so that no queue can drop packets and no task has
//! to wake before a lost one is asked for again; [`assemble`] decides, told the time.
//!
//! A browser encodes as it likes and says nothing inside of its pictures: VP8 and VP9 come from browsers only.

pub(super) mod assemble;
pub(super) mod av1;
pub(super) mod feedback;
pub(super) mod h264;
pub(super) mod info;
pub(super) mod pack;
pub(super) mod receive;
pub(super) mod send;
pub(super) mod vp8;
pub(super) mod vp9;

use bytes::Bytes;
use deskhand_protocol::call::{control::VideoCodec, picture::Stamp};
use rtc::{
    peer_connection::configuration::media_engine::{MIME_TYPE_AV1, MIME_TYPE_H264, MIME_TYPE_VP8, MIME_TYPE_VP9},
    rtp_transceiver::rtp_sender::{RTCRtpCodec, RTCRtpCodecParameters},
};

use super::Sharer;

/// Ticks per second of RTP time for video (RFC 6184 section 8.2.1, AV1 RTP section 7.2.1).
pub(super) const CLOCK_RATE: u32 = Stamp::RATE;

/// A picture as it is decoded.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Coded {
    /// The codec's bytes.
    pub(crate) data: Vec<u8>,
    /// Whether decoding can begin with it.
    pub(crate) key: bool,
}

/// The codec's bytes in the RTP payloads of one picture, and whether decoding can begin with it; `None` when they are no
/// picture of the codec. For whoever tries the readers with anything.
#[must_use]
pub fn taken_apart(codec: VideoCodec, sharer: Sharer, payloads: &[Bytes]) -> Option<(Vec<u8>, bool)> {
    let Coded { data, key } = assemble::Assembler::new(codec, sharer).take_apart(payloads)?.0;
    Some((data, key))
}

/// The RTP payload type of a codec; any free dynamic one would do. These are what browsers use.
pub(super) const fn payload_type(codec: VideoCodec) -> u8 {
    match codec {
        VideoCodec::Av1 => 45,
        VideoCodec::H264 => 102,
        VideoCodec::Vp9 => 98,
        VideoCodec::Vp8 => 96,
    }
}

/// How a codec is named in SDP.
pub(super) fn parameters(codec: VideoCodec, payload_type: u8) -> RTCRtpCodecParameters {
    let (mime_type, fmtp) = match codec {
        VideoCodec::Av1 => (MIME_TYPE_AV1, "profile=0;level-idx=12;tier=0"),
        VideoCodec::H264 => (MIME_TYPE_H264, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"),
        VideoCodec::Vp9 => (MIME_TYPE_VP9, "profile-id=0"),
        VideoCodec::Vp8 => (MIME_TYPE_VP8, ""),
    };
    RTCRtpCodecParameters {
        rtp_codec: RTCRtpCodec {
            mime_type: mime_type.to_owned(),
            clock_rate: CLOCK_RATE,
            channels: 0,
            sdp_fmtp_line: fmtp.to_owned(),
            rtcp_feedback: Vec::new(),
        },
        payload_type,
    }
}
