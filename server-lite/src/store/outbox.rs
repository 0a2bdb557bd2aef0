//! Table `outbox`: what changed, in order.

use deskhand_protocol::UnixMillis;
use rusqlite::{Connection, params};

use super::StoreError;

/// How long a row stays for readers that come later: a week, in milliseconds.
const KEPT: i64 = 7 * 24 * 3_600 * 1_000;
/// Rows deleted at once, so that no other change waits long.
const CHUNK: u32 = 1_000;

/// Adds a row.
pub(crate) fn add(db: &Connection, now: UnixMillis, topic: &str, subject: &str) -> Result<(), StoreError> {
    let sql = "INSERT INTO outbox (at, topic, subject) VALUES (?1, ?2, ?3)";
    db.prepare_cached(sql)?.execute(params![now.0, topic, subject])?;
    Ok(())
}

/// Forgets what is older than a week among the oldest rows.
pub(crate) fn prune(db: &Connection, now: UnixMillis) -> Result<usize, StoreError> {
    let sql = "DELETE FROM outbox WHERE at < ?1 AND seq IN (SELECT seq FROM outbox ORDER BY seq LIMIT ?2)";
    Ok(db.prepare_cached(sql)?.execute(params![now.0.saturating_sub(KEPT), CHUNK])?)
}
