//! A folder for received files that is this process's alone and goes with it. One that a killed process has left is
//! removed by the next that looks.

use std::{
    fs::{self, DirBuilder, File},
    io,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

/// Names tried.
const TRIES: u32 = 16;

/// The folder. Dropping it removes it with all that is in it.
#[derive(Debug)]
pub struct PrivateFolder {
    path: PathBuf,
    /// Held as long as the folder is in use, also when the process is killed.
    _lock: File,
}

impl PrivateFolder {
    /// Makes a folder in this one, which is made too, and removes what others have left there.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn make(above: &Path) -> io::Result<Self> {
        private().recursive(true).create(above)?;
        clean(above);
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        for number in 0..TRIES {
            let path = above.join(format!("{}-{since:x}-{number}", std::process::id()));
            private().create(&path)?;
            let lock = File::open(&path)?;
            // Somebody who cleans may have been faster than the lock.
            if lock.try_lock().is_ok() && path.is_dir() {
                return Ok(Self { path, _lock: lock });
            }
        }
        Err(io::ErrorKind::ResourceBusy.into())
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for PrivateFolder {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

/// Removes the folders in this one that nobody uses any more.
pub fn clean(above: &Path) {
    for entry in fs::read_dir(above).into_iter().flatten().flatten() {
        let folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if folder && File::open(entry.path()).is_ok_and(|lock| lock.try_lock().is_ok()) {
            remove(&entry.path());
        }
    }
}

fn remove(path: &Path) {
    if let Err(error) = fs::remove_dir_all(path) {
        tracing::warn!(%error, "a folder of received files stays");
    }
}

fn private() -> DirBuilder {
    #[cfg_attr(not(unix), allow(unused_mut, reason = "elsewhere nothing is set"))]
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test")]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_process_left_goes_and_what_is_in_use_stays() {
        let above = tempfile::tempdir().unwrap();
        let left = above.path().join("1-left");
        fs::create_dir(&left).unwrap();
        fs::write(left.join("letter"), "of a customer").unwrap();
        let first = PrivateFolder::make(above.path()).unwrap();
        assert!(!left.exists());
        fs::write(first.path().join("f"), "x").unwrap();
        let second = PrivateFolder::make(above.path()).unwrap();
        assert!(first.path().join("f").exists() && second.path() != first.path());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(first.path()).unwrap().permissions().mode() & 0o777, 0o700);
        }
        let gone = first.path().to_path_buf();
        drop(first);
        assert!(!gone.exists() && second.path().exists());
    }
}
