//! Where the story looks, and what it sees there.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, Result};
use serde_json::json;

use super::{PATIENCE, SCREEN};
use crate::{
    bench::ends::Probe,
    stage::{
        display::{Display, Picture},
        wait_for,
    },
};

/// How long a screen must be the same to count as drawn.
const STILL: Duration = Duration::from_millis(1_500);
/// How long the picture may take to become exact.
const EXACT: Duration = Duration::from_secs(20);
/// How the plain window lays out its buttons (`helper/src/plain/window.rs`), in pixels.
const MARGIN: i32 = 20;
const BUTTON: i32 = 44;
const GAP: i32 = 10;

/// One of the plain window's buttons.
#[derive(Debug, Clone, Copy)]
pub(super) enum Key {
    /// Of three below each other.
    First,
    /// Of two beside each other.
    Right,
}

impl Key {
    /// Its middle.
    pub(super) fn of(self, (x, y, width, height): (i32, i32, i32, i32)) -> (i32, i32) {
        let last = y + height - MARGIN - BUTTON / 2;
        match self {
            Self::First => (x + width / 2, last - 2 * (BUTTON + GAP)),
            Self::Right => (x + width * 3 / 4, last),
        }
    }
}

/// The part of the plain window that has no buttons, however many there are.
pub(super) fn above_buttons((x, y, width, height): (i32, i32, i32, i32)) -> (i32, i32, i32, i32) {
    (x, y, width, height - MARGIN - 3 * (BUTTON + GAP) - GAP)
}

pub(super) fn part(picture: &Picture, (x, y, width, height): (i32, i32, i32, i32)) -> Picture {
    picture.part(x.max(0).unsigned_abs(), y.max(0).unsigned_abs(), width.unsigned_abs(), height.unsigned_abs())
}

/// Pixels that are dark: letters, on a window that is not.
pub(super) fn inked(picture: &Picture) -> usize {
    picture.rgb.iter().filter(|rgb| rgb.iter().all(|colour| *colour < 0x80)).count()
}

/// The screen, once nothing on it changes.
pub(super) fn still(display: &Display) -> Result<Picture> {
    let (mut since, mut seen) = (Instant::now(), display.picture()?);
    wait_for("a screen that stays", PATIENCE, || {
        let now = display.picture()?;
        if now != seen {
            (since, seen) = (Instant::now(), now);
        }
        Ok((since.elapsed() > STILL).then(|| seen.clone()))
    })
}

/// What it has become by the time that everything is exact.
pub(super) fn what_the_technician_sees(probe: &mut Probe, display: &Display, folder: &Path) -> Result<Picture> {
    let framebuffer = display.framebuffer().context("the display has no file")?;
    let since = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let last = u64::try_from(EXACT.as_millis())?;
    probe.order(&json!({
        "do": "still",
        "framebuffer": framebuffer,
        "since_us": u64::try_from(since.as_micros())?,
        "marks_ms": [last - 500],
        "folder": folder,
        "at_most_ms": last,
    }))?;
    probe.event("still", EXACT * 2)?;
    let raw = fs::read(folder.join(format!("{}.rgb", last - 500)))?;
    let rgb = raw.chunks_exact(3).map(|rgb| [rgb[0], rgb[1], rgb[2]]).collect();
    Ok(Picture { width: SCREEN.0.into(), height: SCREEN.1.into(), rgb })
}

/// The units of text that the customer's program got.
pub(super) fn units(notes: &Path) -> Result<Vec<u16>> {
    let text = fs::read_to_string(notes)?;
    let units = text.lines().filter_map(|line| line.strip_prefix("unit "));
    Ok(units.map(|unit| u16::from_str_radix(unit, 16)).collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buttons_are_found_from_below() {
        let window = (100, 50, 512, 616);
        assert_eq!(Key::First.of(window), (356, 666 - 20 - 22 - 108));
        assert_eq!(Key::Right.of(window), (484, 666 - 20 - 22));
    }
}
