//! Which key types which character on the customer's keyboard. Asked only for shortcuts: what is typed goes as text.
//!
//! The system tells of keyboards only on the main thread, which may be busy, or waiting for this one. So the main thread
//! is asked to write it down, and what it wrote down last counts.

#![allow(unsafe_code, reason = "the system's interface is C")]

use std::{
    collections::BTreeMap,
    ffi::c_void,
    ptr::{self, NonNull},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use dispatch2::DispatchQueue;
use objc2_core_foundation::{CFRetained, CFString, CFType};

use crate::keycodes::END;

/// What was written down is new for so long.
const NEW: Duration = Duration::from_secs(1);

/// `kUCKeyActionDisplay`: what stands on the key.
const DISPLAY: u16 = 3;
/// `kUCKeyTranslateNoDeadKeysMask`.
const NO_DEAD_KEYS: u32 = 1;

#[link(name = "Carbon", kind = "framework")]
unsafe extern "C" {
    static kTISPropertyUnicodeKeyLayoutData: &'static CFString;
    fn TISCopyCurrentKeyboardLayoutInputSource() -> Option<NonNull<CFType>>;
    fn TISCopyCurrentASCIICapableKeyboardLayoutInputSource() -> Option<NonNull<CFType>>;
    fn TISGetInputSourceProperty(source: NonNull<CFType>, key: &CFString) -> *const c_void;
    fn CFDataGetBytePtr(data: *const c_void) -> *const u8;
    fn LMGetKbdType() -> u8;
    fn UCKeyTranslate(
        layout: *const u8,
        key: u16,
        action: u16,
        modifiers: u32,
        keyboard: u32,
        options: u32,
        dead: *mut u32,
        room: usize,
        length: *mut usize,
        text: *mut u16,
    ) -> i32;
}

/// The key of each character that one types without any other key.
type Keys = BTreeMap<char, u16>;

#[derive(Debug, Default)]
struct Written {
    keys: Keys,
    asked: Option<Instant>,
}

/// What was written down last.
#[derive(Debug, Clone, Default)]
pub(super) struct Layout(Arc<Mutex<Written>>);

impl Layout {
    /// Lets it be written down anew, if it is not new.
    pub(super) fn look(&self) {
        {
            let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if written.asked.is_some_and(|at| at.elapsed() < NEW) {
                return;
            }
            written.asked = Some(Instant::now());
        }
        let written = Arc::clone(&self.0);
        DispatchQueue::main().exec_async(move || {
            let keys = keys();
            written.lock().unwrap_or_else(PoisonError::into_inner).keys = keys;
        });
    }

    /// The key that types a character, as far as that is known.
    pub(super) fn key_for(&self, character: char) -> Option<u16> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).keys.get(&character).copied()
    }
}

/// On the main thread only.
fn keys() -> Keys {
    // SAFETY: both make an object for the caller; keyboards of a script with its own input method have no layout.
    let sources =
        unsafe { [TISCopyCurrentKeyboardLayoutInputSource(), TISCopyCurrentASCIICapableKeyboardLayoutInputSource()] };
    let mut keys = Keys::new();
    for source in sources.into_iter().flatten() {
        // SAFETY: it was made for the caller, who keeps it while it is read.
        let source = unsafe { CFRetained::from_raw(source) };
        // SAFETY: the data belongs to the source.
        let layout = unsafe {
            let data = TISGetInputSourceProperty(CFRetained::as_ptr(&source), kTISPropertyUnicodeKeyLayoutData);
            if data.is_null() { ptr::null() } else { CFDataGetBytePtr(data) }
        };
        if layout.is_null() {
            continue;
        }
        for key in 0..END {
            if let Some(character) = character(layout, key) {
                // The first layout is the one in use.
                keys.entry(character).or_insert(key);
            }
        }
    }
    keys
}

fn character(layout: *const u8, key: u16) -> Option<char> {
    let (mut dead, mut length, mut units) = (0, 0, [0_u16; 4]);
    // SAFETY: the layout lives while this is asked; there is room for as many units as are said.
    let told = unsafe {
        let keyboard = u32::from(LMGetKbdType());
        let (dead, length, units) = (&raw mut dead, &raw mut length, (&raw mut units).cast());
        UCKeyTranslate(layout, key, DISPLAY, 0, keyboard, NO_DEAD_KEYS, dead, 4, length, units)
    };
    let mut characters = char::decode_utf16(units.get(..length)?.iter().copied());
    match (told, characters.next(), characters.next()) {
        (0, Some(Ok(character)), None) if !character.is_control() => Some(character),
        _ => None,
    }
}
