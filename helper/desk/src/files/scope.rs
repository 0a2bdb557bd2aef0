//! Which part of the disk is open to the technician: by default one folder that the customer picks.

use std::{
    io,
    path::{Path, PathBuf},
};

use deskhand_protocol::call::files::PlaceKind;

/// The name of the folder that is offered when the customer picks none.
const FOLDER: &str = "Deskhand";

/// What is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// This folder and what is below it.
    Folder(PathBuf),
    /// Everything that this user may see.
    WholeDisk,
}

/// The folder that is offered: one of its own, in the user's downloads or else his documents or his home. It is made only
/// when it is first needed.
#[must_use]
pub fn usual_folder() -> PathBuf {
    let user = directories::UserDirs::new();
    let above = user.as_ref().map(|user| {
        let there = |folder: Option<&Path>| folder.filter(|folder| folder.is_dir()).map(Path::to_path_buf);
        there(user.download_dir())
            .or_else(|| there(user.document_dir()))
            .unwrap_or_else(|| user.home_dir().to_path_buf())
    });
    above.unwrap_or_else(std::env::temp_dir).join(FOLDER)
}

impl Scope {
    /// Makes the folder if it is not there.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn prepare(&self) -> io::Result<()> {
        match self {
            Self::Folder(path) => std::fs::create_dir_all(path),
            Self::WholeDisk => Ok(()),
        }
    }

    /// Where browsing begins, with the path below the root of what is open.
    pub(crate) fn starts(&self) -> Vec<(PlaceKind, PathBuf)> {
        match self {
            Self::Folder(path) => vec![(PlaceKind::Granted, path.clone())],
            Self::WholeDisk => {
                let mut starts = Vec::new();
                if let Some(user) = directories::UserDirs::new() {
                    starts.push((PlaceKind::Home, user.home_dir().to_path_buf()));
                    let known = [
                        (PlaceKind::Desktop, user.desktop_dir()),
                        (PlaceKind::Downloads, user.download_dir()),
                        (PlaceKind::Documents, user.document_dir()),
                    ];
                    starts.extend(known.into_iter().filter_map(|(kind, path)| Some((kind, path?.to_path_buf()))));
                }
                starts.push((PlaceKind::Drive, PathBuf::from("/")));
                starts
            }
        }
    }

    /// The folder below which everything lies.
    pub(crate) fn root(&self) -> &Path {
        match self {
            Self::Folder(path) => path,
            Self::WholeDisk => Path::new("/"),
        }
    }
}
