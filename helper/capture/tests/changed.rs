//! Only what changed is read, and the picture is right all the same.

#![allow(clippy::expect_used, reason = "a test says by panicking what went wrong")]
#![cfg(target_os = "linux")]

use std::{
    cell::RefCell,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use deskhand_capture::{Changes, Frame, Obstacle, Rect, Screen, x11::X11Screen};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use x11rb::protocol::xproto::ScreenSaver;
use xvfb::{Painter, Xvfb};

#[path = "support/xvfb.rs"]
mod xvfb;

/// Long enough for a loaded machine; nothing waits this long when it works.
const PATIENCE: Duration = Duration::from_secs(20);

fn open(server: &Xvfb) -> X11Screen {
    X11Screen::connect(Some(&server.display)).expect("the screen opens")
}

fn wait_for(screen: &mut X11Screen, wanted: impl Fn(Changes) -> bool) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let changes = screen.wait(Some(deadline)).expect("the display is there");
        assert!(changes.any(), "nothing came");
        if wanted(changes) {
            return;
        }
    }
}

/// A picture that is kept. The fourth byte of a pixel means nothing and is left out.
#[derive(Clone, PartialEq, Eq)]
struct Kept {
    width: u16,
    bgr: Vec<[u8; 3]>,
}

impl Kept {
    fn of(bgra: &[u8], width: u16) -> Self {
        Self { width, bgr: bgra.chunks_exact(4).map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect() }
    }

    fn frame(frame: &Frame<'_>) -> Self {
        Self::of(frame.bgra, frame.width)
    }

    /// The first pixel that differs.
    fn differs(&self, other: &Self) -> Option<(usize, usize)> {
        assert_eq!((self.width, self.bgr.len()), (other.width, other.bgr.len()), "another size");
        let at = self.bgr.iter().zip(&other.bgr).position(|(a, b)| a != b)?;
        Some((at % usize::from(self.width), at / usize::from(self.width)))
    }

    /// Whether it equals another outside of some rectangles.
    fn differs_outside(&self, other: &Self, rects: &[Rect]) -> Option<(u16, u16)> {
        let width = usize::from(self.width);
        let places = self.bgr.iter().zip(&other.bgr).enumerate().filter(|(_, (a, b))| a != b);
        places
            .map(|(at, _)| ((at % width) as u16, (at / width) as u16))
            .find(|(x, y)| !rects.iter().any(|rect| rect.contains(*x, *y)))
    }
}

fn grab(screen: &mut X11Screen) -> Option<(Kept, Vec<Rect>)> {
    let frame = screen.grab().expect("the display is there")?;
    Some((Kept::frame(&frame), frame.changed.rects().to_vec()))
}

fn whole_picture(painter: &Painter, width: u16, height: u16) -> Kept {
    Kept::of(&painter.truth(0, 0, width, height), width)
}

#[test]
fn a_change_of_two_hundred_pixels_square_reads_just_that() {
    let server = Xvfb::start(1920, 1080);
    let painter = server.painter();
    let mut screen = open(&server);
    screen.grab().expect("the display is there").expect("a first frame");
    let whole = screen.bytes_read();
    assert_eq!(whole, 2 * 1920 * 1080 * 4, "the first is read by scrap, which reads twice");

    painter.fill(700, 300, 200, 200, 0x12_3456);
    let (seen, changed) = grab(&mut screen).expect("something changed");
    assert_eq!(changed, [Rect { x: 700, y: 300, width: 200, height: 200 }]);
    assert_eq!(screen.bytes_read() - whole, 200 * 200 * 4);
    assert_eq!(seen.differs(&whole_picture(&painter, 1920, 1080)), None);

    assert!(grab(&mut screen).is_none());
    assert_eq!(screen.bytes_read() - whole, 200 * 200 * 4, "nothing changed, nothing is read");
}

#[test]
fn a_change_of_everything_reads_the_picture_once() {
    let server = Xvfb::start(640, 480);
    let painter = server.painter();
    let mut screen = open(&server);
    screen.grab().expect("the display is there").expect("a first frame");
    let before = screen.bytes_read();
    for colour in 0..300u16 {
        let at = i16::try_from(colour).expect("a small number");
        painter.fill(at, at / 2, 640, 480, colour.into());
    }
    painter.fill(0, 0, 640, 480, 0x33_6699);
    let (seen, _) = grab(&mut screen).expect("something changed");
    assert!(screen.bytes_read() - before <= 640 * 480 * 4, "however much was drawn in between");
    assert_eq!(seen.differs(&whole_picture(&painter, 640, 480)), None);
}

#[test]
fn after_any_drawing_the_picture_of_a_monitor_at_an_offset_is_the_screen() {
    let server = Xvfb::start(700, 500);
    let painter = server.painter();
    painter.set_monitor("LEFT", 0, 0, 201, 500);
    painter.set_monitor("RIGHT", 201, 33, 399, 401);
    let mut screen = open(&server);
    let right = screen.monitors().iter().position(|monitor| monitor.name == "RIGHT").expect("it is listed");
    screen.select(right).expect("it is there");
    let first = grab(&mut screen).expect("a first frame").0;
    let state = RefCell::new((screen, first));
    let drawing = prop::collection::vec((-20i16..700, -20i16..500, 1u16..300, 1u16..300, 0u32..0x100_0000), 1..30);
    let outcome =
        TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(150) }).run(&drawing, |fills| {
            let (screen, before) = &mut *state.borrow_mut();
            for (x, y, width, height, colour) in fills {
                painter.fill(x, y, width, height, colour);
            }
            if let Some((seen, changed)) = grab(screen) {
                prop_assert!(changed.iter().all(|rect| rect.right() <= 399 && rect.bottom() <= 401));
                prop_assert_eq!(seen.differs_outside(before, &changed), None);
                *before = seen;
            }
            let truth = Kept::of(&painter.truth(201, 33, 399, 401), 399);
            prop_assert_eq!(before.differs(&truth), None);
            Ok(())
        });
    outcome.expect("every drawing is seen");
}

#[test]
fn what_is_drawn_while_a_picture_is_taken_is_never_missed() {
    let server = Xvfb::start(800, 600);
    let painter = server.painter();
    let mut screen = open(&server);
    let (mut last, _) = grab(&mut screen).expect("a first frame");
    let drawn = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for step in 0..3_000i32 {
                let (x, y) = ((step * 37 % 750) as i16, (step * 53 % 560) as i16);
                painter.fill(x, y, 50 + (step % 200) as u16, 40, (step * 7919) as u32 & 0xff_ffff);
            }
            drawn.store(true, Ordering::SeqCst);
        });
        loop {
            let done = drawn.load(Ordering::SeqCst);
            if let Some((seen, changed)) = grab(&mut screen) {
                let stray = seen.differs_outside(&last, &changed);
                assert_eq!(stray, None, "what lies outside of the changes is as it was");
                last = seen;
            }
            if done {
                break;
            }
        }
    });
    assert_eq!(last.differs(&whole_picture(&painter, 800, 600)), None);
}

#[test]
fn sizes_that_change_under_load_end_in_the_right_picture() {
    let server = Xvfb::start(900, 700);
    let painter = server.painter();
    let mut screen = open(&server);
    screen.grab().expect("the display is there").expect("a first frame");
    let drawn = AtomicBool::new(false);
    let sizes = [(640, 480), (333, 700), (900, 251), (501, 333)];
    let mut last = None;
    thread::scope(|scope| {
        scope.spawn(|| {
            for (width, height) in sizes {
                painter.resize(width, height);
                for step in 0..200i16 {
                    painter.fill(step, step, 700, 500, (u32::from(step.unsigned_abs()) * 7919) & 0xff_ffff);
                }
            }
            drawn.store(true, Ordering::SeqCst);
        });
        // The last changes of a layout may be told after the last drawing.
        let deadline = Instant::now() + PATIENCE;
        loop {
            let done = drawn.load(Ordering::SeqCst);
            screen.wait(Some(Instant::now() + Duration::from_millis(5))).expect("the display is there");
            if let Some((seen, _)) = grab(&mut screen) {
                last = Some(seen);
            }
            if done && (screen.monitors()[0].width, screen.monitors()[0].height) == (501, 333) {
                break;
            }
            assert!(Instant::now() < deadline, "the last size is never noticed");
        }
    });
    if let Some((seen, _)) = grab(&mut screen) {
        last = Some(seen);
    }
    assert_eq!(last.expect("a picture").differs(&whole_picture(&painter, 501, 333)), None);
}

#[test]
fn each_of_many_sizes_is_noticed() {
    let server = Xvfb::start(900, 700);
    let painter = server.painter();
    let mut screen = open(&server);
    // Several notices come for each; some while the monitors are asked for because of an earlier one.
    for step in 0..40u16 {
        let size = (300 + step * 13, 690 - step * 11);
        painter.resize(size.0, size.1);
        while (screen.monitors()[0].width, screen.monitors()[0].height) != size {
            wait_for(&mut screen, |changes| changes.monitors);
        }
    }
}

#[test]
fn a_machine_whose_monitors_are_all_off_is_shown_as_one_screen() {
    let server = Xvfb::start(640, 480);
    let painter = server.painter();
    painter.fill(0, 0, 640, 480, 0x20_4060);
    let mut screen = open(&server);
    screen.grab().expect("the display is there").expect("a first frame");
    painter.unplug();
    wait_for(&mut screen, |changes| changes.monitors);
    let names: Vec<_> = screen.monitors().iter().map(|monitor| monitor.name.as_str()).collect();
    assert_eq!(names, ["screen"]);
    let monitor = screen.monitors()[0].clone();
    let (seen, _) = grab(&mut screen).expect("another monitor begins with a whole frame");
    assert_eq!(seen.differs(&whole_picture(&painter, monitor.width, monitor.height)), None);

    let headless = open(&server);
    assert_eq!(headless.monitors(), screen.monitors(), "it can be opened like this too");
}

#[test]
fn a_screen_saver_is_told_and_when_it_ends() {
    let server = Xvfb::start(320, 200);
    let painter = server.painter();
    let mut screen = open(&server);
    assert_eq!(screen.obstacle(), None);
    painter.save_screen(ScreenSaver::ACTIVE);
    wait_for(&mut screen, |changes| changes.obstacle);
    assert_eq!(screen.obstacle(), Some(Obstacle::ScreenSaver));
    assert_eq!(open(&server).obstacle(), Some(Obstacle::ScreenSaver), "also to one that comes later");
    painter.save_screen(ScreenSaver::RESET);
    wait_for(&mut screen, |changes| changes.obstacle);
    assert_eq!(screen.obstacle(), None);
}

#[test]
fn the_x_server_of_a_wayland_desktop_is_told_apart() {
    let server = Xvfb::start(320, 200);
    server.painter().set_monitor("XWAYLAND0", 0, 0, 320, 200);
    assert_eq!(open(&server).obstacle(), Some(Obstacle::Protected));
}
