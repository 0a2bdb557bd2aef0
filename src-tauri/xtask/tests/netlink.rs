//! The simulated line with real packets: two namespaces, two TUN devices, and this machine's own network code.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::{
    net::{IpAddr, Ipv4Addr, UdpSocket},
    time::{Duration, Instant},
};

use xtask::netlink::{
    device::missing,
    line::Shape,
    net::{End, Net},
};

/// A socket at an end, that waits a while for packets.
fn socket(end: &End) -> UdpSocket {
    end.namespace
        .run(|| {
            let socket = UdpSocket::bind((end.address, 0))?;
            socket.set_read_timeout(Some(Duration::from_secs(3)))?;
            Ok(socket)
        })
        .unwrap()
}

#[test]
fn real_packets_keep_to_the_line() {
    if let Some(missing) = missing() {
        xtask::say(&format!("not tested with real packets: {missing}"));
        return;
    }
    let delay = Duration::from_millis(20);
    let net = Net::make(Shape::clean(1_000_000, delay, 16 * 1024), 1).unwrap();
    let (helper, viewer) = (socket(&net.helper), socket(&net.viewer));

    // There and back: never sooner than both ways take, and nothing else is between the two.
    let begun = Instant::now();
    helper.send_to(b"there", viewer.local_addr().unwrap()).unwrap();
    let mut buffer = [0; 2048];
    let (length, from) = viewer.recv_from(&mut buffer).unwrap();
    assert_eq!((&buffer[..length], from), (b"there".as_slice(), helper.local_addr().unwrap()));
    viewer.send_to(b"back", from).unwrap();
    helper.recv_from(&mut buffer).unwrap();
    assert!(begun.elapsed() >= 2 * delay);

    // A burst fills the queue; what does not fit is gone, what fits comes in order.
    let begun = Instant::now();
    let dropped = net.counts().dropped;
    for number in 0..200_u16 {
        let mut packet = [0; 1000];
        packet[..2].copy_from_slice(&number.to_be_bytes());
        helper.send_to(&packet, viewer.local_addr().unwrap()).unwrap();
    }
    let mut arrived = Vec::new();
    viewer.set_read_timeout(Some(Duration::from_millis(700))).unwrap();
    while let Ok((1000, _)) = viewer.recv_from(&mut buffer) {
        arrived.push(u16::from_be_bytes([buffer[0], buffer[1]]));
    }
    let lost = 200 - arrived.len() as u64;
    assert!(lost > 0 && net.counts().dropped - dropped == lost, "{lost} of 200 did not fit");
    assert!(arrived.is_sorted());
    let fits = 16 * 1024 + (begun.elapsed().as_secs_f64() * 125_000.0) as usize;
    assert!(arrived.len() * 1028 <= fits, "{} packets in {:?}", arrived.len(), begun.elapsed());
}

#[test]
fn the_two_ends_see_nothing_but_the_line() {
    if let Some(missing) = missing() {
        xtask::say(&format!("not tested with real packets: {missing}"));
        return;
    }
    let net = Net::make(Shape::clean(10_000_000, Duration::ZERO, 64 * 1024), 1).unwrap();
    let outside = net.helper.namespace.run(|| {
        let socket = UdpSocket::bind((IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0))?;
        Ok(socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).is_ok())
    });
    assert!(!outside.unwrap(), "there is a way around the line");
}
