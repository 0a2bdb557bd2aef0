//! The technician's seat in one session: the call, and the window that looks at it.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use deskhand_clipboard::files::PrivateFolder;
use deskhand_protocol::{
    call::{channel::Channel, files::FilesError, frame::EncodedFrame},
    id::SessionId,
    limit::PASTED_SETS,
};
use deskhand_viewer::{
    call::{Call, CallConfig, CallEvent, Presence, Watching},
    files::QueueView,
    pace::{Caught, Pace, Pass},
    pointer::PointerMemory,
    state::CallState,
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use crate::files::Side;

/// Takes the raw messages of `watch`; see [`crate::ipc`].
pub type Outlet = Box<dyn Fn(Vec<u8>) + Send>;

/// Tag of an encoded frame.
const FRAME: u8 = b'F';
/// Tag of a cursor message.
const CURSOR: u8 = b'C';
/// Tag of a tile message.
const TILES: u8 = b'T';

/// See the module.
pub struct Seat {
    call: Call,
    view: Arc<Mutex<View>>,
    presence: Mutex<Presence>,
    /// What calls off the search of each side.
    searches: Mutex<[CancellationToken; 2]>,
    dragged: Mutex<Option<Dragged>>,
    _queue: AbortOnDropHandle<()>,
}

impl fmt::Debug for Seat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seat").finish_non_exhaustive()
    }
}

/// What was dragged out of the customer's files. It goes with the seat.
struct Dragged {
    folder: PrivateFolder,
    count: u32,
    /// A folder for each drag, the newest last.
    sets: VecDeque<PathBuf>,
}

#[derive(Default)]
struct View {
    outlet: Option<Outlet>,
    /// By monitor: each has a decoder of its own.
    paces: BTreeMap<u8, Pace>,
    pointer: PointerMemory,
}

impl Seat {
    /// Sits down. `tell` gets everything but pictures and the pointer, which go to whoever watches; `show` gets the queue
    /// of transfers.
    ///
    /// # Errors
    ///
    /// When the system gives no randomness.
    pub fn take(
        config: CallConfig,
        tell: impl Fn(SessionId, CallEvent) + Send + 'static,
        show: impl Fn(SessionId, QueueView) + Send + 'static,
    ) -> Result<Self, deskhand_link::entropy::NoEntropy> {
        let session = config.session;
        let view = Arc::new(Mutex::new(View::default()));
        let shared = Arc::clone(&view);
        let call = Call::start(config, move |event| {
            let mut view = lock(&shared);
            match event {
                CallEvent::Frame(frame) => view.frame(&frame),
                CallEvent::Cursor(message) => view.cursor(&message),
                CallEvent::Tiles(message) => view.tiles(&message),
                event => {
                    match &event {
                        CallEvent::State(CallState::Connecting | CallState::Reconnecting) => view.pointer.clear(),
                        // A monitor that is shown again has another decoder, which waits for nothing of before.
                        CallEvent::State(CallState::Live { shown, .. }) => {
                            view.paces.retain(|monitor, _| shown.contains(monitor));
                        }
                        _ => {}
                    }
                    drop(view);
                    tell(session, event);
                }
            }
        })?;
        let mut queue = call.files().view();
        let queue = tokio::spawn(async move {
            while queue.changed().await.is_ok() {
                let view = queue.borrow_and_update().clone();
                show(session, view);
            }
        });
        Ok(Self {
            call,
            view,
            presence: Mutex::new(Presence::Away),
            searches: Mutex::default(),
            dragged: Mutex::default(),
            _queue: AbortOnDropHandle::new(queue),
        })
    }

    /// The call.
    #[must_use]
    pub const fn call(&self) -> &Call {
        &self.call
    }

    /// A search begins on this side; what was under way there is called off. Returns what calls it off.
    pub fn search(&self, side: Side) -> CancellationToken {
        let fresh = CancellationToken::new();
        let mut searches = lock(&self.searches);
        let [local, remote] = &mut *searches;
        let slot = if side == Side::Local { local } else { remote };
        slot.cancel();
        *slot = fresh.clone();
        fresh
    }

    /// A new folder for files that are dragged out, within one of this seat's in `above`. The oldest of them go: a program
    /// may still be copying from the newer ones. Blocks.
    ///
    /// # Errors
    ///
    /// [`FilesError::Denied`] when it cannot be made.
    pub fn folder_for_drag(&self, above: &Path) -> Result<PathBuf, FilesError> {
        let told = |error: io::Error| {
            tracing::warn!(%error, "no folder for dragged files");
            FilesError::Denied
        };
        let mut dragged = lock(&self.dragged);
        let dragged = match &mut *dragged {
            Some(dragged) => dragged,
            none => {
                let folder = PrivateFolder::make(above).map_err(told)?;
                none.insert(Dragged { folder, count: 0, sets: VecDeque::new() })
            }
        };
        dragged.count += 1;
        let set = dragged.folder.path().join(dragged.count.to_string());
        fs::create_dir(&set).map_err(told)?;
        dragged.sets.push_back(set.clone());
        while dragged.sets.len() > PASTED_SETS {
            if let Some(old) = dragged.sets.pop_front()
                && let Err(error) = fs::remove_dir_all(old)
            {
                tracing::warn!(%error, "dragged files stay until the session ends");
            }
        }
        Ok(set)
    }

    /// The helper's presence as the relay tells it, repeated or not: only a change is passed on.
    pub fn helper(&self, presence: Presence) {
        let mut known = lock(&self.presence);
        if *known != presence {
            *known = presence;
            self.call.helper(presence);
        }
    }

    /// A window looks at the call from now on; any other does no more.
    pub fn watch(&self, outlet: Outlet) {
        let mut view = lock(&self.view);
        for message in view.pointer.replay() {
            outlet(tagged(CURSOR, message));
        }
        view.outlet = Some(outlet);
        view.paces.clear();
        drop(view);
        self.call.watch(Watching::Yes);
        self.call.need_key_frame(None);
    }

    /// Nobody looks any more.
    pub fn unwatch(&self) {
        lock(&self.view).outlet = None;
        self.call.watch(Watching::No);
    }

    /// Whether somebody looks.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        lock(&self.view).outlet.is_some()
    }

    /// The window is done with every picture of a monitor up to `seq`.
    pub fn drawn(&self, monitor: u8, seq: u32) {
        let caught = lock(&self.view).paces.get_mut(&monitor).map(|pace| pace.drawn(seq));
        if caught == Some(Caught::Up) {
            self.call.need_key_frame(Some(monitor));
        }
    }

    /// Keys, buttons, motion.
    pub fn input(&self, channel: Channel, message: &[u8]) {
        self.call.input(channel, message.to_vec());
    }
}

impl View {
    fn frame(&mut self, frame: &EncodedFrame) {
        if let Some(outlet) = &self.outlet
            && self.paces.entry(frame.monitor).or_default().judge(frame.seq, frame.key, frame.data.len()) == Pass::Yes
        {
            outlet(tagged(FRAME, &frame.encode()));
        }
    }

    fn tiles(&self, message: &bytes::Bytes) {
        // Also while pictures are left out: one that is newer than the key frame to come belongs over it. The window
        // keeps no more than it has bounds for.
        if let Some(outlet) = &self.outlet {
            outlet(tagged(TILES, message));
        }
    }

    fn cursor(&mut self, message: &bytes::Bytes) {
        self.pointer.take(message);
        if let Some(outlet) = &self.outlet {
            outlet(tagged(CURSOR, message));
        }
    }
}

fn tagged(tag: u8, message: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1 + message.len());
    bytes.push(tag);
    bytes.extend_from_slice(message);
    bytes
}

/// A lock that a panic elsewhere does not take away: what it guards is whole after each statement.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
