//! A desktop's session bus with a tray on it.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::{Program, bus::Bus, display::Display, wait_for};

const SCRIPT: &str = include_str!("tray.py");
/// More than a menu takes to change.
const PATIENCE: Duration = Duration::from_secs(20);

/// See the module.
#[derive(Debug)]
pub struct Tray {
    seen: PathBuf,
    click: PathBuf,
    _tray: Program,
    /// The bus.
    pub bus: Bus,
}

impl Tray {
    /// Starts both, with what they need in a folder.
    ///
    /// # Errors
    ///
    /// When either does not start.
    pub fn start(display: &Display, folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder)?;
        let bus = Bus::start(display)?;
        let (script, seen, click) = (folder.join("tray.py"), folder.join("seen.json"), folder.join("click"));
        std::fs::write(&script, SCRIPT)?;
        let mut tray = display.command("/usr/bin/python3");
        tray.arg(script).arg(&seen).arg(&click).env("DBUS_SESSION_BUS_ADDRESS", &bus.address);
        let tray = Program::new(tray.spawn().context("cannot start the tray")?);
        Ok(Self { seen, click, _tray: tray, bus })
    }

    /// What it shows now: the lines of the menu, the text and the picture beside it.
    ///
    /// # Errors
    ///
    /// When it shows nothing.
    pub fn seen(&self) -> Result<Value> {
        wait_for("an icon in the tray", PATIENCE, || {
            let seen = std::fs::read(&self.seen).ok().and_then(|seen| serde_json::from_slice::<Value>(&seen).ok());
            Ok(seen.filter(|seen| seen["there"] == true))
        })
    }

    /// Waits until the menu has this line.
    ///
    /// # Errors
    ///
    /// When it does not appear.
    pub fn says(&self, line: &str) -> Result<()> {
        let says = wait_for(&format!("{line:?} in the tray"), PATIENCE, || {
            let lines = self.seen()?["lines"].clone();
            Ok(lines.as_array().is_some_and(|lines| lines.iter().any(|text| text == line)).then_some(()))
        });
        says.with_context(|| format!("the tray says {:?}", self.seen()))
    }

    /// Clicks a line of the menu.
    ///
    /// # Errors
    ///
    /// When it is not there.
    pub fn clicks(&self, line: &str) -> Result<()> {
        self.says(line)?;
        let aside = self.click.with_extension("new");
        std::fs::write(&aside, line)?;
        std::fs::rename(&aside, &self.click)?;
        wait_for("the click in the tray", PATIENCE, || Ok((!self.click.exists()).then_some(())))
    }
}
