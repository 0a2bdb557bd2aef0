//! How the console is started.

use std::path::PathBuf;

use clap::Parser;

use crate::folder::{Folder, FolderError};

/// Deskhand: help a customer on the customer's own computer.
#[derive(Debug, Clone, Parser)]
#[command(name = "deskhand", version)]
pub struct Options {
    /// Folder for the console's data, in place of the usual one.
    #[arg(long, value_name = "DIR", env = "DESKHAND_DATA")]
    pub data: Option<PathBuf>,
    /// The helper program that belongs into support packages, in place of the one beside this program.
    #[arg(long, value_name = "FILE", env = "DESKHAND_HELPER")]
    pub helper: Option<PathBuf>,
}

impl Options {
    /// The data folder.
    ///
    /// # Errors
    ///
    /// [`FolderError::NoHome`] when none is named and the system has none.
    pub fn data_folder(&self) -> Result<PathBuf, FolderError> {
        self.data.clone().map_or_else(Folder::usual, Ok)
    }
}
