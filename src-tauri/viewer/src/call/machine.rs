//! Decides how a call goes on. Sans-IO: told what happened and when, it says what to do.
//!
//! ```text
//!            helper is here          connect            allow, offer          connected, hello
//!   (none) ────────────────▶ Known ──────────▶ Asking ───────────▶ Connecting ────────────────▶ Live
//!              Proving         ▲                 │ no                                            │ lost
//!                              └─── Declined ◀───┘            Reconnecting ◀─────────────────────┘
//!                                                                  │ healed, or a new run under the same grant ─▶ Live
//!                                                                  │ grace is over ─▶ Over
//! ```
//!
//! # Invariants
//!
//! - `Over` is final. A call that broke a rule is closed at once and never taken up again by itself.
//! - The customer is asked only because the technician clicked *Connect*; after a loss the question is repeated under
//!   the grant that stands, which the helper alone judges.
//! - While the direct connection stands, nothing that happens at the relay touches it.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use deskhand_link::{
    handshake::{ConsoleHandshake, ConsoleOutput, StepError, write_signal},
    peer::{PeerEvent, ReceivedFrame},
};
use deskhand_protocol::{
    PROTOCOL_VERSION,
    call::{
        channel::Channel,
        clipboard::ClipboardMessage,
        control::{Preference, ToHelper, Trouble},
        cursor::CursorMessage,
        frame::EncodedFrame,
        input::InputMessage,
        picture::PictureInfo,
        quick::{Deed, Outcome},
        room::RoomAct,
        signal::{Ask, Introduction, RefuseReason},
        tile::TileMessage,
    },
    capability::Capability,
    code::Secret,
    id::RunId,
    limit,
    record::EndReason,
    relay::Report,
};
use uuid::Uuid;

use super::{CallError, CallEvent, Presence, Quick, Watching};
use crate::{
    gate::Verdict,
    meter::Meter,
    screen::{self, HostileError, Screen, Told},
    state::{CallState, MachineNews},
    streams::{Judged, Streams},
};

/// How long a lost connection may heal, by itself or by an ICE restart, before a new one is made. A laptop that moves
/// from cable to Wi-Fi needs 3 to 5 s.
const HEALING: Duration = Duration::from_secs(8);
/// How long an offer of another path may take until it is asked for again: gathering, and a round trip through the relay.
const MEND_AGAIN: Duration = Duration::from_secs(3);
/// How long a new connection may take. ICE gives up after about 25 s.
const CONNECTING: Duration = Duration::from_secs(30);
/// Time between two tries to reach a helper again; also what a closing connection is given to say why it closed.
const RETRY: Duration = Duration::from_secs(1);
/// Tries at a helper that is here but does not answer, before the technician is told.
const TRIES: u32 = 3;

/// What the driver is to do.
#[derive(Debug)]
pub(super) enum Output {
    /// Tell the owner.
    Tell(CallEvent),
    /// Answer this offer with a new connection, in place of any other.
    Open { generation: u32, sdp: String },
    /// Answer this offer with the connection that stands.
    Restart { generation: u32, sdp: String },
    /// Send on the connection.
    Say(Channel, Vec<u8>),
    /// Ask for a key frame of this monitor, in the way that whoever shares understands.
    AskKeyFrame(u8),
    /// Close the connection, after the other end has been told if that is still possible.
    Close(Farewell),
}

/// How a connection is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Farewell {
    /// With `end` on the control channel.
    Said,
    /// With `leave` on the control channel.
    Left,
    /// With `error` on the control channel: the helper broke this rule.
    Broken(HostileError),
    /// At once.
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Idle,
    Proving,
    Known,
    Asking,
    Declined(deskhand_protocol::call::signal::DeclineReason),
    Agreed,
    Refused(RefuseReason),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Connection {
    None,
    Opening {
        since: Instant,
    },
    Up,
    /// Lost, but not closed: it may heal.
    Down {
        since: Instant,
    },
}

/// See the module.
#[derive(Debug)]
pub(super) struct Machine {
    handshake: ConsoleHandshake,
    helper: Presence,
    wanted: Option<Ask>,
    step: Step,
    words: Vec<String>,
    connection: Connection,
    path: &'static str,
    greeted_peer: bool,
    screen: Option<Screen>,
    watching: Watching,
    preference: Option<Preference>,
    streams: Streams,
    meter: Meter,
    /// When a call that was live, or agreed, was lost.
    lost: Option<Instant>,
    /// How long it is waited for then.
    grace: Duration,
    retry_at: Option<Instant>,
    /// When to ask for another path again, while the call is lost.
    mend_at: Option<Instant>,
    tries: u32,
    /// How often the customer has asked for attention since the technician saw it, and when last.
    attention: (u32, Option<Instant>),
    over: Option<EndReason>,
    shown: Option<CallState>,
    outputs: VecDeque<Output>,
}

impl Machine {
    pub(super) fn new(handshake: ConsoleHandshake, now: Instant) -> Self {
        Self {
            handshake,
            helper: Presence::Away,
            wanted: None,
            step: Step::Idle,
            words: Vec::new(),
            connection: Connection::None,
            path: "",
            greeted_peer: false,
            screen: None,
            watching: Watching::Yes,
            preference: None,
            streams: Streams::new(),
            meter: Meter::new(now),
            lost: None,
            grace: limit::RECONNECT_GRACE,
            retry_at: None,
            mend_at: None,
            tries: 0,
            attention: (0, None),
            over: None,
            shown: None,
            outputs: VecDeque::new(),
        }
    }

    /// What to do next; to be emptied after every other call.
    pub(super) fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// The helper came, or the way to it is new. While the connection stands this changes nothing.
    pub(super) fn helper(&mut self, presence: Presence, now: Instant) {
        self.helper = presence;
        if self.over.is_some() {
            return;
        }
        match (presence, self.connection) {
            (Presence::Here, Connection::None) => {
                self.tries = 0;
                self.greet(now);
            }
            (Presence::Away, Connection::None) => self.step = Step::Idle,
            (Presence::Here, Connection::Down { .. }) => self.mend(now),
            _ => {}
        }
        self.settle();
    }

    /// The technician clicked *Connect*.
    pub(super) fn connect(&mut self, ask: Ask, now: Instant) -> Result<(), CallError> {
        if self.over.is_some() {
            return Err(CallError::Over);
        }
        if self.live().is_ok_and(|screen| !ask.codecs.contains(&screen.codec)) {
            // What comes cannot be decoded: the call goes on over a new connection with another codec.
            self.wanted = Some(ask);
            self.drop_connection(now);
            self.settle();
            return Ok(());
        }
        if self.connection != Connection::None || self.lost.is_some() {
            return Err(CallError::Busy);
        }
        if self.helper == Presence::Away {
            return Err(CallError::HelperAway);
        }
        self.wanted = Some(ask);
        match self.step {
            Step::Known | Step::Declined(_) => self.ask(now),
            Step::Idle | Step::Refused(_) => {
                self.tries = 0;
                self.greet(now);
            }
            Step::Proving | Step::Asking | Step::Agreed => {}
        }
        self.settle();
        Ok(())
    }

    /// Text from the helper by way of the relay.
    pub(super) fn signal(&mut self, text: &str, now: Instant) {
        if self.over.is_none() {
            self.handshake.handle_text(text, now);
            self.drain(now);
        }
        self.settle();
    }

    /// The connection asked for by [`Output::Open`] or [`Output::Restart`] has its answer.
    pub(super) fn answered(&mut self, generation: u32, sdp: String, now: Instant) {
        if self.over.is_some() {
            return;
        }
        // A newer offer, or a new run, may have come while candidates were gathered; this answer is then void.
        match self.handshake.answer(generation, sdp) {
            Ok(()) => self.drain(now),
            Err(error) => tracing::debug!(%error, "answer is void"),
        }
        self.settle();
    }

    /// The connection could not be made of the offer.
    pub(super) fn unanswerable(&mut self, now: Instant) {
        self.drop_connection(now);
        self.settle();
    }

    /// Something happened to the connection.
    pub(super) fn peer(&mut self, event: PeerEvent, now: Instant) {
        if self.over.is_some() || self.connection == Connection::None {
            return;
        }
        match event {
            PeerEvent::Connected { path } => self.connected(path.name(), now),
            PeerEvent::Disconnected | PeerEvent::Failed if matches!(self.connection, Connection::Down { .. }) => {}
            PeerEvent::Disconnected | PeerEvent::Failed => {
                self.connection = Connection::Down { since: now };
                self.lose(now);
                self.mend(now);
            }
            PeerEvent::Closed => self.drop_connection(now),
            PeerEvent::Violation { code } => self.hostile(HostileError::of(code)),
            PeerEvent::Message { channel, message } => {
                if let Err(error) = self.message(channel, &message, now) {
                    self.hostile(error);
                }
            }
            PeerEvent::Video(frame) => {
                if let Err(error) = self.video(frame, now) {
                    self.hostile(error);
                }
            }
            PeerEvent::Stats(stats) => {
                if let Some(rtt) = stats.rtt {
                    self.meter.round_trip(rtt);
                }
            }
            // Sent to helpers only.
            _ => {}
        }
        self.settle();
    }

    /// Whether the screen is shared, so that everything may be sent.
    pub(super) fn is_live(&self) -> bool {
        self.live().is_ok()
    }

    /// What the helper sent about files is none of the messages that there are.
    pub(super) fn files_broken(&mut self) {
        if self.connection != Connection::None {
            self.hostile(HostileError::Malformed);
        }
        self.settle();
    }

    /// Keys, buttons, motion of the technician.
    pub(super) fn input(&mut self, channel: Channel, bytes: Vec<u8>) -> Result<(), CallError> {
        let message = InputMessage::decode(&bytes).map_err(|_| CallError::BadInput)?;
        if message.event.channel() != channel {
            return Err(CallError::BadInput);
        }
        self.live()?;
        self.outputs.push_back(Output::Say(channel, bytes));
        Ok(())
    }

    /// Shows other monitors.
    pub(super) fn show(&mut self, monitors: Vec<u8>, focus: u8) -> Result<(), CallError> {
        let screen = self.live()?;
        let known = |monitor: &u8| screen.monitors.iter().any(|m| m.index == *monitor);
        if monitors.is_empty() || monitors.len() > limit::SHOWN || !monitors.iter().all(known) {
            return Err(CallError::BadInput);
        }
        self.say(&ToHelper::Show { monitors, focus });
        Ok(())
    }

    /// Asks the customer for more than is granted.
    pub(super) fn want(&mut self, capabilities: Vec<Capability>) -> Result<(), CallError> {
        self.live()?;
        if capabilities.is_empty() || capabilities.len() > limit::CAPABILITIES {
            return Err(CallError::BadInput);
        }
        // After a loss the same is asked for as before it.
        if let Some(wanted) = &mut self.wanted {
            wanted.capabilities.extend(
                capabilities.iter().filter(|one| !wanted.capabilities.contains(one)).copied().collect::<Vec<_>>(),
            );
        }
        self.say(&ToHelper::Want { capabilities });
        Ok(())
    }

    /// Wants something of the machine or its programs.
    pub(super) fn quick(&mut self, quick: Quick) -> Result<(), CallError> {
        self.live()?;
        self.say(&match quick {
            Quick::Do(deed) => ToHelper::Do { deed },
            Quick::Programs => ToHelper::Programs,
            Quick::System => ToHelper::System,
        });
        Ok(())
    }

    /// Something among the technicians of the call.
    pub(super) fn room(&mut self, act: RoomAct) -> Result<(), CallError> {
        self.live()?;
        self.say(&ToHelper::Room { act });
        Ok(())
    }

    /// The customer asks for attention. One who does it without pause is not heard each time.
    fn called(&mut self, now: Instant) {
        let (times, last) = self.attention;
        // What was on the line for longer than what followed has come closer to it.
        if last.is_none_or(|last| now.saturating_duration_since(last) >= limit::ATTENTION_PAUSE / 2) {
            self.attention = (times.saturating_add(1), Some(now));
        }
    }

    /// The technician has seen that the customer asks for attention.
    pub(super) fn attended(&mut self) -> Result<(), CallError> {
        self.live()?;
        if std::mem::take(&mut self.attention.0) > 0 {
            self.say(&ToHelper::Attended);
        }
        self.settle();
        Ok(())
    }

    /// Whoever looks at the pictures of a monitor, or of all, has lost his place.
    pub(super) fn need_key_frame(&mut self, monitor: Option<u8>, now: Instant) {
        self.streams.close(monitor);
        self.wish_key_frames(now);
    }

    fn wish_key_frames(&mut self, now: Instant) {
        if self.live().is_ok() {
            for monitor in self.streams.wishes(now) {
                self.outputs.push_back(Output::AskKeyFrame(monitor));
            }
        }
    }

    /// How the picture should be. Said again on each new connection.
    pub(super) fn prefer(&mut self, preference: Preference) {
        self.preference = Some(preference);
        if self.live().is_ok() {
            self.say_preference();
        }
    }

    fn say_preference(&mut self) {
        if let Some(preference) = self.preference {
            self.say(&ToHelper::Prefer(preference));
        }
    }

    /// Whether anyone looks at the pictures.
    pub(super) fn watch(&mut self, watching: Watching) {
        let changed = self.watching != watching;
        self.watching = watching;
        if changed && self.live().is_ok() {
            self.say(&ToHelper::Watch { watching: watching == Watching::Yes });
        }
    }

    /// The technician leaves and means to come back: nobody is asked then, if the customer lets him return so.
    pub(super) fn leave(&mut self, now: Instant) -> Result<(), CallError> {
        self.live()?;
        self.outputs.push_back(Output::Close(Farewell::Left));
        self.connection = Connection::None;
        self.forget_screen();
        self.wanted = None;
        self.step = Step::Idle;
        self.tries = 0;
        // The keys are proven anew, so that coming back takes one click.
        self.retry_at = Some(now + RETRY);
        self.settle();
        Ok(())
    }

    /// The technician, or the relay, ends it.
    pub(super) fn end(&mut self, reason: EndReason) {
        if self.over.is_none() {
            if self.handshake.bye(reason).is_ok() {
                while let Some(output) = self.handshake.poll() {
                    self.pass(output);
                }
            }
            self.finish(reason, Farewell::Said);
        }
        self.settle();
    }

    /// Who the technician is from the next handshake on.
    pub(super) fn introduce(&mut self, introduction: Introduction) {
        self.handshake.set_introduction(introduction);
    }

    /// A new spoken code, or none.
    pub(super) fn set_spoken(&mut self, secret: Option<Secret>, now: Instant) {
        let fresh = secret.is_some();
        self.handshake.set_spoken(secret);
        if fresh && matches!(self.step, Step::Refused(_)) && self.helper == Presence::Here {
            self.greet(now);
        }
        self.settle();
    }

    /// Time has passed.
    pub(super) fn tick(&mut self, now: Instant) {
        if self.over.is_some() {
            return;
        }
        self.handshake.handle_timeout(now);
        self.drain(now);
        match self.connection {
            Connection::Opening { since } if now >= since + CONNECTING => self.drop_connection(now),
            // While the helper cannot be told of a new one, the old one may still heal.
            Connection::Down { since } if now >= since + HEALING && self.helper == Presence::Here => {
                self.drop_connection(now);
            }
            _ => {}
        }
        if self.lost.is_some() && self.mend_at.is_some_and(|at| now >= at) {
            self.mend(now);
        }
        if self.retry_at.is_some_and(|at| now >= at) && self.helper == Presence::Here {
            self.retry_at = None;
            self.greet(now);
        }
        if self.lost.is_some_and(|lost| now >= lost + self.grace) {
            self.outputs.push_back(Output::Tell(CallEvent::Report(Report::Ended { reason: EndReason::Interrupted })));
            self.finish(EndReason::Interrupted, Farewell::None);
        }
        if self.live().is_ok() {
            if let Some(stats) = self.meter.take(now) {
                self.outputs.push_back(Output::Tell(CallEvent::Stats(stats)));
            }
            // On a still screen no further picture comes by which a missing key frame would be noticed.
            if self.watching == Watching::Yes {
                self.wish_key_frames(now);
            }
        }
        self.settle();
    }

    fn live(&self) -> Result<&Screen, CallError> {
        match (self.connection, &self.screen) {
            (Connection::Up, Some(screen)) => Ok(screen),
            _ => Err(CallError::NotLive),
        }
    }

    fn greet(&mut self, now: Instant) {
        self.retry_at = None;
        match self.handshake.greet(RunId::from_uuid(Uuid::now_v7()), now) {
            Ok(()) => {
                self.step = Step::Proving;
                self.tries += 1;
            }
            Err(error) => {
                let reason = match error {
                    StepError::CodeEnded => RefuseReason::TooManyWrongCodes,
                    _ => RefuseReason::WrongCode,
                };
                self.refuse(reason);
            }
        }
        self.drain(now);
    }

    /// Asks for another path in place of the one that is lost, if anyone can hear it.
    fn mend(&mut self, now: Instant) {
        self.mend_at = Some(now + MEND_AGAIN);
        // What broke the path may have broken the way to the relay, and nobody has noticed yet.
        self.outputs.push_back(Output::Tell(CallEvent::NeedsRelay));
        if self.helper == Presence::Here && matches!(self.connection, Connection::Down { .. }) {
            match self.handshake.mend() {
                Ok(()) => self.drain(now),
                Err(error) => tracing::debug!(%error, "nothing to mend"),
            }
        }
    }

    fn ask(&mut self, now: Instant) {
        let Some(ask) = self.wanted.clone() else { return };
        match self.handshake.ask(ask, now) {
            Ok(()) => self.step = Step::Asking,
            Err(_) => self.greet(now),
        }
        self.drain(now);
    }

    /// Carries out what the handshake wants.
    fn drain(&mut self, now: Instant) {
        while let Some(output) = self.handshake.poll() {
            match output {
                ConsoleOutput::Send(_) | ConsoleOutput::WrongCode { .. } => self.pass(output),
                ConsoleOutput::Known { peer_key, words } => {
                    self.words = words.to_strings();
                    self.step = Step::Known;
                    self.tries = 0;
                    self.outputs.push_back(Output::Tell(CallEvent::Pinned(peer_key)));
                    self.ask(now);
                }
                ConsoleOutput::Declined { reason } => {
                    self.wanted = None;
                    self.lost = None;
                    self.step = Step::Declined(reason);
                }
                ConsoleOutput::Offered { generation: 0, sdp } => {
                    self.step = Step::Agreed;
                    self.connection = Connection::Opening { since: now };
                    self.forget_screen();
                    self.outputs.push_back(Output::Open { generation: 0, sdp });
                }
                ConsoleOutput::Offered { generation, sdp } => {
                    if self.connection == Connection::None {
                        tracing::debug!("a restart is offered for a connection that is gone");
                    } else {
                        self.outputs.push_back(Output::Restart { generation, sdp });
                    }
                }
                ConsoleOutput::Bye { reason } => self.ended_by_helper(reason),
                ConsoleOutput::Failed { reason } => self.failed(reason, now),
            }
        }
    }

    fn pass(&mut self, output: ConsoleOutput) {
        match output {
            ConsoleOutput::Send(signal) => match write_signal(&signal) {
                Ok(text) => self.outputs.push_back(Output::Tell(CallEvent::Signal(text))),
                Err(error) => tracing::error!(%error, "own signal cannot be sent"),
            },
            ConsoleOutput::WrongCode { failures } => {
                self.outputs.push_back(Output::Tell(CallEvent::WrongCode { failures }));
                if failures == limit::PAKE_FAILURES {
                    self.outputs.push_back(Output::Tell(CallEvent::Report(Report::CodeRevoked)));
                }
            }
            _ => {}
        }
    }

    fn failed(&mut self, reason: RefuseReason, now: Instant) {
        if self.connection != Connection::None {
            // A peer connection that stands is not touched by what happens at the relay.
            return;
        }
        let may_pass = matches!(reason, RefuseReason::NoReply | RefuseReason::BadProof);
        if may_pass && (self.lost.is_some() || self.tries < TRIES) {
            self.step = Step::Idle;
            self.retry_at = Some(now + RETRY);
        } else {
            self.refuse(reason);
        }
    }

    fn refuse(&mut self, reason: RefuseReason) {
        self.step = Step::Refused(reason);
        self.wanted = None;
        self.lost = None;
        self.retry_at = None;
    }

    fn connected(&mut self, path: &'static str, now: Instant) {
        self.path = path;
        self.connection = Connection::Up;
        if !self.greeted_peer {
            self.greeted_peer = true;
            self.say(&ToHelper::Hello { version: PROTOCOL_VERSION });
        }
        if self.screen.is_some() && self.lost.take().is_some() {
            // Pictures were lost with the path, and who looks at them may have begun anew.
            self.need_key_frame(None, now);
        }
    }

    fn message(&mut self, channel: Channel, bytes: &bytes::Bytes, now: Instant) -> Result<(), HostileError> {
        let began = self.screen.is_none();
        match channel {
            Channel::Control => match screen::take(&mut self.screen, bytes)? {
                Told::Screen if began => {
                    self.show_streams();
                    self.outputs.push_back(Output::Tell(CallEvent::Begun));
                    self.lost = None;
                    self.grace = limit::RECONNECT_GRACE;
                    self.meter = Meter::new(now);
                    self.say_preference();
                    if self.watching == Watching::No {
                        self.say(&ToHelper::Watch { watching: false });
                    }
                }
                Told::Screen => {
                    self.show_streams();
                    self.try_another_codec(now);
                }
                Told::Machine(news) => {
                    if matches!(news, MachineNews::Did { deed: Deed::Restart, outcome: Outcome::Done }) {
                        self.grace = limit::RESTART_GRACE;
                    }
                    self.outputs.push_back(Output::Tell(CallEvent::Machine(news)));
                }
                Told::Room(news) => self.outputs.push_back(Output::Tell(CallEvent::Room(news))),
                Told::Attention => self.called(now),
                Told::Stats(stats) => self.meter.helper(stats),
                Told::Ended(reason) => self.ended_by_helper(reason),
                Told::Error(error) => tracing::warn!(code = ?error.code, "the helper refused a message"),
            },
            Channel::Cursor => {
                CursorMessage::decode(bytes).map_err(|_| HostileError::Malformed)?;
                self.outputs.push_back(Output::Tell(CallEvent::Cursor(bytes.clone())));
            }
            Channel::Tiles => {
                let tiles = TileMessage::decode(bytes).map_err(|_| HostileError::Malformed)?;
                // Before the hello there is no picture either: the key frame that follows it voids these tiles.
                if self.screen.as_ref().is_some_and(|screen| screen.shown.contains(&tiles.monitor)) {
                    self.meter.tiles(tiles.cells().count(), bytes.len());
                    self.outputs.push_back(Output::Tell(CallEvent::Tiles(bytes.clone())));
                }
            }
            Channel::Clipboard => {
                let message = ClipboardMessage::decode(bytes).map_err(|_| HostileError::Malformed)?;
                // The paste key is pressed on the customer's machine.
                if matches!(message, ClipboardMessage::Paste { .. } | ClipboardMessage::Files { .. }) {
                    return Err(HostileError::OutOfOrder);
                }
                self.outputs.push_back(Output::Tell(CallEvent::Clipboard(message)));
            }
            // Files are read elsewhere.
            Channel::Input | Channel::Pointer | Channel::Files => return Err(HostileError::OutOfOrder),
        }
        Ok(())
    }

    fn video(&mut self, frame: ReceivedFrame, now: Instant) -> Result<(), HostileError> {
        // Pictures and messages travel separately: the first picture may overtake the hello. It is asked for again.
        let Some(screen) = &self.screen else { return Ok(()) };
        if frame.codec != screen.codec {
            return Err(HostileError::OutOfOrder);
        }
        // A browser's picture says nothing of itself: it is of the one monitor that its page has named.
        let Some(info) = frame.info.or_else(|| screen.only_picture()) else { return Ok(()) };
        if u32::from(info.width) * u32::from(info.height) > limit::PICTURE_PIXELS {
            return Err(HostileError::TooLarge);
        }
        self.meter.picture(frame.data.len());
        // One of a monitor that is not shown any more, or not known to be yet, is left out.
        let Some(Judged { verdict, seq }) = self.streams.judge(info.monitor, frame.seq, frame.key, now) else {
            return Ok(());
        };
        match verdict {
            Verdict::Pass => {
                let ReceivedFrame { codec, key, captured_us, stamp, data, .. } = frame;
                let PictureInfo { monitor, width, height, moved } = info;
                let data = data.to_vec();
                let frame = EncodedFrame { codec, key, monitor, seq, width, height, captured_us, stamp, moved, data };
                self.outputs.push_back(Output::Tell(CallEvent::Frame(frame)));
            }
            Verdict::Drop => {}
            Verdict::DropAndAsk => self.outputs.push_back(Output::AskKeyFrame(info.monitor)),
        }
        Ok(())
    }

    /// The helper cannot make the picture in time with the codec of this connection: the call goes on over a new one
    /// with a codec that has not been given up, if there is any.
    fn try_another_codec(&mut self, now: Instant) {
        let Some(Screen { codec, trouble: Some(Trouble::NoEncoder | Trouble::SlowEncoder), .. }) = self.screen else {
            return;
        };
        let Some(ask) = &mut self.wanted else { return };
        if ask.codecs.iter().any(|other| *other != codec) {
            tracing::warn!(?codec, "the helper's encoder is given up for another");
            ask.codecs.retain(|other| *other != codec);
            self.drop_connection(now);
        }
    }

    /// The helper broke a rule: it is told which, and nothing of it is believed any more.
    fn hostile(&mut self, error: HostileError) {
        tracing::warn!(%error, "call closed");
        self.outputs.push_back(Output::Close(Farewell::Broken(error)));
        self.connection = Connection::None;
        self.forget_screen();
        self.refuse(RefuseReason::BadProof);
    }

    fn ended_by_helper(&mut self, reason: EndReason) {
        self.outputs.push_back(Output::Tell(CallEvent::Report(Report::Ended { reason })));
        self.finish(reason, Farewell::None);
    }

    fn finish(&mut self, reason: EndReason, farewell: Farewell) {
        if self.connection != Connection::None {
            self.outputs.push_back(Output::Close(farewell));
        }
        self.connection = Connection::None;
        self.over = Some(reason);
        self.forget_screen();
    }

    fn lose(&mut self, now: Instant) {
        if self.lost.is_none() {
            self.lost = Some(now);
            self.mend_at = Some(now);
            self.outputs.push_back(Output::Tell(CallEvent::Report(Report::ConnectionLost)));
        }
    }

    /// Gives the connection up and makes a new one as soon as the helper can be reached.
    fn drop_connection(&mut self, now: Instant) {
        self.outputs.push_back(Output::Close(Farewell::None));
        self.connection = Connection::None;
        self.step = Step::Idle;
        self.tries = 0;
        self.forget_screen();
        self.lose(now);
        self.retry_at = Some(now + RETRY);
    }

    fn show_streams(&mut self) {
        if let Some(screen) = &self.screen {
            self.streams.show(&screen.shown);
        }
    }

    fn forget_screen(&mut self) {
        self.screen = None;
        self.greeted_peer = false;
        self.streams = Streams::new();
    }

    fn say(&mut self, message: &ToHelper) {
        match serde_json::to_vec(message) {
            Ok(bytes) => self.outputs.push_back(Output::Say(Channel::Control, bytes)),
            Err(error) => tracing::error!(%error, "own message cannot be written"),
        }
    }

    /// Tells where the call stands if that has changed.
    fn settle(&mut self) {
        let state = self.state();
        if state != self.shown {
            self.shown.clone_from(&state);
            if let Some(state) = state {
                self.outputs.push_back(Output::Tell(CallEvent::State(state)));
            }
        }
    }

    /// Where the call stands; `None` while the helper has not come.
    pub(super) fn state(&self) -> Option<CallState> {
        if let Some(reason) = self.over {
            return Some(CallState::Over { reason });
        }
        if self.lost.is_some() {
            return Some(CallState::Reconnecting);
        }
        match (self.connection, &self.screen) {
            (Connection::Up, Some(screen)) => {
                let screen = screen.clone();
                return Some(CallState::Live {
                    granted: screen.granted,
                    held: screen.held,
                    stopped: screen.stopped,
                    asking: screen.asking,
                    may_return: screen.may_return,
                    declined: screen.declined,
                    monitors: screen.monitors,
                    shown: screen.shown,
                    codec: screen.codec,
                    path: self.path.into(),
                    trouble: screen.trouble,
                    attention: self.attention.0,
                });
            }
            (Connection::None, _) => {}
            _ => return Some(CallState::Connecting),
        }
        match self.step {
            Step::Idle if self.retry_at.is_some() => Some(CallState::Proving),
            Step::Idle => None,
            Step::Proving => Some(CallState::Proving),
            Step::Known => Some(CallState::Known { words: self.words.clone() }),
            Step::Asking => Some(CallState::Asking { words: self.words.clone() }),
            Step::Declined(reason) => Some(CallState::Declined { reason }),
            Step::Agreed => Some(CallState::Connecting),
            Step::Refused(reason) => Some(CallState::Refused { reason }),
        }
    }
}
