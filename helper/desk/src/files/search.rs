//! Looking for a text in the names below a folder: bounded, never through a link, a little at a time.

use std::fmt;

use deskhand_protocol::{
    call::files::{Entry, EntryKind, FilePath, FilesError, SearchEnd},
    limit::{FILE_DEPTH, SEARCH_HITS, SEARCH_LOOKS},
};
use deskhand_session::Permit;

use super::disk::{Disk, Names, reads};

/// Hits of one part.
const PART: usize = 64;
/// Names that one part looks at: some ten milliseconds.
const BREATH: usize = 1_000;
/// What the kernel shows of itself is no files, and has no end.
const KERNEL: [&str; 3] = ["/proc", "/sys", "/dev"];

/// What was found, with where it is.
pub type Hits = Vec<(FilePath, Entry)>;

/// A search that is under way. It holds one folder open, however wide the tree is.
pub struct Search {
    wanted: String,
    pending: Vec<FilePath>,
    open: Option<(FilePath, Names)>,
    looked: usize,
    found: usize,
}

impl fmt::Debug for Search {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Search").field("looked", &self.looked).field("found", &self.found).finish_non_exhaustive()
    }
}

impl Search {
    pub(super) fn new(top: FilePath, text: &str) -> Self {
        Self { wanted: text.to_lowercase(), pending: vec![top], open: None, looked: 0, found: 0 }
    }

    /// Looks at some more names.
    ///
    /// # Errors
    ///
    /// [`FilesError::NotGranted`] unless the permit is for reading. A folder that cannot be read is passed by.
    pub fn part(&mut self, disk: &Disk, permit: &Permit<'_>) -> Result<(Hits, SearchEnd), FilesError> {
        reads(permit)?;
        let mut hits = Vec::new();
        for _ in 0..BREATH {
            let Some((path, names)) = &mut self.open else {
                let Some(path) = self.pending.pop() else { return Ok((hits, SearchEnd::All)) };
                self.open = enter(disk, &path).map(|names| (path, names));
                continue;
            };
            let Some(entry) = names.next() else {
                self.open = None;
                continue;
            };
            self.looked += 1;
            let inner = path.join(entry.name.clone());
            if entry.kind == EntryKind::Folder && inner.names.len() < FILE_DEPTH {
                self.pending.push(inner.clone());
            }
            if entry.name.as_str().to_lowercase().contains(&self.wanted) {
                hits.push((inner, entry));
                self.found += 1;
            }
            if self.found >= SEARCH_HITS || self.looked >= SEARCH_LOOKS {
                return Ok((hits, SearchEnd::Cut));
            }
            if hits.len() == PART {
                break;
            }
        }
        Ok((hits, SearchEnd::NotYet))
    }
}

fn enter(disk: &Disk, path: &FilePath) -> Option<Names> {
    let folder = disk.walk(path).ok()?;
    let real = format!("/{}", folder.real.join("/"));
    if KERNEL.contains(&&*real) { None } else { Names::of(&folder).ok() }
}
