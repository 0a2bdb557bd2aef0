//! What comes from the technician on the data channels, judged: whether it is a message, whether it may come on this
//! channel, and whether it may come now.
//!
//! It does nothing and permits nothing: what is heard is carried out elsewhere, if the session permits it then. The
//! console is not trusted to have checked anything.

use deskhand_protocol::{
    call::{
        channel::Channel,
        clipboard::ClipboardMessage,
        control::{self, ToHelper},
        input::{InputError, InputMessage},
    },
    error::{ErrorCode, WireError},
};

/// A message that may come now.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Heard {
    /// Of the control channel.
    Control(ToHelper),
    /// Of the input or the pointer channel.
    Input(InputMessage),
    /// Of the clipboard channel.
    Clipboard(ClipboardMessage),
}

/// A rule that was broken. Its sender is told, and the connection is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Breach {
    /// Which kind of rule.
    pub(super) code: ErrorCode,
    /// The same for a developer.
    pub(super) detail: &'static str,
}

impl From<Breach> for WireError {
    fn from(breach: Breach) -> Self {
        Self { code: breach.code, detail: breach.detail.to_owned() }
    }
}

/// How far the technician's end has come on one connection.
#[derive(Debug, Default)]
pub(super) struct Hearing {
    greeted: bool,
}

impl Hearing {
    /// Takes in one message.
    pub(super) fn hear(&mut self, channel: Channel, bytes: &[u8]) -> Result<Heard, Breach> {
        if bytes.len() > channel.limit() {
            return Err(breach(ErrorCode::TooLarge, "the message is over its channel's limit"));
        }
        match channel {
            Channel::Control => self.control(bytes).map(Heard::Control),
            Channel::Input | Channel::Pointer => self.input(channel, bytes).map(Heard::Input),
            Channel::Clipboard => {
                self.after_hello()?;
                let message = ClipboardMessage::decode(bytes);
                message.map(Heard::Clipboard).map_err(|_| breach(ErrorCode::Malformed, "not a clipboard message"))
            }
            _ => Err(breach(ErrorCode::OutOfOrder, "the channel goes from helper to console")),
        }
    }

    fn control(&mut self, bytes: &[u8]) -> Result<ToHelper, Breach> {
        let message = control::read(bytes).map_err(|code| breach(code, "not a message of the control channel"))?;
        match message {
            ToHelper::Hello { .. } if self.greeted => {
                return Err(breach(ErrorCode::OutOfOrder, "hello is said once"));
            }
            ToHelper::Hello { .. } => self.greeted = true,
            // Whoever goes may go without a greeting.
            ToHelper::End | ToHelper::Error { .. } => {}
            _ => self.after_hello()?,
        }
        Ok(message)
    }

    fn input(&self, channel: Channel, bytes: &[u8]) -> Result<InputMessage, Breach> {
        self.after_hello()?;
        let message = InputMessage::decode(bytes).map_err(|error| {
            let code = match error {
                InputError::TooLarge => ErrorCode::TooLarge,
                InputError::UnknownKind => ErrorCode::UnknownMessage,
                _ => ErrorCode::Malformed,
            };
            breach(code, "not an input message")
        })?;
        // A key on the channel that may lose its messages could stay down; a motion on the other could delay a key.
        if message.event.channel() != channel {
            return Err(breach(ErrorCode::OutOfOrder, "motion has the pointer channel to itself"));
        }
        Ok(message)
    }

    const fn after_hello(&self) -> Result<(), Breach> {
        if self.greeted {
            Ok(())
        } else {
            Err(breach(ErrorCode::OutOfOrder, "the first message is hello on the control channel"))
        }
    }
}

const fn breach(code: ErrorCode, detail: &'static str) -> Breach {
    Breach { code, detail }
}

#[cfg(test)]
mod tests {
    use deskhand_protocol::{
        PROTOCOL_VERSION,
        call::{
            clipboard::ClipboardKind,
            input::{Button, InputEvent, KeyUsage, Locks, Modifiers, Place},
            point::{PointEvent, Tool},
        },
        limit,
    };
    use proptest::prelude::*;

    use super::*;

    const PLACE: Place = Place { monitor: 0, x: 1, y: 2 };

    fn json(message: &ToHelper) -> Vec<u8> {
        serde_json::to_vec(message).unwrap()
    }

    fn show(monitor: u8) -> ToHelper {
        ToHelper::Show { monitors: vec![monitor], focus: monitor }
    }

    fn hello() -> Vec<u8> {
        json(&ToHelper::Hello { version: PROTOCOL_VERSION })
    }

    fn greeted() -> Hearing {
        let mut hearing = Hearing::default();
        hearing.hear(Channel::Control, &hello()).unwrap();
        hearing
    }

    fn input(event: InputEvent) -> Vec<u8> {
        InputMessage { seq: 1, event }.encode()
    }

    fn key() -> Vec<u8> {
        let key = KeyUsage(4);
        input(InputEvent::KeyDown { key, modifiers: Modifiers::default(), locks: Locks::default(), text: "a".into() })
    }

    fn motion() -> Vec<u8> {
        input(InputEvent::Motion { place: PLACE })
    }

    fn refuses(hearing: &mut Hearing, channel: Channel, bytes: &[u8], code: ErrorCode) {
        let heard = hearing.hear(channel, bytes);
        assert_eq!(heard.map_err(|breach| breach.code), Err(code), "{channel:?} {}", String::from_utf8_lossy(bytes));
    }

    #[test]
    fn a_console_greets_and_then_says_what_it_wants() {
        let mut hearing = Hearing::default();
        assert_eq!(
            hearing.hear(Channel::Control, &hello()),
            Ok(Heard::Control(ToHelper::Hello { version: PROTOCOL_VERSION }))
        );
        for message in [show(1), ToHelper::KeyFrame { monitor: None }, ToHelper::Watch { watching: false }] {
            assert_eq!(hearing.hear(Channel::Control, &json(&message)), Ok(Heard::Control(message)));
        }
        assert!(matches!(hearing.hear(Channel::Input, &key()), Ok(Heard::Input(_))));
        assert!(matches!(hearing.hear(Channel::Pointer, &motion()), Ok(Heard::Input(_))));
    }

    #[test]
    fn another_version_is_told_so_even_in_another_form() {
        let other = json(&ToHelper::Hello { version: PROTOCOL_VERSION + 1 });
        refuses(&mut Hearing::default(), Channel::Control, &other, ErrorCode::VersionUnsupported);
        let far = br#"{"type":"hello","version":900,"keys":[]}"#;
        refuses(&mut Hearing::default(), Channel::Control, far, ErrorCode::VersionUnsupported);
    }

    #[test]
    fn nothing_but_a_goodbye_comes_before_hello() {
        for message in [show(0), ToHelper::KeyFrame { monitor: None }, ToHelper::Watch { watching: true }] {
            refuses(&mut Hearing::default(), Channel::Control, &json(&message), ErrorCode::OutOfOrder);
        }
        refuses(&mut Hearing::default(), Channel::Input, &key(), ErrorCode::OutOfOrder);
        refuses(&mut Hearing::default(), Channel::Pointer, &motion(), ErrorCode::OutOfOrder);
        assert_eq!(Hearing::default().hear(Channel::Control, &json(&ToHelper::End)), Ok(Heard::Control(ToHelper::End)));
    }

    #[test]
    fn hello_is_said_once() {
        refuses(&mut greeted(), Channel::Control, &hello(), ErrorCode::OutOfOrder);
    }

    #[test]
    fn what_is_unknown_cut_short_or_garbage_has_its_code() {
        let mut hearing = greeted();
        refuses(&mut hearing, Channel::Control, br#"{"type":"format_disk"}"#, ErrorCode::UnknownMessage);
        refuses(&mut hearing, Channel::Control, br#"{"type":"show"}"#, ErrorCode::Malformed);
        refuses(&mut hearing, Channel::Control, &hello()[..9], ErrorCode::Malformed);
        refuses(&mut hearing, Channel::Control, b"\xff\xfe\x00", ErrorCode::Malformed);
        refuses(&mut hearing, Channel::Control, &[b'['; 20_000], ErrorCode::Malformed);
        refuses(&mut hearing, Channel::Input, &key()[..6], ErrorCode::Malformed);
        refuses(&mut hearing, Channel::Input, b"", ErrorCode::Malformed);
        refuses(&mut hearing, Channel::Input, &[0x7f; 20], ErrorCode::UnknownMessage);
        refuses(&mut hearing, Channel::Pointer, &motion()[..7], ErrorCode::Malformed);
    }

    #[test]
    fn what_is_too_long_is_not_even_looked_at() {
        for channel in Channel::ALL {
            refuses(&mut greeted(), channel, &vec![b' '; channel.limit() + 1], ErrorCode::TooLarge);
        }
    }

    #[test]
    fn the_console_sends_no_cursor_and_no_tiles() {
        refuses(&mut greeted(), Channel::Tiles, b"\x01", ErrorCode::OutOfOrder);
        refuses(&mut greeted(), Channel::Cursor, b"\x02\0\0\0\0", ErrorCode::OutOfOrder);
        refuses(&mut Hearing::default(), Channel::Cursor, b"", ErrorCode::OutOfOrder);
    }

    #[test]
    fn keys_and_motion_keep_to_their_channels() {
        let kept = [
            key(),
            input(InputEvent::KeyUp { key: KeyUsage(4) }),
            input(InputEvent::Text { text: "x".into() }),
            input(InputEvent::ButtonDown { button: Button::Left, place: PLACE }),
            input(InputEvent::ButtonUp { button: Button::Left, place: PLACE }),
            input(InputEvent::Wheel { place: PLACE, dx: 0, dy: 120 }),
            input(InputEvent::ReleaseAll),
            input(InputEvent::Point(PointEvent::Begin { tool: Tool::Pen, place: PLACE })),
            input(InputEvent::Point(PointEvent::To { place: PLACE })),
            input(InputEvent::Point(PointEvent::Clear)),
            input(InputEvent::Point(PointEvent::Gone)),
        ];
        for bytes in kept {
            assert!(greeted().hear(Channel::Input, &bytes).is_ok());
            refuses(&mut greeted(), Channel::Pointer, &bytes, ErrorCode::OutOfOrder);
        }
        refuses(&mut greeted(), Channel::Input, &motion(), ErrorCode::OutOfOrder);
        let points = input(InputEvent::Point(PointEvent::At { place: PLACE }));
        assert!(greeted().hear(Channel::Pointer, &points).is_ok());
        refuses(&mut greeted(), Channel::Input, &points, ErrorCode::OutOfOrder);
        refuses(&mut Hearing::default(), Channel::Pointer, &points, ErrorCode::OutOfOrder);
    }

    fn channel() -> impl Strategy<Value = Channel> {
        prop::sample::select(Channel::ALL.to_vec())
    }

    /// Something real, with one byte changed or the end missing, or plain noise.
    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let real = prop::sample::select(vec![
            hello(),
            key(),
            motion(),
            input(InputEvent::Text { text: "Grüße".into() }),
            json(&show(3)),
            json(&ToHelper::Watch { watching: true }),
            json(&ToHelper::End),
            ClipboardMessage::Want { request: 1, serial: 1, kind: ClipboardKind::Image }.encode(),
        ]);
        let changed = (real.clone(), any::<prop::sample::Index>(), any::<u8>()).prop_map(|(mut bytes, at, byte)| {
            let at = at.index(bytes.len());
            bytes[at] = byte;
            bytes
        });
        let cut = (real.clone(), any::<prop::sample::Index>()).prop_map(|(mut bytes, at)| {
            bytes.truncate(at.index(bytes.len()));
            bytes
        });
        prop_oneof![real, changed, cut, prop::collection::vec(any::<u8>(), 0..limit::INPUT_MESSAGE + 9)]
    }

    proptest! {
        #[test]
        fn no_order_of_messages_panics_or_gets_past_the_greeting(
            messages in prop::collection::vec((channel(), bytes()), 0..40)
        ) {
            let mut hearing = Hearing::default();
            let mut hellos = 0;
            for (channel, bytes) in messages {
                match hearing.hear(channel, &bytes) {
                    Ok(Heard::Control(ToHelper::Hello { version })) => {
                        hellos += 1;
                        prop_assert_eq!((hellos, version), (1, PROTOCOL_VERSION));
                    }
                    Ok(Heard::Control(ToHelper::End | ToHelper::Error { .. })) | Err(_) => {}
                    Ok(Heard::Control(_)) => prop_assert_eq!((hellos, channel), (1, Channel::Control)),
                    Ok(Heard::Clipboard(message)) => {
                        prop_assert_eq!((hellos, channel), (1, Channel::Clipboard));
                        prop_assert_eq!(message.encode(), bytes);
                    }
                    Ok(Heard::Input(message)) => {
                        prop_assert_eq!(hellos, 1);
                        prop_assert_eq!(message.event.channel(), channel);
                        prop_assert_eq!(message.encode(), bytes);
                    }
                }
            }
        }
    }
}
