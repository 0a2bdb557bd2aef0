//! drag: a window with text is dragged across another for 5 s.

use std::time::Duration;

use anyhow::Result;
use serde_json::{Map, Value};

use super::moving::{self, Alone, Keep, Motion};
use crate::bench::{
    ends::Ends,
    page::Drawn,
    quality::Part,
    screen::Desk,
    windows::{DRAG, ROWS, Windows},
};

/// How long it is dragged.
const TIME: Duration = Duration::from_secs(5);

struct Drag(Windows);

impl Motion for Drag {
    fn rows(&self) -> &[(u16, u16)] {
        &ROWS
    }

    fn part(&self) -> Part {
        DRAG
    }

    fn run(&mut self, time: Duration) -> Result<Drawn> {
        self.0.drag(time)
    }
}

/// What the scene costs without the helper.
///
/// # Errors
///
/// When the display is gone.
pub fn alone(desk: &Desk) -> Result<Alone> {
    moving::alone(desk, &mut Drag(Windows::open(desk.display.name())?), TIME)
}

/// Plays the scene.
///
/// # Errors
///
/// When a program has ended.
pub fn play(desk: &Desk, ends: &mut Ends, alone: &Alone) -> Result<Map<String, Value>> {
    let mut drag = Drag(Windows::open(desk.display.name())?);
    moving::play(desk, ends, &mut drag, TIME, alone, Keep::Some, &mut |_, _| Ok(()))?.figures()
}
