//! The wall clock and randomness, in the one place that asks for them.

use std::{
    sync::OnceLock,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use deskhand_protocol::UnixMillis;
use uuid::Uuid;

/// The system gives no randomness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system gives no random numbers")]
pub(crate) struct NoRandomness;

/// The wall clock, which in one process never runs backwards: when it is set back, time goes on from where it was.
/// So a code does not live longer, and records keep their order.
pub(crate) fn wall() -> UnixMillis {
    static START: OnceLock<(Duration, Instant)> = OnceLock::new();
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let (start, at) = *START.get_or_init(|| (wall, Instant::now()));
    let now = wall.max(start + at.elapsed());
    UnixMillis(i64::try_from(now.as_millis()).unwrap_or(i64::MAX))
}

/// A fresh UUIDv7; later ones sort later.
pub(crate) fn new_id() -> Uuid {
    Uuid::now_v7()
}

/// A fresh UUID of 122 random bits, for what is opened by knowing it.
pub(crate) fn new_secret_id() -> Result<Uuid, NoRandomness> {
    random().map(|bytes| uuid::Builder::from_random_bytes(bytes).into_uuid())
}

/// Fresh random bytes.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(bytes)
}
