//! The `control` channel: JSON text messages of at most [`CONTROL_MESSAGE`](crate::limit::CONTROL_MESSAGE) bytes.

use serde::{Deserialize, Serialize};

use crate::{capability::Capability, error::WireError, record::EndReason, text::Name};

mod read;

pub use read::{ControlMessage, read};

/// A codec for the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum VideoCodec {
    /// AV1 main profile, 4:2:0, 8 bit.
    Av1,
    /// H.264 constrained baseline.
    H264,
}

/// One monitor in the device's virtual desktop. Positions may be negative.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct Monitor {
    /// Its place in the list; what [`ToHelper::Select`] and input events name.
    pub index: u8,
    /// What the system calls it.
    #[ts(type = "string")]
    pub name: Name,
    /// Left edge in pixels.
    pub x: i32,
    /// Upper edge in pixels.
    pub y: i32,
    /// Width in pixels.
    pub width: u16,
    /// Height in pixels.
    pub height: u16,
    /// Whether it is the primary one.
    pub primary: bool,
}

/// What the helper measured over the last second.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Default, ts_rs::TS)]
#[ts(export)]
pub struct PictureStats {
    /// Pictures captured because something changed.
    pub captured: u32,
    /// Pictures encoded and sent.
    pub sent: u32,
    /// Video bytes sent.
    pub bytes: u32,
    /// Mean time to capture one, in milliseconds.
    pub capture_ms: f32,
    /// Mean time to convert and encode one, in milliseconds.
    pub encode_ms: f32,
}

/// From helper to console.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToConsole {
    /// The first message: what there is to see.
    Hello {
        /// [`PROTOCOL_VERSION`](crate::PROTOCOL_VERSION) of the helper.
        version: u16,
        /// All monitors.
        monitors: Vec<Monitor>,
        /// The one being shown.
        selected: u8,
        /// What the customer granted.
        granted: Vec<Capability>,
        /// The codec chosen of those the console can decode.
        codec: VideoCodec,
    },
    /// Monitors came, went or changed, or another is shown now.
    Monitors {
        /// All monitors.
        monitors: Vec<Monitor>,
        /// The one being shown.
        selected: u8,
    },
    /// What is granted now.
    Granted {
        /// The whole list.
        granted: Vec<Capability>,
    },
    /// Once a second while pictures are sent, and once more when they stop.
    Stats {
        /// The figures.
        stats: PictureStats,
    },
    /// The screen cannot be shown for now.
    Trouble {
        /// Why, as a code the page has a sentence for; `None` when it is over.
        trouble: Option<Trouble>,
    },
    /// The helper ends the call.
    Ended {
        /// Why.
        reason: EndReason,
    },
    /// Something the console sent was refused.
    Error {
        /// What and why.
        error: WireError,
    },
}

/// Why there is no picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// The screen cannot be captured.
    NoCapture,
    /// No encoder works.
    NoEncoder,
}

/// From console to helper.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToHelper {
    /// The first message.
    Hello {
        /// [`PROTOCOL_VERSION`](crate::PROTOCOL_VERSION) of the console.
        version: u16,
    },
    /// Show this monitor.
    Select {
        /// [`Monitor::index`].
        monitor: u8,
    },
    /// The viewer cannot go on without a key frame.
    KeyFrame,
    /// Nobody looks at the picture for now (`false`), or someone does again (`true`).
    Watch {
        /// Whether to send pictures.
        watching: bool,
    },
    /// The technician ends the call.
    End,
    /// Something the helper sent was refused; the console closes the connection.
    Error {
        /// What and why.
        error: WireError,
    },
}
