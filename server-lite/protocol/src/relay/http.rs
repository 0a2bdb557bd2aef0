//! Bodies of the HTTP routes under `/api/v1`. Errors come as [`WireError`](crate::error::WireError).
//!
//! | route | who | body → answer |
//! |---|---|---|
//! | `GET health` | anyone | → [`Health`] |
//! | `POST setup` | holder of the set-up token or of an invitation | [`SetUp`] → [`Proven`] |
//! | `POST auth/challenge` | anyone, limited | [`ChallengeRequest`] → [`Challenge`] |
//! | `POST auth/prove` | holder of the key | [`Prove`] → [`Proven`] |
//! | `GET me` | technician | → `TechnicianRecord` |
//! | `POST sessions` | technician | [`NewSession`] → `SessionRecord` |
//! | `GET sessions?limit&before` | technician | → [`Sessions`], newest first |
//! | `GET sessions/{id}` | technician, own | → `SessionRecord` |
//! | `POST sessions/{id}/invitations` | technician, own | [`NewInvitation`] → `SessionRecord` |
//! | `POST sessions/{id}/end` | technician, own | → `SessionRecord` |
//! | `GET sessions/{id}/messages?after` | technician, own | → [`Messages`] |
//! | `GET sessions/{id}/events` | technician, own | → [`Events`] |
//! | `GET devices?limit&after` | technician | → [`Devices`], by id |
//! | `GET audit?limit&before` | technician | → [`Audit`] within reach, newest first |
//! | `GET templates`, `POST templates/seen` | technician | → [`Templates`](crate::template::Templates) |
//! | `POST templates/uploads` | owner | [`NewUpload`](crate::template::NewUpload) → [`Upload`](crate::template::Upload) |
//! | `POST templates/uploads/{id}?at` | owner | bytes → [`Upload`](crate::template::Upload) |
//! | `POST templates/uploads/{id}/finish` | owner | → [`TemplateRecord`](crate::template::TemplateRecord) |
//! | `POST templates/{id}/use` | owner | → [`TemplateRecord`](crate::template::TemplateRecord) |
//! | `GET templates/{id}/file` | technician | → bytes |
//! | `GET requests` | technician | → [`HelpRequests`](crate::template::HelpRequests) |
//! | `POST requests/{id}/answer` | technician | [`RequestAnswer`](crate::template::RequestAnswer) → [`HelpRequests`](crate::template::HelpRequests) |
//! | `POST help` | anyone, limited | [`NewHelpRequest`](crate::template::NewHelpRequest) → [`HelpAsked`](crate::template::HelpAsked) |
//! | `GET help/{id}` | who knows the id | → [`HelpStands`](crate::template::HelpStands) |
//! | `GET brand` | technician | → [`Brand`](crate::package::brand::Brand) |
//! | `POST brand` | owner | [`Brand`](crate::package::brand::Brand), both ways |
//! | `GET company` | technician | → [`CompanyRecord`](crate::company::CompanyRecord) |
//! | `POST company` | owner | [`NewCompanyKey`](crate::company::NewCompanyKey) → [`CompanyRecord`](crate::company::CompanyRecord) |
//! | `POST company/certificates` | owner | [`NewCertificate`](crate::company::NewCertificate) → [`CompanyRecord`](crate::company::CompanyRecord) |
//! | `POST company/invitations` | owner | → [`TechnicianInvitation`](crate::company::TechnicianInvitation) |
//! | `GET settings`, `POST settings` | technician; owner | → [`SettingsView`](super::settings::SettingsView); [`RelaySettings`](super::settings::RelaySettings) → the same |
//! | `GET news`, `POST news/read` | technician | → [`News`](super::settings::News); [`NewsSeen`](super::settings::NewsSeen) → the same |
//! | `POST me` | technician | [`Rename`](super::settings::Rename) → `TechnicianRecord` |
//! | `POST company/people/{id}/revoke` | owner | → [`CompanyRecord`](crate::company::CompanyRecord) |
//! | `POST account`, `POST account/sign-in` | the relay's own page | [`NewAccount`](super::account::NewAccount), [`SignIn`](super::account::SignIn) → [`Account`](super::account::Account) and a cookie |
//! | `GET account`, `POST account/sign-out` | signed-in browser | → [`Account`](super::account::Account); nothing |
//! | `GET account/sessions`, `POST account/sessions/{id}/revoke` | signed-in browser | → [`BrowserSessions`](super::account::BrowserSessions) |
//! | `POST account/password` | signed-in browser | [`NewPassword`](super::account::NewPassword) → [`Account`](super::account::Account) |
//! | `POST account/totp`, `…/confirm`, `…/disable` | signed-in browser | [`Again`](super::account::Again) → [`TotpOffer`](super::account::TotpOffer); [`TotpConfirm`](super::account::TotpConfirm) → [`RecoveryCodes`](super::account::RecoveryCodes); [`Again`](super::account::Again) → [`Account`](super::account::Account) |
//! | `GET company/accounts`, `POST company/people/{id}/sign-out` | owner | → [`Accounts`](super::account::Accounts) |
//! | `POST company/people/{id}/browser` | technician | → [`TechnicianInvitation`](crate::company::TechnicianInvitation) |
//! | `POST selftest` | technician | → [`SelfTest`] |
//! | `GET selftest/{link}` | technician, own | → [`Opened`]s |
//! | the records | technician | see [`records`](super::records) |
//! | `GET helper`, `GET console`, `GET detour` | | upgrade to the sockets |
//!
//! Outside `/api` are the customer's pages: `/s/{finder}` with its programs, `/support` and what they look like; and
//! `GET /reach/{link}`, which somebody outside opens to show that the relay is reached.

use serde::{Deserialize, Serialize};

use super::detour::Detour;
use crate::{
    UnixMillis,
    id::{RecordId, TechnicianId},
    key::{Digest, Nonce, PublicKey, Signature},
    record::{
        AuditRow, ChatMarks, ChatMessage, DeviceRecord, Fellow, SessionEventRecord, SessionRecord, TechnicianRecord,
    },
    text::Name,
};

/// Says that a relay is here and well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// Always `deskhand-relay`.
    pub program: String,
    /// Its version.
    pub version: String,
    /// Its [`PROTOCOL_VERSION`](crate::PROTOCOL_VERSION).
    pub protocol: u16,
    /// Its key.
    pub relay: PublicKey,
    /// Whether it still waits for its owner.
    pub needs_owner: bool,
    /// Whether it serves the console to browsers, at `/console/`.
    #[serde(default)]
    pub console: bool,
}

/// Asks for a nonce to sign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChallengeRequest {
    /// The console's [`PROTOCOL_VERSION`](crate::PROTOCOL_VERSION).
    pub version: u16,
    /// The console's key.
    pub key: PublicKey,
}

/// A nonce to sign, good for one proof within
/// [`SOCKET_GREETING`](crate::limit::SOCKET_GREETING).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// Names it in the proof.
    pub id: RecordId,
    /// The relay's key.
    pub relay: PublicKey,
    /// The relay's nonce.
    pub nonce: Nonce,
}

/// A proof of the console's key, over [`proof_bytes`](super::proof_bytes).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prove {
    /// Which challenge.
    pub id: RecordId,
    /// The console's own nonce.
    pub nonce: Nonce,
    /// By the console's key.
    pub signature: Signature,
}

/// Joins as the owner, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetUp {
    /// What the relay printed at its first start.
    pub token: String,
    /// The technician's name.
    pub name: Name,
    /// His company.
    pub company: Name,
    /// A proof of his key.
    pub proof: Prove,
}

/// The key is proven.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proven {
    /// Bearer token of this console, kept in memory by both sides; lost with the relay's process.
    pub token: String,
    /// Who it is.
    pub technician: TechnicianRecord,
}

/// How an invitation reaches the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvitationKind {
    /// Read out: lives [`SPOKEN_CODE_LIFE`](crate::limit::SPOKEN_CODE_LIFE).
    Spoken,
    /// In a link or package.
    Link,
}

/// The public half of an invitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewInvitation {
    /// How it travels.
    pub kind: InvitationKind,
    /// [`Finder::digest`](crate::code::Finder::digest).
    pub finder: Digest,
    /// How long it may be used first, in milliseconds; cut to the limit of its kind.
    pub life_ms: u64,
}

/// Makes a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewSession {
    /// The customer's name.
    pub customer: Name,
    /// The machine's name, if the technician knows one.
    pub machine: Option<Name>,
    /// How the customer can come; a clash of finders is refused with `conflict` and nothing is made.
    pub invitations: Vec<NewInvitation>,
}

/// Has a colleague take part in a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InviteColleague {
    /// Whom.
    pub technician: TechnicianId,
    /// [`Finder::digest`](crate::code::Finder::digest) of the code by which the helper takes up his session. A clash is
    /// refused with `conflict` and nothing is made.
    pub finder: Digest,
}

/// The other technicians of a relay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Colleagues {
    /// By name.
    pub colleagues: Vec<Fellow>,
}

/// A page of sessions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sessions {
    /// Newest first.
    pub sessions: Vec<SessionRecord>,
}

/// Chat messages in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Messages {
    /// By `seq`.
    pub messages: Vec<ChatMessage>,
    /// How far each end has taken the chat in; older relays do not know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marks: Option<ChatMarks>,
}

/// What happened in a session, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Events {
    /// By `seq`.
    pub events: Vec<SessionEventRecord>,
}

/// A page of devices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Devices {
    /// By id.
    pub devices: Vec<DeviceRecord>,
}

/// What a console needs to try the ways to its relay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SelfTest {
    /// What stands at the end of the link for somebody outside, `/reach/{link}`.
    pub link: String,
    /// The relay's clock.
    pub now: UnixMillis,
    /// One end's way through the relay, of a call with oneself.
    pub helper: Detour,
    /// The other's.
    pub console: Detour,
}

/// Somebody has opened the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// Whether he came from outside the relay's networks. Otherwise it cannot be told.
    pub outside: bool,
    /// When, the last time.
    pub at: UnixMillis,
}

/// A page of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    /// Newest first.
    pub rows: Vec<AuditRow>,
}
