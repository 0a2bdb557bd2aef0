//! What a technician's console needs to try the relay's ways, and the page behind the link for somebody outside.

use std::{sync::Arc, time::Instant};

use axum::{
    Extension, Json,
    extract::{Path, State},
    http::StatusCode,
    response::{Html, IntoResponse as _, Response},
};
use deskhand_core::detour::{End, Leg};
use deskhand_protocol::{
    id::SessionId,
    relay::http::{Opened, SelfTest},
};

use super::{page, table::Caller};
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

/// A wrong link counts like a wrong code.
#[allow(clippy::unused_async, reason = "handlers are async")]
pub(crate) async fn reach(
    State(app): State<Arc<App>>,
    Extension(door): Extension<Door>,
    Path(link): Path<String>,
) -> Response {
    let caller = door.caller();
    if app.codes.with(|limiter, now| limiter.take_own(caller, now)).is_err() {
        return (StatusCode::TOO_MANY_REQUESTS, Html(page::reached(page::Reached::TooMany))).into_response();
    }
    if !app.links.open(&link, caller, Instant::now()) {
        return (StatusCode::NOT_FOUND, Html(page::reached(page::Reached::Unknown))).into_response();
    }
    app.codes.with(|limiter, now| limiter.give_back_own(caller, now));
    Html(page::reached(page::Reached::Yes)).into_response()
}
