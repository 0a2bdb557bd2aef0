//! A running relay: puts its parts together, and stops them in order.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener as StdListener},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use deskhand_protocol::{code::RelayAddress, key::Digest};
use rustls::ServerConfig;
use tokio::{net::TcpListener, time::timeout};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};

use crate::{
    account::Accounts,
    acme::{Acme, Keeper},
    acts::reaping,
    addresses,
    app::App,
    auth::{Auth, Whom},
    bundle::Bundle,
    certificate::{self, OwnKey, Shown},
    detour::Exchange,
    door::Doorway,
    error::{LanError, ShipError, StartError},
    fetch::Fetch,
    folder::Folder,
    http::{self, table::Entry},
    hub::Hub,
    identity,
    lan::Lan,
    listen, news,
    places::{self, Places},
    retention,
    settings::{Certificate, Listen, Settings},
    store::{self, Store, StoreError, audit, outbox, settings as table, technicians},
    templates::Templates,
};

/// The name of the database in the data folder.
const DATABASE: &str = "relay.db";
/// The name of the folder for templates in the data folder.
const TEMPLATES: &str = "templates";
/// Time for connections to be told and closed.
const DRAIN: Duration = Duration::from_secs(4);

/// A running relay. Dropping it stops it at once; [`Relay::shutdown`] stops it in order.
#[derive(Debug)]
pub struct Relay {
    app: Arc<App>,
    lan: Arc<Lan>,
    address: RelayAddress,
    pin: Digest,
    routes: Vec<Entry>,
    tasks: TaskTracker,
    stop: DropGuard,
    /// Ends what outlasts `stop` so that a shutdown in order can tell everything; dropped after it.
    dropped: DropGuard,
    folder: Arc<Folder>,
}

/// The end of an audit log that is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditHead {
    /// Rows it has.
    pub rows: i64,
    /// Hash of the last one; zeros for none. Noted elsewhere, it shows later that nothing was taken off the end.
    pub head: [u8; 32],
}

struct Bound {
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    /// A certificate that must be got and kept good.
    acme: Option<(Acme, Arc<Shown>)>,
    at: SocketAddr,
}

impl Relay {
    /// Opens the data folder, brings the database up to date and begins to listen. The relay stops when `shutdown`
    /// is cancelled.
    ///
    /// # Errors
    ///
    /// [`StartError`], whose text is one sentence that says what to do.
    pub async fn start(settings: Settings, shutdown: CancellationToken) -> Result<Self, StartError> {
        let Settings { data_dir, listen, mut names, proxies, fetch_roots, console, lan_port, reconnect_grace } =
            settings;
        let folder = Arc::new(Folder::open(&data_dir)?);
        let relay_key = identity::public_key(&folder)?;
        let own_key = Arc::new(OwnKey::load(&folder)?);
        let path = folder.file(DATABASE);
        let (store, happenings) = Store::open(&path)?;
        let store = Arc::new(store);
        let damaged = || StartError::Damaged { path: path.clone() };
        let reopen_lan = matches!(listen, Listen::Loopback);
        if let Listen::Tls(_, Certificate::Acme(acme)) = &listen {
            names.extend(acme.names.iter().cloned());
        }
        let own_certificate = matches!(listen, Listen::Tls(_, Certificate::Own));
        let mut bound = bind(listen, &store, &own_key, &names).await?;
        let address = addresses::relay_address(bound.tls.is_some(), reachable(bound.at)).ok_or_else(damaged)?;

        let needs_owner = !store.read(technicians::any).await.map_err(|_| damaged())?;
        let auth = Auth::new(relay_key, needs_owner).map_err(|_| StartError::Random)?;
        let stop = shutdown.child_token();
        let detour = Arc::new(Exchange::new().map_err(|_| StartError::Random)?);
        let hub = Arc::new(Hub::new(Arc::clone(&store), Arc::clone(&detour), reconnect_grace));
        // Without it nobody outside is asked anything, which is no reason not to start.
        let fetch = Fetch::new(fetch_roots.as_deref())
            .inspect_err(|error| tracing::warn!(%error, "nothing can be read by HTTPS"))
            .ok();
        let places = Arc::new(Places::open(&folder.file(places::FILE), fetch.clone()));
        let chosen = store.read(table::relay).await.map_err(|_| damaged())?;
        places.choose(chosen.location.as_str());
        let kept = folder.file(TEMPLATES);
        let known = store.read(store::templates::hashes).await.map_err(|_| damaged())?;
        let templates =
            Templates::open(kept.clone(), &known).map_err(|source| StartError::Folder { path: kept, source })?;
        let browsers = match console {
            Some(packed) => {
                let pins = if own_certificate { vec![own_key.pin()] } else { Vec::new() };
                let accounts = Accounts::new(pins).map_err(|_| StartError::Random)?;
                Some((Bundle::read(packed).ok_or(StartError::Console)?, accounts))
            }
            None => None,
        };
        let app = Arc::new(App::new(store, Arc::clone(&hub), auth, browsers, detour, places, templates));
        let tasks = TaskTracker::new();
        let dropped = CancellationToken::new();
        tasks.spawn({
            let (hub, dropped) = (Arc::clone(&hub), dropped.clone());
            async move { hub.tell(happenings, dropped).await }
        });
        let dropped = dropped.drop_guard();
        let port = bound.at.port();
        let started = app.store.write(move |change| {
            if reopen_lan {
                table::set(change.db, table::LOOPBACK_PORT, &port.to_string())?;
            }
            outbox::prune(change.db, change.now)?;
            reaping::started(change, env!("CARGO_PKG_VERSION"))
        });
        started.await.map_err(|_: StoreError| damaged())?;
        tasks.spawn({
            let stop = stop.clone();
            async move { hub.reap(stop).await }
        });

        tasks.spawn(news::run(Arc::clone(&app.news), Arc::clone(&app.store), fetch, stop.clone()));
        tasks.spawn(retention::run(Arc::clone(&app.store), Arc::clone(&app.old_sessions), stop.clone()));

        let routes = http::routes(&app);
        let entries = routes.entries().to_vec();
        let (inside, outside) = routes.finish();
        let udp = app.detour.listen(bound.at, stop.clone(), &app.tasks).await;
        let way = Doorway {
            tls: bound.tls.is_some(),
            udp,
            detour: Arc::clone(&app.detour),
            names: names.clone(),
            proxies: proxies.into(),
            crowd: Arc::default(),
            stop: stop.clone(),
        };
        if let Some((acme, shown)) = bound.acme.take() {
            let keeper = Keeper::new(acme, Arc::clone(&folder), shown);
            app.tasks.spawn(keeper.run(stop.clone()));
        }
        let serving = listen::serve(bound.listener, bound.tls, inside, Arc::new(way), app.tasks.clone());
        app.tasks.spawn(serving);
        let pin = own_key.pin();
        let lan = Arc::new(Lan::new(Arc::clone(&app), own_key, outside, names, lan_port, stop.clone()));
        let was_open = app.store.read(|db| table::get(db, table::LAN_OPEN)).await.ok().flatten();
        if reopen_lan && was_open.as_deref() == Some("yes") {
            // Helpers of calls that were under way look for the relay at the addresses they know.
            if let Err(error) = lan.open().await {
                tracing::warn!(%error, "the relay could not be opened to the local network again");
            }
        }
        Ok(Self { app, lan, address, pin, routes: entries, tasks, stop: stop.drop_guard(), dropped, folder })
    }

    /// Checks the database of a relay that is not running: that the file is whole, and that no row of the audit log
    /// was changed or taken out.
    ///
    /// # Errors
    ///
    /// [`StartError`] naming what is wrong.
    pub async fn check(data_dir: &Path) -> Result<(), StartError> {
        let folder = Folder::open(data_dir)?;
        let path = folder.file(DATABASE);
        let (store, _happenings) = Store::open(&path)?;
        let checked = store.read(|db| Ok((store::is_whole(db)?, audit::first_broken(db)?))).await;
        store.close().await;
        match checked {
            Ok((true, None)) => Ok(()),
            Ok((true, Some(row))) => Err(StartError::AuditBroken { path, row }),
            Ok((false, _)) | Err(_) => Err(StartError::Damaged { path }),
        }
    }

    /// Walks along the audit log, of a relay that runs or not: nothing is written and nothing is held. A `noted` head
    /// of an earlier walk must still be a row of it, so that rows taken off the end show as well.
    ///
    /// # Errors
    ///
    /// [`StartError`] naming what is wrong.
    pub fn verify_audit(data_dir: &Path, noted: Option<[u8; 32]>) -> Result<AuditHead, StartError> {
        let path = data_dir.join(DATABASE);
        let damaged = |_| StartError::Damaged { path: path.clone() };
        let db = store::read_only(&path).map_err(|source| StartError::Database { path: path.clone(), source })?;
        let walk = audit::walk(&db, noted).map_err(damaged)?;
        if let Some(row) = walk.broken {
            return Err(StartError::AuditBroken { path, row });
        }
        if noted.is_some() && !walk.met {
            return Err(StartError::AuditCut { path });
        }
        Ok(AuditHead { rows: walk.rows, head: walk.head })
    }

    /// Where the console reaches this relay.
    #[must_use]
    pub fn local_address(&self) -> RelayAddress {
        self.address.clone()
    }

    /// The one-time token with which the first console joins as owner; `None` once there is one.
    #[must_use]
    pub fn setup_token(&self) -> Option<String> {
        self.app.auth.setup()
    }

    /// A code with which the owner makes an account for his browser, or gets another password for the one he has: the
    /// way back in for whoever runs the relay. `None` before there is an owner, or when browsers get no console.
    pub async fn owner_code(&self) -> Option<String> {
        self.app.accounts.as_ref()?;
        let owner = self.app.store.read(technicians::owner).await.ok().flatten()?;
        self.app.auth.invite(Whom::Known(owner), std::time::Instant::now()).ok()
    }

    /// Listens on the local network, over TLS, for the customer's routes and the helper socket only. Remembered over
    /// restarts until [`close_lan`](Self::close_lan). Gives the addresses, the likeliest first.
    ///
    /// # Errors
    ///
    /// [`LanError`], whose text is one sentence that says what to do.
    pub async fn open_lan(&self) -> Result<Vec<RelayAddress>, LanError> {
        self.lan.open().await
    }

    /// Stops listening on the local network and closes the connections that came from there.
    ///
    /// # Errors
    ///
    /// [`LanError::Store`] when the choice could not be stored; it is closed nevertheless.
    pub async fn close_lan(&self) -> Result<(), LanError> {
        self.lan.close().await
    }

    /// Where customers on the local network reach this relay; empty while it is closed.
    #[must_use]
    pub fn lan_addresses(&self) -> Vec<RelayAddress> {
        self.lan.addresses()
    }

    /// Takes up the customer's program that lies beside the console, unless it is known or a technician has brought
    /// another for its platform.
    ///
    /// # Errors
    ///
    /// A sentence, when the file is no such program or cannot be stored.
    pub async fn ship(&self, helper: PathBuf) -> Result<(), ShipError> {
        http::templates::ship(&self.app, helper).await.map_err(|refusal| ShipError(refusal.detail))
    }

    /// SHA-256 of the own certificate's SubjectPublicKeyInfo; the same over restarts.
    #[must_use]
    pub const fn certificate_pin(&self) -> Digest {
        self.pin
    }

    /// Every route, with who may call it.
    #[must_use]
    pub fn routes(&self) -> &[Entry] {
        &self.routes
    }

    /// Tells every connection, commits what is under way and stops.
    pub async fn shutdown(self) {
        let Self { app, lan, tasks, stop, dropped, folder, .. } = self;
        drop(stop);
        app.tasks.close();
        let drained = timeout(DRAIN, async {
            lan.hang_up().await;
            app.tasks.wait().await;
        });
        if drained.await.is_err() {
            tracing::info!("some connections did not close in time and are dropped");
        }
        let noted: Result<(), StoreError> = app.store.write(|change| reaping::note(change, "relay.stopped")).await;
        if let Err(error) = noted {
            tracing::warn!(%error, "the stop could not be noted");
        }
        app.store.close().await;
        tasks.close();
        tasks.wait().await;
        drop(dropped);
        drop(folder);
    }
}

/// The address to call a listener at, from this computer if it listens on all.
fn reachable(at: SocketAddr) -> SocketAddr {
    match at.ip() {
        ip if !ip.is_unspecified() => at,
        ip => {
            let own = addresses::own().into_iter().next();
            SocketAddr::new(own.unwrap_or(if ip.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { ip }), at.port())
        }
    }
}

async fn bind(listen: Listen, store: &Store, own: &OwnKey, names: &[String]) -> Result<Bound, StartError> {
    match listen {
        Listen::Loopback => loopback(store).await,
        Listen::Plain(listener) => {
            let bound = adopt(listener, None)?;
            if bound.at.ip().is_loopback() { Ok(bound) } else { Err(StartError::PlainOutside { address: bound.at }) }
        }
        Listen::Tls(listener, Certificate::Own) => {
            let at = listener.local_addr().map_err(|source| StartError::Listen { address: unknown(), source })?;
            let mut ips = addresses::own();
            ips.extend([at.ip(), Ipv4Addr::LOCALHOST.into()]);
            let tls = own.config(&ips, names).map_err(|reason| StartError::Certificate { reason })?;
            adopt(listener, Some(tls))
        }
        Listen::Tls(listener, Certificate::Files { chain, key }) => {
            let tls = certificate::from_files(&chain, &key).map_err(|reason| StartError::Certificate { reason })?;
            adopt(listener, Some(tls))
        }
        Listen::Tls(listener, Certificate::Acme(acme)) => {
            let refuse = |reason| StartError::Certificate { reason };
            let shown = Shown::own(own, &addresses::own(), names).map_err(refuse)?;
            let tls = shown.config().map_err(refuse)?;
            Ok(Bound { acme: Some((acme, shown)), ..adopt(listener, Some(tls))? })
        }
    }
}

const fn unknown() -> SocketAddr {
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0)
}

fn adopt(listener: StdListener, tls: Option<Arc<ServerConfig>>) -> Result<Bound, StartError> {
    let refuse = |source: io::Error| StartError::Listen { address: unknown(), source };
    let at = listener.local_addr().map_err(refuse)?;
    listener.set_nonblocking(true).map_err(refuse)?;
    Ok(Bound { listener: TcpListener::from_std(listener).map_err(refuse)?, tls, acme: None, at })
}

/// The port of the last start, so that a console that starts again is found where it was; another if it is taken.
async fn loopback(store: &Store) -> Result<Bound, StartError> {
    let remembered = store.read(|db| table::get(db, table::LOOPBACK_PORT)).await.ok().flatten();
    let remembered: u16 = remembered.and_then(|port| port.parse().ok()).unwrap_or(0);
    let listener = match TcpListener::bind((Ipv4Addr::LOCALHOST, remembered)).await {
        Err(_) if remembered != 0 => TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await,
        bound => bound,
    };
    let refuse = |source| StartError::Listen { address: SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0), source };
    let listener = listener.map_err(refuse)?;
    let at = listener.local_addr().map_err(refuse)?;
    Ok(Bound { listener, tls: None, acme: None, at })
}
