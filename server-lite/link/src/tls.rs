//! Which certificate of a relay is accepted, and what is known about it afterwards.
//!
//! | [`Trust`] | accepted | told afterwards |
//! |---|---|---|
//! | `System` | what the operating system trusts for that name | [`Certificate::Trusted`] |
//! | `Pinned` | only the named public keys, whatever the system says | [`Certificate::Pinned`] |
//! | `Provisional` | anything whose owner holds its private key | `Trusted` if the system does, else [`Certificate::Provisional`] |
//!
//! `Provisional` is for a code that a customer typed: a relay on a technician's laptop has a certificate that no
//! system knows, and nobody reads forty characters out on the telephone. What passes over such a connection before
//! the handshake is readable for a middleman (the finder, names, the chat); the handshake then carries the
//! certificates the console knows, proven by the code, and the helper refuses if it met another
//! ([`RefuseReason::RelayCertificate`](deskhand_protocol::call::signal::RefuseReason::RelayCertificate)).
//!
//! A relay on this computer's loopback is reached by plain http: there is no certificate to speak of.

use deskhand_protocol::key::Digest;

/// How a relay's certificate is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// By the operating system.
    System,
    /// By SHA-256 of its SubjectPublicKeyInfo (RFC 7469); one of these.
    Pinned(Vec<Digest>),
    /// By the handshake, later.
    Provisional,
}

/// What certificate was met. Digests are SHA-256 of SubjectPublicKeyInfo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certificate {
    /// None: the relay is on this computer.
    Loopback,
    /// One that the operating system trusts for the relay's name.
    Trusted(Digest),
    /// One that was named beforehand.
    Pinned(Digest),
    /// One that nobody has vouched for yet.
    Provisional(Digest),
}

impl Certificate {
    /// Its digest, if there is one.
    #[must_use]
    pub const fn digest(&self) -> Option<Digest> {
        match self {
            Self::Loopback => None,
            Self::Trusted(digest) | Self::Pinned(digest) | Self::Provisional(digest) => Some(*digest),
        }
    }
}
