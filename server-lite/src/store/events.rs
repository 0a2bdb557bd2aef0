//! Tables `session_events` and `consents`.

use deskhand_protocol::{
    UnixMillis,
    id::{DeviceId, RecordId, SessionId},
    record::{SessionEvent, SessionEventRecord},
};
use rusqlite::{Connection, params};

use super::{StoreError, row};
use crate::clock;

/// Events of one session in one list; a session that has more was tampered with.
const LIST: u32 = 10_000;

/// Adds an event at the end of a session's list, and the consent if it is one.
pub(crate) fn add(
    db: &Connection,
    session: SessionId,
    device: Option<DeviceId>,
    event: &SessionEvent,
    now: UnixMillis,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO session_events (session, seq, at, event) VALUES \
               (?1, (SELECT coalesce(max(seq), 0) + 1 FROM session_events WHERE session = ?1), ?2, ?3)";
    db.prepare_cached(sql)?.execute(params![session.to_string(), now.0, serde_json::to_string(event)?])?;
    let SessionEvent::Consent { asked, granted, answer } = event else { return Ok(()) };
    let sql = "INSERT INTO consents (id, session, device, asked, granted, answer, answered_at) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    db.prepare_cached(sql)?.execute(params![
        RecordId::from_uuid(clock::new_id()).to_string(),
        session.to_string(),
        device.map(|id| id.to_string()),
        serde_json::to_string(asked)?,
        serde_json::to_string(granted)?,
        row::to_word(answer)?,
        now.0
    ])?;
    Ok(())
}

/// Whether the customer has reported the technician.
pub(crate) fn was_reported(db: &Connection, session: SessionId) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM session_events \
               WHERE session = ?1 AND json_extract(event, '$.kind') = 'reported')";
    Ok(db.prepare_cached(sql)?.query_row([session.to_string()], |row| row.get(0))?)
}

/// All events of a session, in order.
pub(crate) fn list(db: &Connection, session: SessionId) -> Result<Vec<SessionEventRecord>, StoreError> {
    let sql = "SELECT seq, at, event FROM session_events WHERE session = ?1 ORDER BY seq LIMIT ?2";
    let mut query = db.prepare_cached(sql)?;
    let read = |row: &rusqlite::Row<'_>| {
        Ok(SessionEventRecord { seq: row.get(0)?, at: row::at(row, 1)?, event: row::json(row, 2)? })
    };
    Ok(query.query_map(params![session.to_string(), LIST], read)?.collect::<Result<_, _>>()?)
}
