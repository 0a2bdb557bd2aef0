//! Takes the pictures of several monitors apart, which come in one sequence: what is lost of it may be any one's, so
//! that each waits for a key frame of its own. Each monitor's pictures are counted anew, without gaps.

use std::{collections::BTreeMap, time::Instant};

use crate::gate::{Gate, Verdict};

/// What comes of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judged {
    /// What to do with it.
    pub verdict: Verdict,
    /// Its number among those of its monitor.
    pub seq: u32,
}

#[derive(Debug, Default)]
struct Stream {
    gate: Gate,
    seq: u32,
}

/// See the module. Only monitors that are shown have a stream.
#[derive(Debug, Default)]
pub struct Streams {
    last: Option<u32>,
    streams: BTreeMap<u8, Stream>,
}

impl Streams {
    /// No monitor is shown.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// These are shown from now on. What is new begins with a closed gate.
    pub fn show(&mut self, monitors: &[u8]) {
        self.streams.retain(|monitor, _| monitors.contains(monitor));
        for monitor in monitors {
            self.streams.entry(*monitor).or_default();
        }
    }

    /// Judges a picture; `None` for one of a monitor that is not shown. `seq` counts all pictures of the connection.
    pub fn judge(&mut self, monitor: u8, seq: u32, key: bool, now: Instant) -> Option<Judged> {
        let follows = self.last.is_none_or(|last| seq == last.wrapping_add(1));
        self.last = Some(seq);
        if !follows {
            self.streams.values_mut().for_each(|stream| stream.gate.close());
        }
        let stream = self.streams.get_mut(&monitor)?;
        stream.seq = stream.seq.wrapping_add(1);
        Some(Judged { verdict: stream.gate.judge(stream.seq, key, now), seq: stream.seq })
    }

    /// The viewer of this monitor, or of all, has lost its place.
    pub fn close(&mut self, monitor: Option<u8>) {
        let meant = |(at, _): &(&u8, &mut Stream)| monitor.is_none_or(|monitor| monitor == **at);
        self.streams.iter_mut().filter(meant).for_each(|(_, stream)| stream.gate.close());
    }

    /// The monitors of which a key frame should be asked for now. They then count as asked.
    pub fn wishes(&mut self, now: Instant) -> Vec<u8> {
        self.streams.iter_mut().filter_map(|(monitor, stream)| stream.gate.wish(now).then_some(*monitor)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(streams: &mut Streams, monitor: u8, seq: u32, key: bool) -> Option<u32> {
        let judged = streams.judge(monitor, seq, key, Instant::now())?;
        (judged.verdict == Verdict::Pass).then_some(judged.seq)
    }

    #[test]
    fn each_monitor_counts_its_own_pictures() {
        let mut streams = Streams::new();
        streams.show(&[0, 3]);
        let came = [(0, true), (3, true), (3, false), (0, false), (3, false)];
        let seen: Vec<_> =
            (0..).zip(came).map(|(seq, (monitor, key))| passes(&mut streams, monitor, seq, key)).collect();
        assert_eq!(seen, [Some(1), Some(1), Some(2), Some(2), Some(3)]);
    }

    #[test]
    fn a_loss_is_everybodys_until_each_has_a_key_frame() {
        let mut streams = Streams::new();
        streams.show(&[0, 1]);
        assert!(passes(&mut streams, 0, 7, true).is_some() && passes(&mut streams, 1, 8, true).is_some());
        assert_eq!(passes(&mut streams, 0, 10, false), None, "9 is lost");
        assert!(passes(&mut streams, 0, 11, true).is_some());
        assert_eq!(passes(&mut streams, 1, 12, false), None, "9 may have been this monitor's");
        assert!(passes(&mut streams, 0, 13, false).is_some());
        assert!(passes(&mut streams, 1, 14, true).is_some());
    }

    #[test]
    fn what_is_not_shown_does_not_pass_and_is_no_loss() {
        let mut streams = Streams::new();
        streams.show(&[0, 1]);
        assert!(passes(&mut streams, 0, 0, true).is_some() && passes(&mut streams, 1, 1, true).is_some());
        streams.show(&[1]);
        assert_eq!(passes(&mut streams, 0, 2, true), None);
        assert!(passes(&mut streams, 1, 3, false).is_some());
        streams.show(&[1, 0]);
        assert_eq!(streams.wishes(Instant::now()), [0], "it begins anew");
    }
}
