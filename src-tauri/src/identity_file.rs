//! A file with a technician's identity, for another computer: his key, the company's key if he keeps it, and which relay
//! he has joined. Sealed by a passphrase: whoever has both is the technician.
//!
//! The key is made of the passphrase by Argon2id and seals by ChaCha20-Poly1305; what the file says of how it was made
//! is sealed with it. A file names its own cost, but not beyond what a computer has.

use argon2::{Algorithm, Argon2, Params, Version};
use deskhand_link::identity::Identity;
use deskhand_protocol::key::Nonce as Seed;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize as _, Zeroizing};

use crate::home::Joined;

/// A file is a kilobyte; more is something else.
pub const FILE_BYTES: usize = 64 * 1024;
/// Characters of a passphrase that are asked for.
pub const PASSPHRASE_CHARS: usize = 10;
/// What Argon2id costs, in KiB and passes: a tenth of a second here, for whoever guesses as well.
const MEMORY: u32 = 64 * 1024;
const PASSES: u32 = 3;
/// The most that a file may ask for: what a small computer has, and some seconds.
const MEMORY_MOST: u32 = 256 * 1024;
const PASSES_MOST: u32 = 16;
/// What this file is, sealed with its content.
const LABEL: &str = "deskhand/identity/v1";

/// Why a file is of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityFileError {
    /// It is no such file, or of another version.
    #[error("this is not an identity that Deskhand has exported")]
    Foreign,
    /// The passphrase is wrong, or the file is damaged: nobody can tell which.
    #[error("the passphrase is wrong, or the file is damaged")]
    Wrong,
    /// The passphrase is too short.
    #[error("a passphrase has at least ten characters")]
    TooShort,
    /// It cannot be sealed here.
    #[error("the identity could not be sealed")]
    Seal,
}

/// What such a file holds.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) technician: Identity,
    pub(crate) company: Option<Identity>,
    pub(crate) relay: Option<Joined>,
}

#[derive(Serialize, Deserialize)]
struct Outer {
    deskhand: String,
    memory_kib: u32,
    passes: u32,
    salt: Seed,
    /// Twelve bytes, in the first of these.
    nonce: Seed,
    sealed: String,
}

#[derive(Serialize, Deserialize)]
struct Inner {
    technician: String,
    company: Option<String>,
    relay: Option<Joined>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.technician.zeroize();
        self.company.zeroize();
    }
}

/// Seals. `random` is fresh.
pub(crate) fn seal(kept: &Kept, passphrase: &str, random: [[u8; 32]; 2]) -> Result<Vec<u8>, IdentityFileError> {
    if passphrase.chars().count() < PASSPHRASE_CHARS {
        return Err(IdentityFileError::TooShort);
    }
    let text = |identity: &Identity| Seed(*identity.seed()).to_string();
    let inner = Inner {
        technician: text(&kept.technician),
        company: kept.company.as_ref().map(text),
        relay: kept.relay.clone(),
    };
    let [salt, nonce] = random.map(Seed);
    let mut outer =
        Outer { deskhand: LABEL.to_owned(), memory_kib: MEMORY, passes: PASSES, salt, nonce, sealed: String::new() };
    let mut content = Zeroizing::new(serde_json::to_vec(&inner).map_err(|_| IdentityFileError::Seal)?);
    let key = key(&outer, passphrase).ok_or(IdentityFileError::Seal)?;
    let mut sealed = content.to_vec();
    content.zeroize();
    key.seal_in_place_append_tag(nonce_of(&outer), Aad::from(header(&outer)), &mut sealed)
        .map_err(|_| IdentityFileError::Seal)?;
    outer.sealed = data_encoding::BASE64.encode(&sealed);
    serde_json::to_vec_pretty(&outer).map_err(|_| IdentityFileError::Seal)
}

/// Opens.
pub(crate) fn open(file: &[u8], passphrase: &str) -> Result<Kept, IdentityFileError> {
    if file.len() > FILE_BYTES {
        return Err(IdentityFileError::Foreign);
    }
    let outer: Outer = serde_json::from_slice(file).map_err(|_| IdentityFileError::Foreign)?;
    let dear = outer.memory_kib > MEMORY_MOST || outer.passes > PASSES_MOST;
    if outer.deskhand != LABEL || dear {
        return Err(IdentityFileError::Foreign);
    }
    let sealed = data_encoding::BASE64.decode(outer.sealed.as_bytes()).map_err(|_| IdentityFileError::Foreign)?;
    let mut sealed = Zeroizing::new(sealed);
    let key = key(&outer, passphrase).ok_or(IdentityFileError::Foreign)?;
    let content = key
        .open_in_place(nonce_of(&outer), Aad::from(header(&outer)), &mut sealed)
        .map_err(|_| IdentityFileError::Wrong)?;
    let inner: Inner = serde_json::from_slice(content).map_err(|_| IdentityFileError::Foreign)?;
    let identity = |text: &str| {
        let seed: Seed = text.parse().ok()?;
        Some(Identity::from_seed(seed.as_bytes()))
    };
    Ok(Kept {
        technician: identity(&inner.technician).ok_or(IdentityFileError::Foreign)?,
        company: match &inner.company {
            None => None,
            Some(text) => Some(identity(text).ok_or(IdentityFileError::Foreign)?),
        },
        relay: inner.relay.clone(),
    })
}

fn key(outer: &Outer, passphrase: &str) -> Option<LessSafeKey> {
    let params = Params::new(outer.memory_kib, outer.passes, 1, Some(32)).ok()?;
    let mut key = Zeroizing::new([0; 32]);
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon.hash_password_into(passphrase.as_bytes(), outer.salt.as_bytes(), key.as_mut()).ok()?;
    UnboundKey::new(&CHACHA20_POLY1305, key.as_ref()).ok().map(LessSafeKey::new)
}

fn nonce_of(outer: &Outer) -> Nonce {
    let mut nonce = [0; NONCE_LEN];
    nonce.iter_mut().zip(outer.nonce.as_bytes()).for_each(|(to, from)| *to = *from);
    Nonce::assume_unique_for_key(nonce)
}

/// Everything outside of what is sealed.
fn header(outer: &Outer) -> Vec<u8> {
    format!("{LABEL}\0{}\0{}\0{}\0{}", outer.memory_kib, outer.passes, outer.salt, outer.nonce).into_bytes()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    const PASSPHRASE: &str = "correct horse battery";

    fn kept(company: Option<u8>) -> Kept {
        Kept {
            technician: Identity::from_seed(&[1; 32]),
            company: company.map(|seed| Identity::from_seed(&[seed; 32])),
            relay: None,
        }
    }

    fn sealed(company: Option<u8>) -> Vec<u8> {
        seal(&kept(company), PASSPHRASE, [[3; 32], [4; 32]]).unwrap()
    }

    #[test]
    fn what_was_sealed_opens_with_its_passphrase_and_no_other() {
        for company in [None, Some(2)] {
            let file = sealed(company);
            let opened = open(&file, PASSPHRASE).unwrap();
            assert_eq!(opened.technician.public(), kept(company).technician.public());
            assert_eq!(opened.company.map(|key| key.public()), kept(company).company.map(|key| key.public()));
            for wrong in ["", "Correct horse battery", "correct horse battery "] {
                assert_eq!(open(&file, wrong).unwrap_err(), IdentityFileError::Wrong, "{wrong}");
            }
        }
        assert_eq!(seal(&kept(None), "too short", [[0; 32]; 2]).unwrap_err(), IdentityFileError::TooShort);
    }

    #[test]
    fn nothing_of_a_key_stands_in_the_file() {
        let text = String::from_utf8(sealed(Some(2))).unwrap();
        for seed in [[1; 32], [2; 32]] {
            assert!(!text.contains(&Seed(seed).to_string()));
        }
    }

    #[test]
    fn a_changed_file_is_refused_whatever_was_changed() {
        let whole: Value = serde_json::from_slice(&sealed(Some(2))).unwrap();
        for (field, value) in [
            ("memory_kib", Value::from(MEMORY - 1)),
            ("passes", Value::from(PASSES + 1)),
            ("salt", Value::from("A".repeat(43))),
            ("nonce", Value::from("A".repeat(43))),
            ("sealed", Value::from("AAAA")),
        ] {
            let mut changed = whole.clone();
            changed[field] = value;
            let file = serde_json::to_vec(&changed).unwrap();
            assert_eq!(open(&file, PASSPHRASE).unwrap_err(), IdentityFileError::Wrong, "{field}");
        }
        for (field, value) in [
            ("deskhand", Value::from("deskhand/identity/v2")),
            ("memory_kib", Value::from(u32::MAX)),
            ("memory_kib", Value::from(0)),
            ("passes", Value::from(1_000_000)),
            ("sealed", Value::from("no base64!")),
            ("salt", Value::Null),
        ] {
            let mut changed = whole.clone();
            changed[field] = value;
            let file = serde_json::to_vec(&changed).unwrap();
            assert_eq!(open(&file, PASSPHRASE).unwrap_err(), IdentityFileError::Foreign, "{field}");
        }
        for foreign in [&b""[..], b"{}", b"[]", b"hello", &[b' '; FILE_BYTES + 1]] {
            assert_eq!(open(foreign, PASSPHRASE).unwrap_err(), IdentityFileError::Foreign);
        }
    }
}
