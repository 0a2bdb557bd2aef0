//! Decides which pictures may be decoded: nothing before a key frame, nothing after a gap until the next one.
//!
//! A delta without the picture before it decodes to garbage that stays on the screen until the next key frame. So a
//! gap closes the gate, and the gate asks for a key frame, again and again but never more often than
//! [`WISH_INTERVAL`], until one comes.

use std::time::{Duration, Instant};

/// A key frame of a full desktop takes up to 0.1 s to encode and as long to send; asking faster makes it worse.
pub const WISH_INTERVAL: Duration = Duration::from_millis(500);

/// What to do with a picture that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Decode it.
    Pass,
    /// Drop it.
    Drop,
    /// Drop it and ask for a key frame.
    DropAndAsk,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Gate {
    next: Option<u32>,
    asked: Option<Instant>,
}

impl Gate {
    /// A closed gate.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Judges a picture. `seq` counts pictures without gaps at the sender and wraps.
    pub fn judge(&mut self, seq: u32, key: bool, now: Instant) -> Verdict {
        if key || self.next == Some(seq) {
            self.next = Some(seq.wrapping_add(1));
            self.asked = None;
            return Verdict::Pass;
        }
        self.next = None;
        if self.wish(now) { Verdict::DropAndAsk } else { Verdict::Drop }
    }

    /// Closes the gate: the decoder behind it has lost its state.
    pub const fn close(&mut self) {
        self.next = None;
    }

    /// Whether a closed gate should ask for a key frame now. It then counts as asked.
    pub fn wish(&mut self, now: Instant) -> bool {
        let due = self.asked.is_none_or(|asked| now.saturating_duration_since(asked) >= WISH_INTERVAL);
        let wish = self.next.is_none() && due;
        if wish {
            self.asked = Some(now);
        }
        wish
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_passes_before_the_first_key_frame_and_one_is_asked_for() {
        let start = Instant::now();
        let mut gate = Gate::new();
        assert_eq!(gate.judge(7, false, start), Verdict::DropAndAsk);
        assert_eq!(gate.judge(8, false, start), Verdict::Drop);
        assert_eq!(gate.judge(9, false, start + WISH_INTERVAL), Verdict::DropAndAsk);
        assert_eq!(gate.judge(10, true, start + WISH_INTERVAL), Verdict::Pass);
        assert_eq!(gate.judge(11, false, start + WISH_INTERVAL), Verdict::Pass);
    }

    #[test]
    fn a_gap_closes_the_gate_until_the_next_key_frame() {
        let start = Instant::now();
        let mut gate = Gate::new();
        assert_eq!(gate.judge(u32::MAX, true, start), Verdict::Pass);
        assert_eq!(gate.judge(0, false, start), Verdict::Pass);
        assert_eq!(gate.judge(2, false, start), Verdict::DropAndAsk);
        assert_eq!(gate.judge(3, false, start), Verdict::Drop);
        assert_eq!(gate.judge(4, true, start), Verdict::Pass);
    }

    #[test]
    fn a_closed_gate_keeps_asking_but_not_too_often() {
        let start = Instant::now();
        let mut gate = Gate::new();
        assert_eq!(gate.judge(1, true, start), Verdict::Pass);
        assert!(!gate.wish(start), "an open gate wants nothing");
        gate.close();
        assert!(gate.wish(start));
        assert!(!gate.wish(start));
        assert!(gate.wish(start + WISH_INTERVAL));
    }
}
