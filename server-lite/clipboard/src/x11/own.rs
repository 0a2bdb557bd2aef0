//! Owns content that the other end holds, and hands it over to the programs that paste it.

use x11rb::{
    protocol::xproto::{
        AtomEnum, ChangeWindowAttributesAux, PropMode, SELECTION_NOTIFY_EVENT, SelectionNotifyEvent,
        SelectionRequestEvent,
    },
    wrapper::ConnectionExt as _,
};

use super::*;

/// A program that waits for content.
pub(super) struct Asked {
    request: SelectionRequestEvent,
    since: Instant,
}

/// A program that takes long content piece by piece.
pub(super) struct Handing {
    content: Bytes,
    as_type: Atom,
    since: Instant,
}

impl Worker {
    pub(super) fn own(&mut self, serial: u32, kinds: BTreeSet<ClipboardKind>, mark: Mark) -> Result<(), ReplyError> {
        self.stop_reading()?;
        self.refuse_all()?;
        self.names.clear();
        self.connection.set_selection_owner(self.window, self.atoms.CLIPBOARD, NOW)?;
        let owner = self.connection.get_selection_owner(self.atoms.CLIPBOARD)?.reply()?.owner;
        if owner == self.window {
            self.own = Some((kinds, mark));
            (self.tell)(SystemEvent::Owned { serial });
        }
        Ok(())
    }

    pub(super) fn clear(&mut self) -> Result<(), ReplyError> {
        self.refuse_all()?;
        if self.own.take().is_some() {
            let owner = self.connection.get_selection_owner(self.atoms.CLIPBOARD)?.reply()?.owner;
            if owner == self.window {
                self.connection.set_selection_owner(x11rb::NONE, self.atoms.CLIPBOARD, NOW)?;
            }
        }
        Ok(())
    }

    /// Another program wants something of what is owned here.
    pub(super) fn asked_for(&mut self, request: &SelectionRequestEvent) -> Result<(), ReplyError> {
        let mut request = *request;
        // Very old programs name no property (ICCCM 2.2).
        if request.property == 0 {
            request.property = request.target;
        }
        let Some((kinds, mark)) = self.own.as_ref().filter(|_| request.selection == self.atoms.CLIPBOARD) else {
            return self.refuse(&request);
        };
        let (requestor, property) = (request.requestor, request.property);
        match request.target {
            target if target == self.atoms.TARGETS => {
                let targets = self.atoms.targets(kinds, *mark);
                self.connection.change_property32(PropMode::REPLACE, requestor, property, AtomEnum::ATOM, &targets)?;
                self.notify(&request, property)
            }
            target if target == self.atoms.TIMESTAMP => {
                let time = [request.time];
                self.connection.change_property32(PropMode::REPLACE, requestor, property, AtomEnum::INTEGER, &time)?;
                self.notify(&request, property)
            }
            target if target == self.atoms.SECRET && *mark == Mark::Secret => {
                self.connection.change_property8(PropMode::REPLACE, requestor, property, target, b"secret")?;
                self.notify(&request, property)
            }
            target => {
                let kind = self.atoms.kind(target).filter(|kind| kinds.contains(kind));
                let Some(kind) = kind.filter(|_| self.asked.len() + self.handing.len() < SERVED) else {
                    return self.refuse(&request);
                };
                self.asks = self.asks.wrapping_add(1);
                self.asked.insert(self.asks, Asked { request, since: Instant::now() });
                (self.tell)(SystemEvent::Wanted { want: self.asks, kind });
                Ok(())
            }
        }
    }

    pub(super) fn provide(&mut self, want: u32, content: Option<Bytes>) -> Result<(), ReplyError> {
        let Some(Asked { request, .. }) = self.asked.remove(&want) else { return Ok(()) };
        let Some(content) = content else { return self.refuse(&request) };
        let (as_type, content) = self.atoms.written(request.target, content);
        let (requestor, property) = (request.requestor, request.property);
        if content.len() <= PIECE {
            self.connection.change_property8(PropMode::REPLACE, requestor, property, as_type, &content)?;
            return self.notify(&request, property);
        }
        // Told when it has taken a piece.
        let aux = ChangeWindowAttributesAux::new().event_mask(EventMask::PROPERTY_CHANGE);
        self.connection.change_window_attributes(requestor, &aux)?;
        let size = [u32::try_from(content.len()).unwrap_or(u32::MAX)];
        self.connection.change_property32(PropMode::REPLACE, requestor, property, self.atoms.INCR, &size)?;
        self.handing.insert((requestor, property), Handing { content, as_type, since: Instant::now() });
        self.notify(&request, property)
    }

    /// A program has taken a piece: here is the next, and after the last an empty one.
    pub(super) fn taken(&mut self, requestor: Window, property: Atom) -> Result<(), ReplyError> {
        let Some(handing) = self.handing.get_mut(&(requestor, property)) else { return Ok(()) };
        let piece = handing.content.split_to(handing.content.len().min(PIECE));
        handing.since = Instant::now();
        let as_type = handing.as_type;
        self.connection.change_property8(PropMode::REPLACE, requestor, property, as_type, &piece)?;
        if piece.is_empty() {
            self.handing.remove(&(requestor, property));
        }
        Ok(())
    }

    fn refuse(&self, request: &SelectionRequestEvent) -> Result<(), ReplyError> {
        self.notify(request, x11rb::NONE)
    }

    fn refuse_all(&mut self) -> Result<(), ReplyError> {
        for (_, Asked { request, .. }) in std::mem::take(&mut self.asked) {
            self.refuse(&request)?;
        }
        Ok(())
    }

    fn notify(&self, request: &SelectionRequestEvent, property: Atom) -> Result<(), ReplyError> {
        let &SelectionRequestEvent { time, requestor, selection, target, .. } = request;
        let event = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time,
            requestor,
            selection,
            target,
            property,
        };
        self.connection.send_event(false, requestor, EventMask::NO_EVENT, event)?;
        Ok(())
    }

    pub(super) fn give_up_serving(&mut self, now: Instant) -> Result<(), ReplyError> {
        self.handing.retain(|_, handing| now.saturating_duration_since(handing.since) <= PATIENCE);
        let late = |asked: &Asked| now.saturating_duration_since(asked.since) > LONG_PATIENCE;
        let late: Vec<u32> = self.asked.iter().filter(|(_, asked)| late(asked)).map(|(want, _)| *want).collect();
        for want in late {
            self.provide(want, None)?;
        }
        Ok(())
    }
}
