//! A company's certificate for a technician: the company's key says which key is his and what he is called.
//!
//! It has one binary form, so that exactly what was signed is read:
//!
//! | offset | bytes | |
//! |---|---|---|
//! | 0 | 1 | version: 1 |
//! | 1 | 16 | its id |
//! | 17 | 32 | the company's key |
//! | 49 | 32 | the technician's key |
//! | 81 | 8 | from when it is good, in milliseconds since 1970, big-endian |
//! | 89 | 8 | until when |
//! | 97 | 2 + n | the technician's name: its length, big-endian, and UTF-8 |
//! | … | 2 + n | the company's name, likewise |
//! | … | 64 | the company's signature over [`SIGNATURE_LABEL`] and everything before it |
//!
//! This module reads and writes it. Whoever relies on one checks the signature too, and by which key it is: the form
//! alone proves nothing.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::{
    UnixMillis,
    id::{CertificateId, TechnicianId},
    key::{PublicKey, Signature},
    limit::CERTIFICATE,
    record::TechnicianRecord,
    text::Name,
};

/// What the signature covers before the certificate's bytes.
pub const SIGNATURE_LABEL: &[u8] = b"deskhand/company/certificate/v1\0";
/// The version of the form; another one is not read.
const VERSION: u8 = 1;
/// Bytes of a signature.
const SIGNATURE: usize = 64;

/// What a certificate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certified {
    /// Names it, also when it is revoked.
    pub id: CertificateId,
    /// Whose word it is.
    pub company: PublicKey,
    /// The technician's key.
    pub technician: PublicKey,
    /// From when it is good.
    pub from: UnixMillis,
    /// Until when.
    pub until: UnixMillis,
    /// What the technician is called; never blank.
    pub name: Name,
    /// What the company is called.
    pub company_name: Name,
}

/// Bytes are no certificate of this version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a certificate of this version")]
pub struct NotACertificate;

/// A certificate as it travels and is stored: bytes within [`CERTIFICATE`], of whatever version. On the wire they are
/// unpadded base64url text.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SealedCertificate(Vec<u8>);

/// A certificate taken apart, with what its signature has to cover.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// What it says, if the signature holds.
    pub certified: Certified,
    /// What the signature has to cover, label included.
    pub signed: Vec<u8>,
    /// By the company's key.
    pub signature: Signature,
}

impl Certified {
    /// What the company signs, label included.
    #[must_use]
    pub fn signed_bytes(&self) -> Vec<u8> {
        [SIGNATURE_LABEL, &self.to_bytes()].concat()
    }

    /// Puts the company's signature of [`signed_bytes`](Self::signed_bytes) behind it.
    #[must_use]
    pub fn sealed(&self, signature: &Signature) -> SealedCertificate {
        SealedCertificate([self.to_bytes().as_slice(), signature.as_bytes()].concat())
    }

    /// Whether it is about this technician under just these names.
    #[must_use]
    pub fn is_about(&self, key: &PublicKey, name: &Name, company: &Name) -> bool {
        self.technician == *key && self.name == *name && self.company_name == *company
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(CERTIFICATE);
        bytes.push(VERSION);
        bytes.extend_from_slice(self.id.as_bytes());
        bytes.extend_from_slice(self.company.as_bytes());
        bytes.extend_from_slice(self.technician.as_bytes());
        bytes.extend_from_slice(&self.from.0.to_be_bytes());
        bytes.extend_from_slice(&self.until.0.to_be_bytes());
        for name in [&self.name, &self.company_name] {
            // A name has at most 480 bytes.
            let length = u16::try_from(name.as_str().len()).unwrap_or(u16::MAX);
            bytes.extend_from_slice(&length.to_be_bytes());
            bytes.extend_from_slice(name.as_str().as_bytes());
        }
        bytes
    }
}

impl SealedCertificate {
    /// Takes bytes from outside.
    ///
    /// # Errors
    ///
    /// [`NotACertificate`] when they are more than [`CERTIFICATE`].
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, NotACertificate> {
        if bytes.len() > CERTIFICATE { Err(NotACertificate) } else { Ok(Self(bytes)) }
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Takes it apart. Nothing of it is proven before the signature has been checked.
    ///
    /// # Errors
    ///
    /// [`NotACertificate`] when it has another form, another version, or a byte too much.
    pub fn open(&self) -> Result<Opened, NotACertificate> {
        let (body, signature) = self.0.split_last_chunk::<SIGNATURE>().ok_or(NotACertificate)?;
        let mut rest = body;
        let [version] = take(&mut rest)?;
        if version != VERSION {
            return Err(NotACertificate);
        }
        let certified = Certified {
            id: CertificateId::from_uuid(uuid::Uuid::from_bytes(take(&mut rest)?)),
            company: PublicKey(take(&mut rest)?),
            technician: PublicKey(take(&mut rest)?),
            from: UnixMillis(i64::from_be_bytes(take(&mut rest)?)),
            until: UnixMillis(i64::from_be_bytes(take(&mut rest)?)),
            name: name(&mut rest)?,
            company_name: name(&mut rest)?,
        };
        if !rest.is_empty() || certified.name.is_blank() || certified.from > certified.until {
            return Err(NotACertificate);
        }
        let signed = [SIGNATURE_LABEL, body].concat();
        Ok(Opened { certified, signed, signature: Signature(*signature) })
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], NotACertificate> {
    let (taken, left) = rest.split_first_chunk::<N>().ok_or(NotACertificate)?;
    *rest = left;
    Ok(*taken)
}

fn name(rest: &mut &[u8]) -> Result<Name, NotACertificate> {
    let length = usize::from(u16::from_be_bytes(take(rest)?));
    let (text, left) = rest.split_at_checked(length).ok_or(NotACertificate)?;
    *rest = left;
    let text = std::str::from_utf8(text).map_err(|_| NotACertificate)?;
    Name::new(text).map_err(|_| NotACertificate)
}

/// Prints the size only: names do not belong in a log.
impl fmt::Debug for SealedCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedCertificate({} bytes)", self.0.len())
    }
}

impl Serialize for SealedCertificate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64URL_NOPAD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for SealedCertificate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        if text.len() > CERTIFICATE * 4 / 3 + 4 {
            return Err(D::Error::custom(NotACertificate));
        }
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).map_err(D::Error::custom)?;
        Self::from_bytes(bytes).map_err(D::Error::custom)
    }
}

/// The company as a relay keeps it: public keys and certificates, nothing that could make one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompanyRecord {
    /// The company's key; none before the owner's console has brought it.
    pub key: Option<PublicKey>,
    /// Everybody who works here, the owner first.
    pub people: Vec<Person>,
    /// Whether the relay serves the console to browsers, at `/console/`.
    #[serde(default)]
    pub browsers: bool,
}

/// A technician and what the company says of him.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Who.
    pub technician: TechnicianRecord,
    /// Whether the relay is his.
    pub owner: bool,
    /// His latest certificate, if he has one that was not revoked.
    pub certificate: Option<SealedCertificate>,
    /// When his certificates were revoked, if he has got none since.
    pub revoked_at: Option<UnixMillis>,
}

/// The owner's console brings the company's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewCompanyKey {
    /// The key.
    pub key: PublicKey,
    /// The one it takes the place of; every certificate of that one is worth nothing from now on.
    pub replaces: Option<PublicKey>,
}

/// The owner's console has certified a technician.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewCertificate {
    /// Whom.
    pub technician: TechnicianId,
    /// By the company's key.
    pub certificate: SealedCertificate,
}

/// An invitation to join a relay as a technician.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TechnicianInvitation {
    /// The one-time token, in place of the owner's set-up token. A secret.
    pub token: String,
    /// How long it is good, in milliseconds.
    pub life_ms: u64,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn certified() -> Certified {
        Certified {
            id: CertificateId::from_uuid(uuid::Uuid::from_bytes([1; 16])),
            company: PublicKey([2; 32]),
            technician: PublicKey([3; 32]),
            from: UnixMillis(1_790_000_000_000),
            until: UnixMillis(1_797_776_000_000),
            name: Name::lossy("Mara Weber"),
            company_name: Name::lossy("Weber & Söhne"),
        }
    }

    #[test]
    fn the_longest_certificate_is_within_the_limit_and_no_limit_is_wasted() {
        let long = Name::new("𝔐".repeat(crate::limit::NAME_CHARS)).unwrap();
        let longest = Certified { name: long.clone(), company_name: long, ..certified() };
        let sealed = longest.sealed(&Signature([9; 64]));
        assert_eq!(sealed.as_bytes().len(), CERTIFICATE);
        assert_eq!(sealed.open().unwrap().certified, longest);
        assert_eq!(SealedCertificate::from_bytes(vec![1; CERTIFICATE + 1]), Err(NotACertificate));
        let text = serde_json::to_string(&sealed).unwrap();
        assert_eq!(serde_json::from_str::<SealedCertificate>(&text).unwrap(), sealed);
        let longer = format!("\"{}\"", "A".repeat(CERTIFICATE * 2));
        assert!(serde_json::from_str::<SealedCertificate>(&longer).is_err());
    }

    #[test]
    fn a_cut_or_longer_certificate_is_none_at_every_length() {
        let whole = certified().sealed(&Signature([9; 64]));
        for length in 0..whole.as_bytes().len() {
            assert_eq!(SealedCertificate(whole.as_bytes()[..length].to_vec()).open(), Err(NotACertificate), "{length}");
        }
        let longer = SealedCertificate([whole.as_bytes(), &[0]].concat());
        assert_eq!(longer.open(), Err(NotACertificate));
    }

    #[test]
    fn a_blank_name_a_backward_time_and_another_version_are_refused() {
        let signature = Signature([9; 64]);
        for wrong in [
            Certified { name: Name::lossy("  "), ..certified() },
            Certified { from: UnixMillis(2), until: UnixMillis(1), ..certified() },
        ] {
            assert_eq!(wrong.sealed(&signature).open(), Err(NotACertificate));
        }
        let mut newer = certified().sealed(&signature).0;
        newer[0] = 2;
        assert_eq!(SealedCertificate(newer).open(), Err(NotACertificate));
    }

    proptest! {
        #[test]
        fn whatever_is_read_is_written_as_it_came(bytes in proptest::collection::vec(any::<u8>(), 0..CERTIFICATE)) {
            let sealed = SealedCertificate::from_bytes(bytes).unwrap();
            if let Ok(opened) = sealed.open() {
                prop_assert_eq!(opened.certified.sealed(&opened.signature), sealed);
            }
        }

        #[test]
        fn a_changed_byte_changes_what_is_signed(at: prop::sample::Index, change in 1_u8..) {
            let whole = certified().sealed(&Signature([9; 64]));
            let mut bytes = whole.as_bytes().to_vec();
            let at = at.index(bytes.len());
            bytes[at] ^= change;
            let before = whole.open().unwrap();
            if let Ok(after) = SealedCertificate(bytes).open() {
                prop_assert!(after.signed != before.signed || after.signature != before.signature);
            }
        }
    }
}
