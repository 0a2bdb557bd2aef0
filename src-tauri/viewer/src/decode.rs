//! Software decoding to RGB, for an end without a page: the headless probe, and tests of the helper's picture.
//!
//! Takes what a page takes, one [`EncodedFrame`] at a time, and gives one picture for each. Never guesses: a picture of
//! another size or colour than announced is an error.

use std::fmt;

use deskhand_protocol::call::{control::VideoCodec, frame::EncodedFrame};
use yuv::{YuvPlanarImage, YuvRange, YuvStandardMatrix, yuv420_to_rgb};

mod av1;
mod h264;

/// A decoded picture.
#[derive(Clone, PartialEq, Eq)]
pub struct RgbPicture {
    /// Width in pixels.
    pub width: u16,
    /// Height in pixels.
    pub height: u16,
    /// Red, green, blue; `width * 3` bytes per row.
    pub rgb: Vec<u8>,
}

impl RgbPicture {
    /// Red, green and blue of one pixel; `None` outside of the picture.
    #[must_use]
    pub fn pixel(&self, x: u16, y: u16) -> Option<[u8; 3]> {
        if x >= self.width || y >= self.height {
            return None;
        }
        let at = (usize::from(y) * usize::from(self.width) + usize::from(x)) * 3;
        self.rgb.get(at..at + 3)?.try_into().ok()
    }
}

/// Prints the size only: pictures of a customer's screen do not belong in a log.
impl fmt::Debug for RgbPicture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RgbPicture({}x{})", self.width, self.height)
    }
}

/// Why a frame gave no picture. Ask for a key frame and go on with a new decoder.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The codec's library could not be set up.
    #[error("no {codec:?} decoder: {what}")]
    Unavailable {
        /// Which one.
        codec: VideoCodec,
        /// What the library said.
        what: String,
    },
    /// The bytes are damaged or do not follow on what came before.
    #[error("damaged {codec:?} frame: {what}")]
    Damaged {
        /// Which codec.
        codec: VideoCodec,
        /// What the library said.
        what: String,
    },
    /// The picture is not what its header announces.
    #[error("the picture is {got}, not {announced} as announced")]
    NotAsAnnounced {
        /// What was decoded.
        got: String,
        /// What the header or the protocol says.
        announced: String,
    },
}

/// Decodes one stream. A new one is needed when the codec changes or a frame was lost.
#[derive(Debug)]
pub struct Decoder {
    codec: VideoCodec,
    inner: Inner,
}

#[derive(Debug)]
enum Inner {
    Av1(av1::Av1Decoder),
    H264(h264::H264Decoder),
}

impl Decoder {
    /// A decoder that waits for a key frame.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Unavailable`] when the library has no memory, and for the codecs that only browsers send.
    pub fn new(codec: VideoCodec) -> Result<Self, DecodeError> {
        let inner = match codec {
            VideoCodec::Av1 => Inner::Av1(av1::Av1Decoder::new()?),
            VideoCodec::H264 => Inner::H264(h264::H264Decoder::new()?),
            VideoCodec::Vp9 | VideoCodec::Vp8 => {
                return Err(DecodeError::Unavailable { codec, what: "only pages decode it".to_owned() });
            }
        };
        Ok(Self { codec, inner })
    }

    /// What it decodes.
    #[must_use]
    pub fn codec(&self) -> VideoCodec {
        self.codec
    }

    /// Decodes one frame, the next of the stream.
    ///
    /// # Errors
    ///
    /// [`DecodeError`]; the decoder is then of no further use.
    pub fn decode(&mut self, frame: &EncodedFrame) -> Result<RgbPicture, DecodeError> {
        if frame.codec != self.codec {
            return Err(not_announced(format!("{:?}", frame.codec), format!("{:?}", self.codec)));
        }
        let size = (frame.width, frame.height);
        match &mut self.inner {
            Inner::Av1(decoder) => decoder.decode(&frame.data, |planes| to_rgb(planes, size))?,
            Inner::H264(decoder) => decoder.decode(&frame.data, |planes| to_rgb(planes, size))?,
        }
    }
}

/// A decoded picture in 4:2:0, borrowed from the codec's library.
struct Planes<'a> {
    y: &'a [u8],
    u: &'a [u8],
    v: &'a [u8],
    luma_stride: u32,
    chroma_stride: u32,
    width: u32,
    height: u32,
}

/// Converts what can be seen: coded edges are even, the announced size may be odd. A picture coded smaller than
/// announced is stretched to it.
fn to_rgb(planes: &Planes<'_>, (width, height): (u16, u16)) -> Result<RgbPicture, DecodeError> {
    let coded = (u32::from(width).next_multiple_of(2), u32::from(height).next_multiple_of(2));
    let too_large = planes.width > coded.0 || planes.height > coded.1;
    if too_large || planes.width == 0 || planes.height == 0 || width == 0 || height == 0 {
        return Err(not_announced(format!("{}x{}", planes.width, planes.height), format!("{}x{}", coded.0, coded.1)));
    }
    if (planes.width, planes.height) == coded {
        return convert(planes, (width, height));
    }
    let own =
        |edge: u32| u16::try_from(edge).map_err(|_| not_announced("an edge over 65535".into(), "a picture".into()));
    Ok(stretch(&convert(planes, (own(planes.width)?, own(planes.height)?))?, (width, height)))
}

/// Makes a picture larger, with straight lines from pixel to pixel.
fn stretch(from: &RgbPicture, (width, height): (u16, u16)) -> RgbPicture {
    let columns: Vec<_> = (0..width).map(|x| between(x, width, from.width)).collect();
    let stride = usize::from(from.width) * 3;
    let mut rgb = Vec::with_capacity(usize::from(width) * usize::from(height) * 3);
    for y in 0..height {
        let (upper, lower, down) = between(y, height, from.height);
        let row = |row: usize| from.rgb.get(row * stride..(row + 1) * stride).unwrap_or_default();
        let (upper, lower) = (row(upper), row(lower));
        for (left, right, across) in &columns {
            for channel in 0..3 {
                let at = |row: &[u8], x: usize| row.get(x * 3 + channel).copied().map_or(0, u32::from);
                let mix = |a: u32, b: u32, part: u32| a * (256 - part) + b * part;
                let above = mix(at(upper, *left), at(upper, *right), *across);
                let below = mix(at(lower, *left), at(lower, *right), *across);
                rgb.push(u8::try_from((mix(above, below, down) + (1 << 15)) >> 16).unwrap_or(u8::MAX));
            }
        }
    }
    RgbPicture { width, height, rgb }
}

/// The two pixels of `from` around the centre of pixel `at` of `to`, and how far it lies towards the second, of 256.
fn between(at: u16, to: u16, from: u16) -> (usize, usize, u32) {
    let centre = (u64::from(at) * 2 + 1) * u64::from(from) * 128 / u64::from(to);
    let place = centre.saturating_sub(128);
    let last = usize::from(from - 1);
    let first = usize::try_from(place / 256).unwrap_or(last).min(last);
    (first, (first + 1).min(last), u32::try_from(place % 256).unwrap_or(0))
}

/// Converts the upper left part of that size.
fn convert(planes: &Planes<'_>, (width, height): (u16, u16)) -> Result<RgbPicture, DecodeError> {
    let image = YuvPlanarImage {
        y_plane: planes.y,
        y_stride: planes.luma_stride,
        u_plane: planes.u,
        u_stride: planes.chroma_stride,
        v_plane: planes.v,
        v_stride: planes.chroma_stride,
        width: u32::from(width),
        height: u32::from(height),
    };
    let stride = u32::from(width) * 3;
    let mut rgb = vec![0; usize::from(width) * 3 * usize::from(height)];
    yuv420_to_rgb(&image, &mut rgb, stride, YuvRange::Limited, YuvStandardMatrix::Bt709)
        .map_err(|error| not_announced(error.to_string(), "4:2:0".to_owned()))?;
    Ok(RgbPicture { width, height, rgb })
}

fn not_announced(got: String, announced: String) -> DecodeError {
    DecodeError::NotAsAnnounced { got, announced }
}
