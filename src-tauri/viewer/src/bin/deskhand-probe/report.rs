//! What the probe measures. Pictures are decoded on a thread of their own, as a window would.

use std::{sync::mpsc, thread, time::Instant};

use deskhand_protocol::call::{control::VideoCodec, frame::EncodedFrame};
use deskhand_viewer::{decode::Decoder, state::CallStats};
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

/// A picture that the decoding thread is done with.
pub(crate) struct Decoded {
    /// When.
    pub(crate) at: Instant,
    /// Its size, if it could be decoded.
    pub(crate) size: Option<(u16, u16)>,
    /// How long that took, in milliseconds.
    pub(crate) took_ms: f64,
}

/// Decodes what is sent in; ends with its sender.
pub(crate) fn decoding() -> (mpsc::Sender<EncodedFrame>, tokio::sync::mpsc::UnboundedReceiver<Decoded>) {
    let (frames, inbox) = mpsc::channel::<EncodedFrame>();
    let (done, decoded) = tokio::sync::mpsc::unbounded_channel();
    thread::spawn(move || {
        let mut decoder: Option<Decoder> = None;
        while let Ok(frame) = inbox.recv() {
            if decoder.as_ref().is_none_or(|decoder| decoder.codec() != frame.codec) {
                decoder = Decoder::new(frame.codec).ok();
            }
            let began = Instant::now();
            let size = match decoder.as_mut().map(|decoder| decoder.decode(&frame)) {
                Some(Ok(picture)) => Some((picture.width, picture.height)),
                _ => {
                    decoder = None;
                    None
                }
            };
            let at = Instant::now();
            let took_ms = (at - began).as_secs_f64() * 1000.0;
            if done.send(Decoded { at, size, took_ms }).is_err() {
                return;
            }
        }
    });
    (frames, decoded)
}
