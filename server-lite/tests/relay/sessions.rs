//! The life of a session, told by both ends.

use std::time::Duration;

use deskhand_protocol::{
    capability::Capability,
    error::ErrorCode,
    id::SessionId,
    record::{ConsentAnswer, EndReason, SessionEvent, SessionStatus},
    relay::{
        Report,
        console_socket::{ConsoleToRelay, RelayToConsole},
        helper_socket::{HelperToRelay, RelayToHelper},
        http::{Events, Sessions},
    },
};
use ed25519_dalek::SigningKey;

use crate::peers::{Console, Helper, House, Technician, fresh};

/// A session that shares its screen.
pub(crate) struct Call {
    pub(crate) id: SessionId,
    pub(crate) key: SigningKey,
    pub(crate) helper: Helper,
    pub(crate) console: Console,
}

pub(crate) async fn live(house: &House, owner: &Technician) -> Call {
    let mut console = owner.console().await;
    let (session, code) = owner.new_session().await;
    let key = SigningKey::from_bytes(&fresh());
    let mut helper = Helper::connect(house.at(), &key).await;
    let id = helper.claim(&code.finder).await;
    assert_eq!(id, session.id);
    let asked = vec![Capability::View, Capability::Control];
    let granted = vec![Capability::View];
    helper.report(id, Report::Consent { asked, granted, answer: ConsentAnswer::Allowed }).await;
    helper.report(id, Report::Live).await;
    console.until_session(|seen| seen.status == SessionStatus::Live).await;
    Call { id, key, helper, console }
}

impl Helper {
    pub(crate) async fn report(&mut self, session: SessionId, report: Report) {
        self.send(&HelperToRelay::Report { session, report }).await;
    }
}

#[tokio::test]
async fn a_call_is_recorded_from_code_to_end() {
    let house = House::new().await;
    let owner = house.owner().await;
    let mut call = live(&house, &owner).await;
    call.helper.report(call.id, Report::Paused { paused: true }).await;
    call.console.until_session(|seen| seen.status == SessionStatus::Paused).await;
    call.helper.report(call.id, Report::Paused { paused: false }).await;
    call.helper.report(call.id, Report::Ended { reason: EndReason::CustomerEnded }).await;
    let ended = call.console.until_session(|seen| seen.ended_at.is_some()).await;
    assert_eq!((ended.status, ended.end_reason), (SessionStatus::Ended, Some(EndReason::CustomerEnded)));
    assert_eq!(ended.granted, [Capability::View]);
    let (start, end) = (ended.started_at.unwrap(), ended.ended_at.unwrap());
    assert_eq!(ended.duration_ms, Some(u64::try_from(end.0 - start.0).unwrap()));
    assert_eq!(call.helper.next().await, RelayToHelper::Ended { session: call.id, reason: EndReason::CustomerEnded });

    // The other end says so too: nothing changes.
    let late = Report::Ended { reason: EndReason::TechnicianEnded };
    call.console.send(&ConsoleToRelay::Report { session: call.id, report: late }).await;
    assert_eq!(owner.end(call.id).await, ended);

    let events: Events = owner.get(&format!("/api/v1/sessions/{}/events", call.id)).await;
    let kinds: Vec<_> = events.events.iter().map(|record| record.event.clone()).collect();
    let consent = SessionEvent::Consent {
        asked: vec![Capability::View, Capability::Control],
        granted: vec![Capability::View],
        answer: ConsentAnswer::Allowed,
    };
    assert_eq!(
        kinds,
        [
            SessionEvent::Created,
            SessionEvent::HelperCame,
            consent,
            SessionEvent::WentLive,
            SessionEvent::Paused { paused: true },
            SessionEvent::Paused { paused: false },
            SessionEvent::Ended { reason: EndReason::CustomerEnded },
        ]
    );
    assert_eq!(events.events.iter().map(|record| record.seq).collect::<Vec<_>>(), (1..=7).collect::<Vec<_>>());
}

#[tokio::test]
async fn signals_pass_between_the_two_ends_and_nobody_else() {
    let house = House::new().await;
    let owner = house.owner().await;
    let mut call = live(&house, &owner).await;
    let signal = "{\"opaque\":\"\\u0000 to the relay\"}".to_owned();
    call.helper.send(&HelperToRelay::Signal { session: call.id, signal: signal.clone() }).await;
    let passed = call
        .console
        .until(|message| match message {
            RelayToConsole::Signal { session, signal } => Some((session, signal)),
            _ => None,
        })
        .await;
    assert_eq!(passed, (call.id, signal.clone()));
    call.console.send(&ConsoleToRelay::Signal { session: call.id, signal: signal.clone() }).await;
    assert_eq!(call.helper.next().await, RelayToHelper::Signal { session: call.id, signal: signal.clone() });

    let mut stranger = Helper::connect(house.at(), &SigningKey::from_bytes(&fresh())).await;
    stranger.send(&HelperToRelay::Signal { session: call.id, signal: signal.clone() }).await;
    assert_eq!(stranger.refused().await, ErrorCode::NotFound);
    drop(call.helper);
    call.console.until_session(|seen| !seen.helper_online).await;
    call.console.send(&ConsoleToRelay::Signal { session: call.id, signal }).await;
    assert_eq!(call.console.refused().await, ErrorCode::PeerAbsent);
}

#[tokio::test]
async fn the_helper_learns_whether_the_console_is_here() {
    let house = House::new().await;
    let owner = house.owner().await;
    let mut call = live(&house, &owner).await;
    drop(call.console);
    assert_eq!(call.helper.next().await, RelayToHelper::Console { session: call.id, online: false });
    let mut older = owner.console().await;
    assert_eq!(call.helper.next().await, RelayToHelper::Console { session: call.id, online: true });
    let _newer = owner.console().await;
    assert_eq!(older.0.closed_with().await, Some(ErrorCode::Replaced));
    // The newer one has taken its place: the helper is not told that the console went.
    assert_eq!(call.helper.next().await, RelayToHelper::Console { session: call.id, online: true });
}

#[tokio::test]
async fn an_end_reports_only_what_is_its_to_report() {
    let house = House::new().await;
    let owner = house.owner().await;
    let mut call = live(&house, &owner).await;
    call.console.send(&ConsoleToRelay::Report { session: call.id, report: Report::Live }).await;
    assert_eq!(call.console.refused().await, ErrorCode::Forbidden);
    call.helper.report(call.id, Report::CodeRevoked).await;
    assert_eq!(call.helper.refused().await, ErrorCode::Forbidden);
    call.helper.report(call.id, Report::Ended { reason: EndReason::Expired }).await;
    assert_eq!(call.helper.refused().await, ErrorCode::Forbidden);
    let (session, code) = owner.new_session().await;
    call.helper.claim(&code.finder).await;
    call.helper.report(session.id, Report::Paused { paused: true }).await;
    assert_eq!(call.helper.refused().await, ErrorCode::Conflict);
    assert_eq!(owner.session(call.id).await.status, SessionStatus::Live);
}

#[tokio::test]
async fn a_lost_connection_is_reconnecting_until_the_screen_is_back() {
    let house = House::new().await;
    let owner = house.owner().await;
    let mut call = live(&house, &owner).await;
    let started = owner.session(call.id).await.started_at;
    call.console.send(&ConsoleToRelay::Report { session: call.id, report: Report::ConnectionLost }).await;
    call.console.until_session(|seen| seen.status == SessionStatus::Reconnecting).await;
    call.helper.report(call.id, Report::Live).await;
    let back = call.console.until_session(|seen| seen.status == SessionStatus::Live).await;
    assert_eq!(back.started_at, started);
}

#[tokio::test]
async fn a_session_that_misses_both_ends_is_interrupted_at_the_last_moment_it_was_heard_of() {
    let mut house = House::new().await;
    house.stop().await;
    house.grace = Duration::from_millis(300);
    house.start().await;
    let owner = house.owner().await;
    let mut call = live(&house, &owner).await;
    drop(call.helper);
    call.console.until_session(|seen| !seen.helper_online).await;
    drop(call.console);
    let over = loop {
        let seen = owner.session(call.id).await;
        if seen.ended_at.is_some() {
            break seen;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!((over.status, over.end_reason), (SessionStatus::Interrupted, Some(EndReason::Interrupted)));
    assert_eq!(over.ended_at, Some(over.last_active_at));
    let mut late = Helper::connect(house.at(), &call.key).await;
    late.send(&HelperToRelay::Resume { session: call.id }).await;
    assert_eq!(late.next().await, RelayToHelper::Ended { session: call.id, reason: EndReason::Interrupted });
}

#[tokio::test]
async fn history_comes_in_pages_newest_first() {
    let house = House::new().await;
    let owner = house.owner().await;
    let mut made = Vec::new();
    for _ in 0..7 {
        made.push(owner.new_session().await.0.id);
    }
    made.reverse();
    let first: Sessions = owner.get("/api/v1/sessions?limit=3").await;
    let last = first.sessions.last().unwrap().id;
    let rest: Sessions = owner.get(&format!("/api/v1/sessions?limit=100&before={last}")).await;
    let seen: Vec<_> = first.sessions.iter().chain(&rest.sessions).map(|session| session.id).collect();
    assert_eq!((first.sessions.len(), seen), (3, made));
}
