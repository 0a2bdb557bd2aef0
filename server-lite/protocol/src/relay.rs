//! Relay ⇄ helper and relay ⇄ console.
//!
//! ```text
//! console ─ POST auth/challenge ▶ relay     (or setup, with the one-time token, for the first owner)
//! console ◀ nonce ─────────────── relay
//! console ─ POST auth/prove ────▶ relay     signed over label, relay key, both nonces
//! console ◀ token ─────────────── relay     bearer for HTTP and the first message of the console socket
//!
//! browser ─ account/sign-in ────▶ relay     name, password, code and a proof signed likewise
//! browser ◀ cookie ────────────── relay     for HTTP and the console socket; see `account`
//!
//! helper ─ hello ───────────────▶ relay
//! helper ◀ challenge ──────────── relay
//! helper ─ prove ───────────────▶ relay     signed likewise
//! helper ◀ welcome ────────────── relay
//! helper ─ claim(finder) ───────▶ relay ── session_changed ──▶ console
//! helper ◀─ signal ─▶ relay ◀─ signal ─▶ console              opaque to the relay
//! ```

pub mod account;
pub mod console_socket;
pub mod detour;
pub mod helper_socket;
pub mod http;
pub mod records;
pub mod settings;
pub mod setup;

use serde::{Deserialize, Serialize};

use crate::{
    capability::Capability,
    key::{Nonce, PublicKey},
    record::{ConsentAnswer, EndReason},
};

/// Who proves his key to a relay; part of what is signed, so that one proof never serves as another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prover {
    /// A technician's console.
    Console,
    /// A customer's helper.
    Helper,
    /// A technician's console that is a page in his browser.
    Browser,
}

/// The bytes that an end signs to prove its key to a relay.
///
/// The relay's own key is part of them, so that a proof made for one relay is worth nothing at another.
#[must_use]
pub fn proof_bytes(prover: Prover, relay: &PublicKey, relay_nonce: &Nonce, own_nonce: &Nonce) -> Vec<u8> {
    let label: &[u8] = match prover {
        Prover::Console => b"deskhand/relay-proof/console/v1\0",
        Prover::Helper => b"deskhand/relay-proof/helper/v1\0",
        Prover::Browser => b"deskhand/relay-proof/browser/v1\0",
    };
    [label, relay.as_bytes(), relay_nonce.as_bytes(), own_nonce.as_bytes()].concat()
}

/// What an end tells the relay about a session, for the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Report {
    /// The customer was asked and answered. Helper only.
    Consent {
        /// What was asked.
        asked: Vec<Capability>,
        /// What was granted.
        granted: Vec<Capability>,
        /// How he answered.
        answer: ConsentAnswer,
    },
    /// What may be used has changed without a question. Helper only.
    Granted {
        /// The whole list.
        granted: Vec<Capability>,
    },
    /// The technician tried what he may not. Helper only.
    Attempted {
        /// What.
        capability: Capability,
    },
    /// The customer takes the technician for a swindler. Helper only.
    Reported {
        /// The technician's key, as the helper has proven it.
        technician: Option<PublicKey>,
    },
    /// The screen is being shared. Helper only.
    Live,
    /// The customer paused or went on. Helper only.
    Paused {
        /// Whether it is paused now.
        paused: bool,
    },
    /// The other end was lost and is being waited for. Either end.
    ConnectionLost,
    /// A code was ended after wrong tries. Console only.
    CodeRevoked,
    /// The session is over. Either end.
    Ended {
        /// Why.
        reason: EndReason,
    },
}
