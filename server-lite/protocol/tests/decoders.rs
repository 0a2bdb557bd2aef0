//! Every decoder of binary messages and names from someone else: round trips, and no input that makes it panic.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use deskhand_protocol::{
    call::{
        control::VideoCodec,
        cursor::CursorMessage,
        frame::EncodedFrame,
        input::{Button, InputError, InputEvent, InputMessage, KeyUsage, Locks, Modifiers, Place},
    },
    limit,
    text::{Name, TextError},
};
use proptest::prelude::*;

fn place() -> impl Strategy<Value = Place> {
    (any::<u8>(), any::<u16>(), any::<u16>()).prop_map(|(monitor, x, y)| Place { monitor, x, y })
}

fn button() -> impl Strategy<Value = Button> {
    prop::sample::select(vec![Button::Left, Button::Middle, Button::Right, Button::Back, Button::Forward])
}

fn event() -> impl Strategy<Value = InputEvent> {
    prop_oneof![
        (any::<u16>(), 0..32_u8, 0..8_u8, "\\PC{0,8}").prop_map(|(key, modifiers, locks, text)| InputEvent::KeyDown {
            key: KeyUsage(key),
            modifiers: Modifiers(modifiers),
            locks: Locks(locks),
            text,
        }),
        any::<u16>().prop_map(|key| InputEvent::KeyUp { key: KeyUsage(key) }),
        "\\PC{1,200}".prop_map(|text| InputEvent::Text { text }),
        (button(), place()).prop_map(|(button, place)| InputEvent::ButtonDown { button, place }),
        (button(), place()).prop_map(|(button, place)| InputEvent::ButtonUp { button, place }),
        (place(), any::<i16>(), any::<i16>()).prop_map(|(place, dx, dy)| InputEvent::Wheel { place, dx, dy }),
        Just(InputEvent::ReleaseAll),
        place().prop_map(|place| InputEvent::Motion { place }),
    ]
}

proptest! {
    #[test]
    fn what_is_written_of_an_input_event_reads_back(seq: u32, event in event()) {
        let message = InputMessage { seq, event };
        let bytes = message.encode();
        prop_assert!(bytes.len() <= limit::INPUT_MESSAGE);
        prop_assert_eq!(InputMessage::decode(&bytes).unwrap(), message);
    }

    #[test]
    fn a_truncated_input_event_is_refused_or_shorter(seq: u32, event in event(), cut: prop::sample::Index) {
        let message = InputMessage { seq, event };
        let bytes = message.encode();
        let cut = cut.index(bytes.len());
        if let Ok(read) = InputMessage::decode(&bytes[..cut]) {
            // Only the text at the end may be cut without a trace.
            prop_assert_eq!(read.seq, seq);
            prop_assert_ne!(read, message);
        }
    }

    #[test]
    fn no_bytes_make_a_binary_decoder_panic(bytes in prop::collection::vec(any::<u8>(), 0..1_300)) {
        let input = InputMessage::decode(&bytes);
        if bytes.len() > limit::INPUT_MESSAGE {
            prop_assert_eq!(input, Err(InputError::TooLarge));
        } else if let Ok(message) = input {
            prop_assert_eq!(&message.encode(), &bytes);
        }
        if let Ok(message) = CursorMessage::decode(&bytes) {
            prop_assert_eq!(message.encode(), bytes.clone());
        }
        if let Ok(frame) = EncodedFrame::decode(&bytes) {
            prop_assert_eq!(frame.encode(), bytes);
        }
    }

    #[test]
    fn a_cursor_shape_reads_back_and_never_when_shortened(
        id: u32, hot: (u16, u16), width in 1..=40_u16, height in 1..=40_u16, seed: u8,
    ) {
        let rgba = (0..usize::from(width) * usize::from(height) * 4).map(|i| seed.wrapping_add(i as u8)).collect();
        let shape = CursorMessage::Shape { id, hot_x: hot.0, hot_y: hot.1, width, height, rgba };
        let bytes = shape.encode();
        prop_assert_eq!(CursorMessage::decode(&bytes).unwrap(), shape);
        prop_assert!(CursorMessage::decode(&bytes[..bytes.len() - 1]).is_err());
    }

    #[test]
    fn a_frame_reads_back(key: bool, seq: u32, captured_us: u64, data in prop::collection::vec(any::<u8>(), 0..200)) {
        let frame = EncodedFrame { codec: VideoCodec::Av1, key, monitor: 1, seq, width: 1919, height: 1079, captured_us, data };
        prop_assert_eq!(EncodedFrame::decode(&frame.encode()).unwrap(), frame);
    }

    #[test]
    fn a_name_is_bounded_and_plain(text in "\\PC{0,200}|.{0,200}") {
        match Name::new(text.clone()) {
            Ok(name) => prop_assert!(name.as_str() == text && text.chars().count() <= limit::NAME_CHARS),
            Err(TextError::TooLong { max }) => prop_assert!(text.chars().count() > max),
            Err(_) => prop_assert!(text.chars().count() <= limit::NAME_CHARS),
        }
        prop_assert!(Name::new(Name::lossy(&text).as_str()).is_ok());
    }
}

#[test]
fn a_picture_larger_than_its_shape_allows_is_not_a_cursor() {
    let mut bytes = CursorMessage::Shape { id: 1, hot_x: 0, hot_y: 0, width: 1, height: 1, rgba: vec![0; 4] }.encode();
    bytes[9..11].copy_from_slice(&u16::MAX.to_le_bytes());
    bytes[11..13].copy_from_slice(&u16::MAX.to_le_bytes());
    assert!(CursorMessage::decode(&bytes).is_err());
    assert!(CursorMessage::decode(&vec![0x01; limit::CURSOR_MESSAGE + 1]).is_err());
}

#[test]
fn a_name_cannot_turn_its_reading_direction() {
    assert_eq!(Name::new("invoice\u{202e}fdp.exe"), Err(TextError::ForbiddenCharacter));
    assert_eq!(Name::new("\u{1b}[31mred"), Err(TextError::ForbiddenCharacter));
    assert_eq!(Name::lossy("a\u{202e}b\u{7}").as_str(), "ab");
}

#[test]
fn what_is_typed_is_never_printed() {
    let event = InputEvent::Text { text: "hunter2".to_owned() };
    assert!(!format!("{event:?}").contains("hunter2"));
}
