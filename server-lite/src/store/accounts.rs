//! Tables `accounts`, `recovery_codes` and `sign_in_tries`.

use std::time::Duration;

use deskhand_core::lockout::FORGOTTEN;
use deskhand_protocol::{UnixMillis, id::TechnicianId, relay::account::Login};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{StoreError, row};

/// Names that were tried in vain and are remembered; the oldest give way.
const NAMES: i64 = 20_000;

/// A secret of which codes are made.
pub(crate) type TotpSecret = [u8; 20];

/// An account as it is kept.
#[derive(Clone)]
pub(crate) struct Stored {
    /// Whose.
    pub(crate) technician: TechnicianId,
    /// The name to sign in with.
    pub(crate) login: Login,
    /// A PHC string.
    pub(crate) password: String,
    /// What codes are made of, where one is asked for.
    pub(crate) totp: Option<TotpSecret>,
    /// What was shown and not confirmed.
    pub(crate) totp_offered: Option<TotpSecret>,
    /// The step of the code that was used last.
    pub(crate) totp_step: i64,
}

/// Prints no secret.
impl std::fmt::Debug for Stored {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stored").field("technician", &self.technician).finish_non_exhaustive()
    }
}

const COLUMNS: &str = "SELECT technician, login, password, totp, totp_offered, totp_step FROM accounts";

fn read(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let login = row.get_ref(1)?.as_str()?.to_owned();
    let login = Login::new(&login)
        .map_err(|wrong| rusqlite::Error::FromSqlConversionFailure(1, rusqlite::types::Type::Text, Box::new(wrong)))?;
    Ok(Stored {
        technician: row::id(row, 0)?,
        login,
        password: row.get(2)?,
        totp: row.get(3)?,
        totp_offered: row.get(4)?,
        totp_step: row.get(5)?,
    })
}

/// By the name to sign in with.
pub(crate) fn by_login(db: &Connection, login: &Login) -> Result<Option<Stored>, StoreError> {
    let mut query = db.prepare_cached(&format!("{COLUMNS} WHERE login = ?1"))?;
    Ok(query.query_row([login.as_str()], read).optional()?)
}

/// By its technician.
pub(crate) fn of(db: &Connection, technician: TechnicianId) -> Result<Option<Stored>, StoreError> {
    let mut query = db.prepare_cached(&format!("{COLUMNS} WHERE technician = ?1"))?;
    Ok(query.query_row([technician.to_string()], read).optional()?)
}

/// All of them, by name.
pub(crate) fn all(db: &Connection) -> Result<Vec<Stored>, StoreError> {
    let mut query = db.prepare_cached(&format!("{COLUMNS} ORDER BY login"))?;
    Ok(query.query_map([], read)?.collect::<Result<_, _>>()?)
}

/// An account for a technician, or another name and password for the one he has; it asks for no code then.
pub(crate) fn put(
    db: &Connection,
    technician: TechnicianId,
    login: &Login,
    password: &str,
    now: UnixMillis,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO accounts (technician, login, password, created_at) VALUES (?1, ?2, ?3, ?4) \
               ON CONFLICT (technician) DO UPDATE SET login = ?2, password = ?3, totp = NULL, totp_offered = NULL";
    db.prepare_cached(sql)?.execute(params![technician.to_string(), login.as_str(), password, now.0])?;
    set_recovery(db, technician, &[])
}

/// Another password.
pub(crate) fn set_password(db: &Connection, technician: TechnicianId, password: &str) -> Result<(), StoreError> {
    let sql = "UPDATE accounts SET password = ?2 WHERE technician = ?1";
    db.prepare_cached(sql)?.execute(params![technician.to_string(), password])?;
    Ok(())
}

/// What codes are to be made of, once it is confirmed.
pub(crate) fn offer_totp(db: &Connection, technician: TechnicianId, secret: &TotpSecret) -> Result<(), StoreError> {
    let sql = "UPDATE accounts SET totp_offered = ?2 WHERE technician = ?1";
    db.prepare_cached(sql)?.execute(params![technician.to_string(), secret])?;
    Ok(())
}

/// What codes are made of from now on; `None` for no codes.
pub(crate) fn set_totp(
    db: &Connection,
    technician: TechnicianId,
    secret: Option<&TotpSecret>,
    step: i64,
) -> Result<(), StoreError> {
    let sql = "UPDATE accounts SET totp = ?2, totp_offered = NULL, totp_step = ?3 WHERE technician = ?1";
    db.prepare_cached(sql)?.execute(params![technician.to_string(), secret, step])?;
    Ok(())
}

/// The code of this step was used.
pub(crate) fn used_step(db: &Connection, technician: TechnicianId, step: i64) -> Result<(), StoreError> {
    let sql = "UPDATE accounts SET totp_step = ?2 WHERE technician = ?1";
    db.prepare_cached(sql)?.execute(params![technician.to_string(), step])?;
    Ok(())
}

/// These recovery codes and no others.
pub(crate) fn set_recovery(db: &Connection, technician: TechnicianId, digests: &[[u8; 32]]) -> Result<(), StoreError> {
    let technician = technician.to_string();
    db.prepare_cached("DELETE FROM recovery_codes WHERE technician = ?1")?.execute([&technician])?;
    let mut add = db.prepare_cached("INSERT INTO recovery_codes (technician, digest) VALUES (?1, ?2)")?;
    for digest in digests {
        add.execute(params![technician, digest])?;
    }
    Ok(())
}

/// Uses a recovery code up. Says whether there was such a one.
pub(crate) fn use_recovery(db: &Connection, technician: TechnicianId, digest: &[u8; 32]) -> Result<bool, StoreError> {
    let sql = "DELETE FROM recovery_codes WHERE technician = ?1 AND digest = ?2";
    Ok(db.prepare_cached(sql)?.execute(params![technician.to_string(), digest])? > 0)
}

/// Recovery codes that are left.
pub(crate) fn recovery_left(db: &Connection, technician: TechnicianId) -> Result<u32, StoreError> {
    let mut query = db.prepare_cached("SELECT count(*) FROM recovery_codes WHERE technician = ?1")?;
    Ok(query.query_row([technician.to_string()], |row| row.get(0))?)
}

/// Tries in vain under one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tries {
    /// In a row.
    pub(crate) failures: u32,
    /// Until when nobody is let try.
    pub(crate) locked_until: UnixMillis,
}

/// Those of a name, unless they are forgotten.
pub(crate) fn tries(db: &Connection, name: &[u8; 32], now: UnixMillis) -> Result<Tries, StoreError> {
    let sql = "SELECT failures, locked_until FROM sign_in_tries WHERE name = ?1 AND last_at >= ?2";
    let mut query = db.prepare_cached(sql)?;
    let read = |row: &Row<'_>| Ok(Tries { failures: row.get(0)?, locked_until: row::at(row, 1)? });
    let found = query.query_row(params![name, now.0.saturating_sub(millis(FORGOTTEN))], read).optional()?;
    Ok(found.unwrap_or(Tries { failures: 0, locked_until: UnixMillis(0) }))
}

/// Notes them.
pub(crate) fn set_tries(db: &Connection, name: &[u8; 32], tries: Tries, now: UnixMillis) -> Result<(), StoreError> {
    let sql = "INSERT INTO sign_in_tries (name, failures, locked_until, last_at) VALUES (?1, ?2, ?3, ?4) \
               ON CONFLICT (name) DO UPDATE SET failures = ?2, locked_until = ?3, last_at = ?4";
    db.prepare_cached(sql)?.execute(params![name, tries.failures, tries.locked_until.0, now.0])?;
    Ok(())
}

/// Forgets what was long ago, and the oldest when there are too many.
pub(crate) fn forget_tries(db: &Connection, now: UnixMillis) -> Result<(), StoreError> {
    db.prepare_cached("DELETE FROM sign_in_tries WHERE last_at < ?1")?
        .execute([now.0.saturating_sub(millis(FORGOTTEN))])?;
    let sql = "DELETE FROM sign_in_tries WHERE name IN \
               (SELECT name FROM sign_in_tries ORDER BY last_at DESC LIMIT -1 OFFSET ?1)";
    db.prepare_cached(sql)?.execute([NAMES])?;
    Ok(())
}

/// A span as the tables count it.
pub(crate) fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}
