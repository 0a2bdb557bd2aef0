//! step: the page scrolls while a line of 10 Mbit/s falls to 1 and comes back after 15 s.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use serde_json::{Value, json};

use super::{moving::Motion as _, scroll, settle};
use crate::{
    bench::{ends::Ends, figures::tidy, screen::Desk},
    netlink::{line::Shape, net::Net},
};

/// The line before and after, and meanwhile.
const HIGH: Shape = Shape::clean(10_000_000, Duration::from_millis(20), 64 * 1024);
const LOW: Shape = Shape::clean(1_000_000, Duration::from_millis(20), 64 * 1024);
/// When it falls, and when it comes back.
const FALL: Duration = Duration::from_secs(12);
const BACK: Duration = Duration::from_secs(27);
/// How long the page scrolls.
const TIME: Duration = Duration::from_secs(45);
/// The queue that is asked for.
const QUEUE: Duration = Duration::from_millis(100);
/// How long it must stay below that to count.
const CALM: Duration = Duration::from_secs(1);
/// The share of the rate before the fall that counts as back.
const SHARE: f64 = 0.8;
/// How often the line is looked at.
const LOOK: Duration = Duration::from_millis(10);

/// The line at one moment since the page began to scroll.
#[derive(Debug, Clone, Copy)]
struct Sample {
    at: Duration,
    queue: Duration,
    entered_bytes: u64,
}

/// Plays the scene.
///
/// # Errors
///
/// When no line can be simulated here, or a program has ended.
pub fn play(desk: &Desk, seed: u64) -> Result<Value> {
    let net = Net::make(HIGH, seed)?;
    let ends = Ends::connect(desk, Some(&net))?;
    let mut scroll = scroll::show(desk)?;
    settle();
    let samples = std::thread::scope(|scope| -> Result<Vec<Sample>> {
        let source = scope.spawn(move || scroll.run(TIME));
        let begun = Instant::now();
        let mut samples = Vec::new();
        let mut changes = [(FALL, LOW), (BACK, HIGH)].into_iter().peekable();
        while begun.elapsed() < TIME {
            let at = begun.elapsed();
            if let Some((_, shape)) = changes.next_if(|(when, _)| *when <= at) {
                net.set(shape);
            }
            samples.push(Sample { at, queue: net.queue_time(), entered_bytes: net.counts().entered_bytes });
            std::thread::sleep(LOOK);
        }
        match source.join() {
            Ok(drawn) => drawn.map(|_| samples),
            Err(_) => bail!("the page's driver panicked"),
        }
    })?;
    ends.end();
    let between = |from: Duration, to: Duration| rate(&samples, from, to).map(|bits| tidy(bits / 1000.0));
    let second = Duration::from_secs(1);
    Ok(json!({
        "queue_ok_ms": queue_ok(&samples).map(|after| tidy(after.as_secs_f64() * 1000.0)),
        "rate_back_ms": rate_back(&samples).map(|after| tidy(after.as_secs_f64() * 1000.0)),
        "kbit_per_s_before": between(FALL - second * 5, FALL),
        "kbit_per_s_meanwhile": between(FALL + second * 3, BACK),
        "kbit_per_s_after": between(TIME - second * 5, TIME),
    }))
}

/// Bits per second that the helper put on the line between two moments. What the line delivers is more than that while
/// a queue empties.
fn rate(samples: &[Sample], from: Duration, to: Duration) -> Option<f64> {
    let mut during = samples.iter().filter(|sample| (from..=to).contains(&sample.at));
    let first = during.next()?;
    let last = during.next_back()?;
    let bytes = last.entered_bytes - first.entered_bytes;
    Some(bytes as f64 * 8.0 / (last.at - first.at).as_secs_f64())
}

/// How long after the fall the queue was below [`QUEUE`] for good: the beginning of the first calm second.
fn queue_ok(samples: &[Sample]) -> Option<Duration> {
    let low = || samples.iter().filter(|sample| (FALL..BACK).contains(&sample.at));
    let mut calm_since = None;
    for sample in low() {
        if sample.queue > QUEUE {
            calm_since = None;
        } else {
            let since = *calm_since.get_or_insert(sample.at);
            if sample.at - since >= CALM {
                return Some(since - FALL);
            }
        }
    }
    None
}

/// How long after the line came back the helper sent [`SHARE`] of its rate before the fall for a whole second.
fn rate_back(samples: &[Sample]) -> Option<Duration> {
    let second = Duration::from_secs(1);
    let wanted = rate(samples, FALL - second * 5, FALL)? * SHARE;
    let ends = samples.iter().map(|sample| sample.at).filter(|at| *at >= BACK + second);
    ends.into_iter()
        .find(|end| rate(samples, *end - second, *end).is_some_and(|bits| bits >= wanted))
        .map(|end| end - BACK)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line with this queue and this rate at each time.
    fn samples(queue_ms: impl Fn(f64) -> u64, bits_per_s: impl Fn(f64) -> f64) -> Vec<Sample> {
        let mut entered = 0.0;
        (0..4_500_u32)
            .map(|look| {
                let at = LOOK * look;
                entered += bits_per_s(at.as_secs_f64()) / 8.0 * LOOK.as_secs_f64();
                let queue = Duration::from_millis(queue_ms(at.as_secs_f64()));
                Sample { at, queue, entered_bytes: entered as u64 }
            })
            .collect()
    }

    #[test]
    fn a_queue_is_ok_when_it_stays_low_for_a_second() {
        let full = |at: f64| if (12.05..12.8).contains(&at) || (13.2..13.5).contains(&at) { 400 } else { 20 };
        assert_eq!(queue_ok(&samples(full, |_| 4e6)), Some(Duration::from_millis(1_500)));
        assert_eq!(queue_ok(&samples(|_| 10, |_| 4e6)), Some(Duration::ZERO), "it never filled");
        assert_eq!(queue_ok(&samples(|_| 300, |_| 4e6)), None, "it never emptied");
    }

    #[test]
    fn the_rate_is_back_after_a_second_at_four_fifths_of_it() {
        let slow = |at: f64| if (12.0..30.0).contains(&at) { 0.9e6 } else { 4e6 };
        let back = rate_back(&samples(|_| 0, slow)).unwrap();
        // 3 s at the low rate, and what a window of one second needs of the high one.
        assert!((3_600..=3_900).contains(&back.as_millis()), "{back:?}");
        assert_eq!(rate_back(&samples(|_| 0, |at| if at < 12.0 { 4e6 } else { 1e6 })), None);
    }
}
