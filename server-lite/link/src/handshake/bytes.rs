//! Every byte string of the handshake that is hashed, signed or authenticated.
//!
//! Each begins with a label that names its one use, and each field, the label included, is preceded by its length as
//! four bytes, big-endian. So no two different lists of fields ever give the same bytes, and a signature made for one
//! use never fits another. Lists are preceded by their count.

use deskhand_protocol::{
    call::{
        control::VideoCodec,
        signal::{Ask, DeclineReason, Introduction, Knowing, Seat},
    },
    capability::Capability,
    company::SealedCertificate,
    id::{RunId, SessionId},
    key::{Digest, Nonce, PakeShare, PublicKey},
    record::EndReason,
};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// Which session and which run: in every byte string, so that none serves elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RunKey {
    pub(super) session: SessionId,
    pub(super) run: RunId,
}

/// One end as the run fixes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Party {
    pub(super) key: PublicKey,
    pub(super) nonce: Nonce,
}

/// Whose signature or MAC: separate labels, so that nothing can be sent back to its sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Console,
    Helper,
}

/// What both ends prove that they have seen alike.
#[derive(Debug, Clone)]
pub(super) struct Transcript<'a> {
    pub(super) run: RunKey,
    /// Of the console, then of the helper: nobody can make two ends talk an older version than both know.
    pub(super) versions: [u16; 2],
    /// As the console greeted, then as the helper answered: nobody can change how the keys are known.
    pub(super) knowing: [Knowing; 2],
    pub(super) console: Party,
    pub(super) helper: Party,
    /// The PAKE shares, console first; absent when both keys were pinned.
    pub(super) shares: Option<[PakeShare; 2]>,
    /// Nobody can put another name over the technician's key, or other certificates.
    pub(super) introduction: &'a Introduction,
}

impl Transcript<'_> {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let [console_version, helper_version] = self.versions;
        let [offered, chosen] = self.knowing;
        let bytes = Bytes::labelled("deskhand/handshake/transcript/v1")
            .number(u32::from(console_version))
            .number(u32::from(helper_version))
            .run(&self.run)
            .parties(&self.console, &self.helper)
            .optional(self.shares.as_ref().map(|[console, _]| console.as_bytes().as_slice()))
            .optional(self.shares.as_ref().map(|[_, helper]| helper.as_bytes().as_slice()))
            .word(&offered)
            .word(&chosen)
            .field(self.introduction.name.as_str().as_bytes())
            .field(self.introduction.company.as_str().as_bytes())
            .number(count(&self.introduction.relay_pins));
        let bytes = self.introduction.relay_pins.iter().fold(bytes, |bytes, pin| bytes.field(pin.as_bytes()));
        // The count of pins is before this: one field more is no other list of them. From a desktop console there are none
        // or one, from a browser two or three; so neither is ever taken for the other.
        let certificate = self.introduction.certificate.as_ref().map(SealedCertificate::as_bytes);
        match (self.introduction.seat, certificate) {
            (Seat::Desktop, None) => bytes.0,
            (Seat::Desktop, Some(certificate)) => bytes.field(certificate).0,
            (seat @ Seat::Browser, certificate) => bytes.word(&seat).optional(certificate).0,
        }
    }
}

/// What an end's signature of its proof covers.
pub(super) fn proof(role: Role, transcript: &[u8]) -> Vec<u8> {
    let label = match role {
        Role::Console => "deskhand/handshake/reveal/v1",
        Role::Helper => "deskhand/handshake/confirm/v1",
    };
    Bytes::labelled(label).field(transcript).0
}

/// The label under which the MAC key of one direction is derived from the PAKE's key.
pub(super) const fn mac_label(role: Role) -> &'static [u8] {
    match role {
        Role::Console => b"deskhand/handshake/mac/console/v1",
        Role::Helper => b"deskhand/handshake/mac/helper/v1",
    }
}

/// What binds the console to key and nonce before it sees the helper's.
pub(super) fn commitment(run: RunId, console: &Party) -> Digest {
    let bytes = Bytes::labelled("deskhand/handshake/commitment/v1")
        .field(run.as_bytes())
        .field(console.key.as_bytes())
        .field(console.nonce.as_bytes());
    Digest(Sha256::digest(bytes.0).into())
}

/// One end's identity in the PAKE, so that a share made for one session or key is worth nothing for another.
pub(super) fn pake_identity(role: Role, session: SessionId, key: &PublicKey) -> Vec<u8> {
    let label = match role {
        Role::Console => "deskhand/handshake/pake/console/v1",
        Role::Helper => "deskhand/handshake/pake/helper/v1",
    };
    Bytes::labelled(label).field(session.as_bytes()).field(key.as_bytes()).0
}

/// What the words are made of; see [`words`](super::words) for why nothing else may be in it.
pub(super) fn words(parties: &Parties) -> Vec<u8> {
    Bytes::labelled("deskhand/handshake/words/v1").run(&parties.run).parties(&parties.console, &parties.helper).0
}

/// A run whose two ends are fixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parties {
    pub(super) run: RunKey,
    pub(super) console: Party,
    pub(super) helper: Party,
}

/// What is said in a run once both ends are known. Each kind has a label of its own, which also says whose it is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Content<'a> {
    Ask { nonce: &'a Nonce, ask: &'a Ask },
    Decline { nonce: &'a Nonce, reason: DeclineReason },
    Offer { nonce: &'a Nonce, generation: u32, sdp: &'a str },
    Answer { nonce: &'a Nonce, generation: u32, sdp: &'a str },
    Mend { nonce: &'a Nonce, generation: u32 },
    Bye { role: Role, reason: EndReason },
}

impl Content<'_> {
    /// What its signature covers.
    pub(super) fn to_bytes(self, parties: &Parties) -> Vec<u8> {
        let begin = |label| Bytes::labelled(label).run(&parties.run).parties(&parties.console, &parties.helper);
        match self {
            Self::Ask { nonce, ask } => begin("deskhand/call/ask/v1")
                .field(nonce.as_bytes())
                .list::<Capability>(&ask.capabilities)
                .list::<VideoCodec>(&ask.codecs),
            Self::Decline { nonce, reason } => begin("deskhand/call/decline/v1").field(nonce.as_bytes()).word(&reason),
            Self::Offer { nonce, generation, sdp } => {
                begin("deskhand/call/offer/v1").field(nonce.as_bytes()).number(generation).field(sdp.as_bytes())
            }
            Self::Answer { nonce, generation, sdp } => {
                begin("deskhand/call/answer/v1").field(nonce.as_bytes()).number(generation).field(sdp.as_bytes())
            }
            Self::Mend { nonce, generation } => {
                begin("deskhand/call/mend/v1").field(nonce.as_bytes()).number(generation)
            }
            Self::Bye { role: Role::Console, reason } => begin("deskhand/call/bye/console/v1").word(&reason),
            Self::Bye { role: Role::Helper, reason } => begin("deskhand/call/bye/helper/v1").word(&reason),
        }
        .0
    }
}

/// A byte string being built.
struct Bytes(Vec<u8>);

impl Bytes {
    fn labelled(label: &str) -> Self {
        Self(Vec::new()).field(label.as_bytes())
    }

    fn field(mut self, bytes: &[u8]) -> Self {
        // A field came in a signal, whose limit is far below this.
        let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.0.extend_from_slice(&len.to_be_bytes());
        self.0.extend_from_slice(bytes);
        self
    }

    fn number(self, number: u32) -> Self {
        self.field(&number.to_be_bytes())
    }

    fn optional(self, bytes: Option<&[u8]>) -> Self {
        match bytes {
            None => self.field(&[0]),
            Some(bytes) => self.field(&[1]).field(bytes),
        }
    }

    /// A word of the protocol as it stands on the wire: its name is signed, so that reordering an enum in the source
    /// changes nothing.
    fn word<T: Serialize>(self, word: &T) -> Self {
        let text = serde_json::to_string(word).unwrap_or_default();
        self.field(text.trim_matches('"').as_bytes())
    }

    fn list<T: Serialize>(self, words: &[T]) -> Self {
        words.iter().fold(self.number(count(words)), Self::word)
    }

    fn run(self, run: &RunKey) -> Self {
        self.field(run.session.as_bytes()).field(run.run.as_bytes())
    }

    fn parties(self, console: &Party, helper: &Party) -> Self {
        self.field(console.key.as_bytes())
            .field(helper.key.as_bytes())
            .field(console.nonce.as_bytes())
            .field(helper.nonce.as_bytes())
    }
}

fn count<T>(list: &[T]) -> u32 {
    u32::try_from(list.len()).unwrap_or(u32::MAX)
}
