//! What this machine encodes best, found out once while the customer waits for a technician.

use std::sync::OnceLock;

use deskhand_picture::encoder::{look, worth_offering};
use deskhand_protocol::call::control::VideoCodec;

static BEST_FIRST: OnceLock<Vec<VideoCodec>> = OnceLock::new();

/// Begins to find out, on a thread of its own: it takes a tenth of a second.
pub(super) fn find_out() {
    if BEST_FIRST.get().is_some() {
        return;
    }
    let looking = std::thread::Builder::new().name("codecs".to_owned()).spawn(|| {
        let looks = [VideoCodec::Av1, VideoCodec::H264].map(look);
        tracing::debug!(?looks, "encoders were tried");
        let _ = BEST_FIRST.set(worth_offering(&looks));
    });
    if let Err(error) = looking {
        tracing::debug!(%error, "encoders are not tried");
    }
}

/// What is known by now: a technician is not kept waiting for it.
pub(super) fn best_first() -> Vec<VideoCodec> {
    BEST_FIRST.get().cloned().unwrap_or_else(|| worth_offering(&[]))
}
