//! One technician's end of the call, as far as it is his alone: his session at the relay, his handshake, his connection.
//!
//! What is carried out for all is in [`super`]; what he may do is decided in `deskhand-session`.

use super::*;

/// How long the relay may take to find an invited technician's session.
const CLAIM: Duration = Duration::from_secs(15);
/// Sessions that the relay did not find, after which no more are asked for: wrong finders are guesses to it, and count
/// against everyone who calls from here.
const NOT_FOUND: u32 = 3;

/// See the module.
pub(super) struct Party {
    /// What the customer is shown of him.
    pub(super) shown: TechnicianView,
    /// What proves both ends to each other.
    pub(super) secret: KnownSecret,
    /// Who invited him, and by which name; `None` for the first one.
    pub(super) invited: Option<Invitation>,
    /// His session at the relay, once it is claimed.
    pub(super) id: Option<SessionId>,
    pub(super) handshake: Option<HelperHandshake>,
    /// How he is reached through the relay.
    pub(super) ways: Ways,
    /// His latest question and what his viewer decodes.
    pub(super) asked: Option<(Question, Vec<VideoCodec>)>,
    /// The question whose offer is being made.
    pub(super) question: Option<Question>,
    /// What his viewer decodes, for that offer.
    pub(super) decodes: Vec<VideoCodec>,
    pub(super) share: Option<Share>,
    /// Names his connection among all there were.
    pub(super) attempt: u32,
    /// Work beside for his connection.
    pub(super) work: Vec<AbortHandle>,
    pub(super) restart_at: Option<Instant>,
    /// When another path was looked for last.
    pub(super) restarted: Option<Instant>,
    /// Whether he has been connected before.
    pub(super) was_live: bool,
    /// Whether the relay is connected and knows his session.
    pub(super) relay_up: bool,
    /// Whether he has done anything since the session was told last.
    pub(super) active: bool,
    /// What must reach the relay and has not left yet.
    pub(super) unsent: VecDeque<Report>,
    pub(super) relay_ended: bool,
    /// When he last told where his pointer is.
    pub(super) pointed: Option<Instant>,
}

/// How a technician was invited.
#[derive(Debug, Clone)]
pub(super) struct Invitation {
    pub(super) by: Who,
    pub(super) name: Name,
    /// When it is given up: until the relay knows it soon, until he has proven himself as long as a code lives.
    pub(super) until: Option<Instant>,
}

impl Invitation {
    /// The relay is asked for his session now.
    pub(super) fn new(by: Who, name: Name, now: Instant) -> Self {
        Self { by, name, until: Some(now + CLAIM) }
    }
}

impl Party {
    pub(super) fn new(shown: TechnicianView, secret: KnownSecret, invited: Option<Invitation>) -> Self {
        Self {
            shown,
            secret,
            invited,
            id: None,
            handshake: None,
            ways: Ways::default(),
            asked: None,
            question: None,
            decodes: Vec::new(),
            share: None,
            attempt: 0,
            work: Vec::new(),
            restart_at: None,
            restarted: None,
            was_live: false,
            relay_up: false,
            active: false,
            unsent: VecDeque::new(),
            relay_ended: false,
            pointed: None,
        }
    }

    /// When something is due.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let handshake = self.handshake.as_ref().and_then(HelperHandshake::deadline);
        let invited = self.invited.as_ref().and_then(|invited| invited.until);
        [handshake, invited, self.restart_at].into_iter().flatten().min()
    }

    /// Whether the relay is being asked for his session.
    pub(super) fn is_asked_for(&self) -> bool {
        self.id.is_none() && self.invited.as_ref().is_none_or(|invited| invited.until.is_some())
    }

    /// Connection and work are given up.
    pub(super) fn drop_work(&mut self) {
        self.work.drain(..).for_each(|work| work.abort());
    }

    /// The technician can be told again: a connection that is lost need not wait for the next turn.
    pub(super) fn restart_soon(&mut self) {
        if self.restart_at.is_some() {
            let now = Instant::now();
            self.restart_at = Some(self.restarted.map_or(now, |last| now.max(last + RESTART_AGAIN)));
        }
    }

    /// Whether the relay is still to be told that it is over.
    pub(super) const fn must_be_told(&self) -> bool {
        self.id.is_some() && !self.relay_ended
    }
}

impl Running<'_> {
    /// The connection of a technician, if there is one.
    pub(super) fn share(&mut self, who: Who) -> Option<&mut Share> {
        self.parties.get_mut(&who)?.share.as_mut()
    }

    /// Whose session at the relay this is.
    pub(super) fn party_of(&self, session: SessionId) -> Option<Who> {
        self.parties.iter().find_map(|(who, party)| (party.id == Some(session)).then_some(*who))
    }

    /// For whose session the relay is being asked.
    pub(super) fn asked_for(&self) -> Option<Who> {
        self.parties.iter().find_map(|(who, party)| party.is_asked_for().then_some(*who))
    }

    /// The session at the relay in which the customer writes: all technicians of a call read it.
    pub(super) fn talks_in(&self) -> Option<SessionId> {
        self.parties.values().find(|party| party.must_be_told()).and_then(|party| party.id)
    }

    /// Begins work for a technician's connection, which ends with it.
    pub(super) fn work_for(&mut self, who: Who, work: impl Future<Output = Done> + Send + 'static) {
        let Some(party) = self.parties.get_mut(&who) else { return };
        let attempt = party.attempt;
        let handle = self.work.spawn(async move { (who, attempt, work.await) });
        party.work.retain(|work| !work.is_finished());
        party.work.push(handle);
    }

    /// The technician invites a colleague, whose session the relay finds by this.
    pub(super) fn invite(&mut self, by: Who, finder: Finder, secret: Secret, name: Name) {
        let now = Instant::now();
        // The relay's answer names no finder, so one is asked for at a time.
        if self.asked_for().is_some() || self.not_found >= NOT_FOUND {
            return self.say_invited(by, name, Invited::NotNow);
        }
        let invited = write(&self.session).invite(by, self.clock.now());
        let who = match invited {
            Ok(who) => who,
            Err(why) => {
                tracing::info!(%why, "nobody is invited");
                let said = if why == NotInvited::Full { Invited::Full } else { Invited::NotNow };
                return self.say_invited(by, name, said);
            }
        };
        let relay = self.parties.get(&Who::FIRST).map(|first| first.shown.relay.clone()).unwrap_or_default();
        let shown = TechnicianView::unknown(name.clone(), Name::default(), relay);
        let party = Party::new(shown, KnownSecret::Spoken(secret), Some(Invitation::new(by, name, now)));
        self.parties.insert(who, party);
        if let Err(error) = self.link.send(&HelperToRelay::Claim { finder }) {
            tracing::debug!(%error, "the relay cannot be asked for an invited technician");
            self.uninvite(who, Invited::NotNow);
        }
    }

    /// Nothing comes of an invitation.
    pub(super) fn uninvite(&mut self, who: Who, why: Invited) {
        let Some(invited) = self.parties.get_mut(&who).and_then(|party| party.invited.as_mut()) else { return };
        invited.until = None;
        let (by, name) = (invited.by, invited.name.clone());
        self.say_invited(by, name, why);
        self.tell(who, Event::TechnicianEnded);
    }

    /// The relay does not find the session of somebody who was invited.
    pub(super) fn not_found(&mut self, who: Who) {
        self.not_found += 1;
        self.uninvite(who, Invited::NotNow);
    }

    /// Says to whoever invited how far it is.
    pub(super) fn say_invited(&mut self, by: Who, name: Name, invited: Invited) {
        if let Some(share) = self.share(by) {
            share.say(&ToConsole::Room { news: RoomNews::Invitation { name, invited } });
        }
    }

    /// The same, of a technician who was invited.
    pub(super) fn tell_inviter(&mut self, who: Who, said: Invited) {
        if let Some(Invitation { by, name, .. }) = self.parties.get(&who).and_then(|party| party.invited.clone()) {
            self.say_invited(by, name, said);
        }
    }

    /// Something among the technicians.
    pub(super) fn room_act(&mut self, who: Who, act: RoomAct) {
        let now = self.clock.now();
        let result = match act {
            RoomAct::Invite { finder, secret, name } => return self.invite(who, finder, secret, name),
            RoomAct::Pointer { at } => return self.pass_pointer(who, at),
            RoomAct::KeepControls => {
                write(&self.session).keeps_controls(who);
                return;
            }
            RoomAct::WantControls => write(&self.session).wants_controls(who, now),
            RoomAct::HandOver { to } => write(&self.session).hands_over(who, to, now),
        };
        match result {
            Ok(()) => {}
            Err(NotGranted::NotGranted) => {
                self.tell(who, Event::Attempted(Capability::Control));
                self.refuse(who, ErrorCode::NotGranted, "mouse and keyboard are not granted");
            }
            Err(_) => self.refuse(who, ErrorCode::NotGranted, "the controls cannot be handed over now"),
        }
    }

    /// Tells the others where a technician's pointer is. Whoever may not see the screen neither tells nor is told.
    fn pass_pointer(&mut self, of: Who, at: Option<PointedAt>) {
        let now = Instant::now();
        if !self.sees(of) {
            return;
        }
        let Some(party) = self.parties.get_mut(&of) else { return };
        // An end that tells faster than an eye follows would fill the others' channels.
        if party.pointed.is_some_and(|last| now < last + POINTER_TOLD / 2) {
            return;
        }
        party.pointed = Some(now);
        let news = ToConsole::Room { news: RoomNews::Pointer { of, at } };
        for (who, party) in &self.parties {
            if let Some(share) = party.share.as_ref().filter(|_| *who != of && self.sees(*who)) {
                share.say(&news);
            }
        }
    }

    fn sees(&self, who: Who) -> bool {
        read(&self.session).permit(who, Capability::View, Instant::now()).is_ok()
    }
}
