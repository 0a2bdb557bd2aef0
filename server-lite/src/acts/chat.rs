//! Someone writes.

use deskhand_protocol::{
    error::ErrorCode,
    id::{MessageId, SessionId, TechnicianId},
    record::{Author, ChatMessage},
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
