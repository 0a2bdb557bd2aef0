//! What a link's handle and its task share.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde::Serialize;
use tokio::{sync::mpsc, time::timeout};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use super::{SendError, socket::frame};

/// Messages that may wait to be sent, and events that may wait to be taken.
const QUEUE: usize = 256;
/// How long `close` waits for what was sent to leave.
const CLOSE_TIME: Duration = Duration::from_secs(2);

/// The handle's side. Dropping it aborts the task.
#[derive(Debug)]
pub(super) struct Handle {
    outgoing: mpsc::Sender<String>,
    connected: Arc<AtomicBool>,
    closing: CancellationToken,
    task: AbortOnDropHandle<()>,
}

/// The task's side.
#[derive(Debug)]
pub(super) struct Side<E> {
    pub(super) outgoing: mpsc::Receiver<String>,
    pub(super) events: mpsc::Sender<E>,
    pub(super) connected: Arc<AtomicBool>,
    pub(super) closing: CancellationToken,
}

/// Starts a link's task.
pub(super) fn start<E, F, R>(run: F) -> (Handle, mpsc::Receiver<E>)
where
    F: FnOnce(Side<E>) -> R,
    R: Future<Output = ()> + Send + 'static,
{
    let (outgoing, to_send) = mpsc::channel(QUEUE);
    let (events, taken) = mpsc::channel(QUEUE);
    let connected = Arc::new(AtomicBool::new(false));
    let closing = CancellationToken::new();
    let side = Side { outgoing: to_send, events, connected: Arc::clone(&connected), closing: closing.clone() };
    let task = AbortOnDropHandle::new(tokio::spawn(run(side)));
    (Handle { outgoing, connected, closing, task }, taken)
}

impl Handle {
    pub(super) fn send<T: Serialize>(&self, message: &T) -> Result<(), SendError> {
        if !self.is_connected() {
            return Err(SendError::NotConnected);
        }
        let text = frame(message).ok_or(SendError::TooLarge)?;
        self.outgoing.try_send(text).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => SendError::Busy,
            mpsc::error::TrySendError::Closed(_) => SendError::NotConnected,
        })
    }

    pub(super) fn is_connected(&self) -> bool {
        self.connected.load(Ordering::Acquire)
    }

    pub(super) async fn close(self) {
        self.closing.cancel();
        let _ = timeout(CLOSE_TIME, self.task).await;
    }
}

impl<E> Side<E> {
    /// Tells the owner; `false` when nobody listens any more.
    pub(super) async fn tell(&self, event: E) -> bool {
        tokio::select! {
            () = self.closing.cancelled() => true,
            told = self.events.send(event) => told.is_ok(),
        }
    }

    pub(super) fn up(&self) {
        self.connected.store(true, Ordering::Release);
    }

    /// Forgets what was not sent: it belonged to the connection that is gone.
    pub(super) fn down(&mut self) {
        self.connected.store(false, Ordering::Release);
        while self.outgoing.try_recv().is_ok() {}
    }

    /// Waits before the next attempt; `false` when the owner wants to close.
    pub(super) async fn pause(&self, delay: Duration) -> bool {
        tokio::select! {
            () = self.closing.cancelled() => false,
            () = tokio::time::sleep(delay) => true,
        }
    }
}
