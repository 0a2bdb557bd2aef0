//! What a viewer sees, and when: one thread decodes, composes and looks, as a window's would.
//!
//! It decides nothing about the call. Times are taken when a picture can be seen: decoded, in RGB, composed.

use std::{
    fs, io,
    path::PathBuf,
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use deskhand_protocol::call::{frame::EncodedFrame, tile::TileMessage};
use deskhand_viewer::{
    compose::{Composition, Taken},
    decode::{Decoder, RgbPicture},
};
use serde::Serialize;
use tokio::sync::{mpsc::UnboundedSender, oneshot};

use crate::{framebuffer::Framebuffer, number};

/// Difference of red and blue together above which a pixel has changed its colour: coding leaves less, the colours of
/// the programs to be watched are further apart.
const OTHER_COLOUR: u16 = 160;

/// A moment, on both clocks: the one for what happens in this process, the other for comparing with other programs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) instant: Instant,
    pub(crate) unix_us: u64,
}

impl Moment {
    pub(crate) fn now() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { instant: Instant::now(), unix_us: u64::try_from(since.as_micros()).unwrap_or(u64::MAX) }
    }
}

/// What the thread is given.
pub(crate) enum Sight {
    /// A picture, and when it came.
    Frame(EncodedFrame, Moment),
    /// A checked tile message, and when it came.
    Tiles(Bytes, Moment),
    /// A connection has begun: its pictures count their time anew.
    Begun,
    /// Tells once when a pixel has another colour than at the time of this order.
    Change { pixel: (u16, u16), armed: oneshot::Sender<bool>, seen: oneshot::Sender<Seen> },
    /// Notes each picture from now on, with the number it carries at all of these places.
    Record { rows: Vec<(u16, u16)>, keep: Option<Keep> },
    /// Ends the notes.
    Report(oneshot::Sender<Recorded>),
    /// Waits for the picture to be what is on the screen.
    Still(Still),
    /// All counts so far.
    Totals(oneshot::Sender<Totals>),
}

/// Pictures to be kept: those whose number is a multiple.
pub(crate) struct Keep {
    pub(crate) every: u16,
    pub(crate) folder: PathBuf,
}

/// A pixel's other colour can be seen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    /// When.
    pub(crate) at: Instant,
    /// When the picture that shows it came.
    pub(crate) received: Instant,
}

/// One change of what can be seen.
#[derive(Debug, Serialize)]
pub(crate) struct Noted {
    /// The number, if it is the same everywhere.
    number: Option<u16>,
    received_us: u64,
    shown_us: u64,
    bytes: usize,
}

/// All changes between two orders.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Recorded {
    pictures: Vec<Noted>,
    video_bytes: usize,
    tile_bytes: usize,
    tile_messages: usize,
    /// Raw RGB, by number.
    kept: Vec<(u16, PathBuf)>,
    /// Why kept pictures could not be written.
    problem: Option<String>,
}

/// A wait for stillness.
pub(crate) struct Still {
    /// The truth.
    pub(crate) screen: Framebuffer,
    /// When to keep what can be seen, and where.
    pub(crate) marks: Vec<(Instant, PathBuf)>,
    pub(crate) give_up: Instant,
    /// When it was exact; nothing if it never was.
    pub(crate) exact: oneshot::Sender<io::Result<Option<u64>>>,
}

/// Counts since the start.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Totals {
    pub(crate) frames: u32,
    pub(crate) decoded: u32,
    pub(crate) size: (u16, u16),
    pub(crate) video_bytes: u64,
    pub(crate) tile_messages: u32,
    pub(crate) tile_bytes: u64,
    /// Cells that are exact, and all cells.
    pub(crate) exact: (usize, usize),
    pub(crate) decode_ms: f64,
}

/// What the call has to know.
#[derive(Debug)]
pub(crate) enum EyeEvent {
    /// A picture can be seen.
    Shown(Moment),
    /// The decoder needs a key frame.
    Lost,
}

/// Starts the thread; it ends with the last sender.
pub(crate) fn open(events: UnboundedSender<EyeEvent>) -> mpsc::Sender<Sight> {
    let (sights, inbox) = mpsc::channel();
    thread::spawn(move || Eye::new(events).look(&inbox));
    sights
}

/// What a change took on the line, in bytes.
#[derive(Debug, Clone, Copy)]
enum Cost {
    Video(usize),
    Tiles(usize),
}

struct Recording {
    rows: Vec<(u16, u16)>,
    keep: Option<Keep>,
    recorded: Recorded,
    kept: Vec<(u16, RgbPicture)>,
}

struct Watched {
    pixel: (u16, u16),
    before: [u8; 3],
    seen: oneshot::Sender<Seen>,
}

struct Eye {
    events: UnboundedSender<EyeEvent>,
    decoder: Option<Decoder>,
    /// What can be seen.
    composition: Composition,
    totals: Totals,
    watched: Option<Watched>,
    recording: Option<Recording>,
    still: Option<Still>,
    exact: Option<u64>,
}

impl Eye {
    fn new(events: UnboundedSender<EyeEvent>) -> Self {
        let totals = Totals::default();
        Self {
            events,
            decoder: None,
            composition: Composition::new(),
            totals,
            watched: None,
            recording: None,
            still: None,
            exact: None,
        }
    }

    fn look(&mut self, inbox: &mpsc::Receiver<Sight>) {
        loop {
            let sight = match self.due() {
                Some(due) => match inbox.recv_timeout(due.saturating_duration_since(Instant::now())) {
                    Err(RecvTimeoutError::Timeout) => {
                        self.still_goes_on();
                        continue;
                    }
                    other => other.ok(),
                },
                None => inbox.recv().ok(),
            };
            match sight {
                Some(sight) => self.take(sight),
                None => return,
            }
        }
    }

    fn take(&mut self, sight: Sight) {
        match sight {
            Sight::Frame(frame, received) => self.frame(&frame, received),
            Sight::Tiles(message, received) => self.tiles(&message, received),
            Sight::Begun => (self.decoder, self.composition) = (None, Composition::new()),
            Sight::Change { pixel, armed, seen } => {
                let before = self.composition.pixel(pixel.0, pixel.1);
                self.watched = before.map(|before| Watched { pixel, before, seen });
                let _ = armed.send(self.watched.is_some());
            }
            Sight::Record { rows, keep } => {
                let (recorded, kept) = (Recorded::default(), Vec::new());
                self.recording = Some(Recording { rows, keep, recorded, kept });
            }
            Sight::Report(answer) => {
                let recorded = self.recording.take().map(Recording::finish).unwrap_or_default();
                let _ = answer.send(recorded);
            }
            Sight::Still(still) => {
                (self.still, self.exact) = (Some(still), None);
                self.compare();
                self.still_goes_on();
            }
            Sight::Totals(answer) => {
                let _ = answer.send(Totals { exact: self.composition.exact(), ..self.totals });
            }
        }
    }

    fn frame(&mut self, frame: &EncodedFrame, received: Moment) {
        self.totals.frames += 1;
        self.totals.video_bytes += frame.data.len() as u64;
        if self.decoder.as_ref().is_none_or(|decoder| decoder.codec() != frame.codec) {
            self.decoder = Decoder::new(frame.codec).ok();
        }
        let began = Instant::now();
        match self.decoder.as_mut().map(|decoder| decoder.decode(frame)) {
            Some(Ok(picture)) => {
                self.totals.decoded += 1;
                self.totals.size = (frame.width, frame.height);
                self.totals.decode_ms += began.elapsed().as_secs_f64() * 1000.0;
                self.composition.draw(frame, picture);
                self.changed(received, Cost::Video(frame.data.len()));
            }
            Some(Err(error)) => {
                tracing::warn!(%error, "a picture could not be decoded");
                self.decoder = None;
                let _ = self.events.send(EyeEvent::Lost);
            }
            None => {}
        }
    }

    fn tiles(&mut self, message: &Bytes, received: Moment) {
        self.totals.tile_messages += 1;
        self.totals.tile_bytes += message.len() as u64;
        match TileMessage::decode(message).map(|tiles| self.composition.take(&tiles)) {
            Ok(Taken::Fine) => self.changed(received, Cost::Tiles(message.len())),
            Ok(Taken::Lost) | Err(_) => {
                tracing::warn!("a tile message could not be used");
                let _ = self.events.send(EyeEvent::Lost);
            }
        }
    }

    /// Something else than before can be seen.
    fn changed(&mut self, received: Moment, cost: Cost) {
        let now = Moment::now();
        let _ = self.events.send(EyeEvent::Shown(now));
        if let Some(watched) = self.watched.take_if(|watched| {
            let colour = self.composition.pixel(watched.pixel.0, watched.pixel.1);
            colour.is_some_and(|[red, _, blue]| {
                u16::from(red.abs_diff(watched.before[0])) + u16::from(blue.abs_diff(watched.before[2])) > OTHER_COLOUR
            })
        }) {
            let _ = watched.seen.send(Seen { at: now.instant, received: received.instant });
        }
        if let Some(recording) = &mut self.recording {
            recording.note(&self.composition, received, now, cost);
        }
        if self.still.is_some() {
            self.compare();
        }
    }

    fn due(&self) -> Option<Instant> {
        let still = self.still.as_ref()?;
        let mark = still.marks.first().map(|(at, _)| *at);
        Some(mark.map_or(still.give_up, |mark| mark.min(still.give_up)))
    }

    fn compare(&mut self) {
        if let (Some(still), Some((_, picture)), None) = (&self.still, self.composition.picture(), self.exact)
            && still.screen.raw().is_ok_and(|raw| still.screen.same(&still.screen.rgb(&raw), &picture.rgb))
        {
            self.exact = Some(Moment::now().unix_us);
            self.still_goes_on();
        }
    }

    /// Keeps what is due; ends when the picture is exact and nothing is left to keep.
    fn still_goes_on(&mut self) {
        let Some(still) = &mut self.still else { return };
        let now = Instant::now();
        let mut problem = None;
        while still.marks.first().is_some_and(|(at, _)| *at <= now) {
            let (_, file) = still.marks.remove(0);
            let rgb = self.composition.picture().map(|(_, picture)| picture.rgb).unwrap_or_default();
            problem = fs::write(file, rgb).err().or(problem);
        }
        let over = still.give_up <= now || (self.exact.is_some() && still.marks.is_empty());
        if (over || problem.is_some())
            && let Some(still) = self.still.take()
        {
            let _ = still.exact.send(problem.map_or(Ok(self.exact), Err));
        }
    }
}

impl Recording {
    fn note(&mut self, composition: &Composition, received: Moment, shown: Moment, cost: Cost) {
        let mut numbers = self.rows.iter().map(|(x, y)| number::read(*x, *y, |x, y| composition.pixel(x, y)));
        let first = numbers.next().flatten();
        let number = first.filter(|_| numbers.all(|other| other == first));
        let (received_us, shown_us) = (received.unix_us, shown.unix_us);
        let bytes = match cost {
            Cost::Video(bytes) => {
                self.recorded.video_bytes += bytes;
                bytes
            }
            Cost::Tiles(bytes) => {
                self.recorded.tile_bytes += bytes;
                self.recorded.tile_messages += 1;
                bytes
            }
        };
        self.recorded.pictures.push(Noted { number, received_us, shown_us, bytes });
        if let (Some(number), Some(keep)) = (number, &self.keep)
            && number % keep.every.max(1) == 0
            && self.kept.last().is_none_or(|(last, _)| *last != number)
            && let Some((_, picture)) = composition.picture()
        {
            self.kept.push((number, picture));
        }
    }

    fn finish(mut self) -> Recorded {
        if let Some(keep) = &self.keep {
            for (number, picture) in &self.kept {
                let file = keep.folder.join(format!("{number}.rgb"));
                match fs::write(&file, &picture.rgb) {
                    Ok(()) => self.recorded.kept.push((*number, file)),
                    Err(error) => self.recorded.problem = Some(error.to_string()),
                }
            }
        }
        self.recorded
    }
}

/// How long an instant lies from a time of the common clock.
pub(crate) fn instant_of(unix_us: u64, now: Moment) -> Instant {
    let ahead = Duration::from_micros(unix_us.saturating_sub(now.unix_us));
    let behind = Duration::from_micros(now.unix_us.saturating_sub(unix_us));
    now.instant.checked_sub(behind).unwrap_or(now.instant) + ahead
}
