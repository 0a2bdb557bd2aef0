//! Passwords: made into what is kept, and compared with it. Argon2id (RFC 9106) in 19 MiB and two passes, which is the
//! first choice of OWASP's cheat sheet on the storage of passwords.
//!
//! A name that nobody has costs as much as one that somebody has: what is typed is then compared with a password that
//! was never told to anybody. Two are worked on at once, so that a crowd of tries takes neither all memory nor all cores.

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString},
};
use deskhand_protocol::{error::ErrorCode, relay::account::Typed};
use tokio::sync::Semaphore;

use crate::{
    clock::{self, NoRandomness},
    refusal::Refusal,
};

/// KiB that one password takes, and how often all of it is gone over.
const COST: (u32, u32) = (19 * 1024, 2);
/// Passwords that are worked on at once.
const AT_ONCE: usize = 2;

const UNDONE: Refusal = Refusal::new(ErrorCode::Internal, "the password could not be worked on; see the relay's log");

/// See the module.
pub(crate) struct Passwords {
    places: Arc<Semaphore>,
    /// What is kept for nobody.
    nobodys: String,
}

impl std::fmt::Debug for Passwords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Passwords").finish_non_exhaustive()
    }
}

impl Passwords {
    pub(crate) fn new() -> Result<Self, NoRandomness> {
        let unknown: [u8; 32] = clock::random()?;
        let nobodys = seal(&unknown, &clock::random()?).map_err(|_| NoRandomness)?;
        Ok(Self { places: Arc::new(Semaphore::new(AT_ONCE)), nobodys })
    }

    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refusal> {
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(|_| UNDONE)?;
        let done = tokio::task::spawn_blocking(move || {
            let _place = place;
            work()
        });
        done.await.map_err(|_| UNDONE)
    }

    /// What is kept of a password, as a PHC string.
    pub(crate) async fn seal(&self, password: Typed) -> Result<String, Refusal> {
        let salt = clock::random()?;
        let sealed = self.work(move || seal(password.as_str().as_bytes(), &salt)).await?;
        sealed.map_err(|error| {
            tracing::error!(%error, "a password could not be sealed");
            UNDONE
        })
    }

    /// Whether this is the password of which `kept` is kept; takes the same time when nothing is.
    pub(crate) async fn is(&self, password: Typed, kept: Option<&str>) -> Result<bool, Refusal> {
        let known = kept.is_some();
        let kept = kept.unwrap_or(&self.nobodys).to_owned();
        let same = self.work(move || is(password.as_str().as_bytes(), &kept)).await?;
        Ok(same && known)
    }
}

fn argon() -> Result<Argon2<'static>, argon2::password_hash::Error> {
    let (memory, passes) = COST;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(memory, passes, 1, None)?))
}

fn seal(password: &[u8], salt: &[u8; 16]) -> Result<String, argon2::password_hash::Error> {
    Ok(argon()?.hash_password(password, &SaltString::encode_b64(salt)?)?.to_string())
}

/// By what is written in `kept`, so that passwords from before a change of the cost still work.
fn is(password: &[u8], kept: &str) -> bool {
    match (argon(), PasswordHash::new(kept)) {
        (Ok(argon), Ok(kept)) => argon.verify_password(password, &kept).is_ok(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_known_again_and_kept_as_argon2id_with_a_salt_of_its_own() {
        let passwords = Passwords::new().unwrap();
        let typed = || Typed::new("a horse in the rain");
        let (one, other) = (passwords.seal(typed()).await.unwrap(), passwords.seal(typed()).await.unwrap());
        assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
        assert_ne!(one, other);
        assert_eq!(passwords.is(typed(), Some(&one)).await, Ok(true));
        assert_eq!(passwords.is(Typed::new("a horse in the rain "), Some(&one)).await, Ok(false));
        assert_eq!(passwords.is(typed(), Some("$argon2id$damaged")).await, Ok(false));
    }

    #[tokio::test]
    async fn nobodys_password_is_never_right() {
        let passwords = Passwords::new().unwrap();
        for typed in ["", "a horse in the rain"] {
            assert_eq!(passwords.is(Typed::new(typed), None).await, Ok(false));
        }
    }
}
