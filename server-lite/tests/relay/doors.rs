//! `Host`, `Origin` and the headers that close a page up.

use deskhand_protocol::error::ErrorCode;
use tokio::net::TcpStream;

use crate::peers::{House, raw, request};

async fn with_lines(house: &House, lines: &[&str]) -> u16 {
    let stream = TcpStream::connect(house.at()).await.unwrap();
    raw(stream, "GET", "/api/v1/health", lines, b"").await.status
}

#[tokio::test]
async fn only_the_listeners_own_names_are_answered() {
    let house = House::new().await;
    let port = house.at().port();
    for own in [format!("127.0.0.1:{port}"), format!("localhost:{port}"), format!("LOCALHOST:{port}")] {
        assert_eq!(with_lines(&house, &[&format!("Host: {own}")]).await, 200, "{own}");
    }
    let foreign = [
        "evil.example".to_owned(),
        format!("evil.example:{port}"),
        "127.0.0.1".to_owned(),
        format!("127.0.0.1:{}", port ^ 1),
        format!("127.0.0.2:{port}"),
        format!("x@127.0.0.1:{port}"),
        format!("127.0.0.1.evil.example:{port}"),
        String::new(),
    ];
    for foreign in foreign {
        assert_eq!(with_lines(&house, &[&format!("Host: {foreign}")]).await, 403, "{foreign}");
    }
    let own = format!("Host: 127.0.0.1:{port}");
    let twice = with_lines(&house, &[&own, "Host: evil.example"]).await;
    assert!(twice == 403 || twice == 400, "{twice}");
}

#[tokio::test]
async fn a_page_of_another_origin_is_refused_everywhere() {
    let house = House::new().await;
    let port = house.at().port();
    let own = format!("Origin: http://127.0.0.1:{port}");
    assert_eq!(request(house.at(), "GET", "/api/v1/health", &[&own], b"").await.status, 200);
    let origins = [
        "https://evil.example".to_owned(),
        "null".to_owned(),
        format!("https://127.0.0.1:{port}"),
        format!("http://localhost:{port}"),
        format!("http://127.0.0.1:{}", port ^ 1),
        "tauri://localhost".to_owned(),
    ];
    for origin in origins {
        for path in ["/api/v1/health", "/api/v1/helper", "/api/v1/console", "/s/AAAA", "/nowhere"] {
            let line = format!("Origin: {origin}");
            let upgrade = [
                line.as_str(),
                "Connection: upgrade",
                "Upgrade: websocket",
                "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
            ];
            let answer = request(house.at(), "GET", path, &upgrade, b"").await;
            answer.refuses(403, ErrorCode::Forbidden);
            assert!(!answer.head.to_lowercase().contains("access-control"), "{}", answer.head);
        }
    }
}

#[tokio::test]
async fn every_answer_closes_the_page_up() {
    let house = House::new().await;
    for path in ["/api/v1/health", "/api/v1/me", "/s/AAAA", "/support", "/page.css", "/page.js", "/nowhere", "/s/%00"] {
        let head = request(house.at(), "GET", path, &[], b"").await.head.to_lowercase();
        for line in [
            "content-security-policy: default-src 'none'",
            "x-content-type-options: nosniff",
            "x-frame-options: deny",
            // A form's page names its origin to the relay itself, or a browser would send the form from nowhere.
            if path == "/support" { "referrer-policy: same-origin" } else { "referrer-policy: no-referrer" },
            "cache-control: no-store",
            "x-robots-tag: noindex",
        ] {
            assert!(head.contains(line), "{path}: {line}\n{head}");
        }
    }
}

#[tokio::test]
async fn a_preflight_gets_no_permission() {
    let house = House::new().await;
    let lines = ["Origin: https://evil.example", "Access-Control-Request-Method: POST"];
    let answer = request(house.at(), "OPTIONS", "/api/v1/sessions", &lines, b"").await;
    assert_eq!(answer.status, 403);
    assert!(!answer.head.to_lowercase().contains("access-control-allow"), "{}", answer.head);
}
