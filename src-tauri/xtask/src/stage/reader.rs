//! A screen reader's ears and a keyboard, for windows that no WebDriver knows: what is read out, and keys alone.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

use super::{bus::Bus, display::Display, wait_for};

const SCRIPT: &str = include_str!("reader.py");
/// More than a window takes to change.
const PATIENCE: Duration = Duration::from_secs(40);
/// More than what can have the keyboard in a window.
const MANY: usize = 40;

/// One thing of a window, as it is read out.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Heard {
    /// What it is, as the accessibility bus calls it.
    pub role: String,
    /// What it says.
    pub name: String,
    /// What stands in it.
    pub text: String,
    /// What is said of it.
    pub more: String,
    /// The texts that are its label.
    pub labelled: Vec<String>,
    /// Whether it has the keyboard.
    pub focused: bool,
    /// Whether it can be used.
    pub enabled: bool,
    /// Whether it is ticked.
    pub checked: bool,
}

/// See the module.
#[derive(Debug)]
pub struct Reader<'display> {
    display: &'display Display,
    bus: Bus,
    script: PathBuf,
    program: String,
    window: String,
}

impl<'display> Reader<'display> {
    /// Makes ready to read a window of a program that will be started with [`Reader::bus`].
    ///
    /// # Errors
    ///
    /// When there is no bus.
    pub fn start(display: &'display Display, folder: &Path, program: &str, window: &str) -> Result<Self> {
        std::fs::create_dir_all(folder)?;
        let script = folder.join("reader.py");
        std::fs::write(&script, SCRIPT)?;
        let bus = Bus::start(display)?;
        Ok(Self { display, bus, script, program: program.to_owned(), window: window.to_owned() })
    }

    /// Where the program finds the session bus.
    #[must_use]
    pub fn bus(&self) -> &str {
        &self.bus.address
    }

    /// Everything in the window now, in order; nothing while there is none.
    ///
    /// # Errors
    ///
    /// When the bus of accessibility does not answer.
    pub fn hears(&self) -> Result<Vec<Heard>> {
        let mut python = self.display.command("/usr/bin/python3");
        python.arg(&self.script).args([&self.program, &self.window]).env("DBUS_SESSION_BUS_ADDRESS", self.bus());
        let output = python.stdout(Stdio::piped()).stderr(Stdio::piped()).output().context("cannot start python3")?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// Waits until something whose name has these words is in the window.
    ///
    /// # Errors
    ///
    /// When it does not come.
    pub fn finds(&self, words: &str) -> Result<Heard> {
        self.waits(words, |heard| heard.name.contains(words))
    }

    /// Waits until something in which these words stand is in the window.
    ///
    /// # Errors
    ///
    /// When it does not come.
    pub fn reads(&self, words: &str) -> Result<Heard> {
        self.waits(words, |heard| heard.text.contains(words))
    }

    /// Waits until a control of this name can be used.
    ///
    /// # Errors
    ///
    /// When it does not come.
    pub fn can_use(&self, name: &str) -> Result<Heard> {
        self.waits(name, |heard| heard.name == name && heard.enabled)
    }

    fn waits(&self, what: &str, is: impl Fn(&Heard) -> bool) -> Result<Heard> {
        let found = wait_for(&format!("{what:?} in the window"), PATIENCE, || Ok(self.hears()?.into_iter().find(&is)));
        found.with_context(|| format!("there is {:#?}", self.hears()))
    }

    /// Goes to a control by the Tab key alone.
    ///
    /// # Errors
    ///
    /// When the key does not lead there.
    pub fn goes_to(&self, name: &str) -> Result<()> {
        self.can_use(name)?;
        let window = self.display.window(&self.window, PATIENCE)?;
        self.display.focus(&window)?;
        let mut passed = Vec::new();
        for _ in 0..MANY {
            let focused = wait_for("something with the keyboard", PATIENCE, || {
                Ok(self.hears()?.into_iter().find(|heard| heard.focused && passed.last() != Some(&heard.name)))
            });
            let focused = focused.with_context(|| format!("passed {passed:?}; there is {:#?}", self.hears()))?;
            if focused.name == name || focused.labelled.iter().any(|label| label == name) {
                return Ok(());
            }
            passed.push(focused.name);
            self.display.press("Tab")?;
        }
        anyhow::bail!("the Tab key leads to {passed:?}, but not to {name:?}")
    }

    /// Goes to a control and presses it, by keys alone.
    ///
    /// # Errors
    ///
    /// As for [`Reader::goes_to`].
    pub fn presses(&self, name: &str) -> Result<()> {
        self.goes_to(name)?;
        self.display.press("space")
    }
}
