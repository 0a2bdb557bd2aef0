//! The receiver of pictures inside the transport: takes RTP as it comes out of decryption.
//!
//! Between the transport and its user lies a queue of 256 packets that drops what does not fit, which a single key
//! frame can fill. Here nothing lies between.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use rtc::{
    interceptor::{AttributedPacket, Interceptor, Packet, StreamInfo, TaggedPacket},
    rtcp::{
        payload_feedbacks::picture_loss_indication::PictureLossIndication,
        transport_feedbacks::transport_layer_nack::{TransportLayerNack, nack_pairs_from_sequence_numbers},
    },
    sansio::Protocol,
    shared::{TransportContext, error::Error},
};
use tokio::sync::mpsc;

use super::assemble::{self, Assembler, Output};
use crate::peer::{ReceivedFrame, config::Offered};

/// Puts pictures together and asks for what is missing.
pub(crate) struct VideoReceiver {
    payload_type: u8,
    /// Of the stream that is received: the first one with the right payload type.
    ssrc: Option<u32>,
    assembler: Assembler,
    frames: mpsc::Sender<ReceivedFrame>,
    lost: Arc<AtomicU64>,
    read: VecDeque<TaggedPacket>,
    write: VecDeque<TaggedPacket>,
}

impl VideoReceiver {
    pub(crate) const fn new(offered: Offered, frames: mpsc::Sender<ReceivedFrame>, lost: Arc<AtomicU64>) -> Self {
        Self {
            payload_type: offered.payload_type,
            ssrc: None,
            assembler: Assembler::new(offered.codec, offered.sharer),
            frames,
            lost,
            read: VecDeque::new(),
            write: VecDeque::new(),
        }
    }

    fn carry_out(&mut self, now: Instant) {
        let Some(media_ssrc) = self.ssrc else { return };
        while let Some(output) = self.assembler.poll() {
            let feedback: Box<dyn rtc::rtcp::Packet> = match output {
                Output::Frame(frame) => {
                    // A reader that is behind gets a key frame later instead of old pictures now.
                    if self.frames.try_send(frame).is_err() {
                        self.assembler.lose(now);
                    }
                    continue;
                }
                Output::AskAgain(numbers) => Box::new(TransportLayerNack {
                    sender_ssrc: 0,
                    media_ssrc,
                    nacks: nack_pairs_from_sequence_numbers(&numbers),
                }),
                Output::AskKey => Box::new(PictureLossIndication { sender_ssrc: 0, media_ssrc }),
            };
            self.write.push_back(TaggedPacket {
                now,
                transport: TransportContext::default(),
                message: AttributedPacket::new(Packet::Rtcp(vec![feedback])),
            });
        }
        self.lost.store(self.assembler.lost(), Ordering::Relaxed);
    }
}

impl Protocol<TaggedPacket, TaggedPacket, ()> for VideoReceiver {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = Error;
    type Time = Instant;

    fn handle_read(&mut self, tagged: TaggedPacket) -> Result<(), Error> {
        let now = tagged.now;
        match tagged.message.packet {
            Packet::Rtp(packet) if packet.header.payload_type == self.payload_type => {
                // One without a payload is padding, by which a browser measures the path; it has a number all the same.
                if *self.ssrc.get_or_insert(packet.header.ssrc) == packet.header.ssrc {
                    let packet = assemble::Packet {
                        number: packet.header.sequence_number,
                        time: packet.header.timestamp,
                        marker: packet.header.marker,
                        payload: packet.payload,
                    };
                    self.assembler.handle_packet(packet, now);
                    self.carry_out(now);
                }
            }
            // No other RTP is negotiated, and nobody would read it.
            Packet::Rtp(_) => {}
            _ => self.read.push_back(tagged),
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

    fn handle_timeout(&mut self, now: Instant) -> Result<(), Error> {
        if self.assembler.poll_timeout().is_some_and(|at| at <= now) {
            self.assembler.handle_timeout(now);
            self.carry_out(now);
        }
        Ok(())
    }

    fn poll_timeout(&mut self) -> Option<Instant> {
        self.assembler.poll_timeout()
    }
}

impl Interceptor for VideoReceiver {
    fn bind_local_stream(&mut self, _: &StreamInfo) {}
    fn unbind_local_stream(&mut self, _: &StreamInfo) {}
    fn bind_remote_stream(&mut self, _: &StreamInfo) {}
    fn unbind_remote_stream(&mut self, _: &StreamInfo) {}
}
