//! What every encoder can do, and how one is chosen.
//!
//! An encoder is made for one size. It takes whole pictures; that little of them changed it finds out by itself, cheaply.

use deskhand_protocol::call::control::VideoCodec;

use crate::colour::Planes;

pub mod av1;
pub mod h264;

/// What an encoder is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EncoderSettings {
    /// Coded width in pixels, even.
    pub width: u16,
    /// Coded height in pixels, even.
    pub height: u16,
    /// Target in bits per second.
    pub bit_rate: u32,
    /// Pictures per second that the target is shared among while everything moves.
    pub frame_rate: u32,
}

/// What is wanted of one picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// A difference to the one before, within the rate.
    #[default]
    Delta,
    /// A start for a new decoder.
    Key,
    /// The same picture again, sharper.
    Refinement,
}

/// How good an encoded picture is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quality {
    /// Text has visible errors: worth refining.
    Coarse,
    /// As good as this encoder makes it.
    Fine,
}

/// One encoded picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// The codec's bytes; never empty.
    pub data: Vec<u8>,
    /// Whether decoding can begin with it.
    pub key: bool,
    /// How good it is.
    pub quality: Quality,
}

/// An encoder gave up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{codec:?} encoder: {what}")]
pub struct EncodeError {
    /// Which one.
    pub codec: VideoCodec,
    /// What it said.
    pub what: String,
}

/// Turns pictures into packets. Belongs to one thread at a time.
pub trait Encoder: Send {
    /// What comes out.
    fn codec(&self) -> VideoCodec;

    /// Encodes a picture of the size the encoder was made for. `None` when the encoder saw nothing worth a packet.
    ///
    /// # Errors
    ///
    /// [`EncodeError`]; the encoder is then of no further use.
    fn encode(&mut self, picture: &Planes, kind: Kind) -> Result<Option<Encoded>, EncodeError>;

    /// Sets the target in bits per second, from the next picture on.
    ///
    /// # Errors
    ///
    /// [`EncodeError`]; the encoder is then of no further use.
    fn set_bit_rate(&mut self, bits_per_second: u32) -> Result<(), EncodeError>;
}

/// Makes encoders. [`open`] is the one that makes real ones.
pub type OpenEncoder = fn(VideoCodec, EncoderSettings) -> Result<Box<dyn Encoder>, EncodeError>;

/// Makes an encoder.
///
/// # Errors
///
/// [`EncodeError`] when the codec's library refuses the settings.
pub fn open(codec: VideoCodec, settings: EncoderSettings) -> Result<Box<dyn Encoder>, EncodeError> {
    Ok(match codec {
        VideoCodec::Av1 => Box::new(av1::Av1Encoder::new(settings)?),
        VideoCodec::H264 => Box::new(h264::H264Encoder::new(settings)?),
    })
}
