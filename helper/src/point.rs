//! What the technician points at and draws, on the customer's screen: on top of everything, touched by nothing.
//!
//! ```text
//! PointEvent ──permitted by the caller──▶ Board ──newest state, 30 times a second at most──▶ Overlay ──▶ display
//! ```
//!
//! It is part of the screen, so it is in the picture too: the technician sees what the customer sees, once. The
//! console draws none of it.
//!
//! # Invariants
//!
//! - Clicks and keys go through it to what lies below.
//! - Nothing is drawn over this program's own windows: nobody can paint over the bar or the question.
//! - What is shown belongs to one connection with the display, which is closed by [`Pointing::wipe`] and goes with this
//!   program: nothing stays behind, even if it is killed.
//! - However much is drawn, memory and the display's work are bounded.

use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use deskhand_protocol::{
    call::{control::Monitor, point::PointEvent, room::Who},
    text::Name,
};

use board::Board;
use overlay::Overlay;

mod board;
#[cfg(target_os = "linux")]
mod label;
#[cfg(target_os = "linux")]
mod overlay;
#[cfg(target_os = "macos")]
#[path = "point/macos.rs"]
mod overlay;
#[cfg(windows)]
#[path = "point/windows.rs"]
mod overlay;

/// Between two drawings: 30 in a second look fluent, and each of them is in the picture.
const FRAME: Duration = Duration::from_millis(33);
/// The display gets this many times as long to rest as it had to work.
const REST: u32 = 3;
/// While something is shown: how often it is looked after windows that came above it, or of our own below it.
const LOOK: Duration = Duration::from_millis(250);

/// Nothing can be shown on this display.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("nothing can be shown on this display")]
pub(crate) struct NotShown;

#[derive(Debug, Default)]
struct State {
    /// What each technician shows, and his name.
    boards: BTreeMap<Who, (Board, String)>,
    /// Counts changes.
    version: u64,
    stop: bool,
    failed: bool,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    /// Each change under it is complete.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state();
        change(&mut state);
        state.version += 1;
        self.changed.notify_one();
    }
}

/// Dropping it takes everything off the screen and waits for that.
#[derive(Debug)]
pub(crate) struct Pointing {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Pointing {
    /// Starts the thread that draws; the display is opened when there is something to show.
    pub(crate) fn start() -> io::Result<Self> {
        let shared = Arc::<Shared>::default();
        let work = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("point".to_owned()).spawn(move || draw(&work))?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Does what a technician of this name did. Ask the session just before.
    ///
    /// # Errors
    ///
    /// [`NotShown`] when the display could not be opened for it.
    pub(crate) fn take(
        &self,
        (who, name): (Who, &Name),
        seq: u32,
        event: PointEvent,
        monitors: &[Monitor],
    ) -> Result<(), NotShown> {
        let mut failed = false;
        self.shared.change(|state| {
            failed = std::mem::take(&mut state.failed);
            let (board, known) = state.boards.entry(who).or_default();
            board.take(seq, event, monitors);
            if *known != name.as_str() {
                name.as_str().clone_into(known);
            }
        });
        if failed { Err(NotShown) } else { Ok(()) }
    }

    /// Takes everything of a technician off the screen.
    pub(crate) fn wipe(&self, who: Who) {
        self.shared.change(|state| drop(state.boards.remove(&who)));
    }
}

impl Drop for Pointing {
    fn drop(&mut self) {
        self.shared.change(|state| state.stop = true);
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn draw(shared: &Shared) {
    let mut overlays: BTreeMap<Who, Overlay> = BTreeMap::new();
    let mut seen = 0;
    loop {
        let boards = {
            let state = shared.state();
            let same = |state: &mut State| state.version == seen && !state.stop;
            let state = if overlays.is_empty() {
                shared.changed.wait_while(state, same).unwrap_or_else(PoisonError::into_inner)
            } else {
                shared.changed.wait_timeout_while(state, LOOK, same).unwrap_or_else(PoisonError::into_inner).0
            };
            if state.stop {
                return;
            }
            seen = state.version;
            state.boards.clone()
        };
        overlays.retain(|who, _| boards.get(who).is_some_and(|(board, _)| !board.is_empty()));
        if boards.values().all(|(board, _)| board.is_empty()) {
            continue;
        }
        let began = Instant::now();
        for (who, (board, name)) in boards.iter().filter(|(_, (board, _))| !board.is_empty()) {
            let shown = match overlays.remove(who) {
                Some(overlay) => Ok(overlay),
                None => Overlay::open(),
            };
            match shown.and_then(|mut shown| shown.show(board, name).map(|()| shown)) {
                Ok(shown) => drop(overlays.insert(*who, shown)),
                Err(error) => {
                    tracing::warn!(%error, "pointing and drawing cannot be shown");
                    let mut state = shared.state();
                    state.boards.remove(who);
                    state.failed = true;
                }
            }
        }
        std::thread::sleep(FRAME.max(began.elapsed() * REST));
    }
}
