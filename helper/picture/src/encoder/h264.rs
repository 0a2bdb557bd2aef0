//! H.264 through openh264, for viewers that cannot decode AV1: constrained baseline, screen content in real time.
//!
//! For screens openh264 always looks for a change of scene and begins it with a key frame that nobody asked for.

use deskhand_protocol::call::control::VideoCodec;
use openh264::{
    OpenH264API,
    encoder::{
        BitRate, Encoder as OpenEncoder, EncoderConfig, FrameRate, FrameType, IntraFramePeriod, Profile, QpRange,
        RateControlMode, UsageType, VuiConfig,
    },
    formats::YUVSlices,
};
use openh264_sys2::{
    ENCODER_OPTION, ENCODER_OPTION_BITRATE, ENCODER_OPTION_FRAME_RATE, ENCODER_OPTION_MAX_BITRATE,
    ENCODER_OPTION_TRACE_LEVEL, LAYER_NUM, SBitrateInfo, SPATIAL_LAYER_0, SPATIAL_LAYER_ALL, WELS_LOG_QUIET,
};

use super::{EncodeError, Encoded, Encoder, EncoderSettings, Kind, Quality};
use crate::{colour::Planes, rate::Tuning};

/// Quantizers in H.264's 0 to 51. openh264 would keep to 26 to 35 for screens: never sharp, and never at a low rate.
const BEST: u8 = 12;
const WORST: u8 = 44;

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
            .qp(QpRange::new(BEST, WORST))
            // What openh264 cannot do for screens, and would switch off with a warning on the terminal.
            .adaptive_quantization(false)
            .background_detection(false)
            .profile(Profile::Baseline)
            .num_threads(2)
            .vui(VuiConfig::bt709());
        let mut inner = OpenEncoder::with_api_config(OpenH264API::from_source(), config).map_err(failure)?;
        be_silent(&mut inner);
        Ok(Self { inner, settings, begun: false })
    }
}

/// openh264 prints its warnings to the terminal until its first picture, when the wrapper tells it not to.
#[allow(unsafe_code, reason = "the safe interface sets this too late")]
fn be_silent(encoder: &mut OpenEncoder) {
    let mut level: i32 = WELS_LOG_QUIET;
    // SAFETY: this option may be set before the encoder is initialised, and reads one 32 bit number.
    unsafe { encoder.raw_api().set_option(ENCODER_OPTION_TRACE_LEVEL, (&raw mut level).cast()) };
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

    /// Rate and pictures per second; openh264 has one speed and takes its quantizers only when it is made.
    fn tune(&mut self, tuning: Tuning) -> Result<(), EncodeError> {
        let settings = EncoderSettings { bit_rate: tuning.bit_rate, frame_rate: tuning.frame_rate, ..self.settings };
        let before = std::mem::replace(&mut self.settings, settings);
        if !self.begun {
            // openh264 takes options only once it has seen a picture; until then a new encoder costs nothing.
            *self = Self::new(settings)?;
            return Ok(());
        }
        if settings.frame_rate != before.frame_rate {
            self.set_frame_rate(settings.frame_rate)?;
        }
        let bits = settings.bit_rate;
        let ceiling = (ENCODER_OPTION_MAX_BITRATE, SPATIAL_LAYER_0, bits.saturating_add(bits / 2));
        let target = (ENCODER_OPTION_BITRATE, SPATIAL_LAYER_ALL, bits);
        // A target above the ceiling is refused, so the ceiling moves first when it rises and last when it falls.
        let order = if bits > before.bit_rate { [ceiling, target] } else { [target, ceiling] };
        order.into_iter().try_for_each(|(option, layer, bits)| self.rate_option(option, layer, bits))
    }
}

impl H264Encoder {
    #[allow(unsafe_code, reason = "the safe interface cannot change the frame rate of a running encoder")]
    fn set_frame_rate(&mut self, per_second: u32) -> Result<(), EncodeError> {
        let mut value = rate(per_second);
        // SAFETY: the encoder was initialised by its first picture (`begun`), and the option reads one float.
        let code = unsafe { self.inner.raw_api().set_option(ENCODER_OPTION_FRAME_RATE, (&raw mut value).cast()) };
        if code == 0 { Ok(()) } else { Err(failure(format!("frame rate refused with code {code}"))) }
    }

    #[allow(unsafe_code, reason = "the safe interface cannot change the rate of a running encoder")]
    fn rate_option(&mut self, option: ENCODER_OPTION, layer: LAYER_NUM, bits: u32) -> Result<(), EncodeError> {
        let mut info = SBitrateInfo { iLayer: layer, iBitrate: i32::try_from(bits).unwrap_or(i32::MAX) };
        // SAFETY: the encoder was initialised by its first picture (`begun`), both options read one `SBitrateInfo`,
        // and nothing that the wrapper relies on is changed.
        let code = unsafe { self.inner.raw_api().set_option(option, (&raw mut info).cast()) };
        if code == 0 { Ok(()) } else { Err(failure(format!("rate refused with code {code}"))) }
    }
}

fn rate(frames: u32) -> f32 {
    f32::from(u16::try_from(frames).unwrap_or(u16::MAX))
}

fn failure(what: impl std::fmt::Display) -> EncodeError {
    EncodeError { codec: VideoCodec::H264, what: what.to_string() }
}
