//! Whole calls against a real helper's handshake, on a clock that the tests move.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use deskhand_link::{
    company::Judge,
    entropy::Entropy,
    handshake::{
        ConsoleHandshake, ConsoleParameters, HelperHandshake, HelperOutput, HelperParameters, KnownSecret, Question,
        write_signal,
    },
    identity::Identity,
    peer::{PathKind, PeerEvent, ReceivedFrame},
    tls::Certificate,
};
use deskhand_protocol::{
    PROTOCOL_VERSION, UnixMillis,
    call::{
        channel::Channel,
        control::{Monitor, Preference, Quality, Rotation, ToConsole, ToHelper, Trouble, VideoCodec},
        input::{InputEvent, InputMessage, KeyUsage},
        picture::{Grid, Moved, PictureInfo, Stamp},
        signal::{Ask, DeclineReason, Introduction, RefuseReason, Seat},
        tile::{Effort, Pixels, Tile, TileMessage},
    },
    capability::Capability,
    code::Invitation,
    error::ErrorCode,
    id::SessionId,
    limit,
    record::EndReason,
    relay::Report,
    text::Name,
};
use proptest::prelude::*;
use uuid::Uuid;

use super::{
    CallError, CallEvent, Presence,
    machine::{Farewell, Machine, Output},
};
use crate::state::CallState;

struct Stage {
    now: Instant,
    machine: Machine,
    helper: HelperHandshake,
    question: Option<Question>,
    asked: Option<Ask>,
    helper_bye: Option<EndReason>,
    mends: u32,
    done: Vec<Output>,
}

fn ask() -> Ask {
    Ask { capabilities: vec![Capability::View, Capability::Control], codecs: vec![VideoCodec::Av1] }
}

fn helper(secret: &Invitation, seed: u8) -> HelperHandshake {
    HelperHandshake::new(HelperParameters {
        session: SessionId::from_uuid(Uuid::from_u128(1)),
        identity: Arc::new(Identity::from_seed(&[seed; 32])),
        secret: Some(KnownSecret::Spoken(secret.secret.clone())),
        technician: None,
        pinned: None,
        certificate: Certificate::Loopback,
        judge: Judge::new(Instant::now(), UnixMillis(0)),
        failures: 0,
        entropy: Entropy::from_seed([3; 32]),
    })
}

impl Stage {
    fn new() -> Self {
        Self::with_codes(&Invitation::spoken([1; 5]), &Invitation::spoken([1; 5]))
    }

    fn with_codes(console: &Invitation, typed: &Invitation) -> Self {
        let now = Instant::now();
        let handshake = ConsoleHandshake::new(ConsoleParameters {
            session: SessionId::from_uuid(Uuid::from_u128(1)),
            identity: Arc::new(Identity::from_seed(&[1; 32])),
            introduction: Introduction {
                name: Name::lossy("Ada"),
                company: Name::lossy("Deskhand"),
                relay_pins: vec![],
                certificate: None,
                seat: Seat::Desktop,
            },
            spoken: Some(console.secret.clone()),
            link: None,
            pinned: None,
            failures: 0,
            entropy: Entropy::from_seed([4; 32]),
        });
        let machine = Machine::new(handshake, now);
        Self {
            now,
            machine,
            helper: helper(typed, 2),
            question: None,
            asked: None,
            helper_bye: None,
            mends: 0,
            done: Vec::new(),
        }
    }

    /// Lets both ends talk until neither has anything to say.
    fn talk(&mut self) {
        loop {
            let mut quiet = true;
            while let Some(output) = self.machine.poll() {
                quiet = false;
                if let Output::Tell(CallEvent::Signal(text)) = &output {
                    self.helper.handle_text(text, self.now);
                }
                self.done.push(output);
            }
            while let Some(output) = self.helper.poll() {
                quiet = false;
                match output {
                    HelperOutput::Send(signal) => self.machine.signal(&write_signal(&signal).unwrap(), self.now),
                    HelperOutput::Asked { question, ask } => {
                        (self.question, self.asked) = (Some(question), Some(ask));
                    }
                    HelperOutput::Bye { reason } => self.helper_bye = Some(reason),
                    HelperOutput::MendAsked => self.mends += 1,
                    _ => {}
                }
            }
            if quiet {
                return;
            }
        }
    }

    fn come(&mut self) {
        self.machine.helper(Presence::Here, self.now);
        self.talk();
    }

    fn connect(&mut self) {
        self.machine.connect(ask(), self.now).unwrap();
        self.talk();
    }

    fn allow(&mut self) {
        self.helper.allow(self.question.take().expect("a question")).unwrap();
        self.helper.offer("offer".into()).unwrap();
        self.talk();
        let generation = self
            .done
            .iter()
            .rev()
            .find_map(|output| match output {
                Output::Open { generation, sdp } if sdp == "offer" => Some(*generation),
                _ => None,
            })
            .expect("an offer to answer");
        self.machine.answered(generation, "answer".into(), self.now);
        self.talk();
    }

    fn peer(&mut self, event: PeerEvent) {
        self.machine.peer(event, self.now);
        self.talk();
    }

    fn says(&mut self, message: &ToConsole) {
        let message = serde_json::to_vec(message).unwrap().into();
        self.peer(PeerEvent::Message { channel: Channel::Control, message });
    }

    fn hello(&mut self) {
        self.hello_with(VideoCodec::Av1);
    }

    fn hello_with(&mut self, codec: VideoCodec) {
        let (name, scale_percent, rotation) = (Name::lossy("DP-1"), 100, Rotation::Upright);
        let (width, height) = (1920, 1080);
        let monitor = Monitor { index: 0, name, x: 0, y: 0, width, height, primary: true, scale_percent, rotation };
        self.says(&ToConsole::Hello {
            version: PROTOCOL_VERSION,
            monitors: vec![monitor],
            shown: vec![0],
            granted: vec![Capability::View],
            codec,
        });
    }

    fn live() -> Self {
        Self::live_with(ask())
    }

    fn live_with(ask: Ask) -> Self {
        let mut stage = Self::new();
        stage.come();
        stage.machine.connect(ask, stage.now).unwrap();
        stage.talk();
        stage.allow();
        stage.peer(PeerEvent::Connected { path: PathKind::Direct });
        stage.hello();
        assert!(matches!(stage.state(), Some(CallState::Live { .. })), "{:?}", stage.state());
        stage
    }

    fn wait(&mut self, time: Duration) {
        let end = self.now + time;
        while self.now < end {
            self.now += Duration::from_millis(250);
            self.machine.tick(self.now);
            self.talk();
        }
    }

    fn state(&self) -> Option<CallState> {
        self.machine.state()
    }

    fn said(&mut self) -> Vec<ToHelper> {
        let said = |output: &Output| match output {
            Output::Say(Channel::Control, bytes) => serde_json::from_slice(bytes).ok(),
            Output::AskKeyFrame(monitor) => Some(ToHelper::KeyFrame { monitor: Some(*monitor) }),
            _ => None,
        };
        self.done.drain(..).filter_map(|output| said(&output)).collect()
    }

    fn reports(&self) -> Vec<Report> {
        let report = |output: &Output| match output {
            Output::Tell(CallEvent::Report(report)) => Some(report.clone()),
            _ => None,
        };
        self.done.iter().filter_map(report).collect()
    }

    fn frames(&mut self) -> Vec<u32> {
        let frame = |output: Output| match output {
            Output::Tell(CallEvent::Frame(frame)) => Some(frame.seq),
            _ => None,
        };
        self.done.drain(..).filter_map(frame).collect()
    }
}

fn picture(seq: u32, key: bool) -> PeerEvent {
    picture_of(seq, key, 1920, 1080)
}

fn picture_of(seq: u32, key: bool, width: u16, height: u16) -> PeerEvent {
    let data = bytes::Bytes::from_static(b"picture");
    let info = Some(PictureInfo { monitor: 0, width, height, moved: Moved::none() });
    let (codec, stamp) = (VideoCodec::Av1, Stamp(seq));
    PeerEvent::Video(ReceivedFrame { codec, key, seq, captured_us: 1, stamp, info, data })
}

#[test]
fn words_are_known_before_the_technician_clicks_anything() {
    let mut stage = Stage::new();
    stage.come();
    let Some(CallState::Known { words }) = stage.state() else { panic!("{:?}", stage.state()) };
    assert_eq!(words.len(), 3);
    assert!(stage.question.is_none(), "nobody is asked before the click");
    stage.connect();
    assert!(stage.question.is_some());
    assert!(matches!(stage.state(), Some(CallState::Asking { .. })));
}

#[test]
fn a_click_before_the_words_are_known_asks_as_soon_as_they_are() {
    let mut stage = Stage::new();
    stage.machine.helper(Presence::Here, stage.now);
    stage.machine.connect(ask(), stage.now).unwrap();
    stage.talk();
    assert!(stage.question.is_some());
}

#[test]
fn nobody_can_be_asked_who_is_not_here() {
    let mut stage = Stage::new();
    assert_eq!(stage.machine.connect(ask(), stage.now), Err(CallError::HelperAway));
}

#[test]
fn a_no_can_be_asked_again_but_only_by_another_click() {
    let mut stage = Stage::new();
    stage.come();
    stage.connect();
    stage.helper.decline(stage.question.take().unwrap(), DeclineReason::Denied).unwrap();
    stage.talk();
    assert_eq!(stage.state(), Some(CallState::Declined { reason: DeclineReason::Denied }));
    stage.wait(Duration::from_secs(30));
    assert!(stage.question.is_none());
    stage.connect();
    assert!(stage.question.is_some());
}

#[test]
fn no_answer_at_all_is_a_no() {
    let mut stage = Stage::new();
    stage.come();
    stage.connect();
    stage.wait(Duration::from_secs(90));
    assert_eq!(stage.state(), Some(CallState::Declined { reason: DeclineReason::NoAnswer }));
}

#[test]
fn a_wrong_code_is_counted_and_the_third_ends_it() {
    let mut stage = Stage::with_codes(&Invitation::spoken([1; 5]), &Invitation::spoken([9; 5]));
    for failures in 1..=limit::PAKE_FAILURES {
        stage.done.clear();
        stage.come();
        let counted = stage
            .done
            .iter()
            .any(|output| matches!(output, Output::Tell(CallEvent::WrongCode { failures: told }) if *told == failures));
        assert!(counted, "failure {failures} is told");
        stage.wait(Duration::from_secs(30));
    }
    assert_eq!(stage.state(), Some(CallState::Refused { reason: RefuseReason::TooManyWrongCodes }));
    assert!(stage.reports().contains(&Report::CodeRevoked));
    stage.done.clear();
    stage.come();
    assert!(!stage.done.iter().any(|output| matches!(output, Output::Tell(CallEvent::Signal(_)))), "no fourth guess");
}

#[test]
fn a_browsers_picture_is_of_the_size_that_its_page_names() {
    let mut stage = Stage::live();
    stage.done.clear();
    let plain = |seq: u32, key: bool| {
        let PeerEvent::Video(frame) = picture(seq, key) else { panic!("a picture") };
        PeerEvent::Video(ReceivedFrame { info: None, ..frame })
    };
    stage.peer(plain(0, true));
    let monitor = Monitor {
        index: 0,
        name: Name::lossy("Window"),
        x: 0,
        y: 0,
        width: 800,
        height: 600,
        primary: true,
        scale_percent: 100,
        rotation: Rotation::Upright,
    };
    stage.says(&ToConsole::Monitors { monitors: vec![monitor], shown: vec![0] });
    stage.peer(plain(1, false));
    stage.says(&ToConsole::Monitors { monitors: Vec::new(), shown: Vec::new() });
    stage.peer(plain(2, false));
    let size = |output: &Output| match output {
        Output::Tell(CallEvent::Frame(frame)) => Some((frame.width, frame.height)),
        _ => None,
    };
    assert_eq!(stage.done.iter().filter_map(size).collect::<Vec<_>>(), [(1920, 1080), (800, 600)]);
}

const KEY_FRAME: ToHelper = ToHelper::KeyFrame { monitor: Some(0) };

#[test]
fn pictures_begin_with_a_key_frame_and_a_gap_waits_for_the_next() {
    let mut stage = Stage::live();
    stage.said();
    stage.peer(picture(4, false));
    assert_eq!(stage.said(), [KEY_FRAME]);
    for (seq, key) in [(5, true), (6, false), (8, false), (9, true), (10, false)] {
        stage.peer(picture(seq, key));
    }
    assert_eq!(stage.frames(), [2, 3, 5, 6], "counted anew, with a gap where one is left out");
}

#[test]
fn tiles_are_passed_on_as_they_came_once_the_screen_is_known() {
    let tiles = vec![Tile::of(1, Pixels::Plain([1, 2, 3]))];
    let (stamp, grid) = (Stamp(4), Grid::new(1920, 1080));
    let tiles = TileMessage { monitor: 0, stamp, grid, number: 0, vectors: vec![], tiles };
    let message = bytes::Bytes::from(tiles.encode(Effort::Fast));
    let passed = |stage: &mut Stage| {
        stage.peer(PeerEvent::Message { channel: Channel::Tiles, message: message.clone() });
        stage.done.drain(..).any(|output| matches!(output, Output::Tell(CallEvent::Tiles(bytes)) if bytes == message))
    };
    let mut stage = Stage::live();
    assert!(passed(&mut stage));
    let mut stage = Stage::new();
    stage.come();
    stage.connect();
    stage.allow();
    stage.peer(PeerEvent::Connected { path: PathKind::Direct });
    assert!(!passed(&mut stage), "there is no picture yet for it");
    assert_eq!(stage.state(), Some(CallState::Connecting));
}

#[test]
fn what_the_technician_prefers_is_said_again_on_a_new_connection() {
    let preference = Preference { quality: Quality::SharpText, frame_rate: Some(20), ..Preference::default() };
    let said = ToHelper::Prefer(preference);
    let mut stage = Stage::live();
    stage.machine.prefer(preference);
    stage.talk();
    assert!(stage.said().contains(&said));
    stage.peer(PeerEvent::Closed);
    stage.wait(Duration::from_secs(2));
    stage.allow();
    stage.peer(PeerEvent::Connected { path: PathKind::Direct });
    stage.hello();
    assert!(stage.said().contains(&said));
}

#[test]
fn on_a_still_screen_the_first_picture_is_asked_for_until_it_comes() {
    let mut stage = Stage::live();
    stage.wait(Duration::from_secs(2));
    let wishes = stage.said().iter().filter(|said| **said == KEY_FRAME).count();
    assert!((2..=5).contains(&wishes), "{wishes}");
    stage.peer(picture(0, true));
    stage.said();
    stage.wait(Duration::from_secs(5));
    assert!(!stage.said().contains(&KEY_FRAME), "it came");
    stage.machine.need_key_frame(None, stage.now);
    stage.wait(Duration::from_secs(1));
    assert!(stage.said().contains(&KEY_FRAME), "the window has lost its place");
}

#[test]
fn input_goes_out_only_while_the_call_is_live() {
    let key = |seq| InputMessage { seq, event: InputEvent::KeyUp { key: KeyUsage(4) } }.encode();
    let mut stage = Stage::new();
    stage.come();
    assert_eq!(stage.machine.input(Channel::Input, key(1)), Err(CallError::NotLive));
    let mut stage = Stage::live();
    assert_eq!(stage.machine.input(Channel::Input, key(2)), Ok(()));
    assert_eq!(stage.machine.input(Channel::Pointer, key(3)), Err(CallError::BadInput), "keys are not motion");
    assert_eq!(stage.machine.input(Channel::Control, key(4)), Err(CallError::BadInput));
    assert_eq!(stage.machine.input(Channel::Input, vec![1, 2]), Err(CallError::BadInput));
}

#[test]
fn a_loss_that_heals_goes_on_without_asking_anyone() {
    let mut stage = Stage::live();
    stage.peer(PeerEvent::Disconnected);
    assert_eq!(stage.state(), Some(CallState::Reconnecting));
    assert_eq!(stage.reports(), [Report::ConnectionLost]);
    stage.wait(Duration::from_secs(3));
    stage.helper.offer("restart".into()).unwrap();
    stage.talk();
    assert!(stage.done.iter().any(|output| matches!(output, Output::Restart { generation: 1, .. })));
    stage.machine.answered(1, "answer".into(), stage.now);
    stage.peer(PeerEvent::Connected { path: PathKind::Direct });
    assert!(matches!(stage.state(), Some(CallState::Live { .. })));
}

#[test]
fn a_lost_path_is_asked_to_be_mended_as_soon_as_the_helper_can_hear_it() {
    let mut stage = Stage::live();
    stage.machine.helper(Presence::Away, stage.now);
    stage.peer(PeerEvent::Disconnected);
    stage.wait(Duration::from_secs(30));
    assert_eq!(stage.mends, 0);
    assert!(!stage.done.iter().any(|output| matches!(output, Output::Close(_))), "the old path may still heal");
    stage.peer(PeerEvent::Connected { path: PathKind::Direct });
    assert!(matches!(stage.state(), Some(CallState::Live { .. })));

    stage.peer(PeerEvent::Disconnected);
    stage.come();
    assert_eq!(stage.mends, 1);
    stage.wait(Duration::from_secs(4));
    assert_eq!(stage.mends, 2, "it is asked for again");
    stage.helper.offer("restart".into()).unwrap();
    stage.talk();
    stage.machine.answered(1, "answer".into(), stage.now);
    stage.peer(PeerEvent::Connected { path: PathKind::Direct });
    stage.wait(Duration::from_secs(10));
    assert!(matches!(stage.state(), Some(CallState::Live { .. })));
    assert_eq!(stage.mends, 2);
}

#[test]
fn a_connection_that_is_gone_is_made_anew_with_pinned_keys_and_asked_for_by_itself() {
    let mut stage = Stage::live();
    stage.peer(PeerEvent::Closed);
    stage.wait(Duration::from_secs(2));
    assert_eq!(stage.state(), Some(CallState::Reconnecting));
    stage.allow();
    stage.peer(PeerEvent::Connected { path: PathKind::Direct });
    stage.hello();
    assert!(matches!(stage.state(), Some(CallState::Live { .. })));
}

#[test]
fn another_key_on_return_ends_the_trying() {
    let mut stage = Stage::live();
    stage.peer(PeerEvent::Closed);
    stage.helper = helper(&Invitation::spoken([1; 5]), 77);
    stage.wait(Duration::from_secs(2));
    assert_eq!(stage.state(), Some(CallState::Refused { reason: RefuseReason::KeyChanged }));
}

#[test]
fn a_codec_that_cannot_be_decoded_is_exchanged_in_the_running_call() {
    let mut stage = Stage::live();
    assert_eq!(stage.machine.connect(ask(), stage.now), Err(CallError::Busy));
    let other = Ask { codecs: vec![VideoCodec::H264], ..ask() };
    stage.machine.connect(other, stage.now).unwrap();
    stage.wait(Duration::from_secs(2));
    assert_eq!(stage.state(), Some(CallState::Reconnecting));
    assert_eq!(stage.asked.as_ref().map(|ask| ask.codecs.as_slice()), Some(&[VideoCodec::H264][..]));
    stage.allow();
    stage.peer(PeerEvent::Connected { path: PathKind::Direct });
    stage.hello();
    assert!(matches!(stage.state(), Some(CallState::Live { .. })));
}

#[test]
fn who_leaves_says_so_and_comes_back_by_one_click() {
    let mut stage = Stage::live();
    stage.machine.leave(stage.now).unwrap();
    let left =
        std::iter::from_fn(|| stage.machine.poll()).any(|output| matches!(output, Output::Close(Farewell::Left)));
    assert!(left, "the helper is told");
    assert!(stage.reports().is_empty(), "nothing was lost");
    assert_eq!(stage.machine.leave(stage.now), Err(CallError::NotLive));
    stage.wait(Duration::from_secs(2));
    assert!(matches!(stage.state(), Some(CallState::Known { .. })), "{:?}", stage.state());
}

#[test]
fn a_helper_whose_encoder_fails_is_connected_anew_for_the_other_codec() {
    for trouble in [Trouble::NoEncoder, Trouble::SlowEncoder] {
        let mut stage = Stage::live_with(Ask { codecs: vec![VideoCodec::Av1, VideoCodec::H264], ..ask() });
        stage.says(&ToConsole::Trouble { trouble: Some(Trouble::MonitorOff) });
        assert!(matches!(stage.state(), Some(CallState::Live { .. })), "the codec is not to blame for that");
        let CallState::Live { codec, .. } = stage.state().unwrap() else { panic!("not live") };
        stage.says(&ToConsole::Trouble { trouble: Some(trouble) });
        assert_eq!(stage.state(), Some(CallState::Reconnecting));
        stage.wait(Duration::from_secs(2));
        let asked = stage.asked.as_ref().unwrap().codecs.clone();
        assert!(!asked.is_empty() && !asked.contains(&codec), "{asked:?}");
        stage.allow();
        stage.peer(PeerEvent::Connected { path: PathKind::Direct });
        stage.hello_with(asked[0]);
        assert!(matches!(stage.state(), Some(CallState::Live { .. })));
        // There is no third one: what comes late is better than nothing.
        stage.says(&ToConsole::Trouble { trouble: Some(trouble) });
        assert!(matches!(stage.state(), Some(CallState::Live { .. })));
    }
}

#[test]
fn a_customer_who_asks_for_attention_is_counted_until_he_is_seen_and_not_faster_than_he_may() {
    let mut stage = Stage::live();
    let asked = |stage: &Stage| match stage.state() {
        Some(CallState::Live { attention, .. }) => Some(attention),
        _ => None,
    };
    for _ in 0..5 {
        stage.says(&ToConsole::Attention);
    }
    assert_eq!(asked(&stage), Some(1), "a flood is one");
    stage.wait(limit::ATTENTION_PAUSE);
    stage.says(&ToConsole::Attention);
    assert_eq!(asked(&stage), Some(2));
    while stage.machine.poll().is_some() {}
    stage.machine.attended().unwrap();
    let told = std::iter::from_fn(|| stage.machine.poll())
        .any(|output| matches!(output, Output::Say(Channel::Control, bytes) if bytes == br#"{"type":"attended"}"#));
    assert!(told, "he hears that he was seen");
    assert_eq!(asked(&stage), Some(0));
    stage.machine.attended().unwrap();
    let again = std::iter::from_fn(|| stage.machine.poll()).any(|output| matches!(output, Output::Say(..)));
    assert!(!again, "there was nothing to see");
    stage.peer(PeerEvent::Failed);
    assert_eq!(stage.machine.attended(), Err(CallError::NotLive));
}

#[test]
fn a_helper_that_never_returns_is_given_up_after_the_grace() {
    let mut stage = Stage::live();
    stage.peer(PeerEvent::Failed);
    stage.machine.helper(Presence::Away, stage.now);
    stage.wait(limit::RECONNECT_GRACE - Duration::from_secs(1));
    assert_eq!(stage.state(), Some(CallState::Reconnecting));
    stage.wait(Duration::from_secs(2));
    assert_eq!(stage.state(), Some(CallState::Over { reason: EndReason::Interrupted }));
    assert!(stage.reports().contains(&Report::Ended { reason: EndReason::Interrupted }));
}

#[test]
fn nothing_that_happens_at_the_relay_touches_a_live_call() {
    let mut stage = Stage::live();
    stage.machine.helper(Presence::Away, stage.now);
    stage.machine.helper(Presence::Here, stage.now);
    stage.machine.signal("garbage", stage.now);
    stage.talk();
    assert!(matches!(stage.state(), Some(CallState::Live { .. })), "{:?}", stage.state());
}

#[test]
fn the_technicians_end_reaches_the_helper_both_ways() {
    let mut stage = Stage::live();
    stage.machine.end(EndReason::TechnicianEnded);
    stage.talk();
    assert_eq!(stage.helper_bye, Some(EndReason::TechnicianEnded));
    assert!(stage.done.iter().any(|output| matches!(output, Output::Close(Farewell::Said))));
    assert_eq!(stage.state(), Some(CallState::Over { reason: EndReason::TechnicianEnded }));
    assert_eq!(stage.machine.connect(ask(), stage.now), Err(CallError::Over));
}

#[test]
fn the_customers_end_ends_it_whichever_way_it_comes() {
    let mut stage = Stage::live();
    stage.says(&ToConsole::Ended { reason: EndReason::CustomerEnded });
    assert_eq!(stage.state(), Some(CallState::Over { reason: EndReason::CustomerEnded }));
    let mut stage = Stage::live();
    stage.helper.bye(EndReason::CustomerEnded).unwrap();
    stage.talk();
    assert_eq!(stage.state(), Some(CallState::Over { reason: EndReason::CustomerEnded }));
}

#[test]
fn a_helper_that_breaks_a_rule_is_told_which_cut_off_and_not_called_again() {
    let message = |channel, bytes: &'static [u8]| {
        let message = bytes::Bytes::from_static(bytes);
        PeerEvent::Message { channel, message }
    };
    let broken = [
        (message(Channel::Control, b"\xff\xfe"), ErrorCode::Malformed),
        (message(Channel::Control, b"{\"type\":\"format_disk\"}"), ErrorCode::UnknownMessage),
        (message(Channel::Control, b"{\"type\":\"hello\",\"version\":900}"), ErrorCode::VersionUnsupported),
        (message(Channel::Cursor, b"\x09"), ErrorCode::Malformed),
        (message(Channel::Tiles, b"\x01\0\0\0\0\0\x40\0\x40\0\x02\0\0\0\0\0"), ErrorCode::Malformed),
        (message(Channel::Input, b"\x07\0\0\0\0"), ErrorCode::OutOfOrder),
        (message(Channel::Clipboard, b"\x07\x01\0\0\0"), ErrorCode::OutOfOrder),
        (PeerEvent::Violation { code: ErrorCode::TooLarge }, ErrorCode::TooLarge),
        (picture_of(0, true, 65_535, 65_535), ErrorCode::TooLarge),
    ];
    for (event, code) in broken {
        let mut stage = Stage::live();
        stage.peer(event.clone());
        let told = stage.done.iter().find_map(|output| match output {
            Output::Close(Farewell::Broken(error)) => Some(error.code()),
            _ => None,
        });
        assert_eq!(told, Some(code), "{event:?}");
        assert_eq!(stage.state(), Some(CallState::Refused { reason: RefuseReason::BadProof }), "{event:?}");
        stage.wait(Duration::from_secs(20));
        assert!(stage.question.is_none(), "nobody is asked again by itself");
    }
}

proptest! {
    #[test]
    fn no_order_of_events_makes_the_machine_panic(steps in proptest::collection::vec((0_u8..14, any::<u8>()), 0..60)) {
        let mut stage = Stage::new();
        for (step, byte) in steps {
            match step {
                0 => stage.machine.helper(Presence::Here, stage.now),
                1 => stage.machine.helper(Presence::Away, stage.now),
                2 => drop(stage.machine.connect(ask(), stage.now)),
                3 => stage.machine.signal(&format!("{{\"type\":\"greet\",\"run\":{byte}}}"), stage.now),
                4 => stage.machine.answered(u32::from(byte), "sdp".into(), stage.now),
                5 => stage.peer(PeerEvent::Connected { path: PathKind::Direct }),
                6 => stage.peer(PeerEvent::Disconnected),
                7 => stage.peer(PeerEvent::Closed),
                8 => stage.peer(picture(u32::from(byte), byte % 3 == 0)),
                9 => stage.hello(),
                10 => stage.machine.need_key_frame(None, stage.now),
                11 => drop(stage.machine.show(vec![byte, byte ^ 1], byte)),
                12 => stage.wait(Duration::from_secs(u64::from(byte))),
                _ => {
                    stage.talk();
                    if let Some(question) = stage.question.take() {
                        let _ = stage.helper.allow(question);
                        let _ = stage.helper.offer("offer".into());
                    }
                }
            }
            stage.talk();
        }
        let over = matches!(stage.state(), Some(CallState::Over { .. }));
        stage.machine.end(EndReason::TechnicianEnded);
        let ended = matches!(stage.state(), Some(CallState::Over { .. }));
        prop_assert!(ended);
        prop_assert!(!over || stage.machine.connect(ask(), stage.now) == Err(CallError::Over));
    }
}
