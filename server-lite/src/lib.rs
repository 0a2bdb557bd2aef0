//! The relay: introduces a customer's helper to a technician's console, and keeps the record.
//!
//! It passes signals between the two ends without reading them, stores sessions, consents, chat and an audit log in
//! one SQLite file, and serves the customer's connect page. It never holds a key that opens a session, and it never
//! sees a screen, a key press or the secret half of a code.
//!
//! ```text
//! listen ─▶ door (Host, Origin) ─▶ http::table (who may) ─▶ handlers ─┐
//!                                        ├─▶ socket::{helper, console} ─┼─▶ acts ─▶ store (one writer)
//!                                        └─▶ detour (TURN)   ▲           │              │ committed, in order
//!                                                       └──── frames ── hub ◀──────────┘
//! ```
//!
//! # Invariants
//!
//! - Whatever anyone was told has been committed before.
//! - A route names who may call it, or it cannot be registered; the local network reaches customers' routes only.
//! - No connection waits for another: one that does not take its frames is cut off.
//! - Logs hold ids, never names, codes, tokens or contents.

mod account;
mod acme;
mod acts;
mod addresses;
mod answers;
mod app;
mod auth;
mod bundle;
mod certificate;
mod clock;
pub mod decoders;
mod detour;
mod door;
mod error;
mod fetch;
mod folder;
mod happening;
mod http;
mod hub;
mod identity;
mod lan;
mod listen;
mod news;
mod places;
mod proxies;
mod refusal;
mod relay;
mod retention;
mod selftest;
mod settings;
mod sheet;
mod socket;
mod store;
mod templates;

pub use crate::{
    acme::Acme,
    error::{LanError, ShipError, StartError},
    http::table::{Entry, Reach, Right},
    proxies::{Network, NotANetwork},
    relay::{AuditHead, Relay},
    settings::{Certificate, LAN_PORT, Listen, Settings},
    templates::hash as template_hash,
};
