//! The runtime of a connection's transport: tokio's, with two more turns for what goes through a relay.
//!
//! The library's driver hands a packet for the other end to its TURN client after that client's packets have been sent,
//! and one that the TURN client unpacked to the connection after the connection's answers have been sent. What was
//! handed over leaves with the driver's next turn, which comes when something else wakes it: each flight of a handshake
//! waited for 50 to 250 ms. So while packets go to a relay, the driver's next two rests end at once.
//!
//! Where the system has not what the library's sockets want, a [`PlainSocket`] carries the datagrams.
//!
//! It also counts what leaves beside the video, for the measure of the path.
//!
//! Nothing else changes: a connection without a relay rests as long as its driver says.
//! The reasons are in `server-lite/docs/decisions/0038-the-drivers-threads-and-turns.md`.

use std::{
    future::ready,
    io::{self, IoSliceMut},
    net::{SocketAddr, TcpListener, UdpSocket},
    pin::Pin,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU8, AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

use super::{plain_socket::PlainSocket, watched::Watched};
use webrtc::runtime::{
    AsyncInterval, AsyncTcpListener, AsyncTcpStream, AsyncUdpSocket, JoinHandle, RecvMeta, Runtime, TokioRuntime,
    Transmit,
};

/// A path through a relay is in use while no more time has passed since a packet went there. Keep-alives go every
/// second.
const IN_USE: Duration = Duration::from_secs(3);
/// Turns that a packet needs from the connection through the TURN client to the socket, or the other way and back,
/// beyond the one that it came with.
const MORE: u8 = 2;

type Later<T> = Pin<Box<dyn Future<Output = T> + Send>>;

tokio::task_local! {
    /// Set in the driver: what else rests by this runtime rests as long as it says.
    static DRIVING: ();
}

/// See the module.
#[derive(Debug)]
pub(super) struct Prompt {
    tokio: TokioRuntime,
    relays: Arc<Relays>,
    turns: AtomicU8,
    path: Option<Arc<Watched>>,
}

/// The relays, and when one was last sent something.
#[derive(Debug)]
struct Relays {
    start: Instant,
    addresses: RwLock<Vec<SocketAddr>>,
    /// Milliseconds since `start`, plus one; zero is never.
    sent: AtomicU64,
}

impl Relays {
    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX - 1) + 1
    }

    fn are_at(&self, found: &[SocketAddr]) {
        let mut known = self.addresses.write().unwrap_or_else(PoisonError::into_inner);
        for address in found {
            if !known.contains(address) {
                known.push(*address);
            }
        }
    }

    fn sent_to(&self, destination: SocketAddr) {
        let known = self.addresses.read().unwrap_or_else(PoisonError::into_inner);
        if known.contains(&destination) {
            self.sent.store(self.now(), Ordering::Relaxed);
        }
    }

    fn in_use(&self) -> bool {
        let sent = self.sent.load(Ordering::Relaxed);
        sent > 0 && u128::from(self.now().saturating_sub(sent)) <= IN_USE.as_millis()
    }
}

impl Prompt {
    /// For one connection, with the measure of its path if it sends video.
    pub(super) fn new(path: Option<Arc<Watched>>) -> Self {
        let relays = Relays { start: Instant::now(), addresses: RwLock::default(), sent: AtomicU64::new(0) };
        Self { tokio: TokioRuntime, relays: Arc::new(relays), turns: AtomicU8::new(0), path }
    }

    /// Whether the driver is to take another turn instead of resting.
    fn another_turn(&self) -> bool {
        if DRIVING.try_with(|()| ()).is_err() || !self.relays.in_use() {
            return false;
        }
        // Only the driver comes here.
        let turn = (self.turns.load(Ordering::Relaxed) + 1) % (MORE + 1);
        self.turns.store(turn, Ordering::Relaxed);
        turn != 0
    }
}

impl Runtime for Prompt {
    fn spawn(&self, future: Later<()>) -> Box<dyn JoinHandle> {
        self.tokio.spawn(future)
    }

    /// The driver is the one thing that the library spawns in this way.
    fn spawn_reactor(&self, reactor_pool_size: usize, future: Later<()>) -> Box<dyn JoinHandle> {
        self.tokio.spawn_reactor(reactor_pool_size, Box::pin(DRIVING.scope((), future)))
    }

    fn wrap_udp_socket(&self, socket: UdpSocket) -> io::Result<Arc<dyn AsyncUdpSocket>> {
        let again = socket.try_clone();
        let inner = match (self.tokio.wrap_udp_socket(socket), again) {
            (Ok(inner), _) => inner,
            (Err(error), Err(_)) => return Err(error),
            (Err(error), Ok(again)) => {
                tracing::debug!(%error, "a socket goes without the system's extras");
                Arc::new(PlainSocket::new(again)?)
            }
        };
        Ok(Arc::new(Heard { inner, relays: Arc::clone(&self.relays), path: self.path.clone() }))
    }

    fn wrap_tcp_listener(&self, listener: TcpListener) -> io::Result<Arc<dyn AsyncTcpListener>> {
        self.tokio.wrap_tcp_listener(listener)
    }

    fn connect_tcp<'a>(
        &'a self,
        remote_addr: SocketAddr,
    ) -> Pin<Box<dyn Future<Output = io::Result<Arc<dyn AsyncTcpStream>>> + Send + 'a>> {
        self.tokio.connect_tcp(remote_addr)
    }

    /// The library looks up STUN and TURN servers only.
    fn resolve_host<'a>(
        &'a self,
        host: &'a str,
    ) -> Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'a>> {
        Box::pin(async move {
            let found = self.tokio.resolve_host(host).await?;
            self.relays.are_at(&found);
            Ok(found)
        })
    }

    fn now(&self) -> Instant {
        self.tokio.now()
    }

    fn sleep(&self, duration: Duration) -> Later<()> {
        if self.another_turn() { Box::pin(ready(())) } else { self.tokio.sleep(duration) }
    }

    fn interval(&self, period: Duration) -> Box<dyn AsyncInterval> {
        self.tokio.interval(period)
    }

    fn block_on(&self, future: Pin<Box<dyn Future<Output = ()> + '_>>) {
        self.tokio.block_on(future);
    }

    fn yield_now(&self) -> Later<()> {
        self.tokio.yield_now()
    }

    fn name(&self) -> &'static str {
        "tokio, prompt"
    }
}

/// A socket that sees what goes to a relay, and what goes beside the video.
#[derive(Debug)]
struct Heard {
    inner: Arc<dyn AsyncUdpSocket>,
    relays: Arc<Relays>,
    path: Option<Arc<Watched>>,
}

/// Whether a datagram carries data channels: a DTLS record by its first byte (RFC 7983), maybe behind the four bytes of
/// a TURN channel.
fn is_data(datagram: &[u8]) -> bool {
    match datagram {
        [20..=63, ..] => true,
        [64..=79, _, _, _, inner, ..] => (20..=63).contains(inner),
        _ => false,
    }
}

impl AsyncUdpSocket for Heard {
    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.inner.local_addr()
    }

    fn poll_send(&self, cx: &mut Context<'_>, transmit: &Transmit<'_>) -> Poll<io::Result<usize>> {
        self.relays.sent_to(transmit.destination);
        let sent = self.inner.poll_send(cx, transmit);
        if let (Some(path), Poll::Ready(Ok(bytes))) = (&self.path, &sent)
            && is_data(transmit.contents)
        {
            let packets = transmit.segment_size.map_or(1, |size| bytes.div_ceil(size.max(1)));
            path.sent_beside(Instant::now(), *bytes, packets);
        }
        sent
    }

    fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        bufs: &mut [IoSliceMut<'_>],
        meta: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
        self.inner.poll_recv(cx, bufs, meta)
    }

    fn max_gso_segments(&self) -> usize {
        self.inner.max_gso_segments()
    }

    fn max_gro_segments(&self) -> usize {
        self.inner.max_gro_segments()
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    /// Longer than anything here waits for.
    const LONG: Duration = Duration::from_secs(3_600);

    async fn rests(prompt: &Prompt) -> bool {
        // A rest that ends at once has ended when it is looked at for the first time.
        let mut rest = prompt.sleep(LONG);
        std::future::poll_fn(|cx| Poll::Ready(rest.as_mut().poll(cx).is_pending())).await
    }

    async fn relay(prompt: &Prompt) -> (Arc<dyn AsyncUdpSocket>, SocketAddr) {
        let other = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = other.local_addr().unwrap();
        let found = prompt.resolve_host(&address.to_string()).await.unwrap();
        assert_eq!(found, [address]);
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        socket.set_nonblocking(true).unwrap();
        (prompt.wrap_udp_socket(socket).unwrap(), address)
    }

    #[test]
    fn data_is_told_from_video_and_from_checks_of_the_path() {
        assert!(is_data(&[23, 254, 253, 0]), "DTLS");
        assert!(is_data(&[0x40, 1, 0, 9, 23, 254]), "DTLS by a TURN channel");
        for other in [&[0x80, 96][..], &[0x00, 1], &[0x40, 1, 0, 9, 0x80], &[0x40, 1, 0], &[]] {
            assert!(!is_data(other), "{other:?}");
        }
    }

    #[tokio::test]
    async fn what_goes_to_a_relay_gives_the_driver_two_more_turns() {
        let prompt = Prompt::new(None);
        DRIVING
            .scope((), async {
                assert!(rests(&prompt).await);
                let (socket, address) = relay(&prompt).await;
                assert!(rests(&prompt).await, "nothing has gone there yet");
                socket.send_to(b"there", address).await.unwrap();
                for _ in 0..2 {
                    assert!(!rests(&prompt).await);
                    assert!(!rests(&prompt).await);
                    assert!(rests(&prompt).await);
                }
            })
            .await;
    }

    #[tokio::test]
    async fn what_goes_elsewhere_and_what_is_not_the_driver_rests_as_long_as_it_says() {
        let prompt = Prompt::new(None);
        let (socket, address) = relay(&prompt).await;
        let elsewhere = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
        socket.send_to(b"elsewhere", elsewhere).await.unwrap();
        DRIVING.scope((), async { assert!(rests(&prompt).await) }).await;
        socket.send_to(b"there", address).await.unwrap();
        assert!(rests(&prompt).await, "this is not the driver");
    }
}
