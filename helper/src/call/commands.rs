//! What is to be done: the session's commands, and the making and mending of the connection.

use deskhand_protocol::call::control::Trouble;

use super::*;

impl Running<'_> {
    pub(super) fn carry_out(&mut self, who: Who, command: Command) {
        match command {
            Command::ShowConsent(question) => {
                let until = today().0.saturating_add(millis(CONSENT_TIMEOUT));
                self.view.question = Some(QuestionView {
                    id: question.id.0,
                    kind: match question.kind {
                        Kind::First => QuestionKind::First,
                        Kind::Hands => QuestionKind::Hands,
                        Kind::More => QuestionKind::More,
                        Kind::Deed => QuestionKind::Deed,
                    },
                    program: self.quick.wanted.as_ref().and_then(|wanted| wanted.program.clone()),
                    asked: question.asked,
                    allow_active: false,
                    until: UnixMillis(until),
                });
            }
            Command::ActivateAllow(id) => {
                if let Some(question) = self.view.question.as_mut().filter(|question| question.id == id.0) {
                    question.allow_active = true;
                }
            }
            // One that another has followed stays.
            Command::HideConsent(id) => drop(self.view.question.take_if(|question| question.id == id.0)),
            Command::Answer(answer) => self.answer(who, answer),
            Command::Confirmed(capability) => self.confirmed(who, capability),
            Command::NotConfirmed(_) => self.not_confirmed(who),
            Command::ShowBar => self.show_bar(who),
            Command::Standing(standing) => {
                if let Some(share) = self.share(who) {
                    share.say_standing(&standing);
                }
            }
            Command::Usable(usable) => self.usable(who, &usable),
            Command::NotBelieved => self.problem = Some(Problem::NotAlone),
            Command::HideBar => self.front.hide_bar(),
            Command::StartSharing => {
                if let Some(share) = self.share(who) {
                    share.start();
                    share.introduce();
                }
            }
            Command::StopSharing => {
                if let Some(share) = self.share(who) {
                    share.stop();
                }
            }
            Command::ReleaseEverything => {
                self.hands.release_everything(who);
                self.pointing.wipe(who);
            }
            Command::Report(report) => {
                if let Some(party) = self.parties.get_mut(&who) {
                    party.unsent.push_back(report);
                }
                self.send_reports(who);
            }
            Command::Close(reason) => self.close(who, reason),
        }
    }

    /// Reports leave in order, and wait while the relay is away.
    pub(super) fn send_reports(&mut self, who: Who) {
        let Some(party) = self.parties.get_mut(&who).filter(|party| party.relay_up) else { return };
        let Some(session) = party.id else { return };
        while let Some(report) = party.unsent.front() {
            if self.link.send(&HelperToRelay::Report { session, report: report.clone() }).is_err() {
                return;
            }
            party.unsent.pop_front();
        }
    }

    fn show_bar(&mut self, who: Who) {
        let left = read(&self.session).hard_end().map(|at| at.saturating_duration_since(self.clock.now()));
        self.view.hard_end_at = left.map(|left| UnixMillis(today().0.saturating_add(millis(left))));
        if let Some(party) = self.parties.get(&who) {
            self.front.show_bar(party.shown.clone());
        }
    }

    /// What may be used has changed: whatever waits for anything else is dropped here. What leaves later all the same is
    /// stopped by its own permit at the moment of use.
    fn usable(&mut self, who: Who, usable: &Capabilities) {
        tracing::debug!(capabilities = usable.len(), "what may be used has changed");
        if let Some(share) = self.share(who) {
            share.usable_changed();
        }
    }

    fn answer(&mut self, who: Who, answer: Answer) {
        let Some(party) = self.parties.get_mut(&who) else { return };
        match (answer, party.asked.take()) {
            (Answer::Granted(_), Some((question, codecs))) => self.let_in(who, question, codecs),
            // How the grants stand is told in any case.
            (Answer::Granted(_), None) => {}
            (Answer::Declined(reason), Some((question, _))) => {
                if let Some(handshake) = &mut party.handshake
                    && let Err(error) = handshake.decline(question, reason)
                {
                    tracing::debug!(%error, "there was nobody left to decline");
                }
                if !party.was_live && matches!(reason, DeclineReason::Denied | DeclineReason::NoAnswer) {
                    self.tell_inviter(who, Invited::Declined);
                }
            }
            (Answer::Declined(reason), None) => {
                if let Some(share) = &party.share {
                    share.say(&ToConsole::Declined { reason });
                }
            }
        }
    }

    /// Makes the offer that the customer's yes allows.
    fn let_in(&mut self, who: Who, question: Question, codecs: Vec<VideoCodec>) {
        let Some(party) = self.parties.get_mut(&who) else { return };
        let Some(handshake) = &mut party.handshake else { return };
        if let Err(error) = handshake.allow(question) {
            tracing::debug!(%error, "the question is gone");
            return;
        }
        // A question asked over a connection that stands is answered with a new one.
        if party.share.is_some() {
            self.lose_share(who);
        }
        self.next_attempt(who);
        let Some(party) = self.parties.get_mut(&who) else { return };
        (party.question, party.decodes) = (Some(question), codecs);
        // What the system itself asks comes first.
        let shows = self.granted().contains(&Capability::View) && self.prepared.is_none();
        if shows {
            self.work_for(who, async {
                // A thread of its own: whoever ends the program does not wait for a person's answer.
                let (tell, told) = tokio::sync::oneshot::channel();
                let asks = std::thread::Builder::new().name("prepare".to_owned());
                let begun = asks.spawn(move || drop(tell.send(deskhand_capture::prepare())));
                let nobody = || Err(CaptureError::Display("nobody asks the system".to_owned()));
                Done::Prepared(if begun.is_err() { nobody() } else { told.await.unwrap_or_else(|_| nobody()) })
            });
        } else {
            self.make_offer(who);
        }
    }

    fn make_offer(&mut self, who: Who) {
        let Some(party) = self.parties.get_mut(&who) else { return };
        let config = PeerConfig { ways: party.ways.clone(), codecs: codecs::best_first(), ..PeerConfig::default() };
        let codecs = party.decodes.clone();
        self.work_for(who, async move { Done::Offered(Peer::offerer(config, &codecs).await) });
    }

    pub(super) fn done(&mut self, who: Who, done: Done) {
        let Some(party) = self.parties.get_mut(&who) else { return };
        match done {
            Done::Offered(Ok((peer, events, sdp))) => self.offer(who, peer, events, sdp),
            Done::Prepared(Ok(prepared)) => {
                self.prepared = Some(prepared);
                self.problem = self.lacking();
                self.make_offer(who);
            }
            Done::Prepared(Err(error)) => {
                tracing::warn!(%error, "the screen cannot be shown");
                if let (Some(handshake), Some(question)) = (&mut party.handshake, party.question.take()) {
                    let _ = handshake.decline(question, DeclineReason::NothingToGrant);
                }
                // Nothing more is asked about what does not begin. If the technician asks again, so does the system.
                self.tell(who, Event::QuestionVoid);
                self.problem = Some(Problem::NoCapture);
            }
            Done::Offered(Err(error)) => {
                tracing::warn!(%error, "no offer could be made");
                self.problem = Some(Problem::NoConnection);
                if let (Some(handshake), Some(question)) = (&mut party.handshake, party.question.take()) {
                    let _ = handshake.decline(question, DeclineReason::NothingToGrant);
                }
            }
            Done::Restarted(Ok(sdp)) => match party.handshake.as_mut().map(|handshake| handshake.offer(sdp)) {
                Some(Ok(generation)) => {
                    if let Some(share) = &mut party.share {
                        share.generation = generation;
                    }
                }
                Some(Err(error)) => tracing::debug!(%error, "the path cannot be offered anew"),
                None => {}
            },
            Done::Restarted(Err(error)) => tracing::debug!(%error, "no new path was found"),
            Done::Did(deed, outcome) => self.deed_done(who, deed, outcome),
            Done::Looked => self.looked(who),
            Done::Learnt(facts) => self.learnt(who, *facts),
            Done::Accepted(Ok(())) => {}
            Done::Accepted(Err(error)) => {
                tracing::warn!(%error, "the technician's answer cannot be used");
                self.lose_share(who);
            }
        }
    }

    fn offer(&mut self, who: Who, peer: Peer, events: PeerEvents, sdp: String) {
        let Some(party) = self.parties.get_mut(&who) else { return };
        let Some(handshake) = &mut party.handshake else { return };
        let generation = match handshake.offer(sdp) {
            Ok(generation) => generation,
            Err(error) => {
                tracing::debug!(%error, "nobody waits for the offer any more");
                return;
            }
        };
        let session = Ours::new(Arc::clone(&self.session), who);
        let shared = (Arc::clone(&self.opened), self.feeds.clone());
        let mut share = Share::new(peer, events, session, shared, self.tellers.of(who));
        share.generation = generation;
        // While the answer travels the screen is opened; the session permits no picture before the connection is up.
        if let Err(error) = share.open_screen() {
            tracing::warn!(%error, "the screen cannot be shown");
            share.set_trouble(Some(Trouble::NoCapture));
            party.share = Some(share);
            self.problem = self.lacking().or(Some(Problem::NoCapture));
            return;
        }
        party.share = Some(share);
    }

    /// What this desktop cannot show, whatever else is right.
    pub(super) fn lacking(&self) -> Option<Problem> {
        let partial = self.prepared.as_ref().is_some_and(|prepared| !prepared.is_whole());
        partial.then_some(Problem::NoPortal)
    }

    /// Looks for a new path for a connection that was lost, now and again until it is back or given up.
    ///
    /// Looking for one gives up the old one, which may still heal: so it is done only while the technician can be told.
    pub(super) fn restart(&mut self, who: Who) {
        let Some(party) = self.parties.get_mut(&who) else { return };
        party.restart_at = None;
        let Some(share) = &party.share else { return };
        let now = Instant::now();
        party.restart_at = Some(now + RESTART_PAUSE);
        if !party.relay_up || !party.shown.online {
            // Whatever broke the connection may have broken the way to the relay too.
            self.link.doubt();
            return;
        }
        party.restarted = Some(now);
        let peer = share.peer();
        self.work_for(who, async move { Done::Restarted(peer.restart_ice().await) });
    }

    /// The connection is gone for good; the technician may come back with a new one.
    pub(super) fn lose_share(&mut self, who: Who) {
        self.drop_share(who);
        self.tell(who, Event::PeerLost);
    }

    /// The technician's end broke a rule: it is told which, and the connection is closed.
    pub(super) fn dismiss(&mut self, who: Who, breach: Breach) {
        tracing::warn!(code = ?breach.code, detail = breach.detail, "the technician's end broke the protocol");
        self.part(who, Some(breach.into()));
        self.lose_share(who);
    }

    /// Closes the connection once the technician has heard what was said last.
    pub(super) fn part(&mut self, who: Who, last: Option<WireError>) {
        if let Some(share) = self.parties.get_mut(&who).and_then(|party| party.share.take()) {
            self.farewells.spawn(share.close(last));
        }
    }

    pub(super) fn drop_share(&mut self, who: Who) {
        self.next_attempt(who);
        if let Some(party) = self.parties.get_mut(&who) {
            party.restart_at = None;
            party.share = None;
        }
    }

    /// What was begun for an earlier connection counts no longer.
    fn next_attempt(&mut self, who: Who) {
        self.forget_looks(who);
        self.attempts = self.attempts.wrapping_add(1);
        if let Some(party) = self.parties.get_mut(&who) {
            party.drop_work();
            party.attempt = self.attempts;
        }
    }

    /// One technician's part of the call is over, and with the last one's the call.
    fn close(&mut self, who: Who, reason: EndReason) {
        tracing::info!(?reason, "the session is over");
        let over = matches!(self.phase(), Phase::Ended(_));
        if over {
            self.stay();
        }
        let Some(party) = self.parties.get_mut(&who) else { return };
        if let Some(share) = &party.share {
            share.say(&ToConsole::Ended { reason });
        }
        if let Some(handshake) = &mut party.handshake {
            // A technician who is not known any more hears it from the relay.
            let _ = handshake.bye(reason);
        }
        if let Some(Invitation { until: Some(_), .. }) = &party.invited {
            self.tell_inviter(who, Invited::Gone);
        }
        if over {
            self.over = Some(if self.stopping { Over::Stopped } else { Over::Ended(reason) });
        } else {
            self.part(who, None);
            self.drop_share(who);
        }
    }

    /// Whether somebody still has to hear that it is over.
    pub(super) fn must_say_goodbye(&self) -> bool {
        self.parties.values().any(Party::must_be_told) && matches!(self.phase(), Phase::Ended(_))
    }
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
