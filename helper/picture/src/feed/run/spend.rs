//! The feed's thread and its rate: tells [`Rate`] what it has to know, and does what the plan says.

use super::*;
use deskhand_protocol::call::control::Preference;

impl Work {
    /// Takes in what the viewers wish, and follows the plan of this moment. The picture is for the narrowest of their
    /// paths, exact tiles are for each one's own.
    #[allow(clippy::cast_precision_loss, reason = "a path carries less than 2^52 bits per second")]
    pub(super) fn spend(&mut self, now: Instant) {
        let Some(first) = self.seats.first() else { return };
        let preference = first.wishes.preference;
        let least = self.seats.iter().map(|seat| seat.wishes.path).min().unwrap_or(0);
        let most = self.seats.iter().map(|seat| seat.wishes.frame_rate).min().unwrap_or(1);
        if self.seats.iter().any(|seat| seat.wishes.touched) {
            self.pace.touched(now);
        }
        self.rate.carries(least as f64);
        let most = u8::try_from(most).unwrap_or(u8::MAX);
        let frame_rate = preference.frame_rate.map_or(most, |named| named.min(most));
        self.pace.set_most(frame_rate.into());
        self.rate.prefers(Preference { frame_rate: Some(frame_rate), ..preference });
        for seat in &mut self.seats {
            seat.tiles.set_path(self.rate.allowed(seat.wishes.path as f64));
        }
        let before = std::mem::replace(&mut self.plan, self.rate.plan(now));
        self.pace.set_frame_rate(self.plan.frame_rate.into());
        if self.plan.scale_percent != before.scale_percent {
            tracing::debug!(percent = self.plan.scale_percent, "the coded picture has another size");
            self.resized();
            self.conceal();
        }
        if self.planes.show(self.plan.colour) {
            self.conceal();
        }
    }

    /// The monitor or the plan has another size: encoder and planes are made for it.
    pub(super) fn resized(&mut self) {
        let (width, height) = self.size;
        self.rate.sized(width, height);
        self.planes.show(self.plan.colour);
        self.smaller = (self.plan.scale_percent < 100).then(|| {
            let (width, height) = self.planes.scaled_size(self.plan.scale_percent);
            Planes::new(width, height)
        });
        self.replace_encoder();
    }

    /// The next picture is a new encoder's, and so a key frame.
    pub(super) fn replace_encoder(&mut self) {
        self.coding.encoder = None;
        self.rate.forget_encoder();
        self.seats.iter_mut().for_each(|seat| seat.wants_key = true);
    }
}
