//! The relay's end of the [detour](deskhand_protocol::relay::detour): TURN over UDP, through tunnels, and for browsers
//! over TLS.
//!
//! [`wire`] reads and writes the messages, [`deskhand_core::detour`] decides who may send to whom, this module moves
//! datagrams between sockets. What cannot be taken at once is dropped, as on any network: the ends notice and resend.
//!
//! The relay opens no socket for an allocation: nobody outside can reach one, and an end can reach nobody else.

pub(crate) mod stream;
pub(crate) mod tunnel;
mod udp;
mod wire;

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use data_encoding::BASE64URL_NOPAD;
use deskhand_core::detour::{Leg, PASS_LIFE};
use deskhand_protocol::{
    id::SessionId,
    key::Nonce,
    relay::detour::{Carrier, Detour},
};
use tokio::{net::UdpSocket, sync::mpsc};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::wire::Wire;
use crate::clock::{self, NoRandomness};

/// Datagrams that may wait for one tunnel or stream: a fifth of a second at 10 Mbit/s. What waits longer is too old.
const WAITING: usize = 256;

/// A listener's UDP socket; never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct UdpDoor(u64);

/// A tunnel of one end of one session; the same one after a lost connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct TunnelId(u64);

/// A browser's connection; never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct StreamId(u64);

/// Where datagrams come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Caller {
    /// An address, at one of the relay's sockets.
    Udp {
        /// Which socket.
        door: UdpDoor,
        /// The address.
        from: SocketAddr,
    },
    /// One of the sockets behind a tunnel.
    Tunnel {
        /// Which tunnel.
        tunnel: TunnelId,
        /// Which socket.
        socket: u8,
        /// The address the tunnel comes from.
        from: SocketAddr,
    },
    /// A browser's connection to the TLS port.
    Stream {
        /// Which connection.
        stream: StreamId,
        /// The address it comes from.
        from: SocketAddr,
    },
}

impl Caller {
    const fn carrier(&self) -> Carrier {
        match self {
            Self::Udp { .. } => Carrier::Udp,
            Self::Tunnel { .. } | Self::Stream { .. } => Carrier::Tls,
        }
    }

    const fn from(&self) -> SocketAddr {
        match self {
            Self::Udp { from, .. } | Self::Tunnel { from, .. } | Self::Stream { from, .. } => *from,
        }
    }

    /// The same end, wherever its tunnel comes from now.
    const fn settled(self) -> Self {
        const NOWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED), 0);
        match self {
            Self::Tunnel { tunnel, socket, .. } => Self::Tunnel { tunnel, socket, from: NOWHERE },
            steady @ (Self::Udp { .. } | Self::Stream { .. }) => steady,
        }
    }
}

/// A datagram on its way out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outgoing {
    to: Caller,
    datagram: Vec<u8>,
}

struct State {
    wire: Wire,
    udp: HashMap<UdpDoor, Arc<UdpSocket>>,
    tunnels: HashMap<TunnelId, Outlet>,
    streams: HashMap<StreamId, mpsc::Sender<Vec<u8>>>,
}

struct Outlet {
    /// Tells one connection of a tunnel from the next.
    connection: u64,
    frames: mpsc::Sender<Vec<u8>>,
}

/// See the module.
pub(crate) struct Exchange {
    state: Mutex<State>,
    secret: [u8; 32],
    next: AtomicU64,
}

impl std::fmt::Debug for Exchange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Exchange").finish_non_exhaustive()
    }
}

impl Exchange {
    pub(crate) fn new() -> Result<Self, NoRandomness> {
        let secret = clock::random()?;
        let wire = Wire::new(clock::random()?, Instant::now())?;
        let state = State { wire, udp: HashMap::new(), tunnels: HashMap::new(), streams: HashMap::new() };
        Ok(Self { state: Mutex::new(state), secret, next: AtomicU64::new(1) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Answers STUN and TURN beside a listener, at the same address and port. False when that is taken: then only
    /// tunnels lead here.
    pub(crate) async fn listen(self: &Arc<Self>, at: SocketAddr, stop: CancellationToken, tasks: &TaskTracker) -> bool {
        match UdpSocket::bind(at).await {
            Ok(socket) => {
                let (door, socket) = (UdpDoor(self.number()), Arc::new(socket));
                self.state().udp.insert(door, Arc::clone(&socket));
                let exchange = Arc::clone(self);
                tasks.spawn(async move {
                    udp::serve(&exchange, door, &socket, stop).await;
                    exchange.state().udp.remove(&door);
                });
                true
            }
            Err(error) => {
                tracing::warn!(%error, port = at.port(), "no UDP at this port; calls without a direct path use the tunnel");
                false
            }
        }
    }

    /// A pass for one end of a session.
    pub(crate) fn issue(&self, leg: Leg, udp: bool) -> Result<Detour, NoRandomness> {
        let username = BASE64URL_NOPAD.encode(&clock::random::<18>()?);
        let credential = BASE64URL_NOPAD.encode(&clock::random::<24>()?);
        self.state().wire.issue(leg, &username, &credential, Instant::now());
        let life_ms = u64::try_from(PASS_LIFE.as_millis()).unwrap_or(u64::MAX);
        Ok(Detour { udp, username, credential, life_ms })
    }

    /// The session is over: nothing passes any more.
    pub(crate) fn end(&self, session: SessionId) {
        self.state().wire.end(session);
    }

    /// A tunnel asks to be let in.
    fn admit(&self, username: &str, credential: &str, nonce: &Nonce) -> Option<TunnelId> {
        let leg = self.state().wire.admit(username, credential, Instant::now())?;
        Some(TunnelId(wire::tunnel_id(&self.secret, leg, nonce)))
    }

    /// A tunnel is here: it takes the place of an older connection of its own.
    fn attach(&self, tunnel: TunnelId) -> (u64, mpsc::Receiver<Vec<u8>>) {
        let (frames, queue) = mpsc::channel(WAITING);
        let connection = self.number();
        self.state().tunnels.insert(tunnel, Outlet { connection, frames });
        (connection, queue)
    }

    fn detach(&self, tunnel: TunnelId, connection: u64) {
        let mut state = self.state();
        if state.tunnels.get(&tunnel).is_some_and(|outlet| outlet.connection == connection) {
            state.tunnels.remove(&tunnel);
        }
    }

    /// A datagram has come.
    fn take(&self, caller: Caller, datagram: &[u8]) {
        let mut state = self.state();
        let Some(outgoing) = state.wire.take(caller, datagram, Instant::now()) else { return };
        state.put(outgoing);
    }
}

impl State {
    fn put(&self, Outgoing { to, datagram }: Outgoing) {
        match to {
            Caller::Udp { door, from } => {
                if let Some(socket) = self.udp.get(&door) {
                    // A full buffer or an unreachable address: the datagram is lost like any other.
                    let _ = socket.try_send_to(&datagram, from);
                }
            }
            Caller::Tunnel { tunnel, socket, .. } => {
                if let Some(outlet) = self.tunnels.get(&tunnel) {
                    let mut frame = Vec::with_capacity(datagram.len() + 1);
                    frame.push(socket);
                    frame.extend_from_slice(&datagram);
                    let _ = outlet.frames.try_send(frame);
                }
            }
            Caller::Stream { stream, .. } => {
                if let Some(frames) = self.streams.get(&stream) {
                    let _ = frames.try_send(datagram);
                }
            }
        }
    }
}
