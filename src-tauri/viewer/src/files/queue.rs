//! The queue of transfers: what is carried next, what waits for a choice, what is told to a screen. Sans-IO.
//!
//! ```text
//! waiting ──▶ running ──▶ done
//!    ▲           ├──▶ asking ── choice ──▶ waiting, skipped
//!    │           ├──▶ failed ── retry ──▶ waiting
//!    └── lost ───┘
//! ```
//!
//! A job is what was sent or fetched with one gesture: files and folders, each becoming items. A folder's item ends
//! when what is in it has become items. A job that is paused or called off starts nothing more.

use std::{
    collections::{BTreeMap, VecDeque},
    path::PathBuf,
    time::{Duration, Instant},
};

use deskhand_protocol::call::files::{FileName, FilePath, FilesError, Known, Replace, numbered};
use serde::{Deserialize, Serialize};

/// Files carried at once: small ones wait for answers most of the time.
pub const AT_ONCE: usize = 8;
/// Bytes from which a file counts as large; two of these at once only take from each other.
const LARGE: u64 = 4 * 1024 * 1024;
/// Large ones at once.
const LARGE_AT_ONCE: usize = 2;
/// Over which time the speed is measured.
const SPEED: Duration = Duration::from_secs(3);
/// How long something waits after the other end had too much at once.
const BACK_OFF: Duration = Duration::from_millis(500);
/// Failures and questions that one job shows.
const SHOWN: usize = 50;
/// Finished jobs that stay on screen.
const OLD_JOBS: usize = 20;
/// Names tried for a copy beside one that is there.
const NUMBERS: u32 = 1_000;

/// One gesture's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(transparent)]
pub struct JobId(pub u32);

/// One file or folder of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(transparent)]
pub struct ItemId(pub u32);

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// To the other machine.
    Send,
    /// From the other machine.
    Fetch,
}

/// What to do where something of that name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// Leave it.
    Skip,
    /// Take another name for the new one.
    Rename,
    /// Put the new one in its place.
    Overwrite,
    /// Leave it where size and time are the same, else put the new one in its place.
    Resume,
}

/// For what a choice holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum For {
    /// This one.
    One,
    /// Everything of the job from now on.
    All,
}

/// Something to carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Load {
    /// Its name at its goal.
    pub name: FileName,
    /// Where it is or goes on this machine, with its name.
    pub local: PathBuf,
    /// Where it is or goes on the other one, with its name.
    pub remote: FilePath,
    /// A file's size and time; `None` for a folder.
    pub known: Option<Known>,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// Carry a file, or make a folder and look into it. Then tell [`Queue::ended`].
    Start {
        /// Which.
        item: ItemId,
        /// Which way.
        way: Way,
        /// What and where.
        load: Load,
        /// Whether it may take another's place.
        replace: Replace,
    },
    /// Stop carrying it; half a file stays if it is to go on later.
    Stop {
        /// Which.
        item: ItemId,
        /// Whether it goes on later.
        keep: bool,
    },
}

/// How carrying ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// The file is there.
    Done,
    /// The folder is there, and this is in it.
    Opened(Vec<Load>),
    /// Something of that name is there; what is known of it.
    Exists(Option<Known>),
    /// It was told to stop.
    Stopped,
    /// It did not work.
    Failed(FilesError),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    Running,
    Asking,
    Failed(FilesError),
    /// Told to stop, still running.
    Stopping,
}

#[derive(Debug)]
struct Item {
    job: JobId,
    load: Load,
    done: u64,
    /// Whether it is known how much was there before.
    began: bool,
    state: State,
    replace: Replace,
    there: Option<Known>,
    /// Names tried beside the first.
    number: u32,
    not_before: Option<Instant>,
}

#[derive(Debug)]
struct Job {
    way: Way,
    name: String,
    files: u32,
    files_done: u32,
    skipped: u32,
    bytes: u64,
    bytes_done: u64,
    paused: bool,
    cancelled: bool,
    choice: Option<Choice>,
    moved: VecDeque<(Instant, u64)>,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Queue {
    jobs: BTreeMap<JobId, Job>,
    items: BTreeMap<ItemId, Item>,
    next_job: u32,
    next_item: u32,
    online: bool,
    orders: VecDeque<Order>,
}

/// The queue as a screen shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Default, ts_rs::TS)]
#[ts(export)]
pub struct QueueView {
    /// The newest last.
    pub jobs: Vec<JobView>,
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Its turn or the connection is waited for.
    Waiting,
    /// Something of it is being carried.
    Running,
    /// The technician stopped it for now.
    Paused,
    /// It cannot go on without a choice.
    Asking,
    /// Everything is there.
    Done,
    /// What could be carried is there; the rest failed.
    Failed,
    /// It was called off.
    Cancelled,
}

/// One job.
#[derive(Debug, Clone, PartialEq, Serialize, ts_rs::TS)]
#[ts(export)]
pub struct JobView {
    /// Which.
    pub id: JobId,
    /// Which way.
    pub way: Way,
    /// The first name of it. Hostile text.
    pub name: String,
    /// Where it stands.
    pub state: JobState,
    /// Files known so far.
    pub files: u32,
    /// Those that are done with.
    pub files_done: u32,
    /// Those that were left out.
    pub skipped: u32,
    /// Bytes known so far.
    #[ts(type = "number")]
    pub bytes: u64,
    /// Those that are there.
    #[ts(type = "number")]
    pub bytes_done: u64,
    /// Bytes per second, lately.
    pub speed: f64,
    /// Seconds it will take at this speed.
    pub seconds_left: Option<f64>,
    /// Names that are in use; the technician has to choose.
    pub asking: Vec<AskingView>,
    /// What did not work.
    pub failed: Vec<FailedView>,
}

/// A name that is in use.
#[derive(Debug, Clone, PartialEq, Serialize, ts_rs::TS)]
#[ts(export)]
pub struct AskingView {
    /// Which.
    pub item: ItemId,
    /// The name. Hostile text.
    pub name: String,
    /// Bytes of the new one.
    #[ts(type = "number")]
    pub size: u64,
    /// Bytes of the one that is there.
    #[ts(type = "number | null")]
    pub there_size: Option<u64>,
    /// Milliseconds since 1970.
    #[ts(type = "number")]
    pub modified_ms: i64,
    /// Of the one that is there.
    #[ts(type = "number | null")]
    pub there_modified_ms: Option<i64>,
}

/// Something that did not work.
#[derive(Debug, Clone, PartialEq, Serialize, ts_rs::TS)]
#[ts(export)]
pub struct FailedView {
    /// Which.
    pub item: ItemId,
    /// Its name. Hostile text.
    pub name: String,
    /// Why.
    pub error: FilesError,
}

impl Queue {
    /// An empty queue; nothing starts before there is a connection.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What to do next; to be emptied after every other call.
    pub fn poll(&mut self, now: Instant) -> Option<Order> {
        if self.orders.is_empty() {
            self.start(now);
        }
        self.orders.pop_front()
    }

    /// When something can start that cannot now.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        self.items.values().filter(|item| item.state == State::Waiting).filter_map(|item| item.not_before).min()
    }

    /// Takes in what was chosen with one gesture.
    pub fn add(&mut self, way: Way, loads: Vec<Load>) -> JobId {
        self.next_job += 1;
        let job = JobId(self.next_job);
        let name = loads.first().map(|load| load.name.as_str().to_owned()).unwrap_or_default();
        self.jobs.insert(
            job,
            Job {
                way,
                name,
                files: 0,
                files_done: 0,
                skipped: 0,
                bytes: 0,
                bytes_done: 0,
                paused: false,
                cancelled: false,
                choice: None,
                moved: VecDeque::new(),
            },
        );
        self.fill(job, loads);
        self.forget_old();
        job
    }

    fn fill(&mut self, id: JobId, loads: Vec<Load>) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        for load in loads {
            if let Some(known) = load.known {
                job.files += 1;
                job.bytes = job.bytes.saturating_add(known.size);
            }
            self.next_item += 1;
            let item = Item {
                job: id,
                load,
                done: 0,
                began: false,
                state: State::Waiting,
                replace: Replace::Never,
                there: None,
                number: 1,
                not_before: None,
            };
            self.items.insert(ItemId(self.next_item), item);
        }
    }

    /// A connection stands over which files may be carried, or none does.
    pub fn online(&mut self, online: bool) {
        self.online = online;
    }

    /// So many bytes of it are there now.
    pub fn progress(&mut self, id: ItemId, done: u64, now: Instant) {
        let Some(item) = self.items.get_mut(&id) else { return };
        let Some(job) = self.jobs.get_mut(&item.job) else { return };
        job.bytes_done = job.bytes_done.saturating_sub(item.done).saturating_add(done);
        // What was there already is no speed.
        if item.began && done > item.done {
            job.moved.push_back((now, done - item.done));
        }
        (item.began, item.done) = (true, done);
        while job.moved.front().is_some_and(|(at, _)| now.saturating_duration_since(*at) > SPEED) {
            job.moved.pop_front();
        }
    }

    /// Carrying it has ended.
    pub fn ended(&mut self, id: ItemId, how: Ended, now: Instant) {
        let Some(item) = self.items.get_mut(&id) else { return };
        let Some(job) = self.jobs.get_mut(&item.job) else { return };
        if job.cancelled {
            self.items.remove(&id);
            return;
        }
        match how {
            Ended::Done => self.done(id, now),
            Ended::Opened(loads) => {
                let job = item.job;
                self.items.remove(&id);
                self.fill(job, loads);
            }
            Ended::Stopped => item.state = State::Waiting,
            Ended::Exists(there) => {
                item.there = there;
                item.state = State::Asking;
                let renaming = item.number > 1;
                if let Some(choice) = job.choice.or_else(|| renaming.then_some(Choice::Rename)) {
                    self.decide(id, choice, now);
                }
            }
            // It goes on where it stopped, as soon as there is a connection.
            Ended::Failed(FilesError::Lost | FilesError::Busy) => {
                item.state = State::Waiting;
                item.not_before = Some(now + BACK_OFF);
            }
            Ended::Failed(error) => {
                job.bytes_done = job.bytes_done.saturating_sub(item.done);
                item.done = 0;
                item.state = State::Failed(error);
            }
        }
    }

    fn done(&mut self, id: ItemId, now: Instant) {
        let Some(size) = self.items.get(&id).and_then(|item| item.load.known).map(|known| known.size) else { return };
        self.progress(id, size, now);
        if let Some(item) = self.items.remove(&id)
            && let Some(job) = self.jobs.get_mut(&item.job)
        {
            job.files_done += 1;
        }
    }

    /// The technician has chosen what to do where a name is in use.
    pub fn choose(&mut self, id: ItemId, choice: Choice, scope: For, now: Instant) {
        let Some(job) = self.items.get(&id).map(|item| item.job) else { return };
        self.decide(id, choice, now);
        if scope == For::All {
            if let Some(job) = self.jobs.get_mut(&job) {
                job.choice = Some(choice);
            }
            let others = self.items.iter().filter(|(_, item)| item.job == job && item.state == State::Asking);
            for other in others.map(|(id, _)| *id).collect::<Vec<_>>() {
                self.decide(other, choice, now);
            }
        }
    }

    fn decide(&mut self, id: ItemId, choice: Choice, now: Instant) {
        let Some(item) = self.items.get_mut(&id).filter(|item| item.state == State::Asking) else { return };
        let same = item.there.is_some() && item.there == item.load.known;
        match choice {
            Choice::Overwrite => (item.replace, item.state) = (Replace::Always, State::Waiting),
            Choice::Resume if !same => (item.replace, item.state) = (Replace::Always, State::Waiting),
            Choice::Resume => self.done(id, now),
            Choice::Skip => {
                let Some(item) = self.items.remove(&id) else { return };
                let Some(job) = self.jobs.get_mut(&item.job) else { return };
                job.skipped += 1;
                job.files_done += 1;
                job.bytes = job.bytes.saturating_sub(item.load.known.map_or(0, |known| known.size));
            }
            Choice::Rename => {
                item.number += 1;
                if item.number > NUMBERS {
                    item.state = State::Failed(FilesError::Exists);
                    return;
                }
                let name = numbered(&item.load.name, item.number);
                let way = self.jobs.get(&item.job).map(|job| job.way);
                match way {
                    Some(Way::Send) => {
                        if let Some((above, _)) = item.load.remote.split() {
                            item.load.remote = above.join(name);
                        }
                    }
                    _ => item.load.local.set_file_name(name.as_str()),
                }
                item.state = State::Waiting;
            }
        }
    }

    /// Stops a job for now.
    pub fn pause(&mut self, job: JobId) {
        if let Some(job) = self.jobs.get_mut(&job) {
            job.paused = true;
        }
        self.stop(job, true);
    }

    /// Lets it go on.
    pub fn resume(&mut self, job: JobId) {
        if let Some(job) = self.jobs.get_mut(&job) {
            job.paused = false;
        }
    }

    /// Calls it off. What is there already stays there; half of a file goes.
    pub fn cancel(&mut self, id: JobId) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        job.cancelled = true;
        self.stop(id, false);
        self.items.retain(|_, item| item.job != id || item.state == State::Stopping);
    }

    fn stop(&mut self, job: JobId, keep: bool) {
        for (id, item) in &mut self.items {
            if item.job == job && item.state == State::Running {
                item.state = State::Stopping;
                self.orders.push_back(Order::Stop { item: *id, keep });
            }
        }
    }

    /// Tries again what did not work.
    pub fn retry(&mut self, job: JobId) {
        for item in self.items.values_mut() {
            if item.job == job && matches!(item.state, State::Failed(_)) {
                item.state = State::Waiting;
            }
        }
    }

    /// Takes a job that is over from the screen.
    pub fn clear(&mut self, id: JobId) {
        if matches!(self.state(id), Some(JobState::Done | JobState::Failed | JobState::Cancelled)) {
            self.jobs.remove(&id);
            self.items.retain(|_, item| item.job != id);
        }
    }

    /// Where a job stands; `None` when it is not known any more.
    #[must_use]
    pub fn state(&self, id: JobId) -> Option<JobState> {
        let job = self.jobs.get(&id)?;
        let has = |state: fn(State) -> bool| self.items.values().any(|item| item.job == id && state(item.state));
        Some(if job.cancelled {
            JobState::Cancelled
        } else if has(|state| state == State::Asking) {
            JobState::Asking
        } else if job.paused && has(|state| !matches!(state, State::Failed(_))) {
            JobState::Paused
        } else if has(|state| matches!(state, State::Running | State::Stopping)) {
            JobState::Running
        } else if has(|state| state == State::Waiting) {
            JobState::Waiting
        } else if has(|state| matches!(state, State::Failed(_))) {
            JobState::Failed
        } else {
            JobState::Done
        })
    }

    fn start(&mut self, now: Instant) {
        if !self.online {
            return;
        }
        let is_large = |item: &Item| item.load.known.is_some_and(|known| known.size >= LARGE);
        let running = self.items.values().filter(|item| matches!(item.state, State::Running | State::Stopping));
        let (mut count, mut large) = (0, 0);
        for item in running {
            count += 1;
            large += usize::from(is_large(item));
        }
        for (id, item) in &mut self.items {
            if count >= AT_ONCE {
                return;
            }
            let Some(job) = self.jobs.get(&item.job).filter(|job| !job.paused && !job.cancelled) else { continue };
            let waits = item.state == State::Waiting && item.not_before.is_none_or(|at| at <= now);
            let is_large = is_large(item);
            if !waits || (is_large && large >= LARGE_AT_ONCE) {
                continue;
            }
            item.state = State::Running;
            item.began = false;
            item.not_before = None;
            count += 1;
            large += usize::from(is_large);
            let order = Order::Start { item: *id, way: job.way, load: item.load.clone(), replace: item.replace };
            self.orders.push_back(order);
        }
    }

    fn forget_old(&mut self) {
        let over: Vec<JobId> = self.jobs.keys().copied().filter(|id| self.state(*id) == Some(JobState::Done)).collect();
        for id in over.iter().rev().skip(OLD_JOBS) {
            self.clear(*id);
        }
    }

    /// What a screen shows now.
    #[must_use]
    pub fn view(&self, now: Instant) -> QueueView {
        let jobs = self.jobs.iter().map(|(id, job)| self.job_view(*id, job, now)).collect();
        QueueView { jobs }
    }

    #[allow(clippy::cast_precision_loss, reason = "bytes for a screen")]
    fn job_view(&self, id: JobId, job: &Job, now: Instant) -> JobView {
        let state = self.state(id).unwrap_or(JobState::Done);
        let (mut asking, mut failed) = (Vec::new(), Vec::new());
        for (item_id, item) in self.items.iter().filter(|(_, item)| item.job == id) {
            let (item_id, name) = (*item_id, || item.load.name.as_str().to_owned());
            match item.state {
                State::Asking if asking.len() < SHOWN => asking.push(AskingView {
                    item: item_id,
                    name: name(),
                    size: item.load.known.map_or(0, |known| known.size),
                    there_size: item.there.map(|there| there.size),
                    modified_ms: item.load.known.map_or(0, |known| known.modified_ms),
                    there_modified_ms: item.there.map(|there| there.modified_ms),
                }),
                State::Failed(error) if failed.len() < SHOWN => {
                    failed.push(FailedView { item: item_id, name: name(), error });
                }
                _ => {}
            }
        }
        let recent = job.moved.iter().filter(|(at, _)| now.saturating_duration_since(*at) <= SPEED);
        let (mut first, mut bytes) = (None, 0);
        for (at, count) in recent {
            first.get_or_insert(*at);
            bytes += count;
        }
        let seconds = first.map_or(0.0, |first| now.saturating_duration_since(first).as_secs_f64());
        let running = state == JobState::Running;
        let speed = if running && seconds > 0.2 { bytes as f64 / seconds } else { 0.0 };
        let left = job.bytes.saturating_sub(job.bytes_done) as f64;
        JobView {
            id,
            way: job.way,
            name: job.name.clone(),
            state,
            files: job.files,
            files_done: job.files_done,
            skipped: job.skipped,
            bytes: job.bytes,
            bytes_done: job.bytes_done,
            speed,
            seconds_left: (speed > 0.0).then(|| left / speed),
            asking,
            failed,
        }
    }
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
