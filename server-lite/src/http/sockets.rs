//! Upgrades to the sockets.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{State, WebSocketUpgrade, ws::rejection::WebSocketUpgradeRejection},
    http::{HeaderMap, Method},
    response::Response,
};

use crate::{
    account::{self, Kind},
    app::App,
    detour::tunnel,
    door::Door,
    refusal::Refusal,
    socket::{self, bounded},
};

type Upgrade = Result<WebSocketUpgrade, WebSocketUpgradeRejection>;

fn upgraded(upgrade: Upgrade) -> Result<WebSocketUpgrade, Refusal> {
    upgrade.map(bounded).map_err(|_| Refusal::malformed("this route is a WebSocket"))
}

#[allow(clippy::unused_async, reason = "handlers are async")]
pub(crate) async fn helper(
    State(app): State<Arc<App>>,
    Extension(door): Extension<Door>,
    upgrade: Upgrade,
) -> Result<Response, Refusal> {
    let tracked = app.tasks.token();
    Ok(upgraded(upgrade)?.on_upgrade(|socket| async move {
        socket::helper::serve(socket, app, door).await;
        drop(tracked);
    }))
}

pub(crate) async fn console(
    State(app): State<Arc<App>>,
    Extension(door): Extension<Door>,
    method: Method,
    headers: HeaderMap,
    upgrade: Upgrade,
) -> Result<Response, Refusal> {
    let upgrade = upgraded(upgrade)?;
    let signed = account::signed(&app, &door, &method, &headers, Kind::Socket).await?;
    let tracked = app.tasks.token();
    Ok(upgrade.on_upgrade(move |socket| async move {
        socket::console::serve(socket, app, door, signed).await;
        drop(tracked);
    }))
}

#[allow(clippy::unused_async, reason = "handlers are async")]
pub(crate) async fn detour(
    State(app): State<Arc<App>>,
    Extension(door): Extension<Door>,
    upgrade: Upgrade,
) -> Result<Response, Refusal> {
    let tracked = app.tasks.token();
    let upgrade = upgrade.map(tunnel::bounded).map_err(|_| Refusal::malformed("this route is a WebSocket"))?;
    Ok(upgrade.on_upgrade(|socket| async move {
        tunnel::serve(socket, app, door).await;
        drop(tracked);
    }))
}
