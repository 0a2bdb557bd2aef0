//! TURN over the TLS port itself, as browsers speak it.

use std::net::SocketAddr;

use deskhand_protocol::relay::{detour::Carrier, http::Health};
use ed25519_dalek::SigningKey;
use rtc_stun::message::METHOD_ALLOCATE;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::UdpSocket,
    time::timeout,
};

use super::turn::{Turn, request, transport};
use crate::{
    lan::{ask_with, open, tls},
    peers::{Helper, House, PATIENCE, fresh},
};

/// A socket whose datagrams go over one TLS connection to the relay, each in the form that a stream asks for.
async fn bridge(relay: SocketAddr) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let at = socket.local_addr().unwrap();
    let (stream, _) = tls(relay).await;
    let (mut reader, mut writer) = tokio::io::split(stream);
    tokio::spawn(async move {
        let mut buffer = vec![0; 8_192];
        let mut end = None;
        loop {
            let mut head = [0; 4];
            tokio::select! {
                came = socket.recv_from(&mut buffer) => {
                    let (len, from) = came.unwrap();
                    end = Some(from);
                    let filled = len.next_multiple_of(4);
                    buffer[len..filled].fill(0);
                    writer.write_all(&buffer[..filled]).await.unwrap();
                }
                read = reader.read_exact(&mut head) => {
                    if read.is_err() {
                        return;
                    }
                    let said = usize::from(u16::from_be_bytes([head[2], head[3]]));
                    let rest = if head[0] < 0x40 { 16 + said } else { said.next_multiple_of(4) };
                    let mut message = head.to_vec();
                    message.resize(4 + rest, 0);
                    reader.read_exact(&mut message[4..]).await.unwrap();
                    socket.send_to(&message, end.unwrap()).await.unwrap();
                }
            }
        }
    });
    at
}

#[tokio::test]
async fn a_browser_reaches_the_other_end_by_turn_over_tls() {
    let house = House::new().await;
    let owner = house.owner().await;
    let mut console = owner.console().await;
    let at = open(house.relay()).await;
    let (_, invitation) = owner.new_session().await;
    let mut helper = Helper::connect(house.at(), &SigningKey::from_bytes(&fresh())).await;
    helper.claim(&invitation.finder).await;
    let (for_helper, for_console) = (helper.detour().await, console.detour().await);

    let (mut browser, own) = Turn::allocated(bridge(at).await, &for_helper).await;
    assert_eq!(Carrier::of((*own.ip()).into()), Some(Carrier::Tls));
    let (mut other, others) = Turn::allocated(house.at(), &for_console).await;
    browser.permit(others).await.unwrap();
    other.permit(own).await.unwrap();
    // Of lengths that are filled up and of one that is not.
    for data in [&b"x"[..], b"four", b"a datagram of some length"] {
        browser.indicate(others, data).await;
        assert_eq!(other.received().await, (own, data.to_vec()));
        other.indicate(own, data).await;
        assert_eq!(browser.received().await, (others, data.to_vec()));
    }
    browser.bind(0x4000, others).await.unwrap();
    for data in [&b"y"[..], b"seven b"] {
        let len = u16::try_from(data.len()).unwrap().to_be_bytes();
        browser.socket.send(&[&[0x40, 0][..], &len, data].concat()).await.unwrap();
        assert_eq!(other.received().await, (own, data.to_vec()));
    }
    assert_eq!(browser.permit("192.0.2.1:443".parse().unwrap()).await, Err(403), "the same rules");

    // The same port still speaks HTTP.
    let health: Health = ask_with(at, "GET", "/api/v1/health", &[], b"").await.is(200);
    assert_eq!(health.program, "deskhand-relay");
}

#[tokio::test]
async fn a_stream_that_is_no_turn_is_closed_and_a_stranger_gets_nothing() {
    let house = House::new().await;
    house.owner().await;
    let at = open(house.relay()).await;
    for wrong in [&[0x00, 0x01, 0xff, 0xff][..], &[0x3f; 64]] {
        let (mut stream, _) = tls(at).await;
        stream.write_all(wrong).await.unwrap();
        let mut rest = Vec::new();
        // Closed, in order or not; nothing was said.
        let closed = timeout(PATIENCE, stream.read_to_end(&mut rest)).await;
        assert!(closed.is_ok() && rest.is_empty(), "{wrong:x?}: {rest:x?}");
    }
    let (mut stream, _) = tls(at).await;
    stream.write_all(&request(METHOD_ALLOCATE, &[transport()]).raw).await.unwrap();
    let mut head = [0; 2];
    timeout(PATIENCE, stream.read_exact(&mut head)).await.unwrap().unwrap();
    assert_eq!(head, [0x01, 0x13], "an allocation is refused");
}
