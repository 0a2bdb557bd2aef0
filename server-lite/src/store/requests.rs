//! Table `help_requests`: people without a code who asked for help on the relay's page.

use deskhand_protocol::{
    UnixMillis,
    id::{RecordId, TechnicianId},
    limit::REQUESTS_WAITING,
    template::HelpRequest,
};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{StoreError, row};

/// Closed requests that are kept: strangers write them, and nobody takes them away one by one.
const REQUESTS_KEPT: u32 = 500;
const COLUMNS: &str = "SELECT id, name, problem, asked_at, closed_at FROM help_requests";

fn read(row: &Row<'_>) -> rusqlite::Result<HelpRequest> {
    Ok(HelpRequest {
        id: row::id(row, 0)?,
        name: row::name(row, 1)?,
        problem: row::text(row, 2)?,
        asked_at: row::at(row, 3)?,
        closed_at: row::maybe_at(row, 4)?,
    })
}

/// Adds one. When too many wait, the oldest is put aside; gives that one's id. Of those that are closed only the last
/// stay.
pub(crate) fn add(db: &Connection, request: &HelpRequest) -> Result<Option<RecordId>, StoreError> {
    let sql = "INSERT INTO help_requests (id, name, problem, asked_at) VALUES (?1, ?2, ?3, ?4)";
    db.prepare_cached(sql)?.execute(params![
        request.id.to_string(),
        request.name.as_str(),
        request.problem.as_str(),
        request.asked_at.0
    ])?;
    let sql = "SELECT id FROM help_requests WHERE closed_at IS NULL ORDER BY asked_at DESC, id DESC LIMIT 1 OFFSET ?1";
    let surplus = db.prepare_cached(sql)?.query_row([REQUESTS_WAITING], |row| row::id(row, 0)).optional()?;
    if let Some(id) = surplus {
        close(db, id, None, request.asked_at)?;
    }
    let sql = "DELETE FROM help_requests WHERE id IN (SELECT id FROM help_requests WHERE closed_at IS NOT NULL \
               ORDER BY closed_at DESC, asked_at DESC, id DESC LIMIT -1 OFFSET ?1)";
    db.prepare_cached(sql)?.execute([REQUESTS_KEPT])?;
    Ok(surplus)
}

/// Closes one that waits; false if it does not.
pub(crate) fn close(
    db: &Connection,
    id: RecordId,
    by: Option<TechnicianId>,
    now: UnixMillis,
) -> Result<bool, StoreError> {
    let sql = "UPDATE help_requests SET closed_at = ?2, closed_by = ?3 WHERE id = ?1 AND closed_at IS NULL";
    let by = by.map(|by| by.to_string());
    Ok(db.prepare_cached(sql)?.execute(params![id.to_string(), now.0, by])? == 1)
}

/// One of them.
pub(crate) fn one(db: &Connection, id: RecordId) -> Result<Option<HelpRequest>, StoreError> {
    let mut query = db.prepare_cached(&format!("{COLUMNS} WHERE id = ?1"))?;
    Ok(query.query_row([id.to_string()], read).optional()?)
}

/// Those that wait, newest first.
pub(crate) fn waiting(db: &Connection) -> Result<Vec<HelpRequest>, StoreError> {
    let sql = format!("{COLUMNS} WHERE closed_at IS NULL ORDER BY asked_at DESC, id DESC LIMIT ?1");
    let mut query = db.prepare_cached(&sql)?;
    Ok(query.query_map([REQUESTS_WAITING], read)?.collect::<Result<_, _>>()?)
}
