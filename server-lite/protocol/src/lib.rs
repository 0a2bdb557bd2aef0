//! Every message, id, limit, version, error code and capability that crosses a boundary in Deskhand.
//!
//! This crate describes; it never opens a socket, reads a clock or holds a secret. Both ends, the relay and the page
//! read the same definitions: Rust by using this crate, TypeScript by the generated types and the shared `vectors/`.
//!
//! | module | what it holds |
//! |---|---|
//! | [`id`], [`key`], [`text`] | newtypes that every message is built from |
//! | [`capability`] | what a session may do |
//! | [`code`], [`package`] | how a customer finds the technician: spoken code, link, support package |
//! | [`company`] | what a company's key says of a technician |
//! | [`record`] | what the relay stores and shows |
//! | [`relay`] | relay ⇄ helper, relay ⇄ console: HTTP bodies and socket messages |
//! | [`call`] | helper ⇄ console, end to end: handshake signals, data channels, input, picture, exact tiles, pointer |
//! | [`error`], [`limit`] | the closed list of error codes; every bound with its reason |
//! | [`usage`] | what a program says of a wrong command line |
//!
//! # Invariants
//!
//! - Decoders of bytes from someone else never panic and never allocate more than [`limit`] allows.
//! - Text from outside is a [`text::Text`]: bounded, without control or direction-changing characters.
//! - No 64-bit integer crosses to the page except milliseconds, which stay below 2^53.

pub mod call;
pub mod capability;
pub mod code;
pub mod company;
pub mod error;
pub mod id;
pub mod key;
pub mod limit;
pub mod package;
pub mod record;
pub mod relay;
pub mod tagged;
pub mod template;
pub mod text;
pub mod usage;

/// Version of every message in this crate. An end that meets another version says
/// [`ErrorCode::VersionUnsupported`](error::ErrorCode::VersionUnsupported) and closes.
pub const PROTOCOL_VERSION: u16 = 1;

/// Milliseconds since 1970-01-01 UTC. For records and screens; freshness is never decided by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(transparent)]
pub struct UnixMillis(#[ts(type = "number")] pub i64);
