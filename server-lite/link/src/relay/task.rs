//! What a link's handle and its task share.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde::Serialize;
use tokio::{
    sync::{Notify, mpsc},
    time::{sleep_until, timeout},
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use super::{SendError, socket::frame};
use crate::network::Network;

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
    doubt: Arc<Notify>,
    task: AbortOnDropHandle<()>,
}

/// The task's side.
#[derive(Debug)]
pub(super) struct Side<E> {
    pub(super) outgoing: mpsc::Receiver<String>,
    pub(super) events: mpsc::Sender<E>,
    pub(super) connected: Arc<AtomicBool>,
    pub(super) closing: CancellationToken,
    /// Somebody has a reason to ask whether the relay is there.
    pub(super) doubt: Arc<Notify>,
}

/// How a pause between two attempts ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pause {
    /// Its time was over.
    Over,
    /// There is a reason to try at once, and to count attempts anew.
    CutShort,
    /// The owner wants to close.
    Closing,
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
    let doubt = Arc::new(Notify::new());
    let side = Side {
        outgoing: to_send,
        events,
        connected: Arc::clone(&connected),
        closing: closing.clone(),
        doubt: Arc::clone(&doubt),
    };
    let task = AbortOnDropHandle::new(tokio::spawn(run(side)));
    (Handle { outgoing, connected, closing, doubt, task }, taken)
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

    pub(super) fn doubt(&self) {
        self.doubt.notify_one();
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

    /// Waits before the next attempt: no longer than until the machine has another network, has woken up, or somebody
    /// needs the relay now.
    pub(super) async fn pause(&self, delay: Duration) -> Pause {
        let mut network = Network::here();
        let over = tokio::time::sleep(delay);
        tokio::pin!(over);
        loop {
            tokio::select! {
                () = self.closing.cancelled() => return Pause::Closing,
                () = self.doubt.notified() => return Pause::CutShort,
                () = &mut over => return Pause::Over,
                () = sleep_until(network.due().into()) => {
                    if !network.look().is_nothing() {
                        return Pause::CutShort;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_doubt_cuts_a_pause_short() {
        let (handle, mut events) = start(|side: Side<Pause>| async move {
            let ended = side.pause(Duration::from_secs(3600)).await;
            side.tell(ended).await;
        });
        handle.doubt();
        assert_eq!(events.recv().await, Some(Pause::CutShort));
    }
}
