//! Decides what goes between this machine's clipboard and the other end's. Told what happened, it says what to do; it
//! reads, decodes and sends nothing itself.
//!
//! Both ends run the same rules. What another program copies here is offered to the other end; what the other end offers
//! is put into the clipboard here and handed over when a program pastes it. When both copy at the same time, each end
//! sees that the other's offer did not know of its own: the helper's counts, so that both end with the same content.
//!
//! Copied files are another matter, because they move only when the technician clicks. The helper offers their names and
//! sizes; the console offers nothing, but knows that there is something to paste. What has come by the `files` channel
//! is put into the clipboard by [`Exchange::arrived`].
//!
//! Each step asks the [`Rules`] when it is done: an offer when it is sent, each piece when it is sent, content when it is
//! put into the clipboard and when it is handed over.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use bytes::Bytes;
use deskhand_protocol::{
    call::clipboard::{ClipboardKind, ClipboardMessage, Copied, Mark, NoContent, NotCarried, Offer, Part},
    error::ErrorCode,
    limit::{CLIPBOARD_CHUNK, CLIPBOARD_HERE, CLIPBOARD_WANTS},
};
use sha2::{Digest as _, Sha256};

use crate::{image::Unfit, system::Unread};

mod give;
mod take;
#[cfg(test)]
mod tests;

use give::{Mine, Serving};
use take::{Pending, Theirs};

/// Which end this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The customer's machine.
    Helper,
    /// The technician's.
    Console,
}

/// Which way content goes, seen from this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// To the other end.
    Out,
    /// From the other end.
    In,
}

/// Tells content apart without keeping it: its SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Print([u8; 32]);

impl Print {
    /// Of this content.
    #[must_use]
    pub fn of(content: &[u8]) -> Self {
        Self(Sha256::digest(content).into())
    }
}

/// Who may do what, asked at each step.
pub trait Rules {
    /// Whether content may go this way now.
    fn may(&self, direction: Direction) -> bool;
    /// Whether what the other end offers may be put into the clipboard now.
    fn may_take(&self) -> bool {
        self.may(Direction::In)
    }
    /// Whether this content came from another end: a program here may have copied it from what was put into the
    /// clipboard, and nobody is to get it as this machine's own.
    fn is_foreign(&self, print: Print) -> bool;
    /// This content of the other end is put into the clipboard here.
    fn took(&mut self, print: Print);
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Put the other end's content into the clipboard; once it is there say [`Exchange::owned`].
    Own {
        /// The offer.
        serial: u32,
        /// Its forms.
        kinds: BTreeSet<ClipboardKind>,
    },
    /// Take it out again, if it is still there.
    Clear,
    /// Read the clipboard; then say [`Exchange::read`].
    Read {
        /// Names the answer.
        read: u32,
        /// Which form.
        kind: ClipboardKind,
        /// The most that is wanted, in bytes.
        limit: usize,
    },
    /// Hand content over to a program that pastes.
    Provide {
        /// Who.
        want: u32,
        /// What; `None`: there is none.
        content: Option<Bytes>,
    },
    /// Take an image apart and put it together anew; then say [`Exchange::cleaned`].
    Clean {
        /// Names the answer.
        request: u32,
        /// As it came.
        image: Bytes,
    },
    /// Press the system's paste key.
    Press,
    /// See which files a program here has copied; then say [`Exchange::looked`].
    Look {
        /// Names the answer.
        read: u32,
        /// As [`paths_of`](crate::files::paths_of) reads it.
        list: Bytes,
    },
    /// The other end has copied files, which can be fetched if the person here wants them; `None`: not any more.
    Offered(Option<Copied>),
    /// *Paste*, and this machine's clipboard holds the files that were looked at last.
    SendFiles,
    /// The files of this set have come: put their list into [`Exchange::arrived`].
    Collect {
        /// Which.
        set: u32,
    },
    /// Tell the person at this end.
    Tell(Notice),
}

/// What copied files turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Looked {
    /// Files.
    Copied(Copied),
    /// Among them is one that came from another end.
    Foreign,
    /// The list names no files of this machine: what else is in the clipboard counts.
    None,
}

/// What follows when content is in the clipboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// The paste key is pressed.
    Press,
    /// Nothing: the person here pastes it.
    Rest,
}

/// What a person may want to know. Sizes only, never content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// It is there: small content was sent, big content will be when it is pasted.
    Moved {
        /// Which way.
        direction: Direction,
        /// The richest form.
        kind: ClipboardKind,
        /// In bytes, as far as it is known.
        size: Option<usize>,
    },
    /// Something was not sent or not taken.
    Failed {
        /// Which way.
        direction: Direction,
        /// Which form.
        kind: ClipboardKind,
        /// Why.
        why: NoContent,
        /// In bytes, if it is too big.
        size: usize,
        /// The most that is allowed.
        limit: usize,
    },
    /// There is nothing here that could be pasted there.
    NothingToPaste,
    /// What is here came from another session.
    NotYours,
}

/// A rule that the other end broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Breach {
    /// Which kind of rule.
    pub code: ErrorCode,
    /// The same for a developer.
    pub detail: &'static str,
}

/// Messages that may wait to be sent; the other end makes more only by asking without end.
const WAITING: usize = 64;

/// See the module.
#[derive(Debug)]
pub struct Exchange<R> {
    side: Side,
    rules: R,
    effects: VecDeque<Effect>,
    messages: VecDeque<ClipboardMessage>,
    /// What this machine's programs have in the clipboard.
    mine: Option<Mine>,
    /// How often that changed.
    changes: u32,
    /// The last offer that was made.
    serial: u32,
    /// The last offer that was sent.
    sent: u32,
    serving: VecDeque<Serving>,
    reads: u32,
    /// What the other end has in its clipboard.
    theirs: Option<Theirs>,
    /// The last offer that came.
    seen: u32,
    pending: HashMap<u32, Pending>,
    requests: u32,
    /// The offer with which the other end's files came.
    their_files: Option<u32>,
    /// How often files have come.
    arrivals: u32,
}

impl<R: Rules> Exchange<R> {
    /// Nothing has been offered.
    pub fn new(side: Side, rules: R) -> Self {
        Self {
            side,
            rules,
            effects: VecDeque::new(),
            messages: VecDeque::new(),
            mine: None,
            changes: 0,
            serial: 0,
            sent: 0,
            serving: VecDeque::new(),
            reads: 0,
            theirs: None,
            seen: 0,
            pending: HashMap::new(),
            requests: 0,
            their_files: None,
            arrivals: 0,
        }
    }

    /// The rules.
    pub const fn rules(&self) -> &R {
        &self.rules
    }

    /// The rules, to be changed; then say [`rules_changed`](Self::rules_changed).
    pub const fn rules_mut(&mut self) -> &mut R {
        &mut self.rules
    }

    /// The rules alone.
    pub fn into_rules(self) -> R {
        self.rules
    }

    /// The next thing to do; to be emptied after every other call.
    pub fn poll(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// Whether there is something to send.
    #[must_use]
    pub fn has_message(&self) -> bool {
        !self.messages.is_empty() || self.serving.iter().any(|serving| serving.content.is_some())
    }

    /// The next message, to be sent at once: whether it may go was asked just now.
    pub fn message(&mut self) -> Option<ClipboardMessage> {
        while let Some(message) = self.messages.pop_front() {
            match message {
                ClipboardMessage::Offer(offer) => {
                    if let Some(offer) = self.may_leave(offer) {
                        return Some(ClipboardMessage::Offer(offer));
                    }
                }
                message => return Some(message),
            }
        }
        self.piece()
    }

    /// Grants, or who has the clipboard, may have changed.
    pub fn rules_changed(&mut self) {
        let waits = self.theirs.as_ref().is_some_and(|theirs| !theirs.taken && theirs.changes == self.changes);
        if waits && self.rules.may_take() {
            self.take();
        } else {
            self.prepare();
        }
    }

    /// A message of the other end.
    ///
    /// # Errors
    ///
    /// [`Breach`]: it broke a rule and is not to be listened to any more.
    pub fn heard(&mut self, message: ClipboardMessage) -> Result<(), Breach> {
        if self.messages.len() >= WAITING {
            return Err(Breach { code: ErrorCode::TooMany, detail: "more questions about the clipboard than answers" });
        }
        match message {
            ClipboardMessage::Offer(offer) => self.offered(offer),
            ClipboardMessage::Want { request, serial, kind } => self.asked(request, serial, kind),
            ClipboardMessage::Begin { request, length } => self.begins(request, length),
            ClipboardMessage::Chunk { request, bytes } => self.chunk(request, &bytes),
            ClipboardMessage::None { request, why, size, limit } => {
                self.refused(request, why, size, limit);
                Ok(())
            }
            ClipboardMessage::Gone { serial } => {
                self.gone(serial);
                Ok(())
            }
            ClipboardMessage::Paste { serial } if self.side == Side::Helper => {
                self.press(serial);
                Ok(())
            }
            ClipboardMessage::Files { set } if self.side == Side::Helper => {
                self.effects.push_back(Effect::Collect { set });
                Ok(())
            }
            ClipboardMessage::Paste { .. } | ClipboardMessage::Files { .. } => Err(Breach {
                code: ErrorCode::OutOfOrder,
                detail: "the paste key is pressed on the customer's machine",
            }),
        }
    }

    fn say(&mut self, message: ClipboardMessage) {
        self.messages.push_back(message);
    }

    fn tell(&mut self, notice: Notice) {
        self.effects.push_back(Effect::Tell(notice));
    }
}

/// A size as the wire has it.
fn wire(size: usize) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}

/// The form that says most.
fn richest(kinds: impl IntoIterator<Item = ClipboardKind>) -> Option<ClipboardKind> {
    kinds.into_iter().max()
}
