//! A technician's own sessions. One of another technician is not found.

use std::sync::Arc;

use axum::{Json, extract::State};
use deskhand_protocol::{
    id::{SessionId, TechnicianId},
    record::{Fellow, SessionRecord},
    relay::http::{Colleagues, Events, InviteColleague, Messages, NewInvitation, NewSession, Sessions},
};
use serde::Deserialize;

use super::{
    body::{Asked, Body, Named},
    table::Caller,
};
use crate::{
    acts::sessions as acts,
    app::App,
    clock,
    refusal::Refusal,
    store::{chat, events as event_table, sessions as table, technicians},
};

/// Sessions in one page.
const PAGE_MOST: u32 = 200;

#[derive(Debug, Deserialize)]
pub(crate) struct Page {
    limit: Option<u32>,
    before: Option<SessionId>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct After {
    after: Option<u32>,
}

async fn shown(app: &App, technician: TechnicianId, id: SessionId) -> Result<SessionRecord, Refusal> {
    let record = app.store.read(move |db| table::record(db, id, clock::wall())).await?;
    let own = record.filter(|record| record.technician == technician).ok_or_else(Refusal::not_found)?;
    let mut records = [own];
    app.hub.present(&mut records);
    let [record] = records;
    Ok(record)
}

pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Caller(technician): Caller,
    Body(new): Body<NewSession>,
) -> Result<Json<SessionRecord>, Refusal> {
    let id = app
        .store
        .write(move |change| {
            let own = technicians::by_id(change.db, technician)?.ok_or_else(Refusal::unauthenticated)?;
            acts::create(change, &own, new)
        })
        .await?;
    shown(&app, technician, id).await.map(Json)
}

pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Caller(technician): Caller,
    Asked(page): Asked<Page>,
) -> Result<Json<Sessions>, Refusal> {
    let limit = page.limit.unwrap_or(50).clamp(1, PAGE_MOST);
    let listed = app.store.read(move |db| table::page(db, technician, page.before, limit, clock::wall()));
    let mut sessions = listed.await?;
    app.hub.present(&mut sessions);
    Ok(Json(Sessions { sessions }))
}

pub(crate) async fn one(
    State(app): State<Arc<App>>,
    Caller(technician): Caller,
    Named(id): Named<SessionId>,
) -> Result<Json<SessionRecord>, Refusal> {
    shown(&app, technician, id).await.map(Json)
}

pub(crate) async fn invite(
    State(app): State<Arc<App>>,
    Caller(technician): Caller,
    Named(id): Named<SessionId>,
    Body(new): Body<NewInvitation>,
) -> Result<Json<SessionRecord>, Refusal> {
    app.store.write(move |change| acts::invite(change, technician, id, &new)).await?;
    shown(&app, technician, id).await.map(Json)
}

pub(crate) async fn colleagues(
    State(app): State<Arc<App>>,
    Caller(technician): Caller,
) -> Result<Json<Colleagues>, Refusal> {
    let others = app.store.read(move |db| technicians::others(db, technician)).await?;
    let colleagues = others
        .into_iter()
        .map(|other| Fellow {
            online: app.hub.is_here(other.id),
            id: other.id,
            name: other.name,
            company: other.company,
        })
        .collect();
    Ok(Json(Colleagues { colleagues }))
}

pub(crate) async fn invite_colleague(
    State(app): State<Arc<App>>,
    Caller(technician): Caller,
    Named(id): Named<SessionId>,
    Body(invite): Body<InviteColleague>,
) -> Result<Json<SessionRecord>, Refusal> {
    app.store.write(move |change| acts::invite_colleague(change, technician, id, &invite)).await?;
    shown(&app, technician, id).await.map(Json)
}

pub(crate) async fn end(
    State(app): State<Arc<App>>,
    Caller(technician): Caller,
    Named(id): Named<SessionId>,
) -> Result<Json<SessionRecord>, Refusal> {
    app.store.write(move |change| acts::end(change, technician, id)).await?;
    shown(&app, technician, id).await.map(Json)
}

pub(crate) async fn messages(
    State(app): State<Arc<App>>,
    Caller(technician): Caller,
    Named(id): Named<SessionId>,
    Asked(asked): Asked<After>,
) -> Result<Json<Messages>, Refusal> {
    let conversation = shown(&app, technician, id).await?.conversation;
    let after = asked.after.unwrap_or(0);
    let read =
        move |db: &rusqlite::Connection| Ok((chat::page(db, conversation, id, after)?, chat::marks(db, conversation)?));
    let (messages, marks) = app.store.read(read).await?;
    Ok(Json(Messages { messages, marks: Some(marks) }))
}

pub(crate) async fn events(
    State(app): State<Arc<App>>,
    Caller(technician): Caller,
    Named(id): Named<SessionId>,
) -> Result<Json<Events>, Refusal> {
    shown(&app, technician, id).await?;
    let events = app.store.read(move |db| event_table::list(db, id)).await?;
    Ok(Json(Events { events }))
}
