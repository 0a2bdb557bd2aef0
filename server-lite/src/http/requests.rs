//! Requests for help as technicians see them, and how the company wants to be recognised.

use std::sync::Arc;

use axum::{Json, extract::State};
use deskhand_protocol::{
    id::RecordId,
    package::brand::Brand,
    template::{HelpRequests, RequestAnswer},
};
use serde_json::json;

use super::{
    body::{Body, Named},
    table::Caller,
};
use crate::{
    acts::requests as acts,
    app::App,
    refusal::Refusal,
    store::{StoreError, audit::Actor, requests as table, settings},
};

pub(crate) async fn list(State(app): State<Arc<App>>, _: Caller) -> Result<Json<HelpRequests>, Refusal> {
    let requests = app.store.read(table::waiting).await?;
    Ok(Json(HelpRequests { requests }))
}

pub(crate) async fn answer(
    State(app): State<Arc<App>>,
    Caller(technician): Caller,
    Named(id): Named<RecordId>,
    Body(answer): Body<RequestAnswer>,
) -> Result<Json<HelpRequests>, Refusal> {
    let answers = Arc::clone(&app.answers);
    let write = app.store.write(move |change| {
        acts::close(change, technician, id, answer.link.is_some())?;
        // Before the commit: whoever is told that the request was taken up finds its link.
        if let Some(link) = answer.link {
            answers.put(id, link);
        }
        Ok::<_, Refusal>(())
    });
    write.await?;
    let requests = app.store.read(table::waiting).await?;
    Ok(Json(HelpRequests { requests }))
}

pub(crate) async fn brand(State(app): State<Arc<App>>, _: Caller) -> Result<Json<Brand>, Refusal> {
    Ok(Json(app.store.read(settings::brand).await?))
}

pub(crate) async fn set_brand(
    State(app): State<Arc<App>>,
    Caller(technician): Caller,
    Body(brand): Body<Brand>,
) -> Result<Json<Brand>, Refusal> {
    let kept = brand.clone();
    app.store
        .write(move |change| {
            settings::set(change.db, settings::BRAND, &serde_json::to_string(&kept)?)?;
            change.audit(Actor::Technician(technician), "brand.changed", "relay", &json!({}))
        })
        .await
        .map_err(|error: StoreError| Refusal::from(error))?;
    Ok(Json(brand))
}
