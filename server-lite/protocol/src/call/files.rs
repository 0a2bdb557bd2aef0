//! The `files` channel: requests of the console, answers of the helper, and the bytes of files both ways.
//!
//! ```text
//! version u8 (1), kind u8, id u32, then what the kind says                           little-endian throughout
//!
//! console to helper                                helper to console
//! 0x01 places                                      0x41 places    count u8, then each: name, path, flags u8
//! 0x02 list      path                              0x42 entries   last u8, count u16, then entries
//! 0x03 stat      path                              0x43 entry     entry
//! 0x04 search    path, text                        0x44 found     end u8, count u16, then each: path, entry
//! 0x05 folder    path                              0x45 ok
//! 0x06 rename    path, name                        0x46 opened    size u64, modified i64
//! 0x07 trash     path                              0x47 ready     offset u64
//! 0x08 read      path, offset u64, known u8, …     0x48 done      hash 32 bytes, name
//! 0x09 write     path, size u64, modified i64,     0x49 error     code u8
//!                replace u8
//! 0x0a finish    hash 32 bytes
//! 0x0b cancel    keep u8
//!
//! both ways
//! 0x20 data      offset u64, bytes to the end
//! 0x21 credit    bytes u32
//!
//! name   length u16, UTF-8              path   place u16, count u8, names
//! entry  name, kind u8, size u64, modified i64, flags u8
//! ```
//!
//! A request is named by its `id`, which the console counts up; every answer to it, and everything that belongs to it,
//! carries the same. A file's bytes flow against credit: whoever receives them says how many more may be sent, so that
//! neither end ever holds more than [`WINDOW`](crate::limit::FILE_WINDOW) bytes of one file.
//!
//! A path is a place that the helper named and plain names below it. There is no text from which a name could break out:
//! a separator, `.` and `..` are refused by the decoder.

use std::fmt;

use serde::Serialize;

mod name;
mod wire;

pub use name::{System, numbered, safe_name};

/// The version of the layout, the first byte of every message.
pub const FILES_VERSION: u8 = 1;

/// Names one request; made by the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u32);

/// One name in a folder: not empty, no separator, neither `.` nor `..`, at most
/// [`FILE_NAME`](crate::limit::FILE_NAME) bytes. Still hostile in every other way; [`safe_name`] makes one to write.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileName(String);

impl FileName {
    /// Checks and takes a name.
    ///
    /// # Errors
    ///
    /// [`BadName`] when it could be anything but one name.
    pub fn new(name: impl Into<String>) -> Result<Self, BadName> {
        let name = name.into();
        let one = !matches!(&*name, "" | "." | "..") && !name.contains(['/', '\0']);
        if one && name.len() <= crate::limit::FILE_NAME { Ok(Self(name)) } else { Err(BadName) }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Prints the length only: names of files do not belong in a log.
impl fmt::Debug for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileName({} bytes)", self.0.len())
    }
}

/// That is not one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a file")]
pub struct BadName;

/// Where something is: names below a place of the helper's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct FilePath {
    /// The place, as the helper counts them.
    pub place: u16,
    /// The way down from it; none for the place itself. At most [`FILE_DEPTH`](crate::limit::FILE_DEPTH).
    pub names: Vec<FileName>,
}

impl FilePath {
    /// What has this name here.
    #[must_use]
    pub fn join(&self, name: FileName) -> Self {
        let mut names = self.names.clone();
        names.push(name);
        Self { place: self.place, names }
    }

    /// The folder it is in, and its name there; `None` for a place.
    #[must_use]
    pub fn split(&self) -> Option<(Self, &FileName)> {
        let (name, above) = self.names.split_last()?;
        Some((Self { place: self.place, names: above.to_vec() }, name))
    }
}

/// What stands in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// A plain file.
    File,
    /// A folder.
    Folder,
    /// A link to something else.
    Link,
    /// A device, a pipe, a socket: never opened.
    Other,
}

/// One line of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: FileName,
    /// What it is.
    pub kind: EntryKind,
    /// Bytes, for a file.
    pub size: u64,
    /// When it was changed last, in milliseconds since 1970.
    pub modified_ms: i64,
    /// Whether the system hides it.
    pub hidden: bool,
}

/// What a place is, so that a screen can name it in its own language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum PlaceKind {
    /// The one folder that the customer picked.
    Granted,
    /// A whole disk or drive.
    Drive,
    /// The user's home folder.
    Home,
    /// His desktop.
    Desktop,
    /// His downloads.
    Downloads,
    /// His documents.
    Documents,
}

/// Where browsing may begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// How the system calls it.
    pub name: FileName,
    /// What it is.
    pub kind: PlaceKind,
    /// Where it is.
    pub path: FilePath,
}

/// Whether a file that is there may be written over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Replace {
    /// It stays; the request is refused with [`FilesError::Exists`].
    Never,
    /// The new one takes its place.
    Always,
}

/// What becomes of a file that is half there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// It stays, to go on from.
    Keep,
    /// It goes.
    Forget,
}

/// Size and time of a file: by these a half-sent one is known again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Known {
    /// Bytes.
    pub size: u64,
    /// When it was changed last, in milliseconds since 1970.
    pub modified_ms: i64,
}

/// SHA-256 of a whole file.
pub type FileHash = [u8; 32];

/// From console to helper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilesRequest {
    /// Where may browsing begin?
    Places,
    /// What is in this folder? Answered by [`FilesAnswer::Entries`], in parts.
    List(FilePath),
    /// What is this?
    Stat(FilePath),
    /// What below this folder has the text in its name? Answered by [`FilesAnswer::Found`], in parts.
    Search(FilePath, String),
    /// Make this folder.
    MakeFolder(FilePath),
    /// Give it another name in the same folder.
    Rename(FilePath, FileName),
    /// Move it to the trash.
    Trash(FilePath),
    /// Send this file from an offset on. `known` is what it was when the first part was read.
    Read {
        /// Which.
        path: FilePath,
        /// From where.
        offset: u64,
        /// What it has to be still.
        known: Option<Known>,
    },
    /// Take a file in. Answered by [`FilesAnswer::Ready`], then its bytes follow.
    Write {
        /// Under which name; the helper makes it safe.
        path: FilePath,
        /// What it will be.
        known: Known,
        /// Whether it may take another's place.
        replace: Replace,
    },
    /// All bytes were sent; this is their hash. Answered by [`FilesAnswer::Done`].
    Finish(FileHash),
    /// No more of this is wanted.
    Cancel(Part),
    /// Bytes of a file.
    Data {
        /// Where they belong.
        offset: u64,
        /// What they are.
        bytes: Vec<u8>,
    },
    /// So many more bytes may be sent.
    Credit(u32),
}

/// From helper to console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilesAnswer {
    /// Where browsing may begin.
    Places(Vec<Place>),
    /// A part of a listing.
    Entries {
        /// In no order.
        entries: Vec<Entry>,
        /// Whether it was the last part.
        last: bool,
    },
    /// What was asked for.
    Entry(Entry),
    /// A part of what was found.
    Found {
        /// In no order.
        hits: Vec<(FilePath, Entry)>,
        /// Whether there is more to come.
        end: SearchEnd,
    },
    /// Done.
    Ok,
    /// The file is open; its bytes follow.
    Opened(Known),
    /// Bytes before this offset are there.
    Ready(u64),
    /// The file is whole: its hash, and the name it has now.
    Done {
        /// Of all its bytes.
        hash: FileHash,
        /// What it is called.
        name: FileName,
    },
    /// It was not done.
    Error(FilesError),
    /// Bytes of a file.
    Data {
        /// Where they belong.
        offset: u64,
        /// What they are.
        bytes: Vec<u8>,
    },
    /// So many more bytes may be sent.
    Credit(u32),
}

/// How far a search is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SearchEnd {
    /// More may come.
    NotYet,
    /// Everything was looked at.
    All,
    /// There was more than is looked at.
    Cut,
}

/// Why something was not done with a file. The closed list, with a sentence for each on both screens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ts_rs::TS, thiserror::Error)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum FilesError {
    /// The customer has not granted it, or has taken it back.
    #[error("not granted")]
    NotGranted,
    /// It is not there.
    #[error("not found")]
    NotFound,
    /// Something of that name is there.
    #[error("exists")]
    Exists,
    /// The system does not let this user.
    #[error("the system does not permit it")]
    Denied,
    /// The disk is full.
    #[error("the disk is full")]
    Full,
    /// It leads out of what the customer granted.
    #[error("outside of what was granted")]
    Outside,
    /// Programs start from there by themselves, or keys lie there: never written to.
    #[error("never written to")]
    Protected,
    /// It is no plain file.
    #[error("not a plain file")]
    NotAFile,
    /// It is no folder.
    #[error("not a folder")]
    NotAFolder,
    /// It cannot be a name on that system.
    #[error("not a name there")]
    BadName,
    /// It changed while it was read.
    #[error("changed meanwhile")]
    Changed,
    /// What arrived is not what was sent.
    #[error("the hash differs")]
    Mismatch,
    /// Too much at once.
    #[error("too much at once")]
    Busy,
    /// There is no trash for it.
    #[error("no trash")]
    NoTrash,
    /// It was called off.
    #[error("called off")]
    Cancelled,
    /// The connection was lost.
    #[error("the connection was lost")]
    Lost,
    /// Anything else that the system refuses.
    #[error("failed")]
    Failed,
}

/// A message is not of the layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed message of the files channel")]
pub struct MalformedFiles;
