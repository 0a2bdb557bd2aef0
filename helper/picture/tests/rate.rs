//! Path, pacer and rate together on a virtual clock: a screen that scrolls, an encoder that keeps to its target as well
//! as real ones do, and a bottleneck with a queue of 64 kB.

#![allow(clippy::expect_used, reason = "a test says by panicking what went wrong")]

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use bottleneck::Link;
use deskhand_link::peer::path::{FEEDBACK, Pacer, Path, Report};
use deskhand_picture::rate::{Plan, Rate};
use proptest::prelude::*;

#[path = "../../../server-lite/link/tests/support/bottleneck.rs"]
mod bottleneck;

const MS: Duration = Duration::from_millis(1);

/// A helper that shows a scrolling page over a bottleneck.
struct Call {
    link: Link,
    path: Path,
    pacer: Pacer,
    rate: Rate,
    /// What the encoder takes for a picture of the whole monitor.
    encode: Duration,
    /// When the picture being made can leave, and when it was captured.
    making: Option<(Instant, Instant)>,
    /// Packets of the picture on its way.
    waiting: VecDeque<usize>,
    leave: Instant,
    captured: Instant,
    last_capture: Option<Instant>,
    noise: u32,
    /// How old pictures were when their last packet came, with the time of that.
    ages: Vec<(Instant, Duration)>,
    pictures: u32,
}

impl Call {
    fn new(bits_per_second: f64) -> Self {
        let link = Link::new(bits_per_second);
        let now = link.now;
        let mut rate = Rate::new(1_500_000);
        rate.sized(1920, 1080);
        Self {
            link,
            path: Path::new(),
            pacer: Pacer::default(),
            rate,
            encode: 8 * MS,
            making: None,
            waiting: VecDeque::new(),
            leave: now,
            captured: now,
            last_capture: None,
            noise: 7,
            ages: Vec::new(),
            pictures: 0,
        }
    }

    /// One to two thirds over or under what was asked for, and now and then a page that is new altogether.
    fn size(&mut self, plan: Plan) -> usize {
        self.noise = self.noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let share = plan.tuning.bit_rate / plan.tuning.frame_rate.max(1) / 8;
        let percent = 50 + (self.noise >> 16) % 115;
        let percent = if (self.noise >> 8).is_multiple_of(150) { 500 } else { percent };
        (share as usize * percent as usize / 100).max(300)
    }

    fn step(&mut self, step: Duration) {
        let now = self.link.now;
        let reports = self.link.reports();
        self.path.reported(now, &reports);
        self.rate.carries(self.path.estimate(now).bits_per_second);
        let plan = self.rate.plan(now);
        let interval = Duration::from_secs(1) / u32::from(plan.frame_rate);
        let due = self.last_capture.is_none_or(|last| now >= last + interval);
        if self.making.is_none() && self.waiting.is_empty() && due {
            let area = u32::from(plan.scale_percent) * u32::from(plan.scale_percent);
            let took = self.encode * area / 10_000;
            self.rate.encoded(took);
            self.making = Some((now + took, now));
            self.last_capture = Some(now);
        }
        if let Some((done, captured)) = self.making
            && done <= now
        {
            self.making = None;
            self.captured = captured;
            self.pictures += 1;
            let bytes = self.size(plan);
            self.waiting.extend(std::iter::repeat_n(1_200, bytes / 1_180));
            self.waiting.push_back(bytes % 1_180 + 20);
            self.hold();
        }
        while !self.waiting.is_empty() && self.leave <= now {
            let bytes = self.waiting.pop_front().expect("there is one");
            self.path.sent(now);
            let arrival = self.link.send(bytes);
            if self.waiting.is_empty()
                && let Some(arrival) = arrival
            {
                self.ages.push((now, arrival.duration_since(self.captured)));
            }
            self.hold();
        }
        self.link.now += step;
    }

    fn hold(&mut self) {
        if let Some(bytes) = self.waiting.front() {
            let now = self.link.now;
            self.leave = now + self.pacer.wait(now, *bytes, self.waiting.len() - 1, self.path.estimate(now));
        }
    }

    /// Goes on for a time; the longest queue meanwhile.
    fn run(&mut self, time: Duration) -> Duration {
        let end = self.link.now + time;
        let mut longest = Duration::ZERO;
        while self.link.now < end {
            self.step(MS);
            longest = longest.max(self.link.queue());
        }
        longest
    }

    fn bit_rate(&mut self) -> u32 {
        let now = self.link.now;
        self.rate.plan(now).tuning.bit_rate
    }

    /// Median and 95th of a hundred of the ages in a span of time.
    fn ages(&self, from: Instant, to: Instant) -> (Duration, Duration) {
        let mut ages: Vec<_> =
            self.ages.iter().filter(|(at, _)| *at >= from && *at < to).map(|(_, age)| *age).collect();
        ages.sort_unstable();
        assert!(!ages.is_empty(), "pictures came");
        (ages[ages.len() / 2], ages[ages.len() * 95 / 100])
    }
}

#[test]
fn a_fall_to_a_tenth_is_over_in_a_second_and_a_half_and_a_rise_in_five() {
    for loss in [0, 2] {
        let mut call = Call::new(10e6);
        call.link.loss_percent = loss;
        call.run(5_000 * MS);
        let before = call.bit_rate();
        call.link.becomes(1e6);
        let worst = call.run(1_500 * MS);
        let after = call.run(13_500 * MS);
        let low = call.bit_rate();
        call.link.becomes(10e6);
        let mut back = Duration::ZERO;
        while f64::from(call.bit_rate()) < 0.8 * f64::from(before) {
            call.run(50 * MS);
            back += 50 * MS;
            assert!(back < 5_000 * MS, "not back: {} of {before}", call.bit_rate());
        }
        println!("loss {loss} %: {before} bit/s, queue {worst:?}, then {after:?} at {low} bit/s, back after {back:?}");
        assert!(before > 5_000_000 && low > 500_000, "{before}, {low}");
        assert!(after < 100 * MS, "{after:?}");
    }
}

#[test]
fn one_megabit_shows_twenty_five_pictures_a_second_that_are_not_old() {
    let mut call = Call::new(1e6);
    call.run(3_000 * MS);
    let (from, pictures) = (call.link.now, call.pictures);
    let longest = call.run(20_000 * MS);
    let shown = f64::from(call.pictures - pictures) / 20.0;
    let (p50, p95) = call.ages(from, call.link.now);
    println!("{shown:.1} pictures/s, {p50:?} and {p95:?} old, queue up to {longest:?}, {} dropped", call.link.dropped);
    assert!(shown >= 24.0, "{shown}");
    assert!(p50 < 110 * MS, "{p50:?}");
    assert!(longest < 120 * MS && call.link.dropped == 0, "{longest:?}");
}

#[test]
fn the_first_picture_is_soon_there_on_every_path() {
    for (bits, most) in [(100e6, 120 * MS), (8e6, 180 * MS), (1e6, 700 * MS)] {
        let mut call = Call::new(bits);
        // A key frame of a page of text, as large as its budget at the start.
        let bytes = usize::try_from(call.bit_rate() / 4 / 8).expect("it is small");
        call.making = None;
        call.waiting.extend(std::iter::repeat_n(1_200, bytes / 1_180));
        call.hold();
        call.last_capture = Some(call.link.now);
        while call.ages.is_empty() {
            call.step(MS);
        }
        println!("{bytes} bytes over {:.0} Mbit/s: {:?}", bits / 1e6, call.ages[0].1);
        assert!(call.ages[0].1 < most, "{:?}", call.ages[0].1);
        assert_eq!(call.link.dropped, 0);
    }
}

#[test]
fn a_slow_machine_shows_fewer_pictures_not_older_ones() {
    let mut call = Call::new(20e6);
    call.encode = 130 * MS;
    call.run(5_000 * MS);
    let from = call.link.now;
    call.run(20_000 * MS);
    let (p50, p95) = call.ages(from, call.link.now);
    println!("{p50:?}, {p95:?}");
    // Where there are few, each is larger and longer on its way.
    assert!(p95 < 130 * MS + 80 * MS, "{p95:?}");
}

#[test]
fn three_hours_do_not_make_pictures_older() {
    let mut call = Call::new(2e6);
    call.link.drift_ppm = 120.0;
    call.link.loss_percent = 1;
    let start = call.link.start;
    let minutes = |minutes: u32| minutes * 60_000 * MS;
    while call.link.now < start + minutes(180) {
        call.step(2 * MS);
    }
    let early = call.ages(start + minutes(1), start + minutes(11));
    let late = call.ages(start + minutes(170), start + minutes(180));
    println!("{early:?} at first, {late:?} after three hours; {} pictures", call.pictures);
    assert!(late.0 < early.0 + 10 * MS && late.1 < early.1 + 25 * MS);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn whatever_the_path_does_its_queue_is_short_two_seconds_later(
        rates in prop::collection::vec(prop::sample::select(vec![1e6, 1.5e6, 3e6, 6e6, 10e6, 30e6]), 1..6),
        loss in 0u32..3,
        encode in 4u64..60,
    ) {
        let mut call = Call::new(5e6);
        call.link.loss_percent = loss;
        call.encode = Duration::from_millis(encode);
        call.run(2_000 * MS);
        for rate in rates {
            call.link.becomes(rate);
            call.run(2_000 * MS);
            let longest = call.run(4_000 * MS);
            prop_assert!(longest < 120 * MS, "{longest:?} at {rate}");
        }
    }
}
