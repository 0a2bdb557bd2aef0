//! Whether the system lets this program see the screen: its user says so once, in the system's own settings.

use objc2_core_graphics::{CGPreflightScreenCaptureAccess, CGRequestScreenCaptureAccess};

/// Whether it does. What the user changes counts for a program that is started after it.
#[must_use]
pub fn may_see_the_screen() -> bool {
    CGPreflightScreenCaptureAccess()
}

/// Lets the system ask its user, which it does once for each program, and puts this one on its list. Whether it may.
pub fn ask_for_the_screen() -> bool {
    CGRequestScreenCaptureAccess()
}
