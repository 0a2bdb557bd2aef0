//! What the path carries, and when a packet may leave. Decides only: it is told what was sent, what the viewer reported
//! (TWCC), and the time.
//!
//! A bottleneck tells its rate by itself: packets that wait in its queue leave it one after the other without a pause,
//! so their bytes, divided by the time between their arrivals, are what it carries. A picture is several packets sent
//! at once, so each is such a measurement ([`Path::reported`]): no probing is needed, and a rate that came back is
//! noticed with the next picture. Of that rate a little is left free, and much while a queue stands:
//!
//! ```text
//! reports ─▶ delay over the least of 30 s ─▶ standing queue ─┐
//!       └──▶ bytes and time of busy periods ─▶ rate ─────────┴─▶ Estimate ─▶ encoder, Pacer
//! ```
//!
//! The library's GCC is not used: it climbs by 8 % a second, and by 60 kbit/s a second above a rate that once
//! was too much: five seconds after a path came back from 1 to 10 Mbit/s it has 2.7 of them, where this has 8 after less
//! than two; and it lowers its estimate to a part of what an idle screen happens to send. `path/tests.rs` shows both, and
//! `server-lite/docs/decisions/0010-the-path-is-measured-by-busy-periods.md` has the reasons.
//!
//! # Invariants
//!
//! - What a still screen does not send says nothing about the path: without busy periods the rate stays.
//! - Loss alone, as radio links have it, changes nothing below a tenth.
//! - The two clocks are never compared: only differences within half a minute count, so that drift adds nothing up.

use std::{
    collections::VecDeque,
    fmt,
    time::{Duration, Instant},
};

#[cfg(test)]
mod tests;

/// Where the estimate begins, in bits per second: the first report comes a round trip and [`FEEDBACK`] after the first
/// packets, and until then this much must not fill the queue of a slow path.
pub const FIRST_BIT_RATE: u32 = 1_500_000;
/// Bounds of the estimate. Above, nothing gets better; below, nothing can be seen.
const LEAST: f64 = 150_000.0;
const MOST: f64 = 200_000_000.0;

/// How often the viewer reports while packets come. The shorter, the sooner a fall is noticed; one report is about 80
/// bytes, so this is 25 kbit/s the other way.
pub const FEEDBACK: Duration = Duration::from_millis(25);

/// Bits of one packet of full size, with all headers.
const PACKET: f64 = 1_250.0 * 8.0;
/// Bytes around an RTP packet: IP, UDP and the SRTP tag.
const HEADERS: usize = 48;

/// How long what was measured counts.
const WINDOW: Duration = Duration::from_millis(250);
/// How long a delay counts for the standing queue: several reports.
const STANDING: Duration = Duration::from_millis(80);
/// Delay over the least that is no queue: what schedulers and radio links add.
const JITTER_US: f64 = 10_000.0;
/// Arrivals are told in steps of 250 µs; twice that is as good as at once.
const TOLERANCE_US: i64 = 500;
/// Busy time below which a rate is only a lower bound.
const LEAST_BUSY_US: f64 = 2_000.0;
/// Busy time from which a rate lower than the estimate is believed: a receiver that was held up once is shorter.
const BELIEVED_BUSY_US: f64 = 15_000.0;
/// Packets from which a gap can be told from the way a path serves.
const MANY: u32 = 8;
/// How much the estimate may grow in a second. Ten times in 1.7 seconds.
const GROWTH: f64 = 4.0;
/// How much it may grow in a second where no busy period tells, and all of it is used.
const BLIND_GROWTH: f64 = 1.5;
/// How long it is remembered what left beside the video: reports of it come sooner.
const BESIDE: Duration = Duration::from_secs(3);
/// Loss above which it counts as congestion of a path with next to no queue.
const HEAVY_LOSS: f64 = 0.1;

/// One packet's fate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// When it left, on this end's clock.
    pub departure: Instant,
    /// When it arrived, on the other end's; `None` if it did not.
    pub arrival: Option<Duration>,
    /// Its size in bytes, from the RTP header on.
    pub bytes: usize,
}

/// What is known of the path.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// What may be sent, in bits per second: less than the path carries while a queue stands.
    pub bits_per_second: f64,
    /// How long a packet waits in the path's queue.
    pub queue: Duration,
    /// Whether anything was measured yet.
    pub measured: bool,
}

impl Estimate {
    /// [`bits_per_second`](Self::bits_per_second) as a whole number.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between LEAST and MOST")]
    pub fn whole_bits(self) -> u64 {
        self.bits_per_second as u64
    }
}

/// Packets that the bottleneck sent without a pause, as of one report.
#[derive(Debug, Clone, Copy)]
struct Busy {
    at: Instant,
    bits: f64,
    packets: u32,
    time_us: f64,
    /// The longest of the times between two of them.
    longest_us: f64,
}

impl Busy {
    /// Both together.
    fn and(self, other: &Self) -> Self {
        Self {
            at: other.at,
            bits: self.bits + other.bits,
            packets: self.packets + other.packets,
            time_us: self.time_us + other.time_us,
            longest_us: self.longest_us.max(other.longest_us),
        }
    }

    /// Microseconds that the bottleneck was busy. It serves one packet like another; a single gap longer than all the
    /// others together is the other end's: it was held up, and read what had arrived meanwhile all at once.
    fn serving_us(&self) -> f64 {
        let others = self.time_us - self.longest_us;
        if self.packets >= MANY && self.longest_us > others {
            others + others / f64::from(self.packets - 1)
        } else {
            self.time_us
        }
    }
}

/// Follows one path.
#[derive(Debug)]
pub struct Path {
    /// What departures are counted from.
    epoch: Option<Instant>,
    /// The least delay, per piece of time.
    floors: VecDeque<(Instant, i64)>,
    delays: VecDeque<(Instant, i64)>,
    last_arrival_us: Option<i64>,
    last_departure: Option<Instant>,
    /// What left that is not video, in bits: it takes its part of the bottleneck, and nobody reports it.
    beside: VecDeque<(Instant, f64)>,
    busy: VecDeque<Busy>,
    delivered: VecDeque<(Instant, f64)>,
    rate: f64,
    measured: bool,
    loss: f64,
    last_report: Option<Instant>,
    last_sent: Option<Instant>,
    /// Packets sent of which nothing was heard, and since when.
    unheard: Option<Instant>,
}

/// What the estimate comes from, for a trace.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let none = Busy { at: Instant::now(), bits: 0.0, packets: 0, time_us: 0.0, longest_us: 0.0 };
        let all = self.busy.iter().fold(none, Busy::and);
        write!(
            f,
            "{:.0} bit/s, {} packets of {:.0} bit in {:.0} us (longest {:.0}), loss {:.3}",
            self.rate, all.packets, all.bits, all.time_us, all.longest_us, self.loss
        )
    }
}

impl Default for Path {
    fn default() -> Self {
        Self::new()
    }
}

impl Path {
    /// A path of which nothing is known.
    #[must_use]
    pub fn new() -> Self {
        Self {
            epoch: None,
            floors: VecDeque::new(),
            delays: VecDeque::new(),
            last_arrival_us: None,
            last_departure: None,
            beside: VecDeque::new(),
            busy: VecDeque::new(),
            delivered: VecDeque::new(),
            rate: FIRST_BIT_RATE.into(),
            measured: false,
            loss: 0.0,
            last_report: None,
            last_sent: None,
            unheard: None,
        }
    }

    /// A packet leaves at `now`.
    pub fn sent(&mut self, now: Instant) {
        // After a pause nothing is outstanding any more, whatever became of the last packets.
        if self.last_sent.is_none_or(|last| now.saturating_duration_since(last) > Duration::from_millis(500)) {
            self.unheard = None;
        }
        self.last_sent = Some(now);
        self.unheard.get_or_insert(now);
    }

    /// So much that is not video leaves at `now`, in so many packets.
    pub fn sent_beside(&mut self, now: Instant, bytes: usize, packets: usize) {
        while self.beside.front().is_some_and(|(at, _)| now.saturating_duration_since(*at) > BESIDE) {
            self.beside.pop_front();
        }
        self.beside.push_back((now, bits_of(bytes) + bits_of(0) * as_f64(i64::try_from(packets).unwrap_or(1) - 1)));
    }

    /// Bits that left beside the video after one packet of it and not after another.
    fn beside(&self, after: Option<Instant>, until: Instant) -> f64 {
        let Some(after) = after else { return 0.0 };
        self.beside.iter().filter(|(at, _)| *at > after && *at <= until).map(|(_, bits)| bits).sum()
    }

    /// The viewer has told of packets, in the order in which they were sent.
    pub fn reported(&mut self, now: Instant, reports: &[Report]) {
        let Some(first) = reports.first() else { return };
        let epoch = *self.epoch.get_or_insert(first.departure);
        let since = self.last_report.map_or(FEEDBACK, |last| now.saturating_duration_since(last));
        self.last_report = Some(now);
        // The path lives: what left after these packets has been waited for from now on only.
        let heard_of = reports.last().map(|report| report.departure);
        self.unheard = (heard_of < self.last_sent).then_some(now);
        let mut fresh = Busy { at: now, bits: 0.0, packets: 0, time_us: 0.0, longest_us: 0.0 };
        let (mut lost, mut bits) = (0u32, 0.0);
        for report in reports {
            let Some(arrival) = report.arrival else {
                lost += 1;
                continue;
            };
            let (left, came) = (signed_us(epoch, report.departure), micros(arrival));
            let size = bits_of(report.bytes);
            bits += size;
            let delay = came - left;
            self.add_delay(now, delay);
            let floor = self.floor().unwrap_or(delay);
            if let Some(before) = self.last_arrival_us
                && came >= before
                && left + floor <= before + TOLERANCE_US
            {
                fresh.bits += size + self.beside(self.last_departure, report.departure);
                fresh.packets += 1;
                let gap_us = as_f64(came - before);
                fresh.time_us += gap_us;
                fresh.longest_us = fresh.longest_us.max(gap_us);
            }
            self.last_departure = Some(report.departure);
            self.last_arrival_us = Some(self.last_arrival_us.map_or(came, |before| before.max(came)));
        }
        self.busy.push_back(fresh);
        self.delivered.push_back((now, bits));
        self.forget(now);
        let share = f64::from(lost) / f64::from(u32::try_from(reports.len()).unwrap_or(u32::MAX));
        self.loss += (share - self.loss) * 0.1;
        self.update(now, since.min(Duration::from_millis(500)).as_secs_f64());
    }

    /// What may be sent at `now`.
    #[must_use]
    pub fn estimate(&self, now: Instant) -> Estimate {
        let queue_us = self.standing_us(now);
        let over = (queue_us - self.free_us()) / 1_000.0;
        // All but a little while there is no queue; half at 60 ms, a quarter from 150 ms on, so that it drains.
        let share = if over <= 0.0 {
            0.92
        } else if over < 60.0 {
            0.92 - 0.42 * over / 60.0
        } else {
            (0.5 - 0.25 * (over - 60.0) / 90.0).max(0.25)
        };
        let silence =
            self.unheard.filter(|_| self.measured).map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        let heard = match silence.as_millis() {
            0..=300 => 1.0,
            301..=1_000 => 0.3,
            _ => 0.1,
        };
        Estimate {
            bits_per_second: (self.rate * share * heard).max(LEAST),
            queue: Duration::from_secs_f64((queue_us - self.free_us()).max(0.0) / 1e6),
            measured: self.measured,
        }
    }

    fn update(&mut self, now: Instant, seconds: f64) {
        let none = Busy { at: now, bits: 0.0, packets: 0, time_us: 0.0, longest_us: 0.0 };
        let all = self.busy.iter().fold(none, Busy::and);
        let (bits, packets, time_us) = (all.bits, all.packets, all.serving_us());
        let loaded = self.standing_us(now) > self.free_us();
        if packets >= 3 {
            let seen = bits / time_us.max(LEAST_BUSY_US) * 1e6;
            if seen > self.rate {
                // The first measurement is believed at once, for the first picture is waiting.
                let limit = if self.measured { self.rate * GROWTH.powf(seconds) } else { seen };
                self.rate = seen.min(limit);
                self.measured |= packets >= 8;
            } else if time_us >= BELIEVED_BUSY_US && (loaded || !self.measured) {
                self.rate = seen;
                self.measured = true;
            }
        }
        let used = self.delivered.iter().map(|(_, bits)| bits).sum::<f64>() / WINDOW.as_secs_f64();
        if !loaded && packets < 3 && used > 0.8 * self.rate {
            self.rate *= BLIND_GROWTH.powf(seconds);
        }
        if self.loss > HEAVY_LOSS && !loaded && used > LEAST {
            self.rate = self.rate.min(used * 1.05);
        }
        self.rate = self.rate.clamp(LEAST, MOST);
    }

    fn add_delay(&mut self, now: Instant, delay: i64) {
        /// The least delay is remembered for ten such pieces.
        const PIECE: Duration = Duration::from_secs(3);
        self.delays.push_back((now, delay));
        match self.floors.back_mut() {
            Some((began, least)) if now.saturating_duration_since(*began) < PIECE => *least = delay.min(*least),
            _ => self.floors.push_back((now, delay)),
        }
        while self.floors.front().is_some_and(|(began, _)| now.saturating_duration_since(*began) > PIECE * 10) {
            self.floors.pop_front();
        }
    }

    fn floor(&self) -> Option<i64> {
        self.floors.iter().map(|(_, least)| *least).min()
    }

    /// The delay over the least that even the luckiest packet had of late.
    fn standing_us(&self, now: Instant) -> f64 {
        let recent = self.delays.iter().filter(|(at, _)| now.saturating_duration_since(*at) <= STANDING);
        // While nothing is reported the last known queue counts for a while: nobody has said that it is gone.
        let known = recent.map(|(_, delay)| *delay).min().or_else(|| {
            let (at, delay) = self.delays.back()?;
            (now.saturating_duration_since(*at) <= 2 * STANDING).then_some(*delay)
        });
        known.zip(self.floor()).map_or(0.0, |(delay, floor)| as_f64(delay - floor))
    }

    /// Delay that is no queue: jitter, and the time one packet takes.
    fn free_us(&self) -> f64 {
        JITTER_US + PACKET / self.rate * 1e6
    }

    fn forget(&mut self, now: Instant) {
        let old = |at: Instant, most: Duration| now.saturating_duration_since(at) > most;
        while self.busy.front().is_some_and(|busy| old(busy.at, WINDOW)) {
            self.busy.pop_front();
        }
        while self.delivered.front().is_some_and(|(at, _)| old(*at, WINDOW)) {
            self.delivered.pop_front();
        }
        while self.delays.front().is_some_and(|(at, _)| old(*at, 2 * STANDING)) && self.delays.len() > 1 {
            self.delays.pop_front();
        }
    }
}

/// Spreads the packets of a large picture over time, so that they wait here, where they can be held, and not in the
/// path's queue. Small pictures leave at once.
#[derive(Debug, Default)]
pub struct Pacer {
    /// Bits that have left and that the path has not carried yet, as far as its rate is known.
    ahead: f64,
    /// When that was so.
    at: Option<Instant>,
}

/// How far ahead of the path packets may leave. A picture of a few packets thus never waits, and a queue of this length
/// is what each picture may cause.
const AHEAD: Duration = Duration::from_millis(30);
/// As much is always in order: the first packets of a path of which nothing is known (RFC 6928 has ten).
const FIRST: f64 = 12.0 * PACKET;
/// As much is always in order: three packets tell the rate.
const FEW: f64 = 3.0 * PACKET;

impl Pacer {
    /// How long a packet of this size has to wait at `now`, with so many packets of its picture behind it. It counts as
    /// sent.
    pub fn wait(&mut self, now: Instant, bytes: usize, behind: usize, estimate: Estimate) -> Duration {
        let rate = estimate.bits_per_second;
        let carried = self.at.map_or(0.0, |at| now.saturating_duration_since(at).as_secs_f64() * rate);
        let ahead = (self.ahead - carried).max(0.0);
        let allowed = (AHEAD.as_secs_f64() * rate).max(if estimate.measured { FEW } else { FIRST });
        self.ahead = ahead + bits_of(bytes);
        self.at = Some(now);
        if ahead <= allowed {
            return Duration::ZERO;
        }
        // One at a time they would tell nothing of a path that carries more now: a few follow this one at once.
        let room = if estimate.measured && behind >= 2 { 2.0 * PACKET } else { 0.0 };
        Duration::from_secs_f64((ahead - (allowed - room)) / rate)
    }
}

#[allow(clippy::cast_precision_loss, reason = "a packet has at most 64 kB")]
fn bits_of(bytes: usize) -> f64 {
    ((bytes + HEADERS) * 8) as f64
}

#[allow(clippy::cast_precision_loss, reason = "hours in microseconds are exact")]
fn as_f64(value: i64) -> f64 {
    value as f64
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

fn signed_us(epoch: Instant, at: Instant) -> i64 {
    match at.checked_duration_since(epoch) {
        Some(after) => micros(after),
        None => -micros(epoch.saturating_duration_since(at)),
    }
}
