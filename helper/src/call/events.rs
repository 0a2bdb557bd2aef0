//! What comes from outside: the customer, the relay, the technician, the screen.

use deskhand_protocol::call::{
    control::{Stopped, Trouble},
    input::{KeyUsage, Locks, Modifiers},
};

use super::*;

impl Running<'_> {
    /// The program is to stop: a session that runs is ended like by the customer.
    pub(super) fn stop(&mut self) {
        match self.phase() {
            // The technician waits; it goes on after the restart.
            _ if self.quick.restarting.is_some() => self.over = Some(Over::Stopped),
            Phase::Granted | Phase::Live => self.tell(Event::CustomerEnded),
            _ => self.over = Some(Over::Stopped),
        }
        self.stopping = true;
    }

    pub(super) fn acted(&mut self, action: Action) {
        if let Some(at) = self.hands.last_at_work() {
            self.tell(Event::Injected(at));
        }
        if self.problem == Some(Problem::NotAlone) {
            self.problem = None;
        }
        match action {
            Action::ConsentShown { question } => self.tell(Event::ConsentShown(QuestionId(question))),
            Action::Allow { question, capabilities, may_return } => {
                let capabilities = capabilities.into_iter().collect();
                self.tell(Event::Allowed { question: QuestionId(question), capabilities });
                if may_return {
                    self.tell(Event::Returns(Return::Free));
                }
            }
            Action::Deny { question } => self.tell(Event::Denied(QuestionId(question))),
            Action::WindowLost => self.tell(Event::ConsentLost),
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
            Action::Pause => self.tell(Event::Paused),
            Action::Resume => self.tell(Event::Resumed),
            Action::Hold { capability } => self.tell(Event::Held(capability)),
            Action::GiveBack { capability } => self.tell(Event::GivenBack(capability)),
            Action::TakeAway { capability } => self.tell(Event::Revoked(capability)),
            Action::MayReturn { allowed } => {
                self.tell(Event::Returns(if allowed { Return::Free } else { Return::Asks }));
            }
            Action::BarSeen => self.tell(Event::BarSeen),
            Action::BarHidden => self.tell(Event::BarHidden),
            Action::WordsMatch => self.words_match(),
            // Somebody sits in between: nothing goes on with this code.
            Action::WordsDiffer => self.tell(Event::CustomerEnded),
            Action::Chat { text } => self.write_chat(&text),
            // Before anyone was let in the customer only goes away; the code stays good.
            Action::End => match self.phase() {
                Phase::Granted | Phase::Live => self.tell(Event::CustomerEnded),
                _ => self.over = Some(Over::Field(None)),
            },
            Action::ChatSeen => self.front.change_bar(|bar| bar.unread = false),
            Action::Call { .. } | Action::StartOver | Action::PickFolder | Action::Speak { .. } => {}
        }
    }

    fn words_match(&mut self) {
        let Some(technician) = self.view.technician.as_mut().filter(|technician| !technician.words.is_empty()) else {
            return;
        };
        technician.words_match = true;
        let session = read(&self.session);
        let Some(known) = session.technician() else { return };
        let folder = &self.machine.folder;
        let company = self.certified();
        if let Err(error) = memory::remember(folder, known.key, &known.name, &known.company)
            .and_then(|()| company.map_or(Ok(()), |of| memory::remember_company(folder, of.company, &of.company_name)))
        {
            tracing::warn!(%error, "the words will be compared again");
        }
    }

    /// What a company's key says of the technician who is known now.
    fn certified(&self) -> Option<&Certified> {
        self.handshake.as_ref().and_then(HelperHandshake::certified)
    }

    /// First everything stops; what is kept can then be kept at leisure.
    fn report_technician(&mut self) {
        let key = read(&self.session).technician().map(|technician| technician.key);
        let company = self.certified().map(|certified| certified.company);
        self.view.granted = self.granted();
        self.tell(Event::ReportedByCustomer);
        match memory::keep_report(&self.machine.folder, (key, company), &self.view) {
            Ok(path) => self.view.report = Some(path),
            Err(error) => tracing::warn!(%error, "the report is not kept on this computer"),
        }
    }

    fn write_chat(&mut self, text: &str) {
        let text = ChatText::lossy(text.trim());
        let Some(session) = self.id.filter(|_| !text.is_blank()) else { return };
        let id = MessageId::from_uuid(Uuid::now_v7());
        self.view.chat.push(ChatLine { id, seq: None, mine: true, text: text.clone(), sent_at: None });
        // One that does not leave now leaves with the next claim.
        let _ = self.link.send(&HelperToRelay::Chat { session, id, text });
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

    pub(super) fn hands_told(&mut self, told: Told) {
        match told {
            Told::NotGranted => {
                self.tell(Event::Attempted(Capability::Control));
                self.refuse(ErrorCode::NotGranted, "mouse and keyboard are not granted now");
            }
            Told::Unavailable => {
                self.problem = Some(Problem::NoInput);
                self.refuse(ErrorCode::Internal, "mouse and keyboard cannot be used here");
            }
        }
    }

    pub(super) fn clipboard_told(&mut self, told: clipboard::Told) {
        match told {
            clipboard::Told::Press => self.press_paste(),
            clipboard::Told::Breach(breach) => self.dismiss(Breach { code: breach.code, detail: breach.detail }),
        }
    }

    /// Presses the system's paste key, as if the technician had: if he may use the keyboard at that moment.
    fn press_paste(&mut self) {
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
            if self.hands.handle(InputMessage { seq: 0, event }).is_err() {
                return;
            }
        }
        if let Some(share) = &self.share {
            share.touched();
        }
    }

    pub(super) fn refuse(&mut self, code: ErrorCode, detail: &str) {
        if let Some(share) = &mut self.share {
            share.refuse(code, detail, Instant::now());
        }
    }

    pub(super) fn relay_event(&mut self, event: HelperLinkEvent) {
        match event {
            HelperLinkEvent::Connected { met } => {
                self.lost = None;
                self.certificate = Some(met.certificate);
                self.route = Some(met.route());
                if let Some(technician) = &mut self.view.technician {
                    technician.relay = met.address.authority().to_owned();
                }
                if let Some(handshake) = &mut self.handshake {
                    handshake.set_certificate(met.certificate);
                    handshake.judge().set_clock(Instant::now(), today());
                }
            }
            HelperLinkEvent::Disconnected { reason, .. } => {
                tracing::info!(%reason, "the relay is away");
                self.relay_up = false;
                self.lost = Some(reason);
                // What was offered last may not have arrived.
                self.restarted = None;
            }
            HelperLinkEvent::Message(message) => self.relay_said(message),
            HelperLinkEvent::Stopped { reason } => self.relay_stopped(reason),
        }
    }

    fn relay_stopped(&mut self, reason: Stop) {
        tracing::info!(%reason, "the relay is not called again");
        self.relay_up = false;
        let claimed = self.id.is_some();
        match reason {
            // It was ended while this end was away; by whom is not told any more.
            Stop::SessionEnded | Stop::InvalidCode | Stop::KeyRefused if claimed => {
                self.relay_ended = true;
                self.tell(Event::RelayEnded(EndReason::Interrupted));
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
            RelayToHelper::Claimed { session, technician_name, company, messages, console_online, revoked } => {
                if self.id.is_some_and(|known| known != session) {
                    return;
                }
                for message in &messages {
                    self.view.add_chat(message);
                }
                if let Some(technician) = &mut self.view.technician {
                    technician.online = console_online;
                    // What a package or the technician himself has said counts more than the relay's word.
                    if technician.name.is_blank() {
                        technician.name = technician_name;
                        technician.company = company;
                    }
                }
                if self.id.is_none() {
                    self.claimed(session);
                } else if self.unsent.is_empty() {
                    // The relay was away and cannot know what is so now.
                    let paused = read(&self.session).standing().stopped == Some(Stopped::Paused);
                    let (now, then) = match self.phase() {
                        Phase::Live => (Some(Report::Live), paused.then_some(Report::Paused { paused })),
                        Phase::Granted if self.was_live => (Some(Report::ConnectionLost), None),
                        _ => (None, None),
                    };
                    self.unsent.extend(now.into_iter().chain(then));
                }
                if let Some(handshake) = &mut self.handshake {
                    handshake.judge().revoke(revoked);
                }
                // What was written while the relay was away; the same id twice is stored once.
                for line in self.view.chat.iter().filter(|line| line.seq.is_none()) {
                    let _ = self.link.send(&HelperToRelay::Chat { session, id: line.id, text: line.text.clone() });
                }
                self.relay_up = true;
                self.send_reports();
                self.restart_soon();
            }
            RelayToHelper::Signal { session, signal } if self.id == Some(session) => {
                if let Some(handshake) = &mut self.handshake {
                    handshake.handle_text(&signal, Instant::now());
                }
            }
            RelayToHelper::Detour { session, detour } if self.id == Some(session) => {
                if let Some(route) = self.route.clone() {
                    self.ways.learn(route, detour);
                }
            }
            RelayToHelper::Chat { message } if self.id == Some(message.session) => {
                self.view.add_chat(&message);
                if message.author == deskhand_protocol::record::Author::Technician {
                    self.front.change_bar(|bar| bar.unread = true);
                }
            }
            RelayToHelper::Console { session, online } if self.id == Some(session) => {
                if let Some(technician) = &mut self.view.technician {
                    technician.online = online;
                }
                if online {
                    self.restart_soon();
                }
            }
            RelayToHelper::Ended { session, reason } if self.id == Some(session) => {
                self.relay_ended = true;
                self.tell(Event::RelayEnded(reason));
            }
            RelayToHelper::Error { error, .. } => self.relay_refused(error.code),
            _ => {}
        }
    }

    fn relay_refused(&mut self, code: ErrorCode) {
        let claimed = self.id.is_some();
        tracing::debug!(?code, claimed, "the relay refused something");
        if code == ErrorCode::TooMany && !claimed {
            self.problem = Some(Problem::TooMany);
        }
    }

    fn claimed(&mut self, session: SessionId) {
        tracing::info!(%session, "waiting for the technician");
        self.id = Some(session);
        let mut seed = [0; 32];
        self.entropy.fill(&mut seed);
        self.handshake = Some(HelperHandshake::new(HelperParameters {
            session,
            identity: Arc::clone(&self.machine.identity),
            secret: Some(self.call.secret.clone()),
            technician: self.call.technician.as_ref().map(|named| named.pin.clone()),
            pinned: None,
            certificate: self.certificate.unwrap_or(Certificate::Loopback),
            judge: Judge::new(Instant::now(), today()),
            failures: 0,
            entropy: Entropy::from_seed(seed),
        }));
    }

    pub(super) fn handshake_output(&mut self, output: HelperOutput) {
        match output {
            HelperOutput::Send(signal) => match (write_signal(&signal), self.id) {
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
                self.asked = None;
                self.tell(Event::QuestionVoid);
            }
            HelperOutput::Known { peer_key, words, introduction } => {
                self.problem = None;
                // The old run's connection is void with it.
                self.drop_share();
                let (name, company) = (introduction.name, introduction.company);
                let folder = &self.machine.folder;
                let company_checked = self
                    .certified()
                    .is_some_and(|of| memory::has_checked_company(folder, of.company, &of.company_name));
                if let Some(technician) = &mut self.view.technician {
                    let words = words.to_strings();
                    // The same technician again: the customer has compared once, and the key is the same.
                    technician.words_match &=
                        read(&self.session).technician().is_some_and(|known| known.key == peer_key);
                    technician.words = words;
                    technician.remembered = memory::has_checked(&self.machine.folder, peer_key, &name, &company);
                    technician.company_checked = company_checked;
                    technician.name = name.clone();
                    technician.company = company.clone();
                    technician.online = true;
                }
                self.tell(Event::TechnicianKnown(Technician { key: peer_key, name, company }));
            }
            HelperOutput::Asked { question, ask } => {
                self.asked = Some((question, ask.codecs));
                self.tell(Event::Asked(ask.capabilities.into_iter().collect()));
            }
            HelperOutput::Answered { generation, sdp } => {
                if let Some(share) = self.share.as_ref().filter(|share| share.generation == generation) {
                    let (peer, attempt) = (share.peer(), self.attempt);
                    self.work.spawn(async move { (attempt, Done::Accepted(peer.accept_answer(&sdp).await)) });
                }
            }
            HelperOutput::MendAsked if self.share.is_some() => {
                tracing::info!("the technician's end has lost the path");
                self.tell(Event::PeerLost);
                self.restart_at.get_or_insert_with(Instant::now);
                self.restart_soon();
            }
            HelperOutput::MendAsked => {}
            HelperOutput::Bye { .. } => self.tell(Event::TechnicianEnded),
            HelperOutput::WrongCode { failures } => tracing::info!(failures, "the two sides have not the same code"),
            HelperOutput::Failed { reason } => self.handshake_failed(reason),
        }
    }

    fn handshake_failed(&mut self, reason: RefuseReason) {
        tracing::info!(?reason, "the handshake failed");
        if matches!(self.phase(), Phase::Granted | Phase::Live) {
            // A connection that stands is not touched by what passes the relay.
            if reason == RefuseReason::KeyChanged {
                self.problem = Some(Problem::NotProven);
            }
            return;
        }
        match reason {
            // Typed wrong: the field is where that is put right.
            RefuseReason::WrongCode => self.over = Some(Over::Field(Some(Problem::WrongCode))),
            RefuseReason::TooManyWrongCodes => self.over = Some(Over::Field(Some(Problem::TooManyWrongCodes))),
            RefuseReason::RelayCertificate => self.over = Some(Over::Field(Some(Problem::WrongRelay))),
            RefuseReason::KeyChanged => self.tell(Event::KeyChanged),
            RefuseReason::NotCertified => self.problem = Some(Problem::NotCertified),
            RefuseReason::Version => self.problem = Some(Problem::Version),
            RefuseReason::BadProof => self.problem = Some(Problem::NotProven),
            _ => {}
        }
    }

    pub(super) fn peer_event(&mut self, event: PeerEvent) {
        match event {
            PeerEvent::Connected { path } => {
                tracing::info!(path = path.name(), "connected");
                self.problem = None;
                self.restart_at = None;
                self.restarted = None;
                self.was_live = true;
                self.tell(Event::PeerConnected);
            }
            PeerEvent::Disconnected => {
                self.tell(Event::PeerLost);
                self.restart_at.get_or_insert_with(Instant::now);
                self.restart_soon();
                self.link.doubt();
            }
            PeerEvent::Failed => {
                if !self.was_live {
                    self.problem = Some(Problem::NoConnection);
                }
                self.tell(Event::PeerLost);
                self.restart_at.get_or_insert_with(Instant::now);
                self.restart_soon();
            }
            PeerEvent::Closed => self.lose_share(),
            PeerEvent::Message { channel, message } => {
                let taken = self.message(channel, &message);
                if let Err(breach) = taken {
                    self.dismiss(breach);
                }
            }
            PeerEvent::Violation { code } => {
                self.dismiss(Breach { code, detail: "a rule of the channels was broken" });
            }
            PeerEvent::KeyFrameWanted => {
                if let Some(share) = &self.share {
                    share.key_frame(None);
                }
            }
            PeerEvent::Path { bits_per_second, queue } => {
                if let Some(share) = &mut self.share {
                    share.set_bandwidth(bits_per_second);
                    share.set_queue(queue);
                }
            }
            PeerEvent::Stats(stats) => {
                if let Some(share) = &mut self.share {
                    share.set_round_trip(stats.rtt.unwrap_or_default());
                }
            }
            _ => {}
        }
    }

    /// Carries out a message of the technician, if it is one and may come now.
    fn message(&mut self, channel: Channel, bytes: &[u8]) -> Result<(), Breach> {
        let Some(share) = &mut self.share else { return Ok(()) };
        self.active = true;
        match share.hearing.hear(channel, bytes)? {
            Heard::Control(message) => {
                self.control(message);
                Ok(())
            }
            Heard::Input(InputMessage { seq, event: InputEvent::Point(event) }) => {
                self.point(seq, event);
                Ok(())
            }
            Heard::Clipboard(message) => {
                share.copied(message);
                Ok(())
            }
            Heard::Input(message) => {
                if expects_an_answer(&message.event) {
                    share.touched();
                }
                self.hands
                    .handle(message)
                    .map_err(|Full| Breach { code: ErrorCode::TooMany, detail: "more input than anyone can make" })
            }
        }
    }

    /// Shows what the technician points at or has drawn, if that is permitted now.
    fn point(&mut self, seq: u32, event: PointEvent) {
        let Some(share) = &mut self.share else { return };
        let refused = {
            // Held until it is done: what is taken back now is wiped off after it.
            let session = read(&self.session);
            match (session.permit(Capability::Point, Instant::now()), session.technician()) {
                (Ok(_), Some(technician)) => {
                    let shown = self.pointing.take(seq, event, share.monitors(), &technician.name);
                    shown.err().map(|_| (ErrorCode::Internal, "nothing can be shown on this screen"))
                }
                _ => Some((ErrorCode::NotGranted, "pointing is not granted now")),
            }
        };
        if let Some((code, detail)) = refused {
            share.refuse(code, detail, Instant::now());
            if code == ErrorCode::NotGranted {
                self.tell(Event::Attempted(Capability::Point));
            }
        }
    }

    fn control(&mut self, message: ToHelper) {
        let Some(share) = &mut self.share else { return };
        match message {
            ToHelper::Hello { .. } => share.greeted(&read(&self.session).standing()),
            ToHelper::End => self.tell(Event::TechnicianEnded),
            ToHelper::Leave => self.lose_share(),
            ToHelper::Want { capabilities } => {
                if capabilities.len() > CAPABILITIES {
                    share.refuse(ErrorCode::TooLarge, "more capabilities than there are", Instant::now());
                } else {
                    self.tell(Event::Asked(capabilities.into_iter().collect()));
                }
            }
            ToHelper::Do { deed } => self.wants(deed),
            ToHelper::Programs => self.tell_programs(),
            ToHelper::System => self.tell_system(),
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

    pub(super) fn deliver(&mut self, delivered: Delivered) {
        let standing = read(&self.session).standing();
        if let Output::Trouble(trouble) = &delivered.output {
            self.problem = match trouble {
                // What hides the desktop for now is nothing the customer has to be told.
                None | Some(Trouble::SlowEncoder | Trouble::Protected | Trouble::MonitorOff) => None,
                Some(Trouble::SecureDesktop) => Some(Problem::SecureDesktop),
                Some(Trouble::Elevated) => Some(Problem::Elevated),
                Some(_) => Some(Problem::NoCapture),
            };
        }
        match self.share.as_mut().map(|share| share.deliver(delivered, &standing)) {
            Some(Ok(Some(monitors))) => self.hands.set_monitors(monitors),
            Some(Err(Broken)) => self.lose_share(),
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
