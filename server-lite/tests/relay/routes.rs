//! Walks the route table: every route, for everyone who may not call it.

use axum::http::Method;
use deskhand_protocol::{
    error::ErrorCode,
    record::SessionRecord,
    relay::http::{Devices, InvitationKind, NewInvitation, Sessions},
};
use deskhand_relay::{Reach, Right};

use crate::peers::{House, Technician, bearer, fresh, get, post, request};

const ID: &str = "0190b0b0-0000-7000-8000-000000000000";

fn filled(path: &str, id: &str) -> String {
    path.replace("{id}", id).replace("{finder}", "AAAA")
}

#[tokio::test]
async fn a_technicians_route_is_closed_to_everyone_else() {
    let house = House::new().await;
    house.owner().await;
    let guarded: Vec<_> = house.relay().routes().iter().filter(|entry| entry.right == Right::Technician).collect();
    assert_eq!(guarded.len(), 10);
    for entry in guarded {
        let path = filled(entry.path, ID);
        for lines in [vec![], vec![bearer("forged")], vec!["Authorization: Basic eDp5".to_owned()]] {
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            let answer = request(house.at(), entry.method.as_str(), &path, &lines, b"").await;
            answer.refuses(401, ErrorCode::Unauthenticated);
        }
    }
}

#[tokio::test]
async fn every_route_says_who_may_call_it() {
    let house = House::new().await;
    let routes = house.relay().routes();
    let open: Vec<_> = routes
        .iter()
        .filter(|entry| entry.right != Right::Technician)
        .map(|entry| (entry.path, entry.right, entry.reach))
        .collect();
    assert_eq!(
        open,
        [
            ("/api/v1/health", Right::Anyone, Reach::Everywhere),
            ("/api/v1/setup", Right::SetupToken, Reach::Inside),
            ("/api/v1/auth/challenge", Right::KeyHolder, Reach::Inside),
            ("/api/v1/auth/prove", Right::KeyHolder, Reach::Inside),
            ("/api/v1/helper", Right::HelperSocket, Reach::Everywhere),
            ("/api/v1/console", Right::ConsoleSocket, Reach::Inside),
            ("/s/{finder}", Right::FinderHolder, Reach::Everywhere),
        ]
    );
}

#[tokio::test]
async fn what_is_not_in_the_table_does_not_exist() {
    let house = House::new().await;
    let owner = house.owner().await;
    for path in ["/", "/api", "/api/v1", "/api/v2/health", "/api/v1/healthz", "/s", "/s/", "/s/AAAA/x", "/favicon.ico"]
    {
        get(house.at(), path, Some(&owner.token)).await.refuses(404, ErrorCode::NotFound);
    }
    for entry in house.relay().routes() {
        let wrong = if entry.method == Method::GET { "DELETE" } else { "PUT" };
        let answer = request(house.at(), wrong, &filled(entry.path, ID), &[&bearer(&owner.token)], b"").await;
        assert!(answer.status == 404 || answer.status == 405, "{wrong} {}: {}", entry.path, answer.status);
    }
}

#[tokio::test]
async fn a_session_of_another_technician_is_not_found() {
    let mut house = House::new().await;
    let mut owner = house.owner().await;
    let (session, _) = owner.new_session().await;
    house.stop().await;
    let mut other = add_technician(&house);
    house.start().await;
    owner.sign_in(house.at()).await;
    other.sign_in(house.at()).await;

    let id = session.id.to_string();
    for entry in house.relay().routes().iter().filter(|entry| entry.path.contains("{id}")) {
        let path = filled(entry.path, &id);
        let answer = if entry.path.ends_with("invitations") {
            let invitation = NewInvitation {
                kind: InvitationKind::Link,
                finder: deskhand_protocol::key::Digest(fresh()),
                life_ms: 60_000,
            };
            post(house.at(), &path, Some(&other.token), &invitation).await
        } else {
            request(house.at(), entry.method.as_str(), &path, &[&bearer(&other.token)], b"").await
        };
        answer.refuses(404, ErrorCode::NotFound);
    }
    assert!(other.get::<Sessions>("/api/v1/sessions").await.sessions.is_empty());
    assert_eq!(owner.get::<Sessions>("/api/v1/sessions").await.sessions.len(), 1);
    let untouched: SessionRecord = owner.session(session.id).await;
    assert_eq!(untouched.end_reason, None);
}

/// There is no way yet to invite a second technician, so one is written into the file.
fn add_technician(house: &House) -> Technician {
    use deskhand_protocol::{id::TechnicianId, record::TechnicianRecord};
    let key = ed25519_dalek::SigningKey::from_bytes(&fresh());
    let id: TechnicianId = uuid::Uuid::now_v7().to_string().parse().unwrap();
    let db = rusqlite::Connection::open(house.dir.path().join("relay.db")).unwrap();
    let sql =
        "INSERT INTO technicians (id, key, role, name, company, created_at) VALUES (?1, ?2, 'technician', ?3, '', 0)";
    db.execute(sql, (id.to_string(), key.verifying_key().to_bytes(), "Other")).unwrap();
    let record = TechnicianRecord {
        id,
        key: crate::peers::public(&key),
        name: crate::peers::name("Other"),
        company: crate::peers::name(""),
    };
    Technician { at: ([127, 0, 0, 1], 0).into(), key, token: String::new(), record }
}

#[tokio::test]
async fn bodies_are_bounded_and_have_a_form() {
    let house = House::new().await;
    let owner = house.owner().await;
    let token = bearer(&owner.token);
    let json = "Content-Type: application/json";
    let send = async |lines: &[&str], body: &[u8]| {
        let lines: Vec<&str> = lines.iter().copied().chain([token.as_str()]).collect();
        request(house.at(), "POST", "/api/v1/sessions", &lines, body).await
    };
    send(&[json], &vec![b'x'; 70_000]).await.refuses(413, ErrorCode::TooLarge);
    for body in [&b"{}"[..], b"", b"[", b"\xff\xfe", b"{\"customer\":1}"] {
        send(&[json], body).await.refuses(400, ErrorCode::Malformed);
    }
    send(&["Content-Type: text/plain"], b"{}").await.refuses(400, ErrorCode::Malformed);
    get(house.at(), "/api/v1/sessions?before=x", Some(&owner.token)).await.refuses(400, ErrorCode::Malformed);
    get(house.at(), "/api/v1/sessions/x", Some(&owner.token)).await.refuses(404, ErrorCode::NotFound);
    assert!(owner.get::<Devices>("/api/v1/devices").await.devices.is_empty());
}
