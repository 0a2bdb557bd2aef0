//! Which signed-in browsers have their socket open, so that it closes when the session is ended.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use deskhand_protocol::id::RecordId;
use tokio_util::sync::CancellationToken;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Live(Mutex<HashMap<RecordId, (usize, CancellationToken)>>);

/// An open socket. It counts as such until it is dropped.
#[derive(Debug)]
pub(crate) struct Open {
    live: Arc<Live>,
    session: RecordId,
    /// Cancelled when the session is ended.
    pub(crate) ended: CancellationToken,
}

impl Live {
    fn held(&self) -> MutexGuard<'_, HashMap<RecordId, (usize, CancellationToken)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A socket opens. Whether its session is still good must be asked after this, not before.
    pub(crate) fn open(self: &Arc<Self>, session: RecordId) -> Open {
        let mut held = self.held();
        let (count, ended) = held.entry(session).or_default();
        *count += 1;
        Open { live: Arc::clone(self), session, ended: ended.clone() }
    }

    /// Whether a session has its socket open.
    pub(crate) fn is_open(&self, session: RecordId) -> bool {
        self.held().contains_key(&session)
    }

    /// These were ended.
    pub(crate) fn end(&self, sessions: &[RecordId]) {
        let mut held = self.held();
        for session in sessions {
            if let Some((_, ended)) = held.remove(session) {
                ended.cancel();
            }
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let mut held = self.live.held();
        if let Some((count, _)) = held.get_mut(&self.session) {
            *count -= 1;
            if *count == 0 {
                held.remove(&self.session);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    #[test]
    fn a_session_is_open_while_a_socket_is_and_its_end_reaches_all_of_them() {
        let live = Arc::new(Live::default());
        let [one, other] = [(); 2].map(|()| RecordId::from_uuid(clock::new_id()));
        let (first, second, third) = (live.open(one), live.open(one), live.open(other));
        drop(first);
        assert!(live.is_open(one) && live.is_open(other));
        live.end(&[one]);
        assert!(second.ended.is_cancelled() && !third.ended.is_cancelled());
        assert!(!live.is_open(one));
        drop(second);
        drop(third);
        assert!(!live.is_open(other));
    }
}
