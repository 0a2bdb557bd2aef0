//! What a connection is set up with.

use deskhand_protocol::call::control::VideoCodec;

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

    /// The codec that an offer names: offers of this program name one.
    pub(super) fn codec_in(&self, offer: &str) -> Option<VideoCodec> {
        let named = |name: &str| {
            offer.lines().filter_map(|line| line.strip_prefix("a=rtpmap:")?.split_once(' ')).any(|(_, encoding)| {
                encoding.split('/').next().is_some_and(|encoding| encoding.eq_ignore_ascii_case(name))
            })
        };
        [(VideoCodec::Av1, "AV1"), (VideoCodec::H264, "H264")]
            .into_iter()
            .find_map(|(codec, name)| (self.codecs.contains(&codec) && named(name)).then_some(codec))
    }
}
