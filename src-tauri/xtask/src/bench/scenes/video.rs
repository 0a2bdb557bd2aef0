//! video: a clip of 640 × 360 plays in a corner for 10 s, 30 pictures a second.

use std::time::Duration;

use anyhow::Result;
use serde_json::{Map, Value};

use super::moving::{self, Alone, Keep, Motion};
use crate::bench::{
    ends::Ends,
    page::Drawn,
    quality::Part,
    screen::Desk,
    windows::{CLIP, ROWS, Windows},
};

/// How long it plays.
const TIME: Duration = Duration::from_secs(10);

struct Clip(Windows);

impl Motion for Clip {
    fn rows(&self) -> &[(u16, u16)] {
        &ROWS
    }

    fn part(&self) -> Part {
        CLIP
    }

    fn run(&mut self, time: Duration) -> Result<Drawn> {
        self.0.play(time)
    }
}

/// What the scene costs without the helper.
///
/// # Errors
///
/// When the display is gone.
pub fn alone(desk: &Desk) -> Result<Alone> {
    moving::alone(desk, &mut Clip(Windows::open(desk.display.name())?), TIME)
}

/// Plays the scene.
///
/// # Errors
///
/// When a program has ended.
pub fn play(desk: &Desk, ends: &mut Ends, alone: &Alone) -> Result<Map<String, Value>> {
    let mut clip = Clip(Windows::open(desk.display.name())?);
    moving::play(desk, ends, &mut clip, TIME, alone, Keep::Some, &mut |_, _| Ok(()))?.figures()
}
