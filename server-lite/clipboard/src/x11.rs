//! The clipboard of an X display (ICCCM section 2): changes by XFIXES notification, long content piece by piece (INCR)
//! in both directions, content that is owned here handed over when a program pastes it.
//!
//! One thread owns the connection and waits for the display and for orders; it answers no program with content that it
//! was not told to hand over, and a program that stops in the middle is given up.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    os::fd::{AsFd, OwnedFd},
    sync::{Arc, mpsc},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use bytes::Bytes;
use deskhand_protocol::call::clipboard::{ClipboardKind, Mark};
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use x11rb::{
    connection::Connection as _,
    errors::{ConnectionError, ReplyError},
    protocol::{
        Event,
        xfixes::{ConnectionExt as _, SelectionEventMask},
        xproto::{
            Atom, ConnectionExt as _, CreateWindowAux, EventMask, Property, PropertyNotifyEvent, Timestamp, Window,
            WindowClass,
        },
    },
    rust_connection::RustConnection,
};

use crate::system::{NoClipboard, SystemEvent};

mod atoms;
mod own;
mod read;

use atoms::Atoms;
use own::{Asked, Handing};
use read::Reading;

/// How long a program may take for the next piece of its content.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long the other end may take for content that a program here pastes; programs give up much earlier.
const LONG_PATIENCE: Duration = Duration::from_secs(120);
/// How often it is looked whether somebody is to be given up, while anybody is waited for.
const LOOK: Duration = Duration::from_millis(250);
/// Content of one property; longer content is handed over in pieces of this.
const PIECE: usize = 192 * 1024;
/// Programs that may be served at the same time.
const SERVED: usize = 32;

type Tell = Box<dyn Fn(SystemEvent) + Send>;

enum Order {
    Own { serial: u32, kinds: BTreeSet<ClipboardKind>, mark: Mark },
    Clear,
    Read { read: u32, kind: ClipboardKind, limit: usize },
    Provide { want: u32, content: Option<Bytes> },
}

/// The clipboard. Dropping it takes what it owns out of the clipboard.
#[derive(Debug)]
pub struct System {
    orders: Option<mpsc::Sender<Order>>,
    wake: Arc<OwnedFd>,
    thread: Option<JoinHandle<()>>,
}

impl System {
    /// Opens the clipboard of a display, or of the one that the environment names. `tell` is called on the clipboard's
    /// own thread and must return at once; what is in the clipboard now is told as a change.
    ///
    /// # Errors
    ///
    /// [`NoClipboard`] when there is no such display or it cannot tell of changes.
    pub fn open(display: Option<&str>, tell: impl Fn(SystemEvent) + Send + 'static) -> Result<Self, NoClipboard> {
        let no = |what: &dyn std::fmt::Display| NoClipboard(what.to_string());
        let wake = Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).map_err(|error| no(&error))?);
        let (connection, screen) = x11rb::connect(display).map_err(|error| no(&error))?;
        let (orders, queue) = mpsc::channel();
        let mut worker = Worker::new(connection, screen, Box::new(tell)).map_err(|error| no(&error))?;
        let waker = Arc::clone(&wake);
        let run = move || {
            if let Err(error) = worker.run(&queue, &waker) {
                tracing::debug!(%error, "the clipboard's display is gone");
                (worker.tell)(SystemEvent::Closed);
            }
        };
        let thread = std::thread::Builder::new().name("clipboard".to_owned()).spawn(run).map_err(|error| no(&error))?;
        Ok(Self { orders: Some(orders), wake, thread: Some(thread) })
    }

    /// Puts content into the clipboard that is handed over only when a program wants it. `serial` names it;
    /// what is marked as secret is kept out of the histories of clipboard managers.
    pub fn own(&self, serial: u32, kinds: BTreeSet<ClipboardKind>, mark: Mark) {
        self.order(Order::Own { serial, kinds, mark });
    }

    /// Takes out of the clipboard what was put there by [`own`](Self::own), if it still is there.
    pub fn clear(&self) {
        self.order(Order::Clear);
    }

    /// Reads what is in the clipboard, of at most `limit` bytes. The answer names `read`.
    pub fn read(&self, read: u32, kind: ClipboardKind, limit: usize) {
        self.order(Order::Read { read, kind, limit });
    }

    /// Hands over what [`SystemEvent::Wanted`] asked for, or says that there is none.
    pub fn provide(&self, want: u32, content: Option<Bytes>) {
        self.order(Order::Provide { want, content });
    }

    fn order(&self, order: Order) {
        // A thread whose display is gone has said so.
        if let Some(orders) = &self.orders {
            let _ = orders.send(order);
            self.wake();
        }
    }

    fn wake(&self) {
        // Fails only when the counter is full, and then the waiter wakes anyway.
        let _ = rustix::io::write(&*self.wake, &1u64.to_ne_bytes());
    }
}

impl Drop for System {
    fn drop(&mut self) {
        self.orders = None;
        self.wake();
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// What the thread works with.
struct Worker {
    connection: RustConnection,
    atoms: Atoms,
    root: Window,
    /// Owns the selection, and nothing else.
    window: Window,
    tell: Tell,
    /// The forms of what is owned here, and how it is marked.
    own: Option<(BTreeSet<ClipboardKind>, Mark)>,
    /// Programs that wait for the other end, by the number of their question.
    asked: HashMap<u32, Asked>,
    asks: u32,
    /// Programs that take long content piece by piece.
    handing: HashMap<(Window, Atom), Handing>,
    /// What is being read from another program, each by a window of its own.
    reading: HashMap<Window, Reading>,
    /// By which names the content there now can be read.
    names: BTreeMap<ClipboardKind, Atom>,
}

impl Worker {
    fn new(connection: RustConnection, screen: usize, tell: Tell) -> Result<Self, ReplyError> {
        let atoms = Atoms::new(&connection)?.reply()?;
        let root = connection.setup().roots.get(screen).map_or(0, |screen| screen.root);
        connection.xfixes_query_version(5, 0)?.reply()?;
        let window = new_window(&connection, root)?;
        let changes = SelectionEventMask::SET_SELECTION_OWNER
            | SelectionEventMask::SELECTION_WINDOW_DESTROY
            | SelectionEventMask::SELECTION_CLIENT_CLOSE;
        connection.xfixes_select_selection_input(window, atoms.CLIPBOARD, changes)?.check()?;
        Ok(Self {
            connection,
            atoms,
            root,
            window,
            tell,
            own: None,
            asked: HashMap::new(),
            asks: 0,
            handing: HashMap::new(),
            reading: HashMap::new(),
            names: BTreeMap::new(),
        })
    }

    fn run(&mut self, orders: &mpsc::Receiver<Order>, wake: &OwnedFd) -> Result<(), ReplyError> {
        // Nobody tells of what was there before.
        let owner = self.connection.get_selection_owner(self.atoms.CLIPBOARD)?.reply()?.owner;
        self.changed(owner)?;
        loop {
            loop {
                match orders.try_recv() {
                    Ok(order) => self.carry_out(order)?,
                    Err(mpsc::TryRecvError::Empty) => break,
                    // With its connection goes what it owned.
                    Err(mpsc::TryRecvError::Disconnected) => return Ok(()),
                }
            }
            let mut idle = true;
            while let Some(event) = self.connection.poll_for_event()? {
                idle = false;
                self.handle(event)?;
            }
            self.give_up(Instant::now())?;
            self.connection.flush()?;
            if idle {
                self.wait(wake)?;
            }
        }
    }

    fn wait(&self, wake: &OwnedFd) -> Result<(), ConnectionError> {
        let waiting = !(self.asked.is_empty() && self.handing.is_empty() && self.reading.is_empty());
        let look = Timespec::try_from(LOOK).ok().filter(|_| waiting);
        let mut sources = [
            PollFd::new(self.connection.stream(), PollFlags::IN),
            PollFd::from_borrowed_fd(wake.as_fd(), PollFlags::IN),
        ];
        match poll(&mut sources, look.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(ConnectionError::IoError(error.into())),
        }
        // Would block when there is nothing to take back.
        let _ = rustix::io::read(wake, &mut [0; 8]);
        Ok(())
    }

    fn carry_out(&mut self, order: Order) -> Result<(), ReplyError> {
        match order {
            Order::Own { serial, kinds, mark } => self.own(serial, kinds, mark),
            Order::Clear => self.clear(),
            Order::Read { read, kind, limit } => self.begin_read(read, kind, limit),
            Order::Provide { want, content } => self.provide(want, content),
        }
    }

    fn handle(&mut self, event: Event) -> Result<(), ReplyError> {
        match event {
            Event::XfixesSelectionNotify(event)
                if event.selection == self.atoms.CLIPBOARD && event.owner != self.window =>
            {
                self.changed(event.owner)?;
            }
            Event::SelectionClear(event) if event.selection == self.atoms.CLIPBOARD => self.own = None,
            Event::SelectionRequest(event) => self.asked_for(&event)?,
            Event::SelectionNotify(event) => self.answered(event.requestor, event.property)?,
            Event::PropertyNotify(event) => self.property(&event)?,
            // Of a program that has gone meanwhile: it is given up in time.
            Event::Error(error) => tracing::trace!(?error, "the display refused something"),
            _ => {}
        }
        Ok(())
    }

    fn property(&mut self, event: &PropertyNotifyEvent) -> Result<(), ReplyError> {
        match event.state {
            Property::NEW_VALUE => self.more_to_read(event.window, event.atom),
            _ => self.taken(event.window, event.atom),
        }
    }

    /// The content is another program's now, or nobody's.
    fn changed(&mut self, owner: Window) -> Result<(), ReplyError> {
        self.own = None;
        self.names.clear();
        self.stop_reading()?;
        if owner == 0 {
            (self.tell)(SystemEvent::Changed { kinds: BTreeSet::new(), mark: Mark::Plain });
            return Ok(());
        }
        self.ask_for_targets()
    }

    fn give_up(&mut self, now: Instant) -> Result<(), ReplyError> {
        self.give_up_reading(now)?;
        self.give_up_serving(now)
    }
}

/// A window that nobody sees, for properties.
fn new_window(connection: &RustConnection, root: Window) -> Result<Window, ReplyError> {
    let window = connection.generate_id().map_err(|_| ConnectionError::UnknownError)?;
    let aux = CreateWindowAux::new().event_mask(EventMask::PROPERTY_CHANGE);
    connection.create_window(0, window, root, -1, -1, 1, 1, 0, WindowClass::INPUT_ONLY, 0, &aux)?;
    Ok(window)
}

/// What ICCCM calls the current time: the newest request wins.
const NOW: Timestamp = x11rb::CURRENT_TIME;
