//! The `control` channel: JSON text messages of at most [`CONTROL_MESSAGE`](crate::limit::CONTROL_MESSAGE) bytes.

use serde::{Deserialize, Serialize};

use crate::{
    call::{
        quick::{Deed, Outcome, Program, SystemFacts},
        room::{RoomAct, RoomNews},
        signal::DeclineReason,
    },
    capability::Capability,
    error::WireError,
    record::EndReason,
    text::Name,
};

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
    /// VP9 profile 0. Browsers only.
    Vp9,
    /// VP8. Browsers only.
    Vp8,
}

/// [`Monitor::index`] of the whole virtual desktop as one picture, listed last where there is more than one monitor.
pub const ALL_MONITORS: u8 = u8::MAX;

/// How a monitor stands. Its picture is upright all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum Rotation {
    /// As it was built.
    #[default]
    Upright,
    /// Turned clockwise by a quarter.
    Right,
    /// Upside down.
    Inverted,
    /// Turned counter-clockwise by a quarter.
    Left,
}

/// One monitor in the device's virtual desktop. Positions may be negative.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct Monitor {
    /// What [`ToHelper::Show`] and input events name. It stays this monitor's while the call lasts, also when others
    /// come and go. [`ALL_MONITORS`]: all of them together.
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
    /// How much larger than designed programs are to draw, in percent; 100 where nothing is known.
    pub scale_percent: u16,
    /// How it stands.
    pub rotation: Rotation,
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
    /// Cells sent as exact tiles.
    pub tiles: u32,
    /// Bytes of tile messages sent.
    pub tile_bytes: u32,
    /// Whether everything shown is exact, as far as the helper knows.
    pub exact: bool,
    /// The most pictures per second in force.
    pub frame_rate: u8,
    /// The size of the coded picture in force, in percent of the monitor's edges.
    pub scale_percent: u8,
    /// What holds the picture back.
    pub limit: PictureLimit,
}

/// What keeps the picture from being better or coming faster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum PictureLimit {
    /// Nothing.
    #[default]
    None,
    /// The path carries no more.
    Network,
    /// The helper's machine encodes no faster.
    Encoder,
    /// The technician wants no more.
    Choice,
}

/// What the technician wants of the picture, where not everything can be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    /// What suits the path and the machine.
    #[default]
    Auto,
    /// Readable first, even if it comes later.
    SharpText,
    /// Fluent first, even if it is less sharp.
    SmoothMotion,
    /// As few bytes as can be worked with.
    LowBandwidth,
    /// Without colour in motion, for fewer bytes still.
    Grey,
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
        /// Those being shown, each as a picture of its own.
        shown: Vec<u8>,
        /// What the customer granted.
        granted: Vec<Capability>,
        /// The codec chosen of those the console can decode.
        codec: VideoCodec,
    },
    /// Monitors came, went or changed, or others are shown now.
    Monitors {
        /// All monitors.
        monitors: Vec<Monitor>,
        /// Those being shown, each as a picture of its own.
        shown: Vec<u8>,
    },
    /// What is granted now; a whole statement, not a change.
    Granted {
        /// What may be used, as soon as nothing stops it.
        granted: Vec<Capability>,
        /// What the customer granted and holds back for now.
        #[serde(default)]
        held: Vec<Capability>,
        /// What stops everything, or all but the view, for now.
        #[serde(default)]
        stopped: Option<Stopped>,
        /// What the customer is being asked for; empty without a question.
        #[serde(default)]
        asking: Vec<Capability>,
        /// Whether the technician may leave and come back without a new question, until the session ends.
        #[serde(default)]
        may_return: bool,
    },
    /// The customer's no to what was asked during the call.
    Declined {
        /// Which no.
        reason: DeclineReason,
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
    /// What became of a deed that was asked for.
    Did {
        /// Which.
        deed: Deed,
        /// How far it is.
        outcome: Outcome,
    },
    /// The programs that run, those first that use most.
    Programs {
        /// At most [`PROGRAMS`](crate::call::quick::PROGRAMS).
        programs: Vec<Program>,
        /// How many there are beside them.
        more: u32,
    },
    /// What computer it is.
    System {
        /// All that is known of it.
        facts: SystemFacts,
    },
    /// Of the technicians in this call.
    Room {
        /// What.
        news: RoomNews,
    },
    /// The customer asks the technicians to look his way. At most once in
    /// [`ATTENTION_PAUSE`](crate::limit::ATTENTION_PAUSE).
    Attention,
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

/// Why what is granted cannot be used for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum Stopped {
    /// The customer paused: nothing leaves and nothing is carried out.
    Paused,
    /// The customer's bar is covered or gone: he is still seen, but nothing is carried out.
    BarHidden,
}

/// Why there is no picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// The screen cannot be captured.
    NoCapture,
    /// The encoder of the chosen codec does not work. A console that can decode another connects anew with that.
    NoEncoder,
    /// The encoder of the chosen codec takes seconds for a picture. The picture goes on; a console that can decode
    /// another codec connects anew with that.
    SlowEncoder,
    /// The system shows programs no more than a part of the desktop.
    Protected,
    /// A screen saver hides the desktop, or the monitor is dark. The picture goes on.
    MonitorOff,
    /// Windows shows a desktop that no program may see: it asks for permission or a password, or is locked.
    SecureDesktop,
    /// The window in front has more rights than the helper: it is seen, but takes no mouse and keyboard.
    Elevated,
}

/// What the technician prefers, where not everything can be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Preference {
    /// What goes first.
    pub quality: Quality,
    /// The most pictures per second.
    pub frame_rate: Option<u8>,
    /// The most the picture may take of the path.
    pub kbit_per_s: Option<u32>,
    /// The largest coded picture, in percent of the monitor's edges.
    pub scale_percent: Option<u8>,
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
    /// Show these monitors, each as a picture of its own; a whole statement, not a change.
    Show {
        /// One to [`SHOWN`](crate::limit::SHOWN) different [`Monitor::index`].
        monitors: Vec<u8>,
        /// Whose picture goes first where not all can have what they need.
        focus: u8,
    },
    /// The viewer cannot go on without a key frame.
    KeyFrame {
        /// Of this monitor; `None`: of all that are shown.
        monitor: Option<u8>,
    },
    /// Nobody looks at the picture for now (`false`), or someone does again (`true`).
    Watch {
        /// Whether to send pictures.
        watching: bool,
    },
    /// How the picture should be from now on; a whole statement, not a change.
    Prefer(Preference),
    /// The technician asks for more than he has.
    Want {
        /// What, at most [`CAPABILITIES`](crate::limit::CAPABILITIES).
        capabilities: Vec<Capability>,
    },
    /// Do something that interrupts the customer's work, once he says yes to it.
    Do {
        /// What.
        deed: Deed,
    },
    /// Tell which programs run.
    Programs,
    /// Tell what computer it is.
    System,
    /// Something among the technicians of this call.
    Room {
        /// What.
        act: RoomAct,
    },
    /// The technician has seen that the customer asks for him.
    Attended,
    /// The technician leaves and means to come back; without leave to return he is waited for as after a loss.
    Leave,
    /// The technician ends the call.
    End,
    /// Something the helper sent was refused; the console closes the connection.
    Error {
        /// What and why.
        error: WireError,
    },
}
