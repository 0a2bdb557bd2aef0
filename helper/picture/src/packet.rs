//! One encoded picture on its way out, and the ticket that says when the next may follow.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use deskhand_capture::Waker;
use deskhand_protocol::call::{control::VideoCodec, frame::EncodedFrame};

/// One encoded picture. Drop it when the transport has taken its bytes: then the next one is made.
pub struct Packet {
    /// How it is encoded.
    pub codec: VideoCodec,
    /// Whether decoding can begin with it.
    pub key: bool,
    /// Index of the monitor it shows.
    pub monitor: u8,
    /// Counts packets from 0; wraps.
    pub seq: u32,
    /// Width of the monitor in pixels. The coded picture is one wider when this is odd; cut it off.
    pub width: u16,
    /// Height of the monitor in pixels; coded as an even number like the width.
    pub height: u16,
    /// When it was captured.
    pub captured: Instant,
    /// The same, counted from the start of the feed; what RTP time and the page's clock are made of.
    pub since_start: Duration,
    /// An AV1 temporal unit, or H.264 in Annex B.
    pub data: Bytes,
    /// Holds back the next picture.
    pub ticket: Ticket,
}

impl Packet {
    /// The form in which a page takes it.
    #[must_use]
    pub fn to_frame(&self) -> EncodedFrame {
        EncodedFrame {
            codec: self.codec,
            key: self.key,
            monitor: self.monitor,
            seq: self.seq,
            width: self.width,
            height: self.height,
            captured_us: u64::try_from(self.since_start.as_micros()).unwrap_or(u64::MAX),
            data: self.data.to_vec(),
        }
    }
}

/// Prints what it is, not what it shows.
impl fmt::Debug for Packet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Packet")
            .field("codec", &self.codec)
            .field("key", &self.key)
            .field("seq", &self.seq)
            .field("size", &(self.width, self.height))
            .field("bytes", &self.data.len())
            .finish_non_exhaustive()
    }
}

/// How many packets are on their way. Shared by the feed and its tickets.
#[derive(Debug, Default)]
pub(crate) struct InFlight {
    outstanding: AtomicU64,
    /// Counts pauses and stops; a ticket of an earlier count is void.
    era: AtomicU64,
}

impl InFlight {
    /// Whether the transport still holds a packet.
    pub(crate) fn is_busy(&self) -> bool {
        self.outstanding.load(Ordering::Acquire) > 0
    }

    /// Makes all tickets given out so far void.
    pub(crate) fn void_all(&self) {
        self.era.fetch_add(1, Ordering::AcqRel);
    }

    /// A ticket for one packet; `waker` is woken when it is dropped.
    pub(crate) fn ticket(self: &Arc<Self>, waker: Waker) -> Ticket {
        self.outstanding.fetch_add(1, Ordering::AcqRel);
        Ticket { era: self.era.load(Ordering::Acquire), flight: Arc::clone(self), waker }
    }
}

/// Stands for one packet on its way to the wire. Dropping it lets the feed make the next one.
#[derive(Debug)]
pub struct Ticket {
    flight: Arc<InFlight>,
    era: u64,
    waker: Waker,
}

impl Ticket {
    /// Whether the feed was paused or stopped since; the packet must then be dropped, not sent.
    #[must_use]
    pub fn is_void(&self) -> bool {
        self.flight.era.load(Ordering::Acquire) != self.era
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.flight.outstanding.fetch_sub(1, Ordering::AcqRel);
        self.waker.wake();
    }
}
