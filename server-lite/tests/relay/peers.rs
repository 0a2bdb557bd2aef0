//! Typed peers that speak to a real listener: plain HTTP requests, consoles and helpers, each byte of which a test may
//! choose.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use deskhand_protocol::{
    PROTOCOL_VERSION,
    code::{Finder, Invitation},
    error::{ErrorCode, WireError},
    id::SessionId,
    key::{Nonce, PublicKey, Signature},
    record::{DeviceFacts, SessionRecord, TechnicianRecord, Via},
    relay::{
        Prover,
        console_socket::{ConsoleToRelay, RelayToConsole},
        detour::Detour,
        helper_socket::{HelperToRelay, RelayToHelper},
        http::{Challenge, ChallengeRequest, InvitationKind, NewInvitation, NewSession, Prove, Proven, SetUp},
        proof_bytes,
    },
    text::Name,
};
use deskhand_relay::{Listen, Network, Relay, Settings};
use ed25519_dalek::{Signer as _, SigningKey};
use futures_util::{SinkExt as _, StreamExt as _};
use serde::{Serialize, de::DeserializeOwned};
use tempfile::TempDir;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{
        self, Message,
        client::IntoClientRequest as _,
        http::HeaderName,
        protocol::{CloseFrame, frame::coding::CloseCode},
    },
};
use tokio_util::sync::CancellationToken;

/// Longer than anything takes that happens at all.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

pub(crate) fn fresh<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).unwrap();
    bytes
}

/// A port that no other test is likely to use, below those the system gives out by itself.
fn lan_port() -> u16 {
    20_000 + u16::from_be_bytes(fresh()) % 12_000
}

/// A relay of its own in a folder of its own.
pub(crate) struct House {
    pub(crate) dir: TempDir,
    relay: Option<Relay>,
    pub(crate) grace: Duration,
    lan_port: u16,
    names: Vec<String>,
    proxies: Vec<Network>,
    fetch_roots: Option<PathBuf>,
    console: Option<&'static [u8]>,
}

impl House {
    pub(crate) async fn new() -> Self {
        Self::named(&[]).await
    }

    /// With a relay that is called by these names too.
    pub(crate) async fn named(names: &[&str]) -> Self {
        Self::behind(&[], names).await
    }

    /// With a relay that believes these proxies.
    pub(crate) async fn behind(proxies: &[&str], names: &[&str]) -> Self {
        let mut house = Self::empty();
        house.proxies = proxies.iter().map(|network| network.parse().unwrap()).collect();
        house.names = names.iter().map(|name| (*name).to_owned()).collect();
        house.start().await;
        house
    }

    /// With a relay that serves this page to browsers, through a proxy that brings TLS.
    pub(crate) async fn with_page(page: &'static [u8]) -> Self {
        let mut house = Self::empty();
        house.console = Some(page);
        house.proxies = vec!["127.0.0.0/8".parse().unwrap()];
        house.start().await;
        house
    }

    /// With a relay that knows somebody outside by these certificates, and is called through a proxy.
    pub(crate) async fn reaching(roots: &Path) -> Self {
        let mut house = Self::empty();
        house.fetch_roots = Some(roots.to_path_buf());
        house.proxies = vec!["127.0.0.0/8".parse().unwrap()];
        house.start().await;
        house
    }

    fn empty() -> Self {
        Self {
            proxies: Vec::new(),
            fetch_roots: None,
            console: None,
            dir: tempfile::tempdir().unwrap(),
            relay: None,
            grace: Duration::from_secs(120),
            lan_port: lan_port(),
            names: Vec::new(),
        }
    }

    pub(crate) async fn start(&mut self) {
        let mut settings = Settings::new(self.dir.path());
        settings.listen = Listen::Loopback;
        settings.reconnect_grace = self.grace;
        settings.lan_port = self.lan_port;
        settings.names.clone_from(&self.names);
        settings.proxies.clone_from(&self.proxies);
        settings.fetch_roots.clone_from(&self.fetch_roots);
        settings.console = self.console;
        self.relay = Some(Relay::start(settings, CancellationToken::new()).await.unwrap());
    }

    pub(crate) async fn stop(&mut self) {
        if let Some(relay) = self.relay.take() {
            relay.shutdown().await;
        }
    }

    pub(crate) fn relay(&self) -> &Relay {
        self.relay.as_ref().unwrap()
    }

    pub(crate) fn at(&self) -> SocketAddr {
        self.relay().local_address().authority().parse().unwrap()
    }

    /// Joins as the owner.
    pub(crate) async fn owner(&self) -> Technician {
        let key = SigningKey::from_bytes(&fresh());
        let token = self.relay().setup_token().unwrap();
        let proof = prove(self.at(), &key).await;
        let set_up = SetUp { token, name: name("Ada Weber"), company: name("Weber IT"), proof };
        let answer = post(self.at(), "/api/v1/setup", None, &set_up).await;
        let proven: Proven = answer.is(200);
        Technician { at: self.at(), key, token: proven.token, record: proven.technician }
    }
}

/// Asks for a challenge and signs it.
pub(crate) async fn prove(at: SocketAddr, key: &SigningKey) -> Prove {
    prove_as(Prover::Console, at, key).await
}

/// The same for a console of either kind.
pub(crate) async fn prove_as(prover: Prover, at: SocketAddr, key: &SigningKey) -> Prove {
    let request = ChallengeRequest { version: PROTOCOL_VERSION, key: public(key) };
    let challenge: Challenge = post(at, "/api/v1/auth/challenge", None, &request).await.is(200);
    let nonce = Nonce(fresh());
    let bytes = proof_bytes(prover, &challenge.relay, &challenge.nonce, &nonce);
    Prove { id: challenge.id, nonce, signature: Signature(key.sign(&bytes).to_bytes()) }
}

pub(crate) fn public(key: &SigningKey) -> PublicKey {
    PublicKey(key.verifying_key().to_bytes())
}

/// A technician who has proven his key.
pub(crate) struct Technician {
    pub(crate) at: SocketAddr,
    pub(crate) key: SigningKey,
    pub(crate) token: String,
    pub(crate) record: TechnicianRecord,
}

impl Technician {
    /// Proves the key again, as after a restart.
    pub(crate) async fn sign_in(&mut self, at: SocketAddr) {
        self.at = at;
        let proof = prove(at, &self.key).await;
        let proven: Proven = post(at, "/api/v1/auth/prove", None, &proof).await.is(200);
        self.token = proven.token;
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> T {
        get(self.at, path, Some(&self.token)).await.is(200)
    }

    pub(crate) async fn session(&self, id: SessionId) -> SessionRecord {
        self.get(&format!("/api/v1/sessions/{id}")).await
    }

    /// A session with a spoken code.
    pub(crate) async fn new_session(&self) -> (SessionRecord, Invitation) {
        let invitation = Invitation::spoken(fresh());
        let record = self.new_session_with(&invitation.finder, InvitationKind::Spoken, 600_000).await;
        (record.is(200), invitation)
    }

    pub(crate) async fn new_session_with(&self, finder: &Finder, kind: InvitationKind, life_ms: u64) -> Answer {
        let invitations = vec![NewInvitation { kind, finder: finder.digest(), life_ms }];
        let new = NewSession { customer: name("Mr Weber"), machine: None, invitations };
        post(self.at, "/api/v1/sessions", Some(&self.token), &new).await
    }

    pub(crate) async fn end(&self, id: SessionId) -> SessionRecord {
        request(self.at, "POST", &format!("/api/v1/sessions/{id}/end"), &[&bearer(&self.token)], b"").await.is(200)
    }

    /// A console on its socket.
    pub(crate) async fn console(&self) -> Console {
        let mut console = Peer::connect(self.at, "/api/v1/console").await;
        console
            .send(&ConsoleToRelay::Hello { version: PROTOCOL_VERSION, token: Some(self.token.clone()), marks: true })
            .await;
        assert_eq!(console.next::<RelayToConsole>().await, RelayToConsole::Welcome);
        Console(console)
    }
}

pub(crate) fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}")
}

/// What a relay answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn is<T: DeserializeOwned>(&self, status: u16) -> T {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn refuses(&self, status: u16, code: ErrorCode) {
        assert_eq!(self.is::<WireError>(status).code, code);
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }
}

pub(crate) async fn get(at: SocketAddr, path: &str, token: Option<&str>) -> Answer {
    match token {
        Some(token) => request(at, "GET", path, &[&bearer(token)], b"").await,
        None => request(at, "GET", path, &[], b"").await,
    }
}

pub(crate) async fn post<T: Serialize>(at: SocketAddr, path: &str, token: Option<&str>, body: &T) -> Answer {
    let body = serde_json::to_vec(body).unwrap();
    let json = "Content-Type: application/json";
    match token {
        Some(token) => request(at, "POST", path, &[json, &bearer(token)], &body).await,
        None => request(at, "POST", path, &[json], &body).await,
    }
}

/// One request with the right `Host` and the given further header lines.
pub(crate) async fn request(at: SocketAddr, method: &str, path: &str, lines: &[&str], body: &[u8]) -> Answer {
    let host = format!("Host: {at}");
    let lines: Vec<&str> = std::iter::once(host.as_str()).chain(lines.iter().copied()).collect();
    raw(TcpStream::connect(at).await.unwrap(), method, path, &lines, body).await
}

/// One request with exactly the given header lines.
pub(crate) async fn raw<S>(mut stream: S, method: &str, path: &str, lines: &[&str], body: &[u8]) -> Answer
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let lines = lines.join("\r\n");
    let length = body.len();
    let head = format!("{method} {path} HTTP/1.1\r\n{lines}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    // A relay that refuses early may stop reading.
    let _ = stream.write_all(body).await;
    let mut all = Vec::new();
    let _ = timeout(PATIENCE, stream.read_to_end(&mut all)).await.expect("the relay answers in time");
    let end = all.windows(4).position(|four| four == b"\r\n\r\n").expect("an answer has a head");
    let head = String::from_utf8_lossy(&all[..end]).into_owned();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head, body: all[end + 4..].to_vec() }
}

/// A socket of either kind.
pub(crate) struct Peer<S = TcpStream>(WebSocketStream<S>);

impl Peer {
    pub(crate) async fn connect(at: SocketAddr, path: &str) -> Self {
        Self::over(TcpStream::connect(at).await.unwrap(), &format!("ws://{at}{path}")).await
    }

    /// With one header line more, as from a proxy.
    pub(crate) async fn through(at: SocketAddr, path: &str, line: &str) -> Self {
        Self::with_lines(at, path, &[line]).await.unwrap()
    }

    /// With these header lines more. The status, if it becomes no socket.
    pub(crate) async fn with_lines(at: SocketAddr, path: &str, lines: &[&str]) -> Result<Self, u16> {
        let mut request = format!("ws://{at}{path}").into_client_request().unwrap();
        for line in lines {
            let (name, value) = line.split_once(": ").unwrap();
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        match client_async(request, TcpStream::connect(at).await.unwrap()).await {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(tungstenite::Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(other) => panic!("neither a socket nor an answer: {other}"),
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Peer<S> {
    pub(crate) async fn over(stream: S, url: &str) -> Self {
        Self(client_async(url, stream).await.unwrap().0)
    }

    pub(crate) async fn send<T: Serialize>(&mut self, message: &T) {
        self.put(Message::text(serde_json::to_string(message).unwrap())).await;
    }

    pub(crate) async fn put(&mut self, message: Message) {
        // The relay may have closed already; what it says is read afterwards.
        let _ = self.0.send(message).await;
    }

    /// The next text frame; `None` when the relay has closed.
    pub(crate) async fn maybe_text(&mut self) -> Option<String> {
        loop {
            match timeout(PATIENCE, self.0.next()).await.expect("the relay speaks or closes in time") {
                Some(Ok(Message::Text(text))) => return Some(text.as_str().to_owned()),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }

    /// The next binary frame.
    pub(crate) async fn binary(&mut self) -> Vec<u8> {
        loop {
            match timeout(PATIENCE, self.0.next()).await.expect("the relay speaks in time") {
                Some(Ok(Message::Binary(bytes))) => return bytes.to_vec(),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("no binary frame: {other:?}"),
            }
        }
    }

    pub(crate) async fn next<T: DeserializeOwned>(&mut self) -> T {
        let text = self.maybe_text().await.expect("the socket is open");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// Reads on until the relay closes; gives the code of the last error.
    pub(crate) async fn closed_with(&mut self) -> Option<ErrorCode> {
        let mut last = None;
        while let Some(text) = self.maybe_text().await {
            let value: serde_json::Value = serde_json::from_str(&text).unwrap();
            if value["type"] == "error" {
                last = Some(serde_json::from_value(value["error"]["code"].clone()).unwrap());
            }
        }
        last
    }

    /// Closes as a browser does whose page is closed.
    pub(crate) async fn goes_away(mut self) {
        let frame = CloseFrame { code: CloseCode::Away, reason: "".into() };
        self.0.close(Some(frame)).await.unwrap();
    }

    /// Hello, challenge, proof: becomes a helper.
    pub(crate) async fn greet(self, key: &SigningKey) -> Helper<S> {
        self.greet_as(key, facts()).await
    }

    async fn greet_as(mut self, key: &SigningKey, facts: DeviceFacts) -> Helper<S> {
        let nonce = Nonce(fresh());
        self.send(&HelperToRelay::Hello { version: PROTOCOL_VERSION, key: public(key), nonce, marks: true }).await;
        let RelayToHelper::Challenge { relay, nonce: relay_nonce, .. } = self.next().await else {
            panic!("a challenge comes first")
        };
        let bytes = proof_bytes(Prover::Helper, &relay, &relay_nonce, &nonce);
        let signature = Signature(key.sign(&bytes).to_bytes());
        self.send(&HelperToRelay::Prove { signature, facts }).await;
        assert_eq!(self.next::<RelayToHelper>().await, RelayToHelper::Welcome);
        Helper(self)
    }
}

pub(crate) fn facts() -> DeviceFacts {
    DeviceFacts {
        via: Via::Program,
        host: name("desk-7"),
        os: name("Debian 12"),
        arch: name("x86_64"),
        helper_version: name("0.1.0"),
    }
}

/// A helper that has proven its key.
pub(crate) struct Helper<S = TcpStream>(pub(crate) Peer<S>);

impl Helper {
    pub(crate) async fn connect(at: SocketAddr, key: &SigningKey) -> Self {
        Peer::connect(at, "/api/v1/helper").await.greet(key).await
    }

    /// One that is a page in a browser.
    pub(crate) async fn browser(at: SocketAddr, key: &SigningKey) -> Self {
        let facts = DeviceFacts { via: Via::Browser, host: name("Firefox 140"), os: name("Linux"), ..facts() };
        Peer::connect(at, "/api/v1/helper").await.greet_as(key, facts).await
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Helper<S> {
    pub(crate) async fn send(&mut self, message: &HelperToRelay) {
        self.0.send(message).await;
    }

    /// The next message but those that come by themselves now and again.
    pub(crate) async fn next(&mut self) -> RelayToHelper {
        loop {
            match self.0.next().await {
                RelayToHelper::Detour { .. } => {}
                message => return message,
            }
        }
    }

    /// Reads on until it is told how to reach the console through the relay.
    pub(crate) async fn detour(&mut self) -> Detour {
        loop {
            if let RelayToHelper::Detour { detour, .. } = self.0.next().await {
                return detour;
            }
        }
    }

    /// Claims, and gives the session.
    pub(crate) async fn claim(&mut self, finder: &Finder) -> SessionId {
        self.send(&HelperToRelay::Claim { finder: finder.clone() }).await;
        match self.next().await {
            RelayToHelper::Claimed { session, .. } => session,
            other => panic!("not claimed: {other:?}"),
        }
    }

    pub(crate) async fn refused(&mut self) -> ErrorCode {
        match self.next().await {
            RelayToHelper::Error { error, .. } => error.code,
            other => panic!("not refused: {other:?}"),
        }
    }
}

/// A console that has shown its token.
pub(crate) struct Console(pub(crate) Peer);

impl Console {
    pub(crate) async fn send(&mut self, message: &ConsoleToRelay) {
        self.0.send(message).await;
    }

    /// Reads on until a message is the wanted one.
    pub(crate) async fn until<T>(&mut self, wanted: impl Fn(RelayToConsole) -> Option<T>) -> T {
        loop {
            if let Some(found) = wanted(self.0.next().await) {
                return found;
            }
        }
    }

    /// Reads on until a session is as wanted.
    pub(crate) async fn until_session(&mut self, wanted: impl Fn(&SessionRecord) -> bool) -> SessionRecord {
        self.until(|message| match message {
            RelayToConsole::SessionChanged { session } if wanted(&session) => Some(session),
            _ => None,
        })
        .await
    }

    /// Reads on until it is told how to reach a helper through the relay.
    pub(crate) async fn detour(&mut self) -> Detour {
        self.until(|message| match message {
            RelayToConsole::Detour { detour, .. } => Some(detour),
            _ => None,
        })
        .await
    }

    pub(crate) async fn refused(&mut self) -> ErrorCode {
        self.until(|message| match message {
            RelayToConsole::Error { error, .. } => Some(error.code),
            _ => None,
        })
        .await
    }
}

/// Asks again until it is so.
pub(crate) async fn soon(so: impl AsyncFn() -> bool) {
    timeout(PATIENCE, async {
        while !so().await {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("it becomes so in time");
}
