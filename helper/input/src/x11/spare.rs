//! Keys borrowed for characters that the layout lacks.
//!
//! A program looks up what a key means when it handles the key's event, which may be a while after the key was
//! pressed. So a borrowed key keeps its character until it is needed for another one, the longest unused first, and is
//! given back only when programs have had [`SETTLE`] to look.

use std::time::{Duration, Instant};

/// Time for programs to look up a key that was pressed. Toolkits fetch the whole map anew after each change, which
/// took up to 60 ms in a busy GTK program.
pub(super) const SETTLE: Duration = Duration::from_millis(150);
/// Time between two changes of the map. Xlib forgets a change that it hears of while it fetches the map after the one
/// before (`_XkbCheckPendingRefresh` clears what was noted meanwhile), and the program then types an earlier character.
/// A fetch takes a few milliseconds on a busy machine.
const APART: Duration = Duration::from_millis(25);

#[derive(Debug, Clone, Copy)]
struct Key {
    code: u8,
    /// What it types now; 0 for nothing.
    keysym: u32,
    used: Option<Instant>,
}

/// What is to be done before a borrowed key can be pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Borrowed {
    /// Nothing: it types that already.
    Ready(u8),
    /// Map it, once this time has passed.
    Map {
        /// Which.
        code: u8,
        /// How long programs may still need its old meaning, or are busy with the change before.
        wait: Duration,
    },
}

/// The keys that can be borrowed.
#[derive(Debug, Default)]
pub(super) struct Spares {
    keys: Vec<Key>,
    changed: Option<Instant>,
}

impl Spares {
    /// Starts anew with keys that type nothing, keeping those already borrowed that still type what they were given.
    pub(super) fn refresh(&mut self, unused: &[u8], types: impl Fn(u8) -> u32) {
        self.keys.retain(|key| key.keysym != 0 && types(key.code) == key.keysym);
        for code in unused {
            if self.keys.iter().all(|key| key.code != *code) {
                self.keys.push(Key { code: *code, keysym: 0, used: None });
            }
        }
    }

    /// Chooses a key for a keysym; `None` when the keyboard has none to spare.
    pub(super) fn borrow(&mut self, keysym: u32, now: Instant) -> Option<Borrowed> {
        if let Some(key) = self.keys.iter_mut().find(|key| key.keysym == keysym) {
            key.used = Some(now);
            return Some(Borrowed::Ready(key.code));
        }
        let key = self.keys.iter_mut().min_by_key(|key| key.used)?;
        let left = |since: Option<Instant>, time: Duration| {
            since.map_or(Duration::ZERO, |since| (since + time).saturating_duration_since(now))
        };
        let wait = left(key.used, SETTLE).max(left(self.changed, APART));
        key.keysym = keysym;
        key.used = Some(now + wait);
        self.changed = key.used;
        Some(Borrowed::Map { code: key.code, wait })
    }

    /// How long until programs have looked up everything.
    pub(super) fn settled_in(&self, now: Instant) -> Duration {
        let last = self.keys.iter().filter(|key| key.keysym != 0).filter_map(|key| key.used).max();
        last.map_or(Duration::ZERO, |last| (last + SETTLE).saturating_duration_since(now))
    }

    /// The keys to give back, which then count as unused.
    pub(super) fn give_back(&mut self) -> Vec<u8> {
        let borrowed = self.keys.iter_mut().filter(|key| key.keysym != 0);
        borrowed
            .map(|key| {
                key.keysym = 0;
                key.code
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> Spares {
        let mut spares = Spares::default();
        spares.refresh(&[200, 201], |_| 0);
        spares
    }

    #[test]
    fn a_character_typed_twice_borrows_one_key() {
        let (mut spares, now) = (two(), Instant::now());
        assert_eq!(spares.borrow(0xe4, now), Some(Borrowed::Map { code: 200, wait: Duration::ZERO }));
        assert_eq!(spares.borrow(0xe4, now), Some(Borrowed::Ready(200)));
    }

    #[test]
    fn the_longest_unused_key_changes_its_meaning_but_not_too_soon() {
        let (mut spares, now) = (two(), Instant::now());
        spares.borrow(1, now);
        spares.borrow(2, now + Duration::from_millis(10));
        let third = spares.borrow(3, now + Duration::from_millis(50));
        assert_eq!(third, Some(Borrowed::Map { code: 200, wait: Duration::from_millis(100) }));
    }

    #[test]
    fn two_changes_do_not_come_at_once() {
        let (mut spares, now) = (two(), Instant::now());
        spares.borrow(1, now);
        let second = spares.borrow(2, now + Duration::from_millis(5));
        assert_eq!(second, Some(Borrowed::Map { code: 201, wait: Duration::from_millis(20) }));
    }

    #[test]
    fn another_layout_takes_borrowed_keys_back() {
        let (mut spares, now) = (two(), Instant::now());
        spares.borrow(7, now);
        spares.refresh(&[201, 202], |_| 0);
        assert_eq!(spares.give_back(), Vec::<u8>::new());
        assert_eq!(spares.borrow(7, now + APART), Some(Borrowed::Map { code: 201, wait: Duration::ZERO }));
    }

    #[test]
    fn a_keyboard_without_unused_keys_has_none_to_spare() {
        assert_eq!(Spares::default().borrow(7, Instant::now()), None);
    }
}
