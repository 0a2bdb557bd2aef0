//! The detour: how the two ends of one session reach each other through the relay when there is no direct path.
//!
//! It is TURN (RFC 8656) with one difference: a relayed address is only a name. It lies in a block of addresses that
//! are nobody's, no socket listens on it, and it is reached only by the other end's own allocation for the same session.
//!
//! ```text
//! UDP works:     end ── TURN over UDP, the port's number is that of TLS ───────▶ relay
//! UDP blocked:   end ── TURN to 127.0.0.1 ─▶ tunnel ── WebSocket over TLS ─────▶ relay
//! ```
//!
//! The tunnel's first frame each way is JSON ([`TunnelHello`], [`TunnelAnswer`]); then come binary frames, each one byte
//! that numbers the sender's socket and one TURN datagram.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr},
};

use serde::{Deserialize, Serialize};

use crate::{error::WireError, key::Nonce};

/// First byte of relayed addresses whose end comes by UDP: 240.0.0.0/4 is reserved and assigned to nobody.
pub const UDP_BLOCK: u8 = 240;
/// First byte of relayed addresses whose end comes by the TLS port.
pub const TLS_BLOCK: u8 = 241;
/// The port of every relayed address. Some ends refuse candidates with ports below 1024.
pub const RELAYED_PORT: u16 = 49_152;

/// Longest datagram on the detour in bytes: packets of a call are at most 1,300, TURN adds 40.
pub const DATAGRAM: usize = 4 * 1024;

/// What one end of one session needs to use the detour. The relay sends a new one well before the last has lived.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detour {
    /// Whether the relay answers STUN and TURN over UDP, at the very host and port where this end reached it.
    pub udp: bool,
    /// User name for TURN and for the tunnel.
    pub username: String,
    /// Password. A secret.
    pub credential: String,
    /// How long allocations can be made with it, in milliseconds from its arrival. What was allocated lives on.
    pub life_ms: u64,
}

/// Prints no credential.
impl fmt::Debug for Detour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Detour").field("udp", &self.udp).field("life_ms", &self.life_ms).finish_non_exhaustive()
    }
}

/// The first frame of a tunnel.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TunnelHello {
    /// [`PROTOCOL_VERSION`](crate::PROTOCOL_VERSION) of the end.
    pub version: u16,
    /// [`Detour::username`].
    pub username: String,
    /// [`Detour::credential`].
    pub credential: String,
    /// Names the tunnel. The same one after a lost connection takes up the allocations that were made through it.
    pub tunnel: Nonce,
}

/// Prints no credential.
impl fmt::Debug for TunnelHello {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TunnelHello").field("version", &self.version).finish_non_exhaustive()
    }
}

/// The relay's answer to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum TunnelAnswer {
    /// Datagrams pass from now on.
    Welcome,
    /// None will; the relay closes.
    Error {
        /// Why.
        error: WireError,
    },
}

/// How an end reaches the relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Carrier {
    /// Datagrams.
    Udp,
    /// The tunnel.
    Tls,
}

impl Carrier {
    /// What a relayed address says of the end behind it; `None` when it is not one of a relay's.
    #[must_use]
    pub const fn of(relayed: IpAddr) -> Option<Self> {
        match relayed {
            IpAddr::V4(ip) => match ip.octets()[0] {
                UDP_BLOCK => Some(Self::Udp),
                TLS_BLOCK => Some(Self::Tls),
                _ => None,
            },
            IpAddr::V6(_) => None,
        }
    }

    /// A relayed address of this kind; the lower 24 bits of `number` tell it from others.
    #[must_use]
    pub const fn address(self, number: u32) -> Ipv4Addr {
        let [_, a, b, c] = number.to_be_bytes();
        let block = match self {
            Self::Udp => UDP_BLOCK,
            Self::Tls => TLS_BLOCK,
        };
        Ipv4Addr::new(block, a, b, c)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relayed_address_tells_how_its_end_comes() {
        for carrier in [Carrier::Udp, Carrier::Tls] {
            for number in [0, 1, 0x00ff_ffff, u32::MAX] {
                assert_eq!(Carrier::of(carrier.address(number).into()), Some(carrier));
            }
        }
        assert_eq!(Carrier::of(Ipv4Addr::LOCALHOST.into()), None);
        assert_eq!(Carrier::of("240::1".parse().unwrap()), None);
    }

    #[test]
    fn no_credential_is_printed() {
        let detour = Detour { udp: true, username: "USER".into(), credential: "SECRET".into(), life_ms: 1 };
        let hello =
            TunnelHello { version: 1, username: "USER".into(), credential: "SECRET".into(), tunnel: Nonce([0; 32]) };
        let printed = format!("{detour:?}{hello:?}");
        assert!(!printed.contains("SECRET") && !printed.contains("USER"), "{printed}");
    }
}
