//! From USB HID usages to the key codes of macOS, by place: as `HIToolbox/Events.h` names them (`kVK_…`), which is how
//! Apple's own keyboards are read.

#![cfg_attr(not(target_os = "macos"), allow(dead_code, reason = "elsewhere only its tests are built"))]

use deskhand_protocol::call::input::KeyUsage;

/// No key has this code.
const NONE: u8 = 0xff;
/// All codes are below this.
pub(crate) const END: u16 = 0x80;

/// Codes of the keyboard page from usage 0x04 on.
#[rustfmt::skip]
const KEYBOARD: [u8; 0x70] = [
    // a to z
    0x00, 0x0b, 0x08, 0x02, 0x0e, 0x03, 0x05, 0x04, 0x22, 0x26, 0x28, 0x25, 0x2e, 0x2d, 0x1f, 0x23, 0x0c, 0x0f, 0x01,
    0x11, 0x20, 0x09, 0x0d, 0x07, 0x10, 0x06,
    // 1 to 0
    0x12, 0x13, 0x14, 0x15, 0x17, 0x16, 0x1a, 0x1c, 0x19, 0x1d,
    // return, escape, backspace, tab, space, - = [ ] \ #, ; ' ` , . /
    0x24, 0x35, 0x33, 0x30, 0x31, 0x1b, 0x18, 0x21, 0x1e, 0x2a, 0x2a, 0x29, 0x27, 0x32, 0x2b, 0x2f, 0x2c,
    // caps lock, F1 to F12
    0x39, 0x7a, 0x78, 0x63, 0x76, 0x60, 0x61, 0x62, 0x64, 0x65, 0x6d, 0x67, 0x6f,
    // print screen, scroll lock, pause: F13 to F15 are in their place
    0x69, 0x6b, 0x71,
    // insert is help here, home, page up, delete, end, page down, right, left, down, up
    0x72, 0x73, 0x74, 0x75, 0x77, 0x79, 0x7c, 0x7b, 0x7d, 0x7e,
    // num lock is clear here; of the pad / * - + enter, 1 to 0, .
    0x47, 0x4b, 0x43, 0x4e, 0x45, 0x4c, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5b, 0x5c, 0x52, 0x41,
    // the key beside the left shift, menu, power, = of the pad, F13 to F24
    0x0a, 0x6e, NONE, 0x51, 0x69, 0x6b, 0x71, 0x6a, 0x40, 0x4f, 0x50, 0x5a, NONE, NONE, NONE, NONE,
];

/// The eight modifiers, usages 0xe0 to 0xe7.
const MODIFIERS: [u8; 8] = [0x3b, 0x38, 0x3a, 0x37, 0x3e, 0x3c, 0x3d, 0x36];

/// The code of a physical key; `None` for one that a Mac has no code for.
pub(crate) fn keycode(key: KeyUsage) -> Option<u16> {
    let code = match key.0 {
        usage @ 0xe0..=0xe7 => *MODIFIERS.get(usize::from(usage - 0xe0))?,
        0x75 => 0x72,
        0x7f => 0x4a,
        0x80 => 0x48,
        0x81 => 0x49,
        // Of other countries: a comma on the pad, the key before the right shift, ¥, kana and eisu.
        0x85 => 0x5f,
        0x87 => 0x5e,
        0x89 => 0x5d,
        0x90 => 0x68,
        0x91 => 0x66,
        usage @ 0x04..=0x73 => *KEYBOARD.get(usize::from(usage - 4))?,
        _ => NONE,
    };
    (code != NONE).then_some(code.into())
}

/// What a key of the pad is where Num Lock is off at the console: a Mac's pad knows digits only.
pub(crate) fn without_num_lock(key: KeyUsage) -> KeyUsage {
    KeyUsage(match key.0 {
        0x59 => 0x4d,
        0x5a => 0x51,
        0x5b => 0x4e,
        0x5c => 0x50,
        0x5e => 0x4f,
        0x5f => 0x4a,
        0x60 => 0x52,
        0x61 => 0x4b,
        0x62 => 0x49,
        0x63 => 0x4c,
        same => same,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn known_keys_have_the_codes_of_apples_header() {
        for (usage, code) in [
            (0x04, 0x00),
            (0x16, 0x01),
            (0x1d, 0x06),
            (0x1e, 0x12),
            (0x27, 0x1d),
            (0x28, 0x24),
            (0x2c, 0x31),
            (0x39, 0x39),
            (0x3a, 0x7a),
            (0x45, 0x6f),
            (0x4d, 0x77),
            (0x52, 0x7e),
            (0x58, 0x4c),
            (0x59, 0x53),
            (0x62, 0x52),
            (0x64, 0x0a),
            (0xe0, 0x3b),
            (0xe3, 0x37),
            (0xe7, 0x36),
        ] {
            assert_eq!(keycode(KeyUsage(usage)), Some(code), "usage {usage:#x}");
        }
    }

    #[test]
    fn no_two_keys_are_the_same_but_those_that_a_mac_has_in_one_place() {
        let mut seen = BTreeMap::<u16, Vec<u16>>::new();
        for usage in 0..0xe8 {
            if let Some(code) = keycode(KeyUsage(usage)) {
                assert!(code < END);
                seen.entry(code).or_default().push(usage);
            }
        }
        let mut shared: Vec<Vec<u16>> = seen.into_values().filter(|usages| usages.len() > 1).collect();
        shared.sort();
        // Backslash and its European twin; print screen, scroll lock and pause as F13 to F15; insert as help.
        let twins = [vec![0x31, 0x32], vec![0x46, 0x68], vec![0x47, 0x69], vec![0x48, 0x6a], vec![0x49, 0x75]];
        assert_eq!(shared, twins);
    }

    #[test]
    fn unknown_usages_have_none() {
        for usage in [0, 3, 0x66, 0x70, 0x74, 0xa4, 0xdf, 0xe8, 0xff, 0x7fff, 0x8000, 0xffff] {
            assert_eq!(keycode(KeyUsage(usage)), None, "usage {usage:#x}");
        }
    }

    #[test]
    fn the_pad_moves_where_it_writes_nothing() {
        let moved: Vec<u16> = (0x59..=0x63).map(|usage| without_num_lock(KeyUsage(usage)).0).collect();
        assert_eq!(moved, [0x4d, 0x51, 0x4e, 0x50, 0x5d, 0x4f, 0x4a, 0x52, 0x4b, 0x49, 0x4c]);
        assert_eq!(without_num_lock(KeyUsage(0x04)), KeyUsage(0x04));
    }
}
