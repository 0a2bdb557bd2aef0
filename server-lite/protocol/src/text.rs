//! Text from outside: bounded, and free of what could deceive a reader or a terminal.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

/// Why a text was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// It is longer than allowed.
    #[error("text is longer than {max} characters")]
    TooLong {
        /// The limit in Unicode scalar values.
        max: usize,
    },
    /// It has a control, a direction-changing or another invisible character.
    #[error("text has a character that is not allowed")]
    ForbiddenCharacter,
}

/// At most `MAX` characters of plain text. Line feeds are kept, all other control characters are refused, and so are
/// the marks that change the reading direction, with which a name can pretend to be another (Unicode TR 36, 3.1).
///
/// It is still hostile: never HTML, never a path, never a shell word.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
#[serde(transparent)]
pub struct Text<const MAX: usize>(String);

impl<const MAX: usize> Text<MAX> {
    /// Checks and takes a text.
    ///
    /// # Errors
    ///
    /// [`TextError`] when it is too long or has a forbidden character.
    pub fn new(text: impl Into<String>) -> Result<Self, TextError> {
        let text = text.into();
        if text.len() > MAX.saturating_mul(4) || text.chars().count() > MAX {
            return Err(TextError::TooLong { max: MAX });
        }
        if text.chars().any(is_forbidden) {
            return Err(TextError::ForbiddenCharacter);
        }
        Ok(Self(text))
    }

    /// Makes any text fit: forbidden characters are dropped, the rest is cut at the limit. For what a system reports
    /// of itself (host name, monitor name), where a refusal would help nobody.
    #[must_use]
    pub fn lossy(text: &str) -> Self {
        Self(text.chars().filter(|c| !is_forbidden(*c)).take(MAX).collect())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing to read.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.0.trim().is_empty()
    }
}

const fn is_forbidden(c: char) -> bool {
    (c.is_ascii_control() && c != '\n')
        || matches!(c, '\u{80}'..='\u{9f}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

impl<const MAX: usize> fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Prints the length only: texts of people do not belong in a log.
impl<const MAX: usize> fmt::Debug for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({} bytes)", self.0.len())
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Text<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// A person's, company's, machine's or monitor's name.
pub type Name = Text<{ crate::limit::NAME_CHARS }>;

/// The body of one chat message.
pub type ChatText = Text<{ crate::limit::CHAT_CHARS }>;

/// A word put on sessions and devices to find them by.
pub type Tag = Text<{ crate::limit::TAG_CHARS }>;

/// What a technician notes of a session or a device.
pub type Note = Text<{ crate::limit::NOTE_CHARS }>;

/// What is searched for.
pub type SearchText = Text<{ crate::limit::SEARCH_CHARS }>;
