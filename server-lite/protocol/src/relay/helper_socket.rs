//! The helper's socket, `/api/v1/helper`: JSON text frames of at most [`SOCKET_FRAME`](crate::limit::SOCKET_FRAME).

use serde::{Deserialize, Serialize};

use super::{Report, detour::Detour};
use crate::{
    code::Finder,
    error::WireError,
    id::{CertificateId, MessageId, SessionId},
    key::{Nonce, PublicKey, Signature},
    record::{ChatMarks, ChatMessage, DeviceFacts, EndReason, Marks},
    text::{ChatText, Name},
};

/// From helper to relay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum HelperToRelay {
    /// The first message.
    Hello {
        /// [`PROTOCOL_VERSION`](crate::PROTOCOL_VERSION) of the helper.
        version: u16,
        /// Its device key.
        key: PublicKey,
        /// Fresh for this connection.
        nonce: Nonce,
        /// Whether it understands [`RelayToHelper::ChatMarks`]; older ones do not.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        marks: bool,
    },
    /// The answer to the challenge, over [`proof_bytes`](super::proof_bytes).
    Prove {
        /// By the device key.
        signature: Signature,
        /// What machine this is.
        facts: DeviceFacts,
    },
    /// Asks for the session that a finder stands for. The first claim binds it to this key.
    Claim {
        /// The half that the relay may know.
        finder: Finder,
    },
    /// Takes up a session that was claimed by this key before. After [`RelayToHelper::Claimed`] the helper reports again
    /// what is so now (live, paused or lost), since the relay may have been away meanwhile.
    Resume {
        /// Which.
        session: SessionId,
    },
    /// Passed on to the session's console.
    Signal {
        /// Which session.
        session: SessionId,
        /// JSON of a [`Signal`](crate::call::signal::Signal); the relay does not read it.
        signal: String,
    },
    /// A chat message by the customer.
    Chat {
        /// Which session.
        session: SessionId,
        /// Made by the helper.
        id: MessageId,
        /// What the customer wrote.
        text: ChatText,
    },
    /// How far the customer has taken in what the technicians wrote. Only to a relay that has told marks in
    /// [`RelayToHelper::Claimed`]. May be repeated; less than before changes nothing.
    ChatMarks {
        /// Which session.
        session: SessionId,
        /// How far.
        marks: Marks,
    },
    /// Something for the record.
    Report {
        /// Which session.
        session: SessionId,
        /// What.
        report: Report,
    },
}

/// From relay to helper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum RelayToHelper {
    /// The answer to `hello`.
    Challenge {
        /// [`PROTOCOL_VERSION`](crate::PROTOCOL_VERSION) of the relay.
        version: u16,
        /// The relay's key.
        relay: PublicKey,
        /// Fresh for this connection.
        nonce: Nonce,
    },
    /// The key is proven.
    Welcome,
    /// The session is bound to this helper.
    Claimed {
        /// Which session.
        session: SessionId,
        /// Who says he will help. The relay's word only, until the handshake is done.
        technician_name: Name,
        /// The company he says he works for. Likewise.
        company: Name,
        /// The chat so far.
        messages: Vec<ChatMessage>,
        /// Whether the technician's console is connected now.
        console_online: bool,
        /// Certificates of technicians that their company has revoked and whose time is not over. The relay's word
        /// only: one that lies can withhold them until then, and adding some keeps people out, which it can anyway.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        revoked: Vec<CertificateId>,
        /// How far each end has taken the chat in; older relays do not know.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        marks: Option<ChatMarks>,
    },
    /// From the session's console.
    Signal {
        /// Which session.
        session: SessionId,
        /// JSON of a [`Signal`](crate::call::signal::Signal).
        signal: String,
    },
    /// How this end reaches the session's console through the relay. Comes after `claimed`, and again before it has
    /// lived.
    Detour {
        /// Which session.
        session: SessionId,
        /// The way.
        detour: Detour,
    },
    /// A message was stored: an own one (by its id) or the technician's.
    Chat {
        /// The message.
        message: ChatMessage,
    },
    /// The technicians have taken in more of what the customer wrote.
    ChatMarks {
        /// Which session.
        session: SessionId,
        /// How far now.
        marks: Marks,
    },
    /// The technician's console came or went.
    Console {
        /// Which session.
        session: SessionId,
        /// Whether it is connected now.
        online: bool,
    },
    /// The session is over for the relay.
    Ended {
        /// Which session.
        session: SessionId,
        /// Why.
        reason: EndReason,
    },
    /// A refusal. After [`closes`](crate::relay::helper_socket::closes) codes the relay closes the socket.
    Error {
        /// The session it is about, if any.
        session: Option<SessionId>,
        /// What and why.
        error: WireError,
    },
}

/// Whether the relay closes a socket after sending this code: the sender speaks another protocol or floods.
#[must_use]
pub const fn closes(code: crate::error::ErrorCode) -> bool {
    use crate::error::ErrorCode as E;
    matches!(
        code,
        E::VersionUnsupported
            | E::UnknownMessage
            | E::Malformed
            | E::TooLarge
            | E::OutOfOrder
            | E::TooMany
            | E::Unauthenticated
            | E::Replaced
            | E::ShuttingDown
    )
}
