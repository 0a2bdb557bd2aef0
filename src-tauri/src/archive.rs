//! Writes the support package that a customer unpacks and double-clicks.
//!
//! ```text
//! deskhand-support.tar.gz
//!   Deskhand Support/deskhand-helper      the generic, unmodified program
//!   Deskhand Support/support.deskhand     whom to call, signed by the technician
//! ```
//!
//! The file's name tells nobody who is helped. It is written under a temporary name beside its place and then given
//! its own, without ever taking the place of a file that is there.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Write as _},
    path::{Path, PathBuf},
};

use deskhand_protocol::package::FILE_NAME;
use flate2::{Compression, write::GzEncoder};

/// The folder inside, as the customer sees it.
const INSIDE: &str = "Deskhand Support";
/// The program's name on disk.
pub const HELPER: &str = if cfg!(windows) { "deskhand-helper.exe" } else { "deskhand-helper" };
/// Names tried before giving up: nobody keeps a hundred.
const NAMES: u32 = 100;

/// Why there is no package.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// The program that belongs into it is not there.
    #[error("the helper program is not beside this program; put {HELPER} into {} or name it in DESKHAND_HELPER", looked.display())]
    NoHelper {
        /// Where it should be.
        looked: PathBuf,
    },
    /// It cannot be written.
    #[error("the support package cannot be written into {} ({source}); free space there or make it writable", folder.display())]
    CannotWrite {
        /// Where to.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// Finds the helper program: the one that is named, else the one beside this program.
///
/// # Errors
///
/// [`ArchiveError::NoHelper`].
pub fn find_helper(named: Option<PathBuf>) -> Result<PathBuf, ArchiveError> {
    if let Some(path) = named {
        return if path.is_file() { Ok(path) } else { Err(ArchiveError::NoHelper { looked: path }) };
    }
    let own = std::env::current_exe().unwrap_or_default();
    let folder = own.parent().map(Path::to_path_buf).unwrap_or_default();
    let path = folder.join(HELPER);
    if path.is_file() { Ok(path) } else { Err(ArchiveError::NoHelper { looked: folder }) }
}

/// The folder for downloads of this user, else his home, else the folder of the system for short-lived files.
#[must_use]
pub fn downloads() -> PathBuf {
    let user = directories::UserDirs::new();
    // Desktop files name the folder in `user-dirs.dirs`; the variable is for those who set it by hand.
    let named = std::env::var_os("XDG_DOWNLOAD_DIR").map(PathBuf::from);
    let downloads = || user.as_ref().and_then(|user| user.download_dir().map(Path::to_path_buf));
    named
        .or_else(downloads)
        .filter(|path| path.is_dir())
        .or_else(|| user.as_ref().map(|user| user.home_dir().to_path_buf()))
        .unwrap_or_else(std::env::temp_dir)
}

/// Writes the package into `folder` and gives its path and its size in bytes.
///
/// # Errors
///
/// [`ArchiveError`]; nothing is then left behind.
pub fn save(folder: &Path, helper: &Path, support: &[u8]) -> Result<(PathBuf, u64), ArchiveError> {
    let refuse = |source| ArchiveError::CannotWrite { folder: folder.to_path_buf(), source };
    let mut program = File::open(helper).map_err(|_| ArchiveError::NoHelper { looked: helper.to_path_buf() })?;
    let (aside, file) = create_aside(folder).map_err(refuse)?;
    let done = write(file, &mut program, support).and_then(|()| give_name(folder, &aside));
    if done.is_err() {
        let _ = fs::remove_file(&aside);
    }
    let path = done.map_err(refuse)?;
    let bytes = fs::metadata(&path).map_err(refuse)?.len();
    Ok((path, bytes))
}

fn create_aside(folder: &Path) -> io::Result<(PathBuf, File)> {
    let path = folder.join(format!(".deskhand-support-{}.part", uuid::Uuid::new_v4()));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // It holds a secret until it is used.
        options.mode(0o600);
    }
    let file = options.open(&path)?;
    Ok((path, file))
}

fn write(file: File, program: &mut File, support: &[u8]) -> io::Result<()> {
    let packed = GzEncoder::new(BufWriter::new(file), Compression::default());
    let mut archive = tar::Builder::new(packed);
    let size = program.metadata()?.len();
    archive.append_data(&mut header(0o755, size), format!("{INSIDE}/{HELPER}"), program)?;
    let size = u64::try_from(support.len()).map_err(io::Error::other)?;
    archive.append_data(&mut header(0o600, size), format!("{INSIDE}/{FILE_NAME}"), support)?;
    let mut file = archive.into_inner()?.finish()?;
    file.flush()?;
    file.get_ref().sync_all()
}

/// No owner and no time: neither is the customer's business.
fn header(mode: u32, size: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_mode(mode);
    header.set_size(size);
    header.set_mtime(0);
    header
}

/// Links the finished file to the first free name: linking, unlike renaming, never replaces a file.
fn give_name(folder: &Path, aside: &Path) -> io::Result<PathBuf> {
    for n in 1..=NAMES {
        let name = if n == 1 { String::new() } else { format!(" ({n})") };
        let path = folder.join(format!("deskhand-support{name}.tar.gz"));
        match fs::hard_link(aside, &path) {
            Ok(()) => {
                fs::remove_file(aside)?;
                return Ok(path);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            // A file system without links, as on many USB sticks.
            Err(_) if !path.exists() => {
                fs::rename(aside, &path)?;
                return Ok(path);
            }
            Err(_) => {}
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, "too many packages are there already"))
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;

    use super::*;

    #[test]
    fn a_package_holds_the_program_as_it_is_and_the_support_file() {
        let dir = tempfile::tempdir().unwrap();
        let helper = dir.path().join("built-helper");
        let program: Vec<u8> = (0..100_000_u32).map(|n| (n % 251) as u8).collect();
        fs::write(&helper, &program).unwrap();
        let (path, bytes) = save(dir.path(), &helper, b"{signed}").unwrap();
        assert_eq!(path.file_name().unwrap(), "deskhand-support.tar.gz");
        assert_eq!(bytes, fs::metadata(&path).unwrap().len());

        let mut found = Vec::new();
        let mut archive = tar::Archive::new(GzDecoder::new(File::open(&path).unwrap()));
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            let name = entry.path().unwrap().to_string_lossy().into_owned();
            found.push((name, entry.header().mode().unwrap(), content));
        }
        assert_eq!(found.len(), 2);
        assert_eq!(found[0], (format!("Deskhand Support/{HELPER}"), 0o755, program));
        assert_eq!(found[1], ("Deskhand Support/support.deskhand".into(), 0o600, b"{signed}".to_vec()));
    }

    #[test]
    fn an_earlier_package_is_never_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let helper = dir.path().join("h");
        fs::write(&helper, b"program").unwrap();
        let (first, _) = save(dir.path(), &helper, b"one").unwrap();
        let before = fs::read(&first).unwrap();
        let (second, _) = save(dir.path(), &helper, b"two").unwrap();
        assert_eq!(second.file_name().unwrap(), "deskhand-support (2).tar.gz");
        assert_eq!(fs::read(&first).unwrap(), before);
        let left: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left.len(), 3, "no temporary file stays: {left:?}");
    }

    #[test]
    fn a_missing_program_is_told_with_what_to_do() {
        let error = find_helper(Some("/nowhere/helper".into())).unwrap_err();
        assert!(error.to_string().contains("DESKHAND_HELPER"), "{error}");
    }
}
