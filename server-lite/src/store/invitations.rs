//! Table `invitations`: the public halves of the ways into a session. A finder stands for at most one session as long
//! as its invitation is not dead.

use deskhand_core::invitation::Invitation;
use deskhand_protocol::{UnixMillis, id::RecordId, id::SessionId, key::Digest, relay::http::InvitationKind};
use rusqlite::{Connection, ErrorCode, OptionalExtension as _, params};

use super::{StoreError, row};
use crate::clock;

/// Adds one. False if its finder already stands for a session.
pub(crate) fn add(
    db: &Connection,
    session: SessionId,
    kind: InvitationKind,
    finder: &Digest,
    expires_at: UnixMillis,
    now: UnixMillis,
) -> Result<bool, StoreError> {
    let id = RecordId::from_uuid(clock::new_id());
    let sql = "INSERT INTO invitations (id, session, kind, finder, created_at, expires_at) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let kind = row::to_word(&kind)?;
    let values = params![id.to_string(), session.to_string(), kind, finder.as_bytes(), now.0, expires_at.0];
    match db.prepare_cached(sql)?.execute(values) {
        Ok(_) => Ok(true),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Lets go of finders whose invitations nobody can use any more, so that they may be given anew.
pub(crate) fn bury(db: &Connection, now: UnixMillis) -> Result<usize, StoreError> {
    let sql = "UPDATE invitations SET dead_at = ?1 WHERE dead_at IS NULL AND used_at IS NULL AND expires_at <= ?1";
    Ok(db.prepare_cached(sql)?.execute([now.0])?)
}

/// The session that a finder stands for.
pub(crate) fn find(db: &Connection, finder: &Digest) -> Result<Option<(SessionId, Invitation)>, StoreError> {
    let sql = "SELECT session, expires_at FROM invitations WHERE finder = ?1 AND dead_at IS NULL";
    let mut query = db.prepare_cached(sql)?;
    let read =
        |row: &rusqlite::Row<'_>| Ok((row::id(row, 0)?, Invitation { expires_at: row::at(row, 1)?, dead: false }));
    Ok(query.query_row([finder.as_bytes()], read).optional()?)
}

/// The session that a link's finder stood for, dead or not. Not for spoken ones, which are given anew.
pub(crate) fn find_old_link(db: &Connection, finder: &Digest) -> Result<Option<(SessionId, UnixMillis)>, StoreError> {
    let sql =
        "SELECT session, expires_at FROM invitations WHERE finder = ?1 AND kind = 'link' ORDER BY id DESC LIMIT 1";
    let mut query = db.prepare_cached(sql)?;
    Ok(query.query_row([finder.as_bytes()], |row| Ok((row::id(row, 0)?, row::at(row, 1)?))).optional()?)
}

/// The first claim was made: the spoken code is no longer shown.
pub(crate) fn used(db: &Connection, session: SessionId, now: UnixMillis) -> Result<(), StoreError> {
    let sql = "UPDATE invitations SET used_at = ?2 WHERE session = ?1 AND dead_at IS NULL AND used_at IS NULL";
    db.prepare_cached(sql)?.execute(params![session.to_string(), now.0])?;
    Ok(())
}

/// Ends the spoken codes of a session; its link may be used by another helper again.
pub(crate) fn revoke_spoken(db: &Connection, session: SessionId, now: UnixMillis) -> Result<(), StoreError> {
    let sql = "UPDATE invitations SET dead_at = ?2 WHERE session = ?1 AND kind = 'spoken' AND dead_at IS NULL";
    db.prepare_cached(sql)?.execute(params![session.to_string(), now.0])?;
    db.prepare_cached("UPDATE invitations SET used_at = NULL WHERE session = ?1 AND dead_at IS NULL")?
        .execute([session.to_string()])?;
    Ok(())
}

/// The session is over: all its finders are let go.
pub(crate) fn end(db: &Connection, session: SessionId, now: UnixMillis) -> Result<(), StoreError> {
    let sql = "UPDATE invitations SET dead_at = ?2 WHERE session = ?1 AND dead_at IS NULL";
    db.prepare_cached(sql)?.execute(params![session.to_string(), now.0])?;
    Ok(())
}

/// When the last way into a session stops being one; a revoked code counts until it would have expired, so that its
/// session waits for a new one.
pub(crate) fn last_expiry(db: &Connection, session: SessionId) -> Result<Option<UnixMillis>, StoreError> {
    let mut query = db.prepare_cached("SELECT max(expires_at) FROM invitations WHERE session = ?1")?;
    Ok(query.query_row([session.to_string()], |row| row::maybe_at(row, 0))?)
}

/// How many invitations a session has ever had.
pub(crate) fn count(db: &Connection, session: SessionId) -> Result<u32, StoreError> {
    let mut query = db.prepare_cached("SELECT count(*) FROM invitations WHERE session = ?1")?;
    Ok(query.query_row([session.to_string()], |row| row.get(0))?)
}
