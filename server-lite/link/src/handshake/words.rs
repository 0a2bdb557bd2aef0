//! The words that both ends show, so that two people can compare them by voice.
//!
//! Three words of the BIP-39 English list: 33 bits. They are made of label, session, run, both keys and both nonces,
//! and of nothing else. All of these are fixed, for each end, before the last nonce is opened: the console's by its
//! commitment, the helper's by being sent before the console opens. Whatever may still be chosen after that (the
//! introduction, the PAKE shares) must stay out, or a middleman could try introductions until the words fit.

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::bytes::{self, Parties};

/// Three short English words, the same at both ends unless somebody sits between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words([&'static str; 3]);

impl Words {
    pub(super) fn of(parties: &Parties) -> Self {
        let digest: [u8; 32] = Sha256::digest(bytes::words(parties)).into();
        let list = bip39::Language::English.word_list();
        let number = digest.iter().take(5).fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
        // The upper 33 of 40 bits, eleven for each word.
        Self([29, 18, 7].map(|shift| {
            let index = usize::try_from((number >> shift) & 0x7ff).unwrap_or_default();
            list.get(index).copied().unwrap_or_default()
        }))
    }

    /// The words in order.
    #[must_use]
    pub const fn as_array(&self) -> &[&'static str; 3] {
        &self.0
    }

    /// The words as owned texts, for a screen.
    #[must_use]
    pub fn to_strings(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}
