//! Routing against a reference that is plain and slow.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by failing")]

use std::collections::BTreeMap;

use deskhand_core::switchboard::{ConnectionId, Left, Switchboard};
use deskhand_protocol::{
    id::{SessionId, TechnicianId},
    key::PublicKey,
};
use proptest::prelude::*;

fn technician(n: u8) -> TechnicianId {
    format!("0190b0b0-0000-7000-8000-0000000001{n:02}").parse().unwrap()
}

fn session(n: u8) -> SessionId {
    format!("0190b0b0-0000-7000-8000-0000000002{n:02}").parse().unwrap()
}

const fn key(n: u8) -> PublicKey {
    PublicKey([n; 32])
}

#[test]
fn the_newest_connection_of_a_key_takes_the_place_of_the_older() {
    let mut board = Switchboard::default();
    assert_eq!(board.helper_came(key(1), ConnectionId(1)), Left::default());
    assert!(board.attach(session(1), ConnectionId(1), technician(1)));
    let left = board.helper_came(key(1), ConnectionId(2));
    assert_eq!(left, Left { connection: Some(ConnectionId(1)), sessions: vec![session(1)] });
    assert_eq!(board.helper_of(session(1)), None);
    assert_eq!(board.helper_left(ConnectionId(1)), Left::default(), "it had left before");
    assert!(board.is_online(&key(1)));
    assert!(!board.attach(session(1), ConnectionId(1), technician(1)), "a connection that is gone takes nothing up");
}

#[test]
fn a_signal_finds_only_its_own_other_end() {
    let mut board = Switchboard::default();
    board.helper_came(key(1), ConnectionId(1));
    board.helper_came(key(2), ConnectionId(2));
    board.console_came(technician(1), ConnectionId(3));
    board.console_came(technician(2), ConnectionId(4));
    board.attach(session(1), ConnectionId(1), technician(1));
    assert_eq!(board.to_helper(technician(1), session(1)), Some(ConnectionId(1)));
    assert_eq!(board.to_helper(technician(2), session(1)), None);
    assert_eq!(board.to_console(ConnectionId(1), session(1)), Some(ConnectionId(3)));
    assert_eq!(board.to_console(ConnectionId(2), session(1)), None);
    assert_eq!(board.detach(session(1)), Some(ConnectionId(1)));
    assert_eq!(board.to_helper(technician(1), session(1)), None);
}

#[derive(Debug, Clone)]
enum Step {
    ConsoleCame(u8),
    ConsoleLeft(u8, u8),
    HelperCame(u8),
    HelperLeft(u8),
    Attach(u8, u8, u8),
    Detach(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..3_u8).prop_map(Step::ConsoleCame),
        (0..3_u8, 0..40_u8).prop_map(|(who, which)| Step::ConsoleLeft(who, which)),
        (0..4_u8).prop_map(Step::HelperCame),
        (0..40_u8).prop_map(Step::HelperLeft),
        (0..5_u8, 0..40_u8, 0..3_u8).prop_map(|(what, which, whose)| Step::Attach(what, which, whose)),
        (0..5_u8).prop_map(Step::Detach),
    ]
}

/// Everything that was ever said, and what is left of it.
#[derive(Default)]
struct Reference {
    consoles: BTreeMap<u8, u64>,
    helpers: BTreeMap<u64, u8>,
    sessions: BTreeMap<u8, (u64, u8)>,
}

proptest! {
    #[test]
    fn routing_agrees_with_the_reference(steps in prop::collection::vec(step(), 0..80)) {
        let mut board = Switchboard::default();
        let mut reference = Reference::default();
        for (next, step) in (1_u64..).zip(steps) {
            match step {
                Step::ConsoleCame(who) => {
                    let older = board.console_came(technician(who), ConnectionId(next));
                    prop_assert_eq!(older.map(|id| id.0), reference.consoles.insert(who, next));
                }
                Step::ConsoleLeft(who, which) => {
                    let left = board.console_left(technician(who), ConnectionId(which.into()));
                    let own = reference.consoles.get(&who) == Some(&u64::from(which));
                    prop_assert_eq!(left, own);
                    if own {
                        reference.consoles.remove(&who);
                    }
                }
                Step::HelperCame(who) => {
                    let left = board.helper_came(key(who), ConnectionId(next));
                    let older = reference.helpers.iter().find(|(_, owner)| **owner == who).map(|(id, _)| *id);
                    prop_assert_eq!(left.connection.map(|id| id.0), older);
                    if let Some(older) = older {
                        reference.helpers.remove(&older);
                        reference.sessions.retain(|_, (helper, _)| *helper != older);
                    }
                    reference.helpers.insert(next, who);
                }
                Step::HelperLeft(which) => {
                    let left = board.helper_left(ConnectionId(which.into()));
                    prop_assert_eq!(left.connection.is_some(), reference.helpers.remove(&which.into()).is_some());
                    reference.sessions.retain(|_, (helper, _)| *helper != u64::from(which));
                }
                Step::Attach(what, which, whose) => {
                    let attached = board.attach(session(what), ConnectionId(which.into()), technician(whose));
                    let here = reference.helpers.contains_key(&which.into());
                    prop_assert_eq!(attached, here);
                    if here {
                        reference.sessions.insert(what, (which.into(), whose));
                    }
                }
                Step::Detach(what) => {
                    let was = reference.sessions.remove(&what).map(|(helper, _)| helper);
                    prop_assert_eq!(board.detach(session(what)).map(|id| id.0), was);
                }
            }
            for what in 0..5 {
                let line = reference.sessions.get(&what);
                prop_assert_eq!(board.helper_of(session(what)).map(|id| id.0), line.map(|(helper, _)| *helper));
                for who in 0..3 {
                    let expected = line.filter(|(_, whose)| *whose == who).map(|(helper, _)| *helper);
                    prop_assert_eq!(board.to_helper(technician(who), session(what)).map(|id| id.0), expected);
                }
                for helper in reference.helpers.keys() {
                    let expected = line
                        .filter(|(own, _)| own == helper)
                        .and_then(|(_, whose)| reference.consoles.get(whose).copied());
                    let found = board.to_console(ConnectionId(*helper), session(what)).map(|id| id.0);
                    prop_assert_eq!(found, expected);
                }
            }
        }
    }
}
