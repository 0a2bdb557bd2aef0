//! A helper comes by a code, comes back to what it had claimed, and goes.

use std::net::IpAddr;

use deskhand_core::{
    invitation::{self, Claim, InvalidCode},
    life::{LifeError, Outcome},
    snapshot,
    switchboard::ConnectionId,
};
use deskhand_protocol::{
    id::SessionId,
    key::{Digest, PublicKey},
    limit::SOCKET_FRAME,
    record::{DeviceFacts, EndReason, Location, SessionEvent, Via},
    relay::helper_socket::RelayToHelper,
};
use serde_json::json;

use super::{customer, load, store, target};
use crate::{
    happening::Happening,
    refusal::Refusal,
    store::{
        Change, StoreError,
        audit::Actor,
        chat, company, devices, invitations,
        sessions::{self as table, Came, Stored},
    },
};

/// A helper's connection that has proven its key.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// Which connection.
    pub(crate) connection: ConnectionId,
    /// The key it proved.
    pub(crate) key: PublicKey,
    /// What it says of its machine.
    pub(crate) facts: DeviceFacts,
    /// Where it calls from.
    pub(crate) from: devices::From,
}

/// What came of asking for a session that was claimed before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resumed {
    /// It is taken up; the hub answers.
    TakenUp,
    /// It is over.
    Over(EndReason),
}

/// A helper asks for the session of a finder. Gives which one it is.
pub(crate) fn claim(change: &mut Change<'_>, caller: &Caller, finder: &Digest) -> Result<SessionId, Refusal> {
    let (session, invitation) = invitations::find(change.db, finder)?.ok_or(InvalidCode)?;
    let mut stored = load(change, session)?;
    let claim = invitation::claim(&invitation, &stored.life, caller.key, change.now)?;
    meet(change, caller, &mut stored)?;
    if claim == Claim::First {
        invitations::used(change.db, session, change.now)?;
        change.audit(customer(&stored), "session.claimed", &target(session), &json!({}))?;
    }
    take_up(change, caller, &mut stored)?;
    Ok(session)
}

/// Notes who has come: a device, or a browser, which is none and leaves nothing but this session.
fn meet(change: &Change<'_>, caller: &Caller, stored: &mut Stored) -> Result<(), StoreError> {
    stored.device = match caller.facts.via {
        Via::Program => Some(devices::seen(change.db, &caller.key, &caller.facts, &caller.from, change.now)?),
        Via::Browser => None,
    };
    keep(change, caller, stored)
}

/// A helper takes up what its key had claimed.
pub(crate) fn resume(change: &mut Change<'_>, caller: &Caller, session: SessionId) -> Result<Resumed, Refusal> {
    let mut stored = load(change, session)?;
    if stored.life.helper_key != Some(caller.key) {
        return Err(Refusal::not_found());
    }
    if let Some(reason) = stored.life.end_reason {
        return Ok(Resumed::Over(reason));
    }
    meet(change, caller, &mut stored)?;
    take_up(change, caller, &mut stored)?;
    Ok(Resumed::TakenUp)
}

fn take_up(change: &mut Change<'_>, caller: &Caller, stored: &mut Stored) -> Result<(), Refusal> {
    let outcome = stored.life.helper_came(caller.key, change.now).map_err(|error| match error {
        LifeError::Over => Refusal::over(),
        _ => InvalidCode.into(),
    })?;
    // Half a frame for the chat leaves room for everything around it; older messages stay with the relay.
    let messages = chat::newest(change.db, stored.conversation, stored.id, SOCKET_FRAME / 2)?;
    let answer = RelayToHelper::Claimed {
        session: stored.id,
        technician_name: stored.technician_name.clone(),
        company: stored.company.clone(),
        messages,
        console_online: false,
        revoked: company::revoked(change.db, change.now)?,
        marks: Some(chat::marks(change.db, stored.conversation)?),
    };
    change.happened(Happening::TakenUp {
        session: stored.id,
        technician: stored.technician,
        connection: caller.connection,
        answer: Box::new(answer),
    })?;
    if let Some(device) = stored.device {
        change.happened(Happening::Device(device))?;
    }
    store(change, stored, &outcome, customer(stored))?;
    Ok(())
}

/// What the session keeps of its device, until a screen was shared; from then on it stays what it was.
fn keep(change: &Change<'_>, caller: &Caller, stored: &mut Stored) -> Result<(), StoreError> {
    if stored.life.started_at.is_some() {
        return Ok(());
    }
    let known = stored.device.map(|device| devices::location(change.db, device)).transpose()?.flatten();
    stored.came = Came {
        via: caller.facts.via,
        host: Some(caller.facts.host.clone()),
        os: Some(caller.facts.os.clone()),
        location: caller.from.location.clone().or(known),
    };
    if let Some(device) = stored.device {
        let known = devices::names(change.db, device)?.unwrap_or_default();
        let (machine, names) = snapshot::meet(&stored.customer, stored.machine.take(), known.clone());
        stored.machine = machine;
        if names != known {
            devices::save_names(change.db, device, &names)?;
        }
    }
    table::save_words(change.db, stored)
}

/// How a helper's connection closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leaving {
    /// It may come back.
    Perhaps,
    /// It will not: the customer closed its page.
    ForGood,
}

/// It became known where a helper calls from: for its device, and for its session if no screen was shared yet.
pub(crate) fn placed(
    change: &mut Change<'_>,
    caller: &Caller,
    session: SessionId,
    place: &Location,
) -> Result<(), Refusal> {
    let Some(device) = devices::place(change.db, &caller.key, &caller.from.address, place)? else { return Ok(()) };
    change.happened(Happening::Device(device))?;
    let mut stored = load(change, session)?;
    if stored.life.helper_key == Some(caller.key) && stored.life.started_at.is_none() {
        stored.came.location = Some(place.clone());
        table::save_words(change.db, &stored)?;
        change.happened(Happening::Session(session))?;
    }
    Ok(())
}

/// A helper's connection closed with these sessions on it.
pub(crate) fn left(change: &mut Change<'_>, sessions: &[SessionId], leaving: Leaving) -> Result<(), StoreError> {
    for session in sessions {
        let Some(mut stored) = table::load(change.db, *session)? else { continue };
        if stored.life.is_over() {
            continue;
        }
        stored.life.heard(change.now);
        let actor = customer(&stored);
        store(change, &stored, &Outcome::Changed(SessionEvent::HelperLeft), actor)?;
        if leaving == Leaving::ForGood {
            let ended = stored.life.end(EndReason::CustomerEnded, change.now);
            store(change, &stored, &ended, actor)?;
        }
    }
    Ok(())
}

/// A known device came or went.
pub(crate) fn device_heard(change: &mut Change<'_>, key: &PublicKey) -> Result<(), StoreError> {
    if let Some(device) = devices::heard(change.db, key, change.now)? {
        change.happened(Happening::Device(device))?;
    }
    Ok(())
}

/// A claim was refused.
pub(crate) fn refused(change: &Change<'_>, from: IpAddr) -> Result<(), StoreError> {
    let summary = json!({ "from": from.to_canonical().to_string() });
    change.audit(Actor::Stranger, "session.claim_refused", "relay", &summary)
}
