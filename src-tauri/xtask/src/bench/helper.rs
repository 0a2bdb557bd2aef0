//! `bench helper`: what a customer waits for, and what the helper takes of his computer.
//!
//! Measured is what is shipped: the helper of the tarball that `cargo xtask build linux` makes, unpacked, started with a
//! whole call on a display of its own. It counts from the start of the process until the relay knows that the customer
//! waits, and until the window has been drawn for the last time and says so; the later of the two is the figure. The
//! first start, with nothing in the system's cache of files, is a figure of its own.
//!
//! Memory is the helper's own share (PSS), five seconds later; the processes of the system's webview are told beside it,
//! and so is what both take in a call that has its first picture. Processor time is that of all of them while he waits,
//! with what the X server spends more than without them.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::{
    ends::Probe,
    figures::{merge, tidy},
    processes::{Spending, load, tree},
};
use crate::{
    linux::{self, tarball},
    root, say,
    stage::{Program, customer::Customer, display::Display, relay::RelayProgram},
    windows,
};

/// How long a start may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// The window has been drawn for the last time when nothing has changed on the screen for so long.
const STILL: Duration = Duration::from_millis(1_500);
/// How often the screen is looked at: what that costs slows the start down.
const LOOK: Duration = Duration::from_millis(20);
/// After this the helper waits, and does nothing else.
const REST: Duration = Duration::from_secs(5);
/// For how long its processor time is counted.
const COUNTED: Duration = Duration::from_secs(10);
/// The customer's screen.
const SCREEN: (u32, u32) = (1920, 1080);
const MEGABYTE: u64 = 1024 * 1024;
/// What the helper logs when the relay has told it that it waits.
const WAITS: &str = "waiting for the technician";
/// The most that there may be.
const GOALS: [(&str, u64); 4] = [
    ("linux_download_bytes", linux::TARBALL_AT_MOST),
    ("windows_exe_bytes", 16 * MEGABYTE),
    ("start_to_waiting_ms", 1_500),
    ("pss_waiting_mb", 80),
];

/// Measures so often. Returns the figures, and what could not be measured.
#[must_use]
pub fn run(repetitions: u32) -> (Value, Vec<String>) {
    let begun = Instant::now();
    let load_before = load();
    match play(repetitions) {
        Ok((mut figures, missing)) => {
            if let Some(figures) = figures.as_object_mut() {
                let cores = std::thread::available_parallelism().map_or(0, usize::from);
                figures.insert("goals".into(), GOALS.into_iter().collect::<Value>());
                figures.insert(
                    "machine".into(),
                    json!({"cores": cores, "load_before": load_before, "load_after": load(),
                        "seconds": tidy(begun.elapsed().as_secs_f64()), "repetitions": repetitions}),
                );
            }
            (figures, missing)
        }
        Err(error) => (Value::Null, vec![format!("{error:#}")]),
    }
}

/// The figures, and what could not be measured.
fn play(repetitions: u32) -> Result<(Value, Vec<String>)> {
    let folder = tempfile::tempdir()?;
    let shipped = root().join(linux::OUT).join(tarball::name());
    ensure!(shipped.is_file(), "there is no {}; `cargo xtask build linux` makes it", shipped.display());
    let status = Command::new("tar").arg("-xzf").arg(&shipped).arg("-C").arg(folder.path()).status()?;
    ensure!(status.success(), "the tarball cannot be unpacked");
    let program = folder.path().join(tarball::INSIDE).join(tarball::PROGRAM);
    let desk = Display::start(SCREEN.0, SCREEN.1)?;
    let server = desk.server().context("the display is not ours")?;
    let alone = {
        let spending = Spending::begin(server, None)?;
        std::thread::sleep(REST);
        spending.end()?.server
    };
    let relay = RelayProgram::start(&folder.path().join("relay"))?;
    let call = {
        let mut probe = Probe::start(&folder.path().join("probe"), &relay)?;
        let made = probe.event("session", PATIENCE)?;
        // It goes: a technician who is there would ask at once.
        made["call"].as_str().context("the probe names no call")?.to_owned()
    };
    let home = folder.path().join("home");
    fs::create_dir_all(&home)?;
    let helper = Helper { program, home, call, desk, server, alone };
    let first = helper.waits()?;
    let (mut waiting, mut calls) = (Vec::new(), Vec::new());
    for repetition in 1..=repetitions {
        say(&format!("repetition {repetition} of {repetitions}"));
        waiting.push(helper.waits()?);
        calls.push(helper.in_a_call()?);
    }
    let mut figures = merge(&waiting);
    let mut missing = Vec::new();
    if let (Some(figures), Value::Object(calls)) = (figures.as_object_mut(), merge(&calls)) {
        figures.extend(calls);
        figures.insert("first_start_to_waiting_ms".into(), first["start_to_waiting_ms"].clone());
        let bytes = |path: &Path| -> Result<u64> { Ok(fs::metadata(path)?.len()) };
        figures.insert("linux_download_bytes".into(), bytes(&shipped)?.into());
        figures.insert("linux_program_bytes".into(), bytes(&helper.program)?.into());
        let exe = root().join(windows::OUT).join("deskhand-helper.exe");
        match bytes(&exe) {
            Ok(bytes) => drop(figures.insert("windows_exe_bytes".into(), bytes.into())),
            Err(_) => {
                missing.push(format!("there is no {}; `cargo xtask build windows` makes it", exe.display()));
            }
        }
    }
    Ok((figures, missing))
}

/// What is started again and again.
struct Helper {
    program: PathBuf,
    home: PathBuf,
    call: String,
    desk: Display,
    /// The X server, and what it spends by itself, in percent of a core.
    server: u32,
    alone: f64,
}

impl Helper {
    /// Starts it, and measures until it waits and while it does.
    fn waits(&self) -> Result<Value> {
        let before = self.desk.picture()?;
        let mut command = self.desk.command(&self.program);
        command.args(self.call.split(' ')).env("HOME", &self.home).env("LANGUAGE", "en");
        command.env("DESKHAND_LOG", "info").env("NO_COLOR", "1").stderr(Stdio::piped());
        let begun = Instant::now();
        let mut child = command.spawn().context("cannot start the helper")?;
        let log = child.stderr.take().context("the helper has an output")?;
        let helper = Program::new(child);
        let (came, heard) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(log).lines().map_while(Result::ok) {
                if line.contains(WAITS) && came.send(Instant::now()).is_err() {
                    return;
                }
            }
        });
        let (mut known, mut drawn, mut last) = (None, None, before);
        let (known, drawn) = loop {
            let picture = self.desk.picture()?;
            let now = Instant::now();
            if picture != last {
                (last, drawn) = (picture, Some(now));
            }
            known = known.or_else(|| heard.try_recv().ok());
            if let (Some(known), Some(drawn)) = (known, drawn)
                && now > drawn + STILL
                && now > known + STILL
            {
                break (known, drawn);
            }
            ensure!(begun.elapsed() < PATIENCE, "the helper did not come to wait (known: {known:?}, drawn: {drawn:?})");
            std::thread::sleep(LOOK);
        };
        let ms = |at: Instant| tidy((at - begun).as_secs_f64() * 1000.0);
        std::thread::sleep(REST);
        let (own, all, processes) = memory(helper.id())?;
        let spending = Spending::begin(self.server, Some(helper.id()))?;
        std::thread::sleep(COUNTED);
        let percent = spending.end()?.with_server_extra(self.alone);
        Ok(json!({
            "start_to_waiting_ms": ms(known.max(drawn)), "registered_ms": ms(known), "drawn_ms": ms(drawn),
            "pss_waiting_mb": own, "pss_tree_mb": all, "processes": processes, "cpu_waiting_percent": tidy(percent),
        }))
    }

    /// Plays a call with it, up to a while after the first picture, and measures what it takes then.
    fn in_a_call(&self) -> Result<Value> {
        let folder = tempfile::tempdir()?;
        let relay = RelayProgram::start(&folder.path().join("relay"))?;
        let mut probe = Probe::start(&folder.path().join("probe"), &relay)?;
        let made = probe.event("session", PATIENCE)?;
        let call = made["call"].as_str().context("the probe names no call")?;
        let customer = Customer::start_program(&self.desk, &self.program, &[], &folder.path().join("helper"), &[])?;
        customer.types_call(call)?;
        customer.allows()?;
        probe.event("first_picture", PATIENCE)?;
        std::thread::sleep(REST);
        let (own, all, _) = memory(customer.page.pid().context("the helper's process is not known")?)?;
        probe.end();
        Ok(json!({"pss_call_mb": own, "pss_call_tree_mb": all}))
    }
}

/// A process's share of the memory that it uses, that of it and all it started, both in megabytes, and how many these are.
fn memory(process: u32) -> Result<(f64, f64, usize)> {
    let processes = tree(process)?;
    let all: f64 = processes.iter().filter_map(|process| pss(*process).ok()).sum();
    Ok((tidy(pss(process)?), tidy(all), processes.len()))
}

/// A process's share of the memory that it uses, in megabytes.
fn pss(process: u32) -> Result<f64> {
    let text = fs::read_to_string(format!("/proc/{process}/smaps_rollup"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:")).context("the system tells no PSS")?;
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes / 1024.0)
}
