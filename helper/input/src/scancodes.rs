//! From USB HID usages to the keys of Windows: scan codes of set 1, as Microsoft's *USB HID to PS/2 Scan Code Translation
//! Table* lists them, and virtual keys for what has none.

#![cfg_attr(not(windows), allow(dead_code, reason = "elsewhere not all of it is used"))]

use deskhand_protocol::call::input::KeyUsage;

/// Bit of [`KeyUsage`] that says consumer page.
const CONSUMER: u16 = 0x8000;
/// Before the codes of keys that came later than the first keyboard; kept as one bit here.
pub(crate) const EXTENDED: u16 = 0x100;

/// How Windows is told of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Code {
    /// By its place, with [`EXTENDED`].
    Scan(u16),
    /// By its meaning.
    Virtual(u16),
}

/// Codes of the keyboard page from usage 0x04 on; 0 for none.
#[rustfmt::skip]
const KEYBOARD: [u16; 0x70] = [
    // a to z
    0x1e, 0x30, 0x2e, 0x20, 0x12, 0x21, 0x22, 0x23, 0x17, 0x24, 0x25, 0x26, 0x32, 0x31, 0x18, 0x19, 0x10, 0x13, 0x1f,
    0x14, 0x16, 0x2f, 0x11, 0x2d, 0x15, 0x2c,
    // 1 to 0
    0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b,
    // return, escape, backspace, tab, space, - = [ ] \ #, ; ' ` , . /
    0x1c, 0x01, 0x0e, 0x0f, 0x39, 0x0c, 0x0d, 0x1a, 0x1b, 0x2b, 0x2b, 0x27, 0x28, 0x29, 0x33, 0x34, 0x35,
    // caps lock, F1 to F12
    0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0x40, 0x41, 0x42, 0x43, 0x44, 0x57, 0x58,
    // print screen and pause are virtual keys, scroll lock
    0x00, 0x46, 0x00,
    // insert, home, page up, delete, end, page down, right, left, down, up
    0x152, 0x147, 0x149, 0x153, 0x14f, 0x151, 0x14d, 0x14b, 0x150, 0x148,
    // num lock; of the pad / * - + enter, 1 to 0, .
    0x45, 0x135, 0x37, 0x4a, 0x4e, 0x11c, 0x4f, 0x50, 0x51, 0x4b, 0x4c, 0x4d, 0x47, 0x48, 0x49, 0x52, 0x53,
    // the key beside the left shift, menu, power, = of the pad, F13 to F24
    0x56, 0x15d, 0x15e, 0x59, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x76,
];

/// The eight modifiers, usages 0xe0 to 0xe7.
const MODIFIERS: [u16; 8] = [0x1d, 0x2a, 0x38, 0x15b, 0x11d, 0x36, 0x138, 0x15c];

/// How Windows is told of a physical key; `None` for one that it does not know.
pub(crate) fn code(key: KeyUsage) -> Option<Code> {
    let scan = match key.0 {
        usage @ 0xe0..=0xe7 => *MODIFIERS.get(usize::from(usage - 0xe0))?,
        // Windows' own names for these: `VK_SNAPSHOT`, `VK_PAUSE`, `VK_HELP`.
        0x46 => return Some(Code::Virtual(0x2c)),
        0x48 => return Some(Code::Virtual(0x13)),
        0x75 => return Some(Code::Virtual(0x2f)),
        0x7f => return Some(Code::Virtual(0xad)),
        0x80 => return Some(Code::Virtual(0xaf)),
        0x81 => return Some(Code::Virtual(0xae)),
        // Of other countries: a comma on the pad, the key before the right shift, ¥, the Japanese and Korean ones.
        0x85 => 0x7e,
        0x87 => 0x73,
        0x88 => 0x70,
        0x89 => 0x7d,
        0x8a => 0x79,
        0x8b => 0x7b,
        0x8c => 0x5c,
        0x90 => 0x72,
        0x91 => 0x71,
        usage @ 0x04..=0x73 => *KEYBOARD.get(usize::from(usage - 4))?,
        usage if usage & CONSUMER != 0 => return consumer(usage & !CONSUMER).map(Code::Virtual),
        _ => 0,
    };
    (scan != 0).then_some(Code::Scan(scan))
}

/// Virtual keys of the media keys that keyboards have.
const fn consumer(usage: u16) -> Option<u16> {
    Some(match usage {
        0x32 => 0x5f,               // sleep
        0xb5 => 0xb0,               // next track
        0xb6 => 0xb1,               // previous track
        0xb7 => 0xb2,               // stop
        0xb0 | 0xb1 | 0xcd => 0xb3, // play, pause
        0xe2 => 0xad,               // mute
        0xe9 => 0xaf,               // louder
        0xea => 0xae,               // softer
        0x183 => 0xb5,              // media player
        0x18a => 0xb4,              // mail
        0x192 => 0xb7,              // calculator
        0x194 => 0xb6,              // file browser
        0x221 => 0xaa,              // search
        0x223 => 0xac,              // home page
        0x224 => 0xa6,              // back
        0x225 => 0xa7,              // forward
        0x226 => 0xa9,              // stop loading
        0x227 => 0xa8,              // refresh
        0x22a => 0xab,              // bookmarks
        _ => return None,
    })
}

/// Whether a layout gives the key a character: letters, digits, punctuation, the keys of other countries.
pub(crate) const fn is_printing(key: KeyUsage) -> bool {
    matches!(key.0, 0x04..=0x27 | 0x2c..=0x38 | 0x64 | 0x87 | 0x89)
}

/// Whether it is a digit above the letters.
pub(crate) const fn is_digit(key: KeyUsage) -> bool {
    matches!(key.0, 0x1e..=0x27)
}

/// Whether it is a key of the number pad that writes something, at least under Num Lock.
pub(crate) const fn is_pad(key: KeyUsage) -> bool {
    matches!(key.0, 0x54..=0x57 | 0x59..=0x63 | 0x67 | 0x85)
}

/// Whether it is a lock key: Caps, Scroll or Num Lock.
pub(crate) const fn is_lock(key: KeyUsage) -> bool {
    matches!(key.0, 0x39 | 0x47 | 0x53)
}

/// A pixel of the virtual desktop as the system wants it told: 0 to 65535 across all of it. The middle of the pixel, so
/// that both ways to round in use lead back to it.
pub(crate) fn across(at: i32, from: i32, length: i32) -> i32 {
    if length <= 0 {
        return 0;
    }
    let at = i64::from(at).saturating_sub(from.into()).clamp(0, i64::from(length) - 1);
    i32::try_from((2 * at + 1) * 65_536 / (2 * i64::from(length))).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_keys_have_the_codes_of_microsofts_table() {
        for (usage, scan) in [
            (0x04, 0x1e),
            (0x1d, 0x2c),
            (0x1e, 0x02),
            (0x27, 0x0b),
            (0x28, 0x1c),
            (0x2c, 0x39),
            (0x38, 0x35),
            (0x39, 0x3a),
            (0x3a, 0x3b),
            (0x45, 0x58),
            (0x47, 0x46),
            (0x49, 0x152),
            (0x52, 0x148),
            (0x53, 0x45),
            (0x58, 0x11c),
            (0x59, 0x4f),
            (0x63, 0x53),
            (0x64, 0x56),
            (0x65, 0x15d),
            (0x68, 0x64),
            (0x73, 0x76),
            (0xe0, 0x1d),
            (0xe6, 0x138),
        ] {
            assert_eq!(code(KeyUsage(usage)), Some(Code::Scan(scan)), "usage {usage:#x}");
        }
        assert_eq!(code(KeyUsage(0x48)), Some(Code::Virtual(0x13)));
        assert_eq!(code(KeyUsage(0x80e2)), Some(Code::Virtual(0xad)));
    }

    #[test]
    fn no_two_keys_are_the_same_but_the_two_backslashes() {
        let mut seen = BTreeMap::<Code, Vec<u16>>::new();
        for usage in 0..0xe8 {
            if let Some(code) = code(KeyUsage(usage)) {
                seen.entry(code).or_default().push(usage);
            }
        }
        let shared: Vec<Vec<u16>> = seen.into_values().filter(|usages| usages.len() > 1).collect();
        assert_eq!(shared, [vec![0x31, 0x32]]);
    }

    #[test]
    fn unknown_usages_have_none() {
        for usage in [0, 3, 0x74, 0xa4, 0xdf, 0xe8, 0xff, 0x7fff, 0x8000, 0xffff] {
            assert_eq!(code(KeyUsage(usage)), None, "usage {usage:#x}");
        }
    }

    proptest! {
        #[test]
        fn every_pixel_is_hit_however_the_system_rounds(from in -20_000_i32..20_000, length in 1_i32..30_000, at in any::<prop::sample::Index>()) {
            let pixel = i32::try_from(at.index(usize::try_from(length).unwrap())).unwrap();
            let told = i64::from(across(from + pixel, from, length));
            prop_assert!((0..65_536).contains(&told));
            prop_assert_eq!(told * i64::from(length) / 65_536, i64::from(pixel));
        }

        #[test]
        fn nothing_leads_outside(at in any::<i32>(), from in any::<i32>(), length in any::<i32>()) {
            prop_assert!((0..65_536).contains(&across(at, from, length)));
        }
    }
}
