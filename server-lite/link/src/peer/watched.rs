//! The path as both see it who have to do with it: the transport, which hears reports, and the sender of pictures.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::watch;

use super::path::{Estimate, Pacer, Path, Report};

/// A path and what holds packets back from it.
#[derive(Debug)]
pub(crate) struct Watched {
    inner: Mutex<(Path, Pacer)>,
    /// What was last told, for [`PeerEvent::Path`](super::PeerEvent::Path).
    told: watch::Sender<Option<Estimate>>,
}

impl Watched {
    pub(super) fn new(told: watch::Sender<Option<Estimate>>) -> Self {
        Self { inner: Mutex::new((Path::new(), Pacer::default())), told }
    }

    /// Each holder leaves the numbers valid.
    fn inner(&self) -> MutexGuard<'_, (Path, Pacer)> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long a packet of video has to wait, with so many of its picture behind it. It counts as sent.
    pub(super) fn hold(&self, now: Instant, bytes: usize, behind: usize) -> Duration {
        let (path, pacer) = &mut *self.inner();
        let wait = pacer.wait(now, bytes, behind, path.estimate(now));
        path.sent(now + wait);
        wait
    }

    /// So much of something else than video has left, in so many packets.
    pub(super) fn sent_beside(&self, now: Instant, bytes: usize, packets: usize) {
        self.inner().0.sent_beside(now, bytes, packets);
    }

    /// The viewer has told what became of packets.
    pub(super) fn reported(&self, now: Instant, reports: &[Report]) {
        let estimate = {
            let (path, _) = &mut *self.inner();
            path.reported(now, reports);
            path.estimate(now)
        };
        tracing::trace!(packets = reports.len(), bits = estimate.bits_per_second, queue = ?estimate.queue, path = %self.inner().0, "path");
        self.told.send_if_modified(|told| {
            let news = told.is_none_or(|told| differs(told, estimate));
            if news {
                *told = Some(estimate);
            }
            news
        });
    }

    /// What may be sent now.
    pub(super) fn estimate(&self, now: Instant) -> Estimate {
        self.inner().0.estimate(now)
    }
}

/// Whether somebody who spends the rate has to know.
fn differs(told: Estimate, new: Estimate) -> bool {
    let change = (new.bits_per_second - told.bits_per_second).abs() / told.bits_per_second.max(1.0);
    change > 0.03 || new.measured != told.measured
}
