//! One connection with the technician: what leaves through it. The pictures that feed it are in [`super::views`].
//!
//! Nothing leaves on a channel before the technician's `hello`: this end greets second.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use deskhand_link::peer::{Courtesy, Peer, PeerEvents};
use deskhand_picture::{Output, feed::FeedError};
use deskhand_protocol::{
    PROTOCOL_VERSION,
    call::{
        channel::Channel,
        clipboard::ClipboardMessage,
        control::{Monitor, Preference, ToConsole, Trouble},
        cursor::CursorMessage,
        room::{Present, RoomNews},
    },
    capability::Capability,
    error::{ErrorCode, WireError},
};
use deskhand_session::{Return, Standing};
use tokio::{
    sync::{
        mpsc::{self, error::TrySendError},
        watch,
    },
    task::JoinHandle,
    time::timeout,
};

use super::{
    clipboard::{self, ClipboardEnd},
    feeds::Feeds,
    files::{self, Opened},
    hearing::{Breach, Hearing},
    ours::{Ours, Teller},
    outbox::{outbox, send_tiles, send_video},
    views::{Delivered, FeedId, NotShown, Views},
};

/// What is believed of a path before it has told: as much as it is given at first.
const FIRST_BIT_RATE: u32 = deskhand_link::peer::path::FIRST_BIT_RATE;
/// What may stand before the wire on the `tiles` channel, as time on the path: what is urgent waits for no more.
const TILES_WAIT: Duration = Duration::from_millis(50);
/// A longer round trip is a queue that has grown, which is not to be filled.
const MOST_ROUND_TRIP: Duration = Duration::from_millis(200);
/// Bytes of it while the path is not known: the same at one megabit per second and 20 ms away.
const TILES_WAITING: usize = 9_000;
/// Refusals of the same kind are told once in this time: a console that goes on does not need more.
const REFUSAL_PAUSE: Duration = Duration::from_secs(1);
/// Time for last messages to be with the transport. They are few; only a path that is gone takes longer.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Ends its task when dropped.
pub(super) struct Task(JoinHandle<()>);

impl Task {
    pub(super) const fn new(task: JoinHandle<()>) -> Self {
        Self(task)
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// One connection. Dropping it closes it.
pub(super) struct Share {
    /// What happens to the connection.
    pub(super) events: PeerEvents,
    /// Generation of the newest offer.
    pub(super) generation: u32,
    peer: Arc<Peer>,
    views: Views,
    monitors: Vec<Monitor>,
    /// As the console was told.
    shown: Vec<u8>,
    /// The last one measured, but no longer than a queue that is not to be filled.
    round_trip: Duration,
    trouble: Option<Trouble>,
    hello: Hello,
    /// What comes from the other end.
    pub(super) hearing: Hearing,
    control: mpsc::Sender<Vec<u8>>,
    control_task: Task,
    cursor: mpsc::Sender<Vec<u8>>,
    refused: Option<Instant>,
    _tasks: [Task; 3],
    /// Bytes that may be on their way on the `tiles` channel before the next message is made.
    tiles_waiting: Arc<AtomicUsize>,
    session: Ours,
    /// From when both have greeted.
    clipboard: Option<ClipboardEnd>,
    clipboard_told: Teller<clipboard::Told>,
    attempts: Teller<Capability>,
    opened: Arc<Opened>,
    courtesy: Arc<Courtesy>,
    /// Serves the `files` channel, once the technician has greeted.
    files: Option<Task>,
    files_broken: watch::Receiver<Option<Breach>>,
    /// Who is in the call, as the console was told; nothing while it is he alone.
    here: Vec<Present>,
    files_breaks: Option<watch::Sender<Option<Breach>>>,
}

/// By which a connection tells of what happens to it.
pub(super) struct Tellers {
    /// What its pictures tell.
    pub(super) outputs: Teller<Delivered>,
    /// What its clipboard tells.
    pub(super) clipboard: Teller<clipboard::Told>,
    /// What was asked for on a channel of its own and is not granted.
    pub(super) attempts: Teller<Capability>,
}

/// How far the greeting is.
///
/// This end greets second: each channel has a reader of its own, so what a console that is already live asks on another
/// channel could be heard before its greeting. A console is live once it has heard ours, and by then we have heard its.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hello {
    /// The console has not spoken.
    Awaited,
    /// The console has; this end does not know yet what there is to see.
    Heard,
    /// Both have: everything may leave.
    Both,
}

/// The other end cannot be served any more; the connection is to be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Broken;

impl Share {
    pub(super) fn new(
        peer: Peer,
        events: PeerEvents,
        session: Ours,
        (opened, feeds): (Arc<Opened>, Feeds),
        tellers: Tellers,
    ) -> Self {
        let Tellers { outputs, clipboard: clipboard_told, attempts } = tellers;
        let peer = Arc::new(peer);
        let (files_breaks, files_broken) = watch::channel(None);
        let (control, control_task) = outbox(&peer, Channel::Control, || true);
        let seen = {
            let session = session.clone();
            move || session.read().permit(Capability::View, Instant::now()).is_ok()
        };
        let (cursor, cursor_task) = outbox(&peer, Channel::Cursor, seen);
        let (views, leaving) = Views::new(peer.codec(), FIRST_BIT_RATE, session.clone(), feeds, outputs);
        let video_task = Task(tokio::spawn(send_video(leaving.video, Arc::clone(&peer), session.clone())));
        let tiles_waiting = Arc::new(AtomicUsize::new(TILES_WAITING));
        let sender = send_tiles(leaving.tiles, Arc::clone(&peer), session.clone(), Arc::clone(&tiles_waiting));
        let tile_task = Task(tokio::spawn(sender));
        Self {
            events,
            generation: 0,
            peer,
            views,
            monitors: Vec::new(),
            shown: Vec::new(),
            round_trip: Duration::ZERO,
            trouble: None,
            hello: Hello::Awaited,
            hearing: Hearing::default(),
            control,
            control_task,
            cursor,
            refused: None,
            _tasks: [cursor_task, video_task, tile_task],
            tiles_waiting,
            session,
            clipboard: None,
            clipboard_told,
            attempts,
            opened,
            courtesy: Arc::default(),
            files: None,
            files_broken,
            here: Vec::new(),
            files_breaks: Some(files_breaks),
        }
    }

    /// The monitors that places refer to.
    pub(super) fn monitors(&self) -> &[Monitor] {
        &self.monitors
    }

    /// The peer, for what has to wait.
    pub(super) fn peer(&self) -> Arc<Peer> {
        Arc::clone(&self.peer)
    }

    /// Opens the screen. Nothing is taken from it before the session permits it.
    pub(super) fn open_screen(&mut self) -> Result<(), FeedError> {
        self.views.open(None)
    }

    /// The screen cannot be shown; the console is told.
    pub(super) fn set_trouble(&mut self, trouble: Option<Trouble>) {
        self.trouble = trouble;
        if self.hello == Hello::Both {
            self.say(&ToConsole::Trouble { trouble });
        }
    }

    /// Pictures may go out.
    pub(super) fn start(&mut self) {
        self.views.start();
    }

    /// Pictures stop: when this returns, no further one is made.
    pub(super) fn stop(&mut self) {
        self.views.stop();
    }

    /// The first message, once the console has spoken and there is something to say in it.
    pub(super) fn say_hello(&mut self, standing: &Standing) {
        if self.hello != Hello::Heard || (self.monitors.is_empty() && self.trouble.is_none()) {
            return;
        }
        self.say(&ToConsole::Hello {
            version: PROTOCOL_VERSION,
            monitors: self.monitors.clone(),
            shown: self.shown.clone(),
            granted: standing.granted.iter().copied().collect(),
            codec: self.peer.codec(),
        });
        self.begin();
        // The hello itself has only what is granted.
        if *standing != (Standing { granted: standing.granted.clone(), ..Standing::default() }) {
            self.say_standing(standing);
        }
    }

    /// The console has greeted.
    pub(super) fn greeted(&mut self, standing: &Standing) {
        if let (Some(messages), Some(broken)) = (self.events.take_files(), self.files_breaks.take()) {
            let (peer, session) = (Arc::clone(&self.peer), self.session.clone());
            let (opened, courtesy) = (Arc::clone(&self.opened), Arc::clone(&self.courtesy));
            let attempts = self.attempts.clone();
            let serve = files::serve(peer, messages, session, opened, courtesy, broken, attempts);
            self.files = Some(Task(tokio::spawn(serve)));
        }
        if self.hello == Hello::Awaited {
            self.hello = Hello::Heard;
            self.say_hello(standing);
        }
    }

    /// Whether the technician has broken a rule of the `files` channel.
    pub(super) fn files_broken(&self) -> watch::Receiver<Option<Breach>> {
        self.files_broken.clone()
    }

    /// Both have greeted: from now on everything may leave.
    fn begin(&mut self) {
        self.hello = Hello::Both;
        if self.trouble.is_some() {
            self.say(&ToConsole::Trouble { trouble: self.trouble });
        }
        self.introduce();
        let (told, attempts) = (self.clipboard_told.clone(), self.attempts.clone());
        let (session, opened) = (self.session.clone(), Arc::clone(&self.opened));
        self.clipboard = Some(ClipboardEnd::start(self.peer(), session, opened, told, attempts));
    }

    /// A message of the clipboard channel.
    pub(super) fn copied(&self, message: ClipboardMessage) {
        if let Some(clipboard) = &self.clipboard {
            clipboard.take(message);
        }
    }

    /// What may be used has changed.
    pub(super) fn usable_changed(&self) {
        if let Some(clipboard) = &self.clipboard {
            clipboard.grants_changed();
        }
    }

    /// Tells anew what is told once: monitors and the pointer's shape, which may have been dropped meanwhile.
    pub(super) fn introduce(&self) {
        if self.hello == Hello::Both {
            self.views.introduce();
        }
    }

    /// How the grants stand. Part of the first hello, and after it whenever it changes.
    pub(super) fn say_standing(&self, standing: &Standing) {
        if self.hello != Hello::Both {
            return;
        }
        let Standing { granted, held, stopped, asking, returns } = standing;
        self.say(&ToConsole::Granted {
            granted: granted.iter().copied().collect(),
            held: held.iter().copied().collect(),
            stopped: *stopped,
            asking: asking.iter().copied().collect(),
            may_return: *returns == Return::Free,
        });
    }

    /// Who is in the call now. Told when it has changed, and while he is not alone.
    pub(super) fn say_here(&mut self, present: &[Present]) {
        if self.hello != Hello::Both || self.here == present || (present.len() < 2 && self.here.is_empty()) {
            return;
        }
        self.here = present.to_vec();
        let news = RoomNews::Here { you: self.session.who(), technicians: present.to_vec() };
        self.say(&ToConsole::Room { news });
    }

    /// The customer asks for attention.
    pub(super) fn ask_for_attention(&self) {
        if self.hello == Hello::Both {
            self.say(&ToConsole::Attention);
        }
    }

    /// Says something on the control channel.
    pub(super) fn say(&self, message: &ToConsole) {
        match serde_json::to_vec(message) {
            Ok(bytes) => {
                if self.control.try_send(bytes).is_err() {
                    tracing::debug!("the console takes no message");
                }
            }
            Err(error) => tracing::error!(%error, "a message could not be written"),
        }
    }

    /// Tells the console that something it sent was not carried out; often the same is told once a second.
    pub(super) fn refuse(&mut self, code: ErrorCode, detail: &str, now: Instant) {
        if self.refused.is_some_and(|last| now < last + REFUSAL_PAUSE) {
            return;
        }
        self.refused = Some(now);
        self.say(&ToConsole::Error { error: WireError { code, detail: detail.to_owned() } });
    }

    /// Closes it in order: `last` is the last thing the console hears, after all that was said before. Pictures and the
    /// pointer stop at once; the rest is up to the future, which takes about a second at most.
    pub(super) fn close(self, last: Option<WireError>) -> impl Future<Output = ()> + Send + use<> {
        let Self { events, peer, views, control, control_task, cursor, _tasks, files, .. } = self;
        drop((events, views, cursor, _tasks, files));
        async move {
            // Without its sender the task ends when it has sent what waits.
            drop(control);
            let mut control_task = control_task;
            let said = async {
                let _ = (&mut control_task.0).await;
                if let Some(message) = last.and_then(|error| serde_json::to_vec(&ToConsole::Error { error }).ok()) {
                    let _ = peer.send(Channel::Control, &message).await;
                }
            };
            if timeout(LAST_WORDS, said).await.is_err() {
                tracing::debug!("the console does not take the last words");
            }
            peer.close().await;
        }
    }

    /// Passes on what a feed has to tell. Answers with the monitors when they are new.
    pub(super) fn deliver(
        &mut self,
        delivered: Delivered,
        standing: &Standing,
    ) -> Result<Option<Vec<Monitor>>, Broken> {
        let Delivered { feed, output } = delivered;
        match output {
            Output::Monitors { monitors, selected } => {
                self.views.shows(feed, selected);
                // Between two tellings a feed may still be going to a monitor that the list no longer has.
                let there = |shown: &u8| monitors.iter().any(|monitor| monitor.index == *shown);
                let shown: Vec<u8> = self.views.shown().into_iter().filter(there).collect();
                let changed = monitors != self.monitors || shown != self.shown;
                (self.monitors, self.shown) = (monitors, shown);
                let told = self.hello == Hello::Both;
                self.say_hello(standing);
                if changed && told {
                    self.say(&ToConsole::Monitors { monitors: self.monitors.clone(), shown: self.shown.clone() });
                }
                return Ok(Some(self.monitors.clone()));
            }
            Output::Cursor(message) => return self.send_cursor(&of_feed(message, feed)).map(|()| None),
            Output::Stats(stats) if self.hello == Hello::Both && self.views.is_focused(feed) => {
                self.say(&ToConsole::Stats { stats });
            }
            Output::Trouble(trouble) => {
                let trouble = self.views.set_trouble(feed, trouble);
                self.set_trouble(trouble);
                self.say_hello(standing);
            }
            Output::Behind => self.views.behind(feed),
            Output::Video(_) | Output::Tiles(_) | Output::Codec(_) | Output::Stats(_) => {}
        }
        Ok(None)
    }

    fn send_cursor(&self, message: &CursorMessage) -> Result<(), Broken> {
        // The pointer is part of the screen. Before the greeting nothing is lost: the feed introduces itself after it.
        if self.hello != Hello::Both || self.session.read().permit(Capability::View, Instant::now()).is_err() {
            return Ok(());
        }
        match (self.cursor.try_send(message.encode()), message) {
            // A place that does not fit is soon followed by a newer one; a shape is not.
            (Err(TrySendError::Full(_)), CursorMessage::Shape { .. }) => Err(Broken),
            _ => Ok(()),
        }
    }

    /// The viewer needs a key frame of one monitor, or of all that are shown.
    pub(super) fn key_frame(&mut self, monitor: Option<u8>) {
        self.views.key_frame(monitor);
    }

    /// The technician looks at other monitors.
    pub(super) fn show(&mut self, monitors: &[u8], focus: u8) -> Result<(), NotShown> {
        let shown = self.views.show(monitors, focus, &self.monitors);
        // What is no longer shown is said at once; what is shown newly, when its feed has told.
        let now = self.views.shown();
        if now != self.shown && !now.is_empty() {
            self.shown = now;
            if self.hello == Hello::Both {
                self.say(&ToConsole::Monitors { monitors: self.monitors.clone(), shown: self.shown.clone() });
            }
        }
        shown
    }

    /// How the technician would like the picture.
    pub(super) fn prefer(&mut self, preference: Preference) {
        self.views.prefer(preference);
    }

    /// The technician pressed something.
    pub(super) fn touched(&self) {
        self.courtesy.touched(Instant::now());
        self.views.touched();
    }

    /// How long a round trip takes now.
    pub(super) fn set_round_trip(&mut self, round_trip: Duration) {
        self.courtesy.round_trip(round_trip);
        self.round_trip = round_trip.min(MOST_ROUND_TRIP);
    }

    /// How long packets wait on the path now.
    pub(super) fn set_queue(&self, queue: Duration) {
        self.courtesy.queue(queue);
    }

    /// What the path carries now.
    pub(super) fn set_bandwidth(&mut self, bits_per_second: u64) {
        // What has not been acknowledged includes what is under way for a round trip.
        let wait = u64::try_from((TILES_WAIT + self.round_trip).as_millis()).unwrap_or(0);
        let waiting = usize::try_from(bits_per_second / 8 * wait / 1000).unwrap_or(usize::MAX);
        self.tiles_waiting.store(waiting, Ordering::Relaxed);
        self.views.set_path(bits_per_second);
    }
}

/// The message with its shape named as no other feed's: each counts its own.
fn of_feed(message: CursorMessage, feed: FeedId) -> CursorMessage {
    // A feed sends a few hundred shapes, a connection has a few feeds.
    let named = |shape: u32| (feed.0 << 20) ^ shape;
    match message {
        CursorMessage::Shape { id, hot_x, hot_y, width, height, rgba } => {
            CursorMessage::Shape { id: named(id), hot_x, hot_y, width, height, rgba }
        }
        CursorMessage::Place { shape, monitor, x, y } => CursorMessage::Place { shape: named(shape), monitor, x, y },
        CursorMessage::Hidden => CursorMessage::Hidden,
    }
}

#[cfg(test)]
#[path = "share_tests.rs"]
mod tests;
