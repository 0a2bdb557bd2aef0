//! Someone writes, and has taken in what was written.

use deskhand_protocol::{
    error::ErrorCode,
    id::{MessageId, SessionId, TechnicianId},
    record::{Author, ChatMessage, Marks},
    text::ChatText,
};
use serde_json::json;

use super::{customer, load, sessions::own, target};
use crate::{
    happening::Happening,
    refusal::Refusal,
    store::{
        Change,
        audit::Actor,
        chat,
        sessions::{self as table, Stored},
    },
};

/// Messages in one conversation: more than two people write in eight hours.
const MOST: u32 = 20_000;

/// The technician writes in his own session.
pub(crate) fn by_technician(
    change: &mut Change<'_>,
    technician: TechnicianId,
    session: SessionId,
    (id, text): (MessageId, ChatText),
) -> Result<Option<ChatMessage>, Refusal> {
    let stored = own(change, technician, session)?;
    write(change, stored, (id, Author::Technician, text), Actor::Technician(technician))
}

/// The customer writes in a session that his helper has taken up.
pub(crate) fn by_customer(
    change: &mut Change<'_>,
    session: SessionId,
    (id, text): (MessageId, ChatText),
) -> Result<Option<ChatMessage>, Refusal> {
    let stored = load(change, session)?;
    let actor = customer(&stored);
    write(change, stored, (id, Author::Customer, text), actor)
}

/// The technician has taken in so much of what the customer wrote. After the end too: he may read the last of it then.
pub(crate) fn taken_in_by_technician(
    change: &mut Change<'_>,
    technician: TechnicianId,
    session: SessionId,
    marks: Marks,
) -> Result<(), Refusal> {
    let stored = own(change, technician, session)?;
    taken_in(change, &stored, Author::Technician, marks)
}

/// The customer has taken in so much of what the technicians wrote, in a session that his helper has taken up.
pub(crate) fn taken_in_by_customer(change: &mut Change<'_>, session: SessionId, marks: Marks) -> Result<(), Refusal> {
    let stored = load(change, session)?;
    taken_in(change, &stored, Author::Customer, marks)
}

/// Keeps it and has the other end told, if it is more than was known. Nothing else is written of it.
fn taken_in(change: &mut Change<'_>, stored: &Stored, of: Author, said: Marks) -> Result<(), Refusal> {
    if let Some(marks) = chat::mark(change.db, stored.conversation, of, said)? {
        let (session, technician) = (stored.id, stored.technician);
        change.happened(Happening::Marks { session, technician, of, marks })?;
    }
    Ok(())
}

/// Stores a message and has both ends told. One that was stored before is given back instead, as it was then.
fn write(
    change: &mut Change<'_>,
    mut stored: Stored,
    (id, author, text): (MessageId, Author, ChatText),
    actor: Actor,
) -> Result<Option<ChatMessage>, Refusal> {
    let conflict = |detail| Err(Refusal::new(ErrorCode::Conflict, detail));
    if let Some(before) = chat::find(change.db, stored.conversation, stored.id, id)? {
        return if before.author == author { Ok(Some(before)) } else { conflict("the message id is taken") };
    }
    if stored.life.is_over() {
        return Err(Refusal::over());
    }
    if text.is_blank() {
        return conflict("the message is empty");
    }
    let bytes = text.as_str().len();
    let message = chat::add(change.db, stored.conversation, stored.id, (id, author, text), change.now)?;
    if message.seq > MOST {
        return conflict("the conversation is full");
    }
    let summary = json!({ "message": id, "seq": message.seq, "bytes": bytes });
    change.audit(actor, "chat.sent", &target(stored.id), &summary)?;
    stored.life.heard(change.now);
    table::save(change.db, &stored)?;
    change.happened(Happening::Chat { technician: stored.technician, message })?;
    Ok(None)
}
