//! What a session is told.

use deskhand_protocol::{
    capability::Capabilities, capability::Capability, key::PublicKey, record::EndReason, text::Name,
};

use crate::QuestionId;

/// The technician, as the handshake has proven him: the key is certain, name and company are what he says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Technician {
    /// His console's key.
    pub key: PublicKey,
    /// The name he gives himself.
    pub name: Name,
    /// The company he says he works for.
    pub company: Name,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A run of the handshake is done. Any run before it, with its connection and its open question, is void.
    TechnicianKnown(Technician),
    /// The technician begins anew: the open question can no longer be answered.
    QuestionVoid,
    /// The technician asks to be let in, or for more.
    Asked(Capabilities),
    /// The question is on the screen: from now on the customer can read it.
    ConsentShown(QuestionId),
    /// The customer clicked *Allow*.
    Allowed {
        /// On which question.
        question: QuestionId,
        /// What he left checked.
        capabilities: Capabilities,
    },
    /// The customer clicked *Deny*.
    Denied(QuestionId),
    /// The window with the question is gone or cannot be shown.
    ConsentLost,
    /// The customer takes one capability back.
    Revoked(Capability),
    /// The peer connection is up.
    PeerConnected,
    /// The peer connection is down.
    PeerLost,
    /// The technician said goodbye.
    TechnicianEnded,
    /// The customer ended the session, or closed the bar or the window.
    CustomerEnded,
    /// The technician's end showed another key than before.
    KeyChanged,
    /// The relay says that the session is over.
    RelayEnded(EndReason),
    /// Time passed; due when [`next_deadline`](crate::Session::next_deadline) is reached.
    Tick,
}
