//! A console without its window, and a customer's end made of the real link, handshake and peer connection.

#![allow(dead_code, reason = "each test file uses its part")]

use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use deskhand::{
    console::Console,
    folder::{Folder, FolderError},
    ipc::{ConsoleEvent, InvitationView},
    keys::{Keyring, KeyringRefused},
};
use deskhand_link::{
    company::Judge,
    entropy::Entropy,
    handshake::{HelperHandshake, HelperOutput, HelperParameters, KnownSecret, Question, write_signal},
    identity::Identity,
    peer::{Peer, PeerConfig, PeerEvent, PeerEvents, SendFrame},
    relay::{HelperLink, HelperLinkEvent, HelperLinkParameters, Route},
    tls::Certificate,
};
use deskhand_protocol::{
    PROTOCOL_VERSION, UnixMillis,
    call::{
        channel::Channel,
        control::{Monitor, Rotation, ToConsole, ToHelper, VideoCodec},
        input::InputMessage,
        picture::{Moved, PictureInfo},
        signal::DeclineReason,
    },
    capability::Capability,
    code::TypedCall,
    error::ErrorCode,
    id::SessionId,
    key::PublicKey,
    record::{DeviceFacts, EndReason, Marks, Via},
    relay::helper_socket::{HelperToRelay, RelayToHelper},
    text::Name,
};
use deskhand_viewer::state::CallState;
use tokio::{sync::broadcast, time::timeout};
use zeroize::Zeroizing;

/// Longer than anything here takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A system without a keyring.
pub struct NoKeyring;

impl Keyring for NoKeyring {
    fn put(&self, _: &str, _: &str) -> Result<(), KeyringRefused> {
        Err(KeyringRefused)
    }

    fn get(&self, _: &str) -> Result<Zeroizing<String>, KeyringRefused> {
        Err(KeyringRefused)
    }
}

/// This computer's clock.
pub fn wall() -> UnixMillis {
    let since = std::time::UNIX_EPOCH.elapsed().unwrap();
    UnixMillis(since.as_millis().try_into().unwrap())
}

pub async fn start(folder: &Path) -> Console {
    // Of a console that was here before, tasks that end hold it for a moment.
    let taken = timeout(Duration::from_secs(10), async {
        loop {
            match Folder::take(folder.to_path_buf()) {
                Err(FolderError::InUse { .. }) => tokio::task::yield_now().await,
                taken => return taken,
            }
        }
    });
    let folder = taken.await.expect("the folder is let go of").unwrap();
    Console::start(folder, Arc::new(NoKeyring)).await.unwrap()
}

/// A console that has been set up and is connected to its relay.
pub async fn set_up(folder: &Path) -> (Console, broadcast::Receiver<ConsoleEvent>) {
    let console = start(folder).await;
    let mut events = console.events();
    console.set_up("Ada Berg", "Berg IT").await.unwrap();
    until(&mut events, "the link", |event| match event {
        ConsoleEvent::Relay { status } if status.connected => Some(()),
        _ => None,
    })
    .await;
    (console, events)
}

/// Waits for the event that `wanted` recognises.
pub async fn until<T>(
    events: &mut broadcast::Receiver<ConsoleEvent>,
    what: &str,
    mut wanted: impl FnMut(ConsoleEvent) -> Option<T>,
) -> T {
    let search = async {
        loop {
            match events.recv().await {
                Ok(event) => {
                    if let Some(found) = wanted(event) {
                        return found;
                    }
                }
                Err(error) => panic!("{error} while waiting for {what}"),
            }
        }
    };
    timeout(PATIENCE, search).await.unwrap_or_else(|_| panic!("no {what} in time"))
}

pub async fn call_state<T>(
    events: &mut broadcast::Receiver<ConsoleEvent>,
    what: &str,
    mut wanted: impl FnMut(CallState) -> Option<T>,
) -> T {
    until(events, what, |event| match event {
        ConsoleEvent::Call { call, .. } => wanted(call),
        _ => None,
    })
    .await
}

/// What the customer does when he is asked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Allow,
    Deny,
    /// Allows, and then says something on the control channel that no version knows.
    Babble,
}

/// A customer's helper that runs until it is dropped.
pub struct Customer {
    pub seen: Arc<Mutex<Seen>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Customer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What happened at the customer's end.
#[derive(Debug, Default)]
pub struct Seen {
    pub words: Vec<String>,
    pub technician: String,
    /// The company whose key vouched for him.
    pub company: Option<PublicKey>,
    pub questions: u32,
    pub input: Vec<InputMessage>,
    pub bye: Option<EndReason>,
    pub key_frames_wanted: u32,
    pub refused: Option<ErrorCode>,
    pub closed: u32,
}

impl Customer {
    pub fn comes(invitation: &InvitationView, answer: Answer) -> Self {
        let call: TypedCall = invitation.call.as_deref().unwrap().parse().unwrap();
        Self::calls(&call, [7; 32], answer)
    }

    pub fn calls(call: &TypedCall, seed: [u8; 32], answer: Answer) -> Self {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let identity = Arc::new(Identity::from_seed(&seed));
        let (link, events) = HelperLink::open(HelperLinkParameters {
            routes: vec![Route::typed(call.relay.clone())],
            identity: Arc::clone(&identity),
            facts: DeviceFacts {
                via: Via::Program,
                host: Name::lossy("till-3"),
                os: Name::lossy("Debian 12"),
                arch: Name::lossy("x86_64"),
                helper_version: Name::lossy("0.1.0"),
            },
            finder: call.invitation.finder.clone(),
            session: None,
        })
        .unwrap();
        let helper = Helper {
            link,
            identity,
            secret: KnownSecret::Spoken(call.invitation.secret.clone()),
            answer,
            seen: Arc::clone(&seen),
            session: None,
            handshake: None,
            peer: None,
            pinned: None,
            allowed: false,
        };
        Self { seen, task: tokio::spawn(helper.run(events)) }
    }

    /// Waits until something has been seen.
    pub async fn until<T>(&self, what: &str, mut wanted: impl FnMut(&Seen) -> Option<T>) -> T {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = wanted(&self.seen.lock().unwrap()) {
                return found;
            }
            assert!(Instant::now() < end, "no {what} in time: {:?}", self.seen.lock().unwrap());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

struct Helper {
    link: HelperLink,
    identity: Arc<Identity>,
    secret: KnownSecret,
    answer: Answer,
    seen: Arc<Mutex<Seen>>,
    session: Option<SessionId>,
    handshake: Option<HelperHandshake>,
    peer: Option<(Peer, PeerEvents)>,
    pinned: Option<PublicKey>,
    allowed: bool,
}

impl Helper {
    async fn run(mut self, mut events: tokio::sync::mpsc::Receiver<HelperLinkEvent>) {
        let mut pictures = tokio::time::interval(Duration::from_millis(50));
        let mut live = false;
        let mut key_wanted = true;
        loop {
            tokio::select! {
                event = events.recv() => {
                    let Some(event) = event else { return };
                    self.relay(event);
                }
                event = peer_event(&mut self.peer) => match event {
                    Some(PeerEvent::Message { channel, message }) => match channel {
                        Channel::Control => match serde_json::from_slice::<ToHelper>(&message).unwrap() {
                            ToHelper::Hello { .. } => {
                                self.say(&hello()).await;
                                if let (Answer::Babble, Some((peer, _))) = (self.answer, &self.peer) {
                                    peer.send(Channel::Control, br#"{"type":"format_disk"}"#).await.unwrap();
                                }
                                live = true;
                                key_wanted = true;
                            }
                            ToHelper::KeyFrame { .. } => key_wanted = true,
                            ToHelper::Error { error } => self.seen.lock().unwrap().refused = Some(error.code),
                            ToHelper::End => self.seen.lock().unwrap().bye = Some(EndReason::TechnicianEnded),
                            _ => {}
                        },
                        Channel::Input | Channel::Pointer => {
                            self.seen.lock().unwrap().input.push(InputMessage::decode(&message).unwrap());
                        }
                        Channel::Cursor | Channel::Tiles | Channel::Clipboard | Channel::Files => {
                            panic!("a console sends nothing on {channel:?}")
                        }
                    },
                    Some(PeerEvent::KeyFrameWanted) => {
                        key_wanted = true;
                        self.seen.lock().unwrap().key_frames_wanted += 1;
                    }
                    Some(PeerEvent::Closed) | None => {
                        self.peer = None;
                        self.seen.lock().unwrap().closed += 1;
                        live = false;
                    }
                    _ => {}
                },
                _ = pictures.tick(), if live => {
                    let data = if key_wanted { include_bytes!("key.h264").as_slice() } else { DELTA };
                    let frame = SendFrame { key: key_wanted, captured_us: 1, info: info(), data: data.into() };
                    if let Some((peer, _)) = &self.peer {
                        let _ = peer.send_video(frame).await;
                    }
                    key_wanted = false;
                }
            }
            self.drain().await;
        }
    }

    fn relay(&mut self, event: HelperLinkEvent) {
        let now = Instant::now();
        match event {
            HelperLinkEvent::Message(RelayToHelper::Claimed { session, messages, .. }) => {
                self.session = Some(session);
                // He reads what was written before he came.
                if let Some(seq) = messages.last().map(|message| message.seq) {
                    let marks = Marks { delivered: seq, read: seq };
                    self.link.send(&HelperToRelay::ChatMarks { session, marks }).unwrap();
                }
                self.handshake.get_or_insert_with(|| {
                    HelperHandshake::new(HelperParameters {
                        session,
                        identity: Arc::clone(&self.identity),
                        secret: Some(self.secret.clone()),
                        technician: None,
                        pinned: self.pinned,
                        certificate: Certificate::Loopback,
                        judge: Judge::new(now, wall()),
                        failures: 0,
                        entropy: Entropy::from_system().unwrap(),
                    })
                });
            }
            HelperLinkEvent::Message(RelayToHelper::Signal { signal, .. }) => {
                if let Some(handshake) = &mut self.handshake {
                    handshake.handle_text(&signal, now);
                }
            }
            _ => {}
        }
    }

    async fn drain(&mut self) {
        while let Some(output) = self.handshake.as_mut().and_then(HelperHandshake::poll) {
            match output {
                HelperOutput::Send(signal) => {
                    let (session, signal) = (self.session.unwrap(), write_signal(&signal).unwrap());
                    let _ = self.link.send(&HelperToRelay::Signal { session, signal });
                }
                HelperOutput::Known { words, introduction, .. } => {
                    let certified = self.handshake.as_ref().and_then(HelperHandshake::certified);
                    let mut seen = self.seen.lock().unwrap();
                    seen.company = certified.map(|certified| certified.company);
                    (seen.words, seen.technician) = (words.to_strings(), introduction.name.to_string());
                }
                HelperOutput::Asked { question, ask } => {
                    self.seen.lock().unwrap().questions += 1;
                    self.asked(question, &ask.codecs).await;
                }
                HelperOutput::Answered { sdp, .. } => {
                    if let Some((peer, _)) = &self.peer {
                        peer.accept_answer(&sdp).await.unwrap();
                    }
                }
                HelperOutput::Bye { reason } => self.seen.lock().unwrap().bye = Some(reason),
                _ => {}
            }
        }
    }

    async fn asked(&mut self, question: Question, codecs: &[VideoCodec]) {
        if self.answer == Answer::Deny {
            self.handshake.as_mut().unwrap().decline(question, DeclineReason::Denied).unwrap();
            return;
        }
        self.allowed = true;
        let (peer, events, offer) = Peer::offerer(PeerConfig::default(), codecs).await.unwrap();
        self.peer = Some((peer, events));
        let handshake = self.handshake.as_mut().unwrap();
        handshake.allow(question).unwrap();
        handshake.offer(offer).unwrap();
    }

    async fn say(&self, message: &ToConsole) {
        if let Some((peer, _)) = &self.peer {
            peer.send(Channel::Control, &serde_json::to_vec(message).unwrap()).await.unwrap();
        }
    }
}

/// A P slice of nothing: never decoded here.
const DELTA: &[u8] = &[0, 0, 0, 1, 0x41, 0x9a, 0x02, 0x05, 0x10];

/// What is said of each picture.
fn info() -> PictureInfo {
    PictureInfo { monitor: 0, width: 640, height: 480, moved: Moved::none() }
}

fn hello() -> ToConsole {
    let (name, scale_percent, rotation) = (Name::lossy("DP-1"), 100, Rotation::Upright);
    let (width, height) = (640, 480);
    ToConsole::Hello {
        version: PROTOCOL_VERSION,
        monitors: vec![Monitor { index: 0, name, x: 0, y: 0, width, height, primary: true, scale_percent, rotation }],
        shown: vec![0],
        granted: vec![Capability::View, Capability::Control],
        codec: VideoCodec::H264,
    }
}

async fn peer_event(peer: &mut Option<(Peer, PeerEvents)>) -> Option<PeerEvent> {
    match peer {
        Some((_, events)) => events.next().await,
        None => std::future::pending().await,
    }
}
