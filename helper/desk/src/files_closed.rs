//! On this system the disk is not opened to technicians yet: nobody is asked for it, and nothing can be opened.

use std::{convert::Infallible, path::PathBuf};

use deskhand_protocol::call::files::{
    Entry, FileHash, FileName, FilePath, FilesError, Known, Part, Place, Replace, SearchEnd,
};
use deskhand_session::Permit;

/// What could be open.
pub mod scope {
    use std::path::PathBuf;

    /// The folder that would be offered.
    #[must_use]
    pub fn usual_folder() -> PathBuf {
        PathBuf::new()
    }
}

/// What would be open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// This folder and what is below it.
    Folder(PathBuf),
    /// Everything that this user may see.
    WholeDisk,
}

/// What was found, with where it is.
pub type Hits = Vec<(FilePath, Entry)>;

macro_rules! there_is_none {
    ($($(#[$doc:meta])* $name:ident)*) => {
        $($(#[$doc])* #[derive(Debug)] pub struct $name(Infallible);)*
    };
}

there_is_none! {
    /// What is open of the disk.
    Disk
    /// A folder that is being listed.
    Listing
    /// A search that is under way.
    Search
    /// A file that is read.
    Reading
    /// A file that is written.
    Writing
}

/// What takes the thing itself changes it elsewhere.
macro_rules! never {
    ($type:ident: $($(#[$doc:meta])* $name:ident($me:ty $(, $input:ty)*) -> $output:ty;)*) => {
        impl $type {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                ///
                /// It is never called.
                pub fn $name(self: $me, $(_: $input),*) -> $output {
                    match self.0 {}
                }
            )*
        }
    };
}

impl Disk {
    /// Opens nothing.
    ///
    /// # Errors
    ///
    /// Always.
    pub fn open(_: Scope) -> Result<Self, FilesError> {
        Err(FilesError::NotGranted)
    }
}

never! { Disk:
    /// Where browsing may begin.
    places(&Self, &Permit<'_>) -> Result<Vec<Place>, FilesError>;
    /// Opens a folder to see what is in it.
    list(&Self, &FilePath, &Permit<'_>) -> Result<Listing, FilesError>;
    /// What something is.
    stat(&Self, &FilePath, &Permit<'_>) -> Result<Entry, FilesError>;
    /// Begins to look below a folder.
    search(&Self, &FilePath, &str, &Permit<'_>) -> Result<Search, FilesError>;
    /// Makes a folder.
    make_folder(&Self, &FilePath, &Permit<'_>) -> Result<(), FilesError>;
    /// Gives something another name.
    rename(&Self, &FilePath, &FileName, &Permit<'_>) -> Result<(), FilesError>;
    /// Moves something to the trash.
    trash(&Self, &FilePath, &Permit<'_>) -> Result<(), FilesError>;
    /// Opens a file to be read.
    read(&Self, &FilePath, u64, Option<Known>, &Permit<'_>) -> Result<Reading, FilesError>;
    /// Opens a file to be written.
    write(&Self, &FilePath, Known, Replace, &Permit<'_>) -> Result<Writing, FilesError>;
}

never! { Listing:
    /// The next part of it.
    part(&mut Self, &Permit<'_>) -> Result<Vec<Entry>, FilesError>;
}

never! { Search:
    /// Looks at some more names.
    part(&mut Self, &Disk, &Permit<'_>) -> Result<(Hits, SearchEnd), FilesError>;
}

never! { Reading:
    /// Its size and time.
    known(&Self) -> Known;
    /// Whether everything was read.
    is_over(&Self) -> bool;
    /// The next bytes.
    read(&mut Self, usize, &Permit<'_>) -> Result<(u64, Vec<u8>), FilesError>;
    /// The hash of all of it.
    finish(Self) -> Result<FileHash, FilesError>;
}

never! { Writing:
    /// How much of it is there.
    offset(&Self) -> u64;
    /// Takes the next bytes.
    write(&mut Self, u64, &[u8], &Permit<'_>) -> Result<(), FilesError>;
    /// Everything was sent.
    finish(Self, &FileHash, &Permit<'_>) -> Result<(FileHash, FileName), FilesError>;
    /// It is not wanted any more.
    cancel(Self, Part) -> ();
}
