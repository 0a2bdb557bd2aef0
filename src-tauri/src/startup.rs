//! Whether the console starts with the desktop, and whether it opens `deskhand://` links, as the page sees and chooses it.

pub use deskhand_startup::Started;
use deskhand_startup::{Choice, Chosen, Refused};
use serde::{Deserialize, Serialize};

use crate::ipc::{IpcError, IpcErrorCode};

/// What is chosen; `None` where the system has no such choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export)]
pub struct StartupView {
    /// Whether it starts with the desktop.
    pub with_desktop: Option<bool>,
    /// Whether it opens `deskhand://` links.
    pub opens_links: Option<bool>,
}

/// A choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum StartupChoice {
    /// Whether it starts with the desktop.
    WithDesktop,
    /// Whether it opens `deskhand://` links.
    OpensLinks,
}

impl From<Chosen> for StartupView {
    fn from(Chosen { with_desktop, opens_links }: Chosen) -> Self {
        Self { with_desktop, opens_links }
    }
}

impl From<Refused> for IpcError {
    fn from(why: Refused) -> Self {
        Self::of(IpcErrorCode::CannotWrite, why.to_string())
    }
}

/// What is chosen here. Blocks.
#[must_use]
pub fn chosen() -> StartupView {
    deskhand_startup::chosen().into()
}

/// Chooses. Blocks.
///
/// # Errors
///
/// [`IpcErrorCode::CannotWrite`].
pub fn choose(choice: StartupChoice, on: bool, started: &Started) -> Result<StartupView, IpcError> {
    let choice = match choice {
        StartupChoice::WithDesktop => Choice::WithDesktop,
        StartupChoice::OpensLinks => Choice::OpensLinks,
    };
    Ok(deskhand_startup::choose(choice, on, started)?.into())
}
