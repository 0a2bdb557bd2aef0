//! Chat: stored once, numbered without gaps, told to both ends.

use deskhand_protocol::{
    error::ErrorCode,
    id::MessageId,
    record::{Author, ChatMessage},
    relay::{
        console_socket::{ConsoleToRelay, RelayToConsole},
        helper_socket::{HelperToRelay, RelayToHelper},
        http::{Audit, Messages},
    },
    text::ChatText,
};
use ed25519_dalek::SigningKey;

use crate::peers::{Console, Helper, House, fresh};

fn new_id() -> MessageId {
    uuid::Uuid::now_v7().to_string().parse().unwrap()
}

fn text(text: &str) -> ChatText {
    ChatText::new(text).unwrap()
}

async fn told(console: &mut Console) -> ChatMessage {
    console
        .until(|message| match message {
            RelayToConsole::Chat { message } => Some(message),
            _ => None,
        })
        .await
}

async fn heard(helper: &mut Helper) -> ChatMessage {
    match helper.next().await {
        RelayToHelper::Chat { message } => message,
        other => panic!("not chat: {other:?}"),
    }
}

#[tokio::test]
async fn both_ends_hear_each_message_once_in_one_order() {
    let house = House::new().await;
    let owner = house.owner().await;
    let mut console = owner.console().await;
    let (session, code) = owner.new_session().await;
    let before = new_id();
    let early = ConsoleToRelay::Chat { session: session.id, id: before, text: text("Please start the helper.") };
    console.send(&early).await;
    assert_eq!(told(&mut console).await.seq, 1);

    let mut helper = Helper::connect(house.at(), &SigningKey::from_bytes(&fresh())).await;
    helper.send(&HelperToRelay::Claim { finder: code.finder }).await;
    let RelayToHelper::Claimed { messages, .. } = helper.next().await else { panic!("not claimed") };
    assert_eq!(messages.iter().map(|message| message.id).collect::<Vec<_>>(), [before]);

    for _ in 0..5 {
        let id = new_id();
        helper.send(&HelperToRelay::Chat { session: session.id, id, text: text("ja") }).await;
        let (own, other) = (heard(&mut helper).await, told(&mut console).await);
        assert_eq!(own, other);
        assert_eq!((own.id, own.author), (id, Author::Customer));
        console.send(&ConsoleToRelay::Chat { session: session.id, id: new_id(), text: text("gut <b>") }).await;
        assert_eq!(heard(&mut helper).await, told(&mut console).await);
    }
    let stored: Messages = owner.get(&format!("/api/v1/sessions/{}/messages", session.id)).await;
    assert_eq!(stored.messages.iter().map(|message| message.seq).collect::<Vec<_>>(), (1..=11).collect::<Vec<_>>());
    let later: Messages = owner.get(&format!("/api/v1/sessions/{}/messages?after=9", session.id)).await;
    assert_eq!(later.messages.iter().map(|message| message.seq).collect::<Vec<_>>(), [10, 11]);
}

#[tokio::test]
async fn a_message_sent_again_is_stored_once() {
    let house = House::new().await;
    let owner = house.owner().await;
    let mut console = owner.console().await;
    let (session, code) = owner.new_session().await;
    let key = SigningKey::from_bytes(&fresh());
    let mut helper = Helper::connect(house.at(), &key).await;
    helper.claim(&code.finder).await;
    let id = new_id();
    helper.send(&HelperToRelay::Chat { session: session.id, id, text: text("once") }).await;
    let first = heard(&mut helper).await;
    assert_eq!(told(&mut console).await, first);
    helper.send(&HelperToRelay::Chat { session: session.id, id, text: text("twice") }).await;
    assert_eq!(heard(&mut helper).await, first);
    let mut helper = Helper::connect(house.at(), &key).await;
    helper.claim(&code.finder).await;
    helper.send(&HelperToRelay::Chat { session: session.id, id, text: text("once") }).await;
    assert_eq!(heard(&mut helper).await, first);
    console.send(&ConsoleToRelay::Chat { session: session.id, id, text: text("mine") }).await;
    assert_eq!(console.refused().await, ErrorCode::Conflict);
    let stored: Messages = owner.get(&format!("/api/v1/sessions/{}/messages", session.id)).await;
    assert_eq!(stored.messages, [first]);
}

#[tokio::test]
async fn nobody_writes_in_anothers_session_or_in_one_that_has_ended() {
    let house = House::new().await;
    let owner = house.owner().await;
    let mut console = owner.console().await;
    let (session, code) = owner.new_session().await;
    let mut stranger = Helper::connect(house.at(), &SigningKey::from_bytes(&fresh())).await;
    stranger.send(&HelperToRelay::Chat { session: session.id, id: new_id(), text: text("hi") }).await;
    assert_eq!(stranger.refused().await, ErrorCode::NotFound);

    let mut helper = Helper::connect(house.at(), &SigningKey::from_bytes(&fresh())).await;
    helper.claim(&code.finder).await;
    owner.end(session.id).await;
    assert!(matches!(helper.next().await, RelayToHelper::Ended { .. }));
    helper.send(&HelperToRelay::Chat { session: session.id, id: new_id(), text: text("hi") }).await;
    assert_eq!(helper.refused().await, ErrorCode::NotFound);
    console.send(&ConsoleToRelay::Chat { session: session.id, id: new_id(), text: text("hi") }).await;
    assert_eq!(console.refused().await, ErrorCode::SessionEnded);
}

#[tokio::test]
async fn the_audit_log_never_holds_what_was_written() {
    let house = House::new().await;
    let owner = house.owner().await;
    let mut console = owner.console().await;
    let (session, _) = owner.new_session().await;
    let secret = "my password is Sommer2026";
    console.send(&ConsoleToRelay::Chat { session: session.id, id: new_id(), text: text(secret) }).await;
    told(&mut console).await;
    let audit: Audit = owner.get("/api/v1/audit").await;
    assert_eq!(audit.rows[0].action, "chat.sent");
    let all = serde_json::to_string(&audit).unwrap();
    assert!(!all.contains("Sommer2026") && !all.contains("Mr Weber"), "{all}");
}
