//! `cargo xtask bench NAME`: measures on the real programs. A timing never decides a test.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use crate::{
    build, say,
    stage::{call::Call, wait_for},
    system,
};

/// How long a still desktop is watched, as the benchmarks say.
const STILL: Duration = Duration::from_secs(20);
/// How long after the last change video may still flow: the refinement of the last picture.
const SETTLING: Duration = Duration::from_secs(2);
/// Clock ticks per second in `/proc/PID/stat` (`getconf CLK_TCK` on Linux).
const TICKS_PER_SECOND: f64 = 100.0;

/// Runs one benchmark.
///
/// # Errors
///
/// When there is none of that name, or the call does not happen.
pub fn run(name: &str, json: Option<&Path>) -> Result<()> {
    system::ensure_packages()?;
    build::everything()?;
    let figures = match name {
        "idle" => idle()?,
        other => bail!("there is no benchmark {other:?}; there is: idle"),
    };
    let text = serde_json::to_string_pretty(&figures)?;
    say(&text);
    if let Some(json) = json {
        fs::write(json, text).with_context(|| format!("cannot write {}", json.display()))?;
    }
    Ok(())
}

/// A live call on a still desktop: the processor time of the helper with all its processes, and the video it sends.
fn idle() -> Result<Value> {
    let call = Call::live()?;
    let helper = call.customer.page.pid().context("the helper's process is not known")?;
    // Nothing asks the page anything while it is measured: being driven costs processor time of its own.
    std::thread::sleep(SETTLING);
    let bytes_before = call.technician.video_bytes()?;
    let (ticks_before, begun) = (ticks_of_tree(helper)?, Instant::now());
    std::thread::sleep(STILL);
    let (ticks, seconds) = (ticks_of_tree(helper)?, begun.elapsed().as_secs_f64());
    let bytes = call.technician.video_bytes()? - bytes_before;
    wait_for("the call to be live still", Duration::from_secs(5), || {
        call.technician.page.find_now("button", "End session")
    })?;
    Ok(json!({"idle": {
        "helper_cpu_percent": (ticks.saturating_sub(ticks_before)) as f64 / TICKS_PER_SECOND / seconds * 100.0,
        "video_bytes_per_s": bytes / seconds,
        "seconds": seconds,
    }}))
}

/// User and system time of a process and all it started, in clock ticks.
fn ticks_of_tree(root: u32) -> Result<u64> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir("/proc")?.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        // A process may end while it is looked at.
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else { continue };
        let Some((_, fields)) = stat.rsplit_once(") ") else { continue };
        let fields: Vec<&str> = fields.split(' ').collect();
        let number = |i: usize| fields.get(i).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
        // Fields 4 (parent), 14 and 15 (times) of proc(5), counted from the one after the name, which is 3.
        all.insert(pid, (number(1), number(11) + number(12)));
    }
    let mut tree = vec![root];
    let mut ticks = 0;
    while let Some(pid) = tree.pop() {
        ticks += all.get(&pid).map_or(0, |(_, ticks)| *ticks);
        tree.extend(all.iter().filter(|(_, (parent, _))| *parent == u64::from(pid)).map(|(pid, _)| *pid));
    }
    Ok(ticks)
}
