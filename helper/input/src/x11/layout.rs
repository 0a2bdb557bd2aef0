//! What each key of the display's keyboard types now.
//!
//! The core protocol's view of an XKB keymap: up to eight keysyms a key, in the order group 1 levels 1 and 2, group 2
//! levels 1 and 2, group 1 levels 3 and 4, group 2 levels 3 and 4 (XKB protocol, section 17.1).

use xkeysym::Keysym;

/// Bits of the core modifier state.
pub(super) mod modifier {
    pub(in crate::x11) const SHIFT: u16 = 1;
    pub(in crate::x11) const LOCK: u16 = 1 << 1;
    pub(in crate::x11) const NUM: u16 = 1 << 4;
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
}

impl Layout {
    pub(super) fn of(&self, keycode: u8) -> &[u32] {
        let start = usize::from(keycode.saturating_sub(self.first)) * self.per_key;
        if keycode < self.first { &[] } else { self.keysyms.get(start..start + self.per_key).unwrap_or(&[]) }
    }

    pub(super) fn keycodes(&self) -> impl Iterator<Item = u8> + '_ {
        (0..self.keysyms.len() / self.per_key.max(1))
            .filter_map(|index| u8::try_from(index).ok().and_then(|index| self.first.checked_add(index)))
    }

    /// The character that a key types under a modifier state; `None` for none, and for dead keys.
    pub(super) fn character(&self, keycode: u8, state: u16) -> Option<char> {
        let keysyms = self.of(keycode);
        let group = usize::from((state >> 13) & 1);
        let upper = if self.level3 != 0 && state & self.level3 != 0 { 4 } else { 0 };
        let base = upper + group * 2;
        let at = |index: usize| Keysym::new(keysyms.get(index).copied().unwrap_or(0)).key_char();
        let (plain, shifted) = (at(base), at(base + 1));
        let mut shift = state & modifier::SHIFT != 0;
        if state & modifier::LOCK != 0 && is_letter_pair(plain, shifted) {
            shift = !shift;
        }
        let character = if shift { shifted } else { plain };
        // A key with one keysym types its capital with Shift.
        if shift && shifted.is_none() && upper == 0 {
            return plain.and_then(|plain| {
                let mut capital = plain.to_uppercase();
                capital.next().filter(|_| capital.len() == 0)
            });
        }
        character.filter(|character| !character.is_control())
    }

    /// A key that types the character under this state.
    pub(super) fn key_for(&self, character: char, state: u16) -> Option<u8> {
        self.keycodes().find(|keycode| self.character(*keycode, state) == Some(character))
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
        Layout { first: 24, per_key: 8, keysyms, level3: 0x80 }
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
