//! The rest of the customer's machine: what it is, and where the helper keeps its few files.
//!
//! It reads and writes what belongs to the helper itself. Nothing here is done for a technician, so nothing here needs
//! a permit.

mod facts;
mod folder;

pub use facts::device_facts;
pub use folder::{DataFolder, FileName, FolderError};
