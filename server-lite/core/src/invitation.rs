//! Whether a claim is good: the first one binds a session to the helper's key, and that key may claim again until the
//! session ends.
//!
//! Every refusal is the same [`InvalidCode`], so that a guesser learns nothing about which codes exist.

use std::time::Duration;

use deskhand_protocol::{
    UnixMillis,
    key::PublicKey,
    limit::{PACKAGE_LIFE_MAX, SPOKEN_CODE_LIFE},
    relay::http::InvitationKind,
};

use crate::life::Life;

/// The code is unknown, used by another, revoked or expired, or its session is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the support code is not valid")]
pub struct InvalidCode;

/// The public half of one way into a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invitation {
    /// When its first use stops being possible.
    pub expires_at: UnixMillis,
    /// Whether it was revoked, or found expired before.
    pub dead: bool,
}

/// Which claim it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// The one that binds the session.
    First,
    /// The same key again.
    Again,
}

/// Decides on a claim of an invitation that was found. `now` is the wall clock; that a code also ends after its life
/// by a clock that nobody sets is the [`reaper`](crate::reaper)'s work.
///
/// # Errors
///
/// [`InvalidCode`], whatever the reason.
pub fn claim(invitation: &Invitation, life: &Life, key: PublicKey, now: UnixMillis) -> Result<Claim, InvalidCode> {
    if life.is_over() || invitation.dead {
        return Err(InvalidCode);
    }
    match life.helper_key {
        Some(bound) if bound == key => Ok(Claim::Again),
        Some(_) => Err(InvalidCode),
        None if now < invitation.expires_at => Ok(Claim::First),
        None => Err(InvalidCode),
    }
}

/// How long an invitation of this kind may live when its maker asks for `wished` milliseconds.
#[must_use]
pub fn life(kind: InvitationKind, wished: u64) -> Duration {
    let limit = match kind {
        InvitationKind::Spoken => SPOKEN_CODE_LIFE,
        InvitationKind::Link => PACKAGE_LIFE_MAX,
    };
    Duration::from_millis(wished).min(limit)
}
