//! A thread of its own for the technician's hands: typing a long text takes a while, and ending must not wait for it.

use std::{
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread::JoinHandle,
    time::Instant,
};

use deskhand_input::{Hands, InjectError, Injector};
use deskhand_protocol::{
    call::{
        control::Monitor,
        input::{InputEvent, InputMessage},
    },
    capability::Capability,
    limit::DEAD_MAN,
};
use deskhand_session::Session;
use tokio::sync::mpsc::UnboundedSender;

use super::read;

/// Events that may wait for their turn. A person makes a hundred in a second, most of them motion; a long text takes
/// some seconds to type.
const WAITING: usize = 2_048;

/// What the hands have to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// Control is not granted at this moment.
    NotGranted,
    /// Mouse and keyboard cannot be moved on this system.
    Unavailable,
}

/// More events wait than anyone can make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Full;

enum Job {
    Input(InputMessage),
    Monitors(Vec<Monitor>),
    ReleaseEverything,
}

type Opened = Result<Box<dyn Injector>, InjectError>;

/// Dropping it lets go of everything and waits for that.
pub(super) struct HandsThread {
    jobs: Option<mpsc::Sender<Job>>,
    /// Events among the jobs; the others are this program's own, and few.
    waiting: Arc<AtomicUsize>,
    worked: Arc<Mutex<Worked>>,
    thread: Option<JoinHandle<()>>,
}

impl HandsThread {
    /// Starts the thread; the display is opened with the first permitted event.
    pub(super) fn start(session: Arc<RwLock<Session>>, told: UnboundedSender<Told>) -> std::io::Result<Self> {
        Self::with(session, told, deskhand_input::system_injector)
    }

    fn with(
        session: Arc<RwLock<Session>>,
        told: UnboundedSender<Told>,
        open: impl Fn() -> Opened + Send + 'static,
    ) -> std::io::Result<Self> {
        let (jobs, queue) = mpsc::channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let worked = Arc::new(Mutex::new(Worked::default()));
        let at = At { waiting: Arc::clone(&waiting), worked: Arc::clone(&worked) };
        let thread = std::thread::Builder::new()
            .name("hands".to_owned())
            .spawn(move || work(&queue, &at, &session, &told, &open))?;
        Ok(Self { jobs: Some(jobs), waiting, worked, thread: Some(thread) })
    }

    /// Does what the technician did, if it is permitted when its turn comes.
    ///
    /// # Errors
    ///
    /// [`Full`]: it will not be done. A motion that finds no room is left out, as the network might have done.
    pub(super) fn handle(&self, message: InputMessage) -> Result<(), Full> {
        if self.waiting.load(Ordering::Acquire) >= WAITING {
            return if matches!(message.event, InputEvent::Motion { .. }) { Ok(()) } else { Err(Full) };
        }
        self.waiting.fetch_add(1, Ordering::AcqRel);
        self.tell(Job::Input(message));
        Ok(())
    }

    /// Names the monitors that places refer to.
    pub(super) fn set_monitors(&self, monitors: Vec<Monitor>) {
        self.tell(Job::Monitors(monitors));
    }

    /// Lets go of everything that is held.
    pub(super) fn release_everything(&self) {
        self.tell(Job::ReleaseEverything);
    }

    /// When the technician's hands last did anything here, letting go included; now while they hold anything.
    pub(super) fn last_at_work(&self) -> Option<Instant> {
        let worked = self.worked.lock().unwrap_or_else(PoisonError::into_inner);
        if worked.holds { Some(Instant::now()) } else { worked.last }
    }

    fn tell(&self, job: Job) {
        // A thread that is gone has let go of everything.
        drop(self.jobs.as_ref().map(|jobs| jobs.send(job)));
    }
}

impl Drop for HandsThread {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// What the hands last did.
#[derive(Debug, Default)]
struct Worked {
    last: Option<Instant>,
    /// Whether a key or button is down.
    holds: bool,
}

/// What the thread tells of itself without being asked.
struct At {
    waiting: Arc<AtomicUsize>,
    worked: Arc<Mutex<Worked>>,
}

impl At {
    fn work(&self, held: usize) {
        *self.worked.lock().unwrap_or_else(PoisonError::into_inner) =
            Worked { last: Some(Instant::now()), holds: held > 0 };
    }
}

type HandsHere = Hands<Box<dyn Injector>>;

/// The next job. Nothing may stay down when nobody attends the session any more, whatever else hangs: so with anything
/// held it is looked at now and again.
fn next_job(
    queue: &mpsc::Receiver<Job>,
    at: &At,
    hands: &mut Option<HandsHere>,
    session: &RwLock<Session>,
) -> Option<Job> {
    while hands.as_ref().is_some_and(|hands| hands.held() > 0) {
        match queue.recv_timeout(DEAD_MAN) {
            Ok(job) => return Some(job),
            Err(mpsc::RecvTimeoutError::Disconnected) => return None,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                if read(session).permit(Capability::Control, Instant::now()).is_err() {
                    release(hands.as_mut(), at);
                }
            }
        }
    }
    queue.recv().ok()
}

fn work(
    queue: &mpsc::Receiver<Job>,
    at: &At,
    session: &RwLock<Session>,
    told: &UnboundedSender<Told>,
    open: &dyn Fn() -> Opened,
) {
    let mut hands: Option<HandsHere> = None;
    let mut monitors = Vec::new();
    let mut unavailable = false;
    while let Some(job) = next_job(queue, at, &mut hands, session) {
        match job {
            Job::Monitors(new) => {
                if let Some(hands) = &mut hands {
                    hands.set_monitors(&new);
                }
                monitors = new;
            }
            Job::ReleaseEverything => release(hands.as_mut(), at),
            Job::Input(message) => {
                at.waiting.fetch_sub(1, Ordering::AcqRel);
                // Held until the event is done: taking a grant back waits for at most this one event.
                let session = read(session);
                let Ok(permit) = session.permit(Capability::Control, Instant::now()) else {
                    drop(session);
                    if message.event == InputEvent::ReleaseAll {
                        release(hands.as_mut(), at);
                    } else {
                        let _ = told.send(Told::NotGranted);
                    }
                    continue;
                };
                if hands.is_none() && !unavailable {
                    match open() {
                        Ok(injector) => {
                            let hands = hands.insert(Hands::new(injector));
                            hands.set_monitors(&monitors);
                        }
                        Err(error) => {
                            tracing::warn!(%error, "no mouse and keyboard");
                            unavailable = true;
                            let _ = told.send(Told::Unavailable);
                        }
                    }
                }
                if let Some(hands) = &mut hands {
                    // Before it too: what it does may be seen elsewhere before it returns.
                    at.work(hands.held());
                    if let Err(error) = hands.handle(&message, &permit) {
                        tracing::debug!(%error, "not carried out");
                    }
                    at.work(hands.held());
                }
            }
        }
    }
}

fn release(hands: Option<&mut HandsHere>, at: &At) {
    let Some(hands) = hands else { return };
    let held = hands.held();
    if held > 0 {
        at.work(held);
    }
    if let Err(error) = hands.release_all() {
        tracing::warn!(%error, "not everything could be let go");
    }
    if held > 0 {
        at.work(0);
    }
}

#[cfg(test)]
#[path = "hands_tests.rs"]
mod tests;
