//! Deletes sessions whose time is over, as the owner has chosen: by default none.

use std::{sync::Arc, time::Duration};

use tokio::{sync::Notify, time::sleep};
use tokio_util::sync::CancellationToken;

use crate::{
    acts::settings,
    store::{Store, StoreError},
};

/// How often it is looked for.
const EVERY: Duration = Duration::from_secs(3600);
/// Between two changes, so that nobody waits behind thousands of sessions.
const BREATH: Duration = Duration::from_millis(20);

/// Deletes until the relay stops; at once when the owner has chosen.
pub(crate) async fn run(store: Arc<Store>, chosen: Arc<Notify>, stop: CancellationToken) {
    loop {
        loop {
            match store.write(settings::delete_old).await {
                Ok(true) => sleep(BREATH).await,
                Ok(false) => break,
                Err(StoreError::Closed) => return,
                Err(error) => {
                    tracing::warn!(%error, "old sessions could not be deleted");
                    break;
                }
            }
            if stop.is_cancelled() {
                return;
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = chosen.notified() => {}
            () = sleep(EVERY) => {}
        }
    }
}
