//! A technician joins as the owner, or signs in.

use std::net::IpAddr;

use deskhand_protocol::{
    call::signal::Seat, error::ErrorCode, id::TechnicianId, key::PublicKey, record::TechnicianRecord, text::Name,
};
use serde_json::json;

use crate::{
    clock,
    happening::Happening,
    refusal::Refusal,
    store::{
        Change, StoreError,
        audit::Actor,
        technicians::{self, Role},
    },
};

/// Makes the first technician, who is the owner. The set-up token has been checked before.
pub(crate) fn set_up(
    change: &Change<'_>,
    (key, seat): (PublicKey, Seat),
    name: Name,
    company: Name,
) -> Result<TechnicianRecord, Refusal> {
    if technicians::any(change.db)? {
        return Err(Refusal::new(ErrorCode::SetupRefused, "the relay has its owner already"));
    }
    let owner = TechnicianRecord { id: TechnicianId::from_uuid(clock::new_id()), key, name, company };
    technicians::add(change.db, &owner, (Role::Owner, seat), change.now)?;
    let target = format!("technician:{}", owner.id);
    change.audit(Actor::Technician(owner.id), "technician.joined", &target, &json!({ "role": "owner" }))?;
    Ok(owner)
}

/// Makes a further technician. His invitation has been checked before.
pub(crate) fn join(
    change: &mut Change<'_>,
    (key, seat): (PublicKey, Seat),
    name: Name,
    company: Name,
) -> Result<TechnicianRecord, Refusal> {
    if technicians::by_key(change.db, &key)?.is_some() {
        return Err(Refusal::new(ErrorCode::SetupRefused, "this console has joined the relay already"));
    }
    let technician = TechnicianRecord { id: TechnicianId::from_uuid(clock::new_id()), key, name, company };
    technicians::add(change.db, &technician, (Role::Technician, seat), change.now)?;
    let target = format!("technician:{}", technician.id);
    let summary = json!({ "role": "technician" });
    change.audit(Actor::Technician(technician.id), "technician.joined", &target, &summary)?;
    change.happened(Happening::Company)?;
    Ok(technician)
}

/// The owner invites somebody to join.
pub(crate) fn invited(change: &Change<'_>, owner: TechnicianId) -> Result<(), StoreError> {
    change.audit(Actor::Technician(owner), "technician.invited", "relay", &json!({}))
}

/// A technician is called otherwise from now on. Sessions keep the name that he had.
pub(crate) fn rename(
    change: &mut Change<'_>,
    technician: TechnicianId,
    name: &Name,
    company: &Name,
) -> Result<TechnicianRecord, Refusal> {
    technicians::rename(change.db, technician, name, company)?;
    let target = format!("technician:{technician}");
    change.audit(Actor::Technician(technician), "technician.renamed", &target, &json!({}))?;
    change.happened(Happening::Company)?;
    technicians::by_id(change.db, technician)?.ok_or_else(Refusal::not_found)
}

/// A technician has proven his key.
pub(crate) fn signed_in(change: &Change<'_>, technician: TechnicianId) -> Result<(), StoreError> {
    let target = format!("technician:{technician}");
    change.audit(Actor::Technician(technician), "technician.signed_in", &target, &json!({}))
}

/// Someone could not prove what he claimed to be.
pub(crate) fn refused(change: &Change<'_>, action: &'static str, from: IpAddr) -> Result<(), StoreError> {
    let summary = json!({ "from": from.to_canonical().to_string() });
    change.audit(Actor::Stranger, action, "relay", &summary)
}
