//! Physical keys of a display, pressed by XTEST without looking at what they mean; and what they mean there.

use std::{path::Path, time::Duration};

use anyhow::{Context as _, Result, ensure};
use x11rb::{
    connection::Connection as _,
    protocol::{
        Event,
        xproto::{ConnectionExt as _, GrabMode, GrabStatus, KEY_PRESS_EVENT, KEY_RELEASE_EVENT},
        xtest::ConnectionExt as _,
    },
    rust_connection::RustConnection,
    wrapper::ConnectionExt as _,
};

use super::{Program, display::Display};

/// How long a program may take to appear or to act.
const PATIENCE: Duration = Duration::from_secs(15);
/// The left Shift key.
pub const SHIFT: u8 = 50;
/// The right Alt key, which many layouts make AltGr.
pub const RIGHT_ALT: u8 = 108;
/// Return.
pub const RETURN: u8 = 36;
/// Keysym of AltGr (`XK_ISO_Level3_Shift`).
const ALTGR: u32 = 0xfe03;

/// Fingers on a display's keyboard.
pub struct Fingers {
    connection: RustConnection,
    first: u8,
    per_key: usize,
    keysyms: Vec<u32>,
}

impl std::fmt::Debug for Fingers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fingers")
    }
}

impl Fingers {
    /// Sets the display's layout and looks at it.
    ///
    /// # Errors
    ///
    /// When there is no such layout.
    pub fn on(display: &Display, layout: &str) -> Result<Self> {
        let set = display.command("setxkbmap").args(["-layout", layout]).status().context("cannot start setxkbmap")?;
        ensure!(set.success(), "there is no layout {layout:?}");
        let (connection, _) = x11rb::connect(Some(display.name()))?;
        let (first, last) = (connection.setup().min_keycode, connection.setup().max_keycode);
        let map = connection.get_keyboard_mapping(first, last - first + 1)?.reply()?;
        Ok(Self { connection, first, per_key: map.keysyms_per_keycode.into(), keysyms: map.keysyms })
    }

    /// The keysym of a key's level, counted from 0; 0 for none.
    #[must_use]
    pub fn keysym(&self, keycode: u8, level: usize) -> u32 {
        // Levels 3 and 4 stand behind the second group's first two.
        let column = [0, 1, 4, 5].get(level).copied().unwrap_or(usize::MAX);
        let index = usize::from(keycode.saturating_sub(self.first)) * self.per_key + column;
        if column < self.per_key { self.keysyms.get(index).copied().unwrap_or(0) } else { 0 }
    }

    /// Whether the right Alt key is AltGr.
    #[must_use]
    pub fn has_altgr(&self) -> bool {
        self.keysym(RIGHT_ALT, 0) == ALTGR
    }

    /// What is held to reach a level.
    #[must_use]
    pub const fn for_level(level: usize) -> &'static [u8] {
        match level {
            0 => &[],
            1 => &[SHIFT],
            2 => &[RIGHT_ALT],
            _ => &[SHIFT, RIGHT_ALT],
        }
    }

    /// Presses a key and keeps it down.
    ///
    /// # Errors
    ///
    /// When the display is gone.
    pub fn down(&self, keycode: u8) -> Result<()> {
        self.fake(KEY_PRESS_EVENT, keycode)
    }

    /// Lets go of a key.
    ///
    /// # Errors
    ///
    /// When the display is gone.
    pub fn up(&self, keycode: u8) -> Result<()> {
        self.fake(KEY_RELEASE_EVENT, keycode)
    }

    /// Presses keys one after the other while others are held.
    ///
    /// # Errors
    ///
    /// When the display is gone.
    pub fn strike(&self, held: &[u8], keycodes: &[u8]) -> Result<()> {
        held.iter().try_for_each(|keycode| self.down(*keycode))?;
        for keycode in keycodes {
            self.down(*keycode)?;
            self.up(*keycode)?;
        }
        held.iter().rev().try_for_each(|keycode| self.up(*keycode))?;
        Ok(self.connection.sync()?)
    }

    fn fake(&self, kind: u8, keycode: u8) -> Result<()> {
        self.connection.xtest_fake_input(kind, keycode, x11rb::CURRENT_TIME, x11rb::NONE, 0, 0, 0)?;
        Ok(self.connection.flush()?)
    }
}

/// Hears every key of a display, before its window manager or any program acts on it.
pub struct Ear(RustConnection);

impl std::fmt::Debug for Ear {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ear")
    }
}

impl Ear {
    /// Takes a display's whole keyboard until it is dropped.
    ///
    /// # Errors
    ///
    /// When another program has it.
    pub fn on(display: &Display) -> Result<Self> {
        let (connection, screen) = x11rb::connect(Some(display.name()))?;
        let root = connection.setup().roots[screen].root;
        super::wait_for("the keyboard", PATIENCE, || {
            let grab = connection.grab_keyboard(false, root, x11rb::CURRENT_TIME, GrabMode::ASYNC, GrabMode::ASYNC)?;
            Ok((grab.reply()?.status == GrabStatus::SUCCESS).then_some(()))
        })?;
        Ok(Self(connection))
    }

    /// The next so many keys that go down, as the keysyms of their first level.
    ///
    /// # Errors
    ///
    /// When they do not come, or the display is gone.
    pub fn hears(&self, keys: usize) -> Result<Vec<u32>> {
        self.hears_while(|heard| heard.len() < keys)
    }

    /// The keys that go down, up to and with this one.
    ///
    /// # Errors
    ///
    /// When it does not come, or the display is gone.
    pub fn hears_until(&self, keysym: u32) -> Result<Vec<u32>> {
        self.hears_while(|heard| heard.last() != Some(&keysym))
    }

    fn hears_while(&self, goes_on: impl Fn(&[u32]) -> bool) -> Result<Vec<u32>> {
        let mut heard = Vec::new();
        let waited = super::wait_for("keys", PATIENCE, || {
            while goes_on(&heard)
                && let Some(event) = self.0.poll_for_event()?
            {
                if let Event::KeyPress(press) = event {
                    heard.push(self.0.get_keyboard_mapping(press.detail, 1)?.reply()?.keysyms[0]);
                }
            }
            Ok((!goes_on(&heard)).then_some(()))
        });
        waited.with_context(|| format!("heard {heard:x?}"))?;
        Ok(heard)
    }
}

impl Display {
    /// A terminal, titled *Customer notes*, that keeps every byte typed into it in a file, as it comes.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub fn raw_keeper(&self, file: &Path) -> Result<Program> {
        let keep = format!("stty raw -echo; exec cat > '{}'", file.display());
        let look = ["-u8", "-geometry", "40x5+360+420", "-T", "Customer notes"];
        let program = self.start_program("xterm", &[&look[..], &["-e", "sh", "-c", &keep]].concat())?;
        self.window("Customer notes", PATIENCE)?;
        super::wait_for("the terminal's program", PATIENCE, || Ok(file.exists().then_some(())))?;
        Ok(program)
    }
}
