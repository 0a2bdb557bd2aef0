//! The technician's own side of the file manager: looking at this computer's files and changing them as he asks.
//!
//! It is his own computer and his own window: nothing is kept from him that the system does not keep. Paths have the
//! same form as those of the other machine, so that the page knows one.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use deskhand_protocol::{
    call::files::{Entry, EntryKind, FileName, FilePath, FilesError, Place, PlaceKind, SearchEnd, System, safe_name},
    limit::{FILE_DEPTH, FOLDER_ENTRIES, SEARCH_HITS, SEARCH_LOOKS},
};
use tokio_util::sync::CancellationToken;

/// The path of this system.
///
/// # Errors
///
/// [`FilesError::NotFound`] for a drive that there is not.
pub fn path_of(path: &FilePath) -> Result<PathBuf, FilesError> {
    let mut real = drive(path.place).ok_or(FilesError::NotFound)?;
    real.extend(path.names.iter().map(FileName::as_str));
    Ok(real)
}

/// Where something of the other machine is to be in a folder of this one; `None` for a whole drive.
#[must_use]
pub fn path_below(folder: &Path, path: &FilePath) -> Option<PathBuf> {
    Some(folder.join(safe_name(path.names.last()?, System::here()).as_str()))
}

/// Where browsing may begin.
#[must_use]
pub fn places() -> Vec<Place> {
    let mut places = Vec::new();
    if let Some(user) = directories::UserDirs::new() {
        let known = [
            (PlaceKind::Home, Some(user.home_dir())),
            (PlaceKind::Desktop, user.desktop_dir()),
            (PlaceKind::Documents, user.document_dir()),
        ];
        places.extend(known.into_iter().filter_map(|(kind, path)| place(kind, path?)));
    }
    places.extend(place(PlaceKind::Downloads, &crate::archive::downloads()));
    for number in 0..26 {
        if let (Some(root), Ok(name)) = (drive(number), FileName::new(drive_name(number)))
            && root.is_dir()
        {
            places.push(Place { name, kind: PlaceKind::Drive, path: FilePath { place: number, names: Vec::new() } });
        }
    }
    places
}

fn place(kind: PlaceKind, path: &Path) -> Option<Place> {
    let path = to_wire(path)?;
    Some(Place { name: path.names.last()?.clone(), kind, path })
}

/// A path of this system in the form that the page knows.
fn to_wire(path: &Path) -> Option<FilePath> {
    if !path.is_dir() {
        return None;
    }
    let number = (0..26).find(|number| drive(*number).is_some_and(|root| path.starts_with(root)))?;
    let below = path.strip_prefix(drive(number)?).ok()?;
    let names = below.iter().map(|name| FileName::new(name.to_str()?).ok()).collect::<Option<_>>()?;
    Some(FilePath { place: number, names })
}

#[cfg(not(windows))]
fn drive(number: u16) -> Option<PathBuf> {
    (number == 0).then(|| PathBuf::from("/"))
}

#[cfg(not(windows))]
fn drive_name(_: u16) -> String {
    "System".to_owned()
}

#[cfg(windows)]
fn drive(number: u16) -> Option<PathBuf> {
    (number < 26).then(|| PathBuf::from(format!("{}\\", drive_name(number))))
}

#[cfg(windows)]
fn drive_name(number: u16) -> String {
    let letter = u8::try_from(number).ok().map_or('A', |number| char::from(b'A' + number));
    format!("{letter}:")
}

/// What is in a folder, in no order. Names that are no text are left out.
///
/// # Errors
///
/// What the system says.
pub fn list(path: &FilePath) -> Result<Vec<Entry>, FilesError> {
    let entries = fs::read_dir(path_of(path)?).map_err(|error| told(&error))?;
    Ok(entries.flatten().take(FOLDER_ENTRIES).filter_map(|entry| look(&entry)).collect())
}

fn look(entry: &fs::DirEntry) -> Option<Entry> {
    let name = FileName::new(entry.file_name().to_str()?).ok()?;
    // Half-fetched files are nothing to work with.
    if name.as_str().starts_with(".deskhand-") && name.as_str().ends_with(".part") {
        return None;
    }
    let metadata = entry.metadata().ok()?;
    let kind = if metadata.is_dir() {
        EntryKind::Folder
    } else if metadata.is_file() {
        EntryKind::File
    } else if metadata.is_symlink() {
        EntryKind::Link
    } else {
        EntryKind::Other
    };
    let since = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    let size = if kind == EntryKind::File { metadata.len() } else { 0 };
    let hidden = is_hidden(&name, &metadata);
    Some(Entry { name, kind, size, modified_ms: i64::try_from(since.as_millis()).unwrap_or(i64::MAX), hidden })
}

#[cfg(not(windows))]
fn is_hidden(name: &FileName, _: &fs::Metadata) -> bool {
    name.as_str().starts_with('.')
}

#[cfg(windows)]
fn is_hidden(name: &FileName, metadata: &fs::Metadata) -> bool {
    use std::os::windows::fs::MetadataExt as _;
    // FILE_ATTRIBUTE_HIDDEN.
    metadata.file_attributes() & 2 != 0 || name.as_str().starts_with('.')
}

/// What below a folder has the text in its name, without regard to case. Links are not followed.
///
/// # Errors
///
/// [`FilesError::Cancelled`] when it was called off.
pub fn search(
    path: &FilePath,
    text: &str,
    stop: &CancellationToken,
) -> Result<(Vec<(FilePath, Entry)>, SearchEnd), FilesError> {
    let wanted = text.to_lowercase();
    let (mut hits, mut pending, mut looked) = (Vec::new(), vec![path.clone()], 0);
    while let Some(folder) = pending.pop() {
        let Ok(entries) = fs::read_dir(path_of(&folder)?) else { continue };
        for entry in entries.flatten() {
            looked += 1;
            if stop.is_cancelled() {
                return Err(FilesError::Cancelled);
            }
            let Some(entry) = look(&entry) else { continue };
            let inner = folder.join(entry.name.clone());
            if entry.kind == EntryKind::Folder && inner.names.len() < FILE_DEPTH {
                pending.push(inner.clone());
            }
            if entry.name.as_str().to_lowercase().contains(&wanted) {
                hits.push((inner, entry));
            }
            if hits.len() >= SEARCH_HITS || looked >= SEARCH_LOOKS {
                return Ok((hits, SearchEnd::Cut));
            }
        }
    }
    Ok((hits, SearchEnd::All))
}

/// Makes a folder.
///
/// # Errors
///
/// What the system says.
pub fn make_folder(path: &FilePath) -> Result<(), FilesError> {
    let (above, name) = path.split().ok_or(FilesError::Exists)?;
    let name = safe_name(name, System::here());
    fs::create_dir(path_of(&above)?.join(name.as_str())).map_err(|error| told(&error))
}

/// Gives something another name in the same folder, where nothing has that name.
///
/// # Errors
///
/// What the system says.
pub fn rename(path: &FilePath, name: &FileName) -> Result<(), FilesError> {
    let old = path_of(path)?;
    let new = old.with_file_name(safe_name(name, System::here()).as_str());
    if fs::symlink_metadata(&new).is_ok() {
        return Err(FilesError::Exists);
    }
    fs::rename(old, new).map_err(|error| told(&error))
}

/// Moves something to the trash; nothing is deleted.
///
/// # Errors
///
/// [`FilesError::NoTrash`] where there is none for it.
pub fn trash(path: &FilePath) -> Result<(), FilesError> {
    let real = path_of(path)?;
    fs::symlink_metadata(&real).map_err(|error| told(&error))?;
    trash::delete(&real).map_err(|_| FilesError::NoTrash)
}

fn told(error: &io::Error) -> FilesError {
    match error.kind() {
        io::ErrorKind::NotFound => FilesError::NotFound,
        io::ErrorKind::AlreadyExists => FilesError::Exists,
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => FilesError::Denied,
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => FilesError::Full,
        io::ErrorKind::NotADirectory => FilesError::NotAFolder,
        io::ErrorKind::InvalidFilename => FilesError::BadName,
        _ => FilesError::Failed,
    }
}

#[cfg(test)]
#[cfg(not(windows))]
mod tests {
    use super::*;

    fn wire(path: &Path) -> FilePath {
        let names = path.strip_prefix("/").unwrap().iter();
        FilePath { place: 0, names: names.map(|name| FileName::new(name.to_str().unwrap()).unwrap()).collect() }
    }

    #[test]
    fn a_folder_is_made_listed_searched_and_renamed() {
        let folder = tempfile::tempdir().unwrap();
        let at = wire(folder.path());
        let name = |name: &str| FileName::new(name).unwrap();
        make_folder(&at.join(name("new"))).unwrap();
        assert_eq!(make_folder(&at.join(name("new"))), Err(FilesError::Exists));
        fs::write(folder.path().join("new/Letter.txt"), "text").unwrap();
        fs::write(folder.path().join(".deskhand-1.part"), "half").unwrap();
        assert_eq!(list(&at).unwrap().len(), 1);
        let stop = CancellationToken::new();
        let (hits, end) = search(&at, "LETTER", &stop).unwrap();
        assert_eq!((hits.len(), hits[0].1.size, end), (1, 4, SearchEnd::All));
        stop.cancel();
        assert_eq!(search(&at, "letter", &stop), Err(FilesError::Cancelled));
        rename(&at.join(name("new")), &name("old")).unwrap();
        fs::write(folder.path().join("taken"), "").unwrap();
        assert_eq!(rename(&at.join(name("old")), &name("taken")), Err(FilesError::Exists));
        assert_eq!(list(&at.join(name("nothing"))), Err(FilesError::NotFound));
        assert_eq!(path_of(&FilePath { place: 7, names: vec![] }), Err(FilesError::NotFound));
    }

    #[test]
    fn every_place_can_be_listed() {
        let places = places();
        assert!(places.iter().any(|place| place.kind == PlaceKind::Drive));
        for place in places {
            assert!(path_of(&place.path).unwrap().is_dir());
        }
    }
}
