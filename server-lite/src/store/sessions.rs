//! Table `sessions`: one support call each. What rules change of it is a [`Life`]; it is loaded, changed by the rules
//! and saved inside one change, so that no two tasks ever disagree about where a session stands.

use deskhand_core::life::Life;
use deskhand_protocol::{
    UnixMillis,
    id::{ConversationId, DeviceId, SessionId, TechnicianId},
    record::{EndReason, Location, SessionRecord, Via},
    text::{Name, Note, Tag},
};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{StoreError, row};

/// A session as rules and acts need it.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) id: SessionId,
    pub(crate) technician: TechnicianId,
    pub(crate) technician_name: Name,
    pub(crate) company: Name,
    pub(crate) customer: Name,
    pub(crate) machine: Option<Name>,
    pub(crate) conversation: ConversationId,
    pub(crate) device: Option<DeviceId>,
    pub(crate) came: Came,
    pub(crate) notes: Note,
    pub(crate) created_at: UnixMillis,
    pub(crate) life: Life,
    /// Of a colleague's: the session of the technician who was called, and who invited him.
    pub(crate) joins: Option<SessionId>,
    pub(crate) invited_by: Option<Name>,
}

/// What is kept of the device that came, as it was then, or of the browser.
#[derive(Debug, Clone, Default)]
pub(crate) struct Came {
    pub(crate) via: Via,
    pub(crate) host: Option<Name>,
    pub(crate) os: Option<Name>,
    pub(crate) location: Option<Location>,
}

impl Stored {
    /// Everything that is searched, in small letters.
    fn words(&self) -> String {
        let host = self.came.host.as_ref().map_or("", Name::as_str);
        let machine = self.machine.as_ref().map_or("", Name::as_str);
        let (customer, technician, notes) =
            (self.customer.as_str(), self.technician_name.as_str(), self.notes.as_str());
        format!("{customer}\n{machine}\n{host}\n{technician}\n{}\n{notes}", self.id).to_lowercase()
    }
}

pub(super) const COLUMNS: &str = "s.id, s.technician, s.technician_name, s.company, s.customer, s.machine, \
     coalesce((SELECT r.conversation FROM sessions r WHERE r.id = s.joins), s.conversation), s.device, s.created_at, \
     s.status, s.helper_key, s.granted, s.waiting_at, s.started_at, s.ended_at, s.end_reason, s.last_active_at, \
     s.unseen, s.host, s.os, s.country, s.region, s.city, s.notes, s.via, s.joins, s.invited_by";

fn read(row: &Row<'_>) -> rusqlite::Result<Stored> {
    Ok(Stored {
        id: row::id(row, 0)?,
        technician: row::id(row, 1)?,
        technician_name: row::name(row, 2)?,
        company: row::name(row, 3)?,
        customer: row::name(row, 4)?,
        machine: row::maybe_name(row, 5)?,
        conversation: row::id(row, 6)?,
        device: row::maybe_id(row, 7)?,
        came: Came {
            via: row::word(row, 24)?,
            host: row::maybe_name(row, 18)?,
            os: row::maybe_name(row, 19)?,
            location: row::location(row, 20)?,
        },
        notes: row::text(row, 23)?,
        created_at: row::at(row, 8)?,
        life: Life {
            status: row::word(row, 9)?,
            helper_key: row::maybe_key(row, 10)?,
            granted: row::json(row, 11)?,
            waiting_at: row::maybe_at(row, 12)?,
            started_at: row::maybe_at(row, 13)?,
            ended_at: row::maybe_at(row, 14)?,
            end_reason: row::maybe_word::<EndReason>(row, 15)?,
            last_active_at: row::at(row, 16)?,
            unseen: row::maybe_word(row, 17)?,
        },
        joins: row::maybe_id(row, 25)?,
        invited_by: row::maybe_name(row, 26)?,
    })
}

/// Stores a new one, with the conversation it has.
pub(crate) fn add(db: &Connection, new: &Stored) -> Result<(), StoreError> {
    let conversation = "INSERT INTO conversations (id, created_at) VALUES (?1, ?2)";
    db.prepare_cached(conversation)?.execute(params![new.conversation.to_string(), new.created_at.0])?;
    let sql = "INSERT INTO sessions (id, status, customer, machine, technician, technician_name, company, \
               conversation, created_at, last_active_at, words, joins, invited_by) \
               VALUES (?1, 'open', ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9, ?10, ?11)";
    db.prepare_cached(sql)?.execute(params![
        new.id.to_string(),
        new.customer.as_str(),
        new.machine.as_ref().map(Name::as_str),
        new.technician.to_string(),
        new.technician_name.as_str(),
        new.company.as_str(),
        new.conversation.to_string(),
        new.created_at.0,
        new.words(),
        new.joins.map(|id| id.to_string()),
        new.invited_by.as_ref().map(Name::as_str)
    ])?;
    Ok(())
}

/// Loads one.
pub(crate) fn load(db: &Connection, id: SessionId) -> Result<Option<Stored>, StoreError> {
    let mut query = db.prepare_cached(&format!("SELECT {COLUMNS} FROM sessions s WHERE s.id = ?1"))?;
    Ok(query.query_row([id.to_string()], read).optional()?)
}

/// The sessions of one call that are not over, with whose they are: that of the technician who was called, and his
/// colleagues'.
pub(crate) fn of_one_call(db: &Connection, id: SessionId) -> Result<Vec<(SessionId, TechnicianId)>, StoreError> {
    let sql = "SELECT o.id, o.technician FROM sessions s JOIN sessions o \
               ON o.id = coalesce(s.joins, s.id) OR o.joins = coalesce(s.joins, s.id) \
               WHERE s.id = ?1 AND o.ended_at IS NULL";
    let mut query = db.prepare_cached(sql)?;
    Ok(query.query_map([id.to_string()], |row| Ok((row::id(row, 0)?, row::id(row, 1)?)))?.collect::<Result<_, _>>()?)
}

/// All that are not over.
pub(crate) fn running(db: &Connection) -> Result<Vec<Stored>, StoreError> {
    let mut query = db.prepare_cached(&format!("SELECT {COLUMNS} FROM sessions s WHERE s.ended_at IS NULL"))?;
    Ok(query.query_map([], read)?.collect::<Result<_, _>>()?)
}

/// Saves what rules changed.
pub(crate) fn save(db: &Connection, stored: &Stored) -> Result<(), StoreError> {
    let life = &stored.life;
    let sql = "UPDATE sessions SET status = ?2, device = ?3, helper_key = ?4, granted = ?5, waiting_at = ?6, \
               started_at = ?7, ended_at = ?8, end_reason = ?9, last_active_at = ?10, unseen = ?11 WHERE id = ?1";
    db.prepare_cached(sql)?.execute(params![
        stored.id.to_string(),
        row::to_word(&life.status)?,
        stored.device.map(|id| id.to_string()),
        life.helper_key.map(|key| key.0),
        serde_json::to_string(&life.granted)?,
        life.waiting_at.map(|at| at.0),
        life.started_at.map(|at| at.0),
        life.ended_at.map(|at| at.0),
        life.end_reason.as_ref().map(row::to_word).transpose()?,
        life.last_active_at.0,
        life.unseen.as_ref().map(row::to_word).transpose()?
    ])?;
    Ok(())
}

/// Saves what is kept of the device that came, and the notes.
pub(crate) fn save_words(db: &Connection, stored: &Stored) -> Result<(), StoreError> {
    let sql = "UPDATE sessions SET machine = ?2, host = ?3, os = ?4, country = ?5, region = ?6, city = ?7, \
               notes = ?8, words = ?9, via = ?10 WHERE id = ?1";
    let location = stored.came.location.clone().unwrap_or_default();
    db.prepare_cached(sql)?.execute(params![
        stored.id.to_string(),
        stored.machine.as_ref().map(Name::as_str),
        stored.came.host.as_ref().map(Name::as_str),
        stored.came.os.as_ref().map(Name::as_str),
        location.country.as_ref().map(Name::as_str),
        location.region.as_ref().map(Name::as_str),
        location.city.as_ref().map(Name::as_str),
        stored.notes.as_str(),
        stored.words(),
        row::to_word(&stored.came.via)?
    ])?;
    Ok(())
}

/// Replaces the tags of a session.
pub(crate) fn save_tags(db: &Connection, id: SessionId, tags: &[Tag]) -> Result<(), StoreError> {
    db.prepare_cached("DELETE FROM session_tags WHERE session = ?1")?.execute([id.to_string()])?;
    let mut insert = db.prepare_cached("INSERT INTO session_tags (session, tag) VALUES (?1, ?2)")?;
    for tag in tags {
        insert.execute(params![id.to_string(), tag.as_str()])?;
    }
    Ok(())
}

/// Deletes a session with everything that is its own; the audit log stays.
pub(crate) fn delete(db: &Connection, stored: &Stored) -> Result<(), StoreError> {
    let id = stored.id.to_string();
    // Its own, not the one that it shares with the session it joined.
    let own = "SELECT conversation FROM sessions WHERE id = ?1";
    let conversation: String = db.prepare_cached(own)?.query_row([&id], |row| row.get(0))?;
    for table in ["invitations", "session_events", "consents"] {
        db.prepare_cached(&format!("DELETE FROM {table} WHERE session = ?1"))?.execute([&id])?;
    }
    db.prepare_cached("DELETE FROM sessions WHERE id = ?1")?.execute([&id])?;
    db.prepare_cached("DELETE FROM messages WHERE conversation = ?1")?.execute([&conversation])?;
    db.prepare_cached("DELETE FROM conversations WHERE id = ?1")?.execute([&conversation])?;
    Ok(())
}

/// Sessions that were over before a moment and were not reported, the oldest first.
pub(crate) fn over_before(db: &Connection, before: UnixMillis, most: u32) -> Result<Vec<SessionId>, StoreError> {
    let sql = "SELECT s.id FROM sessions s WHERE s.ended_at < ?1 AND NOT EXISTS (SELECT 1 FROM session_events e \
               WHERE e.session = s.id AND json_extract(e.event, '$.kind') = 'reported') ORDER BY s.ended_at LIMIT ?2";
    let mut query = db.prepare_cached(sql)?;
    Ok(query.query_map(params![before.0, most], |row| row::id(row, 0))?.collect::<Result<_, _>>()?)
}

/// Notes that live sessions were heard of. Says how many.
pub(crate) fn heard(db: &Connection, ids: &[SessionId], now: UnixMillis) -> Result<usize, StoreError> {
    let sql = "UPDATE sessions SET last_active_at = max(last_active_at, ?2) \
               WHERE id = ?1 AND status IN ('live', 'paused')";
    let mut update = db.prepare_cached(sql)?;
    let mut count = 0;
    for id in ids {
        count += update.execute(params![id.to_string(), now.0])?;
    }
    Ok(count)
}

/// What a record has beside [`COLUMNS`].
pub(super) const RECORD: &str = "(SELECT max(i.expires_at) FROM invitations i WHERE i.session = s.id AND i.kind = 'spoken' \
     AND i.dead_at IS NULL AND i.used_at IS NULL), \
     (SELECT json_group_array(t.tag) FROM session_tags t WHERE t.session = s.id) FROM sessions s";

pub(super) fn read_record(row: &Row<'_>, now: UnixMillis) -> rusqlite::Result<SessionRecord> {
    let stored = read(row)?;
    let code_expires_at = row::maybe_at(row, 27)?.filter(|_| !stored.life.is_over());
    Ok(SessionRecord {
        id: stored.id,
        status: stored.life.status,
        customer: stored.customer,
        machine: stored.machine,
        technician: stored.technician,
        technician_name: stored.technician_name,
        joins: stored.joins,
        invited_by: stored.invited_by,
        conversation: stored.conversation,
        device: stored.device,
        helper_key: stored.life.helper_key,
        host: stored.came.host,
        os: stored.came.os,
        location: stored.came.location,
        via: stored.came.via,
        tags: row::json(row, 28)?,
        notes: stored.notes,
        viewers: Vec::new(),
        helper_online: false,
        duration_ms: stored.life.duration_ms(now),
        granted: stored.life.granted,
        created_at: stored.created_at,
        code_expires_at,
        waiting_at: stored.life.waiting_at,
        started_at: stored.life.started_at,
        ended_at: stored.life.ended_at,
        end_reason: stored.life.end_reason,
        last_active_at: stored.life.last_active_at,
    })
}

/// One as it is shown; `helper_online` and `viewers` are for the caller to fill.
pub(crate) fn record(db: &Connection, id: SessionId, now: UnixMillis) -> Result<Option<SessionRecord>, StoreError> {
    let mut query = db.prepare_cached(&format!("SELECT {COLUMNS}, {RECORD} WHERE s.id = ?1"))?;
    Ok(query.query_row([id.to_string()], |row| read_record(row, now)).optional()?)
}

/// A page of a technician's own, newest first, older than `before`.
pub(crate) fn page(
    db: &Connection,
    technician: TechnicianId,
    before: Option<SessionId>,
    limit: u32,
    now: UnixMillis,
) -> Result<Vec<SessionRecord>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS}, {RECORD} WHERE s.technician = ?1 AND (?2 IS NULL OR s.id < ?2) ORDER BY s.id DESC LIMIT ?3"
    );
    let mut query = db.prepare_cached(&sql)?;
    let values = params![technician.to_string(), before.map(|id| id.to_string()), limit];
    Ok(query.query_map(values, |row| read_record(row, now))?.collect::<Result<_, _>>()?)
}
