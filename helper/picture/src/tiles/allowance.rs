//! So many bytes per second, with a little saved up. Told the time.

use std::time::{Duration, Instant};

/// What may be saved up.
const SAVED: Duration = Duration::from_millis(250);

/// See the module.
#[derive(Debug)]
pub(super) struct Allowance {
    /// Bytes per second.
    rate: u64,
    left: u64,
    /// Up to when `left` was counted; `None` while nothing was spent.
    counted: Option<Instant>,
}

impl Allowance {
    pub(super) const fn new() -> Self {
        Self { rate: 1, left: 0, counted: None }
    }

    pub(super) fn set_rate(&mut self, bytes_per_second: u64) {
        self.rate = bytes_per_second.max(1);
    }

    /// Enough for at least one of what is asked for.
    fn most(&self, bytes: u64) -> u64 {
        (self.rate * millis(SAVED) / 1000).max(bytes)
    }

    fn left(&self, bytes: u64, now: Instant) -> u64 {
        let most = self.most(bytes);
        self.counted.map_or(most, |then| {
            let gained = millis(now.saturating_duration_since(then)).saturating_mul(self.rate) / 1000;
            self.left.saturating_add(gained).min(most)
        })
    }

    /// Whether so many may be spent.
    pub(super) fn has(&self, bytes: u64, now: Instant) -> bool {
        self.left(bytes, now) >= bytes
    }

    /// When so many may be spent, if none are before.
    pub(super) fn when(&self, bytes: u64, now: Instant) -> Instant {
        let missing = bytes.saturating_sub(self.left(bytes, now));
        now + Duration::from_millis(missing * 1000 / self.rate + 1)
    }

    /// So many were spent.
    pub(super) fn spend(&mut self, bytes: u64, now: Instant) {
        self.left = self.left(bytes, now).saturating_sub(bytes);
        self.counted = Some(now);
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn over_time_no_more_is_spent_than_the_rate_gives() {
        let start = Instant::now();
        let mut allowance = Allowance::new();
        allowance.set_rate(10_000);
        let mut spent = 0;
        for ms in 0..4_000 {
            let now = start + Duration::from_millis(ms);
            if allowance.has(600, now) {
                allowance.spend(600, now);
                spent += 600;
            }
        }
        assert!((38_000..=43_000).contains(&spent), "{spent} in four seconds at 10 000");
    }

    #[test]
    fn it_says_when_there_is_enough_again() {
        let start = Instant::now();
        let mut allowance = Allowance::new();
        allowance.set_rate(1_000);
        allowance.spend(2_000, start);
        let then = allowance.when(2_000, start);
        assert!(!allowance.has(2_000, then - Duration::from_millis(5)) && allowance.has(2_000, then));
    }
}
