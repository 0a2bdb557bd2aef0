//! The rest of the customer's machine: what it is, and where the helper keeps its few files.
//!
//! [`DataFolder`] and [`device_facts`] are the helper's own and need no permit. What is done for a technician does, at
//! each step: [`files`], [`programs`], [`power`].

mod facts;
#[cfg(target_os = "linux")]
pub mod files;
#[cfg(not(target_os = "linux"))]
#[path = "files_closed.rs"]
pub mod files;
mod folder;
pub mod power;
pub mod programs;

pub use facts::device_facts;
pub use folder::{DataFolder, FileName, FolderError};
