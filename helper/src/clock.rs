//! The clock by which grants end: the steady clock, and the time this machine has slept, which the steady clock leaves
//! out on Linux. A grant of eight hours does not last over the weekend in a laptop's bag.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// Less than this is how differently the two clocks are read.
const NOISE: Duration = Duration::from_secs(1);

/// See the module.
#[derive(Debug)]
pub(crate) struct AwakeAndAsleep {
    began: Instant,
    /// How long the machine had been running then, asleep or not.
    running: Option<Duration>,
    /// In milliseconds; never less than before.
    slept: AtomicU64,
}

impl AwakeAndAsleep {
    /// Begins now.
    #[must_use]
    pub(crate) fn begin() -> Self {
        Self { began: Instant::now(), running: running(), slept: AtomicU64::new(0) }
    }

    /// The time now.
    pub(crate) fn now(&self) -> Instant {
        let now = Instant::now();
        now + self.slept(now, running())
    }

    /// When that time comes on the steady clock, if the machine does not sleep again.
    pub(crate) fn steady(&self, at: Instant) -> Instant {
        let slept = Duration::from_millis(self.slept.load(Ordering::Relaxed));
        at.checked_sub(slept).unwrap_or(at)
    }

    fn slept(&self, now: Instant, running: Option<Duration>) -> Duration {
        let all = running.zip(self.running).map(|(now, began)| now.saturating_sub(began));
        let slept = all.unwrap_or_default().saturating_sub(now.saturating_duration_since(self.began));
        let slept = if slept < NOISE { 0 } else { u64::try_from(slept.as_millis()).unwrap_or(u64::MAX) };
        Duration::from_millis(self.slept.fetch_max(slept, Ordering::Relaxed).max(slept))
    }
}

/// How long the machine has been running, asleep or not; `None` where the steady clock tells it (Windows) or nothing
/// does.
fn running() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/uptime").ok()?;
    Duration::try_from_secs_f64(text.split(' ').next()?.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sleep_counts_and_does_not_come_back() {
        let began = Instant::now();
        let clock = AwakeAndAsleep { began, running: Some(Duration::from_secs(100)), slept: AtomicU64::new(0) };
        let at = |awake: u64, running: f64| {
            clock.slept(began + Duration::from_secs(awake), Some(Duration::from_secs_f64(running)))
        };
        assert_eq!(at(10, 110.02), Duration::ZERO);
        assert_eq!(at(20, 3_720.0), Duration::from_secs(3_600));
        assert_eq!(at(30, 3_729.5), Duration::from_secs(3_600));
        assert_eq!(
            clock.slept(began, None),
            Duration::from_secs(3_600),
            "a clock that cannot be read turns nothing back"
        );
        let end = began + Duration::from_secs(4_000);
        assert_eq!(clock.steady(end), end - Duration::from_secs(3_600));
    }

    #[test]
    fn a_machine_that_is_awake_has_the_steady_clock() {
        let clock = AwakeAndAsleep::begin();
        let now = clock.now();
        assert!(now <= Instant::now() && now.elapsed() < Duration::from_secs(60));
    }
}
