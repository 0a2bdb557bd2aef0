//! The keys that end the session from anywhere, on a Mac: Control, Option and End (on a small keyboard Fn and the right
//! arrow), whatever program has the keyboard.

#![allow(unsafe_code, reason = "the system's interface is C")]

use std::{cell::RefCell, ffi::c_void, ptr};

use tokio::sync::mpsc::UnboundedSender;

use crate::view::Action;

/// `kVK_End`, `controlKey` and `optionKey`.
const END: u32 = 0x77;
const CONTROL_AND_OPTION: u32 = 0x1000 | 0x0800;
/// `kEventClassKeyboard` and `kEventHotKeyPressed`.
static PRESSED: EventTypeSpec = EventTypeSpec { class: u32::from_be_bytes(*b"keyb"), kind: 5 };
/// By which the system knows whose keys they are.
const OURS: EventHotKeyId = EventHotKeyId { signature: u32::from_be_bytes(*b"Dskh"), id: 1 };

#[repr(C)]
struct EventTypeSpec {
    class: u32,
    kind: u32,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct EventHotKeyId {
    signature: u32,
    id: u32,
}

type Handler = extern "C" fn(*mut c_void, *mut c_void, *mut c_void) -> i32;

#[link(name = "Carbon", kind = "framework")]
unsafe extern "C" {
    fn GetApplicationEventTarget() -> *mut c_void;
    fn InstallEventHandler(
        target: *mut c_void,
        handler: Handler,
        count: usize,
        of: *const EventTypeSpec,
        data: *mut c_void,
        installed: *mut *mut c_void,
    ) -> i32;
    fn RemoveEventHandler(installed: *mut c_void) -> i32;
    fn RegisterEventHotKey(
        key: u32,
        with: u32,
        id: EventHotKeyId,
        target: *mut c_void,
        options: u32,
        taken: *mut *mut c_void,
    ) -> i32;
    fn UnregisterEventHotKey(taken: *mut c_void) -> i32;
}

thread_local! {
    /// On the main thread: who is told.
    static TOLD: RefCell<Option<UnboundedSender<Action>>> = const { RefCell::new(None) };
}

extern "C" fn pressed(_: *mut c_void, _: *mut c_void, _: *mut c_void) -> i32 {
    TOLD.with_borrow(|told| drop(told.as_ref().map(|told| told.send(Action::End))));
    0
}

/// They are this program's. Dropping it gives them back. On the main thread only.
pub(super) struct EndKeys {
    handler: *mut c_void,
    keys: *mut c_void,
}

impl EndKeys {
    /// Takes them; `None` when another program has them.
    pub(super) fn take(told: UnboundedSender<Action>) -> Option<Self> {
        let (mut handler, mut keys) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: the addresses are good for these calls, and the handler for as long as the program runs.
        unsafe {
            let target = GetApplicationEventTarget();
            let data = ptr::null_mut();
            if InstallEventHandler(target, pressed, 1, &raw const PRESSED, data, &raw mut handler) != 0 {
                return None;
            }
            if RegisterEventHotKey(END, CONTROL_AND_OPTION, OURS, target, 0, &raw mut keys) != 0 {
                RemoveEventHandler(handler);
                return None;
            }
        }
        TOLD.set(Some(told));
        Some(Self { handler, keys })
    }
}

impl Drop for EndKeys {
    fn drop(&mut self) {
        TOLD.set(None);
        // SAFETY: taken above, and given back once.
        unsafe {
            UnregisterEventHotKey(self.keys);
            RemoveEventHandler(self.handler);
        }
    }
}
