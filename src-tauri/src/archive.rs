//! Writes the support package that a customer unpacks and double-clicks.
//!
//! ```text
//! deskhand-support.tar.gz, or .zip where people unpack those
//!   Deskhand Support/deskhand-helper      the generic, unmodified program
//!   Deskhand Support/support.deskhand     whom to call, signed by the technician
//!   Deskhand Support/Deskhand Support.desktop, start-deskhand-support.sh
//!                                         in the tarball: what starts it by a double-click
//! deskhand_help.example.org_K7MP-4QXD_….exe   the same program, whose name says whom to call
//! ```
//!
//! The file's name tells nobody who is helped. It is written under a temporary name beside its place and then given
//! its own, without ever taking the place of a file that is there.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Write as _},
    path::{Path, PathBuf},
};

use deskhand_protocol::{package::FILE_NAME, template::Platform};
use flate2::{Compression, write::GzEncoder};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// The folder inside, as the customer sees it.
const INSIDE: &str = "Deskhand Support";
/// The program's name inside, without its ending.
const PROGRAM: &str = "deskhand-helper";
/// What starts the program where people unpack tarballs, by name and content.
const LAUNCHER: [(&str, &str); 2] = [
    ("Deskhand Support.desktop", include_str!("../../icons/launcher/Deskhand Support.desktop")),
    ("start-deskhand-support.sh", include_str!("../../icons/launcher/start-deskhand-support.sh")),
];
/// The program's name beside this one.
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
pub fn save(folder: &Path, platform: Platform, helper: &Path, support: &[u8]) -> Result<(PathBuf, u64), ArchiveError> {
    let ending = if platform.likes_zip() { ".zip" } else { ".tar.gz" };
    place(folder, helper, "deskhand-support", ending, |file, program| {
        if platform.likes_zip() { zip(file, platform, program, support) } else { tarball(file, program, support) }
    })
}

/// Writes the bare program under a name that says whom to call, and gives its path and its size in bytes.
///
/// # Errors
///
/// [`ArchiveError`]; nothing is then left behind.
pub fn save_program(
    folder: &Path,
    platform: Platform,
    helper: &Path,
    name: &str,
) -> Result<(PathBuf, u64), ArchiveError> {
    place(folder, helper, name, platform.ending(), |mut file, program| {
        io::copy(program, &mut file)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            file.set_permissions(fs::Permissions::from_mode(0o700))?;
        }
        file.sync_all()
    })
}

/// Writes a file aside and then gives it the first free name.
fn place(
    folder: &Path,
    helper: &Path,
    stem: &str,
    ending: &str,
    write: impl FnOnce(File, &mut File) -> io::Result<()>,
) -> Result<(PathBuf, u64), ArchiveError> {
    let refuse = |source| ArchiveError::CannotWrite { folder: folder.to_path_buf(), source };
    let mut program = File::open(helper).map_err(|_| ArchiveError::NoHelper { looked: helper.to_path_buf() })?;
    let (aside, file) = create_aside(folder).map_err(refuse)?;
    let done = write(file, &mut program).and_then(|()| give_name(folder, &aside, stem, ending));
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

fn tarball(file: File, program: &mut File, support: &[u8]) -> io::Result<()> {
    let packed = GzEncoder::new(BufWriter::new(file), Compression::default());
    let mut archive = tar::Builder::new(packed);
    let size = program.metadata()?.len();
    archive.append_data(&mut header(0o755, size), format!("{INSIDE}/{PROGRAM}"), program)?;
    let size = u64::try_from(support.len()).map_err(io::Error::other)?;
    archive.append_data(&mut header(0o600, size), format!("{INSIDE}/{FILE_NAME}"), support)?;
    for (name, text) in LAUNCHER {
        let size = u64::try_from(text.len()).map_err(io::Error::other)?;
        archive.append_data(&mut header(0o755, size), format!("{INSIDE}/{name}"), text.as_bytes())?;
    }
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

fn zip(file: File, platform: Platform, program: &mut File, support: &[u8]) -> io::Result<()> {
    let options =
        |mode| SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).unix_permissions(mode);
    let mut archive = ZipWriter::new(BufWriter::new(file));
    archive.start_file(format!("{INSIDE}/{PROGRAM}{}", platform.ending()), options(0o755))?;
    io::copy(program, &mut archive)?;
    archive.start_file(format!("{INSIDE}/{FILE_NAME}"), options(0o600))?;
    archive.write_all(support)?;
    let mut file = archive.finish()?;
    file.flush()?;
    file.get_ref().sync_all()
}

/// Links the finished file to the first free name: linking, unlike renaming, never replaces a file.
fn give_name(folder: &Path, aside: &Path, stem: &str, ending: &str) -> io::Result<PathBuf> {
    for n in 1..=NAMES {
        let number = if n == 1 { String::new() } else { format!(" ({n})") };
        let path = folder.join(format!("{stem}{number}{ending}"));
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
        let (path, bytes) = save(dir.path(), Platform::LinuxX64, &helper, b"{signed}").unwrap();
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
        assert_eq!(found.len(), 4);
        assert_eq!(found[0], ("Deskhand Support/deskhand-helper".to_owned(), 0o755, program));
        assert_eq!(found[1], ("Deskhand Support/support.deskhand".into(), 0o600, b"{signed}".to_vec()));
        for (starts, (name, text)) in found[2..].iter().zip(LAUNCHER) {
            assert_eq!(*starts, (format!("{INSIDE}/{name}"), 0o755, text.as_bytes().to_vec()));
        }
    }

    #[test]
    fn an_earlier_package_is_never_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let helper = dir.path().join("h");
        fs::write(&helper, b"program").unwrap();
        let (first, _) = save(dir.path(), Platform::LinuxX64, &helper, b"one").unwrap();
        let before = fs::read(&first).unwrap();
        let (second, _) = save(dir.path(), Platform::LinuxX64, &helper, b"two").unwrap();
        assert_eq!(second.file_name().unwrap(), "deskhand-support (2).tar.gz");
        assert_eq!(fs::read(&first).unwrap(), before);
        let left: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left.len(), 3, "no temporary file stays: {left:?}");
    }

    #[test]
    fn systems_that_unpack_zip_files_get_one() {
        let dir = tempfile::tempdir().unwrap();
        let helper = dir.path().join("built-helper");
        let program: Vec<u8> = (0..100_000_u32).map(|n| (n % 251) as u8).collect();
        fs::write(&helper, &program).unwrap();
        for (platform, inside) in
            [(Platform::WindowsX64, "deskhand-helper.exe"), (Platform::MacosArm64, "deskhand-helper")]
        {
            let (path, _) = save(dir.path(), platform, &helper, b"{signed}").unwrap();
            assert!(path.to_string_lossy().ends_with(".zip"), "{path:?}");
            let mut archive = zip::ZipArchive::new(File::open(&path).unwrap()).unwrap();
            let mut read = |name: &str| {
                let mut entry = archive.by_name(name).unwrap();
                let mut content = Vec::new();
                entry.read_to_end(&mut content).unwrap();
                (entry.unix_mode().map(|mode| mode & 0o777), content)
            };
            assert_eq!(read(&format!("Deskhand Support/{inside}")), (Some(0o755), program.clone()));
            assert_eq!(read("Deskhand Support/support.deskhand"), (Some(0o600), b"{signed}".to_vec()));
            assert_eq!(archive.len(), 2);
        }
    }

    #[test]
    fn the_bare_program_is_the_program_under_another_name() {
        let dir = tempfile::tempdir().unwrap();
        let helper = dir.path().join("h");
        fs::write(&helper, b"program").unwrap();
        let (path, bytes) = save_program(dir.path(), Platform::WindowsX64, &helper, "deskhand_a.b_AAAA").unwrap();
        assert_eq!((path.file_name().unwrap().to_str().unwrap(), bytes), ("deskhand_a.b_AAAA.exe", 7));
        assert_eq!(fs::read(&path).unwrap(), b"program");
        let (second, _) = save_program(dir.path(), Platform::WindowsX64, &helper, "deskhand_a.b_AAAA").unwrap();
        assert_eq!(second.file_name().unwrap(), "deskhand_a.b_AAAA (2).exe");
    }

    #[test]
    fn a_missing_program_is_told_with_what_to_do() {
        let error = find_helper(Some("/nowhere/helper".into())).unwrap_err();
        assert!(error.to_string().contains("DESKHAND_HELPER"), "{error}");
    }
}
