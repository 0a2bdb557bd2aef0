//! SPAKE2 over Ed25519 (crate `spake2`), console as A, helper as B, and the MACs keyed by its result.
//!
//! The password is the secret half of the code. Each end's PAKE identity holds the session and its public key, so a
//! share that is carried to another session or key gives another result. The result never leaves this module: it is
//! only ever used to derive one MAC key for each direction (HKDF-SHA256, salted with the transcript).

use std::fmt;

use deskhand_protocol::{
    code::Secret,
    id::SessionId,
    key::{Digest, PakeShare, PublicKey},
};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use spake2::{Ed25519Group, Identity, Password, Spake2};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::bytes::{self, Role};
use crate::entropy::Entropy;

/// The other end's share is no group element, or was made for the same side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BadShare;

/// One end's half of a PAKE.
pub(super) struct Pake(Spake2<Ed25519Group>);

impl Pake {
    /// Begins; the share goes to the other end.
    pub(super) fn start(
        role: Role,
        secret: &Secret,
        session: SessionId,
        console: &PublicKey,
        helper: &PublicKey,
        entropy: &mut Entropy,
    ) -> Result<(Self, PakeShare), BadShare> {
        let password = Password::new(secret.as_bytes());
        let a = Identity::new(&bytes::pake_identity(Role::Console, session, console));
        let b = Identity::new(&bytes::pake_identity(Role::Helper, session, helper));
        let (pake, share) = match role {
            Role::Console => Spake2::start_a_with_rng(&password, &a, &b, entropy),
            Role::Helper => Spake2::start_b_with_rng(&password, &a, &b, entropy),
        };
        Ok((Self(pake), PakeShare(share.try_into().map_err(|_| BadShare)?)))
    }

    /// Takes the other end's share.
    pub(super) fn finish(self, share: &PakeShare) -> Result<PakeKey, BadShare> {
        self.0.finish(share.as_bytes()).map(|key| PakeKey(Zeroizing::new(key))).map_err(|_| BadShare)
    }
}

impl fmt::Debug for Pake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pake(…)")
    }
}

/// What both ends share if, and only if, they had the same secret.
pub(super) struct PakeKey(Zeroizing<Vec<u8>>);

impl PakeKey {
    /// One end's MAC over the transcript. `None` cannot happen with keys and outputs of these lengths; if it did, the
    /// run would end.
    pub(super) fn mac(&self, role: Role, transcript: &[u8]) -> Option<Digest> {
        let mut key = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(Some(transcript), &self.0).expand(bytes::mac_label(role), key.as_mut()).ok()?;
        let mac = Hmac::<Sha256>::new_from_slice(key.as_ref()).ok()?;
        Some(Digest(mac.chain_update(transcript).finalize().into_bytes().into()))
    }

    /// Whether the other end made this MAC; in constant time.
    pub(super) fn accepts(&self, role: Role, transcript: &[u8], mac: &Digest) -> bool {
        self.mac(role, transcript).is_some_and(|own| own.as_bytes().ct_eq(mac.as_bytes()).into())
    }
}

impl fmt::Debug for PakeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PakeKey(…)")
    }
}
