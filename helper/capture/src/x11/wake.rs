//! An event counter of the kernel that ends a wait.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::event::{EventfdFlags, eventfd};

use crate::{CaptureError, Wake};

/// Readable from [`Wake::wake`] until [`clear`](Self::clear).
#[derive(Debug)]
pub(super) struct WakeFd(OwnedFd);

impl WakeFd {
    pub(super) fn new() -> Result<Self, CaptureError> {
        eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)
            .map(Self)
            .map_err(|error| CaptureError::Display(format!("no event descriptor: {error}")))
    }

    /// Takes back all wake-ups so far.
    pub(super) fn clear(&self) {
        // Would block when there is none: then there is nothing to take back.
        let _ = rustix::io::read(&self.0, &mut [0; 8]);
    }
}

impl AsFd for WakeFd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl Wake for WakeFd {
    fn wake(&self) {
        // Fails only when the counter is full, and then the waiter wakes anyway.
        let _ = rustix::io::write(&self.0, &1u64.to_ne_bytes());
    }
}
