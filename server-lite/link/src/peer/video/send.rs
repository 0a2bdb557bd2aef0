//! The sender of pictures: numbers packets, sees to it that the last one arrives, hears requests for key frames.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use bytes::Bytes;
use deskhand_protocol::call::{control::VideoCodec, picture::Stamp};
use rtc::{
    interceptor::{Interceptor, Packet, StreamInfo, TaggedPacket},
    media_stream::MediaStreamTrack,
    rtcp::payload_feedbacks::{full_intra_request::FullIntraRequest, picture_loss_indication::PictureLossIndication},
    rtp,
    rtp_transceiver::rtp_sender::{RTCRtpCodingParameters, RTCRtpEncodingParameters, RtpCodecKind},
    sansio::Protocol,
    shared::error::Error,
};
use tokio::{
    sync::{Mutex, Notify, watch},
    time::{Duration, sleep},
};
use tokio_util::sync::CancellationToken;
use webrtc::media_stream::track_local::{TrackLocal as _, static_rtp::TrackLocalStaticRTP};

use super::{info, pack, parameters, payload_type};
use crate::peer::{PeerError, SendFrame, watched::Watched};

/// Bytes of an RTP header with its extension.
const RTP_HEADER: usize = 20;

/// When the last packet of a picture is sent once more if no other picture follows. Nothing else would show the
/// receiver that it was lost, and a screen that stands still would stay half painted.
const TAIL: [Duration; 2] = [Duration::from_millis(30), Duration::from_millis(120)];

/// The numbers that come next.
struct Next {
    packet: u16,
    picture: u16,
}

/// Sends the pictures of one connection.
pub(crate) struct VideoSender {
    codec: VideoCodec,
    ssrc: u32,
    track: Arc<TrackLocalStaticRTP>,
    /// Held while a picture is sent, so that two never mix.
    next: Mutex<Next>,
    last: watch::Sender<Option<rtp::Packet>>,
    path: Arc<Watched>,
}

impl VideoSender {
    /// A sender whose stream begins at a random place (RFC 3550 section 5.1).
    pub(crate) fn new(codec: VideoCodec, path: Arc<Watched>) -> Result<Self, PeerError> {
        let random = getrandom::u64().map_err(|error| PeerError::Transport(error.to_string()))?;
        let [a, b, c, d, e, f, ..] = random.to_le_bytes();
        let ssrc = u32::from_le_bytes([a, b, c, d]);
        let coding = RTCRtpEncodingParameters {
            rtp_coding_parameters: RTCRtpCodingParameters { ssrc: Some(ssrc), ..Default::default() },
            codec: parameters(codec, payload_type(codec)).rtp_codec,
            ..Default::default()
        };
        let track = MediaStreamTrack::new(
            "deskhand".to_owned(),
            "screen".to_owned(),
            "screen".to_owned(),
            RtpCodecKind::Video,
            vec![coding],
        );
        Ok(Self {
            codec,
            ssrc,
            track: Arc::new(TrackLocalStaticRTP::new(track)),
            // The upper half is left out, so that the first numbers do not wrap (RFC 3711 section 3.3.1).
            next: Mutex::new(Next { packet: u16::from_le_bytes([e, f]) >> 1, picture: 0 }),
            last: watch::Sender::new(None),
            path,
        })
    }

    /// What goes into the connection.
    pub(crate) fn track(&self) -> Arc<TrackLocalStaticRTP> {
        Arc::clone(&self.track)
    }

    /// Hands all packets of a picture to the transport, those of a large one as fast as the path carries them: here they
    /// hold up the next picture, which is then a newer one; in the path's queue they would hold up everything.
    pub(crate) async fn send(&self, frame: &SendFrame) -> Result<(), PeerError> {
        let Stamp(time) = Stamp::at_micros(frame.captured_us);
        let mut next = self.next.lock().await;
        let data = info::put(self.codec, &frame.data, &frame.info, next.picture);
        let payloads = data.and_then(|data| pack::payloads(self.codec, &data)).ok_or(PeerError::MalformedFrame)?;
        next.picture = next.picture.wrapping_add(1);
        let count = payloads.len();
        for (index, payload) in payloads.into_iter().enumerate() {
            let marker = index + 1 == count;
            let packet = self.packet(next.packet, time, marker, payload);
            next.packet = next.packet.wrapping_add(1);
            if marker {
                self.last.send_replace(Some(packet.clone()));
            }
            let wait = self.path.hold(Instant::now(), RTP_HEADER + packet.payload.len(), count - index - 1);
            if !wait.is_zero() {
                sleep(wait).await;
            }
            self.track.write_rtp(packet).await.map_err(|_| PeerError::Closed)?;
        }
        Ok(())
    }

    fn packet(&self, number: u16, time: u32, marker: bool, payload: Bytes) -> rtp::Packet {
        rtp::Packet {
            header: rtp::Header {
                version: 2,
                marker,
                payload_type: payload_type(self.codec),
                sequence_number: number,
                timestamp: time,
                ssrc: self.ssrc,
                ..Default::default()
            },
            payload,
        }
    }

    /// Sends last packets once more, see [`TAIL`], until cancelled.
    pub(crate) async fn repeat_tails(self: Arc<Self>, stop: CancellationToken) {
        let mut last = self.last.subscribe();
        let repeat = async {
            'pictures: while last.changed().await.is_ok() {
                let Some(packet) = last.borrow_and_update().clone() else { continue };
                for pause in TAIL {
                    sleep(pause).await;
                    if last.has_changed().unwrap_or(true) {
                        continue 'pictures;
                    }
                    if self.track.write_rtp(packet.clone()).await.is_err() {
                        return;
                    }
                }
            }
        };
        stop.run_until_cancelled(repeat).await;
    }
}

/// Whether the viewer's answer promises to ask for key frames by RTCP. A page in a browser takes that out of it: its
/// browser asks all the time, because the page decodes and the browser is given nothing to decode.
pub(crate) fn promises_pli(answer: &str) -> bool {
    answer.lines().any(|line| {
        line.strip_prefix("a=rtcp-fb:").is_some_and(|feedback| {
            let mut words = feedback.split_ascii_whitespace().skip(1);
            words.next() == Some("nack") && words.next() == Some("pli")
        })
    })
}

/// Hears the viewer ask for a key frame. RTCP ends in the transport; only what is caught there comes out.
pub(crate) struct KeyFrameRequests {
    wanted: Arc<Notify>,
    /// Whether such requests were agreed on; what was not is not heard.
    agreed: Arc<AtomicBool>,
    read: VecDeque<TaggedPacket>,
    write: VecDeque<TaggedPacket>,
}

impl KeyFrameRequests {
    pub(crate) const fn new(wanted: Arc<Notify>, agreed: Arc<AtomicBool>) -> Self {
        Self { wanted, agreed, read: VecDeque::new(), write: VecDeque::new() }
    }
}

impl Protocol<TaggedPacket, TaggedPacket, ()> for KeyFrameRequests {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = Error;
    type Time = Instant;

    fn handle_read(&mut self, tagged: TaggedPacket) -> Result<(), Error> {
        // The console sends no media: nobody would read it.
        if let Packet::Rtcp(packets) = &tagged.message.packet {
            let asks = packets.iter().any(|packet| {
                let packet = packet.as_any();
                packet.is::<PictureLossIndication>() || packet.is::<FullIntraRequest>()
            });
            if asks && self.agreed.load(Ordering::Relaxed) {
                self.wanted.notify_one();
            }
            self.read.push_back(tagged);
        }
        Ok(())
    }

    fn poll_read(&mut self) -> Option<TaggedPacket> {
        self.read.pop_front()
    }

    fn handle_write(&mut self, tagged: TaggedPacket) -> Result<(), Error> {
        self.write.push_back(tagged);
        Ok(())
    }

    fn poll_write(&mut self) -> Option<TaggedPacket> {
        self.write.pop_front()
    }
}

impl Interceptor for KeyFrameRequests {
    fn bind_local_stream(&mut self, _: &StreamInfo) {}
    fn unbind_local_stream(&mut self, _: &StreamInfo) {}
    fn bind_remote_stream(&mut self, _: &StreamInfo) {}
    fn unbind_remote_stream(&mut self, _: &StreamInfo) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_says_whether_key_frames_are_asked_for_by_rtcp() {
        for yes in ["a=rtcp-fb:45 nack pli", "v=0\r\na=rtcp-fb:* nack pli\r\n"] {
            assert!(promises_pli(yes), "{yes}");
        }
        for no in ["", "a=rtcp-fb:45 nack", "a=rtcp-fb:45 ccm fir", "a=x:45 nack pli", "a=rtcp-fb:45 nack plix"] {
            assert!(!promises_pli(no), "{no}");
        }
    }
}
