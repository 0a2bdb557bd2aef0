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
    io,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use deskhand_protocol::{
    call::{control::Monitor, point::PointEvent},
    text::Name,
};

use board::Board;
use overlay::Overlay;

mod board;
#[cfg(not(windows))]
mod label;
#[cfg(not(windows))]
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
    board: Board,
    name: String,
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

    /// Does what the technician of this name did. Ask the session just before.
    ///
    /// # Errors
    ///
    /// [`NotShown`] when the display could not be opened for it.
    pub(crate) fn take(&self, seq: u32, event: PointEvent, monitors: &[Monitor], name: &Name) -> Result<(), NotShown> {
        let mut failed = false;
        self.shared.change(|state| {
            failed = std::mem::take(&mut state.failed);
            state.board.take(seq, event, monitors);
            if state.name != name.as_str() {
                name.as_str().clone_into(&mut state.name);
            }
        });
        if failed { Err(NotShown) } else { Ok(()) }
    }

    /// Takes everything off the screen.
    pub(crate) fn wipe(&self) {
        self.shared.change(|state| state.board.wipe());
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
    let mut overlay: Option<Overlay> = None;
    let mut seen = 0;
    loop {
        let (board, name) = {
            let state = shared.state();
            let same = |state: &mut State| state.version == seen && !state.stop;
            let state = match &overlay {
                Some(_) => {
                    shared.changed.wait_timeout_while(state, LOOK, same).unwrap_or_else(PoisonError::into_inner).0
                }
                None => shared.changed.wait_while(state, same).unwrap_or_else(PoisonError::into_inner),
            };
            if state.stop {
                return;
            }
            seen = state.version;
            (state.board.clone(), state.name.clone())
        };
        if board.is_empty() {
            overlay = None;
            continue;
        }
        let began = Instant::now();
        let shown = match overlay.take() {
            Some(overlay) => Ok(overlay),
            None => Overlay::open(),
        };
        match shown.and_then(|mut shown| shown.show(&board, &name).map(|()| shown)) {
            Ok(shown) => overlay = Some(shown),
            Err(error) => {
                tracing::warn!(%error, "pointing and drawing cannot be shown");
                let mut state = shared.state();
                state.board.wipe();
                state.failed = true;
            }
        }
        std::thread::sleep(FRAME.max(began.elapsed() * REST));
    }
}
