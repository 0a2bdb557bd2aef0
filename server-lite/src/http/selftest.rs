//! What a technician's console needs to try the relay's ways, and the page behind the link for somebody outside.

use std::{sync::Arc, time::Instant};

use axum::{
    Extension, Json,
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use deskhand_core::detour::{End, Leg};
use deskhand_protocol::{
    id::SessionId,
    relay::http::{Opened, SelfTest},
};

use super::{
    page::{self, Reached},
    table::Caller,
};
use crate::{app::App, clock, door::Door, refusal::Refusal, selftest};

/// Passes for both ends of a session that does not exist: the console calls itself with them.
#[allow(clippy::unused_async, reason = "handlers are async")]
pub(crate) async fn start(
    State(app): State<Arc<App>>,
    Caller(technician): Caller,
    Extension(door): Extension<Door>,
) -> Result<Json<SelfTest>, Refusal> {
    let session = SessionId::from_uuid(clock::new_id());
    let pass = |end| app.detour.issue(Leg { session, end }, door.way.udp);
    Ok(Json(SelfTest {
        link: app.links.make(technician, Instant::now())?,
        now: selftest::now(),
        helper: pass(End::Helper)?,
        console: pass(End::Console)?,
    }))
}

#[allow(clippy::unused_async, reason = "handlers are async")]
pub(crate) async fn opened(
    State(app): State<Arc<App>>,
    Caller(technician): Caller,
    Path(link): Path<String>,
) -> Result<Json<Vec<Opened>>, Refusal> {
    app.links.opened(&link, technician, Instant::now()).map(Json).ok_or_else(Refusal::not_found)
}

/// A wrong link counts like a wrong finder of a page.
pub(crate) async fn reach(
    State(app): State<Arc<App>>,
    Extension(door): Extension<Door>,
    headers: HeaderMap,
    Path(link): Path<String>,
) -> Result<Response, Refusal> {
    let caller = door.caller();
    let how = if app.pages.with(|limiter, now| limiter.take_own(caller, now)).is_err() {
        Reached::TooMany
    } else if app.links.open(&link, caller, Instant::now()) {
        app.pages.with(|limiter, now| limiter.give_back_own(caller, now));
        Reached::Yes
    } else {
        Reached::Unknown
    };
    page::reached(&app, &headers, how).await
}
