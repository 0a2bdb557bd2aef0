//! One call, from the relay to the end: carries out what the session decides, and shows the customer where it stands.
//!
//! One task owns everything; what may take long (finding network paths, sending, injecting) has a task or thread of
//! its own that ends with the call. Customer's actions are looked at before anything that came from outside.

use std::{
    collections::VecDeque,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::{Duration, Instant},
};

use deskhand_link::{
    company::Judge,
    detour::Ways,
    entropy::Entropy,
    handshake::{HelperHandshake, HelperOutput, HelperParameters, Question, write_signal},
    peer::{Peer, PeerConfig, PeerError, PeerEvent, PeerEvents},
    relay::{HelperLink, HelperLinkEvent, HelperLinkParameters, Lost, Route, Stop},
    tls::Certificate,
};
use deskhand_picture::Output;
use deskhand_protocol::{
    UnixMillis,
    call::{
        channel::Channel,
        control::{ToConsole, ToHelper, VideoCodec},
        input::{InputEvent, InputMessage},
        point::PointEvent,
        quick::{Deed, Outcome, SystemFacts},
        signal::{DeclineReason, RefuseReason},
    },
    capability::{Capabilities, Capability},
    company::Certified,
    error::{ErrorCode, WireError},
    id::{MessageId, SessionId},
    limit::{CAPABILITIES, CONSENT_TIMEOUT},
    record::EndReason,
    relay::{
        Report,
        helper_socket::{HelperToRelay, RelayToHelper},
    },
    text::ChatText,
};
use deskhand_session::{Answer, Command, Event, Kind, NotGranted, Phase, QuestionId, Return, Session, Technician};
use tokio::{
    sync::{
        mpsc::{self, UnboundedSender},
        watch,
    },
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    bar::Connection,
    clock::AwakeAndAsleep,
    front::Front,
    machine::{Machine, pasted_files},
    memory,
    point::Pointing,
    start::{Call, today},
    view::{Action, ChatLine, Problem, QuestionKind, QuestionView, Stage, TechnicianView, View, WaitsFor},
};

mod clip_files;
mod clipboard;
mod codecs;
mod commands;
mod events;
mod files;
mod hands;
mod hearing;
mod quick;
mod share;
mod views;

use hands::{Full, HandsThread, Told};
use hearing::{Breach, Heard};
use quick::Quick;
use share::{Broken, Share};
use views::{Delivered, NotShown};

/// How often the time is looked at when nothing is due: the machine may have slept past the end of a grant.
const LOOK: Duration = Duration::from_secs(5);
/// How often a lost path is looked for anew. Gathering and a round trip through the relay fit into it.
const RESTART_PAUSE: Duration = Duration::from_secs(5);
/// The shortest time between two offers of another path: whoever answers the first needs it.
const RESTART_AGAIN: Duration = Duration::from_secs(2);
/// How long a goodbye may take to leave: two round trips on a bad line.
const GOODBYE: Duration = Duration::from_secs(2);

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// It never came to a session, or the customer left it before letting anyone in.
    Field(Option<Problem>),
    /// The session is over.
    Ended(EndReason),
    /// The program is to stop.
    Stopped,
}

/// What came of the work that runs beside.
enum Done {
    Offered(Result<(Peer, PeerEvents, String), PeerError>),
    Restarted(Result<String, PeerError>),
    Accepted(Result<(), PeerError>),
    Did(Deed, Outcome),
    Looked,
    Learnt(Box<SystemFacts>),
}

struct Running<'front> {
    front: &'front mut Front,
    view: View,
    call: Call,
    machine: Machine,
    link: HelperLink,
    entropy: Entropy,
    session: Arc<RwLock<Session>>,
    clock: AwakeAndAsleep,
    id: Option<SessionId>,
    handshake: Option<HelperHandshake>,
    certificate: Option<Certificate>,
    /// The way to the relay that was met last.
    route: Option<Route>,
    /// How the technician is reached through the relay.
    ways: Ways,
    /// The technician's latest question and what his viewer decodes.
    asked: Option<(Question, Vec<VideoCodec>)>,
    /// The question whose offer is being made.
    question: Option<Question>,
    share: Option<Share>,
    hands: HandsThread,
    pointing: Pointing,
    quick: Quick,
    /// What of the disk is open, for every connection of this call.
    opened: Arc<files::Opened>,
    outputs: UnboundedSender<Delivered>,
    clipboard_told: UnboundedSender<clipboard::Told>,
    /// What was asked for on a channel of its own and is not granted.
    attempts: UnboundedSender<Capability>,
    /// Work beside, with the number of the connection it is for.
    work: JoinSet<(u32, Done)>,
    /// Connections that are being closed in order.
    farewells: JoinSet<()>,
    /// Counts connections.
    attempt: u32,
    restart_at: Option<Instant>,
    /// When another path was looked for last.
    restarted: Option<Instant>,
    /// Whether the technician has been connected before.
    was_live: bool,
    problem: Option<Problem>,
    /// Whether the relay is connected and knows the session.
    relay_up: bool,
    /// Whether the technician has done anything since the session was told last.
    active: bool,
    /// What must reach the relay and has not left yet.
    unsent: VecDeque<Report>,
    lost: Option<Lost>,
    relay_ended: bool,
    stopping: bool,
    over: Option<Over>,
}

/// Runs one call.
///
/// # Errors
///
/// When the system gives no randomness or no thread.
pub async fn run(call: Call, machine: Machine, front: &mut Front, stop: &CancellationToken) -> anyhow::Result<Over> {
    codecs::find_out();
    let entropy = Entropy::from_system()?;
    let (link, mut news) = HelperLink::open(HelperLinkParameters {
        routes: call.routes.clone(),
        identity: Arc::clone(&machine.identity),
        facts: machine.facts.clone(),
        finder: call.finder.clone(),
        session: None,
    })?;
    let (told, mut tellings) = mpsc::unbounded_channel();
    let (outputs, mut delivered) = mpsc::unbounded_channel();
    let (clipboard_told, mut copied) = mpsc::unbounded_channel();
    let (attempts, mut attempted) = mpsc::unbounded_channel();
    let tellers = Tellers { told, outputs, clipboard_told, attempts };
    let mut running = Running::new(call, machine, front, link, entropy, tellers)?;
    running.settle();
    while running.over.is_none() {
        let deadline = running.deadline();
        let broken = running.share.as_ref().map(Share::files_broken);
        tokio::select! {
            biased;
            () = stop.cancelled() => running.stop(),
            action = running.front.actions.recv() => running.acted(action.unwrap_or(Action::End)),
            Some(told) = tellings.recv() => running.hands_told(told),
            Some(told) = copied.recv() => running.clipboard_told(told),
            Some(capability) = attempted.recv() => running.tell(Event::Attempted(capability)),
            breach = next_breach(broken) => running.dismiss(breach),
            event = next_peer_event(&mut running.share) => running.peer_event(event),
            Some(event) = news.recv() => running.relay_event(event),
            Some(done) = running.work.join_next() => match done {
                Ok((attempt, done)) if attempt == running.attempt => running.done(done),
                Err(error) if error.is_panic() => tracing::error!(%error, "work beside the call broke"),
                // Of a connection that is gone.
                Ok(_) | Err(_) => {}
            },
            Some(_) = running.farewells.join_next() => {}
            Some(output) = delivered.recv() => running.deliver(output),
            () = tokio::time::sleep_until(deadline.into()) => running.tick(),
        }
        running.settle();
    }
    let over = running.over.unwrap_or(Over::Stopped);
    running.part(None);
    running.drop_share();
    if running.must_say_goodbye() {
        // The relay answers a reported end with its own; more than that need not be waited for.
        let answered = async {
            while !running.relay_ended
                && let Some(event) = news.recv().await
            {
                running.relay_event(event);
            }
        };
        drop(tokio::time::timeout(GOODBYE, answered).await);
    }
    while running.farewells.join_next().await.is_some() {}
    running.link.close().await;
    Ok(over)
}

/// Never comes while there is no connection.
async fn next_peer_event(share: &mut Option<Share>) -> PeerEvent {
    match share {
        Some(share) => share.events.next().await.unwrap_or(PeerEvent::Closed),
        None => std::future::pending().await,
    }
}

/// Never comes while the technician keeps to the rules of the `files` channel.
async fn next_breach(broken: Option<watch::Receiver<Option<Breach>>>) -> Breach {
    if let Some(mut broken) = broken
        && let Ok(Some(breach)) = broken.wait_for(Option::is_some).await.map(|breach| *breach)
    {
        return breach;
    }
    std::future::pending().await
}

/// Takes the session to ask it. A panic elsewhere does not make it wrong: each change is complete or not made.
fn read(session: &RwLock<Session>) -> RwLockReadGuard<'_, Session> {
    session.read().unwrap_or_else(PoisonError::into_inner)
}

fn write(session: &RwLock<Session>) -> RwLockWriteGuard<'_, Session> {
    session.write().unwrap_or_else(PoisonError::into_inner)
}

/// Whether something was tried that the customer has not given. What he only holds back, or what stops by itself, an
/// honest end tries again until it goes on.
const fn is_attempt(why: NotGranted) -> bool {
    matches!(why, NotGranted::NotGranted)
}

/// By which the parts of a call tell of what happens to them.
struct Tellers {
    told: UnboundedSender<Told>,
    outputs: UnboundedSender<Delivered>,
    clipboard_told: UnboundedSender<clipboard::Told>,
    attempts: UnboundedSender<Capability>,
}

impl<'front> Running<'front> {
    fn new(
        call: Call,
        machine: Machine,
        front: &'front mut Front,
        link: HelperLink,
        entropy: Entropy,
        tellers: Tellers,
    ) -> anyhow::Result<Self> {
        let Tellers { told, outputs, clipboard_told, attempts } = tellers;
        let clock = AwakeAndAsleep::begin();
        let session = Arc::new(RwLock::new(Session::new(machine.policy.clone(), clock.now())));
        let hands = HandsThread::start(Arc::clone(&session), told)?;
        let (name, company) =
            call.technician.as_ref().map(|named| (named.name.clone(), named.company.clone())).unwrap_or_default();
        let mut view = View::new(Stage::Calling);
        view.brand.clone_from(&call.brand);
        view.message.clone_from(&call.message);
        view.language = call.language;
        view.technician = Some(TechnicianView {
            name,
            company,
            relay: call.relay(),
            online: true,
            words: Vec::new(),
            words_match: false,
            remembered: false,
            company_checked: false,
        });
        let opened = files::Opened::with_copied(pasted_files(&machine.folder));
        Ok(Self {
            front,
            view,
            call,
            machine,
            link,
            entropy,
            session,
            clock,
            id: None,
            handshake: None,
            certificate: None,
            route: None,
            ways: Ways::default(),
            asked: None,
            question: None,
            share: None,
            hands,
            pointing: Pointing::start()?,
            quick: Quick::default(),
            opened: Arc::new(opened),
            outputs,
            clipboard_told,
            attempts,
            work: JoinSet::new(),
            farewells: JoinSet::new(),
            attempt: 0,
            restart_at: None,
            restarted: None,
            was_live: false,
            problem: None,
            relay_up: false,
            active: false,
            unsent: VecDeque::new(),
            lost: None,
            relay_ended: false,
            stopping: false,
            over: None,
        })
    }

    /// When something is due.
    fn deadline(&self) -> Instant {
        let session = read(&self.session).next_deadline().map(|at| self.clock.steady(at));
        let handshake = self.handshake.as_ref().and_then(HelperHandshake::deadline);
        let look = Instant::now() + LOOK;
        [session, handshake, self.restart_at].into_iter().flatten().min().unwrap_or(look).min(look)
    }

    fn tick(&mut self) {
        let now = Instant::now();
        if std::mem::take(&mut self.active) {
            self.tell(Event::Active);
        }
        self.tell(Event::Tick);
        if let Some(handshake) = &mut self.handshake {
            handshake.handle_timeout(now);
        }
        if self.restart_at.is_some_and(|at| at <= now) {
            self.restart();
        }
        if self.quick.waits_in_vain(now) {
            self.stay();
        }
    }

    fn tell(&self, event: Event) {
        write(&self.session).handle(event, self.clock.now());
    }

    fn phase(&self) -> Phase {
        read(&self.session).phase()
    }

    fn granted(&self) -> Capabilities {
        read(&self.session).granted()
    }

    /// Carries out everything that the last event caused, and shows the result.
    fn settle(&mut self) {
        loop {
            if let Some(output) = self.handshake.as_mut().and_then(HelperHandshake::poll) {
                self.handshake_output(output);
                continue;
            }
            let command = write(&self.session).poll();
            match command {
                Some(command) => self.carry_out(command),
                None => break,
            }
        }
        self.show();
    }

    /// What a lost connection waits for.
    fn waits_for(&self) -> WaitsFor {
        if !self.relay_up {
            WaitsFor::Network
        } else if self.technician_is_here() {
            WaitsFor::Path
        } else {
            WaitsFor::Technician
        }
    }

    /// Whether his console is connected to the relay, as the relay says.
    fn technician_is_here(&self) -> bool {
        self.view.technician.as_ref().is_some_and(|technician| technician.online)
    }

    /// Brings window and bar up to date.
    fn show(&mut self) {
        let phase = self.phase();
        self.view.stage = match (phase, self.view.question.is_some()) {
            (Phase::Ended(reason), _) => Stage::Ended { reason },
            (_, true) => Stage::Asking,
            (Phase::Live, false) => Stage::Live,
            (Phase::Granted, false) if self.was_live => Stage::Away,
            (Phase::Granted, false) => Stage::Connecting,
            (Phase::Known, false) => Stage::Known,
            (Phase::Waiting, false) if self.id.is_some() => Stage::Waiting,
            (Phase::Waiting, false) => Stage::Calling,
        };
        // While the technician is connected the relay is not needed, and its absence nobody's trouble.
        self.view.problem = match self.lost {
            _ if matches!(phase, Phase::Ended(_)) => None,
            Some(Lost::Certificate) if phase != Phase::Live => Some(Problem::WrongRelay),
            // What is waited for says it already.
            Some(_) if phase != Phase::Live && self.view.stage != Stage::Away => Some(Problem::NoRelay),
            _ => self.problem,
        };
        self.view.waits_for = (self.view.stage == Stage::Away).then(|| self.waits_for());
        self.view.granted = self.granted();
        let standing = read(&self.session).standing();
        self.view.held.clone_from(&standing.held);
        self.view.stopped = standing.stopped;
        self.view.may_return = standing.returns == Return::Free;
        let files = |capability: &Capability| matches!(capability, Capability::FilesIn | Capability::FilesOut);
        let asked = self.view.question.as_ref().map(|question| &question.asked);
        let files = asked.into_iter().flatten().chain(&self.view.granted).any(files);
        self.view.files = files.then(|| self.opened.view());
        self.view.can_chat = self.id.is_some() && !matches!(phase, Phase::Ended(_));
        let connection = match self.view.stage {
            Stage::Away => Connection::Lost,
            Stage::Connecting => Connection::Coming,
            _ if phase == Phase::Live => Connection::Up,
            _ => Connection::Lost,
        };
        let who = self.view.technician.clone();
        let elevated = self.problem == Some(Problem::Elevated);
        self.front.change_bar(|bar| {
            bar.connection = connection;
            bar.elevated = elevated;
            bar.standing = standing;
            if let Some(who) = who {
                bar.who = who;
            }
        });
        self.front.show(&self.view);
    }
}
