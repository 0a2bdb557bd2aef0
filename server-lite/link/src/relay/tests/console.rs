//! What a console's HTTP client and link do.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{
        State, WebSocketUpgrade,
        ws::{Message, WebSocket},
    },
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use deskhand_protocol::{
    PROTOCOL_VERSION, UnixMillis,
    error::ErrorCode,
    id::{RecordId, TechnicianId, TemplateId},
    key::{Digest, Nonce, PublicKey},
    record::TechnicianRecord,
    relay::{
        Prover,
        console_socket::{ConsoleToRelay, RelayToConsole},
        http::{Challenge, ChallengeRequest, Prove, Proven, SetUp},
        proof_bytes,
    },
    template::{Platform, TemplateRecord, Templates},
    text::Name,
};
use tokio::{
    net::TcpListener,
    sync::mpsc,
    time::{sleep, timeout},
};
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use super::fake::{PATIENCE, error, session};
use crate::{
    identity::{Identity, verify},
    relay::{ConsoleHttp, ConsoleLink, ConsoleLinkEvent, HttpError, Lost, Route, Stop},
};

/// What the relay does and remembers.
struct Inner {
    relay: Identity,
    key: Mutex<Option<PublicKey>>,
    /// How often somebody proved his key; the newest token carries the number.
    proofs: AtomicU32,
    /// The answer to a console's first message, instead of a welcome.
    refuse: Mutex<Option<ErrorCode>>,
    sockets: mpsc::Sender<WebSocket>,
}

struct Fake {
    inner: Arc<Inner>,
    sockets: mpsc::Receiver<WebSocket>,
    route: Route,
    _server: AbortOnDropHandle<()>,
}

const NONCE: Nonce = Nonce([8; 32]);

fn me(key: PublicKey) -> TechnicianRecord {
    TechnicianRecord {
        id: TechnicianId::from_uuid(Uuid::from_u128(1)),
        key,
        name: Name::new("Mara Weber").unwrap(),
        company: Name::new("Weber IT").unwrap(),
    }
}

/// A template whose bytes will be right, and whose name leads elsewhere.
fn misnamed() -> TemplateRecord {
    TemplateRecord {
        id: TemplateId::from_uuid(Uuid::from_u128(3)),
        platform: Platform::LinuxX64,
        version: Name::new("1.0.0").unwrap(),
        size: 1,
        sha256: Digest([5; 32]),
        sha256_hex: "../../evil".to_owned(),
        added_at: UnixMillis(1),
        added_by: Name::default(),
        shipped: false,
        current: true,
        seen: false,
    }
}

fn refuse(status: StatusCode, code: ErrorCode) -> Response {
    (status, Json(error(code))).into_response()
}

async fn challenge(State(inner): State<Arc<Inner>>, Json(ask): Json<ChallengeRequest>) -> Json<Challenge> {
    assert_eq!(ask.version, PROTOCOL_VERSION);
    *inner.key.lock().unwrap() = Some(ask.key);
    Json(Challenge { id: RecordId::from_uuid(Uuid::from_u128(2)), relay: inner.relay.public(), nonce: NONCE })
}

fn proven(inner: &Inner, proof: &Prove) -> Response {
    let key = inner.key.lock().unwrap().unwrap();
    let bytes = proof_bytes(Prover::Console, &inner.relay.public(), &NONCE, &proof.nonce);
    if verify(&key, &bytes, &proof.signature).is_err() {
        return refuse(StatusCode::UNAUTHORIZED, ErrorCode::Unauthenticated);
    }
    let number = inner.proofs.fetch_add(1, Ordering::SeqCst) + 1;
    Json(Proven { token: format!("token-{number}"), technician: me(key) }).into_response()
}

async fn prove(State(inner): State<Arc<Inner>>, Json(proof): Json<Prove>) -> Response {
    proven(&inner, &proof)
}

async fn set_up(State(inner): State<Arc<Inner>>, Json(body): Json<SetUp>) -> Response {
    if body.token == "once" {
        proven(&inner, &body.proof)
    } else {
        refuse(StatusCode::FORBIDDEN, ErrorCode::SetupRefused)
    }
}

async fn who(State(inner): State<Arc<Inner>>, headers: HeaderMap) -> Response {
    let newest = format!("Bearer token-{}", inner.proofs.load(Ordering::SeqCst));
    if headers.get("authorization").is_some_and(|value| value.to_str().unwrap() == newest) {
        Json(me(inner.key.lock().unwrap().unwrap())).into_response()
    } else {
        refuse(StatusCode::UNAUTHORIZED, ErrorCode::Unauthenticated)
    }
}

async fn socket(State(inner): State<Arc<Inner>>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(move |mut socket| async move {
        let Some(Ok(Message::Text(hello))) = socket.recv().await else { return };
        let Ok(ConsoleToRelay::Hello { token, .. }) = serde_json::from_str(&hello) else { return };
        let newest = format!("token-{}", inner.proofs.load(Ordering::SeqCst));
        let refused = *inner.refuse.lock().unwrap();
        let refused = refused.or((token != Some(newest)).then_some(ErrorCode::Unauthenticated));
        let answer = match refused {
            Some(code) => RelayToConsole::Error { session: None, error: error(code) },
            None => RelayToConsole::Welcome,
        };
        say(&mut socket, &answer).await;
        if refused.is_none() {
            let _ = inner.sockets.send(socket).await;
        }
    })
}

async fn say(socket: &mut WebSocket, message: &RelayToConsole) {
    let _ = socket.send(Message::text(serde_json::to_string(message).unwrap())).await;
}

impl Fake {
    async fn start() -> Self {
        let (to, sockets) = mpsc::channel(4);
        let inner = Arc::new(Inner {
            relay: Identity::from_seed(&[0x77; 32]),
            key: Mutex::default(),
            proofs: AtomicU32::new(0),
            refuse: Mutex::default(),
            sockets: to,
        });
        let routes = Router::new()
            .route("/auth/challenge", post(challenge))
            .route("/auth/prove", post(prove))
            .route("/setup", post(set_up))
            .route("/me", get(who))
            .route("/console", get(socket))
            .route("/devices", get(|| async { "no JSON at all" }))
            .route("/templates", get(|| async { Json(Templates { templates: vec![misnamed()] }) }))
            .route("/templates/seen", post(|| async { Json(Templates { templates: vec![misnamed()] }) }))
            .route("/templates/uploads/{id}/finish", post(|| async { Json(misnamed()) }))
            .route("/templates/{id}/use", post(|| async { Json(misnamed()) }))
            .route(
                "/sessions",
                get(|| async {
                    sleep(Duration::from_millis(1)).await;
                    vec![b'['; 5 * 1024 * 1024]
                }),
            );
        let app = Router::new().nest("/api/v1", routes).with_state(Arc::clone(&inner));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let route = Route::system(format!("http://{}", listener.local_addr().unwrap()).parse().unwrap());
        let server = AbortOnDropHandle::new(tokio::spawn(async move { axum::serve(listener, app).await.unwrap() }));
        Self { inner, sockets, route, _server: server }
    }

    fn http(&self) -> ConsoleHttp {
        ConsoleHttp::new(self.route.clone(), Arc::new(Identity::from_seed(&[0x11; 32]))).unwrap()
    }

    fn forget_all(&self) {
        self.inner.proofs.fetch_add(1, Ordering::SeqCst);
    }

    async fn socket(&mut self) -> WebSocket {
        timeout(PATIENCE, self.sockets.recv()).await.unwrap().unwrap()
    }
}

async fn next(events: &mut mpsc::Receiver<ConsoleLinkEvent>) -> ConsoleLinkEvent {
    timeout(PATIENCE, events.recv()).await.unwrap().expect("an event")
}

#[tokio::test]
async fn the_owner_joins_with_the_token_and_is_signed_in() {
    let fake = Fake::start().await;
    let http = fake.http();
    let name = |text: &str| Name::new(text).unwrap();
    let refused = http.set_up("wrong", name("Mara"), name("Weber IT")).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::SetupRefused));
    http.set_up("once", name("Mara"), name("Weber IT")).await.unwrap();
    assert_eq!(http.me().await.unwrap().key, Identity::from_seed(&[0x11; 32]).public());
    assert_eq!(fake.inner.proofs.load(Ordering::SeqCst), 1, "no second sign-in was needed");
}

#[tokio::test]
async fn a_relay_that_forgot_the_token_is_signed_in_to_again() {
    let fake = Fake::start().await;
    let http = fake.http();
    http.me().await.unwrap();
    fake.forget_all();
    http.me().await.unwrap();
    assert_eq!(fake.inner.proofs.load(Ordering::SeqCst), 3, "one proof, one loss, one proof");
}

#[tokio::test]
async fn what_is_no_answer_of_a_relay_is_told() {
    let fake = Fake::start().await;
    let http = fake.http();
    assert_eq!(http.devices(10, None).await, Err(HttpError::NotARelay));
    assert_eq!(http.sessions(10, None).await, Err(HttpError::NotARelay), "five megabytes");
    assert_eq!(http.health().await, Err(HttpError::NotARelay), "a page of another server");
    let late = fake.http();
    drop(fake);
    assert_eq!(late.me().await, Err(HttpError::Unreachable));
}

#[tokio::test]
async fn a_template_whose_name_is_not_its_hash_is_refused() {
    let fake = Fake::start().await;
    let http = fake.http();
    let id = misnamed().id;
    assert_eq!(http.templates().await, Err(HttpError::NotARelay));
    assert_eq!(http.templates_seen().await, Err(HttpError::NotARelay));
    assert_eq!(http.finish_upload(id).await, Err(HttpError::NotARelay));
    assert_eq!(http.use_template(id).await, Err(HttpError::NotARelay));
}

#[tokio::test]
async fn a_console_hears_and_is_heard() {
    let mut fake = Fake::start().await;
    let (link, mut events) = ConsoleLink::open(fake.http()).unwrap();
    let mut socket = fake.socket().await;
    assert_eq!(next(&mut events).await, ConsoleLinkEvent::Connected);
    let news = RelayToConsole::Signal { session: session(), signal: "from the helper".into() };
    say(&mut socket, &news).await;
    assert_eq!(next(&mut events).await, ConsoleLinkEvent::Message(news));
    let signal = ConsoleToRelay::Signal { session: session(), signal: "to the helper".into() };
    link.send(&signal).unwrap();
    let Some(Ok(Message::Text(heard))) = socket.recv().await else { panic!("a text") };
    assert_eq!(serde_json::from_str::<ConsoleToRelay>(&heard).unwrap(), signal);
}

#[tokio::test]
async fn a_console_comes_back_with_a_new_token_after_a_restart() {
    let mut fake = Fake::start().await;
    let (link, mut events) = ConsoleLink::open(fake.http()).unwrap();
    let socket = fake.socket().await;
    assert_eq!(next(&mut events).await, ConsoleLinkEvent::Connected);
    fake.forget_all();
    drop(socket);
    assert!(matches!(next(&mut events).await, ConsoleLinkEvent::Disconnected { .. }));
    assert!(!link.is_connected());
    let _socket = fake.socket().await;
    assert_eq!(next(&mut events).await, ConsoleLinkEvent::Connected, "without another delay");
}

#[tokio::test]
async fn a_console_that_was_replaced_does_not_come_back() {
    let mut fake = Fake::start().await;
    let (_link, mut events) = ConsoleLink::open(fake.http()).unwrap();
    let mut socket = fake.socket().await;
    assert_eq!(next(&mut events).await, ConsoleLinkEvent::Connected);
    say(&mut socket, &RelayToConsole::Error { session: None, error: error(ErrorCode::Replaced) }).await;
    assert_eq!(next(&mut events).await, ConsoleLinkEvent::Stopped { reason: Stop::Replaced });
    assert_eq!(timeout(PATIENCE, events.recv()).await.unwrap(), None);
}

#[tokio::test]
async fn a_refusal_about_one_session_leaves_the_console_connected() {
    let mut fake = Fake::start().await;
    let (link, mut events) = ConsoleLink::open(fake.http()).unwrap();
    let mut socket = fake.socket().await;
    assert_eq!(next(&mut events).await, ConsoleLinkEvent::Connected);
    let refusal = RelayToConsole::Error { session: Some(session()), error: error(ErrorCode::SessionEnded) };
    say(&mut socket, &refusal).await;
    assert_eq!(next(&mut events).await, ConsoleLinkEvent::Message(refusal));
    assert!(link.is_connected());
}

#[tokio::test]
async fn a_console_of_another_version_stops() {
    let fake = Fake::start().await;
    *fake.inner.refuse.lock().unwrap() = Some(ErrorCode::VersionUnsupported);
    let (_link, mut events) = ConsoleLink::open(fake.http()).unwrap();
    assert_eq!(next(&mut events).await, ConsoleLinkEvent::Stopped { reason: Stop::VersionUnsupported });
}

#[tokio::test]
async fn nobody_there_is_told_and_tried_again() {
    let fake = Fake::start().await;
    let http = fake.http();
    drop(fake);
    let (_link, mut events) = ConsoleLink::open(http).unwrap();
    for _ in 0..2 {
        let ConsoleLinkEvent::Disconnected { reason, .. } = next(&mut events).await else { panic!("nobody is there") };
        assert_eq!(reason, Lost::Unreachable);
    }
}
