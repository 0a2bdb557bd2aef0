//! The feed: one thread that turns a screen into packets for one viewer or several, and each viewer's handle on it.
//!
//! A handle only leaves wishes (newest wins, nothing queues up) and wakes the thread. What the thread does is in
//! [`run`]; when it does it is decided by [`pace`], which is told the time.
//!
//! Viewers share screen, colours and encoder. Each has its own gate, sink, exact tiles and packets in flight: one that
//! comes, goes or loses something changes nothing that another sees.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Instant,
};

use deskhand_capture::{CaptureError, Screen, Wake};
use deskhand_protocol::call::{
    control::{Monitor, PictureStats, Preference, Trouble, VideoCodec},
    cursor::CursorMessage,
};

use crate::{
    Packet, TilePacket,
    encoder::{self, OpenEncoder},
};
use group::Group;
use run::Seat;
use shared::{Shared, Wishes};

mod group;
mod pace;
mod pointer;
mod run;
mod shared;
mod stats;

pub use group::Ended;

/// How a feed begins. All but the codec can be changed while it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// What the connection was made for. When its encoder fails the viewer is told, and connects anew for another.
    pub codec: VideoCodec,
    /// [`Monitor::index`] of the one to show; the primary one if `None` or if it is not there.
    pub monitor: Option<u8>,
    /// The zero of its pictures' times; now if `None`. Feeds that follow one another share it, so that whatever comes
    /// later has the later time.
    pub epoch: Option<Instant>,
    /// The most pictures per second, 1 to 120.
    pub frame_rate: u32,
    /// What the path is believed to carry, in bits per second, until [`Feed::set_path`] tells.
    pub bit_rate: u32,
}

impl Default for Settings {
    /// AV1 with H.264 behind it, 60 pictures and 6 Mbit per second: a scrolling page is sharp at a third of that.
    fn default() -> Self {
        Self { codec: VideoCodec::Av1, monitor: None, epoch: None, frame_rate: 60, bit_rate: 6_000_000 }
    }
}

/// What the feed has to tell. Codecs, monitors and trouble come before the first packet that they are about.
#[derive(Debug)]
pub enum Output {
    /// A picture.
    Video(Packet),
    /// Parts of it as they are.
    Tiles(TilePacket),
    /// What the pointer looks like or where it is.
    Cursor(CursorMessage),
    /// The monitors, at the start and whenever they or the selection change.
    Monitors {
        /// All monitors.
        monitors: Vec<Monitor>,
        /// [`Monitor::index`] of the one being shown.
        selected: u8,
    },
    /// The codec in use, at the start and when the feed has fallen back to another.
    Codec(VideoCodec),
    /// Figures of the last second.
    Stats(PictureStats),
    /// Why there is no picture for now; `None` when there is one again.
    Trouble(Option<Trouble>),
    /// The viewer takes pictures more slowly than others do, who do not wait for it: it needs a feed of its own.
    Behind,
}

/// Where packets go. Called on the feed's thread: it must not block, and must not call the [`Feed`] back.
pub trait Sink: Send {
    /// Takes one output.
    fn deliver(&mut self, output: Output);
}

impl<F: FnMut(Output) + Send> Sink for F {
    fn deliver(&mut self, output: Output) {
        self(output);
    }
}

/// Whether the screen may be seen right now. Asked at the moment of use: before each capture and before each delivery
/// of anything that shows the screen or the pointer.
pub trait Gate: Send {
    /// The answer for this moment. When it changes to [`Seen::Allowed`], call [`Feed::wake`].
    fn may_be_seen(&self) -> Seen;
}

impl<F: Fn() -> Seen + Send> Gate for F {
    fn may_be_seen(&self) -> Seen {
        self()
    }
}

/// A gate's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// The customer's grant covers it.
    Allowed,
    /// It does not, or no longer.
    Refused,
}

/// Why a feed could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FeedError {
    /// The screen cannot be opened.
    #[error(transparent)]
    Capture(#[from] CaptureError),
    /// It ended while it started.
    #[error(transparent)]
    Ended(#[from] Ended),
    /// The system gave no thread.
    #[error("no thread for the picture: {0}; close other programs and try again")]
    Thread(std::io::Error),
}

/// One viewer's handle on a running feed. Dropping it ends what that viewer gets; the last one stops the feed.
#[derive(Debug)]
pub struct Feed {
    shared: Arc<Shared>,
}

/// By which others may watch what a [`Feed`] shows. Keeps nothing running.
#[derive(Debug, Clone)]
pub struct Source(Weak<Group>);

impl Source {
    /// One more viewer, who begins with a key frame as soon as his gate allows. Of the settings, codec and monitor are
    /// those of the feed.
    ///
    /// # Errors
    ///
    /// [`Ended`] when the last viewer has gone.
    pub fn join<G, S>(&self, settings: Settings, gate: G, sink: S) -> Result<Feed, Ended>
    where
        G: Gate + 'static,
        S: Sink + 'static,
    {
        let group = self.0.upgrade().ok_or(Ended)?;
        Feed::seated(&group, Settings { monitor: None, ..settings }, gate, sink)
    }

    /// How many watch; none when it has ended.
    #[must_use]
    pub fn viewers(&self) -> usize {
        self.0.upgrade().map_or(0, |group| group.viewers())
    }
}

impl Feed {
    /// Starts a thread, opens the screen on it and begins with a key frame as soon as the gate allows.
    ///
    /// `open` is called on that thread, and again (at most once a second) after the display was lost.
    ///
    /// # Errors
    ///
    /// [`FeedError`] when the screen cannot be opened now. Encoders that fail are reported as [`Output::Trouble`].
    pub fn start<O, G, S>(open: O, settings: Settings, gate: G, sink: S) -> Result<Self, FeedError>
    where
        O: FnMut() -> Result<Box<dyn Screen>, CaptureError> + Send + 'static,
        G: Gate + 'static,
        S: Sink + 'static,
    {
        Self::start_with(encoder::open, open, settings, gate, sink)
    }

    /// Like [`start`](Self::start), with encoders of the caller's.
    ///
    /// # Errors
    ///
    /// As for [`start`](Self::start).
    pub fn start_with<O, G, S>(
        encoders: OpenEncoder,
        open: O,
        settings: Settings,
        gate: G,
        sink: S,
    ) -> Result<Self, FeedError>
    where
        O: FnMut() -> Result<Box<dyn Screen>, CaptureError> + Send + 'static,
        G: Gate + 'static,
        S: Sink + 'static,
    {
        let group = Arc::<Group>::default();
        let feed = Self::seated(&group, settings, gate, sink)?;
        let (opened, was_opened) = std::sync::mpsc::sync_channel(1);
        let thread = std::thread::Builder::new()
            .name("picture".to_owned())
            .spawn({
                let group = Arc::clone(&group);
                move || run::run(&group, encoders, open, settings, &opened)
            })
            .map_err(FeedError::Thread)?;
        group.set_thread(thread);
        match was_opened.recv() {
            Ok(Ok(())) => Ok(feed),
            Ok(Err(error)) => Err(FeedError::Capture(error)),
            Err(_) => Err(FeedError::Capture(CaptureError::Display("the picture thread ended at once".to_owned()))),
        }
    }

    fn seated<G, S>(group: &Arc<Group>, settings: Settings, gate: G, sink: S) -> Result<Self, Ended>
    where
        G: Gate + 'static,
        S: Sink + 'static,
    {
        let shared = Arc::new(Shared::new(Wishes::from(settings), Arc::clone(group)));
        group.enter(Seat::new(Arc::clone(&shared), settings, Box::new(gate), Box::new(sink)))?;
        Ok(Self { shared })
    }

    /// By which others may watch the same.
    #[must_use]
    pub fn source(&self) -> Source {
        Source(Arc::downgrade(&self.shared.group))
    }

    /// Makes the next picture a key frame and sends it even if nothing changed: a viewer has joined or lost data.
    pub fn request_key_frame(&self) {
        self.wish(|wishes| wishes.key_frame = true);
    }

    /// A new viewer looks: monitors, codec, pointer and a key frame are delivered anew.
    pub fn introduce(&self) {
        self.wish(|wishes| wishes.new_viewer = true);
    }

    /// The technician pressed something: what changes next is captured and sent at once, whatever the frame rate.
    pub fn touched(&self) {
        self.wish(|wishes| wishes.touched = true);
    }

    /// Says what the path carries, in bits per second; what pictures and exact tiles take follows from it.
    pub fn set_path(&self, bits_per_second: u64) {
        self.wish(|wishes| wishes.path = bits_per_second);
    }

    /// Says what the technician prefers from now on. Where several watch, what the first of them prefers holds.
    pub fn prefer(&self, preference: Preference) {
        self.wish(|wishes| wishes.preference = preference);
    }

    /// Sets the most pictures per second, 1 to 120.
    pub fn set_frame_rate(&self, per_second: u32) {
        self.wish(|wishes| wishes.frame_rate = per_second.clamp(1, 120));
    }

    /// Shows another monitor to all who watch, from a key frame on. One that does not exist changes nothing until it does.
    pub fn select(&self, monitor: u8) {
        self.wish(|wishes| wishes.monitor = Some(monitor));
    }

    /// Stops looking at the screen. When this returns, nothing more is delivered, and every [`crate::Ticket`] given
    /// out is void.
    pub fn pause(&self) {
        // Waits for a delivery that is under way, so that nothing is delivered after this returns.
        let mut wishes = self.shared.wishes();
        wishes.paused = true;
        self.shared.flight.void_all();
        self.shared.tile_flight.void_all();
    }

    /// Goes on after [`pause`](Self::pause), with a key frame.
    pub fn resume(&self) {
        self.wish(|wishes| {
            wishes.paused = false;
            wishes.key_frame = true;
        });
    }

    /// Has the gate asked again: it may open now.
    pub fn wake(&self) {
        self.shared.wake();
    }

    /// Ends what this viewer gets. When this returns, nothing more is delivered; the last viewer waits for the feed's
    /// thread, at most for the picture being encoded.
    pub fn stop(self) {
        drop(self);
    }

    fn wish(&self, change: impl FnOnce(&mut Wishes)) {
        change(&mut self.shared.wishes());
        self.shared.wake();
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.pause();
        self.shared.wishes().stop = true;
        self.shared.group.leave();
    }
}

/// Takes a lock whose data stays valid even if a holder panicked: every change under it is a single store.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
