//! Joining as the owner, signing in, and who one is.

use std::{net::IpAddr, sync::Arc, time::Instant};

use axum::{Extension, Json, extract::State};
use deskhand_protocol::{
    PROTOCOL_VERSION,
    call::signal::Seat,
    error::ErrorCode,
    record::TechnicianRecord,
    relay::{
        Prover,
        http::{Challenge, ChallengeRequest, Prove, Proven, SetUp},
    },
};

use super::{body::Body, table::Caller};
use crate::{
    acts::joining,
    app::App,
    auth::Whom,
    door::Door,
    refusal::Refusal,
    store::{StoreError, technicians},
};

pub(crate) async fn set_up(
    State(app): State<Arc<App>>,
    Extension(door): Extension<Door>,
    Body(asked): Body<SetUp>,
) -> Result<Json<Proven>, Refusal> {
    app.proofs.take(door.caller())?;
    let key = app.auth.prove(Prover::Console, &asked.proof, Instant::now());
    // Good once, so it is not spent on what is refused anyway.
    let complete = key.is_some() && !asked.name.is_blank();
    let invited = complete && app.auth.take_invitation(&asked.token, Whom::Anybody, Instant::now()).is_some();
    if !invited && !app.auth.is_setup(&asked.token) {
        note_refusal(&app, "setup.refused", door.caller()).await?;
        return Err(Refusal::new(ErrorCode::SetupRefused, "the set-up token is wrong, or set-up has been done"));
    }
    let key = key.ok_or_else(Refusal::unauthenticated)?;
    if asked.name.is_blank() {
        return Err(Refusal::malformed("a technician needs a name"));
    }
    let technician = if invited {
        app.store.write(move |change| joining::join(change, (key, Seat::Desktop), asked.name, asked.company)).await?
    } else {
        let owner = app
            .store
            .write(move |change| joining::set_up(change, (key, Seat::Desktop), asked.name, asked.company))
            .await?;
        app.auth.owner_joined();
        owner
    };
    let token = app.auth.issue(technician.id)?;
    Ok(Json(Proven { token, technician }))
}

#[allow(clippy::unused_async, reason = "handlers are async")]
pub(crate) async fn challenge(
    State(app): State<Arc<App>>,
    Extension(door): Extension<Door>,
    Body(asked): Body<ChallengeRequest>,
) -> Result<Json<Challenge>, Refusal> {
    app.challenges.take(door.caller())?;
    if asked.version != PROTOCOL_VERSION {
        return Err(Refusal::version());
    }
    Ok(Json(app.auth.challenge(asked.key, Instant::now())?))
}

pub(crate) async fn prove(
    State(app): State<Arc<App>>,
    Extension(door): Extension<Door>,
    Body(proof): Body<Prove>,
) -> Result<Json<Proven>, Refusal> {
    let address = door.caller();
    app.proofs.take(address)?;
    let known = match app.auth.prove(Prover::Console, &proof, Instant::now()) {
        Some(key) => app.store.read(move |db| technicians::by_desktop_key(db, &key)).await?,
        None => None,
    };
    let Some(technician) = known else {
        note_refusal(&app, "technician.refused", address).await?;
        return Err(Refusal::unauthenticated());
    };
    app.proofs.with(|limiter, now| limiter.give_back(address, now));
    let id = technician.id;
    app.store.write(move |change| joining::signed_in(change, id)).await.map_err(|error: StoreError| error)?;
    Ok(Json(Proven { token: app.auth.issue(id)?, technician }))
}

pub(super) async fn note_refusal(app: &App, action: &'static str, from: IpAddr) -> Result<(), StoreError> {
    app.store.write(move |change| joining::refused(change, action, from)).await
}

pub(crate) async fn me(
    State(app): State<Arc<App>>,
    Caller(technician): Caller,
) -> Result<Json<TechnicianRecord>, Refusal> {
    let record = app.store.read(move |db| technicians::by_id(db, technician)).await?;
    record.map(Json).ok_or_else(Refusal::unauthenticated)
}
