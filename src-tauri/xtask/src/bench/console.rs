//! `bench console`: how the console feels over a relay that has had ten thousand computers and a hundred thousand
//! sessions, in the real window.
//!
//! - `first_paint_ms`: from the beginning of the page until the first screen stands with its records; `window_ms`: the
//!   same from the start of the program, which opens its database and its window meanwhile.
//! - `filter_ms`: from a key in the field above the devices until what it leaves is painted. `search_ms`: the same of
//!   the sessions, which the relay searches, from the moment it is asked.
//! - `script_gzip_bytes`: the scripts that the page has fetched by then, compressed as a relay would send them.
//! - `rss_mb`: console, relay and webview together, with all devices in a list; `pss_mb`, their share of what they use.
//! - `drift_mb`: how much the same has grown after 5,000 live events: devices that are changed by the relay, on screen.

use std::{
    collections::BTreeSet,
    fs,
    io::Write as _,
    path::Path,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, Result, bail, ensure};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};

use super::{
    figures::{merge, spread, tidy},
    processes::{load, tree},
};
use crate::{
    root, say,
    stage::{
        call::{COMPANY, TECHNICIAN},
        display::Display,
        driver::Driver,
        seeded::{Past, seed},
        technician::Technician,
        wait_for,
    },
};

/// What the relay has.
const PAST: Past = Past { devices: 10_000, sessions: 100_000 };
/// Live events that are watched, after some that let the webview find its size.
const EVENTS: u32 = 5_000;
const WARMING: u32 = 1_000;
/// How long what was given back may take to be seen.
const REST: Duration = Duration::from_secs(12);
/// How long the webview may take until the first screen stands.
const PATIENCE: Duration = Duration::from_secs(60);
/// What is typed above the devices, key by key.
const TYPED: [&str; 6] = ["weber", "office-12", "printer graz", "laptop anna", "203.0.118", "zzz"];
/// What the sessions are searched for: much, little, two words, nothing.
const SOUGHT: [&str; 12] = [
    "weber",
    "office-12",
    "schmidt reception",
    "printer",
    "hotel post 3",
    "zzz",
    "jonas",
    "till 1",
    "laptop-07",
    "key under the mat",
    "lang 20",
    "berger server",
];
/// What is aimed at.
const GOALS: [(&str, f64); 4] =
    [("first_paint_ms", 300.0), ("filter_p95_ms", 50.0), ("script_gzip_bytes", 150_000.0), ("drift_mb", 0.0)];

/// Types into a list's field and waits for the paint that follows each key; gives the times and, for each, whether what
/// was painted then was all.
const FILTER: &str = "
    const [texts, done] = arguments;
    const painted = () => new Promise((told) => requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = told;
      port2.postMessage(0);
    }));
    const pause = (ms) => new Promise((told) => setTimeout(told, ms));
    const count = () => document.querySelector('main [role=table]')?.getAttribute('aria-rowcount') ?? 'none';
    const field = document.querySelector('main input[type=search]');
    const strike = async (text) => {
      const begun = performance.now();
      field.value = text;
      field.dispatchEvent(new Event('input', { bubbles: true }));
      await painted();
      const took = performance.now() - begun;
      const shown = count();
      await pause(250);
      return [took, shown === count(), shown];
    };
    (async () => {
      const all = [];
      for (const text of texts) {
        for (let end = 1; end <= text.length; end += 1) all.push(await strike(text.slice(0, end)));
        await strike('');
      }
      done(all);
    })().catch((error) => done(String(error)));";

/// Asks the relay for other sessions, and waits until another number of them is painted.
const SEARCH: &str = "
    const [texts, done] = arguments;
    const painted = () => new Promise((told) => requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = told;
      port2.postMessage(0);
    }));
    const pause = (ms) => new Promise((told) => setTimeout(told, ms));
    const count = () => document.querySelector('main [role=table]')?.getAttribute('aria-rowcount') ?? 'none';
    const go = async (text) => {
      const before = count();
      const begun = performance.now();
      location.hash = '#/sessions' + (text ? '?text=' + encodeURIComponent(text) : '');
      while (count() === before) {
        if (performance.now() - begun > 10000) throw new Error('nothing changed for ' + text);
        await painted();
      }
      const took = performance.now() - begun;
      await pause(250);
      return took;
    };
    (async () => {
      const all = [];
      for (const text of texts) {
        all.push(await go(text));
        all.push(await go(''));
      }
      done(all);
    })().catch((error) => done(String(error)));";

/// Has the relay change devices, as a colleague would, some at a time, and waits until the last change is on the page.
const EVENTFUL: &str = "
    const [ids, from, to, done] = arguments;
    const invoke = window.__TAURI_INTERNALS__.invoke;
    (async () => {
      for (let at = from; at < to; at += 10) {
        const edits = [];
        for (let n = at; n < Math.min(at + 10, to); n += 1) {
          const edit = { customer: null, machine: 'Changed ' + n, notes: null, add_tags: [], remove_tags: [] };
          edits.push(invoke('edit_devices', { devices: [ids[n % ids.length]], edit }));
        }
        await Promise.all(edits);
      }
      done(to - from);
    })().catch((error) => done(JSON.stringify(error) + String(error)));";

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
                figures.insert("devices".into(), PAST.devices.into());
                figures.insert("sessions".into(), PAST.sessions.into());
                figures.insert("events".into(), EVENTS.into());
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
    let (display, data) = (Display::start(1440, 940)?, folder.path().join("console"));
    {
        let console = Technician::start(&display, &data, &[])?;
        console.introduces_himself(TECHNICIAN, COMPANY)?;
    }
    say(&format!("writing {} devices and {} sessions", PAST.devices, PAST.sessions));
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
    seed(&data.join("relay/relay.db"), PAST, now)?;
    let mut all = Vec::new();
    for repetition in 1..=repetitions {
        say(&format!("repetition {repetition} of {repetitions}"));
        all.push(once(&display, &data)?);
    }
    Ok(merge(&all))
}

fn once(display: &Display, data: &Path) -> Result<Value> {
    let console = Technician::start(display, data, &[])?;
    let page = &console.page;
    let process = page.pid().context("the console's process is not known")?;
    let stood = wait_for("the first screen", PATIENCE, || {
        let at = page.script(
            "const at = window.__deskhand?.stoodAt ?? null; return at === null ? null : [at, performance.timeOrigin + at]",
            &[],
        )?;
        Ok(at[0].as_f64().zip(at[1].as_f64()))
    })?;
    let scripts = page.script(
        "return performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => name.endsWith('.js'))\
           .concat([...document.scripts].map(({ src }) => src))",
        &[],
    )?;

    page.script("location.hash = '#/devices'", &[])?;
    let rows = format!("{}", PAST.devices + 1);
    wait_for("all devices in the list", PATIENCE, || {
        let count = "return document.querySelector('main [role=table]')?.getAttribute('aria-rowcount') ?? null";
        Ok((page.script(count, &[])?.as_str() == Some(&rows)).then_some(()))
    })?;
    let filtered = answered(page, FILTER, &[json!(TYPED)])?;
    let mut filter = Vec::new();
    for sample in filtered.as_array().context("no samples")? {
        ensure!(sample[1] == true, "a filter was not painted with the next picture: {sample}");
        filter.push(sample[0].as_f64().context("a time")?);
    }
    page.script("location.hash = '#/sessions'", &[])?;
    let rows = format!("{}", PAST.sessions + 1);
    wait_for("all sessions in the list", PATIENCE, || {
        let count = "return document.querySelector('main [role=table]')?.getAttribute('aria-rowcount') ?? null";
        Ok((page.script(count, &[])?.as_str() == Some(&rows)).then_some(()))
    })?;
    let sought = answered(page, SEARCH, &[json!(SOUGHT)])?;
    let search: Vec<f64> = sought.as_array().into_iter().flatten().filter_map(Value::as_f64).collect();

    page.script("location.hash = '#/devices'", &[])?;
    let ids = answered(
        page,
        "const done = arguments[arguments.length - 1];\
         window.__TAURI_INTERNALS__.invoke('devices', { limit: 500, after: null })\
           .then((devices) => done(devices.map(({ id }) => id)), (error) => done(JSON.stringify(error)))",
        &[],
    )?;
    eventful(page, &ids, 0, WARMING)?;
    let before = settled(process)?;
    let begun = Instant::now();
    eventful(page, &ids, WARMING, WARMING + EVENTS)?;
    let seconds = begun.elapsed().as_secs_f64();
    let after = settled(process)?;
    Ok(json!({
        "first_paint_ms": tidy(stood.0),
        "window_ms": tidy(stood.1 - started(process)?),
        "filter_ms": spread(&filter),
        "search_ms": spread(&search),
        "script_gzip_bytes": compressed(&scripts)?,
        "rss_mb": tidy(after.rss),
        "pss_mb": tidy(after.pss),
        "drift_mb": tidy(after.pss - before.pss),
        "events_per_s": tidy(f64::from(EVENTS) / seconds),
    }))
}

/// What a script answers that calls back; a text is an error.
fn answered(page: &Driver, script: &str, args: &[Value]) -> Result<Value> {
    let answer = page.script_async(script, args)?;
    if let Some(error) = answer.as_str() { bail!("the page says: {error}") } else { Ok(answer) }
}

/// Plays these events, in parts that the driver has patience for, and waits until the last one is on the page.
fn eventful(page: &Driver, ids: &Value, from: u32, to: u32) -> Result<()> {
    const PART: u32 = 500;
    let mut at = from;
    while at < to {
        let end = (at + PART).min(to);
        answered(page, EVENTFUL, &[ids.clone(), json!(at), json!(end)])?;
        at = end;
    }
    let last = format!("Changed {}", to - 1);
    page.script("location.hash = '#/devices?text=' + encodeURIComponent(arguments[0])", &[json!(last)])?;
    wait_for("the last change on the page", PATIENCE, || {
        // Its number alone is found in other rows too.
        let there = "return document.querySelector('main [role=table]')?.textContent.includes(arguments[0]) ?? false";
        Ok((page.script(there, &[json!(last)])? == Value::Bool(true)).then_some(()))
    })?;
    page.script("location.hash = '#/devices'", &[]).map(drop)
}

/// Megabytes of all processes of the console.
#[derive(Debug, Clone, Copy)]
struct Memory {
    rss: f64,
    pss: f64,
}

/// The least that they take while nothing happens: what is garbage goes when the webview finds the time.
fn settled(process: u32) -> Result<Memory> {
    let begun = Instant::now();
    let mut least: Option<Memory> = None;
    while begun.elapsed() < REST {
        std::thread::sleep(Duration::from_millis(500));
        let (mut rss, mut pss) = (0.0, 0.0);
        for one in tree(process)? {
            // A process may have ended since.
            let Ok(text) = fs::read_to_string(format!("/proc/{one}/smaps_rollup")) else { continue };
            let of = |name: &str| -> f64 {
                let line = text.lines().find_map(|line| line.strip_prefix(name));
                line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
            };
            rss += of("Rss:");
            pss += of("Pss:");
        }
        if least.is_none_or(|least| pss < least.pss) {
            least = Some(Memory { rss, pss });
        }
    }
    least.context("nothing to measure")
}

/// When a process was started, in milliseconds since 1970.
fn started(process: u32) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    let (_, fields) = stat.rsplit_once(") ").context("no process")?;
    // Field 22 of proc(5) in ticks since the system was started, counted from the one after the name, which is 3.
    let ticks: f64 = fields.split(' ').nth(19).context("a process without a start")?.parse()?;
    let up: f64 = fs::read_to_string("/proc/uptime")?.split(' ').next().context("no uptime")?.parse()?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs_f64() * 1000.0;
    Ok(now - (up * 1000.0 - ticks * 10.0))
}

/// Bytes of these scripts of the page, each compressed by itself.
fn compressed(scripts: &Value) -> Result<u64> {
    let names: BTreeSet<&str> = scripts
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|script| script.as_str()?.rsplit('/').next())
        .filter(|name| name.ends_with(".js"))
        .collect();
    ensure!(!names.is_empty(), "the page has no scripts");
    let mut bytes = 0;
    for name in names {
        let code = fs::read(root().join("ui/dist/assets").join(name)).with_context(|| format!("no {name}"))?;
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(&code)?;
        bytes += gzip.finish()?.len() as u64;
    }
    Ok(bytes)
}
