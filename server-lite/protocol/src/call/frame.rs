//! One encoded picture as it goes from the console's Rust side into the page: a fixed header, little-endian, then the
//! codec's bytes. It does not cross the network in this form; there it is RTP.
//!
//! ```text
//! 0  kind u8 = 0x01     1  codec u8 (1 AV1, 2 H.264, 3 VP9, 4 VP8)   2  flags u8 (bit 0 key frame)   3  monitor u8
//! 4  seq u32            8  width u16                   10 height u16
//! 12 captured u64       microseconds on the helper's own clock; only differences mean anything
//! 20 stamp u32          of the capture, see `picture`
//! 24 runs u16           26 runs × (start u16, len u16): the cells that moved
//!    data               an AV1 temporal unit, H.264 in Annex B, or a frame of VP9 or VP8
//! ```

use super::{
    bytes::Reader,
    control::VideoCodec,
    picture::{Grid, Moved, Stamp},
};

/// One encoded picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedFrame {
    /// How it is encoded.
    pub codec: VideoCodec,
    /// Whether decoding can begin with it.
    pub key: bool,
    /// [`Monitor::index`](super::control::Monitor::index).
    pub monitor: u8,
    /// Counts pictures, without gaps unless one was lost.
    pub seq: u32,
    /// Width of the monitor's picture in pixels; the coded one may be smaller.
    pub width: u16,
    /// Height of the monitor's picture in pixels; the coded one may be smaller.
    pub height: u16,
    /// When it was captured, microseconds on the helper's clock.
    pub captured_us: u64,
    /// The same as tiles name it.
    pub stamp: Stamp,
    /// Cells whose older tiles are void once this is drawn. None for a key frame, which voids all.
    pub moved: Moved,
    /// The codec's bytes.
    pub data: Vec<u8>,
}

/// A frame is not of the layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed frame")]
pub struct FrameError;

impl EncodedFrame {
    /// Length in bytes of the header without its runs.
    pub const HEADER: usize = 26;

    /// Writes header and data.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(Self::HEADER + self.moved.runs().len() * 4 + self.data.len());
        let codec = match self.codec {
            VideoCodec::Av1 => 1,
            VideoCodec::H264 => 2,
            VideoCodec::Vp9 => 3,
            VideoCodec::Vp8 => 4,
        };
        out.extend([0x01, codec, u8::from(self.key), self.monitor]);
        out.extend(self.seq.to_le_bytes());
        out.extend(self.width.to_le_bytes());
        out.extend(self.height.to_le_bytes());
        out.extend(self.captured_us.to_le_bytes());
        out.extend(self.stamp.0.to_le_bytes());
        self.moved.write(&mut out);
        out.extend(&self.data);
        out
    }

    /// Reads header and data.
    ///
    /// # Errors
    ///
    /// [`FrameError`] for anything that [`encode`](Self::encode) would not write.
    pub fn decode(bytes: &[u8]) -> Result<Self, FrameError> {
        Self::read(Reader::new(bytes)).ok_or(FrameError)
    }

    fn read(mut reader: Reader<'_>) -> Option<Self> {
        if reader.u8()? != 0x01 {
            return None;
        }
        let codec = match reader.u8()? {
            1 => VideoCodec::Av1,
            2 => VideoCodec::H264,
            3 => VideoCodec::Vp9,
            4 => VideoCodec::Vp8,
            _ => return None,
        };
        let key = match reader.u8()? {
            0 => false,
            1 => true,
            _ => return None,
        };
        let (monitor, seq) = (reader.u8()?, reader.u32()?);
        let (width, height) = (reader.u16()?, reader.u16()?);
        let (captured_us, stamp) = (reader.u64()?, Stamp(reader.u32()?));
        let moved = Moved::read(&mut reader, Grid::new(width, height))?;
        if key && !moved.is_empty() {
            return None;
        }
        let data = reader.rest().to_vec();
        Some(Self { codec, key, monitor, seq, width, height, captured_us, stamp, moved, data })
    }
}
