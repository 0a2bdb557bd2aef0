//! How much of a file may be on its way, so that it fills what is free and gives way to whatever a person waits for.
//!
//! Decides only: told of the time, of input, and of how long packets wait on the path. All channels share one
//! association, in which what was queued first leaves first, and one path with a queue of its own. So both are kept
//! short: while somebody types next to nothing of a file is queued, and when the path's queue grows less of a file is
//! put into it, long before anything is lost.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Nothing of a file leaves for so long after an input: time for the key to be sent, worked on and drawn.
pub const HOLD: Duration = Duration::from_millis(40);
/// So long after the last input somebody may still be typing.
const BUSY: Duration = Duration::from_millis(1_500);
/// What may be queued meanwhile: a millisecond of work for both ends.
const LITTLE: usize = 64 * 1024;
/// What may be queued at most; the transport itself holds no more.
const MUCH: usize = 512 * 1024;
/// What may always be queued, so that a path that is slow for another reason is used nevertheless.
const LEAST: usize = 16 * 1024;
/// A queue on the path that is no more than jitter.
const FREE: Duration = Duration::from_millis(20);
/// What is added while the path is free.
const STEP: usize = 32 * 1024;

/// What may be sent of a file at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Nothing before so long.
    pub hold: Duration,
    /// Bytes that may wait unacknowledged when the next are added.
    pub queued: usize,
}

/// See the module.
#[derive(Debug)]
pub struct Courtesy(Mutex<State>);

#[derive(Debug)]
struct State {
    touched: Option<Instant>,
    window: usize,
    least_rtt: Option<Duration>,
}

impl Default for Courtesy {
    fn default() -> Self {
        Self::new()
    }
}

impl Courtesy {
    /// Nobody has touched anything and nothing is known of the path.
    #[must_use]
    pub const fn new() -> Self {
        Self(Mutex::new(State { touched: None, window: MUCH, least_rtt: None }))
    }

    /// A person has pressed something and waits for what it does.
    pub fn touched(&self, now: Instant) {
        self.state().touched = Some(now);
    }

    /// Packets wait so long in the path's queue.
    pub fn queue(&self, queue: Duration) {
        let mut state = self.state();
        state.window = if queue > FREE { (state.window / 4 * 3).max(LEAST) } else { (state.window + STEP).min(MUCH) };
    }

    /// A round trip takes so long now: longer than the shortest seen is a queue.
    pub fn round_trip(&self, rtt: Duration) {
        if rtt.is_zero() {
            // Not measured yet.
            return;
        }
        let mut state = self.state();
        let least = state.least_rtt.map_or(rtt, |least| least.min(rtt));
        state.least_rtt = Some(least);
        drop(state);
        self.queue(rtt.saturating_sub(least));
    }

    /// What may be sent at `now`.
    pub fn allowance(&self, now: Instant) -> Allowance {
        let state = self.state();
        let since = state.touched.map(|touched| now.saturating_duration_since(touched));
        match since {
            Some(since) if since < HOLD => Allowance { hold: HOLD - since, queued: 0 },
            Some(since) if since < BUSY => Allowance { hold: Duration::ZERO, queued: state.window.min(LITTLE) },
            _ => Allowance { hold: Duration::ZERO, queued: state.window },
        }
    }

    /// Each holder leaves the numbers valid.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_key_nothing_leaves_for_a_moment_and_little_for_a_while() {
        let (courtesy, start) = (Courtesy::new(), Instant::now());
        let at = |ms: u64| courtesy.allowance(start + Duration::from_millis(ms));
        assert_eq!(at(0), Allowance { hold: Duration::ZERO, queued: MUCH });
        courtesy.touched(start);
        assert_eq!(at(15), Allowance { hold: Duration::from_millis(25), queued: 0 });
        assert_eq!(at(41), Allowance { hold: Duration::ZERO, queued: LITTLE });
        assert_eq!(at(1_501), Allowance { hold: Duration::ZERO, queued: MUCH });
    }

    #[test]
    fn a_queue_on_the_path_makes_less_leave_and_its_end_more_again() {
        let (courtesy, now) = (Courtesy::new(), Instant::now());
        for _ in 0..40 {
            courtesy.queue(Duration::from_millis(80));
        }
        assert_eq!(courtesy.allowance(now).queued, LEAST);
        for _ in 0..40 {
            courtesy.queue(Duration::from_millis(2));
        }
        assert_eq!(courtesy.allowance(now).queued, MUCH);
    }

    #[test]
    fn a_long_way_is_no_queue_but_a_longer_one_is() {
        let (courtesy, now) = (Courtesy::new(), Instant::now());
        courtesy.round_trip(Duration::from_millis(150));
        courtesy.round_trip(Duration::from_millis(155));
        assert_eq!(courtesy.allowance(now).queued, MUCH);
        courtesy.round_trip(Duration::from_millis(400));
        assert!(courtesy.allowance(now).queued < MUCH);
    }
}
