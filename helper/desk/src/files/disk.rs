//! What is open of the disk: looking at it, and changing it without writing a file's bytes.

use std::{
    fmt,
    os::fd::OwnedFd,
    time::{Duration, UNIX_EPOCH},
};

use deskhand_protocol::{
    call::files::{
        Entry, EntryKind, FileName, FilePath, FilesError, Known, Place, PlaceKind, Replace, System, safe_name,
    },
    capability::Capability,
    limit::FOLDER_ENTRIES,
};
use deskhand_session::Permit;
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, RenameFlags, Stat, mkdirat, openat, renameat_with, statat};

use super::{
    Scope,
    guard::{Effect, Guard},
    needs,
    search::Search,
    stream::{Reading, Writing},
    told, trash,
    walk::{Folder, Root, look},
};

/// Entries of one part of a listing. With names of usual length that is half of a message.
const PART: usize = 200;

/// See the module. Cheap to share; holds one open folder.
pub struct Disk {
    scope: Scope,
    root: Root,
    guard: Guard,
}

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Disk").finish_non_exhaustive()
    }
}

impl Disk {
    /// Opens what the customer chose, making his folder if it is not there.
    ///
    /// # Errors
    ///
    /// What the system says of the folder.
    pub fn open(scope: Scope) -> Result<Self, FilesError> {
        Self::open_with(scope, Guard::of_this_machine())
    }

    pub(super) fn open_with(scope: Scope, guard: Guard) -> Result<Self, FilesError> {
        scope.prepare().map_err(|error| super::told_io(&error))?;
        Ok(Self { root: Root::open(scope.root())?, scope, guard })
    }

    /// Where browsing may begin.
    ///
    /// # Errors
    ///
    /// [`FilesError::NotGranted`] unless the permit is for reading.
    pub fn places(&self, permit: &Permit<'_>) -> Result<Vec<Place>, FilesError> {
        reads(permit)?;
        let mut places = Vec::new();
        for (kind, path) in self.scope.starts() {
            let Ok(real) = path.canonicalize() else { continue };
            let names: Option<Vec<FileName>> = real
                .components()
                .filter(|part| matches!(part, std::path::Component::Normal(_)))
                .map(|part| part.as_os_str().to_str().and_then(|name| FileName::new(name).ok()))
                .collect();
            let Some(names) = names else { continue };
            let Some(below) = names.get(self.root.real().len()..) else { continue };
            let name = names.last().cloned().or_else(|| FileName::new("System").ok());
            let path = FilePath { place: 0, names: below.to_vec() };
            let known = |place: &Place| place.path == path && place.kind != PlaceKind::Drive;
            if !places.iter().any(known)
                && let Some(name) = name
            {
                places.push(Place { name, kind, path });
            }
        }
        Ok(places)
    }

    /// Opens a folder to see what is in it.
    ///
    /// # Errors
    ///
    /// [`FilesError`].
    pub fn list(&self, path: &FilePath, permit: &Permit<'_>) -> Result<Listing, FilesError> {
        reads(permit)?;
        Ok(Listing { names: Names::of(&self.walk(path)?)?, left: FOLDER_ENTRIES })
    }

    /// What something is.
    ///
    /// # Errors
    ///
    /// [`FilesError`].
    pub fn stat(&self, path: &FilePath, permit: &Permit<'_>) -> Result<Entry, FilesError> {
        reads(permit)?;
        let Some((above, name)) = path.split() else {
            let folder = self.walk(path)?;
            let stat = rustix::fs::fstat(&folder.at).map_err(told)?;
            let name = folder.real.last().and_then(|name| FileName::new(name.clone()).ok());
            return Ok(entry(name.or_else(|| FileName::new("System").ok()).ok_or(FilesError::Failed)?, &stat));
        };
        let folder = self.walk(&above)?;
        Ok(entry(name.clone(), &look(&folder.at, name.as_str())?))
    }

    /// Begins to look below a folder for a text in names, without regard to case. Links are not followed.
    ///
    /// # Errors
    ///
    /// [`FilesError`].
    pub fn search(&self, path: &FilePath, text: &str, permit: &Permit<'_>) -> Result<Search, FilesError> {
        reads(permit)?;
        self.walk(path)?;
        Ok(Search::new(path.clone(), text))
    }

    /// Makes a folder; its name is made safe.
    ///
    /// # Errors
    ///
    /// [`FilesError`].
    pub fn make_folder(&self, path: &FilePath, permit: &Permit<'_>) -> Result<(), FilesError> {
        let (folder, name) = self.to_write(path, permit)?;
        self.guard.judge(&folder.real_of(&name), Effect::Make)?;
        mkdirat(&folder.at, name.as_str(), Mode::from_raw_mode(0o777)).map_err(told)
    }

    /// Gives something another name in the same folder, where nothing has that name.
    ///
    /// # Errors
    ///
    /// [`FilesError`].
    pub fn rename(&self, path: &FilePath, name: &FileName, permit: &Permit<'_>) -> Result<(), FilesError> {
        writes(permit)?;
        let (above, old) = path.split().ok_or(FilesError::Protected)?;
        let new = safe_name(name, System::here());
        let folder = self.walk(&above)?;
        folder.must_be_free()?;
        for name in [old, &new] {
            self.guard.judge(&folder.real_of(name), Effect::Move)?;
        }
        self.must_not_guard(&folder, old)?;
        renameat_with(&folder.at, old.as_str(), &folder.at, new.as_str(), RenameFlags::NOREPLACE).map_err(told)
    }

    /// Moves something to the trash. Nothing is ever deleted.
    ///
    /// # Errors
    ///
    /// [`FilesError`]; [`FilesError::NoTrash`] where it would have to be copied.
    pub fn trash(&self, path: &FilePath, permit: &Permit<'_>) -> Result<(), FilesError> {
        writes(permit)?;
        let (above, name) = path.split().ok_or(FilesError::Protected)?;
        let folder = self.walk(&above)?;
        folder.must_be_free()?;
        self.guard.judge(&folder.real_of(name), Effect::Move)?;
        self.must_not_guard(&folder, name)?;
        look(&folder.at, name.as_str())?;
        trash::put(&folder, name, &trash::of(&folder)?)
    }

    /// Opens a file to be read from an offset on.
    ///
    /// # Errors
    ///
    /// [`FilesError`]; [`FilesError::Changed`] when it is not any more what is `known` of it.
    pub fn read(
        &self,
        path: &FilePath,
        offset: u64,
        known: Option<Known>,
        permit: &Permit<'_>,
    ) -> Result<Reading, FilesError> {
        reads(permit)?;
        let (above, name) = path.split().ok_or(FilesError::NotAFile)?;
        Reading::open(&self.walk(&above)?, name, offset, known)
    }

    /// Opens a file to be written; its name is made safe.
    ///
    /// # Errors
    ///
    /// [`FilesError`].
    pub fn write(
        &self,
        path: &FilePath,
        known: Known,
        replace: Replace,
        permit: &Permit<'_>,
    ) -> Result<Writing, FilesError> {
        let (folder, name) = self.to_write(path, permit)?;
        let effect = if replace == Replace::Always { Effect::Move } else { Effect::Make };
        self.guard.judge(&folder.real_of(&name), effect)?;
        Writing::open(folder, name, known, replace)
    }

    fn to_write(&self, path: &FilePath, permit: &Permit<'_>) -> Result<(Folder, FileName), FilesError> {
        writes(permit)?;
        let (above, name) = path.split().ok_or(FilesError::Exists)?;
        let folder = self.walk(&above)?;
        folder.must_be_free()?;
        Ok((folder, safe_name(name, System::here())))
    }

    /// What is moved must not be such a folder under another name.
    fn must_not_guard(&self, folder: &Folder, name: &FileName) -> Result<(), FilesError> {
        let stat = look(&folder.at, name.as_str())?;
        if self.guard.is_folder(stat.st_dev, stat.st_ino) { Err(FilesError::Protected) } else { Ok(()) }
    }

    pub(super) fn walk(&self, path: &FilePath) -> Result<Folder, FilesError> {
        if path.place != 0 {
            return Err(FilesError::NotFound);
        }
        self.root.walk(&path.names, &self.guard)
    }
}

pub(super) fn reads(permit: &Permit<'_>) -> Result<(), FilesError> {
    needs(permit, Capability::FilesOut)
}

fn writes(permit: &Permit<'_>) -> Result<(), FilesError> {
    needs(permit, Capability::FilesIn)
}

/// A folder that is being listed.
pub struct Listing {
    names: Names,
    left: usize,
}

impl fmt::Debug for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listing").finish_non_exhaustive()
    }
}

impl Listing {
    /// The next part of it, in no order; nothing when it is over.
    ///
    /// # Errors
    ///
    /// [`FilesError::NotGranted`] unless the permit is for reading.
    pub fn part(&mut self, permit: &Permit<'_>) -> Result<Vec<Entry>, FilesError> {
        reads(permit)?;
        let entries: Vec<Entry> = self.names.by_ref().take(PART.min(self.left)).collect();
        self.left -= entries.len();
        Ok(entries)
    }
}

/// What is in a folder. Names that are no text cannot be asked for and are left out.
pub(super) struct Names {
    open: OwnedFd,
    names: Dir,
}

impl Names {
    pub(super) fn of(folder: &Folder) -> Result<Self, FilesError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let open = openat(&folder.at, ".", flags, Mode::empty()).map_err(told)?;
        Ok(Self { names: Dir::read_from(&open).map_err(told)?, open })
    }
}

impl Iterator for Names {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        loop {
            let found = self.names.next()?.ok()?;
            let Some(name) = found.file_name().to_str().ok().and_then(|name| FileName::new(name).ok()) else {
                continue;
            };
            if super::stream::is_part(&name) {
                continue;
            }
            // One that went meanwhile.
            let Ok(stat) = statat(&self.open, found.file_name(), AtFlags::SYMLINK_NOFOLLOW) else { continue };
            return Some(entry(name, &stat));
        }
    }
}

fn entry(name: FileName, stat: &Stat) -> Entry {
    let kind = match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => EntryKind::File,
        FileType::Directory => EntryKind::Folder,
        FileType::Symlink => EntryKind::Link,
        _ => EntryKind::Other,
    };
    let size = if kind == EntryKind::File { u64::try_from(stat.st_size).unwrap_or(0) } else { 0 };
    let hidden = name.as_str().starts_with('.');
    Entry { name, kind, size, modified_ms: modified_ms(stat), hidden }
}

/// When something was changed last.
pub(super) fn modified_ms(stat: &Stat) -> i64 {
    let millis = i64::try_from(stat.st_mtime_nsec).unwrap_or(0) / 1_000_000;
    stat.st_mtime.saturating_mul(1_000).saturating_add(millis)
}

/// The standard library's form of it, for what is written.
pub(super) fn time_of(modified_ms: i64) -> std::time::SystemTime {
    let millis = u64::try_from(modified_ms).unwrap_or(0);
    UNIX_EPOCH.checked_add(Duration::from_millis(millis)).unwrap_or(UNIX_EPOCH)
}
