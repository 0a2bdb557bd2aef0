//! What copied files open of the disk beside the customer's folder: the files that he has copied himself, to be read,
//! and a folder of this call's own, to be written.
//!
//! Who may is not decided here: every step over the `files` channel is permitted by the session before it comes here.

use std::{
    collections::BTreeMap,
    fmt, fs,
    path::{Component, Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use deskhand_clipboard::files::{Local, PrivateFolder, any_in};
use deskhand_desk::files::{Disk, Scope};
use deskhand_protocol::{
    call::{
        clipboard::Copied,
        files::{FileName, FilePath, FilesError, System, safe_name},
    },
    limit::{COPIED_BYTES, COPIED_FILES, FILE_DEPTH, PASTED_SETS},
};

/// What a file is called until it is whole begins with this.
const PART: &str = ".deskhand-";

/// See the module. Dropping it removes the folder.
#[derive(Debug, Default)]
pub(super) struct ClipFiles {
    /// Where the folder is made when it is first needed; `None`: there can be none.
    above: Option<PathBuf>,
    copied: Mutex<LastCopied>,
    pasted: Mutex<Option<Pasted>>,
}

#[derive(Debug, Default)]
struct LastCopied {
    set: u32,
    local: Local,
    whole: Option<Arc<Disk>>,
}

struct Pasted {
    folder: PrivateFolder,
    disk: Arc<Disk>,
    /// The files of each set, with the bytes they were said to have.
    sets: BTreeMap<u32, BTreeMap<FileName, u64>>,
}

impl fmt::Debug for Pasted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pasted").field("sets", &self.sets.len()).finish_non_exhaustive()
    }
}

impl ClipFiles {
    pub(super) fn below(above: PathBuf) -> Self {
        Self { above: Some(above), ..Self::default() }
    }

    /// The customer has copied these: they are what can be read from now on. The same ones keep their number, so that
    /// a transfer goes on after a reconnect.
    pub(super) fn copied(&self, local: Local) -> Copied {
        let mut last = lock(&self.copied);
        if last.local != local {
            last.set = last.set.wrapping_add(1);
            last.local = local;
        }
        Copied::Files { set: last.set, files: last.local.files.clone() }
    }

    /// Where a copied file is.
    pub(super) fn to_read(&self, path: &FilePath) -> Result<(Arc<Disk>, FilePath), FilesError> {
        let [set, name] = &*path.names else { return Err(FilesError::NotFound) };
        let mut last = lock(&self.copied);
        let at = last.local.files.iter().position(|file| file.name == *name);
        let real = at.and_then(|at| last.local.paths.get(at)).filter(|_| number(set) == Some(last.set));
        let real = from_the_root(real.ok_or(FilesError::NotFound)?)?;
        if last.whole.is_none() {
            last.whole = Some(Arc::new(Disk::open(Scope::WholeDisk)?));
        }
        Ok((last.whole.clone().ok_or(FilesError::Failed)?, real))
    }

    /// Where a set's folder (`size` is `None`) or a file of this size is to be.
    pub(super) fn to_write(&self, path: &FilePath, size: Option<u64>) -> Result<(Arc<Disk>, FilePath), FilesError> {
        let mut pasted = lock(&self.pasted);
        let here = FilePath { place: 0, names: path.names.clone() };
        match (&*path.names, size) {
            ([set], None) => {
                let set = number(set).ok_or(FilesError::BadName)?;
                if pasted.is_none() {
                    *pasted = Some(Pasted::make(self.above.as_deref().ok_or(FilesError::Denied)?)?);
                }
                let pasted = pasted.as_mut().ok_or(FilesError::Failed)?;
                pasted.sets.entry(set).or_default();
                pasted.forget_old(set);
                Ok((Arc::clone(&pasted.disk), here))
            }
            ([set, name], Some(size)) => {
                let pasted = pasted.as_mut().ok_or(FilesError::NotFound)?;
                let files = number(set).and_then(|set| pasted.sets.get_mut(&set)).ok_or(FilesError::NotFound)?;
                let name = safe_name(name, System::here());
                let others = files.iter().filter(|(other, _)| **other != name);
                let (count, sum) =
                    others.fold((1, size), |(count, sum), (_, size)| (count + 1, sum.saturating_add(*size)));
                if count > COPIED_FILES || sum > COPIED_BYTES {
                    return Err(FilesError::Denied);
                }
                files.insert(name, size);
                Ok((Arc::clone(&pasted.disk), here))
            }
            _ => Err(FilesError::NotFound),
        }
    }

    /// The files of a set that are there and whole. Blocks.
    pub(super) fn arrived(&self, set: u32) -> Vec<PathBuf> {
        let pasted = lock(&self.pasted);
        let Some(pasted) = pasted.as_ref().filter(|pasted| pasted.sets.contains_key(&set)) else { return Vec::new() };
        let entries = fs::read_dir(pasted.folder.path().join(set.to_string())).into_iter().flatten().flatten();
        let whole = entries.filter(|entry| {
            let name = entry.file_name();
            !name.as_encoded_bytes().starts_with(PART.as_bytes()) && entry.file_type().is_ok_and(|kind| kind.is_file())
        });
        let mut paths: Vec<PathBuf> = whole.map(|entry| entry.path()).take(COPIED_FILES).collect();
        paths.sort();
        paths
    }

    /// Whether one of them is the technician's. Blocks.
    pub(super) fn any_is_his(&self, paths: &[PathBuf]) -> bool {
        self.above.as_deref().is_some_and(|above| any_in(paths, above))
    }
}

impl Pasted {
    fn make(above: &Path) -> Result<Self, FilesError> {
        let folder = PrivateFolder::make(above).map_err(|error| {
            tracing::warn!(%error, "no folder for copied files");
            FilesError::Denied
        })?;
        let disk = Arc::new(Disk::open(Scope::Folder(folder.path().to_path_buf()))?);
        Ok(Self { folder, disk, sets: BTreeMap::new() })
    }

    fn forget_old(&mut self, but: u32) {
        while self.sets.len() > PASTED_SETS {
            let Some(old) = self.sets.keys().find(|set| **set != but).copied() else { return };
            self.sets.remove(&old);
            if let Err(error) = fs::remove_dir_all(self.folder.path().join(old.to_string())) {
                tracing::debug!(%error, "copied files stay until the end of the call");
            }
        }
    }
}

/// A set's number as a name: one way to write each.
fn number(name: &FileName) -> Option<u32> {
    name.as_str().parse().ok().filter(|number: &u32| number.to_string() == name.as_str())
}

/// The way to a file from the root of the system.
fn from_the_root(path: &Path) -> Result<FilePath, FilesError> {
    let names = path.components().filter(|part| *part != Component::RootDir).map(|part| match part {
        Component::Normal(name) => name.to_str().and_then(|name| FileName::new(name).ok()).ok_or(FilesError::BadName),
        _ => Err(FilesError::BadName),
    });
    let names: Vec<FileName> = names.collect::<Result<_, _>>()?;
    if names.len() > FILE_DEPTH { Err(FilesError::BadName) } else { Ok(FilePath { place: 0, names }) }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
