//! The rules.

use std::{collections::BTreeMap, collections::VecDeque, time::Duration, time::Instant};

use deskhand_protocol::{
    call::control::Stopped,
    capability::{Capabilities, Capability},
    limit::{ALONE, ATTEMPT_PAUSE, BAR_GRACE, CONSENT_ALLOW_DELAY, DEAD_MAN, RECONNECT_GRACE, SESSION_IDLE_END},
    record::{ConsentAnswer, EndReason},
    relay::Report,
};

use crate::{Command, Event, HANDS, Kind, NotGranted, Permit, Policy, QuestionId, Return, Standing, Technician};

mod asking;
mod holding;

/// How often a session that is live wants to be told the time, so that [`DEAD_MAN`] never comes by accident.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// Where a session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Nobody has proven his key yet.
    Waiting,
    /// The technician is known; nothing is granted.
    Known,
    /// Something is granted; no connection is up.
    Granted,
    /// The technician is connected.
    Live,
    /// Over.
    Ended(EndReason),
}

/// What the other technicians of a call mean for this one; see [`Room`](crate::Room).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Beside {
    /// A question of another one is before the customer.
    pub(crate) asked: bool,
    /// Another one has the controls.
    pub(crate) steered: bool,
}

/// The customer's yes, and how long it lasts.
#[derive(Debug)]
struct Grant {
    /// What was granted. Shrinks when the customer takes something back for good.
    capabilities: Capabilities,
    /// What of it he holds back for now.
    held: Capabilities,
    /// Everything he was asked about, granted or not: coming back with the same list is no new question.
    asked: Capabilities,
    /// When the session ends whatever happens.
    hard_end: Instant,
    returns: Return,
    connection: Connection,
}

impl Grant {
    /// Until when a technician is waited for who is away from now on.
    fn waits(&self, now: Instant) -> Connection {
        let until = match self.returns {
            Return::Asks => now + RECONNECT_GRACE,
            Return::Free => self.hard_end,
        };
        Connection::Down { until }
    }

    /// What is granted and not held back.
    fn given(&self) -> Capabilities {
        self.capabilities.difference(&self.held).copied().collect()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Connection {
    Up,
    /// Waited for until then.
    Down {
        until: Instant,
    },
}

/// The question on the screen.
#[derive(Debug)]
struct Open {
    id: QuestionId,
    kind: Kind,
    asked: Capabilities,
    /// When no answer is a no.
    until: Instant,
    /// When *Allow* counts; `None` while the question is not on the screen.
    allow_from: Option<Instant>,
    /// Whether *Allow* was made active.
    active: bool,
}

/// Whether the customer sees the bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bar {
    Seen {
        /// Since when, and since when it had been hidden before: one that is uncovered for a moment only, again and
        /// again, counts as hidden all the time.
        since: Option<(Instant, Instant)>,
    },
    Hidden {
        since: Instant,
    },
}

impl Bar {
    const fn seen(self, now: Instant) -> Self {
        match self {
            Self::Hidden { since } => Self::Seen { since: Some((now, since)) },
            Self::Seen { .. } => self,
        }
    }

    fn hidden(self, now: Instant) -> Self {
        match self {
            Self::Seen { since: Some((at, before)) } if now < at + BAR_GRACE => Self::Hidden { since: before },
            Self::Seen { .. } => Self::Hidden { since: now },
            Self::Hidden { .. } => self,
        }
    }
}

/// One support call on this machine; see the crate's description.
///
/// ```
/// use std::time::{Duration, Instant};
/// use deskhand_protocol::{capability::Capability, key::PublicKey, text::Name};
/// use deskhand_session::{Command, Event, Policy, Session, Technician};
///
/// let now = Instant::now();
/// let mut session = Session::new(Policy::Customer, now);
/// let technician = Technician { key: PublicKey([1; 32]), name: Name::lossy("A"), company: Name::lossy("B") };
/// session.handle(Event::TechnicianKnown(technician), now);
/// session.handle(Event::Asked([Capability::View].into()), now);
/// let question = std::iter::from_fn(|| session.poll())
///     .find_map(|command| if let Command::ShowConsent(question) = command { Some(question) } else { None })
///     .expect("the customer is asked");
/// session.handle(Event::ConsentShown(question.id), now);
/// let later = now + Duration::from_secs(2);
/// session.handle(Event::Allowed { question: question.id, capabilities: question.asked }, later);
/// assert!(session.permit(Capability::View, later).is_err(), "nobody is connected yet");
/// session.handle(Event::PeerConnected, later);
/// assert!(session.permit(Capability::View, later).is_ok());
/// ```
#[derive(Debug)]
pub struct Session {
    policy: Policy,
    now: Instant,
    technician: Option<Technician>,
    grant: Option<Grant>,
    open: Option<Open>,
    /// When it ends at the latest, whatever is granted.
    ends: Option<Instant>,
    beside: Beside,
    questions: u32,
    refusals: u32,
    paused: bool,
    bar: Bar,
    /// When the technician's hands were last seen at work.
    injected: Option<Instant>,
    /// When anyone last did anything.
    active: Instant,
    attempts: BTreeMap<Capability, Instant>,
    ended: Option<EndReason>,
    /// What the rest of the program was told last.
    told: Told,
    commands: VecDeque<Command>,
}

#[derive(Debug, Default)]
struct Told {
    usable: Capabilities,
    standing: Standing,
    /// What the record says is granted.
    recorded: Capabilities,
}

impl Session {
    /// A session in which nobody is known and nothing is granted.
    #[must_use]
    pub fn new(policy: Policy, now: Instant) -> Self {
        Self {
            policy,
            now,
            technician: None,
            grant: None,
            open: None,
            ends: None,
            beside: Beside::default(),
            questions: 0,
            refusals: 0,
            paused: false,
            bar: Bar::Seen { since: None },
            injected: None,
            active: now,
            attempts: BTreeMap::new(),
            ended: None,
            told: Told::default(),
            commands: VecDeque::new(),
        }
    }

    /// Of one more technician in a call: it ends with the time of the first one, and its questions are numbered from
    /// here on.
    pub(crate) fn further(policy: Policy, ends: Option<Instant>, questions: u32, now: Instant) -> Self {
        Self { ends, questions, ..Self::new(policy, now) }
    }

    /// What the others of the call mean for this one has changed.
    pub(crate) fn set_beside(&mut self, beside: Beside) {
        if self.beside != beside {
            self.beside = beside;
            self.settle();
        }
    }

    /// Whether the customer is being asked.
    pub(crate) const fn is_asking(&self) -> bool {
        self.open.is_some()
    }

    /// Whether the customer has paused it.
    pub(crate) const fn is_paused(&self) -> bool {
        self.paused
    }

    /// Where it stands.
    #[must_use]
    pub fn phase(&self) -> Phase {
        match (self.ended, &self.grant, &self.technician) {
            (Some(reason), ..) => Phase::Ended(reason),
            (None, Some(Grant { connection: Connection::Up, .. }), _) => Phase::Live,
            (None, Some(_), _) => Phase::Granted,
            (None, None, Some(_)) => Phase::Known,
            (None, None, None) => Phase::Waiting,
        }
    }

    /// The technician, once his key is proven.
    #[must_use]
    pub const fn technician(&self) -> Option<&Technician> {
        self.technician.as_ref()
    }

    /// What is granted, connected or not, held back or not; empty after the end.
    #[must_use]
    pub fn granted(&self) -> Capabilities {
        self.grant.as_ref().map(|grant| grant.capabilities.clone()).unwrap_or_default()
    }

    /// When the session ends whatever happens; `None` while nothing is granted.
    #[must_use]
    pub fn hard_end(&self) -> Option<Instant> {
        self.grant.as_ref().map(|grant| grant.hard_end)
    }

    /// How the grants stand.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let Some(grant) = &self.grant else { return Standing::default() };
        Standing {
            granted: grant.given(),
            held: grant.held.clone(),
            stopped: self.stopped(self.now),
            asking: self.open.as_ref().map(|open| open.asked.clone()).unwrap_or_default(),
            returns: grant.returns,
        }
    }

    /// Whether nobody but the customer can have clicked just now.
    #[must_use]
    pub fn is_customer_alone(&self, now: Instant) -> bool {
        self.injected.is_none_or(|last| now.max(self.now) >= last + ALONE)
    }

    fn stopped(&self, now: Instant) -> Option<Stopped> {
        if self.paused {
            return Some(Stopped::Paused);
        }
        matches!(self.bar, Bar::Hidden { since } if now >= since + BAR_GRACE).then_some(Stopped::BarHidden)
    }

    /// Whether this may be done now. Ask at the moment of use, each time.
    ///
    /// # Errors
    ///
    /// [`NotGranted`] says why not; nothing else happens.
    pub fn permit(&self, capability: Capability, now: Instant) -> Result<Permit<'_>, NotGranted> {
        let now = now.max(self.now);
        if self.ended.is_some() {
            return Err(NotGranted::Ended);
        }
        let grant = self.grant.as_ref().ok_or(NotGranted::NotGranted)?;
        if now >= grant.hard_end {
            return Err(NotGranted::Ended);
        }
        if now >= self.now + DEAD_MAN {
            return Err(NotGranted::Unattended);
        }
        if grant.connection != Connection::Up {
            return Err(NotGranted::NotConnected);
        }
        if !grant.capabilities.contains(&capability) {
            return Err(NotGranted::NotGranted);
        }
        let looks = capability == Capability::View;
        match self.stopped(now) {
            Some(Stopped::Paused) => return Err(NotGranted::Paused),
            Some(Stopped::BarHidden) if !looks => return Err(NotGranted::BarHidden),
            Some(Stopped::BarHidden) | None => {}
        }
        // Nobody steers a screen that he may not see, or points at it.
        let blind =
            matches!(capability, Capability::Control | Capability::Point) && grant.held.contains(&Capability::View);
        if blind || grant.held.contains(&capability) {
            return Err(NotGranted::Held);
        }
        if (self.open.is_some() || self.beside.asked) && !looks {
            return Err(NotGranted::ConsentOpen);
        }
        if self.beside.steered && HANDS.contains(&capability) {
            return Err(NotGranted::NotSteering);
        }
        Ok(Permit::new(capability))
    }

    /// When to call [`handle`](Self::handle) with [`Event::Tick`] at the latest.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        if self.ended.is_some() {
            return None;
        }
        let allow = self.open.as_ref().filter(|open| !open.active).and_then(|open| open.allow_from);
        let answer = self.open.as_ref().map(|open| open.until);
        let grant = self.grant.as_ref();
        let hard_end = grant.map(|grant| grant.hard_end);
        let connection = grant.map(|grant| match grant.connection {
            Connection::Down { until } => until,
            Connection::Up => (self.now + HEARTBEAT).min(self.idle_end()),
        });
        let bar = match self.bar {
            Bar::Hidden { since } if grant.is_some() => Some(since + BAR_GRACE).filter(|at| *at > self.now),
            _ => None,
        };
        [allow, answer, hard_end, connection, bar].into_iter().flatten().min()
    }

    /// The next thing to do; drain it after each [`handle`](Self::handle).
    pub fn poll(&mut self) -> Option<Command> {
        self.commands.pop_front()
    }

    /// Takes in what happened. What is due by `now` takes effect first. A `now` before the last one counts as the last
    /// one, so that events may come late but never turn back time. What does not fit the state is ignored.
    pub fn handle(&mut self, event: Event, now: Instant) {
        let slept = now >= self.now + DEAD_MAN;
        self.now = self.now.max(now);
        self.expire();
        if self.ended.is_some() {
            return;
        }
        if slept && !self.told.usable.is_empty() {
            self.stop_using();
        }
        self.take(event);
        self.settle();
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::TechnicianKnown(technician) => self.known(technician),
            Event::QuestionVoid => self.withdraw(),
            Event::Asked(asked) => self.asked(asked),
            Event::Confirm(capability) => self.confirm(capability),
            Event::ConsentShown(id) => {
                let from = self.now + CONSENT_ALLOW_DELAY;
                if let Some(open) = self.open.as_mut().filter(|open| open.id == id) {
                    open.allow_from.get_or_insert(from);
                }
            }
            Event::Allowed { question, capabilities } => self.allowed(question, &capabilities),
            Event::Denied(id) => {
                if self.open.as_ref().is_some_and(|open| open.id == id) {
                    self.refuse(ConsentAnswer::Denied);
                }
            }
            Event::ConsentLost => self.refuse(ConsentAnswer::Denied),
            Event::Revoked(capability) => self.revoked(capability),
            Event::Held(capability) => self.held(capability),
            Event::GivenBack(capability) => self.given_back(capability),
            Event::Paused => self.paused(),
            Event::Resumed => self.resumed(),
            Event::Returns(returns) => self.returns(returns),
            Event::BarSeen => self.bar = self.bar.seen(self.now),
            Event::BarHidden => self.bar = self.bar.hidden(self.now),
            Event::Injected(at) => self.injected = self.injected.max(Some(at.min(self.now))),
            Event::Active => self.active = self.now,
            Event::Attempted(capability) => self.attempted(capability),
            Event::PeerConnected => self.connected(),
            Event::PeerLost => self.lost(),
            Event::TechnicianEnded => self.end(EndReason::TechnicianEnded),
            Event::CustomerEnded => self.end(EndReason::CustomerEnded),
            Event::ReportedByCustomer => {
                let technician = self.technician.as_ref().map(|technician| technician.key);
                self.report(Report::Reported { technician });
                self.end(EndReason::Reported);
            }
            Event::KeyChanged => self.end(EndReason::KeyChanged),
            Event::RelayEnded(reason) => self.finish(reason),
            Event::Tick => {}
        }
    }

    /// Carries out what is due.
    fn expire(&mut self) {
        if self.ended.is_some() {
            return;
        }
        if let Some(grant) = &self.grant {
            if self.now >= grant.hard_end {
                return self.end(EndReason::HardEnd);
            }
            match grant.connection {
                Connection::Down { until } if self.now >= until => return self.end(EndReason::Interrupted),
                Connection::Up if self.now >= self.idle_end() => return self.end(EndReason::IdleEnd),
                _ => {}
            }
        }
        let Some(open) = &mut self.open else { return };
        if self.now >= open.until {
            return self.refuse(ConsentAnswer::NoAnswer);
        }
        if !open.active && open.allow_from.is_some_and(|from| self.now >= from) {
            open.active = true;
            self.commands.push_back(Command::ActivateAllow(open.id));
        }
    }

    fn idle_end(&self) -> Instant {
        self.active + SESSION_IDLE_END
    }

    fn known(&mut self, technician: Technician) {
        if self.technician.as_ref().is_some_and(|known| known.key != technician.key) {
            return self.end(EndReason::KeyChanged);
        }
        self.technician = Some(technician);
        self.withdraw();
        self.lost();
    }

    fn attempted(&mut self, capability: Capability) {
        let due = self.attempts.get(&capability).is_none_or(|last| self.now >= *last + ATTEMPT_PAUSE);
        if due && self.technician.is_some() {
            self.attempts.insert(capability, self.now);
            self.report(Report::Attempted { capability });
        }
    }

    fn connected(&mut self) {
        let Some(grant) = &mut self.grant else { return };
        if grant.connection == Connection::Up {
            return;
        }
        grant.connection = Connection::Up;
        self.active = self.now;
        self.settle();
        self.report(Report::Live);
        if self.paused {
            self.report(Report::Paused { paused: true });
        }
    }

    fn lost(&mut self) {
        let now = self.now;
        let Some(grant) = &mut self.grant else { return };
        if grant.connection != Connection::Up {
            return;
        }
        grant.connection = grant.waits(now);
        self.withdraw();
        self.settle();
        self.report(Report::ConnectionLost);
    }

    /// Ends by a decision of this side, which the relay is told.
    fn end(&mut self, reason: EndReason) {
        self.stop(reason);
        self.report(Report::Ended { reason });
        self.commands.push_back(Command::Close(reason));
    }

    /// Ends because the relay said so.
    fn finish(&mut self, reason: EndReason) {
        self.stop(reason);
        self.commands.push_back(Command::Close(reason));
    }

    fn stop(&mut self, reason: EndReason) {
        self.withdraw();
        self.stop_using();
        self.ended = Some(reason);
        if self.grant.take().is_some() {
            self.commands.push_back(Command::HideBar);
        }
    }

    fn report(&mut self, report: Report) {
        self.commands.push_back(Command::Report(report));
    }
}
