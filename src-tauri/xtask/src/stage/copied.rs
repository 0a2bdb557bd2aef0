//! A program on a display that copies and pastes, as any text editor does.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::mpsc::{Receiver, channel},
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use bytes::Bytes;
use deskhand_clipboard::system::{System, SystemEvent, Unread};
use deskhand_protocol::call::clipboard::{ClipboardKind, Mark};

use super::display::Display;

/// More than a program would wait.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often somebody else is looked after while an answer is waited for.
const TURN: Duration = Duration::from_millis(1);

/// See the module. Dropping it closes its connection, as killing it would.
#[derive(Debug)]
pub struct Program {
    system: System,
    events: Receiver<SystemEvent>,
    holds: BTreeMap<ClipboardKind, Bytes>,
    reads: u32,
    answers: BTreeMap<u32, Result<Bytes, Unread>>,
    /// Whether anything has changed since it pasted last.
    changed: bool,
    /// The forms of what another program holds, as far as this one was told.
    seen: BTreeSet<ClipboardKind>,
}

impl Program {
    /// Starts on a display.
    ///
    /// # Errors
    ///
    /// When the display cannot be used.
    pub fn on(display: &Display) -> Result<Self> {
        let (tell, events) = channel();
        let system = System::open(Some(display.name()), move |event| drop(tell.send(event)))?;
        let (holds, answers) = (BTreeMap::new(), BTreeMap::new());
        Ok(Self { system, events, holds, reads: 0, answers, changed: true, seen: BTreeSet::new() })
    }

    /// Copies something in these forms.
    pub fn copies<const N: usize>(&mut self, forms: [(ClipboardKind, Bytes); N]) {
        self.holds = BTreeMap::from(forms);
        self.system.own(0, self.holds.keys().copied().collect(), Mark::Plain);
    }

    /// Hands out what it has copied, if anybody asks.
    pub fn serve(&mut self) {
        while let Ok(event) = self.events.recv_timeout(TURN) {
            match event {
                SystemEvent::Wanted { want, kind } => self.system.provide(want, self.holds.get(&kind).cloned()),
                SystemEvent::Read { read, result } => drop(self.answers.insert(read, result)),
                SystemEvent::Changed { kinds, .. } => (self.changed, self.seen) = (true, kinds),
                SystemEvent::Owned { .. } | SystemEvent::Closed => {}
            }
        }
    }

    /// Whether another program holds exactly these forms, as far as this one was told.
    pub fn sees<const N: usize>(&mut self, forms: [ClipboardKind; N]) -> bool {
        self.serve();
        self.seen == BTreeSet::from(forms)
    }

    /// Whether a program pastes what this one has copied. It gets no answer: this one is about to be killed.
    pub fn is_asked(&self) -> bool {
        self.events.try_iter().any(|event| matches!(event, SystemEvent::Wanted { .. }))
    }

    /// What the paste with this number got, once it has an answer.
    pub fn pasted(&mut self, read: u32) -> Option<Option<Bytes>> {
        self.serve();
        self.answers.remove(&read).map(Result::ok)
    }

    /// Begins to paste; the answer has this number.
    pub fn begins_to_paste(&mut self, kind: ClipboardKind) -> u32 {
        self.reads += 1;
        self.system.read(self.reads, kind, usize::MAX >> 1);
        self.reads
    }

    /// What it gets when it pastes now, while `other` goes on; `None` when there is nothing.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub fn pastes(&mut self, kind: ClipboardKind, other: &mut Self) -> Result<Option<Bytes>> {
        let read = self.begins_to_paste(kind);
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            self.serve();
            other.serve();
            if let Some(answer) = self.answers.remove(&read) {
                return Ok(answer.ok());
            }
        }
        bail!("waited {} s in vain for an answer of the clipboard", PATIENCE.as_secs());
    }

    /// What it gets when it pastes now, whoever holds it; `None` when there is nothing.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub fn pastes_alone(&mut self, kind: ClipboardKind) -> Result<Option<Bytes>> {
        let read = self.begins_to_paste(kind);
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            self.serve();
            if let Some(answer) = self.answers.remove(&read) {
                return Ok(answer.ok());
            }
        }
        bail!("waited {} s in vain for an answer of the clipboard", PATIENCE.as_secs());
    }

    /// Pastes, again whenever something has changed, until it gets this, while `other` goes on.
    ///
    /// # Errors
    ///
    /// When it never does.
    pub fn gets(&mut self, kind: ClipboardKind, content: &[u8], other: &mut Self) -> Result<()> {
        let begun = Instant::now();
        let mut last = None;
        while begun.elapsed() < PATIENCE {
            self.serve();
            other.serve();
            if std::mem::take(&mut self.changed) {
                last = self.pastes(kind, other)?;
                if last.as_deref() == Some(content) {
                    return Ok(());
                }
            }
        }
        bail!("{} bytes were copied; {:?} bytes were pasted last", content.len(), last.map(|last| last.len()));
    }
}
