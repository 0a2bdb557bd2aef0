//! The data channels of a call. The helper, which makes the offer, opens all of them; each end attaches its handlers
//! before the connection starts and sends nothing on a channel before the other end's `hello` on `control`.

use serde::{Deserialize, Serialize};

/// Label and reliability of each channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Keys, buttons, wheel, text: ordered, reliable. Binary, see [`input`](super::input).
    Input,
    /// Motion: unordered, never sent again; the newest wins. Binary, see [`input`](super::input).
    Pointer,
    /// Cursor shape and place, helper to console: ordered, reliable. Binary, see [`cursor`](super::cursor).
    Cursor,
    /// Grants, monitors, quality, statistics: ordered, reliable. JSON, see [`control`](super::control).
    Control,
    /// Exact parts of the picture, helper to console: ordered, reliable. Binary, see [`tile`](super::tile).
    Tiles,
    /// What is copied, both ways: ordered, reliable. Binary, see [`clipboard`](super::clipboard).
    Clipboard,
    /// Requests for files, answers and their bytes: ordered, reliable. Binary, see [`files`](super::files).
    Files,
}

impl Channel {
    /// All of them, in the order in which the helper opens them.
    pub const ALL: [Self; 7] =
        [Self::Input, Self::Pointer, Self::Cursor, Self::Control, Self::Tiles, Self::Clipboard, Self::Files];

    /// Its label in the SCTP handshake.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Input => "deskhand/1/input",
            Self::Pointer => "deskhand/1/pointer",
            Self::Cursor => "deskhand/1/cursor",
            Self::Control => "deskhand/1/control",
            Self::Tiles => "deskhand/1/tiles",
            Self::Clipboard => "deskhand/1/clipboard",
            Self::Files => "deskhand/1/files",
        }
    }

    /// The channel of a label; `None` for one this version does not know, which is then closed.
    #[must_use]
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.label() == label)
    }

    /// Whether messages arrive in order and are sent again when lost.
    #[must_use]
    pub const fn is_reliable(self) -> bool {
        !matches!(self, Self::Pointer)
    }

    /// The longest message in bytes; a longer one is refused and closes the call.
    #[must_use]
    pub const fn limit(self) -> usize {
        match self {
            Self::Input | Self::Pointer => crate::limit::INPUT_MESSAGE,
            Self::Cursor => crate::limit::CURSOR_MESSAGE,
            Self::Control => crate::limit::CONTROL_MESSAGE,
            Self::Tiles => crate::limit::TILE_MESSAGE,
            Self::Clipboard => crate::limit::CLIPBOARD_MESSAGE,
            Self::Files => crate::limit::FILES_MESSAGE,
        }
    }
}
