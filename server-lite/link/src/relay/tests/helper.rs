//! What a helper's link does.

use std::{sync::Arc, time::Duration};

use deskhand_protocol::{
    code::Invitation,
    error::ErrorCode,
    id::SessionId,
    limit::SOCKET_FRAME,
    record::{DeviceFacts, EndReason, Via},
    relay::helper_socket::{HelperToRelay, RelayToHelper},
    text::Name,
};
use tokio::{
    sync::{Notify, mpsc},
    time::timeout,
};
use tokio_tungstenite::tungstenite::Message;
use tokio_util::sync::CancellationToken;

use super::fake::{Caller, FakeRelay, OwnCertificate, PATIENCE, claimed, error, session};
use crate::{
    identity::Identity,
    relay::{
        HelperLink, HelperLinkEvent, HelperLinkParameters, Lost, Route, SendError, Stop,
        socket::{Socket, Step},
    },
    tls::{Certificate, Trust},
};

fn parameters(routes: Vec<Route>) -> HelperLinkParameters {
    let name = |text: &str| Name::new(text).unwrap();
    HelperLinkParameters {
        routes,
        identity: Arc::new(Identity::from_seed(&[0x22; 32])),
        facts: DeviceFacts {
            via: Via::Program,
            host: name("pc-7"),
            os: name("Debian 12"),
            arch: name("x86_64"),
            helper_version: name("0.1.0"),
        },
        finder: Invitation::spoken([1, 2, 3, 4, 5]).finder,
        session: None,
    }
}

fn plain(relay: &FakeRelay) -> Route {
    Route::typed(format!("http://{}", relay.address()).parse().unwrap())
}

fn secure(relay: &FakeRelay, trust: Trust) -> Route {
    Route { address: format!("https://localhost:{}", relay.address().port()).parse().unwrap(), trust }
}

async fn next(events: &mut mpsc::Receiver<HelperLinkEvent>) -> HelperLinkEvent {
    timeout(PATIENCE, events.recv()).await.unwrap().expect("an event")
}

/// Skips the attempts that fail.
async fn connected(events: &mut mpsc::Receiver<HelperLinkEvent>) -> Certificate {
    loop {
        match next(events).await {
            HelperLinkEvent::Connected { met } => return met.certificate,
            HelperLinkEvent::Disconnected { .. } => {}
            other => panic!("{other:?}"),
        }
    }
}

/// A relay with a helper that has claimed its session.
async fn claim(relay: &FakeRelay) -> (HelperLink, mpsc::Receiver<HelperLinkEvent>, Caller) {
    let (link, mut events) = HelperLink::open(parameters(vec![plain(relay)])).unwrap();
    let mut caller = relay.accept().await;
    let (key, asked) = relay.welcome(&mut caller).await;
    assert_eq!(key, Identity::from_seed(&[0x22; 32]).public());
    assert!(matches!(asked, HelperToRelay::Claim { finder } if finder.is_spoken()));
    caller.say(&claimed()).await;
    assert_eq!(connected(&mut events).await, Certificate::Loopback);
    assert_eq!(next(&mut events).await, HelperLinkEvent::Message(claimed()));
    (link, events, caller)
}

#[tokio::test]
async fn a_helper_proves_its_key_claims_and_talks() {
    let relay = FakeRelay::start().await;
    let (link, mut events, mut caller) = claim(&relay).await;
    let signal = HelperToRelay::Signal { session: session(), signal: "to the console".into() };
    link.send(&signal).unwrap();
    assert_eq!(caller.hear::<HelperToRelay>().await, signal);
    let signal = RelayToHelper::Signal { session: session(), signal: "to the helper".into() };
    caller.say(&signal).await;
    assert_eq!(next(&mut events).await, HelperLinkEvent::Message(signal));
}

#[tokio::test]
async fn a_lost_connection_comes_back_and_takes_the_session_up() {
    let relay = FakeRelay::start().await;
    let (link, mut events, caller) = claim(&relay).await;
    drop(caller);
    let HelperLinkEvent::Disconnected { retry_in, .. } = next(&mut events).await else { panic!("lost") };
    assert!(retry_in <= Duration::from_millis(500));
    let report = HelperToRelay::Resume { session: session() };
    assert_eq!(link.send(&report), Err(SendError::NotConnected));
    let mut caller = relay.accept().await;
    let (_, asked) = relay.welcome(&mut caller).await;
    assert_eq!(asked, HelperToRelay::Resume { session: session() });
    connected(&mut events).await;
    assert!(link.is_connected());
}

#[tokio::test]
async fn the_next_address_is_tried_when_one_does_not_answer() {
    let gone = FakeRelay::start().await;
    let nobody = plain(&gone);
    drop(gone);
    let relay = FakeRelay::start().await;
    let (_link, mut events) = HelperLink::open(parameters(vec![nobody, plain(&relay)])).unwrap();
    let mut caller = relay.accept().await;
    relay.welcome(&mut caller).await;
    let HelperLinkEvent::Connected { met } = next(&mut events).await else { panic!("the first round succeeds") };
    assert_eq!(met.address, plain(&relay).address);
    assert_eq!(met.relay, relay.identity.public());
}

#[tokio::test]
async fn a_final_refusal_stops_the_link() {
    for (code, stop) in [
        (ErrorCode::InvalidCode, Stop::InvalidCode),
        (ErrorCode::SessionEnded, Stop::SessionEnded),
        (ErrorCode::Replaced, Stop::Replaced),
        (ErrorCode::VersionUnsupported, Stop::VersionUnsupported),
    ] {
        let relay = FakeRelay::start().await;
        let (_link, mut events) = HelperLink::open(parameters(vec![plain(&relay)])).unwrap();
        let mut caller = relay.accept().await;
        relay.welcome(&mut caller).await;
        caller.say(&RelayToHelper::Error { session: None, error: error(code) }).await;
        connected(&mut events).await;
        assert_eq!(next(&mut events).await, HelperLinkEvent::Stopped { reason: stop });
        assert_eq!(timeout(PATIENCE, events.recv()).await.unwrap(), None);
        caller.goodbye().await;
    }
}

#[tokio::test]
async fn a_refusal_of_one_message_does_not_stop_the_link() {
    let relay = FakeRelay::start().await;
    let (link, mut events, mut caller) = claim(&relay).await;
    for code in [ErrorCode::PeerAbsent, ErrorCode::Forbidden] {
        let refusal = RelayToHelper::Error { session: Some(session()), error: error(code) };
        caller.say(&refusal).await;
        assert_eq!(next(&mut events).await, HelperLinkEvent::Message(refusal));
    }
    assert!(link.is_connected());
}

#[tokio::test]
async fn after_the_end_of_the_session_nothing_is_tried_again() {
    let relay = FakeRelay::start().await;
    let (_link, mut events, mut caller) = claim(&relay).await;
    let ended = RelayToHelper::Ended { session: session(), reason: EndReason::TechnicianEnded };
    caller.say(&ended).await;
    drop(caller);
    assert_eq!(next(&mut events).await, HelperLinkEvent::Message(ended));
    assert_eq!(next(&mut events).await, HelperLinkEvent::Stopped { reason: Stop::SessionEnded });
}

#[tokio::test]
async fn dropping_the_link_closes_its_socket() {
    let relay = FakeRelay::start().await;
    let (link, _events, mut caller) = claim(&relay).await;
    drop(link);
    assert!(!caller.goodbye().await);
}

#[tokio::test]
async fn closing_the_link_sends_what_is_waiting_and_says_goodbye() {
    let relay = FakeRelay::start().await;
    let (link, _events, mut caller) = claim(&relay).await;
    let last = HelperToRelay::Signal { session: session(), signal: "goodbye".into() };
    link.send(&last).unwrap();
    let closing = tokio::spawn(link.close());
    assert_eq!(caller.hear::<HelperToRelay>().await, last);
    assert!(caller.goodbye().await);
    closing.await.unwrap();
}

#[tokio::test]
async fn what_is_no_message_ends_the_connection_not_the_link() {
    let garbage = [
        Message::text("{\"type\":\"welcome"),
        Message::text("{\"type\":\"who knows\"}"),
        Message::binary(vec![0; 10]),
        Message::text(" ".repeat(SOCKET_FRAME + 1)),
    ];
    for one in garbage {
        let relay = FakeRelay::start().await;
        let (_link, mut events, mut caller) = claim(&relay).await;
        caller.say_raw(one).await;
        let HelperLinkEvent::Disconnected { reason, .. } = next(&mut events).await else { panic!("lost") };
        assert_eq!(reason, Lost::NotARelay);
        let mut caller = relay.accept().await;
        relay.welcome(&mut caller).await;
    }
}

#[tokio::test]
async fn a_message_over_the_limit_is_not_sent() {
    let relay = FakeRelay::start().await;
    let (link, _events, _caller) = claim(&relay).await;
    let huge = HelperToRelay::Signal { session: session(), signal: "x".repeat(SOCKET_FRAME) };
    assert_eq!(link.send(&huge), Err(SendError::TooLarge));
}

#[tokio::test]
async fn a_relay_that_falls_silent_is_noticed() {
    let relay = FakeRelay::start().await;
    let route = plain(&relay);
    let (opened, _caller) = tokio::join!(Socket::connect(&route, "/api/v1/helper"), relay.accept());
    let (mut socket, _) = opened.unwrap();
    socket.hurry(Duration::from_millis(50), Duration::from_secs(3600));
    let (_to_send, mut outgoing) = mpsc::channel(1);
    let closing = CancellationToken::new();
    let doubt = Notify::new();
    let step = socket.step::<RelayToHelper>(&mut outgoing, &closing, &doubt);
    assert!(matches!(timeout(PATIENCE, step).await, Ok(Step::Lost(Lost::Silent))));
}

#[tokio::test]
async fn a_relay_that_is_doubted_must_answer_within_seconds() {
    let relay = FakeRelay::start().await;
    let route = plain(&relay);
    let (opened, _caller) = tokio::join!(Socket::connect(&route, "/api/v1/helper"), relay.accept());
    let (mut socket, _) = opened.unwrap();
    socket.hurry(Duration::from_secs(3600), Duration::from_millis(50));
    let (_to_send, mut outgoing) = mpsc::channel(1);
    let (closing, doubt) = (CancellationToken::new(), Notify::new());
    doubt.notify_one();
    // The relay neither reads nor answers.
    let step = socket.step::<RelayToHelper>(&mut outgoing, &closing, &doubt);
    assert!(matches!(timeout(PATIENCE, step).await, Ok(Step::Lost(Lost::Silent))));
}

#[tokio::test]
async fn a_relay_that_answers_a_doubt_is_kept() {
    let relay = FakeRelay::start().await;
    let (link, mut events, mut caller) = claim(&relay).await;
    link.doubt();
    // Reading is what makes it answer.
    let signal = HelperToRelay::Signal { session: session(), signal: "after the question".into() };
    link.send(&signal).unwrap();
    assert_eq!(caller.hear::<HelperToRelay>().await, signal);
    let answer = RelayToHelper::Signal { session: session(), signal: "the relay is there".into() };
    caller.say(&answer).await;
    assert_eq!(next(&mut events).await, HelperLinkEvent::Message(answer));
    assert!(link.is_connected());
}

#[tokio::test]
async fn a_pinned_certificate_is_met_and_no_other() {
    let (own, other) = (OwnCertificate::new(), OwnCertificate::new());
    let relay = FakeRelay::start().await;
    let route = secure(&relay, Trust::Pinned(vec![own.pin]));
    let (_link, mut events) = HelperLink::open(parameters(vec![route])).unwrap();
    assert!(relay.accept_tls(&other).await.is_none());
    assert!(matches!(next(&mut events).await, HelperLinkEvent::Disconnected { reason: Lost::Certificate, .. }));
    let mut caller = relay.accept_tls(&own).await.unwrap();
    relay.welcome(&mut caller).await;
    assert_eq!(connected(&mut events).await, Certificate::Pinned(own.pin));
}

#[tokio::test]
async fn a_certificate_that_the_system_does_not_know_is_told_for_a_typed_code() {
    let own = OwnCertificate::new();
    let relay = FakeRelay::start().await;
    let (_link, mut events) = HelperLink::open(parameters(vec![secure(&relay, Trust::Provisional)])).unwrap();
    let mut caller = relay.accept_tls(&own).await.unwrap();
    relay.welcome(&mut caller).await;
    assert_eq!(connected(&mut events).await, Certificate::Provisional(own.pin));
}

#[tokio::test]
async fn nobody_steps_in_with_another_certificate_after_the_claim() {
    let (own, other) = (OwnCertificate::new(), OwnCertificate::new());
    let relay = FakeRelay::start().await;
    let (_link, mut events) = HelperLink::open(parameters(vec![secure(&relay, Trust::Provisional)])).unwrap();
    let mut caller = relay.accept_tls(&own).await.unwrap();
    relay.welcome(&mut caller).await;
    caller.say(&claimed()).await;
    connected(&mut events).await;
    assert_eq!(next(&mut events).await, HelperLinkEvent::Message(claimed()));
    drop(caller);
    assert!(matches!(next(&mut events).await, HelperLinkEvent::Disconnected { .. }));
    let mut stranger = relay.accept_tls(&other).await.unwrap();
    stranger.goodbye().await;
    assert!(matches!(next(&mut events).await, HelperLinkEvent::Disconnected { reason: Lost::Certificate, .. }));
    let mut caller = relay.accept_tls(&own).await.unwrap();
    relay.welcome(&mut caller).await;
    assert_eq!(connected(&mut events).await, Certificate::Provisional(own.pin));
}

#[tokio::test]
async fn a_certificate_of_its_own_is_not_trusted_by_the_system() {
    let own = OwnCertificate::new();
    let relay = FakeRelay::start().await;
    let (_link, mut events) = HelperLink::open(parameters(vec![secure(&relay, Trust::System)])).unwrap();
    let accepted = tokio::spawn(async move { relay.accept_tls(&own).await.is_some() });
    assert!(matches!(next(&mut events).await, HelperLinkEvent::Disconnected { reason: Lost::Certificate, .. }));
    accepted.abort();
}

#[tokio::test]
async fn every_session_of_a_call_is_taken_up_again_until_it_is_over() {
    let relay = FakeRelay::start().await;
    let (link, mut events, mut caller) = claim(&relay).await;
    let further = SessionId::from_uuid(uuid::Uuid::from_u128(77));
    let finder = Invitation::spoken([9; 5]).finder;
    link.send(&HelperToRelay::Claim { finder: finder.clone() }).unwrap();
    assert_eq!(caller.hear::<HelperToRelay>().await, HelperToRelay::Claim { finder });
    let RelayToHelper::Claimed { technician_name, company, messages, console_online, .. } = claimed() else {
        panic!("claimed")
    };
    let told = RelayToHelper::Claimed {
        session: further,
        technician_name,
        company,
        messages,
        console_online,
        revoked: Vec::new(),
        marks: None,
    };
    caller.say(&told).await;
    assert_eq!(next(&mut events).await, HelperLinkEvent::Message(told));
    // One more that is not found is nobody else's end.
    let unknown = RelayToHelper::Error { session: None, error: error(ErrorCode::InvalidCode) };
    caller.say(&unknown).await;
    assert_eq!(next(&mut events).await, HelperLinkEvent::Message(unknown));
    drop(caller);
    assert!(matches!(next(&mut events).await, HelperLinkEvent::Disconnected { .. }));
    let mut caller = relay.accept().await;
    let (_, asked) = relay.welcome(&mut caller).await;
    assert_eq!(asked, HelperToRelay::Resume { session: session() });
    assert_eq!(caller.hear::<HelperToRelay>().await, HelperToRelay::Resume { session: further });
    connected(&mut events).await;

    let ended = |session| RelayToHelper::Ended { session, reason: EndReason::TechnicianEnded };
    caller.say(&ended(session())).await;
    assert_eq!(next(&mut events).await, HelperLinkEvent::Message(ended(session())));
    assert!(link.is_connected());
    caller.say(&ended(further)).await;
    assert_eq!(next(&mut events).await, HelperLinkEvent::Message(ended(further)));
    drop(caller);
    assert_eq!(next(&mut events).await, HelperLinkEvent::Stopped { reason: Stop::SessionEnded });
}
