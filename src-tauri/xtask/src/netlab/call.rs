//! A call on the ground of a case, with the real programs, and how it fares.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::ground::Ground;
use crate::{
    bench::{ends::Probe, processes},
    netlink::line::Random,
    stage::{Program, customer::Customer, display::Display, relay::RelayProgram, wait_for},
};

/// How long the call's beginning may take on a bad line.
const PATIENCE: Duration = Duration::from_secs(60);
/// A picture that stands still for longer is not live: the customer's screen changes ten times a second.
pub const LIVE: Duration = Duration::from_millis(500);
/// How long pictures must keep coming to count as back.
const CALM: Duration = Duration::from_secs(2);
/// The letter A as a USB usage.
const USAGE: u16 = 0x04;
/// Keys that must have their effect after each break.
const KEYS: usize = 3;

/// The file that is carried, and its size: some ten seconds of the line.
const FILE: &str = "carried.bin";
const FILE_BYTES: u64 = 24_000_000;
/// How much is there when it breaks.
const FILE_BEGUN: u64 = 2_000_000;

/// A terminal whose text changes ten times a second.
const TICKER: &str = "while sleep 0.1; do date +%N; done";
/// A terminal that changes its colours at each key.
const ANSWERING: &str = "on=h; while read -rsn1; do printf \"\\033[?5$on\"; [ $on = h ] && on=l || on=h; done";

/// A call that is live. Programs go before the folder with their data.
#[derive(Debug)]
pub struct LabCall {
    /// The technician's end.
    pub probe: Probe,
    /// From the customer's click to the first picture.
    pub first_frame_ms: f64,
    /// How it travels, as last told.
    pub path: String,
    /// How often it was lost.
    pub losses: u32,
    /// The customer's end.
    pub customer: Customer,
    /// His relay.
    pub relay: RelayProgram,
    pixel: (u16, u16),
    /// What became of the file.
    carried: Option<Value>,
    ticker: Program,
    _answering: Program,
    folder: TempDir,
}

/// Something that happens while pictures come.
#[derive(Debug, Clone, Copy)]
struct Seen {
    at: Instant,
}

impl LabCall {
    /// Makes a call up to the first picture; `env` is the helper's.
    ///
    /// # Errors
    ///
    /// When any step of it does not happen.
    pub fn make(ground: &Ground, desk: &Display, env: &[(&str, String)]) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let data = folder.path();
        let (middle, address) = ground.relay();
        // The port that every network lets through.
        let relay = middle.run(|| RelayProgram::start_on(&data.join("relay"), (address, 443).into()))?;
        let mut probe = ground.office.namespace.run(|| Probe::start(&data.join("probe"), &relay))?;
        let call = probe.event("session", PATIENCE)?["call"].as_str().context("the probe names no call")?.to_owned();
        let customer = ground.home.namespace.run(|| {
            let env: Vec<(&str, &str)> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let customer = Customer::start_with(desk, &data.join("helper"), &env)?;
            customer.types_call(&call)?;
            Ok(customer)
        })?;
        let allowed_ms = ground.home.namespace.run(|| customer.allows())?;
        let (mut path, mut shown_us) = (None, None);
        let begun = Instant::now();
        while path.is_none() || shown_us.is_none() {
            ensure!(begun.elapsed() < PATIENCE, "no picture within {} s", PATIENCE.as_secs());
            let Some(event) = probe.next(Duration::from_secs(1))? else { continue };
            if event["event"] == "first_picture" {
                shown_us = event["at_us"].as_u64();
            }
            path = path_in(&event).or(path);
        }
        let (path, shown_us) = (path.unwrap_or_default(), shown_us.context("no time of a picture")?);
        let first_frame_ms = shown_us as f64 / 1000.0 - allowed_ms;
        let ticker = terminal(desk, "Ticker", "20x4+40+400", TICKER)?;
        let answering = terminal(desk, "Answering", "30x8+500+400", ANSWERING)?;
        let window = desk.window("Answering", Duration::from_secs(10))?;
        desk.focus(&window)?;
        let (x, y, width, height) = desk.place(&window)?;
        let pixel = (u16::try_from(x + width / 2)?, u16::try_from(y + height / 2)?);
        probe.order(&json!({"do": "pictures"}))?;
        let mut made = Self {
            probe,
            first_frame_ms,
            path,
            losses: 0,
            customer,
            relay,
            pixel,
            carried: None,
            ticker,
            _answering: answering,
            folder,
        };
        made.recovers(Instant::now(), Duration::from_secs(20))?;
        made.obeys()?;
        Ok(made)
    }

    /// Where all ends keep their data.
    #[must_use]
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Waits until pictures keep coming, and tells how long after `healed` they did so for good: the end of the last time
    /// that nothing moved for longer than [`LIVE`]. Zero if there was no such time.
    ///
    /// # Errors
    ///
    /// When they do not come within this time after it, or the call is over.
    pub fn recovers(&mut self, healed: Instant, at_most: Duration) -> Result<Duration> {
        let mut last = Seen { at: Instant::now() };
        let mut back = healed;
        loop {
            let now = Instant::now();
            if now > healed + at_most {
                bail!("no lasting picture within {} s ({} losses)", at_most.as_secs(), self.losses);
            }
            let begun = back.max(healed);
            if last.at >= begun + CALM {
                return Ok(back.saturating_duration_since(healed));
            }
            if let Some(event) = self.probe.next(Duration::from_millis(100))? {
                let seen = Seen { at: Instant::now() };
                if self.takes(&event)? {
                    if seen.at.saturating_duration_since(last.at) > LIVE {
                        back = seen.at;
                    }
                    last = seen;
                }
            }
        }
    }

    /// Goes on for a while, and tells the longest time nothing moved.
    ///
    /// # Errors
    ///
    /// When the call is over.
    pub fn goes_on_for(&mut self, time: Duration) -> Result<Duration> {
        let end = Instant::now() + time;
        let (mut last, mut longest) = (Instant::now(), Duration::ZERO);
        while Instant::now() < end {
            if let Some(event) = self.probe.next(Duration::from_millis(100))?
                && self.takes(&event)?
            {
                longest = longest.max(last.elapsed());
                last = Instant::now();
            }
        }
        Ok(longest.max(last.elapsed()))
    }

    /// Takes in what the probe tells; true for a picture.
    fn takes(&mut self, event: &Value) -> Result<bool> {
        if event["event"] == "problem" {
            bail!("the probe: {}", event["what"]);
        }
        match event["call"]["state"].as_str() {
            Some("reconnecting") => self.losses += 1,
            Some("over" | "refused" | "declined") => bail!("the call has ended: {}", event["call"]),
            _ => {}
        }
        if let Some(path) = path_in(event) {
            self.path = path;
        }
        if event["event"] == "carried" {
            self.carried = Some(event.clone());
        }
        Ok(event["event"] == "picture")
    }

    /// Nothing changes on the screen until what is returned is dropped.
    ///
    /// # Errors
    ///
    /// When the ticker has ended.
    pub fn quiet(&self) -> Result<Quiet> {
        let ticker = processes::tree(self.ticker.id())?;
        Signal::Stop.send(&ticker)?;
        Ok(Quiet(ticker))
    }

    /// Keys have their effect.
    ///
    /// # Errors
    ///
    /// When one has not.
    pub fn obeys(&mut self) -> Result<()> {
        self.probe.order(&json!({
            "do": "type", "usage": USAGE, "text": "a", "pauses_ms": vec![150; KEYS], "pixel": self.pixel,
        }))?;
        let end = Instant::now() + Duration::from_secs(20);
        while Instant::now() < end {
            let Some(event) = self.probe.next(Duration::from_secs(1))? else { continue };
            if event["event"] == "typed" {
                ensure!(event["missed"] == 0, "keys had no effect: {event}");
                return Ok(());
            }
            self.takes(&event)?;
        }
        bail!("the probe does not say what became of its keys")
    }

    /// Begins to send a file, and waits until some of it is there.
    ///
    /// # Errors
    ///
    /// When nothing arrives.
    pub fn sends_file(&mut self) -> Result<()> {
        let file = self.folder.path().join(FILE);
        let mut random = Random::new(1);
        let noise: Vec<u8> = (0..FILE_BYTES / 8).flat_map(|_| random.next().to_le_bytes()).collect();
        std::fs::write(&file, noise)?;
        self.probe.order(&json!({"do": "carry", "way": "send", "local": [file], "remote": []}))?;
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            self.probe.order(&json!({"do": "progress"}))?;
            while let Some(event) = self.probe.next(Duration::from_millis(200))? {
                // It is asked before the transfer has begun, too.
                if event["event"] == "problem" {
                    break;
                }
                if event["event"] == "progress" {
                    if event["bytes_done"].as_u64().unwrap_or(0) >= FILE_BEGUN {
                        return Ok(());
                    }
                    break;
                }
                self.takes(&event)?;
            }
        }
        bail!("nothing of the file has arrived")
    }

    /// Waits for the file and compares it; gives the bytes that were there and had to be sent again.
    ///
    /// # Errors
    ///
    /// When it does not arrive as it was.
    pub fn has_file(&mut self) -> Result<u64> {
        let end = Instant::now() + 2 * PATIENCE;
        while self.carried.is_none() {
            ensure!(Instant::now() < end, "the file is not there");
            if let Some(event) = self.probe.next(Duration::from_secs(1))? {
                self.takes(&event)?;
            }
        }
        let carried = self.carried.take().unwrap_or_default();
        ensure!(carried["state"] == "done", "the file was not carried: {carried}");
        let sent = std::fs::read(self.folder.path().join(FILE))?;
        let mut open = vec![self.folder.path().join("helper")];
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(folder)?.flatten() {
                let path = entry.path();
                if path.is_dir() {
                    open.push(path);
                } else if entry.file_name() == FILE {
                    ensure!(std::fs::read(path)? == sent, "what arrived is not what was sent");
                    return carried["lost_bytes"].as_u64().context("a number of bytes");
                }
            }
        }
        bail!("the file is said to be there, and is not")
    }

    /// Stops or continues the helper, with its windows.
    ///
    /// # Errors
    ///
    /// When it has ended.
    pub fn helper_stands(&self, signal: Signal) -> Result<()> {
        let pid = self.customer.page.pid().context("the helper's process is not known")?;
        signal.send(&processes::tree(pid)?)
    }

    /// Stops or continues the probe.
    ///
    /// # Errors
    ///
    /// When it has ended.
    pub fn probe_stands(&self, signal: Signal) -> Result<()> {
        signal.send(&[self.probe.pid()])
    }

    /// Waits until the helper's window says this.
    ///
    /// # Errors
    ///
    /// When it does not in this time.
    pub fn customer_reads(&self, ground: &Ground, text: &str, at_most: Duration) -> Result<()> {
        let page = &self.customer.page;
        ground.home.namespace.run(|| {
            wait_for(&format!("the window to say {text:?}"), at_most, || Ok(page.text()?.contains(text).then_some(())))
                .with_context(|| page.text().unwrap_or_default())
        })
    }

    /// Ends the call and everything that belongs to it.
    pub fn end(mut self) {
        self.probe.end();
    }
}

/// What a sleeping machine does to a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// It stands still.
    Stop,
    /// It goes on.
    Continue,
}

impl Signal {
    fn send(self, processes: &[u32]) -> Result<()> {
        let name = match self {
            Self::Stop => "-STOP",
            Self::Continue => "-CONT",
        };
        let status = Command::new("kill").arg(name).args(processes.iter().map(u32::to_string)).status()?;
        ensure!(status.success(), "a process had ended before");
        Ok(())
    }
}

/// See [`LabCall::quiet`].
#[derive(Debug)]
pub struct Quiet(Vec<u32>);

impl Drop for Quiet {
    fn drop(&mut self) {
        // It may have ended.
        let _ = Signal::Continue.send(&self.0);
    }
}

fn path_in(event: &Value) -> Option<String> {
    (event["call"]["state"] == "live").then(|| event["call"]["path"].as_str().unwrap_or_default().to_owned())
}

fn terminal(desk: &Display, title: &str, place: &str, script: &str) -> Result<Program> {
    let program = desk.start_program("xterm", &["-geometry", place, "-T", title, "-e", "bash", "-c", script])?;
    desk.window(title, Duration::from_secs(10))?;
    Ok(program)
}
