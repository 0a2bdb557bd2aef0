//! All monitors as one picture.

use crate::{ALL_MONITORS, Monitor, Rotation};

/// All of them together, if there is more than one; `None` too where they are too far apart for one picture.
pub(crate) fn all(monitors: &[Monitor]) -> Option<Monitor> {
    let [first, _, ..] = monitors else { return None };
    let edge = |edges: fn(&Monitor) -> i32| monitors.iter().map(edges);
    let (x, y) = (edge(|m| m.x).min()?, edge(|m| m.y).min()?);
    let right = edge(|m| m.x + i32::from(m.width)).max()?;
    let bottom = edge(|m| m.y + i32::from(m.height)).max()?;
    Some(Monitor {
        id: ALL_MONITORS,
        name: String::new(),
        x,
        y,
        width: u16::try_from(right - x).ok()?,
        height: u16::try_from(bottom - y).ok()?,
        primary: false,
        scale_percent: first.scale_percent,
        rotation: Rotation::Upright,
    })
}

/// The one to begin with.
pub(crate) fn preferred(monitors: &[Monitor]) -> Option<usize> {
    let primary = monitors.iter().position(|monitor| monitor.primary);
    primary.or((!monitors.is_empty()).then_some(0))
}
