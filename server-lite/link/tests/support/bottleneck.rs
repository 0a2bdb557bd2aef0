//! A bottleneck on a virtual clock. Whoever includes it brings `Report` and `FEEDBACK` of the link.

#![allow(dead_code, reason = "each test uses its part of it")]

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use super::{FEEDBACK, Report};

/// A queue of 64 kB in front of a link, 20 ms long, and a viewer that reports every [`FEEDBACK`].
pub(crate) struct Link {
    pub(crate) now: Instant,
    pub(crate) start: Instant,
    pub(crate) bits_per_second: f64,
    /// When the link has sent all that is in its queue.
    free_at: Instant,
    /// What has left and was not reported, with its arrival.
    flying: VecDeque<(Report, Option<Instant>)>,
    next_report: Instant,
    seed: u32,
    pub(crate) loss_percent: u32,
    pub(crate) dropped: u32,
    /// The other end's clock runs this many parts in a million fast.
    pub(crate) drift_ppm: f64,
}

const ONE_WAY: Duration = Duration::from_millis(20);
const QUEUE_BYTES: f64 = 65_536.0;

impl Link {
    pub(crate) fn new(bits_per_second: f64) -> Self {
        let now = Instant::now();
        Self {
            now,
            start: now,
            bits_per_second,
            free_at: now,
            flying: VecDeque::new(),
            next_report: now + FEEDBACK,
            seed: 1,
            loss_percent: 0,
            dropped: 0,
            drift_ppm: 0.0,
        }
    }

    pub(crate) fn queue(&self) -> Duration {
        self.free_at.saturating_duration_since(self.now)
    }

    /// Carries another rate from now on; what waits, waits on.
    pub(crate) fn becomes(&mut self, bits_per_second: f64) {
        let waiting = self.queue().as_secs_f64() * self.bits_per_second / bits_per_second;
        self.free_at = self.now + Duration::from_secs_f64(waiting);
        for arrival in self.flying.iter_mut().filter_map(|(_, arrival)| arrival.as_mut()) {
            if let Some(left) = arrival.checked_duration_since(self.now + ONE_WAY) {
                *arrival = self.now + ONE_WAY + left.mul_f64(self.bits_per_second / bits_per_second);
            }
        }
        self.bits_per_second = bits_per_second;
    }

    /// A packet leaves now. When its last bit comes out at the other end, if it does.
    pub(crate) fn send(&mut self, bytes: usize) -> Option<Instant> {
        self.seed = self.seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let unlucky = (self.seed >> 16) % 100 < self.loss_percent;
        let full = self.queue().as_secs_f64() * self.bits_per_second / 8.0 + bytes as f64 > QUEUE_BYTES;
        self.dropped += u32::from(full);
        let arrival = (!unlucky && !full).then(|| {
            let wire = on_the_wire(bytes) / self.bits_per_second;
            self.free_at = self.free_at.max(self.now) + Duration::from_secs_f64(wire);
            self.free_at + ONE_WAY
        });
        let report = Report { departure: self.now, arrival: None, bytes };
        self.flying.push_back((report, arrival));
        arrival
    }

    /// Something leaves now of which the viewer tells nothing.
    pub(crate) fn send_untold(&mut self, bytes: usize) {
        if self.send(bytes).is_some() {
            self.flying.pop_back();
        }
    }

    /// What the viewer has to tell at `now`.
    pub(crate) fn reports(&mut self) -> Vec<Report> {
        if self.now < self.next_report {
            return Vec::new();
        }
        self.next_report = self.now + FEEDBACK;
        // A report takes its own 20 ms.
        let heard = |arrival: &Option<Instant>| arrival.is_none_or(|at| at + ONE_WAY <= self.now);
        let known = self.flying.iter().rposition(|(_, arrival)| arrival.is_some_and(|at| at + ONE_WAY <= self.now));
        let Some(known) = known else { return Vec::new() };
        assert!(self.flying.iter().take(known + 1).all(|(_, arrival)| heard(arrival)), "in order");
        let (start, drift) = (self.start, self.drift_ppm);
        let clock = |at: Instant| {
            let true_time = at.duration_since(start).as_secs_f64();
            // In steps of 250 µs, as TWCC has it.
            Duration::from_micros((true_time * (1.0 + drift / 1e6) * 4_000.0) as u64 * 250)
        };
        let told = self.flying.drain(..=known);
        told.map(|(report, arrival)| Report { arrival: arrival.map(clock), ..report }).collect()
    }
}

/// Bits of a packet with all headers.
fn on_the_wire(bytes: usize) -> f64 {
    (bytes + 48) as f64 * 8.0
}
