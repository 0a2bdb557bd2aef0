//! One call, from the relay to the end: carries out what the session decides, and shows the customer where it stands.
//!
//! One task owns everything; what may take long (finding network paths, sending, injecting) has a task or thread of
//! its own that ends with the call. Customer's actions are looked at before anything that came from outside.

use std::{
    collections::{BTreeMap, VecDeque},
    pin::Pin,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::{Duration, Instant},
};

use deskhand_capture::{CaptureError, Prepared};
use deskhand_link::{
    company::Judge,
    detour::Ways,
    entropy::Entropy,
    handshake::{HelperHandshake, HelperOutput, HelperParameters, KnownSecret, Question, write_signal},
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
        room::{Invited, PointedAt, RoomAct, RoomNews, Who},
        signal::{DeclineReason, RefuseReason},
    },
    capability::{Capabilities, Capability},
    code::{Finder, Secret},
    company::Certified,
    error::{ErrorCode, WireError},
    id::{CertificateId, MessageId, SessionId},
    limit::{CAPABILITIES, CONSENT_TIMEOUT, INVITATION_LIFE, POINTER_TOLD},
    record::EndReason,
    relay::{
        Report,
        helper_socket::{HelperToRelay, RelayToHelper},
    },
    text::{ChatText, Name},
};
use deskhand_session::{
    Answer, Command, Event, Kind, NotGranted, NotInvited, Phase, QuestionId, Return, Room, Technician,
};
use tokio::{
    sync::{
        mpsc::{self, UnboundedSender},
        watch,
    },
    task::{AbortHandle, JoinSet},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    asking::Desk,
    bar::Connection,
    clock::AwakeAndAsleep,
    front::Front,
    machine::{Machine, pasted_files},
    memory,
    point::Pointing,
    start::{Call, Source, today},
    view::{
        Action, AttentionView, ChatLine, Problem, QuestionKind, QuestionView, Stage, TechnicianView, View, WaitsFor,
    },
};

mod attention;
mod classes;
mod clip_files;
mod clipboard;
mod codecs;
mod commands;
mod events;
mod feeds;
mod files;
mod hands;
mod hearing;
mod ours;
mod outbox;
mod party;
mod quick;
mod reading;
mod share;
mod views;

use hands::{Full, HandsThread, Told};
use hearing::{Breach, Heard};
use ours::{Ours, Teller};
use party::{Invitation, Party};
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
    /// What the system itself asked before the screen is shown.
    Prepared(Result<Prepared, CaptureError>),
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
    session: Arc<RwLock<Room>>,
    clock: AwakeAndAsleep,
    certificate: Option<Certificate>,
    /// The way to the relay that was met last.
    route: Option<Route>,
    /// Everyone who is, was or is to be in the call. The first one stays.
    parties: BTreeMap<Who, Party>,
    /// How many invited technicians' sessions the relay did not find.
    not_found: u32,
    /// Of whom the window speaks.
    about: Who,
    hands: HandsThread,
    pointing: Pointing,
    quick: Quick,
    attention: attention::Attention,
    reading: reading::Reading,
    /// What of the disk is open, for every connection of this call.
    opened: Arc<files::Opened>,
    /// What several technicians see the same of is captured and encoded once.
    feeds: feeds::Feeds,
    tellers: Tellers,
    /// Work beside, with the connection it is for.
    work: JoinSet<(Who, u32, Done)>,
    /// Connections that are being closed in order.
    farewells: JoinSet<()>,
    /// Counts connections.
    attempts: u32,
    /// What the screen needs as long as it may be shown.
    prepared: Option<Prepared>,
    problem: Option<Problem>,
    lost: Option<Lost>,
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
    if matches!(call.source, Source::Asked(..)) {
        front.asking.is_answered();
    }
    front.asking.knows(Desk::of_call(&call));
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
    let tellers = Tellers { outputs, clipboard: clipboard_told, attempts };
    let mut running = Running::new(call, machine, front, link, entropy, (told, tellers))?;
    running.settle();
    while running.over.is_none() {
        let deadline = running.deadline();
        let broken = running.broken();
        tokio::select! {
            biased;
            () = stop.cancelled() => running.stop(),
            action = running.front.actions.recv() => running.acted(action.unwrap_or(Action::End)),
            Some((who, told)) = tellings.recv() => running.hands_told(who, told),
            Some((who, told)) = copied.recv() => running.clipboard_told(who, told),
            Some((who, capability)) = attempted.recv() => running.tell(who, Event::Attempted(capability)),
            (who, breach) = next_breach(broken) => running.dismiss(who, breach),
            (who, event) = next_peer_event(&mut running.parties) => running.peer_event(who, event),
            Some(event) = news.recv() => running.relay_event(event),
            Some(done) = running.work.join_next() => match done {
                Ok((who, attempt, done)) if running.is_of_now(who, attempt) => running.done(who, done),
                Err(error) if error.is_panic() => tracing::error!(%error, "work beside the call broke"),
                // Of a connection that is gone.
                Ok(_) | Err(_) => {}
            },
            Some(_) = running.farewells.join_next() => {}
            Some((who, output)) = delivered.recv() => running.deliver(who, output),
            () = tokio::time::sleep_until(deadline.into()) => running.tick(),
        }
        running.settle();
    }
    let over = running.over.unwrap_or(Over::Stopped);
    for who in running.everyone() {
        running.part(who, None);
        running.drop_share(who);
    }
    if running.must_say_goodbye() {
        // The relay answers a reported end with its own; more than that need not be waited for.
        let answered = async {
            while running.must_say_goodbye()
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

/// What is waited for, and of whom.
type Waiting<'a, T> = Vec<(Who, Pin<Box<dyn Future<Output = T> + Send + 'a>>)>;

/// The first of these to come, and whose it is; never comes while there is none.
async fn first_of<T>(mut waiting: Waiting<'_, T>) -> (Who, T) {
    std::future::poll_fn(|context| {
        for (who, one) in &mut waiting {
            if let std::task::Poll::Ready(came) = one.as_mut().poll(context) {
                return std::task::Poll::Ready((*who, came));
            }
        }
        std::task::Poll::Pending
    })
    .await
}

/// Never comes while there is no connection.
async fn next_peer_event(parties: &mut BTreeMap<Who, Party>) -> (Who, PeerEvent) {
    let mut waiting: Waiting<'_, PeerEvent> = Vec::new();
    for (who, party) in parties {
        if let Some(share) = &mut party.share {
            let next = async move { share.events.next().await.unwrap_or(PeerEvent::Closed) };
            waiting.push((*who, Box::pin(next)));
        }
    }
    first_of(waiting).await
}

/// Whether the rules of the `files` channel are kept, by connection.
type FilesBroken = Vec<(Who, watch::Receiver<Option<Breach>>)>;

/// Never comes while the technicians keep to the rules of the `files` channel.
async fn next_breach(broken: FilesBroken) -> (Who, Breach) {
    let mut waiting: Waiting<'_, Breach> = Vec::new();
    for (who, mut broken) in broken {
        let next = async move {
            if let Ok(Some(breach)) = broken.wait_for(Option::is_some).await.map(|breach| *breach) {
                return breach;
            }
            std::future::pending().await
        };
        waiting.push((who, Box::pin(next)));
    }
    first_of(waiting).await
}

/// Takes the session to ask it. A panic elsewhere does not make it wrong: each change is complete or not made.
fn read(session: &RwLock<Room>) -> RwLockReadGuard<'_, Room> {
    session.read().unwrap_or_else(PoisonError::into_inner)
}

fn write(session: &RwLock<Room>) -> RwLockWriteGuard<'_, Room> {
    session.write().unwrap_or_else(PoisonError::into_inner)
}

/// Whether something was tried that the customer has not given. What he only holds back, or what stops by itself, an
/// honest end tries again until it goes on.
const fn is_attempt(why: NotGranted) -> bool {
    matches!(why, NotGranted::NotGranted)
}

/// By which the connections of a call tell of what happens to them.
struct Tellers {
    outputs: UnboundedSender<(Who, Delivered)>,
    clipboard: UnboundedSender<(Who, clipboard::Told)>,
    attempts: UnboundedSender<(Who, Capability)>,
}

impl Tellers {
    fn of(&self, who: Who) -> share::Tellers {
        share::Tellers {
            outputs: Teller::new(who, &self.outputs),
            clipboard: Teller::new(who, &self.clipboard),
            attempts: Teller::new(who, &self.attempts),
        }
    }
}

impl<'front> Running<'front> {
    fn new(
        call: Call,
        machine: Machine,
        front: &'front mut Front,
        link: HelperLink,
        entropy: Entropy,
        (told, tellers): (UnboundedSender<(Who, Told)>, Tellers),
    ) -> anyhow::Result<Self> {
        let clock = AwakeAndAsleep::begin();
        let session = Arc::new(RwLock::new(Room::new(machine.policy.clone(), clock.now())));
        let hands = HandsThread::start(Arc::clone(&session), told)?;
        let (name, company) =
            call.technician.as_ref().map(|named| (named.name.clone(), named.company.clone())).unwrap_or_default();
        let mut view = View::new(Stage::Calling);
        view.brand.clone_from(&call.brand);
        view.message.clone_from(&call.message);
        view.language = call.language;
        let shown = TechnicianView::unknown(name, company, call.relay());
        view.technician = Some(shown.clone());
        let first = Party::new(shown, call.secret.clone(), None);
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
            certificate: None,
            route: None,
            parties: BTreeMap::from([(Who::FIRST, first)]),
            not_found: 0,
            about: Who::FIRST,
            hands,
            pointing: Pointing::start()?,
            quick: Quick::default(),
            attention: attention::Attention::default(),
            reading: reading::Reading::default(),
            opened: Arc::new(opened),
            feeds: feeds::Feeds::default(),
            tellers,
            work: JoinSet::new(),
            farewells: JoinSet::new(),
            attempts: 0,
            prepared: None,
            problem: None,
            lost: None,
            stopping: false,
            over: None,
        })
    }

    fn everyone(&self) -> Vec<Who> {
        self.parties.keys().copied().collect()
    }

    fn first(&self) -> Option<&Party> {
        self.parties.get(&Who::FIRST)
    }

    fn broken(&self) -> FilesBroken {
        self.parties.iter().filter_map(|(who, party)| Some((*who, party.share.as_ref()?.files_broken()))).collect()
    }

    /// Whether work was begun for the connection that stands or is being made.
    fn is_of_now(&self, who: Who, attempt: u32) -> bool {
        self.parties.get(&who).is_some_and(|party| party.attempt == attempt)
    }

    /// When something is due.
    fn deadline(&self) -> Instant {
        let session = read(&self.session).next_deadline().map(|at| self.clock.steady(at));
        let parties = self.parties.values().filter_map(Party::deadline).min();
        let now = Instant::now();
        let look = now + LOOK;
        [session, parties, self.attention.deadline(now)].into_iter().flatten().min().unwrap_or(look).min(look)
    }

    fn tick(&mut self) {
        let now = Instant::now();
        self.tell_all(&Event::Tick);
        for who in self.everyone() {
            let Some(party) = self.parties.get_mut(&who) else { continue };
            let active = std::mem::take(&mut party.active);
            if let Some(handshake) = &mut party.handshake {
                handshake.handle_timeout(now);
            }
            let restarts = party.restart_at.is_some_and(|at| at <= now);
            let in_vain = party.invited.as_ref().and_then(|invited| invited.until).is_some_and(|until| until <= now);
            if active {
                self.tell(who, Event::Active);
            }
            if restarts {
                self.restart(who);
            }
            if in_vain {
                self.uninvite(who, Invited::Gone);
            }
        }
        if self.quick.waits_in_vain(now) {
            self.stay();
        }
    }

    /// Something happened to one technician, or he did something.
    fn tell(&self, who: Who, event: Event) {
        write(&self.session).of(who, event, self.clock.now());
    }

    /// The customer did something, or it is so for all.
    fn tell_all(&self, event: &Event) {
        write(&self.session).all(event, self.clock.now());
    }

    fn phase(&self) -> Phase {
        read(&self.session).phase()
    }

    fn phase_of(&self, who: Who) -> Phase {
        read(&self.session).phase_of(who)
    }

    fn granted(&self) -> Capabilities {
        read(&self.session).granted()
    }

    /// Carries out everything that the last event caused, and shows the result.
    fn settle(&mut self) {
        loop {
            let said = self.parties.iter_mut().find_map(|(who, party)| Some((*who, party.handshake.as_mut()?.poll()?)));
            if let Some((who, output)) = said {
                self.handshake_output(who, output);
                continue;
            }
            let command = write(&self.session).poll();
            match command {
                Some((who, command)) => self.carry_out(who, command),
                None => break,
            }
        }
        let present = read(&self.session).present();
        for party in self.parties.values_mut() {
            if let Some(share) = &mut party.share {
                share.say_here(&present);
            }
        }
        self.show();
    }

    /// What a lost connection waits for.
    fn waits_for(&self) -> WaitsFor {
        let about = self.parties.get(&self.about);
        if about.is_none_or(|party| !party.relay_up) {
            WaitsFor::Network
        } else if about.is_some_and(|party| party.shown.online) {
            WaitsFor::Path
        } else {
            WaitsFor::Technician
        }
    }

    /// Of whom the window speaks: who asks; else who was let in first of those who are here.
    fn whom_to_speak_of(&self) -> Who {
        let session = read(&self.session);
        let stays = |who: &&Who| !matches!(session.phase_of(**who), Phase::Ended(_));
        let let_in = || session.present().first().map(|one| one.who);
        let anyone = || self.parties.keys().find(stays).copied();
        session.asking().or_else(let_in).or_else(anyone).unwrap_or(self.about)
    }

    /// Brings window and bar up to date.
    fn show(&mut self) {
        let phase = self.phase();
        self.about = self.whom_to_speak_of();
        let first = self.first();
        let (claimed, was_live) =
            (first.is_some_and(|first| first.id.is_some()), self.parties.values().any(|party| party.was_live));
        self.view.stage = match (phase, self.view.question.is_some()) {
            (Phase::Ended(reason), _) => {
                Stage::Ended { reason: if let Some(Over::Ended(reason)) = self.over { reason } else { reason } }
            }
            (_, true) => Stage::Asking,
            (Phase::Live, false) => Stage::Live,
            (Phase::Granted, false) if was_live => Stage::Away,
            (Phase::Granted, false) => Stage::Connecting,
            (Phase::Known, false) => Stage::Known,
            (Phase::Waiting, false) if claimed => Stage::Waiting,
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
        let over = matches!(phase, Phase::Ended(_));
        self.view.folder = over.then(|| self.machine.folder.path().display().to_string());
        self.view.waits_for = (self.view.stage == Stage::Away).then(|| self.waits_for());
        self.view.granted = self.granted();
        let (standing, others, inviter, mains) = {
            let session = read(&self.session);
            let present = session.present();
            let others = present.iter().filter(|one| one.who != self.about).map(|one| one.name.clone()).collect();
            let inviter = session.inviter(self.about).map(|technician| technician.name.clone());
            let let_in: Vec<(Who, Name)> = present.into_iter().map(|one| (one.who, one.name)).collect();
            (session.standing(), others, inviter, let_in)
        };
        self.view.technician = self.parties.get(&self.about).map(|party| party.shown.clone());
        (self.view.others, self.view.invited_by) = (others, inviter);
        self.view.held.clone_from(&standing.held);
        self.view.stopped = standing.stopped;
        self.view.may_return = standing.returns == Return::Free;
        let files = |capability: &Capability| matches!(capability, Capability::FilesIn | Capability::FilesOut);
        let asked = self.view.question.as_ref().map(|question| &question.asked);
        let files = asked.into_iter().flatten().chain(&self.view.granted).any(files);
        self.view.files = files.then(|| self.opened.view());
        self.view.attention = match phase {
            Phase::Live => self.attention.view(Instant::now()),
            _ => AttentionView::Quiet,
        };
        self.view.can_chat = claimed && !matches!(phase, Phase::Ended(_));
        let connection = match self.view.stage {
            Stage::Away => Connection::Lost,
            Stage::Connecting => Connection::Coming,
            _ if phase == Phase::Live => Connection::Up,
            _ => Connection::Lost,
        };
        let (elevated, attention) = (self.problem == Some(Problem::Elevated), self.view.attention);
        // On the bar stand those who were let in, the one who has been there longest first.
        let mut mains = mains.into_iter();
        let who = mains.next().and_then(|(who, _)| self.parties.get(&who)).map(|party| party.shown.clone());
        let others: Vec<Name> = mains.map(|(_, name)| name).collect();
        self.front.change_bar(|bar| {
            bar.connection = connection;
            bar.elevated = elevated;
            bar.attention = attention;
            bar.standing = standing;
            bar.others = others;
            if let Some(who) = who {
                bar.who = who;
            }
        });
        self.front.show(&self.view);
    }
}
