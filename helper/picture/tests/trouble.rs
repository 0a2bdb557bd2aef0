//! What the feed does when encoders and screens fail, with ones that fail on demand.

#![allow(clippy::expect_used, reason = "a test says by panicking what went wrong")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    time::{Duration, Instant},
};

use deskhand_capture::{
    CaptureError, Changes, CursorPlace, CursorShape, Frame, Monitor, Region, Rotation, Screen, Wake, Waker,
};
use deskhand_picture::{
    Feed, FeedError, Output, Settings,
    colour::Planes,
    encoder::{EncodeError, Encoded, Encoder, EncoderSettings, Kind, Quality},
    feed::Seen,
    rate::Tuning,
};
use deskhand_protocol::call::control::{Trouble, VideoCodec};

const PATIENCE: Duration = Duration::from_secs(20);

/// Too large a change to go as tiles.
const EDGE: u16 = 300;

/// A grey screen, another with each picture, that ends each wait with what is sent to it.
struct FakeScreen {
    monitors: Vec<Monitor>,
    pixels: Vec<u8>,
    whole: Region,
    events: Receiver<Event>,
    waker: Arc<FakeWaker>,
}

enum Event {
    Drawn,
    Woken,
    Gone,
}

#[derive(Debug)]
struct FakeWaker(Sender<Event>);

impl Wake for FakeWaker {
    fn wake(&self) {
        let _ = self.0.send(Event::Woken);
    }
}

impl FakeScreen {
    fn open() -> (Self, Sender<Event>) {
        let (sender, events) = channel();
        let monitor = Monitor {
            id: 0,
            name: "FAKE".into(),
            x: 0,
            y: 0,
            width: EDGE,
            height: EDGE,
            primary: true,
            scale_percent: 100,
            rotation: Rotation::Upright,
        };
        let screen = Self {
            monitors: vec![monitor],
            pixels: vec![0x80; usize::from(EDGE) * usize::from(EDGE) * 4],
            whole: Region::whole(EDGE, EDGE),
            events,
            waker: Arc::new(FakeWaker(sender.clone())),
        };
        (screen, sender)
    }
}

impl Screen for FakeScreen {
    fn monitors(&self) -> &[Monitor] {
        &self.monitors
    }

    fn selected(&self) -> usize {
        0
    }

    fn select(&mut self, _: usize) -> Result<(), CaptureError> {
        Err(CaptureError::NoMonitor)
    }

    fn waker(&self) -> Waker {
        Arc::clone(&self.waker) as Waker
    }

    fn wait(&mut self, deadline: Option<Instant>) -> Result<Changes, CaptureError> {
        let time = deadline.map_or(PATIENCE, |deadline| deadline.saturating_duration_since(Instant::now()));
        match self.events.recv_timeout(time) {
            Ok(Event::Drawn) => Ok(Changes { picture: true, ..Changes::default() }),
            Ok(Event::Woken) => Ok(Changes { woken: true, ..Changes::default() }),
            Ok(Event::Gone) => Err(CaptureError::Display("it was switched off".into())),
            Err(_) => Ok(Changes::default()),
        }
    }

    fn grab(&mut self) -> Result<Option<Frame<'_>>, CaptureError> {
        self.pixels.iter_mut().for_each(|byte| *byte = byte.wrapping_add(1));
        Ok(Some(Frame {
            bgra: &self.pixels,
            stride: usize::from(EDGE) * 4,
            width: EDGE,
            height: EDGE,
            changed: &self.whole,
            captured: Instant::now(),
        }))
    }

    fn cursor_shape(&mut self) -> Result<Option<CursorShape>, CaptureError> {
        Ok(None)
    }

    fn cursor_place(&mut self) -> Result<CursorPlace, CaptureError> {
        Ok(CursorPlace { x: 0, y: 0 })
    }
}

/// Gives its count as bytes, and fails when the count is reached.
struct FailingEncoder {
    codec: VideoCodec,
    left: u8,
}

impl Encoder for FailingEncoder {
    fn codec(&self) -> VideoCodec {
        self.codec
    }

    fn encode(&mut self, _: &Planes, kind: Kind) -> Result<Option<Encoded>, EncodeError> {
        if self.left == 0 {
            return Err(EncodeError { codec: self.codec, what: "worn out".into() });
        }
        self.left -= 1;
        Ok(Some(Encoded { data: vec![self.left], key: kind == Kind::Key, quality: Quality::Fine }))
    }

    fn tune(&mut self, _: Tuning) -> Result<(), EncodeError> {
        Ok(())
    }
}

fn wears_out(codec: VideoCodec, _: EncoderSettings) -> Result<Box<dyn Encoder>, EncodeError> {
    Ok(Box::new(FailingEncoder { codec, left: 2 }))
}

fn none_works(codec: VideoCodec, _: EncoderSettings) -> Result<Box<dyn Encoder>, EncodeError> {
    Err(EncodeError { codec, what: "not here".into() })
}

fn all_work(codec: VideoCodec, _: EncoderSettings) -> Result<Box<dyn Encoder>, EncodeError> {
    Ok(Box::new(FailingEncoder { codec, left: 200 }))
}

/// What came out, without what does not matter here.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    Codec(VideoCodec),
    Video(VideoCodec, bool),
    Trouble(Option<Trouble>),
}

fn next(outputs: &Receiver<Output>) -> Told {
    loop {
        match outputs.recv_timeout(PATIENCE).expect("something comes") {
            Output::Codec(codec) => return Told::Codec(codec),
            Output::Video(packet) => return Told::Video(packet.codec, packet.key),
            Output::Trouble(trouble) => return Told::Trouble(trouble),
            _ => {}
        }
    }
}

fn sink() -> (impl FnMut(Output) + Send, Receiver<Output>) {
    let (sender, outputs) = channel();
    let sink = move |output| {
        let _ = sender.send(output);
    };
    (sink, outputs)
}

#[test]
fn an_encoder_that_fails_is_told_and_begun_anew_on_request() {
    let (sink, outputs) = sink();
    let (screen, events) = FakeScreen::open();
    let mut screen = Some(screen);
    let open = move || Ok(Box::new(screen.take().ok_or(CaptureError::NoMonitor)?) as Box<dyn Screen>);
    // The screen is made on this thread and used on the feed's: it must be able to travel.
    let feed = Feed::start_with(wears_out, open, Settings::default(), || Seen::Allowed, sink).expect("it starts");
    assert_eq!(next(&outputs), Told::Codec(VideoCodec::Av1));
    assert_eq!(next(&outputs), Told::Video(VideoCodec::Av1, true));
    events.send(Event::Drawn).expect("the feed runs");
    assert_eq!(next(&outputs), Told::Video(VideoCodec::Av1, false));
    events.send(Event::Drawn).expect("the feed runs");
    assert_eq!(next(&outputs), Told::Trouble(Some(Trouble::NoEncoder)));
    feed.request_key_frame();
    assert_eq!(next(&outputs), Told::Trouble(None));
    assert_eq!(next(&outputs), Told::Video(VideoCodec::Av1, true), "it begins with a key frame");
}

#[test]
fn an_encoder_that_stays_too_slow_is_told_and_goes_on() {
    struct Slow(FailingEncoder);
    impl Encoder for Slow {
        fn codec(&self) -> VideoCodec {
            self.0.codec
        }
        fn encode(&mut self, planes: &Planes, kind: Kind) -> Result<Option<Encoded>, EncodeError> {
            // No event can stand for what is measured here: the time an encoder takes.
            std::thread::sleep(Duration::from_millis(1_510));
            self.0.encode(planes, kind)
        }
        fn tune(&mut self, _: Tuning) -> Result<(), EncodeError> {
            Ok(())
        }
    }
    fn slow(codec: VideoCodec, _: EncoderSettings) -> Result<Box<dyn Encoder>, EncodeError> {
        Ok(Box::new(Slow(FailingEncoder { codec, left: 200 })))
    }
    let (sink, outputs) = sink();
    let (screen, events) = FakeScreen::open();
    let mut screen = Some(screen);
    let open = move || Ok(Box::new(screen.take().ok_or(CaptureError::NoMonitor)?) as Box<dyn Screen>);
    let _feed = Feed::start_with(slow, open, Settings::default(), || Seen::Allowed, sink).expect("it starts");
    // Two times three deltas in a row that took too long, each after a key frame.
    let told = std::iter::from_fn(|| {
        events.send(Event::Drawn).ok()?;
        Some(next(&outputs))
    });
    let mut videos = 0;
    for told in told.take(20) {
        match told {
            Told::Video(..) => videos += 1,
            Told::Trouble(trouble) => {
                assert_eq!((trouble, videos), (Some(Trouble::SlowEncoder), 8));
                events.send(Event::Drawn).expect("the feed runs");
                assert_eq!(next(&outputs), Told::Video(VideoCodec::Av1, true), "the picture goes on");
                return;
            }
            Told::Codec(_) => {}
        }
    }
    panic!("it was not told");
}

#[test]
fn no_encoder_at_all_is_told_and_tried_again_on_request() {
    static FAILURES: AtomicU32 = AtomicU32::new(0);
    fn fails_once(codec: VideoCodec, settings: EncoderSettings) -> Result<Box<dyn Encoder>, EncodeError> {
        if FAILURES.fetch_add(1, Ordering::SeqCst) < 1 {
            none_works(codec, settings)
        } else {
            all_work(codec, settings)
        }
    }
    let (sink, outputs) = sink();
    let (screen, _events) = FakeScreen::open();
    let mut screen = Some(screen);
    let open = move || Ok(Box::new(screen.take().ok_or(CaptureError::NoMonitor)?) as Box<dyn Screen>);
    let feed = Feed::start_with(fails_once, open, Settings::default(), || Seen::Allowed, sink).expect("it starts");
    assert_eq!(next(&outputs), Told::Trouble(Some(Trouble::NoEncoder)));
    feed.request_key_frame();
    assert_eq!(next(&outputs), Told::Codec(VideoCodec::Av1));
    assert_eq!(next(&outputs), Told::Trouble(None));
    assert_eq!(next(&outputs), Told::Video(VideoCodec::Av1, true));
}

#[test]
fn a_screen_that_goes_is_told_and_shown_again_when_it_comes_back() {
    let (sink, outputs) = sink();
    let (doors, new_screens) = channel();
    let open = move || {
        let (screen, events) = FakeScreen::open();
        doors.send(events).map_err(|_| CaptureError::NoMonitor)?;
        Ok(Box::new(screen) as Box<dyn Screen>)
    };
    let _feed = Feed::start_with(all_work, open, Settings::default(), || Seen::Allowed, sink).expect("it starts");
    let events = new_screens.recv_timeout(PATIENCE).expect("it was opened");
    assert_eq!(next(&outputs), Told::Codec(VideoCodec::Av1));
    assert_eq!(next(&outputs), Told::Video(VideoCodec::Av1, true));
    events.send(Event::Gone).expect("the feed runs");
    assert_eq!(next(&outputs), Told::Trouble(Some(Trouble::NoCapture)));
    new_screens.recv_timeout(PATIENCE).expect("it was opened again");
    assert_eq!(next(&outputs), Told::Trouble(None));
    assert_eq!(next(&outputs), Told::Codec(VideoCodec::Av1));
    assert_eq!(next(&outputs), Told::Video(VideoCodec::Av1, true));
}

#[test]
fn a_screen_that_cannot_be_opened_is_an_error_at_once() {
    let (sink, _outputs) = sink();
    let open = || Err(CaptureError::NoMonitor);
    let error = Feed::start(open, Settings::default(), || Seen::Allowed, sink).expect_err("there is no screen");
    assert!(matches!(error, FeedError::Capture(CaptureError::NoMonitor)), "{error}");
}
