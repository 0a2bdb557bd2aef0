//! Rate limits, in a time of their own.

#![allow(clippy::disallowed_methods, reason = "a test has to begin at some moment")]

use std::{
    net::{IpAddr, Ipv4Addr},
    time::{Duration, Instant},
};

use deskhand_core::rate::{Bucket, Limiter, Rate};
use proptest::prelude::*;

const SLOW: Rate = Rate { burst: 3, every: Duration::from_secs(10) };

fn ip(n: u8) -> IpAddr {
    Ipv4Addr::new(10, 0, 0, n).into()
}

#[test]
fn a_burst_passes_and_then_one_at_a_time() {
    let now = Instant::now();
    let mut bucket = Bucket::new(SLOW, now);
    for _ in 0..3 {
        bucket.take(now).unwrap();
    }
    assert_eq!(bucket.take(now).unwrap_err().retry_after, Duration::from_secs(10));
    bucket.take(now + Duration::from_secs(10)).unwrap();
    assert!(bucket.take(now + Duration::from_secs(11)).is_err());
}

#[test]
fn what_was_right_is_given_back() {
    let now = Instant::now();
    let mut limiter = Limiter::new(SLOW, Some(SLOW), now);
    for _ in 0..50 {
        limiter.take(ip(1), now).unwrap();
        limiter.give_back(ip(1), now);
    }
}

#[test]
fn addresses_do_not_pay_for_each_other_until_all_together_are_too_many() {
    let now = Instant::now();
    let overall = Rate { burst: 5, every: Duration::from_secs(1) };
    let mut limiter = Limiter::new(SLOW, Some(overall), now);
    for _ in 0..3 {
        limiter.take(ip(1), now).unwrap();
    }
    assert!(limiter.take(ip(1), now).is_err());
    limiter.take(ip(2), now).unwrap();
    limiter.take(ip(3), now).unwrap();
    assert!(limiter.take(ip(4), now).is_err(), "five came from all together");
    let later = now + Duration::from_secs(1);
    limiter.take(ip(4), later).unwrap();
    limiter.take_own(ip(5), later).unwrap();
}

#[test]
fn a_household_counts_as_one() {
    let now = Instant::now();
    let mut limiter = Limiter::new(SLOW, None, now);
    for host in 1..=3 {
        limiter.take(format!("2001:db8:0:1::{host}").parse().unwrap(), now).unwrap();
    }
    assert!(limiter.take("2001:db8:0:1:ffff::9".parse().unwrap(), now).is_err());
    limiter.take("2001:db8:0:2::1".parse().unwrap(), now).unwrap();
    let mapped: IpAddr = "::ffff:10.0.0.1".parse().unwrap();
    for _ in 0..3 {
        limiter.take(mapped, now).unwrap();
    }
    assert!(limiter.take(ip(1), now).is_err());
}

#[test]
fn many_addresses_do_not_fill_the_memory_and_guessers_are_not_forgotten() {
    let now = Instant::now();
    let mut limiter = Limiter::new(SLOW, None, now);
    for _ in 0..3 {
        limiter.take(ip(1), now).unwrap();
    }
    for n in 0..20_000_u32 {
        limiter.take(Ipv4Addr::from_bits(0x0b00_0000 + n).into(), now).unwrap();
    }
    assert!(limiter.take(ip(1), now).is_err());
}

proptest! {
    #[test]
    fn no_more_passes_in_any_span_than_the_rate_allows(
        gaps in prop::collection::vec(0_u64..15_000, 1..80),
        burst in 1_u32..6,
        every in 1_u64..10_000,
    ) {
        let rate = Rate { burst, every: Duration::from_millis(every) };
        let start = Instant::now();
        let mut bucket = Bucket::new(rate, start);
        let mut now = start;
        let mut passed: Vec<Duration> = Vec::new();
        for gap in gaps {
            now += Duration::from_millis(gap);
            if bucket.take(now).is_ok() {
                passed.push(now - start);
            }
        }
        for (first, from) in passed.iter().enumerate() {
            for (count, to) in passed[first..].iter().enumerate() {
                let allowed = u128::from(burst) + (*to - *from).as_millis() / u128::from(every);
                prop_assert!(u128::try_from(count).unwrap() < allowed + 1);
            }
        }
    }
}
