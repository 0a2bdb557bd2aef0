//! Whom to call, in the name of the customer's program: for the one who gets the bare program and nothing beside it.
//!
//! ```text
//! deskhand_help.example.org_8443_K7MP-4QXD_TTTTTTTTTTTTTTTTCC     relay, code, 80 bits of the technician's key hash
//! deskhand_help.example.org_FFFFFFFFFFFFFFFF_SSSS…SSSSCC          relay and both halves of a link
//! deskhand_help.example.org_FFFFCC                                relay and finder: the customer adds the rest
//! ```
//!
//! `CC` is a check over everything before it. A browser, a mail program or a file manager may put something before or
//! behind the name, as in ` (1)` and ` - Copy`, turn blanks and underscores into each other, make blanks unbreakable
//! and change the case: it still reads. Anything else is told from a name that was never one.
//!
//! A name never carries a person, a company, a capability or a policy.

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::{
    code::{Finder, Invitation, RelayAddress, encode, symbol},
    key::PublicKey,
};

/// What every name begins with.
const MARK: &str = "deskhand";
/// Longest name without its ending, in characters: every file system and mail program takes it.
const LONGEST: usize = 160;
/// Longest name that is looked at, in bytes: no file system has longer ones.
const READ: usize = 1_024;
/// Characters of a [`KeyTag`]: 80 bits.
const TAG: usize = 16;
/// Characters of a link's finder.
const LINK_FINDER: usize = 16;
/// Characters of a link's secret.
const LINK_SECRET: usize = 26;
/// Characters of each half of a spoken code.
const SPOKEN_HALF: usize = 4;
/// Characters of the check.
const CHECK: usize = 2;
/// The largest prime below 32²: one changed character and two that changed places are always noticed.
const MODULUS: usize = 1_021;

/// 80 bits of a technician's key hash, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyTag(String);

impl KeyTag {
    /// Of a key.
    #[must_use]
    pub fn of(key: &PublicKey) -> Self {
        let hash = Sha256::new().chain_update(b"deskhand/key-tag/v1\0").chain_update(key.as_bytes()).finalize();
        Self(encode(&hash, TAG))
    }

    /// Whether the key has this tag.
    #[must_use]
    pub fn fits(&self, key: &PublicKey) -> bool {
        Self::of(key) == *self
    }
}

/// What a program's name says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallName {
    /// A spoken code, and who alone is accepted.
    Spoken {
        /// Whom to ask.
        relay: RelayAddress,
        /// Both halves.
        invitation: Invitation,
        /// Of the technician's key.
        technician: KeyTag,
    },
    /// Everything that a link has.
    Link {
        /// Whom to ask.
        relay: RelayAddress,
        /// Both halves.
        invitation: Invitation,
    },
    /// Where, but not the secret half: a relay that gives out the program does not know it.
    Half {
        /// Whom to ask.
        relay: RelayAddress,
        /// The half that the relay knows.
        finder: Finder,
    },
}

/// A name could not be written or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// It was meant to say whom to call and was changed since.
    #[error("the program's name was changed")]
    Damaged,
    /// The relay's address does not fit into a file's name, as one of numbers with colons.
    #[error("the relay's address does not fit into a file's name")]
    Address,
}

/// What stands before the code in every name for this relay: the mark, the host and the port.
///
/// # Errors
///
/// [`NameError::Address`].
pub fn stem_of(relay: &RelayAddress) -> Result<String, NameError> {
    let authority = relay.authority();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':');
    if !authority.chars().all(plain) || authority.len() > 100 {
        return Err(NameError::Address);
    }
    Ok(format!("{MARK}_{}", authority.replacen(':', "_", 1)))
}

/// The check over what was written so far.
fn check(text: &str) -> String {
    let sum = text
        .bytes()
        .enumerate()
        .fold(0_usize, |sum, (at, byte)| (sum + (at + 1) * usize::from(byte.to_ascii_uppercase())) % MODULUS);
    let bits = u16::try_from(sum).unwrap_or_default() << 6;
    encode(&bits.to_be_bytes(), CHECK)
}

impl CallName {
    /// The name without an ending such as `.exe`.
    ///
    /// # Errors
    ///
    /// [`NameError::Address`].
    pub fn write(&self) -> Result<String, NameError> {
        let (relay, rest) = match self {
            Self::Spoken { relay, invitation, technician } => {
                (relay, format!("{}_{}", invitation.to_spoken(), technician.0))
            }
            Self::Link { relay, invitation } => {
                (relay, format!("{}_{}", invitation.finder.as_str(), invitation.secret.reveal()))
            }
            Self::Half { relay, finder } => (relay, finder.as_str().to_owned()),
        };
        let name = format!("{}_{rest}", stem_of(relay)?);
        let name = format!("{name}{}", check(&name));
        if name.len() > LONGEST { Err(NameError::Address) } else { Ok(name) }
    }

    /// Reads a program's name, with or without its ending; `None` if it does not say whom to call.
    ///
    /// # Errors
    ///
    /// [`NameError::Damaged`].
    pub fn read(name: &str) -> Result<Option<Self>, NameError> {
        if name.len() > READ {
            return Ok(None);
        }
        let plain: String = name.chars().filter_map(plain).collect();
        let mut damaged = false;
        for (at, _) in plain.to_ascii_lowercase().match_indices(MARK) {
            let Some(rest) = plain.get(at + MARK.len()..) else { continue };
            let fields: Vec<&str> = rest.split('_').filter(|field| !field.is_empty()).collect();
            if !rest.starts_with('_') {
                continue;
            }
            match Self::of_fields(&fields) {
                Some(call) => return Ok(Some(call)),
                // A host and something behind it: this was meant for us.
                None => damaged |= fields.len() > 1 && fields.first().is_some_and(|host| host.contains('.')),
            }
        }
        if damaged { Err(NameError::Damaged) } else { Ok(None) }
    }

    fn of_fields(fields: &[&str]) -> Option<Self> {
        let (host, rest) = fields.split_first()?;
        let is_port = |text: &str| (1..=5).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_digit());
        let with_port = match rest.split_first() {
            Some((port, behind)) if is_port(port) => {
                format!("{host}:{port}").parse().ok().and_then(|relay| Self::of_code(relay, behind))
            }
            _ => None,
        };
        // Four digits may be a port or the first half of a code.
        with_port.or_else(|| Self::of_code(host.parse().ok()?, rest))
    }

    fn of_code(relay: RelayAddress, fields: &[&str]) -> Option<Self> {
        let (first, behind) = fields.split_first()?;
        let last = behind.first();
        let spoken = || {
            let (technician, check) = split(last?, TAG)?;
            let whole = first.len() == 2 * SPOKEN_HALF + 1;
            let invitation = whole.then(|| first.parse().ok()).flatten()?;
            Self::Spoken { relay: relay.clone(), invitation, technician: KeyTag(technician) }.checked(&check)
        };
        let link = || {
            let (secret, check) = split(last?, LINK_SECRET)?;
            let finder: Finder = first.parse().ok()?;
            let invitation = Invitation { finder, secret: secret.parse().ok()? };
            Self::Link { relay: relay.clone(), invitation }.checked(&check)
        };
        let half = |length| {
            let (finder, check) = split(first, length)?;
            Self::Half { relay: relay.clone(), finder: finder.parse().ok()? }.checked(&check)
        };
        spoken().or_else(link).or_else(|| half(LINK_FINDER)).or_else(|| half(SPOKEN_HALF))
    }

    /// Only if that is the check of its canonical form.
    fn checked(self, found: &str) -> Option<Self> {
        let written = self.write().ok()?;
        written.ends_with(found).then_some(self)
    }
}

impl fmt::Display for KeyTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// So many symbols from the beginning of a field, then its check. What follows was added by somebody.
fn split(field: &str, length: usize) -> Option<(String, String)> {
    let read: Option<String> = field.chars().take(length + CHECK).map(|c| symbol(c).map(char::from)).collect();
    let mut read = read.filter(|read| read.len() == length + CHECK)?;
    let check = read.split_off(length);
    Some((read, check))
}

/// One character as it was once written; nothing for one that is not seen.
fn plain(c: char) -> Option<char> {
    match c {
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}' => None,
        '\u{2010}'..='\u{2015}' | '\u{2212}' => Some('-'),
        c if c.is_whitespace() => Some('_'),
        c => Some(c),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn relay(text: &str) -> RelayAddress {
        text.parse().unwrap()
    }

    fn spoken() -> CallName {
        CallName::Spoken {
            relay: relay("help.example.org:8443"),
            invitation: Invitation::spoken([1, 2, 3, 4, 5]),
            technician: KeyTag::of(&PublicKey([7; 32])),
        }
    }

    fn link() -> CallName {
        CallName::Link { relay: relay("192.168.0.7:7470"), invitation: Invitation::link([9; 10], [8; 16]) }
    }

    fn half(finder: &Finder) -> CallName {
        CallName::Half { relay: relay("help.example.org"), finder: finder.clone() }
    }

    #[test]
    fn the_form_is_pinned() {
        assert_eq!(spoken().write().unwrap(), "deskhand_help.example.org_8443_0410-6105_FHJ6B2Y5HCK8Q6E5SD");
        // The script of the connect page makes the same one, and is tested against it.
        assert_eq!(link().write().unwrap(), "deskhand_192.168.0.7_7470_144GJ289144GJ289_1040G2081040G2081040G20810C6");
    }

    #[test]
    fn a_name_survives_what_programs_do_to_it() {
        for call in [
            spoken(),
            link(),
            half(&Invitation::spoken([1; 5]).finder),
            half(&Invitation::link([1; 10], [0; 16]).finder),
        ] {
            let name = call.write().unwrap();
            for changed in [
                name.clone(),
                format!("{name}.exe"),
                format!("{name} (1).exe"),
                format!("{name}(1).exe"),
                format!("{name}[1].exe"),
                format!("{name} - Copy.exe"),
                format!("{name} - Kopie (2).exe"),
                format!("{name}\u{a0}(1).exe"),
                format!("{name}_1.exe"),
                format!("{name}-1.exe"),
                format!("{name}1.exe"),
                format!("{name} copy"),
                format!("{name}.exe.exe"),
                format!("Copy of {name}.exe"),
                format!("Kopie von {name}.exe"),
                format!("~{name}"),
                name.to_ascii_lowercase(),
                name.to_ascii_uppercase(),
                name.replace('_', " "),
                name.replace('_', "\u{a0}"),
                name.replace('_', "\u{202f}"),
                name.replace('-', "\u{2011}"),
                format!("\u{200e}{name}\u{200e}.exe"),
            ] {
                assert_eq!(CallName::read(&changed), Ok(Some(call.clone())), "{changed}");
            }
        }
    }

    #[test]
    fn a_program_with_a_name_of_its_own_calls_nobody() {
        for name in
            ["", "deskhand-helper", "deskhand-helper.exe", "Deskhand Helper (2).exe", "deskhand_1.2", "setup.exe"]
        {
            assert_eq!(CallName::read(name), Ok(None), "{name}");
        }
        assert_eq!(CallName::read(&"deskhand_a.b_".repeat(1_000)), Ok(None));
    }

    #[test]
    fn an_address_of_colons_does_not_fit() {
        let call = half(&Invitation::spoken([1; 5]).finder);
        let CallName::Half { finder, .. } = call else { panic!() };
        let call = CallName::Half { relay: relay("[::1]:8443"), finder };
        assert_eq!(call.write(), Err(NameError::Address));
    }

    #[test]
    fn a_tag_fits_one_key() {
        let tag = KeyTag::of(&PublicKey([7; 32]));
        assert!(tag.fits(&PublicKey([7; 32])) && !tag.fits(&PublicKey([8; 32])));
    }

    proptest! {
        #[test]
        fn every_name_reads_back(code: [u8; 5], key: [u8; 32], finder: [u8; 10], secret: [u8; 16], port: Option<u16>, tail in "(| \\([0-9]{1,3}\\)| - Copy|\u{a0}- Kopie)(|\\.exe)") {
            let host = match port { Some(port) if port > 0 => format!("h-1.example.org:{port}"), _ => "h-1.example.org".to_owned() };
            let (spoken, link) = (Invitation::spoken(code), Invitation::link(finder, secret));
            let calls = [
                CallName::Half { relay: relay(&host), finder: spoken.finder.clone() },
                CallName::Half { relay: relay(&host), finder: link.finder.clone() },
                CallName::Spoken { relay: relay(&host), invitation: spoken, technician: KeyTag::of(&PublicKey(key)) },
                CallName::Link { relay: relay(&host), invitation: link },
            ];
            for call in calls {
                let name = format!("{}{tail}", call.write().unwrap());
                prop_assert_eq!(CallName::read(&name), Ok(Some(call)));
            }
        }

        #[test]
        fn one_changed_symbol_is_noticed(at: prop::sample::Index, to in "[0-9A-Z]") {
            let call = spoken();
            let name = call.write().unwrap();
            let from = "deskhand_".len();
            let at = from + at.index(name.len() - from);
            let mut changed = name;
            changed.replace_range(at..=at, &to);
            let read = CallName::read(&changed);
            prop_assert!(read == Ok(Some(call)) || !matches!(read, Ok(Some(_))), "{} became {:?}", changed, read);
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC{0,200}", rest in "[ _.0-9A-Z-]{0,80}") {
            let _ = CallName::read(&text);
            let _ = CallName::read(&format!("deskhand_{rest}"));
            let _ = CallName::read(&format!("deskhand_a.b_{text}"));
        }
    }
}
