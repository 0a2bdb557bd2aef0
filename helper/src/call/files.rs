//! The `files` channel of one connection: each request is carried out beside the call, if the session permits it then,
//! and so is each part of a file.
//!
//! Reading and writing block, so they have threads of their own. A file's bytes flow against credit: what the technician
//! sends ahead of it is a breach, what he has not given credit for is not read.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
        mpsc as threads,
    },
    time::Instant,
};

use bytes::Bytes;
use deskhand_desk::files::{Disk, Reading, Scope, Writing, scope::usual_folder};
use deskhand_link::peer::{Courtesy, Peer};
use deskhand_protocol::{
    call::{
        channel::Channel,
        clipboard::{PLACE_COPIED, PLACE_PASTED},
        files::{FileHash, FileName, FilePath, FilesAnswer, FilesError, FilesRequest, Part, RequestId, SearchEnd},
    },
    capability::Capability,
    error::ErrorCode,
    limit::{FILE_CHUNK, FILE_REQUESTS, FILE_STREAMS, FILE_WINDOW},
};
use deskhand_session::{NotGranted, Permit};
use tokio::{
    runtime::Handle,
    sync::{Semaphore, mpsc, watch},
};
use tokio_util::sync::CancellationToken;

use super::{
    clip_files::ClipFiles,
    hearing::Breach,
    is_attempt,
    ours::{Asked, Ours, Teller},
};
use crate::view::FilesView;

/// Bytes taken in before the technician is given credit for as many.
const CREDIT: u32 = FILE_WINDOW / 8;

/// What the customer opened of his disk. It is opened with the first request, and anew when he chooses otherwise.
#[derive(Debug, Default)]
pub(super) struct Opened {
    chosen: Mutex<Chosen>,
    disk: Mutex<Option<(Scope, Arc<Disk>)>>,
    /// What copied files open beside it.
    clip: ClipFiles,
}

#[derive(Debug, Default, Clone)]
struct Chosen {
    folder: Option<PathBuf>,
    whole: bool,
}

impl Opened {
    /// Nothing yet; the technician's copied files go into a folder below this one.
    pub(super) fn with_copied(above: PathBuf) -> Self {
        Self { clip: ClipFiles::below(above), ..Self::default() }
    }

    /// What copied files open.
    pub(super) const fn clip(&self) -> &ClipFiles {
        &self.clip
    }

    /// The customer picked this folder.
    pub(super) fn choose_folder(&self, folder: PathBuf) {
        *self.chosen() = Chosen { folder: Some(folder), whole: false };
    }

    /// The customer opened the whole disk, or closed it to his folder again.
    pub(super) fn choose_whole(&self, whole: bool) {
        self.chosen().whole = whole;
    }

    /// What is open, or will be, for the customer's eyes.
    pub(super) fn view(&self) -> FilesView {
        let mut chosen = self.chosen();
        let whole = chosen.whole;
        let folder = chosen.folder.get_or_insert_with(usual_folder).to_string_lossy().into_owned();
        FilesView { folder, whole }
    }

    fn scope(&self) -> Scope {
        let mut chosen = self.chosen();
        if chosen.whole {
            return Scope::WholeDisk;
        }
        Scope::Folder(chosen.folder.get_or_insert_with(usual_folder).clone())
    }

    fn chosen(&self) -> MutexGuard<'_, Chosen> {
        self.chosen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn disk(&self) -> Result<Arc<Disk>, FilesError> {
        let scope = self.scope();
        let mut disk = self.disk.lock().unwrap_or_else(PoisonError::into_inner);
        match &*disk {
            Some((of, disk)) if *of == scope => Ok(Arc::clone(disk)),
            _ => {
                let fresh = Arc::new(Disk::open(scope.clone())?);
                *disk = Some((scope, Arc::clone(&fresh)));
                Ok(fresh)
            }
        }
    }
}

/// What all requests of one connection share.
struct Shared {
    peer: Arc<Peer>,
    session: Ours,
    opened: Arc<Opened>,
    courtesy: Arc<Courtesy>,
    attempts: Teller<Capability>,
    stop: CancellationToken,
    runtime: Handle,
}

/// What is under way, as the router sees it.
enum Open {
    /// A single answer, or a listing or search that can be called off.
    Asking(Arc<AtomicBool>),
    /// A file that is sent.
    Reading(Arc<Semaphore>, Arc<AtomicBool>),
    /// A file that is taken in, and how many of its bytes may still come.
    Writing(threads::Sender<Step>, Arc<AtomicU32>),
}

enum Step {
    Data(u64, Vec<u8>),
    Finish(FileHash),
    Cancel(Part),
}

/// Serves one connection until it ends or the technician breaks a rule.
pub(super) async fn serve(
    peer: Arc<Peer>,
    mut messages: mpsc::Receiver<Bytes>,
    session: Ours,
    opened: Arc<Opened>,
    courtesy: Arc<Courtesy>,
    broken: watch::Sender<Option<Breach>>,
    attempts: Teller<Capability>,
) {
    let stop = CancellationToken::new();
    // Ends everything that is under way when this future is dropped.
    let _guard = stop.clone().drop_guard();
    let runtime = Handle::current();
    let shared = Arc::new(Shared { peer, session, opened, courtesy, attempts, stop, runtime });
    let mut open: HashMap<RequestId, Open> = HashMap::new();
    let (over, mut ended) = mpsc::unbounded_channel();
    loop {
        let message = tokio::select! {
            biased;
            Some(id) = ended.recv() => {
                open.remove(&id);
                continue;
            }
            message = messages.recv() => match message {
                Some(message) => message,
                None => return,
            },
        };
        let taken = FilesRequest::decode(&message)
            .map_err(|_| breach(ErrorCode::Malformed, "not a request of the files channel"))
            .and_then(|(id, request)| route(&shared, &mut open, &over, id, request));
        if let Err(breach) = taken {
            broken.send_replace(Some(breach));
            return;
        }
    }
}

fn route(
    shared: &Arc<Shared>,
    open: &mut HashMap<RequestId, Open>,
    over: &mpsc::UnboundedSender<RequestId>,
    id: RequestId,
    request: FilesRequest,
) -> Result<(), Breach> {
    match request {
        FilesRequest::Data { offset, bytes } => {
            // Of a file that is over already: its last bytes may have crossed the answer.
            let Some(Open::Writing(steps, window)) = open.get(&id) else { return Ok(()) };
            let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
            let fits = window.fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| left.checked_sub(len));
            fits.map_err(|_| breach(ErrorCode::TooMany, "more of a file than there was credit for"))?;
            let _ = steps.send(Step::Data(offset, bytes));
        }
        FilesRequest::Finish(hash) => {
            if let Some(Open::Writing(steps, _)) = open.get(&id) {
                let _ = steps.send(Step::Finish(hash));
            }
        }
        FilesRequest::Credit(bytes) => {
            if let Some(Open::Reading(credit, _)) = open.get(&id) {
                let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
                if credit.available_permits().saturating_add(bytes) > FILE_WINDOW as usize {
                    return Err(breach(ErrorCode::TooMany, "more credit than a file's window"));
                }
                credit.add_permits(bytes);
            }
        }
        FilesRequest::Cancel(part) => match open.get(&id) {
            Some(Open::Asking(cancelled)) => cancelled.store(true, Ordering::Relaxed),
            Some(Open::Reading(credit, cancelled)) => {
                cancelled.store(true, Ordering::Relaxed);
                credit.close();
            }
            Some(Open::Writing(steps, _)) => drop(steps.send(Step::Cancel(part))),
            None => {}
        },
        _ if open.contains_key(&id) => {
            return Err(breach(ErrorCode::OutOfOrder, "two requests for files have the same number"));
        }
        request => begin(shared, open, over, id, request),
    }
    Ok(())
}

/// Starts a request, unless there are too many.
fn begin(
    shared: &Arc<Shared>,
    open: &mut HashMap<RequestId, Open>,
    over: &mpsc::UnboundedSender<RequestId>,
    id: RequestId,
    request: FilesRequest,
) {
    let streams = open.values().filter(|open| !matches!(open, Open::Asking(_))).count();
    let is_stream = matches!(request, FilesRequest::Read { .. } | FilesRequest::Write { .. });
    let answer = Answer { shared: Arc::clone(shared), id };
    if open.len() >= FILE_REQUESTS || (is_stream && streams >= FILE_STREAMS) {
        tokio::spawn(async move { answer.send(&FilesAnswer::Error(FilesError::Busy)).await });
        return;
    }
    let cancelled = Arc::new(AtomicBool::new(false));
    let over = over.clone();
    let run: Box<dyn FnOnce() -> Result<(), FilesError> + Send> = match request {
        FilesRequest::Read { path, offset, known } => {
            let credit = Arc::new(Semaphore::new(FILE_WINDOW as usize));
            open.insert(id, Open::Reading(Arc::clone(&credit), Arc::clone(&cancelled)));
            let answer = answer.clone();
            Box::new(move || {
                let grants = Grants { files: Capability::FilesOut, clipboard: of_clipboard(path.place) };
                let reading =
                    answer.with_at(grants, &path, None, |disk, path, permit| disk.read(path, offset, known, permit))?;
                send_file(&answer, reading, &credit, &cancelled, grants)
            })
        }
        FilesRequest::Write { path, known, replace } => {
            let (steps, inbox) = threads::channel();
            let window = Arc::new(AtomicU32::new(FILE_WINDOW));
            open.insert(id, Open::Writing(steps, Arc::clone(&window)));
            let answer = answer.clone();
            Box::new(move || {
                let grants = Grants { files: Capability::FilesIn, clipboard: of_clipboard(path.place) };
                let writing = answer.with_at(grants, &path, Some(known.size), |disk, path, permit| {
                    disk.write(path, known, replace, permit)
                })?;
                take_file(&answer, writing, &inbox, &window, grants)
            })
        }
        request => {
            open.insert(id, Open::Asking(Arc::clone(&cancelled)));
            let answer = answer.clone();
            Box::new(move || ask(&answer, request, &cancelled))
        }
    };
    shared.runtime.spawn_blocking(move || {
        if let Err(error) = run() {
            tracing::debug!(id = id.0, ?error, "a request for files was not carried out");
            answer.say(&FilesAnswer::Error(error));
        }
        let _ = over.send(id);
    });
}

/// Carries out what has one answer, or a few.
fn ask(answer: &Answer, request: FilesRequest, cancelled: &AtomicBool) -> Result<(), FilesError> {
    let (looks, changes) = (Capability::FilesOut, Capability::FilesIn);
    let goes_on = |part: FilesAnswer| {
        let wanted = !cancelled.load(Ordering::Relaxed) && answer.say(&part);
        if wanted { Ok(()) } else { Err(FilesError::Cancelled) }
    };
    match request {
        FilesRequest::Places => {
            let places = answer.with(looks, |disk, permit| disk.places(permit))?;
            answer.say(&FilesAnswer::Places(places));
        }
        // In both, what was granted when it began may not be any more: each part asks anew.
        FilesRequest::List(path) => {
            let mut listing = answer.with(looks, |disk, permit| disk.list(&path, permit))?;
            loop {
                let entries = answer.with(looks, |_, permit| listing.part(permit))?;
                let last = entries.is_empty();
                goes_on(FilesAnswer::Entries { entries, last })?;
                if last {
                    return Ok(());
                }
            }
        }
        FilesRequest::Search(path, text) => {
            let mut search = answer.with(looks, |disk, permit| disk.search(&path, &text, permit))?;
            loop {
                let (hits, end) = answer.with(looks, |disk, permit| search.part(disk, permit))?;
                if !hits.is_empty() || end != SearchEnd::NotYet {
                    goes_on(FilesAnswer::Found { hits, end })?;
                }
                if end != SearchEnd::NotYet {
                    return Ok(());
                }
                if cancelled.load(Ordering::Relaxed) {
                    return Err(FilesError::Cancelled);
                }
            }
        }
        FilesRequest::Stat(path) => {
            let entry = answer.with(looks, |disk, permit| disk.stat(&path, permit))?;
            answer.say(&FilesAnswer::Entry(entry));
        }
        FilesRequest::MakeFolder(path) => {
            let grants = Grants { files: changes, clipboard: of_clipboard(path.place) };
            answer.with_at(grants, &path, None, |disk, path, permit| disk.make_folder(path, permit))?;
            answer.say(&FilesAnswer::Ok);
        }
        FilesRequest::Rename(path, name) => {
            answer.with(changes, |disk, permit| disk.rename(&path, &name, permit))?;
            answer.say(&FilesAnswer::Ok);
        }
        FilesRequest::Trash(path) => {
            answer.with(changes, |disk, permit| disk.trash(&path, permit))?;
            answer.say(&FilesAnswer::Ok);
        }
        // Routed before.
        _ => return Err(FilesError::Failed),
    }
    Ok(())
}

/// Sends a file as far as there is credit.
fn send_file(
    answer: &Answer,
    mut reading: Reading,
    credit: &Semaphore,
    cancelled: &AtomicBool,
    grants: Grants,
) -> Result<(), FilesError> {
    answer.say(&FilesAnswer::Opened(reading.known()));
    while !reading.is_over() {
        let chunk = u32::try_from(FILE_CHUNK).unwrap_or(u32::MAX);
        let granted = answer.wait(credit.acquire_many(chunk)).ok_or(FilesError::Lost)?;
        granted.map_err(|_| FilesError::Cancelled)?.forget();
        let (offset, bytes) = {
            let session = answer.shared.session.read();
            let permit = grants.permit(&session)?;
            reading.read(FILE_CHUNK, &permit)?
        };
        if cancelled.load(Ordering::Relaxed) {
            return Err(FilesError::Cancelled);
        }
        // What was not needed of the credit: the last part is shorter.
        credit.add_permits(FILE_CHUNK - bytes.len());
        if !answer.say_bulk(&FilesAnswer::Data { offset, bytes }) {
            return Err(FilesError::Lost);
        }
    }
    let hash = reading.finish()?;
    let name = FileName::new("-").map_err(|_| FilesError::Failed)?;
    answer.say(&FilesAnswer::Done { hash, name });
    Ok(())
}

/// Takes a file in, part by part.
fn take_file(
    answer: &Answer,
    mut writing: Writing,
    steps: &threads::Receiver<Step>,
    window: &AtomicU32,
    grants: Grants,
) -> Result<(), FilesError> {
    answer.say(&FilesAnswer::Ready(writing.offset()));
    let mut owed = 0;
    loop {
        // Ends with the connection; what is there stays, to go on from.
        let Ok(step) = steps.recv() else { return Err(FilesError::Lost) };
        match step {
            Step::Data(offset, bytes) => {
                let session = answer.shared.session.read();
                let permit = grants.permit(&session)?;
                writing.write(offset, &bytes, &permit)?;
                drop(session);
                owed += u32::try_from(bytes.len()).unwrap_or(0);
                if owed >= CREDIT {
                    window.fetch_add(owed, Ordering::AcqRel);
                    answer.say(&FilesAnswer::Credit(owed));
                    owed = 0;
                }
            }
            Step::Finish(hash) => {
                let session = answer.shared.session.read();
                let permit = grants.permit(&session)?;
                let (hash, name) = writing.finish(&hash, &permit)?;
                drop(session);
                answer.say(&FilesAnswer::Done { hash, name });
                return Ok(());
            }
            Step::Cancel(part) => {
                writing.cancel(part);
                return Err(FilesError::Cancelled);
            }
        }
    }
}

/// What has to be granted for a file, at its beginning and for each part of it.
#[derive(Debug, Clone, Copy)]
struct Grants {
    files: Capability,
    /// Of the clipboard, where the file is one that was copied.
    clipboard: Option<Capability>,
}

impl Grants {
    fn permit<'session>(&self, session: &'session Asked<'_>) -> Result<Permit<'session>, FilesError> {
        if let Some(clipboard) = self.clipboard {
            session.permit(clipboard, Instant::now()).map_err(told)?;
        }
        session.permit(self.files, Instant::now()).map_err(told)
    }
}

/// What of the clipboard has to be granted for a place.
const fn of_clipboard(place: u16) -> Option<Capability> {
    match place {
        PLACE_COPIED => Some(Capability::ClipboardOut),
        PLACE_PASTED => Some(Capability::ClipboardIn),
        _ => None,
    }
}

/// Where the answers to one request go.
#[derive(Clone)]
struct Answer {
    shared: Arc<Shared>,
    id: RequestId,
}

impl Answer {
    /// Does something with the disk, if it is permitted now.
    fn with<T>(
        &self,
        capability: Capability,
        what: impl FnOnce(&Disk, &Permit<'_>) -> Result<T, FilesError>,
    ) -> Result<T, FilesError> {
        // Nothing is opened, nor the customer's folder made, for somebody who may do nothing.
        self.permitted(capability)?;
        let disk = self.shared.opened.disk()?;
        // Held while it is done: taking the grant back waits for at most this one step.
        let session = self.shared.session.read();
        let permit = session.permit(capability, Instant::now()).map_err(told)?;
        what(&disk, &permit)
    }

    /// The same where copied files lie, too. `size` is that of a file that is to be written.
    fn with_at<T>(
        &self,
        grants: Grants,
        path: &FilePath,
        size: Option<u64>,
        what: impl FnOnce(&Disk, &FilePath, &Permit<'_>) -> Result<T, FilesError>,
    ) -> Result<T, FilesError> {
        for capability in [Some(grants.files), grants.clipboard].into_iter().flatten() {
            self.permitted(capability)?;
        }
        let opened = &self.shared.opened;
        let (disk, path) = match (path.place, grants.files) {
            (0, _) => (opened.disk()?, path.clone()),
            (PLACE_COPIED, Capability::FilesOut) => opened.clip.to_read(path)?,
            (PLACE_PASTED, Capability::FilesIn) => opened.clip.to_write(path, size)?,
            _ => return Err(FilesError::NotFound),
        };
        let session = self.shared.session.read();
        let permit = grants.permit(&session)?;
        what(&disk, &path, &permit)
    }

    fn permitted(&self, capability: Capability) -> Result<(), FilesError> {
        let permitted = self.shared.session.read().permit(capability, Instant::now()).map(drop);
        permitted.map_err(|why| {
            if is_attempt(why) {
                self.shared.attempts.send(capability);
            }
            told(why)
        })
    }

    /// Waits for something in this thread; `None` when the connection ends before.
    fn wait<T>(&self, what: impl Future<Output = T>) -> Option<T> {
        self.shared.runtime.block_on(self.shared.stop.run_until_cancelled(what))
    }

    async fn send(&self, answer: &FilesAnswer) {
        let message = answer.encode(self.id);
        if let Err(error) = self.shared.peer.send(Channel::Files, &message).await {
            tracing::debug!(%error, "an answer about files was not sent");
        }
    }

    /// False when the connection has ended.
    fn say(&self, answer: &FilesAnswer) -> bool {
        self.wait(self.send(answer)).is_some()
    }

    /// The same for a file's bytes, which give way to everything else.
    fn say_bulk(&self, answer: &FilesAnswer) -> bool {
        let message = answer.encode(self.id);
        let sent = self.shared.peer.send_bulk(Channel::Files, &message, &self.shared.courtesy);
        self.wait(sent).is_some_and(|sent| sent.is_ok())
    }
}

/// What the technician is told when the session permits nothing. What may pass by itself is told as a loss, after which
/// his end goes on where it stopped.
const fn told(why: NotGranted) -> FilesError {
    match why {
        NotGranted::NotConnected
        | NotGranted::ConsentOpen
        | NotGranted::Held
        | NotGranted::Paused
        | NotGranted::BarHidden
        | NotGranted::Unattended => FilesError::Lost,
        _ => FilesError::NotGranted,
    }
}

const fn breach(code: ErrorCode, detail: &'static str) -> Breach {
    Breach { code, detail }
}

#[cfg(test)]
#[path = "files_tests.rs"]
mod tests;
