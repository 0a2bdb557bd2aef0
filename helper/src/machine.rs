//! What this machine is: its key, and what it says of itself.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use deskhand_desk::{DataFolder, FileName, FolderError, device_facts};
use deskhand_link::identity::Identity;
use deskhand_protocol::record::DeviceFacts;
use deskhand_session::Policy;

/// The device's key in the data folder: 32 bytes.
const KEY_FILE: FileName = FileName::new("device.key");
/// What it writes into the data folder.
pub(crate) const FILES: &[FileName] = &[KEY_FILE];
/// The folder for the technician's copied files.
pub(crate) const PASTED: &str = "pasted";

/// What a call needs of this machine.
#[derive(Debug, Clone)]
pub struct Machine {
    /// The device's key.
    pub identity: Arc<Identity>,
    /// What is told of the machine.
    pub facts: DeviceFacts,
    /// Who answers questions.
    pub policy: Policy,
    /// Where this program keeps things.
    pub folder: DataFolder,
}

/// Why the machine's key cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MachineError {
    /// The folder or the key file in it cannot be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The key file is not of the form.
    #[error("the key file in {} is damaged; delete it, and this computer gets a new key", .0.display())]
    Damaged(PathBuf),
    /// The system gives no randomness.
    #[error(transparent)]
    NoEntropy(#[from] deskhand_link::entropy::NoEntropy),
}

impl Machine {
    /// This computer, with its key in `data` or in the user's own data folder. The first time the key is made.
    ///
    /// # Errors
    ///
    /// [`MachineError`], as a sentence for whoever started the program.
    pub fn of_this_computer(data: Option<&Path>, policy: Policy) -> Result<Self, MachineError> {
        let folder = DataFolder::open(data)?;
        // What an earlier start could not remove because it was killed.
        deskhand_clipboard::files::clean(&pasted_files(&folder));
        let identity = Arc::new(identity(&folder)?);
        Ok(Self { identity, facts: device_facts(env!("CARGO_PKG_VERSION")), policy, folder })
    }
}

/// Where the technician's copied files are while a call lasts.
#[must_use]
pub fn pasted_files(folder: &DataFolder) -> PathBuf {
    folder.path().join(PASTED)
}

fn identity(folder: &DataFolder) -> Result<Identity, MachineError> {
    if let Some(identity) = kept(folder)? {
        return Ok(identity);
    }
    // Two helpers may start at once: both then use the key that was there first.
    folder.write_first(KEY_FILE, &Identity::from_system()?.seed()[..])?;
    kept(folder)?.ok_or_else(|| MachineError::Damaged(folder.path().to_owned()))
}

fn kept(folder: &DataFolder) -> Result<Option<Identity>, MachineError> {
    let Some(bytes) = folder.read(KEY_FILE, 32)? else { return Ok(None) };
    let seed: [u8; 32] = bytes.try_into().map_err(|_| MachineError::Damaged(folder.path().to_owned()))?;
    Ok(Some(Identity::from_seed(&seed)))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn key_in(folder: &Path) -> Result<deskhand_protocol::key::PublicKey, MachineError> {
        Machine::of_this_computer(Some(folder), Policy::Customer).map(|machine| machine.identity.public())
    }

    #[cfg(unix)]
    #[test]
    fn the_key_is_made_once_in_a_folder_for_this_user_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let base = tempfile::tempdir().unwrap();
        let data = base.path().join("data");
        let first = key_in(&data).unwrap();
        assert_eq!(key_in(&data).unwrap(), first);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&data), mode(&data.join("device.key"))), (0o700, 0o600));
        assert_eq!(fs::read_dir(&data).unwrap().count(), 1, "nothing is left beside it");
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_is_damaged_or_was_exposed_is_not_used() {
        use std::os::unix::fs::PermissionsExt as _;
        let base = tempfile::tempdir().unwrap();
        key_in(base.path()).unwrap();
        let path = base.path().join("device.key");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(key_in(base.path()), Err(MachineError::Folder(FolderError::Exposed(_)))));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, b"short").unwrap();
        assert!(matches!(key_in(base.path()), Err(MachineError::Damaged(_))));
    }

    #[test]
    fn a_folder_that_cannot_be_written_says_what_to_do() {
        let base = tempfile::tempdir().unwrap();
        let file = base.path().join("file");
        fs::write(&file, b"").unwrap();
        let error = key_in(&file.join("data")).unwrap_err().to_string();
        assert!(error.contains("--data"), "{error}");
    }
}
