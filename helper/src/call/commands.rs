//! What is to be done: the session's commands, and the making and mending of the connection.

use deskhand_protocol::call::control::Trouble;

use super::*;

impl Running<'_> {
    pub(super) fn carry_out(&mut self, command: Command) {
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
            Command::HideConsent(_) => self.view.question = None,
            Command::Answer(answer) => self.answer(answer),
            Command::Confirmed(capability) => self.confirmed(capability),
            Command::NotConfirmed(_) => self.not_confirmed(),
            Command::ShowBar => self.show_bar(),
            Command::Standing(standing) => {
                if let Some(share) = &self.share {
                    share.say_standing(&standing);
                }
            }
            Command::Usable(usable) => self.usable(&usable),
            Command::NotBelieved => self.problem = Some(Problem::NotAlone),
            Command::HideBar => self.front.hide_bar(),
            Command::StartSharing => {
                if let Some(share) = &mut self.share {
                    share.start();
                    share.introduce();
                }
            }
            Command::StopSharing => {
                if let Some(share) = &mut self.share {
                    share.stop();
                }
            }
            Command::ReleaseEverything => {
                self.hands.release_everything();
                self.pointing.wipe();
            }
            Command::Report(report) => {
                self.unsent.push_back(report);
                self.send_reports();
            }
            Command::Close(reason) => self.close(reason),
        }
    }

    /// Reports leave in order, and wait while the relay is away.
    pub(super) fn send_reports(&mut self) {
        let Some(session) = self.id.filter(|_| self.relay_up) else { return };
        while let Some(report) = self.unsent.front() {
            if self.link.send(&HelperToRelay::Report { session, report: report.clone() }).is_err() {
                return;
            }
            self.unsent.pop_front();
        }
    }

    fn show_bar(&mut self) {
        let left = read(&self.session).hard_end().map(|at| at.saturating_duration_since(self.clock.now()));
        self.view.hard_end_at = left.map(|left| UnixMillis(today().0.saturating_add(millis(left))));
        if let Some(who) = self.view.technician.clone() {
            self.front.show_bar(who);
        }
    }

    /// What may be used has changed: whatever waits for anything else is dropped here. What leaves later all the same is
    /// stopped by its own permit at the moment of use.
    fn usable(&mut self, usable: &Capabilities) {
        tracing::debug!(capabilities = usable.len(), "what may be used has changed");
        if let Some(share) = &self.share {
            share.usable_changed();
        }
    }

    fn answer(&mut self, answer: Answer) {
        match (answer, self.asked.take()) {
            (Answer::Granted(_), Some((question, codecs))) => self.let_in(question, codecs),
            // How the grants stand is told in any case.
            (Answer::Granted(_), None) => {}
            (Answer::Declined(reason), Some((question, _))) => {
                if let Some(handshake) = &mut self.handshake
                    && let Err(error) = handshake.decline(question, reason)
                {
                    tracing::debug!(%error, "there was nobody left to decline");
                }
            }
            (Answer::Declined(reason), None) => {
                if let Some(share) = &self.share {
                    share.say(&ToConsole::Declined { reason });
                }
            }
        }
    }

    /// Makes the offer that the customer's yes allows.
    fn let_in(&mut self, question: Question, codecs: Vec<VideoCodec>) {
        let Some(handshake) = &mut self.handshake else { return };
        if let Err(error) = handshake.allow(question) {
            tracing::debug!(%error, "the question is gone");
            return;
        }
        // A question asked over a connection that stands is answered with a new one.
        if self.share.is_some() {
            self.lose_share();
        }
        self.question = Some(question);
        let attempt = self.next_attempt();
        let config = PeerConfig { ways: self.ways.clone(), codecs: codecs::best_first(), ..PeerConfig::default() };
        self.work.spawn(async move { (attempt, Done::Offered(Peer::offerer(config, &codecs).await)) });
    }

    pub(super) fn done(&mut self, done: Done) {
        match done {
            Done::Offered(Ok((peer, events, sdp))) => self.offer(peer, events, sdp),
            Done::Offered(Err(error)) => {
                tracing::warn!(%error, "no offer could be made");
                self.problem = Some(Problem::NoConnection);
                if let (Some(handshake), Some(question)) = (&mut self.handshake, self.question.take()) {
                    let _ = handshake.decline(question, DeclineReason::NothingToGrant);
                }
            }
            Done::Restarted(Ok(sdp)) => match self.handshake.as_mut().map(|handshake| handshake.offer(sdp)) {
                Some(Ok(generation)) => {
                    if let Some(share) = &mut self.share {
                        share.generation = generation;
                    }
                }
                Some(Err(error)) => tracing::debug!(%error, "the path cannot be offered anew"),
                None => {}
            },
            Done::Restarted(Err(error)) => tracing::debug!(%error, "no new path was found"),
            Done::Did(deed, outcome) => self.deed_done(deed, outcome),
            Done::Looked => self.looked(),
            Done::Learnt(facts) => self.learnt(*facts),
            Done::Accepted(Ok(())) => {}
            Done::Accepted(Err(error)) => {
                tracing::warn!(%error, "the technician's answer cannot be used");
                self.lose_share();
            }
        }
    }

    fn offer(&mut self, peer: Peer, events: PeerEvents, sdp: String) {
        let Some(handshake) = &mut self.handshake else { return };
        let generation = match handshake.offer(sdp) {
            Ok(generation) => generation,
            Err(error) => {
                tracing::debug!(%error, "nobody waits for the offer any more");
                return;
            }
        };
        let told = self.clipboard_told.clone();
        let opened = Arc::clone(&self.opened);
        let (outputs, attempts) = (self.outputs.clone(), self.attempts.clone());
        let mut share = Share::new(peer, events, Arc::clone(&self.session), outputs, told, opened, attempts);
        share.generation = generation;
        // While the answer travels the screen is opened; the session permits no picture before the connection is up.
        if let Err(error) = share.open_screen() {
            tracing::warn!(%error, "the screen cannot be shown");
            share.set_trouble(Some(Trouble::NoCapture));
            self.problem = Some(Problem::NoCapture);
        }
        self.share = Some(share);
    }

    /// Looks for a new path for a connection that was lost, now and again until it is back or given up.
    ///
    /// Looking for one gives up the old one, which may still heal: so it is done only while the technician can be told.
    pub(super) fn restart(&mut self) {
        self.restart_at = None;
        let Some(share) = &self.share else { return };
        let now = Instant::now();
        self.restart_at = Some(now + RESTART_PAUSE);
        if !self.relay_up || !self.technician_is_here() {
            // Whatever broke the connection may have broken the way to the relay too.
            self.link.doubt();
            return;
        }
        self.restarted = Some(now);
        let (peer, attempt) = (share.peer(), self.attempt);
        self.work.spawn(async move { (attempt, Done::Restarted(peer.restart_ice().await)) });
    }

    /// The technician can be told again: a connection that is lost need not wait for the next turn.
    pub(super) fn restart_soon(&mut self) {
        if self.restart_at.is_some() {
            let now = Instant::now();
            self.restart_at = Some(self.restarted.map_or(now, |last| now.max(last + RESTART_AGAIN)));
        }
    }

    /// The connection is gone for good; the technician may come back with a new one.
    pub(super) fn lose_share(&mut self) {
        self.drop_share();
        self.tell(Event::PeerLost);
    }

    /// The technician's end broke a rule: it is told which, and the connection is closed.
    pub(super) fn dismiss(&mut self, breach: Breach) {
        tracing::warn!(code = ?breach.code, detail = breach.detail, "the technician's end broke the protocol");
        self.part(Some(breach.into()));
        self.lose_share();
    }

    /// Closes the connection once the technician has heard what was said last.
    pub(super) fn part(&mut self, last: Option<WireError>) {
        if let Some(share) = self.share.take() {
            self.farewells.spawn(share.close(last));
        }
    }

    pub(super) fn drop_share(&mut self) {
        self.next_attempt();
        self.restart_at = None;
        self.share = None;
    }

    /// What was begun for an earlier connection counts no longer.
    fn next_attempt(&mut self) -> u32 {
        self.work.abort_all();
        self.forget_looks();
        self.attempt = self.attempt.wrapping_add(1);
        self.attempt
    }

    fn close(&mut self, reason: EndReason) {
        tracing::info!(?reason, "the session is over");
        self.stay();
        if let Some(share) = &self.share {
            share.say(&ToConsole::Ended { reason });
        }
        if let Some(handshake) = &mut self.handshake {
            // A technician who is not known any more hears it from the relay.
            let _ = handshake.bye(reason);
        }
        self.over = Some(if self.stopping { Over::Stopped } else { Over::Ended(reason) });
    }

    /// Whether somebody still has to hear that it is over.
    pub(super) fn must_say_goodbye(&self) -> bool {
        self.id.is_some() && !self.relay_ended && matches!(self.phase(), Phase::Ended(_))
    }
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
