//! The system's clipboard, on a thread of its own. Files are a list of their URIs, see [`crate::files`].

use std::collections::BTreeSet;

use bytes::Bytes;
use deskhand_protocol::call::clipboard::{ClipboardKind, Mark};

/// What happened to the system's clipboard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SystemEvent {
    /// Another program has put something there, or what was there has gone.
    Changed {
        /// In which forms it can be read; empty when there is nothing of use.
        kinds: BTreeSet<ClipboardKind>,
        /// Whether its program marked it as secret.
        mark: Mark,
    },
    /// What [`System::own`] put there is there now.
    Owned {
        /// As it was named there.
        serial: u32,
    },
    /// A program pastes what [`System::own`] named; [`System::provide`] answers.
    Wanted {
        /// Names the answer.
        want: u32,
        /// In this form.
        kind: ClipboardKind,
    },
    /// What [`System::read`] asked for.
    Read {
        /// As it was named there.
        read: u32,
        /// The content, or why there is none.
        result: Result<Bytes, Unread>,
    },
    /// The display is gone; nothing more comes.
    Closed,
}

/// Why content could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// The program that held it has gone, does not answer or no longer has it.
    #[error("the program that held the content has gone")]
    Gone,
    /// It is longer than was asked for.
    #[error("the content has at least {size} bytes")]
    TooBig {
        /// Its size in bytes, as far as it is known.
        size: usize,
    },
    /// It is not of the form that its program said.
    #[error("the content is not of its form")]
    Unfit,
}

/// Why the system's clipboard cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no clipboard: {0}")]
pub struct NoClipboard(pub(crate) String);

#[cfg(windows)]
pub use crate::windows::System;
#[cfg(target_os = "linux")]
pub use crate::x11::System;

/// On this system there is none yet.
#[cfg(not(any(target_os = "linux", windows)))]
#[derive(Debug)]
pub struct System(std::convert::Infallible);

#[cfg(not(any(target_os = "linux", windows)))]
impl System {
    /// Opens the clipboard.
    ///
    /// # Errors
    ///
    /// Always.
    pub fn open(_: Option<&str>, _: impl Fn(SystemEvent) + Send + 'static) -> Result<Self, NoClipboard> {
        Err(NoClipboard("not on this system".to_owned()))
    }

    /// Never happens.
    pub fn own(&self, _: u32, _: BTreeSet<ClipboardKind>, _: Mark) {
        match self.0 {}
    }

    /// Never happens.
    pub fn clear(&self) {
        match self.0 {}
    }

    /// Never happens.
    pub fn read(&self, _: u32, _: ClipboardKind, _: usize) {
        match self.0 {}
    }

    /// Never happens.
    pub fn provide(&self, _: u32, _: Option<Bytes>) {
        match self.0 {}
    }
}
