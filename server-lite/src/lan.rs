//! The listener for the local network: TLS with the relay's own certificate, customers' routes only.
//! Why so: `docs/decisions/0008-the-local-network-listener.md`.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};

use axum::Router;
use deskhand_protocol::code::RelayAddress;
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    acts::reaping,
    addresses,
    app::App,
    certificate::OwnKey,
    door::Doorway,
    error::LanError,
    listen,
    proxies::Proxies,
    store::{StoreError, settings},
};

/// Ports tried, one after the other.
const PORTS: u16 = 20;

#[derive(Debug)]
struct Opened {
    addresses: Vec<RelayAddress>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// The listener for the local network, open or closed.
#[derive(Debug)]
pub(crate) struct Lan {
    app: Arc<App>,
    key: Arc<OwnKey>,
    router: Router,
    names: Vec<String>,
    first_port: u16,
    stop: CancellationToken,
    opened: Mutex<Option<Opened>>,
    /// Held while opening or closing, so that the two never mix.
    turning: tokio::sync::Mutex<()>,
}

impl Lan {
    pub(crate) fn new(
        app: Arc<App>,
        key: Arc<OwnKey>,
        router: Router,
        names: Vec<String>,
        first_port: u16,
        stop: CancellationToken,
    ) -> Self {
        let turning = tokio::sync::Mutex::new(());
        Self { app, key, router, names, first_port, stop, opened: Mutex::new(None), turning }
    }

    /// Where it is reached; empty while it is closed.
    pub(crate) fn addresses(&self) -> Vec<RelayAddress> {
        let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        opened.as_ref().map(|opened| opened.addresses.clone()).unwrap_or_default()
    }

    /// Opens it, unless it is open.
    pub(crate) async fn open(&self) -> Result<Vec<RelayAddress>, LanError> {
        let _turning = self.turning.lock().await;
        if self.stop.is_cancelled() {
            return Err(LanError::ShuttingDown);
        }
        let already = self.addresses();
        if !already.is_empty() {
            return Ok(already);
        }
        let own = addresses::own();
        if own.is_empty() {
            return Err(LanError::NoNetwork);
        }
        let tls = self.key.config(&own, &self.names).map_err(|reason| LanError::Certificate { reason })?;
        let listener = self.listen().await?;
        let port = listener.local_addr().map_err(|source| LanError::Listen { first: self.first_port, source })?.port();
        self.remember("yes", Some(port), "lan.opened").await?;
        let stop = self.stop.child_token();
        let tasks = TaskTracker::new();
        let at = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), port);
        let udp = self.app.detour.listen(at, stop.clone(), &tasks).await;
        let way = Arc::new(Doorway {
            tls: true,
            udp,
            detour: Arc::clone(&self.app.detour),
            names: self.names.clone(),
            proxies: Proxies::default(),
            crowd: Arc::default(),
            stop: stop.clone(),
        });
        tasks.spawn(listen::serve(listener, Some(tls), self.router.clone(), way, tasks.clone()));
        let at = |ip: IpAddr| addresses::relay_address(true, SocketAddr::new(ip, port));
        let addresses: Vec<_> = own.into_iter().filter_map(at).collect();
        let opened = Opened { addresses: addresses.clone(), stop, tasks };
        *self.opened.lock().unwrap_or_else(PoisonError::into_inner) = Some(opened);
        Ok(addresses)
    }

    /// Closes it and everything that came through it.
    pub(crate) async fn close(&self) -> Result<(), LanError> {
        let _turning = self.turning.lock().await;
        self.hang_up().await;
        self.remember("no", None, "lan.closed").await
    }

    /// Closes it without forgetting that it was open.
    pub(crate) async fn hang_up(&self) {
        let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(opened) = opened {
            opened.stop.cancel();
            opened.tasks.close();
            opened.tasks.wait().await;
        }
    }

    /// The remembered port, or the first free one from the first.
    async fn listen(&self) -> Result<TcpListener, LanError> {
        let remembered = self.app.store.read(|db| settings::get(db, settings::LAN_PORT)).await.ok().flatten();
        let remembered = remembered.and_then(|port| port.parse().ok());
        let ports = remembered.into_iter().chain((0..PORTS).map(|at| self.first_port.saturating_add(at)));
        let mut failed = io::Error::from(io::ErrorKind::AddrInUse);
        for port in ports {
            match TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).await {
                Ok(listener) => return Ok(listener),
                Err(error) => failed = error,
            }
        }
        Err(LanError::Listen { first: self.first_port, source: failed })
    }

    async fn remember(&self, open: &'static str, port: Option<u16>, action: &'static str) -> Result<(), LanError> {
        let stored = self.app.store.write(move |change| {
            settings::set(change.db, settings::LAN_OPEN, open)?;
            if let Some(port) = port {
                settings::set(change.db, settings::LAN_PORT, &port.to_string())?;
            }
            reaping::note(change, action)
        });
        stored.await.map_err(|_: StoreError| LanError::Store)
    }
}
