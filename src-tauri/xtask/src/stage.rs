//! The stage on which a real call is played: virtual displays with a window manager, the real programs, and a driver
//! for each program's webview.
//!
//! | module | what it holds |
//! |---|---|
//! | [`display`] | a virtual display with a window manager; keys, clicks, screenshots |
//! | [`look`] | what a display says of itself: keys that are down, states of windows, what is drawn |
//! | [`monitors`] | a display divided into monitors, and what the technician sees of them |
//! | [`driver`], `firefox` | WebDriver: finds elements by role and name, clicks, types, reads |
//! | [`strike`] | physical keys, by their numbers |
//! | [`technician`] | the person at the console |
//! | [`customer`] | the person at the helper |
//! | [`catcher`] | a program that files are dropped on |
//! | [`copied`] | a program that copies and pastes |
//! | [`relay`] | a relay that is a program of its own |
//! | [`bus`], [`tray`] | a desktop's session bus, and a tray on it |
//! | [`seeded`] | a relay with a past |
//! | [`portal`] | what a Wayland desktop has for programs that show it |
//! | [`reader`] | what a screen reader finds in a window, and keys alone |
//! | [`call`] | both, and their displays |
//! | [`flip`] | a window that changes colour at each key |
//!
//! Everything started here ends when its owner is dropped.

pub mod bus;
pub mod call;
pub mod catcher;
pub mod copied;
pub mod customer;
pub mod display;
pub mod driver;
mod firefox;
pub mod flip;
pub mod look;
pub mod monitors;
pub mod portal;
pub mod reader;
pub mod relay;
pub mod seeded;
pub mod strike;
pub mod technician;
pub mod tray;

use std::{
    fs::OpenOptions,
    path::PathBuf,
    process::{Child, Command},
    sync::OnceLock,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};

static LOGS: OnceLock<PathBuf> = OnceLock::new();

/// From now on everything that our programs log in this process's stages is kept in a folder, one file for each kind of
/// program: our own steps down to the smallest, other people's code from `info` on.
pub fn keep_logs(folder: PathBuf) {
    LOGS.get_or_init(|| folder);
}

/// Keeps what a program logs, if that is wanted.
fn log_of(command: &mut Command, name: &str) -> Result<()> {
    if let Some(folder) = LOGS.get() {
        let file = OpenOptions::new().create(true).append(true).open(folder.join(format!("{name}.log")))?;
        command.env("DESKHAND_LOG", "info,deskhand=trace").env("NO_COLOR", "1").stderr(file);
    }
    Ok(())
}

/// A program that is killed when its owner goes.
#[derive(Debug)]
pub struct Program(Child);

impl Program {
    /// Takes over a running program.
    #[must_use]
    pub const fn new(child: Child) -> Self {
        Self(child)
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// Its exit code once it has ended.
    ///
    /// # Errors
    ///
    /// When the system cannot tell.
    pub fn exited(&mut self) -> Result<Option<i32>> {
        Ok(self.0.try_wait()?.map(|status| status.code().unwrap_or(-1)))
    }

    /// Ends it at once, as a crash would.
    pub fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Asks again and again until there is an answer.
///
/// # Errors
///
/// When `ask` fails, or has no answer before the time is over: `what` says what was waited for.
pub fn wait_for<T>(what: &str, at_most: Duration, mut ask: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask()? {
            return Ok(answer);
        }
        if begun.elapsed() > at_most {
            bail!("waited {} s in vain for {what}", at_most.as_secs());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}
