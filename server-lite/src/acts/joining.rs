//! A technician joins as the owner, or signs in.

use deskhand_protocol::{error::ErrorCode, id::TechnicianId, key::PublicKey, record::TechnicianRecord, text::Name};
use serde_json::json;

use crate::{
    clock,
    refusal::Refusal,
    store::{Change, StoreError, audit::Actor, technicians},
};

/// Makes the first technician, who is the owner. The set-up token has been checked before.
pub(crate) fn set_up(
    change: &Change<'_>,
    key: PublicKey,
    name: Name,
    company: Name,
) -> Result<TechnicianRecord, Refusal> {
    if technicians::any(change.db)? {
        return Err(Refusal::new(ErrorCode::SetupRefused, "the relay has its owner already"));
    }
    let owner = TechnicianRecord { id: TechnicianId::from_uuid(clock::new_id()), key, name, company };
    technicians::add_owner(change.db, &owner, change.now)?;
    let target = format!("technician:{}", owner.id);
    change.audit(Actor::Technician(owner.id), "technician.joined", &target, &json!({ "role": "owner" }))?;
    Ok(owner)
}

/// A technician has proven his key.
pub(crate) fn signed_in(change: &Change<'_>, technician: TechnicianId) -> Result<(), StoreError> {
    let target = format!("technician:{technician}");
    change.audit(Actor::Technician(technician), "technician.signed_in", &target, &json!({}))
}

/// Someone could not prove what he claimed to be.
pub(crate) fn refused(change: &Change<'_>, action: &'static str) -> Result<(), StoreError> {
    change.audit(Actor::Stranger, action, "relay", &json!({}))
}
