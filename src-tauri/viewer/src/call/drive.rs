//! Carries out what the machine decides: the peer connection and the clock. Nothing is decided here.

use std::{
    future::{Future, pending},
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};

use deskhand_link::{
    handshake::ConsoleHandshake,
    peer::{Peer, PeerConfig, PeerError, PeerEvent, PeerEvents, PeerStats, Sharer},
};
use deskhand_protocol::{
    call::{channel::Channel, control::ToHelper},
    error::WireError,
};
use tokio::{
    sync::{mpsc, oneshot, watch},
    task::JoinSet,
    time::{MissedTickBehavior, interval, timeout},
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use super::{
    CallEvent, Command,
    machine::{Farewell, Machine, Output},
};
use crate::files::Client;

/// Deadlines of a call are seconds apart; a quarter is exact enough and costs nothing.
const TICK: Duration = Duration::from_millis(250);
/// How long a farewell may take until it is with the transport.
const FAREWELL: Duration = Duration::from_secs(1);

/// Bytes of the clipboard that may be under way at once: what 100 Mbit/s carry in 20 ms.
const CLIPBOARD_AHEAD: usize = 256 * 1024;

type Tell = Box<dyn Fn(CallEvent) + Send>;
type Opened = Result<(Peer, PeerEvents, String), PeerError>;
type Restarted = Result<String, PeerError>;

/// What is under way with the other end.
enum Work {
    Open(u32, Pin<Box<dyn Future<Output = Opened> + Send>>),
    Restart(u32, Pin<Box<dyn Future<Output = Restarted> + Send>>),
}

enum Done {
    Open(u32, Opened),
    Restart(u32, Restarted),
}

pub(super) struct Drive {
    machine: Machine,
    config: PeerConfig,
    tell: Tell,
    wire: Option<Wire>,
    work: Option<Work>,
    farewells: JoinSet<()>,
    files: Client,
}

impl Drive {
    pub(super) fn new(handshake: ConsoleHandshake, config: PeerConfig, files: Client, tell: Tell) -> Self {
        let machine = Machine::new(handshake, Instant::now());
        Self { machine, config, tell, wire: None, work: None, farewells: JoinSet::new(), files }
    }

    pub(super) async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Command>) {
        let mut clock = interval(TICK);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let broken = self.wire.as_ref().map(|wire| wire.files_broken.clone());
            tokio::select! {
                command = inbox.recv() => {
                    let Some(command) = command else { return };
                    self.command(command).await;
                }
                event = next(&mut self.wire) => {
                    if let Some(PeerEvent::Stats(PeerStats { rtt: Some(rtt), .. })) = &event {
                        self.files.round_trip(*rtt);
                    }
                    if event.is_none() {
                        self.wire = None;
                    }
                    self.machine.peer(event.unwrap_or(PeerEvent::Closed), Instant::now());
                }
                () = files_broken(broken) => self.machine.files_broken(),
                done = finish(&mut self.work) => {
                    self.work = None;
                    self.done(done);
                }
                _ = clock.tick() => self.machine.tick(Instant::now()),
                Some(_) = self.farewells.join_next() => {}
            }
            self.carry_out();
            self.attach_files();
        }
    }

    /// Files go over a connection that is live; while it is interrupted they wait on it, without one they do not.
    fn attach_files(&mut self) {
        let Some(wire) = &mut self.wire else {
            self.files.detach();
            return;
        };
        if wire.files.is_none()
            && self.machine.is_live()
            && wire.peer.sharer().has(Channel::Files)
            && let Some(messages) = wire.events.take_files()
        {
            let read = self.files.attach(Arc::clone(&wire.peer), messages);
            let broken = wire.files_broken.clone();
            let read = async move {
                if read.await.is_err() {
                    broken.cancel();
                }
            };
            wire.files = Some(AbortOnDropHandle::new(tokio::spawn(read)));
        }
    }

    async fn command(&mut self, command: Command) {
        let now = Instant::now();
        match command {
            Command::Helper(presence) => self.machine.helper(presence, now),
            Command::Signal(text) => self.machine.signal(&text, now),
            Command::Connect(ask, answer) => {
                self.config.codecs.clone_from(&ask.codecs);
                let _ = answer.send(self.machine.connect(ask, now));
            }
            Command::Show(monitors, focus, answer) => {
                let _ = answer.send(self.machine.show(monitors, focus));
            }
            Command::Leave(answer) => {
                let _ = answer.send(self.machine.leave(now));
            }
            Command::Want(capabilities, answer) => {
                let _ = answer.send(self.machine.want(capabilities));
            }
            Command::Quick(quick, answer) => {
                let _ = answer.send(self.machine.quick(quick));
            }
            Command::Room(act, answer) => {
                let _ = answer.send(self.machine.room(act));
            }
            Command::Attended(answer) => {
                let _ = answer.send(self.machine.attended());
            }
            Command::Input(channel, bytes) => {
                // Motion comes all the time, and nobody waits for it.
                if channel == Channel::Input {
                    self.files.touched();
                }
                if let Err(error) = self.machine.input(channel, bytes) {
                    tracing::debug!(%error, "input dropped");
                }
            }
            Command::Clipboard(bytes, gone) => {
                let live = self.machine.is_live();
                if let Some(wire) = self.wire.as_ref().filter(|wire| live && wire.peer.sharer().has(Channel::Clipboard))
                {
                    let _ = wire.clipboard.send((bytes, gone));
                }
            }
            Command::NeedKeyFrame(monitor) => self.machine.need_key_frame(monitor, now),
            Command::Prefer(preference) => self.machine.prefer(preference),
            Command::Watch(watching) => self.machine.watch(watching),
            Command::SetSpoken(secret) => self.machine.set_spoken(secret, now),
            Command::Introduce(introduction) => self.machine.introduce(introduction),
            Command::End(reason, done) => {
                self.machine.end(reason);
                self.carry_out();
                while self.farewells.join_next().await.is_some() {}
                let _ = done.send(());
            }
            Command::State(answer) => {
                let _ = answer.send(self.machine.state());
            }
        }
    }

    fn done(&mut self, done: Done) {
        let now = Instant::now();
        match done {
            Done::Open(generation, Ok((peer, events, answer))) => {
                self.wire = Some(Wire::new(peer, events));
                self.machine.answered(generation, answer, now);
            }
            Done::Restart(generation, Ok(answer)) => self.machine.answered(generation, answer, now),
            Done::Open(_, Err(error)) => {
                tracing::warn!(%error, "the connection cannot be made");
                self.machine.unanswerable(now);
            }
            Done::Restart(_, Err(error)) => tracing::warn!(%error, "the connection cannot be restarted"),
        }
    }

    fn carry_out(&mut self) {
        while let Some(output) = self.machine.poll() {
            match output {
                Output::Tell(event) => (self.tell)(event),
                Output::Open { generation, sdp } => {
                    self.wire = None;
                    let config = self.config.clone();
                    let open = Box::pin(async move { Peer::answerer(config, &sdp).await });
                    self.work = Some(Work::Open(generation, open));
                }
                Output::Restart { generation, sdp } => {
                    if let Some(peer) = self.wire.as_ref().map(|wire| Arc::clone(&wire.peer)) {
                        let restart = Box::pin(async move { peer.accept_restart(&sdp).await });
                        self.work = Some(Work::Restart(generation, restart));
                    }
                }
                Output::Say(channel, bytes) => {
                    if let Some(wire) = &self.wire {
                        wire.say(channel, bytes);
                    }
                }
                Output::AskKeyFrame(monitor) => {
                    if let Some(wire) = &self.wire {
                        wire.ask_key_frame(monitor);
                    }
                }
                Output::Close(farewell) => {
                    self.work = None;
                    let last = match farewell {
                        Farewell::Said => Some(ToHelper::End),
                        Farewell::Left => Some(ToHelper::Leave),
                        Farewell::Broken(error) => {
                            let error = WireError { code: error.code(), detail: error.to_string() };
                            Some(ToHelper::Error { error })
                        }
                        Farewell::None => None,
                    };
                    if let (Some(wire), Some(last)) = (self.wire.take(), last) {
                        self.farewells.spawn(wire.say_farewell(last));
                    }
                }
            }
        }
    }
}

async fn next(wire: &mut Option<Wire>) -> Option<PeerEvent> {
    match wire {
        Some(wire) => wire.events.next().await,
        None => pending().await,
    }
}

/// Comes when the helper breaks a rule of the `files` channel.
async fn files_broken(broken: Option<CancellationToken>) {
    match broken {
        Some(broken) => broken.cancelled().await,
        None => pending().await,
    }
}

async fn finish(work: &mut Option<Work>) -> Done {
    match work {
        Some(Work::Open(generation, open)) => Done::Open(*generation, open.await),
        Some(Work::Restart(generation, restart)) => Done::Restart(*generation, restart.await),
        None => pending().await,
    }
}

/// A peer connection with its queues: sending may wait for the other end, deciding may not.
struct Wire {
    peer: Arc<Peer>,
    events: PeerEvents,
    reliable: mpsc::UnboundedSender<(Channel, Vec<u8>)>,
    pointer: watch::Sender<Vec<u8>>,
    clipboard: mpsc::UnboundedSender<(Vec<u8>, oneshot::Sender<()>)>,
    /// Reads the answers about files, once the call is live.
    files: Option<AbortOnDropHandle<()>>,
    files_broken: CancellationToken,
    _tasks: JoinSet<()>,
}

impl Wire {
    fn new(peer: Peer, events: PeerEvents) -> Self {
        let peer = Arc::new(peer);
        let mut tasks = JoinSet::new();
        let (reliable, mut queue) = mpsc::unbounded_channel::<(Channel, Vec<u8>)>();
        let sender = Arc::clone(&peer);
        tasks.spawn(async move {
            while let Some((channel, bytes)) = queue.recv().await {
                if sender.send(channel, &bytes).await.is_err() {
                    return;
                }
            }
        });
        // Of motions that wait only the newest is worth sending.
        let (pointer, mut newest) = watch::channel(Vec::new());
        let sender = Arc::clone(&peer);
        tasks.spawn(async move {
            while newest.changed().await.is_ok() {
                let bytes = newest.borrow_and_update().clone();
                if sender.send(Channel::Pointer, &bytes).await.is_err() {
                    return;
                }
            }
        });
        // Long content has a queue of its own, and little of it stands before the wire.
        let (clipboard, mut queue) = mpsc::unbounded_channel::<(Vec<u8>, oneshot::Sender<()>)>();
        let sender = Arc::clone(&peer);
        tasks.spawn(async move {
            while let Some((bytes, gone)) = queue.recv().await {
                sender.drained(Channel::Clipboard, CLIPBOARD_AHEAD).await;
                if sender.send(Channel::Clipboard, &bytes).await.is_err() {
                    return;
                }
                let _ = gone.send(());
            }
        });
        let (files, files_broken) = (None, CancellationToken::new());
        Self { peer, events, reliable, pointer, clipboard, files, files_broken, _tasks: tasks }
    }

    /// A helper is told on the `control` channel; a browser's encoder, out of its page's reach, by the connection.
    fn ask_key_frame(&self, monitor: u8) {
        match self.peer.sharer() {
            Sharer::Helper => {
                if let Ok(bytes) = serde_json::to_vec(&ToHelper::KeyFrame { monitor: Some(monitor) }) {
                    self.say(Channel::Control, bytes);
                }
            }
            Sharer::Browser => {
                let peer = Arc::clone(&self.peer);
                tokio::spawn(async move { peer.request_key_frame().await });
            }
        }
    }

    fn say(&self, channel: Channel, bytes: Vec<u8>) {
        if !self.peer.sharer().has(channel) {
            return;
        }
        if channel == Channel::Pointer {
            let _ = self.pointer.send(bytes);
        } else {
            let _ = self.reliable.send((channel, bytes));
        }
    }

    async fn say_farewell(self, last: ToHelper) {
        let said = async {
            if let Ok(bytes) = serde_json::to_vec(&last) {
                let _ = self.peer.send(Channel::Control, &bytes).await;
            }
        };
        let _ = timeout(FAREWELL, said).await;
        self.peer.close().await;
    }
}
