//! Figures once a second while something is sent, and once more when it stops. Told the time.

use std::time::{Duration, Instant};

use deskhand_protocol::call::control::PictureStats;

const EVERY: Duration = Duration::from_secs(1);

/// Counts one second.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// When the current second ends; `None` while nothing is sent.
    due: Option<Instant>,
    captured: u32,
    sent: u32,
    bytes: u32,
    capturing: Duration,
    encoding: Duration,
    tiles: u32,
    tile_bytes: u32,
}

impl Tally {
    /// A picture was captured, which took this long.
    pub(crate) fn captured(&mut self, took: Duration) {
        self.captured = self.captured.saturating_add(1);
        self.capturing += took;
    }

    /// A packet left at `now`, which took this long to convert and encode.
    pub(crate) fn sent(&mut self, now: Instant, bytes: usize, took: Duration) {
        self.due.get_or_insert(now + EVERY);
        self.sent = self.sent.saturating_add(1);
        self.bytes = self.bytes.saturating_add(u32::try_from(bytes).unwrap_or(u32::MAX));
        self.encoding += took;
    }

    /// A tile message left at `now`.
    pub(crate) fn tiles(&mut self, now: Instant, cells: usize, bytes: usize) {
        self.due.get_or_insert(now + EVERY);
        self.tiles = self.tiles.saturating_add(u32::try_from(cells).unwrap_or(u32::MAX));
        self.tile_bytes = self.tile_bytes.saturating_add(u32::try_from(bytes).unwrap_or(u32::MAX));
    }

    /// When [`poll`](Self::poll) has something to say.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// The figures, when a second is over. An empty second is reported once, then there is silence.
    pub(crate) fn poll(&mut self, now: Instant) -> Option<PictureStats> {
        self.due.filter(|due| *due <= now)?;
        let figures = PictureStats {
            captured: self.captured,
            sent: self.sent,
            bytes: self.bytes,
            capture_ms: mean_ms(self.capturing, self.captured),
            encode_ms: mean_ms(self.encoding, self.sent),
            tiles: self.tiles,
            tile_bytes: self.tile_bytes,
            ..PictureStats::default()
        };
        let again = self.sent > 0 || self.tiles > 0;
        *self = Self { due: again.then(|| now + EVERY), ..Self::default() };
        Some(figures)
    }
}

#[allow(clippy::cast_precision_loss, reason = "a second has at most a few hundred pictures")]
fn mean_ms(sum: Duration, count: u32) -> f32 {
    if count == 0 { 0.0 } else { sum.as_secs_f32() * 1000.0 / count as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_come_each_second_and_once_more_at_the_end() {
        let start = Instant::now();
        let mut tally = Tally::default();
        assert_eq!(tally.due(), None, "nothing sent, nothing to say");
        tally.captured(Duration::from_millis(2));
        tally.captured(Duration::from_millis(4));
        tally.sent(start, 100, Duration::from_millis(10));
        assert_eq!(tally.poll(start), None);
        let figures = tally.poll(start + EVERY).expect("a second is over");
        assert_eq!((figures.captured, figures.sent, figures.bytes), (2, 1, 100));
        assert!((figures.capture_ms - 3.0).abs() < 0.01 && (figures.encode_ms - 10.0).abs() < 0.01);
        let last = tally.poll(start + 2 * EVERY).expect("once more");
        assert_eq!(last, PictureStats::default());
        assert_eq!(tally.due(), None, "and then there is silence");
    }

    #[test]
    fn tiles_count_like_pictures() {
        let start = Instant::now();
        let mut tally = Tally::default();
        tally.tiles(start, 3, 500);
        let figures = tally.poll(start + EVERY).expect("a second is over");
        assert_eq!((figures.sent, figures.tiles, figures.tile_bytes), (0, 3, 500));
        assert!(tally.poll(start + 2 * EVERY).is_some() && tally.due().is_none());
    }
}
