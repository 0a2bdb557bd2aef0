//! HTTP: the route table and its handlers.

pub(crate) mod account;
pub(crate) mod auth;
pub(crate) mod body;
pub(crate) mod company;
pub(crate) mod console;
pub(crate) mod lists;
pub(crate) mod page;
pub(crate) mod records;
pub(crate) mod requests;
pub(crate) mod selftest;
pub(crate) mod sessions;
pub(crate) mod settings;
pub(crate) mod sockets;
pub(crate) mod table;
pub(crate) mod templates;

use std::sync::Arc;

use axum::{Json, extract::State};
use deskhand_protocol::{PROTOCOL_VERSION, relay::http::Health};

use self::table::{Reach, Right, Table};
use crate::app::App;

/// Every route of the relay. What is not here does not exist.
pub(crate) fn routes(app: &Arc<App>) -> Table {
    use Reach::{Everywhere, Inside};
    let table = Table::new(app)
        .get("/api/v1/health", Right::Anyone, Everywhere, health)
        .post("/api/v1/setup", Right::SetupToken, Inside, auth::set_up)
        .post("/api/v1/auth/challenge", Right::KeyHolder, Inside, auth::challenge)
        .post("/api/v1/auth/prove", Right::KeyHolder, Inside, auth::prove)
        .get("/api/v1/me", Right::Technician, Inside, auth::me)
        .post("/api/v1/sessions", Right::Technician, Inside, sessions::create)
        .get("/api/v1/sessions", Right::Technician, Inside, sessions::list)
        .get("/api/v1/sessions/{id}", Right::Technician, Inside, sessions::one)
        .post("/api/v1/sessions/{id}/invitations", Right::Technician, Inside, sessions::invite)
        .post("/api/v1/sessions/{id}/colleagues", Right::Technician, Inside, sessions::invite_colleague)
        .get("/api/v1/colleagues", Right::Technician, Inside, sessions::colleagues)
        .post("/api/v1/sessions/{id}/end", Right::Technician, Inside, sessions::end)
        .get("/api/v1/sessions/{id}/messages", Right::Technician, Inside, sessions::messages)
        .get("/api/v1/sessions/{id}/events", Right::Technician, Inside, sessions::events)
        .post("/api/v1/sessions/search", Right::Technician, Inside, records::search)
        .post("/api/v1/sessions/export", Right::Technician, Inside, records::export)
        .post("/api/v1/sessions/{id}/edit", Right::Technician, Inside, records::edit)
        .post("/api/v1/sessions/{id}/delete", Right::Technician, Inside, records::delete)
        .get("/api/v1/facets", Right::Technician, Inside, records::facets)
        .get("/api/v1/devices", Right::Technician, Inside, records::devices)
        .post("/api/v1/devices/edit", Right::Technician, Inside, records::edit_devices)
        .post("/api/v1/devices/remove", Right::Technician, Inside, records::remove_devices)
        .get("/api/v1/devices/{id}/timeline", Right::Technician, Inside, records::timeline)
        .post("/api/v1/statistics", Right::Technician, Inside, records::statistics)
        .get("/api/v1/audit", Right::Technician, Inside, lists::audit)
        .post("/api/v1/audit/search", Right::Technician, Inside, records::search_audit)
        .post("/api/v1/audit/export", Right::Technician, Inside, records::export_audit)
        .get("/api/v1/helper", Right::HelperSocket, Everywhere, sockets::helper)
        .get("/api/v1/console", Right::ConsoleSocket, Inside, sockets::console)
        .get("/api/v1/detour", Right::Tunnel, Everywhere, sockets::detour)
        .post("/api/v1/selftest", Right::Technician, Inside, selftest::start)
        .get("/api/v1/selftest/{link}", Right::Technician, Inside, selftest::opened)
        .get("/reach/{link}", Right::LinkHolder, Everywhere, selftest::reach)
        .get("/api/v1/templates", Right::Technician, Inside, templates::list)
        .post("/api/v1/templates/seen", Right::Technician, Inside, templates::seen)
        .post("/api/v1/templates/uploads", Right::Owner, Inside, templates::begin)
        .post_part("/api/v1/templates/uploads/{id}", Right::Owner, Inside, templates::part)
        .post("/api/v1/templates/uploads/{id}/finish", Right::Owner, Inside, templates::finish)
        .post("/api/v1/templates/{id}/use", Right::Owner, Inside, templates::put_in_use)
        .get("/api/v1/templates/{id}/file", Right::Technician, Inside, templates::file)
        .get("/api/v1/requests", Right::Technician, Inside, requests::list)
        .post("/api/v1/requests/{id}/answer", Right::Technician, Inside, requests::answer)
        .post("/api/v1/help", Right::Visitor, Everywhere, requests::ask)
        .get("/api/v1/help/{id}", Right::Visitor, Everywhere, requests::stands)
        .get("/api/v1/brand", Right::Technician, Inside, requests::brand)
        .post("/api/v1/brand", Right::Owner, Inside, requests::set_brand)
        .get("/api/v1/company", Right::Technician, Inside, company::read)
        .post("/api/v1/company", Right::OwnerAtDesk, Inside, company::set_key)
        .post("/api/v1/company/certificates", Right::OwnerAtDesk, Inside, company::certify)
        .post("/api/v1/company/people/{id}/revoke", Right::Owner, Inside, company::revoke)
        .post("/api/v1/company/invitations", Right::Owner, Inside, company::invite)
        .get("/api/v1/settings", Right::Technician, Inside, settings::read)
        .post("/api/v1/settings", Right::Owner, Inside, settings::choose)
        .get("/api/v1/news", Right::Technician, Inside, settings::news)
        .post("/api/v1/news/read", Right::Technician, Inside, settings::news_seen)
        .post("/api/v1/me", Right::Technician, Inside, settings::rename)
        .get("/s/{finder}", Right::FinderHolder, Everywhere, page::connect)
        .get("/s/{finder}/program/{platform}", Right::FinderHolder, Everywhere, page::download)
        .get("/s/{finder}/share", Right::FinderHolder, Everywhere, page::share)
        .get("/support", Right::Visitor, Everywhere, page::support)
        .post("/support", Right::Visitor, Everywhere, page::ask)
        .get("/support/{id}", Right::Visitor, Everywhere, page::request)
        .get("/page.css", Right::Anyone, Everywhere, page::style)
        .get("/page.js", Right::Anyone, Everywhere, page::script)
        .get("/share.js", Right::Anyone, Everywhere, page::share_script)
        .get("/share.css", Right::Anyone, Everywhere, page::share_style)
        .get("/logo.png", Right::Anyone, Everywhere, page::logo);
    if app.page.is_some() { for_browsers(table) } else { table }
}

/// The routes that are there when browsers get the console.
fn for_browsers(table: Table) -> Table {
    use Reach::Inside;
    table
        .get("/console", Right::Anyone, Inside, console::enter)
        .get("/console/", Right::Anyone, Inside, console::index)
        .get("/console/{*file}", Right::Anyone, Inside, console::file)
        .post("/api/v1/account", Right::BrowserCode, Inside, account::make)
        .post("/api/v1/account/sign-in", Right::Password, Inside, account::sign_in)
        .get("/api/v1/account", Right::Browser, Inside, account::read)
        .post("/api/v1/account/sign-out", Right::Browser, Inside, account::sign_out)
        .get("/api/v1/account/sessions", Right::Browser, Inside, account::sessions)
        .post("/api/v1/account/sessions/{id}/revoke", Right::Browser, Inside, account::revoke)
        .post("/api/v1/account/password", Right::Browser, Inside, account::set_password)
        .post("/api/v1/account/totp", Right::Browser, Inside, account::offer_totp)
        .post("/api/v1/account/totp/confirm", Right::Browser, Inside, account::confirm_totp)
        .post("/api/v1/account/totp/disable", Right::Browser, Inside, account::drop_totp)
        .get("/api/v1/company/accounts", Right::Owner, Inside, account::all)
        .post("/api/v1/company/people/{id}/sign-out", Right::Owner, Inside, account::end_all)
        .post("/api/v1/company/people/{id}/browser", Right::Technician, Inside, account::code)
}

#[allow(clippy::unused_async, reason = "handlers are async")]
async fn health(State(app): State<Arc<App>>) -> Json<Health> {
    Json(Health {
        program: "deskhand-relay".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        protocol: PROTOCOL_VERSION,
        relay: app.auth.relay(),
        needs_owner: app.auth.setup().is_some(),
        console: app.page.is_some(),
    })
}
