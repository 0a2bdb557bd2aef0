//! A relay behind a proxy, and callers who write what they like before it.

use deskhand_protocol::{
    error::ErrorCode,
    relay::{
        http::{Devices, Opened, SelfTest},
        records::{AuditFilter, AuditPage, AuditQuery},
    },
};
use ed25519_dalek::SigningKey;
use serde_json::json;

use crate::peers::{Helper, House, Peer, bearer, fresh, get, post, request};

const PROXY: &str = "127.0.0.0/8";

async fn page(house: &House, lines: &[&str]) -> u16 {
    request(house.at(), "GET", "/s/ABCD", lines, b"").await.status
}

#[tokio::test]
async fn limits_hold_for_the_caller_whom_the_proxy_names_and_not_for_what_he_writes() {
    let house = House::behind(&[PROXY], &[]).await;
    let mut last = 0;
    for turn in 0..15 {
        // The same caller each time, who puts another address before his own.
        last = page(&house, &[&format!("X-Forwarded-For: 203.0.113.{turn}, 198.51.100.7:{}", 40_000 + turn)]).await;
    }
    assert_eq!(last, 429, "he is slowed, whoever he says he is");
    assert_eq!(page(&house, &["Forwarded: for=\"198.51.100.7\""]).await, 429, "in the formal header too");
    assert_eq!(page(&house, &["X-Forwarded-For: 198.51.100.8"]).await, 404, "and nobody else is");
    // Two headers that disagree: one is the caller's own, so all such callers are one.
    for turn in 0..15 {
        let plain = format!("X-Forwarded-For: 198.51.100.{}", 20 + turn);
        last = page(&house, &[&plain, "Forwarded: for=203.0.113.5"]).await;
    }
    assert_eq!(last, 429);
}

#[tokio::test]
async fn without_a_trusted_proxy_no_header_counts() {
    let house = House::behind(&["192.0.2.0/24"], &[]).await;
    let mut last = 0;
    for turn in 0..15 {
        last = page(&house, &[&format!("X-Forwarded-For: 198.51.100.{turn}"), "X-Forwarded-Proto: https"]).await;
    }
    assert_eq!(last, 429);
}

#[tokio::test]
async fn devices_the_audit_log_and_the_self_test_know_the_callers_address() {
    let house = House::behind(&[PROXY, "10.0.0.0/8"], &[]).await;
    let owner = house.owner().await;
    let (_, code) = owner.new_session().await;
    let forwarded = "X-Forwarded-For: 8.8.8.8, [2001:db8:7::1]:5123, 10.1.2.3";
    let peer = Peer::through(house.at(), "/api/v1/helper", forwarded).await;
    let mut helper = peer.greet(&SigningKey::from_bytes(&fresh())).await;
    helper.claim(&code.finder).await;
    let devices: Devices = owner.get("/api/v1/devices").await;
    assert_eq!(devices.devices[0].address.as_ref().unwrap().as_str(), "2001:db8:7::1");

    let proof = json!({
        "id": "0190b0b0-0000-7000-8000-000000000000", "nonce": "A".repeat(43), "signature": "A".repeat(86),
    });
    let lines = ["Content-Type: application/json", "X-Forwarded-For: 198.51.100.9"];
    let answer = request(house.at(), "POST", "/api/v1/auth/prove", &lines, proof.to_string().as_bytes()).await;
    answer.refuses(401, ErrorCode::Unauthenticated);
    let query = AuditQuery { filter: AuditFilter::default(), before: None, limit: 100 };
    let audit: AuditPage = post(owner.at, "/api/v1/audit/search", Some(&owner.token), &query).await.is(200);
    let refused = audit.lines.iter().find(|line| line.row.action == "technician.refused").unwrap();
    assert!(refused.row.summary.contains("198.51.100.9"), "{}", refused.row.summary);

    let token = bearer(&owner.token);
    let test: SelfTest = request(house.at(), "POST", "/api/v1/selftest", &[&token], b"").await.is(200);
    let reach = format!("/reach/{}", test.link);
    request(house.at(), "GET", &reach, &["X-Forwarded-For: 198.51.100.7"], b"").await;
    let opened: Vec<Opened> =
        get(house.at(), &format!("/api/v1/selftest/{}", test.link), Some(&owner.token)).await.is(200);
    assert_eq!(opened.iter().map(|opened| opened.outside).collect::<Vec<_>>(), [true]);
}

#[tokio::test]
async fn one_caller_behind_a_proxy_cannot_take_every_place() {
    let house = House::behind(&[PROXY], &[]).await;
    let mut open = Vec::new();
    for _ in 0..128 {
        open.push(Peer::through(house.at(), "/api/v1/helper", "X-Forwarded-For: 198.51.100.7").await);
    }
    assert_eq!(page(&house, &["X-Forwarded-For: 198.51.100.7"]).await, 429);
    assert_eq!(page(&house, &["X-Forwarded-For: 198.51.100.8"]).await, 404);
    Helper::connect(house.at(), &SigningKey::from_bytes(&fresh())).await;
}

#[tokio::test]
async fn a_page_over_https_at_the_proxy_is_of_the_relays_origin() {
    let house = House::behind(&[PROXY], &["help.example.org"]).await;
    let at = async |lines: &[&str]| {
        let stream = tokio::net::TcpStream::connect(house.at()).await.unwrap();
        let lines: Vec<&str> = std::iter::once("Host: help.example.org").chain(lines.iter().copied()).collect();
        crate::peers::raw(stream, "GET", "/api/v1/health", &lines, b"").await.status
    };
    let https = "Origin: https://help.example.org";
    assert_eq!(at(&[https, "X-Forwarded-Proto: https"]).await, 200);
    assert_eq!(at(&[https]).await, 403);
    assert_eq!(at(&["Origin: http://help.example.org", "X-Forwarded-Proto: https"]).await, 403);
    assert_eq!(at(&["Origin: https://evil.example", "X-Forwarded-Proto: https"]).await, 403);
}
