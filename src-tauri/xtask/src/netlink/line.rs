//! One direction of a line: a queue of bounded bytes before a transmitter of fixed rate, then a wire with delay, loss and
//! reordering. Decides what is delivered when; told the time, opens nothing.
//!
//! ```text
//! push ──▶ queue (bytes bounded, tail dropped) ──▶ transmitter (rate) ──▶ wire (loss, delay, reorder) ──▶ poll
//! ```
//!
//! What is lost has cost its time on the transmitter, as on a real line. Nothing is delivered early; the order changes
//! only by `reorder`.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
    time::{Duration, Instant},
};

/// What a line is like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shape {
    /// Rate of the transmitter.
    pub bits_per_s: u64,
    /// From the end of a packet's transmission to its delivery.
    pub delay: Duration,
    /// Bytes that may wait, with the packet being transmitted.
    pub queue_bytes: usize,
    /// Share of packets that get lost, 0 to 1.
    pub loss: f64,
    /// Share of packets that arrive late, so that later ones overtake them, 0 to 1.
    pub reorder: f64,
    /// How late these arrive.
    pub reorder_by: Duration,
}

impl Shape {
    /// A line without loss and reordering.
    #[must_use]
    pub const fn clean(bits_per_s: u64, delay: Duration, queue_bytes: usize) -> Self {
        Self { bits_per_s, delay, queue_bytes, loss: 0.0, reorder: 0.0, reorder_by: Duration::ZERO }
    }

    /// The same, with this share of packets lost.
    #[must_use]
    pub const fn losing(self, loss: f64) -> Self {
        Self { loss, ..self }
    }

    fn time_for(&self, bytes: usize) -> Duration {
        let nanos = bytes as u128 * 8 * 1_000_000_000 / u128::from(self.bits_per_s.max(1));
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

/// What happened on a line so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Bytes that entered the queue.
    pub entered_bytes: u64,
    /// Bytes delivered.
    pub delivered_bytes: u64,
    /// Packets delivered.
    pub delivered: u64,
    /// Packets that did not fit the queue.
    pub dropped: u64,
    /// Packets that got lost on the wire.
    pub lost: u64,
}

/// See the module.
#[derive(Debug)]
pub struct Line {
    shape: Shape,
    random: Random,
    queue: VecDeque<Vec<u8>>,
    queued: usize,
    /// When the first packet of the queue is transmitted.
    transmitted: Option<Instant>,
    wire: BinaryHeap<Reverse<(Instant, u64, Vec<u8>)>>,
    sent: u64,
    counts: Counts,
}

impl Line {
    /// An empty line. The same seed loses the same packets.
    #[must_use]
    pub fn new(shape: Shape, seed: u64) -> Self {
        Self {
            shape,
            random: Random::new(seed),
            queue: VecDeque::new(),
            queued: 0,
            transmitted: None,
            wire: BinaryHeap::new(),
            sent: 0,
            counts: Counts::default(),
        }
    }

    /// Changes the line from now on. What is on the wire stays there; what is half transmitted goes on at the new rate.
    pub fn set(&mut self, shape: Shape, now: Instant) {
        self.advance(now);
        if let Some(end) = self.transmitted {
            let left = end.saturating_duration_since(now).as_secs_f64();
            let scale = self.shape.bits_per_s as f64 / shape.bits_per_s.max(1) as f64;
            self.transmitted = Some(now + Duration::from_secs_f64(left * scale));
        }
        self.shape = shape;
    }

    /// A packet enters.
    pub fn push(&mut self, packet: Vec<u8>, now: Instant) {
        self.advance(now);
        if self.queued + packet.len() > self.shape.queue_bytes {
            self.counts.dropped += 1;
            return;
        }
        self.transmitted.get_or_insert(now + self.shape.time_for(packet.len()));
        self.counts.entered_bytes += packet.len() as u64;
        self.queued += packet.len();
        self.queue.push_back(packet);
    }

    /// The next packet that has arrived.
    pub fn poll(&mut self, now: Instant) -> Option<Vec<u8>> {
        self.advance(now);
        if self.wire.peek().is_none_or(|Reverse((arrival, ..))| *arrival > now) {
            return None;
        }
        let Reverse((_, _, packet)) = self.wire.pop()?;
        self.counts.delivered += 1;
        self.counts.delivered_bytes += packet.len() as u64;
        Some(packet)
    }

    /// When to ask again if nothing enters before.
    #[must_use]
    pub fn due(&self) -> Option<Instant> {
        let arrival = self.wire.peek().map(|Reverse((arrival, ..))| *arrival);
        // A transmitted packet cannot arrive before its delay has passed.
        let transmitted = self.transmitted.map(|end| end + self.shape.delay);
        arrival.into_iter().chain(transmitted).min()
    }

    /// How long a packet that enters now waits for its transmission to begin.
    #[must_use]
    pub fn queue_time(&self, now: Instant) -> Duration {
        let Some(end) = self.transmitted else { return Duration::ZERO };
        let behind: usize = self.queue.iter().skip(1).map(Vec::len).sum();
        end.saturating_duration_since(now) + self.shape.time_for(behind)
    }

    /// What happened so far.
    #[must_use]
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// Moves what is transmitted by now from the queue to the wire.
    fn advance(&mut self, now: Instant) {
        while let Some(end) = self.transmitted.filter(|end| *end <= now) {
            let Some(packet) = self.queue.pop_front() else { break };
            self.queued -= packet.len();
            if self.random.share() < self.shape.loss {
                self.counts.lost += 1;
            } else {
                let late = self.random.share() < self.shape.reorder;
                let arrival = end + self.shape.delay + if late { self.shape.reorder_by } else { Duration::ZERO };
                self.sent += 1;
                self.wire.push(Reverse((arrival, self.sent, packet)));
            }
            self.transmitted = self.queue.front().map(|next| end + self.shape.time_for(next.len()));
        }
    }
}

/// Numbers that look random and are the same for the same seed (SplitMix64).
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// Numbers of this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// The next number of `0.0..1.0`.
    pub fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// The next number from `least` to `most`.
    pub const fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.next() % (most - least + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// Packets of 1250 bytes: 10 ms each at 1 Mbit/s. The first two bytes are the number.
    fn packet(number: u16) -> Vec<u8> {
        let mut packet = vec![0; 1250];
        packet[..2].copy_from_slice(&number.to_be_bytes());
        packet
    }

    fn number(packet: &[u8]) -> u16 {
        u16::from_be_bytes([packet[0], packet[1]])
    }

    /// Runs a line to its end, asking only when it says so.
    fn run_dry(line: &mut Line) -> Vec<(Instant, u16)> {
        let mut arrived = Vec::new();
        while let Some(due) = line.due() {
            while let Some(packet) = line.poll(due) {
                arrived.push((due, number(&packet)));
            }
        }
        arrived
    }

    #[test]
    fn packets_arrive_at_the_rate_after_the_delay_and_in_order() {
        let start = Instant::now();
        let mut line = Line::new(Shape::clean(1_000_000, 20 * MS, usize::MAX), 1);
        for i in 0..100 {
            line.push(packet(i), start);
        }
        let arrived = run_dry(&mut line);
        let expected: Vec<_> = (0..100).map(|i| (start + 20 * MS + 10 * MS * (u32::from(i) + 1), i)).collect();
        assert_eq!(arrived, expected);
    }

    #[test]
    fn nothing_is_delivered_before_its_time() {
        let start = Instant::now();
        let mut line = Line::new(Shape::clean(1_000_000, 20 * MS, usize::MAX), 1);
        line.push(packet(7), start);
        assert_eq!(line.poll(start + 30 * MS - Duration::from_nanos(1)), None);
        assert_eq!(line.poll(start + 30 * MS).map(|packet| number(&packet)), Some(7));
        assert_eq!(line.due(), None);
    }

    #[test]
    fn an_idle_line_owes_nothing_for_the_time_it_was_idle() {
        let start = Instant::now();
        let mut line = Line::new(Shape::clean(1_000_000, Duration::ZERO, usize::MAX), 1);
        line.push(packet(0), start);
        line.push(packet(1), start + 500 * MS);
        assert_eq!(run_dry(&mut line), [(start + 10 * MS, 0), (start + 510 * MS, 1)]);
    }

    #[test]
    fn the_queue_holds_its_bytes_and_drops_the_newest() {
        let start = Instant::now();
        let mut line = Line::new(Shape::clean(1_000_000, Duration::ZERO, 64 * 1024), 1);
        for i in 0..100 {
            line.push(packet(i), start);
        }
        assert_eq!(line.counts().dropped, 48, "52 of 1250 bytes fit 64 kB");
        assert_eq!(line.queue_time(start), 520 * MS);
        line.push(packet(100), start + 10 * MS);
        assert_eq!(line.counts().dropped, 48, "a place is free again");
        let arrived: Vec<u16> = run_dry(&mut line).into_iter().map(|(_, number)| number).collect();
        assert_eq!(arrived, (0..52).chain([100]).collect::<Vec<_>>());
        assert_eq!(line.queue_time(start + 600 * MS), Duration::ZERO);
    }

    #[test]
    fn the_asked_share_is_lost_and_the_same_seed_loses_the_same() {
        let run = |seed| {
            let start = Instant::now();
            let mut line = Line::new(Shape::clean(100_000_000, 40 * MS, usize::MAX).losing(0.02), seed);
            for i in 0..20_000 {
                line.push(packet(i), start);
            }
            let arrived: Vec<u16> = run_dry(&mut line).into_iter().map(|(_, number)| number).collect();
            assert_eq!(arrived.len() as u64 + line.counts().lost, 20_000);
            (line.counts().lost, arrived)
        };
        let (lost, arrived) = run(5);
        // 400 are expected; 80 is four standard deviations.
        assert!((320..480).contains(&lost), "{lost}");
        assert_eq!(run(5).1, arrived);
        assert_ne!(run(6).1, arrived);
    }

    #[test]
    fn a_lost_packet_has_cost_its_time() {
        let start = Instant::now();
        let mut line = Line::new(Shape::clean(1_000_000, Duration::ZERO, usize::MAX).losing(1.0), 1);
        line.push(packet(0), start);
        line.set(Shape::clean(1_000_000, Duration::ZERO, usize::MAX), start + 10 * MS);
        line.push(packet(1), start + 10 * MS);
        assert_eq!(run_dry(&mut line), [(start + 20 * MS, 1)]);
        assert_eq!(line.counts().lost, 1);
    }

    #[test]
    fn the_asked_share_arrives_late_and_is_overtaken() {
        let start = Instant::now();
        let shape = Shape { reorder: 0.1, reorder_by: 5 * MS, ..Shape::clean(10_000_000, 20 * MS, usize::MAX) };
        let mut line = Line::new(shape, 3);
        for i in 0..5_000 {
            line.push(packet(i), start);
        }
        let arrived = run_dry(&mut line);
        assert_eq!(arrived.len(), 5_000);
        let on_time = |i: u16| start + 20 * MS + MS * (u32::from(i) + 1);
        let late = arrived.iter().filter(|(at, number)| *at == on_time(*number) + 5 * MS).count();
        assert!((400..600).contains(&late), "{late}");
        assert!(arrived.iter().all(|(at, number)| *at == on_time(*number) || *at == on_time(*number) + 5 * MS));
    }

    #[test]
    fn a_change_of_rate_counts_from_its_moment_on() {
        let start = Instant::now();
        let fast = Shape::clean(10_000_000, Duration::ZERO, usize::MAX);
        let mut line = Line::new(fast, 1);
        for i in 0..4 {
            line.push(packet(i), start);
        }
        // Half of the second packet is transmitted.
        let change = start + Duration::from_micros(1_500);
        assert_eq!(line.poll(start + MS).map(|packet| number(&packet)), Some(0));
        line.set(Shape { bits_per_s: 1_000_000, ..fast }, change);
        assert_eq!(line.queue_time(change), 25 * MS);
        assert_eq!(run_dry(&mut line), [(change + 5 * MS, 1), (change + 15 * MS, 2), (change + 25 * MS, 3)]);
    }
}
