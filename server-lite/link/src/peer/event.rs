//! What a connection tells its owner.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use deskhand_protocol::{call::channel::Channel, error::ErrorCode};
use tokio::sync::{Notify, mpsc, watch};

use super::{ReceivedFrame, path::Estimate};

/// How packets travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PathKind {
    /// From machine to machine.
    Direct,
    /// Through the relay, both ends by UDP.
    TurnUdp,
    /// Through the relay, at least one end by its TLS port.
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
    /// What congestion control believes the path carries, in bits per second; `None` without an estimate, and at the
    /// end that receives video.
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
    /// The path stands and all channels are open. Comes again after a disconnection that healed, after a
    /// restart of ICE, and when the path is of another kind now.
    Connected {
        /// How packets travel.
        path: PathKind,
    },
    /// Nothing has come from the other end for some seconds. It may heal;
    /// [`Peer::restart_ice`](super::Peer::restart_ice) helps.
    Disconnected,
    /// The path is given up. Only a restart of ICE helps.
    Failed,
    /// The other end broke a rule that is watched here, like the longest message of a channel. The connection closes
    /// in a second at the latest; until then the other end can be told why.
    Violation {
        /// What the other end is to be told.
        code: ErrorCode,
    },
    /// The other end closed the connection, or it broke a rule of the protocol. The last event.
    Closed,
    /// A message came.
    Message {
        /// On which channel.
        channel: Channel,
        /// Its bytes.
        message: Bytes,
    },
    /// Console: a picture came, whole and in order.
    Video(ReceivedFrame),
    /// Helper: the viewer cannot go on without a key frame.
    KeyFrameWanted,
    /// Helper: the path carries another rate than was told before.
    Path {
        /// What may be sent, in bits per second.
        bits_per_second: u64,
        /// How long packets wait in its queue.
        queue: Duration,
    },
    /// What was measured over the last second.
    Stats(PeerStats),
}

/// The events of one connection. Messages come before what happened to the connection, so that a last word before the
/// end is heard, and that before pictures.
///
/// A reader that is behind holds up messages (the other end waits) and misses pictures (a key frame follows).
#[derive(Debug)]
pub struct PeerEvents {
    messages: mpsc::Receiver<(Channel, Bytes)>,
    /// Those of the `files` channel, until somebody else reads them.
    files: Option<mpsc::Receiver<Bytes>>,
    states: mpsc::UnboundedReceiver<PeerEvent>,
    key_frame_wanted: Arc<Notify>,
    frames: mpsc::Receiver<ReceivedFrame>,
    path: watch::Receiver<Option<Estimate>>,
    stats: watch::Receiver<Option<PeerStats>>,
    ending: Ending,
    frames_open: bool,
    path_open: bool,
    stats_open: bool,
}

/// How far the end has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// Not begun.
    No,
    /// Messages may still wait; then [`PeerEvent::Closed`] comes.
    Closed,
    /// Messages may still wait; then nothing comes.
    Dropped,
    /// Nothing comes any more.
    Over,
}

/// The ends of the queues that the connection writes to.
#[derive(Debug)]
pub(super) struct Queues {
    pub(super) messages: mpsc::Sender<(Channel, Bytes)>,
    pub(super) files: mpsc::Sender<Bytes>,
    pub(super) states: mpsc::UnboundedSender<PeerEvent>,
    pub(super) key_frame_wanted: Arc<Notify>,
    pub(super) frames: mpsc::Sender<ReceivedFrame>,
    pub(super) path: watch::Sender<Option<Estimate>>,
    pub(super) stats: watch::Sender<Option<PeerStats>>,
}

/// Messages that wait for the reader; a full queue makes the other end wait.
const MESSAGES: usize = 256;
/// Pictures that wait for the reader: half a second at 30 a second. More would only be late.
const FRAMES: usize = 16;

impl PeerEvents {
    pub(super) fn new() -> (Queues, Self) {
        let (messages_in, messages) = mpsc::channel(MESSAGES);
        let (files_in, files) = mpsc::channel(MESSAGES);
        let (states_in, states) = mpsc::unbounded_channel();
        let (frames_in, frames) = mpsc::channel(FRAMES);
        let (path_in, path) = watch::channel(None);
        let (stats_in, stats) = watch::channel(None);
        let key_frame_wanted = Arc::new(Notify::new());
        let queues = Queues {
            messages: messages_in,
            files: files_in,
            states: states_in,
            key_frame_wanted: Arc::clone(&key_frame_wanted),
            frames: frames_in,
            path: path_in,
            stats: stats_in,
        };
        let events = Self {
            messages,
            files: Some(files),
            states,
            key_frame_wanted,
            frames,
            path,
            stats,
            ending: Ending::No,
            frames_open: true,
            path_open: true,
            stats_open: true,
        };
        (queues, events)
    }

    /// The messages of the `files` channel from now on, for a task of its own: bytes of files must not stand before a
    /// key or a word. Ends with the connection. `None` if it was taken before.
    pub fn take_files(&mut self) -> Option<mpsc::Receiver<Bytes>> {
        self.files.take()
    }

    /// The next event; `None` after [`PeerEvent::Closed`], and when the [`Peer`](super::Peer) was dropped. Safe to use
    /// in `select!`: nothing is lost when the future is dropped.
    pub async fn next(&mut self) -> Option<PeerEvent> {
        loop {
            if self.ending != Ending::No {
                return self.finish().await;
            }
            tokio::select! {
                biased;
                Some((channel, message)) = self.messages.recv() => return Some(PeerEvent::Message { channel, message }),
                state = self.states.recv() => match state {
                    Some(PeerEvent::Closed) => self.ending = Ending::Closed,
                    Some(state) => return Some(state),
                    None => self.ending = Ending::Dropped,
                },
                Some(message) = next_of(&mut self.files) => {
                    return Some(PeerEvent::Message { channel: Channel::Files, message });
                }
                () = self.key_frame_wanted.notified() => return Some(PeerEvent::KeyFrameWanted),
                frame = self.frames.recv(), if self.frames_open => match frame {
                    Some(frame) => return Some(PeerEvent::Video(frame)),
                    None => self.frames_open = false,
                },
                changed = self.path.changed(), if self.path_open => match changed {
                    Ok(()) => {
                        if let Some(estimate) = *self.path.borrow_and_update() {
                            let bits_per_second = estimate.whole_bits();
                            return Some(PeerEvent::Path { bits_per_second, queue: estimate.queue });
                        }
                    }
                    Err(_) => self.path_open = false,
                },
                changed = self.stats.changed(), if self.stats_open => match changed {
                    Ok(()) => {
                        if let Some(stats) = *self.stats.borrow_and_update() {
                            return Some(PeerEvent::Stats(stats));
                        }
                    }
                    Err(_) => self.stats_open = false,
                },
            }
        }
    }

    /// What was said before the end, then the end. What was under way of a file is as good as lost.
    async fn finish(&mut self) -> Option<PeerEvent> {
        if self.ending == Ending::Over {
            return None;
        }
        if let Some((channel, message)) = self.messages.recv().await {
            return Some(PeerEvent::Message { channel, message });
        }
        let last = (self.ending == Ending::Closed).then_some(PeerEvent::Closed);
        self.ending = Ending::Over;
        last
    }
}

/// Never comes where somebody else reads them.
async fn next_of(files: &mut Option<mpsc::Receiver<Bytes>>) -> Option<Bytes> {
    match files {
        Some(files) => files.recv().await,
        None => std::future::pending().await,
    }
}
