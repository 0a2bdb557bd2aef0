//! The feed on a real X server, watched by a real decoder.

#![allow(clippy::expect_used, reason = "a test says by panicking what went wrong")]
#![cfg(target_os = "linux")]

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use deskhand_picture::{Output, Settings};
use deskhand_protocol::call::{
    control::{PictureStats, VideoCodec},
    cursor::CursorMessage,
};
use page::{Page, psnr};
use watch::{STILL, Watch};
use xvfb::Xvfb;

#[path = "support/page.rs"]
mod page;
#[path = "support/watch.rs"]
mod watch;
#[path = "../../capture/tests/support/xvfb.rs"]
mod xvfb;

fn text(server: &Xvfb, width: u16, height: u16, first: u32) {
    server.painter().put(0, 0, width, height, &Page::text(width, height, first, 0x20_2020, 0xff_ffff).bgra);
}

#[test]
fn a_viewer_gets_a_key_frame_then_an_exact_picture_then_nothing() {
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
        watch.assert_exact(&server, (0, 0), (800, 600));
        let bytes = watch.viewer.borrow().tile_bytes;
        println!("{codec:?}: {} frames, {bytes} bytes of tiles", frames.len());
        assert!(watch.until_still().is_empty(), "a still screen sends nothing");
        assert_eq!(watch.viewer.borrow().tile_bytes, bytes, "not even tiles");
    }
}

#[test]
fn a_change_after_stillness_is_sent_and_seen() {
    let server = Xvfb::start(800, 600);
    let painter = server.painter();
    let watch = Watch::start(&server, Settings::default());
    watch.until_still();
    painter.fill(100, 100, 300, 300, 0x10_80f0);
    let began = Instant::now();
    assert!(!watch.frame().key);
    println!("{:.1} ms from drawing to packet", began.elapsed().as_secs_f64() * 1000.0);
    let pixel = watch.picture().pixel(200, 200).expect("inside");
    assert!(pixel.into_iter().zip([0x10, 0x80, 0xf0]).all(|(a, b)| a.abs_diff(b) < 12), "{pixel:?}");
}

#[test]
fn small_coloured_text_becomes_exact() {
    let server = Xvfb::start(1280, 720);
    let mut page = Page::text(1280, 720, 1, 0x20_2020, 0xff_ffff);
    for (line, (ink, paper)) in (0u16..).zip([(0xff_0000, 0), (0x00_00ff, 0xff_ff00), (0x00_8000, 0xff_80c0)]) {
        page.fill(100, 100 + line * 150, 900, 120, paper);
        page.write(100, 100 + line * 150, 900, 120, u32::from(line) * 70, ink);
    }
    server.painter().put(0, 0, 1280, 720, &page.bgra);
    let watch = Watch::start(&server, Settings::default());
    let began = Instant::now();
    watch.frame();
    let truth = server.painter().truth(0, 0, 1280, 720);
    while psnr(&truth, &watch.picture().rgb) < 99.0 {
        watch.find(|output| matches!(output, Output::Tiles(_) | Output::Video(_)).then_some(()));
    }
    println!("exact after {:.0} ms", began.elapsed().as_secs_f64() * 1000.0);
    watch.until_still();
    watch.assert_exact(&server, (0, 0), (1280, 720));
}

#[test]
fn a_small_change_comes_as_tiles_alone_and_at_once() {
    let server = Xvfb::start(1280, 720);
    text(&server, 1280, 720, 1);
    let painter = server.painter();
    let watch = Watch::start(&server, Settings::default());
    watch.until_still();
    let mut took = Vec::new();
    for key in 0..40u16 {
        painter.fill(300 + key as i16 * 9, 300, 7, 11, 0xc0_2040 + u32::from(key));
        let began = Instant::now();
        watch.find(|output| match output {
            Output::Tiles(packet) => Some(packet.cells),
            Output::Video(_) => panic!("video for a small change"),
            _ => None,
        });
        took.push(began.elapsed());
        while let Some(output) = watch.next(Duration::from_millis(150)) {
            assert!(!matches!(output, Output::Video(_)));
        }
    }
    took.sort();
    println!("from drawing to tiles: p50 {:?}, p95 {:?}", took[took.len() / 2], took[took.len() * 95 / 100]);
    watch.assert_exact(&server, (0, 0), (1280, 720));
}

#[test]
fn a_page_that_scrolls_is_exact_again_when_it_stands_still() {
    let server = Xvfb::start(800, 600);
    text(&server, 800, 600, 1);
    let watch = Watch::start(&server, Settings::default());
    watch.until_still();
    for line in 2..40 {
        text(&server, 800, 600, line);
        watch.next(Duration::from_millis(20));
    }
    watch.until_still();
    watch.assert_exact(&server, (0, 0), (800, 600));
}

#[test]
fn a_message_that_did_not_leave_has_the_viewer_begin_anew() {
    let server = Xvfb::start(640, 480);
    text(&server, 640, 480, 1);
    let watch = Watch::start(&server, Settings::default());
    watch.find(|output| match output {
        Output::Tiles(packet) => {
            packet.ticket.give_up();
            Some(())
        }
        _ => None,
    });
    assert!(watch.frame().key);
    watch.until_still();
    watch.assert_exact(&server, (0, 0), (640, 480));
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
    watch.assert_exact(&server, (0, 0), (640, 480));
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
    assert!(watch.picture().pixel(320, 240).expect("inside")[0] > 220, "it shows what is there now");
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
        assert!(!matches!(output, Output::Video(_) | Output::Tiles(_) | Output::Cursor(_)), "it shows {output:?}");
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
    assert!(watch.picture().pixel(9, 9).expect("inside")[1] > 220);
}

#[test]
fn one_packet_is_in_flight_and_the_next_is_the_newest() {
    let server = Xvfb::start(640, 480);
    let painter = server.painter();
    let watch = Watch::start(&server, Settings::default());
    watch.until_still();
    painter.fill(0, 0, 640, 480, 0x20_0001);
    let held = watch.packet();
    for colour in [0xff_0000, 0x00_ff00, 0x00_00ff] {
        painter.fill(0, 0, 640, 480, colour);
    }
    let end = Instant::now() + Duration::from_millis(500);
    while let Some(output) = watch.next(end.saturating_duration_since(Instant::now())) {
        assert!(!matches!(output, Output::Video(_)), "a second one in flight");
    }
    drop(held);
    watch.frame();
    let [red, green, blue] = watch.picture().pixel(320, 240).expect("inside");
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
        painter.fill(0, 0, 320, 200, page::scramble(frames + began.elapsed().subsec_nanos()) & 0xff_ffff);
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
            let shown = monitors.iter().find(|monitor| monitor.index == selected)?;
            ((shown.width, shown.height) == (501, 333)).then_some(())
        }
        _ => None,
    });
    let frames = watch.until_still();
    assert!(frames[0].key);
    assert!(frames.iter().all(|frame| (frame.width, frame.height) == (501, 333)));
    watch.assert_exact(&server, (0, 0), (501, 333));
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
    watch.assert_exact(&server, (301, 17), (333, 201));
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
    while last.sent > 0 || last.tiles > 0 {
        last = stats();
    }
    let nothing = PictureStats { exact: true, frame_rate: 60, scale_percent: 100, ..PictureStats::default() };
    assert_eq!(last, nothing);
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
