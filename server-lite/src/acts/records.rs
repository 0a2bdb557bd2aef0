//! What technicians write to records, and what they take away.

use std::collections::BTreeSet;

use deskhand_protocol::{
    error::ErrorCode,
    id::{DeviceId, SessionId, TechnicianId},
    limit::{RECORDS, TAGS},
    relay::records::{DeviceEdit, SessionEdit},
    text::Tag,
};
use serde_json::json;

use super::{load, target};
use crate::{
    happening::Happening,
    refusal::Refusal,
    store::{
        Change,
        audit::Actor,
        devices, events,
        sessions::{self as table, Stored},
        technicians::{self, Scope},
    },
};

const TOO_MANY_TAGS: Refusal = Refusal::malformed("that is more tags than one record may have");
const BLANK_TAG: Refusal = Refusal::malformed("a tag is empty or has more than one line");

/// A session within reach; any other is not found.
pub(crate) fn within_reach(
    change: &Change<'_>,
    technician: TechnicianId,
    session: SessionId,
) -> Result<Stored, Refusal> {
    let stored = load(change, session)?;
    let scope = technicians::scope(change.db, technician)?;
    if scope.holds(stored.technician) { Ok(stored) } else { Err(Refusal::not_found()) }
}

/// Tags as they are kept: without spaces around them, each once.
fn tidy(tags: &[Tag]) -> Result<Vec<Tag>, Refusal> {
    let mut tidied = BTreeSet::new();
    for tag in tags {
        let trimmed = tag.as_str().trim();
        if trimmed.is_empty() || trimmed.contains('\n') {
            return Err(BLANK_TAG);
        }
        tidied.insert(Tag::lossy(trimmed));
    }
    if tidied.len() > TAGS { Err(TOO_MANY_TAGS) } else { Ok(tidied.into_iter().collect()) }
}

/// Changes tags or notes of a session. What they say stays out of the audit log: they are a technician's own words.
pub(crate) fn edit_session(
    change: &mut Change<'_>,
    technician: TechnicianId,
    session: SessionId,
    edit: SessionEdit,
) -> Result<(), Refusal> {
    let mut stored = within_reach(change, technician, session)?;
    let mut changed = Vec::new();
    if let Some(tags) = edit.tags {
        table::save_tags(change.db, session, &tidy(&tags)?)?;
        changed.push("tags");
    }
    if let Some(notes) = edit.notes {
        stored.notes = notes;
        table::save_words(change.db, &stored)?;
        changed.push("notes");
    }
    if changed.is_empty() {
        return Err(Refusal::malformed("an edit names what it changes"));
    }
    let summary = json!({ "changed": changed });
    change.audit(Actor::Technician(technician), "session.edited", &target(session), &summary)?;
    change.happened(Happening::Session(session))?;
    Ok(())
}

/// Deletes a session that is over, with its chat and events. The audit log keeps that there was one. Who was reported
/// in it does not take the report away: only the owner does.
pub(crate) fn delete_session(
    change: &mut Change<'_>,
    technician: TechnicianId,
    session: SessionId,
) -> Result<(), Refusal> {
    let stored = within_reach(change, technician, session)?;
    if !stored.life.is_over() {
        return Err(Refusal::new(ErrorCode::Conflict, "the session is not over; end it first"));
    }
    if technicians::scope(change.db, technician)? != Scope::All && events::was_reported(change.db, session)? {
        return Err(Refusal::new(
            ErrorCode::Forbidden,
            "the customer reported this session; only the owner deletes it",
        ));
    }
    table::delete(change.db, &stored)?;
    let summary = json!({
        "created_at": stored.created_at, "started_at": stored.life.started_at, "ended_at": stored.life.ended_at,
    });
    change.audit(Actor::Technician(technician), "session.deleted", &target(session), &summary)?;
    change.happened(Happening::SessionRemoved { session, technician: stored.technician })?;
    Ok(())
}

fn named(ids: &[DeviceId]) -> Result<BTreeSet<DeviceId>, Refusal> {
    if ids.is_empty() || ids.len() > RECORDS {
        return Err(Refusal::malformed("between one and a thousand devices are named"));
    }
    Ok(ids.iter().copied().collect())
}

/// Changes devices in the same way, all or none. One that is gone is left out. Says how many there were.
pub(crate) fn edit_devices(
    change: &mut Change<'_>,
    technician: TechnicianId,
    ids: &[DeviceId],
    edit: &DeviceEdit,
) -> Result<u32, Refusal> {
    let ids = named(ids)?;
    let (add, remove) = (tidy(&edit.add_tags)?, tidy(&edit.remove_tags)?);
    let mut changed = Vec::new();
    changed.extend(edit.customer.as_ref().map(|_| "customer"));
    changed.extend(edit.machine.as_ref().map(|_| "machine"));
    changed.extend(edit.notes.as_ref().map(|_| "notes"));
    if !add.is_empty() || !remove.is_empty() {
        changed.push("tags");
    }
    if changed.is_empty() {
        return Err(Refusal::malformed("an edit names what it changes"));
    }
    let summary = json!({ "changed": changed });
    let mut count = 0;
    for id in ids {
        let Some(mut names) = devices::names(change.db, id)? else { continue };
        if edit.customer.is_some() || edit.machine.is_some() {
            if let Some(customer) = &edit.customer {
                names.customer = Some(customer.clone()).filter(|name| !name.is_blank());
            }
            if let Some(machine) = &edit.machine {
                names.machine = Some(machine.clone()).filter(|name| !name.is_blank());
            }
            devices::save_names(change.db, id, &names)?;
        }
        if let Some(notes) = &edit.notes {
            devices::save_notes(change.db, id, notes)?;
        }
        if devices::change_tags(change.db, id, &add, &remove)? as usize > TAGS {
            return Err(TOO_MANY_TAGS);
        }
        change.audit(Actor::Technician(technician), "device.edited", &format!("device:{id}"), &summary)?;
        change.happened(Happening::Device(id))?;
        count += 1;
    }
    Ok(count)
}

/// Removes devices, all or none; their sessions stay. Says how many there were.
pub(crate) fn remove_devices(
    change: &mut Change<'_>,
    technician: TechnicianId,
    ids: &[DeviceId],
) -> Result<u32, Refusal> {
    let mut count = 0;
    for id in named(ids)? {
        if devices::is_in_session(change.db, id)? {
            return Err(Refusal::new(ErrorCode::Conflict, "a device is in a session; end it first"));
        }
        if devices::remove(change.db, id)? {
            change.audit(Actor::Technician(technician), "device.removed", &format!("device:{id}"), &json!({}))?;
            change.happened(Happening::DeviceRemoved(id))?;
            count += 1;
        }
    }
    Ok(count)
}

/// A table of records was handed out.
pub(crate) fn exported(
    change: &Change<'_>,
    technician: TechnicianId,
    what: &'static str,
    rows: usize,
) -> Result<(), Refusal> {
    Ok(change.audit(Actor::Technician(technician), what, "relay", &json!({ "rows": rows }))?)
}
