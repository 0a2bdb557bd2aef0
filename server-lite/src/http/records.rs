//! Finding, editing, counting and handing out records, within the reach of whoever asks.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use deskhand_core::statistics::Count;
use deskhand_protocol::{
    UnixMillis,
    error::ErrorCode,
    id::{DeviceId, SessionId},
    limit::PARTS,
    record::{AuditRow, SessionRecord},
    relay::{
        http::Devices,
        records::{
            AUDIT_COLUMNS, AuditExport, AuditLine, AuditPage, AuditQuery, Changed, DevicesEdit, DevicesRemove, Export,
            Facets, Order, Removed, SESSION_COLUMNS, SessionEdit, SessionPage, SessionQuery, SessionSort, Statistics,
            StatisticsQuery, TableFormat, Timeline,
        },
    },
    text::Name,
};
use serde::Deserialize;

use super::{
    body::{Asked, Body, Named},
    table::Caller,
};
use crate::{
    acts::records as acts,
    app::App,
    clock,
    refusal::Refusal,
    sheet::{self, Cell},
    store::{audit, devices as device_table, figures, row, search, sessions as table, technicians},
};

/// Sessions in one page.
const SESSIONS_MOST: u32 = 200;
/// Devices in one page.
const DEVICES_MOST: u32 = 1_000;
/// Audit rows in one page.
const AUDIT_MOST: u32 = 500;
/// Rows of one exported table: more than a shop has in years, and what a spreadsheet still opens at once.
const EXPORT_MOST: u32 = 100_000;

const GONE: Refusal = Refusal::new(ErrorCode::NotFound, "the session that the page begins behind is gone");

#[derive(Debug, Deserialize)]
pub(crate) struct DevicePage {
    limit: Option<u32>,
    after: Option<DeviceId>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Before {
    before: Option<UnixMillis>,
    session: Option<SessionId>,
    seq: Option<u32>,
}

pub(crate) async fn search(
    State(app): State<Arc<App>>,
    Caller(technician): Caller,
    Body(query): Body<SessionQuery>,
) -> Result<Json<SessionPage>, Refusal> {
    let limit = query.limit.clamp(1, SESSIONS_MOST);
    let read = app.store.read(move |db| {
        let scope = technicians::scope(db, technician)?;
        let total = query.after.is_none().then(|| search::count(db, scope, &query.filter)).transpose()?;
        Ok(search::page(db, scope, &query, limit, clock::wall())?.map(|sessions| (sessions, total)))
    });
    let (mut sessions, total) = read.await?.ok_or(GONE)?;
    app.hub.present(&mut sessions);
    Ok(Json(SessionPage { sessions, total }))
}

pub(crate) async fn facets(State(app): State<Arc<App>>, Caller(technician): Caller) -> Result<Json<Facets>, Refusal> {
    let read = app.store.read(move |db| search::facets(db, technicians::scope(db, technician)?));
    Ok(Json(read.await?))
}

pub(crate) async fn edit(
    State(app): State<Arc<App>>,
    Caller(technician): Caller,
    Named(id): Named<SessionId>,
    Body(edit): Body<SessionEdit>,
) -> Result<Json<SessionRecord>, Refusal> {
    app.store.write(move |change| acts::edit_session(change, technician, id, edit)).await?;
    let record = app.store.read(move |db| table::record(db, id, clock::wall())).await?;
    let mut records = [record.ok_or_else(Refusal::not_found)?];
    app.hub.present(&mut records);
    let [record] = records;
    Ok(Json(record))
}

pub(crate) async fn delete(
    State(app): State<Arc<App>>,
    Caller(technician): Caller,
    Named(id): Named<SessionId>,
) -> Result<Json<Removed>, Refusal> {
    app.store.write(move |change| acts::delete_session(change, technician, id)).await?;
    Ok(Json(Removed { removed: 1 }))
}

pub(crate) async fn devices(
    State(app): State<Arc<App>>,
    _: Caller,
    Asked(page): Asked<DevicePage>,
) -> Result<Json<Devices>, Refusal> {
    let limit = page.limit.unwrap_or(DEVICES_MOST).clamp(1, DEVICES_MOST);
    let mut devices = app.store.read(move |db| device_table::page(db, page.after, limit)).await?;
    app.hub.devices_present(&mut devices);
    Ok(Json(Devices { devices }))
}

pub(crate) async fn edit_devices(
    State(app): State<Arc<App>>,
    Caller(technician): Caller,
    Body(body): Body<DevicesEdit>,
) -> Result<Json<Changed>, Refusal> {
    let write = app.store.write(move |change| acts::edit_devices(change, technician, &body.devices, &body.edit));
    Ok(Json(Changed { changed: write.await? }))
}

pub(crate) async fn remove_devices(
    State(app): State<Arc<App>>,
    Caller(technician): Caller,
    Body(body): Body<DevicesRemove>,
) -> Result<Json<Removed>, Refusal> {
    let write = app.store.write(move |change| acts::remove_devices(change, technician, &body.devices));
    Ok(Json(Removed { removed: write.await? }))
}

pub(crate) async fn timeline(
    State(app): State<Arc<App>>,
    Caller(technician): Caller,
    Named(id): Named<DeviceId>,
    Asked(asked): Asked<Before>,
) -> Result<Json<Timeline>, Refusal> {
    let read = app.store.read(move |db| {
        let scope = technicians::scope(db, technician)?;
        let known = device_table::names(db, id)?.is_some();
        let before = (asked.before, asked.session, asked.seq);
        known.then(|| device_table::timeline(db, scope, id, before)).transpose()
    });
    Ok(Json(Timeline { entries: read.await?.ok_or_else(Refusal::not_found)? }))
}

pub(crate) async fn statistics(
    State(app): State<Arc<App>>,
    Caller(technician): Caller,
    Body(query): Body<StatisticsQuery>,
) -> Result<Json<Statistics>, Refusal> {
    const { assert!(PARTS >= 366, "a year has a part for each day") };
    let bad = |_| Refusal::malformed("the parts of the period make no sense");
    let StatisticsQuery { mut filter, edges } = query;
    let count = Count::new(edges.clone()).map_err(bad)?;
    (filter.from, filter.to) = (edges.first().copied(), edges.last().copied());
    let counted = app.store.read(move |db| {
        let scope = technicians::scope(db, technician)?;
        figures::count(db, scope, &filter, clock::wall(), count)
    });
    Ok(Json(counted.await?.finish()))
}

pub(crate) async fn export(
    State(app): State<Arc<App>>,
    Caller(technician): Caller,
    Body(export): Body<Export>,
) -> Result<Response, Refusal> {
    let Export { filter, format, headings } = export;
    let headings = named_columns(&headings, SESSION_COLUMNS)?;
    let query =
        SessionQuery { filter, sort: SessionSort::Date, order: Order::Descending, after: None, limit: EXPORT_MOST };
    let read = app.store.read(move |db| {
        let scope = technicians::scope(db, technician)?;
        let sessions = search::page(db, scope, &query, EXPORT_MOST, clock::wall())?.unwrap_or_default();
        sessions.iter().map(session_cells).collect::<Result<Vec<_>, _>>()
    });
    let rows = read.await?;
    let count = rows.len();
    let file = in_background(move || match format {
        TableFormat::Csv => Ok(sheet::csv(&headings, rows)),
        TableFormat::Xlsx => sheet::xlsx(&headings, rows).map_err(|error| {
            tracing::error!(%error, "a workbook could not be written");
            Refusal::new(ErrorCode::Internal, "the table could not be written")
        }),
    });
    let file = file.await?;
    app.store.write(move |change| acts::exported(change, technician, "sessions.exported", count)).await?;
    Ok(handed_out(format, file))
}

fn session_cells(session: &SessionRecord) -> Result<Vec<Cell>, crate::store::StoreError> {
    let location = session.location.as_ref().map(|location| {
        let parts = [&location.city, &location.region, &location.country];
        parts.into_iter().flatten().map(Name::as_str).collect::<Vec<_>>().join(", ")
    });
    let tags: Vec<&str> = session.tags.iter().map(|tag| tag.as_str()).collect();
    let granted = session.granted.iter().map(row::to_word).collect::<Result<Vec<_>, _>>()?;
    let wait = session.started_at.zip(session.waiting_at).map(|(started, came)| started.0.saturating_sub(came.0));
    Ok(vec![
        Cell::Text(session.id.to_string()),
        Cell::Text(session.customer.to_string()),
        Cell::text(session.machine.as_ref()),
        Cell::text(session.host.as_ref()),
        Cell::text(location),
        Cell::Text(session.technician_name.to_string()),
        Cell::Text(row::to_word(&session.status)?),
        Cell::text(session.end_reason.as_ref().map(row::to_word).transpose()?),
        Cell::Text(tags.join(", ")),
        Cell::Moment(session.created_at),
        Cell::moment(session.waiting_at),
        Cell::moment(session.started_at),
        Cell::moment(session.ended_at),
        Cell::number(wait.and_then(|wait| u64::try_from(wait / 1_000).ok())),
        Cell::number(session.duration_ms.map(|length| length / 1_000)),
        Cell::Text(granted.join(", ")),
        Cell::Text(session.notes.to_string()),
    ])
}

pub(crate) async fn search_audit(
    State(app): State<Arc<App>>,
    Caller(technician): Caller,
    Body(query): Body<AuditQuery>,
) -> Result<Json<AuditPage>, Refusal> {
    let limit = query.limit.clamp(1, AUDIT_MOST);
    let read = app.store.read(move |db| {
        let scope = technicians::scope(db, technician)?;
        audit::search(db, scope, &query.filter, query.before.unwrap_or(i64::MAX), limit)
    });
    Ok(Json(AuditPage { lines: read.await? }))
}

pub(crate) async fn export_audit(
    State(app): State<Arc<App>>,
    Caller(technician): Caller,
    Body(export): Body<AuditExport>,
) -> Result<Response, Refusal> {
    let headings = named_columns(&export.headings, AUDIT_COLUMNS)?;
    let read = app.store.read(move |db| {
        let scope = technicians::scope(db, technician)?;
        audit::search(db, scope, &export.filter, i64::MAX, EXPORT_MOST)
    });
    let lines = read.await?;
    let count = lines.len();
    let file = in_background(move || Ok(sheet::csv(&headings, lines.into_iter().map(audit_cells)))).await?;
    app.store.write(move |change| acts::exported(change, technician, "audit.exported", count)).await?;
    Ok(handed_out(TableFormat::Csv, file))
}

fn audit_cells(line: AuditLine) -> Vec<Cell> {
    let AuditRow { seq, at, actor, action, target, summary } = line.row;
    vec![
        Cell::Number(seq),
        Cell::Moment(at),
        Cell::Text(actor),
        Cell::text(line.actor_name),
        Cell::Text(action),
        Cell::Text(target),
        Cell::text(line.target_name),
        Cell::Text(summary),
    ]
}

fn named_columns(headings: &[Name], columns: usize) -> Result<Vec<String>, Refusal> {
    if headings.len() != columns {
        return Err(Refusal::malformed("each column has one heading"));
    }
    Ok(headings.iter().map(ToString::to_string).collect())
}

/// Writing a hundred thousand rows takes long enough to hold up others.
async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| Refusal::new(ErrorCode::Internal, "the table could not be written"))?
}

fn handed_out(format: TableFormat, file: Vec<u8>) -> Response {
    let (kind, name) = match format {
        TableFormat::Csv => ("text/csv; charset=utf-8", "attachment; filename=\"deskhand.csv\""),
        TableFormat::Xlsx => (
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "attachment; filename=\"deskhand.xlsx\"",
        ),
    };
    ([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], file).into_response()
}
