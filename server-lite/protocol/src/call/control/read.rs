//! Reads a message of the channel, of either direction.

use serde::de::DeserializeOwned;

use super::{ToConsole, ToHelper};
use crate::{
    error::ErrorCode,
    limit::CONTROL_MESSAGE,
    tagged::{self, Unreadable},
};

/// The messages of one direction.
pub trait ControlMessage: DeserializeOwned {
    /// The types that this version knows.
    const KNOWN: &'static [&'static str];
}

impl ControlMessage for ToConsole {
    const KNOWN: &'static [&'static str] = &[
        "hello",
        "monitors",
        "granted",
        "declined",
        "stats",
        "trouble",
        "did",
        "programs",
        "system",
        "room",
        "attention",
        "ended",
        "error",
    ];
}

impl ControlMessage for ToHelper {
    const KNOWN: &'static [&'static str] = &[
        "hello",
        "show",
        "key_frame",
        "prefer",
        "watch",
        "want",
        "do",
        "programs",
        "system",
        "room",
        "attended",
        "leave",
        "end",
        "error",
    ];
}

/// Reads one message, as [`tagged::read`] does.
///
/// # Errors
///
/// [`ErrorCode::TooLarge`], [`ErrorCode::UnknownMessage`], [`ErrorCode::VersionUnsupported`] or
/// [`ErrorCode::Malformed`]; each of them closes the call.
pub fn read<T: ControlMessage>(bytes: &[u8]) -> Result<T, ErrorCode> {
    if bytes.len() > CONTROL_MESSAGE {
        return Err(ErrorCode::TooLarge);
    }
    tagged::read(bytes, T::KNOWN).map_err(Unreadable::code)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The message types a decoder knows, as it names them itself.
    fn types<T: DeserializeOwned>() -> BTreeSet<String> {
        let Err(error) = serde_json::from_str::<T>(r#"{"type":"?"}"#) else { panic!("a type called ?") };
        let said = error.to_string();
        let (_, expected) = said.split_once("expected").unwrap();
        expected.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }

    fn known<T: ControlMessage>() -> BTreeSet<String> {
        T::KNOWN.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn the_known_types_are_all_there_are() {
        assert_eq!(known::<ToConsole>(), types::<ToConsole>());
        assert_eq!(known::<ToHelper>(), types::<ToHelper>());
    }

    #[test]
    fn each_kind_of_wrong_has_its_code() {
        let codes = [
            (&br#"{"type":"format_disk"}"#[..], ErrorCode::UnknownMessage),
            (br#"{"type":"hello","version":900,"of":["another form"]}"#, ErrorCode::VersionUnsupported),
            (br#"{"type":"hello"}"#, ErrorCode::Malformed),
            (br#"{"type":"show","monitors":[300],"focus":0}"#, ErrorCode::Malformed),
            (br#"{"type":"show","monitors":"#, ErrorCode::Malformed),
            (br#"{"monitor":1}"#, ErrorCode::Malformed),
            (b"\xff\xfe", ErrorCode::Malformed),
            (b"", ErrorCode::Malformed),
        ];
        for (bytes, code) in codes {
            assert_eq!(read::<ToHelper>(bytes), Err(code), "{}", String::from_utf8_lossy(bytes));
        }
        assert_eq!(read::<ToHelper>(&vec![b' '; CONTROL_MESSAGE + 1]), Err(ErrorCode::TooLarge));
        let show = ToHelper::Show { monitors: vec![1], focus: 1 };
        assert_eq!(read::<ToHelper>(br#"{"focus":1,"monitors":[1],"type":"show"}"#), Ok(show));
    }
}
