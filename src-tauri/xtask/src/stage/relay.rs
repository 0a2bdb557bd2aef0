//! The relay as a program of its own, and whoever pulls its plug.

use std::{
    io::{BufRead as _, BufReader, Lines},
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    path::{Path, PathBuf},
    process::{ChildStdout, Command, Stdio},
};

use anyhow::{Context as _, Result, bail};
use rusqlite::OptionalExtension as _;

use super::Program;

/// A running `deskhand-relay`, on the same port and over the same data after each restart.
#[derive(Debug)]
pub struct RelayProgram {
    /// Where it listens.
    pub at: SocketAddr,
    /// With what its owner joins, once.
    pub token: String,
    data: PathBuf,
    program: Program,
}

impl RelayProgram {
    /// Starts it over an empty folder on loopback, on a port that is free.
    ///
    /// # Errors
    ///
    /// When it does not say where it listens.
    pub fn start(data: &Path) -> Result<Self> {
        Self::start_at(data, Ipv4Addr::LOCALHOST)
    }

    /// Likewise, on another address of this machine; it then shows its own certificate, which the token vouches for.
    ///
    /// # Errors
    ///
    /// When it does not say where it listens.
    pub fn start_at(data: &Path, address: Ipv4Addr) -> Result<Self> {
        Self::start_on(data, (address, 0).into())
    }

    /// Likewise, at the address by which others reach this machine: there a browser gets a console, by TLS.
    ///
    /// # Errors
    ///
    /// When the machine has no such address, or the relay does not say where it listens.
    pub fn start_outside(data: &Path) -> Result<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
        // It only asks the system for the way (RFC 5737's documentation network); nothing is sent.
        socket.connect((Ipv4Addr::new(198, 51, 100, 1), 9)).context("this machine has no way to others")?;
        match socket.local_addr()? {
            SocketAddr::V4(own) if !own.ip().is_loopback() => Self::start_at(data, *own.ip()),
            other => bail!("this machine has no address but its own loopback: {other}"),
        }
    }

    /// Likewise, on a port that is chosen.
    ///
    /// # Errors
    ///
    /// When it does not say where it listens.
    pub fn start_on(data: &Path, listen: SocketAddr) -> Result<Self> {
        Self::first(run(data, listen)?, data)
    }

    /// Starts another build of it by a command that lacks only where to listen: a free port on loopback.
    ///
    /// # Errors
    ///
    /// When it does not say where it listens.
    pub(crate) fn start_command(mut command: Command, data: &Path) -> Result<Self> {
        command.args(["--listen", &SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).to_string()]);
        Self::first(listening(command)?, data)
    }

    fn first((program, at, mut lines): Running, data: &Path) -> Result<Self> {
        let line = lines.next().context("the relay gives no set-up token")??;
        let (_, token) = line.rsplit_once(": ").with_context(|| format!("no set-up token in {line:?}"))?;
        Ok(Self { at, token: token.to_owned(), data: data.to_path_buf(), program })
    }

    /// What an end is told to find it.
    #[must_use]
    pub fn url(&self) -> String {
        // As `deskhand-relay` chooses.
        let scheme = if self.at.ip().is_loopback() { "http" } else { "https" };
        format!("{scheme}://{}", self.at)
    }

    /// The first thing that a question to its records gives, if there is any.
    ///
    /// # Errors
    ///
    /// When the records cannot be read, or have no such columns.
    pub fn stored<T: rusqlite::types::FromSql>(&self, sql: &str) -> Result<Option<T>> {
        let db = rusqlite::Connection::open(self.data.join("relay.db"))?;
        Ok(db.query_row(sql, (), |row| row.get(0)).optional()?)
    }

    /// Changes its records behind its back, as time would.
    ///
    /// # Errors
    ///
    /// When they cannot be written, or nothing was there to change.
    pub fn change(&self, sql: &str) -> Result<()> {
        let db = rusqlite::Connection::open(self.data.join("relay.db"))?;
        anyhow::ensure!(db.execute(sql, ())? > 0, "nothing to change");
        Ok(())
    }

    /// Ends it at once, as a loss of power would.
    pub fn kill(&mut self) {
        self.program.kill();
    }

    /// Starts it again.
    ///
    /// # Errors
    ///
    /// When it does not say that it listens where it did.
    pub fn restart(&mut self) -> Result<()> {
        let (program, at, _) = run(&self.data, self.at)?;
        anyhow::ensure!(at == self.at, "the relay listens elsewhere now");
        self.program = program;
        Ok(())
    }
}

/// A relay, where it listens, and what it says next.
type Running = (Program, SocketAddr, Lines<BufReader<ChildStdout>>);

fn run(data: &Path, listen: SocketAddr) -> Result<Running> {
    let mut command = Command::new(crate::binaries().join("deskhand-relay"));
    super::log_of(&mut command, "deskhand-relay")?;
    command.arg("--data").arg(data).args(["--listen", &listen.to_string()]);
    listening(command)
}

fn listening(mut command: Command) -> Result<Running> {
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().context("cannot start deskhand-relay")?;
    let output = child.stdout.take().context("the relay has an output")?;
    let program = Program::new(child);
    let mut lines = BufReader::new(output).lines();
    let first = lines.next().context("the relay said nothing")??;
    // The port that belongs to https is not named.
    let at = first.rsplit_once("://").map(|(_, at)| at);
    let at = at.and_then(|at| at.parse().ok().or_else(|| Some((at.parse::<Ipv4Addr>().ok()?, 443).into())));
    let at = at.with_context(|| format!("the relay does not say where it listens: {first}"))?;
    Ok((program, at, lines))
}
