//! Gives up what nobody comes back to, and notes who was heard of.

use std::time::{Duration, Instant};

use deskhand_core::{detour::PASS_RENEWAL, reaper::Ends};
use deskhand_protocol::{id::SessionId, key::PublicKey};
use tokio::time::{MissedTickBehavior, interval, interval_at, sleep_until};
use tokio_util::sync::CancellationToken;

use super::Hub;
use crate::{
    acts::reaping,
    store::{StoreError, devices, outbox, sessions},
};

/// How often it is stored that live sessions were heard of; an interrupted one ends at most this much too early.
const HEARD: Duration = Duration::from_secs(10);

impl Hub {
    /// Gives up what nobody comes back to, and notes what was heard of, until `stop`.
    pub(crate) async fn reap(&self, stop: CancellationToken) {
        let mut heard = interval(HEARD);
        heard.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut detours = interval_at((Instant::now() + PASS_RENEWAL).into(), PASS_RENEWAL);
        detours.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let (next, next_view) = {
                let state = self.state();
                (state.reaper.next_deadline(), state.viewing.next_deadline())
            };
            let until = async |deadline: Option<Instant>| match deadline {
                Some(at) => sleep_until(at.into()).await,
                None => std::future::pending().await,
            };
            let due = until(next);
            let unseen = until(next_view);
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.reaping.notified() => continue,
                _ = heard.tick() => self.note_heard().await,
                _ = detours.tick() => self.renew_detours(),
                () = due => self.give_up().await,
                () = unseen => {
                    let gone = self.state().viewing.expire(Instant::now());
                    self.viewers_changed(gone).await;
                }
            }
        }
    }

    async fn give_up(&self) {
        let due = self.state().reaper.due(Instant::now());
        for (session, due) in due {
            if let Err(error) = self.store.write(move |change| reaping::reap(change, session, due)).await {
                tracing::warn!(%session, %error, "a session could not be given up yet");
            }
        }
    }

    async fn note_heard(&self) {
        let present: Vec<SessionId> = {
            let state = self.state();
            let watched: Vec<_> = state.reaper.watched().collect();
            watched
                .into_iter()
                .filter(|id| {
                    state.owners.get(id).is_some_and(|technician| state.ends(*id, *technician) != Ends::default())
                })
                .collect()
        };
        let keys: Vec<PublicKey> = self.state().board.helper_keys().collect();
        if present.is_empty() && keys.is_empty() {
            return;
        }
        let noted = self.store.write(move |change| {
            sessions::heard(change.db, &present, change.now)?;
            outbox::prune(change.db, change.now)?;
            for key in &keys {
                devices::heard(change.db, key, change.now)?;
            }
            Ok::<_, StoreError>(())
        });
        if let Err(error) = noted.await {
            tracing::warn!(%error, "it could not be noted who was heard of");
        }
    }
}
