//! The console's data folder: where it is, that it can be written, and that one console uses it at a time.
//!
//! ```text
//! console.lock     held while a console runs
//! identity.key     the technician's key, only where there is no secret service; 0600
//! identity.ref     which entry of the keyring holds it otherwise
//! company.key, company.ref   the company's key on its owner's computer, likewise
//! company.json     the company's key as this console believes it at the relay inside, and whom it has certified; 0600
//! sessions.json    secrets and pinned keys of open sessions at the relay inside; 0600
//! relays/          the relays elsewhere that were joined, and what belongs to each
//! console.door     where a second start finds the window of the first; 0600
//! window.json      where the window was
//! tray/            the icon, as the desktop reads it
//! copied/          files that customers have copied, or that were dragged out of theirs, while they are in the clipboard; removed at the next start
//! relay/           everything of the relay inside
//! ```

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

/// Why the folder is of no use. Each text is one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// The system names no place for data.
    #[error("this user has no home folder for Deskhand's data; name a folder with --data DIR")]
    NoHome,
    /// It cannot be made or written.
    #[error("the data folder {} cannot be written ({source}); make it writable or name another with --data DIR", path.display())]
    NotWritable {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Another console holds it.
    #[error("Deskhand is running already with the data folder {}; use its window, or name another folder with --data DIR", path.display())]
    InUse {
        /// Which.
        path: PathBuf,
    },
}

/// A data folder that this process alone uses.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// Closing it gives the lock back, also when the process is killed.
    _lock: File,
}

impl Folder {
    /// The platform's folder for Deskhand's data.
    ///
    /// # Errors
    ///
    /// [`FolderError::NoHome`].
    pub fn usual() -> Result<PathBuf, FolderError> {
        let folders = directories::ProjectDirs::from("", "", "Deskhand").ok_or(FolderError::NoHome)?;
        Ok(folders.data_local_dir().to_path_buf())
    }

    /// Makes the folder if need be and takes it.
    ///
    /// # Errors
    ///
    /// [`FolderError::NotWritable`] or [`FolderError::InUse`].
    pub fn take(path: PathBuf) -> Result<Self, FolderError> {
        let refuse = |source| FolderError::NotWritable { path: path.clone(), source };
        make_private(&path).map_err(refuse)?;
        let lock_path = path.join("console.lock");
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(lock_path).map_err(refuse)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path, _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(FolderError::InUse { path }),
            Err(TryLockError::Error(source)) => Err(refuse(source)),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The inside relay's own folder in it.
    #[must_use]
    pub fn relay(&self) -> PathBuf {
        self.path.join("relay")
    }
}

fn make_private(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Writes a file that only this user can read, whole or not at all: under another name first, then renamed.
///
/// # Errors
///
/// What the system says; the old file is then still there.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let aside = path.with_extension("new");
    match fs::remove_file(&aside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(&aside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&aside, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_console_at_a_time_has_the_folder() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep/data");
        let first = Folder::take(path.clone()).unwrap();
        let error = Folder::take(path.clone()).unwrap_err();
        assert!(matches!(error, FolderError::InUse { .. }), "{error}");
        drop(first);
        Folder::take(path).unwrap();
    }

    #[test]
    fn a_place_that_cannot_be_a_folder_is_refused_with_what_to_do() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, b"x").unwrap();
        let error = Folder::take(file.join("data")).unwrap_err();
        assert!(error.to_string().contains("--data DIR"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn private_files_are_for_their_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret");
        write_private(&path, b"one").unwrap();
        write_private(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
