//! The tunnel: a UDP socket on this computer that stands for the relay's TURN server, and a WebSocket over TLS that
//! carries its datagrams there and back.
//!
//! Other programs on this computer can send to the socket; without a pass's credential their datagrams come to nothing.

use std::{
    collections::VecDeque,
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use deskhand_protocol::{
    PROTOCOL_VERSION,
    key::Nonce,
    limit::{SOCKET_GREETING, SOCKET_PING, SOCKET_SILENCE},
    relay::detour::{DATAGRAM, Detour, TunnelAnswer, TunnelHello},
};
use futures_util::{
    SinkExt as _, StreamExt as _,
    stream::{SplitSink, SplitStream},
};
use tokio::{
    net::UdpSocket,
    sync::watch,
    time::{MissedTickBehavior, interval, sleep, sleep_until, timeout},
};
use tokio_tungstenite::tungstenite::Message;
use tokio_util::task::AbortOnDropHandle;

use crate::{
    entropy::Entropy,
    network::Network,
    relay::{Lost, Route, Stream, dial, local_address},
};

/// Delay before the first new attempt; each further one doubles it.
const FIRST_DELAY: Duration = Duration::from_millis(250);
/// Longest delay between two attempts: a call stands still meanwhile.
const LAST_DELAY: Duration = Duration::from_secs(4);
/// Time for what waits to leave.
const SEND: Duration = Duration::from_secs(10);
/// Sockets of this computer behind one tunnel; the oldest make room for new ones.
const SOCKETS: usize = 256;

/// See the module. Dropping it closes it.
#[derive(Debug)]
pub struct Tunnel {
    route: Route,
    address: SocketAddr,
    pass: watch::Sender<Detour>,
    up: watch::Receiver<bool>,
    _task: AbortOnDropHandle<()>,
}

impl Tunnel {
    /// Binds the socket and begins to connect; goes on until it is dropped. Needs a tokio runtime.
    ///
    /// # Errors
    ///
    /// When there is no socket or no randomness.
    pub fn open(route: Route, detour: Detour) -> io::Result<Self> {
        let socket = std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.set_nonblocking(true)?;
        let address = socket.local_addr()?;
        let local = Local { socket: UdpSocket::from_std(socket)?, sockets: Sockets::default() };
        let name = Nonce(Entropy::from_system().map_err(io::Error::other)?.array());
        let (pass, taken) = watch::channel(detour);
        let (told, up) = watch::channel(false);
        let task = AbortOnDropHandle::new(tokio::spawn(run(route.clone(), local, name, taken, told)));
        Ok(Self { route, address, pass, up, _task: task })
    }

    /// Where the TURN server seems to be.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The way to the relay.
    #[must_use]
    pub const fn route(&self) -> &Route {
        &self.route
    }

    /// Whether datagrams pass now.
    #[must_use]
    pub fn is_up(&self) -> watch::Receiver<bool> {
        self.up.clone()
    }

    /// A new pass, for the next connection.
    pub fn renew(&self, detour: Detour) {
        self.pass.send_replace(detour);
    }
}

/// The socket on this computer, and who sent to it.
struct Local {
    socket: UdpSocket,
    sockets: Sockets,
}

/// The addresses that have sent, by number.
#[derive(Debug, Default)]
struct Sockets {
    known: std::sync::Mutex<VecDeque<(u8, SocketAddr)>>,
    given: AtomicUsize,
}

impl Sockets {
    fn known(&self) -> std::sync::MutexGuard<'_, VecDeque<(u8, SocketAddr)>> {
        self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn number(&self, address: SocketAddr) -> u8 {
        let mut known = self.known();
        if let Some((number, _)) = known.iter().find(|(_, at)| *at == address) {
            return *number;
        }
        let number = u8::try_from(self.given.fetch_add(1, Ordering::Relaxed) % SOCKETS).unwrap_or_default();
        known.retain(|(taken, _)| *taken != number);
        known.push_back((number, address));
        number
    }

    fn address(&self, number: u8) -> Option<SocketAddr> {
        self.known().iter().find(|(known, _)| *known == number).map(|(_, address)| *address)
    }
}

async fn run(route: Route, local: Local, name: Nonce, mut pass: watch::Receiver<Detour>, up: watch::Sender<bool>) {
    let mut delay = FIRST_DELAY;
    loop {
        let detour = pass.borrow_and_update().clone();
        match connect(&route, name, &detour).await {
            Ok(stream) => {
                delay = FIRST_DELAY;
                up.send_replace(true);
                let own = local_address(&stream);
                let (sink, stream) = stream.split();
                tokio::select! {
                    () = outward(sink, &local) => {}
                    () = inward(stream, &local) => {}
                    () = left(own) => {}
                }
                up.send_replace(false);
            }
            Err(reason) => tracing::debug!(%reason, "no tunnel to the relay"),
        }
        // A new pass may be what was missing.
        tokio::select! {
            () = sleep(delay) => {}
            changed = pass.changed() => if changed.is_err() {
                return;
            },
        }
        delay = (delay * 2).min(LAST_DELAY);
    }
}

/// Ends when this machine has lost the address by which the tunnel goes, or stood still: nobody knows then whether
/// anything passes, and a new tunnel costs less than waiting for its silence.
async fn left(own: Option<IpAddr>) {
    let mut network = Network::here();
    loop {
        sleep_until(network.due().into()).await;
        let change = network.look();
        if change.stood_still || own.is_some_and(|own| change.gone.contains(&own)) {
            return;
        }
    }
}

async fn connect(route: &Route, name: Nonce, detour: &Detour) -> Result<Stream, Lost> {
    let (mut stream, _) = dial(route, "/api/v1/detour", DATAGRAM + 1).await?;
    let hello = TunnelHello {
        version: PROTOCOL_VERSION,
        username: detour.username.clone(),
        credential: detour.credential.clone(),
        tunnel: name,
    };
    let hello = serde_json::to_string(&hello).map_err(|_| Lost::NotARelay)?;
    let greeted = timeout(SOCKET_GREETING, async {
        stream.send(Message::text(hello)).await.map_err(|_| Lost::Closed)?;
        loop {
            match stream.next().await {
                Some(Ok(Message::Text(text))) => {
                    return serde_json::from_str(text.as_str()).map_err(|_| Lost::NotARelay);
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(_)) => return Err(Lost::NotARelay),
                Some(Err(_)) | None => return Err(Lost::Closed),
            }
        }
    });
    match greeted.await.unwrap_or(Err(Lost::Silent))? {
        TunnelAnswer::Welcome => Ok(stream),
        TunnelAnswer::Error { error } => Err(Lost::Refused(error.code)),
    }
}

async fn outward(mut sink: SplitSink<Stream, Message>, local: &Local) {
    let mut ping = interval(SOCKET_PING);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut buffer = vec![0; DATAGRAM + 1];
    loop {
        let first = tokio::select! {
            came = local.socket.recv_from(&mut buffer) => match came {
                Ok((len, from)) => frame(local, &buffer, len, from),
                // Windows tells here that an earlier datagram found nobody.
                Err(_) => None,
            },
            _ = ping.tick() => Some(Message::Ping(bytes::Bytes::new())),
        };
        let Some(first) = first else { continue };
        let sent = timeout(SEND, async {
            sink.feed(first).await?;
            // What waits already goes out in one write.
            while let Ok((len, from)) = local.socket.try_recv_from(&mut buffer) {
                if let Some(next) = frame(local, &buffer, len, from) {
                    sink.feed(next).await?;
                }
            }
            sink.flush().await
        });
        if !matches!(sent.await, Ok(Ok(()))) {
            return;
        }
    }
}

fn frame(local: &Local, buffer: &[u8], len: usize, from: SocketAddr) -> Option<Message> {
    if len > DATAGRAM {
        return None;
    }
    let mut frame = Vec::with_capacity(len + 1);
    frame.push(local.sockets.number(from));
    frame.extend_from_slice(buffer.get(..len)?);
    Some(Message::Binary(frame.into()))
}

async fn inward(mut stream: SplitStream<Stream>, local: &Local) {
    let mut heard = Instant::now();
    loop {
        let came = tokio::select! {
            came = stream.next() => came,
            () = sleep_until((heard + SOCKET_SILENCE).into()) => return,
        };
        heard = Instant::now();
        match came {
            Some(Ok(Message::Binary(frame))) => {
                let Some((number, datagram)) = frame.split_first() else { return };
                if let Some(to) = local.sockets.address(*number) {
                    // Whoever is gone misses it.
                    let _ = local.socket.send_to(datagram, to).await;
                }
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Text(_) | Message::Close(_) | Message::Frame(_)) | Err(_)) | None => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_keeps_its_number_until_many_have_come() {
        let sockets = Sockets::default();
        let at = |port: u16| SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port);
        assert_eq!(sockets.number(at(1000)), 0);
        assert_eq!(sockets.number(at(1001)), 1);
        assert_eq!(sockets.number(at(1000)), 0);
        assert_eq!(sockets.address(1), Some(at(1001)));
        for port in 2000..2254 {
            sockets.number(at(port));
        }
        assert_eq!(sockets.address(0), Some(at(1000)), "256 have come");
        assert_eq!(sockets.number(at(3000)), 0, "the oldest makes room");
        assert_eq!(sockets.address(0), Some(at(3000)));
    }
}
