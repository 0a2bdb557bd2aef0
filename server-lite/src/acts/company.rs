//! The owner's console brings the company's key and what that key says of technicians. Nothing is stored that the key
//! has not signed, so that a fault elsewhere shows here and not at a customer.

use deskhand_protocol::{
    company::{CompanyRecord, NewCertificate, NewCompanyKey},
    error::ErrorCode,
    id::TechnicianId,
};
use rusqlite::Connection;
use serde_json::json;

use crate::{
    happening::Happening,
    identity,
    refusal::Refusal,
    store::{Change, StoreError, audit::Actor, company, technicians},
};

/// The company as it is kept; whether browsers get the console is not known here.
pub(crate) fn record(db: &Connection) -> Result<CompanyRecord, StoreError> {
    Ok(CompanyRecord { key: company::key(db)?, people: company::people(db)?, browsers: false })
}

/// The company's key is new, or another than before.
pub(crate) fn set_key(change: &mut Change<'_>, owner: TechnicianId, new: &NewCompanyKey) -> Result<(), Refusal> {
    let known = company::key(change.db)?;
    if known == Some(new.key) {
        return Ok(());
    }
    if known != new.replaces {
        return Err(Refusal::new(ErrorCode::Conflict, "the company has another key already"));
    }
    company::set_key(change.db, &new.key, change.now)?;
    let summary = json!({ "key": new.key.to_string(), "replaced": known.map(|key| key.to_string()) });
    change.audit(Actor::Technician(owner), "company.key_set", "relay", &summary)?;
    change.happened(Happening::Company)?;
    Ok(())
}

/// A technician has a new certificate.
pub(crate) fn certify(change: &mut Change<'_>, owner: TechnicianId, new: &NewCertificate) -> Result<(), Refusal> {
    let key = company::key(change.db)?.ok_or(Refusal::new(ErrorCode::Conflict, "the company has no key yet"))?;
    let technician = technicians::by_id(change.db, new.technician)?.ok_or_else(Refusal::not_found)?;
    let certified = identity::certified(&new.certificate)
        .filter(|certified| certified.company == key && certified.until > change.now)
        .ok_or_else(|| Refusal::malformed("this is no certificate by the company's key, or its time is over"))?;
    if !certified.is_about(&technician.key, &technician.name, &technician.company) {
        return Err(Refusal::malformed("the certificate is about another technician"));
    }
    if !company::add(change.db, technician.id, &certified, &new.certificate, change.now)? {
        return Err(Refusal::new(ErrorCode::Conflict, "there is a certificate with this id already"));
    }
    let summary = json!({ "certificate": certified.id, "until": certified.until });
    change.audit(Actor::Technician(owner), "technician.certified", &target(technician.id), &summary)?;
    change.happened(Happening::Company)?;
    Ok(())
}

/// A technician's certificates are worth nothing any more.
pub(crate) fn revoke(change: &mut Change<'_>, owner: TechnicianId, technician: TechnicianId) -> Result<(), Refusal> {
    let count = company::revoke(change.db, technician, change.now)?;
    if count == 0 {
        return Err(Refusal::not_found());
    }
    let summary = json!({ "certificates": count });
    change.audit(Actor::Technician(owner), "technician.certificate_revoked", &target(technician), &summary)?;
    change.happened(Happening::Company)?;
    Ok(())
}

fn target(technician: TechnicianId) -> String {
    format!("technician:{technician}")
}
