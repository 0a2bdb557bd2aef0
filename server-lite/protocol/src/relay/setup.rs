//! The one line that a new relay prints and its owner pastes into the console: the one-time set-up token and, where no
//! authority vouches for the relay's certificate, that certificate's pin.
//!
//! ```text
//! 7KQ2-M4XD-9R3T-PW8H                                              a relay on loopback, or with a certificate of an authority
//! 7KQ2-M4XD-9R3T-PW8H.Xw1u…                                        a relay with its own certificate: SHA-256 of its key, base64url
//! ```
//!
//! The pin travels by the owner's own hands, so that the very first connection already refuses another relay.

use std::{fmt, str::FromStr};

use crate::key::Digest;

/// Groups of four symbols in the set-up token of a relay's owner.
pub const SETUP_GROUPS: usize = 4;
/// Groups in an invitation that an owner makes for a technician; another number, so that a console knows which it is.
pub const INVITATION_GROUPS: usize = 5;
/// Groups in a code with which a technician who is there gets an account for his browser.
pub const BROWSER_GROUPS: usize = 6;
/// Longest token in characters: ours have 19, and a person may type a few blanks.
const TOKEN: usize = 64;

/// See the module. Prints itself as the relay prints it.
#[derive(Clone, PartialEq, Eq)]
pub struct SetupToken {
    /// The one-time token, as typed: the relay reads it without regard to case, blanks and hyphens.
    pub token: String,
    /// SHA-256 of the relay certificate's SubjectPublicKeyInfo.
    pub pin: Option<Digest>,
}

/// The text is not a set-up token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a set-up token; copy the whole line that the relay printed")]
pub struct NotASetupToken;

/// The token is a secret until it is used.
impl fmt::Debug for SetupToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetupToken").field("pin", &self.pin).finish_non_exhaustive()
    }
}

impl SetupToken {
    /// Whether it makes a technician, and not the owner.
    #[must_use]
    pub fn is_invitation(&self) -> bool {
        self.token.chars().filter(char::is_ascii_alphanumeric).count() == INVITATION_GROUPS * 4
    }
}

impl fmt::Display for SetupToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.token)?;
        match &self.pin {
            Some(pin) => write!(f, ".{pin}"),
            None => Ok(()),
        }
    }
}

impl FromStr for SetupToken {
    type Err = NotASetupToken;

    fn from_str(text: &str) -> Result<Self, NotASetupToken> {
        let text = text.trim();
        let (token, pin) = match text.split_once('.') {
            Some((token, pin)) => (token, Some(pin.parse().map_err(|_| NotASetupToken)?)),
            None => (text, None),
        };
        let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | ' ');
        if token.is_empty() || token.len() > TOKEN || !token.chars().all(known) {
            return Err(NotASetupToken);
        }
        Ok(Self { token: token.to_owned(), pin })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_token_may_stand_alone() {
        let read: SetupToken = " 7kq2-M4XD-9R3T-PW8H\n".parse().unwrap();
        assert_eq!(read, SetupToken { token: "7kq2-M4XD-9R3T-PW8H".to_owned(), pin: None });
    }

    #[test]
    fn what_is_no_token_is_refused() {
        let long = "A".repeat(65);
        let pinned = format!("AAAA.{}", "A".repeat(42));
        for wrong in ["", ".", "AAAA.", "AAAA.pin", "AA\u{7f}A", "ÄÖÜ", long.as_str(), pinned.as_str()] {
            assert_eq!(wrong.parse::<SetupToken>(), Err(NotASetupToken), "{wrong:?}");
        }
    }

    #[test]
    fn the_token_is_not_printed_for_a_log() {
        let token = SetupToken { token: "SECRET".to_owned(), pin: None };
        assert!(!format!("{token:?}").contains("SECRET"));
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_again(token in "[0-9A-Z-]{1,64}", pin in proptest::option::of(any::<[u8; 32]>())) {
            let token = SetupToken { token, pin: pin.map(Digest) };
            prop_assert_eq!(token.to_string().parse::<SetupToken>(), Ok(token));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,300}") {
            let _ = text.parse::<SetupToken>();
        }
    }
}
