//! Carries out what the queue decides: starts transfers, looks into folders, tells what changed.

use std::{
    collections::HashMap,
    fmt, fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use deskhand_protocol::call::files::{EntryKind, FileName, FilePath, FilesError, Known, Replace, System, safe_name};
use tokio::{
    sync::{mpsc, oneshot, watch},
    task::spawn_blocking,
    time::{MissedTickBehavior, interval},
};
use tokio_util::task::AbortOnDropHandle;

use super::{
    carry::{self, Stop},
    client::Client,
    part::told,
    queue::{Choice, Ended, For, ItemId, JobId, JobState, Load, Order, Queue, QueueView, Way},
};

/// How often a screen hears of progress.
const SHOW: Duration = Duration::from_millis(200);

enum Ask {
    Add(Way, Vec<Load>, oneshot::Sender<JobId>),
    Pause(JobId),
    Resume(JobId),
    Cancel(JobId),
    Retry(JobId),
    Clear(JobId),
    Choose(ItemId, Choice, For),
    Progress(ItemId, u64),
    Ended(ItemId, Ended),
}

/// The files of one session: requests, and the queue of transfers. Dropping the last handle stops every transfer.
#[derive(Clone)]
pub struct Files {
    client: Client,
    asks: mpsc::UnboundedSender<Ask>,
    view: watch::Receiver<QueueView>,
    _task: Arc<AbortOnDropHandle<()>>,
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Files").finish_non_exhaustive()
    }
}

impl Files {
    /// Starts the task; must be called within a tokio runtime.
    #[must_use]
    pub fn start(client: Client) -> Self {
        let (asks, inbox) = mpsc::unbounded_channel();
        let (shown, view) = watch::channel(QueueView::default());
        let work = Work {
            client: client.clone(),
            queue: Queue::new(),
            asks: asks.downgrade(),
            running: HashMap::new(),
            shown,
        };
        let task = tokio::spawn(work.run(inbox));
        Self { client, asks, view, _task: Arc::new(AbortOnDropHandle::new(task)) }
    }

    /// Requests to the helper.
    #[must_use]
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// The queue as a screen shows it, from now on.
    #[must_use]
    pub fn view(&self) -> watch::Receiver<QueueView> {
        self.view.clone()
    }

    /// Sends these files and folders of this machine into a folder of the other one.
    ///
    /// # Errors
    ///
    /// [`FilesError`] when one of them cannot be looked at; nothing is sent then.
    pub async fn send(&self, local: Vec<PathBuf>, into: FilePath) -> Result<JobId, FilesError> {
        let look = move || local.iter().map(|path| to_send(path, &into)).collect::<Result<Vec<_>, _>>();
        let loads = spawn_blocking(look).await.map_err(|_| FilesError::Failed)??;
        self.add(Way::Send, loads).await
    }

    /// Fetches these files and folders of the other machine into a folder of this one.
    ///
    /// # Errors
    ///
    /// [`FilesError`] when one of them cannot be looked at; nothing is fetched then.
    pub async fn fetch(&self, remote: Vec<FilePath>, into: PathBuf) -> Result<JobId, FilesError> {
        let mut loads = Vec::new();
        for path in remote {
            let entry = self.client.stat(&path).await?;
            loads.extend(to_fetch(&entry, path, &into)?);
        }
        self.add(Way::Fetch, loads).await
    }

    /// Sends files of this machine under these names into a folder of the other one.
    ///
    /// # Errors
    ///
    /// [`FilesError`] when one of them is no plain file; nothing is sent then.
    pub async fn send_as(&self, local: Vec<(PathBuf, FileName)>, into: FilePath) -> Result<JobId, FilesError> {
        let look = move || {
            let load = |(local, name): (PathBuf, FileName)| {
                let known = Some(carry::known_of(&local)?);
                Ok(Load { remote: into.join(name.clone()), local, name, known })
            };
            local.into_iter().map(load).collect::<Result<Vec<_>, _>>()
        };
        let loads = spawn_blocking(look).await.map_err(|_| FilesError::Failed)??;
        self.add(Way::Send, loads).await
    }

    /// Fetches files of the other machine that are known already into a folder of this one, under these names.
    ///
    /// # Errors
    ///
    /// [`FilesError::Cancelled`] when the session is over.
    pub async fn fetch_as(&self, remote: Vec<(FilePath, FileName, Known)>, into: &Path) -> Result<JobId, FilesError> {
        let load = |(remote, name, known): (FilePath, FileName, Known)| Load {
            local: into.join(name.as_str()),
            remote,
            name,
            known: Some(known),
        };
        self.add(Way::Fetch, remote.into_iter().map(load).collect()).await
    }

    async fn add(&self, way: Way, loads: Vec<Load>) -> Result<JobId, FilesError> {
        let (answer, id) = oneshot::channel();
        self.ask(Ask::Add(way, loads, answer));
        id.await.map_err(|_| FilesError::Cancelled)
    }

    /// Waits until a job is over, and says how: done, failed or called off.
    pub async fn over(&self, job: JobId) -> JobState {
        let mut view = self.view.clone();
        let state = |view: &QueueView| view.jobs.iter().find(|known| known.id == job).map(|job| job.state);
        let ended = |view: &QueueView| {
            matches!(state(view), None | Some(JobState::Done | JobState::Failed | JobState::Cancelled))
        };
        let last = view.wait_for(ended).await.ok().and_then(|view| state(&view));
        last.unwrap_or(JobState::Cancelled)
    }

    /// Stops a job for now.
    pub fn pause(&self, job: JobId) {
        self.ask(Ask::Pause(job));
    }

    /// Lets it go on.
    pub fn resume(&self, job: JobId) {
        self.ask(Ask::Resume(job));
    }

    /// Calls it off.
    pub fn cancel(&self, job: JobId) {
        self.ask(Ask::Cancel(job));
    }

    /// Tries again what did not work.
    pub fn retry(&self, job: JobId) {
        self.ask(Ask::Retry(job));
    }

    /// Takes a job that is over from the screen.
    pub fn clear(&self, job: JobId) {
        self.ask(Ask::Clear(job));
    }

    /// What to do where a name is in use.
    pub fn choose(&self, item: ItemId, choice: Choice, scope: For) {
        self.ask(Ask::Choose(item, choice, scope));
    }

    fn ask(&self, ask: Ask) {
        // The task ends only with the last handle.
        let _ = self.asks.send(ask);
    }
}

struct Work {
    client: Client,
    queue: Queue,
    asks: mpsc::WeakUnboundedSender<Ask>,
    running: HashMap<ItemId, (Stop, AbortOnDropHandle<()>)>,
    shown: watch::Sender<QueueView>,
}

impl Work {
    async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Ask>) {
        let mut online = self.client.online();
        let mut clock = interval(SHOW);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut changed = false;
        self.queue.online(online.now());
        loop {
            tokio::select! {
                ask = inbox.recv() => {
                    let Some(ask) = ask else { return };
                    let told = !matches!(ask, Ask::Progress(..));
                    self.take(ask);
                    changed = true;
                    // Small files end by the hundred: a screen need not hear of each.
                    if told && self.running.len() <= 1 {
                        self.show();
                        changed = false;
                    }
                }
                () = online.changed() => {
                    self.queue.online(online.now());
                    changed = true;
                }
                _ = clock.tick() => {
                    if changed || !self.running.is_empty() {
                        self.show();
                    }
                    changed = false;
                }
            }
            self.carry_out();
        }
    }

    fn take(&mut self, ask: Ask) {
        let now = Instant::now();
        match ask {
            Ask::Add(way, loads, answer) => {
                let id = self.queue.add(way, loads);
                // Shown before it is named, so that whoever waits for its end finds it.
                self.show();
                let _ = answer.send(id);
            }
            Ask::Pause(job) => self.queue.pause(job),
            Ask::Resume(job) => self.queue.resume(job),
            Ask::Cancel(job) => self.queue.cancel(job),
            Ask::Retry(job) => self.queue.retry(job),
            Ask::Clear(job) => self.queue.clear(job),
            Ask::Choose(item, choice, scope) => self.queue.choose(item, choice, scope, now),
            Ask::Progress(item, done) => self.queue.progress(item, done, now),
            Ask::Ended(item, how) => {
                self.running.remove(&item);
                self.queue.ended(item, how, now);
            }
        }
    }

    fn show(&self) {
        let view = self.queue.view(Instant::now());
        self.shown.send_if_modified(|shown| {
            let new = *shown != view;
            *shown = view;
            new
        });
    }

    fn carry_out(&mut self) {
        while let Some(order) = self.queue.poll(Instant::now()) {
            match order {
                Order::Start { item, way, load, replace } => self.start(item, way, load, replace),
                Order::Stop { item, keep } => {
                    if let Some((stop, _)) = self.running.get(&item) {
                        if !keep {
                            stop.forget.cancel();
                        }
                        stop.now.cancel();
                    }
                }
            }
        }
    }

    fn start(&mut self, item: ItemId, way: Way, load: Load, replace: Replace) {
        let Some(asks) = self.asks.upgrade() else { return };
        let (client, stop) = (self.client.clone(), Stop::default());
        let stopping = stop.clone();
        let task = tokio::spawn(async move {
            let progress = |done| drop(asks.send(Ask::Progress(item, done)));
            let how = carry_one(&client, way, &load, replace, &stopping, &progress).await;
            let _ = asks.send(Ask::Ended(item, how));
        });
        self.running.insert(item, (stop, AbortOnDropHandle::new(task)));
    }
}

async fn carry_one(
    client: &Client,
    way: Way,
    load: &Load,
    replace: Replace,
    stop: &Stop,
    progress: &(dyn Fn(u64) + Sync),
) -> Ended {
    let carried = match (way, load.known) {
        (Way::Send, Some(_)) => carry::send(client, &load.local, &load.remote, replace, stop, progress).await,
        (Way::Fetch, Some(known)) => {
            carry::fetch(client, &load.remote, &load.local, known, replace, stop, progress).await
        }
        (Way::Send, None) => return ended(send_folder(client, load).await),
        (Way::Fetch, None) => return ended(fetch_folder(client, load).await),
    };
    match carried {
        Ok(()) => Ended::Done,
        Err(FilesError::Exists) => Ended::Exists(match way {
            Way::Send => client.stat(&load.remote).await.ok().map(|entry| known(entry.size, entry.modified_ms)),
            Way::Fetch => carry::known_of(&load.local).ok(),
        }),
        Err(FilesError::Cancelled) if stop.now.is_cancelled() => Ended::Stopped,
        Err(error) => Ended::Failed(error),
    }
}

const fn known(size: u64, modified_ms: i64) -> Known {
    Known { size, modified_ms }
}

fn ended(opened: Result<Vec<Load>, FilesError>) -> Ended {
    opened.map_or_else(Ended::Failed, Ended::Opened)
}

/// Makes the folder there and looks into it here.
async fn send_folder(client: &Client, load: &Load) -> Result<Vec<Load>, FilesError> {
    match client.make_folder(&load.remote).await {
        Ok(()) | Err(FilesError::Exists) => {}
        Err(error) => return Err(error),
    }
    let (local, remote) = (load.local.clone(), load.remote.clone());
    let look = move || -> Result<Vec<Load>, FilesError> {
        let mut loads = Vec::new();
        for entry in fs::read_dir(&local).map_err(|error| told(&error))? {
            let path = entry.map_err(|error| told(&error))?.path();
            // Links, devices and half-written files of ours stay where they are.
            match to_send(&path, &remote) {
                Ok(load) => loads.push(load),
                Err(FilesError::NotAFile) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(loads)
    };
    spawn_blocking(look).await.map_err(|_| FilesError::Failed)?
}

/// Makes the folder here and looks into it there.
async fn fetch_folder(client: &Client, load: &Load) -> Result<Vec<Load>, FilesError> {
    let local = load.local.clone();
    let make = move || match fs::create_dir(&local) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && is_plain_folder(&local) => Ok(()),
        made => made.map_err(|error| told(&error)),
    };
    spawn_blocking(make).await.map_err(|_| FilesError::Failed)??;
    let mut loads = Vec::new();
    for entry in client.list(&load.remote).await? {
        let path = load.remote.join(entry.name.clone());
        loads.extend(to_fetch(&entry, path, &load.local)?);
    }
    Ok(loads)
}

fn is_plain_folder(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir())
}

fn to_send(path: &Path, into: &FilePath) -> Result<Load, FilesError> {
    let metadata = fs::symlink_metadata(path).map_err(|error| told(&error))?;
    let name = path.file_name().and_then(|name| name.to_str()).ok_or(FilesError::BadName)?;
    let name = FileName::new(name).map_err(|_| FilesError::BadName)?;
    let known = if metadata.is_dir() { None } else { Some(carry::known_of(path)?) };
    Ok(Load { remote: into.join(name.clone()), local: path.to_path_buf(), name, known })
}

/// `None` for what is not carried: links, devices.
fn to_fetch(
    entry: &deskhand_protocol::call::files::Entry,
    remote: FilePath,
    into: &Path,
) -> Result<Option<Load>, FilesError> {
    let known = match entry.kind {
        EntryKind::File => Some(known(entry.size, entry.modified_ms)),
        EntryKind::Folder => None,
        EntryKind::Link | EntryKind::Other => return Ok(None),
    };
    // The name is the other machine's; what is written here is a safe one.
    let name = safe_name(&entry.name, System::here());
    Ok(Some(Load { local: into.join(name.as_str()), remote, name, known }))
}
