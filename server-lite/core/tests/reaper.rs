//! When sessions are given up, in a time of its own.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by failing")]
#![allow(clippy::disallowed_methods, reason = "a test has to begin at some moment")]

use std::time::{Duration, Instant};

use deskhand_core::reaper::{Due, Ends, LONE_END, Reaper, Standing};
use deskhand_protocol::{
    id::SessionId,
    limit::{RECONNECT_GRACE, SESSION_HARD_END},
    record::SessionStatus,
};

const NOBODY: Ends = Ends { helper: false, console: false };
const BOTH: Ends = Ends { helper: true, console: true };
const CONSOLE: Ends = Ends { helper: false, console: true };
const HELPER: Ends = Ends { helper: true, console: false };

struct Watch {
    reaper: Reaper,
    start: Instant,
    id: SessionId,
}

impl Watch {
    fn new() -> Self {
        let id = "0190b0b0-0000-7000-8000-000000000001".parse().unwrap();
        Self { reaper: Reaper::new(RECONNECT_GRACE), start: Instant::now(), id }
    }

    fn at(&self, seconds: u64) -> Instant {
        self.start + Duration::from_secs(seconds)
    }

    fn is(&mut self, seconds: u64, status: SessionStatus, ends: Ends) {
        let started = !matches!(status, SessionStatus::Open | SessionStatus::Waiting);
        let standing =
            Standing { status, started: started.then_some(Duration::ZERO), code_left: Duration::from_secs(900) };
        let now = self.at(seconds);
        self.reaper.update(self.id, standing, ends, now);
    }

    /// The next thing due, and when, in seconds.
    fn next(&mut self) -> Option<(u64, Due)> {
        let at = self.reaper.next_deadline()?;
        assert!(self.reaper.due(at - Duration::from_nanos(1)).is_empty(), "nothing is due early");
        let due = self.reaper.due(at);
        assert_eq!(due.len(), 1);
        Some(((at - self.start).as_secs(), due[0].1))
    }
}

#[test]
fn a_session_nobody_comes_to_expires_with_its_last_code() {
    let mut watch = Watch::new();
    watch.is(0, SessionStatus::Open, CONSOLE);
    assert_eq!(watch.next(), Some((900, Due::Expire)));
}

#[test]
fn a_helper_that_waits_keeps_its_session_beyond_the_code() {
    let mut watch = Watch::new();
    watch.is(0, SessionStatus::Waiting, BOTH);
    assert_eq!(watch.next(), None);
    watch.reaper.ends(watch.id, CONSOLE, watch.at(2_000));
    assert_eq!(watch.next(), Some((2_000, Due::Expire)));
}

#[test]
fn a_live_session_that_misses_both_ends_has_two_minutes() {
    let mut watch = Watch::new();
    watch.is(0, SessionStatus::Live, BOTH);
    watch.reaper.ends(watch.id, CONSOLE, watch.at(100));
    assert_eq!(watch.next(), Some((SESSION_HARD_END.as_secs(), Due::HardEnd)), "one end keeps it");
    watch.reaper.ends(watch.id, NOBODY, watch.at(200));
    assert_eq!(watch.next(), Some((200, Due::Unheard)));
    watch.is(200, SessionStatus::Reconnecting, NOBODY);
    assert_eq!(watch.next(), Some((320, Due::Interrupt)));
}

#[test]
fn one_end_alone_is_waited_with_for_longer() {
    for alone in [CONSOLE, HELPER] {
        let mut watch = Watch::new();
        watch.is(0, SessionStatus::Reconnecting, NOBODY);
        watch.reaper.ends(watch.id, alone, watch.at(119));
        assert_eq!(watch.next(), Some((119 + LONE_END.as_secs(), Due::Interrupt)));
    }
}

#[test]
fn both_ends_together_are_left_to_find_each_other() {
    let mut watch = Watch::new();
    watch.is(0, SessionStatus::Reconnecting, NOBODY);
    watch.reaper.ends(watch.id, BOTH, watch.at(60));
    assert_eq!(watch.next(), Some((SESSION_HARD_END.as_secs(), Due::HardEnd)));
}

#[test]
fn the_hard_end_counts_from_the_start_even_over_restarts() {
    let mut watch = Watch::new();
    let standing = Standing {
        status: SessionStatus::Live,
        started: Some(SESSION_HARD_END.saturating_sub(Duration::from_secs(60))),
        code_left: Duration::ZERO,
    };
    watch.reaper.update(watch.id, standing, BOTH, watch.start);
    // Later news does not push it on, whatever the wall clock says by then.
    let later = Standing { started: Some(Duration::ZERO), ..standing };
    watch.reaper.update(watch.id, later, BOTH, watch.at(30));
    assert_eq!(watch.next(), Some((60, Due::HardEnd)));
}

#[test]
fn what_could_not_be_done_is_named_again_a_little_later() {
    let mut watch = Watch::new();
    watch.is(0, SessionStatus::Open, NOBODY);
    assert_eq!(watch.next(), Some((900, Due::Expire)));
    assert!(watch.reaper.due(watch.at(901)).is_empty());
    assert_eq!(watch.next(), Some((905, Due::Expire)));
    watch.is(906, SessionStatus::Ended, NOBODY);
    assert_eq!(watch.next(), None);
    assert_eq!(watch.reaper.watched().count(), 0);
}
