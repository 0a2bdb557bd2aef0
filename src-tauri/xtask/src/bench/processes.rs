//! Processor time of programs.

use std::{collections::BTreeMap, fs, time::Instant};

use anyhow::{Context as _, Result};

/// Clock ticks per second in `/proc/PID/stat` (`getconf CLK_TCK` on Linux).
const TICKS_PER_SECOND: f64 = 100.0;

/// Measures what programs spend from its making on.
#[derive(Debug)]
pub struct Spending {
    began: Instant,
    helper: Option<(u32, u64)>,
    server: (u32, u64),
}

/// What was spent, in percent of one core.
#[derive(Debug, Clone, Copy)]
pub struct Spent {
    /// By the helper and all it started; nothing if there was none.
    pub helper: Option<f64>,
    /// By the X server.
    pub server: f64,
}

impl Spent {
    /// What the helper costs: its own time, and what the X server spends more than without it.
    #[must_use]
    pub fn with_server_extra(&self, server_alone: f64) -> f64 {
        self.helper.unwrap_or(0.0) + (self.server - server_alone).max(0.0)
    }
}

impl Spending {
    /// Begins for an X server and a helper, if there is one.
    ///
    /// # Errors
    ///
    /// When they do not run.
    pub fn begin(server: u32, helper: Option<u32>) -> Result<Self> {
        let helper = helper.map(|pid| ticks_of_tree(pid).map(|ticks| (pid, ticks))).transpose()?;
        Ok(Self { began: Instant::now(), helper, server: (server, ticks_of_tree(server)?) })
    }

    /// What was spent since.
    ///
    /// # Errors
    ///
    /// When a program has ended meanwhile.
    pub fn end(&self) -> Result<Spent> {
        let seconds = self.began.elapsed().as_secs_f64();
        let percent = |(pid, before): (u32, u64)| -> Result<f64> {
            Ok(ticks_of_tree(pid)?.saturating_sub(before) as f64 / TICKS_PER_SECOND / seconds * 100.0)
        };
        Ok(Spent { helper: self.helper.map(percent).transpose()?, server: percent(self.server)? })
    }
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
        // Fields 4 (parent), 14 to 17 (own times, those of children that have ended) of proc(5), counted from the one
        // after the name, which is 3.
        all.insert(pid, (number(1), (11..=14).map(number).sum::<u64>()));
    }
    all.get(&root).with_context(|| format!("the process {root} has ended"))?;
    let mut tree = vec![root];
    let mut ticks = 0;
    while let Some(pid) = tree.pop() {
        ticks += all.get(&pid).map_or(0, |(_, ticks)| *ticks);
        tree.extend(all.iter().filter(|(_, (parent, _))| *parent == u64::from(pid)).map(|(pid, _)| *pid));
    }
    Ok(ticks)
}

/// A process and all it started.
///
/// # Errors
///
/// When processes cannot be listed.
pub(crate) fn tree(root: u32) -> Result<Vec<u32>> {
    let mut parents = Vec::new();
    for entry in fs::read_dir("/proc")?.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else { continue };
        let parent = stat.rsplit_once(") ").and_then(|(_, fields)| fields.split(' ').nth(1)?.parse::<u32>().ok());
        parents.extend(parent.map(|parent| (pid, parent)));
    }
    let mut tree = vec![root];
    let mut at = 0;
    while let Some(pid) = tree.get(at).copied() {
        tree.extend(parents.iter().filter(|(_, parent)| *parent == pid).map(|(pid, _)| *pid));
        at += 1;
    }
    Ok(tree)
}

/// How busy the machine is: the mean number of runnable programs of the last minute.
#[must_use]
pub fn load() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.parse().ok()
}
