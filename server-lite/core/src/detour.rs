//! Who may send to whom on the [detour](deskhand_protocol::relay::detour): passes, allocations, permissions and
//! channels of TURN (RFC 8656).
//!
//! It knows nothing of the form of messages and verifies no signature: whoever calls it has done both, with the key
//! that [`Detours::key`] gives.
//!
//! # Invariants
//!
//! - A datagram passes only from an allocation of one end of a session to an allocation of the other end of the same
//!   session, and only while each of the two permits the other.
//! - A pass makes allocations for its own session and end, and only while it lives. What it made lives on until it is
//!   refreshed no more, or the session ends: then passes and allocations go at once.
//! - A relayed address belongs to one allocation at a time.

use std::{
    collections::{BTreeMap, HashMap},
    hash::Hash,
    net::{SocketAddr, SocketAddrV4},
    time::{Duration, Instant},
};

use deskhand_protocol::{
    id::SessionId,
    relay::detour::{Carrier, RELAYED_PORT},
};

/// How long a pass makes allocations.
pub const PASS_LIFE: Duration = Duration::from_secs(10 * 60);
/// How often a new pass is given out: the one before is good for as long again.
pub const PASS_RENEWAL: Duration = Duration::from_secs(5 * 60);
/// How long an allocation lives without a refresh: what RFC 8656 section 7.2 takes when nothing is asked for.
pub const ALLOCATION_LIFE: Duration = Duration::from_secs(10 * 60);
/// How long a permission lives: RFC 8656 section 9.
pub const PERMISSION_LIFE: Duration = Duration::from_secs(5 * 60);
/// How long a channel lives: RFC 8656 section 12.
pub const CHANNEL_LIFE: Duration = Duration::from_secs(10 * 60);
/// Allocations of one end of a session: one for each of its sockets, and those of before a restart of ICE.
pub const ALLOCATIONS: usize = 24;
/// Permissions and channels of one allocation: one for each allocation of the other end, and some that ran out.
pub const PEERS: usize = 64;
/// Allocations of a relay.
pub const ALLOCATIONS_OVERALL: usize = 8_192;

/// The key of a pass's long-term credential.
pub type Key = [u8; 16];

/// The id of a STUN transaction.
pub type Transaction = [u8; 12];

/// One end of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum End {
    /// The customer's.
    Helper,
    /// The technician's.
    Console,
}

/// For which session and end a pass is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Leg {
    /// The session.
    pub session: SessionId,
    /// The end.
    pub end: End,
}

impl Leg {
    fn meets(self, other: Self) -> bool {
        self.session == other.session && self.end != other.end
    }
}

/// Why something is not done, with the code of RFC 8656.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// There is an allocation where none may be, or none where one must be.
    #[error("allocation mismatch")]
    Mismatch,
    /// The peer is not an allocation of the same session's other end.
    #[error("the peer is not the other end of the session")]
    Forbidden,
    /// The request contradicts itself or what was bound before.
    #[error("the request does not fit")]
    Bad,
    /// The end has enough allocations.
    #[error("too many allocations")]
    Quota,
}

impl Refused {
    /// The error code that goes over the wire.
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::Bad => 400,
            Self::Forbidden => 403,
            Self::Mismatch => 437,
            Self::Quota => 486,
        }
    }
}

/// Where a datagram goes, and how it is labelled there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivery<C> {
    /// To whom.
    pub to: C,
    /// The relayed address it comes from.
    pub from: SocketAddrV4,
    /// The channel that the receiver has bound to that address.
    pub channel: Option<u16>,
}

#[derive(Debug)]
struct Pass {
    leg: Leg,
    key: Key,
    until: Instant,
}

#[derive(Debug)]
struct Allocation<C> {
    leg: Leg,
    username: String,
    key: Key,
    caller: C,
    /// Of the request that made it.
    transaction: Transaction,
    until: Instant,
    permissions: BTreeMap<SocketAddrV4, Instant>,
    channels: BTreeMap<u16, (SocketAddrV4, Instant)>,
}

impl<C> Allocation<C> {
    fn permits(&self, peer: SocketAddrV4, now: Instant) -> bool {
        self.permissions.get(&peer).is_some_and(|until| *until > now)
    }

    fn channel_to(&self, peer: SocketAddrV4, now: Instant) -> Option<u16> {
        self.channels.iter().find(|(_, (to, until))| *to == peer && *until > now).map(|(number, _)| *number)
    }

    fn permit(&mut self, peer: SocketAddrV4, now: Instant) -> Result<(), Refused> {
        if self.permissions.len() >= PEERS && !self.permissions.contains_key(&peer) {
            self.permissions.retain(|_, until| *until > now);
            if self.permissions.len() >= PEERS {
                return Err(Refused::Quota);
            }
        }
        self.permissions.insert(peer, now + PERMISSION_LIFE);
        Ok(())
    }
}

/// Everything that is allocated. `C` names where datagrams come from: a five-tuple or a tunnel's socket.
#[derive(Debug)]
pub struct Detours<C> {
    passes: HashMap<String, Pass>,
    allocations: HashMap<SocketAddrV4, Allocation<C>>,
    callers: HashMap<C, SocketAddrV4>,
    next: u32,
}

impl<C: Copy + Eq + Hash> Default for Detours<C> {
    fn default() -> Self {
        Self { passes: HashMap::new(), allocations: HashMap::new(), callers: HashMap::new(), next: 0 }
    }
}

impl<C: Copy + Eq + Hash> Detours<C> {
    /// Gives out a pass. `username` must be fresh and unguessable, `key` that of its credential.
    pub fn issue(&mut self, leg: Leg, username: String, key: Key, now: Instant) {
        self.passes.retain(|_, pass| pass.until > now);
        self.passes.insert(username, Pass { leg, key, until: now + PASS_LIFE });
    }

    /// The session is over: its passes and allocations go.
    pub fn end(&mut self, session: SessionId) {
        self.passes.retain(|_, pass| pass.leg.session != session);
        self.allocations.retain(|_, allocation| allocation.leg.session != session);
        self.callers.retain(|_, relayed| self.allocations.contains_key(relayed));
    }

    /// What a pass that lives is for.
    #[must_use]
    pub fn leg(&self, username: &str, now: Instant) -> Option<(Leg, Key)> {
        self.passes.get(username).filter(|pass| pass.until > now).map(|pass| (pass.leg, pass.key))
    }

    /// What the pass is for that made this caller's allocations, if it is this one. A tunnel that was lost may come
    /// back with it after the pass has lived.
    #[must_use]
    pub fn made(&self, username: &str, now: Instant) -> Option<(Leg, Key)> {
        self.allocations
            .values()
            .find(|allocation| allocation.username == username && allocation.until > now)
            .map(|allocation| (allocation.leg, allocation.key))
    }

    /// The key with which a request of this caller must be signed: that of its allocation, whose user it must name, and
    /// without one that of a pass that lives.
    #[must_use]
    pub fn key(&self, caller: C, username: &str, now: Instant) -> Option<Key> {
        match self.of(caller, now) {
            Some((_, allocation)) => (allocation.username == username).then_some(allocation.key),
            None => self.leg(username, now).map(|(_, key)| key),
        }
    }

    /// Makes an allocation. The same request again, because its answer was lost, is answered alike.
    ///
    /// # Errors
    ///
    /// [`Refused::Mismatch`] when the caller has one or the pass is gone, [`Refused::Quota`].
    pub fn allocate(
        &mut self,
        caller: C,
        username: &str,
        carrier: Carrier,
        transaction: Transaction,
        now: Instant,
    ) -> Result<(SocketAddrV4, Duration), Refused> {
        if let Some((relayed, allocation)) = self.of(caller, now) {
            let again = allocation.transaction == transaction;
            return if again { Ok((relayed, allocation.until - now)) } else { Err(Refused::Mismatch) };
        }
        let (leg, key) = self.leg(username, now).ok_or(Refused::Mismatch)?;
        self.sweep(now);
        let own = self.allocations.values().filter(|allocation| allocation.leg == leg).count();
        if own >= ALLOCATIONS || self.allocations.len() >= ALLOCATIONS_OVERALL {
            return Err(Refused::Quota);
        }
        // Far fewer are taken than there are, so that this ends soon.
        let relayed = loop {
            self.next = self.next.wrapping_add(1);
            let relayed = SocketAddrV4::new(carrier.address(self.next), RELAYED_PORT);
            if !self.allocations.contains_key(&relayed) {
                break relayed;
            }
        };
        let allocation = Allocation {
            leg,
            username: username.to_owned(),
            key,
            caller,
            transaction,
            until: now + ALLOCATION_LIFE,
            permissions: BTreeMap::new(),
            channels: BTreeMap::new(),
        };
        self.allocations.insert(relayed, allocation);
        self.callers.insert(caller, relayed);
        Ok((relayed, ALLOCATION_LIFE))
    }

    /// Lets an allocation live on, or gives it up. Gives its new life.
    ///
    /// # Errors
    ///
    /// [`Refused::Mismatch`] when there is none.
    pub fn refresh(&mut self, caller: C, keep: Keep, now: Instant) -> Result<Duration, Refused> {
        let (relayed, _) = self.of(caller, now).ok_or(Refused::Mismatch)?;
        if keep == Keep::No {
            self.allocations.remove(&relayed);
            self.callers.remove(&caller);
            return Ok(Duration::ZERO);
        }
        if let Some(allocation) = self.allocations.get_mut(&relayed) {
            allocation.until = now + ALLOCATION_LIFE;
        }
        Ok(ALLOCATION_LIFE)
    }

    /// Permits peers, all or none.
    ///
    /// # Errors
    ///
    /// [`Refused::Forbidden`] when one of them is not the other end of the session.
    pub fn permit(&mut self, caller: C, peers: &[SocketAddr], now: Instant) -> Result<(), Refused> {
        let (own, allocation) = self.of(caller, now).ok_or(Refused::Mismatch)?;
        let peers: Vec<_> = peers.iter().map(|peer| self.peer(allocation, *peer, now)).collect::<Result<_, _>>()?;
        let allocation = self.allocations.get_mut(&own).ok_or(Refused::Mismatch)?;
        peers.into_iter().try_for_each(|peer| allocation.permit(peer, now))
    }

    /// Binds a channel to a peer, and permits it.
    ///
    /// # Errors
    ///
    /// [`Refused::Bad`] when number or peer are bound otherwise, [`Refused::Forbidden`] as with [`permit`](Self::permit).
    pub fn bind(&mut self, caller: C, channel: u16, peer: SocketAddr, now: Instant) -> Result<(), Refused> {
        let (own, allocation) = self.of(caller, now).ok_or(Refused::Mismatch)?;
        if !(0x4000..=0x7fff).contains(&channel) {
            return Err(Refused::Bad);
        }
        let peer = self.peer(allocation, peer, now)?;
        let allocation = self.allocations.get_mut(&own).ok_or(Refused::Mismatch)?;
        allocation.channels.retain(|_, (_, until)| *until > now);
        let other_peer = allocation.channels.get(&channel).is_some_and(|(bound, _)| *bound != peer);
        let other_number = allocation.channel_to(peer, now).is_some_and(|bound| bound != channel);
        if other_peer || other_number {
            return Err(Refused::Bad);
        }
        allocation.permit(peer, now)?;
        allocation.channels.insert(channel, (peer, now + CHANNEL_LIFE));
        Ok(())
    }

    /// Where a datagram to a peer goes; `None` when it may not pass.
    #[must_use]
    pub fn send(&self, caller: C, peer: SocketAddr, now: Instant) -> Option<Delivery<C>> {
        let (own, allocation) = self.of(caller, now)?;
        let SocketAddr::V4(peer) = peer else { return None };
        self.deliver(own, allocation, peer, now)
    }

    /// Where a datagram on a channel goes; `None` when it may not pass.
    #[must_use]
    pub fn send_on(&self, caller: C, channel: u16, now: Instant) -> Option<Delivery<C>> {
        let (own, allocation) = self.of(caller, now)?;
        let (peer, _) = allocation.channels.get(&channel).filter(|(_, until)| *until > now)?;
        self.deliver(own, allocation, *peer, now)
    }

    /// How many allocations there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.allocations.len()
    }

    fn deliver(
        &self,
        own: SocketAddrV4,
        allocation: &Allocation<C>,
        peer: SocketAddrV4,
        now: Instant,
    ) -> Option<Delivery<C>> {
        if !allocation.permits(peer, now) {
            return None;
        }
        let other = self.allocations.get(&peer).filter(|other| other.until > now)?;
        // Looked at again: an address may have passed on to another session since it was permitted.
        if !allocation.leg.meets(other.leg) || !other.permits(own, now) {
            return None;
        }
        Some(Delivery { to: other.caller, from: own, channel: other.channel_to(own, now) })
    }

    fn of(&self, caller: C, now: Instant) -> Option<(SocketAddrV4, &Allocation<C>)> {
        let relayed = self.callers.get(&caller)?;
        self.allocations.get(relayed).filter(|allocation| allocation.until > now).map(|found| (*relayed, found))
    }

    fn peer(&self, of: &Allocation<C>, peer: SocketAddr, now: Instant) -> Result<SocketAddrV4, Refused> {
        let SocketAddr::V4(peer) = peer else { return Err(Refused::Forbidden) };
        let other = self.allocations.get(&peer).filter(|other| other.until > now).ok_or(Refused::Forbidden)?;
        if of.leg.meets(other.leg) { Ok(peer) } else { Err(Refused::Forbidden) }
    }

    fn sweep(&mut self, now: Instant) {
        self.allocations.retain(|_, allocation| allocation.until > now);
        self.callers.retain(|_, relayed| self.allocations.contains_key(relayed));
    }
}

/// What a refresh asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// To live on.
    Yes,
    /// To be given up.
    No,
}
