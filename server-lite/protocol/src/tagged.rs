//! Reads a JSON message that names its type, and tells apart what can be wrong with it, so that its sender can be told.

use std::borrow::Cow;

use serde::{Deserialize, de::DeserializeOwned};

use crate::{PROTOCOL_VERSION, error::ErrorCode};

/// What is wrong with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is no JSON object with a type.
    #[error("the frame is not a message")]
    NoMessage,
    /// Its type is not known.
    #[error("this version does not know that message")]
    UnknownType,
    /// It is a `hello` of another version.
    #[error("the other end speaks another version")]
    OtherVersion,
    /// Its fields are not those of its type.
    #[error("the message has not the form its type asks for")]
    WrongForm,
}

impl Unreadable {
    /// What its sender is told.
    #[must_use]
    pub const fn code(self) -> ErrorCode {
        match self {
            Self::NoMessage | Self::WrongForm => ErrorCode::Malformed,
            Self::UnknownType => ErrorCode::UnknownMessage,
            Self::OtherVersion => ErrorCode::VersionUnsupported,
        }
    }
}

/// Reads one message of the `known` types. The type is looked at first, then the version of a `hello`, and only then
/// the form: another version may have another.
///
/// # Errors
///
/// [`Unreadable`]; each of them closes the connection.
pub fn read<T: DeserializeOwned>(bytes: &[u8], known: &[&str]) -> Result<T, Unreadable> {
    #[derive(Deserialize)]
    struct Tag<'a> {
        #[serde(borrow)]
        r#type: Cow<'a, str>,
        version: Option<u64>,
    }
    let tag: Tag<'_> = serde_json::from_slice(bytes).map_err(|_| Unreadable::NoMessage)?;
    if !known.contains(&&*tag.r#type) {
        return Err(Unreadable::UnknownType);
    }
    if tag.r#type == "hello" && tag.version.is_some_and(|version| version != u64::from(PROTOCOL_VERSION)) {
        return Err(Unreadable::OtherVersion);
    }
    serde_json::from_slice(bytes).map_err(|_| Unreadable::WrongForm)
}
