//! What an end tells of a session.

use deskhand_core::life::{End, Outcome};
use deskhand_protocol::{
    id::{SessionId, TechnicianId},
    record::SessionEvent,
    relay::Report,
};

use super::{customer, load, sessions::own, store};
use crate::{
    happening::Happening,
    refusal::Refusal,
    store::{Change, audit::Actor, invitations, sessions::Stored},
};

/// The console's report on its technician's own session.
pub(crate) fn by_console(
    change: &mut Change<'_>,
    technician: TechnicianId,
    session: SessionId,
    report: &Report,
) -> Result<(), Refusal> {
    let stored = own(change, technician, session)?;
    take(change, stored, End::Console, report, Actor::Technician(technician))
}

/// The helper's report on a session that its connection has taken up.
pub(crate) fn by_helper(change: &mut Change<'_>, session: SessionId, report: &Report) -> Result<(), Refusal> {
    let stored = load(change, session)?;
    let actor = customer(&stored);
    take(change, stored, End::Helper, report, actor)
}

fn take(change: &mut Change<'_>, mut stored: Stored, from: End, report: &Report, actor: Actor) -> Result<(), Refusal> {
    let outcome = stored.life.report(from, report, change.now)?;
    if outcome == Outcome::Changed(SessionEvent::CodeRevoked) {
        invitations::revoke_spoken(change.db, stored.id, change.now)?;
        if stored.life.release(change.now).is_ok_and(|released| released.is_some()) {
            change.happened(Happening::Released(stored.id))?;
        }
    }
    store(change, &stored, &outcome, actor)?;
    Ok(())
}
