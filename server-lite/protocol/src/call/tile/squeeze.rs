//! Makes a body small, and large again within bounds known before.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

/// Deflate makes at most this many bytes of one (258 of two bits).
const INFLATION: u64 = 1032;

/// How much time is spent on making a message small.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Effort {
    /// Little: the path is fast.
    #[default]
    Fast,
    /// More: the path is slow.
    Small,
}

pub(super) fn deflate(body: &[u8], effort: Effort, out: &mut Vec<u8>) {
    let level = match effort {
        // The first that makes codes of its own for each message: a third of what level 1 makes of text.
        Effort::Fast => 4,
        Effort::Small => 7,
    };
    let mut deflate = Compress::new(Compression::new(level), false);
    loop {
        let done = usize::try_from(deflate.total_in()).unwrap_or(usize::MAX);
        out.reserve(body.len() / 4 + 256);
        let rest = body.get(done..).unwrap_or_default();
        // With room in `out` and all of the input at hand there is nothing it could fail at.
        match deflate.compress_vec(rest, out, FlushCompress::Finish) {
            Ok(Status::Ok | Status::BufError) => {}
            Ok(Status::StreamEnd) | Err(_) => return,
        }
    }
}

/// `None` unless the stream is whole, ends with the bytes and has the length it should.
pub(super) fn inflate(bytes: &[u8], raw_len: u32) -> Option<Vec<u8>> {
    let input = u64::try_from(bytes.len()).ok()?;
    // What cannot be in there is not given memory either.
    if u64::from(raw_len) > input * INFLATION {
        return None;
    }
    let raw_len = usize::try_from(raw_len).ok()?;
    // One byte more than needed, so that a longer stream shows.
    let mut body = Vec::with_capacity(raw_len + 1);
    let mut inflate = Decompress::new(false);
    let end = inflate.decompress_vec(bytes, &mut body, FlushDecompress::Finish).ok()?;
    (end == Status::StreamEnd && inflate.total_in() == input && body.len() == raw_len).then_some(body)
}
