//! Table `audit`: one row for everything anyone does, each holding the hash of the one before, so that a row that was
//! changed or taken out shows. Never contents of a message, never a code.

use std::fmt;

use deskhand_protocol::{
    id::{DeviceId, TechnicianId},
    record::AuditRow,
    relay::records::{AuditFilter, AuditLine},
};
use rusqlite::{Connection, OptionalExtension as _, params};
use sha2::{Digest as _, Sha256};

use super::{Change, StoreError, row, technicians::Scope};

/// Who did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Actor {
    /// A technician, by his console.
    Technician(TechnicianId),
    /// A customer, by his helper.
    Device(DeviceId),
    /// A customer, by a page in his browser.
    Browser,
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
            Self::Browser => f.write_str("browser"),
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

/// A page of what is within reach, newest first.
pub(crate) fn page(db: &Connection, scope: Scope, before: i64, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
    let sql = "SELECT a.seq, a.at, a.actor, a.action, a.target, a.summary FROM audit a WHERE a.seq < ?1 \
               AND (?2 IS NULL OR a.actor = 'technician:' || ?2 OR EXISTS (SELECT 1 FROM sessions s \
                    WHERE s.id = substr(a.target, 9) AND s.technician = ?2)) \
               ORDER BY a.seq DESC LIMIT ?3";
    let mut query = db.prepare_cached(sql)?;
    Ok(query.query_map(params![before, scope.only(), limit], read)?.collect::<Result<_, _>>()?)
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

/// A page of what is within reach, newest first, with the names that ids have now.
pub(crate) fn search(
    db: &Connection,
    scope: Scope,
    filter: &AuditFilter,
    before: i64,
    limit: u32,
) -> Result<Vec<AuditLine>, StoreError> {
    // A technician reads what he did and what was done upon his own sessions.
    let sql = "SELECT a.seq, a.at, a.actor, a.action, a.target, a.summary, \
               CASE WHEN a.actor LIKE 'technician:%' THEN (SELECT name FROM technicians WHERE id = substr(a.actor, 12)) \
                    WHEN a.actor LIKE 'device:%' THEN (SELECT host FROM devices WHERE id = substr(a.actor, 8)) END, \
               CASE WHEN a.target LIKE 'session:%' THEN (SELECT customer FROM sessions WHERE id = substr(a.target, 9)) \
                    WHEN a.target LIKE 'device:%' THEN (SELECT host FROM devices WHERE id = substr(a.target, 8)) \
                    WHEN a.target LIKE 'technician:%' \
                    THEN (SELECT name FROM technicians WHERE id = substr(a.target, 12)) END \
               FROM audit a WHERE a.seq < ?1 AND a.at >= ?2 AND a.at < ?3 \
               AND substr(a.actor, 1, length(?4)) = ?4 AND substr(a.action, 1, length(?5)) = ?5 \
               AND (?6 = '' OR instr(lower(a.actor || char(10) || a.action || char(10) || a.target || char(10) || \
                                           a.summary), ?6) > 0 \
                    OR (a.target LIKE 'session:%' AND EXISTS (SELECT 1 FROM sessions s \
                        WHERE s.id = substr(a.target, 9) AND instr(s.words, ?6) > 0))) \
               AND (?7 IS NULL OR a.actor = 'technician:' || ?7 OR EXISTS (SELECT 1 FROM sessions s \
                    WHERE s.id = substr(a.target, 9) AND s.technician = ?7)) \
               ORDER BY a.seq DESC LIMIT ?8";
    let mut query = db.prepare_cached(sql)?;
    let text = filter.text.as_ref().map(|text| text.as_str().trim().to_lowercase()).unwrap_or_default();
    let values = params![
        before,
        filter.from.map_or(i64::MIN, |at| at.0),
        filter.to.map_or(i64::MAX, |at| at.0),
        filter.actor.as_ref().map_or("", |actor| actor.as_str()),
        filter.action.as_ref().map_or("", |action| action.as_str()),
        text,
        scope.only(),
        limit
    ];
    let line = |row: &rusqlite::Row<'_>| {
        Ok(AuditLine { row: read(row)?, actor_name: row::maybe_name(row, 6)?, target_name: row::maybe_name(row, 7)? })
    };
    Ok(query.query_map(values, line)?.collect::<Result<_, _>>()?)
}

/// What a walk along the chain found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Walk {
    /// Rows that fit.
    pub(crate) rows: i64,
    /// Hash of the last row that fits; zeros before the first.
    pub(crate) head: [u8; 32],
    /// The place of the first row that does not fit.
    pub(crate) broken: Option<i64>,
    /// Whether a row with the hash that was looked for is in the chain.
    pub(crate) met: bool,
}

/// Walks along the whole chain, looking for a row whose hash was noted before.
pub(crate) fn walk(db: &Connection, looked_for: Option<[u8; 32]>) -> Result<Walk, StoreError> {
    let sql = "SELECT seq, at, actor, action, target, summary, previous, hash FROM audit ORDER BY seq";
    let mut query = db.prepare(sql)?;
    let mut rows = query.query([])?;
    let mut walk = Walk::default();
    while let Some(found) = rows.next()? {
        let row = read(found)?;
        let (claimed, own): ([u8; 32], [u8; 32]) = (found.get(6)?, found.get(7)?);
        if row.seq != walk.rows + 1 || claimed != walk.head || own != hash(&walk.head, &row) {
            walk.broken = Some(walk.rows + 1);
            return Ok(walk);
        }
        (walk.rows, walk.head) = (walk.rows + 1, own);
        walk.met |= looked_for == Some(own);
    }
    Ok(walk)
}

/// The place of the first row that does not fit the chain; `None` if all do.
pub(crate) fn first_broken(db: &Connection) -> Result<Option<i64>, StoreError> {
    walk(db, None).map(|walk| walk.broken)
}
