//! What the feed's thread does.

use std::{
    sync::{Arc, mpsc::SyncSender},
    time::{Duration, Instant},
};

use bytes::Bytes;
use deskhand_capture::{CaptureError, Screen};
use deskhand_protocol::{
    call::control::{Monitor, Trouble, VideoCodec},
    limit::MONITORS,
    text::Name,
};

use super::{
    Gate, Output, Seen, Settings, Sink,
    pace::{Flight, Pace, Step},
    pointer::Pointer,
    shared::{Shared, Wishes},
    stats::Tally,
};
use crate::{
    Packet,
    colour::Planes,
    encoder::{self, Encoded, Encoder, EncoderSettings, Kind, OpenEncoder, Quality},
};

/// Between two tries to reach a display that was lost.
const RETRY: Duration = Duration::from_secs(1);

/// Runs until told to stop. Says through `opened` whether the screen could be opened the first time.
pub(crate) fn run<O, G, S>(
    shared: &Arc<Shared>,
    encoders: OpenEncoder,
    mut open: O,
    settings: Settings,
    gate: &G,
    sink: S,
    opened: &SyncSender<Result<(), CaptureError>>,
) where
    O: FnMut() -> Result<Box<dyn Screen>, CaptureError>,
    G: Gate,
    S: Sink,
{
    let mut screen = match open() {
        Ok(screen) => screen,
        Err(error) => {
            let _ = opened.send(Err(error));
            return;
        }
    };
    shared.set_waker(Some(screen.waker()));
    let _ = opened.send(Ok(()));
    let mut outlet = Outlet { shared: Arc::clone(shared), gate, sink };
    let mut work = Work::new(settings, encoders);
    while let Err(error) = work.show(screen.as_mut(), &mut outlet) {
        tracing::warn!(%error, "the screen cannot be captured");
        shared.set_waker(None);
        outlet.tell(Output::Trouble(Some(Trouble::NoCapture)));
        screen = loop {
            shared.rest(RETRY);
            if shared.wishes().stop {
                return;
            }
            if let Ok(screen) = open() {
                break screen;
            }
        };
        shared.set_waker(Some(screen.waker()));
        outlet.tell(Output::Trouble(None));
    }
}

/// Whether something was delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    Yes,
    No,
}

/// The only way out, with its two locks: pause and gate.
struct Outlet<'a, G, S> {
    shared: Arc<Shared>,
    gate: &'a G,
    sink: S,
}

impl<G: Gate, S: Sink> Outlet<'_, G, S> {
    /// Delivers something that shows nothing of the screen.
    fn tell(&mut self, output: Output) -> Left {
        // Held during the delivery: whoever pauses waits for it.
        let wishes = self.shared.wishes();
        if wishes.paused || wishes.stop {
            return Left::No;
        }
        self.sink.deliver(output);
        Left::Yes
    }

    /// Delivers something that shows the screen or the pointer.
    fn show(&mut self, output: Output) -> Left {
        match self.gate.may_be_seen() {
            Seen::Allowed => self.tell(output),
            Seen::Refused => Left::No,
        }
    }
}

/// The encoder in use and what may replace it.
struct Coding {
    encoders: OpenEncoder,
    codec: VideoCodec,
    fallback: Option<VideoCodec>,
    encoder: Option<Box<dyn Encoder>>,
    /// Neither codec works; tried again with the next key frame that is wanted or the next size.
    broken: bool,
    told: Option<VideoCodec>,
    /// The viewer was told that no encoder works.
    trouble_told: bool,
}

/// All that is kept from picture to picture.
struct Work {
    started: Instant,
    pace: Pace,
    pointer: Pointer,
    tally: Tally,
    planes: Planes,
    size: (u16, u16),
    coding: Coding,
    bit_rate: u32,
    frame_rate: u32,
    key_wanted: bool,
    seq: u32,
    /// The monitor asked for; kept for when the display has to be opened again.
    monitor: Option<u8>,
    monitors_told: bool,
    shape_told: bool,
}

impl Work {
    fn new(settings: Settings, encoders: OpenEncoder) -> Self {
        Self {
            started: Instant::now(),
            pace: Pace::new(settings.frame_rate),
            pointer: Pointer::new(),
            tally: Tally::default(),
            planes: Planes::new(2, 2),
            size: (0, 0),
            coding: Coding {
                encoders,
                codec: settings.codec,
                fallback: settings.fallback,
                encoder: None,
                broken: false,
                told: None,
                trouble_told: false,
            },
            bit_rate: settings.bit_rate,
            frame_rate: settings.frame_rate,
            key_wanted: true,
            seq: 0,
            monitor: settings.monitor,
            monitors_told: false,
            shape_told: false,
        }
    }

    /// Shows a screen until told to stop.
    fn show<G: Gate, S: Sink>(
        &mut self,
        screen: &mut dyn Screen,
        outlet: &mut Outlet<'_, G, S>,
    ) -> Result<(), CaptureError> {
        self.start_over();
        self.select(screen);
        loop {
            let wishes = outlet.shared.take_wishes();
            if wishes.stop {
                return Ok(());
            }
            self.obey(wishes, screen);
            let mut deadline = self.tally.due();
            if wishes.paused {
                deadline = None;
            } else {
                self.tell(screen, outlet);
                if outlet.gate.may_be_seen() == Seen::Allowed {
                    let now = Instant::now();
                    deadline = sooner(deadline, self.point(screen, outlet, now)?);
                    let flight = if outlet.shared.flight.is_busy() { Flight::Busy } else { Flight::Free };
                    match self.pace.next(now, flight) {
                        Step::Capture => {
                            self.capture(screen, outlet)?;
                            continue;
                        }
                        Step::Refine => {
                            self.refine(screen, outlet);
                            continue;
                        }
                        Step::Wait(until) => deadline = sooner(deadline, until),
                    }
                } else {
                    self.conceal();
                }
            }
            let changes = screen.wait(deadline)?;
            if changes.monitors {
                self.monitors_told = false;
                self.pace.forget();
            }
            if changes.picture {
                self.pace.changed();
            }
            if changes.cursor_shape {
                self.shape_told = false;
            }
            if changes.picture || changes.cursor_place {
                self.pointer.moved();
            }
        }
    }

    /// A new screen or a new viewer: everything is told again, from a key frame on.
    fn start_over(&mut self) {
        self.monitors_told = false;
        self.shape_told = false;
        self.coding.told = None;
        self.pointer.forget();
        self.key_wanted = true;
        self.pace.forget();
    }

    /// What may not be seen was not sent, so the viewer's decoder has to begin anew.
    fn conceal(&mut self) {
        self.key_wanted = true;
        self.pace.forget();
    }

    fn obey(&mut self, wishes: Wishes, screen: &mut dyn Screen) {
        if wishes.new_viewer {
            self.start_over();
        }
        if wishes.key_frame {
            self.key_wanted = true;
            self.coding.broken = false;
            self.pace.changed();
        }
        if wishes.paused {
            self.conceal();
        }
        if wishes.frame_rate != self.frame_rate {
            self.frame_rate = wishes.frame_rate;
            self.pace.set_frame_rate(wishes.frame_rate);
        }
        if wishes.bit_rate != self.bit_rate {
            self.bit_rate = wishes.bit_rate;
            if let Some(encoder) = &mut self.coding.encoder
                && let Err(error) = encoder.set_bit_rate(wishes.bit_rate)
            {
                tracing::warn!(%error, "a new encoder is made for the new rate");
                self.coding.encoder = None;
                self.conceal();
            }
        }
        if wishes.monitor.is_some() {
            self.monitor = wishes.monitor;
            self.select(screen);
        }
    }

    /// Shows the monitor asked for, if there is one with that index.
    fn select(&mut self, screen: &mut dyn Screen) {
        if let Some(monitor) = self.monitor.map(usize::from)
            && monitor != screen.selected()
            && screen.select(monitor).is_ok()
        {
            self.monitors_told = false;
            self.pointer.moved();
            self.conceal();
        }
    }

    /// Tells monitors and figures.
    fn tell<G: Gate, S: Sink>(&mut self, screen: &dyn Screen, outlet: &mut Outlet<'_, G, S>) {
        if !self.monitors_told {
            let output = Output::Monitors { monitors: describe(screen), selected: selected(screen) };
            self.monitors_told = outlet.tell(output) == Left::Yes;
        }
        if let Some(stats) = self.tally.poll(Instant::now()) {
            outlet.tell(Output::Stats(stats));
        }
    }

    /// Tells the pointer's shape and place. Returns when to come back for its next place.
    fn point<G: Gate, S: Sink>(
        &mut self,
        screen: &mut dyn Screen,
        outlet: &mut Outlet<'_, G, S>,
        now: Instant,
    ) -> Result<Option<Instant>, CaptureError> {
        if !self.shape_told {
            let shape = screen.cursor_shape()?;
            let message = self.pointer.shaped(shape.as_ref());
            self.shape_told = true;
            if let Some(message) = message
                && outlet.show(Output::Cursor(message)) == Left::No
            {
                self.pointer.forget();
                self.shape_told = false;
            }
        }
        if self.pointer.due(now).is_some_and(|due| due <= now) {
            let place = screen.cursor_place()?;
            if let Some(message) = self.pointer.place(place, selected(screen), now)
                && outlet.show(Output::Cursor(message)) == Left::No
            {
                self.pointer.forget();
                self.shape_told = false;
            }
        }
        Ok(self.pointer.due(now))
    }

    /// Takes a picture, converts what changed, encodes and sends it.
    fn capture<G: Gate, S: Sink>(
        &mut self,
        screen: &mut dyn Screen,
        outlet: &mut Outlet<'_, G, S>,
    ) -> Result<(), CaptureError> {
        let began = Instant::now();
        let monitor = selected(screen);
        let Some(frame) = screen.grab()? else {
            // What woke us was on another monitor or in the picture before; or nothing changed and a key frame is due.
            self.pace.captured(began);
            if self.key_wanted {
                self.send(Kind::Key, monitor, began, began, outlet);
            }
            return Ok(());
        };
        let grabbed = Instant::now();
        let captured = frame.captured;
        self.pace.captured(captured);
        self.tally.captured(grabbed - began);
        if (frame.width, frame.height) != self.size {
            self.size = (frame.width, frame.height);
            self.planes = Planes::new(frame.width, frame.height);
            self.coding.encoder = None;
            self.coding.broken = false;
            self.key_wanted = true;
        }
        self.planes.update(&frame).map_err(|error| CaptureError::PixelFormat(error.to_string()))?;
        self.send(Kind::Delta, monitor, captured, grabbed, outlet);
        Ok(())
    }

    /// Sends the last picture again, sharper.
    fn refine<G: Gate, S: Sink>(&mut self, screen: &dyn Screen, outlet: &mut Outlet<'_, G, S>) {
        let now = Instant::now();
        self.pace.refined(now);
        if self.coding.encoder.is_some() {
            self.send(Kind::Refinement, selected(screen), now, now, outlet);
        }
    }

    fn send<G: Gate, S: Sink>(
        &mut self,
        kind: Kind,
        monitor: u8,
        captured: Instant,
        began: Instant,
        outlet: &mut Outlet<'_, G, S>,
    ) {
        let Some((codec, encoded)) = self.encode(kind, outlet) else { return };
        let Encoded { data, key, quality } = encoded;
        let now = Instant::now();
        let size = data.len();
        let packet = Packet {
            codec,
            key,
            monitor,
            seq: self.seq,
            width: self.size.0,
            height: self.size.1,
            captured,
            since_start: captured.saturating_duration_since(self.started),
            data: Bytes::from(data),
            ticket: outlet.shared.flight.ticket(Arc::clone(&outlet.shared) as deskhand_capture::Waker),
        };
        match outlet.show(Output::Video(packet)) {
            Left::Yes => {
                self.seq = self.seq.wrapping_add(1);
                self.key_wanted = false;
                if kind != Kind::Refinement {
                    self.pace.sent(quality);
                }
                self.tally.sent(now, size, now - began);
            }
            Left::No => self.conceal(),
        }
    }

    /// Encodes the planes, with the other codec if this one fails. `None` when nothing came out.
    fn encode<G: Gate, S: Sink>(&mut self, kind: Kind, outlet: &mut Outlet<'_, G, S>) -> Option<(VideoCodec, Encoded)> {
        let settings = EncoderSettings {
            width: self.planes.width(),
            height: self.planes.height(),
            bit_rate: self.bit_rate,
            frame_rate: self.frame_rate,
        };
        while !self.coding.broken {
            match self.coding.encode(&self.planes, if self.key_wanted { Kind::Key } else { kind }, settings) {
                Ok(encoded) => {
                    let codec = self.coding.codec;
                    if self.coding.told != Some(codec) && outlet.tell(Output::Codec(codec)) == Left::Yes {
                        self.coding.told = Some(codec);
                    }
                    if std::mem::take(&mut self.coding.trouble_told) {
                        outlet.tell(Output::Trouble(None));
                    }
                    if encoded.is_none() {
                        self.pace.sent(Quality::Coarse);
                    }
                    return encoded.map(|encoded| (codec, encoded));
                }
                Err(error) => {
                    tracing::warn!(%error, "the encoder is given up");
                    self.coding.encoder = None;
                    self.key_wanted = true;
                    match self.coding.fallback.take() {
                        Some(codec) => self.coding.codec = codec,
                        None => {
                            self.coding.broken = true;
                            self.coding.trouble_told = true;
                            outlet.tell(Output::Trouble(Some(Trouble::NoEncoder)));
                        }
                    }
                }
            }
        }
        None
    }
}

impl Coding {
    fn encode(
        &mut self,
        planes: &Planes,
        kind: Kind,
        settings: EncoderSettings,
    ) -> Result<Option<Encoded>, encoder::EncodeError> {
        let encoder = match &mut self.encoder {
            Some(encoder) => encoder,
            None => self.encoder.insert((self.encoders)(self.codec, settings)?),
        };
        encoder.encode(planes, kind)
    }
}

fn sooner(a: Option<Instant>, b: Option<Instant>) -> Option<Instant> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// The protocol counts monitors in a byte; there are at most [`MONITORS`] in its list.
fn selected(screen: &dyn Screen) -> u8 {
    u8::try_from(screen.selected()).unwrap_or(u8::MAX)
}

fn describe(screen: &dyn Screen) -> Vec<Monitor> {
    let monitors = screen.monitors().iter().take(MONITORS);
    (0u8..)
        .zip(monitors)
        .map(|(index, monitor)| Monitor {
            index,
            name: Name::lossy(&monitor.name),
            x: monitor.x,
            y: monitor.y,
            width: monitor.width,
            height: monitor.height,
            primary: monitor.primary,
        })
        .collect()
}
