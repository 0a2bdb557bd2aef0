//! Whether the desktop is there to be seen.

#![allow(unsafe_code, reason = "the system's interface is C")]

use objc2::{rc::Retained, runtime::AnyObject};
use objc2_core_graphics::{CGDisplayIsAsleep, CGMainDisplayID, CGSessionCopyCurrentDictionary};
use objc2_foundation::{NSDictionary, NSNumber, NSString, ns_string};

use crate::Obstacle;

/// What stands in the way now: the screen is locked, or dark. The system's questions lie on the desktop as windows.
pub(super) fn obstacle() -> Option<Obstacle> {
    (CGDisplayIsAsleep(CGMainDisplayID()) || is_locked()).then_some(Obstacle::ScreenSaver)
}

/// The key stands there only while it is so. Not in a header, and looked at by many programs since 10.7.
fn is_locked() -> bool {
    let Some(session) = CGSessionCopyCurrentDictionary() else { return false };
    // SAFETY: the two kinds of dictionary are one to the system, and each key in this one is a string.
    let session: &NSDictionary<NSString, AnyObject> = unsafe { &*(&raw const *session).cast() };
    let locked = session.objectForKey(ns_string!("CGSSessionScreenIsLocked"));
    locked.and_then(|locked: Retained<AnyObject>| locked.downcast::<NSNumber>().ok()).is_some_and(|on| on.as_bool())
}
