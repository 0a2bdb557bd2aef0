//! `bench files`: a big file, many small ones, a far and lossy line beside `scp` on the same, a broken transfer.
//! On the real helper with its windows, sent by the probe.

use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Map, Value, json};

use super::{
    ends::Ends,
    figures::{merge, tidy},
    processes::load,
    scenes::settle,
    screen::Desk,
};
use crate::{
    netlink::{line::Shape, net::Net},
    say,
    stage::{Program, wait_for},
};

/// The parts, by name.
const PARTS: [&str; 4] = ["direct", "small", "rtt40", "resume"];

pub(super) const MB: u64 = 1_000_000;
/// The big file.
const BIG: u64 = 1_000 * MB;
/// The file over the line.
const FAR: u64 = 64 * MB;
/// Small files, and the bytes of each.
const SMALL: (usize, usize) = (10_000, 4_000);
/// Longer than anything here takes where it works.
const PATIENCE: Duration = Duration::from_secs(600);
/// How much is there before the helper is killed.
const BROKEN_AT: u64 = 100 * MB;

/// The parts of these names; all if none is named.
///
/// # Errors
///
/// When there is no part of a name.
pub fn choose(names: &[String]) -> Result<Vec<&'static str>> {
    for name in names {
        ensure!(PARTS.contains(&&**name), "there is no part {name:?}; there are: {}", PARTS.join(", "));
    }
    Ok(PARTS.into_iter().filter(|part| names.is_empty() || names.iter().any(|name| name == part)).collect())
}

/// Measures these parts so often. Returns the figures, and what could not be measured.
#[must_use]
pub fn run(parts: &[&str], repetitions: u32) -> (Value, Vec<String>) {
    let (load_before, mut problems, mut all) = (load(), Vec::new(), Vec::new());
    for repetition in 1..=repetitions {
        say(&format!("repetition {repetition} of {repetitions}"));
        let mut figures = Map::new();
        for part in parts {
            say(&format!("  {part}"));
            let measured = Desk::open().and_then(|desk| match *part {
                "direct" => direct(&desk),
                "small" => small(&desk),
                "rtt40" => rtt40(&desk, repetition),
                _ => resume(&desk),
            });
            match measured {
                Ok(value) => drop(figures.insert((*part).to_owned(), value)),
                Err(error) => {
                    say(&format!("  {part}: {error:#}"));
                    problems.push(format!("{part}: {error:#}"));
                }
            }
        }
        all.push(Value::Object(figures));
    }
    let mut figures = merge(&all);
    if let Some(figures) = figures.as_object_mut() {
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        let machine =
            json!({"cores": cores, "load_before": load_before, "load_after": load(), "repetitions": repetitions});
        figures.insert("machine".into(), machine);
    }
    (figures, problems)
}

/// A big file there and back, between two programs of this machine.
fn direct(desk: &Desk) -> Result<Value> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("big");
    noise(&file, BIG)?;
    let mut ends = Ends::connect(desk, None)?;
    settle();
    let sent = carried(&mut ends, "send", &[&file], &[])?;
    fs::rename(&file, folder.path().join("sent"))?;
    let fetched = carried(&mut ends, "fetch", &[folder.path()], &["big"])?;
    ensure!(same(&file, &folder.path().join("sent")), "what came back is not what was sent");
    ends.end();
    Ok(json!({"mbit_per_s": tidy(rate(BIG, sent)), "fetch_mbit_per_s": tidy(rate(BIG, fetched))}))
}

/// Many small ones in one folder.
fn small(desk: &Desk) -> Result<Value> {
    let folder = tempfile::tempdir()?;
    let many = folder.path().join("many");
    fs::create_dir(&many)?;
    for number in 0..SMALL.0 {
        fs::write(many.join(format!("file {number}")), vec![u8::try_from(number % 251)?; SMALL.1])?;
    }
    let mut ends = Ends::connect(desk, None)?;
    settle();
    let took = carried(&mut ends, "send", &[&many], &[])?;
    ends.end();
    Ok(json!({"files_per_s": tidy(SMALL.0 as f64 / took.as_secs_f64())}))
}

/// 100 Mbit/s, 20 ms each way, 1 % loss: the product, then `scp`, over the same line.
fn rtt40(desk: &Desk, repetition: u32) -> Result<Value> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("far");
    noise(&file, FAR)?;
    let line = Shape::clean(100_000_000, Duration::from_millis(20), 512 * 1024).losing(0.01);
    let net = Net::make(line, u64::from(repetition))?;
    let mut ends = Ends::connect(desk, Some(&net))?;
    settle();
    let ours = rate(FAR, carried(&mut ends, "send", &[&file], &[])?);
    ends.end();
    let scp = rate(FAR, scp(&net, &file, folder.path())?);
    Ok(json!({"mbit_per_s": tidy(ours), "scp_mbit_per_s": tidy(scp), "ratio_to_scp": tidy(ours / scp)}))
}

/// Sends a file from the viewer's end of the line to the helper's by `scp`, its own beginning included.
fn scp(net: &Net, file: &Path, folder: &Path) -> Result<Duration> {
    let key = folder.join("key");
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key).status()?;
    ensure!(made.success(), "ssh-keygen failed");
    fs::copy(folder.join("key.pub"), folder.join("authorized"))?;
    fs::create_dir_all("/run/sshd")?;
    let option = |text: &str| ["-o".to_owned(), text.to_owned()];
    let server = net.helper.namespace.run(|| {
        let child = Command::new("/usr/sbin/sshd")
            .args(["-D", "-p", "2222", "-f", "/dev/null", "-h"])
            .arg(&key)
            .args(option("UsePAM=no"))
            .args(option("StrictModes=no"))
            .args(option("PidFile=none"))
            .args(option("Subsystem=sftp internal-sftp"))
            .args(option(&format!("AuthorizedKeysFile={}", folder.join("authorized").display())))
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start sshd")?;
        Ok(Program::new(child))
    })?;
    let goal = format!("root@{}:{}", net.helper.address, folder.join("arrived").display());
    let took = net.viewer.namespace.run(|| {
        let mut last = Duration::ZERO;
        // The server may not listen yet.
        wait_for("sshd", Duration::from_secs(10), || {
            let begun = Instant::now();
            let status = Command::new("scp")
                .args(["-q", "-P", "2222", "-i"])
                .arg(&key)
                .args(option("StrictHostKeyChecking=no"))
                .args(option("UserKnownHostsFile=/dev/null"))
                .args(option("ConnectTimeout=2"))
                .arg(file)
                .arg(&goal)
                .stderr(Stdio::null())
                .status()?;
            last = begun.elapsed();
            Ok(status.success().then_some(()))
        })?;
        Ok(last)
    })?;
    drop(server);
    ensure!(same(file, &folder.join("arrived")), "scp did not bring what was sent");
    Ok(took)
}

/// The helper is killed in the middle; what is carried again once it is back?
fn resume(desk: &Desk) -> Result<Value> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("broken");
    noise(&file, BIG)?;
    let mut ends = Ends::connect(desk, None)?;
    settle();
    order(&mut ends, "send", &[&file], &[])?;
    wait_for("the middle of the file", Duration::from_secs(60), || {
        ends.probe.order(&json!({"do": "progress"}))?;
        let done = ends.probe.event("progress", PATIENCE)?["bytes_done"].as_u64().unwrap_or(0);
        Ok((done >= BROKEN_AT).then_some(()))
    })?;
    ends.customer_comes_back(desk)?;
    let carried = ends.probe.event_after_a_loss("carried", PATIENCE)?;
    ensure!(carried["state"] == "done", "it did not go on: {carried}");
    ends.end();
    Ok(json!({"lost_bytes": carried["lost_bytes"]}))
}

pub(super) fn order(ends: &mut Ends, way: &str, local: &[&Path], remote: &[&str]) -> Result<()> {
    ends.probe.order(&json!({"do": "carry", "way": way, "local": local, "remote": remote}))
}

fn carried(ends: &mut Ends, way: &str, local: &[&Path], remote: &[&str]) -> Result<Duration> {
    order(ends, way, local, remote)?;
    let carried = ends.probe.event("carried", PATIENCE)?;
    ensure!(carried["state"] == "done", "not everything was carried: {carried}");
    Ok(Duration::from_secs_f64(carried["ms"].as_f64().context("a time")? / 1000.0))
}

fn rate(bytes: u64, took: Duration) -> f64 {
    bytes as f64 * 8.0 / 1e6 / took.as_secs_f64()
}

/// A file that cannot be made smaller.
pub(super) fn noise(path: &Path, bytes: u64) -> Result<()> {
    let mut file = fs::File::create(path)?;
    let (mut left, mut state) = (bytes, 0x9e37_79b9_7f4a_7c15_u64);
    let mut block = vec![0; 1 << 20];
    while left > 0 {
        for word in block.chunks_exact_mut(8) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            word.copy_from_slice(&state.to_le_bytes());
        }
        let part = usize::try_from(left).unwrap_or(usize::MAX).min(block.len());
        file.write_all(&block[..part])?;
        left -= part as u64;
    }
    // What is still to be written would be measured with the transfer.
    Ok(file.sync_all()?)
}

fn same(one: &Path, other: &Path) -> bool {
    Command::new("cmp").arg("-s").arg(one).arg(other).status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_chosen_by_name_and_a_wrong_name_is_told() {
        assert_eq!(choose(&[]).unwrap(), PARTS);
        assert_eq!(choose(&["resume".into()]).unwrap(), ["resume"]);
        assert!(choose(&["turn".into()]).unwrap_err().to_string().contains("there are: direct"));
    }
}
