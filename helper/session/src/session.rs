//! The rules.

use std::{collections::VecDeque, time::Instant};

use deskhand_protocol::{
    call::signal::DeclineReason,
    capability::{Capabilities, Capability, WORKING},
    limit::{CONSENT_ALLOW_DELAY, CONSENT_TIMEOUT, RECONNECT_GRACE, SESSION_HARD_END},
    record::{ConsentAnswer, EndReason},
    relay::Report,
};

use crate::{Answer, Command, Event, NotGranted, Permit, Policy, Question, QuestionId, REFUSALS, Technician};

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

/// The customer's yes, and how long it lasts.
#[derive(Debug)]
struct Grant {
    /// What may be done now. Shrinks when the customer takes something back.
    capabilities: Capabilities,
    /// Everything he was asked about, granted or not: coming back with the same list is no new question.
    asked: Capabilities,
    /// When the session ends whatever happens.
    hard_end: Instant,
    connection: Connection,
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
    asked: Capabilities,
    /// When no answer is a no.
    until: Instant,
    /// When *Allow* counts; `None` while the question is not on the screen.
    allow_from: Option<Instant>,
    /// Whether *Allow* was made active.
    active: bool,
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
/// session.handle(Event::Asked([Capability::View, Capability::Control].into()), now);
/// let Some(Command::ShowConsent(question)) = session.poll() else { panic!("the customer is asked") };
/// session.handle(Event::ConsentShown(question.id), now);
/// let later = now + Duration::from_secs(2);
/// session.handle(Event::Allowed { question: question.id, capabilities: question.asked }, later);
/// assert!(session.permit(Capability::Control, later).is_err(), "nobody is connected yet");
/// session.handle(Event::PeerConnected, later);
/// assert!(session.permit(Capability::Control, later).is_ok());
/// ```
#[derive(Debug)]
pub struct Session {
    policy: Policy,
    now: Instant,
    technician: Option<Technician>,
    grant: Option<Grant>,
    open: Option<Open>,
    questions: u32,
    refusals: u32,
    ended: Option<EndReason>,
    commands: VecDeque<Command>,
}

impl Session {
    /// A session in which nobody is known and nothing is granted.
    #[must_use]
    pub const fn new(policy: Policy, now: Instant) -> Self {
        Self {
            policy,
            now,
            technician: None,
            grant: None,
            open: None,
            questions: 0,
            refusals: 0,
            ended: None,
            commands: VecDeque::new(),
        }
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

    /// What is granted, connected or not; empty after the end.
    #[must_use]
    pub fn granted(&self) -> Capabilities {
        self.grant.as_ref().map(|grant| grant.capabilities.clone()).unwrap_or_default()
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
        if grant.connection != Connection::Up {
            return Err(NotGranted::NotConnected);
        }
        if self.open.is_some() && capability != Capability::View {
            return Err(NotGranted::ConsentOpen);
        }
        if !grant.capabilities.contains(&capability) {
            return Err(NotGranted::NotGranted);
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
        let hard_end = self.grant.as_ref().map(|grant| grant.hard_end);
        let grace = self.grant.as_ref().and_then(|grant| match grant.connection {
            Connection::Down { until } => Some(until),
            Connection::Up => None,
        });
        [allow, answer, hard_end, grace].into_iter().flatten().min()
    }

    /// The next thing to do; drain it after each [`handle`](Self::handle).
    pub fn poll(&mut self) -> Option<Command> {
        self.commands.pop_front()
    }

    /// Takes in what happened. What is due by `now` takes effect first. A `now` before the last one counts as the last
    /// one, so that events may come late but never turn back time. What does not fit the state is ignored.
    pub fn handle(&mut self, event: Event, now: Instant) {
        self.now = self.now.max(now);
        self.expire();
        if self.ended.is_some() {
            return;
        }
        match event {
            Event::TechnicianKnown(technician) => self.known(technician),
            Event::QuestionVoid => self.withdraw(),
            Event::Asked(asked) => self.asked(asked),
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
            Event::PeerConnected => self.connected(),
            Event::PeerLost => self.lost(),
            Event::TechnicianEnded => self.end(EndReason::TechnicianEnded),
            Event::CustomerEnded => self.end(EndReason::CustomerEnded),
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
            if matches!(grant.connection, Connection::Down { until } if self.now >= until) {
                return self.end(EndReason::Interrupted);
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

    fn known(&mut self, technician: Technician) {
        if self.technician.as_ref().is_some_and(|known| known.key != technician.key) {
            return self.end(EndReason::KeyChanged);
        }
        self.technician = Some(technician);
        self.withdraw();
        self.lost();
    }

    fn asked(&mut self, asked: Capabilities) {
        let Some(technician) = self.technician.clone() else { return };
        let connected = self.phase() == Phase::Live;
        // Coming back after a loss is no new question; asking for more while connected is one.
        if let Some(grant) = &mut self.grant
            && !connected
            && asked.is_subset(&grant.asked)
        {
            grant.connection = Connection::Down { until: self.now + RECONNECT_GRACE };
            self.withdraw();
            let answer = self.granted();
            self.answer(if answer.is_empty() {
                Answer::Declined(DeclineReason::Denied)
            } else {
                Answer::Granted(answer)
            });
            return;
        }
        let held = self.granted();
        let new: Capabilities =
            asked.into_iter().filter(|capability| WORKING.contains(capability) && !held.contains(capability)).collect();
        let new = usable(&new, &held);
        if new.is_empty() {
            let answer =
                if connected { Answer::Granted(held) } else { Answer::Declined(DeclineReason::NothingToGrant) };
            return self.answer(answer);
        }
        if let Policy::GrantFile(standing) = &self.policy {
            let named = standing.technicians.contains(&technician.key) && self.now < standing.until;
            let granted: Capabilities =
                if named { new.intersection(&standing.capabilities).copied().collect() } else { Capabilities::new() };
            return self.answered(new, granted, ConsentAnswer::GrantFile);
        }
        if self.refusals >= REFUSALS {
            return self.answer(Answer::Declined(DeclineReason::Denied));
        }
        self.questions = self.questions.wrapping_add(1);
        let id = QuestionId(self.questions);
        self.open =
            Some(Open { id, asked: new.clone(), until: self.now + CONSENT_TIMEOUT, allow_from: None, active: false });
        if connected {
            self.commands.push_back(Command::ReleaseEverything);
        }
        self.commands.push_back(Command::ShowConsent(Question { id, technician, asked: new }));
    }

    fn allowed(&mut self, question: QuestionId, checked: &Capabilities) {
        let answers = |open: &Open| open.id == question && open.allow_from.is_some_and(|from| self.now >= from);
        if !self.open.as_ref().is_some_and(answers) {
            return;
        }
        let Some(open) = self.open.take() else { return };
        self.commands.push_back(Command::HideConsent(open.id));
        let granted = open.asked.intersection(checked).copied().collect();
        self.answered(open.asked, granted, ConsentAnswer::Allowed);
    }

    /// The open question is answered with no.
    fn refuse(&mut self, answer: ConsentAnswer) {
        if let Some(open) = self.open.take() {
            self.commands.push_back(Command::HideConsent(open.id));
            self.answered(open.asked, Capabilities::new(), answer);
        }
    }

    /// The open question is void without an answer.
    fn withdraw(&mut self) {
        if let Some(open) = self.open.take() {
            self.commands.push_back(Command::HideConsent(open.id));
        }
    }

    fn answered(&mut self, asked: Capabilities, granted: Capabilities, answer: ConsentAnswer) {
        let granted = usable(&granted, &self.granted());
        // Everything unchecked and then *Allow* is a no.
        let answer =
            if granted.is_empty() && answer == ConsentAnswer::Allowed { ConsentAnswer::Denied } else { answer };
        self.report(Report::Consent {
            asked: asked.iter().copied().collect(),
            granted: granted.iter().copied().collect(),
            answer,
        });
        if granted.is_empty() {
            self.refusals = self.refusals.saturating_add(1);
            if let Some(grant) = &mut self.grant {
                grant.asked.extend(asked);
            }
            let reason = match answer {
                ConsentAnswer::NoAnswer => DeclineReason::NoAnswer,
                _ => DeclineReason::Denied,
            };
            return self.answer(Answer::Declined(reason));
        }
        self.refusals = 0;
        let hard_end = match &self.policy {
            Policy::Customer => self.now + SESSION_HARD_END,
            Policy::GrantFile(standing) => standing.until.min(self.now + SESSION_HARD_END),
        };
        let grant = self.grant.get_or_insert_with(|| Grant {
            capabilities: Capabilities::new(),
            asked: Capabilities::new(),
            hard_end,
            connection: Connection::Down { until: self.now + RECONNECT_GRACE },
        });
        grant.capabilities.extend(granted);
        grant.asked.extend(asked);
        let all = grant.capabilities.clone();
        self.commands.push_back(Command::ShowBar(all.clone()));
        self.answer(Answer::Granted(all));
    }

    fn revoked(&mut self, capability: Capability) {
        let Some(grant) = &mut self.grant else { return };
        if !grant.capabilities.remove(&capability) {
            return;
        }
        if capability == Capability::View {
            grant.capabilities.remove(&Capability::Control);
            grant.capabilities.remove(&Capability::Point);
            self.commands.push_back(Command::StopSharing);
        }
        let left = self.granted();
        self.commands.push_back(Command::ReleaseEverything);
        self.commands.push_back(Command::ShowBar(left.clone()));
        if self.phase() == Phase::Live {
            self.answer(Answer::Granted(left));
        }
    }

    fn connected(&mut self) {
        let Some(grant) = &mut self.grant else { return };
        if grant.connection == Connection::Up {
            return;
        }
        grant.connection = Connection::Up;
        if grant.capabilities.contains(&Capability::View) {
            self.commands.push_back(Command::StartSharing);
        }
        self.report(Report::Live);
    }

    fn lost(&mut self) {
        let until = self.now + RECONNECT_GRACE;
        let Some(grant) = &mut self.grant else { return };
        if grant.connection != Connection::Up {
            return;
        }
        grant.connection = Connection::Down { until };
        self.commands.push_back(Command::StopSharing);
        self.commands.push_back(Command::ReleaseEverything);
        self.withdraw();
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
        self.ended = Some(reason);
        self.withdraw();
        if self.grant.take().is_some() {
            self.commands.push_back(Command::StopSharing);
            self.commands.push_back(Command::ReleaseEverything);
            self.commands.push_back(Command::HideBar);
        }
    }

    fn answer(&mut self, answer: Answer) {
        self.commands.push_back(Command::Answer(answer));
    }

    fn report(&mut self, report: Report) {
        self.commands.push_back(Command::Report(report));
    }
}

/// What of `new` can be used beside what is `held`: nobody steers, or points at, a screen that he may not see.
fn usable(new: &Capabilities, held: &Capabilities) -> Capabilities {
    let sees = new.contains(&Capability::View) || held.contains(&Capability::View);
    new.iter()
        .copied()
        .filter(|capability| sees || !matches!(capability, Capability::Control | Capability::Point))
        .collect()
}
