//! A virtual display with a window manager, and the hands of whoever sits before it.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};

use super::{Program, wait_for};

/// A display that exists as long as this does.
#[derive(Debug)]
pub struct Display {
    name: String,
    _programs: Vec<Program>,
}

impl Display {
    /// Starts Xvfb on a free display number, with openbox.
    ///
    /// # Errors
    ///
    /// When either does not start.
    pub fn start(width: u32, height: u32) -> Result<Self> {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", &format!("{width}x{height}x24"), "-nolisten", "tcp", "-noreset"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start Xvfb")?;
        let output = server.stdout.take().context("Xvfb has an output")?;
        let server = Program::new(server);
        let mut number = String::new();
        BufReader::new(output).read_line(&mut number)?;
        if number.trim().is_empty() {
            bail!("Xvfb found no free display");
        }
        let mut display = Self { name: format!(":{}", number.trim()), _programs: vec![server] };
        let manager = display.command("openbox").spawn().context("cannot start openbox")?;
        display._programs.insert(0, Program::new(manager));
        wait_for("the window manager", Duration::from_secs(10), || {
            let output =
                display.command("xprop").args(["-root", "_NET_SUPPORTING_WM_CHECK"]).stdout(Stdio::piped()).output()?;
            Ok(String::from_utf8_lossy(&output.stdout).contains("window id").then_some(()))
        })?;
        display.run("xsetroot", &["-solid", "#3b5368"])?;
        Ok(display)
    }

    /// This machine's own display, if it has one that answers.
    #[must_use]
    pub fn own() -> Option<Self> {
        let name = std::env::var("DISPLAY").ok().filter(|name| !name.is_empty())?;
        x11rb::connect(Some(&name)).ok()?;
        Some(Self { name, _programs: Vec::new() })
    }

    /// What `DISPLAY` is for programs on it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A program on this display, silent, with nothing to read.
    #[must_use]
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env("DISPLAY", &self.name)
            .env_remove("WAYLAND_DISPLAY")
            .env("GDK_BACKEND", "x11")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    /// Starts a program that lives until the returned handle is dropped.
    ///
    /// # Errors
    ///
    /// When it cannot be started.
    pub fn start_program(&self, program: &str, args: &[&str]) -> Result<Program> {
        let child = self.command(program).args(args).spawn().with_context(|| format!("cannot start {program}"))?;
        Ok(Program::new(child))
    }

    /// A terminal, titled *Customer notes*, that keeps every line typed into it in a file.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub fn keeper(&self, file: &Path) -> Result<Program> {
        let keep = format!("cat > '{}'", file.display());
        let look =
            ["-u8", "-fa", "DejaVu Sans Mono", "-fs", "11", "-geometry", "84x14+360+420", "-T", "Customer notes"];
        let program = self.start_program("xterm", &[&look[..], &["-e", "sh", "-c", &keep]].concat())?;
        self.window("Customer notes", Duration::from_secs(10))?;
        Ok(program)
    }

    fn run(&self, program: &str, args: &[&str]) -> Result<String> {
        let output = self
            .command(program)
            .args(args)
            .stdout(Stdio::piped())
            .output()
            .with_context(|| format!("cannot start {program}"))?;
        if !output.status.success() {
            bail!("`{program} {}` failed", args.join(" "));
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// The window with this title, once it is mapped.
    ///
    /// # Errors
    ///
    /// When it does not appear in time.
    pub fn window(&self, title: &str, at_most: Duration) -> Result<String> {
        wait_for(&format!("the window {title:?}"), at_most, || Ok(self.window_now(title)))
    }

    /// The window with this title, if it is mapped now.
    #[must_use]
    pub fn window_now(&self, title: &str) -> Option<String> {
        let found = self.run("xdotool", &["search", "--onlyvisible", "--name", &format!("^{title}$")]).ok()?;
        found.lines().next().map(str::to_owned)
    }

    /// Left, upper, width and height of a window, in pixels.
    ///
    /// # Errors
    ///
    /// When there is no such window.
    pub fn place(&self, window: &str) -> Result<(i32, i32, i32, i32)> {
        let text = self.run("xdotool", &["getwindowgeometry", "--shell", window])?;
        let value = |name: &str| -> Result<i32> {
            let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name}=")));
            Ok(line.with_context(|| format!("xdotool names no {name}"))?.parse()?)
        };
        Ok((value("X")?, value("Y")?, value("WIDTH")?, value("HEIGHT")?))
    }

    /// Gives a window the keyboard.
    ///
    /// # Errors
    ///
    /// When there is no such window.
    pub fn focus(&self, window: &str) -> Result<()> {
        self.run("xdotool", &["windowactivate", "--sync", window]).map(drop)
    }

    /// Moves the pointer and clicks.
    ///
    /// # Errors
    ///
    /// When the display is gone.
    pub fn click(&self, x: i32, y: i32) -> Result<()> {
        self.run("xdotool", &["mousemove", "--sync", &x.to_string(), &y.to_string(), "click", "1"]).map(drop)
    }

    /// Moves the pointer.
    ///
    /// # Errors
    ///
    /// When the display is gone.
    pub fn move_to(&self, x: i32, y: i32) -> Result<()> {
        self.run("xdotool", &["mousemove", &x.to_string(), &y.to_string()]).map(drop)
    }

    /// Types a text with real key events, as far as the keyboard layout has its characters.
    ///
    /// # Errors
    ///
    /// When the display is gone.
    pub fn type_text(&self, text: &str) -> Result<()> {
        self.run("xdotool", &["type", "--delay", "30", text]).map(drop)
    }

    /// Presses keys by their X names, `Return` or `ctrl+d`.
    ///
    /// # Errors
    ///
    /// When the display is gone.
    pub fn press(&self, keys: &str) -> Result<()> {
        self.run("xdotool", &["key", keys]).map(drop)
    }

    /// Writes the whole screen to a PNG file.
    ///
    /// # Errors
    ///
    /// When it cannot be taken or written.
    pub fn screenshot(&self, file: &Path) -> Result<()> {
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        self.run("import", &["-window", "root", &file.to_string_lossy()]).map(drop)
    }
}
