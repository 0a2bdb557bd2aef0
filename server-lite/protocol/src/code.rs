//! How a customer finds his technician: a spoken code, or a link. Both have a half that the relay may know (the
//! [`Finder`]) and a half that it never sees (the [`Secret`]), which keys the PAKE between the two ends.
//!
//! Nothing here makes randomness: the console passes random bytes in.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::{Digest as _, Sha256};
use url::{Host, Url};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::key::Digest;

/// Crockford's base 32: no I, L, O or U, so that a code can be read out on the telephone.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters of each half of a spoken code: 20 bits.
const SPOKEN_HALF: usize = 4;
/// Characters of a link's finder: 80 bits.
const LINK_FINDER: usize = 16;
/// Characters of a link's secret: 130 bits, of which 128 are random.
const LINK_SECRET: usize = 26;

/// Why a typed call, a link or a code could not be read. The screen says it in the customer's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CodeError {
    /// Nothing that could be a relay's address.
    #[error("the relay's address is missing or not an address")]
    Relay,
    /// An address that is neither https nor this computer.
    #[error("the relay's address is not secure")]
    Insecure,
    /// Nothing that could be a code.
    #[error("the code is missing or not of the form XXXX-XXXX")]
    Code,
}

/// Reads one character as a customer may type it.
pub(crate) fn symbol(c: char) -> Option<u8> {
    let c = match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        c => c,
    };
    let byte = u8::try_from(c).ok()?;
    ALPHABET.contains(&byte).then_some(byte)
}

fn symbols(text: &str) -> Option<String> {
    text.chars().filter(|c| !matches!(c, '-' | ' ' | '\u{a0}')).map(|c| symbol(c).map(char::from)).collect()
}

/// Writes bytes in the alphabet, five bits a character, zero bits at the end.
pub(crate) fn encode(bytes: &[u8], chars: usize) -> String {
    (0..chars)
        .map(|i| {
            let value = (0..5).fold(0_usize, |value, bit| {
                let at = i * 5 + bit;
                let set = bytes.get(at / 8).is_some_and(|byte| byte & (0x80 >> (at % 8)) != 0);
                (value << 1) | usize::from(set)
            });
            char::from(ALPHABET.get(value).copied().unwrap_or(b'0'))
        })
        .collect()
}

/// The half that finds a session at the relay: 20 bits when spoken, 80 bits in a link or package.
#[derive(Clone, PartialEq, Eq, Hash, ts_rs::TS)]
#[ts(export, type = "string")]
pub struct Finder(String);

impl Finder {
    /// The finder as it stands in a code or link.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is the short one of a spoken code, which can be guessed and is therefore short-lived.
    #[must_use]
    pub fn is_spoken(&self) -> bool {
        self.0.len() == SPOKEN_HALF
    }

    /// What the relay stores and compares: SHA-256 over a label and the finder.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest(Sha256::new().chain_update(b"deskhand/finder/v1\0").chain_update(self.0.as_bytes()).finalize().into())
    }
}

impl fmt::Debug for Finder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Finder(…)")
    }
}

impl FromStr for Finder {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        if text.len() > 64 {
            return Err(CodeError::Code);
        }
        let text = symbols(text).ok_or(CodeError::Code)?;
        matches!(text.len(), SPOKEN_HALF | LINK_FINDER).then_some(Self(text)).ok_or(CodeError::Code)
    }
}

impl Serialize for Finder {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Finder {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// The half that the relay never sees. Wiped from memory when dropped, never printed.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Secret(String);

impl Secret {
    /// The secret as the PAKE's password.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The secret as text, for a package file or a link that its owner asked for.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl FromStr for Secret {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        if text.len() > 64 {
            return Err(CodeError::Code);
        }
        let text = symbols(text).ok_or(CodeError::Code)?;
        matches!(text.len(), SPOKEN_HALF | LINK_SECRET).then_some(Self(text)).ok_or(CodeError::Code)
    }
}

/// Both halves of an invitation to one session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// What the relay may know.
    pub finder: Finder,
    /// What it never sees.
    pub secret: Secret,
}

impl Invitation {
    /// Makes a spoken code, `K7MP-4QXD`, of 40 random bits.
    #[must_use]
    pub fn spoken(random: [u8; 5]) -> Self {
        let mut code = encode(&random, 2 * SPOKEN_HALF);
        let secret = code.split_off(SPOKEN_HALF);
        Self { finder: Finder(code), secret: Secret(secret) }
    }

    /// Makes the invitation of a link or package: 80 bits to find it, 128 bits of secret.
    #[must_use]
    pub fn link(finder: [u8; 10], secret: [u8; 16]) -> Self {
        Self { finder: Finder(encode(&finder, LINK_FINDER)), secret: Secret(encode(&secret, LINK_SECRET)) }
    }

    /// The code as it is read out: the two halves with a hyphen.
    #[must_use]
    pub fn to_spoken(&self) -> String {
        format!("{}-{}", self.finder.0, self.secret.0)
    }

    /// The link that opens the relay's connect page. The secret stands behind `#`, which browsers do not send.
    #[must_use]
    pub fn to_link(&self, relay: &RelayAddress) -> String {
        format!("{relay}/s/{}#{}", self.finder.0, self.secret.0)
    }
}

impl FromStr for Invitation {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        if text.len() > 64 {
            return Err(CodeError::Code);
        }
        let mut text = symbols(text).ok_or(CodeError::Code)?;
        if text.len() != 2 * SPOKEN_HALF {
            return Err(CodeError::Code);
        }
        let secret = text.split_off(SPOKEN_HALF);
        Ok(Self { finder: Finder(text), secret: Secret(secret) })
    }
}

/// Where a relay is: `https://host[:port]`, or `http://` for this computer itself. No path, no user, no query.
#[derive(Debug, Clone, PartialEq, Eq, Hash, ts_rs::TS)]
#[ts(export, type = "string")]
pub struct RelayAddress(Url);

impl RelayAddress {
    /// The address as a URL with an empty path.
    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.0
    }

    /// Host and port as a person reads them, without the scheme.
    #[must_use]
    pub fn authority(&self) -> &str {
        self.0.authority()
    }

    /// Whether it is this computer's own loopback address, which nobody else can call.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        }
    }
}

impl fmt::Display for RelayAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl FromStr for RelayAddress {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        let text = text.trim();
        if text.is_empty() || text.len() > 300 || text.contains(char::is_whitespace) {
            return Err(CodeError::Relay);
        }
        let parse = |text: &str| Url::parse(text).map_err(|_| CodeError::Relay);
        let bare = !text.contains("://");
        let mut url = if bare { parse(&format!("https://{text}"))? } else { parse(text)? };
        let port = url.port();
        if bare && Self(url.clone()).is_loopback() {
            url = parse(&format!("http://{text}"))?;
        }
        let plain = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !plain || !url.username().is_empty() || url.password().is_some() || url.host().is_none() || port == Some(0) {
            return Err(CodeError::Relay);
        }
        let address = Self(url);
        match address.0.scheme() {
            "https" => Ok(address),
            "http" if address.is_loopback() => Ok(address),
            "http" => Err(CodeError::Insecure),
            _ => Err(CodeError::Relay),
        }
    }
}

impl Serialize for RelayAddress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RelayAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// What a customer types or pastes into the helper's one field: `RELAY CODE`, or a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedCall {
    /// Whom to ask.
    pub relay: RelayAddress,
    /// Both halves.
    pub invitation: Invitation,
}

impl FromStr for TypedCall {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        let text = text.trim().trim_matches('\u{a0}');
        if text.len() > 600 {
            return Err(CodeError::Relay);
        }
        if let Some((relay, rest)) = text.split_once("/s/") {
            let (finder, secret) = rest.split_once('#').ok_or(CodeError::Code)?;
            let relay = relay.parse()?;
            return Ok(Self { relay, invitation: Invitation { finder: finder.parse()?, secret: secret.parse()? } });
        }
        let (relay, code) = text.split_once([' ', '\u{a0}', '\t']).ok_or(CodeError::Code)?;
        Ok(Self { relay: relay.parse()?, invitation: code.parse()? })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_spoken_code_is_read_as_people_type_it() {
        let call: TypedCall = "help.example.org K7MP-4QXD".parse().unwrap();
        assert_eq!(call.relay.to_string(), "https://help.example.org");
        assert_eq!(call.invitation.to_spoken(), "K7MP-4QXD");
        for typed in
            ["  help.example.org k7mp4qxd ", "help.example.org K7MP 4QXD", "https://help.example.org/ K7mP-4qxd"]
        {
            assert_eq!(typed.parse::<TypedCall>().unwrap(), call, "{typed}");
        }
        let zero: TypedCall = "10.0.0.2:8443 OIL0-1111".parse().unwrap();
        assert_eq!(zero.invitation.to_spoken(), "0110-1111");
    }

    #[test]
    fn a_link_is_read_in_the_same_field() {
        let invitation = Invitation::link([7; 10], [9; 16]);
        let relay: RelayAddress = "192.168.0.7:8443".parse().unwrap();
        let call: TypedCall = invitation.to_link(&relay).parse().unwrap();
        assert_eq!(call, TypedCall { relay, invitation });
    }

    #[test]
    fn plain_http_is_for_this_computer_only() {
        assert_eq!("127.0.0.1:4000".parse::<RelayAddress>().unwrap().to_string(), "http://127.0.0.1:4000");
        assert_eq!("http://help.example.org".parse::<RelayAddress>(), Err(CodeError::Insecure));
        assert_eq!("ftp://help.example.org".parse::<RelayAddress>(), Err(CodeError::Relay));
        assert_eq!("https://u:p@help.example.org".parse::<RelayAddress>(), Err(CodeError::Relay));
        assert_eq!("https://help.example.org/x".parse::<RelayAddress>(), Err(CodeError::Relay));
    }

    #[test]
    fn neither_half_is_printed() {
        let printed = format!("{:?}", Invitation::spoken([1, 2, 3, 4, 5]));
        let spoken = Invitation::spoken([1, 2, 3, 4, 5]).to_spoken();
        let (finder, secret) = spoken.split_once('-').unwrap();
        assert!(!printed.contains(finder) && !printed.contains(secret), "{printed}");
    }

    proptest! {
        #[test]
        fn every_spoken_code_reads_back(random: [u8; 5]) {
            let code = Invitation::spoken(random);
            prop_assert_eq!(code.to_spoken().parse::<Invitation>().unwrap(), code);
        }

        #[test]
        fn every_link_reads_back(finder: [u8; 10], secret: [u8; 16]) {
            let relay: RelayAddress = "https://help.example.org".parse().unwrap();
            let invitation = Invitation::link(finder, secret);
            let call: TypedCall = invitation.to_link(&relay).parse().unwrap();
            prop_assert_eq!(call.invitation, invitation);
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC{0,80}|[ -~]{0,700}") {
            let _ = text.parse::<TypedCall>();
            let _ = text.parse::<Finder>();
            let _ = text.parse::<Secret>();
        }
    }
}
