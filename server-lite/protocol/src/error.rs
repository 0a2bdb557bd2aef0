//! The closed list of error codes that cross a wire. Screens are chosen by the code, never by the text beside it.

use serde::{Deserialize, Serialize};

/// Why a request, a message or a connection was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorCode {
    /// The two sides share no protocol version; the older one should be updated.
    VersionUnsupported,
    /// A message of a type this version does not know.
    UnknownMessage,
    /// A message that is not of the form its type asks for.
    Malformed,
    /// A message or body over its limit.
    TooLarge,
    /// A message that does not fit the state of the connection.
    OutOfOrder,
    /// Too many messages or attempts; wait before the next.
    TooMany,
    /// Nothing, or a wrong proof, says who is asking.
    Unauthenticated,
    /// The one who asks may not do this.
    Forbidden,
    /// What was named does not exist, or is not for the one who asks; which of the two is not told.
    NotFound,
    /// The support code is unknown, used, revoked or expired. One code on purpose: telling these apart would show a
    /// guesser which codes exist.
    InvalidCode,
    /// It clashes with something that exists; choose another.
    Conflict,
    /// The session has ended.
    SessionEnded,
    /// A newer connection with the same key has taken this one's place.
    Replaced,
    /// The set-up token is wrong, or set-up has been done.
    SetupRefused,
    /// The password is right, and a code of the second factor is asked for.
    SecondFactor,
    /// The password is too short, or what anybody would try first.
    WeakPassword,
    /// The other end is not connected.
    PeerAbsent,
    /// The capability was not granted.
    NotGranted,
    /// The relay is stopping; come back.
    ShuttingDown,
    /// Something broke here that the sender could not have avoided.
    Internal,
}

/// An error as it crosses a wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct WireError {
    /// What kind of refusal.
    pub code: ErrorCode,
    /// One sentence for a log or a developer; fixed text, never contents of a message.
    pub detail: String,
}
