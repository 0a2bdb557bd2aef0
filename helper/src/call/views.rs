//! The pictures of one connection: a feed for each monitor that is shown, and what they share.
//!
//! Decides which feed shows which monitor, and how much of the path each gets. Whether it is shared with other
//! technicians is decided in [`super::classes`]. Never looks at the screen itself, and permits nothing: each feed asks
//! the session before each picture.
//!
//! # Invariants
//!
//! - There is at least one feed, and no monitor is shown by two.
//! - The focused picture leaves first, and has most of the path.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    time::Instant,
};

use deskhand_picture::{
    Feed, Output, Packet, Settings, TilePacket,
    feed::{FeedError, Seen},
};
use deskhand_protocol::{
    call::control::{Monitor, Preference, Trouble, VideoCodec},
    capability::Capability,
    limit::SHOWN,
};
use tokio::sync::mpsc::{self, error::TrySendError};

use super::{
    classes::{Class, Place},
    feeds::{Feeds, Membership},
    ours::{Ours, Teller},
};

/// Pictures that may wait for the transport, per feed. Each has at most one on its way; the second place is for one
/// made while the first is dropped.
const PICTURES: usize = 2 * SHOWN;
/// Tile messages that may wait for the transport: two of each feed, and as many that were dropped.
const TILES: usize = 4 * SHOWN;
/// The focused picture's part of the path where there are others.
const FOCUSED: (u64, u64) = (3, 4);

/// Something a feed has to tell, and which feed.
#[derive(Debug)]
pub(super) struct Delivered {
    pub(super) feed: FeedId,
    pub(super) output: Output,
}

/// Names a feed for as long as its connection lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FeedId(pub(super) u32);

/// Monitors were asked for that cannot be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotShown {
    /// One is not there, or none or too many are named.
    NoSuchMonitor,
    /// The screen cannot be opened once more.
    NoCapture,
}

/// Whether pictures may go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    On,
    Off,
}

struct View {
    id: FeedId,
    feed: Feed,
    membership: Membership,
    /// The monitor it was opened for or sent to; `None` for the primary one.
    asked: Option<u8>,
    /// As the feed has told.
    monitor: Option<u8>,
    trouble: Option<Trouble>,
}

/// See the module.
pub(super) struct Views {
    list: Vec<View>,
    made: u32,
    focus: Arc<AtomicU8>,
    flow: Flow,
    preference: Preference,
    /// In bits per second.
    path: u64,
    codec: VideoCodec,
    epoch: Instant,
    session: Ours,
    feeds: Feeds,
    outputs: Teller<Delivered>,
    video: mpsc::Sender<Packet>,
    tiles: mpsc::Sender<TilePacket>,
}

/// The other ends of what leaves.
pub(super) struct Leaving {
    pub(super) video: Pictures,
    pub(super) tiles: mpsc::Receiver<TilePacket>,
}

impl Views {
    /// None yet; the first is made by [`open`](Self::open).
    pub(super) fn new(
        codec: VideoCodec,
        path: u32,
        session: Ours,
        feeds: Feeds,
        outputs: Teller<Delivered>,
    ) -> (Self, Leaving) {
        let (video, packets) = mpsc::channel(PICTURES);
        let (tiles, tile_packets) = mpsc::channel(TILES);
        let focus = Arc::new(AtomicU8::new(0));
        let views = Self {
            list: Vec::new(),
            made: 0,
            focus: Arc::clone(&focus),
            flow: Flow::On,
            preference: Preference::default(),
            path: path.into(),
            codec,
            epoch: Instant::now(),
            session,
            feeds,
            outputs,
            video,
            tiles,
        };
        (views, Leaving { video: Pictures { packets, focus, waiting: VecDeque::new() }, tiles: tile_packets })
    }

    /// Opens the screen for one more picture: of the primary monitor if none is named. Nothing is taken from it before
    /// the session permits it.
    pub(super) fn open(&mut self, asked: Option<u8>) -> Result<(), FeedError> {
        let (membership, place) = self.feeds.enter(self.class(asked), self.path);
        let (id, feed) = self.begin(place, asked)?;
        self.list.push(View { id, feed, membership, asked, monitor: None, trouble: None });
        Ok(())
    }

    const fn class(&self, asked: Option<u8>) -> Class {
        Class { codec: self.codec, asked, preference: self.preference }
    }

    /// Takes part in the feed of that place, or begins it.
    fn begin(&mut self, place: Place, monitor: Option<u8>) -> Result<(FeedId, Feed), FeedError> {
        let settings = Settings {
            codec: self.codec,
            bit_rate: u32::try_from(self.path).unwrap_or(u32::MAX),
            monitor,
            epoch: Some(self.epoch),
            ..Settings::default()
        };
        let id = FeedId(self.made);
        let joined = self.feeds.source(place).and_then(|source| {
            // It may have ended this moment; then another is begun in its place.
            source.join(settings, self.gate(), self.sink(id)).ok()
        });
        let feed = match joined {
            Some(feed) => feed,
            None => {
                let feed = Feed::start(deskhand_capture::open, settings, self.gate(), self.sink(id))?;
                self.feeds.began(place.group(), feed.source());
                feed
            }
        };
        self.made = self.made.wrapping_add(1);
        feed.prefer(self.preference);
        if self.flow == Flow::Off {
            feed.pause();
        }
        Ok((id, feed))
    }

    fn gate(&self) -> impl Fn() -> Seen + Send + use<> {
        let session = self.session.clone();
        move || match session.read().permit(Capability::View, Instant::now()) {
            Ok(_) => Seen::Allowed,
            Err(_) => Seen::Refused,
        }
    }

    fn sink(&self, id: FeedId) -> impl FnMut(Output) + Send + use<> {
        let (video, tiles, outputs) = (self.video.clone(), self.tiles.clone(), self.outputs.clone());
        move |output| match output {
            // One that does not fit is dropped; dropping its ticket has the next one made.
            Output::Video(packet) => drop(video.try_send(packet)),
            Output::Tiles(packet) => {
                // There is room for all that the feeds make at once.
                if let Err(TrySendError::Full(packet)) = tiles.try_send(packet) {
                    packet.ticket.give_up();
                }
            }
            output => outputs.send(Delivered { feed: id, output }),
        }
    }

    /// The picture comes from another feed from now on. It stays where it is when that cannot be.
    fn go(&mut self, view: &mut View, place: Place) -> Result<(), FeedError> {
        match self.begin(place, view.asked.or(view.monitor)) {
            Ok((id, feed)) => {
                (view.id, view.feed, view.trouble) = (id, feed, None);
                view.membership.went(place);
                Ok(())
            }
            Err(error) => {
                tracing::warn!(%error, "a picture cannot have a feed of its own");
                view.membership.stays();
                Err(error)
            }
        }
    }

    /// Does for each picture what `decide` answers.
    fn each(&mut self, mut decide: impl FnMut(&Self, &View) -> Option<Place>) {
        let mut list = std::mem::take(&mut self.list);
        for view in &mut list {
            if let Some(place) = decide(self, view) {
                // Whoever cannot go is told of nothing: he goes on to see what he saw.
                let _ = self.go(view, place);
            }
        }
        self.list = list;
    }

    /// Shows these monitors and no others. A feed whose monitor is not among them goes over to one that has none.
    pub(super) fn show(&mut self, wanted: &[u8], focus: u8, known: &[Monitor]) -> Result<(), NotShown> {
        let distinct = wanted.iter().enumerate().all(|(at, monitor)| !wanted[..at].contains(monitor));
        let there = wanted.iter().all(|monitor| known.iter().any(|known| known.index == *monitor));
        if wanted.is_empty() || wanted.len() > SHOWN || !distinct || !there || self.list.is_empty() {
            return Err(NotShown::NoSuchMonitor);
        }
        self.focus.store(focus, Ordering::Relaxed);
        let mut left = std::mem::take(&mut self.list);
        let mut list: Vec<Option<View>> = wanted
            .iter()
            .map(|monitor| {
                let at = left.iter().position(|view| view.monitor == Some(*monitor))?;
                Some(left.remove(at))
            })
            .collect();
        let mut result = Ok(());
        for (place, monitor) in list.iter_mut().zip(wanted) {
            if place.is_some() {
                continue;
            }
            if let Some(mut view) = left.pop() {
                view.asked = Some(*monitor);
                match view.membership.wishes(self.class(view.asked)) {
                    None => view.feed.select(*monitor),
                    Some(other) if self.go(&mut view, other).is_err() => {
                        result = Err(NotShown::NoCapture);
                        continue;
                    }
                    Some(_) => {}
                }
                *place = Some(view);
            } else if let Err(error) = self.open(Some(*monitor)) {
                tracing::warn!(%error, "one more picture cannot be shown");
                result = Err(NotShown::NoCapture);
            } else {
                *place = self.list.pop();
            }
        }
        self.list = list.into_iter().flatten().collect();
        self.share_path();
        result
    }

    /// A feed has told what it shows. One whose monitor went shows what another shows already: it is closed.
    pub(super) fn shows(&mut self, feed: FeedId, monitor: u8) {
        let other = self.list.iter().any(|view| view.id != feed && view.monitor == Some(monitor));
        if other {
            self.list.retain(|view| view.id != feed);
            self.share_path();
        } else if let Some(view) = self.list.iter_mut().find(|view| view.id == feed) {
            view.monitor = Some(monitor);
            view.membership.shows(monitor);
        }
    }

    /// The monitors being shown, as far as their feeds have told.
    pub(super) fn shown(&self) -> Vec<u8> {
        self.list.iter().filter_map(|view| view.monitor).collect()
    }

    /// Whether its figures are the ones to show: it is the focused picture's, or there is no other.
    pub(super) fn is_focused(&self, feed: FeedId) -> bool {
        let focus = self.focus.load(Ordering::Relaxed);
        let focused = self.list.iter().find(|view| view.monitor == Some(focus)).or(self.list.first());
        focused.is_some_and(|view| view.id == feed)
    }

    /// A feed is in trouble, or no longer. Answers with what the technician is to know.
    pub(super) fn set_trouble(&mut self, feed: FeedId, trouble: Option<Trouble>) -> Option<Trouble> {
        if let Some(view) = self.list.iter_mut().find(|view| view.id == feed) {
            view.trouble = trouble;
        }
        self.list.iter().find_map(|view| view.trouble)
    }

    /// Pictures may go out.
    pub(super) fn start(&mut self) {
        self.flow = Flow::On;
        for view in &self.list {
            view.feed.resume();
            view.feed.wake();
        }
    }

    /// Pictures stop: when this returns, no further one is made.
    pub(super) fn stop(&mut self) {
        self.flow = Flow::Off;
        for view in &self.list {
            view.feed.pause();
        }
    }

    /// The other end has just begun to listen.
    pub(super) fn introduce(&self) {
        self.list.iter().for_each(|view| view.feed.introduce());
    }

    /// The viewer needs a key frame of one monitor, or of all that are shown.
    pub(super) fn key_frame(&mut self, monitor: Option<u8>) {
        self.each(|_, view| {
            if monitor.is_some() && view.monitor != monitor {
                return None;
            }
            let place = view.membership.loses();
            if place.is_none() {
                view.feed.request_key_frame();
            }
            place
        });
    }

    /// The viewer takes pictures of a feed more slowly than others do.
    pub(super) fn behind(&mut self, feed: FeedId) {
        self.each(|_, view| if view.id == feed { view.membership.parts() } else { None });
    }

    /// How the technician would like the pictures.
    pub(super) fn prefer(&mut self, preference: Preference) {
        self.preference = preference;
        self.each(|views, view| {
            let place = view.membership.wishes(views.class(view.asked));
            if place.is_none() {
                view.feed.prefer(preference);
            }
            place
        });
    }

    /// The technician pressed something; what it changes may be on any monitor.
    pub(super) fn touched(&self) {
        self.list.iter().for_each(|view| view.feed.touched());
    }

    /// What the path carries now, in bits per second.
    pub(super) fn set_path(&mut self, bits_per_second: u64) {
        self.path = bits_per_second;
        self.share_path();
    }

    fn share_path(&mut self) {
        let others = u64::try_from(self.list.len()).unwrap_or(1).saturating_sub(1);
        let parts: Vec<u64> = self
            .list
            .iter()
            .map(|view| match (others, self.is_focused(view.id)) {
                (0, _) => self.path,
                (_, true) => self.path / FOCUSED.1 * FOCUSED.0,
                (others, false) => self.path / FOCUSED.1 / others,
            })
            .collect();
        let mut part = parts.iter();
        self.each(|_, view| {
            let part = *part.next()?;
            view.feed.set_path(part);
            view.membership.carries(part)
        });
    }
}

/// Pictures on their way to the transport, the focused one's first.
pub(super) struct Pictures {
    packets: mpsc::Receiver<Packet>,
    focus: Arc<AtomicU8>,
    waiting: VecDeque<Packet>,
}

impl Pictures {
    /// The next one; `None` when there will be none.
    pub(super) async fn next(&mut self) -> Option<Packet> {
        if self.waiting.is_empty() {
            self.waiting.push_back(self.packets.recv().await?);
        }
        while let Ok(packet) = self.packets.try_recv() {
            self.waiting.push_back(packet);
        }
        let focus = self.focus.load(Ordering::Relaxed);
        let at = self.waiting.iter().position(|packet| packet.monitor == focus).unwrap_or(0);
        self.waiting.remove(at)
    }
}
