//! Decides which packets make a picture, which are missing, and when a missing one is given up. Told the time.
//!
//! Pictures come out the moment their last packet is there; nothing is held back to smooth anything. A gap is asked
//! for at once and again every [`ASK_AGAIN`]; after [`PATIENCE`], or when a whole key frame lies behind it, it counts
//! as lost. Then nothing comes out until a key frame, which is asked for at once and again every [`ASK_KEY`].

use std::{
    collections::{BTreeMap, VecDeque},
    time::{Duration, Instant},
};

use bytes::Bytes;
use deskhand_protocol::call::{
    control::VideoCodec,
    picture::{PictureInfo, Stamp},
};

use super::{CLOCK_RATE, Coded, av1, h264, info, vp8, vp9};
use crate::peer::{ReceivedFrame, Sharer};

/// A missing packet is asked for again after this: a little over the round trip of a common path. A too early second
/// request costs one packet, a late one freezes the picture.
pub(crate) const ASK_AGAIN: Duration = Duration::from_millis(40);
/// A missing packet is given up after this: three requests on a slow path.
pub(crate) const PATIENCE: Duration = Duration::from_millis(250);
/// A key frame is asked for again after this.
pub(crate) const ASK_KEY: Duration = Duration::from_millis(300);
/// Packets kept at most: a key frame of 2 MB.
const KEPT: usize = 2_048;
/// Packets missing at most; with more of them gone nothing is worth mending.
const GAPS: usize = 2_000;
/// A jump of more packets than this is a new stream rather than a loss.
const JUMP: u64 = GAPS as u64;

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Output {
    /// A picture is whole.
    Frame(ReceivedFrame),
    /// Ask for these packets again (NACK).
    AskAgain(Vec<u16>),
    /// Ask for a key frame (PLI).
    AskKey,
}

/// One RTP packet as far as it matters here.
#[derive(Debug, Clone)]
pub(crate) struct Packet {
    /// RTP sequence number.
    pub(crate) number: u16,
    /// RTP time.
    pub(crate) time: u32,
    /// The last packet of its picture.
    pub(crate) marker: bool,
    /// What is inside.
    pub(crate) payload: Bytes,
}

#[derive(Debug)]
struct Missing {
    since: Instant,
    asked: Instant,
}

/// Where in the stream we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Nothing can be decoded before the next key frame.
    WantKey,
    /// The next picture begins at `begin`; everything before `scanned` is there.
    Reading { begin: u64, scanned: u64 },
}

/// The receiving end of one video stream.
#[derive(Debug)]
pub(crate) struct Assembler {
    codec: VideoCodec,
    sharer: Sharer,
    place: Place,
    /// Packets not yet given out, by number counted on past 65535.
    packets: BTreeMap<u64, Packet>,
    missing: BTreeMap<u64, Missing>,
    highest: Option<u64>,
    key_asked: Option<Instant>,
    seq: u32,
    /// RTP time counted on past 2^32, of the last picture.
    time: Option<u64>,
    lost: u64,
    outputs: VecDeque<Output>,
}

impl Assembler {
    pub(crate) const fn new(codec: VideoCodec, sharer: Sharer) -> Self {
        Self {
            codec,
            sharer,
            place: Place::WantKey,
            packets: BTreeMap::new(),
            missing: BTreeMap::new(),
            highest: None,
            key_asked: None,
            seq: 0,
            time: None,
            lost: 0,
            outputs: VecDeque::new(),
        }
    }

    /// Packets given up so far.
    pub(crate) const fn lost(&self) -> u64 {
        self.lost
    }

    /// A packet came.
    pub(crate) fn handle_packet(&mut self, packet: Packet, now: Instant) {
        // The first number is moved up by one turn, so that earlier ones that come late stay positive.
        let highest = self.highest.unwrap_or_else(|| u64::from(packet.number) + 0x1_0000);
        let ahead = packet.number.wrapping_sub(highest as u16).cast_signed();
        let number = highest.wrapping_add_signed(i64::from(ahead));
        if number.abs_diff(highest) > JUMP {
            self.restart(now);
            return self.handle_packet(packet, now);
        }
        if let Place::Reading { begin, .. } = self.place
            && number < begin
        {
            return;
        }
        self.missing.remove(&number);
        let mut ask = Vec::new();
        for gap in highest + 1..number {
            self.missing.insert(gap, Missing { since: now, asked: now });
            ask.push(gap as u16);
        }
        if !ask.is_empty() {
            self.outputs.push_back(Output::AskAgain(ask));
        }
        self.highest = Some(highest.max(number));
        self.packets.insert(number, packet);
        self.advance(now);
        if self.place == Place::WantKey {
            self.ask_key(now);
        }
        if self.packets.len() > KEPT || self.missing.len() > GAPS {
            self.lose(now);
            self.packets.clear();
            self.lost += self.missing.len() as u64;
            self.missing.clear();
        }
    }

    /// Time passed.
    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        let expired: Vec<u64> = self
            .missing
            .iter()
            .filter(|(_, missing)| now.saturating_duration_since(missing.since) >= PATIENCE)
            .map(|(number, _)| *number)
            .collect();
        if let Some(last) = expired.last() {
            for number in &expired {
                self.missing.remove(number);
            }
            self.lost += expired.len() as u64;
            if let Place::Reading { begin, .. } = self.place
                && *last >= begin
            {
                self.lose(now);
                self.packets = self.packets.split_off(last);
                self.advance(now);
            }
        }
        let ask: Vec<u16> = self
            .missing
            .iter_mut()
            .filter(|(_, missing)| now.saturating_duration_since(missing.asked) >= ASK_AGAIN)
            .map(|(number, missing)| {
                missing.asked = now;
                *number as u16
            })
            .collect();
        if !ask.is_empty() {
            self.outputs.push_back(Output::AskAgain(ask));
        }
        if self.place == Place::WantKey && self.highest.is_some() {
            self.ask_key(now);
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called next.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let again = self.missing.values().map(|missing| missing.asked + ASK_AGAIN).min();
        let expiry = self.missing.values().map(|missing| missing.since + PATIENCE).min();
        let key = (self.place == Place::WantKey).then(|| self.key_asked.map(|asked| asked + ASK_KEY)).flatten();
        [again, expiry, key].into_iter().flatten().min()
    }

    /// What is to be done next.
    pub(crate) fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// A picture that was given out could not be taken: go on with a key frame.
    pub(crate) fn lose(&mut self, now: Instant) {
        if self.place != Place::WantKey {
            self.place = Place::WantKey;
            self.seq = self.seq.wrapping_add(1);
            self.key_asked = None;
        }
        self.ask_key(now);
    }

    fn restart(&mut self, now: Instant) {
        self.packets.clear();
        self.missing.clear();
        self.highest = None;
        self.lose(now);
    }

    fn ask_key(&mut self, now: Instant) {
        if self.key_asked.is_none_or(|asked| now.saturating_duration_since(asked) >= ASK_KEY) {
            self.key_asked = Some(now);
            self.outputs.push_back(Output::AskKey);
        }
    }

    /// Gives out every picture that is whole.
    fn advance(&mut self, now: Instant) {
        loop {
            if let Place::Reading { begin, mut scanned } = self.place {
                let mut end = None;
                while let Some(packet) = self.packets.get(&scanned) {
                    scanned += 1;
                    if packet.marker {
                        end = Some(scanned);
                        break;
                    }
                }
                self.place = Place::Reading { begin, scanned };
                if let Some(end) = end {
                    self.give(begin, end, now);
                    continue;
                }
                // A gap: go on behind it at once when a whole key frame is there.
                if self.missing.is_empty() || !self.jump_to_key(begin + 1) {
                    return;
                }
            } else if !self.jump_to_key(0) {
                return;
            }
        }
    }

    /// Goes to the first key frame from `from` on: to a whole one when reading (something is lost for it), to any when
    /// there is nothing to lose. Whether there is one.
    fn jump_to_key(&mut self, from: u64) -> bool {
        let reading = self.place != Place::WantKey;
        let found = self.packets.range(from..).find_map(|(number, packet)| {
            (self.begins_key(&packet.payload) && (!reading || self.is_whole(*number))).then_some(*number)
        });
        let Some(begin) = found else { return false };
        if reading {
            self.seq = self.seq.wrapping_add(1);
        }
        self.forget_before(begin);
        self.place = Place::Reading { begin, scanned: begin };
        true
    }

    fn is_whole(&self, begin: u64) -> bool {
        for (expected, (number, packet)) in (begin..).zip(self.packets.range(begin..)) {
            if *number != expected {
                return false;
            }
            if packet.marker {
                return true;
            }
        }
        false
    }

    fn begins_key(&self, payload: &[u8]) -> bool {
        match self.codec {
            VideoCodec::Av1 => av1::begins_key(payload),
            VideoCodec::H264 => h264::begins_key(payload),
            VideoCodec::Vp9 => vp9::begins_key(payload),
            VideoCodec::Vp8 => vp8::begins_key(payload),
        }
    }

    fn forget_before(&mut self, number: u64) {
        self.packets = self.packets.split_off(&number);
        let kept = self.missing.split_off(&number);
        self.lost += self.missing.len() as u64;
        self.missing = kept;
    }

    fn give(&mut self, begin: u64, end: u64, now: Instant) {
        let rest = self.packets.split_off(&end);
        let packets = std::mem::replace(&mut self.packets, rest).into_values();
        let packets: Vec<Packet> = packets.filter(|packet| !packet.payload.is_empty()).collect();
        self.place = Place::Reading { begin: end, scanned: end };
        if packets.is_empty() {
            return;
        }
        let time = packets.first().map_or(0, |packet| packet.time);
        let payloads: Vec<Bytes> = packets.into_iter().map(|packet| packet.payload).collect();
        let Some((Coded { data, key }, info)) = self.take_apart(&payloads) else {
            tracing::debug!(begin, end, "picture of malformed packets");
            return self.lose(now);
        };
        let frame = ReceivedFrame {
            codec: self.codec,
            key,
            seq: self.seq,
            captured_us: self.captured_us(time),
            stamp: Stamp(time),
            info,
            data: data.into(),
        };
        self.seq = self.seq.wrapping_add(1);
        self.key_asked = None;
        self.outputs.push_back(Output::Frame(frame));
    }

    /// The picture in the payloads of one; `None` when they are malformed.
    pub(super) fn take_apart(&self, payloads: &[Bytes]) -> Option<(Coded, Option<PictureInfo>)> {
        let begins_key = payloads.first().is_some_and(|payload| self.begins_key(payload));
        match self.sharer {
            Sharer::Helper => self.informed(payloads, begins_key),
            Sharer::Browser => self.plain(payloads, begins_key).map(|coded| (coded, None)),
        }
    }

    /// A helper's picture, which says inside what it shows.
    fn informed(&self, payloads: &[Bytes], begins_key: bool) -> Option<(Coded, Option<PictureInfo>)> {
        let ((data, info), key) = match self.codec {
            VideoCodec::Av1 => (info::take_av1(av1::temporal_unit(payloads)?)?, begins_key),
            VideoCodec::H264 => {
                let unit = h264::access_unit(payloads)?;
                let key = unit.key;
                (info::take_h264(unit)?, key)
            }
            VideoCodec::Vp9 | VideoCodec::Vp8 => return None,
        };
        // A key frame moves everything and names no cells.
        (!key || info.moved.is_empty()).then_some((Coded { data, key }, Some(info)))
    }

    /// A browser's picture.
    fn plain(&self, payloads: &[Bytes], begins_key: bool) -> Option<Coded> {
        match self.codec {
            VideoCodec::Av1 => av1::temporal_unit(payloads).map(|data| Coded { data, key: begins_key }),
            VideoCodec::H264 => h264::access_unit(payloads).map(|unit| Coded { data: unit.data, key: unit.key }),
            VideoCodec::Vp9 => vp9::frame(payloads),
            VideoCodec::Vp8 => vp8::frame(payloads),
        }
    }

    fn captured_us(&mut self, time: u32) -> u64 {
        let last = self.time.unwrap_or_else(|| u64::from(time) + (1 << 32));
        let ahead = time.wrapping_sub(last as u32).cast_signed();
        // A hostile end may let its time run backwards for ever: it stops at zero.
        let time = last.saturating_add_signed(i64::from(ahead));
        self.time = Some(time);
        let (seconds, ticks) = (time / u64::from(CLOCK_RATE), time % u64::from(CLOCK_RATE));
        seconds.saturating_mul(1_000_000) + ticks * 1_000_000 / u64::from(CLOCK_RATE)
    }
}

#[cfg(test)]
mod tests;
