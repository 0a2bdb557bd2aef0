//! What a connection tells its owner.

use std::time::Duration;

use deskhand_protocol::call::channel::Channel;

use super::ReceivedFrame;

/// How packets travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PathKind {
    /// From machine to machine.
    Direct,
    /// Through a TURN server over UDP.
    TurnUdp,
    /// Through the relay's TLS port.
    RelayTls,
}

impl PathKind {
    /// The name that screens, records and measurements use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::TurnUdp => "turn_udp",
            Self::RelayTls => "relay_tls",
        }
    }
}

/// What was measured, once a second while connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerStats {
    /// Round trip of the path in use; `None` before the first answer.
    pub rtt: Option<Duration>,
    /// What congestion control believes the path carries, in bits per second; `None` without an estimate.
    pub bandwidth_bps: Option<u64>,
    /// Bytes sent since the start, all channels and video.
    pub bytes_sent: u64,
    /// Bytes received since the start.
    pub bytes_received: u64,
    /// Packets of video that never arrived, since the start. Counted by the end that receives video.
    pub packets_lost: u64,
    /// How packets travel.
    pub path: PathKind,
}

/// What happened to a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PeerEvent {
    /// The path stands and all channels are open. Comes again after a disconnection that healed, and when a restart
    /// has led to another path.
    Connected {
        /// How packets travel.
        path: PathKind,
    },
    /// Nothing has come from the other end for some seconds. It may heal; [`Peer::restart_ice`](super::Peer::restart_ice) helps.
    Disconnected,
    /// The path is given up. Only a restart of ICE helps.
    Failed,
    /// The other end closed the connection, or it broke a rule of the protocol. The last event.
    Closed,
    /// A message came.
    Message {
        /// On which channel.
        channel: Channel,
        /// Its bytes.
        message: bytes::Bytes,
    },
    /// Console: a picture came, whole and in order.
    Video(ReceivedFrame),
    /// Helper: the viewer cannot go on without a key frame.
    KeyFrameWanted,
    /// What was measured over the last second.
    Stats(PeerStats),
}

/// The events of one connection, in the order in which they matter: its state before messages before pictures.
#[derive(Debug)]
pub struct PeerEvents {}

impl PeerEvents {
    /// The next event; `None` after [`PeerEvent::Closed`], and when the [`Peer`](super::Peer) was dropped. Safe to use
    /// in `select!`: nothing is lost when the future is dropped.
    pub async fn next(&mut self) -> Option<PeerEvent> {
        tokio::task::yield_now().await;
        None
    }
}
