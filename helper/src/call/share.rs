//! One connection with the technician: what leaves through it, and the picture that feeds it.
//!
//! Nothing leaves on a channel before the technician's `hello`, but this end's own.

use std::{
    sync::{Arc, RwLock},
    time::{Duration, Instant},
};

use deskhand_link::peer::{Peer, PeerError, PeerEvents, SendFrame};
use deskhand_picture::{
    Feed, Output, Packet, Settings,
    feed::{FeedError, Seen},
};
use deskhand_protocol::{
    PROTOCOL_VERSION,
    call::{
        channel::Channel,
        control::{Monitor, ToConsole, Trouble},
        cursor::CursorMessage,
    },
    capability::{Capabilities, Capability},
    error::{ErrorCode, WireError},
};
use deskhand_session::Session;
use tokio::{
    sync::mpsc::{self, UnboundedSender, error::TrySendError},
    task::JoinHandle,
    time::timeout,
};

use super::{hearing::Hearing, read};

/// Messages that may wait for the other end to take earlier ones. The longest burst is a call's beginning: hello,
/// monitors, a few cursor shapes.
const WAITING: usize = 64;
/// Bits per second between which the picture's rate is kept, whatever the path's estimate says: below it nothing can
/// be read, above it nothing gets sharper.
const BIT_RATE: std::ops::RangeInclusive<u64> = 250_000..=8_000_000;
/// Refusals of the same kind are told once in this time: a console that goes on does not need more.
const REFUSAL_PAUSE: Duration = Duration::from_secs(1);
/// Time for last messages to be with the transport. They are few; only a path that is gone takes longer.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Ends its task when dropped.
struct Task(JoinHandle<()>);

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
    feed: Option<Feed>,
    monitors: Vec<Monitor>,
    selected: u8,
    trouble: Option<Trouble>,
    hello: Hello,
    /// What comes from the other end.
    pub(super) hearing: Hearing,
    control: mpsc::Sender<Vec<u8>>,
    control_task: Task,
    cursor: mpsc::Sender<Vec<u8>>,
    refused: Option<Instant>,
    _tasks: [Task; 2],
    video: mpsc::Sender<Packet>,
    session: Arc<RwLock<Session>>,
}

/// How far the greeting is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hello {
    /// Neither has spoken.
    None,
    /// This end has.
    Said,
    /// The console has, before this end knew what there is to see.
    Heard,
    /// Both have: everything may leave.
    Both,
}

/// The other end cannot be served any more; the connection is to be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Broken;

impl Share {
    pub(super) fn new(peer: Peer, events: PeerEvents, session: Arc<RwLock<Session>>) -> Self {
        let peer = Arc::new(peer);
        let (control, control_task) = outbox(&peer, Channel::Control);
        let (cursor, cursor_task) = outbox(&peer, Channel::Cursor);
        // The feed has at most one picture on its way; the second place is for one made while the first is dropped.
        let (video, packets) = mpsc::channel(2);
        let video_task = Task(tokio::spawn(send_video(packets, Arc::clone(&peer), Arc::clone(&session))));
        Self {
            events,
            generation: 0,
            peer,
            feed: None,
            monitors: Vec::new(),
            selected: 0,
            trouble: None,
            hello: Hello::None,
            hearing: Hearing::default(),
            control,
            control_task,
            cursor,
            refused: None,
            _tasks: [cursor_task, video_task],
            video,
            session,
        }
    }

    /// The peer, for what has to wait.
    pub(super) fn peer(&self) -> Arc<Peer> {
        Arc::clone(&self.peer)
    }

    /// Opens the screen. Nothing is taken from it before the session permits it.
    pub(super) fn open_screen(&mut self, outputs: UnboundedSender<Output>) -> Result<(), FeedError> {
        let settings = Settings { codec: self.peer.codec(), fallback: None, ..Settings::default() };
        let gate = {
            let session = Arc::clone(&self.session);
            move || match read(&session).permit(Capability::View, Instant::now()) {
                Ok(_) => Seen::Allowed,
                Err(_) => Seen::Refused,
            }
        };
        let video = self.video.clone();
        let sink = move |output| match output {
            // One that does not fit is dropped; dropping its ticket has the next one made.
            Output::Video(packet) => drop(video.try_send(packet)),
            other => drop(outputs.send(other)),
        };
        self.feed = Some(Feed::start(deskhand_capture::open, settings, gate, sink)?);
        Ok(())
    }

    /// The screen cannot be shown; the console is told.
    pub(super) fn set_trouble(&mut self, trouble: Option<Trouble>) {
        self.trouble = trouble;
        if self.hello == Hello::Both {
            self.say(&ToConsole::Trouble { trouble });
        }
    }

    /// Pictures may go out.
    pub(super) fn start(&self) {
        if let Some(feed) = &self.feed {
            feed.resume();
            feed.wake();
        }
    }

    /// Pictures stop: when this returns, no further one is made.
    pub(super) fn stop(&self) {
        if let Some(feed) = &self.feed {
            feed.pause();
        }
    }

    /// The first message, once there is something to say in it.
    pub(super) fn say_hello(&mut self, granted: &Capabilities) {
        if self.has_said_hello() || (self.monitors.is_empty() && self.trouble.is_none()) {
            return;
        }
        self.say(&ToConsole::Hello {
            version: PROTOCOL_VERSION,
            monitors: self.monitors.clone(),
            selected: self.selected,
            granted: granted.iter().copied().collect(),
            codec: self.peer.codec(),
        });
        if self.hello == Hello::Heard { self.begin() } else { self.hello = Hello::Said }
    }

    /// The console has greeted.
    pub(super) fn greeted(&mut self) {
        match self.hello {
            Hello::None => self.hello = Hello::Heard,
            Hello::Said => self.begin(),
            Hello::Heard | Hello::Both => {}
        }
    }

    const fn has_said_hello(&self) -> bool {
        matches!(self.hello, Hello::Said | Hello::Both)
    }

    /// Both have greeted: from now on everything may leave.
    fn begin(&mut self) {
        self.hello = Hello::Both;
        if self.trouble.is_some() {
            self.say(&ToConsole::Trouble { trouble: self.trouble });
        }
        if let Some(feed) = &self.feed {
            feed.introduce();
        }
    }

    /// What is granted has changed.
    pub(super) fn say_granted(&self, granted: &Capabilities) {
        if self.has_said_hello() {
            self.say(&ToConsole::Granted { granted: granted.iter().copied().collect() });
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
        let Self { events, peer, feed, control, control_task, cursor, _tasks, video, .. } = self;
        drop((events, feed, cursor, video, _tasks));
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

    /// Passes on what the feed has to tell. Answers with the monitors when they are new.
    pub(super) fn deliver(&mut self, output: Output, granted: &Capabilities) -> Result<Option<Vec<Monitor>>, Broken> {
        match output {
            Output::Monitors { monitors, selected } => {
                let changed = monitors != self.monitors || selected != self.selected;
                self.monitors = monitors;
                self.selected = selected;
                let told = self.hello == Hello::Both;
                self.say_hello(granted);
                if changed && told {
                    self.say(&ToConsole::Monitors { monitors: self.monitors.clone(), selected: self.selected });
                }
                return Ok(Some(self.monitors.clone()));
            }
            Output::Cursor(message) => return self.send_cursor(&message).map(|()| None),
            Output::Stats(stats) if self.hello == Hello::Both => self.say(&ToConsole::Stats { stats }),
            Output::Trouble(trouble) => {
                self.set_trouble(trouble);
                self.say_hello(granted);
            }
            Output::Video(_) | Output::Codec(_) | Output::Stats(_) => {}
        }
        Ok(None)
    }

    fn send_cursor(&self, message: &CursorMessage) -> Result<(), Broken> {
        // The pointer is part of the screen. Before the greeting nothing is lost: the feed introduces itself after it.
        if self.hello != Hello::Both || read(&self.session).permit(Capability::View, Instant::now()).is_err() {
            return Ok(());
        }
        match (self.cursor.try_send(message.encode()), message) {
            // A place that does not fit is soon followed by a newer one; a shape is not.
            (Err(TrySendError::Full(_)), CursorMessage::Shape { .. }) => Err(Broken),
            _ => Ok(()),
        }
    }

    /// The viewer needs a key frame.
    pub(super) fn key_frame(&self) {
        if let Some(feed) = &self.feed {
            feed.request_key_frame();
        }
    }

    /// The technician looks at another monitor. False for one that is not there.
    pub(super) fn select(&self, monitor: u8) -> bool {
        let known = self.monitors.iter().any(|known| known.index == monitor);
        if known && let Some(feed) = &self.feed {
            feed.select(monitor);
        }
        known
    }

    /// What the path carries now.
    pub(super) fn set_bandwidth(&self, bits_per_second: u64) {
        if let Some(feed) = &self.feed {
            let rate = bits_per_second.clamp(*BIT_RATE.start(), *BIT_RATE.end());
            feed.set_bit_rate(u32::try_from(rate).unwrap_or(u32::MAX));
        }
    }
}

/// Sends what is put into it, in order, waiting where the other end is slow.
fn outbox(peer: &Arc<Peer>, channel: Channel) -> (mpsc::Sender<Vec<u8>>, Task) {
    let (sender, mut messages) = mpsc::channel::<Vec<u8>>(WAITING);
    let peer = Arc::clone(peer);
    let task = tokio::spawn(async move {
        while let Some(message) = messages.recv().await {
            if let Err(error) = peer.send(channel, &message).await {
                tracing::debug!(%error, ?channel, "a message was not sent");
                if error == PeerError::Closed {
                    return;
                }
            }
        }
    });
    (sender, Task(task))
}

/// Sends pictures, each permitted at the moment of use.
async fn send_video(mut packets: mpsc::Receiver<Packet>, peer: Arc<Peer>, session: Arc<RwLock<Session>>) {
    while let Some(packet) = packets.recv().await {
        if packet.ticket.is_void() || read(&session).permit(Capability::View, Instant::now()).is_err() {
            continue;
        }
        let captured_us = u64::try_from(packet.since_start.as_micros()).unwrap_or(u64::MAX);
        let frame = SendFrame { key: packet.key, captured_us, data: packet.data.clone() };
        if let Err(error) = peer.send_video(frame).await {
            tracing::debug!(%error, "a picture was not sent");
            if error == PeerError::Closed {
                return;
            }
        }
        // Only now may the feed make the next one.
        drop(packet.ticket);
    }
}

#[cfg(test)]
#[path = "share_tests.rs"]
mod tests;
