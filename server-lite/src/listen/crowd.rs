//! Open connections by address: one address cannot take all the places of a listener. This computer's own are not
//! limited, since something may stand before the relay there.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use deskhand_core::rate::network;

/// Open connections of one address: a shop behind one address has some dozens of helpers and consoles.
const EACH: usize = 128;

/// How many connections of each address are open.
#[derive(Debug, Default)]
pub(crate) struct Crowd(Mutex<HashMap<IpAddr, usize>>);

/// One connection, counted until this is dropped.
#[derive(Debug)]
pub(crate) struct Counted {
    crowd: Arc<Crowd>,
    network: IpAddr,
}

impl Crowd {
    /// Counts one more, unless its address has enough.
    pub(crate) fn enter(self: &Arc<Self>, address: IpAddr) -> Option<Counted> {
        let network = network(address);
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(network).or_default();
        if *count >= EACH && !address.to_canonical().is_loopback() {
            return None;
        }
        *count += 1;
        Some(Counted { crowd: Arc::clone(self), network })
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut open = self.crowd.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left = open.get(&self.network).map_or(0, |count| count.saturating_sub(1));
        if left == 0 {
            open.remove(&self.network);
        } else {
            open.insert(self.network, left);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_address_has_so_many_connections_and_no_more() {
        let crowd = Arc::new(Crowd::default());
        let mut open: Vec<Counted> = (0..EACH).filter_map(|_| crowd.enter(address("192.0.2.7"))).collect();
        assert_eq!(open.len(), EACH);
        assert!(crowd.enter(address("192.0.2.7")).is_none());
        assert!(crowd.enter(address("::ffff:192.0.2.7")).is_none(), "the same address, as a listener for both says it");
        assert!(crowd.enter(address("192.0.2.8")).is_some(), "of nobody else");
        open.pop();
        let again = crowd.enter(address("192.0.2.7"));
        assert!(again.is_some() && crowd.enter(address("192.0.2.7")).is_none());
        drop((open, again));
        assert!(crowd.0.lock().unwrap().is_empty(), "nothing is kept of who has gone");
    }

    #[test]
    fn a_network_of_addresses_counts_as_one_and_this_computer_not_at_all() {
        let crowd = Arc::new(Crowd::default());
        let of = |n: usize| address(&format!("2001:db8:0:1::{n:x}"));
        let open: Vec<Counted> = (1..=EACH).filter_map(|n| crowd.enter(of(n))).collect();
        assert_eq!(open.len(), EACH);
        assert!(crowd.enter(of(EACH + 1)).is_none());
        assert!(crowd.enter(address("2001:db8:0:2::1")).is_some());
        for own in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            let open: Vec<Counted> = (0..=EACH).filter_map(|_| crowd.enter(address(own))).collect();
            assert_eq!(open.len(), EACH + 1, "{own}");
        }
    }
}
