//! Who looks at a session, over time.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]
#![allow(clippy::disallowed_methods, reason = "a test has to begin at some moment")]

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use deskhand_core::viewing::Viewing;
use deskhand_protocol::{
    id::{SessionId, TechnicianId},
    limit::VIEWING,
};

fn session(n: u8) -> SessionId {
    format!("00000000-0000-7000-8000-0000000000{n:02}").parse().unwrap()
}

fn technician(n: u8) -> TechnicianId {
    format!("00000000-0000-7000-9000-0000000000{n:02}").parse().unwrap()
}

fn set(sessions: &[SessionId]) -> BTreeSet<SessionId> {
    sessions.iter().copied().collect()
}

#[test]
fn a_technician_is_seen_until_he_says_otherwise_leaves_or_falls_silent() {
    let (mut viewing, start) = (Viewing::default(), Instant::now());
    let at = |ms: u64| start + Duration::from_millis(ms);
    assert_eq!(
        viewing.says(technician(1), &[session(1), session(2), session(1)], at(0)),
        set(&[session(1), session(2)])
    );
    assert_eq!(viewing.says(technician(2), &[session(1)], at(0)), set(&[session(1)]));
    assert_eq!(viewing.viewers(session(1)), [technician(1), technician(2)]);
    // Repeated: nothing new. Said without one: that one is over.
    assert_eq!(viewing.says(technician(1), &[session(1)], at(1_500)), set(&[session(2)]));
    assert_eq!(viewing.says(technician(1), &[session(1)], at(3_000)), set(&[]));
    assert!(viewing.viewers(session(2)).is_empty());
    // The second one fell silent and is gone within five seconds; the first one repeats it.
    assert_eq!(viewing.next_deadline(), Some(at(0) + VIEWING));
    assert!(VIEWING <= Duration::from_secs(5));
    assert_eq!(viewing.expire(at(4_999)), set(&[]));
    assert_eq!(viewing.expire(at(5_000)), set(&[session(1)]));
    assert_eq!(viewing.viewers(session(1)), [technician(1)]);
    assert_eq!(viewing.left(technician(1)), set(&[session(1)]));
    assert_eq!(viewing.left(technician(1)), set(&[]));
    assert_eq!(viewing.next_deadline(), None);
}
