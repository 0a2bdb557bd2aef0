//! STUN and TURN messages (RFC 8489, RFC 8656): reads requests, asks the rules, writes answers. No IO.
//!
//! Every request but `Binding` is signed with the long-term credential of a pass; answers to signed requests are signed
//! with it too. Nothing that cannot be read is answered. An answer to a stranger is hardly longer than his question and
//! so many in a second are answered, so that the relay is of little use against a forged sender.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::{Duration, Instant},
};

use deskhand_core::{
    detour::{Delivery, Detours, End, Keep, Key, Leg},
    rate::{Limiter, Rate},
};
use deskhand_protocol::{id::SessionId, key::Nonce};
use rtc_stun::{
    attributes::{
        ATTR_CHANNEL_NUMBER, ATTR_DATA, ATTR_ERROR_CODE, ATTR_LIFETIME, ATTR_MESSAGE_INTEGRITY, ATTR_NONCE, ATTR_REALM,
        ATTR_REQUESTED_ADDRESS_FAMILY, ATTR_REQUESTED_TRANSPORT, ATTR_USERNAME, ATTR_XOR_PEER_ADDRESS,
        ATTR_XOR_RELAYED_ADDRESS, ATTR_XORMAPPED_ADDRESS, AttrType,
    },
    crypto::{RTCCryptoProvider, default_provider},
    fingerprint::FINGERPRINT,
    integrity::MessageIntegrity,
    message::{
        CLASS_ERROR_RESPONSE, CLASS_INDICATION, CLASS_REQUEST, CLASS_SUCCESS_RESPONSE, METHOD_ALLOCATE, METHOD_BINDING,
        METHOD_CHANNEL_BIND, METHOD_CREATE_PERMISSION, METHOD_DATA, METHOD_REFRESH, METHOD_SEND, Message, MessageClass,
        MessageType, Method, Setter, TransactionId, is_stun_message,
    },
};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::{Caller, Outgoing};
use crate::clock::NoRandomness;

/// The realm of all credentials; it tells nothing about the relay.
const REALM: &str = "deskhand";
/// The protocol that allocations relay: UDP.
const UDP: u8 = 17;
/// The upper half of STUN's magic cookie, with which ports are masked.
const COOKIE: u32 = 0x2112_a442;
/// How long a nonce is good at least; then the end is given the next.
const NONCE_LIFE: Duration = Duration::from_secs(3600);
/// Requests of one address without an allocation: the sockets of many ends behind one router, each asking again until
/// it is answered.
const STRANGERS: Rate = Rate { burst: 400, every: Duration::from_millis(10) };

/// See the module.
pub(super) struct Wire {
    rules: Detours<Caller>,
    crypto: Arc<dyn RTCCryptoProvider>,
    secret: [u8; 32],
    began: Instant,
    strangers: Limiter,
}

/// Names a tunnel: not to be guessed, and another one for each end of each session.
pub(super) fn tunnel_id(secret: &[u8; 32], leg: Leg, nonce: &Nonce) -> u64 {
    let end = match leg.end {
        End::Helper => b'h',
        End::Console => b'c',
    };
    let hash = Sha256::new()
        .chain_update(secret)
        .chain_update(leg.session.to_string())
        .chain_update([end])
        .chain_update(nonce.as_bytes())
        .finalize();
    hash.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

/// An answer in the making.
type Answer = Result<Vec<(AttrType, Vec<u8>)>, u16>;

impl Wire {
    pub(super) fn new(secret: [u8; 32], now: Instant) -> Result<Self, NoRandomness> {
        let crypto = default_provider().map_err(|_| NoRandomness)?;
        Ok(Self {
            rules: Detours::default(),
            crypto,
            secret,
            began: now,
            strangers: Limiter::new(STRANGERS, None, now),
        })
    }

    pub(super) fn issue(&mut self, leg: Leg, username: &str, credential: &str, now: Instant) {
        if let Some(key) = self.long_term_key(username, credential) {
            self.rules.issue(leg, username.to_owned(), key, now);
        }
    }

    pub(super) fn end(&mut self, session: SessionId) {
        self.rules.end(session);
    }

    /// For whom a tunnel with this credential is.
    pub(super) fn admit(&self, username: &str, credential: &str, now: Instant) -> Option<Leg> {
        let (leg, key) = self.rules.leg(username, now).or_else(|| self.rules.made(username, now))?;
        let given = self.long_term_key(username, credential)?;
        bool::from(key.ct_eq(&given)).then_some(leg)
    }

    /// A datagram has come: what goes out because of it, if anything.
    pub(super) fn take(&mut self, caller: Caller, datagram: &[u8], now: Instant) -> Option<Outgoing> {
        if datagram.first().is_some_and(|first| (0x40..0x80).contains(first)) {
            let (channel, data) = channel_data(datagram)?;
            let delivery = self.rules.send_on(caller.settled(), channel, now)?;
            return self.deliver(delivery, data);
        }
        if !is_stun_message(datagram) {
            return None;
        }
        let mut message = Message::new();
        message.raw = datagram.to_vec();
        message.decode().ok()?;
        match message.typ.class {
            CLASS_INDICATION if message.typ.method == METHOD_SEND => {
                let peer = peers(&message).next()?;
                let data = message.get(ATTR_DATA).ok()?;
                let delivery = self.rules.send(caller.settled(), peer, now)?;
                self.deliver(delivery, &data)
            }
            CLASS_REQUEST => {
                let datagram = self.request(caller, &mut message, now)?;
                Some(Outgoing { to: caller, datagram })
            }
            _ => None,
        }
    }

    fn request(&mut self, caller: Caller, message: &mut Message, now: Instant) -> Option<Vec<u8>> {
        let (method, transaction) = (message.typ.method, message.transaction_id);
        if method == METHOD_BINDING {
            self.strangers.take_own(caller.from().ip(), now).ok()?;
            let mapped = (ATTR_XORMAPPED_ADDRESS, xor_address(caller.from(), &transaction));
            return self.answer(method, transaction, Ok(vec![mapped]), None, now);
        }
        let signed = match self.signed(caller, message, now) {
            Ok(signed) => signed,
            Err(code) => {
                self.strangers.take_own(caller.from().ip(), now).ok()?;
                return self.answer(method, transaction, Err(code), None, now);
            }
        };
        let answer = self.act(caller, &signed.username, message, now);
        self.answer(method, transaction, answer, Some(&signed.key), now)
    }

    /// Does what a signed request asks for.
    fn act(&mut self, caller: Caller, username: &str, message: &Message, now: Instant) -> Answer {
        let (settled, transaction) = (caller.settled(), message.transaction_id);
        let refused = |refused: deskhand_core::detour::Refused| refused.code();
        match message.typ.method {
            METHOD_ALLOCATE => {
                match message.get(ATTR_REQUESTED_TRANSPORT).as_deref() {
                    Ok([UDP, ..]) => {}
                    Ok(_) => return Err(442),
                    Err(_) => return Err(400),
                }
                if message.get(ATTR_REQUESTED_ADDRESS_FAMILY).is_ok_and(|family| family.first() != Some(&1)) {
                    return Err(440);
                }
                let (relayed, life) =
                    self.rules.allocate(settled, username, caller.carrier(), transaction.0, now).map_err(refused)?;
                Ok(vec![
                    (ATTR_XOR_RELAYED_ADDRESS, xor_address(relayed.into(), &transaction)),
                    (ATTR_XORMAPPED_ADDRESS, xor_address(caller.from(), &transaction)),
                    (ATTR_LIFETIME, seconds(life)),
                ])
            }
            METHOD_REFRESH => {
                let released = message.get(ATTR_LIFETIME).is_ok_and(|asked| asked == [0; 4]);
                let keep = if released { Keep::No } else { Keep::Yes };
                let life = self.rules.refresh(settled, keep, now).map_err(refused)?;
                Ok(vec![(ATTR_LIFETIME, seconds(life))])
            }
            METHOD_CREATE_PERMISSION => {
                let peers: Vec<_> = peers(message).collect();
                if peers.is_empty() {
                    return Err(400);
                }
                self.rules.permit(settled, &peers, now).map_err(refused)?;
                Ok(Vec::new())
            }
            METHOD_CHANNEL_BIND => {
                let number = message.get(ATTR_CHANNEL_NUMBER).ok().and_then(|value| value.first_chunk().copied());
                let (Some(number), Some(peer)) = (number, peers(message).next()) else { return Err(400) };
                self.rules.bind(settled, u16::from_be_bytes(number), peer, now).map_err(refused)?;
                Ok(Vec::new())
            }
            _ => Err(400),
        }
    }

    /// Checks a request's signature; otherwise the error code.
    fn signed(&self, caller: Caller, message: &mut Message, now: Instant) -> Result<Signed, u16> {
        if !message.contains(ATTR_MESSAGE_INTEGRITY) {
            return Err(401);
        }
        let text = |attribute| message.get(attribute).ok().and_then(|value| String::from_utf8(value).ok());
        let (Some(username), Some(realm), Some(nonce)) = (text(ATTR_USERNAME), text(ATTR_REALM), text(ATTR_NONCE))
        else {
            return Err(400);
        };
        if realm != REALM {
            return Err(401);
        }
        if ![0, 1].into_iter().any(|before| self.nonce(now, before).as_deref() == Some(&nonce)) {
            return Err(438);
        }
        let key = self.rules.key(caller.settled(), &username, now).ok_or(401_u16)?;
        MessageIntegrity::check(message, &key, self.crypto.crypto()).map_err(|_| 401_u16)?;
        Ok(Signed { username, key })
    }

    fn answer(
        &self,
        method: Method,
        transaction: TransactionId,
        answer: Answer,
        key: Option<&Key>,
        now: Instant,
    ) -> Option<Vec<u8>> {
        let class = if answer.is_ok() { CLASS_SUCCESS_RESPONSE } else { CLASS_ERROR_RESPONSE };
        let mut message = begin(method, class, transaction);
        match answer {
            Ok(attributes) => attributes.iter().for_each(|(attribute, value)| message.add(*attribute, value)),
            Err(code) => {
                message.add(ATTR_ERROR_CODE, &[0, 0, u8::try_from(code / 100).ok()?, u8::try_from(code % 100).ok()?]);
                if matches!(code, 401 | 438) {
                    message.add(ATTR_REALM, REALM.as_bytes());
                    message.add(ATTR_NONCE, self.nonce(now, 0)?.as_bytes());
                }
            }
        }
        if let Some(key) = key {
            let integrity = MessageIntegrity::new_raw_integrity_with_provider(key.to_vec(), self.crypto.crypto());
            integrity.add_to(&mut message).ok()?;
        }
        FINGERPRINT.add_to(&mut message).ok()?;
        Some(message.raw)
    }

    fn deliver(&self, delivery: Delivery<Caller>, data: &[u8]) -> Option<Outgoing> {
        let datagram = match delivery.channel {
            Some(channel) => {
                let mut datagram = Vec::with_capacity(data.len() + 4);
                datagram.extend_from_slice(&channel.to_be_bytes());
                datagram.extend_from_slice(&u16::try_from(data.len()).ok()?.to_be_bytes());
                datagram.extend_from_slice(data);
                datagram
            }
            None => {
                let mut message = begin(METHOD_DATA, CLASS_INDICATION, TransactionId::new());
                let from = xor_address(delivery.from.into(), &message.transaction_id);
                message.add(ATTR_XOR_PEER_ADDRESS, &from);
                message.add(ATTR_DATA, data);
                message.raw
            }
        };
        Some(Outgoing { to: delivery.to, datagram })
    }

    /// The nonce of now, or of so many lives before.
    fn nonce(&self, now: Instant, before: u64) -> Option<String> {
        let life = now.saturating_duration_since(self.began).as_secs() / NONCE_LIFE.as_secs();
        let hash =
            Sha256::new().chain_update(self.secret).chain_update(life.checked_sub(before)?.to_be_bytes()).finalize();
        Some(data_encoding::HEXLOWER.encode(hash.get(..8)?))
    }

    fn long_term_key(&self, username: &str, credential: &str) -> Option<Key> {
        MessageIntegrity::long_term_integrity_key(
            username.to_owned(),
            REALM.to_owned(),
            credential.to_owned(),
            self.crypto.crypto(),
        )
        .ok()?
        .try_into()
        .ok()
    }
}

/// Who signed a request.
struct Signed {
    username: String,
    key: Key,
}

fn begin(method: Method, class: MessageClass, transaction: TransactionId) -> Message {
    let mut message = Message::new();
    message.transaction_id = transaction;
    message.set_type(MessageType::new(method, class));
    message.write_header();
    message
}

/// A channel's number and what was sent on it; what follows as padding is cut off.
fn channel_data(datagram: &[u8]) -> Option<(u16, &[u8])> {
    let (number, rest) = datagram.split_first_chunk()?;
    let (length, rest) = rest.split_first_chunk()?;
    Some((u16::from_be_bytes(*number), rest.get(..usize::from(u16::from_be_bytes(*length)))?))
}

fn seconds(life: Duration) -> Vec<u8> {
    u32::try_from(life.as_secs()).unwrap_or(u32::MAX).to_be_bytes().to_vec()
}

/// The value of an XOR-ADDRESS attribute: RFC 8489 section 14.2.
fn xor_address(address: SocketAddr, transaction: &TransactionId) -> Vec<u8> {
    let port = address.port() ^ 0x2112;
    let mut value = Vec::with_capacity(20);
    match address.ip().to_canonical() {
        IpAddr::V4(ip) => {
            value.extend_from_slice(&[0, 1]);
            value.extend_from_slice(&port.to_be_bytes());
            value.extend_from_slice(&(ip.to_bits() ^ COOKIE).to_be_bytes());
        }
        IpAddr::V6(ip) => {
            value.extend_from_slice(&[0, 2]);
            value.extend_from_slice(&port.to_be_bytes());
            let mask = COOKIE.to_be_bytes().into_iter().chain(transaction.0);
            value.extend(ip.octets().into_iter().zip(mask).map(|(byte, mask)| byte ^ mask));
        }
    }
    value
}

/// The peers that a message names. One of IPv6 is given as an address that is nobody's: no allocation has one.
fn peers(message: &Message) -> impl Iterator<Item = SocketAddr> + '_ {
    let named = message.attributes.0.iter().filter(|attribute| attribute.typ == ATTR_XOR_PEER_ADDRESS);
    named.map(|attribute| match attribute.value.as_slice() {
        [_, 1, p, q, a, b, c, d] => {
            let port = u16::from_be_bytes([*p, *q]) ^ 0x2112;
            let ip = Ipv4Addr::from_bits(u32::from_be_bytes([*a, *b, *c, *d]) ^ COOKIE);
            SocketAddr::new(ip.into(), port)
        }
        _ => SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 0),
    })
}

#[cfg(test)]
mod tests;
