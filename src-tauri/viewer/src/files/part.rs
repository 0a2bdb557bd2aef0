//! A file of this machine while it is being received: under a name of its own until it is whole and the same.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
    time::{Duration, UNIX_EPOCH},
};

use deskhand_protocol::call::files::{FileHash, FilesError, Known, Replace};
use sha2::{Digest as _, Sha256};

/// Read at once when what is there already is hashed again.
const AGAIN: usize = 256 * 1024;

/// See the module. Dropped before its end it stays, to go on from.
pub struct PartFile {
    part: PathBuf,
    goal: PathBuf,
    file: File,
    known: Known,
    replace: Replace,
    offset: u64,
    hash: Sha256,
}

impl std::fmt::Debug for PartFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PartFile").field("offset", &self.offset).finish_non_exhaustive()
    }
}

impl PartFile {
    /// Opens it for a file that is to be `goal`.
    ///
    /// # Errors
    ///
    /// [`FilesError::Exists`] when something is there that is not to be replaced.
    pub fn open(goal: &Path, known: Known, replace: Replace) -> Result<Self, FilesError> {
        match fs::symlink_metadata(goal) {
            Ok(there) if !there.is_file() => return Err(FilesError::NotAFile),
            Ok(_) if replace == Replace::Never => return Err(FilesError::Exists),
            _ => {}
        }
        let part = part_of(goal, known)?;
        if fs::symlink_metadata(&part).is_ok_and(|there| !there.is_file()) {
            return Err(FilesError::NotAFile);
        }
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&part);
        let mut this = Self {
            part,
            goal: goal.to_path_buf(),
            file: file.map_err(|error| told(&error))?,
            known,
            replace,
            offset: 0,
            hash: Sha256::new(),
        };
        let there = this.file.metadata().map_err(|error| told(&error))?.len();
        if there > known.size {
            this.file.set_len(0).map_err(|error| told(&error))?;
        } else {
            hash_first(&mut this.file, &mut this.hash, there)?;
            this.offset = there;
        }
        Ok(this)
    }

    /// How much of it is there.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    ///
    /// [`FilesError`]; what is there stays there.
    pub fn write(&mut self, offset: u64, bytes: &[u8]) -> Result<(), FilesError> {
        let end = self.offset.saturating_add(bytes.len() as u64);
        if offset != self.offset || end > self.known.size {
            return Err(FilesError::Failed);
        }
        if let Err(error) = self.file.write_all(bytes) {
            drop(self.file.set_len(self.offset));
            return Err(told(&error));
        }
        self.hash.update(bytes);
        self.offset = end;
        Ok(())
    }

    /// Everything has come: looks whether it is the same, sees it to the disk and gives it its name.
    ///
    /// # Errors
    ///
    /// [`FilesError`]. What differs is thrown away.
    pub fn finish(self, sent: &FileHash) -> Result<(), FilesError> {
        if self.offset != self.known.size {
            return Err(FilesError::Failed);
        }
        let hash: FileHash = self.hash.clone().finalize().into();
        if hash != *sent {
            self.forget();
            return Err(FilesError::Mismatch);
        }
        mark(&self.part, &self.file);
        let millis = u64::try_from(self.known.modified_ms).unwrap_or(0);
        let time = UNIX_EPOCH.checked_add(Duration::from_millis(millis)).unwrap_or(UNIX_EPOCH);
        drop(self.file.set_modified(time));
        self.file.sync_all().map_err(|error| told(&error))?;
        if self.replace == Replace::Never {
            // A second name is refused where one is; a rename would take its place.
            match fs::hard_link(&self.part, &self.goal) {
                Ok(()) => return fs::remove_file(&self.part).map_err(|error| told(&error)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(FilesError::Exists),
                // Not every file system has second names.
                Err(_) if self.goal.exists() => return Err(FilesError::Exists),
                Err(_) => {}
            }
        }
        fs::rename(&self.part, &self.goal).map_err(|error| told(&error))
    }

    /// It is not wanted any more.
    pub fn forget(self) {
        drop(self.file);
        drop(fs::remove_file(&self.part));
    }
}

/// The same file fetched again finds its part again; another one does not.
fn part_of(goal: &Path, known: Known) -> Result<PathBuf, FilesError> {
    let name = goal.file_name().ok_or(FilesError::BadName)?;
    let mut hash = Sha256::new();
    hash.update(known.size.to_le_bytes());
    hash.update(known.modified_ms.to_le_bytes());
    hash.update(name.as_encoded_bytes());
    let hash: FileHash = hash.finalize().into();
    let short: String = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    Ok(goal.with_file_name(format!(".deskhand-{short}.part")))
}

/// Says that it comes from outside, as the system wants it; not every file system can keep it.
#[cfg(target_os = "linux")]
fn mark(_: &Path, file: &File) {
    use rustix::fs::{XattrFlags, fsetxattr};
    let _ = fsetxattr(file, "user.xdg.origin.url", b"deskhand://customer", XattrFlags::empty());
}

/// Says that it comes from outside, as the system wants it; not every file system can keep it.
#[cfg(windows)]
fn mark(path: &Path, _: &File) {
    let mut stream = path.as_os_str().to_owned();
    stream.push(":Zone.Identifier");
    drop(fs::write(stream, "[ZoneTransfer]\r\nZoneId=3\r\n"));
}

/// There is no mark on this system yet.
#[cfg(not(any(target_os = "linux", windows)))]
fn mark(_: &Path, _: &File) {}

/// Hashes the first bytes of a file and stands behind them.
pub(super) fn hash_first(file: &mut File, hash: &mut Sha256, bytes: u64) -> Result<(), FilesError> {
    file.seek(SeekFrom::Start(0)).map_err(|error| told(&error))?;
    let mut left = bytes;
    let mut buffer = vec![0; if bytes == 0 { 0 } else { AGAIN }];
    while left > 0 {
        let want = usize::try_from(left).unwrap_or(AGAIN).min(AGAIN);
        let part = buffer.get_mut(..want).unwrap_or_default();
        file.read_exact(part).map_err(|error| told(&error))?;
        hash.update(&part);
        left -= want as u64;
    }
    Ok(())
}

/// What this system's refusal is called on every screen.
pub(super) fn told(error: &io::Error) -> FilesError {
    use io::ErrorKind;
    match error.kind() {
        ErrorKind::NotFound => FilesError::NotFound,
        ErrorKind::AlreadyExists | ErrorKind::DirectoryNotEmpty => FilesError::Exists,
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => FilesError::Denied,
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => FilesError::Full,
        ErrorKind::NotADirectory => FilesError::NotAFolder,
        ErrorKind::IsADirectory => FilesError::NotAFile,
        ErrorKind::InvalidFilename | ErrorKind::InvalidInput => FilesError::BadName,
        ErrorKind::UnexpectedEof => FilesError::Changed,
        _ => FilesError::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: Known = Known { size: 5, modified_ms: 1_600_000_000_123 };

    #[test]
    fn a_broken_fetch_goes_on_and_ends_whole_with_its_time() {
        let folder = tempfile::tempdir().unwrap();
        let goal = folder.path().join("f");
        let mut part = PartFile::open(&goal, KNOWN, Replace::Never).unwrap();
        part.write(0, b"byt").unwrap();
        drop(part);
        assert!(!goal.exists());
        let mut part = PartFile::open(&goal, KNOWN, Replace::Never).unwrap();
        assert_eq!(part.offset(), 3);
        part.write(3, b"es").unwrap();
        part.finish(&Sha256::digest(b"bytes").into()).unwrap();
        assert_eq!(fs::read(&goal).unwrap(), b"bytes");
        let modified = fs::metadata(&goal).unwrap().modified().unwrap();
        assert_eq!(modified.duration_since(UNIX_EPOCH).unwrap().as_millis(), 1_600_000_000_123);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_there_stays_until_the_new_one_is_whole_and_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let goal = folder.path().join("f");
        fs::write(&goal, "old").unwrap();
        assert_eq!(PartFile::open(&goal, KNOWN, Replace::Never).err(), Some(FilesError::Exists));
        let mut part = PartFile::open(&goal, KNOWN, Replace::Always).unwrap();
        assert_eq!(part.write(2, b"x"), Err(FilesError::Failed), "a hole");
        assert_eq!(part.write(0, b"longer"), Err(FilesError::Failed));
        part.write(0, b"bytez").unwrap();
        assert_eq!(part.finish(&Sha256::digest(b"bytes").into()), Err(FilesError::Mismatch));
        assert_eq!(fs::read(&goal).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
