//! A display divided into monitors, and what the technician sees of them.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use super::{
    display::{Display, Picture},
    technician::Technician,
    wait_for,
};

/// A monitor on a display.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// What the system calls it.
    pub name: &'static str,
    /// Left edge in pixels of the display.
    pub x: u32,
    /// Upper edge in pixels of the display.
    pub y: u32,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

impl Display {
    /// Divides the display into these monitors, of which the first is the primary one, as if they were plugged in or
    /// moved now.
    ///
    /// # Errors
    ///
    /// When the display does not take them.
    pub fn divide(&self, parts: &[Part]) -> Result<()> {
        let listed = self.command("xrandr").arg("--listmonitors").stdout(std::process::Stdio::piped()).output()?;
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        for name in listed.lines().skip(1).filter_map(|line| line.split_whitespace().nth(1)) {
            // A `+` stands before those that the server has made by itself; they go with their output.
            if !name.starts_with('+') {
                self.xrandr(&["--delmonitor", name.trim_start_matches('*')])?;
            }
        }
        for (index, Part { name, x, y, width, height }) in parts.iter().enumerate() {
            let place = format!("{width}/{}x{height}/{}+{x}+{y}", width / 4, height / 4);
            let (name, output) = if index == 0 { (format!("*{name}"), "screen") } else { ((*name).to_owned(), "none") };
            self.xrandr(&["--setmonitor", &name, &place, output])?;
        }
        // Defining a monitor tells nobody, unlike plugging one in; this does.
        self.xrandr(&["--output", "screen", "--noprimary"])?;
        self.xrandr(&["--output", "screen", "--primary"])
    }

    fn xrandr(&self, args: &[&str]) -> Result<()> {
        let status = self.command("xrandr").args(args).status().context("cannot start xrandr")?;
        ensure!(status.success(), "`xrandr {}` failed", args.join(" "));
        Ok(())
    }

    /// Where the pointer is.
    ///
    /// # Errors
    ///
    /// When the display is gone.
    pub fn pointer(&self) -> Result<(i32, i32)> {
        use x11rb::{connection::Connection as _, protocol::xproto::ConnectionExt as _};
        let (connection, screen) = x11rb::connect(Some(self.name()))?;
        let pointer = connection.query_pointer(connection.setup().roots[screen].root)?.reply()?;
        Ok((pointer.root_x.into(), pointer.root_y.into()))
    }
}

impl Technician {
    /// Chooses in the menu of monitors.
    ///
    /// # Errors
    ///
    /// When there is no such choice.
    pub fn looks_at(&self, choice: &str) -> Result<()> {
        self.chooses("Monitors", choice)
    }

    /// Takes a tool into the hand: *Use*, *Point*, *Pen*, *Arrow*, *Box*.
    ///
    /// # Errors
    ///
    /// When there is no such tool.
    pub fn takes(&self, tool: &str) -> Result<()> {
        self.chooses("Your mouse", tool)
    }

    /// Takes all drawings off the customer's screen.
    ///
    /// # Errors
    ///
    /// When that is not offered.
    pub fn clears_drawings(&self) -> Result<()> {
        self.page.click("button", "Your mouse")?;
        self.page.click("button", "Clear drawings")?;
        self.closes_menu()
    }

    fn chooses(&self, menu: &str, choice: &str) -> Result<()> {
        self.page.click("button", menu)?;
        self.page.click("radio", choice)?;
        self.closes_menu()
    }

    fn closes_menu(&self) -> Result<()> {
        let escape = "document.querySelector('[role=dialog]')?.dispatchEvent(\
                      new KeyboardEvent('keydown', {key: 'Escape', bubbles: true}))";
        self.page.script(escape, &[]).map(drop)
    }

    /// Waits until pictures of these sizes, and no others, are shown side by side; returns their monitors' numbers.
    ///
    /// # Errors
    ///
    /// When they are not.
    pub fn sees_sizes(&self, sizes: &[(u32, u32)]) -> Result<Vec<u64>> {
        wait_for(&format!("pictures of {sizes:?}"), Duration::from_secs(20), || {
            let views = self.page.script("return window.__deskhand.views", &[])?;
            let views = views.as_array().context("a list")?;
            let size = |view: &serde_json::Value| {
                let edge = |name: &str| view[name].as_u64().and_then(|edge| u32::try_from(edge).ok()).unwrap_or(0);
                (edge("width"), edge("height"))
            };
            let same = views.iter().map(size).eq(sizes.iter().copied());
            Ok(same.then(|| views.iter().filter_map(|view| view["monitor"].as_u64()).collect()))
        })
        .with_context(|| self.page.text().unwrap_or_default())
    }

    /// The picture of one monitor as the console has put it together; `None` without one.
    ///
    /// # Errors
    ///
    /// When the page does not answer.
    pub fn picture_of(&self, monitor: u64) -> Result<Option<Picture>> {
        self.taken(&format!("window.__deskhand.picture({monitor})"))
    }

    /// Where on the console's screen a pixel of a monitor's picture lies.
    ///
    /// # Errors
    ///
    /// When there is no such picture.
    pub fn on_monitor(&self, display: &Display, window: &str, monitor: u64, (x, y): (u32, u32)) -> Result<(i32, i32)> {
        let place = self.page.script(
            "const [monitor, x, y] = arguments; const s = window.__deskhand.views.find((v) => v.monitor === monitor);\
             const b = document.querySelector(`[data-monitor=\"${monitor}\"] canvas`).getBoundingClientRect();\
             return [b.left + (x + 0.5) * b.width / s.width, b.top + (y + 0.5) * b.height / s.height];",
            &[json!(monitor), json!(x), json!(y)],
        )?;
        let (left, top, _, _) = display.place(window)?;
        let at = |i: usize| place[i].as_f64().map(|value| value as i32).context("there is no picture");
        Ok((left + at(0)?, top + at(1)?))
    }
}
