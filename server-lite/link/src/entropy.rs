//! Where randomness comes from.
//!
//! Deciding code asks the system for nothing: it is given an [`Entropy`], which is filled once and then yields as
//! much as is needed. A test gives it a fixed seed and gets the same run of a handshake every time.
//!
//! Output is SHA-256 over label, key and counter, all of fixed length; after each request the key is replaced by a one-way step, so that whoever
//! reads the memory later cannot compute what was given out before.

use std::fmt;

use rand_core::{CryptoRng, RngCore};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// The system gives no randomness; nothing that needs a key can go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system gives no random numbers; restart the computer and try again")]
pub struct NoEntropy;

/// A deterministic source of random bytes, seeded once. Wiped when dropped, never printed.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Entropy {
    key: [u8; 32],
}

impl Entropy {
    /// Seeds it from the system.
    ///
    /// # Errors
    ///
    /// [`NoEntropy`] when the system gives none.
    pub fn from_system() -> Result<Self, NoEntropy> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|_| NoEntropy)?;
        Ok(Self { key })
    }

    /// Seeds it with 32 bytes; they must be secret and used for nothing else.
    #[must_use]
    pub const fn from_seed(seed: [u8; 32]) -> Self {
        Self { key: seed }
    }

    /// Fills `bytes`.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        for (counter, block) in (1_u64..).zip(bytes.chunks_mut(32)) {
            let mut output = self.block(counter);
            for (to, from) in block.iter_mut().zip(output) {
                *to = from;
            }
            output.zeroize();
        }
        self.key = self.block(0);
    }

    /// The next `N` bytes.
    #[must_use]
    pub fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    fn block(&self, counter: u64) -> [u8; 32] {
        Sha256::new()
            .chain_update(b"deskhand/entropy/v1\0")
            .chain_update(self.key)
            .chain_update(counter.to_be_bytes())
            .finalize()
            .into()
    }
}

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy(…)")
    }
}

impl RngCore for Entropy {
    fn next_u32(&mut self) -> u32 {
        u32::from_le_bytes(self.array())
    }

    fn next_u64(&mut self) -> u64 {
        u64::from_le_bytes(self.array())
    }

    fn fill_bytes(&mut self, dest: &mut [u8]) {
        self.fill(dest);
    }

    fn try_fill_bytes(&mut self, dest: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill(dest);
        Ok(())
    }
}

impl CryptoRng for Entropy {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_bytes_and_never_the_same_twice() {
        let mut one = Entropy::from_seed([3; 32]);
        let mut two = Entropy::from_seed([3; 32]);
        let first: [u8; 100] = one.array();
        assert_eq!(first, two.array());
        let second: [u8; 100] = one.array();
        assert_ne!(first, second);
        assert_ne!(first[..32], first[32..64]);
    }

    #[test]
    fn the_system_gives_two_different_sources() {
        let first: [u8; 32] = Entropy::from_system().unwrap().array();
        let second: [u8; 32] = Entropy::from_system().unwrap().array();
        assert_ne!(first, second);
    }
}
