//! The source's side of a drag on an X display (XDND, version 5), by a connection and a thread of its own: the window is
//! never waited for, and never waits.
//!
//! What is dragged is a list of files. Those that are not there yet are promised: when the button is let go over a program
//! that takes them, the drop itself is held back until they are ([`Source::provide`]), so that no program waits for content
//! with a time limit of its own.
//!
//! The pointer belongs to the drag while the button is down, and to nobody after it. Over the console's own window nothing
//! is offered: the page is told where the pointer is and does there what it does without a drag.

use std::{
    os::fd::{AsFd as _, OwnedFd},
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

use bytes::Bytes;
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use x11rb::{
    CURRENT_TIME, NONE,
    connection::Connection as _,
    errors::{ConnectionError, ReplyError},
    protocol::{
        Event,
        xproto::{
            ButtonReleaseEvent, ClientMessageEvent, ConnectionExt as _, CreateWindowAux, Cursor, EventMask, GrabMode,
            GrabStatus, KeyButMask, Timestamp, Window, WindowClass,
        },
    },
    rust_connection::RustConnection,
    wrapper::ConnectionExt as _,
};

/// How long a program may take to say whether it takes what is over it, once the button is let go.
const ANSWER: Duration = Duration::from_secs(5);
/// How long a program may take to say that it is done.
const FINISH: Duration = Duration::from_secs(60);
/// How often it is looked whether somebody is to be given up.
const LOOK: Duration = Duration::from_millis(500);
/// How often, and how far apart, the pointer is asked for that the window has just given back.
const GRABS: (u32, Duration) = (10, Duration::from_millis(20));
/// Shapes of the cursor font: a hand over what takes it, a barred circle elsewhere.
const SHAPES: [u16; 2] = [60, 24];

mod target;

use target::Target;

x11rb::atom_manager! {
    /// Names interned once.
    Atoms: AtomsCookie {
        TARGETS,
        XdndActionCopy,
        XdndAware,
        XdndDrop,
        XdndEnter,
        XdndFinished,
        XdndLeave,
        XdndPosition,
        XdndProxy,
        XdndSelection,
        XdndStatus,
        URI_LIST: b"text/uri-list",
    }
}

/// What happens to a drag. [`News::LetGo`] and [`News::Ended`] are the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum News {
    /// It is over the console's own window, there, in pixels of it; or elsewhere.
    Over(Option<(i16, i16)>),
    /// It was let go there over the console's own window, and is over.
    LetGo((i16, i16)),
    /// It was let go over a program that takes it: the files are to be provided.
    Wanted,
    /// It is over.
    Ended(End),
}

/// How a drag ends that was not let go over the console's own window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// A program has taken what was dragged.
    Taken,
    /// Nobody was there who takes it.
    Refused,
    /// The program that wants it has closed its window, or its display is gone.
    Gone,
    /// It was called off.
    Stopped,
}

/// Why no drag begins.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct NoDrag(String);

enum Order {
    Provide(Bytes),
    Stop,
}

/// A drag that goes on. Dropping it calls it off.
#[derive(Debug)]
pub(super) struct Source {
    orders: mpsc::Sender<Order>,
    wake: Arc<OwnedFd>,
}

impl Source {
    /// Takes the pointer, whose left button must be down, and drags a list of files from this window. `ready`: whether the
    /// list can be dropped at once; otherwise it is a promise. `tell` is called on the drag's own thread. Blocks for some
    /// milliseconds.
    ///
    /// # Errors
    ///
    /// [`NoDrag`] when the button is up by now, or the display does not give the pointer.
    pub(super) fn begin(
        display: &str,
        window: Window,
        list: Bytes,
        ready: Ready,
        tell: impl Fn(News) + Send + 'static,
    ) -> Result<Self, NoDrag> {
        let no = |what: &dyn std::fmt::Display| NoDrag(what.to_string());
        let wake = Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).map_err(|error| no(&error))?);
        let (connection, screen) = x11rb::connect(Some(display)).map_err(|error| no(&error))?;
        let mut worker = Worker::new(connection, screen, window, list, ready, Box::new(tell)).map_err(|e| no(&e))?;
        if !worker.take_pointer().map_err(|error| no(&error))? {
            return Err(NoDrag("the button is up, or another program has the pointer".to_owned()));
        }
        let (orders, queue) = mpsc::channel();
        let waker = Arc::clone(&wake);
        let run = move || {
            if let Err(error) = worker.run(&queue, &waker) {
                tracing::debug!(%error, "the display of a drag is gone");
                (worker.tell)(News::Ended(End::Gone));
            }
        };
        thread::Builder::new().name("drag".to_owned()).spawn(run).map_err(|error| no(&error))?;
        Ok(Self { orders, wake })
    }

    /// The files are there: the drop happens.
    pub(super) fn provide(&self, list: Bytes) {
        self.order(Order::Provide(list));
    }

    /// Nothing is to be dropped any more.
    pub(super) fn stop(&self) {
        self.order(Order::Stop);
    }

    fn order(&self, order: Order) {
        // A drag that is over takes none.
        let _ = self.orders.send(order);
        let _ = rustix::io::write(&*self.wake, &1u64.to_ne_bytes());
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Whether what is dragged is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ready {
    /// It is.
    Yes,
    /// It is promised.
    NotYet,
}

#[derive(Debug, Clone, Copy)]
enum Over {
    Nothing,
    Own((i16, i16)),
    Target(Target),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The button is down.
    Held,
    /// It was let go over a program that has not said yet whether it takes it.
    LetGo,
    /// The program takes it; the files are waited for.
    Waiting,
    /// It was told to take it.
    Dropped(Instant),
    /// Nothing comes any more.
    Over,
}

struct Worker {
    connection: RustConnection,
    atoms: Atoms,
    root: Window,
    /// The console's own.
    own: Window,
    /// The drag's own: owns the selection.
    source: Window,
    cursors: [Cursor; 2],
    list: Bytes,
    ready: Ready,
    tell: Box<dyn Fn(News) + Send>,
    over: Over,
    phase: Phase,
    /// Whether the list was handed over since the drop.
    handed: bool,
    time: Timestamp,
}

impl Worker {
    fn new(
        connection: RustConnection,
        screen: usize,
        own: Window,
        list: Bytes,
        ready: Ready,
        tell: Box<dyn Fn(News) + Send>,
    ) -> Result<Self, ReplyError> {
        let atoms = Atoms::new(&connection)?.reply()?;
        let root = connection.setup().roots.get(screen).map_or(0, |screen| screen.root);
        let id = || connection.generate_id().map_err(|_| ConnectionError::UnknownError);
        let source = id()?;
        let aux = CreateWindowAux::new().override_redirect(1);
        connection.create_window(0, source, root, -1, -1, 1, 1, 0, WindowClass::INPUT_ONLY, 0, &aux)?;
        let (font, cursors) = (id()?, [id()?, id()?]);
        connection.open_font(font, b"cursor")?;
        for (cursor, shape) in cursors.into_iter().zip(SHAPES) {
            connection.create_glyph_cursor(cursor, font, font, shape, shape + 1, 0, 0, 0, !0, !0, !0)?;
        }
        connection.close_font(font)?;
        connection.set_selection_owner(source, atoms.XdndSelection, CURRENT_TIME)?.check()?;
        let (over, phase, time) = (Over::Nothing, Phase::Held, CURRENT_TIME);
        Ok(Self { connection, atoms, root, own, source, cursors, list, ready, tell, over, phase, handed: false, time })
    }

    fn mask() -> EventMask {
        EventMask::BUTTON_RELEASE | EventMask::POINTER_MOTION
    }

    /// Whether the pointer is the drag's now, with its button down.
    fn take_pointer(&mut self) -> Result<bool, ReplyError> {
        let (tries, pause) = GRABS;
        for _ in 0..tries {
            let (how, mask) = (GrabMode::ASYNC, Self::mask());
            let grab =
                self.connection.grab_pointer(false, self.root, mask, how, how, NONE, self.cursors[1], CURRENT_TIME)?;
            if grab.reply()?.status == GrabStatus::SUCCESS {
                let pointer = self.connection.query_pointer(self.root)?.reply()?;
                if pointer.mask.contains(KeyButMask::BUTTON1) {
                    self.moved(pointer.root_x, pointer.root_y, CURRENT_TIME)?;
                    return Ok(true);
                }
                self.connection.ungrab_pointer(CURRENT_TIME)?;
                self.connection.flush()?;
                return Ok(false);
            }
            // The window's own hold of it ends when its message has arrived.
            thread::sleep(pause);
        }
        Ok(false)
    }

    fn run(&mut self, orders: &mpsc::Receiver<Order>, wake: &OwnedFd) -> Result<(), ReplyError> {
        while self.phase != Phase::Over {
            match orders.try_recv() {
                Ok(Order::Provide(list)) => self.provide(list)?,
                Ok(Order::Stop) | Err(mpsc::TryRecvError::Disconnected) => self.stop()?,
                Err(mpsc::TryRecvError::Empty) => {}
            }
            let (mut idle, mut moved) = (true, None);
            while let Some(event) = self.connection.poll_for_event()? {
                idle = false;
                match event {
                    // Only where it is now matters.
                    Event::MotionNotify(event) => moved = Some((event.root_x, event.root_y, event.time)),
                    Event::ButtonRelease(event) => {
                        moved = None;
                        self.let_go(&event)?;
                    }
                    event => self.handle(&event)?,
                }
            }
            if let Some((x, y, time)) = moved {
                self.moved(x, y, time)?;
            }
            self.give_up()?;
            self.connection.flush()?;
            if idle && self.phase != Phase::Over {
                self.wait(wake)?;
            }
        }
        Ok(())
    }

    fn wait(&self, wake: &OwnedFd) -> Result<(), ConnectionError> {
        let look = Timespec::try_from(LOOK).ok();
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

    fn handle(&mut self, event: &Event) -> Result<(), ReplyError> {
        match event {
            Event::ClientMessage(event) if event.type_ == self.atoms.XdndStatus => self.answered(event)?,
            Event::ClientMessage(event) if event.type_ == self.atoms.XdndFinished => self.finished(event)?,
            Event::SelectionRequest(event) => self.asked_for(event)?,
            Event::DestroyNotify(event) => {
                if let Over::Target(target) = self.over
                    && target.window == event.window
                {
                    self.over = Over::Nothing;
                    if self.phase != Phase::Held {
                        self.end(End::Gone)?;
                    }
                }
            }
            // Of a program that has gone meanwhile: its end is told, or it is given up in time.
            Event::Error(error) => tracing::trace!(?error, "the display refused something"),
            _ => {}
        }
        Ok(())
    }

    fn moved(&mut self, x: i16, y: i16, time: Timestamp) -> Result<(), ReplyError> {
        if self.phase != Phase::Held {
            return Ok(());
        }
        self.time = time;
        let found = self.find(x, y)?;
        match (self.over, found) {
            (Over::Target(before), Over::Target(now)) if before.window == now.window => self.position(x, y)?,
            (before, Over::Target(target)) => {
                self.leave()?;
                if !matches!(before, Over::Target(_)) {
                    (self.tell)(News::Over(None));
                }
                self.over = Over::Target(target);
                self.enter(&target)?;
                self.position(x, y)?;
            }
            (before, found) => {
                self.leave()?;
                match found {
                    Over::Own(at) => (self.tell)(News::Over(Some(at))),
                    _ if matches!(before, Over::Own(_)) => (self.tell)(News::Over(None)),
                    _ => {}
                }
                self.over = found;
            }
        }
        self.show_cursor()
    }

    /// The console's own window shows by itself what would become of it.
    fn show_cursor(&self) -> Result<(), ReplyError> {
        let good = match &self.over {
            Over::Own(_) => true,
            Over::Target(target) => target.accepts,
            Over::Nothing => false,
        };
        let cursor = self.cursors[usize::from(!good)];
        self.connection.change_active_pointer_grab(cursor, self.time, Self::mask())?;
        Ok(())
    }

    fn let_go(&mut self, event: &ButtonReleaseEvent) -> Result<(), ReplyError> {
        if self.phase != Phase::Held || event.detail != 1 {
            return Ok(());
        }
        self.moved(event.root_x, event.root_y, event.time)?;
        self.connection.ungrab_pointer(event.time)?;
        match self.over {
            Over::Nothing => self.end(End::Refused),
            Over::Own(at) => {
                self.phase = Phase::Over;
                (self.tell)(News::LetGo(at));
                Ok(())
            }
            Over::Target(_) => {
                self.phase = Phase::LetGo;
                self.decide()
            }
        }
    }

    /// The button is up: what becomes of it, once the target has said whether it takes it.
    fn decide(&mut self) -> Result<(), ReplyError> {
        let Over::Target(target) = self.over else { return self.end(End::Refused) };
        if target.asked.is_some() {
            return Ok(());
        }
        if !target.accepts {
            self.leave()?;
            return self.end(End::Refused);
        }
        if self.ready == Ready::Yes {
            return self.drop_it();
        }
        self.phase = Phase::Waiting;
        (self.tell)(News::Wanted);
        Ok(())
    }

    fn provide(&mut self, list: Bytes) -> Result<(), ReplyError> {
        (self.list, self.ready) = (list, Ready::Yes);
        if self.phase == Phase::Waiting { self.drop_it() } else { Ok(()) }
    }

    fn drop_it(&mut self) -> Result<(), ReplyError> {
        let Over::Target(target) = self.over else { return self.end(End::Gone) };
        self.phase = Phase::Dropped(Instant::now());
        self.say(&target, self.atoms.XdndDrop, [0, self.time, 0, 0])
    }

    fn finished(&mut self, event: &ClientMessageEvent) -> Result<(), ReplyError> {
        let data = event.data.as_data32();
        match (self.over, self.phase) {
            (Over::Target(target), Phase::Dropped(_)) if data[0] == target.window => {
                let taken = target.version < 5 || data[1] & 1 == 1;
                self.end(if taken { End::Taken } else { End::Refused })
            }
            _ => Ok(()),
        }
    }

    fn stop(&mut self) -> Result<(), ReplyError> {
        if self.phase == Phase::Held {
            self.connection.ungrab_pointer(CURRENT_TIME)?;
        }
        // A program that was told to take it does so.
        if matches!(self.phase, Phase::Dropped(_)) {
            return Ok(());
        }
        self.leave()?;
        self.end(End::Stopped)
    }

    fn give_up(&mut self) -> Result<(), ReplyError> {
        let late = |since: Instant, patience| since.elapsed() > patience;
        match (self.phase, self.over) {
            (Phase::LetGo, Over::Target(Target { asked: Some(asked), .. })) if late(asked, ANSWER) => {
                self.leave()?;
                self.end(End::Refused)
            }
            // Some programs take the list and say nothing.
            (Phase::Dropped(since), _) if late(since, FINISH) => {
                self.end(if self.handed { End::Taken } else { End::Refused })
            }
            _ => Ok(()),
        }
    }

    fn end(&mut self, how: End) -> Result<(), ReplyError> {
        self.phase = Phase::Over;
        // The connection goes with this thread, and the display forgets what of it was not looked at by then.
        self.connection.sync()?;
        (self.tell)(News::Ended(how));
        Ok(())
    }
}
