//! Who may send to whom on the detour.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]
#![allow(clippy::disallowed_methods, reason = "a test has to begin at some moment")]

use std::{
    net::{SocketAddr, SocketAddrV4},
    time::{Duration, Instant},
};

use deskhand_core::detour::{
    ALLOCATION_LIFE, ALLOCATIONS, Delivery, Detours, End, Keep, Leg, PEERS, PERMISSION_LIFE, Refused,
};
use deskhand_protocol::{id::SessionId, relay::detour::Carrier};
use proptest::prelude::*;

const MOMENT: Duration = Duration::from_millis(1);

/// Two sessions, `a` and `b`, each end with a pass called by its letter and end, as `ah` or `bc`.
struct Stage {
    detours: Detours<u32>,
    now: Instant,
    next: u8,
}

fn session(letter: char) -> SessionId {
    format!("0190b0b0-0000-7000-8000-0000000000{:02x}", letter as u32).parse().unwrap()
}

impl Stage {
    fn new() -> Self {
        let mut stage = Self { detours: Detours::default(), now: Instant::now(), next: 0 };
        stage.passes();
        stage
    }

    fn passes(&mut self) {
        for letter in ['a', 'b'] {
            for (end, name) in [(End::Helper, 'h'), (End::Console, 'c')] {
                let leg = Leg { session: session(letter), end };
                self.detours.issue(leg, format!("{letter}{name}"), [letter as u8; 16], self.now);
            }
        }
    }

    fn allocate(&mut self, caller: u32, pass: &str) -> Result<SocketAddrV4, Refused> {
        self.next = self.next.wrapping_add(1);
        self.detours.allocate(caller, pass, Carrier::Udp, [self.next; 12], self.now).map(|(relayed, _)| relayed)
    }

    fn permit(&mut self, caller: u32, peer: impl Into<SocketAddr>) -> Result<(), Refused> {
        self.detours.permit(caller, &[peer.into()], self.now)
    }

    fn send(&self, caller: u32, peer: impl Into<SocketAddr>) -> Option<u32> {
        self.detours.send(caller, peer.into(), self.now).map(|delivery| delivery.to)
    }
}

#[test]
fn two_ends_of_a_session_reach_each_other_once_both_permit_it() {
    let mut stage = Stage::new();
    let (helper, console) = (stage.allocate(1, "ah").unwrap(), stage.allocate(2, "ac").unwrap());
    assert_eq!(stage.send(1, console), None);
    stage.permit(1, console).unwrap();
    assert_eq!(stage.send(1, console), None, "the other end has not permitted it");
    stage.permit(2, helper).unwrap();
    assert_eq!(stage.send(1, console), Some(2));
    assert_eq!(stage.send(2, helper), Some(1));
    let delivery = stage.detours.send(1, console.into(), stage.now).unwrap();
    assert_eq!(delivery, Delivery { to: 2, from: helper, channel: None });
}

#[test]
fn nobody_else_is_reached() {
    let mut stage = Stage::new();
    let helper = stage.allocate(1, "ah").unwrap();
    let sibling = stage.allocate(2, "ah").unwrap();
    let stranger = stage.allocate(3, "bc").unwrap();
    let outside: [SocketAddr; 5] = [
        "192.0.2.7:53".parse().unwrap(),
        "127.0.0.1:22".parse().unwrap(),
        "240.0.0.200:49152".parse().unwrap(),
        SocketAddr::new((*helper.ip()).into(), 1),
        "[::1]:49152".parse().unwrap(),
    ];
    let inside = [helper, sibling, stranger].map(SocketAddr::from);
    for peer in outside.into_iter().chain(inside) {
        assert_eq!(stage.permit(1, peer), Err(Refused::Forbidden), "{peer}");
        assert_eq!(stage.detours.bind(1, 0x4000, peer, stage.now), Err(Refused::Forbidden), "{peer}");
        assert_eq!(stage.send(1, peer), None, "{peer}");
    }
    let console = stage.allocate(4, "ac").unwrap();
    let mixed = [console.into(), outside[0]];
    assert_eq!(stage.detours.permit(1, &mixed, stage.now), Err(Refused::Forbidden));
    stage.permit(4, helper).unwrap();
    assert_eq!(stage.send(1, console), None, "all or none were permitted");
}

#[test]
fn channels_carry_both_ways_and_are_bound_once() {
    let mut stage = Stage::new();
    let (helper, console) = (stage.allocate(1, "ah").unwrap(), stage.allocate(2, "ac").unwrap());
    let second = stage.allocate(3, "ac").unwrap();
    let now = stage.now;
    stage.detours.bind(1, 0x4000, console.into(), now).unwrap();
    stage.detours.bind(2, 0x4abc, helper.into(), now).unwrap();
    let delivery = stage.detours.send_on(1, 0x4000, now).unwrap();
    assert_eq!(delivery, Delivery { to: 2, from: helper, channel: Some(0x4abc) });
    assert_eq!(stage.detours.send_on(1, 0x4001, now), None);
    stage.detours.bind(1, 0x4000, console.into(), now).unwrap();
    assert_eq!(stage.detours.bind(1, 0x4000, second.into(), now), Err(Refused::Bad));
    assert_eq!(stage.detours.bind(1, 0x4001, console.into(), now), Err(Refused::Bad));
    for number in [0, 0x3fff, 0x8000, 0xffff] {
        assert_eq!(stage.detours.bind(1, number, second.into(), now), Err(Refused::Bad));
    }
}

#[test]
fn a_pass_dies_and_what_it_made_lives_on_while_it_is_refreshed() {
    let mut stage = Stage::new();
    let (helper, console) = (stage.allocate(1, "ah").unwrap(), stage.allocate(2, "ac").unwrap());
    for _ in 0..4 {
        stage.now += ALLOCATION_LIFE - MOMENT;
        for caller in [1, 2] {
            assert_eq!(stage.detours.refresh(caller, Keep::Yes, stage.now), Ok(ALLOCATION_LIFE));
        }
    }
    assert_eq!(stage.allocate(3, "ah"), Err(Refused::Mismatch), "the pass is dead");
    assert_eq!(stage.detours.key(3, "ah", stage.now), None);
    assert!(stage.detours.key(1, "ah", stage.now).is_some());
    assert_eq!(stage.detours.key(1, "bh", stage.now), None, "another pass does not speak for it");
    stage.permit(1, console).unwrap();
    stage.permit(2, helper).unwrap();
    assert_eq!(stage.send(1, console), Some(2));
    stage.now += PERMISSION_LIFE;
    assert_eq!(stage.send(1, console), None, "permissions live five minutes");
    stage.now += ALLOCATION_LIFE;
    assert_eq!(stage.detours.refresh(1, Keep::Yes, stage.now), Err(Refused::Mismatch));
}

#[test]
fn the_end_of_a_session_takes_everything_of_it_and_of_no_other() {
    let mut stage = Stage::new();
    let (helper, console) = (stage.allocate(1, "ah").unwrap(), stage.allocate(2, "ac").unwrap());
    let (other_helper, other_console) = (stage.allocate(3, "bh").unwrap(), stage.allocate(4, "bc").unwrap());
    for (caller, peer) in [(1, console), (2, helper), (3, other_console), (4, other_helper)] {
        stage.permit(caller, peer).unwrap();
    }
    stage.detours.end(session('a'));
    assert_eq!(stage.send(1, console), None);
    assert_eq!(stage.detours.refresh(1, Keep::Yes, stage.now), Err(Refused::Mismatch));
    assert_eq!(stage.allocate(1, "ah"), Err(Refused::Mismatch));
    assert_eq!(stage.send(3, other_console), Some(4));
    assert_eq!(stage.detours.count(), 2);
}

#[test]
fn a_repeated_request_is_answered_alike_and_another_one_refused() {
    let mut stage = Stage::new();
    let first = stage.detours.allocate(1, "ah", Carrier::Tls, [9; 12], stage.now).unwrap();
    assert_eq!(stage.detours.allocate(1, "ah", Carrier::Tls, [9; 12], stage.now), Ok(first));
    assert_eq!(stage.detours.allocate(1, "ah", Carrier::Tls, [8; 12], stage.now), Err(Refused::Mismatch));
    assert_eq!(stage.detours.refresh(1, Keep::No, stage.now), Ok(Duration::ZERO));
    assert_ne!(stage.detours.allocate(1, "ah", Carrier::Tls, [8; 12], stage.now).unwrap().0, first.0);
}

#[test]
fn one_end_cannot_take_all_the_room() {
    let mut stage = Stage::new();
    let console = stage.allocate(1000, "ac").unwrap();
    for caller in 0..u32::try_from(ALLOCATIONS).unwrap() {
        stage.allocate(caller, "ah").unwrap();
    }
    assert_eq!(stage.allocate(999, "ah"), Err(Refused::Quota));
    stage.allocate(998, "bh").unwrap();
    // Addresses of before are forgotten in time, so that restarts never run out of room.
    for round in 0..4_u32 {
        let caller = 2_000 + round;
        stage.detours.refresh(round, Keep::No, stage.now).unwrap();
        let helper = stage.allocate(caller, "ah").unwrap();
        for _ in 0..PEERS {
            stage.permit(1000, helper).unwrap();
        }
        stage.permit(caller, console).unwrap();
        assert_eq!(stage.send(1000, helper), Some(caller));
    }
}

proptest! {
    /// Whatever anyone does: what passes goes from one end of a session to the other end of the same one.
    #[test]
    fn nothing_ever_passes_between_others(
        steps in proptest::collection::vec((0_u32..8, 0_usize..6, 0_usize..12, 0_u64..400), 1..200),
    ) {
        let mut stage = Stage::new();
        let names = ["ah", "ac", "bh", "bc"];
        // The pass with which each caller's newest allocation was made, and all addresses ever given.
        let mut made = [None; 8];
        let mut given: Vec<SocketAddr> = vec!["192.0.2.1:1".parse().unwrap()];
        for (caller, act, peer, seconds) in steps {
            stage.now += Duration::from_secs(seconds);
            let at = usize::try_from(caller).unwrap();
            let peer = given[peer % given.len()];
            match act {
                0 => {
                    let name = names[at % 4];
                    if let Ok(relayed) = stage.allocate(caller, name) {
                        made[at] = Some(name);
                        given.push(relayed.into());
                    }
                }
                1 => drop(stage.permit(caller, peer)),
                2 => drop(stage.detours.bind(caller, 0x4000 + u16::try_from(at).unwrap(), peer, stage.now)),
                3 => drop(stage.detours.refresh(caller, Keep::Yes, stage.now)),
                4 => {
                    if seconds > 300 {
                        stage.passes();
                    }
                }
                _ => {
                    let sent = stage.detours.send(caller, peer, stage.now);
                    let on = stage.detours.send_on(caller, 0x4000 + u16::try_from(at).unwrap(), stage.now);
                    for delivery in [sent, on].into_iter().flatten() {
                        let from = made[at].unwrap();
                        let to = made[usize::try_from(delivery.to).unwrap()].unwrap();
                        prop_assert_eq!(&from[..1], &to[..1]);
                        prop_assert_ne!(&from[1..], &to[1..]);
                    }
                }
            }
        }
    }
}
