//! What a session is told.

use std::time::Instant;

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

/// Whether a technician who left, or was lost for long, is a new question when he comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Return {
    /// He is waited for as long as after a loss, and no longer.
    #[default]
    Asks,
    /// He may come back under the same grant until the hard end of this session.
    Free,
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
    /// The technician wants to use something that interrupts the customer's work, who is asked each time. It must be
    /// permitted at this moment. The answer is [`Command::Confirmed`](crate::Command::Confirmed) or
    /// [`Command::NotConfirmed`](crate::Command::NotConfirmed).
    Confirm(Capability),
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
    /// The customer takes one capability back for good: it comes again only with a new question.
    Revoked(Capability),
    /// The customer holds one capability back for now.
    Held(Capability),
    /// The customer gives back what he held.
    GivenBack(Capability),
    /// The customer stops everything for now.
    Paused,
    /// The customer goes on. No new question: what he had granted stands.
    Resumed,
    /// The customer decides whether the technician may come back without a question.
    Returns(Return),
    /// The customer takes the technician for a swindler: the session ends, and the record says why.
    ReportedByCustomer,
    /// The customer's bar can be seen.
    BarSeen,
    /// The customer's bar is covered or gone.
    BarHidden,
    /// Keys, buttons or motion of the technician were carried out last at this moment, or are held down until now.
    Injected(Instant),
    /// The technician did something else.
    Active,
    /// The technician tried what was not permitted.
    Attempted(Capability),
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
