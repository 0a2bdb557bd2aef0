//! What the feed's thread does.

use std::{
    sync::{Arc, mpsc::SyncSender},
    time::{Duration, Instant},
};

use bytes::Bytes;
use deskhand_capture::{self as capture, ALL_MONITORS, CaptureError, Obstacle, Patience, Screen};
use deskhand_protocol::{
    call::{
        control::{Monitor, PictureStats, Rotation, Trouble, VideoCodec},
        picture::{Moved, Stamp},
    },
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
use coding::Coding;
use exact::Filled;

use crate::{
    Packet,
    colour::Planes,
    encoder::{self, Encoded, Encoder, EncoderSettings, Kind, OpenEncoder, Quality},
    packet::micros,
    rate::{Health, Plan, Rate, Tuning},
    tiles::Tiles,
};

mod coding;
mod exact;
mod spend;

/// Between two tries to reach a display that was lost.
const RETRY: Duration = Duration::from_secs(1);

/// What a moving page is waited for. A browser paints one of 1080p in strokes over 1 to 8 ms; a line of text, which may
/// be the answer to a key, is shown at once.
const STROKES: Patience =
    Patience { pixels: 200_000, quiet: Duration::from_millis(2), at_most: Duration::from_millis(10) };

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

/// When a picture was captured, in all the forms that are needed.
#[derive(Debug, Clone, Copy)]
struct Moment {
    captured: Instant,
    since_start: Duration,
    stamp: Stamp,
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

/// All that is kept from picture to picture.
struct Work {
    started: Instant,
    pace: Pace,
    pointer: Pointer,
    tally: Tally,
    tiles: Tiles,
    planes: Planes,
    /// The same, smaller, while the plan has a smaller picture.
    smaller: Option<Planes>,
    size: (u16, u16),
    coding: Coding,
    rate: Rate,
    plan: Plan,
    /// What was told to stand in the way of the picture.
    obstacle: Option<Obstacle>,
    key_wanted: bool,
    /// When the last key frame left.
    key_sent: Option<Instant>,
    /// Time of the last picture, in microseconds from the start.
    last_us: u64,
    seq: u32,
    /// The monitor asked for; kept for when the display has to be opened again.
    monitor: Option<u8>,
    monitors_told: bool,
    shape_told: bool,
}

impl Work {
    fn new(settings: Settings, encoders: OpenEncoder) -> Self {
        let started = settings.epoch.unwrap_or_else(Instant::now);
        let mut rate = Rate::new(settings.bit_rate);
        Self {
            started,
            pace: Pace::new(settings.frame_rate),
            pointer: Pointer::new(),
            tally: Tally::default(),
            tiles: Tiles::new(settings.bit_rate.into()),
            planes: Planes::new(2, 2),
            smaller: None,
            size: (0, 0),
            coding: Coding {
                encoders,
                codec: settings.codec,
                encoder: None,
                broken: false,
                slow: false,
                told: None,
                trouble_told: false,
                tuned: None,
            },
            plan: rate.plan(started),
            rate,
            obstacle: None,
            key_wanted: true,
            key_sent: None,
            last_us: 0,
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
            self.notice(outlet);
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
                        Step::Refine if self.tiles.is_soon_exact() => self.pace.stop_refining(),
                        Step::Refine => {
                            self.refine(screen, outlet);
                            continue;
                        }
                        Step::Wait(until) => deadline = sooner(deadline, until),
                    }
                    match self.fill(outlet, now) {
                        Filled::Sent => continue,
                        Filled::Wait(until) => deadline = sooner(deadline, until),
                    }
                } else {
                    self.conceal();
                }
            }
            let changes = screen.wait(deadline)?;
            if changes.monitors {
                self.monitors_told = false;
                self.pace.forget();
                // The one that was asked for may be back.
                self.select(screen);
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
        self.obstacle = None;
        self.pointer.forget();
        self.conceal();
    }

    /// What may not be seen was not sent, so the viewer's decoder has to begin anew.
    fn conceal(&mut self) {
        self.key_wanted = true;
        self.tiles.close();
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
        self.spend(&wishes, Instant::now());
        if wishes.monitor.is_some() {
            self.monitor = wishes.monitor;
            self.select(screen);
        }
    }

    /// Shows the monitor asked for, if it is there.
    fn select(&mut self, screen: &mut dyn Screen) {
        if let Some(wanted) = self.monitor
            && let Some(monitor) = screen.monitors().iter().position(|monitor| monitor.id == wanted)
            && monitor != screen.selected()
            && screen.select(monitor).is_ok()
        {
            self.monitors_told = false;
            self.pointer.moved();
            self.conceal();
        }
    }

    /// Tells monitors, what stands in the way, and figures.
    fn tell<G: Gate, S: Sink>(&mut self, screen: &dyn Screen, outlet: &mut Outlet<'_, G, S>) {
        if !self.monitors_told {
            let output = Output::Monitors { monitors: describe(screen), selected: selected(screen) };
            self.monitors_told = outlet.tell(output) == Left::Yes;
        }
        let obstacle = screen.obstacle();
        if obstacle != self.obstacle && outlet.tell(Output::Trouble(obstacle.map(trouble_of))) == Left::Yes {
            self.obstacle = obstacle;
        }
        if let Some(stats) = self.tally.poll(Instant::now()) {
            let exact = self.tiles.is_exact() && !outlet.shared.tile_flight.is_busy();
            let Plan { frame_rate, scale_percent, limit, .. } = self.plan;
            outlet.tell(Output::Stats(PictureStats { exact, frame_rate, scale_percent, limit, ..stats }));
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
            self.tiles.point(place);
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
        if self.pace.moves(began) {
            screen.settle(STROKES)?;
        }
        let Some(frame) = screen.grab()? else {
            // What woke us was on another monitor or in the picture before; or nothing changed and a key frame is due.
            self.pace.captured(began);
            if self.key_wanted {
                let moment = self.moment(began);
                self.send(Kind::Key, monitor, moment, began, outlet);
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
            self.coding.broken = false;
            self.key_wanted = true;
            self.resized();
        }
        let moment = self.moment(captured);
        let changed = self.tiles.captured(&frame, monitor, moment.stamp, captured);
        let small = if self.key_wanted {
            None
        } else {
            self.tiles.small(&changed, outlet.shared.tile_flight.count(), captured)
        };
        let left = small.map(|packed| self.send_tiles(&packed, outlet));
        // Damage without a change is left as it was seen: the planes have it.
        if !changed.is_empty() {
            self.planes.update(&frame).map_err(|error| CaptureError::PixelFormat(error.to_string()))?;
        }
        match left {
            Some(Left::Yes) => self.pace.sent_small(captured),
            Some(Left::No) => self.conceal(),
            None if changed.is_empty() && !self.key_wanted => {}
            None => self.send(Kind::Delta, monitor, moment, grabbed, outlet),
        }
        Ok(())
    }

    /// Sends the last picture again, sharper.
    fn refine<G: Gate, S: Sink>(&mut self, screen: &dyn Screen, outlet: &mut Outlet<'_, G, S>) {
        let now = Instant::now();
        self.pace.refined(now);
        if self.coding.encoder.is_some() {
            let moment = self.moment(now);
            self.send(Kind::Refinement, selected(screen), moment, now, outlet);
        }
        if self.tiles.follows() {
            self.pace.stop_refining();
        }
    }
}

fn sooner(a: Option<Instant>, b: Option<Instant>) -> Option<Instant> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// What the protocol calls the monitor being shown.
fn selected(screen: &dyn Screen) -> u8 {
    screen.monitors().get(screen.selected()).map_or(0, |monitor| monitor.id)
}

/// What the viewer reads. The picture goes on below it.
fn trouble_of(obstacle: Obstacle) -> Trouble {
    match obstacle {
        Obstacle::Protected => Trouble::Protected,
        Obstacle::SecureDesktop => Trouble::SecureDesktop,
        Obstacle::Elevated => Trouble::Elevated,
        // A screen saver, and whatever else may hide the desktop.
        _ => Trouble::MonitorOff,
    }
}

fn describe(screen: &dyn Screen) -> Vec<Monitor> {
    // Should there be more than can be told of, all of them together and the one being shown are not left out.
    let (all, single): (Vec<_>, Vec<_>) = screen.monitors().iter().partition(|monitor| monitor.id == ALL_MONITORS);
    let selected = selected(screen);
    let (shown, others): (Vec<_>, Vec<_>) = single.into_iter().partition(|monitor| monitor.id == selected);
    let room = MONITORS - all.len() - shown.len();
    let kept: Vec<u8> = shown.iter().chain(others.iter().take(room)).chain(&all).map(|monitor| monitor.id).collect();
    screen
        .monitors()
        .iter()
        .filter(|monitor| kept.contains(&monitor.id))
        .map(|monitor| Monitor {
            index: monitor.id,
            name: Name::lossy(&monitor.name),
            x: monitor.x,
            y: monitor.y,
            width: monitor.width,
            height: monitor.height,
            primary: monitor.primary,
            scale_percent: monitor.scale_percent,
            rotation: match monitor.rotation {
                capture::Rotation::Upright => Rotation::Upright,
                capture::Rotation::Right => Rotation::Right,
                capture::Rotation::Inverted => Rotation::Inverted,
                capture::Rotation::Left => Rotation::Left,
            },
        })
        .collect()
}
