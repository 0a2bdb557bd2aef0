//! Routers between a private network and the rest, of each kind that RFC 3489 names, as rules for nftables.
//!
//! | kind | the outside port of an inside port | who may answer to it |
//! |---|---|---|
//! | full cone | always the same | anyone |
//! | address-restricted | always the same | whoever was spoken to, from any port |
//! | port-restricted | always the same | whoever was spoken to, from that port |
//! | symmetric | another for each who is spoken to | he alone |
//!
//! Linux keeps a source port where it can, which makes its plain SNAT port-restricted; the first two add a way in.

use std::{fmt::Write as _, net::Ipv4Addr};

/// How a network ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nat {
    /// No translation: its addresses are known everywhere.
    Open,
    /// See the module.
    FullCone,
    /// See the module.
    AddressRestricted,
    /// See the module.
    PortRestricted,
    /// See the module.
    Symmetric,
}

/// What a router does not let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wall {
    /// It lets everything through.
    None,
    /// No UDP.
    NoUdp,
    /// Nothing but TCP to this address and port.
    Only(Ipv4Addr, u16),
}

/// The rules of a router between the network of `inside` (a /24) and its own address `outside`.
#[must_use]
pub fn rules(nat: Nat, wall: Wall, inside: Ipv4Addr, outside: Ipv4Addr) -> String {
    let [a, b, c, _] = inside.octets();
    let network = format!("{a}.{b}.{c}.0/24");
    let mut text =
        String::from("table ip lab {\n set spoken { type ipv4_addr\n flags dynamic,timeout\n timeout 30s\n }\n");
    let port = "udp dport 1024-65535";
    let way_in = match nat {
        Nat::FullCone => format!("ip daddr {outside} {port} dnat to {inside}"),
        Nat::AddressRestricted => format!("ip daddr {outside} ip saddr @spoken {port} dnat to {inside}"),
        Nat::Open | Nat::PortRestricted | Nat::Symmetric => String::new(),
    };
    let translated = match nat {
        Nat::Open => String::new(),
        Nat::Symmetric => format!("ip saddr {network} snat to {outside} fully-random"),
        Nat::FullCone | Nat::AddressRestricted | Nat::PortRestricted => format!("ip saddr {network} snat to {outside}"),
    };
    // A packet nobody waits for must not reach the router itself: its connection would then be known, and the port taken
    // when the inside speaks by it.
    let unasked = if nat == Nat::Open { String::new() } else { format!("ip daddr {outside} {port} drop") };
    let walled = match wall {
        Wall::None => String::new(),
        Wall::NoUdp => "meta l4proto udp drop".to_owned(),
        Wall::Only(address, port) => {
            format!(
                "ip saddr {network} ip daddr != {address} drop\n ip saddr {network} tcp dport != {port} drop\n meta l4proto udp drop"
            )
        }
    };
    let spoken = format!("ip saddr {network} update @spoken {{ ip daddr timeout 30s }}");
    for (name, kind, lines) in [
        ("way_in", "nat hook prerouting priority dstnat", way_in),
        ("way_out", "nat hook postrouting priority srcnat", translated),
        ("itself", "filter hook input priority filter", unasked),
        ("through", "filter hook forward priority filter", format!("{walled}\n {spoken}")),
    ] {
        // Writing to a string does not fail.
        let _ = write!(text, " chain {name} {{\n type {kind}\n {lines}\n }}\n");
    }
    text.push_str("}\n");
    text
}
