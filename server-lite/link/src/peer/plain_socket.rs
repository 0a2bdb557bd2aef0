//! A UDP socket without the extras of the library's own, which wants options of the system's network code that some
//! computers lack (Windows without IPv6, filters of security programs, Wine) and then carries nothing at all.
//!
//! One datagram for each call, nothing read or written of congestion marks.

use std::{
    io::{self, IoSliceMut},
    net::SocketAddr,
    task::{Context, Poll, ready},
};

use tokio::{io::ReadBuf, net::UdpSocket};
use webrtc::runtime::{AsyncUdpSocket, RecvMeta, Transmit};

/// Windows' error for a datagram that is longer than the room for it (`WSAEMSGSIZE`). Other systems cut it off.
const TOO_LONG: i32 = 10_040;

/// See the module.
#[derive(Debug)]
pub(super) struct PlainSocket(UdpSocket);

impl PlainSocket {
    /// Takes over a bound socket. Must be called on a runtime of tokio.
    pub(super) fn new(socket: std::net::UdpSocket) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        UdpSocket::from_std(socket).map(Self)
    }
}

impl AsyncUdpSocket for PlainSocket {
    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }

    fn poll_send(&self, cx: &mut Context<'_>, transmit: &Transmit<'_>) -> Poll<io::Result<usize>> {
        self.0.poll_send_to(cx, transmit.contents, transmit.destination)
    }

    fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        bufs: &mut [IoSliceMut<'_>],
        meta: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
        let (Some(room), Some(meta)) = (bufs.first_mut(), meta.first_mut()) else { return Poll::Ready(Ok(0)) };
        let mut room = ReadBuf::new(room);
        loop {
            room.clear();
            match ready!(self.0.poll_recv_from(cx, &mut room)) {
                // Nothing of ours is that long.
                Err(error) if error.raw_os_error() == Some(TOO_LONG) => {}
                Err(error) => return Poll::Ready(Err(error)),
                Ok(from) => {
                    *meta = RecvMeta::default();
                    meta.addr = from;
                    meta.len = room.filled().len();
                    meta.stride = meta.len.max(1);
                    return Poll::Ready(Ok(1));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, net::Ipv4Addr};

    use super::*;

    fn socket() -> PlainSocket {
        PlainSocket::new(std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap()).unwrap()
    }

    async fn receive(socket: &PlainSocket, room: &mut [u8]) -> RecvMeta {
        let mut meta = [RecvMeta::default()];
        let count = poll_fn(|cx| socket.poll_recv(cx, &mut [IoSliceMut::new(room)], &mut meta)).await.unwrap();
        assert_eq!(count, 1);
        meta[0]
    }

    #[tokio::test]
    async fn a_datagram_comes_out_as_it_went_in() {
        let (here, there) = (socket(), socket());
        for content in [&b"one"[..], b"", &[7; 1_400]] {
            let sent = here.send_to(content, there.local_addr().unwrap()).await.unwrap();
            assert_eq!(sent, content.len());
            let mut room = [0; 2_000];
            let meta = receive(&there, &mut room).await;
            assert_eq!((meta.addr, meta.len), (here.local_addr().unwrap(), content.len()));
            assert!(meta.stride >= 1, "or whoever takes it apart divides by zero");
            assert_eq!(room.get(..meta.len), Some(content));
        }
    }

    #[tokio::test]
    async fn one_that_is_too_long_does_not_end_it() {
        let (here, there) = (socket(), socket());
        let address = there.local_addr().unwrap();
        here.send_to(&[7; 100], address).await.unwrap();
        here.send_to(b"next", address).await.unwrap();
        let mut room = [0; 10];
        let mut meta = receive(&there, &mut room).await;
        if meta.len == room.len() {
            meta = receive(&there, &mut room).await;
        }
        assert_eq!(room.get(..meta.len), Some(&b"next"[..]));
    }

    #[tokio::test]
    async fn without_room_nothing_is_read() {
        let socket = socket();
        let read = poll_fn(|cx| socket.poll_recv(cx, &mut [], &mut [])).await.unwrap();
        assert_eq!(read, 0);
    }
}
