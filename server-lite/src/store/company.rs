//! Tables `company` and `certificates`.

use deskhand_protocol::{
    UnixMillis,
    company::{Certified, Person, SealedCertificate},
    id::{CertificateId, TechnicianId},
    key::PublicKey,
    limit::REVOKED,
};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{StoreError, row, technicians};

/// By how much a helper's clock may be wrong, in milliseconds: so long after its end a revoked certificate is still
/// told.
const CLOCKS: i64 = 24 * 3600 * 1000;

/// The company's key, if there is one.
pub(crate) fn key(db: &Connection) -> Result<Option<PublicKey>, StoreError> {
    let mut query = db.prepare_cached("SELECT key FROM company")?;
    Ok(query.query_row([], |row| row::key(row, 0)).optional()?)
}

/// Another key: what the one before has certified is worth nothing any more.
pub(crate) fn set_key(db: &Connection, key: &PublicKey, now: UnixMillis) -> Result<(), StoreError> {
    let sql = "INSERT INTO company (only, key, since) VALUES (1, ?1, ?2) \
               ON CONFLICT (only) DO UPDATE SET key = ?1, since = ?2";
    db.prepare_cached(sql)?.execute(params![key.as_bytes(), now.0])?;
    db.prepare_cached("DELETE FROM certificates")?.execute([])?;
    Ok(())
}

/// Everybody who works here, the owner first.
pub(crate) fn people(db: &Connection) -> Result<Vec<Person>, StoreError> {
    let sql = "SELECT t.id, t.key, t.name, t.company, t.role = 'owner', c.sealed, c.revoked_at FROM technicians t \
               LEFT JOIN certificates c ON c.id = (SELECT l.id FROM certificates l WHERE l.technician = t.id \
                                                   ORDER BY l.added_at DESC, l.rowid DESC LIMIT 1) \
               ORDER BY t.role = 'owner' DESC, t.name, t.id";
    let mut query = db.prepare_cached(sql)?;
    let read = |row: &Row<'_>| {
        let revoked_at = row::maybe_at(row, 6)?;
        let sealed = row.get::<_, Option<Vec<u8>>>(5)?.filter(|_| revoked_at.is_none());
        Ok(Person {
            technician: technicians::read(row)?,
            owner: row.get(4)?,
            // One that somebody else wrote into the file is none.
            certificate: sealed.and_then(|sealed| SealedCertificate::from_bytes(sealed).ok()),
            revoked_at,
        })
    };
    Ok(query.query_map([], read)?.collect::<Result<_, _>>()?)
}

/// Adds a certificate. Says whether it is new.
pub(crate) fn add(
    db: &Connection,
    technician: TechnicianId,
    certified: &Certified,
    sealed: &SealedCertificate,
    now: UnixMillis,
) -> Result<bool, StoreError> {
    db.prepare_cached("DELETE FROM certificates WHERE ends_at < ?1")?.execute([now.0.saturating_sub(CLOCKS)])?;
    let sql = "INSERT INTO certificates (id, technician, sealed, ends_at, added_at) VALUES (?1, ?2, ?3, ?4, ?5) \
               ON CONFLICT (id) DO NOTHING";
    let values = params![certified.id.to_string(), technician.to_string(), sealed.as_bytes(), certified.until.0, now.0];
    Ok(db.prepare_cached(sql)?.execute(values)? > 0)
}

/// Revokes every certificate of a technician. Says how many there were.
pub(crate) fn revoke(db: &Connection, technician: TechnicianId, now: UnixMillis) -> Result<usize, StoreError> {
    let sql = "UPDATE certificates SET revoked_at = ?2 WHERE technician = ?1 AND revoked_at IS NULL";
    Ok(db.prepare_cached(sql)?.execute(params![technician.to_string(), now.0])?)
}

/// What helpers must not take any more, although its time is not over; the newest, if there are more than fit.
pub(crate) fn revoked(db: &Connection, now: UnixMillis) -> Result<Vec<CertificateId>, StoreError> {
    let sql = "SELECT id FROM certificates WHERE ends_at >= ?1 \
               AND (revoked_at IS NOT NULL OR technician NOT IN (SELECT id FROM technicians)) \
               ORDER BY added_at DESC LIMIT ?2";
    let mut query = db.prepare_cached(sql)?;
    let values = params![now.0.saturating_sub(CLOCKS), i64::try_from(REVOKED).unwrap_or(i64::MAX)];
    Ok(query.query_map(values, |row| row::id(row, 0))?.collect::<Result<_, _>>()?)
}
