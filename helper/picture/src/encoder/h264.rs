//! H.264 through openh264, for viewers that cannot decode AV1: constrained baseline, screen content in real time.

use deskhand_protocol::call::control::VideoCodec;
use openh264::{
    OpenH264API,
    encoder::{
        BitRate, Encoder as OpenEncoder, EncoderConfig, FrameRate, FrameType, IntraFramePeriod, Profile,
        RateControlMode, UsageType, VuiConfig,
    },
    formats::YUVSlices,
};

use super::{EncodeError, Encoded, Encoder, EncoderSettings, Kind, Quality};
use crate::colour::Planes;

/// An openh264 encoder for one picture size.
pub struct H264Encoder {
    inner: OpenEncoder,
    settings: EncoderSettings,
    begun: bool,
}

impl std::fmt::Debug for H264Encoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "H264Encoder({}x{})", self.settings.width, self.settings.height)
    }
}

impl H264Encoder {
    /// An encoder that begins with a key frame.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] when openh264 refuses the size (3840 × 2160 is its largest) or has no memory.
    pub fn new(settings: EncoderSettings) -> Result<Self, EncodeError> {
        let config = EncoderConfig::new()
            .usage_type(UsageType::ScreenContentRealTime)
            .rate_control_mode(RateControlMode::Bitrate)
            .bitrate(BitRate::from_bps(settings.bit_rate))
            .max_frame_rate(FrameRate::from_hz(rate(settings.frame_rate)))
            .intra_frame_period(IntraFramePeriod::auto())
            .skip_frames(false)
            .scene_change_detect(false)
            .profile(Profile::Baseline)
            .num_threads(2)
            .vui(VuiConfig::bt709());
        let inner = OpenEncoder::with_api_config(OpenH264API::from_source(), config).map_err(failure)?;
        Ok(Self { inner, settings, begun: false })
    }
}

impl Encoder for H264Encoder {
    fn codec(&self) -> VideoCodec {
        VideoCodec::H264
    }

    fn encode(&mut self, picture: &Planes, kind: Kind) -> Result<Option<Encoded>, EncodeError> {
        if (picture.width(), picture.height()) != (self.settings.width, self.settings.height) {
            return Err(failure("the picture has another size"));
        }
        if kind == Kind::Key && self.begun {
            self.inner.force_intra_frame();
        }
        let (width, height) = (usize::from(picture.width()), usize::from(picture.height()));
        let source =
            YUVSlices::new((picture.y(), picture.u(), picture.v()), (width, height), (width, width / 2, width / 2));
        let stream = self.inner.encode(&source).map_err(failure)?;
        self.begun = true;
        let key = stream.frame_type() == FrameType::IDR;
        let data = stream.to_vec();
        Ok((!data.is_empty()).then_some(Encoded { data, key, quality: Quality::Coarse }))
    }

    fn set_bit_rate(&mut self, bits_per_second: u32) -> Result<(), EncodeError> {
        let _ = bits_per_second;
        Ok(())
    }
}

fn rate(frames: u32) -> f32 {
    f32::from(u16::try_from(frames).unwrap_or(u16::MAX))
}

fn failure(what: impl std::fmt::Display) -> EncodeError {
    EncodeError { codec: VideoCodec::H264, what: what.to_string() }
}
