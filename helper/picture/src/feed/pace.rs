//! When to take a picture. Told the time, asks for nothing.
//!
//! ```text
//! still ──damage──▶ Capture at once ──damage──▶ Capture, one interval after the last, when the last has left
//!   ▲                                                │ no damage for SETTLE
//!   └──── nothing, for ever ◀── refined or tried ◀── Refine (at most REFINEMENTS times)
//! ```

use std::time::{Duration, Instant};

use crate::encoder::Quality;

/// Stillness after which a coarse picture is sent again, sharper. Longer than the gap between two pictures of anything
/// that moves (30 per second: 33 ms), short enough that a reader does not notice.
const SETTLE: Duration = Duration::from_millis(120);

/// Between a change that went as a few tiles and the next: a key's echo often comes in two parts. Costs little, but
/// only so often.
const SMALL_INTERVAL: Duration = Duration::from_millis(8);
/// How often in a row, and per second, that may be.
const SMALL_AHEAD: u8 = 10;

/// A movement that goes as tiles costs no encoder its time, so the frame rate that the encoder allows does not count
/// for it. For so long after one; and so much of the time may go by with it.
const MOVEMENT: (Duration, f64) = (Duration::from_millis(100), 0.75);

/// After the technician pressed something, this long and for so many pictures, no more than this is between two of them.
/// The first may show what was changing anyway; the answer to a key is there within a tenth of a second, and is one of
/// the next.
const RESPONSE: (Duration, u8, Duration) = (Duration::from_millis(300), 4, Duration::from_millis(4));

/// Pictures no further apart are a movement.
const MOVING: Duration = Duration::from_millis(150);

/// Tries to sharpen a still picture. The second catches what the encoder's rate control held back in the first.
const REFINEMENTS: u8 = 2;

/// What to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Take a picture, convert, encode, send.
    Capture,
    /// Encode the last picture again.
    Refine,
    /// Nothing before this moment; `None`: nothing at all until something happens.
    Wait(Option<Instant>),
}

/// Knows what was seen and sent, and when.
#[derive(Debug)]
pub(crate) struct Pace {
    interval: Duration,
    changed: bool,
    /// When the last picture was taken: the frame rate counts from here. A refinement must not delay what follows it.
    captured: Option<Instant>,
    /// When anything was encoded last: stillness counts from here.
    encoded: Option<Instant>,
    refinements_left: u8,
    /// The last change went as tiles, and the next may follow ahead of the frame rate.
    ahead: bool,
    /// How often that may still be, counted up to this moment.
    ahead_left: (u8, Option<Instant>),
    /// What is wished between two pictures at least.
    shortest: Duration,
    /// A movement went as tiles at that moment, and what has to be between two such.
    movement: Option<(Instant, Duration)>,
    /// The technician waits for an answer until this moment, and for so many pictures.
    response: Option<(Instant, u8)>,
}

impl Pace {
    pub(crate) fn new(frame_rate: u32) -> Self {
        Self {
            interval: interval(frame_rate),
            changed: true,
            captured: None,
            encoded: None,
            refinements_left: 0,
            ahead: false,
            ahead_left: (SMALL_AHEAD, None),
            shortest: interval(frame_rate),
            movement: None,
            response: None,
        }
    }

    /// Whether the picture has been moving up to `now`, so that a torn picture of it would be followed by another.
    pub(crate) fn moves(&self, now: Instant) -> bool {
        self.captured.is_some_and(|last| now.saturating_duration_since(last) < MOVING)
    }

    /// The technician pressed something at `now`.
    pub(crate) fn touched(&mut self, now: Instant) {
        let (time, pictures, _) = RESPONSE;
        self.response = Some((now + time, pictures));
    }

    /// What must be between the last picture and one at `now`.
    fn interval(&self, now: Instant) -> Duration {
        let interval = if self.ahead { self.interval.min(SMALL_INTERVAL) } else { self.interval };
        let interval = match self.movement {
            Some((told, gap)) if now.saturating_duration_since(told) < MOVEMENT.0 => interval.min(gap),
            _ => interval,
        };
        match self.response {
            Some((until, left)) if left > 0 && now < until => interval.min(RESPONSE.2),
            _ => interval,
        }
    }

    /// So many pictures per second are wished at most, whatever the encoder can do.
    pub(crate) fn set_most(&mut self, frame_rate: u32) {
        self.shortest = interval(frame_rate);
    }

    pub(crate) fn set_frame_rate(&mut self, frame_rate: u32) {
        self.interval = interval(frame_rate);
    }

    /// Something was drawn, or a key frame is wanted.
    pub(crate) fn changed(&mut self) {
        self.changed = true;
    }

    /// A picture was taken at `now`; what changed until then is in it.
    pub(crate) fn captured(&mut self, now: Instant) {
        // Only pictures that the frame rate would have held back are counted.
        if let (Some(last), Some((_, left))) = (self.captured, &mut self.response)
            && now < last + self.interval
        {
            *left = left.saturating_sub(1);
        }
        self.changed = false;
        self.captured = Some(now);
        self.ahead = false;
        self.encoded = Some(now);
    }

    /// It left, this good. A fine one leaves the refinements as they are: it may be fine only where it changed.
    pub(crate) fn sent(&mut self, quality: Quality) {
        if quality == Quality::Coarse {
            self.refinements_left = REFINEMENTS;
        }
    }

    /// It left at `now` as a few tiles.
    pub(crate) fn sent_small(&mut self, now: Instant) {
        let (left, counted) = self.ahead_left;
        let step = Duration::from_secs(1) / u32::from(SMALL_AHEAD);
        let since = counted.map_or(Duration::MAX, |counted| now.saturating_duration_since(counted));
        let gained = u8::try_from(since.as_millis() / step.as_millis()).unwrap_or(SMALL_AHEAD);
        let left = left.saturating_add(gained).min(SMALL_AHEAD);
        self.ahead = left > 0;
        let counted = if gained > 0 { Some(now) } else { counted };
        self.ahead_left = (left.saturating_sub(1), counted);
    }

    /// It left at `now` as a movement, which took so long to find and to tell.
    pub(crate) fn sent_movement(&mut self, now: Instant, took: Duration) {
        self.movement = Some((now, took.div_f64(MOVEMENT.1).max(self.shortest)));
    }

    /// Tiles make exact what stands still: it need not become sharper before.
    pub(crate) fn stop_refining(&mut self) {
        self.refinements_left = 0;
    }

    /// A refinement was encoded at `now`.
    pub(crate) fn refined(&mut self, now: Instant) {
        self.encoded = Some(now);
        self.refinements_left = self.refinements_left.saturating_sub(1);
    }

    /// There is no picture to refine: the monitor or its size changed, or sending stopped.
    pub(crate) fn forget(&mut self) {
        self.changed = true;
        self.refinements_left = 0;
    }

    /// What to do at `now`, when the packet before has left (`free`) or has not.
    pub(crate) fn next(&self, now: Instant, flight: Flight) -> Step {
        if flight == Flight::Busy {
            // The ticket wakes us.
            return Step::Wait(None);
        }
        if self.changed {
            return match self.captured.map(|last| last + self.interval(now)) {
                Some(due) if due > now => Step::Wait(Some(due)),
                _ => Step::Capture,
            };
        }
        if self.refinements_left == 0 {
            return Step::Wait(None);
        }
        match self.encoded.map(|last| last + SETTLE) {
            Some(due) if due > now => Step::Wait(Some(due)),
            _ => Step::Refine,
        }
    }
}

/// Whether the transport still holds a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flight {
    /// It does.
    Busy,
    /// It does not.
    Free,
}

fn interval(frame_rate: u32) -> Duration {
    Duration::from_secs(1) / frame_rate.clamp(1, 120)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn the_first_picture_and_the_first_change_after_a_pause_are_taken_at_once() {
        let start = Instant::now();
        let mut pace = Pace::new(30);
        assert_eq!(pace.next(start, Flight::Free), Step::Capture);
        pace.captured(start);
        pace.sent(Quality::Fine);
        assert_eq!(pace.next(start, Flight::Free), Step::Wait(None));
        pace.changed();
        assert_eq!(pace.next(start + 500 * MS, Flight::Free), Step::Capture);
    }

    #[test]
    fn changes_without_a_pause_keep_to_the_frame_rate() {
        let start = Instant::now();
        let mut pace = Pace::new(50);
        pace.captured(start);
        pace.changed();
        assert_eq!(pace.next(start + MS, Flight::Free), Step::Wait(Some(start + 20 * MS)));
        assert_eq!(pace.next(start + 20 * MS, Flight::Free), Step::Capture);
    }

    #[test]
    fn what_follows_a_key_is_taken_at_once_but_only_a_few_times() {
        let start = Instant::now();
        let mut pace = Pace::new(2);
        pace.captured(start);
        pace.changed();
        assert_eq!(pace.next(start + 5 * MS, Flight::Free), Step::Wait(Some(start + 500 * MS)));
        pace.touched(start + 10 * MS);
        assert_eq!(pace.next(start + 10 * MS, Flight::Free), Step::Capture, "not after half a second");
        let mut now = start + 10 * MS;
        let mut taken = 0;
        while now < start + 450 * MS {
            if pace.next(now, Flight::Free) == Step::Capture {
                taken += 1;
                pace.captured(now);
            }
            pace.changed();
            now += MS;
        }
        assert_eq!(taken, RESPONSE.1);
    }

    #[test]
    fn a_key_whose_answer_comes_late_has_it_at_once_too() {
        let start = Instant::now();
        let mut pace = Pace::new(2);
        pace.captured(start);
        pace.touched(start + 10 * MS);
        assert_eq!(pace.next(start + 10 * MS, Flight::Free), Step::Wait(None), "nothing changed yet");
        pace.changed();
        assert_eq!(pace.next(start + 200 * MS, Flight::Free), Step::Capture);
    }

    #[test]
    fn a_small_change_may_be_followed_soon_but_not_for_long() {
        let start = Instant::now();
        let mut pace = Pace::new(10);
        let mut now = start;
        let mut taken = 0;
        while now < start + 2000 * MS {
            pace.changed();
            if pace.next(now, Flight::Free) == Step::Capture {
                taken += 1;
                pace.captured(now);
                pace.sent_small(now);
            }
            now += MS;
        }
        assert!((30..=51).contains(&taken), "{taken} in two seconds at 10 per second and 10 ahead");
    }

    #[test]
    fn a_movement_keeps_to_what_is_wished_and_to_its_share_of_the_time_not_to_the_encoders_rate() {
        let taken = |took: Duration| {
            let start = Instant::now();
            let mut pace = Pace::new(50);
            pace.set_frame_rate(10);
            pace.sent_movement(start, took);
            let mut taken = 0;
            for ms in 1..=1_000 {
                let now = start + ms * MS;
                pace.changed();
                if pace.next(now, Flight::Free) == Step::Capture {
                    taken += 1;
                    pace.captured(now);
                    pace.sent_movement(now, took);
                }
            }
            taken
        };
        assert_eq!((taken(5 * MS), taken(30 * MS), taken(90 * MS)), (50, 25, 10));
    }

    #[test]
    fn nothing_is_taken_while_a_packet_is_on_its_way() {
        let start = Instant::now();
        let mut pace = Pace::new(30);
        assert_eq!(pace.next(start, Flight::Busy), Step::Wait(None));
        pace.captured(start);
        pace.sent(Quality::Coarse);
        assert_eq!(pace.next(start + 1000 * MS, Flight::Busy), Step::Wait(None));
    }

    #[test]
    fn a_coarse_picture_is_refined_twice_when_it_stands_still() {
        let start = Instant::now();
        let mut pace = Pace::new(30);
        pace.captured(start);
        pace.sent(Quality::Coarse);
        assert_eq!(pace.next(start, Flight::Free), Step::Wait(Some(start + SETTLE)));
        let mut now = start + SETTLE;
        for _ in 0..REFINEMENTS {
            assert_eq!(pace.next(now, Flight::Free), Step::Refine);
            pace.refined(now);
            now += SETTLE;
        }
        assert_eq!(pace.next(now, Flight::Free), Step::Wait(None), "and then there is silence");
    }

    #[test]
    fn a_refinement_does_not_delay_the_change_after_it() {
        let start = Instant::now();
        let mut pace = Pace::new(30);
        pace.captured(start);
        pace.sent(Quality::Coarse);
        pace.refined(start + SETTLE);
        pace.changed();
        assert_eq!(pace.next(start + SETTLE + MS, Flight::Free), Step::Capture);
    }

    #[test]
    fn a_fine_picture_of_a_small_change_leaves_the_rest_to_be_refined() {
        let start = Instant::now();
        let mut pace = Pace::new(30);
        pace.captured(start);
        pace.sent(Quality::Coarse);
        pace.captured(start + 50 * MS);
        pace.sent(Quality::Fine);
        assert_eq!(pace.next(start + 50 * MS + SETTLE, Flight::Free), Step::Refine);
    }

    proptest! {
        #[test]
        fn it_always_falls_silent_and_never_exceeds_the_rate(
            rate in 1u32..=120,
            events in prop::collection::vec((0u64..60, any::<bool>(), any::<bool>()), 1..200),
        ) {
            let mut now = Instant::now();
            let mut pace = Pace::new(rate);
            let mut last: Option<Instant> = None;
            for (wait, change, coarse) in events {
                now += Duration::from_millis(wait);
                if change {
                    pace.changed();
                }
                match pace.next(now, Flight::Free) {
                    Step::Capture => {
                        if let Some(last) = last {
                            prop_assert!(now - last >= interval(rate));
                        }
                        last = Some(now);
                        pace.captured(now);
                        pace.sent(if coarse { Quality::Coarse } else { Quality::Fine });
                    }
                    Step::Refine => pace.refined(now),
                    Step::Wait(until) => prop_assert!(until.is_none_or(|until| until > now)),
                }
            }
            // Stillness: within two seconds there is nothing left to do.
            let end = now + 2000 * MS;
            let mut steps = 0;
            loop {
                match pace.next(now, Flight::Free) {
                    Step::Capture => { pace.captured(now); pace.sent(Quality::Coarse); }
                    Step::Refine => pace.refined(now),
                    Step::Wait(Some(until)) => now = until,
                    Step::Wait(None) => break,
                }
                steps += 1;
                prop_assert!(steps < 20 && now < end);
            }
        }
    }
}
