//! One encoded picture on its way out, and the ticket that says when the next may follow.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use deskhand_capture::Waker;
use deskhand_protocol::call::{
    control::VideoCodec,
    frame::EncodedFrame,
    picture::{Moved, Stamp},
};

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
    /// The same as tiles name it.
    pub stamp: Stamp,
    /// Cells whose older tiles are void with it; none for a key frame.
    pub moved: Moved,
    /// An AV1 temporal unit, or H.264 in Annex B.
    pub data: Bytes,
    /// Holds back the next picture.
    pub ticket: Ticket,
}

impl Packet {
    /// When it was captured, in microseconds from the start of the feed.
    #[must_use]
    pub fn captured_us(&self) -> u64 {
        micros(self.since_start)
    }

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
            captured_us: self.captured_us(),
            stamp: self.stamp,
            moved: self.moved.clone(),
            data: self.data.to_vec(),
        }
    }
}

/// Whole microseconds.
pub(crate) fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
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

/// A tile message on its way out, as the `tiles` channel takes it. Drop it when little of the channel's queue is left
/// before the wire: then the next one is made.
pub struct TilePacket {
    /// A message of the `tiles` channel.
    pub data: Bytes,
    /// How many cells it has.
    pub cells: usize,
    /// Holds back the next message.
    pub ticket: Ticket,
}

/// Prints what it is, not what it shows.
impl fmt::Debug for TilePacket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { data, cells, .. } = self;
        f.debug_struct("TilePacket").field("cells", cells).field("bytes", &data.len()).finish_non_exhaustive()
    }
}

/// How many packets are on their way. Shared by the feed and its tickets.
#[derive(Debug, Default)]
pub(crate) struct InFlight {
    outstanding: AtomicU64,
    /// Those that are not known to have arrived.
    arriving: AtomicU64,
    /// Counts pauses and stops; a ticket of an earlier count is void.
    era: AtomicU64,
    /// One did not reach the wire, and its like cannot stand for it.
    lost: AtomicBool,
}

impl InFlight {
    /// Whether the transport still holds a packet.
    pub(crate) fn is_busy(&self) -> bool {
        self.count() > 0
    }

    /// How many the transport holds.
    pub(crate) fn count(&self) -> usize {
        usize::try_from(self.outstanding.load(Ordering::Acquire)).unwrap_or(usize::MAX)
    }

    /// Whether all that left is known to have arrived.
    pub(crate) fn has_arrived(&self) -> bool {
        self.arriving.load(Ordering::Acquire) == 0
    }

    /// Whether one was lost since this was asked last.
    pub(crate) fn take_lost(&self) -> bool {
        self.lost.swap(false, Ordering::AcqRel)
    }

    /// Makes all tickets given out so far void.
    pub(crate) fn void_all(&self) {
        self.era.fetch_add(1, Ordering::AcqRel);
    }

    /// A ticket for one packet; `waker` is woken when it is dropped.
    pub(crate) fn ticket(self: &Arc<Self>, waker: Waker) -> Ticket {
        self.outstanding.fetch_add(1, Ordering::AcqRel);
        self.arriving.fetch_add(1, Ordering::AcqRel);
        Ticket { era: self.era.load(Ordering::Acquire), flight: Arc::clone(self), waker, released: false }
    }
}

/// Stands for one packet on its way to the wire. Dropping it lets the feed make the next one, if that was not allowed
/// before by [`release`](Self::release).
#[derive(Debug)]
pub struct Ticket {
    flight: Arc<InFlight>,
    era: u64,
    waker: Waker,
    released: bool,
}

impl Ticket {
    /// Whether the feed was paused or stopped since; the packet must then be dropped, not sent.
    #[must_use]
    pub fn is_void(&self) -> bool {
        self.flight.era.load(Ordering::Acquire) != self.era
    }
}

impl Ticket {
    /// Lets the feed make the next packet. The ticket is kept until this one is known to have arrived.
    pub fn release(&mut self) {
        if !std::mem::replace(&mut self.released, true) {
            self.flight.outstanding.fetch_sub(1, Ordering::AcqRel);
            self.waker.wake();
        }
    }

    /// The packet was dropped though the feed was not paused: the viewer has to begin anew.
    pub fn give_up(self) {
        self.flight.lost.store(true, Ordering::Release);
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.flight.arriving.fetch_sub(1, Ordering::AcqRel);
        self.release();
    }
}
