//! A thread of its own for the technician's hands: typing a long text takes a while, and ending must not wait for it.

use std::{
    sync::{Arc, RwLock, mpsc},
    thread::JoinHandle,
    time::Instant,
};

use deskhand_input::{Hands, Injector};
use deskhand_protocol::{
    call::{
        control::Monitor,
        input::{InputEvent, InputMessage},
    },
    capability::Capability,
};
use deskhand_session::Session;
use tokio::sync::mpsc::UnboundedSender;

use super::read;

/// What the hands have to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// Control is not granted at this moment.
    NotGranted,
    /// Mouse and keyboard cannot be moved on this system.
    Unavailable,
}

enum Job {
    Input(InputMessage),
    Monitors(Vec<Monitor>),
    ReleaseEverything,
}

/// Dropping it lets go of everything and waits for that.
pub(super) struct HandsThread {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl HandsThread {
    /// Starts the thread; the display is opened with the first permitted event.
    pub(super) fn start(session: Arc<RwLock<Session>>, told: UnboundedSender<Told>) -> std::io::Result<Self> {
        let (jobs, queue) = mpsc::channel();
        let thread =
            std::thread::Builder::new().name("hands".to_owned()).spawn(move || work(&queue, &session, &told))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Does what the technician did, if it is permitted when its turn comes.
    pub(super) fn handle(&self, message: InputMessage) {
        self.tell(Job::Input(message));
    }

    /// Names the monitors that places refer to.
    pub(super) fn set_monitors(&self, monitors: Vec<Monitor>) {
        self.tell(Job::Monitors(monitors));
    }

    /// Lets go of everything that is held.
    pub(super) fn release_everything(&self) {
        self.tell(Job::ReleaseEverything);
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

fn work(queue: &mpsc::Receiver<Job>, session: &RwLock<Session>, told: &UnboundedSender<Told>) {
    let mut hands: Option<Hands<Box<dyn Injector>>> = None;
    let mut monitors = Vec::new();
    let mut unavailable = false;
    while let Ok(job) = queue.recv() {
        match job {
            Job::Monitors(new) => {
                if let Some(hands) = &mut hands {
                    hands.set_monitors(&new);
                }
                monitors = new;
            }
            Job::ReleaseEverything => release(hands.as_mut()),
            Job::Input(message) => {
                // Held until the event is done: taking a grant back waits for at most this one event.
                let session = read(session);
                let Ok(permit) = session.permit(Capability::Control, Instant::now()) else {
                    drop(session);
                    if message.event == InputEvent::ReleaseAll {
                        release(hands.as_mut());
                    } else {
                        let _ = told.send(Told::NotGranted);
                    }
                    continue;
                };
                if hands.is_none() && !unavailable {
                    match deskhand_input::system_injector() {
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
                if let Some(hands) = &mut hands
                    && let Err(error) = hands.handle(&message, &permit)
                {
                    tracing::debug!(%error, event = ?message.event, "not carried out");
                }
            }
        }
    }
}

fn release(hands: Option<&mut Hands<Box<dyn Injector>>>) {
    if let Some(hands) = hands
        && let Err(error) = hands.release_all()
    {
        tracing::warn!(%error, "not everything could be let go");
    }
}
