//! An end's own Ed25519 key, and the one way in which signatures are made and checked.
//!
//! Verification is strict (RFC 8032 with the checks of `ed25519_dalek::VerifyingKey::verify_strict`): a small-order
//! key or a signature in another form is refused, so that one signature never fits two keys or two messages.
//!
//! Every signed byte string in Deskhand starts with a label of its own. This module signs what it is given; the
//! labels stand beside the code that builds the bytes.

use std::fmt;

use deskhand_protocol::{
    key::{PublicKey, Signature},
    relay::{Prover, proof_bytes},
};
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use zeroize::Zeroizing;

use crate::entropy::{Entropy, NoEntropy};

/// A signature does not fit its key and message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("signature does not fit key and message")]
pub struct BadSignature;

/// An end's own key pair. The private half is wiped from memory when this is dropped, and never printed.
#[derive(Clone)]
pub struct Identity(SigningKey);

impl Identity {
    /// Takes up a stored identity.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// Makes a new identity.
    #[must_use]
    pub fn generate(entropy: &mut Entropy) -> Self {
        Self::from_seed(&Zeroizing::new(entropy.array()))
    }

    /// Makes a new identity of the system's randomness.
    ///
    /// # Errors
    ///
    /// [`NoEntropy`] when the system gives none.
    pub fn from_system() -> Result<Self, NoEntropy> {
        Ok(Self::generate(&mut Entropy::from_system()?))
    }

    /// The private half, for the keyring or a file that only its owner can read.
    #[must_use]
    pub fn seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes())
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// Signs bytes that begin with a label of their own.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Signature {
        Signature(self.0.sign(message).to_bytes())
    }

    /// Proves this key to a relay.
    #[must_use]
    pub fn prove(
        &self,
        prover: Prover,
        relay: &PublicKey,
        relay_nonce: &deskhand_protocol::key::Nonce,
        own_nonce: &deskhand_protocol::key::Nonce,
    ) -> Signature {
        self.sign(&proof_bytes(prover, relay, relay_nonce, own_nonce))
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Identity").field(&self.public()).finish()
    }
}

/// Checks a signature.
///
/// # Errors
///
/// [`BadSignature`], also for a key that is no point or of small order.
pub fn verify(key: &PublicKey, message: &[u8], signature: &Signature) -> Result<(), BadSignature> {
    let key = VerifyingKey::from_bytes(key.as_bytes()).map_err(|_| BadSignature)?;
    let signature = ed25519_dalek::Signature::from_bytes(signature.as_bytes());
    key.verify_strict(message, &signature).map_err(|_| BadSignature)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_seed_gives_the_same_identity() {
        let identity = Identity::generate(&mut Entropy::from_seed([1; 32]));
        assert_eq!(Identity::from_seed(&identity.seed()).public(), identity.public());
    }

    #[test]
    fn a_signature_fits_only_its_key_and_message() {
        let one = Identity::from_seed(&[1; 32]);
        let other = Identity::from_seed(&[2; 32]);
        let signature = one.sign(b"label\0message");
        assert_eq!(verify(&one.public(), b"label\0message", &signature), Ok(()));
        assert_eq!(verify(&one.public(), b"label\0massage", &signature), Err(BadSignature));
        assert_eq!(verify(&other.public(), b"label\0message", &signature), Err(BadSignature));
        assert_eq!(verify(&one.public(), b"label\0message", &Signature([0; 64])), Err(BadSignature));
    }

    #[test]
    fn a_key_of_small_order_is_refused() {
        // The neutral element, for which the all-zero scalar and R = 0 "sign" everything under lax rules.
        let mut neutral = [0; 32];
        neutral[0] = 1;
        let mut signature = [0; 64];
        signature[0] = 1;
        assert_eq!(verify(&PublicKey(neutral), b"anything", &Signature(signature)), Err(BadSignature));
    }

    #[test]
    fn the_private_half_is_not_printed() {
        let identity = Identity::from_seed(&[7; 32]);
        let printed = format!("{identity:?}");
        assert!(printed.contains(&identity.public().to_string()));
        assert!(!printed.contains("BwcHBwcHBwc") && !printed.contains("7, 7"), "{printed}");
    }
}
