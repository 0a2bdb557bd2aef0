//! Table `devices`: every computer that has taken up a session.

use deskhand_protocol::{
    UnixMillis,
    id::DeviceId,
    key::PublicKey,
    record::{DeviceFacts, DeviceRecord},
};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{StoreError, row};
use crate::clock;

/// Devices in one list; a console of today shows no more.
const LIST: u32 = 1_000;
const COLUMNS: &str = "SELECT id, key, host, os, arch, helper_version, first_seen, last_seen FROM devices";

fn read(row: &Row<'_>) -> rusqlite::Result<DeviceRecord> {
    Ok(DeviceRecord {
        id: row::id(row, 0)?,
        key: row::key(row, 1)?,
        host: row::name(row, 2)?,
        os: row::name(row, 3)?,
        arch: row::name(row, 4)?,
        helper_version: row::name(row, 5)?,
        first_seen: row::at(row, 6)?,
        last_seen: row::at(row, 7)?,
        online: false,
    })
}

/// Notes a device by its key, new or known, with what it says of itself now.
pub(crate) fn seen(
    db: &Connection,
    key: &PublicKey,
    facts: &DeviceFacts,
    now: UnixMillis,
) -> Result<DeviceId, StoreError> {
    let sql = "INSERT INTO devices (id, key, host, os, arch, helper_version, first_seen, last_seen) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7) \
               ON CONFLICT (key) DO UPDATE SET host = ?3, os = ?4, arch = ?5, helper_version = ?6, \
               last_seen = max(last_seen, ?7) RETURNING id";
    let fresh = DeviceId::from_uuid(clock::new_id());
    let mut query = db.prepare_cached(sql)?;
    let values = params![
        fresh.to_string(),
        key.as_bytes(),
        facts.host.as_str(),
        facts.os.as_str(),
        facts.arch.as_str(),
        facts.helper_version.as_str(),
        now.0
    ];
    Ok(query.query_row(values, |row| row::id(row, 0))?)
}

/// Notes that a known device was heard of.
pub(crate) fn heard(db: &Connection, key: &PublicKey, now: UnixMillis) -> Result<Option<DeviceId>, StoreError> {
    let sql = "UPDATE devices SET last_seen = max(last_seen, ?2) WHERE key = ?1 RETURNING id";
    Ok(db.prepare_cached(sql)?.query_row(params![key.as_bytes(), now.0], |row| row::id(row, 0)).optional()?)
}

/// One device; `online` is for the caller to fill.
pub(crate) fn record(db: &Connection, id: DeviceId) -> Result<Option<DeviceRecord>, StoreError> {
    let mut query = db.prepare_cached(&format!("{COLUMNS} WHERE id = ?1"))?;
    Ok(query.query_row([id.to_string()], read).optional()?)
}

/// All devices, last seen first; `online` is for the caller to fill.
pub(crate) fn list(db: &Connection) -> Result<Vec<DeviceRecord>, StoreError> {
    let mut query = db.prepare_cached(&format!("{COLUMNS} ORDER BY last_seen DESC, id DESC LIMIT ?1"))?;
    Ok(query.query_map([LIST], read)?.collect::<Result<_, _>>()?)
}
