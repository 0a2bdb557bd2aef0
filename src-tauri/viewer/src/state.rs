//! Where a call stands and what it measures, as a screen shows it. Told outward only; nothing is decided by it.

use deskhand_protocol::{
    call::{
        control::{Monitor, PictureLimit, Stopped, Trouble, VideoCodec},
        quick::{Deed, Outcome, Program, SystemFacts},
        signal::{DeclineReason, RefuseReason},
    },
    capability::Capability,
    record::EndReason,
};
use serde::Serialize;

/// Where a call stands between the helper's coming and its end.
#[derive(Debug, Clone, PartialEq, Serialize, ts_rs::TS)]
#[ts(export)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum CallState {
    /// The helper is here; the keys are being proven.
    Proving,
    /// Both keys are proven; the words can be compared.
    Known {
        /// The same on both sides.
        words: Vec<String>,
    },
    /// The customer is being asked.
    Asking {
        /// The same on both sides.
        words: Vec<String>,
    },
    /// He said no, or nothing; *Connect* may be tried again.
    Declined {
        /// Which.
        reason: DeclineReason,
    },
    /// He said yes; the direct connection is being made.
    Connecting,
    /// The screen is shared.
    Live {
        /// What may be used, as soon as nothing stops it.
        granted: Vec<Capability>,
        /// What the customer granted and holds back for now.
        held: Vec<Capability>,
        /// What stops everything, or all but the view, for now.
        stopped: Option<Stopped>,
        /// What he is being asked for.
        asking: Vec<Capability>,
        /// Whether one may leave and come back without a question.
        may_return: bool,
        /// His last no during the call.
        declined: Option<DeclineReason>,
        /// All monitors of the device.
        monitors: Vec<Monitor>,
        /// Those being shown, each as a picture of its own.
        shown: Vec<u8>,
        /// How the picture comes.
        codec: VideoCodec,
        /// `direct`, `turn_udp` or `relay_tls`.
        path: String,
        /// Why there is no picture for now.
        trouble: Option<Trouble>,
        /// How often the customer has asked for attention since it was last seen.
        attention: u32,
    },
    /// The connection is lost and being made anew.
    Reconnecting,
    /// The handshake failed.
    Refused {
        /// Why.
        reason: RefuseReason,
    },
    /// The session is over.
    Over {
        /// Why.
        reason: EndReason,
    },
}

/// What the helper tells of the machine and its programs.
#[derive(Debug, Clone, PartialEq, Serialize, ts_rs::TS)]
#[ts(export)]
#[serde(tag = "news", rename_all = "snake_case")]
pub enum MachineNews {
    /// What became of a deed.
    Did {
        /// Which.
        deed: Deed,
        /// How far it is.
        outcome: Outcome,
    },
    /// The programs that run.
    Programs {
        /// Those first that matter most.
        programs: Vec<Program>,
        /// How many there are beside them.
        more: u32,
    },
    /// What computer it is.
    System {
        /// All that is known of it.
        facts: SystemFacts,
    },
}

/// Figures of a live call over the last second.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ts_rs::TS)]
#[ts(export)]
pub struct CallStats {
    /// Video pictures received.
    pub fps: f32,
    /// Video received.
    pub kbit_per_s: f32,
    /// Exact tiles received: cells per second.
    pub tiles: f32,
    /// Exact tiles received.
    pub tile_kbit_per_s: f32,
    /// Round trip; `None` until measured.
    pub rtt_ms: Option<f32>,
    /// At the helper, mean.
    pub capture_ms: f32,
    /// At the helper, mean.
    pub encode_ms: f32,
    /// Whether everything shown is exact, as far as the helper knows.
    pub exact: bool,
    /// The most pictures per second in force at the helper.
    pub frame_rate: u8,
    /// The size of the coded picture, in percent of the monitor's edges.
    pub scale_percent: u8,
    /// What holds the picture back.
    pub limit: PictureLimit,
}
