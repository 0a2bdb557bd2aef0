//! A held key goes down again and again, where the system does not do that by itself for one that a program pressed. Only
//! the last one does, as on a keyboard.

#![cfg_attr(not(any(target_os = "macos", windows)), allow(dead_code, reason = "elsewhere only its tests are built"))]

use std::{
    io,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::JoinHandle,
    time::{Duration, Instant},
};

/// How the customer has set it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// Before the first time.
    pub(crate) delay: fn() -> Duration,
    /// Between two.
    pub(crate) interval: fn() -> Duration,
}

#[derive(Debug)]
struct State<K> {
    /// The key, and when it goes down next.
    next: Option<(K, Instant)>,
    stop: bool,
}

#[derive(Debug)]
struct Shared<K> {
    state: Mutex<State<K>>,
    changed: Condvar,
}

impl<K> Shared<K> {
    /// Each change under it is complete.
    fn state(&self) -> MutexGuard<'_, State<K>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Dropping it ends the thread and waits for that.
#[derive(Debug)]
pub(crate) struct Repeat<K> {
    shared: Arc<Shared<K>>,
    pace: Pace,
    thread: Option<JoinHandle<()>>,
}

impl<K: Send + 'static> Repeat<K> {
    /// Starts the thread; `press` presses a key that is down already.
    pub(crate) fn start(pace: Pace, press: impl Fn(&K) + Send + 'static) -> io::Result<Self> {
        let state = Mutex::new(State { next: None, stop: false });
        let shared = Arc::new(Shared { state, changed: Condvar::new() });
        let work = Arc::clone(&shared);
        let run = move || run(&work, pace, press);
        let thread = std::thread::Builder::new().name("repeat".to_owned()).spawn(run)?;
        Ok(Self { shared, pace, thread: Some(thread) })
    }
}

impl<K> Repeat<K> {
    /// This key went down, and the one before repeats no longer; `None` for one that does not repeat.
    pub(crate) fn set(&self, key: Option<K>) {
        self.shared.state().next = key.map(|key| (key, Instant::now() + (self.pace.delay)()));
        self.shared.changed.notify_one();
    }

    /// A key is let go. When this returns, it does not go down again.
    pub(crate) fn end(&self, is_it: impl FnOnce(&K) -> bool) {
        let mut state = self.shared.state();
        if state.next.as_ref().is_some_and(|(next, _)| is_it(next)) {
            state.next = None;
        }
    }
}

impl<K> Drop for Repeat<K> {
    fn drop(&mut self) {
        self.shared.state().stop = true;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn run<K>(shared: &Shared<K>, pace: Pace, press: impl Fn(&K)) {
    let mut state = shared.state();
    while !state.stop {
        let now = Instant::now();
        state = match &mut state.next {
            None => shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            Some((_, at)) if *at > now => {
                let left = *at - now;
                shared.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
            }
            Some((key, at)) => {
                // Under the lock: whoever lets go of it waits for this.
                press(key);
                *at = now + (pace.interval)();
                state
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    const PACE: Pace = Pace { delay: || Duration::from_millis(2), interval: || Duration::from_millis(1) };

    #[test]
    fn the_last_key_repeats_until_it_is_let_go() {
        let (sender, pressed) = mpsc::channel();
        let repeat = Repeat::start(PACE, move |key: &u8| {
            let _ = sender.send(*key);
        })
        .unwrap();
        repeat.set(Some(1));
        assert_eq!([pressed.recv(), pressed.recv(), pressed.recv()], [Ok(1); 3]);
        repeat.set(Some(2));
        assert_eq!(pressed.iter().find(|key| *key != 1), Some(2));
        // Another one that is let go changes nothing.
        repeat.end(|key| *key == 1);
        assert_eq!(pressed.recv(), Ok(2));
        repeat.end(|key| *key == 2);
        while pressed.try_recv().is_ok() {}
        repeat.set(Some(3));
        assert_eq!(pressed.recv(), Ok(3), "nothing of the one before");
        repeat.set(None);
        drop(repeat);
        while pressed.try_recv().is_ok() {}
        assert!(pressed.recv().is_err(), "the thread has ended");
    }
}
