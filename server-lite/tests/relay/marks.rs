//! Marks: how far each end has taken in what the other wrote. Kept, told to the other end, and never more than is so.

use deskhand_protocol::{
    PROTOCOL_VERSION,
    error::ErrorCode,
    id::{MessageId, SessionId},
    key::{Nonce, Signature},
    record::{Author, ChatMarks, Marks},
    relay::{
        Prover,
        console_socket::{ConsoleToRelay, RelayToConsole},
        helper_socket::{HelperToRelay, RelayToHelper},
        http::{Audit, Messages},
        proof_bytes,
    },
    text::ChatText,
};
use ed25519_dalek::{Signer as _, SigningKey};

use crate::peers::{Console, Helper, House, Peer, Technician, facts, fresh, public};

const fn marks(delivered: u32, read: u32) -> Marks {
    Marks { delivered, read }
}

fn line(text: &str) -> (MessageId, ChatText) {
    (uuid::Uuid::now_v7().to_string().parse().unwrap(), ChatText::new(text).unwrap())
}

/// A session that there is not.
fn nowhere() -> SessionId {
    uuid::Uuid::now_v7().to_string().parse().unwrap()
}

async fn kept(owner: &Technician, session: SessionId) -> ChatMarks {
    owner.get::<Messages>(&format!("/api/v1/sessions/{session}/messages")).await.marks.unwrap()
}

impl Console {
    /// Writes, and gives the message's place.
    async fn writes(&mut self, session: SessionId, text: &str) -> u32 {
        let (id, text) = line(text);
        self.send(&ConsoleToRelay::Chat { session, id, text }).await;
        self.until(|told| match told {
            RelayToConsole::Chat { message } if message.id == id => Some(message.seq),
            _ => None,
        })
        .await
    }

    async fn has(&mut self, session: SessionId, marks: Marks) {
        self.send(&ConsoleToRelay::ChatMarks { session, marks }).await;
    }

    /// The next marks that are told, and in which session.
    async fn learns(&mut self) -> (SessionId, Marks) {
        self.until(|told| match told {
            RelayToConsole::ChatMarks { session, marks } => Some((session, marks)),
            _ => None,
        })
        .await
    }
}

impl Helper {
    /// Claims, and gives the marks that it is told.
    async fn comes(&mut self, ask: &HelperToRelay) -> ChatMarks {
        self.send(ask).await;
        match self.next().await {
            RelayToHelper::Claimed { marks, .. } => marks.unwrap(),
            other => panic!("not claimed: {other:?}"),
        }
    }

    /// Writes, and gives the message's place.
    async fn writes(&mut self, session: SessionId, text: &str) -> u32 {
        let (id, text) = line(text);
        self.send(&HelperToRelay::Chat { session, id, text }).await;
        match self.next().await {
            RelayToHelper::Chat { message } if message.id == id => message.seq,
            other => panic!("not stored: {other:?}"),
        }
    }

    async fn has(&mut self, session: SessionId, marks: Marks) {
        self.send(&HelperToRelay::ChatMarks { session, marks }).await;
    }

    /// The marks that are told next, with nothing told before.
    async fn learns(&mut self) -> (SessionId, Marks) {
        match self.next().await {
            RelayToHelper::ChatMarks { session, marks } => (session, marks),
            other => panic!("no marks: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_message_is_sent_then_delivered_then_read_and_a_restart_keeps_it() {
    let mut house = House::new().await;
    let mut owner = house.owner().await;
    let mut console = owner.console().await;
    let (session, code) = owner.new_session().await;
    // Written while the customer is away: the relay has it, and nobody else.
    assert_eq!(console.writes(session.id, "Please start the helper.").await, 1);
    assert_eq!(kept(&owner, session.id).await, ChatMarks::default());

    // He comes: it is delivered. His chat comes on the screen: it is read.
    let key = SigningKey::from_bytes(&fresh());
    let mut helper = Helper::connect(house.at(), &key).await;
    assert_eq!(helper.comes(&HelperToRelay::Claim { finder: code.finder }).await, ChatMarks::default());
    helper.has(session.id, marks(1, 0)).await;
    assert_eq!(console.learns().await, (session.id, marks(1, 0)));
    helper.has(session.id, marks(1, 1)).await;
    assert_eq!(console.learns().await, (session.id, marks(1, 1)));

    // The other way likewise.
    assert_eq!(helper.writes(session.id, "Good morning").await, 2);
    console.has(session.id, marks(2, 0)).await;
    assert_eq!(helper.learns().await, (session.id, marks(2, 0)));
    console.has(session.id, marks(2, 2)).await;
    assert_eq!(helper.learns().await, (session.id, marks(2, 2)));

    let all = ChatMarks { technician: marks(2, 2), customer: marks(1, 1) };
    assert_eq!(kept(&owner, session.id).await, all);
    house.stop().await;
    house.start().await;
    owner.sign_in(house.at()).await;
    assert_eq!(kept(&owner, session.id).await, all);
    let mut helper = Helper::connect(house.at(), &key).await;
    assert_eq!(helper.comes(&HelperToRelay::Resume { session: session.id }).await, all);
}

#[tokio::test]
async fn what_is_repeated_late_or_a_lie_changes_nothing_wrongly() {
    let house = House::new().await;
    let owner = house.owner().await;
    let mut console = owner.console().await;
    let (session, code) = owner.new_session().await;
    let mut helper = Helper::connect(house.at(), &SigningKey::from_bytes(&fresh())).await;
    helper.claim(&code.finder).await;

    // There is nothing yet that could have come.
    helper.has(session.id, marks(u32::MAX, u32::MAX)).await;
    assert_eq!(helper.writes(session.id, "one").await, 1);
    assert_eq!(console.writes(session.id, "two").await, 2);
    assert!(matches!(helper.next().await, RelayToHelper::Chat { .. }));
    assert_eq!(kept(&owner, session.id).await, ChatMarks::default());
    // His own are not his to mark, whatever he says.
    assert_eq!(helper.writes(session.id, "three").await, 3);
    helper.has(session.id, marks(3, 0)).await;
    assert_eq!(console.learns().await, (session.id, marks(2, 0)));
    // Too high is what there is; what comes later is not covered by it.
    helper.has(session.id, marks(0, u32::MAX)).await;
    assert_eq!(console.learns().await, (session.id, marks(2, 2)));
    assert_eq!(console.writes(session.id, "four").await, 4);
    assert!(matches!(helper.next().await, RelayToHelper::Chat { .. }));
    assert_eq!(kept(&owner, session.id).await.customer, marks(2, 2));
    // Backwards and again: nobody is told, and nothing is taken back. The next that is told is the next that is more.
    for said in [marks(0, 0), marks(2, 0), marks(2, 2), marks(3, 3)] {
        helper.has(session.id, said).await;
    }
    helper.has(session.id, marks(4, 1)).await;
    assert_eq!(console.learns().await, (session.id, marks(4, 2)));
    assert_eq!(kept(&owner, session.id).await.customer, marks(4, 2));

    // Nothing of this is in the audit log.
    let audit: Audit = owner.get("/api/v1/audit").await;
    assert!(!audit.rows.iter().any(|row| row.action.contains("mark")), "{audit:?}");
    // The end stops nobody from reading the last of it.
    owner.end(session.id).await;
    console.has(session.id, marks(9, 9)).await;
    console.has(nowhere(), marks(9, 9)).await;
    assert_eq!(console.refused().await, ErrorCode::NotFound);
    assert_eq!(kept(&owner, session.id).await.technician, marks(3, 3));
}

#[tokio::test]
async fn marks_in_anothers_session_are_refused() {
    let house = House::new().await;
    let owner = house.owner().await;
    let mut console = owner.console().await;
    let (session, code) = owner.new_session().await;
    let (other, others) = owner.new_session().await;
    assert_eq!(console.writes(session.id, "for him alone").await, 1);

    let mut stranger = Helper::connect(house.at(), &SigningKey::from_bytes(&fresh())).await;
    stranger.has(session.id, marks(1, 1)).await;
    assert_eq!(stranger.refused().await, ErrorCode::NotFound);
    stranger.claim(&others.finder).await;
    stranger.has(session.id, marks(1, 1)).await;
    assert_eq!(stranger.refused().await, ErrorCode::NotFound);
    stranger.has(other.id, marks(1, 1)).await;
    console.has(nowhere(), marks(1, 1)).await;
    assert_eq!(console.refused().await, ErrorCode::NotFound);
    assert_eq!(kept(&owner, session.id).await, ChatMarks::default());
    assert_eq!(kept(&owner, other.id).await, ChatMarks::default());

    let mut helper = Helper::connect(house.at(), &SigningKey::from_bytes(&fresh())).await;
    helper.claim(&code.finder).await;
    owner.end(session.id).await;
    assert!(matches!(helper.next().await, RelayToHelper::Ended { .. }));
    helper.has(session.id, marks(1, 1)).await;
    assert_eq!(helper.refused().await, ErrorCode::NotFound);
    assert_eq!(kept(&owner, session.id).await, ChatMarks::default());
}

/// A helper of before there were marks: a word that it does not know would make it take the relay for another program.
#[tokio::test]
async fn an_older_helper_is_told_no_marks() {
    let house = House::new().await;
    let owner = house.owner().await;
    let mut console = owner.console().await;
    let (session, code) = owner.new_session().await;
    let key = SigningKey::from_bytes(&fresh());
    let mut peer = Peer::connect(house.at(), "/api/v1/helper").await;
    let nonce = Nonce(fresh());
    peer.send(&serde_json::json!({
        "type": "hello", "version": PROTOCOL_VERSION, "key": public(&key), "nonce": nonce,
    }))
    .await;
    let RelayToHelper::Challenge { relay, nonce: theirs, .. } = peer.next().await else { panic!("no challenge") };
    let bytes = proof_bytes(Prover::Helper, &relay, &theirs, &nonce);
    let signature = Signature(key.sign(&bytes).to_bytes());
    peer.send(&HelperToRelay::Prove { signature, facts: facts() }).await;
    assert_eq!(peer.next::<RelayToHelper>().await, RelayToHelper::Welcome);
    let mut helper = Helper(peer);
    helper.claim(&code.finder).await;
    assert_eq!(helper.writes(session.id, "hello").await, 1);
    console.has(session.id, marks(1, 1)).await;
    // What is told is told in the order in which it was stored.
    console.writes(session.id, "good morning").await;
    let RelayToHelper::Chat { message } = helper.next().await else { panic!("marks were told") };
    assert_eq!((message.seq, message.author), (2, Author::Technician));
}
