//! Watches over one connection: reads its channels, follows its state, measures it.

use std::{
    collections::BTreeSet,
    net::IpAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use deskhand_protocol::{call::channel::Channel, error::ErrorCode, relay::detour::Carrier};
use rtc::peer_connection::transport::RTCIceCandidateType;
use tokio::{
    sync::{Notify, mpsc, watch},
    time::{MissedTickBehavior, interval, sleep, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;
use webrtc::{
    data_channel::{DataChannel, DataChannelEvent},
    media_stream::track_remote::TrackRemote,
    peer_connection::{
        PeerConnection, PeerConnectionEventHandler, RTCIceGatheringState, RTCPeerConnectionIceEvent,
        RTCPeerConnectionState, RTCStatsReport, RTCStatsReportEntry, StatsSelector,
    },
};

use super::{
    LAST_WORDS, PeerError,
    event::{PathKind, PeerEvent, PeerStats},
    path::Estimate,
    sharer::Sharer,
    watched::Watched,
};
use crate::network::Network;

/// How often the connection is measured.
const MEASURE: Duration = Duration::from_secs(1);

/// Time for the transport to tell of a track whose packets come already.
const TRACK: Duration = Duration::from_millis(500);

/// Which end of the connection this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The helper's.
    Offerer,
    /// The console's.
    Answerer,
}

/// Something the supervisor has to know.
#[derive(Debug)]
pub(super) enum Happening {
    State(RTCPeerConnectionState),
    Opened,
    /// The machine is back on the network of the path.
    Back,
    /// A channel closed, which only happens when the other end closes everything.
    ChannelClosed,
    /// The other end broke a rule.
    Violation(ErrorCode),
}

type OpenChannel = Option<Arc<dyn DataChannel>>;

/// Where messages go: those of files have a queue of their own, behind which nothing else waits.
#[derive(Clone)]
pub(super) struct Inboxes {
    pub(super) messages: mpsc::Sender<(Channel, Bytes)>,
    pub(super) files: mpsc::Sender<Bytes>,
}

impl Inboxes {
    /// Waits for room; an error when nobody takes it any more.
    async fn put(&self, channel: Channel, message: Bytes) -> Result<(), PeerError> {
        match channel {
            Channel::Files => self.files.send(message).await.map_err(|_| PeerError::Closed),
            _ => self.messages.send((channel, message)).await.map_err(|_| PeerError::Closed),
        }
    }
}

/// What all tasks of a connection share.
pub(super) struct Shared {
    end: End,
    sharer: Sharer,
    channels: [watch::Sender<OpenChannel>; Channel::ALL.len()],
    /// Taken when the connection ends, so that the reader learns that no more messages come.
    messages: Mutex<Option<Inboxes>>,
    happenings: mpsc::UnboundedSender<Happening>,
    pub(super) gathered: watch::Sender<bool>,
    /// Whether there is a candidate at the relay.
    pub(super) relayed: watch::Sender<bool>,
    /// Told when a channel's queue has fallen below its mark.
    pub(super) drained: Notify,
    /// Whether packets arrive at the moment.
    path: watch::Sender<bool>,
    track: watch::Sender<Option<Arc<dyn TrackRemote>>>,
    pub(super) stop: CancellationToken,
}

impl Shared {
    pub(super) fn new(
        end: End,
        sharer: Sharer,
        messages: Inboxes,
        happenings: mpsc::UnboundedSender<Happening>,
    ) -> Self {
        Self {
            end,
            sharer,
            channels: std::array::from_fn(|_| watch::Sender::new(None)),
            messages: Mutex::new(Some(messages)),
            happenings,
            gathered: watch::Sender::new(false),
            relayed: watch::Sender::new(false),
            drained: Notify::new(),
            path: watch::Sender::new(false),
            track: watch::Sender::new(None),
            stop: CancellationToken::new(),
        }
    }

    fn slot(&self, channel: Channel) -> Option<&watch::Sender<OpenChannel>> {
        self.channels.get(Channel::ALL.iter().position(|known| *known == channel)?)
    }

    /// The channel once it is open and there is a path. What is sent without a path is lost, and SCTP doubles its wait
    /// with each loss: it would stay silent for seconds after the path is back.
    pub(super) async fn ready(&self, channel: Channel) -> Result<Arc<dyn DataChannel>, PeerError> {
        let open = self.opened(channel).await?;
        let mut path = self.path.subscribe();
        let up = self.stop.run_until_cancelled(path.wait_for(|up| *up)).await;
        up.and_then(Result::ok).map(|_| open).ok_or(PeerError::Closed)
    }

    /// The channel once it is open.
    pub(super) async fn opened(&self, channel: Channel) -> Result<Arc<dyn DataChannel>, PeerError> {
        let mut slot = self.slot(channel).ok_or(PeerError::Closed)?.subscribe();
        let open = self.stop.run_until_cancelled(slot.wait_for(Option::is_some)).await;
        open.and_then(Result::ok).and_then(|open| open.clone()).ok_or(PeerError::Closed)
    }

    /// The helper's track; `None` when it sends nothing. It is told of a moment after its first picture may have come.
    pub(super) async fn track(&self) -> Option<Arc<dyn TrackRemote>> {
        let mut slot = self.track.subscribe();
        let told = timeout(TRACK, slot.wait_for(Option::is_some)).await;
        told.ok().and_then(Result::ok).and_then(|track| track.clone())
    }

    fn happened(&self, happening: Happening) {
        // Nobody listens any more only when everything is being closed.
        let _ = self.happenings.send(happening);
    }

    fn messages(&self) -> Option<Inboxes> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// No new channel is read from now on.
    pub(super) fn end_messages(&self) {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Starts to read a channel. Messages are kept by the transport until then, so none is lost.
    pub(super) fn read(self: &Arc<Self>, channel: Channel, from: Arc<dyn DataChannel>) {
        let Some(messages) = self.messages() else { return };
        let shared = Arc::clone(self);
        tokio::spawn(async move {
            // Ends with the connection: a closed one gives no more events.
            while let Some(event) = from.poll().await {
                match event {
                    DataChannelEvent::OnOpen => {
                        if let Some(slot) = shared.slot(channel) {
                            slot.send_replace(Some(Arc::clone(&from)));
                        }
                        shared.happened(Happening::Opened);
                    }
                    DataChannelEvent::OnMessage(message) if message.data.len() > channel.limit() => {
                        shared.happened(Happening::Violation(ErrorCode::TooLarge));
                        return;
                    }
                    DataChannelEvent::OnMessage(message) => {
                        let taken = messages.put(channel, message.data.freeze()).await;
                        if taken.is_err() {
                            return;
                        }
                    }
                    DataChannelEvent::OnBufferedAmountLow => shared.drained.notify_one(),
                    DataChannelEvent::OnClosing | DataChannelEvent::OnClose => {
                        shared.happened(Happening::ChannelClosed);
                    }
                    _ => {}
                }
            }
        });
    }

    /// The channel this one is for; `None` when it must be closed.
    async fn admit(&self, channel: &Arc<dyn DataChannel>) -> Option<Channel> {
        if self.end == End::Offerer {
            return None;
        }
        let known = Channel::from_label(&channel.label().await.ok()?).filter(|known| self.sharer.has(*known))?;
        let reliable = channel.ordered().await.ok()?
            && channel.max_retransmits().await.ok()?.is_none()
            && channel.max_packet_life_time().await.ok()?.is_none();
        let taken = self.slot(known)?.borrow().is_some();
        (reliable == known.is_reliable() && !taken).then_some(known)
    }
}

/// Hears what the transport says. Its methods run on the transport's own task: they never wait for it.
pub(super) struct Handler(pub(super) Arc<Shared>);

#[async_trait::async_trait]
impl PeerConnectionEventHandler for Handler {
    async fn on_ice_gathering_state_change(&self, state: RTCIceGatheringState) {
        self.0.gathered.send_replace(state == RTCIceGatheringState::Complete);
    }

    async fn on_ice_candidate(&self, event: RTCPeerConnectionIceEvent) {
        if event.candidate.typ == RTCIceCandidateType::Relay {
            self.0.relayed.send_replace(true);
        }
    }

    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        self.0.path.send_replace(state == RTCPeerConnectionState::Connected);
        self.0.happened(Happening::State(state));
    }

    async fn on_data_channel(&self, channel: Arc<dyn DataChannel>) {
        if let Some(known) = self.0.admit(&channel).await {
            self.0.read(known, channel);
        } else {
            tracing::debug!("closing a channel that this version does not know");
            if let Err(error) = channel.close().await {
                tracing::debug!(%error, "unknown channel was closed already");
            }
        }
    }

    async fn on_track(&self, track: Arc<dyn TrackRemote>) {
        // There is one track, and it is there from the beginning.
        if self.0.track.send_replace(Some(track)).is_some() {
            self.0.happened(Happening::Violation(ErrorCode::OutOfOrder));
        }
    }
}

/// What the supervisor works with.
pub(super) struct Supervisor {
    pub(super) connection: Arc<dyn PeerConnection>,
    pub(super) shared: Arc<Shared>,
    pub(super) happenings: mpsc::UnboundedReceiver<Happening>,
    pub(super) states: mpsc::UnboundedSender<PeerEvent>,
    pub(super) stats: watch::Sender<Option<PeerStats>>,
    /// At the end that sends video.
    pub(super) path: Option<Arc<Watched>>,
    pub(super) lost: Arc<AtomicU64>,
}

impl Supervisor {
    /// Follows the connection to its end.
    pub(super) async fn run(mut self) {
        let stop = self.shared.stop.clone();
        if stop.run_until_cancelled(self.follow()).await.is_none() {
            return;
        }
        self.shared.end_messages();
        if let Err(error) = self.connection.close().await {
            tracing::debug!(%error, "connection did not close cleanly");
        }
        stop.cancel();
        // The reader may be gone, which is all the same.
        let _ = self.states.send(PeerEvent::Closed);
    }

    async fn follow(&mut self) {
        let mut up = false;
        let mut open = 0;
        let mut announced = None;
        let mut network = Network::here();
        // What the path stood on and the machine has lost.
        let mut left = BTreeSet::new();
        let mut measure = interval(MEASURE);
        measure.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let happening = tokio::select! {
                happening = self.happenings.recv() => happening,
                _ = measure.tick(), if announced.is_some() => {
                    let stats = self.measure().await;
                    if announced != Some(stats.path) {
                        announced = Some(stats.path);
                        self.tell(PeerEvent::Connected { path: stats.path });
                    }
                    self.stats.send_replace(Some(stats));
                    continue;
                }
                () = sleep_until(network.due().into()) => {
                    let before = network.clone();
                    let change = network.look();
                    if up && !change.gone.is_empty() && self.stands_on(&change.gone, &before).await {
                        // Silence would tell the same, seconds later.
                        tracing::info!("this machine has left the network of the connection");
                        left = change.gone;
                        (up, announced) = (false, None);
                        self.shared.path.send_replace(false);
                        self.tell(PeerEvent::Disconnected);
                    } else if !left.is_empty() && left.iter().all(|address| network.had(address)) {
                        // It is back before anybody looked for another path.
                        left.clear();
                        up = true;
                        self.shared.path.send_replace(true);
                        self.shared.happened(Happening::Back);
                    }
                    continue;
                }
            };
            if matches!(happening, Some(Happening::State(_))) {
                left.clear();
            }
            match happening {
                Some(Happening::State(RTCPeerConnectionState::Connected)) => up = true,
                Some(Happening::Back) => {}
                Some(Happening::State(RTCPeerConnectionState::Disconnected)) => {
                    (up, announced) = (false, None);
                    self.tell(PeerEvent::Disconnected);
                }
                Some(Happening::State(RTCPeerConnectionState::Failed)) => {
                    (up, announced) = (false, None);
                    self.tell(PeerEvent::Failed);
                }
                Some(Happening::State(RTCPeerConnectionState::Closed) | Happening::ChannelClosed) | None => return,
                // A restart of ICE, at this end's wish or the other's: what comes of it is told, noticed loss or not.
                Some(Happening::State(RTCPeerConnectionState::Connecting)) => (up, announced) = (false, None),
                Some(Happening::State(_)) => {}
                Some(Happening::Opened) => open += 1,
                Some(Happening::Violation(code)) => {
                    tracing::warn!(?code, "the other end broke the protocol; closing the connection");
                    self.tell(PeerEvent::Violation { code });
                    // The owner says why and closes; if it does not, this does.
                    sleep(2 * LAST_WORDS).await;
                    return;
                }
            }
            if up && open == self.shared.sharer.channels().len() && announced.is_none() {
                let path = self.measure().await.path;
                announced = Some(path);
                self.tell(PeerEvent::Connected { path });
                measure.reset();
            }
        }
    }

    fn tell(&self, event: PeerEvent) {
        // The reader may be gone, which is all the same.
        let _ = self.states.send(event);
    }

    /// Whether the path in use began at one of these addresses, as far as that can be told.
    async fn stands_on(&self, gone: &BTreeSet<IpAddr>, before: &Network) -> bool {
        let report = self.connection.get_stats(Instant::now(), StatsSelector::None).await;
        let pair = report.candidate_pairs().find(|pair| pair.stats.id == selected(&report));
        let Some(local) = pair.and_then(|pair| own_candidate(&report, &pair.local_candidate_id)) else { return true };
        // Behind a NAT the candidate's own address is the router's.
        let own = local
            .into_iter()
            .filter_map(|address| address.parse::<IpAddr>().ok())
            .find(|address| address.is_loopback() || before.had(address));
        own.is_none_or(|address| gone.contains(&address))
    }

    /// How the other end reaches the relay, as its last description says.
    async fn their_carrier(&self) -> Option<Carrier> {
        let description = self.connection.remote_description().await?;
        let addresses = description.sdp.lines().filter_map(|line| {
            let mut words = line.strip_prefix("a=candidate:")?.split(' ');
            Carrier::of(words.nth(4)?.parse().ok()?)
        });
        addresses.max()
    }

    async fn measure(&self) -> PeerStats {
        let report = self.connection.get_stats(Instant::now(), StatsSelector::None).await;
        let (bytes_sent, bytes_received) =
            report.transport().map_or((0, 0), |transport| (transport.bytes_sent, transport.bytes_received));
        let pair = report.candidate_pairs().find(|pair| pair.stats.id == selected(&report));
        let rtt = pair
            .map(|pair| pair.current_round_trip_time)
            .filter(|seconds| *seconds > 0.0)
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let own = pair
            .and_then(|pair| own_candidate(&report, &pair.local_candidate_id))
            .and_then(|[address, _]| Carrier::of(address.parse().ok()?));
        // Who goes through the relay meets the other end there, which has one way to it at a time.
        let path = match own {
            None => PathKind::Direct,
            Some(own) => match self.their_carrier().await.map_or(own, |theirs| own.max(theirs)) {
                Carrier::Udp => PathKind::TurnUdp,
                Carrier::Tls => PathKind::RelayTls,
            },
        };
        let estimate =
            self.path.as_ref().map(|path| path.estimate(Instant::now())).filter(|estimate| estimate.measured);
        PeerStats {
            rtt,
            bandwidth_bps: estimate.map(Estimate::whole_bits),
            bytes_sent,
            bytes_received,
            packets_lost: self.lost.load(Ordering::Relaxed),
            path,
        }
    }
}

/// Id of the pair by which everything goes now. Earlier ones, as of before a restart of ICE, stay in the report.
fn selected(report: &RTCStatsReport) -> &str {
    report.transport().map_or("", |transport| transport.selected_candidate_pair_id.as_str())
}

/// Address and related address of a pair's own candidate. The report names a candidate by its id and what it is.
fn own_candidate<'report>(report: &'report RTCStatsReport, id: &str) -> Option<[&'report str; 2]> {
    report.iter().find_map(|entry| match entry {
        RTCStatsReportEntry::LocalCandidate(candidate) if candidate.stats.id.ends_with(id) => {
            Some([candidate.address.as_deref().unwrap_or_default(), candidate.related_address.as_str()])
        }
        _ => None,
    })
}
