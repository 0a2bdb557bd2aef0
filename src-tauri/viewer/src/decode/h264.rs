//! H.264 through openh264.

use std::fmt;

use deskhand_protocol::call::control::VideoCodec;
use openh264::{
    OpenH264API,
    decoder::{Decoder, DecoderConfig},
    formats::YUVSource,
};

use super::{DecodeError, Planes};

pub(super) struct H264Decoder(Decoder);

impl fmt::Debug for H264Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("H264Decoder")
    }
}

impl H264Decoder {
    pub(super) fn new() -> Result<Self, DecodeError> {
        Decoder::with_api_config(OpenH264API::from_source(), DecoderConfig::new())
            .map(Self)
            .map_err(|error| DecodeError::Unavailable { codec: VideoCodec::H264, what: error.to_string() })
    }

    /// Decodes one access unit and shows its picture to `with`.
    pub(super) fn decode<T>(&mut self, data: &[u8], with: impl FnOnce(&Planes<'_>) -> T) -> Result<T, DecodeError> {
        let damaged = |what: String| DecodeError::Damaged { codec: VideoCodec::H264, what };
        let picture = self.0.decode(data).map_err(|error| damaged(error.to_string()))?;
        let picture = picture.ok_or_else(|| damaged("no picture came out".to_owned()))?;
        let (width, height) = picture.dimensions();
        let (luma_stride, chroma_stride, _) = picture.strides();
        let number = |value: usize| u32::try_from(value).map_err(|_| damaged("it is too large".to_owned()));
        Ok(with(&Planes {
            y: picture.y(),
            u: picture.u(),
            v: picture.v(),
            luma_stride: number(luma_stride)?,
            chroma_stride: number(chroma_stride)?,
            width: number(width)?,
            height: number(height)?,
        }))
    }
}
