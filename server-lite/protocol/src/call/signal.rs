//! The signed handshake between console and helper, passed on by the relay as opaque text.
//!
//! ```text
//! console                                                     helper
//!   greet    key, commitment to (key, nonce)           ─▶
//!            ◀─  present   key, nonce, PAKE share
//!   reveal   nonce, PAKE share, who I am, proof        ─▶     checks the commitment and the proof; words are known
//!            ◀─  confirm   proof                              words are known; both show them
//!                     … the technician clicks Connect …
//!   ask      what, codecs, nonce                       ─▶     asks the customer; no candidate has been sent yet
//!            ◀─  offer     SDP, nonce                         or `decline`
//!   answer   SDP, nonce                                ─▶
//! ```
//!
//! A *proof* is a signature by the end's own key over the transcript of the run, and, unless the keys are pinned from
//! an earlier run of the same session, a MAC by the PAKE's key over the same transcript. `ask`, `offer`, `answer`,
//! `decline` and `bye` are signed over label, session, run, both public keys, both nonces of the run, and their own
//! content. How each byte string is built stands in `deskhand-link`, beside the code that checks it.
//!
//! The console counts a failed PAKE when it has sent `reveal` and no good `confirm` follows;
//! [`PAKE_FAILURES`](crate::limit::PAKE_FAILURES) of them end the code. The helper counts likewise.

use serde::{Deserialize, Serialize};

use super::control::VideoCodec;
use crate::{
    capability::Capability,
    company::SealedCertificate,
    id::RunId,
    key::{Digest, Nonce, PakeShare, PublicKey, Signature},
    record::EndReason,
    text::Name,
};

/// How the two ends know each other's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Knowing {
    /// By the secret half of the spoken code.
    Spoken,
    /// By the secret of a link or package.
    Link,
    /// By an earlier run of this same session: both keys are pinned.
    Pinned,
}

/// What the technician sits at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum Seat {
    /// The desktop console: a program on his own computer.
    #[default]
    Desktop,
    /// A page in his browser: whoever serves that page could look over his shoulder.
    Browser,
}

impl Seat {
    /// Whether it is the desktop console, of which nothing is said on the wire: older ends know no other.
    #[must_use]
    pub const fn is_desktop(&self) -> bool {
        matches!(self, Self::Desktop)
    }
}

/// Who the technician says he is. Covered by the proof of `reveal`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Introduction {
    /// His name.
    pub name: Name,
    /// His company.
    pub company: Name,
    /// The certificates of the relay as the console knows them (SHA-256 of SubjectPublicKeyInfo); empty when the
    /// relay has one that the system trusts, or is reached on loopback. The helper compares the one it met.
    pub relay_pins: Vec<Digest>,
    /// What his company's key says of him, if it says anything. Worth nothing before it is checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<SealedCertificate>,
    /// What he sits at.
    #[serde(default, skip_serializing_if = "Seat::is_desktop")]
    pub seat: Seat,
}

/// What the technician wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// Exactly what the customer is asked for.
    pub capabilities: Vec<Capability>,
    /// What the viewer can decode, best first.
    pub codecs: Vec<VideoCodec>,
}

/// Why a run of the handshake ended without a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum RefuseReason {
    /// The two sides share no protocol version.
    Version,
    /// The secret half was not the same on both sides.
    WrongCode,
    /// Too many wrong codes: the code is ended.
    TooManyWrongCodes,
    /// A key differs from the pinned or packaged one.
    KeyChanged,
    /// A signature, MAC or commitment does not hold, or a message came out of order.
    BadProof,
    /// The certificate the helper met is not one the console named.
    RelayCertificate,
    /// The support package is for technicians of one company, and its key does not vouch for this one.
    NotCertified,
    /// The other end did not take its next step in time, or knows nothing of this run any more.
    NoReply,
}

/// Why the helper does not share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum DeclineReason {
    /// The customer said no.
    Denied,
    /// He did not answer in time.
    NoAnswer,
    /// Nothing that was asked for works here.
    NothingToGrant,
    /// He is being asked by another technician.
    Busy,
    /// He has paused: first he goes on, then he may be asked.
    Paused,
}

/// One message of the handshake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Signal {
    /// Console: begins a run; any run before it is void.
    Greet {
        /// [`PROTOCOL_VERSION`](crate::PROTOCOL_VERSION) of the console.
        version: u16,
        /// The run that begins.
        run: RunId,
        /// The technician's key.
        key: PublicKey,
        /// Commits him to key and nonce before he sees the helper's.
        commitment: Digest,
        /// How the keys are to be known.
        knowing: Knowing,
    },
    /// Helper: its key, nonce and share.
    Present {
        /// [`PROTOCOL_VERSION`](crate::PROTOCOL_VERSION) of the helper.
        version: u16,
        /// Which run.
        run: RunId,
        /// The helper's key.
        key: PublicKey,
        /// Its nonce of this run.
        nonce: Nonce,
        /// How it knows the technician: a helper with a typed code says spoken, one with a package says link.
        knowing: Knowing,
        /// Its PAKE share; absent when pinned.
        share: Option<PakeShare>,
    },
    /// Console: opens the commitment and proves.
    Reveal {
        /// Which run.
        run: RunId,
        /// The nonce committed to.
        nonce: Nonce,
        /// Its PAKE share; absent when pinned.
        share: Option<PakeShare>,
        /// Who he says he is.
        introduction: Introduction,
        /// By the technician's key over the transcript.
        signature: Signature,
        /// By the PAKE's key over the transcript; absent when pinned.
        mac: Option<Digest>,
    },
    /// Helper: proves.
    Confirm {
        /// Which run.
        run: RunId,
        /// By the helper's key over the transcript.
        signature: Signature,
        /// By the PAKE's key over the transcript; absent when pinned.
        mac: Option<Digest>,
    },
    /// Either: the run is over.
    Refuse {
        /// Which run.
        run: RunId,
        /// Why.
        reason: RefuseReason,
    },
    /// Console: asks to share.
    Ask {
        /// Which run.
        run: RunId,
        /// What.
        ask: Ask,
        /// Fresh for this question.
        nonce: Nonce,
        /// By the technician's key.
        signature: Signature,
    },
    /// Helper: no.
    Decline {
        /// Which run.
        run: RunId,
        /// The nonce of the question.
        nonce: Nonce,
        /// Why.
        reason: DeclineReason,
        /// By the helper's key.
        signature: Signature,
    },
    /// Helper: yes, and how to reach it.
    Offer {
        /// Which run.
        run: RunId,
        /// The nonce of the question.
        nonce: Nonce,
        /// 0 for the first offer, then one more for each ICE restart.
        generation: u32,
        /// With all candidates.
        sdp: String,
        /// By the helper's key.
        signature: Signature,
    },
    /// Console: how to reach it.
    Answer {
        /// Which run.
        run: RunId,
        /// The nonce of the question.
        nonce: Nonce,
        /// The offer's.
        generation: u32,
        /// With all candidates.
        sdp: String,
        /// By the technician's key.
        signature: Signature,
    },
    /// Console: nothing comes any more; asks for an offer of another path.
    Mend {
        /// Which run.
        run: RunId,
        /// The nonce of the question.
        nonce: Nonce,
        /// Of the offer whose path is lost.
        generation: u32,
        /// By the technician's key.
        signature: Signature,
    },
    /// Either: the session is over.
    Bye {
        /// Which run.
        run: RunId,
        /// Why.
        reason: EndReason,
        /// By the sender's key.
        signature: Signature,
    },
}

impl Signal {
    /// The run it belongs to.
    #[must_use]
    pub const fn run(&self) -> RunId {
        match self {
            Self::Greet { run, .. }
            | Self::Present { run, .. }
            | Self::Reveal { run, .. }
            | Self::Confirm { run, .. }
            | Self::Refuse { run, .. }
            | Self::Ask { run, .. }
            | Self::Decline { run, .. }
            | Self::Offer { run, .. }
            | Self::Answer { run, .. }
            | Self::Mend { run, .. }
            | Self::Bye { run, .. } => *run,
        }
    }
}
