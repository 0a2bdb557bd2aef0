//! What the feed's thread does.
//!
//! # Invariants
//!
//! - What is captured and encoded, is so once for all viewers.
//! - A viewer that needs a key frame has nothing before it. The others get the same picture as one of many: what they
//!   have exact stays.
//! - Nobody waits for another viewer longer than [`LAG`].

use std::{
    sync::{Arc, mpsc::SyncSender},
    time::{Duration, Instant},
};

use bytes::Bytes;
use deskhand_capture::{self as capture, ALL_MONITORS, CaptureError, Obstacle, Patience, Region, Screen};
use deskhand_protocol::{
    call::{
        control::{Monitor, PictureStats, Rotation, Trouble, VideoCodec},
        picture::{Grid, Moved, Stamp},
    },
    limit::MONITORS,
    text::Name,
};

use super::{
    Gate, Output, Seen, Settings, Sink,
    group::Group,
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
    tiles::{Shadow, Tiles},
};

mod coding;
mod exact;
mod seat;
mod spend;

pub(crate) use seat::Seat;

/// Between two tries to reach a display that was lost.
const RETRY: Duration = Duration::from_secs(1);

/// A viewer that still holds a picture after this is not waited for. A key frame may take a quarter of a second of the
/// path, and paths of viewers that share a feed are alike.
const LAG: Duration = Duration::from_millis(300);

/// What a moving page is waited for. A browser paints one of 1080p in strokes over 1 to 8 ms; a line of text, which may
/// be the answer to a key, is shown at once.
const STROKES: Patience =
    Patience { pixels: 200_000, quiet: Duration::from_millis(2), at_most: Duration::from_millis(10) };

/// However the thread ends, nobody comes in any more.
struct Closing<'a>(&'a Group);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Runs until the last viewer has gone. Says through `opened` whether the screen could be opened the first time.
pub(crate) fn run<O>(
    group: &Arc<Group>,
    encoders: OpenEncoder,
    mut open: O,
    settings: Settings,
    opened: &SyncSender<Result<(), CaptureError>>,
) where
    O: FnMut() -> Result<Box<dyn Screen>, CaptureError>,
{
    let _closing = Closing(group);
    let mut screen = match open() {
        Ok(screen) => screen,
        Err(error) => {
            let _ = opened.send(Err(error));
            return;
        }
    };
    group.set_waker(Some(screen.waker()));
    let _ = opened.send(Ok(()));
    let mut work = Work::new(settings, encoders);
    while let Err(error) = work.show(screen.as_mut(), group) {
        tracing::warn!(%error, "the screen cannot be captured");
        group.set_waker(None);
        work.tell_all(|| Output::Trouble(Some(Trouble::NoCapture)));
        screen = loop {
            group.rest(RETRY);
            if group.is_closed() {
                return;
            }
            if let Ok(screen) = open() {
                break screen;
            }
        };
        group.set_waker(Some(screen.waker()));
        work.tell_all(|| Output::Trouble(None));
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

/// All that is kept from picture to picture.
struct Work {
    seats: Vec<Seat>,
    pace: Pace,
    /// What was captured last, and of which monitor.
    shadow: Shadow,
    shadow_of: u8,
    planes: Planes,
    /// Where the planes are older than the shadow: what goes as tiles needs no conversion.
    unconverted: Region,
    /// The same, smaller, while the plan has a smaller picture.
    smaller: Option<Planes>,
    size: (u16, u16),
    coding: Coding,
    rate: Rate,
    plan: Plan,
    /// The monitor asked for; kept for when the display has to be opened again.
    monitor: Option<u8>,
}

impl Work {
    fn new(settings: Settings, encoders: OpenEncoder) -> Self {
        let mut rate = Rate::new(settings.bit_rate);
        Self {
            seats: Vec::new(),
            pace: Pace::new(settings.frame_rate),
            shadow: Shadow::new(Grid::new(0, 0)),
            shadow_of: 0,
            planes: Planes::new(2, 2),
            unconverted: Region::new(),
            smaller: None,
            size: (0, 0),
            coding: Coding {
                encoders,
                codec: settings.codec,
                encoder: None,
                broken: false,
                slow: false,
                trouble: None,
                tuned: None,
            },
            plan: rate.plan(Instant::now()),
            rate,
            monitor: settings.monitor,
        }
    }

    /// Shows a screen until nobody watches any more.
    fn show(&mut self, screen: &mut dyn Screen, group: &Group) -> Result<(), CaptureError> {
        self.seats.iter_mut().for_each(Seat::start_over);
        self.pace.forget();
        self.select(screen);
        loop {
            self.seats.extend(group.coming());
            self.obey(screen);
            if self.seats.is_empty() && group.is_closed() {
                return Ok(());
            }
            self.notice();
            self.tell(screen);
            let now = Instant::now();
            let mut deadline = self.look(screen, now)?;
            if self.seats.iter().any(|seat| seat.seen) {
                let (flight, until) = self.flight(now);
                deadline = sooner(deadline, until);
                match self.pace.next(now, flight) {
                    Step::Capture => {
                        self.capture(screen)?;
                        continue;
                    }
                    Step::Refine if self.watching().all(|seat| seat.tiles.is_soon_exact()) => {
                        self.pace.stop_refining();
                    }
                    Step::Refine => {
                        self.refine(screen);
                        continue;
                    }
                    Step::Wait(until) => deadline = sooner(deadline, until),
                }
                match self.fill(now) {
                    Filled::Sent => continue,
                    Filled::Wait(until) => deadline = sooner(deadline, until),
                }
            }
            let changes = screen.wait(deadline)?;
            if changes.monitors {
                self.seats.iter_mut().for_each(|seat| seat.monitors_told = false);
                self.pace.forget();
                // The one that was asked for may be back.
                self.select(screen);
            }
            if changes.picture {
                self.pace.changed();
            }
            for seat in &mut self.seats {
                if changes.cursor_shape {
                    seat.shape_told = false;
                }
                if changes.picture || changes.cursor_place {
                    seat.pointer.moved();
                }
            }
        }
    }

    /// Those who may look now.
    fn watching(&self) -> impl Iterator<Item = &Seat> {
        self.seats.iter().filter(|seat| seat.seen)
    }

    /// Whether somebody needs a key frame who can take one now.
    fn key_is_due(&self) -> bool {
        self.watching().any(|seat| seat.wants_key && !seat.is_busy())
    }

    /// Tells everybody something that shows nothing of the screen.
    fn tell_all(&mut self, output: impl Fn() -> Output) {
        for seat in &mut self.seats {
            seat.tell(output());
        }
    }

    /// What everybody has was of something else: all begin anew.
    fn conceal(&mut self) {
        self.seats.iter_mut().for_each(Seat::conceal);
        self.pace.forget();
    }

    /// Takes in what each viewer wishes. Whoever wishes to go is gone after this.
    fn obey(&mut self, screen: &mut dyn Screen) {
        for seat in &mut self.seats {
            seat.wishes = seat.shared.take_wishes();
            if seat.wishes.new_viewer {
                seat.start_over();
                self.pace.forget();
            }
            if seat.wishes.key_frame {
                seat.wants_key = true;
                self.coding.broken = false;
                self.pace.changed();
            }
            if seat.wishes.paused {
                seat.conceal();
            }
            self.monitor = seat.wishes.monitor.or(self.monitor);
        }
        self.seats.retain(|seat| !seat.wishes.stop);
        self.spend(Instant::now());
        self.select(screen);
    }

    /// Shows the monitor asked for, if it is there.
    fn select(&mut self, screen: &mut dyn Screen) {
        if let Some(wanted) = self.monitor
            && let Some(monitor) = screen.monitors().iter().position(|monitor| monitor.id == wanted)
            && monitor != screen.selected()
            && screen.select(monitor).is_ok()
        {
            for seat in &mut self.seats {
                seat.monitors_told = false;
                seat.pointer.moved();
            }
            self.conceal();
        }
    }

    /// Tells monitors, what stands in the way, and figures.
    fn tell(&mut self, screen: &dyn Screen) {
        let (obstacle, now) = (screen.obstacle(), Instant::now());
        for seat in self.seats.iter_mut().filter(|seat| !seat.wishes.paused) {
            if !seat.monitors_told {
                let output = Output::Monitors { monitors: describe(screen), selected: selected(screen) };
                seat.monitors_told = seat.tell(output) == Left::Yes;
            }
            if obstacle != seat.obstacle && seat.tell(Output::Trouble(obstacle.map(trouble_of))) == Left::Yes {
                seat.obstacle = obstacle;
            }
            seat.tell_trouble(self.coding.trouble);
            seat.tell_figures(self.plan, now);
        }
    }

    /// Asks each gate, and tells each viewer the pointer's shape and place. Returns when to come back.
    fn look(&mut self, screen: &mut dyn Screen, now: Instant) -> Result<Option<Instant>, CaptureError> {
        let mut deadline = None;
        for seat in &mut self.seats {
            let seen = !seat.wishes.paused && seat.may_see();
            let before = std::mem::replace(&mut seat.seen, seen);
            if !seat.wishes.paused {
                deadline = sooner(deadline, seat.tally.due());
            }
            if !seen {
                // What may not be seen was not sent, so the viewer's decoder has to begin anew.
                seat.conceal();
                continue;
            }
            if !before {
                self.pace.forget();
            }
            if seat.left_out && !seat.is_busy() {
                seat.left_out = false;
                self.pace.changed();
            }
            deadline = sooner(deadline, seat.point(screen, now)?);
        }
        Ok(deadline)
    }

    /// Whether the next picture has to wait for the last one, and when to ask again.
    fn flight(&mut self, now: Instant) -> (Flight, Option<Instant>) {
        if self.watching().all(Seat::is_busy) {
            return (Flight::Busy, None);
        }
        let mut until = None;
        for seat in self.seats.iter_mut().filter(|seat| seat.seen && seat.is_in_step() && seat.is_busy()) {
            let due = seat.sent.map_or(now, |sent| sent + LAG);
            if due > now {
                until = sooner(until, Some(due));
            } else {
                tracing::debug!("a viewer is not waited for");
                seat.fall_behind();
            }
        }
        for seat in self.watching().filter(|seat| seat.is_in_step()) {
            until = sooner(until, seat.tiles.full_until(seat.shared.tile_flight.count(), now));
        }
        (if until.is_some() { Flight::Busy } else { Flight::Free }, until)
    }

    /// Takes a picture, converts what changed, encodes and sends it.
    fn capture(&mut self, screen: &mut dyn Screen) -> Result<(), CaptureError> {
        let began = Instant::now();
        let monitor = selected(screen);
        if self.pace.moves(began) {
            screen.settle(STROKES)?;
        }
        let settled = Instant::now();
        let Some(frame) = screen.grab()? else {
            // What woke us was on another monitor or in the picture before; or nothing changed and a key frame is due.
            self.pace.captured(began);
            if self.key_is_due() {
                self.at(monitor, began, &[]);
                self.send(Kind::Key, monitor, began);
            }
            return Ok(());
        };
        let grabbed = Instant::now();
        let captured = frame.captured;
        self.pace.captured(captured);
        if (frame.width, frame.height) != self.size {
            self.size = (frame.width, frame.height);
            self.planes = Planes::new(frame.width, frame.height);
            self.coding.broken = false;
            self.resized();
        }
        let grid = Grid::new(frame.width, frame.height);
        if (self.shadow_of, self.shadow.grid()) != (monitor, grid) {
            (self.shadow_of, self.shadow) = (monitor, Shadow::new(grid));
            self.unconverted = Region::whole(frame.width, frame.height);
        }
        let changed = self.shadow.update(&frame);
        self.at(monitor, captured, &changed);
        self.seats.iter_mut().filter(|seat| seat.seen).for_each(|seat| seat.tally.captured(grabbed - began));
        let key = self.key_is_due();
        // Damage without a change is left as it was seen: the planes have it.
        if !changed.is_empty() {
            frame.changed.rects().iter().for_each(|rect| self.unconverted.add(*rect));
        }
        let at_once = if key { None } else { self.send_at_once(&changed, captured) };
        match at_once {
            Some(Left::Yes) if self.watching().any(|seat| seat.tiles.moves(captured)) => {
                self.pace.sent_movement(captured, settled.elapsed());
            }
            Some(Left::Yes) => self.pace.sent_small(captured),
            Some(Left::No) => {}
            None if changed.is_empty() && !key => {}
            None => self.send(Kind::Delta, monitor, grabbed),
        }
        Ok(())
    }

    /// The newest picture is of this moment, for every viewer by his own clock.
    fn at(&mut self, monitor: u8, captured: Instant, changed: &[u16]) {
        let grid = Grid::new(self.size.0, self.size.1);
        self.seats.iter_mut().for_each(|seat| seat.captured(monitor, grid, captured, changed));
    }

    /// Sends the last picture again, sharper.
    fn refine(&mut self, screen: &dyn Screen) {
        let now = Instant::now();
        self.pace.refined(now);
        if self.coding.encoder.is_some() {
            let monitor = selected(screen);
            self.at(monitor, now, &[]);
            self.send(Kind::Refinement, monitor, now);
        }
        if self.watching().all(|seat| seat.tiles.follows()) {
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
