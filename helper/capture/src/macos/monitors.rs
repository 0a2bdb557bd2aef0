//! Which displays there are.

#![allow(unsafe_code, reason = "the system's interface is C")]

use objc2_core_graphics::{
    CGDirectDisplayID, CGDisplayBounds, CGDisplayCopyDisplayMode, CGDisplayMode, CGDisplayRotation, CGError,
    CGGetActiveDisplayList, CGMainDisplayID,
};

use crate::{
    ALL_MONITORS, Monitor, Rotation, ids,
    layout::{Display, measure, place},
    together,
};

/// More displays than a Mac drives.
const MOST: usize = 32;

/// A display and what is told of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Found {
    /// As the system numbers it; the same one has the same number while this user is signed in.
    pub(super) number: CGDirectDisplayID,
    /// Which [`Monitor::id`] it has.
    pub(super) id: u8,
    pub(super) display: Display,
}

/// All of them.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Listed {
    /// With all of them together as the last one, if there is more than one.
    pub(super) monitors: Vec<Monitor>,
    pub(super) found: Vec<Found>,
}

impl Listed {
    /// The displays that a monitor's picture is made of.
    pub(super) fn parts(&self, id: u8) -> Vec<(Found, Monitor)> {
        let of = |found: &Found| self.monitors.iter().find(|monitor| monitor.id == found.id).cloned();
        let wanted = self.found.iter().filter(|found| id == ALL_MONITORS || found.id == id);
        wanted.filter_map(|found| Some((*found, of(found)?))).collect()
    }
}

/// Displays that show the same as another count once: the system names only one of them.
pub(super) fn list() -> Listed {
    let mut numbers = [0; MOST];
    let mut count = 0;
    // SAFETY: there is room for as many as are asked for, and the address is good for this call.
    let told = unsafe { CGGetActiveDisplayList(32, numbers.as_mut_ptr(), &raw mut count) };
    if told != CGError::Success {
        return Listed::default();
    }
    let count = usize::try_from(count).unwrap_or(0).min(MOST);
    let displays: Vec<(CGDirectDisplayID, Display)> =
        numbers.iter().take(count).map(|number| (*number, display(*number))).collect();
    let measure = measure(&displays.iter().map(|(_, display)| *display).collect::<Vec<_>>());
    let (mut monitors, mut found) = (Vec::new(), Vec::new());
    for (number, display) in displays {
        let Some(at) = place(display, measure) else { continue };
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few hundred at most")]
        let scale_percent = (display.scale * 100.0).round().clamp(1.0, 10_000.0) as u16;
        monitors.push(Monitor {
            id: 0,
            name: format!("display-{number}"),
            x: at.x,
            y: at.y,
            width: at.width,
            height: at.height,
            primary: number == CGMainDisplayID(),
            scale_percent,
            rotation: rotation(number),
        });
        found.push(Found { number, id: 0, display });
    }
    let ids = ids::of(monitors.iter().map(|monitor| &*monitor.name));
    for ((monitor, found), id) in monitors.iter_mut().zip(&mut found).zip(ids) {
        (monitor.id, found.id) = (id, id);
    }
    monitors.extend(together::all(&monitors));
    Listed { monitors, found }
}

fn display(number: CGDirectDisplayID) -> Display {
    let bounds = CGDisplayBounds(number);
    let mode = CGDisplayCopyDisplayMode(number);
    let points = CGDisplayMode::width(mode.as_deref());
    let pixels = CGDisplayMode::pixel_width(mode.as_deref());
    #[allow(clippy::cast_precision_loss, reason = "a few thousand")]
    let scale = if points == 0 || pixels == 0 { 1.0 } else { pixels as f64 / points as f64 };
    let (from, size) = (bounds.origin, bounds.size);
    Display { x: from.x, y: from.y, width: size.width, height: size.height, scale }
}

fn rotation(number: CGDirectDisplayID) -> Rotation {
    #[allow(clippy::cast_possible_truncation, reason = "degrees")]
    let degrees = CGDisplayRotation(number).round() as i32;
    match degrees {
        90 => Rotation::Right,
        180 => Rotation::Inverted,
        270 => Rotation::Left,
        _ => Rotation::Upright,
    }
}
