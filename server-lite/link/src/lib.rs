//! What an end of a call needs to reach the relay and the other end; used by helper and console alike.
//!
//! | module | what it decides |
//! |---|---|
//! | [`identity`] | the end's own Ed25519 key; signing and strict verifying |
//! | [`entropy`] | where randomness comes from, so that deciding code can be told it |
//! | [`company`] | a company's certificates for its technicians: made, and judged |
//! | [`package`] | sealing and opening a support file |
//! | [`network`] | whether this machine has moved to another network, or slept |
//! | [`tls`] | which certificate of a relay is accepted, and what is known about it afterwards |
//! | [`proxy`] | which HTTP proxy leads to a relay |
//! | [`relay`] | the connections to a relay: typed HTTP and reconnecting sockets |
//! | [`detour`] | how the relay carries a call that finds no direct path |
//! | [`selftest`] | which ways to a relay work from this computer |
//! | [`handshake`] | whether the other end is who it should be; sans-IO |
//! | [`peer`] | the WebRTC connection between the two ends |
//!
//! # Invariants
//!
//! - The secret half of a code, a private key and a PAKE's key never leave this process and are never printed.
//! - The relay is not trusted with anything but passing messages on.
//! - Nothing outlives its handle: dropping a link closes its socket and ends its task.

pub mod company;
pub mod detour;
pub mod entropy;
pub mod handshake;
pub mod identity;
pub mod network;
pub mod package;
pub mod peer;
pub mod proxy;
pub mod relay;
pub mod selftest;
pub mod tls;
