//! What every encoder can do, and how one is chosen.
//!
//! An encoder is made for one size. It takes whole pictures; that little of them changed it finds out by itself, cheaply.

use std::time::{Duration, Instant};

use deskhand_protocol::call::control::VideoCodec;

use crate::{colour::Planes, rate::Tuning};

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

    /// Spends what it may from the next picture on.
    ///
    /// # Errors
    ///
    /// [`EncodeError`]; the encoder is then of no further use.
    fn tune(&mut self, tuning: Tuning) -> Result<(), EncodeError>;
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
        VideoCodec::Vp9 | VideoCodec::Vp8 => {
            return Err(EncodeError { codec, what: "only browsers encode so".to_owned() });
        }
    })
}

/// A key frame as a picture among others, for a decoder that has decoded all before it: without the headers by which
/// it is known as one. `None` for a codec in which it stays a beginning.
#[must_use]
pub fn following(codec: VideoCodec, key_frame: &[u8]) -> Option<Vec<u8>> {
    match codec {
        VideoCodec::Av1 => av1::without_sequence_header(key_frame),
        // An IDR picture forgets all before it, with its parameter sets or without.
        VideoCodec::H264 | VideoCodec::Vp9 | VideoCodec::Vp8 => None,
    }
}

/// What a look at this machine's encoders told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Which encoder.
    pub codec: VideoCodec,
    /// How long it took for a picture of [`LOOK_AT`] that scrolls; `None` when it failed.
    pub took: Option<Duration>,
}

/// The size of the pictures that encoders are tried with: large enough to tell machines apart, small enough that all of
/// it takes a tenth of a second on a slow one.
const LOOK_AT: (u16, u16) = (640, 360);
/// Pictures encoded for a look; the first is a key frame and does not count.
const LOOKS: u32 = 5;

/// Tries an encoder with a few pictures of moving stripes.
#[must_use]
pub fn look(codec: VideoCodec) -> Look {
    Look { codec, took: try_out(codec).ok() }
}

fn try_out(codec: VideoCodec) -> Result<Duration, EncodeError> {
    let (width, height) = LOOK_AT;
    let mut encoder = open(codec, EncoderSettings { width, height, bit_rate: 2_000_000, frame_rate: 30 })?;
    let mut planes = Planes::new(width, height);
    let mut took = Duration::ZERO;
    for turn in 0..=LOOKS {
        planes.draw_stripes(turn);
        let began = Instant::now();
        encoder.encode(&planes, if turn == 0 { Kind::Key } else { Kind::Delta })?;
        if turn > 0 {
            took += began.elapsed();
        }
    }
    Ok(took / LOOKS)
}

/// The codecs that work on this machine, best first: AV1 needs half the bytes, so it goes first unless it is much slower
/// here than H.264 and too slow to follow at 1080p.
#[must_use]
pub fn worth_offering(looks: &[Look]) -> Vec<VideoCodec> {
    /// Nine times the pixels of [`LOOK_AT`] in a tenth of a second: ten pictures a second at 1080p.
    const TOO_SLOW: Duration = Duration::from_millis(11);
    let of = |codec| looks.iter().find(|look| look.codec == codec).and_then(|look| look.took);
    match (of(VideoCodec::Av1), of(VideoCodec::H264)) {
        (Some(av1), Some(h264)) if av1 > TOO_SLOW && av1 > 3 * h264 => {
            vec![VideoCodec::H264, VideoCodec::Av1]
        }
        (Some(_), Some(_)) => vec![VideoCodec::Av1, VideoCodec::H264],
        (Some(_), None) => vec![VideoCodec::Av1],
        (None, Some(_)) => vec![VideoCodec::H264],
        // None could be tried: then nothing is known, and the call will tell.
        (None, None) => vec![VideoCodec::Av1, VideoCodec::H264],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(av1: Option<u64>, h264: Option<u64>) -> Vec<VideoCodec> {
        let look = |codec, took: Option<u64>| Look { codec, took: took.map(Duration::from_millis) };
        worth_offering(&[look(VideoCodec::Av1, av1), look(VideoCodec::H264, h264)])
    }

    #[test]
    fn av1_is_offered_first_unless_it_is_too_slow_here() {
        let both = [VideoCodec::Av1, VideoCodec::H264];
        assert_eq!(offered(Some(2), Some(1)), both);
        assert_eq!(offered(Some(30), Some(20)), both, "on a machine where all is slow it still sends less");
        assert_eq!(offered(Some(40), Some(5)), [VideoCodec::H264, VideoCodec::Av1]);
        assert_eq!(offered(None, Some(5)), [VideoCodec::H264]);
        assert_eq!(offered(Some(5), None), [VideoCodec::Av1]);
        assert_eq!(offered(None, None), both);
    }

    #[test]
    fn both_encoders_can_be_tried() {
        for codec in [VideoCodec::Av1, VideoCodec::H264] {
            let look = look(codec);
            println!("{look:?}");
            assert!(look.took.is_some());
        }
    }
}
