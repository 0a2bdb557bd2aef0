//! The route table: no route can be registered without naming who may call it and through which listeners it is
//! reached. Everything else is refused.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRequestParts, Request, State},
    handler::Handler,
    http::{HeaderMap, HeaderName, HeaderValue, Method, header, request::Parts},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse as _, Response},
    routing::{MethodFilter, MethodRouter, on},
};
use deskhand_protocol::{
    error::ErrorCode,
    id::TechnicianId,
    limit::{HTTP_BODY, TEMPLATE_PART},
};

use super::page;
use crate::{
    account::{self, Kind, Signed},
    app::App,
    door::Door,
    refusal::Refusal,
    store::technicians,
};

/// The longest a request may take that is not a socket.
const REQUEST: Duration = Duration::from_secs(30);

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// Everyone.
    Anyone,
    /// Whoever knows a finder; wrong ones are counted.
    FinderHolder,
    /// Whoever has a link of the self-test; wrong ones are counted.
    LinkHolder,
    /// Whoever has the set-up token, while there is no owner, or an invitation of the owner's; wrong ones are counted.
    SetupToken,
    /// Whoever can sign with the key he names; tries are counted.
    KeyHolder,
    /// Everyone; what they leave behind is counted.
    Visitor,
    /// Whoever has the set-up token, an invitation or a code for his browser, on the relay's own page over TLS; wrong ones
    /// are counted.
    BrowserCode,
    /// Whoever knows a name and its password, on the relay's own page over TLS; wrong ones are counted.
    Password,
    /// A technician who is signed in in a browser, on the relay's own page over TLS.
    Browser,
    /// A technician with the token of a proof, or signed in in a browser likewise.
    Technician,
    /// The technician who owns the relay, likewise.
    Owner,
    /// The same with the token of a proof only: what is done with the company's key, which lies in his desktop console.
    OwnerAtDesk,
    /// A helper that proves its key in the socket's greeting.
    HelperSocket,
    /// A technician who shows his token in the socket's greeting, or came with a browser's cookie from the relay's own page.
    ConsoleSocket,
    /// An end of a session that shows the credential it was given, in the tunnel's greeting; wrong ones are counted.
    Tunnel,
}

/// Through which listeners a route is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Through every listener: customers need it.
    Everywhere,
    /// Not through the listener for the local network.
    Inside,
}

/// One route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its method.
    pub method: Method,
    /// Its path, with `{names}` for what varies.
    pub path: &'static str,
    /// Who may call it.
    pub right: Right,
    /// Through which listeners.
    pub reach: Reach,
}

/// Collects routes.
pub(crate) struct Table {
    app: Arc<App>,
    entries: Vec<Entry>,
    inside: Router<Arc<App>>,
    outside: Router<Arc<App>>,
}

impl Table {
    pub(crate) fn new(app: &Arc<App>) -> Self {
        Self { app: Arc::clone(app), entries: Vec::new(), inside: Router::new(), outside: Router::new() }
    }

    /// Adds a `GET` route.
    pub(crate) fn get<H, T>(self, path: &'static str, right: Right, reach: Reach, handler: H) -> Self
    where
        H: Handler<T, Arc<App>>,
        T: 'static,
    {
        self.add(Entry { method: Method::GET, path, right, reach }, on(MethodFilter::GET, handler))
    }

    /// Adds a `POST` route.
    pub(crate) fn post<H, T>(self, path: &'static str, right: Right, reach: Reach, handler: H) -> Self
    where
        H: Handler<T, Arc<App>>,
        T: 'static,
    {
        self.add(Entry { method: Method::POST, path, right, reach }, on(MethodFilter::POST, handler))
    }

    /// Adds a `POST` route whose body is a part of a template.
    pub(crate) fn post_part<H, T>(self, path: &'static str, right: Right, reach: Reach, handler: H) -> Self
    where
        H: Handler<T, Arc<App>>,
        T: 'static,
    {
        let route = on(MethodFilter::POST, handler).layer(DefaultBodyLimit::max(TEMPLATE_PART));
        self.add(Entry { method: Method::POST, path, right, reach }, route)
    }

    fn add(mut self, entry: Entry, route: MethodRouter<Arc<App>>) -> Self {
        let route = route.route_layer(from_fn_with_state((Arc::clone(&self.app), entry.right), guard));
        if entry.reach == Reach::Everywhere {
            self.outside = self.outside.route(entry.path, route.clone());
        }
        self.inside = self.inside.route(entry.path, route);
        self.entries.push(entry);
        self
    }

    /// Everything that was registered.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The routers: for the console's listener, and for the local network's.
    pub(crate) fn finish(self) -> (Router, Router) {
        let close = |router: Router<Arc<App>>| {
            router
                .fallback(nowhere)
                .method_not_allowed_fallback(nowhere)
                .layer(DefaultBodyLimit::max(HTTP_BODY))
                .layer(from_fn(front))
                .with_state(Arc::clone(&self.app))
        };
        (close(self.inside), close(self.outside))
    }
}

/// What is said of a route that is not there.
pub(crate) const NOWHERE: Refusal = Refusal::new(ErrorCode::NotFound, "there is no such route");

#[allow(clippy::unused_async, reason = "handlers are async")]
async fn nowhere() -> Refusal {
    NOWHERE
}

/// The technician a request comes from. Only the guard of a route that is a technician's puts it there, and beside it a
/// [`Signed`](crate::account::Signed) if he sits at a browser.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caller(pub(crate) TechnicianId);

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        std::future::ready(parts.extensions.get().copied().ok_or_else(Refusal::unauthenticated)).await
    }
}

const NOT_AT_DESK: Refusal =
    Refusal::new(ErrorCode::Forbidden, "this is done in the owner's desktop console, which has the company's key");
const NOT_THE_OWNER: Refusal = Refusal::new(ErrorCode::Forbidden, "only the owner of the relay may do this");

async fn guard(State((app, right)): State<(Arc<App>, Right)>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    if let Err(refusal) = admit(&app, right, &mut parts).await {
        return refusal.into_response();
    }
    let request = Request::from_parts(parts, body);
    if matches!(right, Right::HelperSocket | Right::ConsoleSocket | Right::Tunnel) {
        return next.run(request).await;
    }
    match tokio::time::timeout(REQUEST, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Refusal::new(ErrorCode::Internal, "the request took too long").into_response(),
    }
}

/// Lets in whom a route is for, and notes who it is.
async fn admit(app: &App, right: Right, request: &mut Parts) -> Result<(), Refusal> {
    let caller = match right {
        Right::Technician | Right::Owner | Right::OwnerAtDesk | Right::Browser => caller(app, request).await?,
        Right::Password | Right::BrowserCode => {
            return account::is_own_page(&door(request)?, &request.method, &request.headers, Kind::Fetch);
        }
        _ => return Ok(()),
    };
    let (technician, signed) = match caller {
        By::Desk(technician) => (technician, None),
        By::Browser(signed) => (signed.technician, Some(signed)),
    };
    match (right, signed) {
        (Right::OwnerAtDesk, Some(_)) => return Err(NOT_AT_DESK),
        (Right::Browser, None) => return Err(Refusal::unauthenticated()),
        _ => {}
    }
    let is_owners = matches!(right, Right::Owner | Right::OwnerAtDesk);
    if is_owners && app.store.read(technicians::owner).await? != Some(technician) {
        return Err(NOT_THE_OWNER);
    }
    request.extensions.insert(Caller(technician));
    if let Some(signed) = signed {
        request.extensions.insert(signed);
    }
    Ok(())
}

/// By what a technician is known.
enum By {
    Desk(TechnicianId),
    Browser(Signed),
}

/// Where there is a token, no cookie is looked at.
async fn caller(app: &App, request: &Parts) -> Result<By, Refusal> {
    let headers = &request.headers;
    if headers.contains_key(header::AUTHORIZATION) {
        let technician = bearer(headers).and_then(|token| app.auth.technician(token));
        return technician.map(By::Desk).ok_or_else(Refusal::unauthenticated);
    }
    let signed = account::signed(app, &door(request)?, &request.method, headers, Kind::Fetch).await?;
    signed.map(By::Browser).ok_or_else(Refusal::unauthenticated)
}

fn door(request: &Parts) -> Result<Door, Refusal> {
    const NO_DOOR: Refusal = Refusal::new(ErrorCode::Internal, "the request came through no listener");
    request.extensions.get().cloned().ok_or(NO_DOOR)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next()?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    (values.next().is_none() && scheme.eq_ignore_ascii_case("bearer")).then_some(token)
}

/// Before every route and every refusal: `Host` and `Origin`, and behind it the headers that close a page up.
async fn front(request: Request, next: Next) -> Response {
    let checked = match request.extensions().get::<Door>() {
        Some(door) => door.check(request.uri(), request.headers()),
        None => Err(Refusal::new(ErrorCode::Internal, "the request came through no listener")),
    };
    let mut response = match checked {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    };
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("x-robots-tag"), "noindex, nofollow, noarchive"),
    ];
    let headers = response.headers_mut();
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // A page has brought its own.
    let senseless = "camera=(), microphone=(), geolocation=(), display-capture=()";
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, page::SEALED),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("permissions-policy"), senseless),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}
