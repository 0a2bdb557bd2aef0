//! Who becomes the owner, and who is let in.

use deskhand_protocol::{
    PROTOCOL_VERSION,
    error::ErrorCode,
    key::Nonce,
    record::TechnicianRecord,
    relay::{
        console_socket::ConsoleToRelay,
        http::{Audit, ChallengeRequest, Health, SetUp},
    },
};
use ed25519_dalek::SigningKey;

use crate::peers::{House, Peer, fresh, get, name, post, prove, public};

#[tokio::test]
async fn the_set_up_token_works_once() {
    let house = House::new().await;
    let health: Health = get(house.at(), "/api/v1/health", None).await.is(200);
    assert!(health.needs_owner);
    let token = house.relay().setup_token().unwrap();
    let owner = house.owner().await;
    assert_eq!(house.relay().setup_token(), None);
    let health: Health = get(house.at(), "/api/v1/health", None).await.is(200);
    assert!(!health.needs_owner);
    let me: TechnicianRecord = owner.get("/api/v1/me").await;
    assert_eq!(me, owner.record);

    let second = SigningKey::from_bytes(&fresh());
    let proof = prove(house.at(), &second).await;
    let set_up = SetUp { token, name: name("Eve"), company: name(""), proof };
    post(house.at(), "/api/v1/setup", None, &set_up).await.refuses(403, ErrorCode::SetupRefused);
}

#[tokio::test]
async fn two_consoles_with_the_token_make_one_owner() {
    let house = House::new().await;
    let token = house.relay().setup_token().unwrap();
    let join = async |key: SigningKey| {
        let proof = prove(house.at(), &key).await;
        let set_up = SetUp { token: token.clone(), name: name("Ada"), company: name(""), proof };
        post(house.at(), "/api/v1/setup", None, &set_up).await.status
    };
    let (one, other) = tokio::join!(join(SigningKey::from_bytes(&fresh())), join(SigningKey::from_bytes(&fresh())));
    assert_eq!([one.min(other), one.max(other)], [200, 403]);
}

#[tokio::test]
async fn a_wrong_set_up_token_is_refused_and_guessing_is_slowed() {
    let house = House::new().await;
    let key = SigningKey::from_bytes(&fresh());
    let mut limited = false;
    for _ in 0..12 {
        let proof = prove(house.at(), &key).await;
        let set_up = SetUp { token: "AAAA-BBBB-CCCC-DDDD".into(), name: name("Eve"), company: name(""), proof };
        let answer = post(house.at(), "/api/v1/setup", None, &set_up).await;
        limited |= answer.status == 429;
        assert!(answer.status == 403 || answer.status == 429, "{answer:?}");
    }
    assert!(limited);
    assert!(house.relay().setup_token().is_some());
}

#[tokio::test]
async fn the_set_up_token_may_be_typed_as_people_type() {
    let house = House::new().await;
    let token = house.relay().setup_token().unwrap().replace('-', " ").to_lowercase();
    let proof = prove(house.at(), &SigningKey::from_bytes(&fresh())).await;
    let set_up = SetUp { token, name: name("Ada"), company: name(""), proof };
    assert_eq!(post(house.at(), "/api/v1/setup", None, &set_up).await.status, 200);
}

#[tokio::test]
async fn a_key_that_nobody_has_made_a_technician_is_not_let_in() {
    let house = House::new().await;
    house.owner().await;
    let proof = prove(house.at(), &SigningKey::from_bytes(&fresh())).await;
    post(house.at(), "/api/v1/auth/prove", None, &proof).await.refuses(401, ErrorCode::Unauthenticated);
}

#[tokio::test]
async fn a_proof_is_good_once_and_only_as_it_was_signed() {
    let house = House::new().await;
    let owner = house.owner().await;
    let proof = prove(house.at(), &owner.key).await;
    assert_eq!(post(house.at(), "/api/v1/auth/prove", None, &proof).await.status, 200);
    post(house.at(), "/api/v1/auth/prove", None, &proof).await.refuses(401, ErrorCode::Unauthenticated);
    let mut bent = prove(house.at(), &owner.key).await;
    bent.nonce = Nonce(fresh());
    post(house.at(), "/api/v1/auth/prove", None, &bent).await.refuses(401, ErrorCode::Unauthenticated);
}

#[tokio::test]
async fn a_console_of_another_version_is_told_so() {
    let house = House::new().await;
    let key = public(&SigningKey::from_bytes(&fresh()));
    let request = ChallengeRequest { version: PROTOCOL_VERSION + 1, key };
    post(house.at(), "/api/v1/auth/challenge", None, &request).await.refuses(400, ErrorCode::VersionUnsupported);
}

#[tokio::test]
async fn forged_and_old_tokens_open_nothing() {
    let mut house = House::new().await;
    let owner = house.owner().await;
    let old = owner.token.clone();
    house.stop().await;
    house.start().await;
    for token in ["", "x", &old, &"A".repeat(43), &"A".repeat(5_000)] {
        get(house.at(), "/api/v1/me", Some(token)).await.refuses(401, ErrorCode::Unauthenticated);
        let mut socket = Peer::connect(house.at(), "/api/v1/console").await;
        socket
            .send(&ConsoleToRelay::Hello { version: PROTOCOL_VERSION, token: Some(token.to_owned()), marks: false })
            .await;
        assert_eq!(socket.closed_with().await, Some(ErrorCode::Unauthenticated));
    }
}

#[tokio::test]
async fn whoever_signs_in_or_fails_leaves_an_audit_row() {
    let house = House::new().await;
    let mut owner = house.owner().await;
    owner.sign_in(house.at()).await;
    let proof = prove(house.at(), &SigningKey::from_bytes(&fresh())).await;
    assert_eq!(post(house.at(), "/api/v1/auth/prove", None, &proof).await.status, 401);
    let audit: Audit = owner.get("/api/v1/audit?limit=500").await;
    let actions: Vec<_> = audit.rows.iter().rev().map(|row| row.action.as_str()).collect();
    assert_eq!(actions, ["relay.started", "technician.joined", "technician.signed_in", "technician.refused"]);
    assert_eq!(audit.rows[0].actor, "stranger");
    assert_eq!(audit.rows[1].actor, format!("technician:{}", owner.record.id));
}
