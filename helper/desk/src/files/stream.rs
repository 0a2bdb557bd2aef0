//! One file read or written, part by part, with a hash over the whole.

use std::{
    fmt,
    fs::File,
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    os::fd::{AsFd as _, OwnedFd},
};

use deskhand_protocol::{
    call::files::{FileHash, FileName, FilesError, Known, Part, Replace},
    capability::Capability,
};
use deskhand_session::Permit;
use rustix::fs::{
    AtFlags, FileType, FlockOperation, Mode, OFlags, RenameFlags, XattrFlags, flock, fsetxattr, fstat, fstatvfs,
    openat, renameat, renameat_with, statat, unlinkat,
};
use sha2::{Digest as _, Sha256};

use super::{
    disk::{modified_ms, time_of},
    needs, told, told_io,
    walk::{Folder, look},
};

/// What half-written files are called: hidden, and known again by what they are to become.
const PART_START: &str = ".deskhand-";
const PART_END: &str = ".part";
/// Read at once when what is there already is hashed again.
const AGAIN: usize = 256 * 1024;
/// Where received files come from, in the attribute that desktops ask before they open something.
const ORIGIN: (&str, &[u8]) = ("user.xdg.origin.url", b"deskhand://technician");

/// A file that is read.
pub struct Reading {
    file: File,
    known: Known,
    offset: u64,
    hash: Sha256,
}

impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reading").field("offset", &self.offset).finish_non_exhaustive()
    }
}

impl Reading {
    pub(super) fn open(
        folder: &Folder,
        name: &FileName,
        offset: u64,
        expected: Option<Known>,
    ) -> Result<Self, FilesError> {
        // Looked at before it is opened: opening a device or a pipe can do something.
        let before = look(&folder.at, name.as_str())?;
        plain(before.st_mode)?;
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let file = openat(&folder.at, name.as_str(), flags, Mode::empty()).map_err(told)?;
        let stat = fstat(&file).map_err(told)?;
        plain(stat.st_mode)?;
        let known = Known { size: u64::try_from(stat.st_size).unwrap_or(0), modified_ms: modified_ms(&stat) };
        if expected.is_some_and(|expected| expected != known) || offset > known.size {
            return Err(FilesError::Changed);
        }
        let mut reading = Self { file: File::from(file), known, offset: 0, hash: Sha256::new() };
        hash_again(&mut reading.file, &mut reading.hash, offset)?;
        reading.offset = offset;
        Ok(reading)
    }

    /// Its size and time.
    #[must_use]
    pub const fn known(&self) -> Known {
        self.known
    }

    /// Whether everything was read.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.offset >= self.known.size
    }

    /// The next bytes, at most so many, and where they belong.
    ///
    /// # Errors
    ///
    /// [`FilesError`]; [`FilesError::Changed`] when it became shorter meanwhile.
    pub fn read(&mut self, at_most: usize, permit: &Permit<'_>) -> Result<(u64, Vec<u8>), FilesError> {
        needs(permit, Capability::FilesOut)?;
        let left = usize::try_from(self.known.size - self.offset).unwrap_or(usize::MAX);
        let mut bytes = vec![0; left.min(at_most)];
        self.file.read_exact(&mut bytes).map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => FilesError::Changed,
            _ => told_io(&error),
        })?;
        self.hash.update(&bytes);
        let at = self.offset;
        self.offset += bytes.len() as u64;
        Ok((at, bytes))
    }

    /// The hash of all of it.
    ///
    /// # Errors
    ///
    /// [`FilesError::Changed`] when it was changed while it was read.
    pub fn finish(self) -> Result<FileHash, FilesError> {
        let stat = fstat(&self.file).map_err(told)?;
        let now = Known { size: u64::try_from(stat.st_size).unwrap_or(0), modified_ms: modified_ms(&stat) };
        if now == self.known { Ok(self.hash.finalize().into()) } else { Err(FilesError::Changed) }
    }
}

/// A file that is written: under a name of its own until it is whole. Dropped before, it stays as it is, to go on from.
pub struct Writing {
    folder: OwnedFd,
    part: FileName,
    name: FileName,
    file: File,
    known: Known,
    replace: Replace,
    offset: u64,
    hash: Sha256,
}

impl fmt::Debug for Writing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writing").field("offset", &self.offset).finish_non_exhaustive()
    }
}

impl Writing {
    pub(super) fn open(folder: Folder, name: FileName, known: Known, replace: Replace) -> Result<Self, FilesError> {
        match look(&folder.at, name.as_str()) {
            Ok(stat) => {
                // A folder or a device is not replaced by a file, whatever was chosen.
                plain(stat.st_mode)?;
                if replace == Replace::Never {
                    return Err(FilesError::Exists);
                }
            }
            Err(FilesError::NotFound) => {}
            Err(error) => return Err(error),
        }
        let part = part_name(&name, known)?;
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        // Never to be run: no bit for it, here or later.
        let file = openat(&folder.at, part.as_str(), flags, Mode::from_raw_mode(0o666)).map_err(told)?;
        let stat = fstat(&file).map_err(told)?;
        plain(stat.st_mode)?;
        // One that somebody else made, or that has a second name, is not ours to write to.
        if stat.st_nlink != 1 || stat.st_uid != rustix::process::geteuid().as_raw() {
            return Err(FilesError::Denied);
        }
        flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(|_| FilesError::Busy)?;
        let there = u64::try_from(stat.st_size).unwrap_or(0);
        let room = fstatvfs(&folder.at).map_err(told)?;
        if room.f_bavail.saturating_mul(room.f_frsize) < known.size.saturating_sub(there) {
            if there == 0 {
                let _ = unlinkat(&folder.at, part.as_str(), AtFlags::empty());
            }
            return Err(FilesError::Full);
        }
        let mut writing = Self {
            folder: folder.at,
            part,
            name,
            file: File::from(file),
            known,
            replace,
            offset: 0,
            hash: Sha256::new(),
        };
        if there > known.size {
            writing.file.set_len(0).map_err(|error| told_io(&error))?;
        } else {
            hash_again(&mut writing.file, &mut writing.hash, there)?;
            writing.offset = there;
        }
        Ok(writing)
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
    pub fn write(&mut self, offset: u64, bytes: &[u8], permit: &Permit<'_>) -> Result<(), FilesError> {
        needs(permit, Capability::FilesIn)?;
        let end = self.offset.checked_add(bytes.len() as u64).ok_or(FilesError::Failed)?;
        if offset != self.offset || end > self.known.size {
            return Err(FilesError::Failed);
        }
        if let Err(error) = self.file.write_all(bytes) {
            // A part of them may be there: the hash knows only whole ones.
            drop(self.file.set_len(self.offset));
            return Err(told_io(&error));
        }
        self.hash.update(bytes);
        self.offset = end;
        Ok(())
    }

    /// Everything was sent: looks whether it is the same, sees it to the disk and gives it its name.
    ///
    /// # Errors
    ///
    /// [`FilesError`]. What stood under the name stays then. What differs is thrown away.
    pub fn finish(self, sent: &FileHash, permit: &Permit<'_>) -> Result<(FileHash, FileName), FilesError> {
        needs(permit, Capability::FilesIn)?;
        if self.offset != self.known.size {
            return Err(FilesError::Failed);
        }
        let hash: FileHash = self.hash.clone().finalize().into();
        if hash != *sent {
            self.forget();
            return Err(FilesError::Mismatch);
        }
        // Not every file system has attributes.
        let _ = fsetxattr(&self.file, ORIGIN.0, ORIGIN.1, XattrFlags::empty());
        drop(self.file.set_modified(time_of(self.known.modified_ms)));
        self.file.sync_all().map_err(|error| told_io(&error))?;
        let (folder, part, name) = (self.folder.as_fd(), self.part.as_str(), self.name.as_str());
        match self.replace {
            Replace::Never => renameat_with(folder, part, folder, name, RenameFlags::NOREPLACE).map_err(told)?,
            Replace::Always => renameat(folder, part, folder, name).map_err(told)?,
        }
        Ok((hash, self.name))
    }

    /// It is not wanted any more.
    pub fn cancel(self, part: Part) {
        if part == Part::Forget || self.offset == 0 {
            self.forget();
        }
    }

    fn forget(&self) {
        // Only if it is still the one that was opened.
        let ours = fstat(&self.file);
        let there = statat(&self.folder, self.part.as_str(), AtFlags::SYMLINK_NOFOLLOW);
        if let (Ok(ours), Ok(there)) = (ours, there)
            && (ours.st_dev, ours.st_ino) == (there.st_dev, there.st_ino)
        {
            let _ = unlinkat(&self.folder, self.part.as_str(), AtFlags::empty());
        }
    }
}

/// Whether a name is that of a half-written file.
pub(super) fn is_part(name: &FileName) -> bool {
    name.as_str().starts_with(PART_START) && name.as_str().ends_with(PART_END)
}

/// The same file sent again finds its part again; another one does not.
fn part_name(name: &FileName, known: Known) -> Result<FileName, FilesError> {
    let mut hash = Sha256::new();
    hash.update(known.size.to_le_bytes());
    hash.update(known.modified_ms.to_le_bytes());
    hash.update(name.as_str().as_bytes());
    let hash: FileHash = hash.finalize().into();
    let short: String = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    FileName::new(format!("{PART_START}{short}{PART_END}")).map_err(|_| FilesError::BadName)
}

fn plain(mode: u32) -> Result<(), FilesError> {
    if FileType::from_raw_mode(mode) == FileType::RegularFile { Ok(()) } else { Err(FilesError::NotAFile) }
}

/// Hashes the first bytes of a file and stands behind them.
fn hash_again(file: &mut File, hash: &mut Sha256, bytes: u64) -> Result<(), FilesError> {
    let io = |error: std::io::Error| told_io(&error);
    file.seek(SeekFrom::Start(0)).map_err(io)?;
    let mut left = bytes;
    let mut buffer = vec![0; if bytes == 0 { 0 } else { AGAIN }];
    while left > 0 {
        let want = usize::try_from(left).unwrap_or(AGAIN).min(AGAIN);
        let part = buffer.get_mut(..want).unwrap_or_default();
        file.read_exact(part).map_err(io)?;
        hash.update(&part);
        left -= want as u64;
    }
    Ok(())
}
