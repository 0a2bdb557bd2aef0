//! Whether the desktop may be seen and worked on. The one with a question for an administrator, or with the lock screen,
//! is not opened to programs.

#![allow(unsafe_code, reason = "the system's interface is C")]

use windows::Win32::System::StationsAndDesktops::{
    CloseDesktop, DESKTOP_CONTROL_FLAGS, DESKTOP_READOBJECTS, OpenInputDesktop,
};

use super::rights;
use crate::Obstacle;

/// What stands in the way now.
pub(super) fn obstacle() -> Option<Obstacle> {
    // SAFETY: it makes a handle, which is closed at once.
    let opened = unsafe { OpenInputDesktop(DESKTOP_CONTROL_FLAGS(0), false, DESKTOP_READOBJECTS) };
    match opened {
        Ok(desktop) => {
            // SAFETY: opened above.
            let _ = unsafe { CloseDesktop(desktop) };
            rights::window_in_front_has_more().then_some(Obstacle::Elevated)
        }
        Err(_) => Some(Obstacle::SecureDesktop),
    }
}
