//! The end's side of the [detour](deskhand_protocol::relay::detour): how it reaches the other end through the relay
//! when there is no direct path.
//!
//! As soon as the relay has given a pass, [`Ways`] finds out whether UDP reaches the relay. If it does, connections get
//! the relay as STUN and TURN server over UDP. If it does not, a [`Tunnel`] is opened that carries the same TURN through
//! the relay's TLS port, and connections are told that the TURN server is on this computer. So a connection that is
//! made later waits for nothing.
//!
//! Nothing here trusts the relay with more than passing packets on: they are those of the connection, encrypted between
//! the two ends.

mod probe;
mod tunnel;

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use deskhand_protocol::relay::detour::Detour;
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};
use tokio_util::task::AbortOnDropHandle;

pub use self::{probe::reflexive, tunnel::Tunnel};
use crate::{peer::IceServer, relay::Route};

/// The longest a connection waits until it is known how the relay is reached.
const LOOK: Duration = Duration::from_secs(3);
/// The longest it is waited for a tunnel before the connection goes on without: it may still come up in time.
const TUNNEL: Duration = Duration::from_secs(2);

/// How the relay is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    /// By UDP, which shows this address of ours to the relay.
    Udp(SocketAddr),
    /// By its TLS port only.
    Tls,
}

/// The ways of one session through its relay. Cheap to clone; all clones are the same ways. Empty until something has
/// been [learned](Ways::learn).
#[derive(Debug, Clone, Default)]
pub struct Ways(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    seen: watch::Sender<Seen>,
    work: Mutex<Work>,
}

#[derive(Debug, Default)]
struct Work {
    pass: Option<Pass>,
    tunnel: Option<Arc<Tunnel>>,
    looking: Option<AbortOnDropHandle<()>>,
}

/// What the relay gave last.
#[derive(Debug, Clone)]
struct Pass {
    route: Route,
    detour: Detour,
    until: Instant,
}

/// How far looking has come.
#[derive(Debug, Clone, Default)]
enum Seen {
    #[default]
    Nothing,
    Looking,
    Done(Option<Found>),
}

/// What came of looking.
#[derive(Debug, Clone)]
struct Found {
    reached: Reached,
    servers: Vec<IceServer>,
    until: Instant,
    /// Kept open for as long as its servers may be used.
    _tunnel: Option<Arc<Tunnel>>,
}

impl Ways {
    /// The relay has given a pass over this route; from now on it is looked for the way. Needs a tokio runtime.
    pub fn learn(&self, route: Route, detour: Detour) {
        let until = Instant::now() + Duration::from_millis(detour.life_ms);
        self.work().pass = Some(Pass { route, detour, until });
        self.look();
    }

    /// Looks anew with the pass there is: the network may be another one.
    pub fn look(&self) {
        let mut work = self.work();
        let Some(pass) = work.pass.clone().filter(|pass| pass.until > Instant::now()) else { return };
        let ways = self.clone();
        self.0.seen.send_replace(Seen::Looking);
        work.looking = Some(AbortOnDropHandle::new(tokio::spawn(async move {
            let found = ways.find(pass).await;
            ways.0.seen.send_replace(Seen::Done(found));
        })));
    }

    /// The servers for a connection that is made now: none while nothing was learned, or when nothing was found.
    pub async fn servers(&self) -> Vec<IceServer> {
        self.found().await.map(|found| found.servers).unwrap_or_default()
    }

    /// How the relay is reached; `None` while nothing was learned, or when it is not reached at all.
    pub async fn reached(&self) -> Option<Reached> {
        self.found().await.map(|found| found.reached)
    }

    async fn found(&self) -> Option<Found> {
        let mut seen = self.0.seen.subscribe();
        let looked = timeout(LOOK, seen.wait_for(|seen| !matches!(seen, Seen::Looking))).await;
        match looked.ok()?.ok()?.clone() {
            Seen::Done(found) => found.filter(|found| found.until > Instant::now()),
            Seen::Nothing | Seen::Looking => None,
        }
    }

    async fn find(&self, pass: Pass) -> Option<Found> {
        let Pass { route, detour, until } = pass;
        let server =
            |urls| IceServer { urls, username: detour.username.clone(), credential: detour.credential.clone() };
        if detour.udp
            && let Some((at, own)) = reflexive(&route.address).await
        {
            tracing::debug!("the relay is reached by UDP");
            // A call that stands may still go through it.
            if let Some(tunnel) = &self.work().tunnel {
                tunnel.renew(detour.clone());
            }
            let servers = vec![server(vec![format!("stun:{at}"), format!("turn:{at}?transport=udp")])];
            return Some(Found { reached: Reached::Udp(own), servers, until, _tunnel: None });
        }
        let tunnel = self.tunnel(&route, &detour)?;
        let mut up = tunnel.is_up();
        let standing = tokio::select! {
            up = up.wait_for(|up| *up) => up.is_ok(),
            () = sleep(TUNNEL) => false,
        };
        tracing::debug!(standing, "no UDP reaches the relay; going through its TLS port");
        let servers = vec![server(vec![format!("turn:{}?transport=udp", tunnel.address())])];
        Some(Found { reached: Reached::Tls, servers, until, _tunnel: Some(tunnel) })
    }

    /// The tunnel there is, with the new pass, or a new one.
    fn tunnel(&self, route: &Route, detour: &Detour) -> Option<Arc<Tunnel>> {
        let mut work = self.work();
        if let Some(tunnel) = work.tunnel.as_ref().filter(|tunnel| tunnel.route() == route) {
            tunnel.renew(detour.clone());
            return Some(Arc::clone(tunnel));
        }
        match Tunnel::open(route.clone(), detour.clone()) {
            Ok(tunnel) => {
                let tunnel = Arc::new(tunnel);
                work.tunnel = Some(Arc::clone(&tunnel));
                Some(tunnel)
            }
            Err(error) => {
                tracing::warn!(%error, "no tunnel can be opened on this computer");
                None
            }
        }
    }

    fn work(&self) -> std::sync::MutexGuard<'_, Work> {
        self.0.work.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
