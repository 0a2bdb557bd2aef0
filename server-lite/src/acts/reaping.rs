//! The relay itself ends what nobody comes back to, and takes stock when it starts.

use deskhand_core::reaper::Due;
use deskhand_protocol::{id::SessionId, record::EndReason};
use serde_json::json;

use super::store;
use crate::{
    happening::Happening,
    refusal::Refusal,
    store::{Change, StoreError, audit::Actor, invitations, sessions as table},
};

/// Does what is due.
pub(crate) fn reap(change: &mut Change<'_>, session: SessionId, due: Due) -> Result<(), Refusal> {
    let Some(mut stored) = table::load(change.db, session)? else { return Ok(()) };
    let outcome = match due {
        Due::Unheard => stored.life.lose_sight(),
        Due::Expire => stored.life.end(EndReason::Expired, change.now),
        Due::Interrupt => stored.life.end(EndReason::Interrupted, change.now),
        Due::HardEnd => stored.life.end(EndReason::HardEnd, change.now),
    };
    store(change, &stored, &outcome, Actor::Relay)?;
    // Told even when nothing changed, so that whoever watches learns where it stands.
    change.happened(Happening::Session(session))?;
    Ok(())
}

/// The relay has started: whatever shared a screen when it stopped is reconnecting, and the hub learns of every
/// session that is not over.
pub(crate) fn started(change: &mut Change<'_>, version: &str) -> Result<(), StoreError> {
    change.audit(Actor::Relay, "relay.started", "relay", &json!({ "version": version }))?;
    invitations::bury(change.db, change.now)?;
    for mut stored in table::running(change.db)? {
        let outcome = stored.life.lose_sight();
        store(change, &stored, &outcome, Actor::Relay)?;
        change.happened(Happening::Session(stored.id))?;
    }
    Ok(())
}

/// The relay did something by itself.
pub(crate) fn note(change: &Change<'_>, action: &'static str) -> Result<(), StoreError> {
    change.audit(Actor::Relay, action, "relay", &json!({}))
}
