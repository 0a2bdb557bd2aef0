//! Whether the console starts with the desktop, and whether it opens `deskhand://` links. Both are off until the technician
//! chooses otherwise, and both are this user's own: nothing of the system is changed, and what is switched off is gone.
//!
//! | system | what a choice is |
//! |---|---|
//! | Linux | a small file each that says how the program is started (Desktop Entry Specification 1.5) |
//! | Windows | a value of this user's `Run` key; a key of this user's `Classes` |
//! | others | nothing can be chosen |
//!
//! # Invariants
//!
//! - What is written starts this program with what it was started with, and nothing else, whatever a path is called. A
//!   path that cannot be written down so is refused.
//! - The helper never uses this: the customer's program starts by his own click only.

use std::{ffi::OsString, io, path::PathBuf};

#[cfg(target_os = "linux")]
mod linux;
#[cfg(windows)]
mod registry;

#[cfg(target_os = "linux")]
pub use linux::{choose, chosen};
#[cfg(windows)]
pub use registry::{choose, chosen};

/// How this program was started, as far as it is to be started so again.
#[derive(Debug, Clone, Default)]
pub struct Started {
    /// The data folder, if one was named.
    pub data: Option<PathBuf>,
    /// The helper program, if one was named.
    pub helper: Option<PathBuf>,
}

impl Started {
    /// Its arguments, good from any folder.
    #[cfg_attr(not(any(windows, target_os = "linux")), allow(dead_code, reason = "there nothing is started"))]
    fn arguments(&self) -> Vec<OsString> {
        let named = [("--data", &self.data), ("--helper", &self.helper)];
        named
            .into_iter()
            .filter_map(|(name, path)| Some((name, path.clone()?)))
            .flat_map(|(name, path)| [name.into(), std::path::absolute(&path).unwrap_or(path).into_os_string()])
            .collect()
    }
}

/// What can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Whether it starts with the desktop.
    WithDesktop,
    /// Whether it opens `deskhand://` links.
    OpensLinks,
}

/// What is chosen; `None` where the system has no such choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chosen {
    /// Whether it starts with the desktop.
    pub with_desktop: Option<bool>,
    /// Whether it opens `deskhand://` links.
    pub opens_links: Option<bool>,
}

/// Why a choice was not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// There is nowhere to write it.
    #[error("this user has no home folder")]
    NoHome,
    /// A path has a sign that would mean something else there.
    #[error("a path that cannot be written down")]
    Path,
    /// The line is longer than the system starts.
    #[error("the paths are too long for the system to start")]
    TooLong,
    /// The system has no such choice, or does not let it be made.
    #[error("the system does not let this be chosen ({0})")]
    Unknown(&'static str),
    /// What the system says.
    #[error(transparent)]
    System(#[from] io::Error),
}

/// What is chosen here.
#[cfg(not(any(windows, target_os = "linux")))]
#[must_use]
pub const fn chosen() -> Chosen {
    Chosen { with_desktop: None, opens_links: None }
}

/// Chooses: here nothing can be.
///
/// # Errors
///
/// [`Refused::Unknown`], always.
#[cfg(not(any(windows, target_os = "linux")))]
pub fn choose(_choice: Choice, _on: bool, _started: &Started) -> Result<Chosen, Refused> {
    Err(Refused::Unknown("not on this system"))
}
