//! The call that goes on after a restart of the machine: kept in the data folder, and taken up once.
//!
//! Nothing of a grant is kept: the customer is asked again. Whatever starts the helper next takes entry and call away,
//! so that neither works a second time.

use deskhand_desk::{DataFolder, FileName, power::RunOnce};
use deskhand_protocol::limit::PACKAGE_FILE;
use deskhand_session::Permit;

use crate::{
    flags,
    start::{Call, Source},
};

/// The call, as it was given.
const FILE: FileName = FileName::new("after-restart.json");
/// The file in bytes: a package, written as text in JSON.
const FILE_SIZE: usize = 2 * PACKAGE_FILE + 1024;

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
    let (Some(program), Some(data)) = (program.to_str(), folder.path().to_str()) else {
        return Err(not("a path is not text"));
    };
    folder.write(FILE, &serde_json::to_vec(&call.source).map_err(not)?).map_err(not)?;
    once.set(&[program, flags::AFTER_RESTART, "--data", data], permit).map_err(not)
}

/// Takes entry and call away, and gives the call if there was one.
#[must_use]
pub fn take(folder: &DataFolder) -> Option<Call> {
    if let Some(Err(error)) = RunOnce::of_this_user().map(|once| once.remove()) {
        tracing::warn!(%error, "the entry of the last restart cannot be removed");
    }
    taken(folder)
}

/// The call alone.
fn taken(folder: &DataFolder) -> Option<Call> {
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
