//! The company's key and certificates: read by every technician, changed by the owner.

use std::{sync::Arc, time::Instant};

use axum::{Json, extract::State};
use deskhand_protocol::{
    company::{CompanyRecord, NewCertificate, NewCompanyKey, TechnicianInvitation},
    id::TechnicianId,
};

use super::{
    body::{Body, Named},
    table::Caller,
};
use crate::{
    acts::{company as acts, joining},
    app::App,
    auth::{INVITATION, Whom},
    refusal::Refusal,
    store::StoreError,
};

pub(crate) async fn read(State(app): State<Arc<App>>, _: Caller) -> Result<Json<CompanyRecord>, Refusal> {
    now(&app).await
}

pub(crate) async fn set_key(
    State(app): State<Arc<App>>,
    Caller(owner): Caller,
    Body(new): Body<NewCompanyKey>,
) -> Result<Json<CompanyRecord>, Refusal> {
    app.store.write(move |change| acts::set_key(change, owner, &new)).await?;
    now(&app).await
}

pub(crate) async fn certify(
    State(app): State<Arc<App>>,
    Caller(owner): Caller,
    Body(new): Body<NewCertificate>,
) -> Result<Json<CompanyRecord>, Refusal> {
    app.store.write(move |change| acts::certify(change, owner, &new)).await?;
    now(&app).await
}

pub(crate) async fn revoke(
    State(app): State<Arc<App>>,
    Caller(owner): Caller,
    Named(technician): Named<TechnicianId>,
) -> Result<Json<CompanyRecord>, Refusal> {
    app.store.write(move |change| acts::revoke(change, owner, technician)).await?;
    now(&app).await
}

/// An invitation for somebody to join as a technician.
pub(crate) async fn invite(
    State(app): State<Arc<App>>,
    Caller(owner): Caller,
) -> Result<Json<TechnicianInvitation>, Refusal> {
    let token = app.auth.invite(Whom::Anybody, Instant::now())?;
    app.store.write(move |change| joining::invited(change, owner)).await.map_err(|error: StoreError| error)?;
    Ok(Json(TechnicianInvitation { token, life_ms: u64::try_from(INVITATION.as_millis()).unwrap_or(u64::MAX) }))
}

async fn now(app: &App) -> Result<Json<CompanyRecord>, Refusal> {
    let record = app.store.read(acts::record).await?;
    Ok(Json(CompanyRecord { browsers: app.page.is_some(), ..record }))
}
