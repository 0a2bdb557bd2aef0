//! The one session: how it is made, what it shows, and that it is closed.

use std::{
    collections::HashMap,
    os::fd::{FromRawFd as _, OwnedFd},
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use gio::{
    BusType, Cancellable, DBusCallFlags, DBusConnection, DBusSignalFlags, UnixFDList,
    glib::{self, MainContext, Variant, VariantDict, variant::ObjectPath},
    prelude::*,
};

/// Whom it talks to.
pub(crate) const PORTAL: &str = "org.freedesktop.portal.Desktop";
pub(crate) const OBJECT: &str = "/org/freedesktop/portal/desktop";
const SCREEN_CAST: &str = "org.freedesktop.portal.ScreenCast";
pub(crate) const REMOTE_DESKTOP: &str = "org.freedesktop.portal.RemoteDesktop";
const SESSION: &str = "org.freedesktop.portal.Session";
const REQUEST: &str = "org.freedesktop.portal.Request";

/// For the portal to take a request.
pub(crate) const CALL: Duration = Duration::from_secs(10);
/// For a person to answer the system's question.
const ANSWER: Duration = Duration::from_secs(60);
/// How often it is looked whether he has.
const LOOK: Duration = Duration::from_millis(20);

/// `types` of `SelectSources`: whole monitors.
const MONITORS: u32 = 1;
/// `types` of `SelectDevices`: keyboard and pointer.
const HANDS: u32 = 1 | 2;
/// `cursor_mode`: in the picture, or beside it as data.
const EMBEDDED: u32 = 2;
const METADATA: u32 = 4;
/// `persist_mode`: as long as the program runs.
const THIS_RUN: u32 = 1;

/// Why there is no session.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PortalError {
    /// There is no portal, or it does not show the screen.
    #[error("this desktop has no portal for its screen: {0}")]
    Missing(String),
    /// The customer said no in the system's dialog, or did not answer.
    #[error("the system's question was not answered with yes")]
    Refused,
    /// It answered otherwise than it should.
    #[error("the portal answers otherwise than it should: {0}")]
    Strange(&'static str),
    /// The session was closed: by the customer in the system's own indicator, or by the system.
    #[error("the system has ended what it showed")]
    Closed,
}

pub(crate) fn missing(error: &glib::Error) -> PortalError {
    PortalError::Missing(error.message().to_owned())
}

/// One monitor that the customer chose to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// Its node in PipeWire.
    pub node: u32,
    /// Its corner in the desktop's coordinates.
    pub position: (i32, i32),
    /// Its size in the same; `None` where the portal does not say.
    pub size: Option<(i32, i32)>,
}

/// The session that the customer allowed. It is closed when the last user drops it.
#[derive(Debug)]
pub struct Session {
    pub(crate) connection: DBusConnection,
    pub(crate) handle: ObjectPath,
    pub(crate) streams: Vec<Stream>,
    /// What may be moved; nothing where the portal only shows.
    pub(crate) devices: u32,
    cursor_beside: bool,
    closed: AtomicBool,
    /// How many pixels the pictures of each stream have.
    pixels: Mutex<HashMap<u32, (i32, i32)>>,
}

/// The one session of this program, if there is one.
static CURRENT: Mutex<Weak<Session>> = Mutex::new(Weak::new());
/// With this the portal knows again what the customer chose. It is kept nowhere else.
static TOKEN: Mutex<Option<String>> = Mutex::new(None);

/// Whether this process belongs to a Wayland session, whose screen no X server shows.
#[must_use]
pub fn is_wayland() -> bool {
    std::env::var_os("WAYLAND_DISPLAY").is_some_and(|display| !display.is_empty())
}

/// The program's one session; asks the customer if there is none, and waits for his answer.
///
/// # Errors
///
/// [`PortalError`].
pub fn share() -> Result<Arc<Session>, PortalError> {
    let mut current = CURRENT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(session) = current.upgrade().filter(|session| !session.is_closed()) {
        return Ok(session);
    }
    let session = Arc::new(Session::open()?);
    *current = Arc::downgrade(&session);
    Ok(session)
}

/// The program's one session, if it stands: nobody is asked.
#[must_use]
pub fn standing() -> Option<Arc<Session>> {
    let current = CURRENT.lock().unwrap_or_else(PoisonError::into_inner);
    current.upgrade().filter(|session| !session.is_closed())
}

impl Session {
    fn open() -> Result<Self, PortalError> {
        // Signals are delivered here alone.
        let context = MainContext::new();
        context
            .with_thread_default(|| Opening::begin(&context)?.open())
            .map_err(|_| PortalError::Strange("no main context"))?
    }

    /// What the customer chose to show, at least one.
    #[must_use]
    pub fn streams(&self) -> &[Stream] {
        &self.streams
    }

    /// Whether the pointer comes beside the picture and is not drawn into it.
    #[must_use]
    pub const fn has_cursor_beside(&self) -> bool {
        self.cursor_beside
    }

    /// Whether the system has ended it, as far as anybody has noticed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Somebody has noticed that the system has ended it: whoever comes next asks anew.
    pub fn has_closed(&self) {
        self.closed.store(true, Ordering::Release);
    }

    /// The pictures of a stream have so many pixels; the desktop's own coordinates may be coarser.
    pub fn has_pixels(&self, node: u32, width: u16, height: u16) {
        let mut pixels = self.pixels.lock().unwrap_or_else(PoisonError::into_inner);
        pixels.insert(node, (width.into(), height.into()));
    }

    /// Width and height of a stream's pictures, as far as they are known.
    pub(crate) fn pixels_of(&self, stream: &Stream) -> Option<(i32, i32)> {
        let pixels = self.pixels.lock().unwrap_or_else(PoisonError::into_inner);
        pixels.get(&stream.node).copied().or(stream.size)
    }

    /// A connection to PipeWire that shows these streams and nothing else.
    ///
    /// # Errors
    ///
    /// [`PortalError`].
    pub fn pipewire(&self) -> Result<OwnedFd, PortalError> {
        let options: HashMap<String, Variant> = HashMap::new();
        let parameters = (self.handle.clone(), options).to_variant();
        let (answer, list) = self
            .connection
            .call_with_unix_fd_list_sync(
                Some(PORTAL),
                OBJECT,
                SCREEN_CAST,
                "OpenPipeWireRemote",
                Some(&parameters),
                None,
                DBusCallFlags::NONE,
                millis(CALL),
                UnixFDList::NONE,
                Cancellable::NONE,
            )
            .map_err(|error| missing(&error))?;
        let at = answer.child_value(0).get::<glib::variant::Handle>().map_or(0, |handle| handle.0);
        let at = usize::try_from(at).map_err(|_| PortalError::Strange("no such descriptor"))?;
        take(&list, at).ok_or(PortalError::Strange("no descriptor"))
    }
}

#[allow(unsafe_code, reason = "descriptors come as numbers, which are owned from here on")]
fn take(list: &UnixFDList, at: usize) -> Option<OwnedFd> {
    // SAFETY: what is stolen from the list is open, and nobody else's any more.
    let all = list.steal_fds().into_iter().map(|fd| unsafe { OwnedFd::from_raw_fd(fd) });
    all.collect::<Vec<_>>().into_iter().nth(at)
}

impl Drop for Session {
    fn drop(&mut self) {
        if !self.is_closed() {
            let closed = self.connection.call_sync(
                Some(PORTAL),
                self.handle.as_str(),
                SESSION,
                "Close",
                None,
                None,
                DBusCallFlags::NONE,
                millis(CALL),
                Cancellable::NONE,
            );
            if let Err(error) = closed {
                tracing::warn!(%error, "the portal's session is not closed");
            }
        }
    }
}

pub(crate) fn millis(time: Duration) -> i32 {
    i32::try_from(time.as_millis()).unwrap_or(i32::MAX)
}

/// A session that is being made.
struct Opening<'context> {
    context: &'context MainContext,
    connection: DBusConnection,
    /// This program's name on the bus, as it stands in paths.
    own: String,
}

impl<'context> Opening<'context> {
    fn begin(context: &'context MainContext) -> Result<Self, PortalError> {
        let connection = gio::bus_get_sync(BusType::Session, Cancellable::NONE).map_err(|error| missing(&error))?;
        // Else the loss of the bus would end the program.
        connection.set_exit_on_close(false);
        let name = connection.unique_name().ok_or(PortalError::Strange("no name on the bus"))?;
        let own = name.trim_start_matches(':').replace('.', "_");
        Ok(Self { context, connection, own })
    }

    fn open(&self) -> Result<Session, PortalError> {
        let modes = self.number(SCREEN_CAST, "AvailableCursorModes")?;
        // A portal that only shows has no such interface.
        let moves = self.number(REMOTE_DESKTOP, "AvailableDeviceTypes").unwrap_or(0) & HANDS;
        let interface = if moves == 0 { SCREEN_CAST } else { REMOTE_DESKTOP };
        let session_token = token();
        let options = dict(&[("session_handle_token", session_token.to_variant())]);
        let made = self.ask(interface, "CreateSession", CALL, |options| (options,).to_variant(), options)?;
        let handle = made.lookup_value("session_handle", None);
        let handle = handle.as_ref().and_then(Variant::str).ok_or(PortalError::Strange("no session"))?;
        let handle = ObjectPath::try_from(handle).map_err(|_| PortalError::Strange("no session"))?;
        // Dropped on the way, it is closed.
        let cursor_beside = modes & METADATA != 0;
        let mut session = Session {
            connection: self.connection.clone(),
            handle: handle.clone(),
            streams: Vec::new(),
            devices: 0,
            cursor_beside,
            closed: AtomicBool::new(false),
            pixels: Mutex::default(),
        };
        let remembered = TOKEN.lock().unwrap_or_else(PoisonError::into_inner).take();
        let remember = |options: &VariantDict| {
            options.insert("persist_mode", THIS_RUN);
            if let Some(token) = &remembered {
                options.insert("restore_token", token.as_str());
            }
        };
        if moves != 0 {
            let options = dict(&[("types", moves.to_variant())]);
            remember(&options);
            self.ask(interface, "SelectDevices", CALL, |o| (handle.clone(), o).to_variant(), options)?;
        }
        let cursor = if cursor_beside { METADATA } else { EMBEDDED };
        let options = dict(&[
            ("types", MONITORS.to_variant()),
            ("multiple", true.to_variant()),
            ("cursor_mode", cursor.to_variant()),
        ]);
        if moves == 0 {
            remember(&options);
        }
        self.ask(SCREEN_CAST, "SelectSources", CALL, |o| (handle.clone(), o).to_variant(), options)?;
        let started = self.ask(interface, "Start", ANSWER, |o| (handle.clone(), "", o).to_variant(), dict(&[]))?;
        session.devices = started.lookup::<u32>("devices").ok().flatten().unwrap_or(0) & moves;
        session.streams = streams(&started);
        *TOKEN.lock().unwrap_or_else(PoisonError::into_inner) = started.lookup("restore_token").ok().flatten();
        if session.streams.is_empty() {
            return Err(PortalError::Refused);
        }
        tracing::info!(streams = session.streams.len(), devices = session.devices, "the portal shows the screen");
        Ok(session)
    }

    /// A number that the portal says of itself.
    fn number(&self, interface: &str, name: &str) -> Result<u32, PortalError> {
        let answer = self
            .connection
            .call_sync(
                Some(PORTAL),
                OBJECT,
                "org.freedesktop.DBus.Properties",
                "Get",
                Some(&(interface, name).to_variant()),
                None,
                DBusCallFlags::NONE,
                millis(CALL),
                Cancellable::NONE,
            )
            .map_err(|error| missing(&error))?;
        answer.child_value(0).as_variant().and_then(|value| value.get()).ok_or(PortalError::Strange("no number"))
    }

    /// One request: the answer comes as a signal, when the customer has given it.
    fn ask(
        &self,
        interface: &str,
        method: &str,
        patience: Duration,
        parameters: impl FnOnce(HashMap<String, Variant>) -> Variant,
        options: VariantDict,
    ) -> Result<VariantDict, PortalError> {
        let token = token();
        options.insert("handle_token", token.as_str());
        let path = format!("{OBJECT}/request/{}/{token}", self.own);
        let answer = std::rc::Rc::new(std::cell::RefCell::new(None));
        let heard = std::rc::Rc::clone(&answer);
        let subscription = self.connection.signal_subscribe(
            Some(PORTAL),
            Some(REQUEST),
            Some("Response"),
            Some(&path),
            None,
            DBusSignalFlags::NONE,
            move |_, _, _, _, _, said| {
                heard.replace(said.get::<(u32, HashMap<String, Variant>)>());
            },
        );
        let options: HashMap<String, Variant> = options.end().get().unwrap_or_default();
        let called = self.connection.call_sync(
            Some(PORTAL),
            OBJECT,
            interface,
            method,
            Some(&parameters(options)),
            None,
            DBusCallFlags::NONE,
            millis(CALL),
            Cancellable::NONE,
        );
        let end = std::time::Instant::now() + patience;
        let waited = called.map(|_| {
            while answer.borrow().is_none() && std::time::Instant::now() < end {
                if !self.context.iteration(false) {
                    std::thread::sleep(LOOK);
                }
            }
        });
        self.connection.signal_unsubscribe(subscription);
        waited.map_err(|error| missing(&error))?;
        match answer.take() {
            Some((0, results)) => {
                let found = VariantDict::new(None);
                results.iter().for_each(|(name, value)| found.insert_value(name, value));
                Ok(found)
            }
            Some(_) | None => Err(PortalError::Refused),
        }
    }
}

/// No other request of this program has it.
fn token() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("deskhand{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

fn dict(entries: &[(&str, Variant)]) -> VariantDict {
    let dict = VariantDict::new(None);
    entries.iter().for_each(|(name, value)| dict.insert_value(name, value));
    dict
}

/// `a(ua{sv})`.
fn streams(started: &VariantDict) -> Vec<Stream> {
    let Some(list) = started.lookup_value("streams", None) else { return Vec::new() };
    let one = |stream: Variant| {
        let node = stream.try_child_value(0)?.get()?;
        let facts = VariantDict::new(stream.try_child_value(1).as_ref());
        let pair = |name: &str| facts.lookup::<(i32, i32)>(name).ok().flatten();
        Some(Stream { node, position: pair("position").unwrap_or_default(), size: pair("size") })
    };
    if !list.is_container() {
        return Vec::new();
    }
    list.iter().filter_map(one).collect()
}
