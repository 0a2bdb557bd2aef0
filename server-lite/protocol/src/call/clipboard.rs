//! The `clipboard` channel, the same in both directions: a fixed binary layout, little-endian.
//!
//! ```text
//! 0x01 offer   serial u32, seen u32, flags u8 (1: secret), count u8, then for each part, kinds ascending:
//!              kind u8, here u8 (0: on demand, 1: here), and if it is here: length u32, bytes
//! 0x02 want    request u32, serial u32, kind u8
//! 0x03 begin   request u32, length u32                  then chunks of together that length
//! 0x04 chunk   request u32, bytes (at least one)
//! 0x05 none    request u32, why u8, size u32, limit u32  instead of the content, or of what is left of it
//! 0x06 gone    serial u32                                the offer is void
//! 0x07 paste   serial u32                                console to helper: press the paste key once this is there
//! 0x08 files   set u32                                   console to helper: the same, for the files of this set
//! kinds: 1 text (UTF-8), 2 HTML (UTF-8), 3 image (PNG), 4 files (their names, see Copied)
//! ```
//!
//! An end offers what its clipboard holds: what is small comes with the offer, the rest when the other end wants it.
//! `serial` counts an end's offers and `seen` names the other end's newest offer that it knew of, so that two offers
//! that cross are told from one that answers the other. Nothing is said here of what the content may do: HTML is data,
//! and an image is not one before it was decoded within bounds.
//!
//! Of copied files an offer has the names and sizes alone, and it has nothing beside them. The files themselves go over
//! the `files` channel when the technician clicks: the customer's from [`PLACE_COPIED`], his own to [`PLACE_PASTED`].

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::bytes::Reader;
use crate::limit::{
    CLIPBOARD_CHUNK, CLIPBOARD_HERE, CLIPBOARD_HTML, CLIPBOARD_IMAGE, CLIPBOARD_MESSAGE, CLIPBOARD_TEXT, COPIED_LIST,
};

mod copied;

pub use copied::{Copied, CopiedFile, NotCarried, PLACE_COPIED, PLACE_PASTED};

/// A form of the same content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum ClipboardKind {
    /// Plain text in UTF-8.
    Text,
    /// HTML in UTF-8.
    Html,
    /// A PNG image.
    Image,
    /// Files: in a system's clipboard where they are, in an offer their names ([`Copied`]).
    Files,
}

impl ClipboardKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Text, Self::Html, Self::Image, Self::Files];

    /// The longest content in bytes.
    #[must_use]
    pub const fn limit(self) -> usize {
        match self {
            Self::Text => CLIPBOARD_TEXT,
            Self::Html => CLIPBOARD_HTML,
            Self::Image => CLIPBOARD_IMAGE,
            Self::Files => COPIED_LIST,
        }
    }

    const fn code(self) -> u8 {
        match self {
            Self::Text => 1,
            Self::Html => 2,
            Self::Image => 3,
            Self::Files => 4,
        }
    }

    fn of(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// One part of an offer.
#[derive(Clone, PartialEq, Eq)]
pub enum Part {
    /// The other end may ask for it.
    OnDemand,
    /// It came with the offer.
    Here(Bytes),
}

/// Prints the size only: what people copy does not belong in a log.
impl std::fmt::Debug for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::OnDemand => f.write_str("OnDemand"),
            Self::Here(bytes) => write!(f, "Here({} bytes)", bytes.len()),
        }
    }
}

/// Whether content is to be kept out of histories and the like, as password managers mark theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mark {
    /// It is not marked.
    Plain,
    /// It is marked as secret.
    Secret,
}

/// What an end's clipboard holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Counts this end's offers, from 1.
    pub serial: u32,
    /// The other end's newest offer that this end knew of; 0 for none.
    pub seen: u32,
    /// How the content is marked.
    pub mark: Mark,
    /// Its forms; empty when the clipboard holds nothing that can be offered.
    pub parts: BTreeMap<ClipboardKind, Part>,
}

/// Why content does not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum NoContent {
    /// A newer offer has taken its place.
    Stale,
    /// The program that held it has gone, or does not answer.
    Gone,
    /// It is over its limit.
    TooBig,
    /// It is not what the program said it is.
    Unfit,
    /// It may not leave now.
    NotAllowed,
}

/// Each with its code on the wire.
const REASONS: [(NoContent, u8); 5] = [
    (NoContent::Stale, 1),
    (NoContent::Gone, 2),
    (NoContent::TooBig, 3),
    (NoContent::Unfit, 4),
    (NoContent::NotAllowed, 5),
];

/// A message of the channel.
#[derive(Clone, PartialEq, Eq)]
pub enum ClipboardMessage {
    /// This is in the clipboard now.
    Offer(Offer),
    /// Send this part.
    Want {
        /// Names the answer.
        request: u32,
        /// Of this offer.
        serial: u32,
        /// This form.
        kind: ClipboardKind,
    },
    /// The content follows.
    Begin {
        /// What it answers.
        request: u32,
        /// Its length in bytes.
        length: u32,
    },
    /// A piece of it.
    Chunk {
        /// What it answers.
        request: u32,
        /// The bytes, in order.
        bytes: Bytes,
    },
    /// The content does not come.
    None {
        /// What it answers.
        request: u32,
        /// Why.
        why: NoContent,
        /// How big it is in bytes, if that is why.
        size: u32,
        /// How big it may be.
        limit: u32,
    },
    /// What was offered cannot be had any more.
    Gone {
        /// The offer.
        serial: u32,
    },
    /// Press the system's paste key once this is in the clipboard.
    Paste {
        /// The offer; 0 for whatever is there.
        serial: u32,
    },
    /// The files of this set have arrived: put them into the clipboard, and press the system's paste key.
    Files {
        /// Their folder below [`PLACE_PASTED`].
        set: u32,
    },
}

/// Prints no content.
impl std::fmt::Debug for ClipboardMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Offer(offer) => f.debug_tuple("Offer").field(offer).finish(),
            Self::Want { request, serial, kind } => write!(f, "Want({request}, {kind:?} of {serial})"),
            Self::Begin { request, length } => write!(f, "Begin({request}, {length} bytes)"),
            Self::Chunk { request, bytes } => write!(f, "Chunk({request}, {} bytes)", bytes.len()),
            Self::None { request, why, size, limit } => write!(f, "None({request}, {why:?}, {size} of {limit})"),
            Self::Gone { serial } => write!(f, "Gone({serial})"),
            Self::Paste { serial } => write!(f, "Paste({serial})"),
            Self::Files { set } => write!(f, "Files({set})"),
        }
    }
}

/// A message is not of the layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed clipboard message")]
pub struct ClipboardError;

impl ClipboardMessage {
    /// Writes the layout. What is here in an offer must be within [`CLIPBOARD_HERE`] together, and a chunk within
    /// [`CLIPBOARD_CHUNK`].
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut head = |tag: u8, number: u32| {
            out.push(tag);
            out.extend(number.to_le_bytes());
        };
        match self {
            Self::Offer(offer) => {
                head(0x01, offer.serial);
                out.extend(offer.seen.to_le_bytes());
                out.push(u8::from(offer.mark == Mark::Secret));
                out.push(u8::try_from(offer.parts.len()).unwrap_or(u8::MAX));
                for (kind, part) in &offer.parts {
                    out.push(kind.code());
                    match part {
                        Part::OnDemand => out.push(0),
                        Part::Here(bytes) => {
                            out.push(1);
                            out.extend(length(bytes.len()).to_le_bytes());
                            out.extend_from_slice(bytes);
                        }
                    }
                }
            }
            Self::Want { request, serial, kind } => {
                head(0x02, *request);
                out.extend(serial.to_le_bytes());
                out.push(kind.code());
            }
            Self::Begin { request, length } => {
                head(0x03, *request);
                out.extend(length.to_le_bytes());
            }
            Self::Chunk { request, bytes } => {
                head(0x04, *request);
                out.extend_from_slice(bytes);
            }
            Self::None { request, why, size, limit } => {
                head(0x05, *request);
                out.extend(REASONS.iter().filter(|(reason, _)| reason == why).map(|(_, code)| *code));
                out.extend(size.to_le_bytes());
                out.extend(limit.to_le_bytes());
            }
            Self::Gone { serial } => head(0x06, *serial),
            Self::Paste { serial } => head(0x07, *serial),
            Self::Files { set } => head(0x08, *set),
        }
        out
    }

    /// Reads the layout.
    ///
    /// # Errors
    ///
    /// [`ClipboardError`] for anything that [`encode`](Self::encode) would not write: among it text that is not UTF-8,
    /// content with an offer that is not small or is an image, and files beside anything else.
    pub fn decode(bytes: &[u8]) -> Result<Self, ClipboardError> {
        if bytes.len() > CLIPBOARD_MESSAGE {
            return Err(ClipboardError);
        }
        Self::read(Reader::new(bytes)).ok_or(ClipboardError)
    }

    fn read(mut reader: Reader<'_>) -> Option<Self> {
        let tag = reader.u8()?;
        let number = reader.u32()?;
        let message = match tag {
            0x01 => Self::Offer(read_offer(&mut reader, number)?),
            0x02 => {
                // The names of files always come with their offer.
                let wanted = |kind: &ClipboardKind| *kind != ClipboardKind::Files;
                let serial = reader.u32()?;
                Self::Want { request: number, serial, kind: ClipboardKind::of(reader.u8()?).filter(wanted)? }
            }
            0x03 => Self::Begin { request: number, length: reader.u32()? },
            0x04 => {
                let bytes = reader.rest();
                let fits = (1..=CLIPBOARD_CHUNK).contains(&bytes.len());
                Self::Chunk { request: number, bytes: fits.then(|| Bytes::copy_from_slice(bytes))? }
            }
            0x05 => {
                let code = reader.u8()?;
                let why = REASONS.iter().find(|(_, known)| *known == code)?.0;
                Self::None { request: number, why, size: reader.u32()?, limit: reader.u32()? }
            }
            0x06 => Self::Gone { serial: number },
            0x07 => Self::Paste { serial: number },
            0x08 => Self::Files { set: number },
            _ => return None,
        };
        reader.end()?;
        Some(message)
    }
}

fn read_offer(reader: &mut Reader<'_>, serial: u32) -> Option<Offer> {
    let seen = reader.u32()?;
    let mark = match reader.u8()? {
        0 => Mark::Plain,
        1 => Mark::Secret,
        _ => return None,
    };
    let mut parts = BTreeMap::new();
    let mut here = 0_usize;
    let count = reader.u8()?;
    for _ in 0..count {
        let kind = ClipboardKind::of(reader.u8()?)?;
        let part = match reader.u8()? {
            0 if kind != ClipboardKind::Files => Part::OnDemand,
            1 if kind != ClipboardKind::Image => {
                let length = usize::try_from(reader.u32()?).ok()?;
                here = here.checked_add(length).filter(|here| *here <= CLIPBOARD_HERE)?;
                let bytes = reader.take(length)?;
                let fits = match kind {
                    ClipboardKind::Files => count == 1 && Copied::decode(bytes).is_some(),
                    _ => std::str::from_utf8(bytes).is_ok(),
                };
                fits.then(|| Part::Here(Bytes::copy_from_slice(bytes)))?
            }
            _ => return None,
        };
        // One form of each kind, in one order: two ends that say the same write the same.
        if parts.last_key_value().is_some_and(|(last, _)| *last >= kind) {
            return None;
        }
        parts.insert(kind, part);
    }
    (serial != 0).then_some(Offer { serial, seen, mark, parts })
}

fn length(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
