//! What a committed change made happen, for everyone who is connected.

use deskhand_core::switchboard::ConnectionId;
use deskhand_protocol::{
    id::{DeviceId, RecordId, SessionId, TechnicianId},
    record::{Author, ChatMessage, EndReason, Marks},
    relay::helper_socket::RelayToHelper,
};

/// One thing that happened. The hub takes them in the order of the commits.
#[derive(Debug)]
pub(crate) enum Happening {
    /// A session was made or changed.
    Session(SessionId),
    /// A session was deleted.
    SessionRemoved {
        /// Which.
        session: SessionId,
        /// Whose it was.
        technician: TechnicianId,
    },
    /// Somebody looks at a session, or no more.
    Viewers(SessionId),
    /// A device came or changed.
    Device(DeviceId),
    /// A device was removed.
    DeviceRemoved(DeviceId),
    /// A template arrived, was put back in use, or was shown to a technician.
    Templates,
    /// What the owner has chosen for the relay, or what is new, has changed.
    Settings,
    /// The company's key, somebody who works there or a certificate is new.
    Company,
    /// Somebody asked for help, or the request was closed.
    Request(RecordId),
    /// A chat message was stored.
    Chat {
        /// Whose session it is in.
        technician: TechnicianId,
        /// The message.
        message: ChatMessage,
    },
    /// One side has taken in more of what the other wrote.
    Marks {
        /// In which session it said so.
        session: SessionId,
        /// Whose that is.
        technician: TechnicianId,
        /// Which side.
        of: Author,
        /// How far now.
        marks: Marks,
    },
    /// A helper's connection took up a session.
    TakenUp {
        /// Which session.
        session: SessionId,
        /// Whose it is.
        technician: TechnicianId,
        /// The connection that asked.
        connection: ConnectionId,
        /// The answer, but for whether the console is here.
        answer: Box<RelayToHelper>,
    },
    /// A session let its helper go, because its code was revoked or a new one was made.
    Released(SessionId),
    /// A session is over.
    Ended {
        /// Which session.
        session: SessionId,
        /// Why.
        reason: EndReason,
    },
}

impl Happening {
    /// The outbox's topic and subject; what only concerns connections has none.
    pub(crate) fn topic(&self) -> Option<(&'static str, String)> {
        match self {
            Self::Session(id) => Some(("session", id.to_string())),
            Self::SessionRemoved { session, .. } => Some(("session.removed", session.to_string())),
            Self::Device(id) => Some(("device", id.to_string())),
            Self::DeviceRemoved(id) => Some(("device.removed", id.to_string())),
            Self::Templates => Some(("templates-updated", String::new())),
            Self::Settings => Some(("settings", String::new())),
            Self::Company => Some(("company", String::new())),
            Self::Request(id) => Some(("request", id.to_string().get(..8).unwrap_or_default().to_owned())),
            Self::Chat { message, .. } => Some(("chat", format!("{}/{}", message.session, message.seq))),
            Self::Viewers(_) | Self::Marks { .. } | Self::TakenUp { .. } | Self::Released(_) | Self::Ended { .. } => {
                None
            }
        }
    }
}
