//! Copied files on their way between the technician's clipboard and a customer's. They move when the technician clicks
//! and at no other time, as jobs of the session's queue; when all of them are there, they are what is pasted.
//!
//! Each way needs two grants, the clipboard's and that of files. What came from a customer lies in a folder of this
//! process, which is never offered to anybody, and goes with his session.

use std::{
    collections::{HashMap, VecDeque},
    fs,
    path::PathBuf,
    time::{SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use deskhand_clipboard::{
    exchange::{Direction, Looked, Rules as _, Then},
    files::{self, Local, PrivateFolder, list_of, names_here, paths_of},
};
use deskhand_protocol::{
    call::{
        clipboard::{Copied, NotCarried, PLACE_COPIED, PLACE_PASTED},
        files::{FileName, FilePath, FilesError, Known},
    },
    capability::Capability,
    id::SessionId,
    limit::PASTED_SETS,
};
use deskhand_viewer::files::{
    Files,
    queue::{JobId, JobState},
};
use tokio::{
    sync::mpsc::{self, UnboundedReceiver, UnboundedSender},
    task::spawn_blocking,
};
use tokio_util::task::AbortOnDropHandle;

use super::Desk;
use crate::ipc::{ClipboardNotice, ClipboardWay, ConsoleEvent, FilesStep};

/// From here on the exchange counts what has arrived, and not offers.
const ARRIVED: u32 = u32::MAX / 2;

/// What happened beside the task.
pub(super) enum News {
    Looked { session: SessionId, read: u32, change: u32, found: Found },
    Began { trip: u32, job: JobId },
    Ended { trip: u32, how: Result<(), FilesError> },
}

/// What a program here has copied.
pub(super) enum Found {
    Files(Local),
    Not(Copied),
    Foreign,
    NoFiles,
}

/// Files on their way.
struct Trip {
    session: SessionId,
    way: ClipboardWay,
    goal: Goal,
    count: u32,
    files: Files,
    job: Option<JobId>,
    stopped: bool,
    _task: AbortOnDropHandle<()>,
}

enum Goal {
    /// The customer's folder for this set.
    There(u32),
    /// These, on this computer.
    Here(Vec<PathBuf>),
}

/// See the module.
pub(super) struct Parcels {
    above: PathBuf,
    folder: Option<PrivateFolder>,
    /// What a program here has copied, unless it is no files.
    copied: Option<Result<Local, Copied>>,
    /// How often the clipboard here has changed.
    change: u32,
    /// What customers have copied.
    offered: HashMap<SessionId, Copied>,
    trips: HashMap<u32, Trip>,
    /// Names trips and sets. Begins with the time, so that a console that was started again names none anew.
    number: u32,
    /// How many files are put into the clipboard here.
    arriving: HashMap<SessionId, u32>,
    /// The folders of each session, the newest last.
    folders: HashMap<SessionId, VecDeque<PathBuf>>,
    news: UnboundedSender<News>,
}

impl Parcels {
    pub(super) fn new(above: PathBuf) -> (Self, UnboundedReceiver<News>) {
        let old = above.clone();
        // What an earlier console could not remove because it was killed.
        spawn_blocking(move || files::clean(&old));
        let (news, heard) = mpsc::unbounded_channel();
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let parcels = Self {
            above,
            folder: None,
            copied: None,
            change: 0,
            offered: HashMap::new(),
            trips: HashMap::new(),
            number: u32::try_from(since & u64::from(u32::MAX)).unwrap_or(0),
            arriving: HashMap::new(),
            folders: HashMap::new(),
            news,
        };
        (parcels, heard)
    }

    /// Something else is in the clipboard here.
    pub(super) fn changed(&mut self) {
        self.change = self.change.wrapping_add(1);
        self.copied = None;
    }

    fn number(&mut self) -> u32 {
        self.number = self.number.wrapping_add(1);
        self.number
    }

    /// A new folder for what comes from a session. The oldest of it go: a program may still be pasting the newer ones.
    fn folder_for(&mut self, session: SessionId) -> Result<PathBuf, FilesError> {
        let told = |error: std::io::Error| {
            tracing::warn!(%error, "no folder for copied files");
            FilesError::Denied
        };
        if self.folder.is_none() {
            self.folder = Some(PrivateFolder::make(&self.above).map_err(told)?);
        }
        let name = self.number().to_string();
        let path = self.folder.as_ref().ok_or(FilesError::Failed)?.path().join(name);
        fs::create_dir(&path).map_err(told)?;
        let folders = self.folders.entry(session).or_default();
        folders.push_back(path.clone());
        while folders.len() > PASTED_SETS {
            if let Some(old) = folders.pop_front() {
                remove(old);
            }
        }
        Ok(path)
    }

    /// Everything goes.
    pub(super) fn close(&mut self) {
        self.trips.clear();
        self.folder = None;
    }
}

fn remove(path: PathBuf) {
    spawn_blocking(move || {
        if let Err(error) = fs::remove_dir_all(path) {
            tracing::warn!(%error, "copied files stay until the program ends");
        }
    });
}

fn name(number: u32) -> Option<FileName> {
    FileName::new(number.to_string()).ok()
}

impl Desk {
    fn say(&self, session: SessionId, way: ClipboardWay, files: FilesStep) {
        if let Some(shared) = self.shared.upgrade() {
            shared.tell(ConsoleEvent::Clipboard { session, notice: ClipboardNotice::Files { way, files } });
        }
    }

    /// Sees which files a program here has copied.
    pub(super) fn look(&self, session: SessionId, read: u32, list: Bytes) {
        let (news, change, above) = (self.parcels.news.clone(), self.parcels.change, self.parcels.above.clone());
        spawn_blocking(move || {
            let paths = paths_of(&list);
            let found = if paths.is_empty() {
                Found::NoFiles
            } else if files::any_in(&paths, &above) {
                Found::Foreign
            } else {
                files::look(paths).map_or_else(Found::Not, Found::Files)
            };
            let _ = news.send(News::Looked { session, read, change, found });
        });
    }

    pub(super) fn news(&mut self, news: News) {
        match news {
            News::Looked { session, read, change, found } => {
                if change == self.parcels.change {
                    self.looked(session, read, found);
                }
            }
            News::Began { trip, job } => {
                let Some(trip) = self.parcels.trips.get_mut(&trip) else { return };
                trip.job = Some(job);
                if trip.stopped {
                    return trip.files.cancel(job);
                }
                let (session, way, count) = (trip.session, trip.way, trip.count);
                self.say(session, way, FilesStep::Moving { job, count });
            }
            News::Ended { trip, how } => {
                if let Some(trip) = self.parcels.trips.remove(&trip) {
                    self.arrived(trip, how);
                }
            }
        }
    }

    fn looked(&mut self, session: SessionId, read: u32, found: Found) {
        let looked = match found {
            Found::Files(local) => {
                // What the other end would call it is of no matter: it is not offered.
                let copied = Copied::Files { set: 0, files: local.files.clone() };
                self.parcels.copied = Some(Ok(local));
                Looked::Copied(copied)
            }
            Found::Not(not) => {
                self.parcels.copied = Some(Err(not.clone()));
                Looked::Copied(not)
            }
            Found::Foreign => Looked::Foreign,
            Found::NoFiles => Looked::None,
        };
        if let Some(joined) = self.seats.get_mut(&session) {
            joined.exchange.looked(read, looked);
        }
    }

    /// The customer has copied files, or something else instead.
    pub(super) fn offered(&mut self, session: SessionId, copied: Option<Copied>) {
        let way = ClipboardWay::FromCustomer;
        match copied {
            Some(copied) => {
                // Whether they can be fetched at all is said when he wants them.
                self.say(session, way, FilesStep::Copied { count: copied.count(), size: copied.size() });
                self.parcels.offered.insert(session, copied);
            }
            None => {
                if self.parcels.offered.remove(&session).is_some() {
                    self.say(session, way, FilesStep::Gone);
                }
            }
        }
    }

    /// *Paste*, and what is in the clipboard are files.
    pub(super) fn send_files(&mut self, session: SessionId) {
        let way = ClipboardWay::ToCustomer;
        if !self.allows(session, Direction::Out, Capability::FilesIn) {
            return self.say(session, way, FilesStep::NotAllowed);
        }
        let local = match &self.parcels.copied {
            Some(Ok(local)) => local.clone(),
            Some(Err(not)) => return self.say(session, way, why_not(not)),
            // It was more than is looked at.
            None => return self.say(session, way, why_not(&TOO_MANY)),
        };
        let set = self.parcels.number();
        let Some(folder) = name(set) else { return };
        let into = FilePath { place: PLACE_PASTED, names: vec![folder] };
        let what: Vec<(PathBuf, FileName)> =
            local.paths.into_iter().zip(local.files.into_iter().map(|file| file.name)).collect();
        let count = u32::try_from(what.len()).unwrap_or(u32::MAX);
        self.begin_trip(session, way, Goal::There(set), count, |files| async move {
            files.client().make_folder(&into).await?;
            files.send_as(what, into).await
        });
    }

    /// *Get the copied files*.
    pub(super) fn fetch_copied(&mut self, session: SessionId) {
        let way = ClipboardWay::FromCustomer;
        if !self.allows(session, Direction::In, Capability::FilesOut) {
            return self.say(session, way, FilesStep::NotAllowed);
        }
        let (set, theirs) = match self.parcels.offered.get(&session) {
            Some(Copied::Files { set, files }) => (*set, files.clone()),
            Some(not) => return self.say(session, way, why_not(not)),
            None => return self.say(session, way, FilesStep::Gone),
        };
        let (Ok(into), Some(set)) = (self.parcels.folder_for(session), name(set)) else {
            return self.say(session, way, FilesStep::Failed { error: FilesError::Denied });
        };
        let names = names_here(&theirs);
        let paths: Vec<PathBuf> = names.iter().map(|name| into.join(name.as_str())).collect();
        let there = |name| FilePath { place: PLACE_COPIED, names: vec![set.clone(), name] };
        let what: Vec<(FilePath, FileName, Known)> =
            theirs.into_iter().zip(names).map(|(file, here)| (there(file.name), here, file.known)).collect();
        let count = u32::try_from(what.len()).unwrap_or(u32::MAX);
        self.begin_trip(
            session,
            way,
            Goal::Here(paths),
            count,
            |files| async move { files.fetch_as(what, &into).await },
        );
    }

    /// Whether both grants are given and the way is open.
    fn allows(&self, session: SessionId, direction: Direction, files: Capability) -> bool {
        self.seats.get(&session).is_some_and(|joined| {
            let gate = joined.exchange.rules();
            gate.may(direction) && gate.granted.contains(&files)
        })
    }

    fn begin_trip<F>(
        &mut self,
        session: SessionId,
        way: ClipboardWay,
        goal: Goal,
        count: u32,
        add: impl FnOnce(Files) -> F,
    ) where
        F: Future<Output = Result<JobId, FilesError>> + Send + 'static,
    {
        self.stop_trips(session, way);
        let Some(seat) = self.shared.upgrade().and_then(|shared| shared.seat(session)) else { return };
        let (files, news, trip) = (seat.call().files().clone(), self.parcels.news.clone(), self.parcels.number());
        let adding = add(files.clone());
        let queue = files.clone();
        let task = tokio::spawn(async move {
            let how = match adding.await {
                Ok(job) => {
                    let _ = news.send(News::Began { trip, job });
                    outcome(&queue, job).await
                }
                Err(error) => Err(error),
            };
            let _ = news.send(News::Ended { trip, how });
        });
        let task = AbortOnDropHandle::new(task);
        let on_its_way = Trip { session, way, goal, count, files, job: None, stopped: false, _task: task };
        self.parcels.trips.insert(trip, on_its_way);
    }

    /// What is on its way is called off: the way is paused, or something else is to go it.
    pub(super) fn stop_trips(&mut self, session: SessionId, way: ClipboardWay) {
        for trip in self.parcels.trips.values_mut().filter(|trip| (trip.session, trip.way) == (session, way)) {
            trip.stopped = true;
            if let Some(job) = trip.job {
                trip.files.cancel(job);
            }
        }
    }

    fn arrived(&mut self, trip: Trip, how: Result<(), FilesError>) {
        let Trip { session, way, goal, count, stopped, .. } = trip;
        let how = if stopped { Err(FilesError::Cancelled) } else { how };
        let step = match (how, goal) {
            (Ok(()), Goal::There(set)) => {
                let Some(joined) = self.seats.get_mut(&session) else { return };
                joined.exchange.sent_files(set);
                FilesStep::Ready { count }
            }
            (Ok(()), Goal::Here(paths)) => {
                let Some(joined) = self.seats.get_mut(&session) else { return };
                self.parcels.arriving.insert(session, count);
                return joined.exchange.arrived(list_of(paths.iter().map(PathBuf::as_path)), Then::Rest);
            }
            (Err(FilesError::Cancelled), _) => FilesStep::Cancelled,
            (Err(FilesError::NotGranted), _) => FilesStep::NotAllowed,
            (Err(error), _) => FilesStep::Failed { error },
        };
        self.say(session, way, step);
    }

    /// What a session has put into the clipboard is there.
    pub(super) fn owned(&mut self, session: SessionId, serial: u32) {
        if serial > ARRIVED
            && let Some(count) = self.parcels.arriving.remove(&session)
        {
            self.say(session, ClipboardWay::FromCustomer, FilesStep::Ready { count });
        }
    }

    /// The session is over: nothing of it stays.
    pub(super) fn forget_files(&mut self, session: SessionId) {
        self.parcels.trips.retain(|_, trip| trip.session != session);
        self.parcels.offered.remove(&session);
        self.parcels.arriving.remove(&session);
        self.parcels.folders.remove(&session).into_iter().flatten().for_each(remove);
    }
}

/// Of a list that was too long to be read.
const TOO_MANY: Copied = Copied::Not { why: NotCarried::TooMany, count: 0, size: 0 };

fn why_not(copied: &Copied) -> FilesStep {
    match copied {
        Copied::Files { .. } => FilesStep::Gone,
        Copied::Not { why: NotCarried::NotGranted, .. } => FilesStep::NotAllowed,
        Copied::Not { why, count, size } => FilesStep::NotCarried { why: *why, count: *count, size: *size },
    }
}

/// Waits until a job has ended.
pub(crate) async fn outcome(files: &Files, job: JobId) -> Result<(), FilesError> {
    match files.over(job).await {
        JobState::Done => Ok(()),
        JobState::Cancelled => Err(FilesError::Cancelled),
        _ => {
            let view = files.view();
            let view = view.borrow();
            let failed = view.jobs.iter().find(|known| known.id == job).and_then(|job| job.failed.first());
            Err(failed.map_or(FilesError::Failed, |failed| failed.error))
        }
    }
}
