//! Screen, feed, real sockets, viewer: what arrives is put together to what is on the screen.

#![allow(clippy::expect_used, reason = "a test says by panicking what went wrong")]
#![cfg(target_os = "linux")]

use std::time::{Duration, Instant};

use deskhand_capture::{Screen, x11::X11Screen};
use deskhand_link::peer::{Peer, PeerConfig, PeerEvent, PeerEvents, SendFrame};
use deskhand_picture::{Feed, Output, Settings, feed::Seen};
use deskhand_protocol::call::{
    channel::Channel, control::VideoCodec, frame::EncodedFrame, picture::PictureInfo, tile::TileMessage,
};
use deskhand_viewer::{
    compose::{Composition, Taken},
    decode::Decoder,
};
use page::{Page, psnr};
use tokio::{
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    time::timeout,
};
use xvfb::Xvfb;

#[path = "support/page.rs"]
mod page;
#[path = "../../capture/tests/support/xvfb.rs"]
mod xvfb;

/// Long enough for a loaded machine; nothing waits this long when it works.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sends what the feed delivers until it ends.
async fn send(peer: &Peer, mut outputs: UnboundedReceiver<Output>) {
    while let Some(output) = outputs.recv().await {
        match output {
            Output::Video(packet) => {
                let (monitor, width, height) = (packet.monitor, packet.width, packet.height);
                let info = PictureInfo { monitor, width, height, moved: packet.moved.clone() };
                let (key, captured_us) = (packet.key, packet.captured_us());
                let data = packet.data.clone();
                peer.send_video(SendFrame { key, captured_us, info, data }).await.expect("it is sent");
            }
            Output::Tiles(packet) => {
                peer.send(Channel::Tiles, &packet.data).await.expect("it is sent");
                peer.drained(Channel::Tiles, 20_000).await;
            }
            _ => {}
        }
    }
}

/// Puts together what comes until it is the same as `truth`.
async fn watch(events: &mut PeerEvents, viewer: &mut (Option<Decoder>, Composition), truth: &[u8]) {
    let (decoder, composition) = viewer;
    loop {
        match events.next().await.expect("the connection goes on") {
            PeerEvent::Video(received) => {
                let PictureInfo { monitor, width, height, moved } = received.info.expect("a helper says it");
                let frame = EncodedFrame {
                    codec: received.codec,
                    key: received.key,
                    monitor,
                    seq: received.seq,
                    width,
                    height,
                    captured_us: received.captured_us,
                    stamp: received.stamp,
                    moved,
                    data: received.data.to_vec(),
                };
                if frame.key {
                    *decoder = Some(Decoder::new(frame.codec).expect("a decoder"));
                }
                let decoder = decoder.as_mut().expect("it begins with a key frame");
                composition.draw(&frame, decoder.decode(&frame).expect("it can be decoded"));
            }
            PeerEvent::Message { channel: Channel::Tiles, message } => {
                let tiles = TileMessage::decode(&message).expect("it can be read");
                assert_eq!(composition.take(&tiles), Taken::Fine);
            }
            _ => continue,
        }
        if composition.picture().is_some_and(|(_, picture)| psnr(truth, &picture.rgb) > 99.0) {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_small_coloured_text_arrives_exactly() {
    for codec in [VideoCodec::Av1, VideoCodec::H264] {
        let (peer, mut helper, offer) = Peer::offerer(PeerConfig::default(), &[codec]).await.expect("an offer");
        let (_console, mut events, answer) = Peer::answerer(PeerConfig::default(), &offer).await.expect("an answer");
        peer.accept_answer(&answer).await.expect("it fits");
        while !matches!(helper.next().await.expect("it connects"), PeerEvent::Connected { .. }) {}

        let server = Xvfb::start(1280, 720);
        let mut page = Page::text(1280, 720, 1, 0xff_0000, 0);
        page.write(0, 300, 1280, 200, 90, 0x00_60ff);
        server.painter().put(0, 0, 1280, 720, &page.bgra);
        let (sink, outputs) = unbounded_channel();
        let display = server.display.clone();
        let open = move || Ok(Box::new(X11Screen::connect(Some(&display))?) as Box<dyn Screen>);
        let settings = Settings { codec, ..Settings::default() };
        let deliver = move |output| drop(sink.send(output));
        let feed = Feed::start(open, settings, || Seen::Allowed, deliver).expect("the feed starts");
        let sending = tokio::spawn(async move { send(&peer, outputs).await });

        let began = Instant::now();
        let mut viewer = (None, Composition::new());
        let truth = server.painter().truth(0, 0, 1280, 720);
        timeout(PATIENCE, watch(&mut events, &mut viewer, &truth)).await.expect("it becomes exact");
        println!("{codec:?}: exact after {:.0} ms", began.elapsed().as_secs_f64() * 1000.0);

        // A large change goes as video, then becomes exact; a small one is exact at once.
        for (width, colour, what) in [(900, 0x30_c0c0, "large"), (9, 0xc0_3030, "small")] {
            server.painter().fill(20, 20, width, 400.min(width), colour);
            let truth = server.painter().truth(0, 0, 1280, 720);
            let began = Instant::now();
            timeout(PATIENCE, watch(&mut events, &mut viewer, &truth)).await.expect("it becomes exact");
            println!("{codec:?}: a {what} change is exact after {:.1} ms", began.elapsed().as_secs_f64() * 1000.0);
        }
        feed.stop();
        timeout(PATIENCE, sending).await.expect("it ends").expect("without a panic");
    }
}
