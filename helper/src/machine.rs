//! What this machine is: its key, and what it says of itself.

use std::{
    fs,
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use deskhand_link::identity::Identity;
use deskhand_protocol::{record::DeviceFacts, text::Name};
use deskhand_session::Policy;

/// The device's key in the data folder: 32 bytes, for this user only.
const KEY_FILE: &str = "device.key";

/// What a call needs of this machine.
#[derive(Debug, Clone)]
pub struct Machine {
    /// The device's key.
    pub identity: Arc<Identity>,
    /// What is told of the machine.
    pub facts: DeviceFacts,
    /// Who answers questions.
    pub policy: Policy,
}

/// Why the machine's key cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MachineError {
    /// The system names no place for data.
    #[error("this user has no data folder; name one with --data")]
    NoFolder,
    /// The folder cannot be made or written.
    #[error("the data folder {folder} cannot be used ({why}); name another one with --data")]
    Folder {
        /// Which.
        folder: PathBuf,
        /// What the system says.
        why: io::Error,
    },
    /// The key file is not of the form.
    #[error("the key file {0} is damaged; delete it, and this computer gets a new key")]
    Damaged(PathBuf),
    /// Others can read the key.
    #[error("the key file {0} can be read by other users; delete it, and this computer gets a new key")]
    Exposed(PathBuf),
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
        let folder = match data {
            Some(folder) => folder.to_owned(),
            None => directories::ProjectDirs::from("org", "deskhand", "deskhand-helper")
                .ok_or(MachineError::NoFolder)?
                .data_dir()
                .to_owned(),
        };
        let identity = Arc::new(identity(&folder)?);
        Ok(Self { identity, facts: facts(), policy })
    }
}

fn facts() -> DeviceFacts {
    DeviceFacts {
        host: Name::lossy(&gtk::glib::host_name()),
        os: Name::lossy(&os()),
        arch: Name::lossy(std::env::consts::ARCH),
        helper_version: Name::lossy(env!("CARGO_PKG_VERSION")),
    }
}

/// The system's name for itself.
fn os() -> String {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    release
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="))
        .map_or_else(|| std::env::consts::OS.to_owned(), |name| name.trim_matches('"').to_owned())
}

fn identity(folder: &Path) -> Result<Identity, MachineError> {
    let unusable = |why| MachineError::Folder { folder: folder.to_owned(), why };
    let path = folder.join(KEY_FILE);
    fs::create_dir_all(folder).map_err(unusable)?;
    match read_key(&path) {
        Ok(seed) => return seed.map(|seed| Identity::from_seed(&seed)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(unusable(error)),
    }
    let identity = Identity::from_system()?;
    // Written beside and moved into place: a key is there as a whole or not at all. The first one to be there counts.
    let new = folder.join(format!("{KEY_FILE}.{}", std::process::id()));
    write_key(&new, &identity.seed()).map_err(unusable)?;
    let linked = fs::hard_link(&new, &path);
    fs::remove_file(&new).map_err(unusable)?;
    match linked {
        Ok(()) => Ok(identity),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            read_key(&path).map_err(unusable)?.map(|seed| Identity::from_seed(&seed))
        }
        Err(error) => Err(unusable(error)),
    }
}

fn write_key(path: &Path, seed: &[u8; 32]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(seed)?;
    file.sync_all()
}

fn read_key(path: &Path) -> io::Result<Result<[u8; 32], MachineError>> {
    let file = fs::File::open(path)?;
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::mode(&file.metadata()?) & 0o077 != 0 {
        return Ok(Err(MachineError::Exposed(path.to_owned())));
    }
    let mut seed = Vec::new();
    file.take(33).read_to_end(&mut seed)?;
    Ok(seed.try_into().map_err(|_| MachineError::Damaged(path.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_made_once_and_belongs_to_this_user_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let first = identity(&data).unwrap().public();
        assert_eq!(identity(&data).unwrap().public(), first);
        assert_eq!(fs::metadata(data.join(KEY_FILE)).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(&data).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_key_that_is_damaged_or_was_exposed_is_not_used() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        identity(folder.path()).unwrap();
        let path = folder.path().join(KEY_FILE);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(identity(folder.path()), Err(MachineError::Exposed(_))));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, b"short").unwrap();
        assert!(matches!(identity(folder.path()), Err(MachineError::Damaged(_))));
    }

    #[test]
    fn a_folder_that_cannot_be_written_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, b"").unwrap();
        let error = identity(&file.join("data")).unwrap_err().to_string();
        assert!(error.contains("--data"), "{error}");
    }
}
