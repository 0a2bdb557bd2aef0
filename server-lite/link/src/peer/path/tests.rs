//! The path against a bottleneck on a virtual clock, next to the library's GCC.

use rtc::interceptor::{BandwidthEstimator as _, Gcc, PacketReport};

use super::*;
use bottleneck::Link;

#[path = "../../../tests/support/bottleneck.rs"]
mod bottleneck;

const MS: Duration = Duration::from_millis(1);

/// A screen that scrolls: as many pictures as fit, each as large as the rate allows.
struct Sender {
    path: Path,
    pacer: Pacer,
    /// Packets of the picture on its way, and when the first of them may leave.
    waiting: VecDeque<usize>,
    leave: Instant,
    next_picture: Instant,
    sent_bits: f64,
}

impl Sender {
    fn new(link: &Link) -> Self {
        Self {
            path: Path::new(),
            pacer: Pacer::default(),
            waiting: VecDeque::new(),
            leave: link.now,
            next_picture: link.now,
            sent_bits: 0.0,
        }
    }

    fn offer(&mut self, bytes: usize, now: Instant) {
        let whole = bytes / 1_180;
        self.waiting.extend(std::iter::repeat_n(1_200, whole));
        self.waiting.push_back(bytes % 1_180 + 20);
        self.hold(now);
    }

    fn hold(&mut self, now: Instant) {
        if let Some(bytes) = self.waiting.front() {
            self.leave = now + self.pacer.wait(now, *bytes, self.waiting.len() - 1, self.path.estimate(now));
        }
    }

    fn step(&mut self, link: &mut Link, picture: impl FnOnce(f64) -> Option<usize>) {
        let reports = link.reports();
        self.path.reported(link.now, &reports);
        if self.waiting.is_empty()
            && link.now >= self.next_picture
            && let Some(bytes) = picture(self.path.estimate(link.now).bits_per_second)
        {
            self.next_picture = link.now + 33 * MS;
            self.offer(bytes, link.now);
        }
        while !self.waiting.is_empty() && self.leave <= link.now {
            let bytes = self.waiting.pop_front().expect("there is one");
            self.path.sent(link.now);
            self.sent_bits += bits_of(bytes);
            link.send(bytes);
            self.hold(link.now);
        }
        link.now += MS;
    }

    /// Scrolls for a time; the longest queue.
    fn scroll(&mut self, link: &mut Link, time: Duration) -> Duration {
        let end = link.now + time;
        let mut longest = Duration::ZERO;
        while link.now < end {
            self.step(link, |rate| Some((rate.min(8e6) / 30.0 / 8.0) as usize));
            longest = longest.max(link.queue());
        }
        longest
    }

    fn rate(&self, link: &Link) -> f64 {
        self.path.estimate(link.now).bits_per_second
    }
}

#[test]
fn a_first_picture_is_soon_through_a_fast_path_and_does_not_fill_a_slow_one() {
    for (rate, most) in [(100e6, 90 * MS), (20e6, 110 * MS), (1e6, 900 * MS)] {
        let mut link = Link::new(rate);
        let mut sender = Sender::new(&link);
        let mut first = Some(80_000);
        let mut longest = Duration::ZERO;
        while sender.waiting.len() > 1 || first.is_some() {
            sender.step(&mut link, |_| first.take());
            longest = longest.max(link.queue());
        }
        let took = link.now.duration_since(link.start) + link.queue();
        println!("80 kB over {:.0} Mbit/s: {took:?}, longest queue {longest:?}, {} dropped", rate / 1e6, link.dropped);
        assert_eq!(link.dropped, 0);
        assert!(took < most, "{took:?} at {rate}");
        assert!(longest < 250 * MS, "{longest:?} at {rate}");
    }
}

/// Exact cells go beside the video, over the same bottleneck: both together are what it carries.
#[test]
fn what_goes_beside_the_video_is_counted_to_the_path() {
    let mut link = Link::new(4e6);
    let mut sender = Sender::new(&link);
    sender.scroll(&mut link, 2_000 * MS);
    let end = link.now + 3_000 * MS;
    while link.now < end {
        // A quarter of the path each, in small packets.
        sender.step(&mut link, |_| Some(4_000));
        if link.now.duration_since(link.start).as_millis().is_multiple_of(8) {
            sender.path.sent_beside(link.now, 1_000, 1);
            link.send_untold(1_000);
        }
    }
    assert!(sender.rate(&link) > 3e6, "{:.0}", sender.rate(&link));
}

/// The other machine is busy for a moment: what arrives meanwhile is read all at once.
#[test]
fn a_receiver_that_was_held_up_is_no_slow_path() {
    let mut link = Link::new(50e6);
    let mut sender = Sender::new(&link);
    sender.scroll(&mut link, 3_000 * MS);
    let before = sender.rate(&link);
    for _ in 0..3 {
        let until = (link.now + 300 * MS).duration_since(link.start);
        let begun = link.now.duration_since(link.start);
        let mut held = Vec::new();
        while link.now.duration_since(link.start) < until {
            held.extend(link.reports().into_iter().map(|report| {
                let arrival = report.arrival.map(|at| if at > begun { at.max(until) } else { at });
                Report { arrival, ..report }
            }));
            sender.step(&mut link, |rate| Some((rate.min(8e6) / 30.0 / 8.0) as usize));
        }
        sender.path.reported(link.now, &held);
        sender.scroll(&mut link, 700 * MS);
        let after = sender.rate(&link);
        assert!(after > before / 2.0, "{before:.0} before, {after:.0} after");
    }
}

#[test]
fn a_fall_empties_its_queue_and_a_rise_is_used() {
    let mut link = Link::new(10e6);
    let mut sender = Sender::new(&link);
    sender.scroll(&mut link, 3_000 * MS);
    assert!(sender.rate(&link) > 7e6, "{:.0}", sender.rate(&link));
    link.becomes(1e6);
    sender.scroll(&mut link, 1_500 * MS);
    let longest = sender.scroll(&mut link, 13_500 * MS);
    println!("longest queue from 1.5 s after the fall on: {longest:?}; {:.0} bit/s", sender.rate(&link));
    assert!(longest < 100 * MS, "{longest:?}");
    assert!(sender.rate(&link) > 0.7e6);
    link.becomes(10e6);
    let mut back = Duration::ZERO;
    while sender.rate(&link) < 7e6 {
        sender.scroll(&mut link, 33 * MS);
        back += 33 * MS;
        assert!(back < 3_000 * MS, "it does not come back: {:.0}", sender.rate(&link));
    }
    println!("back after {back:?}");
}

#[test]
fn loss_at_random_costs_next_to_nothing() {
    let mut link = Link::new(5e6);
    link.loss_percent = 2;
    let mut sender = Sender::new(&link);
    sender.scroll(&mut link, 20_000 * MS);
    assert!(sender.rate(&link) > 3.5e6, "{:.0}", sender.rate(&link));
}

#[test]
fn a_still_screen_leaves_the_estimate_alone() {
    let mut link = Link::new(10e6);
    let mut sender = Sender::new(&link);
    sender.scroll(&mut link, 3_000 * MS);
    let before = sender.rate(&link);
    for key in 0..200u32 {
        // A key press is a small picture, a third of a second after the one before.
        let mut picture = Some(600 + (key as usize % 7) * 100);
        for _ in 0..333 {
            sender.step(&mut link, |_| picture.take());
        }
    }
    assert!(sender.rate(&link) > 0.9 * before, "{:.0} of {before:.0}", sender.rate(&link));
}

#[test]
fn clocks_that_drift_apart_do_not_look_like_a_queue() {
    for drift in [-200.0, 200.0] {
        let mut link = Link::new(2e6);
        link.drift_ppm = drift;
        let mut sender = Sender::new(&link);
        sender.scroll(&mut link, 10_000 * MS);
        let mut slowest = f64::MAX;
        // Twenty minutes; the drift of three hours is the same drift, nine times.
        for _ in 0..120 {
            let longest = sender.scroll(&mut link, 10_000 * MS);
            assert!(longest < 80 * MS, "{longest:?}");
            slowest = slowest.min(sender.rate(&link));
        }
        assert!(slowest > 1.2e6, "{drift}: {slowest:.0}");
    }
}

#[test]
fn a_path_that_stops_reporting_is_not_flooded() {
    let mut link = Link::new(10e6);
    let mut sender = Sender::new(&link);
    sender.scroll(&mut link, 2_000 * MS);
    let before = sender.rate(&link);
    // Everything is lost from now on.
    link.loss_percent = 100;
    sender.scroll(&mut link, 600 * MS);
    assert!(sender.rate(&link) < before * 0.4);
    link.loss_percent = 0;
    sender.scroll(&mut link, 3_000 * MS);
    assert!(sender.rate(&link) > before * 0.7, "and it comes back");
}

/// Why the library's estimator is not used: what it makes of the same fall and rise, when its estimate is met exactly.
#[test]
fn gcc_would_take_minutes_to_come_back() {
    let mut link = Link::new(10e6);
    let mut gcc = Gcc::new(8e6, LEAST, MOST);
    let mut id = 0;
    let mut budget = 0.0;
    let mut run = |link: &mut Link, gcc: &mut Gcc, time: Duration| {
        let end = link.now + time;
        while link.now < end {
            budget += gcc.target_bitrate().min(10e6) / 1_000.0;
            while budget > PACKET {
                budget -= PACKET;
                link.send(1_200);
            }
            let reports: Vec<PacketReport> = link
                .reports()
                .into_iter()
                .map(|report| {
                    id += 1;
                    PacketReport {
                        ssrc: 1,
                        id,
                        rtp_sequence_number: id as u16,
                        is_twcc: true,
                        twcc_sequence_number: id as u16,
                        size: report.bytes,
                        arrived: report.arrival.is_some(),
                        departure: report.departure,
                        arrival: report.arrival,
                        ecn: Default::default(),
                    }
                })
                .collect();
            gcc.on_reports(link.now, &reports);
            link.now += MS;
        }
    };
    run(&mut link, &mut gcc, 3_000 * MS);
    link.becomes(1e6);
    run(&mut link, &mut gcc, 15_000 * MS);
    link.becomes(10e6);
    run(&mut link, &mut gcc, 5_000 * MS);
    println!("GCC has {:.2} Mbit/s five seconds after the rise to 10", gcc.target_bitrate() / 1e6);
    assert!(gcc.target_bitrate() < 7e6);
}
