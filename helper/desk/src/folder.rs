//! The helper's own data folder: for this user only, each file written as a whole or not at all.

use std::{
    fs, io,
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
};

/// Why the folder or a file in it cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// The system names no place for data.
    #[error("this user has no data folder; name one with --data")]
    NoHome,
    /// The folder cannot be made, or others keep it open to themselves.
    #[error("the data folder {path} cannot be used ({why}); name another one with --data")]
    Folder {
        /// Which.
        path: PathBuf,
        /// What the system says.
        why: io::Error,
    },
    /// A file cannot be read or written.
    #[error("the file {path} cannot be used: {why}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        why: io::Error,
    },
    /// Others may read a file that holds secrets.
    #[error("the file {0} can be read by other users; delete it, and a new one is made")]
    Exposed(PathBuf),
    /// A file is longer than anything written here.
    #[error("the file {0} is damaged; delete it, and a new one is made")]
    TooLarge(PathBuf),
}

/// Between a file's name and this process's number while it is being written.
const NEW: &str = ".new-";

/// The name of a file in the folder: fixed in the program, never made of anything from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileName(&'static str);

impl FileName {
    /// A plain name.
    ///
    /// # Panics
    ///
    /// When it could lead out of the folder; in a constant that is an error of the build.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        let bytes = name.as_bytes();
        assert!(!bytes.is_empty() && bytes[0] != b'.', "a file name is not empty and not hidden");
        let mut index = 0;
        while index < bytes.len() {
            let plain = bytes[index].is_ascii_alphanumeric() || matches!(bytes[index], b'.' | b'-' | b'_');
            assert!(plain, "a file name has letters, digits, dots and dashes only");
            index += 1;
        }
        Self(name)
    }

    /// The name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// Whether a file in the folder is this one, or what a crash left of writing it.
    #[must_use]
    pub fn is_name_of(self, file: &str) -> bool {
        file.strip_prefix(self.0).is_some_and(|rest| {
            let number = rest.strip_prefix(NEW);
            rest.is_empty() || number.is_some_and(|number| number.bytes().all(|digit| digit.is_ascii_digit()))
        })
    }
}

/// The helper's data folder.
#[derive(Debug, Clone)]
pub struct DataFolder {
    path: PathBuf,
}

impl DataFolder {
    /// Opens the folder, making it if need be; `None` for the user's own. It is closed to others (0700) even if it was
    /// open before.
    ///
    /// # Errors
    ///
    /// [`FolderError`], as a sentence for whoever started the program.
    pub fn open(path: Option<&Path>) -> Result<Self, FolderError> {
        let path = Self::place(path)?;
        make_private(&path).map_err(|why| FolderError::Folder { path: path.clone(), why })?;
        Ok(Self { path })
    }

    /// Where [`open`](Self::open) has the folder, without making it.
    ///
    /// # Errors
    ///
    /// [`FolderError::NoHome`].
    pub fn place(path: Option<&Path>) -> Result<PathBuf, FolderError> {
        Ok(match path {
            Some(path) => path.to_owned(),
            None => directories::ProjectDirs::from("org", "deskhand", "deskhand-helper")
                .ok_or(FolderError::NoHome)?
                .data_dir()
                .to_owned(),
        })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What a file holds; `None` when there is none.
    ///
    /// # Errors
    ///
    /// [`FolderError::Exposed`] when others may read it, [`FolderError::TooLarge`] when it has more than `limit` bytes,
    /// [`FolderError::File`] when it cannot be read.
    pub fn read(&self, name: FileName, limit: usize) -> Result<Option<Vec<u8>>, FolderError> {
        let path = self.path.join(name.0);
        match read_private(&path, limit) {
            Ok(content) => content.map(Some),
            Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(why) => Err(FolderError::File { path, why }),
        }
    }

    /// Writes a file for this user only (0600). A crash leaves the old content or the new, never a part.
    ///
    /// # Errors
    ///
    /// [`FolderError::File`]; the old content is still there then.
    pub fn write(&self, name: FileName, content: &[u8]) -> Result<(), FolderError> {
        self.put(name, content, |new, path| fs::rename(new, path))
    }

    /// Writes a file like [`write`](Self::write), but leaves one alone that is there: of several programs that begin at
    /// once, the first one's content counts for all.
    ///
    /// # Errors
    ///
    /// [`FolderError::File`].
    pub fn write_first(&self, name: FileName, content: &[u8]) -> Result<(), FolderError> {
        self.put(name, content, |new, path| {
            let linked = fs::hard_link(new, path);
            fs::remove_file(new)?;
            linked.or_else(|error| if error.kind() == io::ErrorKind::AlreadyExists { Ok(()) } else { Err(error) })
        })
    }

    /// Writes a file like [`write`](Self::write) that this user can start (0700). Gives where it is.
    ///
    /// # Errors
    ///
    /// [`FolderError::File`].
    pub fn write_program(&self, name: FileName, content: &[u8]) -> Result<PathBuf, FolderError> {
        self.put(name, content, |new, path| {
            #[cfg(unix)]
            fs::set_permissions(new, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
            fs::rename(new, path)
        })?;
        Ok(self.path.join(name.0))
    }

    /// Removes a file, if there is one.
    ///
    /// # Errors
    ///
    /// [`FolderError::File`].
    pub fn remove(&self, name: FileName) -> Result<(), FolderError> {
        let path = self.path.join(name.0);
        match fs::remove_file(&path) {
            Err(why) if why.kind() != io::ErrorKind::NotFound => Err(FolderError::File { path, why }),
            _ => Ok(()),
        }
    }

    fn put(
        &self,
        name: FileName,
        content: &[u8],
        put: impl FnOnce(&Path, &Path) -> io::Result<()>,
    ) -> Result<(), FolderError> {
        let path = self.path.join(name.0);
        let new = self.path.join(format!("{}{NEW}{}", name.0, std::process::id()));
        let written = write_new(&new, content).and_then(|()| put(&new, &path));
        written.map_err(|why| {
            // The half-made file may not be there at all.
            drop(fs::remove_file(&new));
            FolderError::File { path, why }
        })
    }
}

fn make_private(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
            fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
        }
    }
    Ok(())
}

fn read_private(path: &Path, limit: usize) -> io::Result<Result<Vec<u8>, FolderError>> {
    let file = fs::File::open(path)?;
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::mode(&file.metadata()?) & 0o077 != 0 {
        return Ok(Err(FolderError::Exposed(path.to_owned())));
    }
    let mut content = Vec::new();
    file.take(limit as u64 + 1).read_to_end(&mut content)?;
    Ok(if content.len() > limit { Err(FolderError::TooLarge(path.to_owned())) } else { Ok(content) })
}

fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    // One that a crash left behind.
    if let Err(error) = fs::remove_file(path)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(error);
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

#[cfg(test)]
#[cfg(unix)]
#[allow(clippy::unwrap_used, reason = "a test")]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const KEY: FileName = FileName::new("device.key");

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn folder_and_files_belong_to_this_user_alone() {
        let base = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(Some(&base.path().join("a/b"))).unwrap();
        folder.write(KEY, b"secret").unwrap();
        assert_eq!(mode(folder.path()), 0o700);
        assert_eq!(mode(&folder.path().join("device.key")), 0o600);
        assert_eq!(folder.read(KEY, 100).unwrap().unwrap(), b"secret");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_file_and_what_was_left_of_writing_it_are_known_by_name() {
        assert!(KEY.is_name_of("device.key") && KEY.is_name_of("device.key.new-4711"));
        for other in ["device.key.bak", "device.key.new-x", "my device.key", "device", ""] {
            assert!(!KEY.is_name_of(other), "{other}");
        }
        let base = tempfile::tempdir().unwrap();
        let path = base.path().join("not yet");
        assert_eq!(DataFolder::place(Some(&path)).unwrap(), path);
        assert!(!path.exists(), "asking for it makes nothing");
    }

    #[test]
    fn a_folder_that_was_open_is_closed() {
        let base = tempfile::tempdir().unwrap();
        fs::set_permissions(base.path(), fs::Permissions::from_mode(0o755)).unwrap();
        DataFolder::open(Some(base.path())).unwrap();
        assert_eq!(mode(base.path()), 0o700);
    }

    #[test]
    fn writing_again_replaces_the_whole() {
        let base = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(Some(base.path())).unwrap();
        assert!(folder.read(KEY, 100).unwrap().is_none());
        folder.write(KEY, b"a long first content").unwrap();
        folder.write(KEY, b"short").unwrap();
        assert_eq!(folder.read(KEY, 100).unwrap().unwrap(), b"short");
    }

    #[test]
    fn of_two_first_contents_the_first_stays() {
        let base = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(Some(base.path())).unwrap();
        folder.write_first(KEY, b"first").unwrap();
        folder.write_first(KEY, b"second").unwrap();
        assert_eq!(folder.read(KEY, 100).unwrap().unwrap(), b"first");
        assert_eq!(mode(&folder.path().join("device.key")), 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn an_exposed_or_overlong_file_is_refused() {
        let base = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(Some(base.path())).unwrap();
        folder.write(KEY, b"12345").unwrap();
        assert!(matches!(folder.read(KEY, 4), Err(FolderError::TooLarge(_))));
        fs::set_permissions(base.path().join("device.key"), fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(folder.read(KEY, 100), Err(FolderError::Exposed(_))));
    }

    #[test]
    fn a_place_that_is_no_folder_says_what_to_do() {
        let base = tempfile::tempdir().unwrap();
        let file = base.path().join("file");
        fs::write(&file, b"").unwrap();
        let error = DataFolder::open(Some(&file.join("data"))).unwrap_err().to_string();
        assert!(error.contains("--data"), "{error}");
    }
}
