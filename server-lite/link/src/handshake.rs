//! Decides whether the other end is who it should be, and carries the question, the offer and the answer of a call.
//!
//! Two sans-IO state machines, [`ConsoleHandshake`] and [`HelperHandshake`], over the signals of
//! [`deskhand_protocol::call::signal`]. They open nothing, never ask for the time, and take randomness from the
//! [`Entropy`](crate::entropy::Entropy) they were made with. One of each lives as long as its session; every
//! connection attempt is a new *run* of it.
//!
//! ```text
//! Idle ─greet─▶ Proving ──both proofs hold──▶ Known ─ask─▶ Asked ─allow─▶ Allowed ─offer/answer, generation n─┐
//!   ▲              │                            │▲──decline──┘               ▲──────────────────────────────────┘
//!   └──any doubt───┴────────────────────────────┘
//! ```
//!
//! # What stops which attack
//!
//! The attacker meant here is the relay, or whoever sits between it and an end: he sees, drops, delays, repeats and
//! changes every signal, but does not know the secret half of the code.
//!
//! | attack | stopped by |
//! |---|---|
//! | put his own key in place of an end's | the MAC by the PAKE's key: he needs the secret half |
//! | guess the secret half | SPAKE2 gives one guess per run; three wrong ones end the code, counted at both ends |
//! | guess it offline from what passed by | SPAKE2: nothing that passes by can be tested against a guess |
//! | knowing the code (overheard), sit in the middle | the words: the console commits to key and nonce before it sees the helper's, so he has one try in 2^33 to make both ends show the same |
//! | search for key or nonce until the words fit | the words are made only of what was committed to; nothing that is chosen after the commitment was opened goes into them |
//! | send a proof back to its sender | separate labels and MAC keys for the two directions |
//! | replay a run, or a signal in another run | both nonces, and the run's id, are in every signed byte string |
//! | move a signal to another session | the session's id is in every signed byte string, and in the PAKE's identities |
//! | swap the DTLS fingerprint or a candidate in an SDP | the SDP is signed with the question's nonce and its generation |
//! | show an old offer or answer again | generations only grow, and belong to one question |
//! | answer one question with the consent to another | an offer and a decline carry the nonce of their question |
//! | make a known end accept a new key "by code" | a key that is pinned, packaged or known from an earlier run is the only one accepted; nothing downgrades |
//! | show another technician's certificate, or one of another company | the helper takes it only for the proven key, under the names in the same introduction, by the company its package names |
//! | use the relay's typed-code connection unnoticed | the certificates that the console knows are part of what the MAC covers |
//!
//! What it does not stop: an attacker who drops every signal ends every run. An unsigned `refuse` ends a run too, and
//! nothing else: a peer connection that stands is not touched by it.
//!
//! # Invariants
//!
//! - `Known` comes only after commitment, signature and (unless both ends had pinned keys) MAC have held.
//! - Any doubt ends the run with a reason; nothing is tried in another way.
//! - A helper makes no offer before its customer's yes to exactly the latest question.
//! - A signal of an earlier run of this process is late, not hostile, and dropped; of an unknown run it is refused.

mod bytes;
mod console;
mod helper;
mod pake;
mod run;
mod words;

#[cfg(test)]
mod tests;

use std::time::Duration;

use deskhand_protocol::{call::signal::Signal, code::Secret, limit};

pub use self::{
    console::{ConsoleHandshake, ConsoleOutput, ConsoleParameters},
    helper::{HelperHandshake, HelperOutput, HelperParameters, Question, TechnicianPin},
    words::Words,
};

/// How long the other end may take for its next step of a proof. A person waits for nothing here: two round trips
/// through a relay and a few milliseconds of arithmetic.
pub const STEP_TIME: Duration = Duration::from_secs(20);
/// How long the console waits for the customer's answer: his own time and one [`STEP_TIME`] for the way.
pub const ASK_TIME: Duration = limit::CONSENT_TIMEOUT.saturating_add(STEP_TIME);
/// Earlier runs, and earlier questions of a run, whose late signals are dropped without a word. Late means seconds;
/// older ones are refused like unknown ones.
const REMEMBERED: usize = 8;
/// Questions in one run. Nobody asks that often.
const QUESTIONS: usize = 64;

/// The secret half of a code, and how it travelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KnownSecret {
    /// Read out and typed: 20 bits.
    Spoken(Secret),
    /// In a link or package: 128 bits.
    Link(Secret),
}

/// A step was asked for that the run does not allow now. Nothing has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StepError {
    /// The other end's key is not proven in the current run.
    #[error("the other end is not proven yet; greet it and wait until it is known")]
    NotKnown,
    /// The customer has not said yes to the latest question.
    #[error("the latest question has no yes")]
    NotAllowed,
    /// The question is not the latest one, or has been answered.
    #[error("this question is no longer the one that is asked")]
    OldQuestion,
    /// There is no offer, or not of this generation, to answer.
    #[error("there is no such offer to answer")]
    NoOffer,
    /// The SDP is over [`limit::SDP`].
    #[error("the session description is too long")]
    TooLarge,
    /// The code is ended after too many wrong tries.
    #[error("the code is ended after too many wrong tries; make a new one")]
    CodeEnded,
    /// There is neither a secret nor a pinned key to know the other end by.
    #[error("there is no secret and no known key for this session any more; make a new code")]
    NothingToKnowBy,
}

/// A text from the relay is no signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignalError {
    /// It is over [`limit::SIGNAL`].
    #[error("signal is too large")]
    TooLarge,
    /// It is not the JSON of a signal.
    #[error("signal is malformed")]
    Malformed,
}

/// Reads a signal as it comes from the relay.
///
/// # Errors
///
/// [`SignalError`]; the size is checked first.
pub fn read_signal(text: &str) -> Result<Signal, SignalError> {
    if text.len() > limit::SIGNAL {
        return Err(SignalError::TooLarge);
    }
    serde_json::from_str(text).map_err(|_| SignalError::Malformed)
}

/// Writes a signal for the relay.
///
/// # Errors
///
/// [`SignalError::TooLarge`] when its JSON is over [`limit::SIGNAL`]; no signal that a handshake made is.
pub fn write_signal(signal: &Signal) -> Result<String, SignalError> {
    let text = serde_json::to_string(signal).map_err(|_| SignalError::Malformed)?;
    if text.len() > limit::SIGNAL { Err(SignalError::TooLarge) } else { Ok(text) }
}
