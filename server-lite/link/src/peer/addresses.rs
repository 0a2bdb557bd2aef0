//! Which addresses of this machine are offered as candidates.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs},
};

use crate::network::own_addresses;

/// Addresses offered at most, loopback apart: each is checked against each of the other end's.
const MOST: usize = 6;

/// Every address of this machine, asked anew each time sockets are bound: at the start and at each restart of ICE, when
/// the machine may have moved to another network. Loopback is the last: two programs on one machine find each other by
/// it when there is no network.
#[derive(Debug, Clone, Copy)]
pub(super) struct OwnAddresses;

impl ToSocketAddrs for OwnAddresses {
    type Iter = std::vec::IntoIter<SocketAddr>;

    fn to_socket_addrs(&self) -> io::Result<Self::Iter> {
        let mut addresses: Vec<SocketAddr> =
            own_addresses().into_iter().take(MOST).map(|ip| SocketAddr::new(ip, 0)).collect();
        addresses.push(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0));
        Ok(addresses.into_iter())
    }
}
