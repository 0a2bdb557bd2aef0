//! Whether the customer sees the bar, on a Mac: the system lists the windows above it, with where they are and whose.

#![allow(unsafe_code, reason = "the system's interface is C")]

use std::time::{Duration, Instant};

use objc2::{rc::Retained, runtime::AnyObject};
use objc2_app_kit::NSPanel;
use objc2_core_foundation::{CFDictionary, CGRect};
use objc2_core_graphics::{
    CGDisplayBounds, CGMainDisplayID, CGRectMakeWithDictionaryRepresentation, CGWindowListCopyWindowInfo,
    CGWindowListOption, kCGWindowAlpha, kCGWindowBounds, kCGWindowOwnerPID,
};
use objc2_foundation::{NSArray, NSDictionary, NSNumber, NSString};

use super::cover::{Place, is_hidden};

/// A bar that was covered is raised, but not again and again: two programs that fight for the top would do nothing else.
const RAISE_PAUSE: Duration = Duration::from_secs(10);
/// A window that is more transparent than this covers nothing.
const SHOWS_THROUGH: f64 = 0.1;

/// What was seen last.
#[derive(Debug, Default)]
pub(super) struct Sight {
    seen: Option<bool>,
    raised: Option<Instant>,
}

impl Sight {
    /// Looks. Answers with what is new.
    pub(super) fn look(&mut self, bar: &NSPanel) -> Option<bool> {
        let seen = is_seen(bar);
        if !seen && self.raised.is_none_or(|at| at.elapsed() > RAISE_PAUSE) {
            self.raised = Some(Instant::now());
            bar.orderFrontRegardless();
        }
        (self.seen.replace(seen) != Some(seen)).then_some(seen)
    }
}

type Told = NSDictionary<NSString, AnyObject>;

fn is_seen(bar: &NSPanel) -> bool {
    if !bar.isVisible() || !bar.isOnActiveSpace() {
        return false;
    }
    let Ok(number) = u32::try_from(bar.windowNumber()) else { return false };
    let Some(at) = list(CGWindowListOption::OptionIncludingWindow, number).iter().find_map(|told| place(told)) else {
        return false;
    };
    let mut above = Vec::new();
    for told in list(CGWindowListOption::OptionOnScreenAboveWindow, number) {
        // SAFETY: they are constants.
        let (owner, alpha) = unsafe { (of(&told, kCGWindowOwnerPID), of(&told, kCGWindowAlpha)) };
        let own = owner.is_some_and(|owner| u32::try_from(owner.as_i64()) == Ok(std::process::id()));
        let seen_through = alpha.is_some_and(|alpha| alpha.as_f64() < SHOWS_THROUGH);
        above.extend(place(&told).filter(|place| !own && !seen_through && place.meets(at)));
    }
    !is_hidden(at, whole(CGDisplayBounds(CGMainDisplayID())), &above)
}

/// What the system tells of windows.
fn list(which: CGWindowListOption, number: u32) -> Vec<Retained<Told>> {
    let Some(told) = CGWindowListCopyWindowInfo(which, number) else { return Vec::new() };
    // SAFETY: to the system both kinds of array and dictionary are one, and each key in these is a string.
    let told: &NSArray<Told> = unsafe { &*(&raw const *told).cast() };
    told.to_vec()
}

/// A number of what is told.
fn of(told: &Told, key: &objc2_core_foundation::CFString) -> Option<Retained<NSNumber>> {
    // SAFETY: to the system both kinds of string are one.
    let key: &NSString = unsafe { &*(&raw const *key).cast() };
    told.objectForKey(key)?.downcast().ok()
}

fn place(told: &Told) -> Option<Place> {
    // SAFETY: it is a constant, and to the system both kinds of string are one.
    let key: &NSString = unsafe { &*(&raw const *kCGWindowBounds).cast() };
    let bounds = told.objectForKey(key)?.downcast::<NSDictionary>().ok()?;
    let mut rectangle = CGRect::default();
    // SAFETY: to the system both kinds of dictionary are one; the address is good for this call.
    let is = unsafe {
        let bounds: &CFDictionary = &*(&raw const *bounds).cast();
        CGRectMakeWithDictionaryRepresentation(Some(bounds), &raw mut rectangle)
    };
    is.then(|| whole(rectangle))
}

/// In whole points.
fn whole(of: CGRect) -> Place {
    #[allow(clippy::cast_possible_truncation, reason = "a few thousand")]
    let at = |point: f64| point.round() as i32;
    let (left, top) = (of.origin.x, of.origin.y);
    Place { left: at(left), top: at(top), right: at(left + of.size.width), bottom: at(top + of.size.height) }
}
