//! One encoded picture as it goes from the console's Rust side into the page: a fixed header, little-endian, then the
//! codec's bytes. It does not cross the network in this form; there it is RTP.
//!
//! ```text
//! 0  kind u8 = 0x01     1  codec u8 (1 AV1, 2 H.264)   2  flags u8 (bit 0 key frame)   3  monitor u8
//! 4  seq u32            8  width u16                   10 height u16
//! 12 captured u64       microseconds on the helper's own clock; only differences mean anything
//! 20 data               an AV1 temporal unit, or H.264 in Annex B
//! ```

use super::{bytes::Reader, control::VideoCodec};

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
    /// Width in pixels.
    pub width: u16,
    /// Height in pixels.
    pub height: u16,
    /// When it was captured, microseconds on the helper's clock.
    pub captured_us: u64,
    /// The codec's bytes.
    pub data: Vec<u8>,
}

/// A frame is not of the layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed frame")]
pub struct FrameError;

impl EncodedFrame {
    /// Length of the header in bytes.
    pub const HEADER: usize = 20;

    /// Writes header and data.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(Self::HEADER + self.data.len());
        let codec = match self.codec {
            VideoCodec::Av1 => 1,
            VideoCodec::H264 => 2,
        };
        out.extend([0x01, codec, u8::from(self.key), self.monitor]);
        out.extend(self.seq.to_le_bytes());
        out.extend(self.width.to_le_bytes());
        out.extend(self.height.to_le_bytes());
        out.extend(self.captured_us.to_le_bytes());
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
            _ => return None,
        };
        let key = match reader.u8()? {
            0 => false,
            1 => true,
            _ => return None,
        };
        Some(Self {
            codec,
            key,
            monitor: reader.u8()?,
            seq: reader.u32()?,
            width: reader.u16()?,
            height: reader.u16()?,
            captured_us: reader.u64()?,
            data: reader.rest().to_vec(),
        })
    }
}
