//! What the probe measures over a whole call.

use deskhand_protocol::call::control::VideoCodec;
use deskhand_viewer::state::CallStats;
use serde::Serialize;

/// Written as JSON at the end of a call.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    /// Pictures received.
    pub(crate) frames: u32,
    /// Of these decoded without an error.
    pub(crate) decoded: u32,
    /// Of the last decoded one.
    pub(crate) width: u16,
    /// Of the last decoded one.
    pub(crate) height: u16,
    /// Video bytes received.
    pub(crate) video_bytes: u64,
    /// Tile messages received and put over the video.
    pub(crate) tile_messages: u32,
    /// Their bytes.
    pub(crate) tile_bytes: u64,
    /// Cells that were exact at the end.
    pub(crate) exact_cells: usize,
    /// All cells.
    pub(crate) cells: usize,
    /// From the customer's yes to the first decoded picture.
    pub(crate) first_frame_ms: Option<f64>,
    /// How long the screen was watched.
    pub(crate) viewed_ms: f64,
    /// Mean time to decode one picture.
    pub(crate) decode_ms: f64,
    /// `av1` or `h264`.
    pub(crate) codec: Option<VideoCodec>,
    /// `direct`, `turn_udp` or `relay_tls`.
    pub(crate) path: String,
    /// The figures of each second.
    pub(crate) seconds: Vec<CallStats>,
}
