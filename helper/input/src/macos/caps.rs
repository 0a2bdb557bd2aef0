//! Caps Lock: a key of its own to the system, which a pressed key does not turn.

#![allow(unsafe_code, reason = "the system's interface is C")]

use std::ffi::{CStr, c_char, c_int, c_void};

/// `kIOHIDParamConnectType` and `kIOHIDCapsLockState`.
const PARAMETERS: u32 = 1;
const CAPS_LOCK: c_int = 1;
const HID_SYSTEM: &CStr = c"IOHIDSystem";

#[link(name = "IOKit", kind = "framework")]
unsafe extern "C" {
    static mach_task_self_: u32;
    fn IOServiceMatching(name: *const c_char) -> *mut c_void;
    fn IOServiceGetMatchingService(port: u32, matching: *mut c_void) -> u32;
    fn IOServiceOpen(service: u32, task: u32, kind: u32, connection: *mut u32) -> c_int;
    fn IOServiceClose(connection: u32) -> c_int;
    fn IOObjectRelease(object: u32) -> c_int;
    fn IOHIDGetModifierLockState(connection: u32, which: c_int, on: *mut bool) -> c_int;
    fn IOHIDSetModifierLockState(connection: u32, which: c_int, on: bool) -> c_int;
}

/// Closed when it goes.
struct Connection(u32);

impl Connection {
    fn open() -> Option<Self> {
        let mut connection = 0;
        // SAFETY: the name ends with a zero; what matches is used up by the second call, and the service is given back.
        let opened = unsafe {
            let service = IOServiceGetMatchingService(0, IOServiceMatching(HID_SYSTEM.as_ptr()));
            if service == 0 {
                return None;
            }
            let opened = IOServiceOpen(service, mach_task_self_, PARAMETERS, &raw mut connection);
            IOObjectRelease(service);
            opened
        };
        (opened == 0).then_some(Self(connection))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // SAFETY: opened above.
        unsafe { IOServiceClose(self.0) };
    }
}

/// Turns it over. Whether the system did.
pub(super) fn turn() -> bool {
    let Some(connection) = Connection::open() else { return false };
    let mut on = false;
    // SAFETY: the address is good for this call.
    unsafe {
        IOHIDGetModifierLockState(connection.0, CAPS_LOCK, &raw mut on) == 0
            && IOHIDSetModifierLockState(connection.0, CAPS_LOCK, !on) == 0
    }
}
