//! Whether the system takes keys and clicks from this program: its user says so once, in the system's own settings
//! (*Accessibility*).

#![allow(unsafe_code, reason = "the system's interface is C")]

use objc2_core_foundation::{CFBoolean, CFDictionary, CFString};

#[link(name = "ApplicationServices", kind = "framework")]
unsafe extern "C" {
    static kAXTrustedCheckOptionPrompt: &'static CFString;
    fn AXIsProcessTrusted() -> u8;
    fn AXIsProcessTrustedWithOptions(options: &CFDictionary) -> u8;
}

/// Whether it does now. What the user changes counts at once.
#[must_use]
pub fn may_control() -> bool {
    // SAFETY: it only tells.
    unsafe { AXIsProcessTrusted() != 0 }
}

/// Lets the system show its user where that is allowed, and puts this program on its list. Whether it may.
pub fn ask_for_control() -> bool {
    // SAFETY: the key is a constant and its value is of the kind that the documentation names.
    unsafe {
        let options = CFDictionary::from_slices(&[kAXTrustedCheckOptionPrompt], &[CFBoolean::new(true)]);
        AXIsProcessTrustedWithOptions(options.as_opaque()) != 0
    }
}
