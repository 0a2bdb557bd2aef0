//! Reads what another program has put into the clipboard. Each question has a window of its own, so that a late answer
//! to one is never taken for the answer to another.

use std::collections::BTreeSet;

use x11rb::protocol::xproto::AtomEnum;

use super::{
    atoms::{self, Coding},
    *,
};
use crate::system::Unread;

/// What is asked of another program.
pub(super) struct Reading {
    what: What,
    limit: usize,
    since: Instant,
    /// What has come of long content; `None` before it is known to be long.
    pieces: Option<Vec<u8>>,
}

#[derive(Clone, Copy)]
enum What {
    Targets,
    Content { read: u32, kind: ClipboardKind, coding: Coding },
}

/// Names of forms that one program may offer, in bytes: the longest lists have a hundred.
const TARGETS: usize = 4 * 1024;

impl Worker {
    pub(super) fn ask_for_targets(&mut self) -> Result<(), ReplyError> {
        self.ask(self.atoms.TARGETS, What::Targets, TARGETS)
    }

    pub(super) fn begin_read(&mut self, read: u32, kind: ClipboardKind, limit: usize) -> Result<(), ReplyError> {
        let Some(&name) = self.names.get(&kind) else {
            (self.tell)(SystemEvent::Read { read, result: Err(Unread::Gone) });
            return Ok(());
        };
        let coding = if name == Atom::from(AtomEnum::STRING) { Coding::Latin1 } else { Coding::Named };
        self.ask(name, What::Content { read, kind, coding }, limit)
    }

    fn ask(&mut self, name: Atom, what: What, limit: usize) -> Result<(), ReplyError> {
        let window = new_window(&self.connection, self.root)?;
        self.connection.convert_selection(window, self.atoms.CLIPBOARD, name, self.atoms.CONTENT, NOW)?;
        self.reading.insert(window, Reading { what, limit, since: Instant::now(), pieces: None });
        Ok(())
    }

    /// The other program has answered.
    pub(super) fn answered(&mut self, window: Window, property: Atom) -> Result<(), ReplyError> {
        let Some(limit) = self.reading.get(&window).map(|reading| reading.limit) else { return Ok(()) };
        if property == 0 {
            return self.read_ended(window, Err(Unread::Gone));
        }
        // The type first: it may be long, or too long.
        let look = self.connection.get_property(false, window, property, AtomEnum::ANY, 0, 0)?.reply()?;
        if look.type_ == self.atoms.INCR {
            let said = self.connection.get_property(true, window, property, AtomEnum::ANY, 0, 1)?.reply()?;
            let at_least = said.value32().and_then(|mut size| size.next()).unwrap_or(0) as usize;
            if at_least > limit {
                return self.read_ended(window, Err(Unread::TooBig { size: at_least }));
            }
            if let Some(reading) = self.reading.get_mut(&window) {
                reading.pieces = Some(Vec::new());
                reading.since = Instant::now();
            }
            return Ok(());
        }
        let size = look.bytes_after as usize;
        if size > limit {
            return self.read_ended(window, Err(Unread::TooBig { size }));
        }
        let content = self.take_property(window, property, size)?;
        self.read_ended(window, Ok(content))
    }

    /// The next piece of long content is there.
    pub(super) fn more_to_read(&mut self, window: Window, property: Atom) -> Result<(), ReplyError> {
        let Some(Reading { pieces: Some(pieces), limit, .. }) = self.reading.get(&window) else { return Ok(()) };
        let (so_far, limit) = (pieces.len(), *limit);
        let look = self.connection.get_property(false, window, property, AtomEnum::ANY, 0, 0)?.reply()?;
        if look.type_ == x11rb::NONE {
            // Taken before.
            return Ok(());
        }
        let size = so_far.saturating_add(look.bytes_after as usize);
        if size > limit {
            return self.read_ended(window, Err(Unread::TooBig { size }));
        }
        let piece = self.take_property(window, property, look.bytes_after as usize)?;
        let Some(reading) = self.reading.get_mut(&window) else { return Ok(()) };
        reading.since = Instant::now();
        let pieces = reading.pieces.get_or_insert_default();
        pieces.extend(&piece);
        if piece.is_empty() {
            let content = std::mem::take(pieces);
            return self.read_ended(window, Ok(content));
        }
        Ok(())
    }

    fn take_property(&self, window: Window, property: Atom, size: usize) -> Result<Vec<u8>, ReplyError> {
        let words = u32::try_from(size.div_ceil(4)).unwrap_or(u32::MAX);
        Ok(self.connection.get_property(true, window, property, AtomEnum::ANY, 0, words)?.reply()?.value)
    }

    fn read_ended(&mut self, window: Window, result: Result<Vec<u8>, Unread>) -> Result<(), ReplyError> {
        self.connection.destroy_window(window)?;
        let Some(reading) = self.reading.remove(&window) else { return Ok(()) };
        match reading.what {
            What::Content { read, kind, coding } => {
                let result = result.and_then(|content| atoms::read(kind, coding, content));
                (self.tell)(SystemEvent::Read { read, result });
            }
            What::Targets => {
                // Very old programs know no list; what they have is Latin-1.
                let string = Atom::from(AtomEnum::STRING);
                let targets: Vec<Atom> = match &result {
                    Ok(list) => {
                        list.chunks_exact(4).map(|id| u32::from_ne_bytes([id[0], id[1], id[2], id[3]])).collect()
                    }
                    Err(_) => vec![string],
                };
                let (names, mark) = self.atoms.sort(&targets);
                let kinds = names.keys().copied().collect();
                self.names = names;
                (self.tell)(SystemEvent::Changed { kinds, mark });
            }
        }
        Ok(())
    }

    /// Nothing is worth reading any more: there is something else.
    pub(super) fn stop_reading(&mut self) -> Result<(), ReplyError> {
        for (window, reading) in std::mem::take(&mut self.reading) {
            self.connection.destroy_window(window)?;
            if let What::Content { read, .. } = reading.what {
                (self.tell)(SystemEvent::Read { read, result: Err(Unread::Gone) });
            }
        }
        Ok(())
    }

    pub(super) fn give_up_reading(&mut self, now: Instant) -> Result<(), ReplyError> {
        let late = |reading: &Reading| now.saturating_duration_since(reading.since) > PATIENCE;
        let late: Vec<Window> =
            self.reading.iter().filter(|(_, reading)| late(reading)).map(|(window, _)| *window).collect();
        for window in late {
            match self.reading.remove(&window).map(|reading| reading.what) {
                Some(What::Content { read, .. }) => (self.tell)(SystemEvent::Read { read, result: Err(Unread::Gone) }),
                Some(What::Targets) => {
                    (self.tell)(SystemEvent::Changed { kinds: BTreeSet::new(), mark: Mark::Plain });
                }
                None => {}
            }
            self.connection.destroy_window(window)?;
        }
        Ok(())
    }
}
