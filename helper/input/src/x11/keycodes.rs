//! From USB HID usages to X keycodes: the kernel's own table (`drivers/hid/hid-input.c`) gives the evdev code, and X
//! adds 8 to that.

use deskhand_protocol::call::input::KeyUsage;

/// Bit of [`KeyUsage`] that says consumer page.
const CONSUMER: u16 = 0x8000;
/// What X adds to an evdev code.
const OFFSET: u8 = 8;

/// evdev codes of the keyboard page, from usage 0 on; 0 for none.
#[rustfmt::skip]
const KEYBOARD: [u8; 0xa4] = [
      0,   0,   0,   0,  30,  48,  46,  32,  18,  33,  34,  35,  23,  36,  37,  38,
     50,  49,  24,  25,  16,  19,  31,  20,  22,  47,  17,  45,  21,  44,   2,   3,
      4,   5,   6,   7,   8,   9,  10,  11,  28,   1,  14,  15,  57,  12,  13,  26,
     27,  43,  43,  39,  40,  41,  51,  52,  53,  58,  59,  60,  61,  62,  63,  64,
     65,  66,  67,  68,  87,  88,  99,  70, 119, 110, 102, 104, 111, 107, 109, 106,
    105, 108, 103,  69,  98,  55,  74,  78,  96,  79,  80,  81,  75,  76,  77,  71,
     72,  73,  82,  83,  86, 127, 116, 117, 183, 184, 185, 186, 187, 188, 189, 190,
    191, 192, 193, 194, 134, 138, 130, 132, 128, 129, 131, 137, 133, 135, 136, 113,
    115, 114,   0,   0,   0, 121,   0,  89,  93, 124,  92,  94,  95,   0,   0,   0,
    122, 123,  90,  91,  85,   0,   0,   0,   0,   0,   0,   0, 111,   0,   0,   0,
      0,   0,   0,   0,
];

/// evdev codes of the eight modifiers, usages 0xe0 to 0xe7.
const MODIFIERS: [u8; 8] = [29, 42, 56, 125, 97, 54, 100, 126];

/// The X keycode of a physical key; `None` for one that X has no code for.
pub(super) fn keycode(key: KeyUsage) -> Option<u8> {
    let evdev = match key.0 {
        usage @ 0xe0..=0xe7 => *MODIFIERS.get(usize::from(usage - 0xe0))?,
        usage if usage & CONSUMER == 0 => *KEYBOARD.get(usize::from(usage))?,
        usage => consumer(usage & !CONSUMER)?,
    };
    if evdev == 0 { None } else { evdev.checked_add(OFFSET) }
}

/// evdev codes of the media keys that keyboards have.
const fn consumer(usage: u16) -> Option<u8> {
    Some(match usage {
        0x32 => 142,  // sleep
        0x6f => 225,  // brightness up
        0x70 => 224,  // brightness down
        0xb0 => 200,  // play
        0xb1 => 201,  // pause
        0xb2 => 167,  // record
        0xb3 => 208,  // fast forward
        0xb4 => 168,  // rewind
        0xb5 => 163,  // next track
        0xb6 => 165,  // previous track
        0xb7 => 166,  // stop
        0xb8 => 161,  // eject
        0xcd => 164,  // play, pause
        0xe2 => 113,  // mute
        0xe9 => 115,  // louder
        0xea => 114,  // softer
        0x183 => 171, // media player
        0x18a => 155, // mail
        0x192 => 140, // calculator
        0x194 => 157, // file browser
        0x221 => 217, // search
        0x223 => 172, // home page
        0x224 => 158, // back
        0x225 => 159, // forward
        0x226 => 128, // stop loading
        0x227 => 173, // refresh
        0x22a => 156, // bookmarks
        _ => return None,
    })
}

/// Whether a layout gives the key a character: letters, digits, punctuation, the keys of other countries.
pub(super) const fn is_printing(key: KeyUsage) -> bool {
    matches!(key.0, 0x04..=0x27 | 0x2c..=0x38 | 0x64 | 0x87 | 0x89)
}

/// Whether it is a digit above the letters.
pub(super) const fn is_digit(key: KeyUsage) -> bool {
    matches!(key.0, 0x1e..=0x27)
}

/// Whether it is a key of the number pad that writes something, at least under Num Lock.
pub(super) const fn is_pad(key: KeyUsage) -> bool {
    matches!(key.0, 0x54..=0x57 | 0x59..=0x63 | 0x67 | 0x85)
}

/// Whether it is a lock key: Caps, Scroll or Num Lock.
pub(super) const fn is_lock(key: KeyUsage) -> bool {
    matches!(key.0, 0x39 | 0x47 | 0x53)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_keys_have_the_codes_that_xev_shows() {
        let known = [(0x04, 38), (0x28, 36), (0x29, 9), (0x39, 66), (0x53, 77), (0xe0, 37), (0xe1, 50), (0xe6, 108)];
        for (usage, code) in known {
            assert_eq!(keycode(KeyUsage(usage)), Some(code), "usage {usage:#x}");
        }
        assert_eq!(keycode(KeyUsage(0x80e2)), Some(121));
    }

    #[test]
    fn no_two_keys_of_one_page_share_a_code_but_the_two_backslashes_and_aliases() {
        let mut seen = std::collections::BTreeMap::new();
        for usage in 0..0xe8 {
            if let Some(code) = keycode(KeyUsage(usage)) {
                seen.entry(code).or_insert_with(Vec::new).push(usage);
            }
        }
        let shared: Vec<Vec<u16>> = seen.into_values().filter(|usages| usages.len() > 1).collect();
        assert_eq!(shared, [vec![0x31, 0x32], vec![0x4c, 0x9c]]);
    }

    #[test]
    fn unknown_usages_have_none() {
        for usage in [0, 3, 0xa4, 0xdf, 0xe8, 0xff, 0x7fff, 0x8000, 0xffff] {
            assert_eq!(keycode(KeyUsage(usage)), None, "usage {usage:#x}");
        }
    }
}
