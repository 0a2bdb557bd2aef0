//! What a Wayland desktop has for programs that show it: a session bus, PipeWire with a moving test picture, and a portal
//! that answers and writes down what it is asked.

use std::{
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::{Program, bus::Bus, display::Display, wait_for};

const SCRIPT: &str = include_str!("portal.py");
const PATIENCE: Duration = Duration::from_secs(20);
/// The node of the test picture.
const NODE: &str = "stage-screen";
/// The picture's size.
pub const SIZE: (u32, u32) = (640, 480);

/// What the system's own dialog is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialog {
    /// He chooses a screen.
    Yes,
    /// He closes it.
    No,
}

/// It ends with its owner.
#[derive(Debug)]
pub struct Portal {
    asked: PathBuf,
    runtime: PathBuf,
    _programs: Vec<Program>,
    bus: Bus,
}

impl Portal {
    /// Starts it all, with what it needs in a folder.
    ///
    /// # Errors
    ///
    /// When a part of it does not start.
    pub fn start(display: &Display, folder: &Path, dialog: Dialog) -> Result<Self> {
        let runtime = folder.join("run");
        std::fs::create_dir_all(&runtime)?;
        std::fs::set_permissions(&runtime, std::fs::Permissions::from_mode(0o700))?;
        let bus = Bus::start(display)?;
        let command = |program: &str| {
            let mut command = display.command(program);
            command.env("XDG_RUNTIME_DIR", &runtime).env("HOME", folder).env("DBUS_SESSION_BUS_ADDRESS", &bus.address);
            command
        };
        let mut programs = vec![Program::new(command("pipewire").spawn().context("cannot start pipewire")?)];
        wait_for("PipeWire", PATIENCE, || Ok(runtime.join("pipewire-0").exists().then_some(())))?;
        let (width, height) = SIZE;
        let source = format!(
            "videotestsrc is-live=true pattern=ball ! video/x-raw,format=BGRx,width={width},height={height},\
             framerate=10/1 ! pipewiresink mode=provide \
             stream-properties=props,node.name={NODE},media.class=Video/Source,media.role=Screen"
        );
        let mut picture = command("gst-launch-1.0");
        picture.arg("-q").args(source.split_whitespace());
        programs.insert(0, Program::new(picture.spawn().context("cannot start gst-launch-1.0")?));
        wait_for("the test picture in PipeWire", PATIENCE, || {
            let nodes = command("pw-cli").args(["ls", "Node"]).stdout(std::process::Stdio::piped()).output()?;
            Ok(String::from_utf8_lossy(&nodes.stdout).contains(NODE).then_some(()))
        })?;
        let (script, asked) = (folder.join("portal.py"), folder.join("asked.jsonl"));
        std::fs::write(&script, SCRIPT)?;
        let mut portal = command("/usr/bin/python3");
        portal.arg(script).arg(NODE).arg(&asked).arg(if dialog == Dialog::Yes { "yes" } else { "no" });
        programs.insert(0, Program::new(portal.spawn().context("cannot start the portal")?));
        let this = Self { asked, runtime, _programs: programs, bus };
        this.was_asked("there")?;
        Ok(this)
    }

    /// What makes a program one of this desktop.
    #[must_use]
    pub fn environment(&self) -> Vec<(&str, &str)> {
        vec![
            ("WAYLAND_DISPLAY", "wayland-of-the-stage"),
            ("XDG_RUNTIME_DIR", self.runtime.to_str().unwrap_or_default()),
            ("DBUS_SESSION_BUS_ADDRESS", &self.bus.address),
        ]
    }

    /// What it was asked so far, in order: each with its `method` and what was `said`.
    #[must_use]
    pub fn asked(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(&self.asked).unwrap_or_default();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// Waits until it was asked for something, and gives what was said with it.
    ///
    /// # Errors
    ///
    /// When it is not.
    pub fn was_asked(&self, method: &str) -> Result<Value> {
        self.was_told(method, |_| true)
    }

    /// Likewise, with certain words.
    ///
    /// # Errors
    ///
    /// When it is not.
    pub fn was_told(&self, method: &str, is: impl Fn(&Value) -> bool) -> Result<Value> {
        let told = wait_for(&format!("the portal to be asked for {method}"), PATIENCE, || {
            let asked = self.asked().into_iter().filter(|asked| asked["method"] == method);
            Ok(asked.map(|asked| asked["said"].clone()).find(&is))
        });
        told.with_context(|| format!("it was asked {:?}", self.asked()))
    }
}
