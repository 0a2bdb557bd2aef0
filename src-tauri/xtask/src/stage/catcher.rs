//! A program beside the console that takes files which are dropped on it, and the hand that drags them there.

use std::{path::Path, time::Duration};

use anyhow::{Context as _, Result};

use super::{Program, display::Display, technician::Technician, wait_for};

const SCRIPT: &str = include_str!("catcher.py");
/// More than a drag of small files takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// See the module.
#[derive(Debug)]
pub struct Catcher {
    window: String,
    _program: Program,
}

impl Catcher {
    /// Starts it, in front of everything, with its corner there. What is dropped on it is copied into the folder.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub fn start(display: &Display, folder: &Path, x: i32, y: i32) -> Result<Self> {
        std::fs::create_dir_all(folder)?;
        let script = folder.with_extension("py");
        std::fs::write(&script, SCRIPT)?;
        let args = [script.to_str().context("a plain path")?, folder.to_str().context("a plain path")?];
        let program = display.start_program("/usr/bin/python3", &args)?;
        let window = display.window("Catcher", Duration::from_secs(20))?;
        display.move_window(&window, x, y)?;
        Ok(Self { window, _program: program })
    }

    /// Presses the button on a line of the console's file manager and holds what is selected there over this window.
    ///
    /// # Errors
    ///
    /// When there is no such line, or this program is not told of anything.
    pub fn is_dragged_to(&self, display: &Display, technician: &Technician, side: &str, name: &str) -> Result<()> {
        let place = || {
            technician.page.script(
                "const lines = [...document.querySelectorAll(`[data-side=${arguments[0]}] [role=option]`)];\
                 const line = lines.find((line) => line.textContent.includes(arguments[1]));\
                 const box = line.getBoundingClientRect();\
                 return [box.left + 60, box.top + box.height / 2];",
                &[side.into(), name.into()],
            )
        };
        // What was shown of the drag before may still go, and the lines move up.
        let mut before = None;
        let at = wait_for("the line to stand still", PATIENCE, || {
            let at = place()?;
            Ok((before.replace(at.clone()).as_ref() == Some(&at)).then_some(at))
        })?;
        let console = display.window(r"(\([0-9]+\) )?Deskhand", PATIENCE)?;
        let (left, top, _, _) = display.place(&console)?;
        let at = |i: usize| at[i].as_f64().map(|at| at as i32).context("the line has a place");
        let (x, y) = (left + at(0)?, top + at(1)?);
        display.move_to(x, y)?;
        display.button_down()?;
        display.move_to(x + 4, y + 4)?;
        display.move_to(x + 12, y + 9)?;
        let (left, top, width, height) = display.place(&self.window)?;
        // A hand is never still; the console takes a moment to let the system have the drag.
        let mut steps = (0..width / 2).cycle();
        wait_for("files held over the other program", PATIENCE, || {
            display.move_to(left + width / 4 + steps.next().unwrap_or(0), top + height / 2)?;
            Ok(display.window_now("Catcher over").map(drop))
        })
    }

    /// Waits until it has taken this many drops.
    ///
    /// # Errors
    ///
    /// When they do not come.
    pub fn has_taken(&self, display: &Display, drops: u32) -> Result<()> {
        display.window(&format!("Catcher has {drops}"), PATIENCE).map(drop)
    }

    /// Waits until nothing is held over it any more, and it has got nothing.
    ///
    /// # Errors
    ///
    /// When something still is.
    pub fn is_left(&self, display: &Display) -> Result<()> {
        display.window("Catcher", PATIENCE).map(drop)
    }
}
