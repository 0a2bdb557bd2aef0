//! Two ends of a connection in one process, over real sockets.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

mod browser;
mod channels;
mod ends;
mod pair;
mod pictures;
