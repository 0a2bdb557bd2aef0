//! Keys, text, buttons, wheel and motion, console to helper: a fixed binary layout, little-endian.
//!
//! ```text
//! offset  0        1..5       5..
//!         kind u8  seq u32    body
//!
//! 0x01 key down   usage u16, modifiers u8, locks u8, text (UTF-8, rest, at most 32 bytes)
//! 0x02 key up     usage u16
//! 0x03 text       UTF-8, rest, 1 to 1024 bytes
//! 0x04 button     down: button u8, place
//! 0x05 button up  button u8, place
//! 0x06 wheel      place, dx i16, dy i16       1/120 of a notch, positive = right, down
//! 0x07 release    nothing; everything held is let go
//! 0x08 held       buttons u8 (bits), usages u16 each, ascending, at most 32: all that is held, and nothing else is
//! 0x10 motion     place                       on the `pointer` channel only
//! 0x20 to 0x30    pointing and drawing, see [`point`](super::point)
//! place           monitor u8, x u16, y u16    0..=65535 across the monitor's width and height
//! ```
//!
//! `seq` counts over both channels and wraps; a motion older than the last event of the `input` channel is dropped, so
//! that a late one never moves the pointer away from a click. `usage` is a USB HID usage id of the keyboard page (0x07)
//! for values under 0x0100, or of the consumer page (0x0C) with bit 15 set: media keys.
//!
//! Keys and buttons are a set that the console owns and the helper follows. `key down` and `key up` change it at once;
//! `held` states the whole of it, again and again while anything is held ([`HELD_RESTATE`](crate::limit::HELD_RESTATE)),
//! so that nothing that was lost, dropped or cut off leaves a key down. A console that falls silent holds nothing
//! ([`HELD_SILENCE`](crate::limit::HELD_SILENCE)).

use super::{bytes::Reader, channel::Channel, held::HeldSet, point::PointEvent};
use crate::limit::{INPUT_MESSAGE, INPUT_TEXT, KEY_TEXT};

/// A physical key: a USB HID usage id (HUT 1.12, page 0x07; consumer page with bit 15 set).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyUsage(pub u16);

impl KeyUsage {
    /// The right Alt, which many layouts make AltGr.
    pub const RIGHT_ALT: Self = Self(0xe6);

    /// Whether it is Control, Shift, Alt or Super, left or right.
    #[must_use]
    pub const fn is_modifier(self) -> bool {
        matches!(self.0, 0xe0..=0xe7)
    }
}

/// Modifier keys held while a key went down, as bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Modifiers(pub u8);

impl Modifiers {
    /// Either Shift.
    pub const SHIFT: u8 = 1;
    /// Either Control.
    pub const CONTROL: u8 = 1 << 1;
    /// Alt (the left one where the right one is AltGr).
    pub const ALT: u8 = 1 << 2;
    /// Windows, Command or Super.
    pub const META: u8 = 1 << 3;
    /// AltGr.
    pub const ALT_GRAPH: u8 = 1 << 4;

    /// Whether a bit is set.
    #[must_use]
    pub const fn has(self, bit: u8) -> bool {
        self.0 & bit != 0
    }
}

/// Lock keys in effect while a key went down, as bits; and which of them the console cannot know, for not every
/// browser tells. One that is unknown does not count as on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Locks(pub u8);

impl Locks {
    /// Caps Lock.
    pub const CAPS: u8 = 1;
    /// Num Lock.
    pub const NUM: u8 = 1 << 1;
    /// Scroll Lock.
    pub const SCROLL: u8 = 1 << 2;
    /// How far the bit of a lock is from the bit that says it is unknown.
    const UNKNOWN_SHIFT: u8 = 3;

    /// The bits that say of these locks that they are unknown.
    #[must_use]
    pub const fn unknown(locks: u8) -> Self {
        Self((locks & 0x07) << Self::UNKNOWN_SHIFT)
    }

    /// Whether a lock is on; `None` where the console does not know.
    #[must_use]
    pub const fn state(self, lock: u8) -> Option<bool> {
        if self.0 & lock << Self::UNKNOWN_SHIFT != 0 { None } else { Some(self.0 & lock != 0) }
    }

    const fn from_byte(byte: u8) -> Option<Self> {
        let both = byte & byte >> Self::UNKNOWN_SHIFT & 0x07;
        if byte & !0x3f == 0 && both == 0 { Some(Self(byte)) } else { None }
    }
}

/// A pointer button.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Button {
    /// The left one.
    Left = 0,
    /// The wheel.
    Middle = 1,
    /// The right one.
    Right = 2,
    /// Back.
    Back = 3,
    /// Forward.
    Forward = 4,
}

impl Button {
    pub(super) const fn from_byte(byte: u8) -> Option<Self> {
        Some(match byte {
            0 => Self::Left,
            1 => Self::Middle,
            2 => Self::Right,
            3 => Self::Back,
            4 => Self::Forward,
            _ => return None,
        })
    }
}

/// A place on a monitor: 0..=65535 across its width and height, pixel centres at `(pixel + 0.5) * 65536 / size`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    /// [`Monitor::index`](super::control::Monitor::index).
    pub monitor: u8,
    /// Across the width.
    pub x: u16,
    /// Across the height.
    pub y: u16,
}

/// One thing the technician did.
#[derive(Clone, PartialEq, Eq)]
pub enum InputEvent {
    /// A key went down.
    KeyDown {
        /// Which.
        key: KeyUsage,
        /// Modifiers held.
        modifiers: Modifiers,
        /// Locks in effect.
        locks: Locks,
        /// The text it produced at the console; empty for none.
        text: String,
    },
    /// A key went up.
    KeyUp {
        /// Which.
        key: KeyUsage,
    },
    /// Text without keys: composed, or typed on request.
    Text {
        /// What.
        text: String,
    },
    /// A button went down.
    ButtonDown {
        /// Which.
        button: Button,
        /// Where.
        place: Place,
    },
    /// A button went up.
    ButtonUp {
        /// Which.
        button: Button,
        /// Where.
        place: Place,
    },
    /// The wheel turned.
    Wheel {
        /// Where.
        place: Place,
        /// To the right, 1/120 notch.
        dx: i16,
        /// Down, 1/120 notch.
        dy: i16,
    },
    /// Everything held is let go: focus was lost.
    ReleaseAll,
    /// All that is held now; nothing else is.
    Held(HeldSet),
    /// Something was pointed at or drawn; nothing is touched.
    Point(PointEvent),
    /// The pointer moved.
    Motion {
        /// Where to.
        place: Place,
    },
}

impl InputEvent {
    /// The one channel it may travel on.
    #[must_use]
    pub const fn channel(&self) -> Channel {
        match self {
            Self::Motion { .. } | Self::Point(PointEvent::At { .. }) => Channel::Pointer,
            _ => Channel::Input,
        }
    }
}

/// Prints the kind only: what is typed does not belong in a log.
impl std::fmt::Debug for InputEvent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::KeyDown { .. } => "KeyDown",
            Self::KeyUp { .. } => "KeyUp",
            Self::Text { .. } => "Text",
            Self::ButtonDown { .. } => "ButtonDown",
            Self::ButtonUp { .. } => "ButtonUp",
            Self::Wheel { .. } => "Wheel",
            Self::ReleaseAll => "ReleaseAll",
            Self::Held(_) => "Held",
            Self::Point(_) => "Point",
            Self::Motion { .. } => "Motion",
        })
    }
}

/// An event with its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputMessage {
    /// Counts over both channels, wrapping.
    pub seq: u32,
    /// What was done.
    pub event: InputEvent,
}

/// A message is not of the layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// Longer than any message may be.
    #[error("input message over its limit")]
    TooLarge,
    /// A kind this version does not know.
    #[error("unknown kind of input message")]
    UnknownKind,
    /// Too short, too long or with values out of range.
    #[error("malformed input message")]
    Malformed,
}

impl InputMessage {
    /// Writes the layout. Texts over their limits are cut at a character's edge.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(16);
        out.push(self.kind());
        out.extend(self.seq.to_le_bytes());
        match &self.event {
            InputEvent::KeyDown { key, modifiers, locks, text } => {
                out.extend(key.0.to_le_bytes());
                out.extend([modifiers.0, locks.0]);
                out.extend(cut(text, KEY_TEXT).as_bytes());
            }
            InputEvent::KeyUp { key } => out.extend(key.0.to_le_bytes()),
            InputEvent::Text { text } => out.extend(cut(text, INPUT_TEXT).as_bytes()),
            InputEvent::ButtonDown { button, place } | InputEvent::ButtonUp { button, place } => {
                out.push(*button as u8);
                write_place(&mut out, *place);
            }
            InputEvent::Wheel { place, dx, dy } => {
                write_place(&mut out, *place);
                out.extend(dx.to_le_bytes());
                out.extend(dy.to_le_bytes());
            }
            InputEvent::ReleaseAll => {}
            InputEvent::Held(held) => held.write(&mut out),
            InputEvent::Point(event) => event.write(&mut out),
            InputEvent::Motion { place } => write_place(&mut out, *place),
        }
        out
    }

    const fn kind(&self) -> u8 {
        match self.event {
            InputEvent::KeyDown { .. } => 0x01,
            InputEvent::KeyUp { .. } => 0x02,
            InputEvent::Text { .. } => 0x03,
            InputEvent::ButtonDown { .. } => 0x04,
            InputEvent::ButtonUp { .. } => 0x05,
            InputEvent::Wheel { .. } => 0x06,
            InputEvent::ReleaseAll => 0x07,
            InputEvent::Held(_) => 0x08,
            InputEvent::Point(event) => event.kind(),
            InputEvent::Motion { .. } => 0x10,
        }
    }

    /// Reads the layout.
    ///
    /// # Errors
    ///
    /// [`InputError`] for anything that [`encode`](Self::encode) would not write.
    pub fn decode(bytes: &[u8]) -> Result<Self, InputError> {
        if bytes.len() > INPUT_MESSAGE {
            return Err(InputError::TooLarge);
        }
        let mut reader = Reader::new(bytes);
        let kind = reader.u8().ok_or(InputError::Malformed)?;
        if !matches!(kind, 0x01..=0x08 | 0x10) && !PointEvent::is_kind(kind) {
            return Err(InputError::UnknownKind);
        }
        Self::decode_known(kind, reader).ok_or(InputError::Malformed)
    }

    fn decode_known(kind: u8, mut reader: Reader<'_>) -> Option<Self> {
        let seq = reader.u32()?;
        let event = match kind {
            0x01 => InputEvent::KeyDown {
                key: KeyUsage(reader.u16()?),
                modifiers: Modifiers(reader.u8().filter(|bits| bits & !0x1f == 0)?),
                locks: Locks::from_byte(reader.u8()?)?,
                text: read_text(&mut reader, 0, KEY_TEXT)?,
            },
            0x02 => InputEvent::KeyUp { key: KeyUsage(reader.u16()?) },
            0x03 => InputEvent::Text { text: read_text(&mut reader, 1, INPUT_TEXT)? },
            0x04 => {
                InputEvent::ButtonDown { button: Button::from_byte(reader.u8()?)?, place: read_place(&mut reader)? }
            }
            0x05 => InputEvent::ButtonUp { button: Button::from_byte(reader.u8()?)?, place: read_place(&mut reader)? },
            0x06 => InputEvent::Wheel { place: read_place(&mut reader)?, dx: reader.i16()?, dy: reader.i16()? },
            0x07 => InputEvent::ReleaseAll,
            0x08 => InputEvent::Held(HeldSet::read(&mut reader)?),
            0x10 => InputEvent::Motion { place: read_place(&mut reader)? },
            _ => InputEvent::Point(PointEvent::read(kind, &mut reader)?),
        };
        reader.end()?;
        Some(Self { seq, event })
    }
}

fn cut(text: &str, max: usize) -> &str {
    &text[..text.floor_char_boundary(max)]
}

pub(super) fn write_place(out: &mut Vec<u8>, place: Place) {
    out.push(place.monitor);
    out.extend(place.x.to_le_bytes());
    out.extend(place.y.to_le_bytes());
}

pub(super) fn read_place(reader: &mut Reader<'_>) -> Option<Place> {
    Some(Place { monitor: reader.u8()?, x: reader.u16()?, y: reader.u16()? })
}

fn read_text(reader: &mut Reader<'_>, min: usize, max: usize) -> Option<String> {
    let bytes = reader.rest();
    if bytes.len() < min || bytes.len() > max {
        return None;
    }
    Some(std::str::from_utf8(bytes).ok()?.to_owned())
}
