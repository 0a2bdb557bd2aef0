//! A held key goes down again and again, as the customer has set it. Only the last one does, as on a keyboard.

#![allow(unsafe_code, reason = "the system's interface is C")]

use std::{
    io,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use windows::Win32::UI::WindowsAndMessaging::{
    SPI_GETKEYBOARDDELAY, SPI_GETKEYBOARDSPEED, SYSTEM_PARAMETERS_INFO_ACTION, SYSTEM_PARAMETERS_INFO_UPDATE_FLAGS,
    SystemParametersInfoW,
};

use crate::scancodes::Code;

#[derive(Debug, Default)]
struct State {
    /// The key, and when it goes down next.
    next: Option<(Code, Instant)>,
    stop: bool,
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
}

/// Dropping it ends the thread and waits for that.
#[derive(Debug)]
pub(super) struct Repeat {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Repeat {
    /// Starts the thread; `press` presses a key that is down already.
    pub(super) fn start(press: impl Fn(Code) + Send + 'static) -> io::Result<Self> {
        let shared = Arc::<Shared>::default();
        let work = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("repeat".to_owned()).spawn(move || run(&work, press))?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// This key went down, and the one before repeats no longer; `None` for one that does not repeat.
    pub(super) fn set(&self, key: Option<Code>) {
        self.shared.state().next = key.map(|key| (key, Instant::now() + delay()));
        self.shared.changed.notify_one();
    }

    /// This key is let go. When this returns, it does not go down again.
    pub(super) fn end(&self, key: Code) {
        let mut state = self.shared.state();
        if state.next.is_some_and(|(next, _)| next == key) {
            state.next = None;
        }
    }
}

impl Drop for Repeat {
    fn drop(&mut self) {
        self.shared.state().stop = true;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn run(shared: &Shared, press: impl Fn(Code)) {
    let mut state = shared.state();
    while !state.stop {
        let now = Instant::now();
        state = match state.next {
            None => shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            Some((_, at)) if at > now => {
                shared.changed.wait_timeout(state, at - now).unwrap_or_else(PoisonError::into_inner).0
            }
            Some((key, _)) => {
                // Under the lock: whoever lets go of it waits for this.
                press(key);
                state.next = Some((key, now + interval()));
                state
            }
        };
    }
}

/// Before the first: a quarter of a second to a second.
fn delay() -> Duration {
    Duration::from_millis(250) * (setting(SPI_GETKEYBOARDDELAY).min(3) + 1)
}

/// Between two: 2.5 to 30 in a second, in 31 steps.
fn interval() -> Duration {
    let per_second = 2.5 + f64::from(setting(SPI_GETKEYBOARDSPEED).min(31)) * (27.5 / 31.0);
    Duration::from_secs_f64(1.0 / per_second)
}

fn setting(which: SYSTEM_PARAMETERS_INFO_ACTION) -> u32 {
    let mut value = 1_u32;
    let to = Some((&raw mut value).cast());
    // SAFETY: both write one number of this size. What cannot be had stays as it is.
    let _ = unsafe { SystemParametersInfoW(which, 0, to, SYSTEM_PARAMETERS_INFO_UPDATE_FLAGS(0)) };
    value
}
