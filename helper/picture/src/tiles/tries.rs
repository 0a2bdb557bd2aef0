//! When to look for a movement: at once while one runs, seldom while nothing that changes is one. Told the time.

use std::time::{Duration, Instant};

/// After a try that found nothing the next waits for this long, after each further one for twice as long.
const FIRST: Duration = Duration::from_millis(60);
/// And never longer: a page may begin to scroll beside a film.
const LONGEST: Duration = Duration::from_millis(1_000);
/// What began to move before the viewer had it is told so often at most.
const CATCHING_UP: Duration = Duration::from_millis(1_000);
/// After a message was held up on its way, no movement goes the same way for so long.
const HELD_UP: Duration = Duration::from_secs(30);
/// A movement that was told this long ago is over.
const OVER: Duration = Duration::from_millis(150);

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Tries {
    /// When a movement was told last.
    told: Option<Instant>,
    /// Not before this moment.
    next: Option<Instant>,
    /// What the next failure waits for.
    wait: Option<Duration>,
    /// When the viewer was given all, for the next try to find it there.
    caught_up: Option<Instant>,
}

impl Tries {
    pub(super) fn may(&self, now: Instant) -> bool {
        self.next.is_none_or(|next| next <= now)
    }

    pub(super) fn came_off(&mut self, now: Instant) {
        *self = Self { told: Some(now), next: None, wait: None, caught_up: self.caught_up };
    }

    pub(super) fn failed(&mut self, now: Instant) {
        let wait = self.wait.unwrap_or(FIRST);
        self.next = Some(now + wait);
        self.wait = Some((wait * 2).min(LONGEST));
    }

    /// A message was held up on its way.
    pub(super) fn held_up(&mut self, now: Instant) {
        *self = Self { told: None, next: Some(now + HELD_UP), wait: None, caught_up: None };
    }

    /// After a failure: whether the viewer is to be given all that changed. The next try comes at once then, and if that
    /// fails too, the one after it as late as after any other.
    pub(super) fn catches_up(&mut self, now: Instant) -> bool {
        if self.caught_up.is_some_and(|then| now < then + CATCHING_UP) {
            return false;
        }
        self.caught_up = Some(now);
        self.next = None;
        true
    }

    /// Until when the movement runs that is being told; `None` if none is.
    pub(super) fn running_until(&self, now: Instant) -> Option<Instant> {
        self.told.map(|told| told + OVER).filter(|over| now < *over)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn a_film_is_looked_at_seldom_and_a_page_that_scrolls_each_time() {
        let start = Instant::now();
        let mut tries = Tries::default();
        let (mut looks, mut given) = (0, 0);
        for ms in 0..10_000 {
            if tries.may(start + ms * MS) {
                looks += 1;
                tries.failed(start + ms * MS);
                given += usize::from(tries.catches_up(start + ms * MS));
            }
        }
        assert!(looks < 30 && (5..=11).contains(&given), "{looks} looks, {given} times all, in ten seconds");
        tries.came_off(start + 10_000 * MS);
        assert!(tries.may(start + 10_001 * MS));
        assert_eq!(tries.running_until(start + 10_100 * MS), Some(start + 10_000 * MS + OVER));
        assert_eq!(tries.running_until(start + 10_200 * MS), None);
        tries.held_up(start + 10_300 * MS);
        assert!(!tries.may(start + 40_000 * MS) && tries.may(start + 40_300 * MS));
    }
}
