//! Requests for help as technicians see them, and as the customer's program makes them; and how the company wants to be
//! recognised.

use std::sync::Arc;

use axum::{Extension, Json, extract::State};
use deskhand_protocol::{
    error::ErrorCode,
    id::RecordId,
    limit::PROBLEM_CHARS,
    package::brand::Brand,
    template::{HelpAsked, HelpRequests, HelpStands, NewHelpRequest, RequestAnswer},
};
use serde_json::json;

use super::{
    body::{Body, Named},
    table::Caller,
};
use crate::{
    acts::requests as acts,
    app::App,
    door::Door,
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

/// The same as on the page, for the customer's program.
pub(crate) async fn ask(
    State(app): State<Arc<App>>,
    Extension(door): Extension<Door>,
    Body(asking): Body<NewHelpRequest>,
) -> Result<Json<HelpAsked>, Refusal> {
    let NewHelpRequest { name, problem } = asking;
    if name.is_blank() || problem.is_blank() {
        return Err(Refusal::malformed("a request has a name and a problem"));
    }
    if problem.as_str().chars().count() > PROBLEM_CHARS {
        return Err(Refusal::new(ErrorCode::TooLarge, "the problem is described at too great a length"));
    }
    if app.requests.take(door.caller()).is_err() {
        return Err(Refusal::too_many());
    }
    let id = app.store.write(move |change| acts::ask(change, name, problem)).await?;
    Ok(Json(HelpAsked { id }))
}

/// Where a request stands. Its id cannot be guessed.
pub(crate) async fn stands(
    State(app): State<Arc<App>>,
    Named(id): Named<RecordId>,
) -> Result<Json<HelpStands>, Refusal> {
    let request = app.store.read(move |db| table::one(db, id)).await?.ok_or_else(Refusal::not_found)?;
    Ok(Json(match (app.answers.get(id), request.closed_at) {
        (Some(link), _) => HelpStands::TakenUp { link },
        (None, None) => HelpStands::Waiting,
        (None, Some(_)) => HelpStands::PutAside,
    }))
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
