//! What a relay asks of the world outside, and only once its owner has chosen: where addresses are, and what is new. And
//! how long it keeps sessions.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
};

use deskhand_protocol::{
    code::Finder,
    error::ErrorCode,
    record::{EndReason, Location},
    relay::{
        Report,
        helper_socket::HelperToRelay,
        http::{Devices, Sessions},
        records::{AuditFilter, AuditPage, AuditQuery},
        settings::{News, NewsSeen, RelaySettings, SettingsView},
    },
    text::{Name, Text},
};
use ed25519_dalek::SigningKey;
use rcgen::{CertificateParams, KeyPair};
use rustls::{ServerConfig, crypto::ring};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;
use tokio_util::task::AbortOnDropHandle;

use crate::{
    peers::{Answer, Helper, House, Peer, Technician, fresh, post, soon},
    routes::add_technician,
};

/// Somebody outside who answers every request with the same, by HTTPS.
struct Outside {
    dir: tempfile::TempDir,
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
    answer: Arc<Mutex<(u16, String)>>,
    _task: AbortOnDropHandle<()>,
}

impl Outside {
    async fn answers(status: u16, answer: &Value) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
        std::fs::write(dir.path().join("roots.pem"), certificate.pem()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key.serialize_der().try_into().unwrap())
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (asked, answer) = (Arc::default(), Arc::new(Mutex::new((status, answer.to_string()))));
        let task =
            tokio::spawn(serve(listener, TlsAcceptor::from(Arc::new(config)), Arc::clone(&asked), Arc::clone(&answer)));
        Self { dir, port, asked, answer, _task: AbortOnDropHandle::new(task) }
    }

    fn roots(&self) -> PathBuf {
        self.dir.path().join("roots.pem")
    }

    fn address(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.port)
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    fn now(&self, status: u16, answer: &str) {
        *self.answer.lock().unwrap() = (status, answer.to_owned());
    }
}

async fn serve(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    asked: Arc<Mutex<Vec<String>>>,
    answer: Arc<Mutex<(u16, String)>>,
) {
    while let Ok((stream, _)) = listener.accept().await {
        let Ok(mut stream) = acceptor.accept(stream).await else { continue };
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            match stream.read_u8().await {
                Ok(byte) => head.push(byte),
                Err(_) => break,
            }
        }
        let head = String::from_utf8_lossy(&head).into_owned();
        asked.lock().unwrap().push(head.split(' ').nth(1).unwrap_or_default().to_owned());
        assert!(!head.to_lowercase().contains("cookie") && head.contains("deskhand-relay/"), "{head}");
        let (status, body) = answer.lock().unwrap().clone();
        let answer =
            format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nLocation: /elsewhere\r\n\r\n{body}", body.len());
        let _ = stream.write_all(answer.as_bytes()).await;
        let _ = stream.shutdown().await;
    }
}

fn settings(location: &str, news: &str, keep_days: Option<u32>) -> RelaySettings {
    RelaySettings { location: Text::new(location).unwrap(), news: Text::new(news).unwrap(), keep_days }
}

async fn choose(owner: &Technician, settings: &RelaySettings) -> Answer {
    post(owner.at, "/api/v1/settings", Some(&owner.token), settings).await
}

/// A helper of this key comes from an address outside and claims.
async fn comes(house: &House, key: &SigningKey, from: &str, finder: &Finder) -> Helper {
    let peer = Peer::through(house.at(), "/api/v1/helper", &format!("X-Forwarded-For: {from}")).await;
    let mut helper = peer.greet(key).await;
    helper.claim(finder).await;
    helper
}

fn graz() -> Option<Location> {
    let name = |text: &str| Some(Name::lossy(text));
    Some(Location { country: name("AT"), region: name("Styria"), city: name("Graz") })
}

async fn location_of(owner: &Technician) -> Option<Location> {
    owner.get::<Devices>("/api/v1/devices").await.devices.first().and_then(|device| device.location.clone())
}

#[tokio::test]
async fn a_provider_is_asked_once_for_a_public_address_and_only_when_the_owner_has_chosen_one() {
    let answer = json!({ "country_code": "at", "region": "Styria", "city": "Graz" });
    let outside = Outside::answers(200, &answer).await;
    let mut house = House::reaching(&outside.roots()).await;
    let mut owner = house.owner().await;
    let (session, code) = owner.new_session().await;
    let key = SigningKey::from_bytes(&fresh());
    drop(comes(&house, &key, "198.51.100.7", &code.finder).await);
    let view: SettingsView = owner.get("/api/v1/settings").await;
    assert_eq!((view.settings, view.owner, view.location.asked), (RelaySettings::default(), true, 0));
    assert_eq!(outside.asked(), Vec::<String>::new(), "nobody is asked by default");

    let provider = settings(&outside.address("/of/{ip}?as=json"), "", None);
    choose(&owner, &provider).await.is::<SettingsView>(200);
    drop(comes(&house, &key, "198.51.100.7", &code.finder).await);
    soon(async || location_of(&owner).await == graz()).await;
    assert_eq!(owner.session(session.id).await.location, graz());
    assert_eq!(outside.asked(), ["/of/198.51.100.7?as=json"]);

    // The same address again, and again after a restart: it is known, and stays so.
    drop(comes(&house, &key, "198.51.100.7", &code.finder).await);
    house.stop().await;
    house.start().await;
    owner.sign_in(house.at()).await;
    drop(comes(&house, &key, "198.51.100.7", &code.finder).await);
    assert_eq!(location_of(&owner).await, graz());
    // A neighbour is nobody outside.
    let other = SigningKey::from_bytes(&fresh());
    let (_, second) = owner.new_session().await;
    drop(comes(&house, &other, "192.168.7.7", &second.finder).await);
    // Another address of the same device.
    drop(comes(&house, &key, "2001:db8:7::1", &code.finder).await);
    soon(async || outside.asked().len() == 2).await;
    assert_eq!(outside.asked()[1], "/of/2001:db8:7::1?as=json");
    soon(async || owner.get::<SettingsView>("/api/v1/settings").await.location.found == 1).await;
    let figures = owner.get::<SettingsView>("/api/v1/settings").await.location;
    assert_eq!((figures.asked, figures.found, figures.failed, figures.database), (1, 1, 0, false));
}

#[tokio::test]
async fn a_provider_that_fails_is_counted_and_changes_nothing() {
    let outside = Outside::answers(500, &json!({})).await;
    let house = House::reaching(&outside.roots()).await;
    let owner = house.owner().await;
    choose(&owner, &settings(&outside.address("/{ip}"), "", None)).await.is::<SettingsView>(200);
    let answers =
        [(500, "{}".to_owned()), (302, "{}".to_owned()), (200, "<html>".to_owned()), (200, "x".repeat(100_000))];
    for (turn, (status, answer)) in (1..).zip(answers) {
        outside.now(status, &answer);
        let (_, code) = owner.new_session().await;
        let key = SigningKey::from_bytes(&fresh());
        let _helper = comes(&house, &key, &format!("198.51.100.{turn}"), &code.finder).await;
        soon(async || owner.get::<SettingsView>("/api/v1/settings").await.location.failed == turn).await;
    }
    assert!(owner.get::<Devices>("/api/v1/devices").await.devices.iter().all(|device| device.location.is_none()));
    assert!(!outside.asked().contains(&"/elsewhere".to_owned()), "no redirect is followed");
}

#[tokio::test]
async fn settings_are_the_owners_and_make_sense() {
    let mut house = House::new().await;
    let mut owner = house.owner().await;
    house.stop().await;
    let mut other = add_technician(&house);
    house.start().await;
    owner.sign_in(house.at()).await;
    other.sign_in(house.at()).await;
    for wrong in [
        json!({ "location": "http://geo.example/{ip}", "news": "", "keep_days": null }),
        json!({ "location": "https://geo.example/", "news": "", "keep_days": null }),
        json!({ "location": "", "news": "file:///etc/passwd", "keep_days": null }),
        json!({ "location": "", "news": "", "keep_days": 0 }),
        json!({ "location": "", "news": "", "keep_days": -1 }),
        json!({ "location": "x".repeat(501), "news": "", "keep_days": null }),
    ] {
        post(house.at(), "/api/v1/settings", Some(&owner.token), &wrong).await.refuses(400, ErrorCode::Malformed);
    }
    let seen: SettingsView = other.get("/api/v1/settings").await;
    assert_eq!((seen.settings, seen.owner), (RelaySettings::default(), false));
    choose(&other, &RelaySettings::default()).await.refuses(403, ErrorCode::Forbidden);
}

#[tokio::test]
async fn news_are_read_kept_and_told_each_technician_once() {
    let releases = json!([
        { "tag_name": "v999.0.0", "name": "<b>Big</b>", "body": "<script>x</script>\r\n- fast", "published_at": "2026-03-02T10:00:00Z" },
        { "tag_name": "v0.0.1", "name": "First", "body": "" },
    ]);
    let outside = Outside::answers(200, &releases).await;
    let mut house = House::reaching(&outside.roots()).await;
    let mut owner = house.owner().await;
    house.stop().await;
    let mut other = add_technician(&house);
    house.start().await;
    owner.sign_in(house.at()).await;
    other.sign_in(house.at()).await;
    let nothing: News = owner.get("/api/v1/news").await;
    assert_eq!((nothing.newest, nothing.unseen), (None, None));
    assert!(outside.asked().is_empty(), "nobody is asked by default");

    choose(&owner, &settings("", &outside.address("/releases"), None)).await.is::<SettingsView>(200);
    soon(async || owner.get::<News>("/api/v1/news").await.newest.is_some()).await;
    let news: News = other.get("/api/v1/news").await;
    let newest = news.newest.unwrap();
    assert_eq!((newest.title.as_str(), newest.notes.as_str()), ("<b>Big</b>", "<script>x</script>\n- fast"));
    assert_eq!(news.unseen, Some(newest.version.clone()));
    let seen = NewsSeen { version: newest.version };
    let told: News = post(house.at(), "/api/v1/news/read", Some(&owner.token), &seen).await.is(200);
    assert_eq!(told.unseen, None);
    assert!(other.get::<News>("/api/v1/news").await.unseen.is_some(), "he has not seen it");

    // Offline, what was read stays.
    outside.now(503, "");
    house.stop().await;
    house.start().await;
    owner.sign_in(house.at()).await;
    other.sign_in(house.at()).await;
    soon(async || outside.asked().len() >= 2).await;
    let kept: News = other.get("/api/v1/news").await;
    assert!(kept.newest.is_some() && kept.unseen.is_some());
    assert_eq!(owner.get::<News>("/api/v1/news").await.unseen, None);
    choose(&owner, &RelaySettings::default()).await.is::<SettingsView>(200);
    assert_eq!(owner.get::<News>("/api/v1/news").await.newest, None, "switched off");
}

#[tokio::test]
async fn old_sessions_are_deleted_as_the_owner_has_chosen_and_what_was_reported_stays() {
    let mut house = House::new().await;
    let mut owner = house.owner().await;
    let (old, _) = owner.new_session().await;
    let (young, _) = owner.new_session().await;
    let (open, _) = owner.new_session().await;
    let (reported, code) = owner.new_session().await;
    let mut helper = Helper::connect(house.at(), &SigningKey::from_bytes(&fresh())).await;
    helper.claim(&code.finder).await;
    for report in [Report::Reported { technician: None }, Report::Ended { reason: EndReason::Reported }] {
        helper.send(&HelperToRelay::Report { session: reported.id, report }).await;
    }
    soon(async || owner.session(reported.id).await.ended_at.is_some()).await;
    owner.end(old.id).await;
    owner.end(young.id).await;
    house.stop().await;
    let db = rusqlite::Connection::open(house.dir.path().join("relay.db")).unwrap();
    let days = 40_i64 * 24 * 3600 * 1000;
    for id in [old.id, reported.id] {
        let sql = "UPDATE sessions SET created_at = created_at - ?2, ended_at = ended_at - ?2 WHERE id = ?1";
        assert_eq!(db.execute(sql, (id.to_string(), days)).unwrap(), 1);
    }
    drop(db);
    house.start().await;
    owner.sign_in(house.at()).await;
    assert_eq!(owner.get::<Sessions>("/api/v1/sessions").await.sessions.len(), 4, "for ever by default");

    let mut console = owner.console().await;
    choose(&owner, &settings("", "", Some(30))).await.is::<SettingsView>(200);
    let removed = deskhand_protocol::relay::console_socket::RelayToConsole::SessionRemoved { session: old.id };
    console.until(|told| (told == removed).then_some(())).await;
    let mut left: Vec<_> = owner.get::<Sessions>("/api/v1/sessions").await.sessions.iter().map(|one| one.id).collect();
    left.sort();
    let mut expected = vec![young.id, open.id, reported.id];
    expected.sort();
    assert_eq!(left, expected);
    let query = AuditQuery { filter: AuditFilter::default(), before: None, limit: 100 };
    let audit: AuditPage = post(owner.at, "/api/v1/audit/search", Some(&owner.token), &query).await.is(200);
    let deleted = audit.lines.iter().find(|line| line.row.action == "sessions.deleted_by_age").unwrap();
    assert_eq!(deleted.row.actor, "relay");
    assert!(deleted.row.summary.contains("\"sessions\":1"), "{}", deleted.row.summary);
    let view: SettingsView = owner.get("/api/v1/settings").await;
    assert_eq!(view.last_deleted.unwrap().sessions, 1);
}
