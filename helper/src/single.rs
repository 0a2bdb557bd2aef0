//! One helper for each user: a second start does not begin another, but brings the first one to the front and hands
//! over whom it was to call.
//!
//! Who is first holds a lock on a file in the data folder, which the system lets go however the program ends. A door beside
//! it, for this user alone like the folder, is where a second start knocks. What it hands over is no more than what the
//! customer could have typed: it grants nothing, and never touches a call in which somebody was let in.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    path::Path,
    time::{Duration, Instant},
};

use deskhand_desk::{DataFolder, FileName};
use serde::{Deserialize, Serialize};

use crate::start::{Field, Source, Start};

mod door;

pub use door::{Answers, open};

const LOCK: FileName = FileName::new("running.lock");
const DOOR: FileName = FileName::new("running.door");
/// All that it writes.
pub(crate) const FILES: &[FileName] = &[LOCK, DOOR];

/// How long a first one may take to answer, or to be gone: it may be ending, or just beginning.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often it is tried meanwhile.
const AGAIN: Duration = Duration::from_millis(50);

/// The lock of the one that runs. It is let go with it.
#[derive(Debug)]
pub struct Only {
    _lock: File,
}

/// What a second one was started for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Knock {
    /// For this call.
    Call(Source),
    /// For the field, or what keeps it from calling.
    Field(Field),
}

impl Knock {
    /// What the program was started for.
    #[must_use]
    pub fn of(start: &Start) -> Self {
        match start {
            Start::Call(call) => Self::Call(call.source.clone()),
            Start::Field(field) => Self::Field(field.clone()),
        }
    }
}

/// What a second start has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum First {
    /// Its window has come to the front.
    Shown,
    /// It has no window.
    Headless,
    /// It does not answer, or was not asked.
    Silent,
}

impl First {
    /// A sentence for whoever started the second one.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Shown => "it is running already; its window has come to the front",
            Self::Headless => "it is running already on this computer without a window; end that one first",
            Self::Silent => "it is running already on this computer; end that one first",
        }
    }
}

/// Takes the lock, or else asks whoever has it with `knock`.
///
/// # Errors
///
/// When the lock file cannot be made.
pub fn take(folder: &DataFolder, mut knock: impl FnMut() -> io::Result<First>) -> io::Result<Result<Only, First>> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(folder.path().join(LOCK.as_str()))?;
    let until = Instant::now() + PATIENCE;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Ok(Only { _lock: file })),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
        match knock() {
            Ok(first) => return Ok(Err(first)),
            Err(error) if Instant::now() >= until => {
                tracing::debug!(%error, "nobody answers");
                return Ok(Err(First::Silent));
            }
            // It is ending, or has just begun.
            Err(_) => std::thread::sleep(AGAIN),
        }
    }
}

/// Whether one runs on this folder now. Makes nothing.
///
/// # Errors
///
/// When that cannot be seen.
pub fn runs(folder: &Path) -> io::Result<bool> {
    let file = match OpenOptions::new().write(true).open(folder.join(LOCK.as_str())) {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(false);
        }
        Err(error) => return Err(error),
    };
    match file.try_lock() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_runs_and_the_next_one_after_it() {
        let base = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(Some(base.path())).unwrap();
        let first = take(&folder, || panic!("nobody is asked")).unwrap().unwrap();
        assert!(matches!(take(&folder, || Ok(First::Shown)), Ok(Err(First::Shown))));
        assert!(runs(base.path()).unwrap());
        let mut asked = 0;
        let mut ending = Some(first);
        let second = take(&folder, || {
            asked += 1;
            drop(ending.take());
            Err(io::ErrorKind::ConnectionRefused.into())
        });
        assert!(second.as_ref().unwrap().is_ok() && asked == 1, "one that is ending is waited for");
        drop(second);
        assert!(!runs(base.path()).unwrap());
        assert!(!runs(&base.path().join("nothing")).unwrap());
    }
}
