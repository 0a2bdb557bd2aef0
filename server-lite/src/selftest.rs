//! Links by which it is seen whether the relay is reached from outside: somebody opens one, and the relay notes from
//! what kind of place he came. Kept in memory only, for an hour.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use data_encoding::BASE32_NOPAD;
use deskhand_protocol::{UnixMillis, id::TechnicianId, relay::http::Opened};

use crate::{
    addresses,
    clock::{self, NoRandomness},
};

/// How long a link is of use: time to telephone with somebody who opens it.
const LIFE: Duration = Duration::from_secs(3600);
/// Links at once; the oldest make room.
const LINKS: usize = 64;

#[derive(Debug)]
struct Link {
    technician: TechnicianId,
    until: Instant,
    opened: Vec<Opened>,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Links(Mutex<HashMap<String, Link>>);

impl Links {
    fn links(&self) -> MutexGuard<'_, HashMap<String, Link>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new link; gives what stands at its end, 80 bits that nobody guesses.
    pub(crate) fn make(&self, technician: TechnicianId, now: Instant) -> Result<String, NoRandomness> {
        let name = BASE32_NOPAD.encode(&clock::random::<10>()?);
        let mut links = self.links();
        links.retain(|_, link| link.until > now);
        while links.len() >= LINKS {
            let Some(oldest) = links.iter().min_by_key(|(_, link)| link.until).map(|(name, _)| name.clone()) else {
                break;
            };
            links.remove(&oldest);
        }
        links.insert(name.clone(), Link { technician, until: now + LIFE, opened: Vec::new() });
        Ok(name)
    }

    /// Somebody opens a link. False when there is none of that name.
    pub(crate) fn open(&self, name: &str, from: IpAddr, now: Instant) -> bool {
        let mut links = self.links();
        let Some(link) = links.get_mut(name).filter(|link| link.until > now) else { return false };
        let outside = is_outside(from, &addresses::own());
        // Of each kind the first and the last say enough.
        if let Some(known) = link.opened.iter_mut().find(|opened| opened.outside == outside) {
            known.at = clock::wall();
        } else {
            link.opened.push(Opened { outside, at: clock::wall() });
        }
        true
    }

    /// Who has opened a technician's link; `None` when it is not his or not any more.
    pub(crate) fn opened(&self, name: &str, technician: TechnicianId, now: Instant) -> Option<Vec<Opened>> {
        let links = self.links();
        let link = links.get(name).filter(|link| link.technician == technician && link.until > now)?;
        Some(link.opened.clone())
    }
}

/// Whether a caller came from outside this computer's networks. A private address may be that of a router that stands
/// for somebody outside, or of a neighbour: it proves nothing.
fn is_outside(from: IpAddr, own: &[IpAddr]) -> bool {
    !own.contains(&from.to_canonical()) && addresses::is_public(from)
}

/// Now, for a clock to be compared with.
pub(crate) fn now() -> UnixMillis {
    clock::wall()
}

#[cfg(test)]
mod tests {
    use deskhand_protocol::id::TechnicianId;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn only_a_public_address_that_is_not_ones_own_is_outside() {
        let own = ["203.0.113.9".parse().unwrap()];
        for inside in [
            "127.0.0.1",
            "10.1.2.3",
            "192.168.0.7",
            "100.64.0.1",
            "100.127.255.255",
            "169.254.1.1",
            "203.0.113.9",
            "::ffff:203.0.113.9",
            "::1",
            "fd00::1",
            "fe80::1",
            "0.0.0.0",
        ] {
            assert!(!is_outside(inside.parse().unwrap(), &own), "{inside}");
        }
        for outside in ["198.51.100.7", "100.128.0.1", "::ffff:198.51.100.7", "2001:db8::1"] {
            assert!(is_outside(outside.parse().unwrap(), &own), "{outside}");
        }
    }

    #[test]
    fn a_link_is_its_technicians_and_lives_an_hour() {
        let (links, now) = (Links::default(), Instant::now());
        let (one, other) = (TechnicianId::from_uuid(Uuid::from_u128(1)), TechnicianId::from_uuid(Uuid::from_u128(2)));
        let name = links.make(one, now).unwrap();
        assert_eq!(links.opened(&name, one, now), Some(Vec::new()));
        assert_eq!(links.opened(&name, other, now), None);
        assert!(!links.open("nothing", "198.51.100.7".parse().unwrap(), now));
        assert!(links.open(&name, "10.0.0.1".parse().unwrap(), now));
        assert!(links.open(&name, "198.51.100.7".parse().unwrap(), now));
        assert!(links.open(&name, "198.51.100.8".parse().unwrap(), now));
        let kinds: Vec<_> = links.opened(&name, one, now).unwrap().iter().map(|opened| opened.outside).collect();
        assert_eq!(kinds, [false, true]);
        assert!(!links.open(&name, "198.51.100.7".parse().unwrap(), now + LIFE));
        assert_eq!(links.opened(&name, one, now + LIFE), None);
    }

    #[test]
    fn old_links_make_room() {
        let (links, mut now) = (Links::default(), Instant::now());
        let technician = TechnicianId::from_uuid(Uuid::from_u128(1));
        let first = links.make(technician, now).unwrap();
        for _ in 0..LINKS {
            now += Duration::from_millis(1);
            links.make(technician, now).unwrap();
        }
        assert_eq!(links.opened(&first, technician, now), None);
        assert_eq!(links.links().len(), LINKS);
    }
}
