//! Everyone in one call: the technician whom the customer has called, and those who were invited since.
//!
//! Each has a [`Session`] of his own: his key, his questions to the customer, his grants, his end. A [`Room`] decides
//! what joins them: who may invite, that the customer is asked one thing at a time, that his pause, his bar and his end
//! are for all of them, and who has the controls.
//!
//! # The controls
//!
//! Of those who may use mouse and keyboard one has the controls; nobody else's input, clipboard or deed is permitted. The
//! first who is let in has them, and hands them over when he wants to. Whoever is granted mouse and keyboard may ask for
//! them; while nobody has them, or the one who does is not connected, asking is enough. When he goes for good, they are
//! the next one's.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Instant,
};

use deskhand_protocol::{
    call::{
        room::{Present, Who},
        signal::DeclineReason,
    },
    capability::{Capabilities, Capability},
    limit::{INVITED, TECHNICIANS},
    record::EndReason,
};

use crate::{
    Answer, Command, Event, NotGranted, Permit, Phase, Policy, REFUSALS, Session, Standing, Technician, session::Beside,
};

/// Questions of one technician, so that no two of a call have the same number.
const QUESTIONS: u32 = 1 << 20;

/// Why nobody may be invited now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotInvited {
    /// Whoever invites is not connected, or everything is paused.
    #[error("only a technician who is connected may invite another")]
    NotLive,
    /// There are as many as a customer can keep an eye on.
    #[error("there are enough technicians in this call")]
    Full,
    /// The customer has refused others too often, or too many were invited.
    #[error("nobody else can be invited to this call")]
    Enough,
}

/// One technician's place.
#[derive(Debug)]
struct Seat {
    session: Session,
    invited_by: Option<Who>,
    /// Whether he has ever been let in.
    was_let_in: bool,
    /// Asks for the controls.
    wants: bool,
}

impl Seat {
    fn is_over(&self) -> bool {
        matches!(self.session.phase(), Phase::Ended(_))
    }

    fn may_steer(&self) -> bool {
        self.session.granted().contains(&Capability::Control)
    }
}

/// See the module.
#[derive(Debug)]
pub struct Room {
    policy: Policy,
    seats: BTreeMap<Who, Seat>,
    now: Instant,
    /// Who has the controls.
    steers: Option<Who>,
    /// How many were ever invited, and how many of them the customer refused.
    invited: u8,
    refused: u32,
    /// The bar stands, and was seen last.
    bar_stands: bool,
    bar_seen: bool,
    commands: VecDeque<(Who, Command)>,
}

impl Room {
    /// A call in which nobody is known and nothing is granted.
    #[must_use]
    pub fn new(policy: Policy, now: Instant) -> Self {
        let session = Session::new(policy.clone(), now);
        let first = Seat { session, invited_by: None, was_let_in: false, wants: false };
        Self {
            policy,
            seats: BTreeMap::from([(Who::FIRST, first)]),
            now,
            steers: None,
            invited: 0,
            refused: 0,
            bar_stands: false,
            bar_seen: false,
            commands: VecDeque::new(),
        }
    }

    /// A place for one more technician, whom `by` invites. Nothing is granted to him: the customer is asked when he has
    /// proven his key and asks.
    ///
    /// # Errors
    ///
    /// [`NotInvited`] says why not.
    pub fn invite(&mut self, by: Who, now: Instant) -> Result<Who, NotInvited> {
        self.now = self.now.max(now);
        if self.phase_of(by) != Phase::Live || self.is_paused() {
            return Err(NotInvited::NotLive);
        }
        if self.invited >= INVITED || self.refused >= REFUSALS {
            return Err(NotInvited::Enough);
        }
        if self.here().count() >= TECHNICIANS {
            return Err(NotInvited::Full);
        }
        self.invited += 1;
        let who = Who(self.invited);
        let session =
            Session::further(self.policy.clone(), self.hard_end(), QUESTIONS * u32::from(self.invited), self.now);
        self.seats.insert(who, Seat { session, invited_by: Some(by), was_let_in: false, wants: false });
        self.align();
        Ok(who)
    }

    /// Takes in what one technician did, or what happened to him.
    pub fn of(&mut self, who: Who, event: Event, now: Instant) {
        self.now = self.now.max(now);
        // First what is due, so that nobody is judged by what was so before.
        self.each(&Event::Tick);
        if let Some(seat) = self.seats.get_mut(&who) {
            seat.session.handle(event, self.now);
        }
        self.collect(who);
        self.align();
    }

    /// Takes in what the customer did, or what is so for everyone.
    pub fn all(&mut self, event: &Event, now: Instant) {
        self.now = self.now.max(now);
        match event {
            Event::BarSeen => self.bar_seen = true,
            Event::BarHidden => self.bar_seen = false,
            _ => {}
        }
        self.each(event);
        self.align();
    }

    fn each(&mut self, event: &Event) {
        for who in self.seats.keys().copied().collect::<Vec<_>>() {
            if let Some(seat) = self.seats.get_mut(&who) {
                seat.session.handle(event.clone(), self.now);
            }
            self.collect(who);
        }
    }

    /// A technician asks for the controls.
    ///
    /// # Errors
    ///
    /// [`NotGranted`] when the customer has not granted him mouse and keyboard, or he is not connected.
    pub fn wants_controls(&mut self, who: Who, now: Instant) -> Result<(), NotGranted> {
        self.of(who, Event::Active, now);
        self.may_be_handed(who)?;
        let free = self.steers.is_none_or(|steers| steers == who || self.phase_of(steers) != Phase::Live);
        if free {
            self.give(who);
        } else if let Some(seat) = self.seats.get_mut(&who) {
            seat.wants = true;
        }
        Ok(())
    }

    /// Who has the controls hands them over.
    ///
    /// # Errors
    ///
    /// [`NotGranted::NotSteering`] when he does not have them, or why the other cannot take them.
    pub fn hands_over(&mut self, from: Who, to: Who, now: Instant) -> Result<(), NotGranted> {
        self.of(from, Event::Active, now);
        if self.steers != Some(from) {
            return Err(NotGranted::NotSteering);
        }
        self.may_be_handed(to)?;
        self.give(to);
        Ok(())
    }

    /// Who has the controls keeps them: whoever asked for them need not wait.
    pub fn keeps_controls(&mut self, who: Who) {
        if self.steers == Some(who) {
            self.seats.values_mut().for_each(|seat| seat.wants = false);
        }
    }

    fn may_be_handed(&self, who: Who) -> Result<(), NotGranted> {
        match self.seats.get(&who) {
            Some(seat) if seat.session.phase() != Phase::Live => Err(NotGranted::NotConnected),
            Some(seat) if seat.may_steer() => Ok(()),
            _ => Err(NotGranted::NotGranted),
        }
    }

    fn give(&mut self, who: Who) {
        self.steers = Some(who);
        if let Some(seat) = self.seats.get_mut(&who) {
            seat.wants = false;
        }
        self.align();
    }

    /// Whether a technician may do this now. Ask at the moment of use, each time.
    ///
    /// # Errors
    ///
    /// [`NotGranted`] says why not; nothing else happens.
    pub fn permit(&self, who: Who, capability: Capability, now: Instant) -> Result<Permit<'_>, NotGranted> {
        match self.seats.get(&who) {
            Some(seat) => seat.session.permit(capability, now),
            None => Err(NotGranted::NotGranted),
        }
    }

    /// The next thing to do, and for whom; drain it after each event.
    pub fn poll(&mut self) -> Option<(Who, Command)> {
        self.commands.pop_front()
    }

    /// When to tell the time at the latest.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        self.seats.values().filter_map(|seat| seat.session.next_deadline()).min()
    }

    /// Where the call stands: where the technician stands who has come furthest.
    #[must_use]
    pub fn phase(&self) -> Phase {
        let rank = |phase: &Phase| match phase {
            Phase::Ended(_) => 0,
            Phase::Waiting => 1,
            Phase::Known => 2,
            Phase::Granted => 3,
            Phase::Live => 4,
        };
        // Of those that are over the first counts: the technician whom the customer called.
        let phases = self.seats.values().map(|seat| seat.session.phase());
        phases.reduce(|best, phase| if rank(&phase) > rank(&best) { phase } else { best }).unwrap_or(Phase::Waiting)
    }

    /// Where one technician stands.
    #[must_use]
    pub fn phase_of(&self, who: Who) -> Phase {
        self.seats.get(&who).map_or(Phase::Ended(EndReason::Interrupted), |seat| seat.session.phase())
    }

    /// A technician, once his key is proven.
    #[must_use]
    pub fn technician(&self, who: Who) -> Option<&Technician> {
        self.seats.get(&who)?.session.technician()
    }

    /// Who invited him, as his key was proven; `None` for the first one.
    #[must_use]
    pub fn inviter(&self, who: Who) -> Option<&Technician> {
        self.technician(self.seats.get(&who)?.invited_by?)
    }

    /// What is granted to anyone.
    #[must_use]
    pub fn granted(&self) -> Capabilities {
        self.seats.values().flat_map(|seat| seat.session.granted()).collect()
    }

    /// When the last technician's session ends whatever happens; `None` while nothing is granted.
    #[must_use]
    pub fn hard_end(&self) -> Option<Instant> {
        self.seats.values().filter_map(|seat| seat.session.hard_end()).max()
    }

    /// How a technician's grants stand.
    #[must_use]
    pub fn standing_of(&self, who: Who) -> Standing {
        self.seats.get(&who).map(|seat| seat.session.standing()).unwrap_or_default()
    }

    /// How the grants of all stand, for the customer's eyes: what anyone may use, and what he holds back of it.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let granted = self.seats.values().filter(|seat| seat.session.hard_end().is_some());
        granted.map(|seat| seat.session.standing()).fold(Standing::default(), |mut all, one| {
            all.granted.extend(one.granted);
            all.held.extend(one.held);
            all.asking.extend(one.asking);
            all.stopped = all.stopped.or(one.stopped);
            if all.returns == crate::Return::Asks {
                all.returns = one.returns;
            }
            all
        })
    }

    /// Whether nobody but the customer can have clicked just now.
    #[must_use]
    pub fn is_customer_alone(&self, now: Instant) -> bool {
        self.seats.values().all(|seat| seat.session.is_customer_alone(now))
    }

    /// Whose question is before the customer.
    #[must_use]
    pub fn asking(&self) -> Option<Who> {
        self.seats.iter().find_map(|(who, seat)| seat.session.is_asking().then_some(*who))
    }

    /// Who has the controls.
    #[must_use]
    pub const fn steers(&self) -> Option<Who> {
        self.steers
    }

    /// Everyone whom the customer has let in, for everyone's eyes.
    #[must_use]
    pub fn present(&self) -> Vec<Present> {
        let let_in = self.seats.iter().filter(|(_, seat)| seat.session.hard_end().is_some());
        let shown = let_in.filter_map(|(who, seat)| {
            let technician = seat.session.technician()?;
            Some(Present {
                who: *who,
                name: technician.name.clone(),
                company: technician.company.clone(),
                connected: seat.session.phase() == Phase::Live,
                may_steer: seat.may_steer(),
                steers: self.steers == Some(*who),
                wants: seat.wants,
            })
        });
        shown.collect()
    }

    fn here(&self) -> impl Iterator<Item = &Seat> {
        self.seats.values().filter(|seat| !seat.is_over())
    }

    fn is_paused(&self) -> bool {
        self.seats.values().any(|seat| seat.session.is_paused() && !seat.is_over())
    }

    /// Passes on what one session wants done, but for what is the whole call's.
    fn collect(&mut self, who: Who) {
        let Some(seat) = self.seats.get_mut(&who) else { return };
        let mut again = false;
        while let Some(command) = seat.session.poll() {
            match &command {
                Command::ShowBar => {
                    seat.was_let_in = true;
                    // It stands already, and is or is not seen.
                    if std::mem::replace(&mut self.bar_stands, true) {
                        again = self.bar_seen;
                        continue;
                    }
                    self.bar_seen = false;
                }
                // The last who goes takes it away.
                Command::HideBar => continue,
                Command::Answer(Answer::Declined(DeclineReason::Denied | DeclineReason::NoAnswer))
                    if who != Who::FIRST && !seat.was_let_in =>
                {
                    self.refused = self.refused.saturating_add(1);
                }
                _ => {}
            }
            self.commands.push_back((who, command));
        }
        if again {
            seat.session.handle(Event::BarSeen, self.now);
            self.collect(who);
        }
    }

    /// Brings all in line with what has changed for one.
    fn align(&mut self) {
        // Nobody stays whom only one who has gone could have let in.
        let first_is_over = self.seats.get(&Who::FIRST).is_some_and(Seat::is_over);
        if first_is_over && self.here().all(|seat| seat.session.hard_end().is_none()) {
            self.each(&Event::TechnicianEnded);
        }
        if self.bar_stands && self.seats.values().all(|seat| seat.session.hard_end().is_none()) {
            self.bar_stands = false;
            self.commands.push_back((Who::FIRST, Command::HideBar));
        }
        if self.is_paused() {
            // Also whom he has let in since.
            self.each(&Event::Paused);
        }
        if self.steers.is_some_and(|who| self.seats.get(&who).is_none_or(Seat::is_over)) {
            self.steers = None;
        }
        if self.steers.is_none() {
            let next = self.seats.iter().find(|(_, seat)| seat.session.phase() == Phase::Live && seat.may_steer());
            self.steers = next.map(|(who, _)| *who);
            if let Some(seat) = self.steers.and_then(|who| self.seats.get_mut(&who)) {
                seat.wants = false;
            }
        }
        for seat in self.seats.values_mut() {
            seat.wants &= seat.session.phase() == Phase::Live && seat.session.granted().contains(&Capability::Control);
        }
        let (asking, steers) = (self.asking(), self.steers);
        let mut beside: Vec<(Who, Beside)> = self
            .seats
            .keys()
            .map(|who| {
                let asked = asking.is_some_and(|asking| asking != *who);
                (*who, Beside { asked, steered: steers.is_some_and(|steers| steers != *who) })
            })
            .collect();
        // Whoever lets go does so before the next one begins.
        beside.sort_by_key(|(_, beside)| !beside.steered);
        for (who, beside) in beside {
            if let Some(seat) = self.seats.get_mut(&who) {
                seat.session.set_beside(beside);
            }
            self.collect(who);
        }
    }
}
