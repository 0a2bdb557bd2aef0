//! Walks the route table: every route, for everyone who may not call it.

use std::net::SocketAddr;

use axum::http::Method;
use deskhand_protocol::{
    error::ErrorCode,
    key::{Digest, Nonce, PublicKey, Signature},
    limit::HTTP_BODY,
    record::SessionRecord,
    relay::http::{Devices, InvitationKind, InviteColleague, NewInvitation, Sessions},
};
use deskhand_relay::{Reach, Right};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::peers::{Answer, House, PATIENCE, Technician, bearer, fresh, get, post, request};

const ID: &str = "0190b0b0-0000-7000-8000-000000000000";

fn filled(path: &str, id: &str) -> String {
    path.replace("{id}", id).replace("{finder}", "AAAA").replace("{link}", "AAAA").replace("{platform}", "linux_x64")
}

fn is_technicians(right: Right) -> bool {
    right == Right::Technician || is_owners(right)
}

fn is_owners(right: Right) -> bool {
    matches!(right, Right::Owner | Right::OwnerAtDesk)
}

#[tokio::test]
async fn what_customers_are_given_is_the_owners_to_change() {
    let mut house = House::new().await;
    house.owner().await;
    house.stop().await;
    let mut other = add_technician(&house);
    house.start().await;
    other.sign_in(house.at()).await;
    let owners: Vec<_> = house.relay().routes().iter().filter(|entry| is_owners(entry.right)).collect();
    assert_eq!(
        owners.iter().map(|entry| (entry.method.as_str(), entry.path)).collect::<Vec<_>>(),
        [
            ("POST", "/api/v1/templates/uploads"),
            ("POST", "/api/v1/templates/uploads/{id}"),
            ("POST", "/api/v1/templates/uploads/{id}/finish"),
            ("POST", "/api/v1/templates/{id}/use"),
            ("POST", "/api/v1/brand"),
            ("POST", "/api/v1/company"),
            ("POST", "/api/v1/company/certificates"),
            ("POST", "/api/v1/company/people/{id}/revoke"),
            ("POST", "/api/v1/company/invitations"),
            ("POST", "/api/v1/settings"),
        ]
    );
    for entry in owners {
        let path = filled(entry.path, ID);
        let answer = request(house.at(), entry.method.as_str(), &path, &[&bearer(&other.token)], b"").await;
        answer.refuses(403, ErrorCode::Forbidden);
    }
}

#[tokio::test]
async fn a_technicians_route_is_closed_to_everyone_else() {
    let house = House::new().await;
    house.owner().await;
    let guarded: Vec<_> = house.relay().routes().iter().filter(|entry| is_technicians(entry.right)).collect();
    assert_eq!(guarded.len(), 46);
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
        .filter(|entry| !is_technicians(entry.right))
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
            ("/api/v1/detour", Right::Tunnel, Reach::Everywhere),
            ("/reach/{link}", Right::LinkHolder, Reach::Everywhere),
            ("/api/v1/help", Right::Visitor, Reach::Everywhere),
            ("/api/v1/help/{id}", Right::Visitor, Reach::Everywhere),
            ("/s/{finder}", Right::FinderHolder, Reach::Everywhere),
            ("/s/{finder}/program/{platform}", Right::FinderHolder, Reach::Everywhere),
            ("/s/{finder}/share", Right::FinderHolder, Reach::Everywhere),
            ("/support", Right::Visitor, Reach::Everywhere),
            ("/support", Right::Visitor, Reach::Everywhere),
            ("/support/{id}", Right::Visitor, Reach::Everywhere),
            ("/page.css", Right::Anyone, Reach::Everywhere),
            ("/page.js", Right::Anyone, Reach::Everywhere),
            ("/share.js", Right::Anyone, Reach::Everywhere),
            ("/share.css", Right::Anyone, Reach::Everywhere),
            ("/logo.png", Right::Anyone, Reach::Everywhere),
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
    for entry in house.relay().routes().iter().filter(|entry| entry.path.contains("/sessions/{id}")) {
        let path = filled(entry.path, &id);
        let answer = if entry.path.ends_with("invitations") {
            let invitation = NewInvitation { kind: InvitationKind::Link, finder: Digest(fresh()), life_ms: 60_000 };
            post(house.at(), &path, Some(&other.token), &invitation).await
        } else if entry.path.ends_with("colleagues") {
            let invite = InviteColleague { technician: owner.record.id, finder: Digest(fresh()) };
            post(house.at(), &path, Some(&other.token), &invite).await
        } else if entry.path.ends_with("edit") {
            post(house.at(), &path, Some(&other.token), &json!({ "tags": ["mine"], "notes": null })).await
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
pub(crate) fn add_technician(house: &House) -> Technician {
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

/// Every `POST` route that takes a body, with one that has the right form.
fn bodies(session: &str) -> Vec<(String, Value)> {
    let text = |bytes: &dyn std::fmt::Display| bytes.to_string();
    let (key, nonce) = (text(&PublicKey([3; 32])), text(&Nonce([4; 32])));
    let proof = json!({ "id": ID, "nonce": nonce, "signature": text(&Signature([6; 64])) });
    let invitation = json!({ "kind": "link", "finder": text(&Digest([5; 32])), "life_ms": 60_000 });
    let filter = json!({ "text": "web", "statuses": [] });
    let query = json!({ "filter": filter, "sort": "date", "order": "ascending", "after": null, "limit": 5 });
    vec![
        ("/api/v1/setup".into(), json!({ "token": "t", "name": "Eve", "company": "", "proof": proof })),
        ("/api/v1/auth/challenge".into(), json!({ "version": 1, "key": key })),
        ("/api/v1/auth/prove".into(), proof),
        ("/api/v1/sessions".into(), json!({ "customer": "Eve", "machine": null, "invitations": [invitation] })),
        (format!("/api/v1/sessions/{session}/invitations"), invitation),
        (
            format!("/api/v1/sessions/{session}/colleagues"),
            json!({ "technician": ID, "finder": text(&Digest([5; 32])) }),
        ),
        ("/api/v1/sessions/search".into(), query),
        ("/api/v1/sessions/export".into(), json!({ "filter": filter, "format": "csv", "headings": ["Id"] })),
        (format!("/api/v1/sessions/{session}/edit"), json!({ "tags": [], "notes": "" })),
        ("/api/v1/devices/edit".into(), json!({ "devices": [ID], "edit": { "customer": "Eve" } })),
        ("/api/v1/devices/remove".into(), json!({ "devices": [ID] })),
        ("/api/v1/statistics".into(), json!({ "filter": filter, "edges": [1, 2] })),
        ("/api/v1/audit/search".into(), json!({ "filter": {}, "before": null, "limit": 5 })),
        ("/api/v1/audit/export".into(), json!({ "filter": {}, "headings": ["No"] })),
        ("/api/v1/templates/uploads".into(), json!({ "size": 10, "shipped": false })),
        (format!("/api/v1/requests/{session}/answer"), json!({ "link": null })),
        ("/api/v1/help".into(), json!({ "name": "Eve", "problem": "It beeps" })),
        ("/api/v1/brand".into(), json!({ "name": "Weber", "colour": null, "logo": null, "welcome": "" })),
        ("/api/v1/company".into(), json!({ "key": key, "replaces": null })),
        ("/api/v1/company/certificates".into(), json!({ "technician": ID, "certificate": "AAAA" })),
        ("/api/v1/settings".into(), json!({ "location": "", "news": "", "keep_days": 30 })),
        ("/api/v1/news/read".into(), json!({ "version": "1.0.0" })),
        ("/api/v1/me".into(), json!({ "name": "Eve", "company": "" })),
    ]
}

/// Says that `said` bytes follow, and then sends these and no more.
async fn promising(at: SocketAddr, path: &str, token: &str, said: usize, body: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(at).await.unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {at}\r\nContent-Type: application/json\r\n{token}\r\n\
         Content-Length: {said}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut all = Vec::new();
    let _ = timeout(PATIENCE, stream.read_to_end(&mut all)).await.expect("the relay answers or closes in time");
    let text = String::from_utf8_lossy(&all).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
    let status = head.split(' ').nth(1).map_or(0, |status| status.parse().unwrap());
    Answer { status, head: head.to_owned(), body: body.as_bytes().to_vec() }
}

#[tokio::test]
async fn no_route_takes_a_body_that_is_none() {
    let house = House::new().await;
    let owner = house.owner().await;
    let (session, _) = owner.new_session().await;
    let token = bearer(&owner.token);
    let id = session.id.to_string();
    let bodies = bodies(&id);
    let routes = house.relay().routes().iter();
    let posts: Vec<String> = routes.filter(|entry| entry.method == Method::POST).map(|e| filled(e.path, &id)).collect();
    // These need no words, or take bytes or a form.
    let wordless =
        ["/end", "/delete", "/selftest", "/seen", "/finish", "/use", "/support", "/revoke", "/company/invitations"];
    let part = format!("/api/v1/templates/uploads/{id}");
    let takes_json = |path: &&String| !wordless.iter().any(|end| path.ends_with(end)) && **path != part;
    let expected: Vec<&String> = posts.iter().filter(takes_json).collect();
    assert_eq!(bodies.iter().map(|(path, _)| path).collect::<Vec<_>>(), expected);

    let json = ["Content-Type: application/json", token.as_str()];
    for (path, real) in &bodies {
        let real = real.to_string();
        let send = async |lines: &[&str], body: &[u8]| request(house.at(), "POST", path, lines, body).await;
        send(&json, &vec![b'x'; 70_000]).await.refuses(413, ErrorCode::TooLarge);
        send(&json, &vec![b' '; HTTP_BODY + 1]).await.refuses(413, ErrorCode::TooLarge);
        for body in [&b"{}"[..], b"", b"[", b"null", b"\xff\xfe", b"{\"customer\":1,\"kind\":[],\"id\":{}}"] {
            send(&json, body).await.refuses(400, ErrorCode::Malformed);
        }
        send(&json, "[".repeat(20_000).as_bytes()).await.refuses(400, ErrorCode::Malformed);
        send(&["Content-Type: text/plain", &token], real.as_bytes()).await.refuses(400, ErrorCode::Malformed);
        send(&[&token], real.as_bytes()).await.refuses(400, ErrorCode::Malformed);
        for cut in [1, real.len() / 2, real.len() - 1] {
            let half = &real.as_bytes()[..cut];
            // Cut before it was counted, counted too short, and cut on the way.
            send(&json, half).await.refuses(400, ErrorCode::Malformed);
            promising(house.at(), path, &token, cut, real.as_bytes()).await.refuses(400, ErrorCode::Malformed);
            let answer = promising(house.at(), path, &token, real.len(), half).await;
            assert!(answer.status == 0 || answer.status == 400, "{path}: {}", answer.status);
        }
    }
    assert_eq!(owner.get::<Sessions>("/api/v1/sessions").await.sessions, [owner.session(session.id).await]);
    assert_eq!(owner.session(session.id).await.code_expires_at, session.code_expires_at, "nothing was done");
}

#[tokio::test]
async fn queries_and_paths_have_a_form() {
    let house = House::new().await;
    let owner = house.owner().await;
    get(house.at(), "/api/v1/sessions?before=x", Some(&owner.token)).await.refuses(400, ErrorCode::Malformed);
    get(house.at(), "/api/v1/sessions/x", Some(&owner.token)).await.refuses(404, ErrorCode::NotFound);
    assert!(owner.get::<Devices>("/api/v1/devices").await.devices.is_empty());
}
