//! The X11 backend against a real X server.

#![allow(clippy::expect_used, reason = "a test says by panicking what went wrong")]
#![cfg(target_os = "linux")]

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use deskhand_capture::{CaptureError, Changes, Frame, Rect, Screen, x11::X11Screen};
use x11rb::{
    connection::Connection as _,
    protocol::xproto::{ChangeWindowAttributesAux, ConnectionExt as _},
};
use xvfb::{Painter, Xvfb};

#[path = "support/xvfb.rs"]
mod xvfb;

/// Long enough for a loaded machine; nothing waits this long when it works.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long silence is listened to.
const SILENCE: Duration = Duration::from_millis(600);

fn open(server: &Xvfb) -> X11Screen {
    X11Screen::connect(Some(&server.display)).expect("the screen opens")
}

/// Waits for something that `wanted` looks for, past what else happens.
fn wait_for(screen: &mut X11Screen, wanted: impl Fn(Changes) -> bool) -> Changes {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let changes = screen.wait(Some(deadline)).expect("the display is there");
        assert!(changes.any(), "nothing came");
        if wanted(changes) {
            return changes;
        }
    }
}

/// Lets pass what belongs to the start.
fn settle(screen: &mut X11Screen) {
    while screen.wait(Some(Instant::now() + Duration::from_millis(200))).expect("the display is there").any() {
        screen.grab().expect("a frame");
    }
}

/// Compares blue, green and red; the fourth byte means nothing.
fn assert_same_pixels(frame: &Frame<'_>, truth: &[u8]) {
    assert_eq!(frame.bgra.len(), truth.len(), "another size");
    let differing = frame.bgra.chunks_exact(4).zip(truth.chunks_exact(4)).position(|(a, b)| a[..3] != b[..3]);
    assert_eq!(differing, None, "the first pixel that differs");
}

/// Pixels that no two places have in common.
fn noise(width: u16, height: u16) -> Vec<u8> {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..usize::from(width) * usize::from(height)).flat_map(|_| [next(), next(), next(), 0]).collect()
}

#[test]
fn a_frame_is_exactly_what_the_server_shows() {
    let server = Xvfb::start(640, 480);
    let painter = server.painter();
    painter.put(0, 0, 640, 480, &noise(640, 480));
    painter.move_pointer(320, 240);
    let mut screen = open(&server);
    let frame = screen.grab().expect("the display is there").expect("a first frame");
    assert_eq!((frame.width, frame.height), (640, 480));
    assert_eq!(frame.changed.rects(), [Rect::whole(640, 480)]);
    // The pointer stands in the middle of it and is not in the picture.
    assert_same_pixels(&frame, &painter.truth(0, 0, 640, 480));
}

#[test]
fn a_frame_taken_after_a_pause_is_not_the_one_before() {
    let server = Xvfb::start(320, 200);
    let painter = server.painter();
    let mut screen = open(&server);
    for colour in [0xff_0000, 0x00_ff00, 0x00_00ff, 0x12_3456] {
        painter.fill(0, 0, 320, 200, colour);
        let frame = screen.grab().expect("the display is there").expect("something changed");
        assert_same_pixels(&frame, &painter.truth(0, 0, 320, 200));
    }
}

#[test]
fn drawing_wakes_and_says_where() {
    let server = Xvfb::start(640, 480);
    let painter = server.painter();
    let mut screen = open(&server);
    screen.grab().expect("a first frame");
    settle(&mut screen);

    painter.fill(100, 50, 30, 20, 0xff_ffff);
    wait_for(&mut screen, |changes| changes.picture);
    let frame = screen.grab().expect("the display is there").expect("something changed");
    assert_eq!(frame.changed.rects(), [Rect { x: 100, y: 50, width: 30, height: 20 }]);
    assert_same_pixels(&frame, &painter.truth(0, 0, 640, 480));

    assert!(screen.grab().expect("the display is there").is_none(), "nothing was drawn since");
}

#[test]
fn a_still_screen_wakes_nobody() {
    let server = Xvfb::start(640, 480);
    let mut screen = open(&server);
    screen.grab().expect("a first frame");
    settle(&mut screen);

    let before = naps();
    let began = Instant::now();
    let changes = screen.wait(Some(began + SILENCE)).expect("the display is there");
    assert_eq!(changes, Changes::default());
    assert!(began.elapsed() >= SILENCE);
    // One sleep for the whole time; one more is allowed for the lock of the allocator or the like.
    assert!(naps() - before <= 2, "woken {} times", naps() - before);
}

/// How often this thread went to sleep by itself.
fn naps() -> u64 {
    let status = fs::read_to_string("/proc/thread-self/status").expect("the kernel tells");
    let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:")).expect("it has the line");
    line.trim().parse().expect("a number")
}

#[test]
fn much_drawing_between_two_frames_wakes_once() {
    let server = Xvfb::start(640, 480);
    let painter = server.painter();
    let mut screen = open(&server);
    screen.grab().expect("a first frame");
    settle(&mut screen);
    painter.fill(0, 0, 10, 10, 1);
    wait_for(&mut screen, |changes| changes.picture);
    for index in 0..200 {
        painter.fill(index, index, 10, 10, 0xff_ffff);
    }
    let changes = screen.wait(Some(Instant::now() + SILENCE)).expect("the display is there");
    assert!(!changes.picture, "it was told already, and no frame was taken since");
    let frame = screen.grab().expect("the display is there").expect("something changed");
    assert_same_pixels(&frame, &painter.truth(0, 0, 640, 480));
}

#[test]
fn another_thread_ends_the_wait() {
    let server = Xvfb::start(320, 200);
    let mut screen = open(&server);
    settle(&mut screen);
    let waker = screen.waker();
    let other = thread::spawn(move || waker.wake());
    let changes = wait_for(&mut screen, |changes| changes.woken);
    assert!(changes.woken);
    other.join().expect("it woke us");
    let changes = screen.wait(Some(Instant::now() + Duration::from_millis(50))).expect("the display is there");
    assert!(!changes.woken, "a wake-up is taken back by the wait that it ended");
}

#[test]
fn a_second_monitor_is_cut_out() {
    let server = Xvfb::start(800, 480);
    let painter = server.painter();
    painter.set_monitor("LEFT", 0, 0, 301, 480);
    painter.set_monitor("RIGHT", 301, 10, 401, 333);
    painter.put(0, 0, 800, 480, &noise(800, 480));
    let mut screen = open(&server);
    let right = screen.monitors().iter().position(|monitor| monitor.name == "RIGHT").expect("it is listed");
    let monitor = screen.monitors()[right].clone();
    assert_eq!((monitor.x, monitor.y, monitor.width, monitor.height), (301, 10, 401, 333));
    screen.select(right).expect("it is there");
    let frame = screen.grab().expect("the display is there").expect("a first frame");
    assert_eq!((frame.width, frame.height), (401, 333));
    assert_same_pixels(&frame, &painter.truth(301, 10, 401, 333));

    settle(&mut screen);
    painter.fill(0, 0, 100, 100, 0xff_ffff);
    wait_for(&mut screen, |changes| changes.picture);
    assert!(screen.grab().expect("the display is there").is_none(), "that was on the other monitor");
    painter.fill(290, 0, 20, 20, 0xff_ffff);
    let frame = screen.grab().expect("the display is there").expect("that was on both");
    assert_eq!(frame.changed.rects(), [Rect { x: 0, y: 0, width: 9, height: 10 }]);
    assert_eq!(screen.cursor_place().expect("a place").x + 301, i32::from(pointer(&painter).0));

    assert!(matches!(screen.select(99), Err(CaptureError::NoMonitor)));
    assert_eq!(screen.selected(), right);
}

fn pointer(painter: &Painter) -> (i16, i16) {
    let pointer = painter.connection.query_pointer(painter.root).expect("a request").reply().expect("a place");
    (pointer.root_x, pointer.root_y)
}

#[test]
fn a_monitor_that_changes_its_size_is_noticed() {
    let server = Xvfb::start(800, 600);
    let painter = server.painter();
    let mut screen = open(&server);
    screen.grab().expect("a first frame");
    settle(&mut screen);

    painter.resize(501, 333);
    painter.put(0, 0, 501, 333, &noise(501, 333));
    while (screen.monitors()[0].width, screen.monitors()[0].height) != (501, 333) {
        wait_for(&mut screen, |changes| changes.monitors);
    }
    let frame = screen.grab().expect("the display is there").expect("a whole new frame");
    assert_eq!((frame.width, frame.height), (501, 333));
    assert_eq!(frame.changed.rects(), [Rect::whole(501, 333)]);
    assert_same_pixels(&frame, &painter.truth(0, 0, 501, 333));
}

#[test]
fn the_pointer_tells_its_shape_and_place() {
    let server = Xvfb::start(640, 480);
    let painter = server.painter();
    painter.move_pointer(10, 10);
    let mut screen = open(&server);
    settle(&mut screen);

    painter.move_pointer(200, 120);
    wait_for(&mut screen, |changes| changes.cursor_place);
    let place = screen.cursor_place().expect("a place");
    assert_eq!((place.x, place.y), (200, 120));

    set_cursor(&painter, (0xffff, 0, 0));
    wait_for(&mut screen, |changes| changes.cursor_shape);
    let red = screen.cursor_shape().expect("the display is there").expect("a pointer");
    assert_eq!(red.rgba.len(), usize::from(red.width) * usize::from(red.height) * 4);
    assert!(red.hot_x < red.width && red.hot_y < red.height);
    assert!(red.rgba.chunks_exact(4).any(|pixel| pixel == [255, 0, 0, 255]), "it is red somewhere");
    assert!(red.rgba.chunks_exact(4).any(|pixel| pixel[3] == 0), "it is clear somewhere");

    set_cursor(&painter, (0, 0, 0xffff));
    wait_for(&mut screen, |changes| changes.cursor_shape);
    let blue = screen.cursor_shape().expect("the display is there").expect("a pointer");
    assert_ne!(blue.serial, red.serial);
    assert!(blue.rgba.chunks_exact(4).any(|pixel| pixel == [0, 0, 255, 255]), "it is blue somewhere");
}

/// Gives the root window a cross in a colour.
fn set_cursor(painter: &Painter, (red, green, blue): (u16, u16, u16)) {
    const CROSS: u16 = 30;
    let connection = &painter.connection;
    let font = connection.generate_id().expect("an id");
    connection.open_font(font, b"cursor").expect("the font of pointers");
    let cursor = connection.generate_id().expect("an id");
    connection.create_glyph_cursor(cursor, font, font, CROSS, CROSS + 1, red, green, blue, 0, 0, 0).expect("a pointer");
    let attributes = ChangeWindowAttributesAux::new().cursor(cursor);
    connection.change_window_attributes(painter.root, &attributes).expect("it is set");
    painter.sync();
}

#[test]
fn a_display_that_is_not_there_is_said_so() {
    let error = X11Screen::connect(Some(":9999")).expect_err("there is none");
    assert!(matches!(error, CaptureError::NoDisplay(_)), "{error}");
}

#[test]
fn a_server_that_dies_is_an_error_not_a_hang() {
    let server = Xvfb::start(320, 200);
    let mut screen = open(&server);
    screen.grab().expect("a first frame");
    settle(&mut screen);
    drop(server);
    let error = loop {
        match screen.wait(Some(Instant::now() + PATIENCE)) {
            Ok(changes) => assert!(changes.any(), "it must end at once"),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, CaptureError::Display(_)), "{error}");
}
