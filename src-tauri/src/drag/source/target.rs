//! What is said between a drag and the programs under it: which window takes drops, where the pointer is, and the list.

use std::time::Instant;

use x11rb::{
    NONE,
    connection::RequestConnection as _,
    errors::{ConnectionError, ReplyError},
    protocol::xproto::{
        Atom, AtomEnum, ChangeWindowAttributesAux, ClientMessageEvent, ConnectionExt as _, EventMask, PropMode,
        SELECTION_NOTIFY_EVENT, SelectionNotifyEvent, SelectionRequestEvent, Timestamp, Window,
    },
    wrapper::ConnectionExt as _,
};

use super::{Over, Phase, Worker};

/// The newest version of the protocol that is spoken, and the oldest that a target may speak.
const VERSIONS: (u32, u32) = (5, 3);
/// Windows within each other that are looked through for one that takes a drop.
const DEPTH: usize = 32;

/// A program's window that a drag is over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target {
    pub(super) window: Window,
    /// Who gets its messages.
    pub(super) proxy: Window,
    pub(super) version: u32,
    pub(super) accepts: bool,
    /// When it was told of a position that it has not answered.
    pub(super) asked: Option<Instant>,
    /// A newer position, told when it has.
    pub(super) next: Option<(i16, i16, Timestamp)>,
}

/// What a window that may be gone by now has said.
fn if_there<T>(reply: Result<T, ReplyError>) -> Result<Option<T>, ConnectionError> {
    match reply {
        Ok(reply) => Ok(Some(reply)),
        Err(ReplyError::X11Error(_)) => Ok(None),
        Err(ReplyError::ConnectionError(error)) => Err(error),
    }
}

impl Worker {
    /// What is at a place of the screen: the uppermost window, or one within it, that takes drops.
    pub(super) fn find(&self, x: i16, y: i16) -> Result<Over, ReplyError> {
        let mut window = self.root;
        for _ in 0..DEPTH {
            let Some(place) = if_there(self.connection.translate_coordinates(self.root, window, x, y)?.reply())? else {
                return Ok(Over::Nothing);
            };
            if window == self.own {
                return Ok(Over::Own((place.dst_x, place.dst_y)));
            }
            // A desktop may take what lies on no window.
            if (window != self.root || place.child == NONE)
                && let Some(target) = self.target(window)?
            {
                return Ok(Over::Target(target));
            }
            if place.child == NONE {
                break;
            }
            window = place.child;
        }
        Ok(Over::Nothing)
    }

    fn target(&self, window: Window) -> Result<Option<Target>, ReplyError> {
        let atoms = &self.atoms;
        // A proxy names itself; one that does not is a number that was left over.
        let proxy = match self.number(window, atoms.XdndProxy, AtomEnum::WINDOW)? {
            Some(proxy) if self.number(proxy, atoms.XdndProxy, AtomEnum::WINDOW)? == Some(proxy) => proxy,
            _ => window,
        };
        let (newest, oldest) = VERSIONS;
        let version = self.number(proxy, atoms.XdndAware, AtomEnum::ATOM)?.filter(|version| *version >= oldest);
        let fresh = |version| Target { window, proxy, version, accepts: false, asked: None, next: None };
        Ok(version.map(|version| fresh(version.min(newest))))
    }

    fn number(&self, window: Window, name: Atom, kind: AtomEnum) -> Result<Option<u32>, ReplyError> {
        let property = if_there(self.connection.get_property(false, window, name, kind, 0, 1)?.reply())?;
        Ok(property.and_then(|property| property.value32()?.next()))
    }

    pub(super) fn say(&self, target: &Target, what: Atom, data: [u32; 4]) -> Result<(), ReplyError> {
        let [one, two, three, four] = data;
        let event = ClientMessageEvent::new(32, target.window, what, [self.source, one, two, three, four]);
        self.connection.send_event(false, target.proxy, EventMask::NO_EVENT, event)?;
        Ok(())
    }

    pub(super) fn enter(&self, target: &Target) -> Result<(), ReplyError> {
        let aux = ChangeWindowAttributesAux::new().event_mask(EventMask::STRUCTURE_NOTIFY);
        self.connection.change_window_attributes(target.window, &aux)?;
        self.say(target, self.atoms.XdndEnter, [target.version << 24, self.atoms.URI_LIST, 0, 0])
    }

    /// Tells the target where the pointer is, if it has answered the last such question.
    pub(super) fn position(&mut self, x: i16, y: i16) -> Result<(), ReplyError> {
        let Over::Target(mut target) = self.over else { return Ok(()) };
        if target.asked.is_some() {
            target.next = Some((x, y, self.time));
        } else {
            target.asked = Some(Instant::now());
            let half = |at: i16| u32::from(at.max(0).unsigned_abs());
            let data = [0, half(x) << 16 | half(y), self.time, self.atoms.XdndActionCopy];
            self.say(&target, self.atoms.XdndPosition, data)?;
        }
        self.over = Over::Target(target);
        Ok(())
    }

    /// The target has said whether it takes what is over it.
    pub(super) fn answered(&mut self, event: &ClientMessageEvent) -> Result<(), ReplyError> {
        let data = event.data.as_data32();
        let Over::Target(mut target) = self.over else { return Ok(()) };
        if data[0] != target.window {
            return Ok(());
        }
        target.accepts = data[1] & 1 == 1;
        target.asked = None;
        let next = target.next.take();
        self.over = Over::Target(target);
        if let Some((x, y, time)) = next {
            self.time = time;
            self.position(x, y)?;
        }
        match self.phase {
            Phase::Held => self.show_cursor(),
            Phase::LetGo => self.decide(),
            _ => Ok(()),
        }
    }

    pub(super) fn leave(&mut self) -> Result<(), ReplyError> {
        if let Over::Target(target) = std::mem::replace(&mut self.over, Over::Nothing) {
            let aux = ChangeWindowAttributesAux::new().event_mask(EventMask::NO_EVENT);
            self.connection.change_window_attributes(target.window, &aux)?;
            self.say(&target, self.atoms.XdndLeave, [0; 4])?;
        }
        Ok(())
    }

    /// A program wants the list: to see what it is, or to have it.
    pub(super) fn asked_for(&mut self, event: &SelectionRequestEvent) -> Result<(), ReplyError> {
        let atoms = &self.atoms;
        let property = if event.property == NONE { event.target } else { event.property };
        let (connection, to) = (&self.connection, event.requestor);
        let given = if event.selection != atoms.XdndSelection {
            None
        } else if event.target == atoms.TARGETS {
            let targets = [atoms.TARGETS, atoms.URI_LIST];
            Some(connection.change_property32(PropMode::REPLACE, to, property, AtomEnum::ATOM, &targets)?)
        } else if event.target == atoms.URI_LIST && self.list.len() < connection.maximum_request_bytes() - 64 {
            self.handed |= matches!(self.phase, Phase::Dropped(_));
            Some(connection.change_property8(PropMode::REPLACE, to, property, atoms.URI_LIST, &self.list)?)
        } else {
            None
        };
        let answer = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time: event.time,
            requestor: to,
            selection: event.selection,
            target: event.target,
            property: if given.is_some() { property } else { NONE },
        };
        connection.send_event(false, to, EventMask::NO_EVENT, answer)?;
        Ok(())
    }
}
