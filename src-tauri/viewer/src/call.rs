//! One technician's end of one session: from the helper's coming, through handshake and connection, to its end.
//!
//! A [`Call`] owns a task that drives the deciding part ([`machine`]) and the peer connection. It neither opens the
//! relay's socket nor stores anything: signals go in and out as text, and what must be remembered (the pinned key, the
//! count of wrong codes) is told as an event. Dropping the [`Call`] closes its connection and ends its task.

mod drive;
mod machine;
#[cfg(test)]
mod machine_tests;

use std::{fmt, sync::Arc};

use deskhand_link::{
    entropy::{Entropy, NoEntropy},
    handshake::{ConsoleHandshake, ConsoleParameters},
    identity::Identity,
    peer::PeerConfig,
};
use deskhand_protocol::{
    call::{
        channel::Channel,
        clipboard::ClipboardMessage,
        control::Preference,
        frame::EncodedFrame,
        quick::Deed,
        room::{RoomAct, RoomNews},
        signal::{Ask, Introduction},
    },
    capability::Capability,
    code::Secret,
    id::SessionId,
    key::PublicKey,
    record::EndReason,
    relay::Report,
};
use tokio::sync::{mpsc, oneshot};
use tokio_util::task::AbortOnDropHandle;

use crate::{
    files::{Client, Files},
    state::{CallState, CallStats, MachineNews},
};

/// Whether the helper's socket is open at the relay, as far as this end knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It can be reached.
    Here,
    /// It cannot.
    Away,
}

/// Whether anyone looks at the pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watching {
    /// Pictures are wanted.
    Yes,
    /// None need be sent.
    No,
}

/// What a call is made of.
#[derive(Debug)]
pub struct CallConfig {
    /// The session, as the relay named it.
    pub session: SessionId,
    /// The technician's key.
    pub identity: Arc<Identity>,
    /// Who he is, and the relay's own certificates.
    pub introduction: Introduction,
    /// The secret half of the spoken code, while it lasts.
    pub spoken: Option<Secret>,
    /// The secret of the link or package, while it lasts.
    pub link: Option<Secret>,
    /// The helper's key, if this session has known it before.
    pub pinned: Option<PublicKey>,
    /// Wrong codes counted for this session before.
    pub failures: u32,
    /// How connections are set up.
    pub peer: PeerConfig,
}

/// What a call tells its owner.
#[derive(Debug)]
pub enum CallEvent {
    /// Pass it on to the helper through the relay.
    Signal(String),
    /// Where the call stands now.
    State(CallState),
    /// Once a second while live.
    Stats(CallStats),
    /// A picture. The first of a monitor is a key frame; after a gap so is the next.
    Frame(EncodedFrame),
    /// A checked message of the `cursor` channel.
    Cursor(bytes::Bytes),
    /// A checked message of the `tiles` channel.
    Tiles(bytes::Bytes),
    /// A connection has begun: what was said on an earlier one is void.
    Begun,
    /// A checked message of the `clipboard` channel.
    Clipboard(ClipboardMessage),
    /// Of the machine and its programs.
    Machine(MachineNews),
    /// Of the technicians in this call.
    Room(RoomNews),
    /// The helper's key is proven: keep it with the session.
    Pinned(PublicKey),
    /// A wrong code was tried; at `PAKE_FAILURES` it is ended. Keep the number with the session.
    WrongCode {
        /// How often so far.
        failures: u32,
    },
    /// For the relay's record.
    Report(Report),
    /// The connection is lost and can be mended only through the relay: whoever holds the link to it should ask now
    /// whether it is there. Comes again and again until it is mended.
    NeedsRelay,
}

/// What is wanted of the machine and its programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quick {
    /// Do this, once the customer says yes to it.
    Do(Deed),
    /// Tell which programs run.
    Programs,
    /// Tell what computer it is.
    System,
}

/// Why a call cannot do what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The session has ended.
    #[error("the session has ended")]
    Over,
    /// It is connected, or being connected, already.
    #[error("the call is under way already")]
    Busy,
    /// The helper is not connected to the relay.
    #[error("the customer is not here")]
    HelperAway,
    /// There is no picture yet, or not any more.
    #[error("the call is not live")]
    NotLive,
    /// The bytes are no input message, or not one for that channel; or there is no such monitor.
    #[error("not an input of this call")]
    BadInput,
}

pub(crate) enum Command {
    Helper(Presence),
    Signal(String),
    Connect(Ask, oneshot::Sender<Result<(), CallError>>),
    Show(Vec<u8>, u8, oneshot::Sender<Result<(), CallError>>),
    Leave(oneshot::Sender<Result<(), CallError>>),
    Want(Vec<Capability>, oneshot::Sender<Result<(), CallError>>),
    Quick(Quick, oneshot::Sender<Result<(), CallError>>),
    Room(RoomAct, oneshot::Sender<Result<(), CallError>>),
    Attended(oneshot::Sender<Result<(), CallError>>),
    Input(Channel, Vec<u8>),
    NeedKeyFrame(Option<u8>),
    Clipboard(Vec<u8>, oneshot::Sender<()>),
    Prefer(Preference),
    Watch(Watching),
    SetSpoken(Option<Secret>),
    Introduce(Introduction),
    End(EndReason, oneshot::Sender<()>),
    State(oneshot::Sender<Option<CallState>>),
}

/// See the module.
pub struct Call {
    commands: mpsc::UnboundedSender<Command>,
    files: Files,
    _task: AbortOnDropHandle<()>,
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").finish_non_exhaustive()
    }
}

impl Call {
    /// Starts the task of a call; must be called within a tokio runtime. `tell` is called from that task and must
    /// return at once.
    ///
    /// # Errors
    ///
    /// [`NoEntropy`] when the system gives no randomness.
    pub fn start(config: CallConfig, tell: impl Fn(CallEvent) + Send + 'static) -> Result<Self, NoEntropy> {
        let CallConfig { session, identity, introduction, spoken, link, pinned, failures, peer } = config;
        let entropy = Entropy::from_system()?;
        let parameters = ConsoleParameters { session, identity, introduction, spoken, link, pinned, failures, entropy };
        let handshake = ConsoleHandshake::new(parameters);
        let (commands, inbox) = mpsc::unbounded_channel();
        let files = Files::start(Client::default());
        let span = tracing::info_span!("call", %session);
        let task = drive::Drive::new(handshake, peer, files.client().clone(), Box::new(tell)).run(inbox);
        let task = tokio::spawn(tracing::Instrument::instrument(task, span));
        Ok(Self { commands, files, _task: AbortOnDropHandle::new(task) })
    }

    /// The other machine's files. Transfers survive a lost connection of this call, and end with it.
    #[must_use]
    pub const fn files(&self) -> &Files {
        &self.files
    }

    /// The helper came or went, as the relay says. Say it again after the own socket was lost.
    pub fn helper(&self, presence: Presence) {
        self.order(Command::Helper(presence));
    }

    /// Text from the helper by way of the relay.
    pub fn signal(&self, text: String) {
        self.order(Command::Signal(text));
    }

    /// Asks the customer to share. Progress comes as [`CallEvent::State`].
    ///
    /// # Errors
    ///
    /// [`CallError::Over`], [`CallError::Busy`] or [`CallError::HelperAway`].
    pub async fn connect(&self, ask: Ask) -> Result<(), CallError> {
        self.request(|answer| Command::Connect(ask, answer)).await.unwrap_or(Err(CallError::Over))
    }

    /// Shows these monitors, each as a picture of its own, that of `focus` first where not all can have what they need.
    ///
    /// # Errors
    ///
    /// [`CallError::NotLive`], or [`CallError::BadInput`] when there are no such monitors or they are too many.
    pub async fn show(&self, monitors: Vec<u8>, focus: u8) -> Result<(), CallError> {
        self.request(|answer| Command::Show(monitors, focus, answer)).await.unwrap_or(Err(CallError::Over))
    }

    /// Leaves, to come back under the same grant as long as the customer waits for it.
    ///
    /// # Errors
    ///
    /// [`CallError::NotLive`].
    pub async fn leave(&self) -> Result<(), CallError> {
        self.request(Command::Leave).await.unwrap_or(Err(CallError::Over))
    }

    /// Asks the customer for more than is granted. His answer comes as [`CallEvent::State`].
    ///
    /// # Errors
    ///
    /// [`CallError::NotLive`], or [`CallError::BadInput`] for an empty list or one that is too long.
    pub async fn want(&self, capabilities: Vec<Capability>) -> Result<(), CallError> {
        self.request(|answer| Command::Want(capabilities, answer)).await.unwrap_or(Err(CallError::Over))
    }

    /// Wants something of the machine or its programs. What comes of it is told as [`CallEvent::Machine`].
    ///
    /// # Errors
    ///
    /// [`CallError::NotLive`].
    pub async fn quick(&self, quick: Quick) -> Result<(), CallError> {
        self.request(|answer| Command::Quick(quick, answer)).await.unwrap_or(Err(CallError::Over))
    }

    /// Does something among the technicians of the call. What comes of it is told as [`CallEvent::Room`].
    ///
    /// # Errors
    ///
    /// [`CallError::NotLive`].
    pub async fn room(&self, act: RoomAct) -> Result<(), CallError> {
        self.request(|answer| Command::Room(act, answer)).await.unwrap_or(Err(CallError::Over))
    }

    /// The technician has seen that the customer asks for attention; the customer is told.
    ///
    /// # Errors
    ///
    /// [`CallError::NotLive`].
    pub async fn attended(&self) -> Result<(), CallError> {
        self.request(Command::Attended).await.unwrap_or(Err(CallError::Over))
    }

    /// Sends an input message in its wire form, in the order of the calls. What is malformed, or comes while the call
    /// is not live, is dropped: a key pressed into a dead connection must not arrive later.
    pub fn input(&self, channel: Channel, message: Vec<u8>) {
        self.order(Command::Input(channel, message));
    }

    /// Sends a message of the `clipboard` channel. Returns once the next may follow without keeping anything else
    /// waiting; at once while the call is not live: it is then dropped.
    pub async fn clipboard(&self, message: Vec<u8>) {
        let _ = self.request(|gone| Command::Clipboard(message, gone)).await;
    }

    /// Whoever looks at the pictures of a monitor, or of all, cannot go on without a key frame. Until it comes none of
    /// them is told.
    pub fn need_key_frame(&self, monitor: Option<u8>) {
        self.order(Command::NeedKeyFrame(monitor));
    }

    /// How the picture should be; holds for later connections of this call too.
    pub fn prefer(&self, preference: Preference) {
        self.order(Command::Prefer(preference));
    }

    /// Whether anyone looks at the pictures.
    pub fn watch(&self, watching: Watching) {
        self.order(Command::Watch(watching));
    }

    /// A new spoken code was made, or the old one was revoked or has expired.
    pub fn set_spoken(&self, secret: Option<Secret>) {
        self.order(Command::SetSpoken(secret));
    }

    /// Who he is has changed; it is told with the next handshake.
    pub fn introduce(&self, introduction: Introduction) {
        self.order(Command::Introduce(introduction));
    }

    /// Ends the session and tells the helper, if it can be reached. Returns once its farewell is on its way.
    pub async fn end(&self, reason: EndReason) {
        let _ = self.request(|done| Command::End(reason, done)).await;
    }

    /// Where the call stands; `None` while the helper has not come.
    pub async fn state(&self) -> Option<CallState> {
        self.request(Command::State).await.flatten()
    }

    fn order(&self, command: Command) {
        // The task ends only with this handle.
        let _ = self.commands.send(command);
    }

    async fn request<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        self.commands.send(command(answer)).ok()?;
        answered.await.ok()
    }
}
