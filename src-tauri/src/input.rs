//! The raw body of the `input` command, read and judged: whose call, which channel, one whole input message.
//!
//! The page may be wrong, so it is told at once what will not be sent. Whether the call is live is not decided here.

use deskhand_protocol::{
    call::{
        channel::Channel,
        input::{InputError, InputMessage},
    },
    id::SessionId,
};
use uuid::Uuid;

use crate::ipc::{IpcError, IpcErrorCode};

/// Takes the body apart: session id (16 bytes), channel (0 input, 1 pointer), then one input message.
///
/// # Errors
///
/// [`IpcErrorCode::BadInput`] for anything that no helper would take.
pub fn parse(body: &[u8]) -> Result<(SessionId, Channel, &[u8]), IpcError> {
    let refuse = |detail| IpcError::of(IpcErrorCode::BadInput, detail);
    let (session, rest) = body.split_first_chunk::<16>().ok_or_else(|| refuse("the session id is cut short"))?;
    let (channel, bytes) = rest.split_first().ok_or_else(|| refuse("there is no channel"))?;
    let channel = match channel {
        0 => Channel::Input,
        1 => Channel::Pointer,
        _ => return Err(refuse("there is no such channel for input")),
    };
    let message = InputMessage::decode(bytes).map_err(|error| {
        refuse(match error {
            InputError::TooLarge => "the input message is over its limit",
            InputError::UnknownKind => "there is no such kind of input message",
            _ => "the input message is malformed",
        })
    })?;
    if message.event.channel() != channel {
        return Err(refuse("motion, and nothing else, goes on the pointer channel"));
    }
    Ok((SessionId::from_uuid(Uuid::from_bytes(*session)), channel, bytes))
}

#[cfg(test)]
mod tests {
    use deskhand_protocol::{
        call::input::{InputEvent, KeyUsage, Place},
        limit::INPUT_MESSAGE,
    };
    use proptest::prelude::*;

    use super::*;

    const SESSION: [u8; 16] = [7; 16];

    fn body(channel: u8, message: &[u8]) -> Vec<u8> {
        [&SESSION[..], &[channel], message].concat()
    }

    fn key() -> Vec<u8> {
        InputMessage { seq: 3, event: InputEvent::KeyUp { key: KeyUsage(4) } }.encode()
    }

    fn motion() -> Vec<u8> {
        let place = Place { monitor: 0, x: 1, y: 2 };
        InputMessage { seq: 3, event: InputEvent::Motion { place } }.encode()
    }

    #[test]
    fn a_key_and_a_motion_are_passed_on_as_they_came() {
        for (number, channel, message) in [(0, Channel::Input, key()), (1, Channel::Pointer, motion())] {
            let body = body(number, &message);
            let (session, taken, bytes) = parse(&body).unwrap();
            assert_eq!(*session.as_bytes(), SESSION);
            assert_eq!((taken, bytes), (channel, &message[..]));
        }
    }

    #[test]
    fn what_no_helper_would_take_is_refused_at_once() {
        let long = vec![0x03; INPUT_MESSAGE + 1];
        for (what, body) in [
            ("nothing", vec![]),
            ("half a session", SESSION[..9].to_vec()),
            ("no channel", SESSION.to_vec()),
            ("no message", body(0, b"")),
            ("another channel", body(2, &key())),
            ("a key on the pointer channel", body(1, &key())),
            ("motion on the input channel", body(0, &motion())),
            ("an unknown kind", body(0, &[0x7f, 0, 0, 0, 0])),
            ("a truncated key", body(0, &key()[..6])),
            ("a key with something behind it", body(0, &[&key()[..], &[0]].concat())),
            ("too much", body(0, &long)),
        ] {
            assert_eq!(parse(&body).unwrap_err().code, IpcErrorCode::BadInput, "{what}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_pass_that_are_not_one_message_on_its_channel(
            bytes in prop::collection::vec(any::<u8>(), 0..INPUT_MESSAGE + 40),
            channel in 0..3_u8,
            real: bool,
            at: prop::sample::Index,
            byte: u8,
        ) {
            let mut message = if channel == 1 { motion() } else { key() };
            let at = at.index(message.len());
            message[at] = byte;
            let body = if real { body(channel, &message) } else { bytes };
            if let Ok((_, channel, rest)) = parse(&body) {
                prop_assert_eq!(rest, &body[17..]);
                prop_assert_eq!(InputMessage::decode(rest).unwrap().event.channel(), channel);
            }
        }
    }
}
