//! Writes a table of records beside the other downloads, never in the place of a file that is there.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

/// Names tried before giving up: nobody keeps a hundred.
const NAMES: u32 = 100;

/// Writes `bytes` into `folder` under the first free name of the form `deskhand-WHAT (2).ENDING`.
///
/// # Errors
///
/// What the system says; nothing is then left behind.
pub fn save(folder: &Path, what: &str, ending: &str, bytes: &[u8]) -> io::Result<PathBuf> {
    for n in 1..=NAMES {
        let number = if n == 1 { String::new() } else { format!(" ({n})") };
        let path = folder.join(format!("deskhand-{what}{number}.{ending}"));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            // Names of customers are in it.
            options.mode(0o600);
        }
        match options.open(&path) {
            Ok(mut file) => {
                let written = file.write_all(bytes).and_then(|()| file.sync_all());
                if written.is_err() {
                    let _ = fs::remove_file(&path);
                }
                return written.map(|()| path);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, "too many tables are there already"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_earlier_table_is_never_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let first = save(dir.path(), "sessions", "csv", b"one").unwrap();
        let second = save(dir.path(), "sessions", "csv", b"two").unwrap();
        assert_eq!(first.file_name().unwrap(), "deskhand-sessions.csv");
        assert_eq!(second.file_name().unwrap(), "deskhand-sessions (2).csv");
        assert_eq!((fs::read(first).unwrap(), fs::read(second).unwrap()), (b"one".to_vec(), b"two".to_vec()));
    }

    #[test]
    fn a_folder_that_is_not_there_is_said() {
        let dir = tempfile::tempdir().unwrap();
        assert!(save(&dir.path().join("none"), "sessions", "csv", b"").is_err());
    }
}
