//! The two ends of a measured call: the helper with its windows, as a customer has it, and the probe, with a relay of
//! its own. On this machine, or with a simulated line between them.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::Ipv4Addr,
    path::Path,
    process::{ChildStdin, Command, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::screen::Desk;
use crate::{
    binaries,
    netlink::{device::Namespace, net::Net},
    stage::{Program, customer::Customer, relay::RelayProgram},
};

/// How long the call's beginning may take on a slow line.
const PATIENCE: Duration = Duration::from_secs(60);

/// A call that is live. Programs go before the folder with their data.
#[derive(Debug)]
pub struct Ends {
    /// The viewer.
    pub probe: Probe,
    /// The customer's process.
    pub helper: u32,
    /// From the customer's click to the first picture.
    pub first_picture_ms: f64,
    customer: Customer,
    call: String,
    _relay: RelayProgram,
    folder: TempDir,
}

impl Ends {
    /// Makes a call on this machine or over a line, up to the first picture.
    ///
    /// # Errors
    ///
    /// When any step of it does not happen.
    pub fn connect(desk: &Desk, net: Option<&Net>) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let (data, viewer, helper) = (folder.path(), net.map(|net| &net.viewer), net.map(|net| &net.helper));
        let listen = viewer.map_or(Ipv4Addr::LOCALHOST, |viewer| viewer.address);
        let (relay, mut probe, call) = at(viewer.map(|end| &end.namespace), || {
            let relay = RelayProgram::start_at(&data.join("relay"), listen)?;
            let mut probe = Probe::start(&data.join("probe"), &relay)?;
            let call =
                probe.event("session", PATIENCE)?["call"].as_str().context("the probe names no call")?.to_owned();
            Ok((relay, probe, call))
        })?;
        let namespace = helper.map(|end| &end.namespace);
        let customer = at(namespace, || {
            let customer = Customer::start(&desk.display, &data.join("helper"))?;
            customer.types_call(&call)?;
            Ok(customer)
        })?;
        let allowed_ms = at(namespace, || customer.allows())?;
        let shown_us = probe.event("first_picture", PATIENCE)?["at_us"].as_u64().context("no time of a picture")?;
        let helper = customer.page.pid().context("the helper's process is not known")?;
        let first_picture_ms = shown_us as f64 / 1000.0 - allowed_ms;
        Ok(Self { probe, helper, first_picture_ms, customer, call, _relay: relay, folder })
    }

    /// The helper is killed, and the customer starts it again and lets the technician in anew. On this machine only.
    ///
    /// # Errors
    ///
    /// When any step of it does not happen.
    pub fn customer_comes_back(&mut self, desk: &Desk) -> Result<()> {
        self.customer.page.kill()?;
        self.customer = Customer::start(&desk.display, &self.folder.path().join("helper"))?;
        self.customer.types_call(&self.call)?;
        self.customer.allows()?;
        Ok(())
    }

    /// Ends the call and everything that belongs to it.
    pub fn end(mut self) {
        self.probe.end();
    }
}

/// Does something at an end of the line, or here.
fn at<T: Send>(namespace: Option<&Namespace>, what: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    match namespace {
        Some(namespace) => namespace.run(what),
        None => what(),
    }
}

/// What a lost connection means to who waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Loss {
    IsAnError,
    Passes,
}

/// `deskhand-probe` under orders.
#[derive(Debug)]
pub struct Probe {
    program: Program,
    orders: ChildStdin,
    events: Receiver<Value>,
    /// Figures that the call told since the last time they were taken.
    stats: Vec<Value>,
}

impl Probe {
    /// Starts it beside a new relay, which it joins as the owner.
    pub(crate) fn start(data: &Path, relay: &RelayProgram) -> Result<Self> {
        let mut command = Command::new(binaries().join("deskhand-probe"));
        command.stderr(Stdio::null()).arg("--data").arg(data);
        if std::env::var_os("DESKHAND_STAGE_LOG").is_some() {
            command.stderr(Stdio::inherit());
        }
        Self::start_command(command, relay)
    }

    /// Starts another build of it by a command that lacks only the relay and what it is to do.
    pub(crate) fn start_command(mut command: Command, relay: &RelayProgram) -> Result<Self> {
        command.args(["--relay", &relay.url(), "--setup", &relay.token]);
        let mut child = command
            .args(["call", "--orders"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start deskhand-probe")?;
        let orders = child.stdin.take().context("the probe has an input")?;
        let output = child.stdout.take().context("the probe has an output")?;
        let (told, events) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if let Ok(event) = serde_json::from_str(&line)
                    && told.send(event).is_err()
                {
                    return;
                }
            }
        });
        Ok(Self { program: Program::new(child), orders, events, stats: Vec::new() })
    }

    /// Gives an order.
    ///
    /// # Errors
    ///
    /// When the probe has ended.
    pub fn order(&mut self, order: &Value) -> Result<()> {
        writeln!(self.orders, "{order}").context("the probe has ended")
    }

    /// The next event of this name; others on the way are forgotten.
    ///
    /// # Errors
    ///
    /// When it does not come, or the call is over before.
    pub fn event(&mut self, name: &str, at_most: Duration) -> Result<Value> {
        self.named(name, at_most, Loss::IsAnError)
    }

    /// Likewise, where the connection is lost on the way.
    ///
    /// # Errors
    ///
    /// When it does not come, or the call is over before.
    pub fn event_after_a_loss(&mut self, name: &str, at_most: Duration) -> Result<Value> {
        self.named(name, at_most, Loss::Passes)
    }

    fn named(&mut self, name: &str, at_most: Duration, loss: Loss) -> Result<Value> {
        let end = Instant::now() + at_most;
        loop {
            let event = match self.events.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(event) => event,
                Err(RecvTimeoutError::Timeout) => {
                    bail!("the probe told no {name:?} within {} s", at_most.as_secs());
                }
                Err(RecvTimeoutError::Disconnected) => bail!("the probe ended while waiting for {name:?}"),
            };
            if event["event"] == "stats" {
                self.stats.push(event["stats"].clone());
            }
            if event["event"] == "problem" {
                bail!("the probe: {}", event["what"].as_str().unwrap_or_default());
            }
            if event["call"]["state"] == "reconnecting" && loss == Loss::IsAnError {
                bail!("the connection was lost while waiting for {name:?}");
            }
            if event["event"] == name {
                return Ok(event);
            }
        }
    }

    /// The next event of any kind, unless none comes in this time.
    ///
    /// # Errors
    ///
    /// When the probe has ended.
    pub(crate) fn next(&self, at_most: Duration) -> Result<Option<Value>> {
        match self.events.recv_timeout(at_most) {
            Ok(event) => Ok(Some(event)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => bail!("the probe has ended"),
        }
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.program.id()
    }

    /// The call's figures of each second since they were taken last.
    pub fn take_stats(&mut self) -> Vec<Value> {
        while let Ok(event) = self.events.try_recv() {
            if event["event"] == "stats" {
                self.stats.push(event["stats"].clone());
            }
        }
        std::mem::take(&mut self.stats)
    }

    /// Notes pictures from now on.
    ///
    /// # Errors
    ///
    /// When the probe has ended.
    pub fn record(&mut self, rows: &[(u16, u16)], keep: Option<(u16, &Path)>) -> Result<()> {
        let (every, folder) = keep.unzip();
        self.order(&json!({"do": "record", "rows": rows, "keep_every": every, "folder": folder}))?;
        self.event("recording", PATIENCE).map(drop)
    }

    /// What was noted.
    ///
    /// # Errors
    ///
    /// When the probe has ended, or could not write the pictures it was to keep.
    pub fn report(&mut self) -> Result<Value> {
        self.order(&json!({"do": "report"}))?;
        let recorded = self.event("recorded", PATIENCE)?["recorded"].take();
        ensure!(recorded["problem"].is_null(), "the probe could not keep its pictures: {}", recorded["problem"]);
        Ok(recorded)
    }

    /// Ends the call.
    pub(crate) fn end(&mut self) {
        let ended = self.order(&json!({"do": "end"})).is_ok();
        let begun = Instant::now();
        while ended && begun.elapsed() < Duration::from_secs(5) {
            if !matches!(self.program.exited(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        self.program.kill();
    }
}
