//! Table `settings`: what the relay remembers of itself.

use deskhand_protocol::{package::brand::Brand, relay::settings::RelaySettings};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::StoreError;

/// The port of the loopback listener.
pub(crate) const LOOPBACK_PORT: &str = "loopback.port";
/// The port of the LAN listener.
pub(crate) const LAN_PORT: &str = "lan.port";
/// Whether the relay is open to the LAN: `yes` or `no`.
pub(crate) const LAN_OPEN: &str = "lan.open";

/// How the company wants to be recognised, as JSON.
pub(crate) const BRAND: &str = "brand";

/// What the owner has chosen for the relay, as JSON.
const RELAY: &str = "relay";
/// The release notes that were read last, as JSON.
pub(crate) const NEWS: &str = "news";
/// The sessions that were deleted last by their age, as JSON.
pub(crate) const DELETED: &str = "sessions.deleted";

/// What the owner has chosen; what cannot be read is as if he had not.
pub(crate) fn relay(db: &Connection) -> Result<RelaySettings, StoreError> {
    let stored: Option<RelaySettings> = get(db, RELAY)?.and_then(|stored| serde_json::from_str(&stored).ok());
    Ok(stored.filter(|chosen| chosen.check().is_ok()).unwrap_or_default())
}

/// The owner has chosen.
pub(crate) fn set_relay(db: &Connection, chosen: &RelaySettings) -> Result<(), StoreError> {
    set(db, RELAY, &serde_json::to_string(chosen)?)
}

/// How the company wants to be recognised; one that cannot be read is none.
pub(crate) fn brand(db: &Connection) -> Result<Brand, StoreError> {
    let stored = get(db, BRAND)?;
    Ok(stored.and_then(|stored| serde_json::from_str(&stored).ok()).unwrap_or_default())
}

/// Reads one.
pub(crate) fn get(db: &Connection, name: &str) -> Result<Option<String>, StoreError> {
    let mut query = db.prepare_cached("SELECT value FROM settings WHERE name = ?1")?;
    Ok(query.query_row([name], |row| row.get(0)).optional()?)
}

/// Writes one.
pub(crate) fn set(db: &Connection, name: &str, value: &str) -> Result<(), StoreError> {
    let sql = "INSERT INTO settings (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2";
    db.prepare_cached(sql)?.execute(params![name, value])?;
    Ok(())
}
