//! The files that a clipboard holds, as an offer names them: no path, no content.
//!
//! ```text
//! why u8 (0: they can be fetched), set u32, count u32, size u64, and with why 0 for each file:
//! name length u16, name, size u64, modified i64                                   little-endian throughout
//! ```

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    call::{
        bytes::Reader,
        files::{FileName, Known},
    },
    limit::{COPIED_BYTES, COPIED_FILES, WRITTEN_NAME},
};

/// Where the customer's copied files are, on the `files` channel: below this place, the number of their set and then
/// their names. They can be read, and nothing else.
pub const PLACE_COPIED: u16 = 1;
/// Where the technician's copied files go, on the `files` channel: below this place, a folder for each set, named by
/// its number. They can be written, and nothing else.
pub const PLACE_PASTED: u16 = 2;

/// One copied file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopiedFile {
    /// Its name; no two of a set have the same.
    pub name: FileName,
    /// Its size and time when it was copied.
    pub known: Known,
}

/// Why copied files cannot go through the clipboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum NotCarried {
    /// There are more than [`COPIED_FILES`].
    TooMany,
    /// They have more than [`COPIED_BYTES`] together.
    TooBig,
    /// There is something among them that is no plain file: a folder, a link, a device.
    NotPlain,
    /// One of them is not there, or this user may not look at it.
    NotThere,
    /// The customer has not granted that files are fetched.
    NotGranted,
}

const REASONS: [(NotCarried, u8); 5] = [
    (NotCarried::TooMany, 1),
    (NotCarried::TooBig, 2),
    (NotCarried::NotPlain, 3),
    (NotCarried::NotThere, 4),
    (NotCarried::NotGranted, 5),
];

/// Files that were copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Copied {
    /// They can be fetched.
    Files {
        /// Names these files as long as they are the ones that were copied last.
        set: u32,
        /// At least one and at most [`COPIED_FILES`], of together at most [`COPIED_BYTES`].
        files: Vec<CopiedFile>,
    },
    /// They cannot.
    Not {
        /// Why.
        why: NotCarried,
        /// How many there are, as far as they were counted.
        count: u32,
        /// How big they are together in bytes, as far as they were looked at.
        size: u64,
    },
}

impl Copied {
    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u32 {
        match self {
            Self::Files { files, .. } => u32::try_from(files.len()).unwrap_or(u32::MAX),
            Self::Not { count, .. } => *count,
        }
    }

    /// How big they are together, in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        match self {
            Self::Files { files, .. } => files.iter().fold(0, |sum: u64, file| sum.saturating_add(file.known.size)),
            Self::Not { size, .. } => *size,
        }
    }

    /// Writes the layout.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let (why, set, files) = match self {
            Self::Files { set, files } => (0, *set, &**files),
            Self::Not { why, .. } => {
                let code = REASONS.iter().find(|(reason, _)| reason == why).map_or(u8::MAX, |(_, code)| *code);
                (code, 0, &[][..])
            }
        };
        let mut out = vec![why];
        out.extend(set.to_le_bytes());
        out.extend(self.count().to_le_bytes());
        out.extend(self.size().to_le_bytes());
        for CopiedFile { name, known } in files {
            out.extend(u16::try_from(name.as_str().len()).unwrap_or(u16::MAX).to_le_bytes());
            out.extend(name.as_str().as_bytes());
            out.extend(known.size.to_le_bytes());
            out.extend(known.modified_ms.to_le_bytes());
        }
        out
    }

    /// Reads the layout; `None` for anything that [`encode`](Self::encode) would not write, for more than the limits
    /// and for a name that comes twice.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let code = reader.u8()?;
        let (set, count, size) = (reader.u32()?, reader.u32()?, reader.u64()?);
        if code != 0 {
            let why = REASONS.iter().find(|(_, known)| *known == code)?.0;
            reader.end()?;
            return (set == 0).then_some(Self::Not { why, count, size });
        }
        if !(1..=COPIED_FILES).contains(&usize::try_from(count).ok()?) || size > COPIED_BYTES {
            return None;
        }
        let mut names = BTreeSet::new();
        let mut files = Vec::new();
        for _ in 0..count {
            let length = usize::from(reader.u16()?);
            let name = std::str::from_utf8(reader.take(length)?).ok()?;
            let name = FileName::new(name).ok().filter(|_| length <= WRITTEN_NAME)?;
            let known = Known { size: reader.u64()?, modified_ms: i64::from_le_bytes(reader.u64()?.to_le_bytes()) };
            if !names.insert(name.clone()) {
                return None;
            }
            files.push(CopiedFile { name, known });
        }
        reader.end()?;
        let copied = Self::Files { set, files };
        (copied.size() == size).then_some(copied)
    }
}
