//! `bench hands`: from the technician's key to the customer's program, and to the technician's eye, alone and beside a
//! big file on its way.
//!
//! A program of the customer says when each key reached it; the probe says when it sent the key and when it saw what the
//! program did. Both use this machine's clock.

use std::{
    io::{BufRead as _, BufReader},
    sync::mpsc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Map, Value, json};

use super::{
    clock::{Guard, ms_between},
    ends::Ends,
    figures::{latency, merge, spread, tidy},
    files::{MB, noise, order},
    processes::load,
    scenes::typing::{Flip, PATIENCE, USAGE, pauses},
    screen::Desk,
};
use crate::{say, stage::wait_for};

/// Keys of a repetition without and with a file: these are over before the file is.
const KEYS: (usize, usize) = (200, 80);
/// The file beside which the other half is typed: longer on its way than the typing takes.
const LONG: u64 = 2_000 * MB;
/// So much of it has arrived when the typing begins.
const UNDERWAY: u64 = 4 * MB;

/// Measures so often. Returns the figures, and what could not be measured.
#[must_use]
pub fn run(repetitions: u32) -> (Value, Vec<String>) {
    let begun = Instant::now();
    let load_before = load();
    let (mut all, mut problems) = (Vec::new(), Vec::new());
    for repetition in 1..=repetitions {
        say(&format!("repetition {repetition} of {repetitions}"));
        match play(u64::from(repetition)) {
            Ok(figures) => all.push(figures),
            Err(error) => {
                say(&format!("  {error:#}"));
                problems.push(format!("repetition {repetition}: {error:#}"));
            }
        }
    }
    let mut figures = merge(&all);
    if let Some(figures) = figures.as_object_mut() {
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        figures.insert(
            "machine".into(),
            json!({"cores": cores, "load_before": load_before, "load_after": load(),
                "seconds": tidy(begun.elapsed().as_secs_f64()), "repetitions": repetitions}),
        );
    }
    (figures, problems)
}

fn play(seed: u64) -> Result<Value> {
    let desk = Desk::open()?;
    let mut ends = Ends::connect(&desk, None)?;
    say("  typing alone");
    let alone = Typed::measure(&desk, &mut ends, KEYS.0, seed)?;
    let mut figures = Map::new();
    figures.insert("key_to_program_ms".into(), spread(&alone.to_program_ms));
    figures.insert("typing_alone".into(), latency(&alone.seen_ms).into());
    say("  typing beside a file");
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("long");
    noise(&file, LONG)?;
    order(&mut ends, "send", &[&file], &[])?;
    wait_for("the file to be on its way", Duration::from_secs(60), || {
        Ok((progress(&mut ends)?.0 >= UNDERWAY).then_some(()))
    })?;
    let beside = Typed::measure(&desk, &mut ends, KEYS.1, seed)?;
    let (bytes, state) = progress(&mut ends)?;
    ensure!(state == "running", "the file was {state} at {bytes} bytes before the keys were over");
    figures.insert("typing_while_file".into(), latency(&beside.seen_ms).into());
    figures.insert("typing_file_bytes".into(), bytes.into());
    ends.end();
    Ok(figures.into())
}

/// How much of what is being carried has arrived, and how it stands.
fn progress(ends: &mut Ends) -> Result<(u64, String)> {
    ends.probe.order(&json!({"do": "progress"}))?;
    let progress = ends.probe.event("progress", PATIENCE)?;
    let state = progress["state"].as_str().unwrap_or_default().to_owned();
    Ok((progress["bytes_done"].as_u64().unwrap_or(0), state))
}

/// What became of a run of keys.
#[derive(Debug)]
struct Typed {
    /// From sending a key until the program had it.
    to_program_ms: Vec<f64>,
    /// From sending a key until its effect was seen.
    seen_ms: Vec<f64>,
}

impl Typed {
    /// Types into the block and waits for each key's effect.
    fn measure(desk: &Desk, ends: &mut Ends, keys: usize, seed: u64) -> Result<Self> {
        let clock = Guard::begin();
        let (flip, says) = Flip::show_heard(desk)?;
        let (came, heard) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(says).lines().map_while(Result::ok) {
                if line.trim().parse::<u64>().is_ok_and(|at| came.send(at).is_err()) {
                    return;
                }
            }
        });
        let at_most = PATIENCE * u32::try_from(keys)? + Duration::from_secs(10);
        ends.probe.order(&json!({
            "do": "type", "usage": USAGE, "text": "a", "pauses_ms": pauses(keys, seed), "pixel": flip.pixel,
        }))?;
        let typed = ends.probe.event("typed", at_most)?;
        ensure!(typed["missed"] == 0, "{} keys had no effect that the viewer saw", typed["missed"]);
        let sent_us: Vec<u64> = serde_json::from_value(typed["sent_us"].clone())?;
        let mut to_program_ms = Vec::new();
        for sent in sent_us {
            let came = heard.recv_timeout(PATIENCE).context("the program did not say when a key came")?;
            to_program_ms.push(ms_between(sent, came));
        }
        clock.end()?;
        Ok(Self { to_program_ms, seen_ms: serde_json::from_value(typed["seen_ms"].clone())? })
    }
}
