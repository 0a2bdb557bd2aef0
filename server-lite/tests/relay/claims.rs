//! Who gets a session by a code.

use deskhand_protocol::{
    capability::Capability,
    code::Invitation,
    error::ErrorCode,
    record::{ChatMarks, ConsentAnswer, EndReason, SessionStatus, Via},
    relay::{
        Report,
        console_socket::ConsoleToRelay,
        helper_socket::{HelperToRelay, RelayToHelper},
        http::{Audit, Devices, InvitationKind, NewInvitation},
    },
};
use ed25519_dalek::SigningKey;

use crate::peers::{Helper, House, fresh, get, post, public};

fn new_key() -> SigningKey {
    SigningKey::from_bytes(&fresh())
}

#[tokio::test]
async fn the_first_claim_binds_the_session_to_its_key() {
    let house = House::new().await;
    let owner = house.owner().await;
    let mut console = owner.console().await;
    let (session, code) = owner.new_session().await;
    assert!(session.code_expires_at.is_some());
    console.until_session(|seen| seen.id == session.id).await;

    let first = new_key();
    let mut helper = Helper::connect(house.at(), &first).await;
    helper.send(&HelperToRelay::Claim { finder: code.finder.clone() }).await;
    let RelayToHelper::Claimed { session: claimed, technician_name, company, messages, console_online, revoked, marks } =
        helper.next().await
    else {
        panic!("not claimed")
    };
    assert_eq!((claimed, messages.len(), console_online, revoked), (session.id, 0, true, Vec::new()));
    assert_eq!(marks, Some(ChatMarks::default()));
    assert_eq!((technician_name, company), (owner.record.name.clone(), owner.record.company.clone()));
    let seen = console.until_session(|seen| seen.helper_online).await;
    assert_eq!(seen.status, SessionStatus::Waiting);
    assert_eq!(seen.helper_key, Some(public(&first)));
    assert_eq!(seen.code_expires_at, None);
    assert_eq!(seen.host.unwrap().as_str(), "desk-7");

    let mut thief = Helper::connect(house.at(), &new_key()).await;
    thief.send(&HelperToRelay::Claim { finder: code.finder.clone() }).await;
    assert_eq!(thief.refused().await, ErrorCode::InvalidCode);
    thief.send(&HelperToRelay::Resume { session: session.id }).await;
    assert_eq!(thief.refused().await, ErrorCode::NotFound);

    let mut again = Helper::connect(house.at(), &first).await;
    assert_eq!(helper.0.closed_with().await, Some(ErrorCode::Replaced));
    assert_eq!(again.claim(&code.finder).await, session.id);
    again.send(&HelperToRelay::Resume { session: session.id }).await;
    assert!(matches!(again.next().await, RelayToHelper::Claimed { .. }));
    let devices: Devices = owner.get("/api/v1/devices").await;
    assert_eq!(devices.devices.len(), 1);
    assert!(devices.devices[0].online);
}

#[tokio::test]
async fn two_helpers_at_once_get_one_session() {
    let house = House::new().await;
    let owner = house.owner().await;
    let (_, code) = owner.new_session().await;
    let claim = async || {
        let mut helper = Helper::connect(house.at(), &new_key()).await;
        helper.send(&HelperToRelay::Claim { finder: code.finder.clone() }).await;
        matches!(helper.next().await, RelayToHelper::Claimed { .. })
    };
    let (one, two, three) = tokio::join!(claim(), claim(), claim());
    assert_eq!([one, two, three].into_iter().filter(|won| *won).count(), 1);
}

#[tokio::test]
async fn an_expired_code_is_like_one_that_never_was() {
    let house = House::new().await;
    let owner = house.owner().await;
    let code = Invitation::spoken(fresh());
    let answer = owner.new_session_with(&code.finder, InvitationKind::Spoken, 1).await;
    let mut helper = Helper::connect(house.at(), &new_key()).await;
    let session: deskhand_protocol::record::SessionRecord = answer.is(200);
    let mut console = owner.console().await;
    if owner.session(session.id).await.end_reason.is_none() {
        console.until_session(|seen| seen.end_reason.is_some()).await;
    }
    assert_eq!(owner.session(session.id).await.end_reason, Some(EndReason::Expired));
    helper.send(&HelperToRelay::Claim { finder: code.finder.clone() }).await;
    let expired = helper.next().await;
    helper.send(&HelperToRelay::Claim { finder: Invitation::spoken(fresh()).finder }).await;
    assert_eq!(expired, helper.next().await);
    // The finder is free for another session.
    assert_eq!(owner.new_session_with(&code.finder, InvitationKind::Spoken, 60_000).await.status, 200);
}

#[tokio::test]
async fn a_finder_stands_for_one_session() {
    let house = House::new().await;
    let owner = house.owner().await;
    let (session, code) = owner.new_session().await;
    owner.new_session_with(&code.finder, InvitationKind::Spoken, 60_000).await.refuses(409, ErrorCode::Conflict);
    owner.end(session.id).await;
    assert_eq!(owner.new_session_with(&code.finder, InvitationKind::Spoken, 60_000).await.status, 200);
}

#[tokio::test]
async fn guessing_is_slowed_and_then_closed() {
    let house = House::new().await;
    let mut refusals = Vec::new();
    for _ in 0..4 {
        let mut helper = Helper::connect(house.at(), &new_key()).await;
        for _ in 0..4 {
            helper.send(&HelperToRelay::Claim { finder: Invitation::spoken(fresh()).finder }).await;
            let Some(text) = helper.0.maybe_text().await else { break };
            refusals.push(text.contains("too_many"));
        }
    }
    assert!(refusals.iter().filter(|limited| !**limited).count() <= 11, "{refusals:?}");
    assert!(refusals.iter().any(|limited| *limited), "{refusals:?}");
}

#[tokio::test]
async fn guessing_at_pages_is_slowed_and_uses_up_no_helpers_tries() {
    let house = House::new().await;
    let owner = house.owner().await;
    let (session, code) = owner.new_session().await;
    let mut answers = Vec::new();
    for _ in 0..15 {
        answers.push(get(house.at(), "/s/ABCD", None).await.status);
    }
    assert_eq!((answers.first(), answers.last()), (Some(&404), Some(&429)), "{answers:?}");
    let mut helper = Helper::connect(house.at(), &new_key()).await;
    assert_eq!(helper.claim(&code.finder).await, session.id);
}

#[tokio::test]
async fn right_codes_are_not_counted() {
    let house = House::new().await;
    let owner = house.owner().await;
    for _ in 0..15 {
        let (session, code) = owner.new_session().await;
        let mut helper = Helper::connect(house.at(), &new_key()).await;
        assert_eq!(helper.claim(&code.finder).await, session.id);
    }
}

#[tokio::test]
async fn a_revoked_code_lets_its_helper_go_and_a_new_one_binds_another() {
    let house = House::new().await;
    let owner = house.owner().await;
    let mut console = owner.console().await;
    let (session, code) = owner.new_session().await;
    let stranger = new_key();
    let mut helper = Helper::connect(house.at(), &stranger).await;
    helper.claim(&code.finder).await;
    console.until_session(|seen| seen.status == SessionStatus::Waiting).await;
    console.send(&ConsoleToRelay::Report { session: session.id, report: Report::CodeRevoked }).await;
    assert_eq!(helper.refused().await, ErrorCode::InvalidCode);
    let freed = console.until_session(|seen| seen.status == SessionStatus::Open && seen.helper_key.is_none()).await;
    assert_eq!((freed.code_expires_at, freed.helper_online), (None, false));
    helper.send(&HelperToRelay::Claim { finder: code.finder }).await;
    assert_eq!(helper.refused().await, ErrorCode::InvalidCode);

    let renewed = Invitation::spoken(fresh());
    let new = NewInvitation { kind: InvitationKind::Spoken, finder: renewed.finder.digest(), life_ms: u64::MAX };
    let path = format!("/api/v1/sessions/{}/invitations", session.id);
    let record: deskhand_protocol::record::SessionRecord =
        post(house.at(), &path, Some(&owner.token), &new).await.is(200);
    let lives = record.code_expires_at.unwrap().0 - record.created_at.0;
    assert!(lives < 16 * 60 * 1_000, "a spoken code lives a quarter of an hour at most: {lives}");
    let customer = new_key();
    let mut helper = Helper::connect(house.at(), &customer).await;
    assert_eq!(helper.claim(&renewed.finder).await, session.id);
    assert_eq!(owner.session(session.id).await.helper_key, Some(public(&customer)));
}

#[tokio::test]
async fn the_connect_page_says_who_waits_and_what_to_do() {
    let house = House::new().await;
    let owner = house.owner().await;
    let (session, code) = owner.new_session().await;
    let path = format!("/s/{}", code.finder.as_str());
    let page = get(house.at(), &path, None).await;
    assert_eq!(page.status, 200);
    let text = page.text();
    for part in ["Weber IT", "Ada Weber", "is waiting for you", &house.at().to_string()] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(text.matches("<script").count(), 1, "but for the page's own: {text}");
    assert!(text.contains("<script src=\"/page.js\"></script>") && !text.contains("style="), "{text}");
    let mut helper = Helper::connect(house.at(), &new_key()).await;
    helper.claim(&code.finder).await;
    assert!(get(house.at(), &path, None).await.text().contains("Your computer has called"));
    owner.end(session.id).await;
    for unknown in [path.as_str(), "/s/ZZZZ", "/s/not-a-code-at-all", "/s/%3Cscript%3E"] {
        let page = get(house.at(), unknown, None).await;
        assert_eq!(page.status, 404);
        assert!(page.text().contains("not known") && !page.text().contains("script>alert"), "{}", page.text());
    }
}

#[tokio::test]
async fn a_browser_is_no_device_and_its_session_says_so() {
    let house = House::new().await;
    let owner = house.owner().await;
    let mut console = owner.console().await;
    let (session, code) = owner.new_session().await;
    let key = new_key();
    let mut page = Helper::browser(house.at(), &key).await;
    page.claim(&code.finder).await;
    let seen = console.until_session(|seen| seen.helper_online).await;
    assert_eq!((seen.id, seen.via, seen.device, seen.helper_key), (session.id, Via::Browser, None, Some(public(&key))));
    assert_eq!((seen.host.unwrap().as_str(), seen.os.unwrap().as_str()), ("Firefox 140", "Linux"));
    let granted = vec![Capability::View];
    let consent = Report::Consent { asked: granted.clone(), granted, answer: ConsentAnswer::Allowed };
    page.report(session.id, consent).await;
    page.report(session.id, Report::Live).await;
    console.until_session(|seen| seen.status == SessionStatus::Live).await;
    // It takes up what it had after a loss, like any helper.
    let mut again = Helper::browser(house.at(), &key).await;
    again.send(&HelperToRelay::Resume { session: session.id }).await;
    assert!(matches!(again.next().await, RelayToHelper::Claimed { .. }));
    let devices: Devices = owner.get("/api/v1/devices").await;
    assert!(devices.devices.is_empty());
    let log: Audit = owner.get("/api/v1/audit").await;
    let actors: Vec<&str> =
        log.rows.iter().filter(|row| row.action.starts_with("session.")).map(|row| &*row.actor).collect();
    assert!(actors.iter().filter(|actor| **actor == "browser").count() >= 4, "{actors:?}");

    // A program's session says so too.
    let (other, code) = owner.new_session().await;
    Helper::connect(house.at(), &new_key()).await.claim(&code.finder).await;
    let seen = console.until_session(|seen| seen.id == other.id && seen.device.is_some()).await;
    assert_eq!(seen.via, Via::Program);
}

#[tokio::test]
async fn a_closed_page_ends_its_session_and_a_closed_program_may_come_back() {
    let house = House::new().await;
    let owner = house.owner().await;
    let mut console = owner.console().await;
    let (session, code) = owner.new_session().await;
    let mut page = Helper::browser(house.at(), &new_key()).await;
    page.claim(&code.finder).await;
    page.0.goes_away().await;
    let seen = console.until_session(|seen| seen.id == session.id && seen.end_reason.is_some()).await;
    assert_eq!(seen.end_reason, Some(EndReason::CustomerEnded));

    let (session, code) = owner.new_session().await;
    let mut program = Helper::connect(house.at(), &new_key()).await;
    program.claim(&code.finder).await;
    console.until_session(|seen| seen.id == session.id && seen.helper_online).await;
    program.0.goes_away().await;
    let seen = console.until_session(|seen| seen.id == session.id && !seen.helper_online).await;
    assert_eq!((seen.status, seen.end_reason), (SessionStatus::Waiting, None));
}
