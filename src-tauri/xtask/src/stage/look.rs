//! What a display says of itself: which keys are down, what state a window is in, whether anything is drawn in it.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use x11rb::{
    connection::Connection as _,
    protocol::{
        Event,
        damage::{ConnectionExt as _, ReportLevel},
        xproto::ConnectionExt as _,
    },
    rust_connection::RustConnection,
};

use super::{display::Display, wait_for};

impl Display {
    fn look(&self) -> Result<RustConnection> {
        Ok(x11rb::connect(Some(self.name())).with_context(|| format!("no display {}", self.name()))?.0)
    }

    /// The keys and pointer buttons that are down, as the display numbers them.
    ///
    /// # Errors
    ///
    /// When the display is gone.
    pub fn held(&self) -> Result<Vec<u8>> {
        let display = self.look()?;
        let keys = display.query_keymap()?.reply()?.keys;
        let pointer = display.query_pointer(display.setup().roots[0].root)?.reply()?;
        let buttons = (0..5).filter(|button| u16::from(pointer.mask) >> (8 + button) & 1 == 1);
        Ok((0..=255_u8).filter(|key| keys[usize::from(key / 8)] >> (key % 8) & 1 == 1).chain(buttons).collect())
    }

    /// Presses a key by its X name and does not let go.
    ///
    /// # Errors
    ///
    /// When the display is gone.
    pub fn key_down(&self, key: &str) -> Result<()> {
        self.xdotool(&["keydown", key])
    }

    /// Lets go of a key.
    ///
    /// # Errors
    ///
    /// When the display is gone.
    pub fn key_up(&self, key: &str) -> Result<()> {
        self.xdotool(&["keyup", key])
    }

    /// Takes a window off the screen, as a program that wants to hide it would.
    ///
    /// # Errors
    ///
    /// When there is no such window.
    pub fn unmap(&self, window: &str) -> Result<()> {
        self.xdotool(&["windowunmap", window])
    }

    fn xdotool(&self, args: &[&str]) -> Result<()> {
        let status = self.command("xdotool").args(args).status().context("cannot start xdotool")?;
        anyhow::ensure!(status.success(), "`xdotool {}` failed", args.join(" "));
        Ok(())
    }

    /// What the window manager says of a window (`_NET_WM_STATE`).
    ///
    /// # Errors
    ///
    /// When there is no such window.
    pub fn states(&self, window: &str) -> Result<String> {
        let mut command = self.command("xprop");
        command.args(["-id", window, "_NET_WM_STATE"]).stdout(std::process::Stdio::piped());
        Ok(String::from_utf8_lossy(&command.output().context("cannot start xprop")?.stdout).into_owned())
    }

    /// Waits until what is seen of a window has been the same for a moment, and not at once: whoever draws it may only
    /// just have been told to.
    ///
    /// # Errors
    ///
    /// When there is no such window, or it never rests.
    pub fn rests(&self, window: &str) -> Result<()> {
        wait_for("a window at rest", Duration::from_secs(20), || {
            Ok((self.drawn(window, Duration::from_millis(400))? == 0).then_some(()))
        })
    }

    /// How often something is drawn into a window within a time.
    ///
    /// # Errors
    ///
    /// When there is no such window, or the display is gone.
    pub fn drawn(&self, window: &str, within: Duration) -> Result<u32> {
        let display = self.look()?;
        display.damage_query_version(1, 1)?.reply()?;
        let damage = display.generate_id()?;
        display.damage_create(damage, window.parse()?, ReportLevel::RAW_RECTANGLES)?.check()?;
        // Watching begins with one report of the whole window, which nobody has drawn.
        while display.poll_for_event()?.is_some() {}
        let end = Instant::now() + within;
        let mut times = 0;
        while Instant::now() < end {
            while let Some(event) = display.poll_for_event()? {
                times += u32::from(matches!(event, Event::DamageNotify(_)));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(times)
    }
}
