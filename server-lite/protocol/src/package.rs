//! The `support.deskhand` file beside a helper: whom to call and how to know him. It is signed by the technician's
//! key that stands in it, so that a damaged or edited file is refused; who is trusted is decided by the PAKE.

pub mod brand;
pub mod name;

use serde::{Deserialize, Serialize};

use self::brand::{Brand, Language};

use crate::{
    UnixMillis,
    code::{Finder, RelayAddress},
    company::SealedCertificate,
    key::{Digest, PublicKey, Signature},
    text::{ChatText, Name},
};

/// The name of the file beside the helper.
pub const FILE_NAME: &str = "support.deskhand";
/// The version of [`PackageBody`]; a newer one is refused with a sentence.
pub const PACKAGE_VERSION: u16 = 1;
/// What the signature covers before the body's bytes.
pub const SIGNATURE_LABEL: &[u8] = b"deskhand/package/v1\0";

/// The file's outer form: JSON with the body as text, so that exactly the signed bytes are read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupportFile {
    /// The version of the body, readable before the body is.
    pub version: u16,
    /// The body as JSON text.
    pub body: String,
    /// By the body's `technician` over [`SIGNATURE_LABEL`] and the body's bytes.
    pub signature: Signature,
}

/// Where and whom to call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageBody {
    /// The relay's addresses in the order to try them.
    pub relays: Vec<PackageRelay>,
    /// The technician's public key.
    pub technician: PublicKey,
    /// The name he gives himself.
    pub technician_name: Name,
    /// The company he says he works for.
    pub company: Name,
    /// What finds the session.
    pub finder: Finder,
    /// The secret half in its text form; see [`crate::code::Secret`].
    pub secret: String,
    /// When it stops being of use, by the technician's clock; the relay decides.
    pub expires_at: UnixMillis,
    /// The company's key: whoever it has certified is accepted, and nobody else. Without it the technician alone is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company_key: Option<PublicKey>,
    /// The technician's certificate by that key; there exactly if the key is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<SealedCertificate>,
    /// How the company wants to be recognised. Never who it is: that is proven by keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<Brand>,
    /// A line of the technician to this customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<ChatText>,
    /// In which language the helper begins; the customer can switch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
}

/// One way to the relay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageRelay {
    /// Its address.
    pub address: RelayAddress,
    /// SHA-256 of its certificate's SubjectPublicKeyInfo (RFC 7469), when it has its own certificate.
    pub pin: Option<Digest>,
}
