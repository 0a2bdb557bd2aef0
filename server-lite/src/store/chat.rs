//! Table `messages`: chat, numbered from 1 without gaps in each conversation, each message once however often it is
//! sent. And how far each side has taken in what the other wrote, in `conversations`.

use deskhand_protocol::{
    UnixMillis,
    id::{ConversationId, MessageId, SessionId},
    record::{Author, ChatMarks, ChatMessage, Marks},
    text::ChatText,
};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{StoreError, row};

/// Messages in one page.
const PAGE: u32 = 200;
const COLUMNS: &str = "SELECT client_id, seq, author, body, sent_at FROM messages WHERE conversation = ?1";

fn read(row: &Row<'_>, session: SessionId) -> rusqlite::Result<ChatMessage> {
    Ok(ChatMessage {
        id: row::id(row, 0)?,
        session,
        seq: row.get(1)?,
        author: row::word(row, 2)?,
        text: row::text(row, 3)?,
        sent_at: row::at(row, 4)?,
    })
}

/// The message with this id, if it was stored before.
pub(crate) fn find(
    db: &Connection,
    conversation: ConversationId,
    session: SessionId,
    id: MessageId,
) -> Result<Option<ChatMessage>, StoreError> {
    let mut query = db.prepare_cached(&format!("{COLUMNS} AND client_id = ?2"))?;
    Ok(query.query_row([conversation.to_string(), id.to_string()], |row| read(row, session)).optional()?)
}

/// Stores a new message at the end of its conversation.
pub(crate) fn add(
    db: &Connection,
    conversation: ConversationId,
    session: SessionId,
    (id, author, text): (MessageId, Author, ChatText),
    now: UnixMillis,
) -> Result<ChatMessage, StoreError> {
    let sql = "INSERT INTO messages (conversation, seq, client_id, author, body, sent_at) VALUES \
               (?1, (SELECT coalesce(max(seq), 0) + 1 FROM messages WHERE conversation = ?1), ?2, ?3, ?4, ?5) \
               RETURNING seq";
    let mut query = db.prepare_cached(sql)?;
    let values = params![conversation.to_string(), id.to_string(), row::to_word(&author)?, text.as_str(), now.0];
    let seq = query.query_row(values, |row| row.get(0))?;
    Ok(ChatMessage { id, session, seq, author, text, sent_at: now })
}

/// How far each side has taken the conversation in.
pub(crate) fn marks(db: &Connection, conversation: ConversationId) -> Result<ChatMarks, StoreError> {
    let sql = "SELECT technician_delivered, technician_read, customer_delivered, customer_read FROM conversations \
               WHERE id = ?1";
    let read = |row: &Row<'_>| {
        Ok(ChatMarks {
            technician: Marks { delivered: row.get(0)?, read: row.get(1)? },
            customer: Marks { delivered: row.get(2)?, read: row.get(3)? },
        })
    };
    Ok(db.prepare_cached(sql)?.query_row([conversation.to_string()], read).optional()?.unwrap_or_default())
}

/// Keeps how far one side says it has taken in what the other wrote, as far as that exists and is more than before.
/// Gives how far now, if it is more.
pub(crate) fn mark(
    db: &Connection,
    conversation: ConversationId,
    of: Author,
    said: Marks,
) -> Result<Option<Marks>, StoreError> {
    let known = marks(db, conversation)?;
    let (known, other, sql) = match of {
        Author::Technician => (
            known.technician,
            Author::Customer,
            "UPDATE conversations SET technician_delivered = ?2, technician_read = ?3 WHERE id = ?1",
        ),
        Author::Customer => (
            known.customer,
            Author::Technician,
            "UPDATE conversations SET customer_delivered = ?2, customer_read = ?3 WHERE id = ?1",
        ),
    };
    let last = "SELECT coalesce(max(seq), 0) FROM messages WHERE conversation = ?1 AND author = ?2 AND seq <= ?3";
    let mut last = db.prepare_cached(last)?;
    let other = row::to_word(&other)?;
    let mut up_to =
        |seq: u32| last.query_row(params![conversation.to_string(), other, seq], |row| row.get::<_, u32>(0));
    let read = known.read.max(up_to(said.read)?);
    // What was read has come.
    let delivered = known.delivered.max(up_to(said.delivered)?).max(read);
    let now = Marks { delivered, read };
    if now == known {
        return Ok(None);
    }
    db.prepare_cached(sql)?.execute(params![conversation.to_string(), delivered, read])?;
    Ok(Some(now))
}

/// A page of messages after `after`, in order.
pub(crate) fn page(
    db: &Connection,
    conversation: ConversationId,
    session: SessionId,
    after: u32,
) -> Result<Vec<ChatMessage>, StoreError> {
    let mut query = db.prepare_cached(&format!("{COLUMNS} AND seq > ?2 ORDER BY seq LIMIT ?3"))?;
    let values = params![conversation.to_string(), after, PAGE];
    Ok(query.query_map(values, |row| read(row, session))?.collect::<Result<_, _>>()?)
}

/// The newest messages whose texts together have at most `bytes` bytes, in order.
pub(crate) fn newest(
    db: &Connection,
    conversation: ConversationId,
    session: SessionId,
    bytes: usize,
) -> Result<Vec<ChatMessage>, StoreError> {
    /// What a message adds around its text, in JSON.
    const AROUND: usize = 250;
    let mut query = db.prepare_cached(&format!("{COLUMNS} ORDER BY seq DESC"))?;
    let mut rows = query.query([conversation.to_string()])?;
    let (mut messages, mut left) = (Vec::new(), bytes);
    while let Some(row) = rows.next()? {
        let message = read(row, session)?;
        let escaped: usize = message
            .text
            .as_str()
            .chars()
            .map(|c| if c == '\n' || c == '"' || c == '\\' { 2 } else { c.len_utf8() })
            .sum();
        let Some(rest) = left.checked_sub(escaped + AROUND) else { break };
        left = rest;
        messages.push(message);
    }
    messages.reverse();
    Ok(messages)
}
