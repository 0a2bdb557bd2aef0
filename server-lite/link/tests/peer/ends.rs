//! How connections begin, move and end.

use std::sync::Arc;

use deskhand_link::peer::{Peer, PeerConfig, PeerError, PeerEvent};
use deskhand_protocol::{
    call::{channel::Channel, control::VideoCodec},
    error::ErrorCode,
};
use webrtc::data_channel::DataChannelEvent;

use crate::pair::{connected, introduced, noise, picture};

#[tokio::test(flavor = "multi_thread")]
async fn av1_goes_before_h264_and_nothing_in_common_is_an_error() {
    let both = [VideoCodec::H264, VideoCodec::Av1];
    let (helper, _events, offer) = Peer::offerer(PeerConfig::default(), &both).await.unwrap();
    assert_eq!(helper.codec(), VideoCodec::Av1);
    let old_viewer = PeerConfig { codecs: vec![VideoCodec::H264], ..PeerConfig::default() };
    assert_eq!(Peer::answerer(old_viewer, &offer).await.err(), Some(PeerError::NoCommonCodec));
    assert_eq!(Peer::offerer(PeerConfig::default(), &[]).await.err(), Some(PeerError::NoCommonCodec));
}

#[tokio::test(flavor = "multi_thread")]
async fn offer_and_answer_are_complete_and_name_no_mdns_host() {
    let (helper, _events, offer) = Peer::offerer(PeerConfig::default(), &[VideoCodec::Av1]).await.unwrap();
    let (_console, _events, answer) = Peer::answerer(PeerConfig::default(), &offer).await.unwrap();
    for sdp in [&offer, &answer] {
        assert!(sdp.contains("127.0.0.1"), "loopback is offered:\n{sdp}");
        assert!(sdp.contains("a=end-of-candidates"), "nothing follows:\n{sdp}");
        assert!(!sdp.contains(".local"), "no names:\n{sdp}");
        assert!(sdp.len() < 8_192, "{} bytes", sdp.len());
    }
    drop(helper);
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_is_not_an_offer() {
    for garbage in ["", "v=0", "a=rtpmap:45 AV1/90000\r\n", &"x".repeat(40_000)] {
        let refused = Peer::answerer(PeerConfig::default(), garbage).await.err();
        assert!(matches!(refused, Some(PeerError::BadDescription(_) | PeerError::NoCommonCodec)), "{refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_end_does_only_its_own_part() {
    let (helper, console, answer) = introduced(VideoCodec::Av1).await;
    assert_eq!(console.peer.accept_answer(&answer).await, Err(PeerError::WrongEnd));
    assert_eq!(console.peer.restart_ice().await, Err(PeerError::WrongEnd));
    assert_eq!(helper.peer.accept_restart(&answer).await, Err(PeerError::WrongEnd));
}

#[tokio::test(flavor = "multi_thread")]
async fn dropping_one_end_is_noticed_by_the_other() {
    let (helper, mut console) = connected(VideoCodec::Av1).await;
    drop(helper);
    console.closed().await;
    assert_eq!(console.peer.send(Channel::Control, b"too late").await, Err(PeerError::Closed));
    let (mut helper, console) = connected(VideoCodec::Av1).await;
    drop(console);
    helper.closed().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn last_words_before_closing_are_heard() {
    let (helper, mut console) = connected(VideoCodec::Av1).await;
    let words = noise(1, Channel::Control.limit());
    helper.peer.send(Channel::Control, &words).await.unwrap();
    helper.peer.close().await;
    assert_eq!(console.message().await, (Channel::Control, words.into()));
    console.closed().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dropping_closes_every_socket() {
    let before = open_sockets();
    for _ in 0..4 {
        drop(connected(VideoCodec::Av1).await);
    }
    let last = connected(VideoCodec::Av1).await;
    assert!(open_sockets() > before, "a connection has sockets");
    drop(last);
    let closed = async {
        while open_sockets() > before {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(crate::pair::PATIENCE, closed).await.expect("all sockets close");
}

/// UDP sockets of this process. Each test has a process of its own.
fn open_sockets() -> usize {
    let tables = ["/proc/self/net/udp", "/proc/self/net/udp6"].map(|table| std::fs::read_to_string(table).unwrap());
    let lines = tables.iter().flat_map(|table| table.lines().skip(1));
    let udp: std::collections::HashSet<_> =
        lines.filter_map(|line| Some(format!("socket:[{}]", line.split_whitespace().nth(9)?))).collect();
    std::fs::read_dir("/proc/self/fd")
        .unwrap()
        .flatten()
        .filter_map(|entry| std::fs::read_link(entry.path()).ok())
        .filter(|target| udp.contains(&*target.to_string_lossy()))
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_keeps_channels_and_pictures() {
    let (mut helper, mut console) = connected(VideoCodec::Av1).await;
    let send = |key: bool, seed: u64| crate::pair::send(VideoCodec::Av1, key, seed, 5_000);
    helper.peer.send_video(send(true, 0)).await.unwrap();
    console.picture().await;
    for round in 0..3_u8 {
        let offer = helper.peer.restart_ice().await.unwrap();
        let answer = console.peer.accept_restart(&offer).await.unwrap();
        helper.peer.accept_answer(&answer).await.unwrap();
        console.peer.send(Channel::Input, &[round]).await.unwrap();
        assert_eq!(helper.message().await, (Channel::Input, vec![round].into()));
        helper.peer.send(Channel::Control, &[round]).await.unwrap();
        assert_eq!(console.message().await, (Channel::Control, vec![round].into()));
        helper.peer.send_video(send(true, round.into())).await.unwrap();
        assert_eq!(console.picture().await.data, picture(VideoCodec::Av1, true, round.into(), 5_000));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_connection_is_measured_every_second() {
    let (mut helper, mut console) = connected(VideoCodec::Av1).await;
    helper.peer.send(Channel::Control, &noise(1, 10_000)).await.unwrap();
    let of = |event| if let PeerEvent::Stats(stats) = event { Some(stats) } else { None };
    let (first, second) = (helper.until(of).await, helper.until(of).await);
    assert!(second.bytes_sent > 10_000 && second.bytes_sent >= first.bytes_sent, "{first:?} {second:?}");
    let received = loop {
        let stats = console.until(of).await;
        if stats.rtt.is_some() {
            break stats;
        }
    };
    assert!(received.bytes_received > 10_000, "{received:?}");
    assert_eq!(received.path.name(), "direct");
}

mod foreign {
    //! The other end when it is not this program.

    use std::sync::Mutex;

    use bytes::BytesMut;
    use tokio::sync::watch;
    use webrtc::{
        data_channel::{DataChannel, DataChannelEvent, RTCDataChannelInit},
        peer_connection::{
            MediaEngine, PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCIceGatheringState,
            RTCSessionDescription,
        },
    };

    use super::*;

    struct Listener {
        gathered: watch::Sender<bool>,
    }

    #[async_trait::async_trait]
    impl PeerConnectionEventHandler for Listener {
        async fn on_ice_gathering_state_change(&self, state: RTCIceGatheringState) {
            self.gathered.send_replace(state == RTCIceGatheringState::Complete);
        }
    }

    /// An offerer with channels of its own choice, connected to our console.
    pub(super) struct Foreigner {
        pub(super) connection: Arc<dyn PeerConnection>,
        pub(super) channels: Mutex<Vec<Arc<dyn DataChannel>>>,
    }

    pub(super) async fn call(labels: &[(&str, bool)]) -> (Foreigner, crate::pair::End) {
        let gathered = watch::Sender::new(false);
        let mut done = gathered.subscribe();
        let mut media = MediaEngine::default();
        media.register_default_codecs().unwrap();
        let connection: Arc<dyn PeerConnection> = Arc::new(
            PeerConnectionBuilder::new()
                .with_media_engine(media)
                .with_handler(Arc::new(Listener { gathered }))
                .with_udp_addrs(vec!["127.0.0.1:0"])
                .build()
                .await
                .unwrap(),
        );
        let mut channels = Vec::new();
        for (label, ordered) in labels {
            let options = RTCDataChannelInit {
                ordered: *ordered,
                max_retransmits: (!ordered).then_some(0),
                ..Default::default()
            };
            channels.push(connection.create_data_channel(label, Some(options)).await.unwrap());
        }
        connection
            .add_transceiver_from_kind(rtc::rtp_transceiver::rtp_sender::RtpCodecKind::Video, None)
            .await
            .unwrap();
        let offer = connection.create_offer(None).await.unwrap();
        connection.set_local_description(offer).await.unwrap();
        done.wait_for(|done| *done).await.unwrap();
        let offer = connection.local_description().await.unwrap().sdp;
        let (peer, events, answer) = Peer::answerer(PeerConfig::default(), &offer).await.unwrap();
        connection.set_remote_description(RTCSessionDescription::answer(answer).unwrap()).await.unwrap();
        (Foreigner { connection, channels: Mutex::new(channels) }, crate::pair::End { peer, events })
    }

    impl Foreigner {
        pub(super) fn channel(&self, index: usize) -> Arc<dyn DataChannel> {
            Arc::clone(&self.channels.lock().unwrap()[index])
        }

        pub(super) async fn wait(&self, index: usize, wanted: fn(&DataChannelEvent) -> bool) {
            let channel = self.channel(index);
            let found = async { while !wanted(&channel.poll().await.expect("the channel lives")) {} };
            tokio::time::timeout(crate::pair::PATIENCE, found).await.expect("in time");
        }

        pub(super) async fn send(&self, index: usize, len: usize) {
            self.channel(index).send(BytesMut::zeroed(len)).await.unwrap();
        }
    }
}

const OURS: [(&str, bool); 7] = [
    ("deskhand/1/input", true),
    ("deskhand/1/pointer", false),
    ("deskhand/1/cursor", true),
    ("deskhand/1/control", true),
    ("deskhand/1/tiles", true),
    ("deskhand/1/clipboard", true),
    ("deskhand/1/files", true),
];

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_channel_is_closed_and_the_others_live() {
    let labels: Vec<(&str, bool)> = OURS.into_iter().chain([("deskhand/1/weapons", true)]).collect();
    let (foreigner, mut console) = foreign::call(&labels).await;
    console.connected().await;
    foreigner.wait(OURS.len(), |event| matches!(event, DataChannelEvent::OnClose)).await;
    foreigner.send(0, 5).await;
    assert_eq!(console.message().await, (Channel::Input, vec![0; 5].into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_over_its_channels_limit_ends_the_connection() {
    let (foreigner, mut console) = foreign::call(&OURS).await;
    console.connected().await;
    foreigner.send(0, Channel::Input.limit()).await;
    assert_eq!(console.message().await.1.len(), Channel::Input.limit());
    foreigner.send(0, Channel::Input.limit() + 1).await;
    let code = console.until(|event| if let PeerEvent::Violation { code } = event { Some(code) } else { None }).await;
    assert_eq!(code, ErrorCode::TooLarge);
    console.closed().await;
    foreigner.connection.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_broke_a_rule_can_be_told_why_before_the_end() {
    let (foreigner, mut console) = foreign::call(&OURS).await;
    console.connected().await;
    foreigner.send(0, Channel::Input.limit() + 1).await;
    console.until(|event| matches!(event, PeerEvent::Violation { .. }).then_some(())).await;
    console.peer.send(Channel::Control, b"why").await.unwrap();
    console.peer.close().await;
    let heard =
        |event: &DataChannelEvent| matches!(event, DataChannelEvent::OnMessage(said) if &said.data[..] == b"why");
    foreigner.wait(3, heard).await;
    assert_eq!(console.peer.send(Channel::Control, b"more").await, Err(PeerError::Closed));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_of_the_wrong_kind_is_not_taken() {
    let mut labels = OURS;
    labels[0].1 = false;
    let (foreigner, mut console) = foreign::call(&labels).await;
    foreigner.wait(0, |event| matches!(event, DataChannelEvent::OnClose)).await;
    foreigner.send(3, 1).await;
    assert_eq!(console.next().await, Some(PeerEvent::Message { channel: Channel::Control, message: vec![0].into() }));
}
