//! The relay's HTTP API as the console uses it. Bodies are those of [`deskhand_protocol::relay::http`].

use std::{fmt, sync::Arc};

use deskhand_protocol::{
    PROTOCOL_VERSION,
    error::{ErrorCode, WireError},
    id::SessionId,
    key::Nonce,
    record::{Fellow, SessionEventRecord, SessionRecord, TechnicianRecord},
    relay::{
        Prover,
        http::{
            Audit, Challenge, ChallengeRequest, Colleagues, Events, Health, InviteColleague, Messages, NewInvitation,
            NewSession, Opened, Prove, Proven, SelfTest, Sessions, SetUp,
        },
    },
    text::Name,
};
use reqwest::{Client, Method, RequestBuilder, StatusCode, redirect::Policy};
use serde::{Serialize, de::DeserializeOwned};
use std::time::Duration;
use tokio::sync::Mutex;

use super::{CONNECT_TIME, Route};
use crate::{
    entropy::{Entropy, NoEntropy},
    identity::Identity,
    proxy::Proxy,
    tls::{TlsError, Trust, client_config},
};

/// Time for one request with its answer: nothing here computes for long.
const REQUEST_TIME: Duration = Duration::from_secs(15);
/// How long a connection is kept for requests that follow each other.
const KEPT: Duration = Duration::from_secs(2);
/// Longest answer: a thousand sessions of some kilobytes each.
const ANSWER: usize = 4 * 1024 * 1024;

/// Why a request to the relay has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// Nobody answered, or not with an accepted certificate.
    #[error("the relay does not answer")]
    Unreachable,
    /// The relay refused.
    #[error("the relay refused: {:?}: {}", .0.code, .0.detail)]
    Refused(WireError),
    /// What answered does not speak as a relay does.
    #[error("what answers there is not a relay of this version")]
    NotARelay,
    /// A file could not be written here.
    #[error("the file could not be written: {0}")]
    NotWritten(String),
    /// No secure connection can be made on this computer.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The system gives no randomness.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
}

impl HttpError {
    /// The code of a refusal.
    #[must_use]
    pub const fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Refused(error) => Some(error.code),
            _ => None,
        }
    }
}

/// The HTTP API of one relay. Cheap to clone; all clones share one sign-in.
#[derive(Clone)]
pub struct ConsoleHttp(Arc<Inner>);

struct Inner {
    client: Client,
    route: Route,
    identity: Arc<Identity>,
    /// The bearer token; held while signing in, so that two requests do not sign in twice.
    token: Mutex<Option<String>>,
}

impl ConsoleHttp {
    /// Prepares it; nothing is sent.
    ///
    /// # Errors
    ///
    /// [`TlsError`] when no secure connection can be made on this computer.
    pub fn new(route: Route, identity: Arc<Identity>) -> Result<Self, TlsError> {
        // Plain http on loopback needs no certificate; trusting none also keeps it from following anybody elsewhere.
        let nobody = Trust::Pinned(Vec::new());
        let (tls, _) = client_config(if route.address.is_loopback() { &nobody } else { &route.trust })?;
        let mut client = Client::builder().no_proxy();
        if let Some(proxy) = Proxy::to(&route.address) {
            let mut used = reqwest::Proxy::all(proxy.url()).map_err(|_| TlsError::Setup)?;
            if let Some((user, password)) = proxy.user() {
                used = used.basic_auth(user, password);
            }
            client = client.proxy(used);
        }
        let client = client
            .tls_backend_preconfigured(tls)
            .redirect(Policy::none())
            .connect_timeout(CONNECT_TIME)
            .timeout(REQUEST_TIME)
            // A connection kept from before the machine moved or slept would swallow the next request.
            .pool_idle_timeout(KEPT)
            .user_agent(concat!("deskhand/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|_| TlsError::Setup)?;
        Ok(Self(Arc::new(Inner { client, route, identity, token: Mutex::new(None) })))
    }

    /// The way to the relay.
    #[must_use]
    pub fn route(&self) -> &Route {
        &self.0.route
    }

    /// Asks whether a relay is there.
    ///
    /// # Errors
    ///
    /// [`HttpError`].
    pub async fn health(&self) -> Result<Health, HttpError> {
        self.ask(self.request(Method::GET, "health")).await
    }

    /// Joins as the owner with the one-time token, and is signed in then.
    ///
    /// # Errors
    ///
    /// [`HttpError`]; refused with [`ErrorCode::SetupRefused`] when the token is wrong or the relay has its owner.
    pub async fn set_up(&self, token: &str, name: Name, company: Name) -> Result<Proven, HttpError> {
        let mut held = self.0.token.lock().await;
        let proof = self.proof().await?;
        let body = SetUp { token: token.to_owned(), name, company, proof };
        let proven: Proven = self.ask(self.request(Method::POST, "setup").json(&body)).await?;
        *held = Some(proven.token.clone());
        Ok(proven)
    }

    /// Proves the key and gets a new token. Requests do this by themselves.
    ///
    /// # Errors
    ///
    /// [`HttpError`]; refused when the relay does not know the key.
    pub async fn sign_in(&self) -> Result<Proven, HttpError> {
        let mut held = self.0.token.lock().await;
        let proven = self.prove().await?;
        *held = Some(proven.token.clone());
        Ok(proven)
    }

    /// Who is signed in.
    ///
    /// # Errors
    ///
    /// [`HttpError`].
    pub async fn me(&self) -> Result<TechnicianRecord, HttpError> {
        self.get("me").await
    }

    /// Makes a session.
    ///
    /// # Errors
    ///
    /// [`HttpError`]; refused with [`ErrorCode::Conflict`] when a finder is taken: make another code.
    pub async fn create_session(&self, new: &NewSession) -> Result<SessionRecord, HttpError> {
        self.post("sessions", new).await
    }

    /// A page of sessions, newest first; `before` is the last one of the page before.
    ///
    /// # Errors
    ///
    /// [`HttpError`].
    pub async fn sessions(&self, limit: u32, before: Option<SessionId>) -> Result<Vec<SessionRecord>, HttpError> {
        let before = before.map(|before| format!("&before={before}")).unwrap_or_default();
        self.get::<Sessions>(&format!("sessions?limit={limit}{before}")).await.map(|page| page.sessions)
    }

    /// One session.
    ///
    /// # Errors
    ///
    /// [`HttpError`]; refused with [`ErrorCode::NotFound`].
    pub async fn session(&self, session: SessionId) -> Result<SessionRecord, HttpError> {
        self.get(&format!("sessions/{session}")).await
    }

    /// Adds a way for the customer to come.
    ///
    /// # Errors
    ///
    /// [`HttpError`]; refused with [`ErrorCode::Conflict`] when the finder is taken.
    pub async fn add_invitation(&self, session: SessionId, new: &NewInvitation) -> Result<SessionRecord, HttpError> {
        self.post(&format!("sessions/{session}/invitations"), new).await
    }

    /// The other technicians of this relay.
    ///
    /// # Errors
    ///
    /// [`HttpError`].
    pub async fn colleagues(&self) -> Result<Vec<Fellow>, HttpError> {
        self.get::<Colleagues>("colleagues").await.map(|all| all.colleagues)
    }

    /// Makes a colleague a session of his own in a call that has begun.
    ///
    /// # Errors
    ///
    /// [`HttpError`]; refused with [`ErrorCode::Conflict`] when the finder is taken, or he is in the call already.
    pub async fn invite_colleague(
        &self,
        session: SessionId,
        invite: &InviteColleague,
    ) -> Result<SessionRecord, HttpError> {
        self.post(&format!("sessions/{session}/colleagues"), invite).await
    }

    /// Ends a session.
    ///
    /// # Errors
    ///
    /// [`HttpError`].
    pub async fn end_session(&self, session: SessionId) -> Result<SessionRecord, HttpError> {
        self.signed(Method::POST, &format!("sessions/{session}/end"), None::<&()>).await
    }

    /// The chat of a session, from the message behind `after` on; its first page without.
    ///
    /// # Errors
    ///
    /// [`HttpError`].
    pub async fn messages(&self, session: SessionId, after: Option<u32>) -> Result<Messages, HttpError> {
        let after = after.map(|after| format!("?after={after}")).unwrap_or_default();
        self.get(&format!("sessions/{session}/messages{after}")).await
    }

    /// What happened in a session, in order.
    ///
    /// # Errors
    ///
    /// [`HttpError`].
    pub async fn events(&self, session: SessionId) -> Result<Vec<SessionEventRecord>, HttpError> {
        self.get::<Events>(&format!("sessions/{session}/events")).await.map(|page| page.events)
    }

    /// A page of the audit log, newest first; `before` is the number of the last row of the page before.
    ///
    /// # Errors
    ///
    /// [`HttpError`].
    pub async fn audit(&self, limit: u32, before: Option<i64>) -> Result<Audit, HttpError> {
        let before = before.map(|before| format!("&before={before}")).unwrap_or_default();
        self.get(&format!("audit?limit={limit}{before}")).await
    }

    /// What is needed to try the ways to the relay.
    ///
    /// # Errors
    ///
    /// [`HttpError`].
    pub async fn self_test(&self) -> Result<SelfTest, HttpError> {
        self.signed(Method::POST, "selftest", None::<&()>).await
    }

    /// Who has opened the link of a self-test.
    ///
    /// # Errors
    ///
    /// [`HttpError`]; refused with [`ErrorCode::NotFound`] when it is too old.
    pub async fn link_opened(&self, link: &str) -> Result<Vec<Opened>, HttpError> {
        self.get(&format!("selftest/{link}")).await
    }

    /// The token of this sign-in, signing in first if there is none.
    pub(super) async fn token(&self) -> Result<String, HttpError> {
        let mut held = self.0.token.lock().await;
        if let Some(token) = &*held {
            return Ok(token.clone());
        }
        let proven = self.prove().await?;
        Ok(held.insert(proven.token).clone())
    }

    /// Forgets a token that the relay refused, unless it has been replaced meanwhile.
    pub(super) async fn forget(&self, refused: &str) {
        let mut held = self.0.token.lock().await;
        if held.as_deref() == Some(refused) {
            *held = None;
        }
    }

    async fn prove(&self) -> Result<Proven, HttpError> {
        let proof = self.proof().await?;
        self.ask(self.request(Method::POST, "auth/prove").json(&proof)).await
    }

    async fn proof(&self) -> Result<Prove, HttpError> {
        let own = Nonce(Entropy::from_system()?.array());
        let ask = ChallengeRequest { version: PROTOCOL_VERSION, key: self.0.identity.public() };
        let challenge: Challenge = self.ask(self.request(Method::POST, "auth/challenge").json(&ask)).await?;
        let signature = self.0.identity.prove(Prover::Console, &challenge.relay, &challenge.nonce, &own);
        Ok(Prove { id: challenge.id, nonce: own, signature })
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, HttpError> {
        self.signed(Method::GET, path, None::<&()>).await
    }

    pub(super) async fn post<B: Serialize + Sync, T: DeserializeOwned>(
        &self,
        path: &str,
        body: &B,
    ) -> Result<T, HttpError> {
        self.signed(Method::POST, path, Some(body)).await
    }

    pub(super) async fn signed<B: Serialize + Sync, T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&B>,
    ) -> Result<T, HttpError> {
        let answer = self.fetch(method, path, body, ANSWER).await?;
        serde_json::from_slice(&answer).map_err(|_| HttpError::NotARelay)
    }

    /// A file that a body asks for, of at most `most` bytes.
    pub(super) async fn file<B: Serialize + Sync>(
        &self,
        path: &str,
        body: &B,
        most: usize,
    ) -> Result<Vec<u8>, HttpError> {
        self.fetch(Method::POST, path, Some(body), most).await
    }

    async fn fetch<B: Serialize + Sync>(
        &self,
        method: Method,
        path: &str,
        body: Option<&B>,
        most: usize,
    ) -> Result<Vec<u8>, HttpError> {
        let attempt = |token: &str| {
            let request = self.request(method.clone(), path).bearer_auth(token);
            match body {
                Some(body) => request.json(body),
                None => request,
            }
        };
        let token = self.token().await?;
        match self.answer(attempt(&token), most).await {
            // The relay was restarted and knows no token any more.
            Err(error) if error.code() == Some(ErrorCode::Unauthenticated) => {
                self.forget(&token).await;
                let token = self.token().await?;
                self.answer(attempt(&token), most).await
            }
            answer => answer,
        }
    }

    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.0.client.request(method, format!("{}/api/v1/{path}", self.0.route.address))
    }

    pub(super) async fn ask<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, HttpError> {
        let answer = self.answer(request, ANSWER).await?;
        serde_json::from_slice(&answer).map_err(|_| HttpError::NotARelay)
    }

    async fn answer(&self, request: RequestBuilder, most: usize) -> Result<Vec<u8>, HttpError> {
        let mut response = request.send().await.map_err(|_| HttpError::Unreachable)?;
        let status = response.status();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|_| HttpError::Unreachable)? {
            if body.len() + chunk.len() > most {
                return Err(HttpError::NotARelay);
            }
            body.extend_from_slice(&chunk);
        }
        if status.is_success() {
            return Ok(body);
        }
        match serde_json::from_slice::<WireError>(&body) {
            Ok(error) => Err(HttpError::Refused(error)),
            Err(_) if status == StatusCode::SERVICE_UNAVAILABLE => Err(HttpError::Unreachable),
            Err(_) => Err(HttpError::NotARelay),
        }
    }
}

impl fmt::Debug for ConsoleHttp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsoleHttp").field("route", &self.0.route).finish_non_exhaustive()
    }
}
