//! Signing in with a password, for the console in a browser: what is kept in memory for it, and what a request must show
//! to count as that of a signed-in browser.
//!
//! Decides whether a request comes from this relay's own page, and whose session its cookie names. What may be tried how
//! often is decided in `deskhand-core`; what is written, in [`acts::accounts`](crate::acts::accounts).
//!
//! # Invariants
//!
//! - A cookie counts only over TLS, and only with a header that no page of another origin can send. A socket's upgrade,
//!   which cannot have it, must name this relay as its `Origin`.
//! - The token is kept by its digest. A session that was ended opens nothing from that moment on, and its open socket
//!   is closed.

pub(crate) mod live;
pub(crate) mod password;
pub(crate) mod totp;

use std::sync::{Arc, Mutex};

use axum::http::{HeaderMap, HeaderValue, Method, header};
use data_encoding::BASE64URL_NOPAD;
use deskhand_core::rate::{Limiter, SIGN_INS_OVERALL, SIGN_INS_PER_ADDRESS};
use deskhand_protocol::{
    error::ErrorCode,
    id::{RecordId, TechnicianId},
    key::{Digest, PublicKey},
    relay::account::{COOKIE, HEADER},
};
use sha2::{Digest as _, Sha256};

use self::{live::Live, password::Passwords};
use crate::{
    app::{App, Shared},
    clock::{self, NoRandomness},
    door::Door,
    refusal::Refusal,
    store::{
        StoreError,
        accounts::millis,
        browsers::{self, IDLE_END},
    },
};

/// After how long it is noted again that a session is used, in milliseconds.
const NOTED: i64 = 60_000;
/// A cookie without life, with everything that it was given with.
const NO_COOKIE: &str = "Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Strict";

/// What signing in needs beside the store.
#[derive(Debug)]
pub(crate) struct Accounts {
    pub(crate) passwords: Passwords,
    /// Which sessions have their socket open.
    pub(crate) live: Arc<Live>,
    /// Names and passwords that were tried.
    pub(crate) tries: Shared,
    /// The certificate of this relay, where no authority vouches for it.
    pub(crate) pins: Vec<Digest>,
}

impl Accounts {
    /// With nobody signed in.
    pub(crate) fn new(pins: Vec<Digest>) -> Result<Self, NoRandomness> {
        let now = std::time::Instant::now();
        let tries = Limiter::new(SIGN_INS_PER_ADDRESS, Some(SIGN_INS_OVERALL), now);
        Ok(Self { passwords: Passwords::new()?, live: Arc::default(), tries: Shared::new(Mutex::new(tries)), pins })
    }
}

/// A browser that is signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Signed {
    pub(crate) technician: TechnicianId,
    pub(crate) session: RecordId,
    pub(crate) key: PublicKey,
}

/// A session's token.
pub(crate) struct Token(String);

impl Token {
    pub(crate) fn new() -> Result<Self, NoRandomness> {
        Ok(Self(BASE64URL_NOPAD.encode(&clock::random::<32>()?)))
    }

    /// As it is kept.
    pub(crate) fn digest(&self) -> [u8; 32] {
        digest(&self.0)
    }

    /// The header that gives it to the browser.
    pub(crate) fn cookie(&self) -> Result<HeaderValue, Refusal> {
        let cookie = format!("{COOKIE}={}; Path=/; Secure; HttpOnly; SameSite=Strict", self.0);
        HeaderValue::from_str(&cookie).map_err(|_| Refusal::new(ErrorCode::Internal, "the cookie cannot be written"))
    }
}

/// The header that takes it from the browser.
pub(crate) fn no_cookie() -> Result<HeaderValue, Refusal> {
    HeaderValue::from_str(&format!("{COOKIE}=; {NO_COOKIE}"))
        .map_err(|_| Refusal::new(ErrorCode::Internal, "the cookie cannot be written"))
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::new().chain_update(b"deskhand/browser-session/v1\0").chain_update(token).finalize().into()
}

/// The digest of a name that somebody signs in with: what is counted by it holds no names.
pub(crate) fn name_digest(login: &str) -> [u8; 32] {
    Sha256::new().chain_update(b"deskhand/sign-in/v1\0").chain_update(login.trim().to_lowercase()).finalize().into()
}

/// How a request comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// By the page's script, which sets headers.
    Fetch,
    /// As a socket's upgrade, for which only the browser does.
    Socket,
}

/// Whether a request comes from this relay's own page, over TLS. Its `Origin`, if it has one, was found to be this
/// relay's own before.
pub(crate) fn is_own_page(door: &Door, method: &Method, headers: &HeaderMap, kind: Kind) -> Result<(), Refusal> {
    if !door.is_secure() {
        return Err(NOT_SECURE);
    }
    let is = |name: &str, wanted: &str| {
        let mut values = headers.get_all(name).iter();
        values.next().is_some_and(|value| value.as_bytes() == wanted.as_bytes()) && values.next().is_none()
    };
    let site = "sec-fetch-site";
    if headers.contains_key(site) && !is(site, "same-origin") {
        return Err(NOT_OWN);
    }
    let has_origin = headers.contains_key(header::ORIGIN);
    let shown = match kind {
        Kind::Socket => has_origin,
        // A browser sends its `Origin` with everything that changes something.
        Kind::Fetch => is(HEADER, "1") && (has_origin || headers.contains_key(site) || *method == Method::GET),
    };
    if shown { Ok(()) } else { Err(NOT_OWN) }
}

const NOT_SECURE: Refusal = Refusal::new(ErrorCode::Forbidden, "browsers sign in over HTTPS only");
const NOT_OWN: Refusal = Refusal::new(ErrorCode::Forbidden, "the request does not come from the relay's own page");

/// The one token among a request's cookies.
fn token(headers: &HeaderMap) -> Option<&str> {
    let named = |cookie: &'_ str| cookie.trim().split_once('=').is_some_and(|(name, _)| name == COOKIE);
    let texts = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut tokens = texts.flat_map(|text| text.split(';')).filter(|cookie| named(cookie));
    let (_, value) = tokens.next()?.trim().split_once('=')?;
    // Two of them: somebody has put one beside it.
    tokens.next().is_none().then_some(value)
}

/// Who has sent a request, by its cookie. `None` without a session that is good.
pub(crate) async fn signed(
    app: &App,
    door: &Door,
    method: &Method,
    headers: &HeaderMap,
    kind: Kind,
) -> Result<Option<Signed>, Refusal> {
    let (Some(accounts), Some(token)) = (&app.accounts, token(headers)) else { return Ok(None) };
    is_own_page(door, method, headers, kind)?;
    let (digest, now) = (digest(token), clock::wall());
    let Some(stored) = app.store.read(move |db| browsers::by_digest(db, &digest, now)).await? else { return Ok(None) };
    let unused = now.0.saturating_sub(stored.used_at.0);
    if unused > millis(IDLE_END) && !accounts.live.is_open(stored.id) {
        return Ok(None);
    }
    if unused > NOTED {
        note_use(app, stored.id).await?;
    }
    Ok(Some(Signed { technician: stored.technician, session: stored.id, key: stored.key }))
}

/// A session is used.
pub(crate) async fn note_use(app: &App, session: RecordId) -> Result<(), StoreError> {
    app.store.write(move |change| browsers::used(change.db, session, change.now)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn the_one_cookie_is_found_among_others_and_two_are_none() {
        assert_eq!(token(&headers(&[("cookie", "a=b; __Host-deskhand=TOKEN; c=d")])), Some("TOKEN"));
        assert_eq!(token(&headers(&[("cookie", "a=b"), ("cookie", "__Host-deskhand=TOKEN")])), Some("TOKEN"));
        for lines in [
            vec![],
            vec![("cookie", "deskhand=TOKEN; x__Host-deskhand=TOKEN")],
            vec![("cookie", "__Host-deskhand=ONE; __Host-deskhand=TWO")],
            vec![("cookie", "__Host-deskhand=ONE"), ("cookie", "__Host-deskhand=TWO")],
        ] {
            assert_eq!(token(&headers(&lines)), None, "{lines:?}");
        }
    }

    #[test]
    fn a_token_is_never_the_same_and_is_not_its_digest() {
        let (one, other) = (Token::new().unwrap(), Token::new().unwrap());
        assert_ne!(one.digest(), other.digest());
        let cookie = one.cookie().unwrap();
        let cookie = cookie.to_str().unwrap();
        for part in ["__Host-deskhand=", "; Secure", "; HttpOnly", "; SameSite=Strict", "; Path=/"] {
            assert!(cookie.contains(part), "{part}");
        }
        assert_eq!(one.0.len(), 43);
    }

    #[test]
    fn a_name_is_counted_however_it_is_typed() {
        assert_eq!(name_digest(" Ada@example.org"), name_digest("ADA@EXAMPLE.ORG "));
        assert_ne!(name_digest("ada"), name_digest("ida"));
    }
}
