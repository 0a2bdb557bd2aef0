//! How often something may be tried: token buckets, alone or one for each address.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    time::{Duration, Instant},
};

/// How much may come at once, and how fast it may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// What may come at once.
    pub burst: u32,
    /// The time after which one more may come.
    pub every: Duration,
}

/// Wrong codes from one address: a person mistypes a few times; a guesser gets four tries in a minute.
pub const CODES_PER_ADDRESS: Rate = Rate { burst: 10, every: Duration::from_secs(15) };
/// Wrong spoken codes from all addresses together: a million finders take twelve days at this rate, and each lives a
/// quarter of an hour.
pub const CODES_OVERALL: Rate = Rate { burst: 60, every: Duration::from_secs(1) };
/// Requests for a challenge from one address; each is kept for ten seconds.
pub const CHALLENGES_PER_ADDRESS: Rate = Rate { burst: 30, every: Duration::from_secs(1) };
/// Wrong proofs and set-up tokens from one address.
pub const PROOFS_PER_ADDRESS: Rate = Rate { burst: 10, every: Duration::from_secs(15) };
/// Names and passwords from one address: an office of people who sign in in the morning; a guesser gets four in a minute.
pub const SIGN_INS_PER_ADDRESS: Rate = Rate { burst: 20, every: Duration::from_secs(15) };
/// Names and passwords from all addresses together: each costs some 50 ms of arithmetic, so all of them a fifth of a core.
pub const SIGN_INS_OVERALL: Rate = Rate { burst: 120, every: Duration::from_millis(250) };
/// Requests for help from one address: a person sends one, and perhaps another with more words.
pub const REQUESTS_PER_ADDRESS: Rate = Rate { burst: 3, every: Duration::from_secs(120) };
/// Requests for help from all addresses together: each makes technicians look up.
pub const REQUESTS_OVERALL: Rate = Rate { burst: 20, every: Duration::from_secs(10) };
/// Chat messages, reports and claims of one socket, each of which is written to disk.
pub const RECORDS_PER_SOCKET: Rate = Rate { burst: 40, every: Duration::from_millis(250) };

/// Addresses remembered at once; the fullest buckets, which say nothing, are forgotten first.
const ADDRESSES: usize = 4_096;

/// Nothing more may come before `retry_after` is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many, wait {} ms", .retry_after.as_millis())]
pub struct TooMany {
    /// How long to wait.
    pub retry_after: Duration,
}

/// One bucket. Kept as the moment at which it will be full again, so that it needs no fractions.
#[derive(Debug, Clone, Copy)]
pub struct Bucket {
    rate: Rate,
    full_at: Instant,
}

impl Bucket {
    /// A full one.
    #[must_use]
    pub const fn new(rate: Rate, now: Instant) -> Self {
        Self { rate, full_at: now }
    }

    /// Takes one.
    ///
    /// # Errors
    ///
    /// [`TooMany`] when it is empty; nothing is taken then.
    pub fn take(&mut self, now: Instant) -> Result<(), TooMany> {
        let next = self.full_at.max(now) + self.rate.every;
        let room = self.rate.every * self.rate.burst;
        let beyond = next.saturating_duration_since(now).saturating_sub(room);
        if !beyond.is_zero() {
            return Err(TooMany { retry_after: beyond });
        }
        self.full_at = next;
        Ok(())
    }

    /// Puts one back that was taken for something that turned out to be right.
    pub fn give_back(&mut self, now: Instant) {
        self.full_at = self.full_at.checked_sub(self.rate.every).unwrap_or(now);
    }

    fn is_full(&self, now: Instant) -> bool {
        self.full_at <= now
    }
}

/// A bucket for each address, and optionally one over all of them. IPv6 addresses count by their /64, which is what
/// one household or server gets.
#[derive(Debug)]
pub struct Limiter {
    each: Rate,
    overall: Option<Bucket>,
    addresses: HashMap<IpAddr, Bucket>,
}

impl Limiter {
    /// With one rate for each address and perhaps one overall.
    #[must_use]
    pub fn new(each: Rate, overall: Option<Rate>, now: Instant) -> Self {
        Self { each, overall: overall.map(|rate| Bucket::new(rate, now)), addresses: HashMap::new() }
    }

    /// Takes one for this address.
    ///
    /// # Errors
    ///
    /// [`TooMany`]; nothing is taken then.
    pub fn take(&mut self, address: IpAddr, now: Instant) -> Result<(), TooMany> {
        self.take_own(address, now)?;
        let Some(overall) = &mut self.overall else { return Ok(()) };
        overall.take(now).inspect_err(|_| {
            if let Some(bucket) = self.addresses.get_mut(&network(address)) {
                bucket.give_back(now);
            }
        })
    }

    /// Takes one for this address that does not count overall.
    ///
    /// # Errors
    ///
    /// [`TooMany`]; nothing is taken then.
    pub fn take_own(&mut self, address: IpAddr, now: Instant) -> Result<(), TooMany> {
        if self.addresses.len() >= ADDRESSES && !self.addresses.contains_key(&network(address)) {
            self.forget(now);
        }
        self.addresses.entry(network(address)).or_insert_with(|| Bucket::new(self.each, now)).take(now)
    }

    /// Puts back what [`take`](Self::take) took: it was no wrong try.
    pub fn give_back(&mut self, address: IpAddr, now: Instant) {
        self.give_back_own(address, now);
        if let Some(overall) = &mut self.overall {
            overall.give_back(now);
        }
    }

    /// Puts back what [`take_own`](Self::take_own) took.
    pub fn give_back_own(&mut self, address: IpAddr, now: Instant) {
        if let Some(bucket) = self.addresses.get_mut(&network(address)) {
            bucket.give_back(now);
        }
    }

    /// Makes room for many at once, so that a crowd of new addresses costs little each.
    fn forget(&mut self, now: Instant) {
        self.addresses.retain(|_, bucket| !bucket.is_full(now));
        if self.addresses.len() < ADDRESSES {
            return;
        }
        let mut full_at: Vec<Instant> = self.addresses.values().map(|bucket| bucket.full_at).collect();
        let (_, kept_from, _) = full_at.select_nth_unstable(ADDRESSES / 4);
        let kept_from = *kept_from;
        self.addresses.retain(|_, bucket| bucket.full_at > kept_from);
    }
}

/// What counts as one address: an IPv4 address, or the /64 of an IPv6 address, all of which one customer of a provider
/// has.
#[must_use]
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << 64))),
        ip @ IpAddr::V4(_) => ip,
    }
}
