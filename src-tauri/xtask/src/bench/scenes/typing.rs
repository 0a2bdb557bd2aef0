//! typing: a block changes its colour at each key; how long until the viewer sees the other colour.

use std::{
    process::{ChildStdout, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Map, Value, json};
use x11rb::{
    connection::Connection as _,
    protocol::{
        xproto::{KEY_PRESS_EVENT, KEY_RELEASE_EVENT},
        xtest::ConnectionExt as _,
    },
};

use super::settle;
use crate::{
    bench::{
        clock::ms_between,
        ends::Ends,
        figures::{latency, percentile, tidy},
        processes::Spending,
        screen::{Changes, Desk, PixelWatcher, pixel},
    },
    netlink::line::Random,
    stage::{Program, flip},
};

/// Pauses between keys in milliseconds.
const PAUSES: (u64, u64) = (150, 400);
/// The letter A as an X keycode of every keyboard of today.
const KEYCODE: u8 = 38;
/// And as a USB usage.
pub const USAGE: u16 = 0x04;
/// Difference of red above which the block has its other colour: the two are 212 apart.
const OTHER: u8 = 100;
/// How long a key may take on a slow line.
pub const PATIENCE: Duration = Duration::from_secs(3);

/// The program with the block, with the keyboard.
#[derive(Debug)]
pub struct Flip {
    _program: Program,
    /// A pixel of the block.
    pub pixel: (u16, u16),
}

impl Flip {
    /// Shows it in front of everything and gives it the keyboard.
    ///
    /// # Errors
    ///
    /// When it does not appear.
    pub fn show(desk: &Desk) -> Result<Self> {
        Self::show_telling(desk, Stdio::null()).map(|(flip, _)| flip)
    }

    /// The same, with what it says of each key.
    ///
    /// # Errors
    ///
    /// When it does not appear.
    pub fn show_heard(desk: &Desk) -> Result<(Self, ChildStdout)> {
        let (flip, says) = Self::show_telling(desk, Stdio::piped())?;
        Ok((flip, says.context("the window has an output")?))
    }

    fn show_telling(desk: &Desk, says: Stdio) -> Result<(Self, Option<ChildStdout>)> {
        let mut program =
            desk.display.command(crate::binaries().join("xtask")).arg("flip-window").stdout(says).spawn()?;
        let says = program.stdout.take();
        let program = Program::new(program);
        let window = desk.display.window(flip::TITLE, Duration::from_secs(10))?;
        desk.display.focus(&window)?;
        let (x, y, ..) = desk.display.place(&window)?;
        // In the lower right of the block: the helper's bar covers the top of the screen.
        let pixel = (u16::try_from(x)? + 220, u16::try_from(y)? + 220);
        settle();
        Ok((Self { _program: program, pixel }, says))
    }
}

/// The same pauses for the same seed.
#[must_use]
pub fn pauses(keys: usize, seed: u64) -> Vec<u64> {
    let mut random = Random::new(seed);
    (0..keys).map(|_| random.between(PAUSES.0, PAUSES.1)).collect()
}

/// The least that is possible on this machine: keys by XTEST, watched beside the X server.
#[derive(Debug, Clone)]
pub struct Floor {
    /// Each key's time in milliseconds.
    pub samples: Vec<f64>,
    /// What the X server spends on it.
    pub server: f64,
}

/// Measures the floor.
///
/// # Errors
///
/// When a key has no effect.
pub fn floor(desk: &Desk, keys: usize) -> Result<Floor> {
    let flip = Flip::show(desk)?;
    let (changes, screen) = (Changes::of(desk.display.name())?, desk.framebuffer()?);
    let spending = Spending::begin(desk.server, None)?;
    let mut samples = Vec::new();
    for pause in pauses(keys, 1) {
        sleep(Duration::from_millis(pause));
        while changes.wait(Duration::ZERO)? {}
        let [before, ..] = pixel(&screen, flip.pixel.0, flip.pixel.1)?;
        let begun = Instant::now();
        for kind in [KEY_PRESS_EVENT, KEY_RELEASE_EVENT] {
            changes.connection().xtest_fake_input(kind, KEYCODE, x11rb::CURRENT_TIME, x11rb::NONE, 0, 0, 0)?;
        }
        changes.connection().flush()?;
        while pixel(&screen, flip.pixel.0, flip.pixel.1)?[0].abs_diff(before) < OTHER {
            ensure!(begun.elapsed() < PATIENCE, "a key by XTEST did not change the block");
            changes.wait(Duration::from_millis(5))?;
        }
        samples.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(Floor { samples, server: spending.end()?.server })
}

/// Plays the scene; `server_alone` is what the X server spends on it without the helper.
///
/// # Errors
///
/// When no key has an effect, or a program has ended.
pub fn play(desk: &Desk, ends: &mut Ends, keys: usize, seed: u64, server_alone: f64) -> Result<Map<String, Value>> {
    let flip = Flip::show(desk)?;
    ends.probe.take_stats();
    ends.probe.record(&[], None)?;
    let watcher = PixelWatcher::begin(desk, flip.pixel)?;
    let spending = Spending::begin(desk.server, Some(ends.helper))?;
    let pauses_ms = pauses(keys, seed);
    let at_most = PATIENCE * u32::try_from(keys)? + Duration::from_secs(10);
    ends.probe
        .order(&json!({"do": "type", "usage": USAGE, "text": "a", "pauses_ms": pauses_ms, "pixel": flip.pixel}))?;
    let typed = ends.probe.event("typed", at_most)?;
    let spent = spending.end()?;
    let changed_us = watcher.end()?;
    let recorded = ends.probe.report()?;
    let samples = |name: &str| -> Result<Vec<f64>> { Ok(serde_json::from_value(typed[name].clone())?) };
    let (seen, received) = (samples("seen_ms")?, samples("received_ms")?);
    ensure!(!seen.is_empty(), "no key had an effect that the viewer saw");
    let mut figures = latency(&seen);
    figures.insert("missed_keys".into(), typed["missed"].clone());
    let sent_us: Vec<u64> = serde_json::from_value(typed["sent_us"].clone())?;
    figures.extend(ways(&sent_us, &changed_us, &received, &seen));
    figures.insert("helper_cpu_percent".into(), json!(tidy(spent.with_server_extra(server_alone))));
    figures.insert("x_server_extra_percent".into(), json!(tidy(spent.server - server_alone)));
    let bytes = ["video_bytes", "tile_bytes"].iter().filter_map(|name| recorded[*name].as_f64()).sum::<f64>();
    figures.insert("bytes_per_key".into(), json!(tidy(bytes / keys as f64)));
    figures.extend(stages(&ends.probe.take_stats()));
    Ok(figures)
}

/// Where a key's time goes: to the customer's screen, from there to the viewer's end of the line, and there.
fn ways(sent_us: &[u64], changed_us: &[u64], received_ms: &[f64], seen_ms: &[f64]) -> Map<String, Value> {
    let (mut to_screen, mut to_viewer, mut in_viewer) = (Vec::new(), Vec::new(), Vec::new());
    for ((sent, received), seen) in sent_us.iter().zip(received_ms).zip(seen_ms) {
        in_viewer.push(seen - received);
        if let Some(changed) = changed_us.iter().find(|changed| *changed >= sent) {
            let on_screen = ms_between(*sent, *changed);
            to_screen.push(on_screen);
            to_viewer.push(received - on_screen);
        }
    }
    let median = |samples: &[f64]| json!(percentile(samples, 0.5).map(tidy));
    [("key_to_screen", &to_screen), ("screen_to_received", &to_viewer), ("received_to_seen", &in_viewer)]
        .into_iter()
        .map(|(way, samples)| (format!("{way}_p50_ms"), median(samples)))
        .collect()
}

/// What the helper says of its own stages, as means over the scene.
#[must_use]
pub fn stages(stats: &[Value]) -> Map<String, Value> {
    let mean = |name: &str| {
        let values: Vec<f64> = stats.iter().filter_map(|stats| stats[name].as_f64()).filter(|ms| *ms > 0.0).collect();
        (!values.is_empty()).then(|| tidy(values.iter().sum::<f64>() / values.len() as f64))
    };
    ["capture_ms", "encode_ms", "rtt_ms"].into_iter().map(|name| (name.to_owned(), json!(mean(name)))).collect()
}
