//! Table `audit`: one row for everything anyone does, each holding the hash of the one before, so that a row that was
//! changed or taken out shows. Never contents of a message, never a code.

use std::fmt;

use deskhand_protocol::{
    id::{DeviceId, TechnicianId},
    record::AuditRow,
};
use rusqlite::{Connection, OptionalExtension as _, params};
use sha2::{Digest as _, Sha256};

use super::{Change, StoreError, row};

/// Who did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Actor {
    /// A technician, by his console.
    Technician(TechnicianId),
    /// A customer, by his helper.
    Device(DeviceId),
    /// The relay itself.
    Relay,
    /// Someone unknown.
    Stranger,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Technician(id) => write!(f, "technician:{id}"),
            Self::Device(id) => write!(f, "device:{id}"),
            Self::Relay => f.write_str("relay"),
            Self::Stranger => f.write_str("stranger"),
        }
    }
}

fn hash(previous: &[u8; 32], row: &AuditRow) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"deskhand/audit/v1\0");
    hash.update(previous);
    hash.update(row.seq.to_be_bytes());
    hash.update(row.at.0.to_be_bytes());
    for text in [&row.actor, &row.action, &row.target, &row.summary] {
        hash.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(text.as_bytes());
    }
    hash.finalize().into()
}

impl Change<'_> {
    /// Adds a row to the chain.
    pub(crate) fn audit(
        &self,
        actor: Actor,
        action: &'static str,
        target: &str,
        summary: &serde_json::Value,
    ) -> Result<(), StoreError> {
        let mut last = self.db.prepare_cached("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")?;
        let last = last.query_row([], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?))).optional()?;
        let (seq, previous) = last.unwrap_or((0, [0; 32]));
        let row = AuditRow {
            seq: seq + 1,
            at: self.now,
            actor: actor.to_string(),
            action: action.to_owned(),
            target: target.to_owned(),
            summary: summary.to_string(),
        };
        let sql = "INSERT INTO audit (seq, at, actor, action, target, summary, previous, hash) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let hash = hash(&previous, &row);
        self.db.prepare_cached(sql)?.execute(params![
            row.seq,
            row.at.0,
            row.actor,
            row.action,
            row.target,
            row.summary,
            previous,
            hash
        ])?;
        Ok(())
    }
}

/// A page, newest first.
pub(crate) fn page(db: &Connection, before: i64, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
    let sql = "SELECT seq, at, actor, action, target, summary FROM audit WHERE seq < ?1 ORDER BY seq DESC LIMIT ?2";
    let mut query = db.prepare_cached(sql)?;
    Ok(query.query_map(params![before, limit], read)?.collect::<Result<_, _>>()?)
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<AuditRow> {
    Ok(AuditRow {
        seq: row.get(0)?,
        at: row::at(row, 1)?,
        actor: row.get(2)?,
        action: row.get(3)?,
        target: row.get(4)?,
        summary: row.get(5)?,
    })
}

/// The place of the first row that does not fit the chain; `None` if all do.
pub(crate) fn first_broken(db: &Connection) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT seq, at, actor, action, target, summary, previous, hash FROM audit ORDER BY seq";
    let mut query = db.prepare(sql)?;
    let mut rows = query.query([])?;
    let (mut expected, mut previous) = (1_i64, [0_u8; 32]);
    while let Some(found) = rows.next()? {
        let row = read(found)?;
        let (claimed, own): ([u8; 32], [u8; 32]) = (found.get(6)?, found.get(7)?);
        if row.seq != expected || claimed != previous || own != hash(&previous, &row) {
            return Ok(Some(expected));
        }
        (expected, previous) = (expected + 1, own);
    }
    Ok(None)
}
