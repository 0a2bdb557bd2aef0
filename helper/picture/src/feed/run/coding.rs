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
    pub(super) told: Option<VideoCodec>,
    /// The viewer was told that the encoder does not work, or not in time.
    pub(super) trouble_told: bool,
    /// What the encoder was told last.
    pub(super) tuned: Option<Tuning>,
}

impl Work {
    pub(super) fn send<G: Gate, S: Sink>(
        &mut self,
        kind: Kind,
        monitor: u8,
        moment: Moment,
        began: Instant,
        outlet: &mut Outlet<'_, G, S>,
    ) {
        let Some((codec, encoded)) = self.encode(kind, outlet) else { return };
        let Encoded { data, key, quality } = encoded;
        let now = Instant::now();
        let size = data.len();
        let Moment { captured, since_start, stamp } = moment;
        let moved = if key { Moved::none() } else { self.tiles.moved() };
        let packet = Packet {
            codec,
            key,
            monitor,
            seq: self.seq,
            width: self.size.0,
            height: self.size.1,
            captured,
            since_start,
            stamp,
            moved: moved.clone(),
            data: Bytes::from(data),
            ticket: outlet.shared.flight.ticket(Arc::clone(&outlet.shared) as deskhand_capture::Waker),
        };
        match outlet.show(Output::Video(packet)) {
            Left::Yes => {
                tracing::trace!(
                    seq = self.seq,
                    ?kind,
                    key,
                    size,
                    captured_us = micros(since_start),
                    waited_us = micros(began.saturating_duration_since(captured)),
                    took_us = micros(now - began),
                    tuning = ?self.plan.tuning,
                    frame_rate = self.plan.frame_rate,
                    "picture"
                );
                self.seq = self.seq.wrapping_add(1);
                self.key_wanted = false;
                self.video_left(key, stamp, &moved, now);
                if kind != Kind::Refinement {
                    self.pace.sent(quality);
                }
                self.tally.sent(now, size, now - began);
                if kind == Kind::Delta && !key && self.rate.encoded(now - began) == Health::Stalled {
                    tracing::warn!(?codec, "the encoder takes too long and is begun anew");
                    if std::mem::replace(&mut self.coding.slow, true) {
                        self.coding.trouble_told =
                            outlet.tell(Output::Trouble(Some(Trouble::SlowEncoder))) == Left::Yes;
                    }
                    self.replace_encoder();
                }
            }
            Left::No => self.conceal(),
        }
    }

    /// Encodes the planes. `None` when nothing came out; why, the viewer is told.
    fn encode<G: Gate, S: Sink>(&mut self, kind: Kind, outlet: &mut Outlet<'_, G, S>) -> Option<(VideoCodec, Encoded)> {
        if self.coding.broken {
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
        match self.coding.encode(planes, if self.key_wanted { Kind::Key } else { kind }, self.plan.tuning) {
            Ok(encoded) => {
                if self.coding.told != Some(codec) && outlet.tell(Output::Codec(codec)) == Left::Yes {
                    self.coding.told = Some(codec);
                }
                if !self.coding.slow && std::mem::take(&mut self.coding.trouble_told) {
                    outlet.tell(Output::Trouble(None));
                }
                if encoded.is_none() {
                    self.pace.sent(Quality::Coarse);
                }
                encoded.map(|encoded| (codec, encoded))
            }
            Err(error) => {
                tracing::warn!(%error, "the encoder is given up");
                self.coding.encoder = None;
                self.key_wanted = true;
                self.coding.broken = true;
                self.coding.trouble_told = true;
                outlet.tell(Output::Trouble(Some(Trouble::NoEncoder)));
                None
            }
        }
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
