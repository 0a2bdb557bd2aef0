//! What the owner chooses for the relay, and what follows of it.

use deskhand_protocol::{
    UnixMillis,
    id::{SessionId, TechnicianId},
    relay::settings::{Deleted, RelaySettings},
    text::Name,
};
use serde_json::json;

use crate::{
    happening::Happening,
    refusal::Refusal,
    store::{
        Change, StoreError,
        audit::Actor,
        news, sessions as table,
        settings::{self, DELETED},
    },
};

/// Sessions that are deleted in one change.
pub(crate) const AT_ONCE: u32 = 100;
const DAY: i64 = 24 * 3600 * 1000;

/// The owner has chosen.
pub(crate) fn choose(change: &mut Change<'_>, owner: TechnicianId, chosen: &RelaySettings) -> Result<(), Refusal> {
    chosen.check().map_err(|_| Refusal::malformed("an address is not https, or a number of days makes no sense"))?;
    settings::set_relay(change.db, chosen)?;
    let summary = json!({
        "location": !chosen.location.as_str().is_empty(),
        "news": !chosen.news.as_str().is_empty(),
        "keep_days": chosen.keep_days,
    });
    change.audit(Actor::Technician(owner), "relay.settings_changed", "relay", &summary)?;
    change.happened(Happening::Settings)?;
    Ok(())
}

/// Deletes sessions whose time is over, some at a time; says whether there may be more. One that a customer has reported
/// stays until the owner deletes it himself.
pub(crate) fn delete_old(change: &mut Change<'_>) -> Result<bool, StoreError> {
    let Some(days) = settings::relay(change.db)?.keep_days else { return Ok(false) };
    let before = UnixMillis(change.now.0.saturating_sub(i64::from(days).saturating_mul(DAY)));
    let old: Vec<SessionId> = table::over_before(change.db, before, AT_ONCE)?;
    let more = old.len() >= AT_ONCE as usize;
    let mut deleted = 0_u32;
    for id in old {
        let Some(stored) = table::load(change.db, id)? else { continue };
        table::delete(change.db, &stored)?;
        change.happened(Happening::SessionRemoved { session: id, technician: stored.technician })?;
        deleted += 1;
    }
    if deleted > 0 {
        let summary = json!({ "sessions": deleted, "over_before": before, "keep_days": days });
        change.audit(Actor::Relay, "sessions.deleted_by_age", "relay", &summary)?;
        let last = Deleted { at: change.now, sessions: deleted };
        settings::set(change.db, DELETED, &serde_json::to_string(&last)?)?;
        change.happened(Happening::Settings)?;
    }
    Ok(more)
}

/// A technician has been told of a version.
pub(crate) fn news_seen(change: &mut Change<'_>, technician: TechnicianId, version: &Name) -> Result<(), StoreError> {
    if news::saw(change.db, technician, version)? {
        change.happened(Happening::Settings)?;
    }
    Ok(())
}
