//! The console without a window: its relay, its link to it, the technician, and a seat in every open session.
//!
//! The relay runs inside this process or elsewhere ([`home`](crate::home)); the console reaches both in the same way: over
//! a socket, by proving the technician's key.
//!
//! # Invariants
//!
//! - Secrets and pinned keys are stored before anyone is told of what they belong to, and go when the session ends.
//! - Every open session of which a secret is known has a seat; the handshake with its helper begins by itself, but
//!   only the technician's click asks the customer.
//! - Nothing outlives the console: dropping it ends every task, call and the relay.

use std::{
    collections::{HashMap, HashSet},
    path::PathBuf,
    sync::{Arc, Mutex, OnceLock, Weak},
    time::Duration,
};

use deskhand_link::{
    detour::Ways,
    entropy::{Entropy, NoEntropy},
    identity::Identity,
    peer::PeerConfig,
    relay::{ConsoleHttp, ConsoleLink, ConsoleLinkEvent, SendError},
};
use deskhand_protocol::{
    code::RelayAddress,
    error::ErrorCode,
    id::SessionId,
    limit::{VIEWED, VIEWING_SAID},
    record::{EndReason, SessionRecord, TechnicianRecord},
    relay::console_socket::{ConsoleToRelay, RelayToConsole},
    text::Name,
};
use deskhand_viewer::{
    call::{CallConfig, CallEvent, Presence},
    state::CallState,
};
use tokio::{
    sync::{broadcast, mpsc, watch},
    time::{Instant, interval, interval_at, timeout},
};
use tokio_util::task::AbortOnDropHandle;

use crate::{
    clipboard::{Clipboard, Flow, Focus},
    company::Company,
    drag::Dragging,
    folder::Folder,
    home::Home,
    instance::Asked,
    ipc::{Boot, ClipboardWay, ConsoleEvent, IpcError, IpcErrorCode, Opened, PresetView, RelayStatus, Warning},
    keys::{self, KeyPlace, Keyring, Ring},
    link::Link,
    notice::Notices,
    relays::{Joining, Relays, address_of, token_of},
    seat::{Seat, lock},
    start::StartError,
    vault::Vault,
};

/// Events that may wait for a page that is busy; more are given up, and the page asks anew.
const EVENTS: usize = 1024;
/// How long the first start waits for the link: the relay has just answered.
const FIRST_CONNECTION: Duration = Duration::from_secs(5);
/// How often certificates are looked at whose time may be over.
const TENDED: Duration = Duration::from_secs(6 * 3600);
/// How often the computer's addresses are looked at.
const ADDRESSES: Duration = Duration::from_secs(5);

/// See the module.
#[derive(Debug)]
pub struct Console {
    pub(crate) shared: Arc<Shared>,
    /// Follows the link to the relay, once there is a technician to sign in.
    listener: Mutex<Option<AbortOnDropHandle<()>>>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) identity: Arc<Identity>,
    place: KeyPlace,
    home: Mutex<Arc<Home>>,
    link: Mutex<Option<ConsoleLink>>,
    pub(crate) vault: Mutex<Vault>,
    seats: Mutex<HashMap<SessionId, Arc<Seat>>>,
    /// How open sessions are reached through the relay; known before there is a seat.
    ways: Mutex<HashMap<SessionId, Ways>>,
    technician: Mutex<Option<TechnicianRecord>>,
    connected: watch::Sender<Connected>,
    network: Mutex<Network>,
    pub(crate) events: broadcast::Sender<ConsoleEvent>,
    pub(crate) saved: Mutex<HashSet<PathBuf>>,
    /// What a link wants filled in that the page has not taken yet.
    opened: Mutex<Option<Opened>>,
    /// What the system dropped on the window last.
    pub(crate) dropped: Mutex<Vec<PathBuf>>,
    /// What is dragged out of it now.
    pub(crate) dragging: Mutex<Option<Dragging>>,
    pub(crate) entropy: Mutex<Entropy>,
    me: OnceLock<Weak<Self>>,
    clipboard: OnceLock<Clipboard>,
    pub(crate) folder: Folder,
    pub(crate) keyring: Ring,
    pub(crate) notices: Mutex<Notices>,
    pub(crate) company: Mutex<Company>,
    /// Held by whoever changes the company, one after the other.
    pub(crate) company_work: tokio::sync::Mutex<()>,
    pub(crate) relays: Relays,
    /// Held by whoever changes them, or moves to another.
    pub(crate) moving: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Network {
    lan_error: Option<String>,
    /// The addresses that the page knows of.
    told: Vec<RelayAddress>,
}

/// Whether the console's socket is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Connected {
    Yes,
    #[default]
    No,
}

impl Console {
    /// Files of the system are held over the window, or (`paths`) were dropped on it.
    pub fn dropped(&self, at: Option<(f64, f64)>, paths: Vec<PathBuf>) {
        let count = u32::try_from(paths.len()).unwrap_or(u32::MAX);
        if count > 0 {
            *lock(&self.shared.dropped) = paths;
        }
        self.shared.tell(ConsoleEvent::Dropped { at, count });
    }

    /// A start of this program asks for something: that the window is shown is not done here.
    pub fn asked(&self, what: &Asked) {
        if let Asked::Open(link) = what {
            *lock(&self.shared.opened) = Some(Opened { link: Link::read(link).ok() });
            self.shared.tell(ConsoleEvent::Opened);
        }
    }

    /// What a link wants filled in, once.
    #[must_use]
    pub fn take_opened(&self) -> Option<Opened> {
        lock(&self.shared.opened).take()
    }

    /// Somebody who waits was chosen in the tray, by what the page calls him.
    pub fn tray_chosen(&self, line: &str) {
        self.shared.tell(ConsoleEvent::Tray { line: line.to_owned() });
    }

    /// The data folder.
    #[must_use]
    pub fn data_folder(&self) -> &std::path::Path {
        self.shared.folder.path()
    }

    /// Takes the folder, finds the key, starts the relay unless one elsewhere was joined and, if there is a technician
    /// already, signs in.
    ///
    /// # Errors
    ///
    /// [`StartError`], whose text is one sentence that says what to do.
    pub async fn start(folder: Folder, keyring: Arc<dyn Keyring>) -> Result<Self, StartError> {
        let path = folder.path().to_path_buf();
        let ring = Ring(Arc::clone(&keyring));
        let (identity, place) = tokio::task::spawn_blocking(move || keys::open(&path, keyring)).await??;
        let identity = Arc::new(identity);
        let relays = Relays::open(folder.path())?;
        let which = relays.current()?;
        let (here, joined) = (relays.place(which), relays.joined(which)?);
        let vault = Vault::open(&here)?;
        let home = match &joined {
            Some(joined) => Home::elsewhere(joined.address.clone(), joined.pin, &identity)?,
            None => Home::inside(&folder, &identity).await?,
        };
        let shared = Arc::new(Shared {
            identity,
            place,
            home: Mutex::new(Arc::new(home)),
            link: Mutex::default(),
            vault: Mutex::new(vault),
            seats: Mutex::default(),
            ways: Mutex::default(),
            technician: Mutex::default(),
            connected: watch::Sender::new(Connected::No),
            network: Mutex::default(),
            events: broadcast::channel(EVENTS).0,
            saved: Mutex::default(),
            opened: Mutex::default(),
            dropped: Mutex::default(),
            dragging: Mutex::default(),
            entropy: Mutex::new(Entropy::from_system()?),
            me: OnceLock::new(),
            clipboard: OnceLock::new(),
            keyring: ring,
            notices: Mutex::default(),
            company: Mutex::new(Company::open(&here)),
            company_work: tokio::sync::Mutex::default(),
            moving: tokio::sync::Mutex::default(),
            relays,
            folder,
        });
        let _ = shared.me.set(Arc::downgrade(&shared));
        let copied = shared.folder.path().join("copied");
        let _ = shared.clipboard.set(Clipboard::start(Arc::downgrade(&shared), copied));
        let console = Self { shared, listener: Mutex::default() };
        match joined {
            // It may be away: the link comes by itself when it is back.
            Some(joined) => console.begin(joined.technician)?,
            None if console.shared.home().setup_token().is_none() => {
                let proven = console.shared.http().sign_in().await.map_err(StartError::SignIn)?;
                console.begin(proven.technician)?;
            }
            None => {}
        }
        Ok(console)
    }

    /// There is a technician: the link opens.
    fn begin(&self, technician: TechnicianRecord) -> Result<(), NoEntropy> {
        *lock(&self.shared.technician) = Some(technician);
        let (link, events) = ConsoleLink::open(self.shared.http())?;
        *lock(&self.shared.link) = Some(link);
        let task = tokio::spawn(listen(Arc::downgrade(&self.shared), events));
        *lock(&self.listener) = Some(AbortOnDropHandle::new(task));
        Ok(())
    }

    /// Nobody follows the link to the relay any more.
    pub(crate) fn stops_listening(&self) {
        lock(&self.listener).take();
    }

    /// What the page needs first.
    #[must_use]
    pub fn boot(&self) -> Boot {
        let warnings = match &self.shared.place {
            KeyPlace::Keyring => Vec::new(),
            KeyPlace::File(path) => vec![Warning::KeyInFile { path: path.display().to_string() }],
        };
        Boot {
            technician: self.shared.technician(),
            presets: PresetView::all(),
            relay: self.shared.status(),
            warnings,
            version: env!("CARGO_PKG_VERSION").into(),
        }
    }

    /// The first start: the technician joins his own relay as its owner.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::BadInput`] for a name or company that cannot be one, [`IpcErrorCode::RelayRefused`] when it
    /// was done before.
    pub async fn set_up(&self, name: &str, company: &str) -> Result<Boot, IpcError> {
        let (name, company) = (name_of(name)?, name_of(company)?);
        let home = self.shared.home();
        let token =
            home.setup_token().ok_or(IpcError::of(IpcErrorCode::RelayRefused, "the relay has its owner already"))?;
        let proven = home.http.set_up(&token, name, company).await?;
        self.shared.begin_company().await;
        self.joined(proven.technician).await
    }

    /// The first start with a relay that runs elsewhere: the technician joins it as its owner, with the line it printed.
    /// The relay inside this process stops.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::BadInput`], [`IpcErrorCode::BadAddress`], [`IpcErrorCode::WrongToken`],
    /// [`IpcErrorCode::RelayAway`] when nobody answers there with an accepted certificate, and
    /// [`IpcErrorCode::RelayRefused`] when this console has a relay already.
    pub async fn join_relay(&self, name: &str, company: &str, address: &str, token: &str) -> Result<Boot, IpcError> {
        let _moving = self.shared.moving.lock().await;
        let (name, company) = (name_of(name)?, name_of(company)?);
        let (address, token) = (address_of(address)?, token_of(token)?);
        if self.shared.technician().is_some() {
            return Err(IpcError::of(IpcErrorCode::RelayRefused, "this console has a relay already"));
        }
        let Joining { home, joined, anew } = self.shared.joins(name, company, address, &token).await?;
        let number = self.shared.relays.add(&joined)?;
        let place = self.shared.relays.place(Some(number));
        // An invitation makes a technician; the company is its owner's.
        if anew && !token.is_invitation() {
            self.shared.begin_company_in(&place).await;
        }
        *lock(&self.shared.company) = Company::open(&place);
        *lock(&self.shared.vault) =
            Vault::open(&place).map_err(|error| IpcError::of(IpcErrorCode::CannotWrite, error.to_string()))?;
        self.shared.relays.choose(Some(number))?;
        let before = self.shared.move_to(home);
        before.stop().await;
        self.joined(joined.technician).await
    }

    /// The technician has joined: what the page needs now.
    pub(crate) async fn joined(&self, technician: TechnicianRecord) -> Result<Boot, IpcError> {
        self.begin(technician).map_err(|error| IpcError::of(IpcErrorCode::Internal, error.to_string()))?;
        // The page's first sight should not be of a relay that is about to be connected.
        let mut connected = self.shared.connected.subscribe();
        let _ = timeout(FIRST_CONNECTION, connected.wait_for(|connected| *connected == Connected::Yes)).await;
        Ok(self.boot())
    }

    /// Everything that happens from now on.
    #[must_use]
    pub fn events(&self) -> broadcast::Receiver<ConsoleEvent> {
        self.shared.events.subscribe()
    }

    /// Lets customers on the local network call.
    pub async fn open_lan(&self) -> RelayStatus {
        let error = self.shared.home().open_lan().await.err().map(|error| error.to_string());
        lock(&self.shared.network).lan_error = error;
        self.shared.tell_status()
    }

    /// Lets nobody outside this computer call any more.
    pub async fn close_lan(&self) -> RelayStatus {
        let error = self.shared.home().close_lan().await.err().map(|error| error.to_string());
        lock(&self.shared.network).lan_error = error;
        self.shared.tell_status()
    }

    /// The seat in a session.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::UnknownSession`] when it is over or not this console's.
    pub fn seat(&self, session: SessionId) -> Result<Arc<Seat>, IpcError> {
        self.shared.seat(session).ok_or_else(|| IpcError::of(IpcErrorCode::UnknownSession, "no seat in this session"))
    }

    /// This session is on the screen now: its customer's clipboard and the technician's are joined while the console's
    /// window has the keyboard.
    pub fn show_session(&self, session: Option<SessionId>) {
        self.shared.with_clipboard(|clipboard| clipboard.shown(session));
    }

    /// The console's window got or lost the keyboard.
    pub fn focus(&self, focus: Focus) {
        self.shared.with_clipboard(|clipboard| clipboard.focus(focus));
    }

    /// The technician pauses the clipboard one way, or opens it again.
    pub fn clipboard_flow(&self, session: SessionId, way: ClipboardWay, flow: Flow) {
        self.shared.with_clipboard(|clipboard| clipboard.flow(session, way, flow));
    }

    /// *Paste*: the customer's clipboard gets what the technician's holds, and then his machine the paste key.
    pub fn paste(&self, session: SessionId) {
        self.shared.with_clipboard(|clipboard| clipboard.paste(session));
    }

    /// The files that the customer has copied are fetched and put into the technician's clipboard.
    pub fn fetch_copied(&self, session: SessionId) {
        self.shared.with_clipboard(|clipboard| clipboard.fetch_copied(session));
    }

    /// Ends calls and relay in order: customers see that the technician has left, and their sessions wait for him.
    pub async fn shutdown(&self) {
        lock(&self.listener).take();
        lock(&self.shared.dragging).take();
        lock(&self.shared.seats).clear();
        let closed = self.shared.clipboard.get().map(Clipboard::close);
        if let Some(closed) = closed {
            // What customers have copied goes with the program.
            let _ = closed.await;
        }
        let link = lock(&self.shared.link).take();
        if let Some(link) = link {
            link.close().await;
        }
        self.shared.home().stop().await;
    }
}

impl Shared {
    pub(crate) fn technician(&self) -> Option<TechnicianRecord> {
        lock(&self.technician).clone()
    }

    /// He is called otherwise from now on.
    pub(crate) fn set_technician(&self, technician: TechnicianRecord) {
        *lock(&self.technician) = Some(technician);
    }

    /// The relay as it is now; the first start may exchange it.
    pub(crate) fn home(&self) -> Arc<Home> {
        Arc::clone(&lock(&self.home))
    }

    /// The console is at home there from now on, and has nothing to do with the relay before; gives that back.
    pub(crate) fn move_to(&self, home: Home) -> Arc<Home> {
        self.connected.send_replace(Connected::No);
        *lock(&self.network) = Network::default();
        std::mem::replace(&mut *lock(&self.home), Arc::new(home))
    }

    /// Every seat is given up: customers see that the technician has left, and their sessions wait for him.
    pub(crate) fn leave_all(&self) {
        let seats = std::mem::take(&mut *lock(&self.seats));
        for session in seats.keys() {
            self.with_clipboard(|clipboard| clipboard.over(*session));
        }
        drop(seats);
        lock(&self.ways).clear();
    }

    /// The link to the relay, for whoever closes it.
    pub(crate) fn take_link(&self) -> Option<ConsoleLink> {
        lock(&self.link).take()
    }

    /// Where what belongs to the present relay is kept.
    pub(crate) fn here(&self) -> Result<PathBuf, crate::home::HomeError> {
        Ok(self.relays.place(self.relays.current()?))
    }

    pub(crate) fn http(&self) -> ConsoleHttp {
        self.home().http.clone()
    }

    pub(crate) fn status(&self) -> RelayStatus {
        let home = self.home();
        let network = lock(&self.network);
        RelayStatus {
            place: home.place(),
            connected: *self.connected.borrow() == Connected::Yes,
            address: home.address().to_string(),
            public_addresses: home.public_addresses().iter().map(ToString::to_string).collect(),
            lan_error: network.lan_error.clone(),
        }
    }

    /// A laptop that moves to another network has other addresses.
    fn look_at_addresses(&self) {
        let addresses = self.home().public_addresses();
        if lock(&self.network).told != addresses {
            self.tell_status();
        }
    }

    fn tell_status(&self) -> RelayStatus {
        let status = self.status();
        lock(&self.network).told = self.home().public_addresses();
        self.tell(ConsoleEvent::Relay { status: status.clone() });
        status
    }

    /// Waits until the link to the relay stands; false when the console is gone before. Does not keep the console.
    pub(crate) fn connection(&self) -> impl Future<Output = bool> + Send + use<> {
        let mut connected = self.connected.subscribe();
        async move { connected.wait_for(|connected| *connected == Connected::Yes).await.is_ok() }
    }

    pub(crate) fn tell(&self, event: ConsoleEvent) {
        // Nobody listens before the page is there.
        let _ = self.events.send(event);
    }

    pub(crate) fn seat(&self, session: SessionId) -> Option<Arc<Seat>> {
        lock(&self.seats).get(&session).cloned()
    }

    /// Every seat that is taken.
    pub(crate) fn all_seats(&self) -> Vec<Arc<Seat>> {
        lock(&self.seats).values().cloned().collect()
    }

    fn ways(&self, session: SessionId) -> Ways {
        lock(&self.ways).entry(session).or_default().clone()
    }

    /// Takes a seat in an open session, unless there is one or nothing is known to recognise its helper by.
    pub(crate) fn take_seat(&self, session: SessionId) -> Option<Arc<Seat>> {
        let technician = self.technician()?;
        let mut seats = lock(&self.seats);
        if let Some(seat) = seats.get(&session) {
            return Some(Arc::clone(seat));
        }
        let entry = lock(&self.vault).get(session)?.clone();
        let config = CallConfig {
            session,
            identity: Arc::clone(&self.identity),
            introduction: self.introduction(technician),
            spoken: entry.spoken.as_ref().and_then(crate::vault::Kept::secret),
            link: entry.link.as_ref().and_then(crate::vault::Kept::secret),
            pinned: entry.pinned,
            failures: entry.failures,
            peer: PeerConfig { ways: self.ways(session), ..PeerConfig::default() },
        };
        let me = self.me.get()?.clone();
        let shown = me.clone();
        let tell = move |session, event| {
            if let Some(shared) = me.upgrade() {
                shared.call_event(session, event);
            }
        };
        let show = move |session, queue| {
            if let Some(shared) = shown.upgrade() {
                shared.tell(ConsoleEvent::Files { session, queue });
            }
        };
        let seat = Seat::take(config, tell, show);
        match seat {
            Ok(seat) => {
                let seat = Arc::new(seat);
                seats.insert(session, Arc::clone(&seat));
                Some(seat)
            }
            Err(error) => {
                tracing::error!(%error, "no seat");
                None
            }
        }
    }

    fn call_event(&self, session: SessionId, event: CallEvent) {
        match event {
            CallEvent::Signal(signal) => self.pass(&ConsoleToRelay::Signal { session, signal }),
            CallEvent::Report(report) => self.pass(&ConsoleToRelay::Report { session, report }),
            CallEvent::Begun => self.with_clipboard(|clipboard| clipboard.begun(session)),
            CallEvent::Clipboard(message) => self.with_clipboard(|clipboard| clipboard.heard(session, message)),
            CallEvent::State(call) => {
                self.with_clipboard(|clipboard| match &call {
                    CallState::Live { granted, .. } => clipboard.granted(session, granted.iter().copied()),
                    CallState::Over { .. } => clipboard.over(session),
                    _ => clipboard.granted(session, []),
                });
                self.customer_may_call(session, &call);
                self.tell(ConsoleEvent::Call { session, call });
            }
            CallEvent::NeedsRelay => {
                if let Some(link) = &*lock(&self.link) {
                    link.doubt();
                }
            }
            CallEvent::Machine(news) => self.tell(ConsoleEvent::Machine { session, news }),
            CallEvent::Room(news) => self.tell(ConsoleEvent::Room { session, news }),
            CallEvent::Stats(stats) => self.tell(ConsoleEvent::Stats { session, stats }),
            CallEvent::Pinned(key) => self.remember(session, |entry| entry.pinned = Some(key)),
            CallEvent::WrongCode { failures } => self.remember(session, |entry| entry.failures = failures),
            // Theirs is the window.
            CallEvent::Frame(_) | CallEvent::Tiles(_) | CallEvent::Cursor(_) => {}
        }
    }

    pub(crate) fn with_clipboard(&self, tell: impl FnOnce(&Clipboard)) {
        if let Some(clipboard) = self.clipboard.get() {
            tell(clipboard);
        }
    }

    pub(crate) fn remember(&self, session: SessionId, change: impl FnOnce(&mut crate::vault::Entry)) {
        if let Err(error) = lock(&self.vault).change(session, change) {
            tracing::error!(%error, "not remembered");
        }
    }

    /// Sends by the socket.
    pub(crate) fn send(&self, message: &ConsoleToRelay) -> Result<(), SendError> {
        lock(&self.link).as_ref().map_or(Err(SendError::NotConnected), |link| link.send(message))
    }

    /// Sends what begins anew by itself once the relay is back.
    fn pass(&self, message: &ConsoleToRelay) {
        if let Err(error) = self.send(message) {
            tracing::debug!(%error, "not sent");
        }
    }

    /// The record of a session is new.
    pub(crate) fn session_changed(&self, session: SessionRecord) {
        let id = session.id;
        self.customer_may_wait(&session);
        if session.ended_at.is_some() {
            let reason = session.end_reason.unwrap_or(EndReason::Interrupted);
            self.leave(id, reason);
            if let Err(error) = lock(&self.vault).forget(id) {
                tracing::error!(%error, "secrets of a session that is over stay in their file");
            }
        } else if let Some(seat) = self.take_seat(id) {
            seat.helper(if session.helper_online { Presence::Here } else { Presence::Away });
        }
        self.tell(ConsoleEvent::Session { session });
    }

    /// Ends the call of a session that is over. The seat stays until its call has said so.
    fn leave(&self, session: SessionId, reason: EndReason) {
        lock(&self.ways).remove(&session);
        self.end_drag(session);
        let Some(seat) = lock(&self.seats).remove(&session) else { return };
        tokio::spawn(async move { seat.call().end(reason).await });
    }
}

pub(crate) fn name_of(text: &str) -> Result<Name, IpcError> {
    let name = Name::new(text.trim()).map_err(|error| IpcError::of(IpcErrorCode::BadInput, error.to_string()))?;
    if name.is_blank() { Err(IpcError::of(IpcErrorCode::BadInput, "a name is empty")) } else { Ok(name) }
}

/// Follows the link to the relay for as long as the console is there.
async fn listen(shared: Weak<Shared>, mut events: mpsc::Receiver<ConsoleLinkEvent>) {
    let mut addresses = interval(ADDRESSES);
    let mut viewing = interval(VIEWING_SAID);
    let mut company = interval_at(Instant::now() + TENDED, TENDED);
    let mut viewed = Vec::new();
    loop {
        let event = tokio::select! {
            event = events.recv() => event,
            _ = addresses.tick() => {
                if let Some(shared) = shared.upgrade() {
                    shared.look_at_addresses();
                }
                continue;
            }
            _ = company.tick() => {
                if let Some(shared) = shared.upgrade() {
                    shared.tend_company().await;
                }
                continue;
            }
            _ = viewing.tick() => {
                if let Some(shared) = shared.upgrade() {
                    viewed = shared.say_viewing(viewed);
                }
                continue;
            }
        };
        let (Some(event), Some(shared)) = (event, shared.upgrade()) else { return };
        match event {
            ConsoleLinkEvent::Connected => {
                shared.connected(Connected::Yes);
                // First who the technician is, for the calls that begin with what comes next.
                shared.tend_company().await;
                shared.catch_up().await;
            }
            ConsoleLinkEvent::Disconnected { .. } => shared.connected(Connected::No),
            ConsoleLinkEvent::Stopped { reason } => {
                tracing::error!(%reason, "the link to the relay has stopped");
                shared.connected(Connected::No);
            }
            ConsoleLinkEvent::Message(RelayToConsole::CompanyChanged) => shared.tend_company().await,
            ConsoleLinkEvent::Message(RelayToConsole::SettingsChanged) => shared.tell(ConsoleEvent::Settings),
            ConsoleLinkEvent::Message(message) => shared.message(message),
        }
    }
}

impl Shared {
    fn connected(&self, connected: Connected) {
        self.connected.send_replace(connected);
        if connected == Connected::No {
            // Helpers that are still there are told of when the relay is back; calls that stand go on.
            for seat in lock(&self.seats).values() {
                seat.helper(Presence::Away);
            }
        }
        self.tell_status();
    }

    /// Says whose screens are looked at, as long as there are any and once when there are none any more.
    fn say_viewing(&self, before: Vec<SessionId>) -> Vec<SessionId> {
        let watched = |(id, seat): (&SessionId, &Arc<Seat>)| seat.is_watched().then_some(*id);
        let mut sessions: Vec<SessionId> = lock(&self.seats).iter().filter_map(watched).collect();
        sessions.truncate(VIEWED);
        if !sessions.is_empty() || !before.is_empty() {
            self.pass(&ConsoleToRelay::Viewing { sessions: sessions.clone() });
        }
        sessions
    }

    fn message(&self, message: RelayToConsole) {
        match message {
            // Those of the company and of settings are taken before.
            RelayToConsole::Welcome | RelayToConsole::CompanyChanged | RelayToConsole::SettingsChanged => {}
            RelayToConsole::SessionChanged { session } => {
                if self.technician().is_some_and(|own| own.id == session.technician) {
                    self.invited(&session);
                }
                self.session_changed(session);
            }
            RelayToConsole::TemplatesUpdated => self.tell(ConsoleEvent::Templates),
            RelayToConsole::RequestChanged { request } => self.request_changed(request),
            RelayToConsole::DeviceChanged { device } => self.tell(ConsoleEvent::Device { device }),
            RelayToConsole::SessionRemoved { session } => self.tell(ConsoleEvent::SessionRemoved { session }),
            RelayToConsole::DeviceRemoved { device } => self.tell(ConsoleEvent::DeviceRemoved { device }),
            RelayToConsole::Signal { session, signal } => {
                if let Some(seat) = self.seat(session) {
                    seat.call().signal(signal);
                }
            }
            RelayToConsole::Detour { session, detour } => {
                self.ways(session).learn(self.http().route().clone(), detour);
            }
            RelayToConsole::Chat { message } => self.tell(ConsoleEvent::Chat { message }),
            RelayToConsole::ChatMarks { session, marks } => self.tell(ConsoleEvent::ChatMarks { session, marks }),
            RelayToConsole::Error { session, error } => {
                tracing::warn!(?session, code = ?error.code, "the relay refused a message");
            }
        }
    }

    /// What happened to open sessions while the link was down, or this console not running.
    async fn catch_up(&self) {
        let open = lock(&self.vault).sessions();
        for session in open {
            let ending = lock(&self.vault).get(session).is_some_and(|entry| entry.ending);
            let record =
                if ending { self.http().end_session(session).await } else { self.http().session(session).await };
            match record {
                Ok(record) => self.session_changed(record),
                // The relay's data was put back or away: nothing will ever come of this session.
                Err(error) if error.code() == Some(ErrorCode::NotFound) => {
                    self.leave(session, EndReason::Interrupted);
                    if let Err(error) = lock(&self.vault).forget(session) {
                        tracing::error!(%error, "secrets of an unknown session stay in their file");
                    }
                }
                Err(error) => tracing::warn!(%session, %error, "session not known to the relay"),
            }
        }
    }
}
