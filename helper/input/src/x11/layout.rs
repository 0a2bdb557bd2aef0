//! What each key of the display's keyboard types now.
//!
//! The core protocol's view of an XKB keymap: up to eight keysyms a key, in the order group 1 levels 1 and 2, group 2
//! levels 1 and 2, group 1 levels 3 and 4, group 2 levels 3 and 4 (XKB protocol, section 17.1).

use xkeysym::Keysym;

/// Bits of the core modifier state.
pub(super) mod modifier {
    pub(in crate::x11) const SHIFT: u16 = 1;
    pub(in crate::x11) const LOCK: u16 = 1 << 1;
}

/// Keysyms that say what a key is for.
mod means {
    pub(super) const CAPS_LOCK: u32 = 0xffe5;
    pub(super) const NUM_LOCK: u32 = 0xff7f;
    /// The key that reaches levels 3 and 4 (`XK_ISO_Level3_Shift`).
    pub(super) const LEVEL3_SHIFT: u32 = 0xfe03;
    /// Left and right.
    pub(super) const SHIFT: [u32; 2] = [0xffe1, 0xffe2];
    /// Keys of the number pad, from Space to 9 and Equal.
    pub(super) const PAD: std::ops::RangeInclusive<u32> = 0xff80..=0xffbd;
}

/// The key of a lock and the state bit it turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LockKey {
    pub(super) keycode: u8,
    pub(super) bit: u16,
}

/// A key with what it takes to type a character with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) keycode: u8,
    /// Whether Shift must be held.
    pub(super) shift: bool,
}

/// The keyboard map.
#[derive(Debug, Clone, Default)]
pub(super) struct Layout {
    pub(super) first: u8,
    pub(super) per_key: usize,
    pub(super) keysyms: Vec<u32>,
    /// The state bit of the key that reaches levels 3 and 4; 0 when there is none.
    pub(super) level3: u16,
    pub(super) caps: Option<LockKey>,
    pub(super) num: Option<LockKey>,
}

impl Layout {
    /// A map, with the keycodes of each of the eight modifiers.
    pub(super) fn new<'a>(
        first: u8,
        per_key: usize,
        keysyms: Vec<u32>,
        modifiers: impl Iterator<Item = &'a [u8]>,
    ) -> Self {
        let mut layout = Self { first, per_key, keysyms, ..Self::default() };
        for (index, keycodes) in modifiers.enumerate().take(8) {
            let bit = 1 << index;
            let with = |layout: &Self, keysym| {
                let mut keycodes = keycodes.iter().copied();
                keycodes.find(|code| *code != 0 && layout.of(*code).contains(&keysym))
            };
            if with(&layout, means::LEVEL3_SHIFT).is_some() {
                layout.level3 = bit;
            }
            if let Some(keycode) = with(&layout, means::NUM_LOCK) {
                layout.num = Some(LockKey { keycode, bit });
            }
            if let Some(keycode) = with(&layout, means::CAPS_LOCK).filter(|_| bit == modifier::LOCK) {
                layout.caps = Some(LockKey { keycode, bit });
            }
        }
        layout
    }

    /// Whether the key reaches levels 3 and 4.
    pub(super) fn is_level3(&self, keycode: u8) -> bool {
        self.of(keycode).contains(&means::LEVEL3_SHIFT)
    }

    /// Whether the key is Shift.
    pub(super) fn is_shift(&self, keycode: u8) -> bool {
        self.of(keycode).iter().any(|keysym| means::SHIFT.contains(keysym))
    }

    pub(super) fn of(&self, keycode: u8) -> &[u32] {
        let start = usize::from(keycode.saturating_sub(self.first)) * self.per_key;
        if keycode < self.first { &[] } else { self.keysyms.get(start..start + self.per_key).unwrap_or(&[]) }
    }

    pub(super) fn keycodes(&self) -> impl Iterator<Item = u8> + '_ {
        (0..self.keysyms.len() / self.per_key.max(1))
            .filter_map(|index| u8::try_from(index).ok().and_then(|index| self.first.checked_add(index)))
    }

    /// The character that a key types under a modifier state; `None` for none, for dead keys, and where this view of the
    /// map does not tell: in the third group and beyond, and for letters under Caps Lock whose key may or may not heed it.
    pub(super) fn character(&self, keycode: u8, state: u16) -> Option<char> {
        let group = usize::from(state >> 13 & 3);
        if group > 1 {
            return None;
        }
        let keysyms = self.of(keycode);
        let upper = if self.level3 != 0 && state & self.level3 != 0 { 4 } else { 0 };
        let base = upper + group * 2;
        let keysym = |index: usize| keysyms.get(index).copied().unwrap_or(0);
        let at = |index: usize| Keysym::new(keysym(index)).key_char();
        let (plain, shifted) = (at(base), at(base + 1));
        let mut shift = state & modifier::SHIFT != 0;
        if means::PAD.contains(&keysym(base + 1)) {
            shift ^= self.num.is_some_and(|num| state & num.bit != 0);
        }
        let lock = state & modifier::LOCK != 0;
        let heeds_lock = upper == 0 && is_letter_pair(plain, shifted);
        if lock && heeds_lock {
            shift = !shift;
        }
        let character = if shift { shifted } else { plain };
        if lock && !heeds_lock {
            return character.filter(|character| !character.is_control() && !has_case(*character));
        }
        // A key with one keysym types its capital with Shift; a dead key is a second one.
        if shift && keysym(base + 1) == 0 && upper == 0 {
            return plain.and_then(|plain| {
                let mut capital = plain.to_uppercase();
                capital.next().filter(|_| capital.len() == 0)
            });
        }
        character.filter(|character| !character.is_control())
    }

    /// A key that types the character under this state. None of the number pad: programs give its keys meanings of their
    /// own, as a terminal that makes its letters larger with Shift and plus.
    pub(super) fn key_for(&self, character: char, state: u16) -> Option<u8> {
        let on_pad = |keycode: u8| self.of(keycode).iter().any(|keysym| means::PAD.contains(keysym));
        self.keycodes().find(|keycode| self.character(*keycode, state) == Some(character) && !on_pad(*keycode))
    }

    /// A key that types the character when nothing but Shift, if at all, is held.
    pub(super) fn way_to(&self, character: char, state: u16) -> Option<Way> {
        let bare = state & !modifier::SHIFT;
        [false, true].into_iter().find_map(|shift| {
            let state = if shift { bare | modifier::SHIFT } else { bare };
            self.key_for(character, state).map(|keycode| Way { keycode, shift })
        })
    }

    /// Keycodes that type nothing. Keycode 8 is never one: it is evdev's "no key".
    pub(super) fn unused(&self) -> Vec<u8> {
        self.keycodes().filter(|code| *code > 8 && self.of(*code).iter().all(|keysym| *keysym == 0)).collect()
    }
}

/// Whether Caps Lock may make another character of it.
pub(super) fn has_case(character: char) -> bool {
    !character.to_uppercase().eq([character]) || !character.to_lowercase().eq([character])
}

fn is_letter_pair(plain: Option<char>, shifted: Option<char>) -> bool {
    matches!((plain, shifted), (Some(plain), Some(shifted)) if plain != shifted && plain.to_uppercase().eq([shifted]))
}

/// The keysym of a character: its own number in Latin-1, else the Unicode range (X protocol, appendix A).
pub(super) const fn keysym(character: char) -> u32 {
    let code = character as u32;
    match code {
        0x20..=0x7e | 0xa0..=0xff => code,
        _ => 0x0100_0000 | code,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn german() -> Layout {
        let row = |syms: [u32; 8]| syms;
        let mut keysyms = Vec::new();
        keysyms.extend(row([0x71, 0x51, 0x71, 0x51, 0x40, 0x7d9, 0, 0])); // q Q … @
        keysyms.extend(row([0xfc, 0xdc, 0xfc, 0xdc, 0xfe52, 0, 0, 0])); // ü Ü … dead
        keysyms.extend(row([0xfe51, 0xfe50, 0, 0, 0, 0, 0, 0])); // dead acute, dead grave
        keysyms.extend(row([0x31, 0x21, 0x31, 0x21, 0xb9, 0xa1, 0, 0])); // 1 !
        keysyms.extend([0; 8]);
        keysyms.extend(row([0xff9c, 0xffb1, 0xff9c, 0xffb1, 0, 0, 0, 0])); // End, 1 of the number pad
        keysyms.extend(row([0xffe5, 0, 0, 0, 0, 0, 0, 0]));
        keysyms.extend(row([0xff7f, 0, 0, 0, 0, 0, 0, 0]));
        keysyms.extend(row([0xfe03, 0, 0, 0, 0, 0, 0, 0]));
        let modifiers: [&[u8]; 8] = [&[0], &[30, 0], &[], &[], &[0, 31], &[], &[], &[32]];
        Layout::new(24, 8, keysyms, modifiers.into_iter())
    }

    #[test]
    fn shift_lock_and_altgr_choose_the_level() {
        let layout = german();
        assert_eq!(layout.character(24, 0), Some('q'));
        assert_eq!(layout.character(24, modifier::SHIFT), Some('Q'));
        assert_eq!(layout.character(24, modifier::LOCK), Some('Q'));
        assert_eq!(layout.character(24, modifier::LOCK | modifier::SHIFT), Some('q'));
        assert_eq!(layout.character(24, 0x80), Some('@'));
        assert_eq!(layout.character(27, modifier::LOCK), Some('1'), "lock does not shift digits");
    }

    #[test]
    fn a_sign_below_a_dead_key_is_not_typed_with_shift() {
        // As on the Czech layout, beside a key that has but one sign.
        let keysyms = [[0x3b, 0xfe58, 0x3b, 0xfe58], [0x3a, 0, 0, 0]].concat();
        let layout = Layout::new(49, 4, keysyms, [[0; 1]; 8].iter().map(<[u8; 1]>::as_slice));
        assert_eq!(layout.character(49, 0), Some(';'));
        assert_eq!(layout.key_for(';', modifier::SHIFT), None);
        assert_eq!(layout.key_for(':', modifier::SHIFT), Some(50));
    }

    #[test]
    fn locks_are_found_where_the_modifiers_name_them() {
        let layout = german();
        assert_eq!(layout.level3, 0x80);
        assert_eq!(layout.caps, Some(LockKey { keycode: 30, bit: modifier::LOCK }));
        assert_eq!(layout.num, Some(LockKey { keycode: 31, bit: 1 << 4 }));
        assert!(layout.is_level3(32) && !layout.is_shift(32));
    }

    #[test]
    fn the_number_pad_has_digits_under_num_lock_alone() {
        let layout = german();
        let states = [0, 1 << 4, modifier::SHIFT, modifier::SHIFT | 1 << 4];
        assert_eq!(states.map(|state| layout.character(29, state)), [None, Some('1'), Some('1'), None]);
        assert_eq!(layout.key_for('1', 1 << 4), Some(27), "but is nobody's way to type a one");
    }

    #[test]
    fn what_the_map_does_not_tell_is_not_guessed() {
        let layout = german();
        assert_eq!(layout.character(24, 2 << 13), None, "the third group");
        assert_eq!(layout.character(24, 0x80 | modifier::LOCK), Some('@'), "has no case");
        assert_eq!(layout.character(25, 0x80 | modifier::LOCK), None);
        assert!(has_case('é') && has_case('ß') && !has_case('1') && !has_case('日'));
    }

    #[test]
    fn a_dead_key_types_nothing() {
        let layout = german();
        assert_eq!(layout.character(26, 0), None);
        assert_eq!(layout.way_to('´', 0), None);
    }

    #[test]
    fn capitals_need_shift_and_unused_keys_are_found() {
        let layout = german();
        assert_eq!(layout.way_to('Ü', 0), Some(Way { keycode: 25, shift: true }));
        assert_eq!(layout.way_to('ü', modifier::SHIFT), Some(Way { keycode: 25, shift: false }));
        assert_eq!(layout.unused(), [28]);
    }

    #[test]
    fn characters_beyond_latin_1_use_the_unicode_range() {
        assert_eq!((keysym('A'), keysym('ä'), keysym('€'), keysym('😀')), (0x41, 0xe4, 0x0100_20ac, 0x0101_f600));
    }
}
