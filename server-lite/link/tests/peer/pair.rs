//! What the stories need: a connected pair, and synthetic pictures of both codecs.

use std::time::Duration;

use bytes::Bytes;
use deskhand_link::peer::{PathKind, Peer, PeerConfig, PeerEvent, PeerEvents, ReceivedFrame, SendFrame};
use deskhand_protocol::call::{
    channel::Channel,
    control::VideoCodec,
    picture::{Moved, PictureInfo},
};

/// Longer than anything here takes on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// One end.
pub(crate) struct End {
    pub(crate) peer: Peer,
    pub(crate) events: PeerEvents,
}

impl End {
    pub(crate) async fn next(&mut self) -> Option<PeerEvent> {
        tokio::time::timeout(PATIENCE, self.events.next()).await.expect("an event in time")
    }

    /// The next event that `pick` takes; others are dropped.
    pub(crate) async fn until<T>(&mut self, mut pick: impl FnMut(PeerEvent) -> Option<T>) -> T {
        loop {
            let event = self.next().await.expect("the connection goes on");
            if let Some(picked) = pick(event) {
                return picked;
            }
        }
    }

    pub(crate) async fn connected(&mut self) -> PathKind {
        self.until(|event| if let PeerEvent::Connected { path } = event { Some(path) } else { None }).await
    }

    pub(crate) async fn message(&mut self) -> (Channel, Bytes) {
        self.until(
            |event| if let PeerEvent::Message { channel, message } = event { Some((channel, message)) } else { None },
        )
        .await
    }

    pub(crate) async fn picture(&mut self) -> ReceivedFrame {
        self.until(|event| if let PeerEvent::Video(frame) = event { Some(frame) } else { None }).await
    }

    pub(crate) async fn closed(&mut self) {
        while let Some(event) = self.next().await {
            if event == PeerEvent::Closed {
                assert_eq!(self.next().await, None);
                return;
            }
        }
        panic!("the end came without a word");
    }
}

/// Helper and console, not yet connected: the helper lacks the answer.
pub(crate) async fn introduced(codec: VideoCodec) -> (End, End, String) {
    let (helper, helper_events, offer) = Peer::offerer(PeerConfig::default(), &[codec]).await.expect("an offer");
    let (console, console_events, answer) = Peer::answerer(PeerConfig::default(), &offer).await.expect("an answer");
    assert_eq!(helper.codec(), codec);
    assert_eq!(console.codec(), codec);
    (End { peer: helper, events: helper_events }, End { peer: console, events: console_events }, answer)
}

/// Helper and console, connected.
pub(crate) async fn connected(codec: VideoCodec) -> (End, End) {
    let (mut helper, mut console, answer) = introduced(codec).await;
    helper.peer.accept_answer(&answer).await.expect("the answer fits");
    assert_eq!(helper.connected().await, PathKind::Direct);
    assert_eq!(console.connected().await, PathKind::Direct);
    (helper, console)
}

/// Bytes that look like nothing else.
pub(crate) fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = Vec::with_capacity(len + 8);
    while bytes.len() < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend(state.to_le_bytes());
    }
    bytes.truncate(len);
    bytes
}

/// What is said of a picture.
pub(crate) fn info(key: bool, seed: u64) -> PictureInfo {
    let moved = if key { Moved::none() } else { Moved::of([0, 1, seed as u16 % 400 + 3]) };
    PictureInfo { monitor: 1, width: 1920, height: 1080, moved }
}

/// A picture ready to be sent.
pub(crate) fn send(codec: VideoCodec, key: bool, seed: u64, len: usize) -> SendFrame {
    SendFrame { key, captured_us: seed, info: info(key, seed), data: picture(codec, key, seed, len) }
}

fn obu(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut obu = vec![(kind << 3) | 2];
    let mut len = body.len();
    while len >= 0x80 {
        obu.push((len & 0x7f) as u8 | 0x80);
        len >>= 7;
    }
    obu.push(len as u8);
    obu.extend(body);
    obu
}

/// A picture with `len` bytes in its frame, shaped as the encoders shape theirs.
pub(crate) fn picture(codec: VideoCodec, key: bool, seed: u64, len: usize) -> Bytes {
    let body = noise(seed, len);
    match codec {
        VideoCodec::Av1 => {
            let mut unit = obu(2, &[]);
            if key {
                unit.extend(obu(1, &[0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]));
            }
            unit.extend(obu(6, &body));
            unit
        }
        VideoCodec::H264 => {
            let mut unit = Vec::new();
            if key {
                unit.extend([0, 0, 0, 1, 0x67, 0x42, 0xc0, 0x1f, 0x8c, 0x8d]);
                unit.extend([0, 0, 0, 1, 0x68, 0xce, 0x3c, 0x80]);
            }
            unit.extend([0, 0, 0, 1, if key { 0x65 } else { 0x61 }]);
            // As emulation prevention has it: no zeros inside, so no start codes either.
            unit.extend(body.into_iter().map(|byte| byte | 1));
            unit
        }
        other => panic!("no helper encodes {other:?}"),
    }
    .into()
}
