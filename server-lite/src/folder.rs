//! The data folder: made private, used by one relay at a time, with secrets that only their owner can read.
//!
//! ```text
//! relay.db      everything that is stored (with -wal and -shm beside it while the relay runs)
//! relay.key     the relay's Ed25519 seed, 32 bytes
//! templates/    builds of the customer's program, each named by its SHA-256
//! tls.key       the key of its own certificate, PKCS #8 in PEM
//! acme.pem      key and certificate from an authority; acme-account.json: the account there
//! relay.lock    held while the relay runs
//! ```

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use crate::{clock, error::StartError};

/// Secrets are short; anything longer is not one of ours.
const SECRET_BYTES: u64 = 8 * 1024;

/// An opened data folder. The lock is let go when it is dropped.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Makes the folder if it is not there, and takes its lock.
    pub(crate) fn open(path: &Path) -> Result<Self, StartError> {
        let refuse = |source| StartError::Folder { path: path.to_path_buf(), source };
        make_private(path).map_err(refuse)?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join("relay.lock"))
            .map_err(refuse)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_path_buf(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(StartError::FolderInUse { path: path.to_path_buf() }),
            Err(TryLockError::Error(source)) => Err(refuse(source)),
        }
    }

    /// A file in it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Reads a secret, or makes it with `make` and stores it. Only the owner can read it, whatever it was before.
    pub(crate) fn secret(
        &self,
        name: &str,
        make: impl FnOnce() -> Result<Zeroizing<Vec<u8>>, StartError>,
    ) -> Result<Zeroizing<Vec<u8>>, StartError> {
        let path = self.file(name);
        let refuse = |source| StartError::Folder { path: path.clone(), source };
        match File::open(&path) {
            Ok(file) => {
                keep_private(&file).map_err(refuse)?;
                let mut secret = Zeroizing::new(Vec::new());
                file.take(SECRET_BYTES).read_to_end(&mut secret).map_err(refuse)?;
                Ok(secret)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let secret = make()?;
                self.write_secret(&path, &secret).map_err(refuse)?;
                Ok(secret)
            }
            Err(error) => Err(refuse(error)),
        }
    }

    /// Stores a secret in place of what was there.
    pub(crate) fn replace(&self, name: &str, secret: &[u8]) -> io::Result<()> {
        self.write_secret(&self.file(name), secret)
    }

    /// Written beside and moved into place, so that a crash leaves either nothing or the whole secret.
    fn write_secret(&self, path: &Path, secret: &[u8]) -> io::Result<()> {
        let random: [u8; 8] = clock::random().map_err(io::Error::other)?;
        let beside = self.file(&format!(".{}.new", data_encoding::HEXLOWER.encode(&random)));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let mut file = options.open(&beside)?;
        file.write_all(secret)?;
        file.sync_all()?;
        fs::rename(&beside, path)
    }
}

#[cfg(unix)]
fn make_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(not(unix))]
fn make_private(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

#[cfg(unix)]
fn keep_private(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    if file.metadata()?.permissions().mode() & 0o077 == 0 {
        return Ok(());
    }
    file.set_permissions(fs::Permissions::from_mode(0o600))
}

/// On Windows the data folder lies in the user's profile, which other users cannot read.
#[cfg(not(unix))]
fn keep_private(_: &File) -> io::Result<()> {
    Ok(())
}
