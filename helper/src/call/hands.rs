//! A thread of its own for the technician's hands: typing a long text takes a while, and ending must not wait for it.
//!
//! It also keeps the one clock of what is held: a console that falls silent while it holds something has frozen or is
//! gone, long before the connection is known to be dead.

use std::{
    collections::BTreeMap,
    process::Command,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicUsize, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use deskhand_input::{Hands, InjectError, Injector};
use deskhand_protocol::{
    call::{
        control::Monitor,
        input::{InputEvent, InputMessage},
        room::Who,
    },
    capability::Capability,
    limit::HELD_SILENCE,
};
use deskhand_session::Room;
use tokio::sync::mpsc::UnboundedSender;

use super::read;
use crate::flags;

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
    /// They can, by now.
    Available,
}

/// More events wait than anyone can make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Full;

enum Job {
    Input(Who, InputMessage),
    Monitors(Who, Vec<Monitor>),
    ReleaseEverything(Who),
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
    pub(super) fn start(session: Arc<RwLock<Room>>, told: UnboundedSender<(Who, Told)>) -> std::io::Result<Self> {
        Self::with(session, told, HELD_SILENCE, || deskhand_input::system_injector(guard()))
    }

    fn with(
        session: Arc<RwLock<Room>>,
        told: UnboundedSender<(Who, Told)>,
        silence: Duration,
        open: impl Fn() -> Opened + Send + 'static,
    ) -> std::io::Result<Self> {
        let (jobs, queue) = mpsc::channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let worked = Arc::new(Mutex::new(Worked::default()));
        let at = At { waiting: Arc::clone(&waiting), worked: Arc::clone(&worked) };
        let worker = Worker {
            at,
            session,
            told,
            open: Box::new(open),
            hands: None,
            whose: Who::FIRST,
            monitors: BTreeMap::new(),
            unavailable: false,
            told_so: false,
        };
        let thread =
            std::thread::Builder::new().name("hands".to_owned()).spawn(move || worker.work(&queue, silence))?;
        Ok(Self { jobs: Some(jobs), waiting, worked, thread: Some(thread) })
    }

    /// Does what a technician did, if it is permitted when its turn comes.
    ///
    /// # Errors
    ///
    /// [`Full`]: it will not be done. A motion that finds no room is left out, as the network might have done.
    pub(super) fn handle(&self, who: Who, message: InputMessage) -> Result<(), Full> {
        if self.waiting.load(Ordering::Acquire) >= WAITING {
            return if matches!(message.event, InputEvent::Motion { .. }) { Ok(()) } else { Err(Full) };
        }
        self.waiting.fetch_add(1, Ordering::AcqRel);
        self.tell(Job::Input(who, message));
        Ok(())
    }

    /// Names the monitors that a technician's places refer to.
    pub(super) fn set_monitors(&self, who: Who, monitors: Vec<Monitor>) {
        self.tell(Job::Monitors(who, monitors));
    }

    /// Lets go of everything that a technician holds.
    pub(super) fn release_everything(&self, who: Who) {
        self.tell(Job::ReleaseEverything(who));
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

/// This program again, as the guard of the one that presses keys.
fn guard() -> Command {
    // By its path, unless it has none any more: the copy that a restart left is gone as soon as it runs.
    let path = std::env::current_exe().ok().filter(|path| path.exists());
    #[cfg(not(windows))]
    let gone = crate::again::RUNNING;
    #[cfg(windows)]
    let gone = flags::PROGRAM;
    let mut command = Command::new(path.unwrap_or_else(|| gone.into()));
    command.arg(flags::GUARD);
    command
}

/// What the thread works with.
struct Worker {
    at: At,
    session: Arc<RwLock<Room>>,
    told: UnboundedSender<(Who, Told)>,
    open: Box<dyn Fn() -> Opened + Send>,
    hands: Option<Hands<Box<dyn Injector>>>,
    /// Whose hands they are: who used them last. What is held is his.
    whose: Who,
    monitors: BTreeMap<Who, Vec<Monitor>>,
    unavailable: bool,
    /// Whether he was told that they cannot be opened.
    told_so: bool,
}

impl Worker {
    fn work(mut self, queue: &mpsc::Receiver<Job>, silence: Duration) {
        let mut heard = Instant::now();
        loop {
            let job = if self.holds() {
                queue.recv_timeout(silence.saturating_sub(heard.elapsed()))
            } else {
                queue.recv().map_err(RecvTimeoutError::from)
            };
            match job {
                Ok(Job::Monitors(who, monitors)) => {
                    if let Some(hands) = self.hands.as_mut().filter(|_| who == self.whose) {
                        hands.set_monitors(&monitors);
                    }
                    self.monitors.insert(who, monitors);
                }
                Ok(Job::ReleaseEverything(who)) if who == self.whose => self.release(),
                Ok(Job::ReleaseEverything(_)) => {}
                Ok(Job::Input(who, message)) => {
                    self.at.waiting.fetch_sub(1, Ordering::AcqRel);
                    self.input(who, &message);
                    // What another one tries does not stand for who holds something.
                    if who == self.whose {
                        heard = Instant::now();
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    tracing::info!("the console fell silent: everything is let go");
                    self.release();
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn holds(&self) -> bool {
        self.hands.as_ref().is_some_and(|hands| hands.held() > 0)
    }

    fn input(&mut self, who: Who, message: &InputMessage) {
        let session = Arc::clone(&self.session);
        // Held until the event is done: taking a grant back waits for at most this one event.
        let session = read(&session);
        let Ok(permit) = session.permit(who, Capability::Control, Instant::now()) else {
            drop(session);
            // Whatever hangs elsewhere, nothing stays down that is not permitted. Another one's keys stay as they are.
            if who == self.whose {
                self.release();
            }
            // A console that lets go, or states what it holds, does no wrong.
            if !matches!(message.event, InputEvent::ReleaseAll | InputEvent::Held(_)) {
                let _ = self.told.send((who, Told::NotGranted));
            }
            return;
        };
        if self.hands.is_none() && !self.unavailable {
            match (self.open)() {
                Ok(injector) => {
                    if std::mem::take(&mut self.told_so) {
                        let _ = self.told.send((who, Told::Available));
                    }
                    let hands = self.hands.insert(Hands::new(injector));
                    hands.set_monitors(self.monitors.get(&who).map_or(&[], Vec::as_slice));
                    self.whose = who;
                }
                Err(error) => {
                    // What the customer has yet to allow is tried again with the next event.
                    self.unavailable = error != InjectError::NotAllowed;
                    if !std::mem::replace(&mut self.told_so, true) {
                        tracing::warn!(%error, "no mouse and keyboard");
                        let _ = self.told.send((who, Told::Unavailable));
                    }
                }
            }
        }
        if self.whose != who {
            // He has let go when the controls were handed over; should he not have, he does now.
            self.release();
            self.whose = who;
            if let Some(hands) = &mut self.hands {
                hands.change_owner();
                hands.set_monitors(self.monitors.get(&who).map_or(&[], Vec::as_slice));
            }
        }
        if let Some(hands) = &mut self.hands {
            let before = hands.held();
            let states = matches!(message.event, InputEvent::Held(_));
            if before > 0 || !states {
                // Before it too: what it does may be seen elsewhere before it returns.
                self.at.work(before);
            }
            if let Err(error) = hands.handle(message, &permit) {
                tracing::debug!(%error, event = ?message.event, "not carried out");
            }
            if before > 0 || !states {
                self.at.work(hands.held());
            }
        }
    }

    fn release(&mut self) {
        let Some(hands) = &mut self.hands else { return };
        let held = hands.held();
        if held > 0 {
            self.at.work(held);
        }
        if let Err(error) = hands.release_all() {
            tracing::warn!(%error, "not everything could be let go");
        }
        if held > 0 {
            self.at.work(0);
        }
    }
}

#[cfg(test)]
#[path = "hands_tests.rs"]
mod tests;
