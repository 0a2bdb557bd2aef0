//! `bench helper`: what a customer waits for, and what the helper takes of his computer while he waits.
//!
//! Measured is what is shipped: the helper of the tarball that `cargo xtask build linux` makes, unpacked, started with a
//! whole call on a display of its own. It counts from the start of the process until the relay knows that the customer
//! waits, and until the window has been drawn for the last time and says so; the later of the two is the figure. The
//! first start, with nothing in the system's cache of files, is a figure of its own.
//!
//! Memory is the helper's own share (PSS), five seconds later; the processes of the system's webview are told beside it.

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
    processes::{load, tree},
};
use crate::{
    linux::{self, tarball},
    root, say,
    stage::{Program, display::Display, relay::RelayProgram},
};

/// How long a start may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// The window has been drawn for the last time when nothing has changed on the screen for so long.
const STILL: Duration = Duration::from_millis(1_500);
/// How often the screen is looked at: what that costs slows the start down.
const LOOK: Duration = Duration::from_millis(20);
/// After this the helper waits, and does nothing else.
const REST: Duration = Duration::from_secs(5);
/// What the helper logs when the relay has told it that it waits.
const WAITS: &str = "waiting for the technician";
/// What is aimed at: milliseconds and megabytes.
const GOALS: [(&str, f64); 3] = [("start_ms", 1_500.0), ("pss_mb", 80.0), ("tarball_mb", 12.0)];

/// Measures so often. Returns the figures, and what could not be measured.
#[must_use]
pub fn run(repetitions: u32) -> (Value, Vec<String>) {
    let begun = Instant::now();
    let load_before = load();
    match play(repetitions) {
        Ok(mut figures) => {
            if let Some(figures) = figures.as_object_mut() {
                let cores = std::thread::available_parallelism().map_or(0, usize::from);
                figures.insert("goals".into(), GOALS.into_iter().collect::<Value>());
                figures.insert(
                    "machine".into(),
                    json!({"cores": cores, "load_before": load_before, "load_after": load(),
                        "seconds": tidy(begun.elapsed().as_secs_f64()), "repetitions": repetitions}),
                );
            }
            (figures, Vec::new())
        }
        Err(error) => (Value::Null, vec![format!("{error:#}")]),
    }
}

fn play(repetitions: u32) -> Result<Value> {
    let folder = tempfile::tempdir()?;
    let shipped = root().join(linux::OUT).join(tarball::name());
    ensure!(shipped.is_file(), "there is no {}; `cargo xtask build linux` makes it", shipped.display());
    let status = Command::new("tar").arg("-xzf").arg(&shipped).arg("-C").arg(folder.path()).status()?;
    ensure!(status.success(), "the tarball cannot be unpacked");
    let program = folder.path().join(tarball::INSIDE).join(tarball::PROGRAM);
    let desk = Display::start(1280, 800)?;
    let relay = RelayProgram::start(&folder.path().join("relay"))?;
    let call = {
        let mut probe = Probe::start(&folder.path().join("probe"), &relay)?;
        let made = probe.event("session", PATIENCE)?;
        // It goes: a technician who is there would ask at once.
        made["call"].as_str().context("the probe names no call")?.to_owned()
    };
    let home = folder.path().join("home");
    fs::create_dir_all(&home)?;
    let helper = Helper { program, home, call, desk };
    let first = helper.waits()?;
    let mut all = Vec::new();
    for repetition in 1..=repetitions {
        say(&format!("repetition {repetition} of {repetitions}"));
        all.push(helper.waits()?);
    }
    let mut figures = merge(&all);
    if let Some(figures) = figures.as_object_mut() {
        figures.insert("first_start_ms".into(), first["start_ms"].clone());
        let bytes = |path: &Path| -> Result<u64> { Ok(fs::metadata(path)?.len()) };
        let (tarball, program) = (bytes(&shipped)?, bytes(&helper.program)?);
        figures.insert("tarball_bytes".into(), tarball.into());
        figures.insert("tarball_mb".into(), tidy(tarball as f64 / 1024.0 / 1024.0).into());
        figures.insert("program_bytes".into(), program.into());
    }
    Ok(figures)
}

/// What is started again and again.
struct Helper {
    program: PathBuf,
    home: PathBuf,
    call: String,
    desk: Display,
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
        loop {
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
                let ms = |at: Instant| tidy((at - begun).as_secs_f64() * 1000.0);
                std::thread::sleep(REST);
                let processes = tree(helper.id())?;
                let all: f64 = processes.iter().filter_map(|process| pss(*process).ok()).sum();
                return Ok(json!({
                    "start_ms": ms(known.max(drawn)), "registered_ms": ms(known), "drawn_ms": ms(drawn),
                    "pss_mb": tidy(pss(helper.id())?), "pss_with_webview_mb": tidy(all),
                    "processes": processes.len(),
                }));
            }
            ensure!(begun.elapsed() < PATIENCE, "the helper did not come to wait (known: {known:?}, drawn: {drawn:?})");
            std::thread::sleep(LOOK);
        }
    }
}

/// A process's share of the memory that it uses, in megabytes.
fn pss(process: u32) -> Result<f64> {
    let text = fs::read_to_string(format!("/proc/{process}/smaps_rollup"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:")).context("the system tells no PSS")?;
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes / 1024.0)
}
