//! Whole notches from fine wheel movement.

/// One notch in the protocol's units.
const NOTCH: i32 = 120;

/// What has been turned on one axis and is not a whole notch yet.
#[derive(Debug, Default)]
pub(crate) struct Wheel {
    pub(crate) rest: i32,
}

impl Wheel {
    /// Adds a movement in 1/120 notch and takes out the whole notches. Turning back starts at once: what was left of
    /// the other direction does not have to be worked off first.
    pub(crate) fn turn(&mut self, delta: i16) -> i32 {
        let delta = i32::from(delta);
        if delta.signum() * self.rest.signum() < 0 {
            self.rest = 0;
        }
        self.rest += delta;
        let notches = self.rest / NOTCH;
        self.rest %= NOTCH;
        notches
    }

    /// Forgets what is not a whole notch.
    pub(crate) const fn reset(&mut self) {
        self.rest = 0;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn four_quarters_are_a_notch() {
        let mut wheel = Wheel::default();
        assert_eq!([30, 30, 30, 30].map(|delta| wheel.turn(delta)), [0, 0, 0, 1]);
    }

    #[test]
    fn turning_back_begins_at_once() {
        let mut wheel = Wheel::default();
        assert_eq!(wheel.turn(119), 0);
        assert_eq!(wheel.turn(-120), -1);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_in_one_direction(deltas in prop::collection::vec(0_i16..=i16::MAX, 0..50)) {
            let mut wheel = Wheel::default();
            let notches: i32 = deltas.iter().map(|delta| wheel.turn(*delta)).sum();
            let total: i32 = deltas.iter().map(|delta| i32::from(*delta)).sum();
            prop_assert_eq!(notches, total / NOTCH);
        }
    }
}
