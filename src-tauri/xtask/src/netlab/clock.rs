//! A wall clock that can be set for one program: a small library before all others, and a file that says by how much.

use std::{
    fs::{File, OpenOptions},
    os::unix::fs::FileExt as _,
    process::Command,
};

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;

/// The library's source.
const SOURCE: &str = include_str!("clock.c");

/// See the module.
#[derive(Debug)]
pub struct Clock {
    folder: TempDir,
    file: File,
}

impl Clock {
    /// A clock that is right.
    ///
    /// # Errors
    ///
    /// When there is no compiler.
    pub fn right() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let source = folder.path().join("clock.c");
        std::fs::write(&source, SOURCE)?;
        let output = Command::new("cc")
            .args(["-O2", "-shared", "-fPIC", "-o"])
            .arg(folder.path().join("clock.so"))
            .arg(&source)
            .arg("-ldl")
            .output()
            .context("cannot start cc")?;
        ensure!(output.status.success(), "cc: {}", String::from_utf8_lossy(&output.stderr).trim());
        let file = OpenOptions::new().create_new(true).write(true).open(folder.path().join("ahead"))?;
        // A page, since that is what a program maps.
        file.set_len(4096)?;
        Ok(Self { folder, file })
    }

    /// What a program is started with.
    #[must_use]
    pub fn env(&self) -> [(&'static str, String); 2] {
        let path = |name: &str| self.folder.path().join(name).to_string_lossy().into_owned();
        [("LD_PRELOAD", path("clock.so")), ("DESKHAND_LAB_CLOCK", path("ahead"))]
    }

    /// Sets it ahead by so many seconds; back by a negative number.
    ///
    /// # Errors
    ///
    /// When its file has gone.
    pub fn set(&self, ahead: i64) -> Result<()> {
        Ok(self.file.write_all_at(&ahead.to_ne_bytes(), 0)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_sees_the_clock_jump_and_nobody_else_does() {
        let clock = Clock::right().unwrap();
        let seconds = || -> i64 {
            let output = Command::new("date").arg("+%s").envs(clock.env()).output().unwrap();
            String::from_utf8_lossy(&output.stdout).trim().parse().unwrap()
        };
        let here = || {
            let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
            i64::try_from(since.as_secs()).unwrap()
        };
        for ahead in [0, 93_600, -172_800] {
            clock.set(ahead).unwrap();
            let (before, seen, after) = (here(), seconds() - ahead, here());
            assert!((before..=after).contains(&seen), "{seen} is not between {before} and {after}");
        }
    }
}
