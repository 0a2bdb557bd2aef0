//! The call that goes on after a restart of the machine: kept in the data folder, and taken up once.
//!
//! Nothing of a grant is kept: the customer is asked again. Whatever starts the helper next takes entry and call away,
//! so that neither works a second time.
//!
//! The entry starts a program that nobody else could have changed meanwhile: one that lies where others may write, as in
//! `/tmp`, is copied into the data folder first.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use deskhand_desk::{DataFolder, FileName, power::RunOnce};
use deskhand_protocol::limit::PACKAGE_FILE;
use deskhand_session::Permit;

use crate::{
    flags,
    grant_file::{Access, access},
    start::{Call, Source},
};

/// The call, as it was given.
const FILE: FileName = FileName::new("after-restart.json");
/// The file in bytes: a package, written as text in JSON.
const FILE_SIZE: usize = 2 * PACKAGE_FILE + 1024;

/// The copy of the program.
#[cfg(not(windows))]
const COPY: FileName = FileName::new("after-restart-program");
#[cfg(windows)]
const COPY: FileName = FileName::new("after-restart-program.exe");
/// All of them.
pub(crate) const FILES: &[FileName] = &[FILE, COPY];
/// The program that runs, whatever lies at its path by now.
#[cfg(not(windows))]
pub(crate) const RUNNING: &str = "/proc/self/exe";

/// Why the helper would not start again.
#[derive(Debug, thiserror::Error)]
#[error("the helper cannot be started again after a restart: {0}")]
pub(crate) struct NotKept(String);

fn not(why: impl std::fmt::Display) -> NotKept {
    NotKept(why.to_string())
}

/// Sees to it that this call goes on after the restart that is about to come.
pub(crate) fn keep(call: &Call, folder: &DataFolder, permit: &Permit<'_>) -> Result<(), NotKept> {
    let once = RunOnce::of_this_user().ok_or_else(|| not("there is no autostart"))?;
    let program = std::env::current_exe().map_err(not)?;
    #[cfg(not(windows))]
    let program = unchanged(folder, &program, Path::new(RUNNING), access)?;
    // Windows lets nobody write to a program that runs.
    #[cfg(windows)]
    let program = unchanged(folder, &program, &program, access)?;
    let (Some(program), Some(data)) = (program.to_str(), folder.path().to_str()) else {
        return Err(not("a path is not text"));
    };
    folder.write(FILE, &serde_json::to_vec(&call.source).map_err(not)?).map_err(not)?;
    once.set(&[program, flags::AFTER_RESTART, "--data", data], permit).map_err(not)
}

/// The program, or a copy of the one that runs if somebody else could put another in its place: who may write to it or
/// to a folder above it. A sticky folder counts as one of those, since its other files may come and go.
fn unchanged(
    folder: &DataFolder,
    program: &Path,
    running: &Path,
    access: impl Fn(&Path) -> io::Result<Access>,
) -> Result<PathBuf, NotKept> {
    let user = access(folder.path()).map_err(not)?.owner;
    let is_ours = |part: &Path| access(part).is_ok_and(|access| access.is_of(user));
    match fs::canonicalize(program) {
        Ok(real) if real.ancestors().all(is_ours) => Ok(real),
        // Or it is not there any more, as a copy of an earlier restart.
        _ => folder.write_program(COPY, &fs::read(running).map_err(not)?).map_err(not),
    }
}

/// Starts this program anew with an administrator's rights, to go on with this call. Windows asks the customer whether it
/// may, and this waits for his answer.
#[cfg(windows)]
#[allow(unsafe_code, reason = "the system's interface is C")]
pub(crate) fn start_as_administrator(call: &Call, folder: &DataFolder) -> Result<(), NotKept> {
    use windows::{
        Win32::UI::{Shell::ShellExecuteW, WindowsAndMessaging::SW_SHOWNORMAL},
        core::{HSTRING, PCWSTR, w},
    };
    // What the documentation of `ShellExecuteW` calls an error.
    const LEAST: isize = 32;
    let program = std::env::current_exe().map_err(not)?;
    folder.write(FILE, &serde_json::to_vec(&call.source).map_err(not)?).map_err(not)?;
    let data = folder.path().to_str().filter(|data| !data.contains('"') && !data.ends_with('\\'));
    let data = data.ok_or_else(|| not("the data folder cannot be named"))?;
    let (program, words) =
        (HSTRING::from(&*program), HSTRING::from(format!("{} --data \"{data}\"", flags::AFTER_RESTART)));
    // SAFETY: all texts end with a zero.
    let started = unsafe { ShellExecuteW(None, w!("runas"), &program, &words, PCWSTR::null(), SW_SHOWNORMAL) };
    if started.0 as isize > LEAST {
        return Ok(());
    }
    // He said no: the call is not left behind.
    folder.remove(FILE).map_err(not)?;
    Err(not("Windows does not allow it"))
}

/// Takes entry, copy and call away, and gives the call if there was one.
#[must_use]
pub fn take(folder: &DataFolder) -> Option<Call> {
    if let Some(Err(error)) = RunOnce::of_this_user().map(|once| once.remove()) {
        tracing::warn!(%error, "the entry of the last restart cannot be removed");
    }
    taken(folder)
}

/// Copy and call alone.
fn taken(folder: &DataFolder) -> Option<Call> {
    if let Err(error) = folder.remove(COPY) {
        tracing::warn!(%error, "the copy of the program cannot be removed");
    }
    let kept = folder.read(FILE, FILE_SIZE);
    if let Err(error) = folder.remove(FILE) {
        tracing::warn!(%error, "the call of before the restart cannot be removed");
    }
    let source: Source = serde_json::from_slice(&kept.ok()??).ok()?;
    source.call().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_others_could_change_is_copied_first() {
        let base = tempfile::tempdir().unwrap();
        let path = fs::canonicalize(base.path()).unwrap();
        let folder = DataFolder::open(Some(&path.join("data"))).unwrap();
        let (program, running) = (path.join("helper"), path.join("running"));
        fs::write(&program, b"what lies there").unwrap();
        fs::write(&running, b"what runs").unwrap();
        let copy = folder.path().join("after-restart-program");
        let start = |strange: &Path, access: Access| {
            let access = |part: &Path| Ok(if part == strange { access } else { Access { owner: 7, mode: 0o40755 } });
            unchanged(&folder, &program, &running, access).unwrap()
        };
        let of = |owner, mode| Access { owner, mode };
        assert_eq!(start(&program, of(0, 0o100755)), program, "root's");
        assert_eq!(start(&program, of(7, 0o100755)), program, "this user's");
        assert!(!copy.exists());
        for (strange, access) in [
            (program.as_path(), of(8, 0o100755)),
            (program.as_path(), of(7, 0o100775)),
            (path.as_path(), of(0, 0o41777)),
            (Path::new("/"), of(7, 0o40757)),
        ] {
            assert_eq!(start(strange, access), copy, "{strange:?}");
            assert_eq!(fs::read(&copy).unwrap(), b"what runs");
            assert_eq!(taken(&folder), None);
            assert!(!copy.exists(), "gone at the next start");
        }
        fs::remove_file(&program).unwrap();
        assert_eq!(start(&path, of(7, 0o40755)), copy, "it is not there any more");
    }

    #[test]
    fn what_was_kept_is_taken_once_and_what_is_damaged_not_at_all() {
        let base = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(Some(base.path())).unwrap();
        assert_eq!(taken(&folder), None);
        let call = Call::typed("help.example.org K7MP-4QXD").unwrap();
        folder.write(FILE, &serde_json::to_vec(&call.source).unwrap()).unwrap();
        assert_eq!(taken(&folder), Some(call));
        assert_eq!(taken(&folder), None, "once");
        for damaged in [&b""[..], b"{", br#"{"typed":"no call"}"#, br#"{"package":"{}"}"#] {
            folder.write(FILE, damaged).unwrap();
            assert_eq!(taken(&folder), None);
            assert!(folder.read(FILE, 10).unwrap().is_none());
        }
    }
}
