//! Writes and reads the layout. Nothing that is read makes it panic or take more memory than the message has.

use super::{
    Entry, EntryKind, FILES_VERSION, FileHash, FileName, FilePath, FilesAnswer, FilesError, FilesRequest, Known,
    MalformedFiles, Part, Place, PlaceKind, Replace, RequestId, SearchEnd,
};
use crate::{
    call::bytes::Reader,
    limit::{FILE_DEPTH, FILES_MESSAGE, SEARCH_TEXT},
};

const DATA: u8 = 0x20;
const CREDIT: u8 = 0x21;

impl FilesRequest {
    /// Writes the layout.
    #[must_use]
    pub fn encode(&self, id: RequestId) -> Vec<u8> {
        let kind = match self {
            Self::Places => 0x01,
            Self::List(_) => 0x02,
            Self::Stat(_) => 0x03,
            Self::Search(..) => 0x04,
            Self::MakeFolder(_) => 0x05,
            Self::Rename(..) => 0x06,
            Self::Trash(_) => 0x07,
            Self::Read { .. } => 0x08,
            Self::Write { .. } => 0x09,
            Self::Finish(_) => 0x0a,
            Self::Cancel(_) => 0x0b,
            Self::Data { .. } => DATA,
            Self::Credit(_) => CREDIT,
        };
        let mut out = head(kind, id);
        match self {
            Self::Places => {}
            Self::List(path) | Self::Stat(path) | Self::MakeFolder(path) | Self::Trash(path) => {
                put_path(&mut out, path)
            }
            Self::Search(path, text) => {
                put_path(&mut out, path);
                put_text(&mut out, text);
            }
            Self::Rename(path, name) => {
                put_path(&mut out, path);
                put_text(&mut out, name.as_str());
            }
            Self::Read { path, offset, known } => {
                put_path(&mut out, path);
                out.extend(offset.to_le_bytes());
                out.push(u8::from(known.is_some()));
                if let Some(known) = known {
                    put_known(&mut out, *known);
                }
            }
            Self::Write { path, known, replace } => {
                put_path(&mut out, path);
                put_known(&mut out, *known);
                out.push(u8::from(*replace == Replace::Always));
            }
            Self::Finish(hash) => out.extend(hash),
            Self::Cancel(part) => out.push(u8::from(*part == Part::Keep)),
            Self::Data { offset, bytes } => put_data(&mut out, *offset, bytes),
            Self::Credit(bytes) => out.extend(bytes.to_le_bytes()),
        }
        out
    }

    /// Reads the layout.
    ///
    /// # Errors
    ///
    /// [`MalformedFiles`] for anything that [`encode`](Self::encode) would not write.
    pub fn decode(bytes: &[u8]) -> Result<(RequestId, Self), MalformedFiles> {
        decode(bytes, Self::read)
    }

    fn read(kind: u8, reader: &mut Reader<'_>) -> Option<Self> {
        Some(match kind {
            0x01 => Self::Places,
            0x02 => Self::List(path(reader)?),
            0x03 => Self::Stat(path(reader)?),
            0x04 => {
                let (path, text) = (path(reader)?, text(reader)?);
                ((1..=SEARCH_TEXT).contains(&text.len())).then_some(Self::Search(path, text.to_owned()))?
            }
            0x05 => Self::MakeFolder(path(reader)?),
            0x06 => Self::Rename(path(reader)?, name(reader)?),
            0x07 => Self::Trash(path(reader)?),
            0x08 => {
                let (path, offset) = (path(reader)?, reader.u64()?);
                let known = if flag(reader)? { Some(known(reader)?) } else { None };
                Self::Read { path, offset, known }
            }
            0x09 => {
                let (path, known) = (path(reader)?, known(reader)?);
                let replace = if flag(reader)? { Replace::Always } else { Replace::Never };
                Self::Write { path, known, replace }
            }
            0x0a => Self::Finish(hash(reader)?),
            0x0b => Self::Cancel(if flag(reader)? { Part::Keep } else { Part::Forget }),
            DATA => {
                let (offset, bytes) = data(reader)?;
                Self::Data { offset, bytes }
            }
            CREDIT => Self::Credit(reader.u32()?),
            _ => return None,
        })
    }
}

impl FilesAnswer {
    /// Writes the layout.
    #[must_use]
    pub fn encode(&self, id: RequestId) -> Vec<u8> {
        let kind = match self {
            Self::Places(_) => 0x41,
            Self::Entries { .. } => 0x42,
            Self::Entry(_) => 0x43,
            Self::Found { .. } => 0x44,
            Self::Ok => 0x45,
            Self::Opened(_) => 0x46,
            Self::Ready(_) => 0x47,
            Self::Done { .. } => 0x48,
            Self::Error(_) => 0x49,
            Self::Data { .. } => DATA,
            Self::Credit(_) => CREDIT,
        };
        let mut out = head(kind, id);
        match self {
            Self::Places(places) => {
                out.push(u8::try_from(places.len()).unwrap_or(u8::MAX));
                for place in places.iter().take(usize::from(u8::MAX)) {
                    put_text(&mut out, place.name.as_str());
                    put_path(&mut out, &place.path);
                    out.push(place_kind_number(place.kind));
                }
            }
            Self::Entries { entries, last } => {
                out.push(u8::from(*last));
                put_count(&mut out, entries.len());
                entries.iter().for_each(|entry| put_entry(&mut out, entry));
            }
            Self::Entry(entry) => put_entry(&mut out, entry),
            Self::Found { hits, end } => {
                out.push(match end {
                    SearchEnd::NotYet => 0,
                    SearchEnd::All => 1,
                    SearchEnd::Cut => 2,
                });
                put_count(&mut out, hits.len());
                for (path, entry) in hits {
                    put_path(&mut out, path);
                    put_entry(&mut out, entry);
                }
            }
            Self::Ok => {}
            Self::Opened(known) => put_known(&mut out, *known),
            Self::Ready(offset) => out.extend(offset.to_le_bytes()),
            Self::Done { hash, name } => {
                out.extend(hash);
                put_text(&mut out, name.as_str());
            }
            Self::Error(error) => out.push(error_number(*error)),
            Self::Data { offset, bytes } => put_data(&mut out, *offset, bytes),
            Self::Credit(bytes) => out.extend(bytes.to_le_bytes()),
        }
        out
    }

    /// Reads the layout.
    ///
    /// # Errors
    ///
    /// [`MalformedFiles`] for anything that [`encode`](Self::encode) would not write.
    pub fn decode(bytes: &[u8]) -> Result<(RequestId, Self), MalformedFiles> {
        decode(bytes, Self::read)
    }

    fn read(kind: u8, reader: &mut Reader<'_>) -> Option<Self> {
        Some(match kind {
            0x41 => {
                let count = reader.u8()?;
                let place = |reader: &mut Reader<'_>| {
                    Some(Place { name: name(reader)?, path: path(reader)?, kind: place_kind(reader.u8()?)? })
                };
                Self::Places((0..count).map(|_| place(reader)).collect::<Option<_>>()?)
            }
            0x42 => {
                let (last, count) = (flag(reader)?, reader.u16()?);
                Self::Entries { entries: (0..count).map(|_| entry(reader)).collect::<Option<_>>()?, last }
            }
            0x43 => Self::Entry(entry(reader)?),
            0x44 => {
                let end = match reader.u8()? {
                    0 => SearchEnd::NotYet,
                    1 => SearchEnd::All,
                    2 => SearchEnd::Cut,
                    _ => return None,
                };
                let count = reader.u16()?;
                let hits = (0..count).map(|_| Some((path(reader)?, entry(reader)?))).collect::<Option<_>>()?;
                Self::Found { hits, end }
            }
            0x45 => Self::Ok,
            0x46 => Self::Opened(known(reader)?),
            0x47 => Self::Ready(reader.u64()?),
            0x48 => Self::Done { hash: hash(reader)?, name: name(reader)? },
            0x49 => Self::Error(*ERRORS.get(usize::from(reader.u8()?))?),
            DATA => {
                let (offset, bytes) = data(reader)?;
                Self::Data { offset, bytes }
            }
            CREDIT => Self::Credit(reader.u32()?),
            _ => return None,
        })
    }
}

/// By their number on the wire.
const ERRORS: [FilesError; 17] = [
    FilesError::NotGranted,
    FilesError::NotFound,
    FilesError::Exists,
    FilesError::Denied,
    FilesError::Full,
    FilesError::Outside,
    FilesError::Protected,
    FilesError::NotAFile,
    FilesError::NotAFolder,
    FilesError::BadName,
    FilesError::Changed,
    FilesError::Mismatch,
    FilesError::Busy,
    FilesError::NoTrash,
    FilesError::Cancelled,
    FilesError::Lost,
    FilesError::Failed,
];

fn error_number(error: FilesError) -> u8 {
    let at = ERRORS.iter().position(|known| *known == error);
    at.and_then(|at| u8::try_from(at).ok()).unwrap_or_default()
}

const PLACES: [PlaceKind; 6] = [
    PlaceKind::Granted,
    PlaceKind::Drive,
    PlaceKind::Home,
    PlaceKind::Desktop,
    PlaceKind::Downloads,
    PlaceKind::Documents,
];

fn place_kind_number(kind: PlaceKind) -> u8 {
    let at = PLACES.iter().position(|known| *known == kind);
    at.and_then(|at| u8::try_from(at).ok()).unwrap_or_default()
}

fn place_kind(number: u8) -> Option<PlaceKind> {
    PLACES.get(usize::from(number)).copied()
}

fn head(kind: u8, RequestId(id): RequestId) -> Vec<u8> {
    let mut out = vec![FILES_VERSION, kind];
    out.extend(id.to_le_bytes());
    out
}

fn decode<T>(
    bytes: &[u8],
    read: impl FnOnce(u8, &mut Reader<'_>) -> Option<T>,
) -> Result<(RequestId, T), MalformedFiles> {
    if bytes.len() > FILES_MESSAGE {
        return Err(MalformedFiles);
    }
    let mut reader = Reader::new(bytes);
    let message = || -> Option<(RequestId, T)> {
        if reader.u8()? != FILES_VERSION {
            return None;
        }
        let (kind, id) = (reader.u8()?, RequestId(reader.u32()?));
        let message = read(kind, &mut reader)?;
        reader.end()?;
        Some((id, message))
    };
    message().ok_or(MalformedFiles)
}

fn put_count(out: &mut Vec<u8>, count: usize) {
    out.extend(u16::try_from(count).unwrap_or(u16::MAX).to_le_bytes());
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put_count(out, text.len());
    out.extend(text.as_bytes());
}

fn text<'a>(reader: &mut Reader<'a>) -> Option<&'a str> {
    let len = reader.u16()?;
    std::str::from_utf8(reader.take(usize::from(len))?).ok()
}

fn name(reader: &mut Reader<'_>) -> Option<FileName> {
    FileName::new(text(reader)?).ok()
}

fn put_path(out: &mut Vec<u8>, path: &FilePath) {
    out.extend(path.place.to_le_bytes());
    out.push(u8::try_from(path.names.len()).unwrap_or(u8::MAX));
    path.names.iter().for_each(|name| put_text(out, name.as_str()));
}

fn path(reader: &mut Reader<'_>) -> Option<FilePath> {
    let (place, count) = (reader.u16()?, reader.u8()?);
    if usize::from(count) > FILE_DEPTH {
        return None;
    }
    Some(FilePath { place, names: (0..count).map(|_| name(reader)).collect::<Option<_>>()? })
}

fn put_known(out: &mut Vec<u8>, known: Known) {
    out.extend(known.size.to_le_bytes());
    out.extend(known.modified_ms.to_le_bytes());
}

fn known(reader: &mut Reader<'_>) -> Option<Known> {
    Some(Known { size: reader.u64()?, modified_ms: i64::from_le_bytes(reader.u64()?.to_le_bytes()) })
}

fn put_entry(out: &mut Vec<u8>, entry: &Entry) {
    put_text(out, entry.name.as_str());
    out.push(match entry.kind {
        EntryKind::File => 0,
        EntryKind::Folder => 1,
        EntryKind::Link => 2,
        EntryKind::Other => 3,
    });
    put_known(out, Known { size: entry.size, modified_ms: entry.modified_ms });
    out.push(u8::from(entry.hidden));
}

fn entry(reader: &mut Reader<'_>) -> Option<Entry> {
    let name = name(reader)?;
    let kind = match reader.u8()? {
        0 => EntryKind::File,
        1 => EntryKind::Folder,
        2 => EntryKind::Link,
        3 => EntryKind::Other,
        _ => return None,
    };
    let Known { size, modified_ms } = known(reader)?;
    Some(Entry { name, kind, size, modified_ms, hidden: flag(reader)? })
}

fn flag(reader: &mut Reader<'_>) -> Option<bool> {
    match reader.u8()? {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

fn hash(reader: &mut Reader<'_>) -> Option<FileHash> {
    reader.take(32)?.try_into().ok()
}

fn put_data(out: &mut Vec<u8>, offset: u64, bytes: &[u8]) {
    out.extend(offset.to_le_bytes());
    out.extend(bytes);
}

fn data(reader: &mut Reader<'_>) -> Option<(u64, Vec<u8>)> {
    let offset = reader.u64()?;
    let bytes = reader.rest();
    let fits = !bytes.is_empty() && offset.checked_add(u64::try_from(bytes.len()).ok()?).is_some();
    fits.then(|| (offset, bytes.to_vec()))
}
