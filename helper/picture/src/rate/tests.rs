//! What is decided, told as stories.

use proptest::prelude::*;

use super::*;

const MS: Duration = Duration::from_millis(1);

fn at(path: f64, took: Duration) -> (Rate, Plan) {
    let mut rate = Rate::new(1_000_000);
    rate.sized(1920, 1080);
    rate.carries(path);
    for _ in 0..50 {
        rate.encoded(took);
    }
    let plan = rate.plan(Instant::now());
    (rate, plan)
}

#[test]
fn a_wide_path_and_a_fast_machine_have_sixty_pictures() {
    let (_, plan) = at(50e6, 5 * MS);
    assert_eq!((plan.frame_rate, plan.scale_percent, plan.limit), (60, 100, PictureLimit::None));
}

#[test]
fn one_megabit_has_motion_first() {
    // What a path of 1 Mbit/s leaves after the part that is kept free.
    let (_, plan) = at(0.92e6, 8 * MS);
    assert!(plan.frame_rate >= 25, "{plan:?}");
    assert_eq!((plan.scale_percent, plan.limit), (100, PictureLimit::Network));
}

#[test]
fn a_slow_machine_has_fewer_pictures_then_smaller_ones() {
    let (mut rate, plan) = at(20e6, 60 * MS);
    assert!((9..=12).contains(&plan.frame_rate), "{plan:?}");
    assert_eq!((plan.scale_percent, plan.limit), (100, PictureLimit::Encoder));
    let start = Instant::now();
    for second in 0..30u32 {
        let whole = rate.plan(start + second * 1000 * MS).scale_percent == 100;
        rate.encoded(if whole { 300 * MS } else { 170 * MS });
    }
    let plan = rate.plan(start + 30_000 * MS);
    assert_eq!(plan.scale_percent, 75);
    // And back, when the machine has time again.
    for tenth in 0..400u32 {
        rate.encoded(12 * MS);
        rate.plan(start + 40_000 * MS + tenth * 100 * MS);
    }
    assert_eq!(rate.plan(start + 90_000 * MS).scale_percent, 100);
}

#[test]
fn one_slow_picture_changes_little_and_three_stalled_ones_are_told() {
    let (mut rate, before) = at(20e6, 8 * MS);
    assert_eq!(rate.encoded(100 * MS), Health::Well);
    let after = rate.plan(Instant::now());
    assert!(after.frame_rate >= 14 && before.frame_rate == 60, "{after:?}");
    for _ in 0..100 {
        rate.encoded(8 * MS);
    }
    // Nor is it remembered for long, whether pictures come or not.
    assert_eq!(rate.plan(Instant::now() + 2_000 * MS).frame_rate, 60);
    assert_eq!(rate.encoded(2000 * MS), Health::Well);
    assert_eq!(rate.encoded(2000 * MS), Health::Well);
    assert_eq!(rate.encoded(2000 * MS), Health::Stalled);
}

#[test]
fn sharp_text_spends_on_sharpness_and_smooth_motion_on_pictures() {
    let plan = |quality| {
        let (mut rate, _) = at(2e6, 8 * MS);
        rate.prefers(Preference { quality, ..Preference::default() });
        rate.plan(Instant::now())
    };
    let (sharp, auto, smooth) = (plan(Quality::SharpText), plan(Quality::Auto), plan(Quality::SmoothMotion));
    assert!(sharp.frame_rate < auto.frame_rate && auto.frame_rate <= smooth.frame_rate);
    assert!(sharp.tuning.coarsest < auto.tuning.coarsest && auto.tuning.coarsest < smooth.tuning.coarsest);
    assert_eq!(plan(Quality::Grey).colour, Colour::Grey);
    assert!(plan(Quality::LowBandwidth).tuning.bit_rate <= 300_000);
    assert_eq!(plan(Quality::LowBandwidth).limit, PictureLimit::Choice);
}

#[test]
fn smooth_motion_becomes_smaller_on_a_narrow_path_and_sharp_text_never() {
    let scale = |quality| {
        let (mut rate, _) = at(0.4e6, 8 * MS);
        rate.prefers(Preference { quality, ..Preference::default() });
        let start = Instant::now();
        (0..30u32).map(|second| rate.plan(start + second * 1000 * MS).scale_percent).last()
    };
    assert!(scale(Quality::SmoothMotion) < Some(100));
    assert_eq!(scale(Quality::SharpText), Some(100));
}

#[test]
fn limits_are_kept_and_a_new_choice_counts_at_once() {
    let (mut rate, _) = at(50e6, 5 * MS);
    let named =
        Preference { frame_rate: Some(12), kbit_per_s: Some(700), scale_percent: Some(50), ..Preference::default() };
    rate.prefers(named);
    let plan = rate.plan(Instant::now());
    assert_eq!((plan.frame_rate, plan.tuning.bit_rate, plan.scale_percent), (12, 700_000, 50));
    assert_eq!(plan.limit, PictureLimit::Choice);
}

#[test]
fn small_differences_are_not_told_and_falls_are() {
    let (mut rate, before) = at(3e6, 8 * MS);
    let now = Instant::now();
    rate.carries(3.1e6);
    assert_eq!(rate.plan(now), before);
    rate.carries(2.8e6);
    assert!(rate.plan(now).tuning.bit_rate < before.tuning.bit_rate);
}

proptest! {
    #[test]
    fn plans_stay_within_bounds_and_scale_rests(
        steps in prop::collection::vec((1e4f64..1e9, 1u64..3000, 0u64..2000, 0usize..5), 1..200),
    ) {
        let mut rate = Rate::new(1_000_000);
        rate.sized(3840, 2160);
        let mut now = Instant::now();
        let mut last: Option<(u8, Instant)> = None;
        for (path, took, wait, quality) in steps {
            now += Duration::from_millis(wait);
            rate.carries(path);
            rate.encoded(Duration::from_millis(took));
            if quality == 4 {
                // Now and then nobody asks for a plan.
                continue;
            }
            let plan = rate.plan(now);
            prop_assert!((1..=60).contains(&plan.frame_rate));
            prop_assert!((BITS.0..=BITS.1).contains(&plan.tuning.bit_rate));
            prop_assert!(SCALES.contains(&plan.scale_percent));
            prop_assert!(f64::from(plan.tuning.bit_rate) <= (path * SHARE).max(BITS.0.into()) * 1.07);
            match last {
                Some((scale, since)) if scale != plan.scale_percent => {
                    prop_assert!(now - since >= SCALE_PAUSE || since == now, "{:?}", now - since);
                    last = Some((plan.scale_percent, now));
                }
                Some(_) => {}
                None => last = Some((plan.scale_percent, now - SCALE_PAUSE)),
            }
        }
    }
}
