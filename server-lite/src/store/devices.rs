//! Table `devices`: every computer that has taken up a session.

use deskhand_core::snapshot::Names;
use deskhand_protocol::{
    UnixMillis,
    id::{DeviceId, SessionId},
    key::PublicKey,
    record::{DeviceFacts, DeviceRecord, Location, SessionEvent},
    relay::records::TimelineEntry,
    text::{Name, Note, Tag},
};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{StoreError, row, technicians::Scope};
use crate::clock;

/// Entries in one page of a timeline.
const TIMELINE: u32 = 100;
const COLUMNS: &str = "SELECT d.id, d.key, d.host, d.os, d.arch, d.helper_version, d.first_seen, d.last_seen, \
                       d.customer, d.machine, d.address, d.country, d.region, d.city, d.notes, \
                       (SELECT json_group_array(t.tag) FROM device_tags t WHERE t.device = d.id) FROM devices d";

/// Where a helper calls from.
#[derive(Debug, Clone)]
pub(crate) struct From {
    pub(crate) address: Name,
    pub(crate) location: Option<Location>,
}

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
        customer: row::maybe_name(row, 8)?,
        machine: row::maybe_name(row, 9)?,
        address: row::maybe_name(row, 10)?,
        location: row::location(row, 11)?,
        notes: row::text(row, 14)?,
        tags: row::json(row, 15)?,
        online: false,
    })
}

/// Notes a device by its key, new or known, with what it says of itself now. Where it is stays known while its address
/// is the same.
pub(crate) fn seen(
    db: &Connection,
    key: &PublicKey,
    facts: &DeviceFacts,
    from: &From,
    now: UnixMillis,
) -> Result<DeviceId, StoreError> {
    let sql = "INSERT INTO devices (id, key, host, os, arch, helper_version, first_seen, last_seen, address, country, \
               region, city) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?9, ?10, ?11) \
               ON CONFLICT (key) DO UPDATE SET host = ?3, os = ?4, arch = ?5, helper_version = ?6, \
               last_seen = max(last_seen, ?7), address = ?8, \
               country = iif(address = ?8 AND NOT ?12, country, ?9), region = iif(address = ?8 AND NOT ?12, region, ?10), \
               city = iif(address = ?8 AND NOT ?12, city, ?11) RETURNING id";
    let location = from.location.clone().unwrap_or_default();
    let fresh = DeviceId::from_uuid(clock::new_id());
    let mut query = db.prepare_cached(sql)?;
    let values = params![
        fresh.to_string(),
        key.as_bytes(),
        facts.host.as_str(),
        facts.os.as_str(),
        facts.arch.as_str(),
        facts.helper_version.as_str(),
        now.0,
        from.address.as_str(),
        location.country.as_ref().map(Name::as_str),
        location.region.as_ref().map(Name::as_str),
        location.city.as_ref().map(Name::as_str),
        from.location.is_some()
    ];
    Ok(query.query_row(values, |row| row::id(row, 0))?)
}

/// Where a device is, as far as is known.
pub(crate) fn location(db: &Connection, id: DeviceId) -> Result<Option<Location>, StoreError> {
    let mut query = db.prepare_cached("SELECT country, region, city FROM devices WHERE id = ?1")?;
    Ok(query.query_row([id.to_string()], |row| row::location(row, 0)).optional()?.flatten())
}

/// Whether it is not known where the device of a key is that has this address.
pub(crate) fn is_unplaced(db: &Connection, key: &PublicKey, address: &Name) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM devices WHERE key = ?1 AND address = ?2 AND country IS NULL \
               AND region IS NULL AND city IS NULL)";
    Ok(db.prepare_cached(sql)?.query_row(params![key.as_bytes(), address.as_str()], |row| row.get(0))?)
}

/// It became known where a device is; nothing if it has another address by now.
pub(crate) fn place(
    db: &Connection,
    key: &PublicKey,
    address: &Name,
    location: &Location,
) -> Result<Option<DeviceId>, StoreError> {
    let sql = "UPDATE devices SET country = ?3, region = ?4, city = ?5 WHERE key = ?1 AND address = ?2 RETURNING id";
    let values = params![
        key.as_bytes(),
        address.as_str(),
        location.country.as_ref().map(Name::as_str),
        location.region.as_ref().map(Name::as_str),
        location.city.as_ref().map(Name::as_str)
    ];
    Ok(db.prepare_cached(sql)?.query_row(values, |row| row::id(row, 0)).optional()?)
}

/// Notes that a known device was heard of.
pub(crate) fn heard(db: &Connection, key: &PublicKey, now: UnixMillis) -> Result<Option<DeviceId>, StoreError> {
    let sql = "UPDATE devices SET last_seen = max(last_seen, ?2) WHERE key = ?1 RETURNING id";
    Ok(db.prepare_cached(sql)?.query_row(params![key.as_bytes(), now.0], |row| row::id(row, 0)).optional()?)
}

/// One device; `online` is for the caller to fill.
pub(crate) fn record(db: &Connection, id: DeviceId) -> Result<Option<DeviceRecord>, StoreError> {
    let mut query = db.prepare_cached(&format!("{COLUMNS} WHERE d.id = ?1"))?;
    Ok(query.query_row([id.to_string()], read).optional()?)
}

/// A page of devices by id, behind `after`; `online` is for the caller to fill.
pub(crate) fn page(db: &Connection, after: Option<DeviceId>, limit: u32) -> Result<Vec<DeviceRecord>, StoreError> {
    let mut query = db.prepare_cached(&format!("{COLUMNS} WHERE ?1 IS NULL OR d.id > ?1 ORDER BY d.id LIMIT ?2"))?;
    let values = params![after.map(|id| id.to_string()), limit];
    Ok(query.query_map(values, read)?.collect::<Result<_, _>>()?)
}

/// What a device is called; nothing for one that is gone.
pub(crate) fn names(db: &Connection, id: DeviceId) -> Result<Option<Names>, StoreError> {
    let mut query = db.prepare_cached("SELECT customer, machine FROM devices WHERE id = ?1")?;
    let read = |row: &Row<'_>| Ok(Names { customer: row::maybe_name(row, 0)?, machine: row::maybe_name(row, 1)? });
    Ok(query.query_row([id.to_string()], read).optional()?)
}

/// Saves what a device is called.
pub(crate) fn save_names(db: &Connection, id: DeviceId, names: &Names) -> Result<(), StoreError> {
    let sql = "UPDATE devices SET customer = ?2, machine = ?3 WHERE id = ?1";
    db.prepare_cached(sql)?.execute(params![
        id.to_string(),
        names.customer.as_ref().map(Name::as_str),
        names.machine.as_ref().map(Name::as_str)
    ])?;
    Ok(())
}

/// Saves what a technician noted.
pub(crate) fn save_notes(db: &Connection, id: DeviceId, notes: &Note) -> Result<(), StoreError> {
    let sql = "UPDATE devices SET notes = ?2 WHERE id = ?1";
    db.prepare_cached(sql)?.execute(params![id.to_string(), notes.as_str()])?;
    Ok(())
}

/// Puts tags on a device and takes others off. Gives how many it has then.
pub(crate) fn change_tags(db: &Connection, id: DeviceId, add: &[Tag], remove: &[Tag]) -> Result<u32, StoreError> {
    let id = id.to_string();
    for tag in remove {
        let sql = "DELETE FROM device_tags WHERE device = ?1 AND tag = ?2";
        db.prepare_cached(sql)?.execute(params![id, tag.as_str()])?;
    }
    for tag in add {
        let sql = "INSERT INTO device_tags (device, tag) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        db.prepare_cached(sql)?.execute(params![id, tag.as_str()])?;
    }
    let mut count = db.prepare_cached("SELECT count(*) FROM device_tags WHERE device = ?1")?;
    Ok(count.query_row([id], |row| row.get(0))?)
}

/// Whether a session of the device is not over.
pub(crate) fn is_in_session(db: &Connection, id: DeviceId) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM sessions WHERE device = ?1 AND ended_at IS NULL)";
    Ok(db.prepare_cached(sql)?.query_row([id.to_string()], |row| row.get(0))?)
}

/// Removes a device. Its sessions stay, with what they kept of it. Says whether there was one.
pub(crate) fn remove(db: &Connection, id: DeviceId) -> Result<bool, StoreError> {
    let id = id.to_string();
    for table in ["sessions", "consents"] {
        db.prepare_cached(&format!("UPDATE {table} SET device = NULL WHERE device = ?1"))?.execute([&id])?;
    }
    Ok(db.prepare_cached("DELETE FROM devices WHERE id = ?1")?.execute([&id])? > 0)
}

/// What happened on a device within reach, newest first, before a moment, or before a place within that moment.
pub(crate) fn timeline(
    db: &Connection,
    scope: Scope,
    id: DeviceId,
    (at, session, seq): (Option<UnixMillis>, Option<SessionId>, Option<u32>),
) -> Result<Vec<TimelineEntry>, StoreError> {
    let sql = "SELECT e.session, e.seq, s.technician_name, e.at, e.event FROM sessions s \
               JOIN session_events e ON e.session = s.id \
               WHERE s.device = ?1 AND (e.at, e.session, e.seq) < (?2, ?3, ?4) AND (?5 IS NULL OR s.technician = ?5) \
               ORDER BY e.at DESC, e.session DESC, e.seq DESC LIMIT ?6";
    let mut query = db.prepare_cached(sql)?;
    let read = |row: &Row<'_>| {
        Ok(TimelineEntry {
            session: row::id(row, 0)?,
            seq: row.get(1)?,
            technician_name: row::name(row, 2)?,
            at: row::at(row, 3)?,
            event: row::json::<SessionEvent>(row, 4)?,
        })
    };
    let at = at.map_or(i64::MAX, |at| at.0);
    // Before every session there is: the whole moment stays out.
    let session = session.map(|session| session.to_string()).unwrap_or_default();
    let values = params![id.to_string(), at, session, seq.unwrap_or(0), scope.only(), TIMELINE];
    Ok(query.query_map(values, read)?.collect::<Result<_, _>>()?)
}
