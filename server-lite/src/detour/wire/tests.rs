//! The wire without sockets.

use proptest::prelude::*;

use super::*;
use crate::detour::UdpDoor;

const CREDENTIAL: &str = "credential";

struct Stage {
    wire: Wire,
    now: Instant,
}

fn caller(port: u16) -> Caller {
    Caller::Udp { door: UdpDoor(1), from: SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port) }
}

fn session() -> SessionId {
    "0190b0b0-0000-7000-8000-000000000000".parse().unwrap()
}

impl Stage {
    /// Passes `h` and `c` of one session.
    fn new() -> Self {
        let now = Instant::now();
        let mut wire = Wire::new([7; 32], now).unwrap();
        for (end, name) in [(End::Helper, "h"), (End::Console, "c")] {
            wire.issue(Leg { session: session(), end }, name, CREDENTIAL, now);
        }
        Self { wire, now }
    }

    fn signed(&self, method: Method, username: &str, nonce: &str, attributes: &[(AttrType, Vec<u8>)]) -> Vec<u8> {
        let mut message = begin(method, CLASS_REQUEST, TransactionId::new());
        attributes.iter().for_each(|(attribute, value)| message.add(*attribute, value));
        message.add(ATTR_USERNAME, username.as_bytes());
        message.add(ATTR_REALM, REALM.as_bytes());
        message.add(ATTR_NONCE, nonce.as_bytes());
        let key = self.wire.long_term_key(username, CREDENTIAL).unwrap();
        let crypto = default_provider().unwrap();
        MessageIntegrity::new_raw_integrity_with_provider(key.to_vec(), crypto.crypto()).add_to(&mut message).unwrap();
        message.raw
    }

    /// The answer, and its error code.
    fn ask(&mut self, port: u16, datagram: &[u8]) -> Option<(Message, Option<u16>)> {
        let out = self.wire.take(caller(port), datagram, self.now)?;
        assert_eq!(out.to, caller(port));
        let mut message = Message::new();
        message.raw = out.datagram;
        message.decode().unwrap();
        let code = message.get(ATTR_ERROR_CODE).ok().map(|value| u16::from(value[2]) * 100 + u16::from(value[3]));
        Some((message, code))
    }

    fn allocate(&mut self, port: u16, username: &str, nonce: &str) -> Option<u16> {
        let request = self.signed(METHOD_ALLOCATE, username, nonce, &[transport()]);
        self.ask(port, &request).unwrap().1
    }

    fn nonce(&self) -> String {
        self.wire.nonce(self.now, 0).unwrap()
    }
}

fn transport() -> (AttrType, Vec<u8>) {
    (ATTR_REQUESTED_TRANSPORT, vec![UDP, 0, 0, 0])
}

fn unsigned() -> Vec<u8> {
    let mut message = begin(METHOD_ALLOCATE, CLASS_REQUEST, TransactionId::new());
    message.add(ATTR_REQUESTED_TRANSPORT, &[UDP, 0, 0, 0]);
    message.raw
}

#[test]
fn a_nonce_is_good_for_an_hour_at_least_and_then_replaced() {
    let mut stage = Stage::new();
    let nonce = stage.nonce();
    assert_eq!(stage.allocate(1, "h", "0000000000000000"), Some(438));
    assert_eq!(stage.allocate(1, "h", &nonce), None);
    stage.now += NONCE_LIFE + NONCE_LIFE / 2;
    stage.wire.issue(Leg { session: session(), end: End::Helper }, "h", CREDENTIAL, stage.now);
    assert_eq!(stage.allocate(2, "h", &nonce), None, "the one before");
    stage.now += NONCE_LIFE;
    stage.wire.issue(Leg { session: session(), end: End::Helper }, "h", CREDENTIAL, stage.now);
    let request = stage.signed(METHOD_ALLOCATE, "h", &nonce, &[transport()]);
    let (answer, code) = stage.ask(3, &request).unwrap();
    assert_eq!(code, Some(438));
    let next = String::from_utf8(answer.get(ATTR_NONCE).unwrap()).unwrap();
    assert_eq!(stage.allocate(3, "h", &next), None);
}

#[test]
fn strangers_get_short_answers_and_so_many_in_a_second() {
    let mut stage = Stage::new();
    let question = unsigned();
    let (answer, code) = stage.ask(1, &question).unwrap();
    assert_eq!(code, Some(401));
    assert!(answer.raw.len() <= 4 * question.len(), "{} for {}", answer.raw.len(), question.len());
    let mut answered = 1;
    while stage.ask(2, &question).is_some() {
        answered += 1;
    }
    assert_eq!(answered, STRANGERS.burst);
    let nonce = stage.nonce();
    assert_eq!(stage.allocate(3, "h", &nonce), None, "whoever can sign is answered all the same");
    stage.now += STRANGERS.every;
    assert!(stage.ask(4, &question).is_some());
    assert!(stage.ask(4, &question).is_none());
}

#[test]
fn answers_to_signed_requests_are_signed() {
    let mut stage = Stage::new();
    let request = stage.signed(METHOD_ALLOCATE, "h", &stage.nonce(), &[transport()]);
    let (mut answer, _) = stage.ask(1, &request).unwrap();
    let key = stage.wire.long_term_key("h", CREDENTIAL).unwrap();
    let crypto = default_provider().unwrap();
    MessageIntegrity::check(&mut answer, &key, crypto.crypto()).unwrap();
    assert!(answer.contains(ATTR_XOR_RELAYED_ADDRESS) && answer.contains(ATTR_LIFETIME));
}

#[test]
fn a_tunnel_keeps_its_allocations_wherever_it_comes_from() {
    let mut stage = Stage::new();
    let nonce = stage.nonce();
    let from = |port| Caller::Tunnel {
        tunnel: crate::detour::TunnelId(5),
        socket: 2,
        from: SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port),
    };
    let request = stage.signed(METHOD_ALLOCATE, "h", &nonce, &[transport()]);
    stage.wire.take(from(1), &request, stage.now).unwrap();
    let refresh = stage.signed(METHOD_REFRESH, "h", &nonce, &[]);
    let out = stage.wire.take(from(2), &refresh, stage.now).unwrap();
    let mut message = Message::new();
    message.raw = out.datagram;
    message.decode().unwrap();
    assert_eq!(message.typ.class, CLASS_SUCCESS_RESPONSE);
}

#[test]
fn addresses_of_both_families_are_masked_as_the_rfc_says() {
    // RFC 5769 sections 2.2 and 2.3.
    let transaction = TransactionId([0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae]);
    let four = xor_address("192.0.2.1:32853".parse().unwrap(), &transaction);
    assert_eq!(four, [0, 1, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43]);
    let six = xor_address("[2001:db8:1234:5678:11:2233:4455:6677]:32853".parse().unwrap(), &transaction);
    let expected = [
        0, 2, 0xa1, 0x47, 0x01, 0x13, 0xa9, 0xfa, 0xa5, 0xd3, 0xf1, 0x79, 0xbc, 0x25, 0xf4, 0xb5, 0xbe, 0xd2, 0xb9,
        0xd9,
    ];
    assert_eq!(six, expected);
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(datagram in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut stage = Stage::new();
        let _ = stage.wire.take(caller(1), &datagram, stage.now);
    }

    /// Real messages of every kind, changed somewhere: nothing signed by nobody is done.
    #[test]
    fn no_changed_message_is_obeyed(
        kind in 0_usize..4,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), 1_u8..), 1..4),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let mut stage = Stage::new();
        let method = [METHOD_ALLOCATE, METHOD_REFRESH, METHOD_CREATE_PERMISSION, METHOD_CHANNEL_BIND][kind];
        let nonce = stage.nonce();
        let peer = xor_address("240.0.0.1:49152".parse().unwrap(), &TransactionId::default());
        let attributes = [transport(), (ATTR_XOR_PEER_ADDRESS, peer), (ATTR_CHANNEL_NUMBER, vec![0x40, 0, 0, 0])];
        let mut datagram = stage.signed(method, "h", &nonce, &attributes);
        let real = datagram.clone();
        for (at, change) in changes {
            let at = at.index(datagram.len());
            datagram[at] = datagram[at].wrapping_add(change);
        }
        if let Some(cut) = cut {
            datagram.truncate(cut.index(datagram.len()));
        }
        prop_assume!(datagram != real);
        if let Some(out) = stage.wire.take(caller(1), &datagram, stage.now) {
            let mut message = Message::new();
            message.raw = out.datagram;
            message.decode().unwrap();
            prop_assert!(
                message.typ.class == CLASS_ERROR_RESPONSE || message.typ.method == METHOD_BINDING,
                "{:?}", message.typ
            );
        }
    }
}
