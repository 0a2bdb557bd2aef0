//! From a path of the wire to an open folder: one name after the other, each opened in the folder before it and without
//! following a link. A link is read and walked in the same way, so there is no moment between looking and opening.

use std::{
    collections::VecDeque,
    os::fd::{AsFd, OwnedFd},
    path::{Component, Path},
};

use deskhand_protocol::{
    call::files::{FileName, FilesError},
    limit::FILE_DEPTH,
};
use rustix::fs::{FileType, Mode, OFlags, Stat, fstat, openat, readlinkat};

use super::{guard::Guard, told};

/// Links on one way; more are a circle.
const LINKS: usize = 16;

/// What is open at the top.
#[derive(Debug)]
pub(crate) struct Root {
    folder: OwnedFd,
    /// Where it really lies, as names from the root of the system.
    real: Vec<String>,
}

/// A folder that was reached.
#[derive(Debug)]
pub(crate) struct Folder {
    /// A handle to go on from; opened for nothing else.
    pub(crate) at: OwnedFd,
    /// Where it really lies, as names from the root of the system.
    pub(crate) real: Vec<String>,
    /// Whether it is, or lies in, a folder that is never written to.
    guarded: bool,
}

impl Folder {
    /// Refuses a folder that is never written to.
    pub(crate) const fn must_be_free(&self) -> Result<(), FilesError> {
        if self.guarded { Err(FilesError::Protected) } else { Ok(()) }
    }

    /// The names of what lies here, from the root of the system.
    pub(crate) fn real_of<'a>(&'a self, name: &'a FileName) -> Vec<&'a str> {
        self.real.iter().map(String::as_str).chain([name.as_str()]).collect()
    }
}

impl Root {
    /// Opens the top. It is the customer's own choice, so links on the way to it are followed.
    pub(crate) fn open(path: &Path) -> Result<Self, FilesError> {
        let real = path.canonicalize().map_err(|error| super::told_io(&error))?;
        let folder = rustix::fs::open(&real, folder_flags(), Mode::empty()).map_err(told)?;
        Ok(Self { folder, real: normal(&real) })
    }

    /// Where it really lies.
    pub(crate) fn real(&self) -> &[String] {
        &self.real
    }

    /// Goes down these names.
    pub(crate) fn walk(&self, names: &[FileName], guard: &Guard) -> Result<Folder, FilesError> {
        let top = rustix::io::fcntl_dupfd_cloexec(self.folder.as_fd(), 3).map_err(told)?;
        // Each folder on the way, so that a link's `..` can go back without leaving.
        let mut way = vec![(top, is_guarded(guard, &self.folder)?)];
        let mut real = self.real.clone();
        let mut ahead: VecDeque<String> = names.iter().map(|name| name.as_str().to_owned()).collect();
        let mut links = 0;
        while let Some(name) = ahead.pop_front() {
            if name == ".." {
                if way.len() == 1 {
                    return Err(FilesError::Outside);
                }
                way.pop();
                real.pop();
                continue;
            }
            if way.len() > FILE_DEPTH + LINKS {
                return Err(FilesError::Outside);
            }
            let Some((here, guarded)) = way.last() else { return Err(FilesError::Failed) };
            let there = openat(here, &*name, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty());
            let there = there.map_err(told)?;
            let stat = fstat(&there).map_err(told)?;
            match FileType::from_raw_mode(stat.st_mode) {
                FileType::Directory => {
                    let guarded = *guarded || guard.is_folder(stat.st_dev, stat.st_ino);
                    way.push((there, guarded));
                    real.push(name);
                }
                FileType::Symlink => {
                    links += 1;
                    if links > LINKS {
                        return Err(FilesError::Outside);
                    }
                    let target = readlinkat(&there, "", Vec::new()).map_err(told)?;
                    let target = target.into_string().map_err(|_| FilesError::Outside)?;
                    let target = Path::new(&target);
                    let steps = if target.is_absolute() {
                        // Only what lies below the root is reached, and from there.
                        let names = all(target)?;
                        let below = names.strip_prefix(&*self.real).ok_or(FilesError::Outside)?.to_vec();
                        way.truncate(1);
                        real.truncate(self.real.len());
                        below
                    } else {
                        all(target)?
                    };
                    for step in steps.into_iter().rev() {
                        ahead.push_front(step);
                    }
                }
                _ => return Err(FilesError::NotAFolder),
            }
        }
        let (at, guarded) = way.pop().ok_or(FilesError::Failed)?;
        Ok(Folder { at, real, guarded })
    }
}

/// How a folder is opened to go on from.
pub(crate) const fn folder_flags() -> OFlags {
    OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC)
}

/// What lies at a name in a folder, not followed.
pub(crate) fn look(folder: impl AsFd, name: &str) -> Result<Stat, FilesError> {
    rustix::fs::statat(folder, name, rustix::fs::AtFlags::SYMLINK_NOFOLLOW).map_err(told)
}

fn is_guarded(guard: &Guard, folder: &OwnedFd) -> Result<bool, FilesError> {
    let stat = fstat(folder).map_err(told)?;
    Ok(guard.is_folder(stat.st_dev, stat.st_ino))
}

/// The names of a link's target, with `..` where it goes back. Absolute ones lose the root.
fn all(target: &Path) -> Result<Vec<String>, FilesError> {
    let mut names = Vec::new();
    for part in target.components() {
        match part {
            Component::Normal(name) => names.push(name.to_str().ok_or(FilesError::Outside)?.to_owned()),
            Component::ParentDir => names.push("..".to_owned()),
            Component::CurDir | Component::RootDir => {}
            Component::Prefix(_) => return Err(FilesError::Outside),
        }
    }
    Ok(names)
}

fn normal(path: &Path) -> Vec<String> {
    let names = path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
        _ => None,
    });
    names.collect()
}
