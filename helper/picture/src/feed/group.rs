//! The viewers of one feed: how they come and go while its thread runs.
//!
//! # Invariants
//!
//! - The thread ends when the last viewer has gone, and nobody comes in after that.

use std::{
    sync::{Condvar, Mutex, MutexGuard},
    thread::JoinHandle,
    time::Duration,
};

use deskhand_capture::{Wake, Waker};

use super::{lock, run::Seat};

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Group {
    door: Mutex<Door>,
    waker: Mutex<Option<Waker>>,
    /// Signalled with every wake-up; for the time in which there is no screen to wait on.
    changed: Condvar,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug, Default)]
struct Door {
    inside: usize,
    /// Those the thread has not taken in yet.
    coming: Vec<Seat>,
    closed: bool,
}

/// The thread of a feed has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this feed has ended; start another")]
pub struct Ended;

impl Group {
    fn door(&self) -> MutexGuard<'_, Door> {
        lock(&self.door)
    }

    /// One more viewer.
    pub(crate) fn enter(&self, seat: Seat) -> Result<(), Ended> {
        let mut door = self.door();
        if door.closed {
            return Err(Ended);
        }
        door.inside += 1;
        door.coming.push(seat);
        drop(door);
        self.wake();
        Ok(())
    }

    /// One viewer less. Waits for the thread if that was the last, at most for the picture being encoded.
    pub(crate) fn leave(&self) {
        let mut door = self.door();
        door.inside = door.inside.saturating_sub(1);
        door.closed |= door.inside == 0;
        let (thread, unseated) = if door.closed {
            (lock(&self.thread).take(), std::mem::take(&mut door.coming))
        } else {
            (None, Vec::new())
        };
        drop(door);
        drop(unseated);
        self.wake();
        if let Some(thread) = thread {
            // A panic there was printed there; there is nothing left to save here.
            let _ = thread.join();
        }
    }

    /// How many watch.
    pub(crate) fn viewers(&self) -> usize {
        self.door().inside
    }

    pub(crate) fn set_thread(&self, thread: JoinHandle<()>) {
        *lock(&self.thread) = Some(thread);
    }

    /// Those who came since this was asked last.
    pub(crate) fn coming(&self) -> Vec<Seat> {
        std::mem::take(&mut self.door().coming)
    }

    /// Nobody is there and nobody will come.
    pub(crate) fn is_closed(&self) -> bool {
        self.door().closed
    }

    /// The thread ends, for whatever reason.
    pub(crate) fn close(&self) {
        let mut door = self.door();
        door.closed = true;
        // Their handles hold this group in turn.
        let coming = std::mem::take(&mut door.coming);
        drop(door);
        drop(coming);
    }

    pub(crate) fn set_waker(&self, waker: Option<Waker>) {
        *lock(&self.waker) = waker;
    }

    /// Sleeps without a screen, until nobody is left or the time is over.
    pub(crate) fn rest(&self, time: Duration) {
        drop(self.changed.wait_timeout_while(self.door(), time, |door| !door.closed));
    }
}

impl Wake for Group {
    fn wake(&self) {
        if let Some(waker) = lock(&self.waker).as_ref() {
            waker.wake();
        }
        self.changed.notify_all();
    }
}
