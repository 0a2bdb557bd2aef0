//! Counts what a live call receives and makes the figures of one second from it.

use std::time::{Duration, Instant};

use deskhand_protocol::call::control::PictureStats;

use crate::state::CallStats;

/// How often figures are made.
pub const INTERVAL: Duration = Duration::from_secs(1);

/// See the module.
#[derive(Debug)]
pub struct Meter {
    since: Instant,
    pictures: u32,
    bytes: u64,
    tiles: u32,
    tile_bytes: u64,
    rtt_ms: Option<f32>,
    helper: PictureStats,
}

impl Meter {
    /// Begins to count.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        Self {
            since: now,
            pictures: 0,
            bytes: 0,
            tiles: 0,
            tile_bytes: 0,
            rtt_ms: None,
            helper: PictureStats::default(),
        }
    }

    /// A picture came.
    pub fn picture(&mut self, bytes: usize) {
        self.pictures = self.pictures.saturating_add(1);
        self.bytes = self.bytes.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
    }

    /// A tile message came.
    pub fn tiles(&mut self, cells: usize, bytes: usize) {
        self.tiles = self.tiles.saturating_add(u32::try_from(cells).unwrap_or(u32::MAX));
        self.tile_bytes = self.tile_bytes.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
    }

    /// The round trip was measured.
    pub fn round_trip(&mut self, rtt: Duration) {
        self.rtt_ms = Some(rtt.as_secs_f32() * 1000.0);
    }

    /// The helper told its own figures. What is no number counts as zero: it comes from the other end.
    pub fn helper(&mut self, stats: PictureStats) {
        let sane = |value: f32| if value.is_finite() && value >= 0.0 { value } else { 0.0 };
        self.helper = PictureStats { capture_ms: sane(stats.capture_ms), encode_ms: sane(stats.encode_ms), ..stats };
    }

    /// The figures since the last call, once [`INTERVAL`] has passed; counting then begins anew.
    pub fn take(&mut self, now: Instant) -> Option<CallStats> {
        let seconds = now.saturating_duration_since(self.since).as_secs_f32();
        if seconds < INTERVAL.as_secs_f32() {
            return None;
        }
        #[allow(clippy::cast_precision_loss, reason = "a rate on a screen needs three digits")]
        let stats = CallStats {
            fps: self.pictures as f32 / seconds,
            kbit_per_s: self.bytes as f32 * 8.0 / 1000.0 / seconds,
            tiles: self.tiles as f32 / seconds,
            tile_kbit_per_s: self.tile_bytes as f32 * 8.0 / 1000.0 / seconds,
            rtt_ms: self.rtt_ms,
            capture_ms: self.helper.capture_ms,
            encode_ms: self.helper.encode_ms,
            exact: self.helper.exact,
            frame_rate: self.helper.frame_rate,
            scale_percent: self.helper.scale_percent,
            limit: self.helper.limit,
        };
        *self = Self { rtt_ms: self.rtt_ms, helper: self.helper, ..Self::new(now) };
        Some(stats)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_rates_over_the_time_that_passed() {
        let start = Instant::now();
        let mut meter = Meter::new(start);
        for _ in 0..30 {
            meter.picture(5_000);
        }
        meter.tiles(40, 2_500);
        meter.round_trip(Duration::from_millis(12));
        assert_eq!(meter.take(start + Duration::from_millis(999)), None);
        let stats = meter.take(start + Duration::from_secs(2)).unwrap();
        assert_eq!((stats.fps, stats.kbit_per_s, stats.rtt_ms), (15.0, 600.0, Some(12.0)));
        assert_eq!((stats.tiles, stats.tile_kbit_per_s), (20.0, 10.0));
        let idle = meter.take(start + Duration::from_secs(3)).unwrap();
        assert_eq!((idle.fps, idle.kbit_per_s), (0.0, 0.0));
    }

    #[test]
    fn figures_of_the_helper_that_are_no_numbers_become_zero() {
        let start = Instant::now();
        let mut meter = Meter::new(start);
        meter.helper(PictureStats { capture_ms: f32::NAN, encode_ms: -3.0, ..PictureStats::default() });
        let stats = meter.take(start + INTERVAL).unwrap();
        assert_eq!((stats.capture_ms, stats.encode_ms), (0.0, 0.0));
    }
}
