//! Fixed-size byte strings: public keys, signatures, nonces, digests. On the wire they are unpadded base64url text.

use std::{fmt, str::FromStr};

use data_encoding::{BASE64URL_NOPAD, HEXLOWER, HEXUPPER};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::{Digest as _, Sha256};

/// A text is not the base64url form of the expected number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not {expected} bytes in base64url")]
pub struct NotBytes {
    /// How many bytes there should be.
    pub expected: usize,
}

macro_rules! bytes {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(ts_rs::TS)]
#[ts(export, type = "string")]
        pub struct $name(pub [u8; $len]);

        impl $name {
            /// The bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&BASE64URL_NOPAD.encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = NotBytes;

            fn from_str(text: &str) -> Result<Self, NotBytes> {
                let refuse = || NotBytes { expected: $len };
                let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| refuse())?;
                Ok(Self(bytes.try_into().map_err(|_| refuse())?))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
                text.parse().map_err(D::Error::custom)
            }
        }
    };
}

bytes!(
    /// An Ed25519 public key (RFC 8032).
    PublicKey, 32
);
bytes!(
    /// An Ed25519 signature (RFC 8032).
    Signature, 64
);
bytes!(
    /// Fresh randomness of one end for one purpose.
    Nonce, 32
);
bytes!(
    /// A SHA-256 digest.
    Digest, 32
);

impl PublicKey {
    /// As people compare it, by ear or by eye: 128 bits of its digest in groups of four hexadecimal digits.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let digest = Sha256::new().chain_update(b"deskhand/fingerprint/v1\0").chain_update(self.0).finalize();
        let hex = HEXUPPER.encode(digest.get(..16).unwrap_or_default());
        let groups: Vec<&str> = (0..8).filter_map(|group| hex.get(group * 4..group * 4 + 4)).collect();
        groups.join(" ")
    }
}

impl Digest {
    /// As people compare it, and as files are named: 64 hexadecimal digits in lower case.
    #[must_use]
    pub fn hex(&self) -> String {
        HEXLOWER.encode(&self.0)
    }
}

bytes!(
    /// One end's SPAKE2 message on the Ed25519 group: a side byte and a group element.
    PakeShare, 33
);
