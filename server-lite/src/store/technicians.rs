//! Table `technicians`.

use deskhand_protocol::{
    UnixMillis, call::signal::Seat, id::TechnicianId, key::PublicKey, record::TechnicianRecord, text::Name,
};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{StoreError, row};

const COLUMNS: &str = "SELECT id, key, name, company FROM technicians";

/// A technician in the first four columns.
pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<TechnicianRecord> {
    Ok(TechnicianRecord {
        id: row::id(row, 0)?,
        key: row::key(row, 1)?,
        name: row::name(row, 2)?,
        company: row::name(row, 3)?,
    })
}

/// What a technician is to the relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// It is his.
    Owner,
    /// He works with it.
    Technician,
}

/// Adds one.
pub(crate) fn add(
    db: &Connection,
    technician: &TechnicianRecord,
    (role, seat): (Role, Seat),
    now: UnixMillis,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO technicians (id, key, role, name, company, created_at, seat) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let role = match role {
        Role::Owner => "owner",
        Role::Technician => "technician",
    };
    db.prepare_cached(sql)?.execute(params![
        technician.id.to_string(),
        technician.key.as_bytes(),
        role,
        technician.name.as_str(),
        technician.company.as_str(),
        now.0,
        row::to_word(&seat)?
    ])?;
    Ok(())
}

/// Another name, and another company's.
pub(crate) fn rename(db: &Connection, id: TechnicianId, name: &Name, company: &Name) -> Result<(), StoreError> {
    let sql = "UPDATE technicians SET name = ?2, company = ?3 WHERE id = ?1";
    db.prepare_cached(sql)?.execute(params![id.to_string(), name.as_str(), company.as_str()])?;
    Ok(())
}

/// Whether there is anyone.
pub(crate) fn any(db: &Connection) -> Result<bool, StoreError> {
    Ok(db.query_row("SELECT EXISTS (SELECT 1 FROM technicians)", [], |row| row.get(0))?)
}

/// What a technician may read and change of what others made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The owner's: everything.
    All,
    /// His own only.
    Own(TechnicianId),
}

impl Scope {
    /// Whether something of this technician is within it.
    pub(crate) fn holds(self, technician: TechnicianId) -> bool {
        match self {
            Self::All => true,
            Self::Own(own) => own == technician,
        }
    }

    /// The technician beyond whom nothing is read, as a value in SQL.
    pub(crate) fn only(self) -> Option<String> {
        match self {
            Self::All => None,
            Self::Own(own) => Some(own.to_string()),
        }
    }
}

/// How far a technician may reach. One that is not known reaches nothing but his own, which is nothing.
pub(crate) fn scope(db: &Connection, id: TechnicianId) -> Result<Scope, StoreError> {
    Ok(if owner(db)? == Some(id) { Scope::All } else { Scope::Own(id) })
}

/// Who owns the relay.
pub(crate) fn owner(db: &Connection) -> Result<Option<TechnicianId>, StoreError> {
    let mut query = db.prepare_cached("SELECT id FROM technicians WHERE role = 'owner'")?;
    Ok(query.query_row([], |row| row::id(row, 0)).optional()?)
}

/// Everyone but this one, by name.
pub(crate) fn others(db: &Connection, but: TechnicianId) -> Result<Vec<TechnicianRecord>, StoreError> {
    let mut query = db.prepare_cached(&format!("{COLUMNS} WHERE id <> ?1 ORDER BY name, id"))?;
    Ok(query.query_map([but.to_string()], read)?.collect::<Result<_, _>>()?)
}

/// By the key of his desktop console. A browser's key opens nothing by itself: it is bound to a session, which ends.
pub(crate) fn by_desktop_key(db: &Connection, key: &PublicKey) -> Result<Option<TechnicianRecord>, StoreError> {
    let mut query = db.prepare_cached(&format!("{COLUMNS} WHERE key = ?1 AND seat = 'desktop'"))?;
    Ok(query.query_row([key.as_bytes()], read).optional()?)
}

/// By his key, wherever he has it.
pub(crate) fn by_key(db: &Connection, key: &PublicKey) -> Result<Option<TechnicianRecord>, StoreError> {
    let mut query = db.prepare_cached(&format!("{COLUMNS} WHERE key = ?1"))?;
    Ok(query.query_row([key.as_bytes()], read).optional()?)
}

/// By his id.
pub(crate) fn by_id(db: &Connection, id: TechnicianId) -> Result<Option<TechnicianRecord>, StoreError> {
    let mut query = db.prepare_cached(&format!("{COLUMNS} WHERE id = ?1"))?;
    Ok(query.query_row([id.to_string()], read).optional()?)
}
