//! Table `browser_sessions`: the browsers that are signed in. The token itself is nowhere here, only its digest.

use std::time::Duration;

use deskhand_protocol::{
    UnixMillis,
    id::{RecordId, TechnicianId},
    key::PublicKey,
    text::Name,
};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{StoreError, row};

/// A session ends after this, whatever is done: he signs in each morning.
pub(crate) const HARD_END: Duration = Duration::from_secs(16 * 3600);
/// And after this when its page is closed and nothing is asked: a lunch with the computer shut.
pub(crate) const IDLE_END: Duration = Duration::from_secs(2 * 3600);
/// Browsers of one technician that are signed in at once; the one that was used longest ago gives way.
const AT_ONCE: i64 = 16;

/// One as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) id: RecordId,
    pub(crate) technician: TechnicianId,
    pub(crate) key: PublicKey,
    pub(crate) address: String,
    pub(crate) browser: Name,
    pub(crate) created_at: UnixMillis,
    pub(crate) used_at: UnixMillis,
    pub(crate) ends_at: UnixMillis,
}

const COLUMNS: &str =
    "SELECT id, technician, key, address, browser, created_at, used_at, ends_at FROM browser_sessions";

fn read(row: &Row<'_>) -> rusqlite::Result<Stored> {
    Ok(Stored {
        id: row::id(row, 0)?,
        technician: row::id(row, 1)?,
        key: row::key(row, 2)?,
        address: row.get(3)?,
        browser: row::name(row, 4)?,
        created_at: row::at(row, 5)?,
        used_at: row::at(row, 6)?,
        ends_at: row::at(row, 7)?,
    })
}

/// Adds one, and lets go of those whose time is over. Gives the ids of those that had to give way.
pub(crate) fn add(
    db: &Connection,
    session: &Stored,
    digest: &[u8; 32],
    now: UnixMillis,
) -> Result<Vec<RecordId>, StoreError> {
    db.prepare_cached("DELETE FROM browser_sessions WHERE ends_at <= ?1")?.execute([now.0])?;
    let sql = "INSERT INTO browser_sessions (id, technician, digest, key, address, browser, created_at, used_at, ends_at) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    db.prepare_cached(sql)?.execute(params![
        session.id.to_string(),
        session.technician.to_string(),
        digest,
        session.key.as_bytes(),
        session.address,
        session.browser.as_str(),
        session.created_at.0,
        session.used_at.0,
        session.ends_at.0
    ])?;
    let sql = "DELETE FROM browser_sessions WHERE technician = ?1 AND id IN (SELECT id FROM browser_sessions \
               WHERE technician = ?1 ORDER BY used_at DESC, id DESC LIMIT -1 OFFSET ?2) RETURNING id";
    let mut query = db.prepare_cached(sql)?;
    let values = params![session.technician.to_string(), AT_ONCE];
    Ok(query.query_map(values, |row| row::id(row, 0))?.collect::<Result<_, _>>()?)
}

/// By its token's digest, if its hard end has not come.
pub(crate) fn by_digest(db: &Connection, digest: &[u8; 32], now: UnixMillis) -> Result<Option<Stored>, StoreError> {
    let mut query = db.prepare_cached(&format!("{COLUMNS} WHERE digest = ?1 AND ends_at > ?2"))?;
    Ok(query.query_row(params![digest, now.0], read).optional()?)
}

/// Those of a technician whose hard end has not come, the newest first.
pub(crate) fn of(db: &Connection, technician: TechnicianId, now: UnixMillis) -> Result<Vec<Stored>, StoreError> {
    let sql = format!("{COLUMNS} WHERE technician = ?1 AND ends_at > ?2 ORDER BY id DESC");
    let mut query = db.prepare_cached(&sql)?;
    Ok(query.query_map(params![technician.to_string(), now.0], read)?.collect::<Result<_, _>>()?)
}

/// Whether it is still there, and its hard end has not come.
pub(crate) fn lives(db: &Connection, id: RecordId, now: UnixMillis) -> Result<bool, StoreError> {
    let mut query =
        db.prepare_cached("SELECT EXISTS (SELECT 1 FROM browser_sessions WHERE id = ?1 AND ends_at > ?2)")?;
    Ok(query.query_row(params![id.to_string(), now.0], |row| row.get(0))?)
}

/// It was used.
pub(crate) fn used(db: &Connection, id: RecordId, now: UnixMillis) -> Result<(), StoreError> {
    let sql = "UPDATE browser_sessions SET used_at = ?2 WHERE id = ?1";
    db.prepare_cached(sql)?.execute(params![id.to_string(), now.0])?;
    Ok(())
}

/// It has another token from now on.
pub(crate) fn set_digest(db: &Connection, id: RecordId, digest: &[u8; 32]) -> Result<(), StoreError> {
    let sql = "UPDATE browser_sessions SET digest = ?2 WHERE id = ?1";
    db.prepare_cached(sql)?.execute(params![id.to_string(), digest])?;
    Ok(())
}

/// Ends one of a technician's. Says whether there was one.
pub(crate) fn end(db: &Connection, technician: TechnicianId, id: RecordId) -> Result<bool, StoreError> {
    let sql = "DELETE FROM browser_sessions WHERE id = ?1 AND technician = ?2";
    Ok(db.prepare_cached(sql)?.execute(params![id.to_string(), technician.to_string()])? > 0)
}

/// Ends all of a technician's but perhaps one. Gives their ids.
pub(crate) fn end_all(
    db: &Connection,
    technician: TechnicianId,
    but: Option<RecordId>,
) -> Result<Vec<RecordId>, StoreError> {
    let sql = "DELETE FROM browser_sessions WHERE technician = ?1 AND id IS NOT ?2 RETURNING id";
    let mut query = db.prepare_cached(sql)?;
    let values = params![technician.to_string(), but.map(|id| id.to_string())];
    Ok(query.query_map(values, |row| row::id(row, 0))?.collect::<Result<_, _>>()?)
}

/// Whether another technician is signed in with this key, or has it in his desktop console.
pub(crate) fn is_anothers(db: &Connection, key: &PublicKey, technician: TechnicianId) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM technicians WHERE key = ?1 AND (id <> ?2 OR seat = 'desktop')) \
               OR EXISTS (SELECT 1 FROM browser_sessions WHERE key = ?1 AND technician <> ?2)";
    let mut query = db.prepare_cached(sql)?;
    Ok(query.query_row(params![key.as_bytes(), technician.to_string()], |row| row.get(0))?)
}
