//! What the owner has chosen for the relay, how it does, and what is new.

use std::sync::Arc;

use axum::{Json, extract::State};
use deskhand_protocol::{
    id::TechnicianId,
    record::TechnicianRecord,
    relay::settings::{Deleted, News, NewsSeen, RelaySettings, Rename, SettingsView},
    text::Name,
};

use super::{body::Body, table::Caller};
use crate::{
    acts::{joining, settings as acts},
    app::App,
    news::RUNNING,
    refusal::Refusal,
    store::{
        news as seen,
        settings::{self, DELETED},
        technicians,
    },
};

pub(crate) async fn read(
    State(app): State<Arc<App>>,
    Caller(technician): Caller,
) -> Result<Json<SettingsView>, Refusal> {
    view(&app, technician).await
}

pub(crate) async fn choose(
    State(app): State<Arc<App>>,
    Caller(owner): Caller,
    Body(chosen): Body<RelaySettings>,
) -> Result<Json<SettingsView>, Refusal> {
    let location = chosen.location.clone();
    app.store.write(move |change| acts::choose(change, owner, &chosen)).await?;
    app.places.choose(location.as_str());
    app.news.choose();
    app.old_sessions.notify_one();
    view(&app, owner).await
}

async fn view(app: &App, technician: TechnicianId) -> Result<Json<SettingsView>, Refusal> {
    let read = app.store.read(move |db| {
        let owner = technicians::owner(db)? == Some(technician);
        let deleted = settings::get(db, DELETED)?.and_then(|kept| serde_json::from_str::<Deleted>(&kept).ok());
        Ok((settings::relay(db)?, owner, deleted))
    });
    let (settings, owner, last_deleted) = read.await?;
    let news_read_at = app.news.of(settings.news.as_str()).at;
    Ok(Json(SettingsView { settings, owner, location: app.places.figures(), news_read_at, last_deleted }))
}

pub(crate) async fn news(State(app): State<Arc<App>>, Caller(technician): Caller) -> Result<Json<News>, Refusal> {
    let address = app.store.read(settings::relay).await?.news;
    let read = app.news.of(address.as_str());
    // Of the newest first; of what runs now, once it runs.
    let told = read.newest.as_ref().or(read.installed.as_ref()).map(|release| release.version.clone());
    let unseen = match told {
        None => None,
        Some(version) => {
            let asked = version.clone();
            app.store.read(move |db| Ok((!seen::seen(db, technician, &asked)?).then_some(version))).await?
        }
    };
    Ok(Json(News { running: Name::lossy(RUNNING), installed: read.installed, newest: read.newest, unseen }))
}

pub(crate) async fn news_seen(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(told): Body<NewsSeen>,
) -> Result<Json<News>, Refusal> {
    let Caller(technician) = caller;
    app.store.write(move |change| acts::news_seen(change, technician, &told.version)).await?;
    news(State(app), caller).await
}

pub(crate) async fn rename(
    State(app): State<Arc<App>>,
    Caller(technician): Caller,
    Body(names): Body<Rename>,
) -> Result<Json<TechnicianRecord>, Refusal> {
    if names.name.is_blank() {
        return Err(Refusal::malformed("a technician needs a name"));
    }
    let renamed = app.store.write(move |change| joining::rename(change, technician, &names.name, &names.company));
    renamed.await.map(Json)
}
