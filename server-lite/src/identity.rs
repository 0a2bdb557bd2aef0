//! The relay's own key, and the check of everyone else's.

use deskhand_protocol::{
    company::{Certified, SealedCertificate},
    key::{Nonce, PublicKey, Signature},
    relay::{Prover, proof_bytes},
};
use ed25519_dalek::{SigningKey, VerifyingKey};
use zeroize::Zeroizing;

use crate::{clock, error::StartError, folder::Folder};

/// The name of the file that holds the seed.
const FILE: &str = "relay.key";

/// The relay's public key, made at the first start. The private half stays in its file: nothing is signed with it
/// yet, since both ends name the public half in what they sign.
pub(crate) fn public_key(folder: &Folder) -> Result<PublicKey, StartError> {
    let seed = folder.secret(FILE, || {
        let seed: [u8; 32] = clock::random().map_err(|_| StartError::Random)?;
        Ok(Zeroizing::new(seed.to_vec()))
    })?;
    let seed: &[u8; 32] = seed.as_slice().try_into().map_err(|_| StartError::Damaged { path: folder.file(FILE) })?;
    Ok(PublicKey(SigningKey::from_bytes(seed).verifying_key().to_bytes()))
}

/// Whether `signature` proves that its maker holds `key` and means this relay and this exchange of nonces. Weak keys
/// and malleable signatures prove nothing.
pub(crate) fn proves(
    prover: Prover,
    relay: &PublicKey,
    key: &PublicKey,
    (relay_nonce, own_nonce): (&Nonce, &Nonce),
    signature: &Signature,
) -> bool {
    is_by(key, &proof_bytes(prover, relay, relay_nonce, own_nonce), signature)
}

/// What a certificate says, if the key in it has signed it.
pub(crate) fn certified(sealed: &SealedCertificate) -> Option<Certified> {
    let opened = sealed.open().ok()?;
    is_by(&opened.certified.company, &opened.signed, &opened.signature).then_some(opened.certified)
}

fn is_by(key: &PublicKey, bytes: &[u8], signature: &Signature) -> bool {
    let signature = ed25519_dalek::Signature::from_bytes(signature.as_bytes());
    VerifyingKey::from_bytes(key.as_bytes()).is_ok_and(|key| key.verify_strict(bytes, &signature).is_ok())
}
