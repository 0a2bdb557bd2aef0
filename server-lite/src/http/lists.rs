//! The audit log, row by row, within the reach of whoever asks.

use std::sync::Arc;

use axum::{Json, extract::State};
use deskhand_protocol::relay::http::Audit;
use serde::Deserialize;

use super::{body::Asked, table::Caller};
use crate::{
    app::App,
    refusal::Refusal,
    store::{audit as audit_table, technicians},
};

/// Audit rows in one page.
const PAGE_MOST: u32 = 500;

#[derive(Debug, Deserialize)]
pub(crate) struct Page {
    limit: Option<u32>,
    before: Option<i64>,
}

pub(crate) async fn audit(
    State(app): State<Arc<App>>,
    Caller(technician): Caller,
    Asked(page): Asked<Page>,
) -> Result<Json<Audit>, Refusal> {
    let limit = page.limit.unwrap_or(100).clamp(1, PAGE_MOST);
    let before = page.before.unwrap_or(i64::MAX);
    let read = app.store.read(move |db| audit_table::page(db, technicians::scope(db, technician)?, before, limit));
    let rows = read.await?;
    Ok(Json(Audit { rows }))
}
