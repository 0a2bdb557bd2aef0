//! Pictures from helper to console.

use std::time::Duration;

use deskhand_link::peer::{PeerError, PeerEvent, SendFrame};
use deskhand_protocol::call::{control::VideoCodec, picture::Stamp};

use crate::pair::{PATIENCE, connected, info, picture, send};

const SIZES: [usize; 14] = [1, 2, 3, 100, 1_176, 1_177, 1_178, 1_179, 1_180, 1_181, 2_360, 10_000, 65_536, 300_000];

async fn pictures_arrive_unaltered(codec: VideoCodec) {
    let (helper, mut console) = connected(codec).await;
    for (index, len) in (0_u32..).zip(SIZES.into_iter().chain(SIZES)) {
        let key = index % 3 == 0;
        let captured_us = 1_000_000 + u64::from(index) * 33_333;
        let data = picture(codec, key, index.into(), len);
        let info = info(key, index.into());
        helper.peer.send_video(SendFrame { key, captured_us, info: info.clone(), data: data.clone() }).await.unwrap();
        let frame = console.picture().await;
        assert_eq!(frame.data, data, "picture {index} of {len} bytes");
        assert_eq!((frame.codec, frame.key, frame.seq), (codec, key, index));
        assert_eq!((frame.info, frame.stamp), (Some(info), Stamp::at_micros(captured_us)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn av1_pictures_arrive_unaltered() {
    pictures_arrive_unaltered(VideoCodec::Av1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn h264_pictures_arrive_unaltered() {
    pictures_arrive_unaltered(VideoCodec::H264).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn capture_times_keep_their_distances() {
    let (helper, mut console) = connected(VideoCodec::Av1).await;
    // Across the 2^32 ticks of RTP time, 13.25 hours.
    let start = (u64::from(u32::MAX) - 4_500) * 1_000_000 / 90_000;
    let mut times = Vec::new();
    for index in 0..10 {
        let frame = SendFrame { captured_us: start + index * 20_000, ..send(VideoCodec::Av1, index == 0, index, 50) };
        helper.peer.send_video(frame).await.unwrap();
        times.push(console.picture().await.captured_us);
    }
    for pair in times.windows(2) {
        let apart = pair[1] - pair[0];
        assert!((19_980..=20_020).contains(&apart), "{apart} µs instead of 20 000");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_tell_what_the_path_carries() {
    let (mut helper, mut console) = connected(VideoCodec::Av1).await;
    let first = f64::from(deskhand_link::peer::path::FIRST_BIT_RATE);
    // One machine carries more than is believed at first, and says so with the reports of a few pictures.
    for seed in 0..50 {
        helper.peer.send_video(send(VideoCodec::Av1, seed == 0, seed, 40_000)).await.unwrap();
        console.picture().await;
    }
    let told = helper
        .until(|event| match event {
            PeerEvent::Path { bits_per_second, .. } => {
                (bits_per_second as f64 > 2.0 * first).then_some(bits_per_second)
            }
            _ => None,
        })
        .await;
    println!("{told} bit/s");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_viewer_gets_a_key_frame_by_asking() {
    let (mut helper, mut console) = connected(VideoCodec::Av1).await;
    helper.peer.send_video(send(VideoCodec::Av1, true, 1, 50)).await.unwrap();
    console.picture().await;
    console.peer.request_key_frame().await;
    helper.until(|event| (event == PeerEvent::KeyFrameWanted).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_begins_without_a_key_frame_asks_for_one_and_shows_nothing_before() {
    let (mut helper, mut console) = connected(VideoCodec::H264).await;
    let send = |key: bool, seed: u64| send(VideoCodec::H264, key, seed, 3_000);
    helper.peer.send_video(send(false, 1)).await.unwrap();
    helper.until(|event| (event == PeerEvent::KeyFrameWanted).then_some(())).await;
    helper.peer.send_video(send(true, 2)).await.unwrap();
    let frame = console.picture().await;
    assert!(frame.key);
    assert_eq!(frame.data, picture(VideoCodec::H264, true, 2, 3_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_that_falls_behind_goes_on_with_a_key_frame() {
    let (mut helper, mut console) = connected(VideoCodec::Av1).await;
    let send = |key: bool, seed: u64| send(VideoCodec::Av1, key, seed, 2_000);
    let mut seed = 0;
    let wanted = |event| (event == PeerEvent::KeyFrameWanted).then_some(());
    let overflow = async {
        loop {
            helper.peer.send_video(send(seed == 0, seed)).await.unwrap();
            seed += 1;
            if tokio::time::timeout(Duration::from_millis(5), helper.until(wanted)).await.is_ok() {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, overflow).await.expect("a full queue asks for a key frame");
    // What was queued is read, then come only pictures that can be decoded.
    helper.peer.send_video(send(true, 999)).await.unwrap();
    let mut expected = 0;
    let last = loop {
        let frame = console.picture().await;
        if frame.seq != expected {
            break frame;
        }
        expected += 1;
    };
    assert!(last.key && last.data == picture(VideoCodec::Av1, true, 999, 2_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_of_another_codec_is_refused() {
    let (helper, _console) = connected(VideoCodec::Av1).await;
    let frame = SendFrame { data: vec![0xff; 10].into(), ..send(VideoCodec::Av1, true, 1, 10) };
    assert_eq!(helper.peer.send_video(frame).await, Err(PeerError::MalformedFrame));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_sends_no_pictures() {
    let (_helper, console) = connected(VideoCodec::Av1).await;
    let frame = send(VideoCodec::Av1, true, 1, 10);
    assert_eq!(console.peer.send_video(frame).await, Err(PeerError::WrongEnd));
}
