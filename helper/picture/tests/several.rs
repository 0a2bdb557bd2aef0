//! Several viewers of one feed: one encoder serves them all, and nobody sees anything of the others.

#![allow(clippy::expect_used, reason = "a test says by panicking what went wrong")]
#![cfg(target_os = "linux")]

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use deskhand_picture::{
    Output, Settings,
    encoder::{self, EncodeError, Encoder, EncoderSettings},
};
use deskhand_protocol::call::{control::VideoCodec, frame::EncodedFrame};
use page::Page;
use watch::{PATIENCE, STILL, Watch};
use xvfb::Xvfb;

#[path = "support/page.rs"]
mod page;
#[path = "support/watch.rs"]
mod watch;
#[path = "../../capture/tests/support/xvfb.rs"]
mod xvfb;

const SIZE: (u16, u16) = (800, 600);

fn text(server: &Xvfb, first: u32) {
    let page = Page::text(SIZE.0, SIZE.1, first, 0x20_2020, 0xff_ffff);
    server.painter().put(0, 0, SIZE.0, SIZE.1, &page.bgra);
}

/// Takes what comes to each until nothing has come to anybody for a while: whoever does not take it is not waited for.
/// Gives the pictures of each.
fn all_still<const N: usize>(watches: [&Watch; N]) -> [Vec<EncodedFrame>; N] {
    let mut frames = [const { Vec::new() }; N];
    let mut last = Instant::now();
    while last.elapsed() < STILL {
        for (watch, frames) in watches.iter().zip(&mut frames) {
            match watch.next(Duration::from_millis(5)) {
                Some(Output::Video(packet)) => frames.push(packet.to_frame()),
                Some(Output::Tiles(_)) => {}
                _ => continue,
            }
            last = Instant::now();
        }
    }
    frames
}

/// Encoders that were made; each test is a process of its own.
static MADE: AtomicUsize = AtomicUsize::new(0);

fn counted(codec: VideoCodec, settings: EncoderSettings) -> Result<Box<dyn Encoder>, EncodeError> {
    MADE.fetch_add(1, Ordering::SeqCst);
    encoder::open(codec, settings)
}

#[test]
fn one_encoder_serves_all_and_each_has_the_exact_picture() {
    let server = Xvfb::start(SIZE.0, SIZE.1);
    text(&server, 1);
    let first = Watch::start_with(counted, &server, Settings::default(), true);
    first.until_still();
    let (second, third) = (first.joined(), first.joined());
    let [_, frames, others] = all_still([&first, &second, &third]);
    assert!(frames[0].key && others[0].key, "each begins with a key frame");
    for line in 2..30 {
        text(&server, line);
        for watch in [&first, &second, &third] {
            watch.next(Duration::from_millis(10));
        }
    }
    let watches = [&first, &second, &third];
    for (watch, frames) in watches.iter().zip(all_still(watches)) {
        assert!(frames.iter().all(|frame| !frame.key), "nobody has to begin anew");
        watch.assert_exact(&server, (0, 0), SIZE);
    }
    assert_eq!(MADE.load(Ordering::SeqCst), 1);
    let source = first.feed.source();
    assert_eq!(source.viewers(), 3);
    drop((first, second, third));
    assert_eq!(source.viewers(), 0);
    assert!(
        source.join(Settings::default(), || deskhand_picture::feed::Seen::Allowed, |_| ()).is_err(),
        "it has ended"
    );
}

#[test]
fn one_who_comes_or_needs_a_key_frame_changes_nothing_for_the_others() {
    let server = Xvfb::start(SIZE.0, SIZE.1);
    text(&server, 1);
    let first = Watch::start(&server, Settings::default());
    first.until_still();
    let tiles = first.viewer.borrow().tile_bytes;
    let second = first.joined();
    let [mut frames, begun] = all_still([&first, &second]);
    assert!(begun[0].key);
    second.feed.request_key_frame();
    let [more, anew] = all_still([&first, &second]);
    assert!(anew[0].key);
    frames.extend(more);
    assert!(!frames.is_empty(), "it is a picture among others");
    for frame in &frames {
        assert!(!frame.key, "it is no beginning");
        assert!(frame.moved.is_empty(), "and takes nothing exact away: {:?}", frame.moved);
    }
    assert_eq!(first.viewer.borrow().tile_bytes, tiles, "so that nothing has to be made exact again");
    first.assert_exact(&server, (0, 0), SIZE);
    second.assert_exact(&server, (0, 0), SIZE);
    // What changes now goes on from there.
    text(&server, 20);
    all_still([&first, &second]);
    first.assert_exact(&server, (0, 0), SIZE);
    second.assert_exact(&server, (0, 0), SIZE);
}

#[test]
fn what_one_may_not_see_the_others_go_on_to_see() {
    let server = Xvfb::start(SIZE.0, SIZE.1);
    text(&server, 1);
    let first = Watch::start(&server, Settings::default());
    let second = first.joined();
    all_still([&first, &second]);
    second.open.store(false, Ordering::SeqCst);
    text(&server, 20);
    first.until_still();
    first.assert_exact(&server, (0, 0), SIZE);
    let shown = |output: &Output| matches!(output, Output::Video(_) | Output::Tiles(_) | Output::Cursor(_));
    while let Ok(output) = second.outputs.try_recv() {
        assert!(!shown(&output), "nothing leaves to one who may not see");
    }
    second.open.store(true, Ordering::SeqCst);
    second.feed.wake();
    let [_, begun] = all_still([&first, &second]);
    assert!(begun[0].key);
    second.assert_exact(&server, (0, 0), SIZE);
    second.feed.pause();
    text(&server, 40);
    first.until_still();
    first.assert_exact(&server, (0, 0), SIZE);
    assert!(second.outputs.try_recv().is_err(), "nor to one who paused");
}

#[test]
fn nobody_waits_for_a_slow_viewer_who_is_told() {
    let server = Xvfb::start(SIZE.0, SIZE.1);
    text(&server, 1);
    let first = Watch::start(&server, Settings::default());
    let slow = first.joined();
    all_still([&first, &slow]);
    // This one is still on its way when everything else has been drawn.
    text(&server, 2);
    let held = slow.packet();
    let began = Instant::now();
    let mut line = 3;
    let told = loop {
        assert!(began.elapsed() < PATIENCE, "it is told");
        text(&server, line);
        line += 1;
        first.next(Duration::from_millis(20));
        match slow.outputs.try_recv() {
            Ok(Output::Behind) => break began.elapsed(),
            Ok(Output::Video(_)) => panic!("a picture on top of one that has not left"),
            _ => {}
        }
    };
    println!("told after {told:?}");
    let before = line;
    while line < before + 20 {
        text(&server, line);
        line += 1;
        first.frame();
    }
    // What it missed is not made up for: it begins anew with what is there now.
    drop(held);
    let [_, frames] = all_still([&first, &slow]);
    assert!(frames[0].key);
    slow.assert_exact(&server, (0, 0), SIZE);
    first.until_still();
    first.assert_exact(&server, (0, 0), SIZE);
}
