//! One end of the WebRTC connection between helper and console: the data channels of
//! [`Channel`] and one video track.
//!
//! The helper makes the offer ([`Peer::offerer`]), the console answers it ([`Peer::answerer`]). Both SDPs are complete:
//! every candidate is inside, so that one signed message each way is enough. Candidates are the addresses of this
//! machine, loopback among them (two programs on a machine without a network must find each other), and those the
//! relay gives ([`Ways`]); names by mDNS are neither made nor looked up.
//!
//! It never decides who may send what: authentication is the handshake's, permission the session's. It decides only
//! that a message over its channel's limit ends the connection (its owner hears of it a moment before, to say why) and
//! that an unknown channel is closed.
//!
//! # Invariants
//!
//! - A picture comes out whole, in order and unaltered, or not at all. After a lost one nothing comes until a key
//!   frame, which is asked for at once.
//! - No timer stands between [`Peer::send`] and the socket, and none between the socket and [`PeerEvents`] while
//!   nothing is lost. A picture of more packets than [`path`] lets ahead leaves no faster than the path carries it.
//! - Dropping the [`Peer`] stops every task and closes every socket of it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::BytesMut;
use deskhand_protocol::{
    call::{
        channel::Channel,
        control::VideoCodec,
        picture::{PictureInfo, Stamp},
    },
    limit,
};
use rtc::{
    peer_connection::configuration::RTCOfferOptions,
    rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication,
    rtp_transceiver::{RTCRtpTransceiverDirection, RTCRtpTransceiverInit},
};
use tokio::{
    sync::{Mutex, mpsc},
    time::{sleep, timeout},
};
use webrtc::{
    media_stream::track_local::TrackLocal,
    peer_connection::{PeerConnection, RTCSessionDescription},
};

mod addresses;
mod config;
pub mod courtesy;
mod driver;
mod event;
pub mod path;
mod plain_socket;
mod prompt;
mod setup;
mod sharer;
mod video;
mod watched;

pub use config::{Direct, IceServer, PeerConfig};
pub use courtesy::Courtesy;
pub use event::{PathKind, PeerEvent, PeerEvents, PeerStats};
pub use sharer::Sharer;
pub use video::taken_apart;

use crate::detour::Ways;
use config::Offered;
use driver::{End, Handler, Inboxes, Shared, Supervisor};
use setup::VideoEnd;
use video::send::VideoSender;
use watched::Watched;

/// Time for STUN and TURN servers to answer; what is known then is offered. Without servers gathering takes no time.
const GATHER: Duration = Duration::from_secs(4);
/// How long other servers may take once the relay's is there: they are as many ways to the same relay as this machine
/// has addresses, and some lead nowhere.
const GATHER_REST: Duration = Duration::from_millis(40);
/// How often a queue is looked at that was not said to have drained.
const DRAINED: Duration = Duration::from_millis(10);
/// Time for last messages to arrive before the connection is closed.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// A picture to send, as the encoder gave it.
#[derive(Clone)]
pub struct SendFrame {
    /// Whether decoding can begin with it.
    pub key: bool,
    /// When it was captured, in microseconds on this machine's own steady clock. Becomes the RTP time (90 kHz), which
    /// is the picture's [`Stamp`].
    pub captured_us: u64,
    /// What the viewer has to know of it; travels inside.
    pub info: PictureInfo,
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
    /// The same as tiles name it.
    pub stamp: Stamp,
    /// What the helper said of it: a helper's picture without is as good as lost. A browser says nothing of its own.
    pub info: Option<PictureInfo>,
    /// An AV1 temporal unit beginning with its delimiter, H.264 in Annex B, or a frame of VP9 or VP8.
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

/// Whether a message went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// It is with the transport.
    Yes,
    /// It was not to go any more.
    No,
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
    /// The picture is not of the codec that was agreed on. It was not sent.
    #[error("picture is not of the agreed codec")]
    MalformedFrame,
    /// The other end has no such channel.
    #[error("the connection has no such channel")]
    NoSuchChannel,
    /// Only the end that made the offer can do this, or only the other one.
    #[error("this end of the connection cannot do that")]
    WrongEnd,
    /// The transport below refused; usually no socket could be opened.
    #[error("connection could not be set up: {0}")]
    Transport(String),
}

/// One end of a connection. Dropping it closes everything.
pub struct Peer {
    codec: VideoCodec,
    sharer: Sharer,
    connection: Arc<dyn PeerConnection>,
    shared: Arc<Shared>,
    /// The helper's end only.
    video: Option<Arc<VideoSender>>,
    /// Whether the viewer asks for key frames by RTCP; the helper's end only.
    hears_pli: Arc<AtomicBool>,
    /// Held while descriptions are exchanged.
    negotiation: Mutex<()>,
    runtime: tokio::runtime::Handle,
    ways: Ways,
    direct: Direct,
}

impl std::fmt::Debug for Peer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Peer").field("codec", &self.codec).field("sharer", &self.sharer).finish_non_exhaustive()
    }
}

impl Peer {
    /// The helper's end: opens the channels and the video track, and gives the offer with all candidates. `asked` is
    /// what the viewer can decode ([`Ask::codecs`](deskhand_protocol::call::signal::Ask::codecs)); the first
    /// of `config` that is among them is used.
    ///
    /// # Errors
    ///
    /// [`PeerError::NoCommonCodec`], or [`PeerError::Transport`] when no socket can be opened.
    pub async fn offerer(config: PeerConfig, asked: &[VideoCodec]) -> Result<(Self, PeerEvents, String), PeerError> {
        let codec = config.choose_codec(asked).ok_or(PeerError::NoCommonCodec)?;
        let offered = Offered { codec, payload_type: video::payload_type(codec), sharer: Sharer::Helper };
        let (peer, events) = Self::build(&config, offered, End::Offerer).await?;
        for channel in Channel::ALL {
            let options = setup::channel_options(channel);
            let opened = peer.connection.create_data_channel(channel.label(), Some(options)).await;
            peer.shared.read(channel, opened.map_err(setup::transport)?);
        }
        if let Some(video) = &peer.video {
            let init = RTCRtpTransceiverInit {
                direction: RTCRtpTransceiverDirection::Sendonly,
                streams: Vec::new(),
                send_encodings: Vec::new(),
            };
            let track: Arc<dyn TrackLocal> = video.track();
            peer.connection.add_transceiver_from_track(track, Some(init)).await.map_err(setup::transport)?;
            tokio::spawn(Arc::clone(video).repeat_tails(peer.shared.stop.clone()));
        }
        let offer = peer.connection.create_offer(None).await.map_err(setup::transport)?;
        let offer = peer.describe(offer).await?;
        Ok((peer, events, offer))
    }

    /// The console's end: takes the offer of a helper, or of a page in a browser, and gives the answer with all
    /// candidates.
    ///
    /// # Errors
    ///
    /// [`PeerError::BadDescription`] when the offer is not one of ours, [`PeerError::Transport`] when no socket can
    /// be opened.
    pub async fn answerer(config: PeerConfig, offer: &str) -> Result<(Self, PeerEvents, String), PeerError> {
        let offered = parse(offer, RTCSessionDescription::offer)?;
        let picture = config.find_in(offer).ok_or(PeerError::NoCommonCodec)?;
        let (peer, events) = Self::build(&config, picture, End::Answerer).await?;
        let answer = peer.answer(offered).await?;
        Ok((peer, events, answer))
    }

    async fn build(config: &PeerConfig, offered: Offered, end: End) -> Result<(Self, PeerEvents), PeerError> {
        let Offered { codec, payload_type, sharer } = offered;
        let (queues, events) = PeerEvents::new();
        let (happened, happenings) = mpsc::unbounded_channel();
        let inboxes = Inboxes { messages: queues.messages, files: queues.files };
        let shared = Arc::new(Shared::new(end, sharer, inboxes, happened));
        let lost = Arc::new(AtomicU64::new(0));
        let hears_pli = Arc::new(AtomicBool::new(false));
        let mut path = None;
        let (video, video_end) = match end {
            End::Offerer => {
                let requests = video::send::KeyFrameRequests::new(queues.key_frame_wanted, Arc::clone(&hears_pli));
                let watched = Arc::new(Watched::new(queues.path));
                let video = Arc::new(VideoSender::new(codec, Arc::clone(&watched))?);
                path = Some(Arc::clone(&watched));
                (Some(video), VideoEnd::Sending(requests, watched))
            }
            End::Answerer => {
                let receiver = video::receive::VideoReceiver::new(offered, queues.frames, Arc::clone(&lost));
                (None, VideoEnd::Receiving(receiver))
            }
        };
        let handler = Arc::new(Handler(Arc::clone(&shared)));
        let connection = setup::connection(config, (codec, payload_type), video_end, handler).await?;
        let supervisor = Supervisor {
            connection: Arc::clone(&connection),
            shared: Arc::clone(&shared),
            happenings,
            states: queues.states,
            stats: queues.stats,
            path,
            lost,
        };
        tokio::spawn(supervisor.run());
        let runtime = tokio::runtime::Handle::current();
        let (ways, direct) = (config.ways.clone(), config.direct);
        let negotiation = Mutex::new(());
        Ok((Self { codec, sharer, connection, shared, video, hears_pli, negotiation, runtime, ways, direct }, events))
    }

    /// Helper: takes the answer to the newest offer. Connecting begins.
    ///
    /// # Errors
    ///
    /// [`PeerError::BadDescription`], [`PeerError::WrongEnd`] or [`PeerError::Closed`].
    pub async fn accept_answer(&self, answer: &str) -> Result<(), PeerError> {
        self.must_be_offerer()?;
        let _negotiation = self.negotiation.lock().await;
        let answered = parse(answer, RTCSessionDescription::answer)?;
        self.hears_pli.store(video::send::promises_pli(answer), Ordering::Relaxed);
        self.connection.set_remote_description(answered).await.map_err(bad_description)
    }

    /// Helper: gathers anew (networks may have changed) and gives an offer that restarts ICE. Channels and track
    /// stay; whatever is reliable arrives once the new path stands.
    ///
    /// # Errors
    ///
    /// [`PeerError::WrongEnd`], [`PeerError::Closed`], or [`PeerError::Transport`] when the last offer has no answer
    /// yet.
    pub async fn restart_ice(&self) -> Result<String, PeerError> {
        self.must_be_offerer()?;
        let _negotiation = self.negotiation.lock().await;
        self.look_again().await?;
        let options = RTCOfferOptions { ice_restart: true };
        let offer = self.connection.create_offer(Some(options)).await.map_err(setup::transport)?;
        self.describe(offer).await
    }

    /// Console: takes an offer that restarts ICE and gives the answer.
    ///
    /// # Errors
    ///
    /// [`PeerError::BadDescription`], [`PeerError::WrongEnd`] or [`PeerError::Closed`].
    pub async fn accept_restart(&self, offer: &str) -> Result<String, PeerError> {
        if self.video.is_some() {
            return Err(PeerError::WrongEnd);
        }
        let _negotiation = self.negotiation.lock().await;
        self.look_again().await?;
        self.answer(parse(offer, RTCSessionDescription::offer)?).await
    }

    /// The way to the relay may be another one too.
    async fn look_again(&self) -> Result<(), PeerError> {
        self.ways.look();
        let servers = self.ways.servers().await;
        if servers.is_empty() {
            return Ok(());
        }
        let configuration = setup::configuration(self.direct, servers);
        self.connection.set_configuration(configuration).await.map_err(setup::transport)
    }

    async fn answer(&self, offer: RTCSessionDescription) -> Result<String, PeerError> {
        self.connection.set_remote_description(offer).await.map_err(bad_description)?;
        let answer = self.connection.create_answer(None).await.map_err(bad_description)?;
        self.describe(answer).await
    }

    /// Applies our description and waits until it has all candidates.
    async fn describe(&self, description: RTCSessionDescription) -> Result<String, PeerError> {
        let (mut gathered, mut relayed) = (self.shared.gathered.subscribe(), self.shared.relayed.subscribe());
        self.shared.gathered.send_replace(false);
        self.shared.relayed.send_replace(false);
        self.connection.set_local_description(description).await.map_err(setup::transport)?;
        let enough = async {
            let _ = relayed.wait_for(|relayed| *relayed).await;
            sleep(GATHER_REST).await;
        };
        tokio::select! {
            _ = gathered.wait_for(|gathered| *gathered) => {}
            () = enough => {}
            () = sleep(GATHER) => tracing::debug!("the relay did not answer; going on with what is known"),
        }
        self.connection.local_description().await.map(|local| local.sdp).ok_or(PeerError::Closed)
    }

    fn must_be_offerer(&self) -> Result<(), PeerError> {
        if self.video.is_some() { Ok(()) } else { Err(PeerError::WrongEnd) }
    }

    /// Sends one message. It leaves at once; when more than the channel's bound waits unacknowledged, this waits
    /// until the other end has taken some. While the channel is not open yet, or the path is interrupted, it waits for that.
    ///
    /// # Errors
    ///
    /// [`PeerError::MessageTooLarge`] or [`PeerError::Closed`].
    pub async fn send(&self, channel: Channel, message: &[u8]) -> Result<(), PeerError> {
        self.send_if(channel, message, || true).await.map(|_| ())
    }

    /// Like [`send`](Self::send), but asks once there is a path whether the message may still go.
    ///
    /// # Errors
    ///
    /// [`PeerError::MessageTooLarge`], [`PeerError::NoSuchChannel`] or [`PeerError::Closed`].
    pub async fn send_if(
        &self,
        channel: Channel,
        message: &[u8],
        may_go: impl Fn() -> bool + Send,
    ) -> Result<Sent, PeerError> {
        let (len, limit) = (message.len(), channel.limit());
        if len > limit {
            return Err(PeerError::MessageTooLarge { len, limit });
        }
        if !self.sharer.has(channel) {
            return Err(PeerError::NoSuchChannel);
        }
        let open = self.shared.ready(channel).await?;
        if !may_go() {
            return Ok(Sent::No);
        }
        open.send(BytesMut::from(message)).await.map_err(|_| PeerError::Closed)?;
        Ok(Sent::Yes)
    }

    /// Waits until at most `bytes` of what was sent on a channel are unacknowledged: what is sent then does not stand
    /// behind more than that. Returns at once when the connection ends.
    pub async fn drained(&self, channel: Channel, bytes: usize) {
        let Ok(open) = self.shared.opened(channel).await else { return };
        let threshold = u32::try_from(bytes).unwrap_or(u32::MAX);
        if open.set_buffered_amount_low_threshold(threshold).await.is_err() {
            return;
        }
        while open.outstanding_bytes().await.is_ok_and(|waiting| waiting > bytes) {
            // The transport tells of it once, which may have been just before; so it is looked at now and again.
            let told = timeout(DRAINED, self.shared.drained.notified());
            if self.shared.stop.run_until_cancelled(told).await.is_none() {
                return;
            }
        }
    }

    /// Sends a part of a file when its turn has come, by [`Courtesy`]: it waits while a person waits for something else.
    ///
    /// # Errors
    ///
    /// [`PeerError::MessageTooLarge`] or [`PeerError::Closed`].
    pub async fn send_bulk(&self, channel: Channel, message: &[u8], courtesy: &Courtesy) -> Result<(), PeerError> {
        loop {
            let allowance = courtesy.allowance(Instant::now());
            if !allowance.hold.is_zero() {
                let waited = sleep(allowance.hold);
                if self.shared.stop.run_until_cancelled(waited).await.is_none() {
                    return Err(PeerError::Closed);
                }
                continue;
            }
            let open = self.shared.ready(channel).await?;
            if open.outstanding_bytes().await.map_err(|_| PeerError::Closed)? <= allowance.queued {
                return self.send(channel, message).await;
            }
            let mark = u32::try_from(allowance.queued / 4 * 3).unwrap_or(u32::MAX);
            open.set_buffered_amount_low_threshold(mark).await.map_err(|_| PeerError::Closed)?;
            // Looked at again when some has left, and whenever a person may have touched something meanwhile.
            let told = timeout(DRAINED, self.shared.drained.notified());
            if self.shared.stop.run_until_cancelled(told).await.is_none() {
                return Err(PeerError::Closed);
            }
        }
    }

    /// Helper: sends one picture. Returns when its packets are with the transport, those of a large one as fast as the
    /// path carries them: encode the next one after that, and it is the newest there is.
    ///
    /// # Errors
    ///
    /// [`PeerError::WrongEnd`], [`PeerError::MalformedFrame`] or [`PeerError::Closed`].
    pub async fn send_video(&self, frame: SendFrame) -> Result<(), PeerError> {
        self.video.as_ref().ok_or(PeerError::WrongEnd)?.send(&frame).await
    }

    /// Console: asks the helper for a key frame (RTCP PLI). Before the first picture there is nothing to ask for: that
    /// one is a key frame.
    pub async fn request_key_frame(&self) {
        let Some(track) = self.shared.track().await else { return };
        for media_ssrc in track.ssrcs().await {
            let request = PictureLossIndication { sender_ssrc: 0, media_ssrc };
            if let Err(error) = track.write_rtcp(vec![Box::new(request)]).await {
                tracing::debug!(%error, "key frame was not asked for");
            }
        }
    }

    /// Closes the connection once everything sent has arrived, but waits at most half a second for that. A last
    /// message sent before this is heard; with a mere drop it may not be. Nothing can be sent after it.
    pub async fn close(&self) {
        let drained = async {
            // Bytes of files are no last words.
            for channel in self.sharer.channels().iter().filter(|channel| **channel != Channel::Files) {
                let Ok(open) = self.shared.opened(*channel).await else { return };
                while open.outstanding_bytes().await.is_ok_and(|bytes| bytes > 0) {
                    sleep(Duration::from_millis(5)).await;
                }
            }
        };
        if timeout(LAST_WORDS, drained).await.is_err() {
            tracing::debug!("not everything had arrived when the connection was closed");
        }
        self.shared.end_messages();
        self.shared.stop.cancel();
        if let Err(error) = self.connection.close().await {
            tracing::debug!(%error, "connection did not close cleanly");
        }
    }

    /// Who shares.
    #[must_use]
    pub const fn sharer(&self) -> Sharer {
        self.sharer
    }

    /// The codec both ends agreed on.
    #[must_use]
    pub const fn codec(&self) -> VideoCodec {
        self.codec
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.shared.end_messages();
        self.shared.stop.cancel();
        let connection = Arc::clone(&self.connection);
        // Closing sends a last packet and ends the transport's own task, which holds the sockets.
        self.runtime.spawn(async move {
            if let Err(error) = connection.close().await {
                tracing::debug!(%error, "connection did not close cleanly");
            }
        });
    }
}

fn parse(
    sdp: &str,
    read: fn(String) -> webrtc::error::Result<RTCSessionDescription>,
) -> Result<RTCSessionDescription, PeerError> {
    if sdp.len() > limit::SDP {
        return Err(PeerError::BadDescription(format!("{} bytes of at most {}", sdp.len(), limit::SDP)));
    }
    read(sdp.to_owned()).map_err(bad_description)
}

fn bad_description(error: webrtc::error::Error) -> PeerError {
    PeerError::BadDescription(error.to_string())
}
