//! Table `news_seen`.

use deskhand_protocol::{id::TechnicianId, text::Name};
use rusqlite::{Connection, params};

use super::StoreError;

/// Versions that are remembered of one technician; the oldest go.
const VERSIONS: u32 = 50;

/// A technician has been told of a version. Says whether that is new.
pub(crate) fn saw(db: &Connection, technician: TechnicianId, version: &Name) -> Result<bool, StoreError> {
    let sql = "INSERT INTO news_seen (technician, version) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    let new = db.prepare_cached(sql)?.execute(params![technician.to_string(), version.as_str()])? > 0;
    let sql = "DELETE FROM news_seen WHERE technician = ?1 AND version <> ?2 AND (SELECT count(*) FROM news_seen \
               WHERE technician = ?1) > ?3";
    db.prepare_cached(sql)?.execute(params![technician.to_string(), version.as_str(), VERSIONS])?;
    Ok(new)
}

/// Whether a technician has been told of a version.
pub(crate) fn seen(db: &Connection, technician: TechnicianId, version: &Name) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM news_seen WHERE technician = ?1 AND version = ?2)";
    let values = params![technician.to_string(), version.as_str()];
    Ok(db.prepare_cached(sql)?.query_row(values, |row| row.get(0))?)
}
