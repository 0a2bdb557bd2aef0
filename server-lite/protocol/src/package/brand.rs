//! How a company wants to be recognised: name, logo, colour and a line of welcome. All of it is decoration that anyone
//! could copy; nobody is trusted for it. It reaches the customer beside the program, never inside it.

use std::{fmt, str::FromStr};

use data_encoding::BASE64;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::{
    limit::{BRAND_CHARS, LOGO_BYTES, LOGO_EDGE},
    text::{Name, Text},
};

/// A line of welcome.
pub type Welcome = Text<BRAND_CHARS>;

/// Why a logo or a colour was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BrandError {
    /// Not a PNG file from its first to its last byte.
    #[error("the logo is not a PNG picture, or a damaged one")]
    NotPng,
    /// More bytes or a longer edge than allowed.
    #[error("the logo is too large")]
    LogoTooLarge,
    /// Not of the form `#rrggbb`.
    #[error("the colour is not of the form #rrggbb")]
    Colour,
}

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct Brand {
    /// What the company calls itself on pages; empty: as its technician says.
    #[ts(type = "string")]
    pub name: Name,
    /// Its colour.
    pub colour: Option<Colour>,
    /// Its logo.
    pub logo: Option<Logo>,
    /// What customers read first; empty: nothing.
    #[ts(type = "string")]
    pub welcome: Welcome,
}

impl Brand {
    /// Whether there is nothing to show.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.name.is_blank() && self.colour.is_none() && self.logo.is_none() && self.welcome.is_blank()
    }
}

/// A colour of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ts_rs::TS)]
#[ts(export, type = "string")]
pub struct Colour([u8; 3]);

impl Colour {
    /// Whether white text stands out better on it than black (WCAG 2.2, relative luminance).
    #[must_use]
    pub fn is_dark(self) -> bool {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        let [red, green, blue] = self.0.map(linear);
        let luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
        // Where the contrast to white and to black is the same.
        luminance < 0.179
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

impl FromStr for Colour {
    type Err = BrandError;

    fn from_str(text: &str) -> Result<Self, BrandError> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6).ok_or(BrandError::Colour)?;
        let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).map_err(|_| BrandError::Colour)?;
        Ok(Self(bytes.try_into().map_err(|_| BrandError::Colour)?))
    }
}

/// A small PNG picture.
#[derive(Clone, PartialEq, Eq, ts_rs::TS)]
#[ts(export, type = "string")]
pub struct Logo(Vec<u8>);

impl Logo {
    /// Takes the bytes of a PNG file.
    ///
    /// # Errors
    ///
    /// [`BrandError`].
    pub fn new(bytes: Vec<u8>) -> Result<Self, BrandError> {
        if bytes.len() > LOGO_BYTES {
            return Err(BrandError::LogoTooLarge);
        }
        let (width, height) = png_size(&bytes).ok_or(BrandError::NotPng)?;
        if width.max(height) > LOGO_EDGE {
            return Err(BrandError::LogoTooLarge);
        }
        Ok(Self(bytes))
    }

    /// The file.
    #[must_use]
    pub fn png(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Logo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Logo({} bytes)", self.0.len())
    }
}

/// Walks the chunks of a PNG file (RFC 2083, 3.2): the first is the header, the last the end, and nothing follows.
fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut rest = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n")?;
    let mut size = None;
    loop {
        let (length, behind) = rest.split_first_chunk::<4>()?;
        let (kind, behind) = behind.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let data = behind.get(..length)?;
        rest = behind.get(length.checked_add(4)?..)?;
        match kind {
            b"IHDR" if size.is_none() => {
                let (width, data) = data.split_first_chunk::<4>()?;
                let (height, _) = data.split_first_chunk::<4>()?;
                size = Some((u32::from_be_bytes(*width), u32::from_be_bytes(*height)));
            }
            b"IEND" => return size.filter(|(width, height)| rest.is_empty() && *width > 0 && *height > 0),
            _ if size.is_none() => return None,
            _ => {}
        }
    }
}

impl Serialize for Logo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Logo {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.len() > LOGO_BYTES * 2 {
            return Err(D::Error::custom(BrandError::LogoTooLarge));
        }
        let bytes = BASE64.decode(text.as_bytes()).map_err(|_| D::Error::custom(BrandError::NotPng))?;
        Self::new(bytes).map_err(D::Error::custom)
    }
}

impl Serialize for Colour {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Colour {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// A language that a package may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// English.
    En,
    /// German.
    De,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A PNG of one pixel.
    const PIXEL: &str =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

    #[test]
    fn a_logo_is_a_whole_png() {
        let png = BASE64.decode(PIXEL.as_bytes()).unwrap();
        assert_eq!(Logo::new(png.clone()).unwrap().png(), png);
        for len in 0..png.len() {
            assert_eq!(Logo::new(png[..len].to_vec()), Err(BrandError::NotPng), "{len}");
        }
        assert_eq!(Logo::new([png, b"<script>".to_vec()].concat()), Err(BrandError::NotPng));
        assert_eq!(Logo::new(b"<svg/>".to_vec()), Err(BrandError::NotPng));
        assert_eq!(Logo::new(vec![0; LOGO_BYTES + 1]), Err(BrandError::LogoTooLarge));
    }

    #[test]
    fn a_logo_of_huge_edges_is_refused() {
        let mut png = BASE64.decode(PIXEL.as_bytes()).unwrap();
        png[16..20].copy_from_slice(&(LOGO_EDGE + 1).to_be_bytes());
        assert_eq!(Logo::new(png), Err(BrandError::LogoTooLarge));
    }

    #[test]
    fn a_colour_is_six_digits_and_nothing_else() {
        assert_eq!("#2F5bd8".parse::<Colour>().unwrap().to_string(), "#2f5bd8");
        for wrong in ["", "#", "2f5bd8", "#2f5bd", "#2f5bd80", "#2f5bdg", "red", "#2f5bd8;}body{"] {
            assert_eq!(wrong.parse::<Colour>(), Err(BrandError::Colour), "{wrong}");
        }
        assert!("#2f5bd8".parse::<Colour>().unwrap().is_dark() && !"#ffe08a".parse::<Colour>().unwrap().is_dark());
    }

    #[test]
    fn a_brand_is_read_as_it_was_written() {
        let brand = Brand {
            name: Name::lossy("Weber & Söhne"),
            colour: Some("#aa0000".parse().unwrap()),
            logo: Some(Logo::new(BASE64.decode(PIXEL.as_bytes()).unwrap()).unwrap()),
            welcome: Welcome::lossy("Grüß Gott"),
        };
        let text = serde_json::to_string(&brand).unwrap();
        assert_eq!(serde_json::from_str::<Brand>(&text).unwrap(), brand);
        assert!(Brand::default().is_empty() && !brand.is_empty());
    }
}
