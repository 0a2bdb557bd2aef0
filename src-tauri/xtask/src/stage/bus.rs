//! A desktop's session bus.

use std::{
    io::{BufRead as _, BufReader},
    process::Stdio,
};

use anyhow::{Context as _, Result, ensure};

use super::{Program, display::Display};

/// It ends with its owner.
#[derive(Debug)]
pub struct Bus {
    /// Where programs find it.
    pub address: String,
    _daemon: Program,
}

impl Bus {
    /// Starts one for the programs of a display.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub fn start(display: &Display) -> Result<Self> {
        let mut daemon = display.command("dbus-daemon");
        daemon.args(["--session", "--nofork", "--nopidfile", "--print-address=1"]).stdout(Stdio::piped());
        let mut daemon = daemon.spawn().context("cannot start dbus-daemon")?;
        let output = daemon.stdout.take().context("the bus has an output")?;
        let daemon = Program::new(daemon);
        let mut address = String::new();
        BufReader::new(output).read_line(&mut address)?;
        let address = address.trim().to_owned();
        ensure!(!address.is_empty(), "the bus names no address");
        Ok(Self { address, _daemon: daemon })
    }
}
