//! The helper's end of the handshake.

use std::{collections::VecDeque, fmt, sync::Arc, time::Instant};

use deskhand_protocol::{
    PROTOCOL_VERSION,
    call::signal::{Ask, DeclineReason, Introduction, Knowing, RefuseReason, Signal},
    company::Certified,
    id::{RunId, SessionId},
    key::{Digest, Nonce, PakeShare, PublicKey, Signature},
    limit::{CAPABILITIES, PAKE_FAILURES, SDP},
    package::name::KeyTag,
    record::EndReason,
};
use subtle::ConstantTimeEq;

use super::{
    KnownSecret, QUESTIONS, STEP_TIME, StepError, Words,
    bytes::{self, Content, Parties, Party, Role, RunKey, Transcript},
    pake::Pake,
    read_signal,
    run::{Failures, Recent},
};
use crate::{
    company::Judge,
    entropy::Entropy,
    identity::{Identity, verify},
    tls::Certificate,
};

/// Who alone is accepted as technician.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TechnicianPin {
    /// Whoever is certified by the company with this key.
    Company(PublicKey),
    /// Whoever has this key.
    Key(PublicKey),
    /// Whoever has a key of this tag: what fits into a file's name.
    Tag(KeyTag),
}

impl TechnicianPin {
    /// Whether a key can be his; with a company, what he is certified decides.
    #[must_use]
    pub fn fits(&self, key: &PublicKey) -> bool {
        match self {
            Self::Company(_) => true,
            Self::Key(pinned) => pinned == key,
            Self::Tag(tag) => tag.fits(key),
        }
    }
}

/// What a helper's handshake is made of.
#[derive(Debug)]
pub struct HelperParameters {
    /// The session, as the relay named it when it was claimed.
    pub session: SessionId,
    /// The device's key.
    pub identity: Arc<Identity>,
    /// The secret half of the code, and how it came here.
    pub secret: Option<KnownSecret>,
    /// The technician from a support file or the program's name: nobody else is accepted.
    pub technician: Option<TechnicianPin>,
    /// The technician's key, if this session has known it before.
    pub pinned: Option<PublicKey>,
    /// What certificate the relay showed.
    pub certificate: Certificate,
    /// What certificates are judged by.
    pub judge: Judge,
    /// Wrong codes counted for this session before.
    pub failures: u32,
    /// For nonces and the PAKE.
    pub entropy: Entropy,
}

/// One question of the technician. An answer names it, so that a click meant for one never answers another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Question(Nonce);

/// What a helper is to do or to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HelperOutput {
    /// Send it to the console.
    Send(Signal),
    /// A new run begins: what was known and asked before is void, an open question is to be taken off the screen. A
    /// peer connection that stands is not touched.
    Greeted,
    /// The technician's key is proven. Keep it: it is the only one this session accepts from now on.
    Known {
        /// His key.
        peer_key: PublicKey,
        /// For the customer to compare.
        words: Words,
        /// Who he says he is.
        introduction: Introduction,
    },
    /// The technician asks. A question before this one is void.
    Asked {
        /// Names the question in the answer.
        question: Question,
        /// What he asks for.
        ask: Ask,
    },
    /// The console answered an offer.
    Answered {
        /// Which.
        generation: u32,
        /// The console's description.
        sdp: String,
    },
    /// Nothing reaches the console any more over the path of the latest offer: another is to be offered. A late or
    /// repeated one costs a restart of ICE and no more.
    MendAsked,
    /// The technician ended the session. The run is over.
    Bye {
        /// Why.
        reason: EndReason,
    },
    /// The console does not know the secret; `Failed` follows.
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

/// The helper's end: one for each session, used for run after run.
pub struct HelperHandshake {
    session: SessionId,
    identity: Arc<Identity>,
    secret: Option<KnownSecret>,
    technician: Option<TechnicianPin>,
    pinned: Option<PublicKey>,
    certificate: Certificate,
    judge: Judge,
    /// What the technician of this run is certified.
    certified: Option<Certified>,
    failures: Failures,
    entropy: Entropy,
    state: State,
    past: Recent<RunId>,
    outputs: VecDeque<HelperOutput>,
}

enum State {
    Idle,
    Presented(Box<Presented>),
    Known(Box<Call>),
}

struct Presented {
    run: RunId,
    console_version: u16,
    console_key: PublicKey,
    commitment: Digest,
    offered: Knowing,
    chosen: Knowing,
    own: Party,
    pake: Option<(Pake, PakeShare)>,
    deadline: Instant,
}

/// A run with both ends known.
struct Call {
    parties: Parties,
    question: Option<Open>,
    /// Every question of this run: none is taken twice.
    questions: Vec<Nonce>,
}

struct Open {
    nonce: Nonce,
    answer: Consent,
}

/// Where the latest question stands.
enum Consent {
    /// The customer has not answered.
    Open,
    /// He said yes. Generation of the latest offer, and of the latest that was answered.
    Given { offered: Option<u32>, answered: Option<u32> },
}

impl State {
    fn run(&self) -> Option<RunId> {
        match self {
            Self::Idle => None,
            Self::Presented(presented) => Some(presented.run),
            Self::Known(call) => Some(call.parties.run.run),
        }
    }
}

impl HelperHandshake {
    /// Makes it; the console begins.
    #[must_use]
    pub fn new(parameters: HelperParameters) -> Self {
        let HelperParameters { session, identity, secret, technician, pinned, certificate, judge, failures, entropy } =
            parameters;
        Self {
            session,
            identity,
            secret,
            technician,
            pinned,
            certificate,
            judge,
            certified: None,
            failures: Failures(failures),
            entropy,
            state: State::Idle,
            past: Recent::default(),
            outputs: VecDeque::new(),
        }
    }

    /// The customer said yes to this question: offers may be made.
    ///
    /// # Errors
    ///
    /// [`StepError::OldQuestion`] when it is not the latest or has been answered.
    pub fn allow(&mut self, question: Question) -> Result<(), StepError> {
        match &mut self.state {
            State::Known(call) => match &mut call.question {
                Some(Open { nonce, answer: answer @ Consent::Open }) if *nonce == question.0 => {
                    *answer = Consent::Given { offered: None, answered: None };
                    Ok(())
                }
                _ => Err(StepError::OldQuestion),
            },
            _ => Err(StepError::OldQuestion),
        }
    }

    /// Nothing is shared for this question, whether he said no or his yes cannot be carried out.
    ///
    /// # Errors
    ///
    /// [`StepError::OldQuestion`] when it is not the latest, or an offer has been made.
    pub fn decline(&mut self, question: Question, reason: DeclineReason) -> Result<(), StepError> {
        let State::Known(call) = &mut self.state else { return Err(StepError::OldQuestion) };
        match &call.question {
            Some(Open { nonce, answer: Consent::Open | Consent::Given { offered: None, .. } })
                if *nonce == question.0 => {}
            _ => return Err(StepError::OldQuestion),
        }
        call.question = None;
        let nonce = question.0;
        let signature = self.identity.sign(&Content::Decline { nonce: &nonce, reason }.to_bytes(&call.parties));
        let run = call.parties.run.run;
        self.send(Signal::Decline { run, nonce, reason, signature });
        Ok(())
    }

    /// Offers a connection, or restarts its ICE: each offer after the first has the next generation, which is
    /// returned.
    ///
    /// # Errors
    ///
    /// [`StepError::NotAllowed`] before the customer's yes to the latest question, [`StepError::TooLarge`].
    pub fn offer(&mut self, sdp: String) -> Result<u32, StepError> {
        let State::Known(call) = &mut self.state else { return Err(StepError::NotKnown) };
        let Some(Open { nonce, answer: Consent::Given { offered, .. } }) = &mut call.question else {
            return Err(StepError::NotAllowed);
        };
        if sdp.len() > SDP {
            return Err(StepError::TooLarge);
        }
        let generation = offered.map_or(0, |generation| generation.saturating_add(1));
        *offered = Some(generation);
        let signature = self.identity.sign(&Content::Offer { nonce, generation, sdp: &sdp }.to_bytes(&call.parties));
        let (run, nonce) = (call.parties.run.run, *nonce);
        self.send(Signal::Offer { run, nonce, generation, sdp, signature });
        Ok(generation)
    }

    /// Ends the session; the run is over.
    ///
    /// # Errors
    ///
    /// [`StepError::NotKnown`] before the console is known in this run: then only the relay can be told.
    pub fn bye(&mut self, reason: EndReason) -> Result<(), StepError> {
        let State::Known(call) = &self.state else { return Err(StepError::NotKnown) };
        let signature = self.identity.sign(&Content::Bye { role: Role::Helper, reason }.to_bytes(&call.parties));
        let run = call.parties.run.run;
        self.close();
        self.send(Signal::Bye { run, reason, signature });
        Ok(())
    }

    /// Takes what certificate the relay showed on a new connection; the next proof is judged by it.
    pub const fn set_certificate(&mut self, certificate: Certificate) {
        self.certificate = certificate;
    }

    /// What certificates are judged by, to be told of the time and of what was revoked.
    pub const fn judge(&mut self) -> &mut Judge {
        &mut self.judge
    }

    /// What a company's key says of the technician who is known in the current run; checked for his key, his names and
    /// its time. Whether that company means anything here is not judged.
    #[must_use]
    pub const fn certified(&self) -> Option<&Certified> {
        self.certified.as_ref()
    }

    /// The technician's key, if this session knows it.
    #[must_use]
    pub const fn pinned(&self) -> Option<PublicKey> {
        self.pinned
    }

    /// Wrong codes so far.
    #[must_use]
    pub const fn failures(&self) -> u32 {
        self.failures.0
    }

    /// Whether the console is known in the current run.
    #[must_use]
    pub const fn is_known(&self) -> bool {
        matches!(self.state, State::Known(_))
    }

    /// What to do next; to be emptied after every other call.
    pub fn poll(&mut self) -> Option<HelperOutput> {
        self.outputs.pop_front()
    }

    /// When [`handle_timeout`](Self::handle_timeout) must be called next.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Presented(presented) => Some(presented.deadline),
            State::Idle | State::Known(_) => None,
        }
    }

    /// Ends what has waited too long.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.deadline().is_some_and(|deadline| deadline <= now) {
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

    /// Takes a signal from the console.
    pub fn handle_signal(&mut self, signal: Signal, now: Instant) {
        self.handle_timeout(now);
        let run = signal.run();
        if self.past.knows(&run) {
            return;
        }
        if self.state.run() != Some(run) {
            match signal {
                Signal::Greet { version, key, commitment, knowing, .. } => {
                    self.greeted(version, run, key, commitment, knowing, now);
                }
                // A refusal is never answered, or two ends that know nothing of a run would talk for ever.
                Signal::Refuse { .. } if self.state.run().is_none() => {}
                _ if self.state.run().is_none() => self.send(Signal::Refuse { run, reason: RefuseReason::NoReply }),
                _ => self.fail(RefuseReason::BadProof),
            }
            return;
        }
        let done = match signal {
            Signal::Reveal { nonce, share, introduction, signature, mac, .. } => {
                self.revealed(nonce, share, introduction, &signature, mac, now)
            }
            Signal::Refuse { reason, .. } => {
                self.close();
                self.outputs.push_back(HelperOutput::Failed { reason });
                Ok(())
            }
            Signal::Ask { ask, nonce, signature, .. } => self.asked(ask, nonce, &signature),
            Signal::Answer { nonce, generation, sdp, signature, .. } => {
                self.answered(&nonce, generation, sdp, &signature)
            }
            Signal::Mend { nonce, generation, signature, .. } => self.mend_asked(&nonce, generation, &signature),
            Signal::Bye { reason, signature, .. } => self.said_bye(reason, &signature),
            // The greeting of this very run again, or a helper's own signals, come back to it.
            Signal::Greet { .. }
            | Signal::Present { .. }
            | Signal::Confirm { .. }
            | Signal::Decline { .. }
            | Signal::Offer { .. } => Err(RefuseReason::BadProof),
        };
        if let Err(reason) = done {
            self.fail(reason);
        }
    }

    fn greeted(
        &mut self,
        version: u16,
        run: RunId,
        key: PublicKey,
        commitment: Digest,
        offered: Knowing,
        now: Instant,
    ) {
        self.close();
        self.certified = None;
        self.outputs.push_back(HelperOutput::Greeted);
        match self.present(version, run, key, commitment, offered, now) {
            Ok(presented) => {
                let Party { key, nonce } = presented.own;
                let (knowing, share) = (presented.chosen, presented.pake.as_ref().map(|(_, share)| *share));
                self.state = State::Presented(Box::new(presented));
                self.send(Signal::Present { version: PROTOCOL_VERSION, run, key, nonce, knowing, share });
            }
            Err(reason) => {
                self.past.remember(run);
                self.send(Signal::Refuse { run, reason });
                self.outputs.push_back(HelperOutput::Failed { reason });
            }
        }
    }

    fn present(
        &mut self,
        console_version: u16,
        run: RunId,
        console_key: PublicKey,
        commitment: Digest,
        offered: Knowing,
        now: Instant,
    ) -> Result<Presented, RefuseReason> {
        let own = Party { key: self.identity.public(), nonce: Nonce(self.entropy.array()) };
        if console_version != PROTOCOL_VERSION {
            return Err(RefuseReason::Version);
        }
        if console_key == own.key {
            return Err(RefuseReason::BadProof);
        }
        let named = self.technician.as_ref().is_none_or(|pin| pin.fits(&console_key));
        if !named || self.pinned.is_some_and(|known| known != console_key) {
            return Err(RefuseReason::KeyChanged);
        }
        // Pinned only if both ends are; otherwise the code decides, and the key must still be the known one.
        let (chosen, secret) = match (&self.secret, self.pinned) {
            (_, Some(_)) if offered == Knowing::Pinned => (Knowing::Pinned, None),
            _ if self.failures.ended() => return Err(RefuseReason::TooManyWrongCodes),
            (Some(KnownSecret::Spoken(secret)), _) => (Knowing::Spoken, Some(secret)),
            (Some(KnownSecret::Link(secret)), _) => (Knowing::Link, Some(secret)),
            (None, _) => return Err(RefuseReason::WrongCode),
        };
        let pake = secret
            .map(|secret| {
                Pake::start(Role::Helper, secret, self.session, &console_key, &own.key, &mut self.entropy)
                    .map_err(|_| RefuseReason::BadProof)
            })
            .transpose()?;
        let deadline = now + STEP_TIME;
        Ok(Presented { run, console_version, console_key, commitment, offered, chosen, own, pake, deadline })
    }

    fn revealed(
        &mut self,
        nonce: Nonce,
        share: Option<PakeShare>,
        introduction: Introduction,
        signature: &Signature,
        mac: Option<Digest>,
        now: Instant,
    ) -> Result<(), RefuseReason> {
        let State::Presented(presented) = &mut self.state else { return Err(RefuseReason::BadProof) };
        let console = Party { key: presented.console_key, nonce };
        let opened = bytes::commitment(presented.run, &console);
        if !bool::from(opened.as_bytes().ct_eq(presented.commitment.as_bytes())) {
            return Err(RefuseReason::BadProof);
        }
        let (key, shares) = match (presented.pake.take(), share) {
            (None, None) => (None, None),
            (Some((pake, own)), Some(theirs)) => {
                (Some(pake.finish(&theirs).map_err(|_| RefuseReason::BadProof)?), Some([theirs, own]))
            }
            _ => return Err(RefuseReason::BadProof),
        };
        let run = RunKey { session: self.session, run: presented.run };
        let transcript = Transcript {
            run,
            versions: [presented.console_version, PROTOCOL_VERSION],
            knowing: [presented.offered, presented.chosen],
            console,
            helper: presented.own,
            shares,
            introduction: &introduction,
        }
        .to_bytes();
        // The signature first: a wrong one says nothing about the code and is no try of it.
        verify(&console.key, &bytes::proof(Role::Console, &transcript), signature)
            .map_err(|_| RefuseReason::BadProof)?;
        let own_mac = match (key, mac) {
            (None, None) => None,
            (Some(key), Some(mac)) => {
                if !key.accepts(Role::Console, &transcript, &mac) {
                    self.failures.count();
                    self.outputs.push_back(HelperOutput::WrongCode { failures: self.failures.0 });
                    let ended = self.failures.ended();
                    return Err(if ended { RefuseReason::TooManyWrongCodes } else { RefuseReason::WrongCode });
                }
                Some(key.mac(Role::Helper, &transcript).ok_or(RefuseReason::BadProof)?)
            }
            _ => return Err(RefuseReason::BadProof),
        };
        let parties = Parties { run, console, helper: presented.own };
        if !self.certificate_is_named(&introduction) {
            return Err(RefuseReason::RelayCertificate);
        }
        // One that says nothing is like none: he is whoever he says he is, unless the package demands one.
        let certified = self.judge.judge(&introduction, &console.key, now).and_then(Result::ok);
        if let Some(TechnicianPin::Company(company)) = &self.technician
            && certified.as_ref().is_none_or(|certified| certified.company != *company)
        {
            return Err(RefuseReason::NotCertified);
        }
        self.certified = certified;
        let signature = self.identity.sign(&bytes::proof(Role::Helper, &transcript));
        self.pinned = Some(console.key);
        self.state = State::Known(Box::new(Call { parties, question: None, questions: Vec::new() }));
        self.send(Signal::Confirm { run: run.run, signature, mac: own_mac });
        let words = Words::of(&parties);
        self.outputs.push_back(HelperOutput::Known { peer_key: console.key, words, introduction });
        Ok(())
    }

    /// Whether the certificate the relay showed is one that the console vouches for.
    fn certificate_is_named(&self, introduction: &Introduction) -> bool {
        let pins = &introduction.relay_pins;
        match self.certificate {
            Certificate::Loopback => true,
            Certificate::Provisional(met) => pins.contains(&met),
            // Vouched for already, by the system or by the technician's support file; but if the console names its
            // certificates, another one is not its own.
            Certificate::Trusted(met) | Certificate::Pinned(met) => pins.is_empty() || pins.contains(&met),
        }
    }

    fn asked(&mut self, ask: Ask, nonce: Nonce, signature: &Signature) -> Result<(), RefuseReason> {
        let State::Known(call) = &mut self.state else { return Err(RefuseReason::BadProof) };
        if ask.capabilities.len() > CAPABILITIES || ask.codecs.len() > CAPABILITIES {
            return Err(RefuseReason::BadProof);
        }
        verify(
            &call.parties.console.key,
            &Content::Ask { nonce: &nonce, ask: &ask }.to_bytes(&call.parties),
            signature,
        )
        .map_err(|_| RefuseReason::BadProof)?;
        if call.questions.contains(&nonce) || call.questions.len() >= QUESTIONS {
            return Err(RefuseReason::BadProof);
        }
        call.questions.push(nonce);
        call.question = Some(Open { nonce, answer: Consent::Open });
        self.outputs.push_back(HelperOutput::Asked { question: Question(nonce), ask });
        Ok(())
    }

    fn answered(
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
        let bytes = Content::Answer { nonce, generation, sdp: &sdp }.to_bytes(&call.parties);
        verify(&call.parties.console.key, &bytes, signature).map_err(|_| RefuseReason::BadProof)?;
        let Some(Open { answer: Consent::Given { offered, answered }, .. }) =
            call.question.as_mut().filter(|open| open.nonce == *nonce)
        else {
            // Late: the technician has asked anew since.
            return if call.questions.contains(nonce) { Ok(()) } else { Err(RefuseReason::BadProof) };
        };
        if Some(generation) > *offered || Some(generation) <= *answered {
            return Err(RefuseReason::BadProof);
        }
        if Some(generation) < *offered {
            // It crossed a newer offer on its way.
            return Ok(());
        }
        *answered = Some(generation);
        self.outputs.push_back(HelperOutput::Answered { generation, sdp });
        Ok(())
    }

    fn mend_asked(&mut self, nonce: &Nonce, generation: u32, signature: &Signature) -> Result<(), RefuseReason> {
        let State::Known(call) = &self.state else { return Err(RefuseReason::BadProof) };
        let bytes = Content::Mend { nonce, generation }.to_bytes(&call.parties);
        verify(&call.parties.console.key, &bytes, signature).map_err(|_| RefuseReason::BadProof)?;
        match &call.question {
            Some(Open { nonce: open, answer: Consent::Given { offered: Some(offered), .. } }) if open == nonce => {
                if generation > *offered {
                    return Err(RefuseReason::BadProof);
                }
                // One that crossed a newer offer is answered by that.
                if generation == *offered {
                    self.outputs.push_back(HelperOutput::MendAsked);
                }
                Ok(())
            }
            // Late: the technician has asked anew since.
            _ if call.questions.contains(nonce) => Ok(()),
            _ => Err(RefuseReason::BadProof),
        }
    }

    fn said_bye(&mut self, reason: EndReason, signature: &Signature) -> Result<(), RefuseReason> {
        let State::Known(call) = &self.state else { return Err(RefuseReason::BadProof) };
        let bytes = Content::Bye { role: Role::Console, reason }.to_bytes(&call.parties);
        verify(&call.parties.console.key, &bytes, signature).map_err(|_| RefuseReason::BadProof)?;
        self.close();
        self.outputs.push_back(HelperOutput::Bye { reason });
        Ok(())
    }

    fn fail(&mut self, reason: RefuseReason) {
        let run = self.state.run();
        self.close();
        if let Some(run) = run {
            self.send(Signal::Refuse { run, reason });
        }
        self.outputs.push_back(HelperOutput::Failed { reason });
    }

    fn close(&mut self) {
        if let Some(run) = self.state.run() {
            self.past.remember(run);
        }
        self.state = State::Idle;
    }

    fn send(&mut self, signal: Signal) {
        self.outputs.push_back(HelperOutput::Send(signal));
    }
}

/// Prints where it stands and nothing that is secret.
impl fmt::Debug for HelperHandshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HelperHandshake")
            .field("session", &self.session)
            .field("run", &self.state.run())
            .field("known", &self.is_known())
            .field("failures", &self.failures.0)
            .field("failures_end_at", &PAKE_FAILURES)
            .finish_non_exhaustive()
    }
}
