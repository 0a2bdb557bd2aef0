//! Notices that this machine has moved to another network, or has slept. Decides only what has changed; told the time,
//! the addresses are the caller's or [`own_addresses`].
//!
//! There is no notice of the system to wait for that is the same everywhere: whoever needs to know looks every [`LOOK`].
//! A look takes some ten microseconds.

use std::{
    collections::BTreeSet,
    net::IpAddr,
    time::{Duration, Instant, SystemTime},
};

/// How often to look.
pub const LOOK: Duration = Duration::from_millis(500);
/// A look that comes so late means that the program or the machine stood still. A busy machine is late by less.
const STOOD: Duration = Duration::from_secs(3);

/// What has changed since the last look.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// Addresses this machine no longer has: what was bound to them reaches nobody.
    pub gone: BTreeSet<IpAddr>,
    /// Addresses it did not have before.
    pub new: BTreeSet<IpAddr>,
    /// It stood still, or its clock was set: nobody can tell how long the others have heard nothing.
    pub stood_still: bool,
}

impl Change {
    /// Whether the machine is on another network.
    #[must_use]
    pub fn moved(&self) -> bool {
        !self.gone.is_empty() || !self.new.is_empty()
    }

    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        !self.moved() && !self.stood_still
    }
}

/// The network as it was at the last look.
#[derive(Debug, Clone)]
pub struct Network {
    addresses: BTreeSet<IpAddr>,
    looked: Instant,
    /// A machine that sleeps may stop the steady clock, but not this one.
    wall: SystemTime,
}

impl Network {
    /// As it is now.
    #[must_use]
    pub const fn new(addresses: BTreeSet<IpAddr>, now: Instant, wall: SystemTime) -> Self {
        Self { addresses, looked: now, wall }
    }

    /// Asks this machine.
    #[must_use]
    pub fn here() -> Self {
        Self::new(own_addresses(), Instant::now(), SystemTime::now())
    }

    /// Whether this machine had the address at the last look.
    #[must_use]
    pub fn had(&self, address: &IpAddr) -> bool {
        self.addresses.contains(address)
    }

    /// Looks again.
    pub fn look(&mut self) -> Change {
        self.seen(own_addresses(), Instant::now(), SystemTime::now())
    }

    /// Takes in what was seen.
    pub fn seen(&mut self, addresses: BTreeSet<IpAddr>, now: Instant, wall: SystemTime) -> Change {
        let steady = now.saturating_duration_since(self.looked);
        let real = wall.duration_since(self.wall).unwrap_or_default();
        let change = Change {
            gone: self.addresses.difference(&addresses).copied().collect(),
            new: addresses.difference(&self.addresses).copied().collect(),
            stood_still: steady.max(real) > LOOK + STOOD,
        };
        *self = Self::new(addresses, now, wall);
        change
    }

    /// When to look next.
    #[must_use]
    pub fn due(&self) -> Instant {
        self.looked + LOOK
    }
}

/// The addresses of this machine by which others can reach it: link-local ones need a zone that no candidate carries.
#[must_use]
pub fn own_addresses() -> BTreeSet<IpAddr> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    interfaces.into_iter().map(|interface| interface.ip()).filter(is_usable).collect()
}

fn is_usable(ip: &IpAddr) -> bool {
    let link_local = match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    };
    !(link_local || ip.is_loopback() || ip.is_unspecified() || ip.is_multicast())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(addresses: &[&str]) -> BTreeSet<IpAddr> {
        addresses.iter().map(|address| address.parse().unwrap()).collect()
    }

    #[test]
    fn an_address_that_goes_and_one_that_comes_are_told_once() {
        let (now, wall) = (Instant::now(), SystemTime::now());
        let mut network = Network::new(set(&["192.0.2.1", "2001:db8::1"]), now, wall);
        let change = network.seen(set(&["192.0.2.9", "2001:db8::1"]), now + LOOK, wall + LOOK);
        assert_eq!(change, Change { gone: set(&["192.0.2.1"]), new: set(&["192.0.2.9"]), stood_still: false });
        let again = network.seen(set(&["192.0.2.9", "2001:db8::1"]), now + 2 * LOOK, wall + 2 * LOOK);
        assert!(again.is_nothing());
    }

    #[test]
    fn a_late_look_means_that_it_stood_still() {
        let (now, wall) = (Instant::now(), SystemTime::now());
        let mut network = Network::new(set(&[]), now, wall);
        let busy = Duration::from_secs(2);
        assert!(network.seen(set(&[]), now + busy, wall + busy).is_nothing());
        // Stopped: both clocks went on. Asleep: only the wall clock did.
        let stopped = busy + Duration::from_secs(10);
        assert!(network.seen(set(&[]), now + stopped, wall + stopped).stood_still);
        let slept = wall + stopped + Duration::from_secs(3600);
        assert!(network.seen(set(&[]), now + stopped + LOOK, slept).stood_still);
    }

    #[test]
    fn a_clock_that_is_set_back_is_no_sleep() {
        let (now, wall) = (Instant::now(), SystemTime::now());
        let mut network = Network::new(set(&[]), now, wall);
        assert!(network.seen(set(&[]), now + LOOK, wall - Duration::from_secs(7200)).is_nothing());
    }

    #[test]
    fn this_machine_has_no_link_local_and_no_loopback_address_to_offer() {
        assert!(own_addresses().iter().all(|ip| !ip.is_loopback() && !ip.is_unspecified()));
    }
}
