//! The desktop's trash (freedesktop.org, "The FreeDesktop.org Trash specification", 1.0): a move within one disk.

use std::{
    fs,
    io::Write as _,
    os::fd::AsFd as _,
    path::{Path, PathBuf},
    time::SystemTime,
};

use deskhand_protocol::call::files::{FileName, FilesError, numbered};
use rustix::{
    fs::{CWD, Mode, OFlags, RenameFlags, fstat, open, renameat_with},
    io::Errno,
};

use super::{told, told_io, walk::Folder};

/// Things of one name in the trash; more are not tried.
const SAME: u32 = 10_000;

/// Moves what has this name in a folder to the trash of its disk.
pub(super) fn put(folder: &Folder, name: &FileName, trashes: &[PathBuf]) -> Result<(), FilesError> {
    let from = fstat(&folder.at).map_err(told)?.st_dev;
    let real: PathBuf = Path::new("/").join(folder.real.join("/")).join(name.as_str());
    for trash in trashes {
        let (files, info) = (trash.join("files"), trash.join("info"));
        if make_private(&files).and_then(|()| make_private(&info)).is_err() {
            continue;
        }
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let Ok(into) = open(&files, flags, Mode::empty()) else { continue };
        if fstat(&into).map_err(told)?.st_dev != from {
            continue;
        }
        for count in 1..SAME {
            let called = if count == 1 { name.clone() } else { numbered(name, count) };
            let note = info.join(format!("{}.trashinfo", called.as_str()));
            // The note takes the name first, as the specification wants it.
            let mut file = match fs::OpenOptions::new().write(true).create_new(true).open(&note) {
                Ok(file) => file,
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(told_io(&error)),
            };
            let text = format!("[Trash Info]\nPath={}\nDeletionDate={}\n", escaped(&real), now());
            file.write_all(text.as_bytes()).map_err(|error| told_io(&error))?;
            let moved =
                renameat_with(folder.at.as_fd(), name.as_str(), into.as_fd(), called.as_str(), RenameFlags::NOREPLACE);
            match moved {
                Ok(()) => return Ok(()),
                Err(error) => {
                    drop(fs::remove_file(&note));
                    match error {
                        Errno::EXIST | Errno::NOTEMPTY => {}
                        Errno::XDEV => break,
                        other => return Err(told(other)),
                    }
                }
            }
        }
    }
    Err(FilesError::NoTrash)
}

/// The trash folders that may be on the same disk: the user's own, then one at the top of the disk.
pub(super) fn of(folder: &Folder) -> Result<Vec<PathBuf>, FilesError> {
    let dev = fstat(&folder.at).map_err(told)?.st_dev;
    let mut found = Vec::new();
    if let Some(base) = directories::BaseDirs::new() {
        found.push(base.data_dir().join("Trash"));
    }
    // The topmost folder above that is still on this disk.
    let mut top = Path::new("/").join(folder.real.join("/"));
    while let Some(above) = top.parent() {
        let same = rustix::fs::statat(CWD, above, rustix::fs::AtFlags::empty()).is_ok_and(|stat| stat.st_dev == dev);
        if !same {
            break;
        }
        top = above.to_path_buf();
    }
    found.push(top.join(format!(".Trash-{}", rustix::process::getuid().as_raw())));
    Ok(found)
}

fn make_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// A path as the note wants it: all but plain characters as `%XX`.
fn escaped(path: &Path) -> String {
    use std::os::unix::ffi::OsStrExt as _;
    let mut text = String::new();
    for byte in path.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.' | b'~') {
            text.push(char::from(*byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

/// Now, as `YYYY-MM-DDThh:mm:ss`. In UTC: the machine's own zone is not worth a time library, and the note is only shown.
fn now() -> String {
    let seconds = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Days to a date of the Gregorian calendar, counted from March of the year 0.
    let shifted = i64::try_from(days).unwrap_or(0) + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60)
}
