//! Somebody asks for help on the relay's page; a technician takes it up or puts it aside.

use deskhand_protocol::{
    id::{RecordId, TechnicianId},
    template::HelpRequest,
};
use serde_json::json;

use crate::{
    clock,
    happening::Happening,
    refusal::Refusal,
    store::{Change, audit::Actor, requests as table},
};

/// Stores a request.
pub(crate) fn ask(
    change: &mut Change<'_>,
    name: deskhand_protocol::text::Name,
    problem: deskhand_protocol::text::ChatText,
) -> Result<RecordId, Refusal> {
    let id = RecordId::from_uuid(clock::new_secret_id()?);
    let request = HelpRequest { id, name, problem, asked_at: change.now, closed_at: None };
    let surplus = table::add(change.db, &request)?;
    change.audit(Actor::Stranger, "request.asked", &target(id), &json!({}))?;
    change.happened(Happening::Request(id))?;
    if let Some(surplus) = surplus {
        change.happened(Happening::Request(surplus))?;
    }
    Ok(id)
}

/// Closes one that waits.
pub(crate) fn close(change: &mut Change<'_>, by: TechnicianId, id: RecordId, taken_up: bool) -> Result<(), Refusal> {
    if !table::close(change.db, id, Some(by), change.now)? {
        return Err(Refusal::not_found());
    }
    change.audit(Actor::Technician(by), "request.closed", &target(id), &json!({ "taken_up": taken_up }))?;
    Ok(change.happened(Happening::Request(id))?)
}

/// The request's id opens its page, so the log names it only by its beginning.
fn target(id: RecordId) -> String {
    let id = id.to_string();
    format!("request:{}", id.get(..8).unwrap_or_default())
}
