//! The feed on a real X server, watched by a real decoder.

#![allow(clippy::expect_used, reason = "a test says by panicking what went wrong")]
#![cfg(target_os = "linux")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError, channel},
    },
    time::{Duration, Instant},
};

use deskhand_capture::{Screen, x11::X11Screen};
use deskhand_picture::{Feed, Output, Packet, Settings, feed::Seen};
use deskhand_protocol::call::{
    control::{PictureStats, VideoCodec},
    cursor::CursorMessage,
    frame::EncodedFrame,
};
use deskhand_viewer::decode::{Decoder, RgbPicture};
use page::{Page, psnr};
use xvfb::Xvfb;

#[path = "support/page.rs"]
mod page;
#[path = "../../capture/tests/support/xvfb.rs"]
mod xvfb;

/// Long enough for a loaded machine; nothing waits this long when it works.
const PATIENCE: Duration = Duration::from_secs(30);
/// A still screen is refined within this time, and then there is silence.
const STILL: Duration = Duration::from_secs(2);

/// A feed of a virtual screen and what came out of it.
struct Watch {
    feed: Feed,
    outputs: Receiver<Output>,
    open: Arc<AtomicBool>,
}

impl Watch {
    fn start(server: &Xvfb, settings: Settings) -> Self {
        Self::start_with_gate(server, settings, true)
    }

    fn start_with_gate(server: &Xvfb, settings: Settings, allowed: bool) -> Self {
        let (sink, outputs) = channel();
        let open = Arc::new(AtomicBool::new(allowed));
        let display = server.display.clone();
        let feed = Feed::start(
            move || Ok(Box::new(X11Screen::connect(Some(&display))?) as Box<dyn Screen>),
            settings,
            {
                let open = Arc::clone(&open);
                move || if open.load(Ordering::SeqCst) { Seen::Allowed } else { Seen::Refused }
            },
            move |output| {
                let _ = sink.send(output);
            },
        );
        Self { feed: feed.expect("the feed starts"), outputs, open }
    }

    /// The next output, if one comes in time.
    fn next(&self, within: Duration) -> Option<Output> {
        match self.outputs.recv_timeout(within) {
            Ok(output) => Some(output),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => panic!("the feed's thread ended"),
        }
    }

    /// The next that `pick` takes, past all others.
    fn find<T>(&self, mut pick: impl FnMut(Output) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let output = self.next(left).expect("it comes in time");
            if let Some(found) = pick(output) {
                return found;
            }
        }
    }

    fn packet(&self) -> Packet {
        self.find(|output| match output {
            Output::Video(packet) => Some(packet),
            _ => None,
        })
    }

    /// The next picture; the packet is let go, so that another can follow.
    fn frame(&self) -> EncodedFrame {
        self.packet().to_frame()
    }

    /// Takes pictures until none has come for two seconds.
    fn until_still(&self) -> Vec<EncodedFrame> {
        let mut frames = Vec::new();
        let mut last = Instant::now();
        while last.elapsed() < STILL {
            if let Some(Output::Video(packet)) = self.next(STILL.saturating_sub(last.elapsed())) {
                frames.push(packet.to_frame());
                last = Instant::now();
            }
        }
        frames
    }
}

/// Decodes a stream from its start; the last picture.
fn decode(frames: &[EncodedFrame]) -> RgbPicture {
    let mut decoder = Decoder::new(frames[0].codec).expect("a decoder");
    let pictures = frames.iter().map(|frame| decoder.decode(frame).expect("it can be decoded"));
    pictures.last().expect("there is one")
}

fn text(server: &Xvfb, width: u16, height: u16, first: u32) {
    server.painter().put(0, 0, width, height, &Page::text(width, height, first, 0x20_2020, 0xff_ffff).bgra);
}

#[test]
fn a_viewer_gets_a_key_frame_then_a_sharp_picture_then_nothing() {
    for codec in [VideoCodec::Av1, VideoCodec::H264] {
        let server = Xvfb::start(800, 600);
        text(&server, 800, 600, 1);
        let watch = Watch::start(&server, Settings { codec, ..Settings::default() });
        let frames = watch.until_still();
        assert!(frames[0].key, "it begins with a key frame");
        assert!(frames[1..].iter().all(|frame| !frame.key) && frames.len() <= 4, "{} frames", frames.len());
        assert_eq!(
            frames.iter().map(|frame| frame.seq).collect::<Vec<_>>(),
            (0..).take(frames.len()).collect::<Vec<_>>()
        );
        let quality = psnr(&server.painter().truth(0, 0, 800, 600), &decode(&frames).rgb);
        // openh264 does not spend more on a still picture than on a moving one.
        let enough = if codec == VideoCodec::Av1 { 40.0 } else { 30.0 };
        assert!(quality > enough, "{codec:?}: {quality:.1} dB");
        assert!(watch.until_still().is_empty(), "a still screen sends nothing");
    }
}

#[test]
fn a_change_after_stillness_is_sent_and_seen() {
    let server = Xvfb::start(800, 600);
    let painter = server.painter();
    let watch = Watch::start(&server, Settings::default());
    let mut frames = watch.until_still();
    painter.fill(100, 100, 200, 200, 0x10_80f0);
    let began = Instant::now();
    frames.push(watch.frame());
    println!("{:.1} ms from drawing to packet", began.elapsed().as_secs_f64() * 1000.0);
    assert!(!frames[frames.len() - 1].key);
    let pixel = decode(&frames).pixel(200, 200).expect("inside");
    assert!(pixel.into_iter().zip([0x10, 0x80, 0xf0]).all(|(a, b)| a.abs_diff(b) < 12), "{pixel:?}");
}

#[test]
fn a_key_frame_comes_on_request_while_nothing_changes() {
    let server = Xvfb::start(640, 480);
    text(&server, 640, 480, 1);
    let watch = Watch::start(&server, Settings::default());
    watch.until_still();
    watch.feed.request_key_frame();
    let frames = watch.until_still();
    assert!(frames[0].key && frames[1..].iter().all(|frame| !frame.key));
    let quality = psnr(&server.painter().truth(0, 0, 640, 480), &decode(&frames).rgb);
    assert!(quality > 35.0, "{quality:.1} dB");
}

#[test]
fn nothing_leaves_after_a_pause_and_a_key_frame_comes_after_it() {
    let server = Xvfb::start(640, 480);
    let painter = server.painter();
    let watch = Watch::start(&server, Settings::default());
    let held = watch.packet();
    watch.feed.pause();
    assert!(held.ticket.is_void(), "what was on its way must not be sent");
    // What was delivered before the pause had returned is allowed; it is all there is.
    while watch.outputs.try_recv().is_ok() {}
    drop(held);
    painter.fill(0, 0, 640, 480, 0xff_0000);
    painter.move_pointer(33, 44);
    assert!(watch.next(Duration::from_millis(800)).is_none(), "something leaked out of the pause");

    watch.feed.resume();
    let frames = watch.until_still();
    assert!(frames[0].key);
    assert!(decode(&frames).pixel(320, 240).expect("inside")[0] > 220, "it shows what is there now");
}

#[test]
fn a_closed_gate_lets_nothing_of_the_screen_out() {
    let server = Xvfb::start(640, 480);
    let painter = server.painter();
    let watch = Watch::start_with_gate(&server, Settings::default(), false);
    painter.fill(0, 0, 640, 480, 0xff_0000);
    painter.move_pointer(33, 44);
    let end = Instant::now() + Duration::from_millis(800);
    while let Some(output) = watch.next(end.saturating_duration_since(Instant::now())) {
        assert!(!matches!(output, Output::Video(_) | Output::Cursor(_)), "it shows {output:?}");
    }
    watch.open.store(true, Ordering::SeqCst);
    watch.feed.wake();
    assert!(watch.frame().key);
    watch.until_still();

    // Closed in mid-call, and open again: what was missed is made up for by a key frame.
    watch.open.store(false, Ordering::SeqCst);
    painter.fill(0, 0, 640, 480, 0x00_ff00);
    assert!(watch.until_still().is_empty());
    watch.open.store(true, Ordering::SeqCst);
    watch.feed.wake();
    let frames = watch.until_still();
    assert!(frames[0].key);
    assert!(decode(&frames).pixel(9, 9).expect("inside")[1] > 220);
}

#[test]
fn one_packet_is_in_flight_and_the_next_is_the_newest() {
    let server = Xvfb::start(640, 480);
    let painter = server.painter();
    let watch = Watch::start(&server, Settings::default());
    let mut frames = watch.until_still();
    painter.fill(0, 0, 640, 480, 0x00_0001);
    let held = watch.packet();
    for colour in [0xff_0000, 0x00_ff00, 0x00_00ff] {
        painter.fill(0, 0, 640, 480, colour);
    }
    let end = Instant::now() + Duration::from_millis(500);
    while let Some(output) = watch.next(end.saturating_duration_since(Instant::now())) {
        assert!(!matches!(output, Output::Video(_)), "a second one in flight");
    }
    frames.push(held.to_frame());
    drop(held);
    frames.push(watch.frame());
    let [red, green, blue] = decode(&frames).pixel(320, 240).expect("inside");
    assert!(red < 60 && green < 60 && blue > 200, "not the newest: {red} {green} {blue}");
}

#[test]
fn the_frame_rate_is_kept_to() {
    let server = Xvfb::start(320, 200);
    let painter = server.painter();
    let watch = Watch::start(&server, Settings { frame_rate: 10, ..Settings::default() });
    watch.until_still();
    let began = Instant::now();
    let mut frames = 0u32;
    while began.elapsed() < Duration::from_secs(2) {
        painter.fill(0, 0, 100, 100, page::scramble(frames + began.elapsed().subsec_nanos()) & 0xff_ffff);
        if let Some(Output::Video(_)) = watch.next(Duration::from_millis(5)) {
            frames += 1;
        }
    }
    assert!((5..=22).contains(&frames), "{frames} in two seconds at 10 per second");
}

#[test]
fn another_size_begins_with_a_key_frame() {
    let server = Xvfb::start(800, 600);
    let painter = server.painter();
    let watch = Watch::start(&server, Settings::default());
    watch.until_still();
    painter.resize(501, 333);
    text(&server, 501, 333, 1);
    watch.find(|output| match output {
        Output::Monitors { monitors, selected } => {
            let shown = &monitors[usize::from(selected)];
            ((shown.width, shown.height) == (501, 333)).then_some(())
        }
        _ => None,
    });
    let frames = watch.until_still();
    assert!(frames[0].key);
    assert!(frames.iter().all(|frame| (frame.width, frame.height) == (501, 333)));
    let quality = psnr(&painter.truth(0, 0, 501, 333), &decode(&frames).rgb);
    assert!(quality > 35.0, "{quality:.1} dB");
}

#[test]
fn another_monitor_begins_with_a_key_frame() {
    let server = Xvfb::start(800, 600);
    let painter = server.painter();
    painter.set_monitor("LEFT", 0, 0, 300, 600);
    painter.set_monitor("RIGHT", 301, 17, 333, 201);
    text(&server, 800, 600, 1);
    let watch = Watch::start(&server, Settings::default());
    let right = watch.find(|output| match output {
        Output::Monitors { monitors, .. } => {
            Some(monitors.iter().find(|monitor| monitor.name.as_str() == "RIGHT")?.index)
        }
        _ => None,
    });
    watch.until_still();
    watch.feed.select(right);
    watch.find(|output| match output {
        Output::Monitors { selected, .. } => (selected == right).then_some(()),
        _ => None,
    });
    let frames = watch.until_still();
    assert!(frames[0].key);
    assert_eq!((frames[0].width, frames[0].height, frames[0].monitor), (333, 201, right));
    let quality = psnr(&painter.truth(301, 17, 333, 201), &decode(&frames).rgb);
    assert!(quality > 35.0, "{quality:.1} dB");
}

#[test]
fn the_pointer_is_introduced_then_followed_at_most_sixty_times_a_second() {
    let server = Xvfb::start(640, 480);
    let painter = server.painter();
    painter.move_pointer(10, 10);
    let watch = Watch::start(&server, Settings::default());
    let cursor = || {
        watch.find(|output| match output {
            Output::Cursor(message) => Some(message),
            _ => None,
        })
    };
    let CursorMessage::Shape { id, .. } = cursor() else { panic!("a shape comes first") };
    assert_eq!(cursor(), CursorMessage::Place { shape: id, monitor: 0, x: 10, y: 10 });
    watch.until_still();

    let began = Instant::now();
    let mut places = 0u32;
    let mut last = None;
    for step in 0..200i16 {
        painter.move_pointer(100 + step, 200);
        if let Some(Output::Cursor(CursorMessage::Place { x, .. })) = watch.next(Duration::from_millis(4)) {
            places += 1;
            last = Some(x);
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    while last != Some(299) {
        let CursorMessage::Place { x, .. } = cursor() else { panic!("the shape is known") };
        last = Some(x);
    }
    assert!(f64::from(places) <= seconds * 61.0 + 2.0, "{places} places in {seconds:.2} s");
}

#[test]
fn figures_come_while_pictures_do_and_once_more() {
    let server = Xvfb::start(320, 200);
    let watch = Watch::start(&server, Settings::default());
    let stats = || {
        watch.find(|output| match output {
            Output::Stats(stats) => Some(stats),
            _ => None,
        })
    };
    let first = stats();
    assert!(first.captured >= 1 && first.sent >= 1 && first.bytes > 0 && first.encode_ms > 0.0, "{first:?}");
    let mut last = first;
    while last.sent > 0 {
        last = stats();
    }
    assert_eq!(last, PictureStats::default());
    assert!(watch.next(STILL).is_none(), "a still screen says nothing");
}

#[test]
fn a_new_viewer_is_told_everything_again() {
    let server = Xvfb::start(320, 200);
    let watch = Watch::start(&server, Settings::default());
    watch.until_still();
    watch.feed.introduce();
    let (mut monitors, mut codec, mut shape, mut key) = (false, false, false, false);
    watch.find(|output| {
        match output {
            Output::Monitors { .. } => monitors = true,
            Output::Codec(VideoCodec::Av1) => codec = true,
            Output::Cursor(CursorMessage::Shape { .. }) => shape = true,
            Output::Video(packet) => {
                assert!(packet.key && codec && monitors, "a picture before what it needs");
                key = true;
            }
            _ => {}
        }
        (monitors && codec && shape && key).then_some(())
    });
}

#[test]
fn a_stopped_feed_is_silent_and_its_thread_gone() {
    let server = Xvfb::start(320, 200);
    let watch = Watch::start(&server, Settings::default());
    watch.frame();
    let Watch { feed, outputs, .. } = watch;
    feed.stop();
    while outputs.try_recv().is_ok() {}
    assert!(outputs.recv().is_err(), "the thread and its sink are gone");
}
