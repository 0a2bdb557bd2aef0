//! A viewer of a feed of a virtual screen, with a real decoder.

#![allow(dead_code, reason = "each test file uses its part of it")]

use std::{
    cell::RefCell,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError, channel},
    },
    time::{Duration, Instant},
};

use deskhand_capture::{Screen, x11::X11Screen};
use deskhand_picture::{
    Feed, Output, Packet, Settings, Sink,
    encoder::{self, OpenEncoder},
    feed::{Gate, Seen},
};
use deskhand_protocol::call::{frame::EncodedFrame, tile::TileMessage};
use deskhand_viewer::{
    compose::{Composition, Taken},
    decode::{Decoder, RgbPicture},
};

use crate::{page::psnr, xvfb::Xvfb};

/// Long enough for a loaded machine; nothing waits this long when it works.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// A still screen is refined within this time, and then there is silence.
pub(crate) const STILL: Duration = Duration::from_secs(2);

/// A feed of a virtual screen and what came out of it.
pub(crate) struct Watch {
    pub(crate) feed: Feed,
    pub(crate) outputs: Receiver<Output>,
    pub(crate) open: Arc<AtomicBool>,
    pub(crate) viewer: RefCell<Viewer>,
}

/// What a viewer makes of all that came out.
#[derive(Default)]
pub(crate) struct Viewer {
    pub(crate) decoder: Option<Decoder>,
    pub(crate) composition: Composition,
    pub(crate) tile_bytes: usize,
}

impl Viewer {
    pub(crate) fn take(&mut self, output: &Output) {
        match output {
            Output::Video(packet) => {
                let frame = packet.to_frame();
                if frame.key {
                    self.decoder = Some(Decoder::new(frame.codec).expect("a decoder"));
                }
                let decoder = self.decoder.as_mut().expect("it begins with a key frame");
                let picture = decoder.decode(&frame).expect("it can be decoded");
                self.composition.draw(&frame, picture);
            }
            Output::Tiles(packet) => {
                let message = TileMessage::decode(&packet.data).expect("it can be read");
                assert_eq!(message.cells().count(), packet.cells);
                self.tile_bytes += packet.data.len();
                assert_eq!(self.composition.take(&message), Taken::Fine);
            }
            _ => {}
        }
    }
}

impl Watch {
    pub(crate) fn start(server: &Xvfb, settings: Settings) -> Self {
        Self::start_with_gate(server, settings, true)
    }

    pub(crate) fn start_with_gate(server: &Xvfb, settings: Settings, allowed: bool) -> Self {
        Self::start_with(encoder::open, server, settings, allowed)
    }

    pub(crate) fn start_with(encoders: OpenEncoder, server: &Xvfb, settings: Settings, allowed: bool) -> Self {
        let (ends, outputs, open) = Self::ends(allowed);
        let display = server.display.clone();
        let screen = move || Ok(Box::new(X11Screen::connect(Some(&display))?) as Box<dyn Screen>);
        let feed = Feed::start_with(encoders, screen, settings, ends.0, ends.1).expect("the feed starts");
        Self { feed, outputs, open, viewer: RefCell::default() }
    }

    /// One more viewer of the same feed.
    pub(crate) fn joined(&self) -> Self {
        let (ends, outputs, open) = Self::ends(true);
        let feed = self.feed.source().join(Settings::default(), ends.0, ends.1).expect("the feed runs");
        Self { feed, outputs, open, viewer: RefCell::default() }
    }

    #[allow(clippy::type_complexity, reason = "a gate and a sink, whatever they are")]
    fn ends(allowed: bool) -> ((impl Gate + use<>, impl Sink + use<>), Receiver<Output>, Arc<AtomicBool>) {
        let (sink, outputs) = channel();
        let open = Arc::new(AtomicBool::new(allowed));
        let gate = {
            let open = Arc::clone(&open);
            move || if open.load(Ordering::SeqCst) { Seen::Allowed } else { Seen::Refused }
        };
        let sink = move |output| {
            let _ = sink.send(output);
        };
        ((gate, sink), outputs, open)
    }

    /// The next output, if one comes in time.
    pub(crate) fn next(&self, within: Duration) -> Option<Output> {
        match self.outputs.recv_timeout(within) {
            Ok(output) => {
                self.viewer.borrow_mut().take(&output);
                Some(output)
            }
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => panic!("the feed's thread ended"),
        }
    }

    /// The next that `pick` takes, past all others.
    pub(crate) fn find<T>(&self, mut pick: impl FnMut(Output) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let output = self.next(left).expect("it comes in time");
            if let Some(found) = pick(output) {
                return found;
            }
        }
    }

    pub(crate) fn packet(&self) -> Packet {
        self.find(|output| match output {
            Output::Video(packet) => Some(packet),
            _ => None,
        })
    }

    /// The next picture; the packet is let go, so that another can follow.
    pub(crate) fn frame(&self) -> EncodedFrame {
        self.packet().to_frame()
    }

    /// Takes pictures and tiles until none has come for two seconds. Gives the pictures.
    pub(crate) fn until_still(&self) -> Vec<EncodedFrame> {
        let mut frames = Vec::new();
        let mut last = Instant::now();
        while last.elapsed() < STILL {
            match self.next(STILL.saturating_sub(last.elapsed())) {
                Some(Output::Video(packet)) => frames.push(packet.to_frame()),
                Some(Output::Tiles(_)) => {}
                _ => continue,
            }
            last = Instant::now();
        }
        frames
    }

    /// What the viewer shows.
    pub(crate) fn picture(&self) -> RgbPicture {
        self.viewer.borrow().composition.picture().expect("a picture").1
    }

    /// The viewer shows exactly what is in that part of the screen.
    pub(crate) fn assert_exact(&self, server: &Xvfb, (x, y): (i16, i16), (width, height): (u16, u16)) {
        let quality = psnr(&server.painter().truth(x, y, width, height), &self.picture().rgb);
        assert!(quality > 99.0, "{quality:.1} dB");
    }
}
