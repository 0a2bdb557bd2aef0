//! A technician makes a session, gives it a new code, or ends it.

use deskhand_core::{
    invitation,
    life::{Life, LifeError, Outcome},
};
use deskhand_protocol::{
    UnixMillis,
    error::ErrorCode,
    id::{ConversationId, SessionId, TechnicianId},
    limit::SPOKEN_CODE_LIFE,
    record::{EndReason, SessionEvent, TechnicianRecord},
    relay::http::{InvitationKind, InviteColleague, NewInvitation, NewSession},
    text::Note,
};
use serde_json::json;

use super::{load, store, target};
use crate::{
    clock,
    happening::Happening,
    refusal::Refusal,
    store::{
        Change,
        audit::Actor,
        invitations,
        sessions::{self as table, Stored},
        technicians,
    },
};

/// Ways into one session at once: a code, a link and a package, and room for more.
const AT_ONCE: usize = 8;
/// Ways into one session over its life.
const EVER: u32 = 200;
/// Technicians in one call at once, as the relay sees it: those who wait to be let in as well.
const IN_ONE_CALL: usize = 8;

/// Makes a session. Nothing is made if a finder is taken.
pub(crate) fn create(
    change: &mut Change<'_>,
    technician: &TechnicianRecord,
    new: NewSession,
) -> Result<SessionId, Refusal> {
    if new.customer.is_blank() {
        return Err(Refusal::malformed("a session needs the customer's name"));
    }
    if new.invitations.is_empty() || new.invitations.len() > AT_ONCE {
        return Err(Refusal::malformed("a session needs one to eight invitations"));
    }
    let now = change.now;
    let stored = Stored {
        id: SessionId::from_uuid(clock::new_id()),
        technician: technician.id,
        technician_name: technician.name.clone(),
        company: technician.company.clone(),
        customer: new.customer,
        machine: new.machine,
        conversation: ConversationId::from_uuid(clock::new_id()),
        device: None,
        came: table::Came::default(),
        notes: Note::default(),
        created_at: now,
        life: Life::open(now),
        joins: None,
        invited_by: None,
    };
    table::add(change.db, &stored)?;
    invitations::bury(change.db, now)?;
    for invitation in &new.invitations {
        add(change, stored.id, invitation)?;
    }
    let created = Outcome::Changed(SessionEvent::Created);
    store(change, &stored, &created, Actor::Technician(technician.id))?;
    Ok(stored.id)
}

/// Adds a way into a session that has not started: a helper that had come is let go, and a new spoken code takes the
/// place of the old one.
pub(crate) fn invite(
    change: &mut Change<'_>,
    technician: TechnicianId,
    session: SessionId,
    new: &NewInvitation,
) -> Result<(), Refusal> {
    let mut stored = own(change, technician, session)?;
    if invitations::count(change.db, session)? >= EVER {
        return Err(Refusal::new(ErrorCode::Conflict, "the session has had too many invitations; make a new one"));
    }
    let released = stored.life.release(change.now).map_err(|error| match error {
        LifeError::Misfit => Refusal::new(ErrorCode::Conflict, "the session has started; its customer is known"),
        other => other.into(),
    })?;
    if new.kind == InvitationKind::Spoken {
        invitations::revoke_spoken(change.db, session, change.now)?;
    }
    invitations::bury(change.db, change.now)?;
    add(change, session, new)?;
    table::save(change.db, &stored)?;
    let summary = json!({ "kind": new.kind });
    change.audit(Actor::Technician(technician), "invitation.created", &target(session), &summary)?;
    if released.is_some() {
        change.happened(Happening::Released(session))?;
    }
    change.happened(Happening::Session(session))?;
    Ok(())
}

/// Makes a colleague a session of his own in the call of a technician. That he takes part is for the helper to allow, and
/// for the customer: here he only gets a way to be asked for.
pub(crate) fn invite_colleague(
    change: &mut Change<'_>,
    technician: TechnicianId,
    session: SessionId,
    invite: &InviteColleague,
) -> Result<(), Refusal> {
    let conflict = |detail| Refusal::new(ErrorCode::Conflict, detail);
    let stored = own(change, technician, session)?;
    let colleague = technicians::by_id(change.db, invite.technician)?.ok_or_else(Refusal::not_found)?;
    if stored.life.is_over() {
        return Err(Refusal::over());
    }
    if stored.life.started_at.is_none() {
        return Err(conflict("the call has not begun"));
    }
    let call = table::of_one_call(change.db, session)?;
    if call.iter().any(|(_, whose)| *whose == colleague.id) {
        return Err(Refusal::new(ErrorCode::Forbidden, "that technician is in this call, or is asked already"));
    }
    if call.len() >= IN_ONE_CALL {
        return Err(conflict("there are enough technicians in this call"));
    }
    let inviter = technicians::by_id(change.db, technician)?.map(|inviter| inviter.name);
    let now = change.now;
    let joined = Stored {
        id: SessionId::from_uuid(clock::new_id()),
        technician: colleague.id,
        technician_name: colleague.name,
        company: colleague.company,
        customer: stored.customer,
        machine: stored.machine,
        conversation: ConversationId::from_uuid(clock::new_id()),
        device: None,
        came: table::Came::default(),
        notes: Note::default(),
        created_at: now,
        life: Life::open(now),
        joins: Some(stored.joins.unwrap_or(stored.id)),
        invited_by: inviter,
    };
    table::add(change.db, &joined)?;
    invitations::bury(change.db, now)?;
    let life_ms = u64::try_from(SPOKEN_CODE_LIFE.as_millis()).unwrap_or(u64::MAX);
    add(change, joined.id, &NewInvitation { kind: InvitationKind::Spoken, finder: invite.finder, life_ms })?;
    let summary = json!({ "technician": colleague.id, "session": joined.id });
    change.audit(Actor::Technician(technician), "session.colleague_invited", &target(session), &summary)?;
    store(change, &joined, &Outcome::Changed(SessionEvent::Created), Actor::Technician(technician))?;
    Ok(())
}

fn add(change: &Change<'_>, session: SessionId, new: &NewInvitation) -> Result<(), Refusal> {
    let life = invitation::life(new.kind, new.life_ms);
    if life.is_zero() {
        return Err(Refusal::malformed("an invitation needs a time to live"));
    }
    let expires_at = UnixMillis(change.now.0.saturating_add(i64::try_from(life.as_millis()).unwrap_or(i64::MAX)));
    if invitations::add(change.db, session, new.kind, &new.finder, expires_at, change.now)? {
        Ok(())
    } else {
        Err(Refusal::new(ErrorCode::Conflict, "the finder is taken; make another code"))
    }
}

/// Ends a session. Ending one that has ended changes nothing.
pub(crate) fn end(change: &mut Change<'_>, technician: TechnicianId, session: SessionId) -> Result<(), Refusal> {
    let mut stored = own(change, technician, session)?;
    let outcome = stored.life.end(EndReason::TechnicianEnded, change.now);
    store(change, &stored, &outcome, Actor::Technician(technician))?;
    Ok(())
}

/// A technician's own session; one of another is not found.
pub(crate) fn own(change: &Change<'_>, technician: TechnicianId, session: SessionId) -> Result<Stored, Refusal> {
    let stored = load(change, session)?;
    if stored.technician == technician { Ok(stored) } else { Err(Refusal::not_found()) }
}
