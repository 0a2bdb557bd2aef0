//! The feed's thread and its encoder: encodes what was captured, sends it, and says what becomes of an encoder that
//! fails or takes too long.

use super::*;

/// The encoder in use and what is known of it.
pub(super) struct Coding {
    pub(super) encoders: OpenEncoder,
    pub(super) codec: VideoCodec,
    pub(super) encoder: Option<Box<dyn Encoder>>,
    /// It does not work; tried again with the next key frame that is wanted or the next size.
    pub(super) broken: bool,
    /// It was begun anew because it took too long.
    pub(super) slow: bool,
    /// What the viewers are to know: it does not work, or not in time.
    pub(super) trouble: Option<Trouble>,
    /// What the encoder was told last.
    pub(super) tuned: Option<Tuning>,
}

/// The same picture for those who begin with it and for those who had the one before.
struct Forms {
    whole: Bytes,
    /// Of a key frame: what is one difference among others to a decoder that runs; `None` where there is no such form.
    following: Option<Bytes>,
    key: bool,
}

impl Work {
    /// Encodes the planes and sends them to whoever waits for no other picture. A key frame if somebody needs one.
    pub(super) fn send(&mut self, kind: Kind, monitor: u8, began: Instant) {
        let Some((codec, encoded)) = self.encode(kind) else { return };
        let Encoded { data, key, quality } = encoded;
        let now = Instant::now();
        let several = self.watching().nth(1).is_some();
        let following = (key && several).then(|| encoder::following(codec, &data)).flatten().map(Bytes::from);
        let forms = Forms { whole: Bytes::from(data), following, key };
        let (mut left, size) = (Left::No, self.size);
        for seat in self.seats.iter_mut().filter(|seat| seat.seen) {
            if seat.wants_key && (!key || seat.is_busy()) {
                seat.left_out |= seat.is_busy();
                continue;
            }
            seat.tell_codec(codec);
            seat.tell_trouble(self.coding.trouble);
            match seat.send(codec, &forms, (monitor, size), now) {
                Left::Yes => {
                    left = Left::Yes;
                    seat.tally.sent(now, forms.whole.len(), now - began);
                }
                Left::No => {
                    seat.conceal();
                    self.pace.forget();
                }
            }
        }
        if left == Left::No {
            return;
        }
        tracing::trace!(
            ?kind,
            key,
            size = forms.whole.len(),
            took_us = micros(now - began),
            tuning = ?self.plan.tuning,
            frame_rate = self.plan.frame_rate,
            viewers = self.seats.len(),
            "picture"
        );
        if kind != Kind::Refinement {
            self.pace.sent(quality);
        }
        if kind == Kind::Delta && !key && self.rate.encoded(now - began) == Health::Stalled {
            tracing::warn!(?codec, "the encoder takes too long and is begun anew");
            if std::mem::replace(&mut self.coding.slow, true) {
                self.coding.trouble = Some(Trouble::SlowEncoder);
            }
            self.replace_encoder();
        }
    }

    /// Encodes the planes. `None` when nothing came out; why, the viewers are told.
    fn encode(&mut self, kind: Kind) -> Option<(VideoCodec, Encoded)> {
        if self.coding.broken {
            return None;
        }
        let kind = if self.key_is_due() { Kind::Key } else { kind };
        let unconverted = std::mem::take(&mut self.unconverted);
        if !unconverted.is_empty()
            && let Err(error) = self.planes.update(&self.shadow.frame(&unconverted, Instant::now()))
        {
            self.give_up_encoding(&error);
            return None;
        }
        let planes = match &mut self.smaller {
            Some(smaller) => {
                smaller.shrink_from(&self.planes);
                smaller
            }
            None => &mut self.planes,
        };
        let codec = self.coding.codec;
        match self.coding.encode(planes, kind, self.plan.tuning) {
            Ok(encoded) => {
                if !self.coding.slow {
                    self.coding.trouble = None;
                }
                if encoded.is_none() {
                    self.pace.sent(Quality::Coarse);
                }
                encoded.map(|encoded| (codec, encoded))
            }
            Err(error) => {
                self.give_up_encoding(&error);
                None
            }
        }
    }

    /// Nothing comes out until a key frame is wanted or the size is another; the viewers are told.
    fn give_up_encoding(&mut self, error: &dyn std::error::Error) {
        tracing::warn!(%error, "the encoder is given up");
        self.coding.encoder = None;
        self.coding.broken = true;
        self.coding.trouble = Some(Trouble::NoEncoder);
        self.unconverted = Region::whole(self.size.0, self.size.1);
        self.seats.iter_mut().for_each(|seat| seat.wants_key = true);
    }
}

impl Seat {
    /// Sends a picture of now to this viewer, who is free to take it.
    fn send(&mut self, codec: VideoCodec, forms: &Forms, (monitor, size): (u8, (u16, u16)), now: Instant) -> Left {
        let (key, data) = match &forms.following {
            Some(following) if self.is_in_step() => (false, following),
            _ => (forms.key, &forms.whole),
        };
        let Moment { captured, since_start, stamp } = self.moment;
        let moved = if key { Moved::none() } else { self.tiles.moved() };
        let packet = Packet {
            codec,
            key,
            monitor,
            seq: self.seq,
            width: size.0,
            height: size.1,
            captured,
            since_start,
            stamp,
            moved: moved.clone(),
            data: data.clone(),
            ticket: self.shared.flight.ticket(self.waker()),
        };
        let left = self.show(Output::Video(packet));
        if left == Left::Yes {
            tracing::trace!(seq = self.seq, key, captured_us = micros(since_start), "sent");
            self.seq = self.seq.wrapping_add(1);
            self.wants_key = false;
            self.video_left(key, &moved, now);
        }
        left
    }
}

impl Coding {
    fn encode(&mut self, planes: &Planes, kind: Kind, tuning: Tuning) -> Result<Option<Encoded>, encoder::EncodeError> {
        let encoder = match &mut self.encoder {
            Some(encoder) => encoder,
            None => {
                self.tuned = None;
                let (width, height) = (planes.width(), planes.height());
                let settings =
                    EncoderSettings { width, height, bit_rate: tuning.bit_rate, frame_rate: tuning.frame_rate };
                self.encoder.insert((self.encoders)(self.codec, settings)?)
            }
        };
        if self.tuned != Some(tuning) {
            encoder.tune(tuning)?;
            self.tuned = Some(tuning);
        }
        encoder.encode(planes, kind)
    }
}
