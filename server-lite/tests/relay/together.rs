//! Several technicians in one call: each has a session of his own, which shares customer, chat and viewers with the
//! first one's, and nothing else.

use deskhand_protocol::{
    code::Invitation,
    error::ErrorCode,
    id::{MessageId, SessionId},
    record::{Marks, SessionRecord, SessionStatus},
    relay::{
        Report,
        console_socket::{ConsoleToRelay, RelayToConsole},
        helper_socket::{HelperToRelay, RelayToHelper},
        http::{Colleagues, InviteColleague, Messages},
    },
    text::{ChatText, Name},
};
use ed25519_dalek::SigningKey;

use crate::{
    peers::{Answer, Console, Helper, House, Technician, fresh, post},
    routes::add_technician,
};

struct Call {
    _house: House,
    ada: Technician,
    ben: Technician,
    adas: Console,
    bens: Console,
    helper: Helper,
    session: SessionId,
}

impl Call {
    async fn live() -> Self {
        let mut house = House::new().await;
        let mut ada = house.owner().await;
        house.stop().await;
        let mut ben = add_technician(&house);
        house.start().await;
        ada.sign_in(house.at()).await;
        ben.sign_in(house.at()).await;
        let (mut adas, bens) = (ada.console().await, ben.console().await);
        let (session, code) = ada.new_session().await;
        let mut helper = Helper::connect(house.at(), &SigningKey::from_bytes(&fresh())).await;
        assert_eq!(helper.claim(&code.finder).await, session.id);
        let early = invites(&ada, session.id, &ben, &Invitation::spoken(fresh())).await;
        early.refuses(409, ErrorCode::Conflict);
        helper.send(&HelperToRelay::Report { session: session.id, report: Report::Live }).await;
        adas.until_session(|session| session.status == SessionStatus::Live).await;
        Self { _house: house, ada, ben, adas, bens, helper, session: session.id }
    }

    /// Ben is invited, and the helper has taken up his session.
    async fn with_ben() -> (Self, SessionId) {
        let mut call = Self::live().await;
        let code = Invitation::spoken(fresh());
        invites(&call.ada, call.session, &call.ben, &code).await.is::<SessionRecord>(200);
        let first = call.session;
        let joined = call.bens.until_session(|session| session.joins == Some(first)).await;
        assert_eq!(call.helper.claim(&code.finder).await, joined.id);
        (call, joined.id)
    }
}

async fn invites(by: &Technician, session: SessionId, whom: &Technician, code: &Invitation) -> Answer {
    let invite = InviteColleague { technician: whom.record.id, finder: code.finder.digest() };
    post(by.at, &format!("/api/v1/sessions/{session}/colleagues"), Some(&by.token), &invite).await
}

fn new_id() -> MessageId {
    uuid::Uuid::now_v7().to_string().parse().unwrap()
}

#[tokio::test]
async fn a_colleague_is_told_at_once_and_has_a_session_of_his_own() {
    let mut call = Call::live().await;
    let colleagues: Colleagues = call.ada.get("/api/v1/colleagues").await;
    let [ben] = &colleagues.colleagues[..] else { panic!("{colleagues:?}") };
    assert_eq!((ben.id, ben.online), (call.ben.record.id, true));
    let code = Invitation::spoken(fresh());
    invites(&call.ada, call.session, &call.ben, &code).await.is::<SessionRecord>(200);
    let first = call.session;
    let joined = call.bens.until_session(|session| session.joins == Some(first)).await;
    assert_eq!((joined.technician, joined.customer.as_str()), (call.ben.record.id, "Mr Weber"));
    assert_eq!(joined.invited_by.as_ref().map(Name::as_str), Some("Ada Weber"));
    assert_eq!(joined.status, SessionStatus::Open);
    let again = invites(&call.ada, call.session, &call.ben, &Invitation::spoken(fresh())).await;
    again.refuses(403, ErrorCode::Forbidden);
    let himself = invites(&call.ada, call.session, &call.ada, &Invitation::spoken(fresh())).await;
    himself.refuses(403, ErrorCode::Forbidden);
    let stranger = invites(&call.ben, call.session, &call.ben, &Invitation::spoken(fresh())).await;
    stranger.refuses(404, ErrorCode::NotFound);
}

#[tokio::test]
async fn signals_of_each_go_to_the_helper_in_his_own_session_only() {
    let (mut call, joined) = Call::with_ben().await;
    let said = |session, text: &str| ConsoleToRelay::Signal { session, signal: text.to_owned() };
    let heard = |session, text: &str| RelayToHelper::Signal { session, signal: text.to_owned() };
    call.bens.send(&said(joined, "from ben")).await;
    assert_eq!(call.helper.next().await, heard(joined, "from ben"));
    call.bens.send(&said(call.session, "as ada")).await;
    assert_eq!(call.bens.refused().await, ErrorCode::PeerAbsent);
    call.adas.send(&said(joined, "as ben")).await;
    assert_eq!(call.adas.refused().await, ErrorCode::PeerAbsent);
    call.helper.send(&HelperToRelay::Signal { session: joined, signal: "to ben".to_owned() }).await;
    let told = call.bens.until(|message| match message {
        RelayToConsole::Signal { session, signal } => Some((session, signal)),
        _ => None,
    });
    assert_eq!(told.await, (joined, "to ben".to_owned()));
}

#[tokio::test]
async fn they_have_one_chat_and_each_hears_it_in_his_own_session() {
    let (mut call, joined) = Call::with_ben().await;
    let text = |text: &str| ChatText::new(text).unwrap();
    call.helper.send(&HelperToRelay::Chat { session: call.session, id: new_id(), text: text("to both") }).await;
    for (console, session) in [(&mut call.adas, call.session), (&mut call.bens, joined)] {
        let told = console.until(|message| match message {
            RelayToConsole::Chat { message } => Some(message),
            _ => None,
        });
        let message = told.await;
        assert_eq!((message.session, message.text.as_str(), message.seq), (session, "to both", 1));
    }
    call.bens.send(&ConsoleToRelay::Chat { session: joined, id: new_id(), text: text("from ben") }).await;
    let told = call.adas.until(|message| match message {
        RelayToConsole::Chat { message } => Some(message),
        _ => None,
    });
    assert_eq!(told.await.seq, 2);
    // What came to one of them has come; what came to the customer is told to both.
    call.bens.send(&ConsoleToRelay::ChatMarks { session: joined, marks: Marks { delivered: 1, read: 1 } }).await;
    call.helper.send(&HelperToRelay::ChatMarks { session: call.session, marks: Marks { delivered: 2, read: 0 } }).await;
    for (console, session) in [(&mut call.adas, call.session), (&mut call.bens, joined)] {
        let told = console.until(|message| match message {
            RelayToConsole::ChatMarks { session, marks } => Some((session, marks)),
            _ => None,
        });
        assert_eq!(told.await, (session, Marks { delivered: 2, read: 0 }));
    }
    let told = loop {
        if let RelayToHelper::ChatMarks { session, marks } = call.helper.next().await {
            break (session, marks);
        }
    };
    assert_eq!(told, (joined, Marks { delivered: 1, read: 1 }));
    for (technician, session) in [(&call.ada, call.session), (&call.ben, joined)] {
        let stored: Messages = technician.get(&format!("/api/v1/sessions/{session}/messages")).await;
        assert_eq!(stored.messages.iter().map(|message| message.seq).collect::<Vec<_>>(), [1, 2]);
    }
}

#[tokio::test]
async fn whoever_looks_is_named_in_every_session_of_the_call() {
    let (mut call, joined) = Call::with_ben().await;
    let (ada, ben) = (call.ada.record.id, call.ben.record.id);
    call.bens.send(&ConsoleToRelay::Viewing { sessions: vec![joined] }).await;
    call.adas.until_session(|session| session.joins.is_none() && session.viewers == [ben]).await;
    call.adas.send(&ConsoleToRelay::Viewing { sessions: vec![call.session] }).await;
    let mut both = vec![ada, ben];
    both.sort();
    call.bens.until_session(|session| session.id == joined && session.viewers == both).await;
}

#[tokio::test]
async fn one_sessions_end_is_not_the_others() {
    let (mut call, joined) = Call::with_ben().await;
    call.helper.send(&HelperToRelay::Report { session: joined, report: Report::Live }).await;
    call.bens.until_session(|session| session.status == SessionStatus::Live).await;
    call.ada.end(call.session).await;
    let RelayToHelper::Ended { session, .. } = call.helper.next().await else { panic!("not ended") };
    assert_eq!(session, call.session);
    assert_eq!(call.ben.session(joined).await.status, SessionStatus::Live);
    let over = invites(&call.ada, call.session, &call.ben, &Invitation::spoken(fresh())).await;
    assert_eq!(over.status, 409, "{}", String::from_utf8_lossy(&over.body));
}
