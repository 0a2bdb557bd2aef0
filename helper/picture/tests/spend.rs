//! What the technician prefers and the path carries, followed by a feed on a real X server.

#![allow(clippy::expect_used, reason = "a test says by panicking what went wrong")]
#![cfg(target_os = "linux")]

use std::{
    sync::mpsc::{Receiver, channel},
    time::{Duration, Instant},
};

use deskhand_capture::{Screen, x11::X11Screen};
use deskhand_picture::{Feed, Output, Settings, feed::Seen};
use deskhand_protocol::call::{
    control::{PictureLimit, PictureStats, Preference, Quality, Trouble},
    frame::EncodedFrame,
};
use deskhand_viewer::decode::{Decoder, RgbPicture};
use page::Page;
use x11rb::protocol::xproto::ScreenSaver;
use xvfb::{Painter, Xvfb};

#[path = "support/page.rs"]
mod page;
#[path = "../../capture/tests/support/xvfb.rs"]
mod xvfb;

/// Long enough for a loaded machine; nothing waits this long when it works.
const PATIENCE: Duration = Duration::from_secs(30);

/// A feed of a virtual screen, what came out of it, and a viewer.
struct Watch {
    feed: Feed,
    outputs: Receiver<Output>,
    decoder: Decoder,
    painter: Painter,
    colour: u32,
}

impl Watch {
    fn start(server: &Xvfb) -> Self {
        let (sink, outputs) = channel();
        let display = server.display.clone();
        let settings = Settings::default();
        let feed = Feed::start(
            move || Ok(Box::new(X11Screen::connect(Some(&display))?) as Box<dyn Screen>),
            settings,
            || Seen::Allowed,
            move |output| {
                let _ = sink.send(output);
            },
        );
        let feed = feed.expect("the feed starts");
        let decoder = Decoder::new(settings.codec).expect("a decoder");
        Self { feed, outputs, decoder, painter: server.painter(), colour: 1 }
    }

    /// The first output that `pick` takes, while the whole screen changes all the time.
    fn find<T>(&mut self, mut pick: impl FnMut(&mut Decoder, Output) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            assert!(Instant::now() < deadline, "it never comes");
            self.colour = page::scramble(self.colour);
            self.painter.put(0, 0, 320, 200, &Page::text(320, 200, self.colour % 1_000, 0, 0xff_ffff).bgra);
            while let Ok(output) = self.outputs.recv_timeout(Duration::from_millis(20)) {
                if let Some(found) = pick(&mut self.decoder, output) {
                    return found;
                }
            }
        }
    }

    fn stats(&mut self, wanted: impl Fn(&PictureStats) -> bool) -> PictureStats {
        self.find(|_, output| match output {
            Output::Stats(stats) if wanted(&stats) => Some(stats),
            _ => None,
        })
    }

    /// The first picture, as the viewer sees it, that `wanted` looks for. None may be missed: they build on each other.
    fn picture(&mut self, wanted: impl Fn(&EncodedFrame, &RgbPicture) -> bool) {
        self.find(|decoder, output| {
            let Output::Video(packet) = output else { return None };
            let frame = packet.to_frame();
            let picture = decoder.decode(&frame).expect("it can be decoded");
            wanted(&frame, &picture).then_some(())
        });
    }
}

/// Whether red, green and blue are alike everywhere.
fn is_grey(picture: &RgbPicture) -> bool {
    picture.rgb.chunks_exact(3).all(|pixel| pixel.iter().all(|value| value.abs_diff(pixel[0]) < 8))
}

#[test]
fn a_smaller_picture_begins_with_a_key_frame_and_is_shown_as_large_as_before() {
    let server = Xvfb::start(320, 200);
    let mut watch = Watch::start(&server);
    watch.picture(|frame, picture| frame.key && (picture.width, picture.height) == (320, 200));
    watch.feed.prefer(Preference { scale_percent: Some(50), ..Preference::default() });
    watch.picture(|frame, picture| frame.key && (picture.width, picture.height) == (320, 200));
    // On a busy machine it is the encoder at first.
    watch.stats(|stats| stats.scale_percent == 50 && stats.limit == PictureLimit::Choice);
}

#[test]
fn grey_has_no_colour_and_auto_has_it_again() {
    let server = Xvfb::start(320, 200);
    let mut watch = Watch::start(&server);
    watch.painter.fill(0, 0, 320, 200, 0xff_0000);
    watch.feed.prefer(Preference { quality: Quality::Grey, ..Preference::default() });
    let reddish = |picture: &RgbPicture| picture.rgb.chunks_exact(3).any(|pixel| pixel[0] > 120 && pixel[1] < 90);
    let begun = Instant::now();
    let fill = |watch: &mut Watch, wanted: &dyn Fn(&RgbPicture) -> bool| {
        while begun.elapsed() < PATIENCE {
            watch.colour = page::scramble(watch.colour);
            watch.painter.fill(0, 0, 320, 200, 0xc0_0000 | (watch.colour & 0x3f_0000));
            while let Ok(output) = watch.outputs.recv_timeout(Duration::from_millis(20)) {
                if let Output::Video(packet) = output {
                    let picture = watch.decoder.decode(&packet.to_frame()).expect("it can be decoded");
                    if wanted(&picture) {
                        return;
                    }
                }
            }
        }
        panic!("it never comes");
    };
    fill(&mut watch, &is_grey);
    watch.feed.prefer(Preference::default());
    fill(&mut watch, &reddish);
}

#[test]
fn what_holds_the_picture_back_is_told() {
    let server = Xvfb::start(1280, 720);
    let mut watch = Watch::start(&server);
    watch.feed.set_path(20_000);
    assert!(watch.stats(|stats| stats.limit == PictureLimit::Network).frame_rate < 60);
    watch.feed.set_path(50_000_000);
    watch.feed.prefer(Preference { frame_rate: Some(9), ..Preference::default() });
    assert_eq!(watch.stats(|stats| stats.limit == PictureLimit::Choice).frame_rate, 9);
}

#[test]
fn a_screen_saver_is_told_and_when_it_is_over() {
    let server = Xvfb::start(320, 200);
    let mut watch = Watch::start(&server);
    let trouble = |_: &mut Decoder, output: Output| match output {
        Output::Trouble(trouble) => Some(trouble),
        _ => None,
    };
    watch.painter.save_screen(ScreenSaver::ACTIVE);
    assert_eq!(watch.find(trouble), Some(Trouble::MonitorOff));
    watch.painter.save_screen(ScreenSaver::RESET);
    assert_eq!(watch.find(trouble), None);
}
