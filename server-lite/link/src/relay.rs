//! The connections to a relay.
//!
//! | type | whose | what |
//! |---|---|---|
//! | [`ConsoleHttp`] | console | the typed HTTP API; signs in by itself and again when the relay forgot it |
//! | [`ConsoleLink`] | console | the socket with live changes, signals and chat |
//! | [`HelperLink`] | helper | the socket of a device, bound to one session |
//! | [`ask_for_help`] | helper | one request, where there is no session yet |
//!
//! A link is a handle and a stream of events. It connects, proves its key, notices a dead connection
//! ([`SOCKET_SILENCE`](deskhand_protocol::limit::SOCKET_SILENCE); at once when the machine has left its network, within
//! seconds when it has slept or its owner has a doubt) and comes back with full-jitter delays until a refusal is final;
//! then it says so and stops. Dropping the handle ends everything at once;
//! `close` lets what was sent leave first.
//!
//! Nothing is sent twice and nothing is kept for a later connection: what was under way when a connection broke may or
//! may not have arrived. Whoever sends something that must not be lost sends it again after
//! the next `Connected`; ids make that harmless.
//!
//! Nothing that the relay says is believed beyond what it is for: who the other end is, is the
//! [`handshake`](crate::handshake)'s business.

mod backoff;
mod company;
mod console;
mod dial;
mod help;
mod helper;
mod http;
mod packages;
mod records;
mod socket;
mod task;

#[cfg(test)]
mod tests;

use std::time::Duration;

use deskhand_protocol::{code::RelayAddress, error::ErrorCode, package::PackageRelay};

pub(crate) use self::dial::{Stream, dial, local_address};
pub use self::{
    console::{ConsoleLink, ConsoleLinkEvent},
    help::{ask_for_help, where_help_stands},
    helper::{HelperLink, HelperLinkEvent, HelperLinkParameters, RelayMet},
    http::{ConsoleHttp, HttpError},
};
use crate::tls::Trust;

/// Time for one address to answer with TCP, TLS and the upgrade. Longer waits belong to addresses that are wrong from
/// here; the next one is then tried.
pub const CONNECT_TIME: Duration = Duration::from_secs(5);
/// Longest part of a delay before the first new attempt; each further one doubles it.
pub const FIRST_DELAY: Duration = Duration::from_millis(500);
/// Longest delay between two attempts: a person waits for it.
pub const LAST_DELAY: Duration = Duration::from_secs(10);

/// One way to a relay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Where.
    pub address: RelayAddress,
    /// How its certificate is judged; of no meaning on loopback.
    pub trust: Trust,
}

impl Route {
    /// A way that a support file names.
    #[must_use]
    pub fn packaged(relay: &PackageRelay) -> Self {
        let trust = relay.pin.map_or(Trust::System, |pin| Trust::Pinned(vec![pin]));
        Self { address: relay.address.clone(), trust }
    }

    /// A way that a customer typed: the handshake will judge the certificate.
    #[must_use]
    pub const fn typed(address: RelayAddress) -> Self {
        Self { address, trust: Trust::Provisional }
    }

    /// A way that the system's own list of authorities vouches for.
    #[must_use]
    pub const fn system(address: RelayAddress) -> Self {
        Self { address, trust: Trust::System }
    }
}

/// Why a connection was lost or not made; it is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Lost {
    /// Nobody answers there.
    #[error("the relay does not answer")]
    Unreachable,
    /// The proxy that leads out of this network does not answer, or does not let this through.
    #[error("the proxy does not lead to the relay")]
    Proxy,
    /// Somebody answers, but with a certificate that is not accepted.
    #[error("the relay's certificate is not the expected one")]
    Certificate,
    /// It said nothing for too long.
    #[error("the relay fell silent")]
    Silent,
    /// This machine has left the network by which it went.
    #[error("this computer has moved to another network")]
    Moved,
    /// The relay closed it.
    #[error("the relay closed the connection")]
    Closed,
    /// What answers does not speak as a relay does.
    #[error("what answers there is not a relay of this version")]
    NotARelay,
    /// The relay refused for now.
    #[error("the relay refused: {0:?}")]
    Refused(ErrorCode),
}

/// Why a link has stopped for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Stop {
    /// Relay and program share no protocol version.
    #[error("the relay has another version; update this program")]
    VersionUnsupported,
    /// A newer connection with the same key has taken this one's place.
    #[error("this program is connected from another window or computer")]
    Replaced,
    /// The code is unknown, used, revoked or expired.
    #[error("the code is not valid; ask your technician for a new one")]
    InvalidCode,
    /// The session is over.
    #[error("the session has ended")]
    SessionEnded,
    /// The relay does not know or not accept this key.
    #[error("the relay does not accept this program's key")]
    KeyRefused,
    /// No address can be used on this computer.
    #[error("no secure connection can be made on this computer")]
    NoTls,
}

/// Why a message was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// There is no connection now.
    #[error("the relay is not connected")]
    NotConnected,
    /// The connection is slower than what is sent.
    #[error("the connection to the relay is too slow")]
    Busy,
    /// It is over [`SOCKET_FRAME`](deskhand_protocol::limit::SOCKET_FRAME).
    #[error("the message is too large")]
    TooLarge,
}
