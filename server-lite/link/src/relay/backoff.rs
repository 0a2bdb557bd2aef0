//! When to try again.

use std::time::Duration;

use super::{FIRST_DELAY, LAST_DELAY};
use crate::entropy::Entropy;

/// Full jitter: a delay anywhere between nothing and a bound that doubles, so that a thousand helpers do not come back
/// in the same moment after a relay's restart.
#[derive(Debug)]
pub(super) struct Backoff {
    bound: Duration,
    entropy: Entropy,
}

impl Backoff {
    pub(super) const fn new(entropy: Entropy) -> Self {
        Self { bound: FIRST_DELAY, entropy }
    }

    /// After a connection that held.
    pub(super) const fn reset(&mut self) {
        self.bound = FIRST_DELAY;
    }

    pub(super) fn next_delay(&mut self) -> Duration {
        let part = f64::from(u32::from_le_bytes(self.entropy.array())) / f64::from(u32::MAX);
        let delay = self.bound.mul_f64(part);
        self.bound = self.bound.saturating_mul(2).min(LAST_DELAY);
        delay
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_to_their_limit_and_begin_small_again() {
        let mut backoff = Backoff::new(Entropy::from_seed([1; 32]));
        let mut bound = FIRST_DELAY;
        let delays: Vec<_> = (0..40)
            .map(|_| {
                let delay = backoff.next_delay();
                assert!(delay <= bound, "{delay:?} of at most {bound:?}");
                bound = (bound * 2).min(LAST_DELAY);
                delay
            })
            .collect();
        assert!(delays.iter().any(|delay| *delay > LAST_DELAY / 2));
        backoff.reset();
        assert!(backoff.next_delay() <= FIRST_DELAY);
    }

    #[test]
    fn two_programs_do_not_come_back_together() {
        let first = Backoff::new(Entropy::from_seed([1; 32])).next_delay();
        let second = Backoff::new(Entropy::from_seed([2; 32])).next_delay();
        assert_ne!(first, second);
    }
}
