//! Where the window was, for the next start. A place that no monitor shows any more is not taken up.

use std::{fs, path::Path};

use serde::{Deserialize, Serialize};

use crate::folder::write_private;

const FILE: &str = "window.json";
/// Of a window that is taken up, this much of its upper edge must be seen, in pixels.
const SEEN: (i64, i64) = (160, 40);
/// Sizes beyond this are no window's.
const LARGEST: u32 = 32_768;

/// A window's place in physical pixels of the desktop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Left edge of its frame.
    pub x: i32,
    /// Upper edge of its frame.
    pub y: i32,
    /// Width without the frame.
    pub width: u32,
    /// Height without the frame.
    pub height: u32,
    /// Whether it filled a monitor; the rest is then where it goes back to.
    pub maximized: bool,
}

/// A monitor of the desktop, in the same pixels.
#[derive(Debug, Clone, Copy)]
pub struct Monitor {
    /// Left and upper edge.
    pub corner: (i32, i32),
    /// Width and height.
    pub size: (u32, u32),
}

impl Place {
    /// What was written down, if it can be read.
    #[must_use]
    pub fn read(folder: &Path) -> Option<Self> {
        let place: Self = serde_json::from_slice(&fs::read(folder.join(FILE)).ok()?).ok()?;
        (1..LARGEST).contains(&place.width).then_some(place).filter(|place| (1..LARGEST).contains(&place.height))
    }

    /// Writes it down; a failure costs nothing but the place.
    pub fn write(&self, folder: &Path) {
        let written = serde_json::to_vec(self).map_err(std::io::Error::other);
        if let Err(error) = written.and_then(|bytes| write_private(&folder.join(FILE), &bytes)) {
            tracing::warn!(%error, "the window's place is not kept");
        }
    }

    /// Whether one of these monitors shows enough of its upper edge to take hold of it.
    #[must_use]
    pub fn is_seen(&self, monitors: &[Monitor]) -> bool {
        monitors.iter().any(|monitor| {
            let within = |at: i32, length: u32, from: i32, size: u32| {
                let (at, from) = (i64::from(at), i64::from(from));
                (at + i64::from(length)).min(from + i64::from(size)) - at.max(from)
            };
            let (wide, high) = SEEN;
            let top = u32::try_from(high).unwrap_or(0);
            within(self.x, self.width, monitor.corner.0, monitor.size.0) >= wide.min(self.width.into())
                && within(self.y, top, monitor.corner.1, monitor.size.1) >= high
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place = Place { x: 100, y: 50, width: 1280, height: 820, maximized: false };

    #[test]
    fn a_place_is_kept_and_what_is_no_place_is_none() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Place::read(folder.path()), None);
        PLACE.write(folder.path());
        assert_eq!(Place::read(folder.path()), Some(PLACE));
        for bad in [
            "",
            "{}",
            "[1]",
            r#"{"x":0,"y":0,"width":0,"height":9,"maximized":false}"#,
            r#"{"x":0,"y":0,"width":99999999,"height":9,"maximized":false}"#,
        ] {
            fs::write(folder.path().join(FILE), bad).unwrap();
            assert_eq!(Place::read(folder.path()), None, "{bad}");
        }
    }

    #[test]
    fn a_window_is_taken_up_only_where_it_can_be_taken_hold_of() {
        let one = [Monitor { corner: (0, 0), size: (1920, 1080) }];
        let two = [one[0], Monitor { corner: (-1600, 0), size: (1600, 900) }];
        assert!(PLACE.is_seen(&one));
        assert!(!PLACE.is_seen(&[]));
        let left = Place { x: -1500, ..PLACE };
        assert!(left.is_seen(&two) && !left.is_seen(&one), "its monitor was taken away");
        assert!(!Place { y: 1070, ..PLACE }.is_seen(&one));
        assert!(!Place { y: -30, ..PLACE }.is_seen(&one), "the edge to take hold of is above the screen");
        assert!(!Place { x: i32::MAX, y: i32::MIN, ..PLACE }.is_seen(&two));
    }
}
