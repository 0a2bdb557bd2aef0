//! A TURN client of which a test chooses each message.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

use deskhand_protocol::relay::detour::Detour;
use rtc_stun::{
    attributes::{
        ATTR_CHANNEL_NUMBER, ATTR_DATA, ATTR_ERROR_CODE, ATTR_LIFETIME, ATTR_NONCE, ATTR_REALM,
        ATTR_REQUESTED_TRANSPORT, ATTR_USERNAME, ATTR_XOR_PEER_ADDRESS, ATTR_XOR_RELAYED_ADDRESS, AttrType,
    },
    crypto::default_provider,
    integrity::MessageIntegrity,
    message::{
        CLASS_INDICATION, CLASS_REQUEST, CLASS_SUCCESS_RESPONSE, METHOD_ALLOCATE, METHOD_CHANNEL_BIND,
        METHOD_CREATE_PERMISSION, METHOD_DATA, METHOD_REFRESH, METHOD_SEND, Message, MessageType, Method, Setter as _,
        TransactionId,
    },
};
use tokio::{net::UdpSocket, time::timeout};

use crate::peers::PATIENCE;

/// What was answered: the message, or the error code.
pub(super) type Answered = Result<Message, u16>;

pub(super) struct Turn {
    pub(super) socket: UdpSocket,
    pub(super) username: String,
    pub(super) credential: String,
    nonce: Vec<u8>,
}

impl Turn {
    /// One that has its nonce.
    pub(super) async fn at(relay: SocketAddr, pass: &Detour) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        socket.connect(relay).await.unwrap();
        let (username, credential) = (pass.username.clone(), pass.credential.clone());
        let mut turn = Self { socket, username, credential, nonce: Vec::new() };
        let first = turn.exchange(&request(METHOD_ALLOCATE, &[transport()]).raw).await.unwrap();
        assert_eq!(code(&first), Some(401));
        assert_eq!(first.get(ATTR_REALM).unwrap(), b"deskhand");
        turn.nonce = first.get(ATTR_NONCE).unwrap();
        turn
    }

    /// One with an allocation, and its relayed address.
    pub(super) async fn allocated(relay: SocketAddr, pass: &Detour) -> (Self, SocketAddrV4) {
        let mut turn = Self::at(relay, pass).await;
        let relayed = turn.allocate().await.unwrap();
        (turn, relayed)
    }

    pub(super) async fn allocate(&mut self) -> Result<SocketAddrV4, u16> {
        let answer = self.signed(METHOD_ALLOCATE, &[transport()]).await?;
        let value = answer.get(ATTR_XOR_RELAYED_ADDRESS).unwrap();
        Ok(address(&value))
    }

    pub(super) async fn permit(&mut self, peer: SocketAddrV4) -> Result<(), u16> {
        self.signed(METHOD_CREATE_PERMISSION, &[(ATTR_XOR_PEER_ADDRESS, masked(peer))]).await.map(drop)
    }

    pub(super) async fn bind(&mut self, channel: u16, peer: SocketAddrV4) -> Result<(), u16> {
        let number = [channel.to_be_bytes().to_vec(), vec![0, 0]].concat();
        let named = [(ATTR_CHANNEL_NUMBER, number), (ATTR_XOR_PEER_ADDRESS, masked(peer))];
        self.signed(METHOD_CHANNEL_BIND, &named).await.map(drop)
    }

    pub(super) async fn refresh(&mut self, seconds: u32) -> Result<u32, u16> {
        let answer = self.signed(METHOD_REFRESH, &[(ATTR_LIFETIME, seconds.to_be_bytes().to_vec())]).await?;
        Ok(u32::from_be_bytes(answer.get(ATTR_LIFETIME).unwrap().try_into().unwrap()))
    }

    /// Sends without asking whether it may.
    pub(super) async fn indicate(&self, peer: SocketAddrV4, data: &[u8]) {
        let mut message = Message::new();
        message.set_type(MessageType::new(METHOD_SEND, CLASS_INDICATION));
        message.write_header();
        message.add(ATTR_XOR_PEER_ADDRESS, &masked(peer));
        message.add(ATTR_DATA, data);
        self.socket.send(&message.raw).await.unwrap();
    }

    /// The next datagram, which must be one that a peer sent: from where, and what.
    pub(super) async fn received(&self) -> (SocketAddrV4, Vec<u8>) {
        let message = self.next().await;
        assert_eq!(message.typ, MessageType::new(METHOD_DATA, CLASS_INDICATION));
        (address(&message.get(ATTR_XOR_PEER_ADDRESS).unwrap()), message.get(ATTR_DATA).unwrap())
    }

    pub(super) async fn signed(&mut self, method: Method, attributes: &[(AttrType, Vec<u8>)]) -> Answered {
        let mut message = request(method, attributes);
        message.add(ATTR_USERNAME, self.username.as_bytes());
        message.add(ATTR_REALM, b"deskhand");
        message.add(ATTR_NONCE, &self.nonce);
        let provider = default_provider().unwrap();
        let (username, credential) = (self.username.clone(), self.credential.clone());
        let integrity = MessageIntegrity::new_long_term_integrity_with_provider(
            username,
            "deskhand".to_owned(),
            credential,
            provider.crypto(),
        );
        integrity.unwrap().add_to(&mut message).unwrap();
        let answer = self.exchange(&message.raw).await.unwrap();
        assert_eq!(answer.transaction_id, message.transaction_id);
        match code(&answer) {
            Some(code) => Err(code),
            None => {
                assert_eq!(answer.typ, MessageType::new(method, CLASS_SUCCESS_RESPONSE));
                Ok(answer)
            }
        }
    }

    /// Asks once; the relay is on this computer and loses nothing.
    pub(super) async fn exchange(&self, datagram: &[u8]) -> Option<Message> {
        self.socket.send(datagram).await.unwrap();
        Some(self.next().await)
    }

    async fn next(&self) -> Message {
        let mut message = Message::new();
        message.raw = self.next_raw().await;
        message.decode().unwrap();
        message
    }

    pub(super) async fn next_raw(&self) -> Vec<u8> {
        let mut buffer = vec![0; 8_192];
        let len = timeout(PATIENCE, self.socket.recv(&mut buffer)).await.expect("an answer in time").unwrap();
        buffer.truncate(len);
        buffer
    }
}

pub(super) fn request(method: Method, attributes: &[(AttrType, Vec<u8>)]) -> Message {
    let mut message = Message::new();
    message.transaction_id = TransactionId::new();
    message.set_type(MessageType::new(method, CLASS_REQUEST));
    message.write_header();
    attributes.iter().for_each(|(attribute, value)| message.add(*attribute, value));
    message
}

pub(super) fn transport() -> (AttrType, Vec<u8>) {
    (ATTR_REQUESTED_TRANSPORT, vec![17, 0, 0, 0])
}

pub(super) fn code(message: &Message) -> Option<u16> {
    let value = message.get(ATTR_ERROR_CODE).ok()?;
    Some(u16::from(value[2]) * 100 + u16::from(value[3]))
}

/// RFC 8489 section 14.2.
fn masked(peer: SocketAddrV4) -> Vec<u8> {
    let port = (peer.port() ^ 0x2112).to_be_bytes();
    let ip = (peer.ip().to_bits() ^ 0x2112_a442).to_be_bytes();
    [&[0, 1], &port[..], &ip[..]].concat()
}

fn address(value: &[u8]) -> SocketAddrV4 {
    let port = u16::from_be_bytes([value[2], value[3]]) ^ 0x2112;
    let ip = u32::from_be_bytes(value[4..8].try_into().unwrap()) ^ 0x2112_a442;
    SocketAddrV4::new(Ipv4Addr::from_bits(ip), port)
}
