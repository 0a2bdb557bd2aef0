//! Real keys in a real program: an `xterm` on a virtual X server of each test's own.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

#[path = "../common/granted.rs"]
mod granted;
mod keys;
mod pointer;
mod stage;
