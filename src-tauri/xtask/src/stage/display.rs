//! A virtual display with a window manager, and the hands of whoever sits before it.

use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result, bail, ensure};
use tempfile::TempDir;
use x11rb::{
    connection::Connection as _,
    protocol::xproto::{ConnectionExt as _, ImageFormat},
};

use super::{Program, wait_for};

/// What a screen shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Red, green and blue of each pixel, rows from the top.
    pub rgb: Vec<[u8; 3]>,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({}x{})", self.width, self.height)
    }
}

impl Picture {
    /// The part of a size whose corner is at a place.
    #[must_use]
    pub fn part(&self, x: u32, y: u32, width: u32, height: u32) -> Self {
        let rows = (y..y + height).flat_map(|row| {
            let from = (row * self.width + x) as usize;
            self.rgb.get(from..from + width as usize).unwrap_or_default()
        });
        Self { width, height, rgb: rows.copied().collect() }
    }

    /// Pixels that are not the same in both; `None` when the sizes differ.
    #[must_use]
    pub fn differing(&self, other: &Self) -> Option<usize> {
        let same_size = (self.width, self.height) == (other.width, other.height);
        same_size.then(|| self.rgb.iter().zip(&other.rgb).filter(|(a, b)| a != b).count())
    }
}

/// A display that exists as long as this does.
#[derive(Debug)]
pub struct Display {
    name: String,
    server: Option<u32>,
    _programs: Vec<Program>,
    framebuffer: Option<TempDir>,
}

impl Display {
    /// Starts Xvfb on a free display number, with openbox.
    ///
    /// # Errors
    ///
    /// When either does not start.
    pub fn start(width: u32, height: u32) -> Result<Self> {
        Self::launch(width, height, None)
    }

    /// The same, with its framebuffer in a file, so that it can be watched without asking the X server.
    ///
    /// # Errors
    ///
    /// When either does not start.
    pub fn start_watched(width: u32, height: u32) -> Result<Self> {
        // In memory: on a disk the kernel would write every picture to it.
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { tempfile::tempdir_in(memory)? } else { tempfile::tempdir()? };
        Self::launch(width, height, Some(folder))
    }

    fn launch(width: u32, height: u32, framebuffer: Option<TempDir>) -> Result<Self> {
        let size = format!("{width}x{height}x24");
        let mut server = Command::new("Xvfb");
        server.args(["-displayfd", "1", "-screen", "0", &size, "-nolisten", "tcp", "-noreset"]);
        if let Some(folder) = &framebuffer {
            server.arg("-fbdir").arg(folder.path());
        }
        let mut server = server
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
        let name = format!(":{}", number.trim());
        let mut display = Self { name, server: Some(server.id()), _programs: vec![server], framebuffer };
        let manager = display.command("openbox").spawn().context("cannot start openbox")?;
        display._programs.insert(0, Program::new(manager));
        // The last that it says of itself when it starts; a window that came before might stay unmapped for ever.
        wait_for("the window manager", Duration::from_secs(10), || {
            let output =
                display.command("xprop").args(["-root", "_NET_CLIENT_LIST"]).stdout(Stdio::piped()).output()?;
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
        Some(Self { name, server: None, _programs: Vec::new(), framebuffer: None })
    }

    /// The X server's process, if it was started here.
    #[must_use]
    pub const fn server(&self) -> Option<u32> {
        self.server
    }

    /// The file of its framebuffer, if it was started with one.
    #[must_use]
    pub fn framebuffer(&self) -> Option<PathBuf> {
        self.framebuffer.as_ref().map(|folder| folder.path().join("Xvfb_screen0"))
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
        // xdotool counts the window manager's frame twice.
        let (connection, screen) = x11rb::connect(Some(&self.name))?;
        let (window, root) = (window.parse()?, connection.setup().roots[screen].root);
        let size = connection.get_geometry(window)?.reply()?;
        let corner = connection.translate_coordinates(window, root, 0, 0)?.reply()?;
        Ok((corner.dst_x.into(), corner.dst_y.into(), size.width.into(), size.height.into()))
    }

    /// Gives a window the keyboard.
    ///
    /// # Errors
    ///
    /// When there is no such window.
    pub fn focus(&self, window: &str) -> Result<()> {
        self.run("xdotool", &["windowactivate", "--sync", window]).map(drop)
    }

    /// Moves a window's corner there.
    ///
    /// # Errors
    ///
    /// When there is no such window.
    pub fn move_window(&self, window: &str, x: i32, y: i32) -> Result<()> {
        self.run("xdotool", &["windowmove", "--sync", window, &x.to_string(), &y.to_string()]).map(drop)
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

    /// Presses the left mouse button and does not let go.
    ///
    /// # Errors
    ///
    /// When the display is gone.
    pub fn button_down(&self) -> Result<()> {
        self.run("xdotool", &["mousedown", "1"]).map(drop)
    }

    /// Lets go of the left mouse button.
    ///
    /// # Errors
    ///
    /// When the display is gone.
    pub fn button_up(&self) -> Result<()> {
        self.run("xdotool", &["mouseup", "1"]).map(drop)
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

    /// Writes what is seen of one window to a PNG file.
    ///
    /// # Errors
    ///
    /// When it cannot be taken or written.
    pub fn screenshot_of(&self, window: &str, file: &Path) -> Result<()> {
        self.run("import", &["-window", window, &file.to_string_lossy()]).map(drop)
    }

    /// Gives a window this size and moves it into the corner, so that all of it is seen.
    ///
    /// # Errors
    ///
    /// When there is no such window.
    pub fn resize(&self, window: &str, width: u32, height: u32) -> Result<()> {
        self.run("xdotool", &["windowsize", window, &width.to_string(), &height.to_string()])?;
        self.run("xdotool", &["windowmove", window, "20", "40"])?;
        let wanted = (i32::try_from(width)?, i32::try_from(height)?);
        wait_for("the window in its new size", Duration::from_secs(10), || {
            let (_, _, width, height) = self.place(window)?;
            Ok(((width, height) == wanted).then_some(()))
        })
    }

    /// What it shows now, without the mouse pointer.
    ///
    /// # Errors
    ///
    /// When the display is gone or is not one of 24 bits.
    pub fn picture(&self) -> Result<Picture> {
        let (connection, screen) = x11rb::connect(Some(&self.name))?;
        let root = &connection.setup().roots[screen];
        let (width, height) = (root.width_in_pixels, root.height_in_pixels);
        let image = connection.get_image(ImageFormat::Z_PIXMAP, root.root, 0, 0, width, height, !0)?.reply()?;
        ensure!(image.depth == 24, "a display of {} bits", image.depth);
        let rgb = image.data.chunks_exact(4).map(|pixel| [pixel[2], pixel[1], pixel[0]]).collect();
        Ok(Picture { width: width.into(), height: height.into(), rgb })
    }
}
