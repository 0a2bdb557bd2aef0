//! Under which addresses this computer can be called by others.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use deskhand_protocol::code::RelayAddress;

/// Interfaces that lead to machines inside this one, by how their names begin. Their addresses come last.
const INNER: [&str; 7] = ["docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "lxc"];

/// IPv4 addresses of this computer that others could call, the likeliest first.
pub(crate) fn own() -> Vec<IpAddr> {
    let mut found: Vec<(u8, Ipv4Addr)> = if_addrs::get_if_addrs()
        .unwrap_or_default()
        .into_iter()
        .filter(|interface| !interface.is_loopback())
        .filter_map(|interface| match interface.ip() {
            IpAddr::V4(ip) if !ip.is_link_local() && !ip.is_unspecified() => Some((rank(&interface.name, ip), ip)),
            _ => None,
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found.into_iter().map(|(_, ip)| IpAddr::V4(ip)).collect()
}

fn rank(interface: &str, ip: Ipv4Addr) -> u8 {
    match (INNER.iter().any(|inner| interface.starts_with(inner)), ip.is_private()) {
        (false, true) => 0,
        (false, false) => 1,
        (true, _) => 2,
    }
}

/// Whether an address is one of the internet's. A private one may be that of a router that stands for somebody outside, or
/// of a neighbour.
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(ip) => {
            let carrier = u32::from(ip) & 0xffc0_0000 == u32::from(Ipv4Addr::new(100, 64, 0, 0));
            !(ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_unspecified() || carrier)
        }
        IpAddr::V6(ip) => {
            !(ip.is_loopback() || ip.is_unspecified() || ip.is_unique_local() || ip.is_unicast_link_local())
        }
    }
}

/// The address of a relay at a socket, as it is written down.
pub(crate) fn relay_address(tls: bool, at: SocketAddr) -> Option<RelayAddress> {
    let scheme = if tls { "https" } else { "http" };
    format!("{scheme}://{at}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_of_people_come_before_networks_of_machines() {
        let private = Ipv4Addr::new(192, 168, 0, 7);
        assert!(rank("wlan0", private) < rank("docker0", private));
        assert!(rank("eth0", private) < rank("eth0", Ipv4Addr::new(203, 0, 113, 5)));
    }

    #[test]
    fn an_address_is_written_with_its_scheme_and_port() {
        let at = "192.168.0.7:7470".parse().unwrap();
        assert_eq!(relay_address(true, at).unwrap().to_string(), "https://192.168.0.7:7470");
        let v6 = "[::1]:7470".parse().unwrap();
        assert_eq!(relay_address(false, v6).unwrap().to_string(), "http://[::1]:7470");
    }
}
