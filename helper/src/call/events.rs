//! What comes from outside: the customer, the relay, the technician, the screen.

use deskhand_protocol::call::{
    control::{Stopped, Trouble},
    input::{KeyUsage, Locks, Modifiers},
};

use super::*;
use crate::single::Knock;

impl Running<'_> {
    /// The program is to stop: a session that runs is ended like by the customer.
    pub(super) fn stop(&mut self) {
        match self.phase() {
            // The technician waits; it goes on after the restart.
            _ if self.quick.restarting.is_some() => self.over = Some(Over::Stopped),
            Phase::Granted | Phase::Live => self.tell_all(&Event::CustomerEnded),
            _ => self.over = Some(Over::Stopped),
        }
        self.stopping = true;
    }

    pub(super) fn acted(&mut self, action: Action) {
        if let Some(at) = self.hands.last_at_work() {
            self.tell_all(&Event::Injected(at));
        }
        if self.problem == Some(Problem::NotAlone) {
            self.problem = None;
        }
        match action {
            Action::ConsentShown { question } => self.tell_all(&Event::ConsentShown(QuestionId(question))),
            Action::Allow { question, capabilities, may_return } => {
                let capabilities = capabilities.into_iter().collect();
                let asking = read(&self.session).asking();
                self.tell_all(&Event::Allowed { question: QuestionId(question), capabilities });
                if let Some(who) = asking.filter(|_| may_return) {
                    self.tell(who, Event::Returns(Return::Free));
                }
            }
            Action::Deny { question } => self.tell_all(&Event::Denied(QuestionId(question))),
            Action::WindowLost => self.tell_all(&Event::ConsentLost),
            // The technician's own hands could be in the dialog.
            Action::FolderPicked { .. }
            | Action::WholeDisk { whole: true }
            | Action::WordsMatch
            | Action::RunAsAdministrator
                if !read(&self.session).is_customer_alone(Instant::now()) =>
            {
                self.problem = Some(Problem::NotAlone);
            }
            Action::FolderPicked { folder } => self.opened.choose_folder(folder),
            Action::WholeDisk { whole } => self.opened.choose_whole(whole),
            Action::StopAndReport => self.report_technician(),
            Action::RunAsAdministrator => self.run_as_administrator(),
            Action::Pause => self.tell_all(&Event::Paused),
            Action::Resume => self.tell_all(&Event::Resumed),
            Action::Hold { capability } => self.tell_all(&Event::Held(capability)),
            Action::GiveBack { capability } => self.tell_all(&Event::GivenBack(capability)),
            Action::TakeAway { capability } => self.tell_all(&Event::Revoked(capability)),
            Action::MayReturn { allowed } => {
                self.tell_all(&Event::Returns(if allowed { Return::Free } else { Return::Asks }));
            }
            Action::BarSeen => self.tell_all(&Event::BarSeen),
            Action::BarHidden => self.tell_all(&Event::BarHidden),
            Action::WordsMatch => self.words_match(),
            // Somebody sits in between: nothing goes on with this code.
            Action::WordsDiffer => self.tell_all(&Event::CustomerEnded),
            Action::Chat { text } => self.write_chat(&text),
            Action::Attention => self.ask_for_attention(),
            // Before anyone was let in the customer only goes away; the code stays good.
            Action::End => match self.phase() {
                Phase::Granted | Phase::Live => self.tell_all(&Event::CustomerEnded),
                _ => self.over = Some(Over::Field(None)),
            },
            Action::ChatSeen { up_to } => {
                self.reading.shows(up_to);
                self.say_marks();
                self.front.change_bar(|bar| bar.unread = false);
            }
            Action::ChatOpened => self.front.change_bar(|bar| bar.unread = false),
            Action::Knocked { knock } => self.knocked(&knock),
            Action::RequestHelp { name, problem } => self.front.asking.ask(&name, &problem),
            Action::HelpTold { stage } => self.front.asking.told(stage),
            Action::Missing { missing } => self.front.is_missing(missing),
            Action::Call { .. }
            | Action::StartOver
            | Action::Forget
            | Action::Close
            | Action::PickFolder
            | Action::Permit { .. }
            | Action::Speak { .. } => {}
        }
    }

    /// The program was started again. As long as nobody is being let in, another call than this one takes its place.
    fn knocked(&mut self, knock: &Knock) {
        let Knock::Call(source) = knock else { return };
        let goes = matches!(self.phase(), Phase::Waiting | Phase::Known) && self.view.question.is_none();
        if *source == self.call.source || !goes {
            return;
        }
        if let Ok(call) = source.call() {
            self.front.next = Some(call);
            self.over = Some(Over::Field(None));
        }
    }

    fn words_match(&mut self) {
        let Some(party) = self.parties.get_mut(&self.about).filter(|party| !party.shown.words.is_empty()) else {
            return;
        };
        party.shown.words_match = true;
        let session = read(&self.session);
        let Some(known) = session.technician(self.about) else { return };
        let folder = &self.machine.folder;
        let company = self.certified(self.about);
        if let Err(error) = memory::remember(folder, known.key, &known.name, &known.company)
            .and_then(|()| company.map_or(Ok(()), |of| memory::remember_company(folder, of.company, &of.company_name)))
        {
            tracing::warn!(%error, "the words will be compared again");
        }
        let (of, key) = company.map_or((&known.company, None), |of| (&of.company_name, Some(of.company)));
        let desk = self.route.as_ref().and_then(|route| Desk::at(route, of.clone(), key));
        let kept = desk.as_ref().map(|desk| memory::remember_desk(folder, desk));
        drop(session);
        self.front.asking.knows(desk);
        if let Some(Err(error)) = kept {
            tracing::warn!(%error, "of this relay no help will be asked for later");
        }
    }

    /// What a company's key says of a technician who is known now.
    fn certified(&self, who: Who) -> Option<&Certified> {
        self.parties.get(&who)?.handshake.as_ref().and_then(HelperHandshake::certified)
    }

    /// Certificates that count no more, whoever shows them.
    fn revoked(&mut self, revoked: &[CertificateId]) {
        for handshake in self.parties.values_mut().filter_map(|party| party.handshake.as_mut()) {
            handshake.judge().revoke(revoked.iter().copied());
        }
    }

    /// First everything stops; what is kept can then be kept at leisure.
    fn report_technician(&mut self) {
        let key = read(&self.session).technician(self.about).map(|technician| technician.key);
        let company = self.certified(self.about).map(|certified| certified.company);
        self.view.granted = self.granted();
        self.tell(self.about, Event::ReportedByCustomer);
        // The others go with him.
        self.tell_all(&Event::CustomerEnded);
        if let Some(route) = &self.route {
            self.front.asking.forgets(&route.address);
            if let Err(error) = memory::forget_desk(&self.machine.folder, &route.address) {
                tracing::warn!(%error, "the relay is not forgotten");
            }
        }
        match memory::keep_report(&self.machine.folder, (key, company), &self.view) {
            Ok(path) => self.view.report = Some(path),
            Err(error) => tracing::warn!(%error, "the report is not kept on this computer"),
        }
    }

    /// He asks everyone who is connected to look his way.
    fn ask_for_attention(&mut self) {
        if self.phase() == Phase::Live && self.attention.ask(Instant::now()) {
            for share in self.parties.values().filter_map(|party| party.share.as_ref()) {
                share.ask_for_attention();
            }
        }
    }

    fn write_chat(&mut self, text: &str) {
        let text = ChatText::lossy(text.trim());
        // The relay keeps one conversation for all technicians of a call.
        let Some(session) = self.talks_in().filter(|_| !text.is_blank()) else { return };
        let id = MessageId::from_uuid(Uuid::now_v7());
        self.view.chat.push(ChatLine { id, seq: None, mine: true, text: text.clone(), sent_at: None });
        // One that does not leave now leaves with the next claim.
        let _ = self.link.send(&HelperToRelay::Chat { session, id, text });
    }

    /// Tells the relay how far he has taken the chat in, if that is more than it was told.
    fn say_marks(&mut self) {
        // As with what he writes: there is one conversation for all technicians of a call.
        let Some(session) = self.talks_in() else { return };
        // About a session that is not taken up again yet the relay would say that there is none.
        if !self.with(session).is_some_and(|party| party.relay_up) {
            return;
        }
        if let Some(marks) = self.reading.unsaid(&self.view.chat) {
            // Marks that do not leave now leave with the next claim.
            let _ = self.link.send(&HelperToRelay::ChatMarks { session, marks });
        }
    }

    /// Goes on in a program with an administrator's rights, which asks the customer everything again. It is his own click,
    /// and Windows asks him too.
    #[cfg(windows)]
    fn run_as_administrator(&mut self) {
        match crate::again::start_as_administrator(&self.call, &self.machine.folder) {
            // The technician waits, as after a restart.
            Ok(()) => self.over = Some(Over::Stopped),
            Err(error) => tracing::info!(%error, "the program is not started as administrator"),
        }
    }

    /// Elsewhere no window has rights of its own, and nothing offers this.
    #[cfg(not(windows))]
    #[allow(clippy::unused_self, reason = "on Windows it is used")]
    const fn run_as_administrator(&mut self) {}

    pub(super) fn hands_told(&mut self, who: Who, told: Told) {
        match told {
            Told::NotGranted => {
                self.tell(who, Event::Attempted(Capability::Control));
                self.refuse(who, ErrorCode::NotGranted, "mouse and keyboard are not granted now");
            }
            Told::Unavailable => {
                self.problem = Some(Problem::NoInput);
                self.refuse(who, ErrorCode::Internal, "mouse and keyboard cannot be used here");
            }
            Told::Available => {
                if self.problem == Some(Problem::NoInput) {
                    self.problem = None;
                }
            }
        }
    }

    pub(super) fn clipboard_told(&mut self, who: Who, told: clipboard::Told) {
        match told {
            clipboard::Told::Press => self.press_paste(who),
            clipboard::Told::Breach(breach) => self.dismiss(who, Breach { code: breach.code, detail: breach.detail }),
        }
    }

    /// Presses the system's paste key, as if the technician had: if he may use the keyboard at that moment.
    fn press_paste(&mut self, who: Who) {
        // USB HID usages: the key V, left Command and left Control.
        const V: KeyUsage = KeyUsage(0x19);
        let (with, modifiers) = if cfg!(target_os = "macos") {
            (KeyUsage(0xe3), Modifiers(Modifiers::META))
        } else {
            (KeyUsage(0xe0), Modifiers(Modifiers::CONTROL))
        };
        let locks = Locks::default();
        let presses = [
            InputEvent::KeyDown { key: with, modifiers, locks, text: String::new() },
            InputEvent::KeyDown { key: V, modifiers, locks, text: String::new() },
            InputEvent::KeyUp { key: V },
            InputEvent::KeyUp { key: with },
        ];
        for event in presses {
            if self.hands.handle(who, InputMessage { seq: 0, event }).is_err() {
                return;
            }
        }
        if let Some(share) = self.share(who) {
            share.touched();
        }
    }

    pub(super) fn refuse(&mut self, who: Who, code: ErrorCode, detail: &str) {
        if let Some(share) = self.share(who) {
            share.refuse(code, detail, Instant::now());
        }
    }

    pub(super) fn relay_event(&mut self, event: HelperLinkEvent) {
        match event {
            HelperLinkEvent::Connected { met } => {
                self.lost = None;
                self.certificate = Some(met.certificate);
                self.route = Some(met.route());
                for party in self.parties.values_mut() {
                    met.address.authority().clone_into(&mut party.shown.relay);
                    if let Some(handshake) = &mut party.handshake {
                        handshake.set_certificate(met.certificate);
                        handshake.judge().set_clock(Instant::now(), today());
                    }
                }
            }
            HelperLinkEvent::Disconnected { reason, .. } => {
                tracing::info!(%reason, "the relay is away");
                self.lost = Some(reason);
                for party in self.parties.values_mut() {
                    party.relay_up = false;
                    // What was offered last may not have arrived.
                    party.restarted = None;
                }
            }
            HelperLinkEvent::Message(message) => self.relay_said(message),
            HelperLinkEvent::Stopped { reason } => self.relay_stopped(reason),
        }
    }

    fn relay_stopped(&mut self, reason: Stop) {
        tracing::info!(%reason, "the relay is not called again");
        self.parties.values_mut().for_each(|party| party.relay_up = false);
        let claimed = self.first().is_some_and(|first| first.id.is_some());
        match reason {
            // It was ended while this end was away; by whom is not told any more.
            Stop::SessionEnded | Stop::InvalidCode | Stop::KeyRefused if claimed => {
                self.parties.values_mut().for_each(|party| party.relay_ended = true);
                self.tell_all(&Event::RelayEnded(EndReason::Interrupted));
            }
            // The same device called again from another window: that one goes on.
            Stop::Replaced => self.over = Some(Over::Field(None)),
            // A call that stands does not need the relay.
            _ if claimed => {}
            Stop::VersionUnsupported => self.over = Some(Over::Field(Some(Problem::Version))),
            Stop::NoTls => self.over = Some(Over::Field(Some(Problem::NoRelay))),
            _ => self.over = Some(Over::Field(Some(Problem::InvalidCode))),
        }
    }

    fn relay_said(&mut self, message: RelayToHelper) {
        match message {
            RelayToHelper::Claimed { session, technician_name, company, messages, console_online, revoked, marks } => {
                // One that is not known is whose is being asked for.
                let Some(who) = self.party_of(session).or_else(|| self.asked_for()) else { return };
                for message in &messages {
                    self.view.add_chat(message);
                }
                let theirs = self.reading.claimed(marks);
                self.view.add_marks(theirs);
                let Some(party) = self.parties.get_mut(&who) else { return };
                party.shown.online = console_online;
                // What a package or the technician himself has said counts more than the relay's word.
                if party.shown.name.is_blank() {
                    (party.shown.name, party.shown.company) = (technician_name, company);
                }
                if party.id.is_none() {
                    self.claimed(who, session);
                } else if party.unsent.is_empty() {
                    self.say_anew(who);
                }
                if self.talks_in() == Some(session) {
                    // What was written while the relay was away; the same id twice is stored once.
                    for line in self.view.chat.iter().filter(|line| line.seq.is_none()) {
                        let _ = self.link.send(&HelperToRelay::Chat { session, id: line.id, text: line.text.clone() });
                    }
                }
                if let Some(party) = self.parties.get_mut(&who) {
                    party.relay_up = true;
                    party.restart_soon();
                }
                self.revoked(&revoked);
                self.send_reports(who);
                self.say_marks();
            }
            RelayToHelper::Signal { session, signal } => {
                if let Some(handshake) = self.with(session).and_then(|party| party.handshake.as_mut()) {
                    handshake.handle_text(&signal, Instant::now());
                }
            }
            RelayToHelper::Detour { session, detour } => {
                if let (Some(route), Some(party)) = (self.route.clone(), self.with(session)) {
                    party.ways.learn(route, detour);
                }
            }
            RelayToHelper::Chat { message } if self.party_of(message.session).is_some() => {
                self.view.add_chat(&message);
                self.say_marks();
                if message.author == deskhand_protocol::record::Author::Technician {
                    self.front.change_bar(|bar| bar.unread = true);
                }
            }
            RelayToHelper::ChatMarks { session, marks } if self.party_of(session).is_some() => {
                self.view.add_marks(marks);
            }
            RelayToHelper::Console { session, online } => {
                if let Some(party) = self.with(session) {
                    party.shown.online = online;
                    if online {
                        party.restart_soon();
                    }
                }
            }
            RelayToHelper::Ended { session, reason } => {
                if let Some(who) = self.party_of(session) {
                    self.relay_ended(who, reason);
                }
            }
            RelayToHelper::Error { session, error } => self.relay_refused(session, error.code),
            _ => {}
        }
    }

    fn with(&mut self, session: SessionId) -> Option<&mut Party> {
        self.parties.values_mut().find(|party| party.id == Some(session))
    }

    /// The relay was away and cannot know what is so now.
    fn say_anew(&mut self, who: Who) {
        let paused = read(&self.session).standing_of(who).stopped == Some(Stopped::Paused);
        let phase = self.phase_of(who);
        let Some(party) = self.parties.get_mut(&who) else { return };
        let (now, then) = match phase {
            Phase::Live => (Some(Report::Live), paused.then_some(Report::Paused { paused })),
            Phase::Granted if party.was_live => (Some(Report::ConnectionLost), None),
            _ => (None, None),
        };
        party.unsent.extend(now.into_iter().chain(then));
    }

    fn relay_ended(&mut self, who: Who, reason: EndReason) {
        if let Some(party) = self.parties.get_mut(&who) {
            party.relay_ended = true;
        }
        self.tell(who, Event::RelayEnded(reason));
    }

    fn relay_refused(&mut self, session: Option<SessionId>, code: ErrorCode) {
        let claimed = self.first().is_some_and(|first| first.id.is_some());
        tracing::debug!(?code, claimed, "the relay refused something");
        if code == ErrorCode::TooMany && !claimed {
            self.problem = Some(Problem::TooMany);
        }
        let over = matches!(code, ErrorCode::NotFound | ErrorCode::SessionEnded);
        match session.and_then(|session| self.party_of(session)) {
            Some(who) if over && who != Who::FIRST => self.relay_ended(who, EndReason::Interrupted),
            Some(_) => {}
            // The session of somebody who was invited is not found.
            None if session.is_none() && claimed => {
                if let Some(who) = self.asked_for() {
                    self.not_found(who);
                }
            }
            None => {}
        }
    }

    fn claimed(&mut self, who: Who, session: SessionId) {
        tracing::info!(%session, "waiting for the technician");
        let mut seed = [0; 32];
        self.entropy.fill(&mut seed);
        let Some(party) = self.parties.get_mut(&who) else { return };
        party.id = Some(session);
        party.handshake = Some(HelperHandshake::new(HelperParameters {
            session,
            identity: Arc::clone(&self.machine.identity),
            secret: Some(party.secret.clone()),
            // Only the first one can be in a package; whoever was invited is known by the secret alone.
            technician: self.call.technician.as_ref().filter(|_| who == Who::FIRST).map(|named| named.pin.clone()),
            pinned: None,
            certificate: self.certificate.unwrap_or(Certificate::Loopback),
            judge: Judge::new(Instant::now(), today()),
            failures: 0,
            entropy: Entropy::from_seed(seed),
        }));
        if let Some(invited) = &mut party.invited {
            invited.until = Some(Instant::now() + INVITATION_LIFE);
        }
        self.tell_inviter(who, Invited::Waiting);
    }

    pub(super) fn handshake_output(&mut self, who: Who, output: HelperOutput) {
        let Some(party) = self.parties.get_mut(&who) else { return };
        match output {
            HelperOutput::Send(signal) => match (write_signal(&signal), party.id) {
                (Ok(signal), Some(session)) => {
                    // One that is lost is asked for again by whoever misses it.
                    if let Err(error) = self.link.send(&HelperToRelay::Signal { session, signal }) {
                        tracing::debug!(%error, "a signal was not sent");
                    }
                }
                (Err(error), _) => tracing::error!(%error, "a signal could not be sent"),
                (Ok(_), None) => {}
            },
            HelperOutput::Greeted => {
                party.asked = None;
                self.tell(who, Event::QuestionVoid);
            }
            HelperOutput::Known { peer_key, words, introduction } => {
                self.problem = None;
                // The old run's connection is void with it.
                self.drop_share(who);
                let (name, company) = (introduction.name, introduction.company);
                let same = read(&self.session).technician(who).is_some_and(|known| known.key == peer_key);
                let folder = &self.machine.folder;
                let company_checked = self
                    .certified(who)
                    .is_some_and(|of| memory::has_checked_company(folder, of.company, &of.company_name));
                if let Some(party) = self.parties.get_mut(&who) {
                    let shown = &mut party.shown;
                    // The same technician again: the customer has compared once, and the key is the same.
                    shown.words_match &= same;
                    shown.words = words.to_strings();
                    shown.remembered = memory::has_checked(&self.machine.folder, peer_key, &name, &company);
                    shown.company_checked = company_checked;
                    shown.seat = introduction.seat;
                    (shown.name, shown.company) = (name.clone(), company.clone());
                    shown.online = true;
                    if let Some(invited) = &mut party.invited {
                        invited.until = None;
                    }
                }
                self.tell(who, Event::TechnicianKnown(Technician { key: peer_key, name, company }));
            }
            HelperOutput::Asked { question, ask } => {
                party.asked = Some((question, ask.codecs));
                self.tell(who, Event::Asked(ask.capabilities.into_iter().collect()));
            }
            HelperOutput::Answered { generation, sdp } => {
                if let Some(share) = party.share.as_ref().filter(|share| share.generation == generation) {
                    let peer = share.peer();
                    self.work_for(who, async move { Done::Accepted(peer.accept_answer(&sdp).await) });
                }
            }
            HelperOutput::MendAsked if party.share.is_some() => {
                tracing::info!("the technician's end has lost the path");
                party.restart_at.get_or_insert_with(Instant::now);
                party.restart_soon();
                self.tell(who, Event::PeerLost);
            }
            HelperOutput::MendAsked => {}
            HelperOutput::Bye { .. } => self.tell(who, Event::TechnicianEnded),
            HelperOutput::WrongCode { failures } => tracing::info!(failures, "the two sides have not the same code"),
            HelperOutput::Failed { reason } => self.handshake_failed(who, reason),
        }
    }

    fn handshake_failed(&mut self, who: Who, reason: RefuseReason) {
        tracing::info!(?reason, "the handshake failed");
        if matches!(self.phase_of(who), Phase::Granted | Phase::Live) {
            // A connection that stands is not touched by what passes the relay.
            if reason == RefuseReason::KeyChanged {
                self.problem = Some(Problem::NotProven);
            }
            return;
        }
        if who != Who::FIRST {
            // What goes wrong with somebody who was invited is nobody else's trouble; he may try again.
            return match reason {
                RefuseReason::TooManyWrongCodes => self.uninvite(who, Invited::WrongCode),
                RefuseReason::KeyChanged => self.tell(who, Event::KeyChanged),
                _ => {}
            };
        }
        match reason {
            // Typed wrong: the field is where that is put right.
            RefuseReason::WrongCode => self.over = Some(Over::Field(Some(Problem::WrongCode))),
            RefuseReason::TooManyWrongCodes => self.over = Some(Over::Field(Some(Problem::TooManyWrongCodes))),
            RefuseReason::RelayCertificate => self.over = Some(Over::Field(Some(Problem::WrongRelay))),
            RefuseReason::KeyChanged => self.tell(who, Event::KeyChanged),
            RefuseReason::NotCertified => self.problem = Some(Problem::NotCertified),
            RefuseReason::Version => self.problem = Some(Problem::Version),
            RefuseReason::BadProof => self.problem = Some(Problem::NotProven),
            _ => {}
        }
    }

    pub(super) fn peer_event(&mut self, who: Who, event: PeerEvent) {
        let Some(party) = self.parties.get_mut(&who) else { return };
        match event {
            PeerEvent::Connected { path } => {
                tracing::info!(path = path.name(), "connected");
                party.restart_at = None;
                party.restarted = None;
                let came = !std::mem::replace(&mut party.was_live, true);
                self.problem = self.lacking();
                self.tell(who, Event::PeerConnected);
                if came {
                    self.tell_inviter(who, Invited::Came);
                }
            }
            PeerEvent::Disconnected => {
                party.restart_at.get_or_insert_with(Instant::now);
                party.restart_soon();
                self.tell(who, Event::PeerLost);
                self.link.doubt();
            }
            PeerEvent::Failed => {
                party.restart_at.get_or_insert_with(Instant::now);
                party.restart_soon();
                if !party.was_live && who == Who::FIRST {
                    self.problem = Some(Problem::NoConnection);
                }
                self.tell(who, Event::PeerLost);
            }
            PeerEvent::Closed => self.lose_share(who),
            PeerEvent::Message { channel, message } => {
                let taken = self.message(who, channel, &message);
                if let Err(breach) = taken {
                    self.dismiss(who, breach);
                }
            }
            PeerEvent::Violation { code } => {
                self.dismiss(who, Breach { code, detail: "a rule of the channels was broken" });
            }
            PeerEvent::KeyFrameWanted => {
                if let Some(share) = &mut party.share {
                    share.key_frame(None);
                }
            }
            PeerEvent::Path { bits_per_second, queue } => {
                if let Some(share) = &mut party.share {
                    share.set_bandwidth(bits_per_second);
                    share.set_queue(queue);
                }
            }
            PeerEvent::Stats(stats) => {
                if let Some(share) = &mut party.share {
                    share.set_round_trip(stats.rtt.unwrap_or_default());
                }
            }
            _ => {}
        }
    }

    /// Carries out a message of a technician, if it is one and may come now.
    fn message(&mut self, who: Who, channel: Channel, bytes: &[u8]) -> Result<(), Breach> {
        let Some(party) = self.parties.get_mut(&who) else { return Ok(()) };
        let Some(share) = &mut party.share else { return Ok(()) };
        party.active = true;
        match share.hearing.hear(channel, bytes)? {
            Heard::Control(message) => {
                self.control(who, message);
                Ok(())
            }
            Heard::Input(InputMessage { seq, event: InputEvent::Point(event) }) => {
                self.point(who, seq, event);
                Ok(())
            }
            Heard::Clipboard(message) => {
                share.copied(message);
                Ok(())
            }
            Heard::Input(message) => {
                // It does not even wait behind the input of whoever has the controls.
                if read(&self.session).steers().is_some_and(|steers| steers != who) {
                    if !matches!(message.event, InputEvent::ReleaseAll | InputEvent::Held(_)) {
                        self.hands_told(who, Told::NotGranted);
                    }
                    return Ok(());
                }
                if expects_an_answer(&message.event) {
                    share.touched();
                }
                self.hands
                    .handle(who, message)
                    .map_err(|Full| Breach { code: ErrorCode::TooMany, detail: "more input than anyone can make" })
            }
        }
    }

    /// Shows what a technician points at or has drawn, if that is permitted now.
    fn point(&mut self, who: Who, seq: u32, event: PointEvent) {
        let Some(share) = self.parties.get_mut(&who).and_then(|party| party.share.as_mut()) else { return };
        let refused = {
            // Held until it is done: what is taken back now is wiped off after it.
            let session = read(&self.session);
            match (session.permit(who, Capability::Point, Instant::now()), session.technician(who)) {
                (Ok(_), Some(technician)) => {
                    let shown = self.pointing.take((who, &technician.name), seq, event, share.monitors());
                    shown.err().map(|_| (ErrorCode::Internal, "nothing can be shown on this screen"))
                }
                _ => Some((ErrorCode::NotGranted, "pointing is not granted now")),
            }
        };
        if let Some((code, detail)) = refused {
            share.refuse(code, detail, Instant::now());
            if code == ErrorCode::NotGranted {
                self.tell(who, Event::Attempted(Capability::Point));
            }
        }
    }

    fn control(&mut self, who: Who, message: ToHelper) {
        let Some(share) = self.parties.get_mut(&who).and_then(|party| party.share.as_mut()) else { return };
        match message {
            ToHelper::Hello { .. } => share.greeted(&read(&self.session).standing_of(who)),
            ToHelper::End => self.tell(who, Event::TechnicianEnded),
            ToHelper::Leave => self.lose_share(who),
            ToHelper::Want { capabilities } => {
                if capabilities.len() > CAPABILITIES {
                    share.refuse(ErrorCode::TooLarge, "more capabilities than there are", Instant::now());
                } else {
                    self.tell(who, Event::Asked(capabilities.into_iter().collect()));
                }
            }
            ToHelper::Do { deed } => self.wants(who, deed),
            ToHelper::Programs => self.tell_programs(who),
            ToHelper::System => self.tell_system(who),
            ToHelper::Room { act } => self.room_act(who, act),
            ToHelper::Attended => self.attention.seen(Instant::now()),
            // It closes the connection now.
            ToHelper::Error { error } => tracing::warn!(code = ?error.code, "the console refused a message"),
            ToHelper::Show { monitors, focus } => match share.show(&monitors, focus) {
                Ok(()) => {}
                Err(NotShown::NoSuchMonitor) => {
                    share.refuse(ErrorCode::NotFound, "there are no such monitors", Instant::now());
                }
                Err(NotShown::NoCapture) => {
                    share.refuse(ErrorCode::Internal, "one more picture cannot be shown", Instant::now());
                }
            },
            ToHelper::KeyFrame { monitor } => share.key_frame(monitor),
            ToHelper::Prefer(preference) => share.prefer(preference),
            ToHelper::Watch { watching } => {
                if watching {
                    share.start();
                } else {
                    share.stop();
                }
            }
        }
    }

    pub(super) fn deliver(&mut self, who: Who, delivered: Delivered) {
        let standing = read(&self.session).standing_of(who);
        if let Output::Trouble(trouble) = &delivered.output {
            self.problem = match trouble {
                // What hides the desktop for now is nothing the customer has to be told.
                None | Some(Trouble::SlowEncoder | Trouble::Protected | Trouble::MonitorOff) => self.lacking(),
                Some(Trouble::SecureDesktop) => Some(Problem::SecureDesktop),
                Some(Trouble::Elevated) => Some(Problem::Elevated),
                Some(_) => self.lacking().or(Some(Problem::NoCapture)),
            };
        }
        match self.share(who).map(|share| share.deliver(delivered, &standing)) {
            Some(Ok(Some(monitors))) => self.hands.set_monitors(who, monitors),
            Some(Err(Broken)) => self.lose_share(who),
            _ => {}
        }
    }
}

/// Whether something on the screen is likely to change at once, and the technician waits for it. The mouse alone moves
/// far too often to be answered each time.
const fn expects_an_answer(event: &InputEvent) -> bool {
    matches!(
        event,
        InputEvent::KeyDown { .. } | InputEvent::Text { .. } | InputEvent::ButtonDown { .. } | InputEvent::Wheel { .. }
    )
}
