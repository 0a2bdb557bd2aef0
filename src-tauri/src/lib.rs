//! The desktop console.

pub mod ipc;
