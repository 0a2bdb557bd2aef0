//! Tables `templates` and `templates_seen`: builds of the customer's program, one in use for each platform.

use deskhand_protocol::{
    UnixMillis,
    id::{TechnicianId, TemplateId},
    key::Digest,
    limit::TEMPLATES_KEPT,
    template::{Platform, TemplateRecord},
    text::Name,
};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{StoreError, row};
use crate::templates::Arrived;

const COLUMNS: &str = "SELECT id, platform, version, size, sha256, shipped, added_at, added_by, current, \
                       EXISTS (SELECT 1 FROM templates_seen WHERE template = templates.id AND technician = ?1) \
                       FROM templates";

fn read(row: &Row<'_>) -> rusqlite::Result<TemplateRecord> {
    let sha256 = Digest(row.get(4)?);
    Ok(TemplateRecord {
        id: row::id(row, 0)?,
        platform: row::word(row, 1)?,
        version: row::name(row, 2)?,
        size: row.get::<_, i64>(3)?.unsigned_abs(),
        sha256,
        sha256_hex: sha256.hex(),
        shipped: row.get(5)?,
        added_at: row::at(row, 6)?,
        added_by: row::name(row, 7)?,
        current: row.get(8)?,
        seen: row.get(9)?,
    })
}

/// All of them as this technician sees them: by platform, the one in use first, then the newest.
pub(crate) fn list(db: &Connection, technician: TechnicianId) -> Result<Vec<TemplateRecord>, StoreError> {
    let mut query = db.prepare_cached(&format!("{COLUMNS} ORDER BY current DESC, id DESC"))?;
    let mut all: Vec<TemplateRecord> = query.query_map([technician.to_string()], read)?.collect::<Result<_, _>>()?;
    all.sort_by_key(|template| template.platform);
    Ok(all)
}

/// One of them as this technician sees it.
pub(crate) fn one(
    db: &Connection,
    technician: TechnicianId,
    id: TemplateId,
) -> Result<Option<TemplateRecord>, StoreError> {
    let mut query = db.prepare_cached(&format!("{COLUMNS} WHERE id = ?2"))?;
    Ok(query.query_row(params![technician.to_string(), id.to_string()], read).optional()?)
}

/// Those in use, as nobody in particular sees them.
pub(crate) fn in_use(db: &Connection) -> Result<Vec<TemplateRecord>, StoreError> {
    let mut query = db.prepare_cached(&format!("{COLUMNS} WHERE current = 1"))?;
    Ok(query.query_map([""], read)?.collect::<Result<_, _>>()?)
}

/// The hashes of all of them.
pub(crate) fn hashes(db: &Connection) -> Result<Vec<Digest>, StoreError> {
    let mut query = db.prepare_cached("SELECT DISTINCT sha256 FROM templates")?;
    Ok(query.query_map([], |row| row.get(0).map(Digest))?.collect::<Result<_, _>>()?)
}

/// The one in use for a platform.
pub(crate) fn current(db: &Connection, platform: Platform) -> Result<Option<TemplateRecord>, StoreError> {
    let mut query = db.prepare_cached(&format!("{COLUMNS} WHERE platform = ?2 AND current = 1"))?;
    Ok(query.query_row(params!["", platform.word()], read).optional()?)
}

/// One with this content for its platform.
pub(crate) fn same(db: &Connection, platform: Platform, sha256: &Digest) -> Result<Option<TemplateId>, StoreError> {
    let mut query = db.prepare_cached("SELECT id FROM templates WHERE platform = ?1 AND sha256 = ?2")?;
    Ok(query.query_row(params![platform.word(), sha256.as_bytes()], |row| row::id(row, 0)).optional()?)
}

/// Adds one, not yet in use.
pub(crate) fn add(
    db: &Connection,
    id: TemplateId,
    arrived: &Arrived,
    by: &Name,
    now: UnixMillis,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO templates (id, platform, version, size, sha256, shipped, added_at, added_by, current) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0)";
    db.prepare_cached(sql)?.execute(params![
        id.to_string(),
        arrived.found.platform.word(),
        arrived.found.version.as_str(),
        i64::try_from(arrived.size).unwrap_or(i64::MAX),
        arrived.sha256.as_bytes(),
        arrived.shipped,
        now.0,
        by.as_str()
    ])?;
    Ok(())
}

/// Puts one in use in place of another.
pub(crate) fn put_in_use(db: &Connection, platform: Platform, id: TemplateId) -> Result<(), StoreError> {
    let sql = "UPDATE templates SET current = 0 WHERE platform = ?1 AND current = 1";
    db.prepare_cached(sql)?.execute([platform.word()])?;
    db.prepare_cached("UPDATE templates SET current = 1 WHERE id = ?1")?.execute([id.to_string()])?;
    Ok(())
}

/// Forgets the oldest of a platform that are not in use; gives hashes whose files nothing uses any more.
pub(crate) fn prune(db: &Connection, platform: Platform) -> Result<Vec<Digest>, StoreError> {
    let sql = "DELETE FROM templates WHERE platform = ?1 AND current = 0 AND id NOT IN \
               (SELECT id FROM templates WHERE platform = ?1 ORDER BY current DESC, id DESC LIMIT ?2) RETURNING sha256";
    let mut query = db.prepare_cached(sql)?;
    let gone: Vec<[u8; 32]> =
        query.query_map(params![platform.word(), TEMPLATES_KEPT], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut still_unused = Vec::new();
    for sha256 in gone {
        still_unused.extend(unused(db, Digest(sha256))?);
    }
    Ok(still_unused)
}

/// This hash, if nothing uses its file.
pub(crate) fn unused(db: &Connection, sha256: Digest) -> Result<Vec<Digest>, StoreError> {
    let mut used = db.prepare_cached("SELECT EXISTS (SELECT 1 FROM templates WHERE sha256 = ?1)")?;
    let used: bool = used.query_row([sha256.as_bytes()], |row| row.get(0))?;
    Ok(if used { Vec::new() } else { vec![sha256] })
}

/// This technician has been shown one.
pub(crate) fn seen_one(db: &Connection, technician: TechnicianId, id: TemplateId) -> Result<(), StoreError> {
    let sql = "INSERT OR IGNORE INTO templates_seen (technician, template) VALUES (?1, ?2)";
    db.prepare_cached(sql)?.execute([technician.to_string(), id.to_string()])?;
    Ok(())
}

/// This technician has been shown all that are in use.
pub(crate) fn seen(db: &Connection, technician: TechnicianId) -> Result<usize, StoreError> {
    let sql =
        "INSERT OR IGNORE INTO templates_seen (technician, template) SELECT ?1, id FROM templates WHERE current = 1";
    Ok(db.prepare_cached(sql)?.execute([technician.to_string()])?)
}
