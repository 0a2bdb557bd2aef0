//! Requests to the helper and their answers, over whatever connection stands.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Instant,
};

use bytes::Bytes;
use deskhand_link::peer::{Courtesy, Peer};
use deskhand_protocol::{
    call::{
        channel::Channel,
        files::{
            Entry, FileName, FilePath, FilesAnswer, FilesError, FilesRequest, MalformedFiles, Part, Place, RequestId,
            SearchEnd,
        },
    },
    limit::{FILE_WINDOW, FOLDER_ENTRIES, SEARCH_HITS},
};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

/// Answers to one request that wait to be looked at: its whole window in full messages, and a few more.
const ANSWERS: usize = 64;

/// The way to the helper's files. Cheap to clone; without a connection every request is refused as lost.
#[derive(Clone)]
pub struct Client {
    link: Arc<watch::Sender<Option<Arc<Link>>>>,
    courtesy: Arc<Courtesy>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

impl Default for Client {
    fn default() -> Self {
        Self { link: Arc::new(watch::Sender::new(None)), courtesy: Arc::default() }
    }
}

struct Link {
    peer: Arc<Peer>,
    courtesy: Arc<Courtesy>,
    next: AtomicU32,
    waiting: Mutex<HashMap<RequestId, mpsc::Sender<FilesAnswer>>>,
    over: CancellationToken,
}

impl Link {
    fn waiting(&self) -> MutexGuard<'_, HashMap<RequestId, mpsc::Sender<FilesAnswer>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Client {
    /// A connection stands: requests go over it until [`detach`](Self::detach). The future reads its answers, and ends
    /// with it.
    ///
    /// # Errors
    ///
    /// The future's: [`MalformedFiles`] when the helper broke the protocol.
    pub fn attach(
        &self,
        peer: Arc<Peer>,
        mut messages: mpsc::Receiver<Bytes>,
    ) -> impl Future<Output = Result<(), MalformedFiles>> + Send + use<> {
        let link = Arc::new(Link {
            peer,
            courtesy: Arc::clone(&self.courtesy),
            next: AtomicU32::new(1),
            waiting: Mutex::default(),
            over: CancellationToken::new(),
        });
        if let Some(before) = self.link.send_replace(Some(Arc::clone(&link))) {
            before.over.cancel();
        }
        let all = Arc::clone(&self.link);
        async move {
            let read = async {
                while let Some(message) = messages.recv().await {
                    let (id, answer) = FilesAnswer::decode(&message)?;
                    let waiting = link.waiting().get(&id).cloned();
                    if let Some(waiting) = waiting {
                        // A request that looks at nothing holds up the others: its window is smaller than its queue.
                        let _ = waiting.send(answer).await;
                    }
                }
                Ok(())
            };
            let ended = link.over.run_until_cancelled(read).await.unwrap_or(Ok(()));
            link.over.cancel();
            link.waiting().clear();
            all.send_if_modified(|now| {
                let ours = now.as_ref().is_some_and(|now| Arc::ptr_eq(now, &link));
                if ours {
                    *now = None;
                }
                ours
            });
            ended
        }
    }

    /// The connection is gone.
    pub fn detach(&self) {
        if let Some(link) = self.link.send_replace(None) {
            link.over.cancel();
            link.waiting().clear();
        }
    }

    /// Told each time a connection comes or goes; whether one stands.
    #[must_use]
    pub fn online(&self) -> Online {
        Online(self.link.subscribe())
    }

    /// The technician pressed something: files give way for a moment.
    pub fn touched(&self) {
        self.courtesy.touched(Instant::now());
    }

    /// How long a round trip takes now.
    pub fn round_trip(&self, rtt: std::time::Duration) {
        self.courtesy.round_trip(rtt);
    }

    /// Begins a request.
    ///
    /// # Errors
    ///
    /// [`FilesError::Lost`] without a connection.
    pub async fn ask(&self, request: &FilesRequest) -> Result<Request, FilesError> {
        let link = self.link.borrow().clone().ok_or(FilesError::Lost)?;
        let id = RequestId(link.next.fetch_add(1, Ordering::Relaxed));
        let (sender, answers) = mpsc::channel(ANSWERS);
        link.waiting().insert(id, sender);
        let request_of = Request { link, id, answers, over: false };
        request_of.say(request).await?;
        Ok(request_of)
    }

    /// Where browsing may begin.
    ///
    /// # Errors
    ///
    /// [`FilesError`].
    pub async fn places(&self) -> Result<Vec<Place>, FilesError> {
        match self.ask(&FilesRequest::Places).await?.last().await? {
            FilesAnswer::Places(places) => Ok(places),
            _ => Err(FilesError::Failed),
        }
    }

    /// What is in a folder, in no order.
    ///
    /// # Errors
    ///
    /// [`FilesError`].
    pub async fn list(&self, path: &FilePath) -> Result<Vec<Entry>, FilesError> {
        let mut request = self.ask(&FilesRequest::List(path.clone())).await?;
        let mut all = Vec::new();
        loop {
            let FilesAnswer::Entries { entries, last } = request.next().await? else { return Err(FilesError::Failed) };
            all.extend(entries);
            if all.len() > FOLDER_ENTRIES {
                return Err(FilesError::Busy);
            }
            if last {
                request.over = true;
                return Ok(all);
            }
        }
    }

    /// What something is.
    ///
    /// # Errors
    ///
    /// [`FilesError`].
    pub async fn stat(&self, path: &FilePath) -> Result<Entry, FilesError> {
        match self.ask(&FilesRequest::Stat(path.clone())).await?.last().await? {
            FilesAnswer::Entry(entry) => Ok(entry),
            _ => Err(FilesError::Failed),
        }
    }

    /// What below a folder has the text in its name, and whether that was all. Dropping the future calls it off.
    ///
    /// # Errors
    ///
    /// [`FilesError`].
    pub async fn search(&self, path: &FilePath, text: &str) -> Result<(Vec<(FilePath, Entry)>, SearchEnd), FilesError> {
        let mut request = self.ask(&FilesRequest::Search(path.clone(), text.to_owned())).await?;
        let mut all = Vec::new();
        loop {
            let FilesAnswer::Found { hits, end } = request.next().await? else { return Err(FilesError::Failed) };
            all.extend(hits);
            if end != SearchEnd::NotYet || all.len() > 2 * SEARCH_HITS {
                request.over = end != SearchEnd::NotYet;
                return Ok((all, end));
            }
        }
    }

    /// Makes a folder.
    ///
    /// # Errors
    ///
    /// [`FilesError`].
    pub async fn make_folder(&self, path: &FilePath) -> Result<(), FilesError> {
        self.do_it(FilesRequest::MakeFolder(path.clone())).await
    }

    /// Gives something another name.
    ///
    /// # Errors
    ///
    /// [`FilesError`].
    pub async fn rename(&self, path: &FilePath, name: &FileName) -> Result<(), FilesError> {
        self.do_it(FilesRequest::Rename(path.clone(), name.clone())).await
    }

    /// Moves something to the trash.
    ///
    /// # Errors
    ///
    /// [`FilesError`].
    pub async fn trash(&self, path: &FilePath) -> Result<(), FilesError> {
        self.do_it(FilesRequest::Trash(path.clone())).await
    }

    async fn do_it(&self, request: FilesRequest) -> Result<(), FilesError> {
        match self.ask(&request).await?.last().await? {
            FilesAnswer::Ok => Ok(()),
            _ => Err(FilesError::Failed),
        }
    }
}

/// Whether a connection stands.
#[derive(Clone)]
pub struct Online(watch::Receiver<Option<Arc<Link>>>);

impl fmt::Debug for Online {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Online").field(&self.now()).finish()
    }
}

impl Online {
    /// Whether one stands now.
    #[must_use]
    pub fn now(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// Waits for the next change.
    pub async fn changed(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending().await
        }
    }
}

/// A request that is under way. Dropping it before its end calls it off; half a file stays at the helper.
pub struct Request {
    link: Arc<Link>,
    id: RequestId,
    answers: mpsc::Receiver<FilesAnswer>,
    /// Whether nothing more can come.
    over: bool,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Request {
    /// The next answer.
    ///
    /// # Errors
    ///
    /// What the helper refused, or [`FilesError::Lost`].
    pub async fn next(&mut self) -> Result<FilesAnswer, FilesError> {
        let answer = self.link.over.run_until_cancelled(self.answers.recv()).await.flatten();
        match answer {
            Some(FilesAnswer::Error(error)) => {
                self.over = true;
                Err(error)
            }
            Some(answer) => Ok(answer),
            None => {
                self.over = true;
                Err(FilesError::Lost)
            }
        }
    }

    /// The one answer there is, or the last.
    ///
    /// # Errors
    ///
    /// As [`next`](Self::next).
    pub async fn last(mut self) -> Result<FilesAnswer, FilesError> {
        let answer = self.next().await;
        self.over = true;
        answer
    }

    /// Nothing more can come: the last answer was.
    pub fn is_over(&mut self) {
        self.over = true;
    }

    /// Says something more about it.
    ///
    /// # Errors
    ///
    /// [`FilesError::Lost`], or [`FilesError::BadName`] when it is longer than a message.
    pub async fn say(&self, request: &FilesRequest) -> Result<(), FilesError> {
        let message = request.encode(self.id);
        let sent = self.link.over.run_until_cancelled(self.link.peer.send(Channel::Files, &message)).await;
        told(sent)
    }

    /// The same for a file's bytes, which give way to everything else.
    ///
    /// # Errors
    ///
    /// [`FilesError::Lost`].
    pub async fn say_bulk(&self, request: &FilesRequest) -> Result<(), FilesError> {
        let message = request.encode(self.id);
        let sent = self.link.peer.send_bulk(Channel::Files, &message, &self.link.courtesy);
        told(self.link.over.run_until_cancelled(sent).await)
    }

    /// Calls it off, unless it has ended by itself: then no further answer comes.
    pub async fn cancel(mut self, part: Part) {
        if self.over {
            return;
        }
        let _ = self.say(&FilesRequest::Cancel(part)).await;
        // Whoever asks again for the same file waits until the helper has let go of it.
        while self.next().await.is_ok() {}
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        self.link.waiting().remove(&self.id);
        if self.over || self.link.over.is_cancelled() {
            return;
        }
        let (link, message) = (Arc::clone(&self.link), FilesRequest::Cancel(Part::Keep).encode(self.id));
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                let _ = link.over.run_until_cancelled(link.peer.send(Channel::Files, &message)).await;
            });
        }
    }
}

fn told(sent: Option<Result<(), deskhand_link::peer::PeerError>>) -> Result<(), FilesError> {
    match sent {
        Some(Ok(())) => Ok(()),
        Some(Err(deskhand_link::peer::PeerError::MessageTooLarge { .. })) => Err(FilesError::BadName),
        _ => Err(FilesError::Lost),
    }
}

/// Credit that is given back at once: enough that it never runs out, seldom enough to cost nothing.
pub(super) const CREDIT: u32 = FILE_WINDOW / 8;
