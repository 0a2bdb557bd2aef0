//! What can be done to the record. Each act is one change: it loads what it needs, lets the rules of
//! `deskhand-core` decide, stores what follows and writes its audit row, all or nothing.

pub(crate) mod accounts;
pub(crate) mod chat;
pub(crate) mod claims;
pub(crate) mod company;
pub(crate) mod joining;
pub(crate) mod reaping;
pub(crate) mod records;
pub(crate) mod reports;
pub(crate) mod requests;
pub(crate) mod sessions;
pub(crate) mod settings;
pub(crate) mod templates;

use deskhand_core::life::Outcome;
use deskhand_protocol::{
    id::SessionId,
    record::{SessionEvent, Via},
};
use serde_json::json;

use crate::{
    happening::Happening,
    refusal::Refusal,
    store::{
        Change, StoreError,
        audit::Actor,
        events, invitations,
        sessions::{self as table, Stored},
    },
};

/// The audit log's name of a session.
fn target(session: SessionId) -> String {
    format!("session:{session}")
}

fn load(change: &Change<'_>, session: SessionId) -> Result<Stored, Refusal> {
    table::load(change.db, session)?.ok_or_else(Refusal::not_found)
}

/// Who the customer of a session is in the audit log.
fn customer(stored: &Stored) -> Actor {
    match (stored.device, stored.came.via) {
        (Some(device), _) => Actor::Device(device),
        (None, Via::Browser) => Actor::Browser,
        (None, Via::Program) => Actor::Stranger,
    }
}

const fn action(event: &SessionEvent) -> &'static str {
    match event {
        SessionEvent::Created => "session.created",
        SessionEvent::HelperCame => "session.helper_came",
        SessionEvent::HelperLeft => "session.helper_left",
        SessionEvent::Consent { .. } => "session.consent",
        SessionEvent::Granted { .. } => "session.granted",
        SessionEvent::Attempted { .. } => "session.attempted",
        SessionEvent::Reported { .. } => "session.reported",
        SessionEvent::WentLive => "session.live",
        SessionEvent::Paused { .. } => "session.paused",
        SessionEvent::ConnectionLost => "session.connection_lost",
        SessionEvent::CodeRevoked => "session.code_revoked",
        SessionEvent::Ended { .. } => "session.ended",
    }
}

/// Stores what an outcome of the rules asks for: the session, its event, its audit row, and whom to tell.
fn store(change: &mut Change<'_>, stored: &Stored, outcome: &Outcome, actor: Actor) -> Result<(), StoreError> {
    let Outcome::Changed(event) = outcome else { return Ok(()) };
    table::save(change.db, stored)?;
    events::add(change.db, stored.id, stored.device, event, change.now)?;
    let summary = serde_json::to_value(event).unwrap_or_else(|_| json!({}));
    change.audit(actor, action(event), &target(stored.id), &summary)?;
    if let SessionEvent::Ended { reason } = event {
        invitations::end(change.db, stored.id, change.now)?;
        change.happened(Happening::Ended { session: stored.id, reason: *reason })?;
    }
    change.happened(Happening::Session(stored.id))
}
