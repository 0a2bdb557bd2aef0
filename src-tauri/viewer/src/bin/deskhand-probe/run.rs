//! One call, from joining the relay to the report.

use std::{
    fs,
    io::{self, Write as _},
    path::Path,
    sync::{Arc, mpsc::Sender},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use deskhand_link::{
    detour::Ways,
    entropy::Entropy,
    identity::Identity,
    peer::PeerConfig,
    relay::{ConsoleHttp, ConsoleLink, ConsoleLinkEvent, Route},
    tls::Trust,
};
use deskhand_protocol::{
    call::{
        input::{InputEvent, KeyUsage, Locks, Modifiers},
        signal::{Ask, Introduction, Seat},
    },
    capability::WORKING,
    code::Invitation,
    id::SessionId,
    key::Nonce,
    limit,
    record::{EndReason, TechnicianRecord},
    relay::{
        console_socket::{ConsoleToRelay, RelayToConsole},
        http::{InvitationKind, NewInvitation, NewSession},
    },
    text::Name,
};
use deskhand_viewer::{
    call::{Call, CallConfig, CallEvent, Presence},
    state::CallState,
};
use serde_json::{Value, json};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinSet,
    time::timeout,
};

use crate::{
    eye::{self, EyeEvent, Moment, Sight},
    options::{CallOptions, Command, Options},
    orders::{self, Hands, Order},
    report::Report,
};

pub(crate) async fn run(options: Options) -> Result<()> {
    let identity = Arc::new(identity(&options.data)?);
    let pin = options.pin();
    let trust = pin.map_or(Trust::System, |pin| Trust::Pinned(vec![pin]));
    let http = ConsoleHttp::new(Route { address: options.relay.clone(), trust }, Arc::clone(&identity))?;
    let technician = match &options.setup {
        Some(token) => http.set_up(&token.token, Name::lossy("Probe"), Name::lossy("Deskhand")).await,
        None => http.sign_in().await,
    };
    let technician = technician.context("joining the relay")?.technician;
    let Command::Call(call) = &options.command;
    let mut probe = Probe::begin(&options, call, identity, http, technician).await?;
    let report = probe.watch(call).await;
    probe.end().await;
    let report = report?;
    let text = serde_json::to_string_pretty(&report)?;
    match &call.json {
        Some(path) => fs::write(path, text).with_context(|| format!("writing {}", path.display()))?,
        None => writeln!(io::stdout(), "{text}")?,
    }
    Ok(())
}

struct Probe {
    session: SessionId,
    ways: Ways,
    http: ConsoleHttp,
    link: ConsoleLink,
    relay_events: mpsc::Receiver<ConsoleLinkEvent>,
    call: Arc<Call>,
    call_events: mpsc::UnboundedReceiver<CallEvent>,
    hands: Hands,
    eye: Sender<Sight>,
    eye_events: mpsc::UnboundedReceiver<EyeEvent>,
    /// The helper's presence as it was passed on last: only a change is.
    presence: Presence,
    /// What was told of the session's line in the relay's list.
    listed: Value,
    /// Questions to the relay about it.
    asked: JoinSet<Option<Presence>>,
}

impl Probe {
    async fn begin(
        options: &Options,
        call: &CallOptions,
        identity: Arc<Identity>,
        http: ConsoleHttp,
        technician: TechnicianRecord,
    ) -> Result<Self> {
        let (link, mut relay_events) = ConsoleLink::open(http.clone())?;
        let connected = async {
            while let Some(event) = relay_events.recv().await {
                match event {
                    ConsoleLinkEvent::Connected => return Ok(()),
                    ConsoleLinkEvent::Stopped { reason } => bail!("the relay: {reason}"),
                    _ => {}
                }
            }
            bail!("the link to the relay has ended")
        };
        timeout(Duration::from_secs(20), connected).await.context("connecting to the relay")??;

        let mut entropy = Entropy::from_system()?;
        let (session, spoken, link_secret) = match (call.session, &call.code) {
            (Some(session), Some(code)) => (session, code.clone(), None),
            _ => {
                let spoken = Invitation::spoken(entropy.array());
                let link = Invitation::link(entropy.array(), entropy.array());
                let announce = |kind, invitation: &Invitation, life: Duration| NewInvitation {
                    kind,
                    finder: invitation.finder.digest(),
                    life_ms: u64::try_from(life.as_millis()).unwrap_or(u64::MAX),
                };
                let new = NewSession {
                    customer: Name::new(call.customer.as_str())?,
                    machine: None,
                    invitations: vec![
                        announce(InvitationKind::Spoken, &spoken, limit::SPOKEN_CODE_LIFE),
                        announce(InvitationKind::Link, &link, limit::PACKAGE_LIFE_DEFAULT),
                    ],
                };
                let session = http.create_session(&new).await.context("making a session")?.id;
                tell(&json!({
                    "event": "session",
                    "session": session,
                    "code": spoken.to_spoken(),
                    "call": format!("{} {}", options.relay.authority(), spoken.to_spoken()),
                    "link": link.to_link(&options.relay),
                }))?;
                (session, spoken, Some(link.secret.clone()))
            }
        };
        let ways = Ways::default();
        let config = CallConfig {
            session,
            identity,
            introduction: Introduction {
                name: technician.name,
                company: technician.company,
                relay_pins: options.pin().into_iter().collect(),
                certificate: None,
                seat: Seat::Desktop,
            },
            spoken: Some(spoken.secret.clone()),
            link: link_secret,
            pinned: None,
            failures: 0,
            peer: PeerConfig { ways: ways.clone(), ..PeerConfig::default() },
        };
        let (told, call_events) = mpsc::unbounded_channel();
        let (shown, eye_events) = mpsc::unbounded_channel();
        let eye = eye::open(shown);
        let pictures = eye.clone();
        // Pictures go straight to where they are decoded: a detour would be age.
        let call = Call::start(config, move |event| match event {
            CallEvent::Frame(frame) => drop(pictures.send(Sight::Frame(frame, Moment::now()))),
            CallEvent::Tiles(message) => drop(pictures.send(Sight::Tiles(message, Moment::now()))),
            CallEvent::Begun => drop(pictures.send(Sight::Begun)),
            event => drop(told.send(event)),
        })?;
        let call = Arc::new(call);
        let hands = Hands::new(Arc::clone(&call));
        // The helper may be there already.
        let presence = presence_of(http.session(session).await.context("reading the session")?.helper_online);
        call.helper(presence);
        Ok(Self {
            session,
            ways,
            http,
            link,
            relay_events,
            call,
            call_events,
            hands,
            eye,
            eye_events,
            presence,
            listed: Value::Null,
            asked: JoinSet::new(),
        })
    }

    /// Carries the call until it has been watched long enough, or was told to end.
    async fn watch(&mut self, options: &CallOptions) -> Result<Report> {
        let mut watching = Watching::default();
        let give_up = Instant::now() + Duration::from_secs(options.wait_seconds);
        let view = Duration::from_secs(options.view_seconds);
        let mut orders = options.orders.then(orders::read);
        let mut at_work = JoinSet::new();
        let mut tells_pictures = false;
        loop {
            let deadline = watching.live.map_or(give_up, |live| live + view);
            tokio::select! {
                () = tokio::time::sleep_until(deadline.into()), if !(options.orders && watching.live.is_some()) => {
                    match watching.live {
                        Some(live) => return self.report(watching, live).await,
                        None => bail!("nobody shared a screen within {} s", options.wait_seconds),
                    }
                }
                order = next_order(&mut orders) => match order.transpose()? {
                    Some(Order::End) | None => return self.report(watching, Instant::now()).await,
                    Some(Order::Pictures) => tells_pictures = true,
                    Some(order) => {
                        at_work.spawn(orders::carry_out(order, self.hands.clone(), self.eye.clone()));
                    }
                },
                Some(done) = at_work.join_next() => match done? {
                    Ok(answer) => tell(&answer)?,
                    Err(error) => tell(&json!({ "event": "problem", "what": format!("{error:#}") }))?,
                },
                Some(answer) = self.asked.join_next() => {
                    if let Some(presence) = answer? {
                        self.helper_is(presence);
                    }
                }
                event = self.relay_events.recv() => self.relay(event.context("the link to the relay has ended")?)?,
                event = self.call_events.recv() => {
                    self.event(event.context("the call has ended")?, options, &mut watching).await?;
                }
                Some(event) = self.eye_events.recv() => match event {
                    EyeEvent::Lost => self.call.need_key_frame(None),
                    EyeEvent::Shown(at) => {
                        if watching.shown(at)? {
                            self.type_all(options);
                        }
                        if tells_pictures {
                            tell(&json!({ "event": "picture", "at_us": at.unix_us }))?;
                        }
                    }
                }
            }
        }
    }

    async fn report(&self, mut watching: Watching, live: Instant) -> Result<Report> {
        let (answer, totals) = oneshot::channel();
        self.eye.send(Sight::Totals(answer)).ok().context("the decoder has ended")?;
        let totals = totals.await?;
        let report = &mut watching.report;
        (report.frames, report.decoded, report.video_bytes) = (totals.frames, totals.decoded, totals.video_bytes);
        (report.width, report.height) = totals.size;
        (report.tile_messages, report.tile_bytes) = (totals.tile_messages, totals.tile_bytes);
        (report.exact_cells, report.cells) = totals.exact;
        report.viewed_ms = live.elapsed().as_secs_f64() * 1000.0;
        report.decode_ms = totals.decode_ms / f64::from(totals.decoded.max(1));
        Ok(watching.report)
    }

    /// Passes the helper's presence on when it is new, as the console does.
    fn helper_is(&mut self, presence: Presence) {
        if self.presence != presence {
            self.presence = presence;
            self.call.helper(presence);
        }
    }

    fn relay(&mut self, event: ConsoleLinkEvent) -> Result<()> {
        match event {
            ConsoleLinkEvent::Message(RelayToConsole::SessionChanged { session }) if session.id == self.session => {
                let listed = json!({"event": "listed", "status": session.status, "helper_online": session.helper_online,
                    "os": session.os});
                if self.listed != listed {
                    tell(&listed)?;
                    self.listed = listed;
                }
                self.helper_is(presence_of(session.helper_online));
            }
            // A helper that is still there is told of when the relay is back; a call that stands goes on.
            ConsoleLinkEvent::Disconnected { .. } => self.helper_is(Presence::Away),
            ConsoleLinkEvent::Connected => {
                let (http, session) = (self.http.clone(), self.session);
                self.asked.spawn(async move { Some(presence_of(http.session(session).await.ok()?.helper_online)) });
            }
            ConsoleLinkEvent::Message(RelayToConsole::Signal { session, signal }) if session == self.session => {
                self.call.signal(signal);
            }
            ConsoleLinkEvent::Message(RelayToConsole::Detour { session, detour }) if session == self.session => {
                self.ways.learn(self.http.route().clone(), detour);
            }
            ConsoleLinkEvent::Stopped { reason } => bail!("the relay: {reason}"),
            _ => {}
        }
        Ok(())
    }

    async fn event(&self, event: CallEvent, options: &CallOptions, watching: &mut Watching) -> Result<()> {
        let session = self.session;
        match event {
            CallEvent::Signal(signal) => {
                // What begins anew by itself once the relay is back.
                let _ = self.link.send(&ConsoleToRelay::Signal { session, signal });
            }
            CallEvent::Report(report) => {
                // For the record only; a relay that is away hears of it from the other end.
                let _ = self.link.send(&ConsoleToRelay::Report { session, report });
            }
            CallEvent::NeedsRelay => self.link.doubt(),
            CallEvent::Stats(stats) => {
                if options.orders {
                    tell(&json!({ "event": "stats", "stats": stats }))?;
                }
                watching.report.seconds.push(stats);
            }
            CallEvent::State(state) => {
                tell(&json!({ "event": "call", "call": state }))?;
                match state {
                    CallState::Known { .. } => {
                        let codecs = options.codecs.iter().map(|codec| (*codec).into()).collect();
                        self.call.connect(Ask { capabilities: WORKING.to_vec(), codecs }).await?;
                    }
                    CallState::Connecting => watching.agreed = Some(Instant::now()),
                    CallState::Live { codec, path, .. } => {
                        watching.live.get_or_insert_with(Instant::now);
                        (watching.report.codec, watching.report.path) = (Some(codec), path);
                    }
                    CallState::Declined { reason } => bail!("the customer declined: {reason:?}"),
                    CallState::Refused { reason } => bail!("the handshake failed: {reason:?}"),
                    CallState::Over { reason } => bail!("the session is over: {reason:?}"),
                    _ => {}
                }
            }
            CallEvent::Frame(_)
            | CallEvent::Tiles(_)
            | CallEvent::Cursor(_)
            | CallEvent::Begun
            | CallEvent::Clipboard(_)
            | CallEvent::Machine(_)
            | CallEvent::Room(_)
            | CallEvent::Pinned(_)
            | CallEvent::WrongCode { .. } => {}
        }
        Ok(())
    }

    fn type_all(&self, options: &CallOptions) {
        let text = options.text.clone().into_iter().map(|text| InputEvent::Text { text });
        let keys = options.keys.iter().flat_map(|usage| {
            let key = KeyUsage(*usage);
            let (modifiers, locks) = (Modifiers::default(), Locks::default());
            [InputEvent::KeyDown { key, modifiers, locks, text: String::new() }, InputEvent::KeyUp { key }]
        });
        for event in text.chain(keys) {
            self.hands.send(event);
        }
    }

    async fn end(self) {
        self.call.end(EndReason::TechnicianEnded).await;
        let mut events = self.call_events;
        while let Ok(event) = events.try_recv() {
            if let CallEvent::Signal(signal) = event {
                let _ = self.link.send(&ConsoleToRelay::Signal { session: self.session, signal });
            }
        }
        if let Err(error) = self.http.end_session(self.session).await {
            tracing::warn!(%error, "the relay does not know that the session is over");
        }
        self.link.close().await;
    }
}

const fn presence_of(online: bool) -> Presence {
    if online { Presence::Here } else { Presence::Away }
}

/// The next order; never one when none are taken.
async fn next_order(orders: &mut Option<mpsc::UnboundedReceiver<Result<Order>>>) -> Option<Result<Order>> {
    match orders {
        Some(orders) => orders.recv().await,
        None => std::future::pending().await,
    }
}

#[derive(Default)]
struct Watching {
    report: Report,
    agreed: Option<Instant>,
    live: Option<Instant>,
}

impl Watching {
    /// Takes note of a picture; true for the first.
    fn shown(&mut self, at: Moment) -> Result<bool> {
        if self.report.first_frame_ms.is_some() {
            return Ok(false);
        }
        let since = self.agreed.unwrap_or(at.instant);
        self.report.first_frame_ms = Some(at.instant.saturating_duration_since(since).as_secs_f64() * 1000.0);
        tell(&json!({ "event": "first_picture", "at_us": at.unix_us }))?;
        Ok(true)
    }
}

fn tell(value: &Value) -> Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{value}")?;
    Ok(out.flush()?)
}

/// The technician's key, made at the first run.
fn identity(folder: &Path) -> Result<Identity> {
    let path = folder.join("probe.key");
    if path.exists() {
        let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        let seed: Nonce = text.trim().parse().with_context(|| format!("{} is damaged", path.display()))?;
        return Ok(Identity::from_seed(seed.as_bytes()));
    }
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    let identity = Identity::from_system()?;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(&path).with_context(|| format!("making {}", path.display()))?;
    file.write_all(Nonce(*identity.seed()).to_string().as_bytes())?;
    Ok(identity)
}
