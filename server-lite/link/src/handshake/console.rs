//! The console's end of the handshake.

use std::{collections::VecDeque, fmt, sync::Arc, time::Instant};

use deskhand_protocol::{
    PROTOCOL_VERSION,
    call::signal::{Ask, DeclineReason, Introduction, Knowing, RefuseReason, Signal},
    code::Secret,
    id::{RunId, SessionId},
    key::{Digest, Nonce, PakeShare, PublicKey, Signature},
    limit::{PAKE_FAILURES, SDP},
    record::EndReason,
};

use super::{
    ASK_TIME, STEP_TIME, StepError, Words,
    bytes::{self, Content, Parties, Party, Role, RunKey, Transcript},
    pake::{Pake, PakeKey},
    read_signal,
    run::{Failures, Recent},
};
use crate::{
    entropy::Entropy,
    identity::{Identity, verify},
};

/// What a console's handshake is made of.
#[derive(Debug)]
pub struct ConsoleParameters {
    /// The session, as the relay named it when it was made.
    pub session: SessionId,
    /// The technician's key.
    pub identity: Arc<Identity>,
    /// Who he is, and the relay's own certificates.
    pub introduction: Introduction,
    /// The secret half of the spoken code, while it lasts.
    pub spoken: Option<Secret>,
    /// The secret of the link or package, while it lasts.
    pub link: Option<Secret>,
    /// The helper's key, if this session has known it before.
    pub pinned: Option<PublicKey>,
    /// Wrong codes counted for this session before.
    pub failures: u32,
    /// For nonces and the PAKE.
    pub entropy: Entropy,
}

/// What a console is to do or to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConsoleOutput {
    /// Send it to the helper.
    Send(Box<Signal>),
    /// The helper's key is proven. Keep it: it is the only one this session accepts from now on.
    Known {
        /// The helper's key.
        peer_key: PublicKey,
        /// For the technician to compare.
        words: Words,
    },
    /// The helper does not share. The run goes on; another question may be asked.
    Declined {
        /// Why.
        reason: DeclineReason,
    },
    /// The customer said yes: answer it.
    Offered {
        /// 0 for a new connection; a higher one restarts its ICE.
        generation: u32,
        /// The helper's description.
        sdp: String,
    },
    /// The customer ended the session. The run is over.
    Bye {
        /// Why.
        reason: EndReason,
    },
    /// A wrong code was tried; `Failed` follows.
    WrongCode {
        /// How often so far; at [`PAKE_FAILURES`] the code is ended.
        failures: u32,
    },
    /// The run ended without a call. A peer connection that stands is not touched.
    Failed {
        /// Why.
        reason: RefuseReason,
    },
}

/// The console's end: one for each session, used for run after run.
pub struct ConsoleHandshake {
    session: SessionId,
    identity: Arc<Identity>,
    introduction: Introduction,
    spoken: Option<Secret>,
    link: Option<Secret>,
    pinned: Option<PublicKey>,
    failures: Failures,
    entropy: Entropy,
    state: State,
    past: Recent<RunId>,
    outputs: VecDeque<ConsoleOutput>,
}

enum State {
    Idle,
    Greeted { run: RunId, own: Party, offered: Knowing, deadline: Instant },
    Revealed { parties: Parties, transcript: Vec<u8>, pake: Option<PakeKey>, deadline: Instant },
    Known(Call),
}

/// A run with both ends known.
struct Call {
    parties: Parties,
    question: Option<Asked>,
    past_questions: Recent<Nonce>,
}

struct Asked {
    nonce: Nonce,
    /// Until the first answer of any kind.
    deadline: Option<Instant>,
    /// Generation of the latest offer, and whether it was answered.
    offer: Option<(u32, Answered)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Answered {
    No,
    Yes,
}

impl State {
    const fn run(&self) -> Option<RunId> {
        match self {
            Self::Idle => None,
            Self::Greeted { run, .. } => Some(*run),
            Self::Revealed { parties, .. } => Some(parties.run.run),
            Self::Known(call) => Some(call.parties.run.run),
        }
    }
}

impl ConsoleHandshake {
    /// Makes it; nothing is sent before [`greet`](Self::greet).
    #[must_use]
    pub fn new(parameters: ConsoleParameters) -> Self {
        let ConsoleParameters { session, identity, introduction, spoken, link, pinned, failures, entropy } = parameters;
        Self {
            session,
            identity,
            introduction,
            spoken,
            link,
            pinned,
            failures: Failures(failures),
            entropy,
            state: State::Idle,
            past: Recent::default(),
            outputs: VecDeque::new(),
        }
    }

    /// Begins a run; any run before it is void. `run` is new: made by the caller, who has a clock for it.
    ///
    /// # Errors
    ///
    /// [`StepError::CodeEnded`] after too many wrong codes, [`StepError::NothingToKnowBy`] with neither a secret nor a
    /// known key.
    pub fn greet(&mut self, run: RunId, now: Instant) -> Result<(), StepError> {
        self.void();
        let knowing = match (&self.pinned, &self.spoken, &self.link) {
            (Some(_), _, _) => Knowing::Pinned,
            (None, ..) if self.failures.ended() => return Err(StepError::CodeEnded),
            (None, Some(_), _) => Knowing::Spoken,
            (None, None, Some(_)) => Knowing::Link,
            (None, None, None) => return Err(StepError::NothingToKnowBy),
        };
        let own = Party { key: self.identity.public(), nonce: Nonce(self.entropy.array()) };
        self.state = State::Greeted { run, own, offered: knowing, deadline: now + STEP_TIME };
        let commitment = bytes::commitment(run, &own);
        self.send(Signal::Greet { version: PROTOCOL_VERSION, run, key: own.key, commitment, knowing });
        Ok(())
    }

    /// Asks to share. A question that is still open is void.
    ///
    /// # Errors
    ///
    /// [`StepError::NotKnown`] before the helper is known in this run.
    pub fn ask(&mut self, ask: Ask, now: Instant) -> Result<(), StepError> {
        let nonce = Nonce(self.entropy.array());
        let State::Known(call) = &mut self.state else { return Err(StepError::NotKnown) };
        call.forget_question();
        call.question = Some(Asked { nonce, deadline: Some(now + ASK_TIME), offer: None });
        let signature = self.identity.sign(&Content::Ask { nonce: &nonce, ask: &ask }.to_bytes(&call.parties));
        let run = call.parties.run.run;
        self.send(Signal::Ask { run, ask, nonce, signature });
        Ok(())
    }

    /// Answers the offer of `generation`, which must be the latest.
    ///
    /// # Errors
    ///
    /// [`StepError::NoOffer`] when there is none of that generation or it was answered, [`StepError::TooLarge`].
    pub fn answer(&mut self, generation: u32, sdp: String) -> Result<(), StepError> {
        let State::Known(Call { parties, question: Some(Asked { nonce, offer, .. }), .. }) = &mut self.state else {
            return Err(StepError::NoOffer);
        };
        if sdp.len() > SDP {
            return Err(StepError::TooLarge);
        }
        if *offer != Some((generation, Answered::No)) {
            return Err(StepError::NoOffer);
        }
        *offer = Some((generation, Answered::Yes));
        let signature = self.identity.sign(&Content::Answer { nonce, generation, sdp: &sdp }.to_bytes(parties));
        let (run, nonce) = (parties.run.run, *nonce);
        self.send(Signal::Answer { run, nonce, generation, sdp, signature });
        Ok(())
    }

    /// Asks for an offer of another path: that of the latest offer, which was answered, carries nothing any more.
    ///
    /// # Errors
    ///
    /// [`StepError::NoOffer`] when there is no offer whose path could be lost.
    pub fn mend(&mut self) -> Result<(), StepError> {
        let State::Known(Call { parties, question: Some(Asked { nonce, offer, .. }), .. }) = &self.state else {
            return Err(StepError::NoOffer);
        };
        let Some((generation, Answered::Yes)) = *offer else { return Err(StepError::NoOffer) };
        let signature = self.identity.sign(&Content::Mend { nonce, generation }.to_bytes(parties));
        let (run, nonce) = (parties.run.run, *nonce);
        self.send(Signal::Mend { run, nonce, generation, signature });
        Ok(())
    }

    /// Ends the session; the run is over.
    ///
    /// # Errors
    ///
    /// [`StepError::NotKnown`] before the helper is known in this run: then only the relay can be told.
    pub fn bye(&mut self, reason: EndReason) -> Result<(), StepError> {
        let State::Known(Call { parties, .. }) = &self.state else { return Err(StepError::NotKnown) };
        let signature = self.identity.sign(&Content::Bye { role: Role::Console, reason }.to_bytes(parties));
        let run = parties.run.run;
        self.close();
        self.send(Signal::Bye { run, reason, signature });
        Ok(())
    }

    /// Who he is from the next run on: his name, or what his company's key says of him, has changed.
    pub fn set_introduction(&mut self, introduction: Introduction) {
        self.introduction = introduction;
    }

    /// Takes a new spoken code's secret, or none once it is revoked, expired or used up. A new one starts with no
    /// wrong tries.
    pub fn set_spoken(&mut self, secret: Option<Secret>) {
        if secret.is_some() {
            self.failures = Failures(0);
        }
        self.spoken = secret;
    }

    /// The helper's key, if this session knows it.
    #[must_use]
    pub const fn pinned(&self) -> Option<PublicKey> {
        self.pinned
    }

    /// Wrong codes so far.
    #[must_use]
    pub const fn failures(&self) -> u32 {
        self.failures.0
    }

    /// Whether the helper is known in the current run.
    #[must_use]
    pub const fn is_known(&self) -> bool {
        matches!(self.state, State::Known(_))
    }

    /// What to do next; to be emptied after every other call.
    pub fn poll(&mut self) -> Option<ConsoleOutput> {
        self.outputs.pop_front()
    }

    /// When [`handle_timeout`](Self::handle_timeout) must be called next.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Idle => None,
            State::Greeted { deadline, .. } | State::Revealed { deadline, .. } => Some(*deadline),
            State::Known(call) => call.question.as_ref().and_then(|asked| asked.deadline),
        }
    }

    /// Ends what has waited too long.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return;
        }
        if let State::Known(call) = &mut self.state {
            call.forget_question();
            self.outputs.push_back(ConsoleOutput::Declined { reason: DeclineReason::NoAnswer });
        } else {
            self.fail(RefuseReason::NoReply);
        }
    }

    /// Takes a signal in the form in which it passes the relay. What is no signal ends the run.
    pub fn handle_text(&mut self, text: &str, now: Instant) {
        match read_signal(text) {
            Ok(signal) => self.handle_signal(signal, now),
            Err(_) if self.state.run().is_some() => self.fail(RefuseReason::BadProof),
            Err(_) => {}
        }
    }

    /// Takes a signal from the helper.
    pub fn handle_signal(&mut self, signal: Signal, now: Instant) {
        self.handle_timeout(now);
        let run = signal.run();
        let Some(current) = self.state.run() else { return };
        if run != current {
            if !self.past.knows(&run) {
                self.fail(RefuseReason::BadProof);
            }
            return;
        }
        let done = match signal {
            Signal::Present { version, key, nonce, knowing, share, .. } => {
                self.present(version, Party { key, nonce }, knowing, share, now)
            }
            Signal::Confirm { signature, mac, .. } => self.confirm(&signature, mac),
            Signal::Refuse { reason, .. } => {
                self.refused(reason);
                Ok(())
            }
            Signal::Decline { nonce, reason, signature, .. } => self.declined(&nonce, reason, &signature),
            Signal::Offer { nonce, generation, sdp, signature, .. } => {
                self.offered(&nonce, generation, sdp, &signature)
            }
            Signal::Bye { reason, signature, .. } => self.said_bye(reason, &signature),
            // A console's own signals, come back to it.
            Signal::Greet { .. }
            | Signal::Reveal { .. }
            | Signal::Ask { .. }
            | Signal::Answer { .. }
            | Signal::Mend { .. } => Err(RefuseReason::BadProof),
        };
        if let Err(reason) = done {
            self.fail(reason);
        }
    }

    fn present(
        &mut self,
        version: u16,
        helper: Party,
        knowing: Knowing,
        share: Option<PakeShare>,
        now: Instant,
    ) -> Result<(), RefuseReason> {
        let State::Greeted { run, own, offered, .. } = self.state else { return Err(RefuseReason::BadProof) };
        if version != PROTOCOL_VERSION {
            return Err(RefuseReason::Version);
        }
        if helper.key == own.key {
            return Err(RefuseReason::BadProof);
        }
        if self.pinned.is_some_and(|pinned| pinned != helper.key) {
            return Err(RefuseReason::KeyChanged);
        }
        let secret = match knowing {
            Knowing::Pinned if offered == Knowing::Pinned => None,
            Knowing::Pinned => return Err(RefuseReason::BadProof),
            Knowing::Spoken | Knowing::Link if self.failures.ended() => return Err(RefuseReason::TooManyWrongCodes),
            Knowing::Spoken => Some(self.spoken.as_ref().ok_or(RefuseReason::WrongCode)?),
            Knowing::Link => Some(self.link.as_ref().ok_or(RefuseReason::WrongCode)?),
        };
        let (pake, shares) = match (secret, share) {
            (None, None) => (None, None),
            (Some(secret), Some(theirs)) => {
                let entropy = &mut self.entropy;
                let key = Pake::start(Role::Console, secret, self.session, &own.key, &helper.key, entropy)
                    .and_then(|(pake, share)| Ok((pake.finish(&theirs)?, [share, theirs])));
                let (key, shares) = key.map_err(|_| RefuseReason::BadProof)?;
                (Some(key), Some(shares))
            }
            _ => return Err(RefuseReason::BadProof),
        };
        let key = RunKey { session: self.session, run };
        let parties = Parties { run: key, console: own, helper };
        let transcript = Transcript {
            run: key,
            versions: [PROTOCOL_VERSION, version],
            knowing: [offered, knowing],
            console: own,
            helper,
            shares,
            introduction: &self.introduction,
        }
        .to_bytes();
        let mac = match &pake {
            None => None,
            Some(pake) => Some(pake.mac(Role::Console, &transcript).ok_or(RefuseReason::BadProof)?),
        };
        let signature = self.identity.sign(&bytes::proof(Role::Console, &transcript));
        self.state = State::Revealed { parties, transcript, pake, deadline: now + STEP_TIME };
        let share = shares.map(|[own, _]| own);
        let introduction = self.introduction.clone();
        self.send(Signal::Reveal { run, nonce: own.nonce, share, introduction, signature, mac });
        Ok(())
    }

    fn confirm(&mut self, signature: &Signature, mac: Option<Digest>) -> Result<(), RefuseReason> {
        let State::Revealed { parties, transcript, pake, .. } = &self.state else { return Err(RefuseReason::BadProof) };
        verify(&parties.helper.key, &bytes::proof(Role::Helper, transcript), signature)
            .map_err(|_| RefuseReason::BadProof)?;
        match (pake, mac) {
            (None, None) => {}
            (Some(pake), Some(mac)) if pake.accepts(Role::Helper, transcript, &mac) => {}
            (Some(_), Some(_)) => return Err(RefuseReason::WrongCode),
            _ => return Err(RefuseReason::BadProof),
        }
        let parties = *parties;
        self.pinned = Some(parties.helper.key);
        self.state = State::Known(Call { parties, question: None, past_questions: Recent::default() });
        self.outputs.push_back(ConsoleOutput::Known { peer_key: parties.helper.key, words: Words::of(&parties) });
        Ok(())
    }

    /// The helper ended the run. Nothing proves that it was the helper, so this ends the run and no more.
    fn refused(&mut self, reason: RefuseReason) {
        let reason = self.count_open_reveal().unwrap_or(reason);
        self.close();
        self.outputs.push_back(ConsoleOutput::Failed { reason });
    }

    fn declined(&mut self, nonce: &Nonce, reason: DeclineReason, signature: &Signature) -> Result<(), RefuseReason> {
        let State::Known(call) = &mut self.state else { return Err(RefuseReason::BadProof) };
        let bytes = Content::Decline { nonce, reason }.to_bytes(&call.parties);
        verify(&call.parties.helper.key, &bytes, signature).map_err(|_| RefuseReason::BadProof)?;
        match &call.question {
            Some(asked) if asked.nonce == *nonce && asked.offer.is_none() => {
                call.forget_question();
                self.outputs.push_back(ConsoleOutput::Declined { reason });
                Ok(())
            }
            // Late: it crossed a newer question on its way. A decline of the present one that comes back after it has
            // been answered is remembered here too, and says nothing new.
            _ if call.past_questions.knows(nonce) => Ok(()),
            _ => Err(RefuseReason::BadProof),
        }
    }

    fn offered(
        &mut self,
        nonce: &Nonce,
        generation: u32,
        sdp: String,
        signature: &Signature,
    ) -> Result<(), RefuseReason> {
        let State::Known(call) = &mut self.state else { return Err(RefuseReason::BadProof) };
        if sdp.len() > SDP {
            return Err(RefuseReason::BadProof);
        }
        let bytes = Content::Offer { nonce, generation, sdp: &sdp }.to_bytes(&call.parties);
        verify(&call.parties.helper.key, &bytes, signature).map_err(|_| RefuseReason::BadProof)?;
        match &mut call.question {
            Some(asked) if asked.nonce == *nonce => {
                if asked.offer.is_some_and(|(latest, _)| generation <= latest) {
                    return Err(RefuseReason::BadProof);
                }
                asked.offer = Some((generation, Answered::No));
                asked.deadline = None;
                self.outputs.push_back(ConsoleOutput::Offered { generation, sdp });
                Ok(())
            }
            _ if call.past_questions.knows(nonce) => Ok(()),
            _ => Err(RefuseReason::BadProof),
        }
    }

    fn said_bye(&mut self, reason: EndReason, signature: &Signature) -> Result<(), RefuseReason> {
        let State::Known(Call { parties, .. }) = &self.state else { return Err(RefuseReason::BadProof) };
        let bytes = Content::Bye { role: Role::Helper, reason }.to_bytes(parties);
        verify(&parties.helper.key, &bytes, signature).map_err(|_| RefuseReason::BadProof)?;
        self.close();
        self.outputs.push_back(ConsoleOutput::Bye { reason });
        Ok(())
    }

    /// A MAC was shown and no good one came back: whoever is there had one guess. Returns why the run ends if that was
    /// one too many.
    fn count_open_reveal(&mut self) -> Option<RefuseReason> {
        if !matches!(self.state, State::Revealed { pake: Some(_), .. }) {
            return None;
        }
        self.failures.count();
        self.outputs.push_back(ConsoleOutput::WrongCode { failures: self.failures.0 });
        self.failures.ended().then_some(RefuseReason::TooManyWrongCodes)
    }

    fn fail(&mut self, reason: RefuseReason) {
        let run = self.state.run();
        let reason = self.count_open_reveal().unwrap_or(reason);
        self.close();
        if let Some(run) = run {
            self.send(Signal::Refuse { run, reason });
        }
        self.outputs.push_back(ConsoleOutput::Failed { reason });
    }

    /// Gives the current run up for a new one.
    fn void(&mut self) {
        if let Some(reason) = self.count_open_reveal() {
            self.outputs.push_back(ConsoleOutput::Failed { reason });
        }
        self.close();
    }

    fn close(&mut self) {
        if let Some(run) = self.state.run() {
            self.past.remember(run);
        }
        self.state = State::Idle;
    }

    fn send(&mut self, signal: Signal) {
        self.outputs.push_back(ConsoleOutput::Send(Box::new(signal)));
    }
}

impl Call {
    fn forget_question(&mut self) {
        if let Some(asked) = self.question.take() {
            self.past_questions.remember(asked.nonce);
        }
    }
}

/// Prints where it stands and nothing that is secret.
impl fmt::Debug for ConsoleHandshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsoleHandshake")
            .field("session", &self.session)
            .field("run", &self.state.run())
            .field("known", &self.is_known())
            .field("failures", &self.failures.0)
            .field("failures_end_at", &PAKE_FAILURES)
            .finish_non_exhaustive()
    }
}
