//! The life of a session as transcripts, and against a reference that keeps only what must hold.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by failing")]

use deskhand_core::{
    invitation::{self, Claim, InvalidCode, Invitation},
    life::{End, Life, LifeError, Outcome},
};
use deskhand_protocol::{
    UnixMillis,
    capability::Capability,
    key::PublicKey,
    record::{ConsentAnswer, EndReason, SessionEvent, SessionStatus},
    relay::{Report, http::InvitationKind},
};
use proptest::prelude::*;

const CUSTOMER: PublicKey = PublicKey([1; 32]);
const STRANGER: PublicKey = PublicKey([2; 32]);

const fn at(ms: i64) -> UnixMillis {
    UnixMillis(ms)
}

fn live() -> Life {
    let mut life = Life::open(at(0));
    life.helper_came(CUSTOMER, at(10)).unwrap();
    life.report(End::Helper, &Report::Live, at(20)).unwrap();
    life
}

#[test]
fn a_call_goes_from_open_to_ended() {
    let mut life = Life::open(at(0));
    assert_eq!(life.status, SessionStatus::Open);
    life.helper_came(CUSTOMER, at(10)).unwrap();
    assert_eq!((life.status, life.waiting_at), (SessionStatus::Waiting, Some(at(10))));
    life.report(End::Helper, &Report::Live, at(20)).unwrap();
    assert_eq!((life.status, life.started_at), (SessionStatus::Live, Some(at(20))));
    let ended = life.report(End::Helper, &Report::Ended { reason: EndReason::CustomerEnded }, at(50)).unwrap();
    assert_eq!(ended, Outcome::Changed(SessionEvent::Ended { reason: EndReason::CustomerEnded }));
    assert_eq!((life.ended_at, life.duration_ms(at(999))), (Some(at(50)), Some(30)));
}

#[test]
fn the_first_end_stays() {
    let mut life = live();
    life.end(EndReason::CustomerEnded, at(50));
    let first = life.clone();
    assert_eq!(life.end(EndReason::TechnicianEnded, at(60)), Outcome::Unchanged);
    assert_eq!(life.report(End::Helper, &Report::Live, at(60)), Err(LifeError::Over));
    assert_eq!(life.helper_came(CUSTOMER, at(60)), Err(LifeError::Over));
    assert_eq!(life, first);
}

#[test]
fn a_clock_that_is_set_back_makes_no_negative_duration() {
    let mut life = live();
    life.end(EndReason::TechnicianEnded, at(-3_600_000));
    assert_eq!(life.duration_ms(at(-3_600_000)), Some(0));
    assert!(life.ended_at >= life.started_at);
    assert_eq!(live().duration_ms(at(-5)), Some(0));
}

#[test]
fn an_interrupted_session_ended_when_it_was_last_heard_of() {
    let mut life = live();
    life.heard(at(100));
    life.lose_sight();
    life.end(EndReason::Interrupted, at(120_100));
    assert_eq!((life.status, life.ended_at), (SessionStatus::Interrupted, Some(at(100))));
}

#[test]
fn a_helper_that_comes_back_takes_up_what_only_the_relay_lost_sight_of() {
    let mut life = live();
    life.report(End::Helper, &Report::Paused { paused: true }, at(30)).unwrap();
    life.lose_sight();
    assert_eq!(life.status, SessionStatus::Reconnecting);
    life.helper_came(CUSTOMER, at(40)).unwrap();
    assert_eq!(life.status, SessionStatus::Paused);
}

#[test]
fn a_loss_that_an_end_reported_is_over_when_an_end_says_so() {
    let mut life = live();
    life.lose_sight();
    life.report(End::Console, &Report::ConnectionLost, at(30)).unwrap();
    life.helper_came(CUSTOMER, at(40)).unwrap();
    assert_eq!(life.status, SessionStatus::Reconnecting);
    life.report(End::Helper, &Report::Live, at(50)).unwrap();
    assert_eq!((life.status, life.started_at), (SessionStatus::Live, Some(at(20))));
}

#[test]
fn a_denied_question_leaves_earlier_grants() {
    let mut life = live();
    let consent = |granted: Vec<Capability>, answer| Report::Consent {
        asked: vec![Capability::View, Capability::Control],
        granted,
        answer,
    };
    life.report(End::Helper, &consent(vec![Capability::View], ConsentAnswer::Allowed), at(30)).unwrap();
    life.report(End::Helper, &consent(vec![], ConsentAnswer::Denied), at(40)).unwrap();
    assert_eq!(life.granted, [Capability::View]);
    let more = consent(vec![Capability::Restart], ConsentAnswer::Allowed);
    assert_eq!(life.report(End::Helper, &more, at(50)), Err(LifeError::Nonsense));
    let yes_and_no = consent(vec![Capability::View], ConsentAnswer::NoAnswer);
    assert_eq!(life.report(End::Helper, &yes_and_no, at(50)), Err(LifeError::Nonsense));
    assert_eq!(life.report(End::Console, &consent(vec![], ConsentAnswer::Denied), at(50)), Err(LifeError::NotYours));
}

#[test]
fn what_the_customer_changes_in_the_call_is_the_helpers_to_report() {
    let mut life = live();
    let granted = Report::Granted { granted: vec![Capability::View] };
    let attempted = Report::Attempted { capability: Capability::FilesOut };
    let reported = Report::Reported { technician: Some(STRANGER) };
    for report in [&granted, &attempted, &reported] {
        assert_eq!(life.report(End::Console, report, at(30)), Err(LifeError::NotYours));
        assert_eq!(Life::open(at(0)).report(End::Helper, report, at(30)), Err(LifeError::Misfit));
    }
    life.report(End::Helper, &granted, at(40)).unwrap();
    assert_eq!(life.granted, [Capability::View]);
    assert_eq!(life.report(End::Helper, &granted, at(50)), Ok(Outcome::Unchanged));
    assert!(matches!(
        life.report(End::Helper, &attempted, at(60)),
        Ok(Outcome::Changed(SessionEvent::Attempted { capability: Capability::FilesOut }))
    ));
    assert!(matches!(
        life.report(End::Helper, &reported, at(70)),
        Ok(Outcome::Changed(SessionEvent::Reported { technician: Some(STRANGER) }))
    ));
    let flood = Report::Granted { granted: vec![Capability::View; 100] };
    assert_eq!(life.report(End::Helper, &flood, at(80)), Err(LifeError::Nonsense));
}

#[test]
fn a_helper_that_never_shared_can_be_let_go_and_one_that_did_cannot() {
    let mut life = Life::open(at(0));
    life.helper_came(STRANGER, at(10)).unwrap();
    assert_eq!(life.release(at(20)), Ok(Some(STRANGER)));
    assert_eq!((life.status, life.helper_key), (SessionStatus::Open, None));
    assert_eq!(live().release(at(20)), Err(LifeError::Misfit));
}

#[test]
fn every_refused_claim_is_the_same() {
    let good = Invitation { expires_at: at(100), dead: false };
    let open = Life::open(at(0));
    assert_eq!(invitation::claim(&good, &open, CUSTOMER, at(99)), Ok(Claim::First));
    assert_eq!(invitation::claim(&good, &open, CUSTOMER, at(100)), Err(InvalidCode));
    let dead = Invitation { dead: true, ..good };
    assert_eq!(invitation::claim(&dead, &open, CUSTOMER, at(1)), Err(InvalidCode));
    let bound = live();
    assert_eq!(invitation::claim(&good, &bound, STRANGER, at(1)), Err(InvalidCode));
    assert_eq!(invitation::claim(&good, &bound, CUSTOMER, at(5_000)), Ok(Claim::Again));
    let mut over = live();
    over.end(EndReason::TechnicianEnded, at(30));
    assert_eq!(invitation::claim(&good, &over, CUSTOMER, at(40)), Err(InvalidCode));
}

#[test]
fn a_code_never_lives_longer_than_its_kind() {
    assert_eq!(invitation::life(InvitationKind::Spoken, u64::MAX).as_secs(), 15 * 60);
    assert_eq!(invitation::life(InvitationKind::Link, u64::MAX).as_secs(), 20 * 24 * 3_600);
    assert_eq!(invitation::life(InvitationKind::Link, 5).as_millis(), 5);
}

/// Anything that can happen.
#[derive(Debug, Clone)]
enum Step {
    Came(bool),
    Said(End, Report),
    LostSight,
    Released,
    End(EndReason),
}

fn step() -> impl Strategy<Value = Step> {
    let reason = prop_oneof![
        Just(EndReason::CustomerEnded),
        Just(EndReason::TechnicianEnded),
        Just(EndReason::Expired),
        Just(EndReason::HardEnd),
        Just(EndReason::Interrupted),
    ];
    let granted = prop_oneof![Just(vec![]), Just(vec![Capability::View]), Just(vec![Capability::Restart])];
    let answer = prop_oneof![Just(ConsentAnswer::Allowed), Just(ConsentAnswer::Denied)];
    let report = prop_oneof![
        4 => Just(Report::Live),
        2 => any::<bool>().prop_map(|paused| Report::Paused { paused }),
        2 => Just(Report::ConnectionLost),
        1 => Just(Report::CodeRevoked),
        1 => reason.clone().prop_map(|reason| Report::Ended { reason }),
        1 => granted.clone().prop_map(|granted| Report::Granted { granted }),
        1 => Just(Report::Attempted { capability: Capability::Restart }),
        1 => Just(Report::Reported { technician: None }),
        2 => (granted, answer).prop_map(|(granted, answer)| Report::Consent {
            asked: vec![Capability::View],
            granted,
            answer
        }),
    ];
    let end = prop_oneof![Just(End::Console), Just(End::Helper)];
    prop_oneof![
        4 => any::<bool>().prop_map(Step::Came),
        8 => (end, report).prop_map(|(end, report)| Step::Said(end, report)),
        2 => Just(Step::LostSight),
        1 => Just(Step::Released),
        1 => reason.prop_map(Step::End),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_at_whatever_time_the_record_holds_together(
        steps in prop::collection::vec((step(), -5_000_i64..5_000), 0..60),
    ) {
        let mut life = Life::open(at(0));
        for (step, jump) in steps {
            let before = life.clone();
            let now = at(jump);
            let outcome = match &step {
                Step::Came(own) => life.helper_came(if *own { CUSTOMER } else { STRANGER }, now).map(|_| ()),
                Step::Said(end, report) => life.report(*end, report, now).map(|_| ()),
                Step::LostSight => {
                    life.lose_sight();
                    Ok(())
                }
                Step::Released => life.release(now).map(|_| ()),
                Step::End(reason) => {
                    life.end(*reason, now);
                    Ok(())
                }
            };
            if let Step::Said(_, Report::Consent { granted, .. }) = &step {
                prop_assert!(outcome.is_err() || !granted.contains(&Capability::Restart), "that was not asked for");
            }
            if outcome.is_err() || before.is_over() {
                prop_assert_eq!(&life, &before, "{:?}", step);
            }
            if before.started_at.is_some() {
                prop_assert_eq!(life.started_at, before.started_at);
                prop_assert_eq!(life.helper_key, before.helper_key);
            }
            prop_assert!(life.last_active_at >= before.last_active_at);
            prop_assert_eq!(life.is_over(), life.ended_at.is_some());
            prop_assert_eq!(life.is_over(), life.end_reason.is_some());
            prop_assert!(life.started_at.is_none() || life.waiting_at <= life.started_at);
            prop_assert!(life.ended_at.is_none() || life.started_at.is_none() || life.started_at <= life.ended_at);
            prop_assert!(life.unseen.is_none() || life.status == SessionStatus::Reconnecting);
            let running = matches!(life.status, SessionStatus::Live | SessionStatus::Paused | SessionStatus::Reconnecting);
            prop_assert!(!running || life.started_at.is_some());
            prop_assert!(!running || life.helper_key.is_some());
        }
    }
}
