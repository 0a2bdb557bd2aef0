//! Who is not let through, and what becomes of nonsense.

use std::net::SocketAddrV4;

use deskhand_protocol::{
    PROTOCOL_VERSION,
    error::ErrorCode,
    id::SessionId,
    key::Nonce,
    relay::detour::{Carrier, DATAGRAM, Detour, TunnelAnswer, TunnelHello},
};
use ed25519_dalek::SigningKey;
use rtc_stun::{
    attributes::{ATTR_REQUESTED_TRANSPORT, ATTR_XORMAPPED_ADDRESS},
    message::{METHOD_ALLOCATE, METHOD_BINDING, METHOD_SEND, MessageType},
};
use tokio::net::UdpSocket;
use tokio_tungstenite::tungstenite::Message;

use super::turn::{Turn, code, request, transport};
use crate::peers::{Console, Helper, House, Peer, Technician, fresh};

/// A session with both ends' passes.
struct Session {
    id: SessionId,
    helper: Detour,
    console: Detour,
    _socket: Helper,
}

async fn session(house: &House, owner: &Technician, console: &mut Console) -> Session {
    let (record, invitation) = owner.new_session().await;
    let mut helper = Helper::connect(house.at(), &SigningKey::from_bytes(&fresh())).await;
    let id = helper.claim(&invitation.finder).await;
    assert_eq!(id, record.id);
    Session { id, helper: helper.detour().await, console: console.detour().await, _socket: helper }
}

#[tokio::test]
async fn every_peer_but_the_other_end_is_refused() {
    let house = House::new().await;
    let owner = house.owner().await;
    let mut console = owner.console().await;
    let one = session(&house, &owner, &mut console).await;
    let two = session(&house, &owner, &mut console).await;
    let relay = house.at();
    let (mut turn, own) = Turn::allocated(relay, &one.helper).await;
    let (_sibling, sibling) = Turn::allocated(relay, &one.helper).await;
    let (stranger, strange) = Turn::allocated(relay, &two.console).await;
    assert_eq!(Carrier::of((*own.ip()).into()), Some(Carrier::Udp));

    let outside = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let std::net::SocketAddr::V4(outside_at) = outside.local_addr().unwrap() else { panic!("not IPv4") };
    let relays_own = SocketAddrV4::new(*outside_at.ip(), relay.port());
    for peer in [outside_at, relays_own, strange, sibling, own, "192.0.2.1:443".parse().unwrap()] {
        assert_eq!(turn.permit(peer).await, Err(403), "{peer}");
        assert_eq!(turn.bind(0x4000, peer).await, Err(403), "{peer}");
        turn.indicate(peer, b"through").await;
    }
    // An answer shows that everything before was looked at; nothing of it came out anywhere.
    assert_eq!(turn.refresh(600).await, Ok(600));
    assert!(outside.try_recv(&mut [0; 16]).is_err());
    assert!(stranger.socket.try_recv(&mut [0; 16]).is_err());

    // The other end itself is reached, both ways, as soon as both permit it.
    let (mut console_end, other) = Turn::allocated(relay, &one.console).await;
    turn.permit(other).await.unwrap();
    console_end.permit(own).await.unwrap();
    turn.indicate(other, b"hello").await;
    assert_eq!(console_end.received().await, (own, b"hello".to_vec()));
    console_end.bind(0x4123, own).await.unwrap();
    turn.indicate(other, b"again").await;
    assert_eq!(console_end.next_raw().await, [&[0x41, 0x23, 0, 5], &b"again"[..]].concat());
}

#[tokio::test]
async fn without_the_credential_nothing_is_allocated() {
    let house = House::new().await;
    let owner = house.owner().await;
    let mut console = owner.console().await;
    let session = session(&house, &owner, &mut console).await;
    let mut turn = Turn::at(house.at(), &session.helper).await;
    for (username, credential) in [
        (session.helper.username.as_str(), "wrong"),
        (session.helper.username.as_str(), session.console.credential.as_str()),
        ("nobody", session.helper.credential.as_str()),
        ("", ""),
    ] {
        (turn.username, turn.credential) = (username.to_owned(), credential.to_owned());
        assert_eq!(turn.allocate().await, Err(401));
    }
    (turn.username, turn.credential) = (session.helper.username.clone(), session.helper.credential.clone());
    assert_eq!(turn.signed(METHOD_ALLOCATE, &[]).await.unwrap_err(), 400);
    assert_eq!(turn.signed(METHOD_ALLOCATE, &[(ATTR_REQUESTED_TRANSPORT, vec![6, 0, 0, 0])]).await.unwrap_err(), 442);
    assert_eq!(turn.refresh(600).await, Err(437), "there is nothing to refresh");
    turn.allocate().await.unwrap();
    assert_eq!(turn.allocate().await, Err(437), "one socket has one");
    (turn.username, turn.credential) = (session.console.username.clone(), session.console.credential.clone());
    assert_eq!(turn.refresh(600).await, Err(401), "another pass does not speak for it");
}

#[tokio::test]
async fn the_end_of_a_session_ends_its_detour() {
    let house = House::new().await;
    let owner = house.owner().await;
    let mut console = owner.console().await;
    let session = session(&house, &owner, &mut console).await;
    let (mut helper, own) = Turn::allocated(house.at(), &session.helper).await;
    let (mut other, peer) = Turn::allocated(house.at(), &session.console).await;
    helper.permit(peer).await.unwrap();
    other.permit(own).await.unwrap();
    owner.end(session.id).await;
    console.until_session(|record| record.id == session.id && record.ended_at.is_some()).await;
    helper.indicate(peer, b"still there?").await;
    assert_eq!(helper.refresh(600).await, Err(401));
    assert_eq!(other.allocate().await, Err(401));
    assert!(other.socket.try_recv(&mut [0; 16]).is_err());
    assert_eq!(tunnel(&house, &session.helper).await.err(), Some(ErrorCode::Unauthenticated));
}

#[tokio::test]
async fn nonsense_is_not_answered_and_does_no_harm() {
    let house = House::new().await;
    let owner = house.owner().await;
    let mut console = owner.console().await;
    let session = session(&house, &owner, &mut console).await;
    let mut turn = Turn::at(house.at(), &session.helper).await;
    let real = request(METHOD_ALLOCATE, &[transport()]).raw;
    let mut nonsense: Vec<Vec<u8>> =
        vec![Vec::new(), vec![0], vec![0x40; 3], vec![0x40, 0, 0xff, 0xff], vec![0xff; 4_096]];
    nonsense.push(vec![0; DATAGRAM + 1]);
    nonsense.extend((0..real.len()).map(|cut| real[..cut].to_vec()));
    // A channel that nobody bound, and an indication that names nobody.
    nonsense.push(vec![0x40, 0, 0, 1, 7]);
    let mut indication = request(METHOD_SEND, &[]);
    indication.set_type(MessageType::new(METHOD_SEND, rtc_stun::message::CLASS_INDICATION));
    nonsense.push(indication.raw);
    for datagram in &nonsense {
        turn.socket.send(datagram).await.unwrap();
    }
    let answer = turn.exchange(&request(METHOD_BINDING, &[]).raw).await.unwrap();
    assert_eq!(code(&answer), None);
    assert!(answer.contains(ATTR_XORMAPPED_ADDRESS), "the first answer is that to the first question");
    turn.allocate().await.unwrap();
}

/// Greets as a tunnel.
async fn tunnel(house: &House, pass: &Detour) -> Result<Peer, ErrorCode> {
    let mut peer = Peer::connect(house.at(), "/api/v1/detour").await;
    let hello = TunnelHello {
        version: PROTOCOL_VERSION,
        username: pass.username.clone(),
        credential: pass.credential.clone(),
        tunnel: Nonce(fresh()),
    };
    peer.send(&hello).await;
    match peer.next::<TunnelAnswer>().await {
        TunnelAnswer::Welcome => Ok(peer),
        TunnelAnswer::Error { error } => Err(error.code),
    }
}

#[tokio::test]
async fn a_tunnel_opens_only_for_a_credential() {
    let house = House::new().await;
    let owner = house.owner().await;
    let mut console = owner.console().await;
    let session = session(&house, &owner, &mut console).await;
    assert!(tunnel(&house, &session.helper).await.is_ok());
    for forged in [
        Detour { credential: "wrong".to_owned(), ..session.helper.clone() },
        Detour { credential: session.console.credential.clone(), ..session.helper.clone() },
        Detour { username: String::new(), credential: String::new(), ..session.helper.clone() },
    ] {
        assert_eq!(tunnel(&house, &forged).await.err(), Some(ErrorCode::Unauthenticated));
    }
    for wrong in [Message::text("{}"), Message::text("hello"), Message::binary(vec![0; 8])] {
        let mut peer = Peer::connect(house.at(), "/api/v1/detour").await;
        peer.put(wrong).await;
        let TunnelAnswer::Error { error } = peer.next().await else { panic!("let in") };
        assert_eq!(error.code, ErrorCode::Malformed);
        assert_eq!(peer.maybe_text().await, None);
    }
    // Guessing is counted: ten at once are too many.
    let forged = Detour { credential: "guess".to_owned(), ..session.helper.clone() };
    let mut refusals = Vec::new();
    for _ in 0..12 {
        refusals.push(tunnel(&house, &forged).await.err().unwrap());
    }
    assert_eq!(refusals.last(), Some(&ErrorCode::TooMany));
}

#[tokio::test]
async fn an_endless_datagram_closes_its_tunnel_and_no_other() {
    let house = House::new().await;
    let owner = house.owner().await;
    let mut console = owner.console().await;
    let session = session(&house, &owner, &mut console).await;
    let mut good = tunnel(&house, &session.console).await.ok().unwrap();
    for bad in [Message::binary(vec![0; DATAGRAM + 2]), Message::binary(Vec::new()), Message::text("?")] {
        let mut peer = tunnel(&house, &session.helper).await.ok().unwrap();
        peer.put(bad).await;
        assert_eq!(peer.maybe_text().await, None);
    }
    let binding = [vec![3], request(METHOD_BINDING, &[]).raw].concat();
    good.put(Message::binary(binding)).await;
    assert_eq!(good.binary().await[0], 3, "answered to the socket that asked");
}
