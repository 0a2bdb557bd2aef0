//! Holds pictures back from a slow decoder: what waits there is age on the screen.
//!
//! The decoder says which pictures it is done with. When too many wait, everything is dropped until it has caught up;
//! then a key frame is asked for, and with it pictures flow again. Deltas are never left out one by one.

use std::collections::VecDeque;

/// Pictures that may wait: 0.2 s at 60 per second, which a decoder that keeps up never needs.
const PICTURES: usize = 12;
/// Bytes that may wait: a few key frames of a big desktop.
const BYTES: usize = 4 * 1024 * 1024;

/// What to do with a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// Hand it on.
    Yes,
    /// Drop it.
    No,
}

/// What the decoder's word means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caught {
    /// Nothing is to be done.
    Fine,
    /// It has caught up after pictures were dropped: ask for a key frame.
    Up,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Pace {
    waiting: VecDeque<(u32, usize)>,
    bytes: usize,
    dropping: bool,
}

impl Pace {
    /// Nothing waits.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Judges the next picture.
    pub fn judge(&mut self, seq: u32, key: bool, len: usize) -> Pass {
        let full = self.waiting.len() >= PICTURES || self.bytes >= BYTES;
        if full || (self.dropping && !key) {
            self.dropping = true;
            return Pass::No;
        }
        self.dropping = false;
        self.waiting.push_back((seq, len));
        self.bytes = self.bytes.saturating_add(len);
        Pass::Yes
    }

    /// Whether everything is dropped until the decoder has caught up and a key frame has come.
    #[cfg(test)]
    const fn is_dropping(&self) -> bool {
        self.dropping
    }

    /// The decoder is done with every picture up to `seq`.
    pub fn drawn(&mut self, seq: u32) -> Caught {
        // Numbers wrap: what lies less than half the circle behind counts as earlier.
        while let Some((first, len)) = self.waiting.front().copied() {
            if seq.wrapping_sub(first) > u32::MAX / 2 {
                break;
            }
            self.waiting.pop_front();
            self.bytes = self.bytes.saturating_sub(len);
        }
        if self.dropping && self.waiting.is_empty() { Caught::Up } else { Caught::Fine }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decoder_that_keeps_up_gets_every_picture() {
        let mut pace = Pace::new();
        for seq in 0..1_000 {
            assert_eq!(pace.judge(seq, seq == 0, 50_000), Pass::Yes);
            assert_eq!(pace.drawn(seq), Caught::Fine);
        }
    }

    #[test]
    fn a_slow_decoder_loses_everything_up_to_a_key_frame_and_never_a_delta_alone() {
        let mut pace = Pace::new();
        let passed = (0..100_u32).filter(|seq| pace.judge(*seq, *seq == 0, 1_000) == Pass::Yes).count();
        assert_eq!(passed, PICTURES);
        assert_eq!(pace.drawn(5), Caught::Fine, "half of them still wait");
        assert!(pace.is_dropping());
        assert_eq!(pace.judge(100, false, 1_000), Pass::No, "its reference was dropped");
        assert_eq!(pace.drawn(11), Caught::Up);
        assert_eq!(pace.judge(101, false, 1_000), Pass::No);
        assert_eq!(pace.judge(102, true, 1_000), Pass::Yes);
        assert_eq!(pace.judge(103, false, 1_000), Pass::Yes);
    }

    #[test]
    fn few_big_pictures_count_as_much_as_many_small_ones() {
        let mut pace = Pace::new();
        assert_eq!(pace.judge(0, true, BYTES), Pass::Yes);
        assert_eq!(pace.judge(1, false, 1), Pass::No);
    }

    #[test]
    fn numbers_wrap() {
        let mut pace = Pace::new();
        assert_eq!(pace.judge(u32::MAX, true, 1), Pass::Yes);
        assert_eq!(pace.judge(0, false, 1), Pass::Yes);
        assert_eq!(pace.drawn(u32::MAX), Caught::Fine);
        assert_eq!(pace.waiting.len(), 1);
        pace.drawn(0);
        assert_eq!(pace.waiting.len(), 0);
    }
}
