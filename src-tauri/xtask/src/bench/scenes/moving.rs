//! What `scroll`, `drag` and `video` have in common: something moves for a while, and each of its pictures carries a
//! number.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{settle, typing::stages};
use crate::bench::{
    clock::{Guard, ms_between},
    ends::Ends,
    figures::{percentile, spread, tidy},
    page::Drawn,
    processes::Spending,
    quality::{Part, psnr_y},
    screen::{Desk, SCREEN, Watched, Watcher, number_on},
};

/// Pictures with a number that is a multiple of this are kept and compared with the truth.
const KEEP_EVERY: u16 = 32;
/// How long after the end pictures may still come: the least; a slow line is given more.
const STRAGGLERS: Duration = Duration::from_millis(700);

/// Whether pictures are compared with the truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// One of [`KEEP_EVERY`].
    Some,
    /// None: ten minutes of them do not fit into memory.
    None,
}

/// Something that moves and carries its number.
pub trait Motion {
    /// Where the numbers are.
    fn rows(&self) -> &[(u16, u16)];
    /// What is compared with the truth.
    fn part(&self) -> Part;
    /// Moves for a while, and returns when it stands.
    ///
    /// # Errors
    ///
    /// When it does not move.
    fn run(&mut self, time: Duration) -> Result<Drawn>;
}

/// The scene without the helper.
#[derive(Debug, Clone)]
pub struct Alone {
    /// What the X server spends, in percent of a core.
    pub server: f64,
}

/// Plays the motion without the helper.
///
/// # Errors
///
/// When it does not move.
pub fn alone(desk: &Desk, motion: &mut dyn Motion, time: Duration) -> Result<Alone> {
    let watcher = Watcher::begin(desk.display.name(), &desk.file, motion.rows(), None)?;
    let spending = Spending::begin(desk.server, None)?;
    motion.run(time)?;
    let server = spending.end()?.server;
    let watched = watcher.end()?;
    ensure!(watched.numbers.len() > 10, "the moving program's numbers are not on the screen");
    Ok(Alone { server })
}

/// One change that the viewer saw.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Shown {
    /// The number it carried, if it could be read and was whole.
    pub number: Option<u16>,
    /// When it had arrived.
    pub received_us: u64,
    /// When it could be seen.
    pub shown_us: u64,
    /// What it took on the line.
    pub bytes: u64,
}

#[derive(Debug, Deserialize)]
struct Recorded {
    pictures: Vec<Shown>,
    kept: Vec<(u16, PathBuf)>,
}

/// A motion as both sides saw it.
#[derive(Debug)]
pub struct Played {
    drawn: Drawn,
    /// On the customer's screen.
    pub watched: Watched,
    /// At the viewer.
    pub shown: Vec<Shown>,
    /// Of the compared pictures.
    psnr: Vec<f64>,
    helper_cpu: f64,
    server_extra: f64,
    stats: Vec<Value>,
}

/// Plays the motion in a live call. `after` is called as soon as it stands, with the time of its last picture.
///
/// # Errors
///
/// When it does not move, or a program has ended.
pub fn play(
    desk: &Desk,
    ends: &mut Ends,
    motion: &mut dyn Motion,
    time: Duration,
    alone: &Alone,
    keep: Keep,
    after: &mut dyn FnMut(&mut Ends, u64) -> Result<()>,
) -> Result<Played> {
    settle();
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir())?;
    let guard = Guard::begin();
    ends.probe.take_stats();
    let every = (keep == Keep::Some).then_some(KEEP_EVERY);
    ends.probe.record(motion.rows(), every.map(|every| (every, folder.path())))?;
    let watcher = Watcher::begin(desk.display.name(), &desk.file, motion.rows(), every)?;
    let spending = Spending::begin(desk.server, Some(ends.helper))?;
    let drawn = motion.run(time)?;
    let spent = spending.end()?;
    stands(desk, motion.rows(), &drawn)?;
    let watched = watcher.end()?;
    let (_, last_us) = *watched.numbers.last().context("the moving program's numbers are not on the screen")?;
    let stats = ends.probe.take_stats();
    after(ends, last_us)?;
    std::thread::sleep(STRAGGLERS);
    let recorded: Recorded = serde_json::from_value(ends.probe.report()?)?;
    guard.end()?;
    let mut played = Played {
        drawn,
        watched,
        shown: recorded.pictures,
        psnr: Vec::new(),
        helper_cpu: spent.with_server_extra(alone.server),
        server_extra: spent.server - alone.server,
        stats,
    };
    // Read while their folder is there.
    played.compare(&recorded.kept, motion.part())?;
    Ok(played)
}

/// Waits until the last number is on the screen.
fn stands(desk: &Desk, rows: &[(u16, u16)], drawn: &Drawn) -> Result<()> {
    let (last, _) = drawn.last().context("nothing moved")?;
    let (screen, begun) = (desk.framebuffer()?, Instant::now());
    while number_on(&screen, rows) != Some(*last) {
        ensure!(begun.elapsed() < Duration::from_secs(2), "the last picture {last} did not come to the screen");
        std::thread::sleep(Duration::from_millis(2));
    }
    // The watcher, too, has seen it then.
    std::thread::sleep(Duration::from_millis(10));
    Ok(())
}

impl Played {
    /// Compares kept pictures with the truth.
    fn compare(&mut self, kept: &[(u16, PathBuf)], part: Part) -> Result<()> {
        let truths: BTreeMap<u16, Vec<u8>> = std::mem::take(&mut self.watched.truths).into_iter().collect();
        for (number, file) in kept {
            if let Some(truth) = truths.get(number) {
                let db = psnr_y(truth, &std::fs::read(file)?, SCREEN.0 as usize, part);
                self.psnr.push(db.context("a picture of another size came")?);
            }
        }
        Ok(())
    }

    /// When each number was on the screen first.
    fn truth(&self) -> BTreeMap<u16, u64> {
        self.watched.numbers.iter().rev().copied().collect()
    }

    /// Age of each distinct picture when it could be seen, with the time it came to the screen.
    #[must_use]
    pub fn ages(&self) -> Vec<(u64, f64)> {
        let (truth, mut seen) = (self.truth(), BTreeSet::new());
        let distinct = self.shown.iter().filter(|shown| shown.number.is_some_and(|number| seen.insert(number)));
        distinct
            .filter_map(|shown| {
                let at = *truth.get(&shown.number?)?;
                Some((at, ms_between(at, shown.shown_us)))
            })
            .collect()
    }

    /// First and last moment of the motion on the screen.
    fn span(&self) -> Result<(u64, u64)> {
        let (first, last) = (self.watched.numbers.first(), self.watched.numbers.last());
        let ((_, first), (_, last)) = first.zip(last).context("nothing moved on the screen")?;
        ensure!(last > first, "only one picture moved on the screen");
        Ok((*first, *last))
    }

    /// The scene's figures.
    ///
    /// # Errors
    ///
    /// When nothing moved.
    pub fn figures(&self) -> Result<Map<String, Value>> {
        let (first, last) = self.span()?;
        let seconds = ms_between(first, last) / 1000.0;
        let ages = self.ages();
        let age_ms: Vec<f64> = ages.iter().map(|(_, age)| *age).collect();
        let during = |shown: &&Shown| (first..=last).contains(&shown.received_us);
        let bytes: u64 = self.shown.iter().filter(during).map(|shown| shown.bytes).sum();
        let drawn: BTreeMap<u16, u64> = self.drawn.iter().copied().collect();
        let floor: Vec<f64> =
            self.truth().iter().filter_map(|(number, at)| Some(ms_between(*drawn.get(number)?, *at))).collect();
        let mut figures = Map::new();
        let mut put = |name: &str, value: Value| drop(figures.insert(name.to_owned(), value));
        put("distinct_fps", json!(tidy(ages.len() as f64 / seconds)));
        put("source_fps", json!(tidy(self.watched.numbers.len() as f64 / seconds)));
        put("kbit_per_s", json!(tidy(bytes as f64 * 8.0 / 1000.0 / seconds)));
        put("helper_cpu_percent", json!(tidy(self.helper_cpu)));
        put("x_server_extra_percent", json!(tidy(self.server_extra)));
        put("age_ms", spread(&age_ms));
        put("floor_age_ms", json!({"p50": percentile(&floor, 0.5).map(tidy)}));
        put("psnr_y_db", json!(percentile(&self.psnr, 0.5).map(tidy)));
        put("compared_pictures", json!(self.psnr.len()));
        put("unreadable_pictures", json!(self.shown.iter().filter(|shown| shown.number.is_none()).count()));
        put("longest_freeze_ms", json!(tidy(self.longest_freeze()?)));
        figures.extend(stages(&self.stats));
        Ok(figures)
    }

    /// The longest time without a new picture while the source moved.
    fn longest_freeze(&self) -> Result<f64> {
        let (first, last) = self.span()?;
        let mut seen = BTreeSet::new();
        let new = self.shown.iter().filter(|shown| shown.number.is_some_and(|number| seen.insert(number)));
        let times: Vec<u64> = new.map(|shown| shown.shown_us).filter(|at| (first..=last).contains(at)).collect();
        let edges: Vec<u64> = [first].into_iter().chain(times).chain([last]).collect();
        Ok(edges.windows(2).map(|pair| ms_between(pair[0], pair[1])).fold(0.0, f64::max))
    }
}
