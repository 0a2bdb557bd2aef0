//! The console's socket, `/api/v1/console`: JSON text frames of at most
//! [`SOCKET_FRAME`](crate::limit::SOCKET_FRAME). Updates are whole records and may be repeated: taking one twice, or
//! one that a snapshot already held, changes nothing.

use serde::{Deserialize, Serialize};

use super::{Report, detour::Detour};
use crate::{
    error::WireError,
    id::{DeviceId, MessageId, SessionId},
    record::{ChatMessage, DeviceRecord, Marks, SessionRecord},
    template::HelpRequest,
    text::ChatText,
};

/// From console to relay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ConsoleToRelay {
    /// The first message.
    Hello {
        /// [`PROTOCOL_VERSION`](crate::PROTOCOL_VERSION) of the console.
        version: u16,
        /// From `auth/prove`. A browser has none: the cookie counts that came with the upgrade.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<String>,
        /// Whether it understands [`RelayToConsole::ChatMarks`]; older ones do not.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        marks: bool,
    },
    /// Passed on to the session's helper.
    Signal {
        /// Which session.
        session: SessionId,
        /// JSON of a [`Signal`](crate::call::signal::Signal); the relay does not read it.
        signal: String,
    },
    /// A chat message by the technician.
    Chat {
        /// Which session.
        session: SessionId,
        /// Made by the console.
        id: MessageId,
        /// What he wrote.
        text: ChatText,
    },
    /// How far the technician has taken in what the customer wrote. Only to a relay that has told marks in
    /// [`Messages`](super::http::Messages). May be repeated; less than before changes nothing.
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
    /// Whose screens the technician looks at: all of them, repeated every
    /// [`VIEWING_SAID`](crate::limit::VIEWING_SAID) while there are any.
    Viewing {
        /// Which sessions.
        sessions: Vec<SessionId>,
    },
}

/// From relay to console.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum RelayToConsole {
    /// The token is good. What changed since is in the HTTP lists; what changes from now on comes here.
    Welcome,
    /// A session was made or changed.
    SessionChanged {
        /// As it is now.
        session: SessionRecord,
    },
    /// A device came, changed or went.
    DeviceChanged {
        /// As it is now.
        device: DeviceRecord,
    },
    /// A session was deleted.
    SessionRemoved {
        /// Which.
        session: SessionId,
    },
    /// A device was removed.
    DeviceRemoved {
        /// Which.
        device: DeviceId,
    },
    /// What templates there are, or which the technician has been shown, is new: read them again.
    TemplatesUpdated,
    /// What the owner has chosen for the relay, how it does, or what is new: read them again.
    SettingsChanged,
    /// The company's key, somebody who works there or a certificate is new: read them again.
    CompanyChanged,
    /// Somebody asked for help on the relay's page, or his request was closed.
    RequestChanged {
        /// As it is now.
        request: HelpRequest,
    },
    /// From the session's helper.
    Signal {
        /// Which session.
        session: SessionId,
        /// JSON of a [`Signal`](crate::call::signal::Signal).
        signal: String,
    },
    /// How this end reaches the session's helper through the relay. Comes when the helper does, and again before it
    /// has lived.
    Detour {
        /// Which session.
        session: SessionId,
        /// The way.
        detour: Detour,
    },
    /// A message was stored.
    Chat {
        /// The message.
        message: ChatMessage,
    },
    /// The customer has taken in more of what the technicians of the call wrote.
    ChatMarks {
        /// Which session.
        session: SessionId,
        /// How far now.
        marks: Marks,
    },
    /// A refusal; for some codes the socket is closed after it, see
    /// [`closes`](crate::relay::helper_socket::closes).
    Error {
        /// The session it is about, if any.
        session: Option<SessionId>,
        /// What and why.
        error: WireError,
    },
}
