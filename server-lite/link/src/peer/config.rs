//! What a connection is set up with.

use deskhand_protocol::call::control::VideoCodec;

use super::sharer::Sharer;
use crate::detour::Ways;

/// A STUN or TURN server.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct IceServer {
    /// Its addresses: `stun:host:port`, `turn:host:port?transport=udp`.
    pub urls: Vec<String>,
    /// For TURN.
    pub username: String,
    /// For TURN.
    pub credential: String,
}

/// Prints no credential.
impl std::fmt::Debug for IceServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IceServer").field("urls", &self.urls).finish_non_exhaustive()
    }
}

/// Whether the addresses of this machine are offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direct {
    /// They are; the relay is used when none of them leads to the other end.
    #[default]
    Offered,
    /// They are not: everything goes through the relay.
    Withheld,
}

/// What a connection is set up with.
#[derive(Debug, Clone)]
pub struct PeerConfig {
    /// The ways through the relay; while nothing is learned of them there are only direct paths.
    pub ways: Ways,
    /// Whether there are direct paths.
    pub direct: Direct,
    /// The codecs this end can encode or decode; the helper's in the order in which it would use them. AV1 has more than
    /// 12 dB over H.264 on screen content at the same rate.
    pub codecs: Vec<VideoCodec>,
}

impl Default for PeerConfig {
    fn default() -> Self {
        Self { ways: Ways::default(), direct: Direct::Offered, codecs: vec![VideoCodec::Av1, VideoCodec::H264] }
    }
}

impl PeerConfig {
    /// The first of this end's codecs that the other end asked for.
    pub(super) fn choose_codec(&self, asked: &[VideoCodec]) -> Option<VideoCodec> {
        self.codecs.iter().copied().find(|codec| asked.contains(codec))
    }

    /// What an offer names: offers name one codec, those of helpers by this program's own number.
    pub(super) fn find_in(&self, offer: &str) -> Option<Offered> {
        let sharer = Sharer::of(offer);
        let named: Vec<(u8, &str)> = offer
            .lines()
            .filter_map(|line| {
                let (payload_type, encoding) = line.strip_prefix("a=rtpmap:")?.split_once(' ')?;
                Some((payload_type.parse().ok()?, encoding.split('/').next()?))
            })
            .collect();
        let known = |(codec, name): &(VideoCodec, &str)| {
            let (payload_type, _) = named.iter().find(|(_, encoding)| encoding.eq_ignore_ascii_case(name))?;
            self.codecs.contains(codec).then_some(Offered { codec: *codec, payload_type: *payload_type, sharer })
        };
        let names =
            [(VideoCodec::Av1, "AV1"), (VideoCodec::H264, "H264"), (VideoCodec::Vp9, "VP9"), (VideoCodec::Vp8, "VP8")];
        names.iter().find_map(known)
    }
}

/// The picture that an offer promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Offered {
    /// How it will be encoded.
    pub(crate) codec: VideoCodec,
    /// By which number its packets are known.
    pub(crate) payload_type: u8,
    /// Who will send it.
    pub(crate) sharer: Sharer,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offer_says_what_will_come_and_under_which_number() {
        let config = PeerConfig { codecs: vec![VideoCodec::Vp8, VideoCodec::H264], ..PeerConfig::default() };
        let of = |lines: &str| config.find_in(&format!("v=0\r\n{lines}\r\n"));
        let vp8 = Offered { codec: VideoCodec::Vp8, payload_type: 107, sharer: Sharer::Browser };
        assert_eq!(of("a=tool:deskhand-browser\r\na=rtpmap:107 VP8/90000\r\na=rtpmap:108 rtx/90000"), Some(vp8));
        let h264 = Offered { codec: VideoCodec::H264, payload_type: 102, sharer: Sharer::Helper };
        assert_eq!(of("a=rtpmap:102 h264/90000"), Some(h264));
        for unknown in ["a=rtpmap:45 AV1/90000", "a=rtpmap:300 VP8/90000", "a=rtpmap:x VP8", "a=rtpmap:", ""] {
            assert_eq!(of(unknown), None, "{unknown}");
        }
    }
}
