//! The technician's way to this machine's files, as far as the customer lets him.
//!
//! | module | what it decides or does |
//! |---|---|
//! | [`scope`] | which part of the disk is open: one folder, or all of it |
//! | `guard` | where nothing is ever written, whatever was granted |
//! | `walk` | from a path of the wire to an open folder, link by link |
//! | [`disk`] | listing, looking, making, renaming |
//! | `search`, `trash` | the two that take more than a step |
//! | [`stream`] | one file read or written, part by part |
//!
//! It never decides who may do something: each step wants the [`Permit`](deskhand_session::Permit) that the session gave
//! for it, and looks whether it is the right one.
//!
//! # Invariants
//!
//! - Every step goes from an open folder to a name in it, never along a text: nobody can put a link in between.
//! - A link is followed only if it ends inside of what is open; what is written to is judged where it really lies.
//! - Nothing is written where programs start by themselves or keys lie. What was received cannot be run.
//! - Devices, pipes and sockets are never opened.
//! - A file appears under its name whole, or not at all; what was there before stays until then.

pub mod disk;
mod guard;
pub mod scope;
mod search;
pub mod stream;
mod trash;
mod walk;

pub use disk::{Disk, Listing};
pub use scope::Scope;
pub use search::{Hits, Search};
pub use stream::{Reading, Writing};

use std::io;

use deskhand_protocol::{call::files::FilesError, capability::Capability};
use deskhand_session::Permit;
use rustix::io::Errno;

/// What the technician is told of a refusal of the system.
pub(crate) fn told(error: Errno) -> FilesError {
    match error {
        Errno::NOENT => FilesError::NotFound,
        Errno::EXIST | Errno::NOTEMPTY => FilesError::Exists,
        Errno::ACCESS | Errno::PERM | Errno::ROFS | Errno::TXTBSY => FilesError::Denied,
        Errno::NOSPC | Errno::DQUOT | Errno::FBIG => FilesError::Full,
        Errno::NOTDIR => FilesError::NotAFolder,
        Errno::ISDIR | Errno::NXIO => FilesError::NotAFile,
        Errno::LOOP => FilesError::Outside,
        Errno::NAMETOOLONG | Errno::INVAL | Errno::ILSEQ => FilesError::BadName,
        Errno::MFILE | Errno::NFILE => FilesError::Busy,
        _ => FilesError::Failed,
    }
}

/// The same for what the standard library tells.
pub(crate) fn told_io(error: &io::Error) -> FilesError {
    Errno::from_io_error(error).map_or(FilesError::Failed, told)
}

/// Whether this permit is for that.
pub(crate) fn needs(permit: &Permit<'_>, capability: Capability) -> Result<(), FilesError> {
    if permit.capability() == capability { Ok(()) } else { Err(FilesError::NotGranted) }
}

#[cfg(test)]
mod tests;
