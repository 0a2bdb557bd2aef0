//! What the relay stores and shows. Durations are computed from two moments, never stored.

use serde::{Deserialize, Serialize};

use crate::{
    UnixMillis,
    capability::Capability,
    id::{ConversationId, DeviceId, MessageId, SessionId, TechnicianId},
    key::PublicKey,
    text::{ChatText, Name, Note, Tag},
};

/// Where a session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum SessionStatus {
    /// Its code exists, nobody has come yet.
    Open,
    /// The customer's helper is here.
    Waiting,
    /// The technician sees the screen.
    Live,
    /// The customer holds everything back for a while.
    Paused,
    /// It was live and has lost an end that may come back.
    Reconnecting,
    /// Over, by someone's decision.
    Ended,
    /// Over, because nobody came back.
    Interrupted,
}

/// Why a session is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// The customer ended it.
    CustomerEnded,
    /// The technician ended it.
    TechnicianEnded,
    /// Nobody used its code in time.
    Expired,
    /// Wrong codes were tried too often.
    TooManyWrongCodes,
    /// Its longest allowed time is over.
    HardEnd,
    /// The technician did nothing for too long.
    IdleEnd,
    /// The customer ended it and reported the technician.
    Reported,
    /// An end showed another key than the one it was known by.
    KeyChanged,
    /// Neither end came back.
    Interrupted,
}

/// Where a public address is, as far as a database knows. What it does not know is `None`, never guessed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct Location {
    /// Two letters (ISO 3166-1).
    #[ts(type = "string | null")]
    pub country: Option<Name>,
    /// State, county or canton.
    #[ts(type = "string | null")]
    pub region: Option<Name>,
    /// City.
    #[ts(type = "string | null")]
    pub city: Option<Name>,
}

/// By what the customer takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// The helper on his device.
    #[default]
    Program,
    /// A page of the relay in his browser: he shows, and nothing else is possible. It is no device.
    Browser,
}

/// One support call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct SessionRecord {
    /// Its id.
    pub id: SessionId,
    /// Where it stands.
    pub status: SessionStatus,
    /// The customer's name as the technician wrote it.
    #[ts(type = "string")]
    pub customer: Name,
    /// The machine's name as the technician wrote it, or as its device was called when it came. A snapshot.
    #[ts(type = "string | null")]
    pub machine: Option<Name>,
    /// Whose session it is.
    pub technician: TechnicianId,
    /// His name when the session was made.
    #[ts(type = "string")]
    pub technician_name: Name,
    /// The session of the technician whom the customer has called, if this is a colleague's in the same call.
    pub joins: Option<SessionId>,
    /// Who invited the colleague.
    #[ts(type = "string | null")]
    pub invited_by: Option<Name>,
    /// Where its chat is kept.
    pub conversation: ConversationId,
    /// The device that came.
    pub device: Option<DeviceId>,
    /// The key the session is bound to by the first claim.
    pub helper_key: Option<PublicKey>,
    /// What that device called itself when it came.
    #[ts(type = "string | null")]
    pub host: Option<Name>,
    /// Its operating system then.
    #[ts(type = "string | null")]
    pub os: Option<Name>,
    /// Where it was then.
    pub location: Option<Location>,
    /// By what the customer takes part; the relay's word.
    pub via: Via,
    /// What the technician put on it.
    #[ts(type = "string[]")]
    pub tags: Vec<Tag>,
    /// What he noted.
    #[ts(type = "string")]
    pub notes: Note,
    /// Who looks at its screen now.
    pub viewers: Vec<TechnicianId>,
    /// Whether the helper's socket is open now.
    pub helper_online: bool,
    /// What the customer has granted, in effect now or at the end.
    pub granted: Vec<Capability>,
    /// When the technician made it.
    pub created_at: UnixMillis,
    /// When its spoken code stops working; `None` once used or revoked.
    pub code_expires_at: Option<UnixMillis>,
    /// When the helper first came.
    pub waiting_at: Option<UnixMillis>,
    /// When the screen was first shared; set once.
    pub started_at: Option<UnixMillis>,
    /// When it truly ended; set once.
    pub ended_at: Option<UnixMillis>,
    /// Why it ended.
    pub end_reason: Option<EndReason>,
    /// The last moment either end was heard of.
    pub last_active_at: UnixMillis,
    /// From start to end, or to now for a live one; `None` if it never started. Milliseconds, never negative.
    #[ts(type = "number | null")]
    pub duration_ms: Option<u64>,
}

/// What the helper says of the machine it runs on. Hostile text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceFacts {
    /// What says so.
    #[serde(default)]
    pub via: Via,
    /// Host name.
    pub host: Name,
    /// Operating system with its version, as the system names itself.
    pub os: Name,
    /// Processor architecture.
    pub arch: Name,
    /// Version of the helper.
    pub helper_version: Name,
}

/// A computer that ran the helper at least once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct DeviceRecord {
    /// Its id.
    pub id: DeviceId,
    /// Its helper's key, by which it is known again.
    pub key: PublicKey,
    /// Whose it is, as a technician wrote it or as its first session said.
    #[ts(type = "string | null")]
    pub customer: Option<Name>,
    /// What the customer calls it, likewise.
    #[ts(type = "string | null")]
    pub machine: Option<Name>,
    /// What it calls itself.
    #[ts(type = "string")]
    pub host: Name,
    /// Its operating system.
    #[ts(type = "string")]
    pub os: Name,
    /// From where it called last, without the port.
    #[ts(type = "string | null")]
    pub address: Option<Name>,
    /// Where that is.
    pub location: Option<Location>,
    /// What a technician put on it.
    #[ts(type = "string[]")]
    pub tags: Vec<Tag>,
    /// What he noted.
    #[ts(type = "string")]
    pub notes: Note,
    /// Processor architecture.
    #[ts(type = "string")]
    pub arch: Name,
    /// Version of its helper.
    #[ts(type = "string")]
    pub helper_version: Name,
    /// When it first came.
    pub first_seen: UnixMillis,
    /// When it was last heard of.
    pub last_seen: UnixMillis,
    /// Whether its socket is open now.
    pub online: bool,
}

/// Who wrote a chat message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// The person who helps.
    Technician,
    /// The person who is helped.
    Customer,
}

/// One stored chat message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct ChatMessage {
    /// Made by its sender; the same id twice is stored once.
    pub id: MessageId,
    /// The session it belongs to.
    pub session: SessionId,
    /// Its place in the conversation, from 1 without gaps.
    pub seq: u32,
    /// Who wrote it.
    pub author: Author,
    /// What he wrote. Hostile text.
    #[ts(type = "string")]
    pub text: ChatText,
    /// When the relay stored it.
    pub sent_at: UnixMillis,
}

/// How far one end has taken in what the other has written: everything up to these places in the conversation. Places
/// of its own messages in between say nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct Marks {
    /// It has come to this end.
    pub delivered: u32,
    /// It was before the eyes of whoever sits there. Never above `delivered` where the relay says it.
    pub read: u32,
}

/// The marks of both ends of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct ChatMarks {
    /// What the technicians have taken in of the customer's messages: what came to one of them, came.
    pub technician: Marks,
    /// What the customer has taken in of theirs.
    pub customer: Marks,
}

/// How the customer answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum ConsentAnswer {
    /// He clicked *Allow*.
    Allowed,
    /// He clicked *Deny* or closed the window.
    Denied,
    /// He did not answer in time.
    NoAnswer,
    /// An administrator's grant file had answered before.
    GrantFile,
}

/// One thing that happened in a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SessionEvent {
    /// The technician made it.
    Created,
    /// The helper came.
    HelperCame,
    /// The helper's socket closed.
    HelperLeft,
    /// The customer was asked and answered.
    Consent {
        /// What was asked.
        asked: Vec<Capability>,
        /// What was granted.
        granted: Vec<Capability>,
        /// How.
        answer: ConsentAnswer,
    },
    /// What may be used has changed without a question: taken back, held back or given back.
    Granted {
        /// The whole list.
        granted: Vec<Capability>,
    },
    /// The technician tried what he may not.
    Attempted {
        /// What.
        capability: Capability,
    },
    /// The customer reports the technician: he takes him for a swindler.
    Reported {
        /// The technician's key, as the customer's computer has proven it.
        technician: Option<PublicKey>,
    },
    /// The screen is being shared.
    WentLive,
    /// The customer paused or went on.
    Paused {
        /// Whether it is paused now.
        paused: bool,
    },
    /// An end was lost.
    ConnectionLost,
    /// Its code was ended after wrong tries.
    CodeRevoked,
    /// It is over.
    Ended {
        /// Why.
        reason: EndReason,
    },
}

/// A session event with its place and moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct SessionEventRecord {
    /// Its place in the session, from 1.
    pub seq: u32,
    /// When the relay stored it.
    pub at: UnixMillis,
    /// What happened.
    pub event: SessionEvent,
}

/// A person who helps, as the relay knows him.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct TechnicianRecord {
    /// His id.
    pub id: TechnicianId,
    /// His console's key.
    pub key: PublicKey,
    /// His name.
    #[ts(type = "string")]
    pub name: Name,
    /// His company.
    #[ts(type = "string")]
    pub company: Name,
}

/// Another technician of the same relay, for whoever may want to invite him.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct Fellow {
    /// His id.
    pub id: TechnicianId,
    /// His name.
    #[ts(type = "string")]
    pub name: Name,
    /// His company.
    #[ts(type = "string")]
    pub company: Name,
    /// Whether his console is connected now.
    pub online: bool,
}

/// One row of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct AuditRow {
    /// Its place in the chain, from 1 without gaps.
    #[ts(type = "number")]
    pub seq: i64,
    /// When.
    pub at: UnixMillis,
    /// Who, as `technician:ID`, `device:ID`, `relay` or `stranger`.
    pub actor: String,
    /// What, as a dotted word: `session.created`.
    pub action: String,
    /// Upon what, as `session:ID`.
    pub target: String,
    /// Details as JSON text, at most 4 kB; never contents of a message.
    pub summary: String,
}
