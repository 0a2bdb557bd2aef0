//! What a layout makes of keys, and where the locks stand.

#![allow(unsafe_code, reason = "the system's interface is C")]

use windows::Win32::UI::{
    Input::KeyboardAndMouse::{
        GetKeyState, GetKeyboardLayout, HKL, MAPVK_VK_TO_VSC_EX, MAPVK_VSC_TO_VK_EX, MapVirtualKeyExW, ToUnicodeEx,
        VkKeyScanExW,
    },
    WindowsAndMessaging::{GetForegroundWindow, GetWindowThreadProcessId, MSG, PM_NOREMOVE, PeekMessageW},
};

use crate::scancodes::{Code, EXTENDED};

/// What a key's character depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Level {
    pub(super) shift: bool,
    pub(super) alt_graph: bool,
    pub(super) caps: bool,
}

/// Bits of a key's state, and of what [`VkKeyScanExW`] answers.
const DOWN: u8 = 0x80;
const ON: u8 = 0x01;
const WITH_SHIFT: u16 = 1;
const WITH_CONTROL_AND_ALT: u16 = 6;
/// [`ToUnicodeEx`] leaves the keyboard's state alone.
const DO_NOT_CHANGE: u32 = 1 << 2;

/// The layout of one program.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout(HKL);

impl Layout {
    /// That of the window that has the keyboard.
    pub(super) fn of_the_window_in_front() -> Self {
        // SAFETY: it only tells; without a window it is that of this program.
        Self(unsafe { GetKeyboardLayout(GetWindowThreadProcessId(GetForegroundWindow(), None)) })
    }

    /// Whether the right Alt is AltGr: whether any character wants it.
    pub(super) fn has_alt_graph(self) -> bool {
        let candidates = (0x21..0x17f).chain([0x20ac, 0x201e, 0x2013]);
        candidates
            .into_iter()
            .any(|unit| self.scan(unit).is_some_and(|(_, with)| with & 7 & !WITH_SHIFT == WITH_CONTROL_AND_ALT))
    }

    /// The character that a key types.
    pub(super) fn character(self, code: Code, level: Level) -> Option<char> {
        let Code::Scan(scan) = code else { return None };
        let virtual_key = u32::from(self.virtual_key(scan));
        if virtual_key == 0 {
            return None;
        }
        let mut state = [0_u8; 256];
        let mut set = |key: usize, bits: u8, is: bool| {
            if let Some(state) = state.get_mut(key).filter(|_| is) {
                *state |= bits;
            }
        };
        // `VK_SHIFT`, `VK_CONTROL`, `VK_MENU`, `VK_CAPITAL`.
        set(0x10, DOWN, level.shift);
        set(0x11, DOWN, level.alt_graph);
        set(0x12, DOWN, level.alt_graph);
        set(0x14, ON, level.caps);
        let mut units = [0_u16; 8];
        // SAFETY: the wrapper passes on how much room there is.
        let written = unsafe { ToUnicodeEx(virtual_key, whole(scan), &state, &mut units, DO_NOT_CHANGE, Some(self.0)) };
        // A dead key types nothing by itself.
        let units = units.get(..usize::try_from(written).ok()?)?;
        let mut characters = char::decode_utf16(units.iter().copied());
        match (characters.next(), characters.next()) {
            (Some(Ok(character)), None) => Some(character),
            _ => None,
        }
    }

    /// What the key of a place means, before locks; 0 for nothing.
    pub(super) fn virtual_key(self, scan: u16) -> u16 {
        // SAFETY: it only tells.
        let key = unsafe { MapVirtualKeyExW(whole(scan), MAPVK_VSC_TO_VK_EX, Some(self.0)) };
        u16::try_from(key).unwrap_or(0)
    }

    /// A key that types the character at this level.
    pub(super) fn key_for(self, character: char, level: Level) -> Option<Code> {
        let mut units = [0; 2];
        let [unit] = *character.encode_utf16(&mut units) else { return None };
        let (virtual_key, _) = self.scan(unit)?;
        // SAFETY: it only tells.
        let whole = unsafe { MapVirtualKeyExW(virtual_key.into(), MAPVK_VK_TO_VSC_EX, Some(self.0)) };
        let scan = u16::try_from(whole & 0xff).ok().filter(|scan| *scan != 0)?;
        let code = Code::Scan(if whole & 0xe000 == 0xe000 { scan | EXTENDED } else { scan });
        (self.character(code, level) == Some(character)).then_some(code)
    }

    /// The virtual key for a character, and what else it wants held.
    fn scan(self, unit: u16) -> Option<(u16, u16)> {
        // SAFETY: it only tells.
        let found = unsafe { VkKeyScanExW(unit, self.0) };
        let found = found.cast_unsigned();
        (found != u16::MAX).then_some((found & 0xff, found >> 8))
    }
}

/// A place as the system names it in one number.
fn whole(scan: u16) -> u32 {
    if scan & EXTENDED == 0 { scan.into() } else { 0xe000 | u32::from(scan & !EXTENDED) }
}

/// Whether a lock is on.
pub(super) fn is_on(virtual_key: u16) -> bool {
    let mut message = MSG::default();
    // SAFETY: a thread has a state of keys only with a queue, which the first gives it; the second only tells.
    unsafe {
        let _ = PeekMessageW(&raw mut message, None, 0, 0, PM_NOREMOVE);
        GetKeyState(virtual_key.into()) & 1 != 0
    }
}
