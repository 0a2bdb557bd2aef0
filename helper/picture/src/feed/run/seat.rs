//! One viewer of a feed: what leaves to it, and what is known of what it has.
//!
//! # Invariants
//!
//! - Nothing that shows the screen leaves without its gate's yes at that moment, and nothing at all while it is paused.

use deskhand_capture::Waker;

use super::*;

/// Pictures are at least so far apart that no two have the same stamp.
const APART_US: u64 = 1_000_000 / Stamp::RATE as u64 + 1;

/// See the module.
pub(crate) struct Seat {
    pub(super) shared: Arc<Shared>,
    gate: Box<dyn Gate>,
    sink: Box<dyn Sink>,
    /// As they were taken last.
    pub(super) wishes: Wishes,
    /// The zero of its pictures' times.
    started: Instant,
    /// Time of the last picture, in microseconds from there.
    last_us: u64,
    /// Of the newest picture.
    pub(super) moment: Moment,
    pub(super) seq: u32,
    pub(super) tiles: Tiles,
    pub(super) pointer: Pointer,
    pub(super) tally: Tally,
    /// Whether it may look; as its gate said last.
    pub(super) seen: bool,
    /// It needs a key frame before anything else.
    pub(super) wants_key: bool,
    /// A picture was sent to others while it held one.
    pub(super) left_out: bool,
    /// When the last key frame left.
    pub(super) key_sent: Option<Instant>,
    /// When the last picture left.
    pub(super) sent: Option<Instant>,
    pub(super) monitors_told: bool,
    pub(super) shape_told: bool,
    codec_told: Option<VideoCodec>,
    /// What it was told to stand in the way of the picture.
    pub(super) obstacle: Option<Obstacle>,
    /// What it was told of the encoder.
    trouble: Option<Trouble>,
}

impl std::fmt::Debug for Seat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seat").field("seen", &self.seen).field("wants_key", &self.wants_key).finish_non_exhaustive()
    }
}

impl Seat {
    pub(crate) fn new(shared: Arc<Shared>, settings: Settings, gate: Box<dyn Gate>, sink: Box<dyn Sink>) -> Self {
        let started = settings.epoch.unwrap_or_else(Instant::now);
        let wishes = *shared.wishes();
        Self {
            shared,
            gate,
            sink,
            wishes,
            started,
            last_us: 0,
            moment: Moment { captured: started, since_start: Duration::ZERO, stamp: Stamp(0) },
            seq: 0,
            tiles: Tiles::new(settings.bit_rate.into()),
            pointer: Pointer::new(),
            tally: Tally::default(),
            seen: false,
            wants_key: true,
            left_out: false,
            key_sent: None,
            sent: None,
            monitors_told: false,
            shape_told: false,
            codec_told: None,
            obstacle: None,
            trouble: None,
        }
    }

    /// Delivers something that shows nothing of the screen.
    pub(super) fn tell(&mut self, output: Output) -> Left {
        // Held during the delivery: whoever pauses waits for it.
        let wishes = self.shared.wishes();
        if wishes.paused || wishes.stop {
            return Left::No;
        }
        self.sink.deliver(output);
        Left::Yes
    }

    /// Delivers something that shows the screen or the pointer.
    pub(super) fn show(&mut self, output: Output) -> Left {
        if self.may_see() { self.tell(output) } else { Left::No }
    }

    pub(super) fn may_see(&self) -> bool {
        self.gate.may_be_seen() == Seen::Allowed
    }

    /// Whether the transport still holds a picture of it.
    pub(super) fn is_busy(&self) -> bool {
        self.shared.flight.is_busy()
    }

    /// Whether it has what the next difference is one to.
    pub(super) const fn is_in_step(&self) -> bool {
        !self.wants_key
    }

    pub(super) fn waker(&self) -> Waker {
        Arc::clone(&self.shared) as Waker
    }

    /// A new screen or a new viewer: everything is told again, from a key frame on.
    pub(super) fn start_over(&mut self) {
        self.monitors_told = false;
        self.shape_told = false;
        self.codec_told = None;
        self.obstacle = None;
        self.pointer.forget();
        self.conceal();
    }

    /// Something did not reach it, so its decoder has to begin anew.
    pub(super) fn conceal(&mut self) {
        self.wants_key = true;
        self.tiles.close();
    }

    /// The others do not wait for it.
    pub(super) fn fall_behind(&mut self) {
        self.conceal();
        self.left_out = true;
        self.tell(Output::Behind);
    }

    /// The time of a picture captured at `captured`; later than that of any other.
    fn moment_of(&mut self, captured: Instant) -> Moment {
        let us = micros(captured.saturating_duration_since(self.started)).max(self.last_us + APART_US);
        self.last_us = us;
        Moment { captured, since_start: Duration::from_micros(us), stamp: Stamp::at_micros(us) }
    }

    /// A picture is the newest, in which these cells changed.
    pub(super) fn captured(&mut self, monitor: u8, grid: Grid, captured: Instant, changed: &[u16]) {
        self.moment = self.moment_of(captured);
        self.tiles.captured(monitor, grid, self.moment.stamp, changed, captured);
    }

    /// Tells which codec is in use, and what is wrong with it.
    pub(super) fn tell_codec(&mut self, codec: VideoCodec) {
        if self.codec_told != Some(codec) && self.tell(Output::Codec(codec)) == Left::Yes {
            self.codec_told = Some(codec);
        }
    }

    /// Tells what is wrong with the encoder, or that nothing is any more.
    pub(super) fn tell_trouble(&mut self, trouble: Option<Trouble>) {
        if self.trouble != trouble && self.tell(Output::Trouble(trouble)) == Left::Yes {
            self.trouble = trouble;
        }
    }

    /// Tells the figures of the last second, once it is over.
    pub(super) fn tell_figures(&mut self, plan: Plan, now: Instant) {
        if let Some(stats) = self.tally.poll(now) {
            let exact = self.tiles.is_exact() && !self.shared.tile_flight.is_busy();
            let Plan { frame_rate, scale_percent, limit, .. } = plan;
            self.tell(Output::Stats(PictureStats { exact, frame_rate, scale_percent, limit, ..stats }));
        }
    }

    /// Tells the pointer's shape and place. Returns when to come back for its next place.
    pub(super) fn point(&mut self, screen: &mut dyn Screen, now: Instant) -> Result<Option<Instant>, CaptureError> {
        if !self.shape_told {
            let shape = screen.cursor_shape()?;
            let message = self.pointer.shaped(shape.as_ref());
            self.shape_told = true;
            if let Some(message) = message
                && self.show(Output::Cursor(message)) == Left::No
            {
                self.pointer.forget();
                self.shape_told = false;
            }
        }
        if self.pointer.due(now).is_some_and(|due| due <= now) {
            let place = screen.cursor_place()?;
            self.tiles.point(place);
            if let Some(message) = self.pointer.place(place, selected(screen), now)
                && self.show(Output::Cursor(message)) == Left::No
            {
                self.pointer.forget();
                self.shape_told = false;
            }
        }
        Ok(self.pointer.due(now))
    }
}
