//! The Wayland backend: keys, buttons, wheel and motions through the desktop portal, in the session that the customer
//! allowed in the system's own dialog.
//!
//! No program may look at the layout or the keys that are down there. So what is typed is sent as the sign that it is to
//! make, and the desktop finds the key; everything else, and every shortcut, as the physical key.

use std::{collections::BTreeMap, sync::Arc};

use deskhand_portal::{Axis, PortalError, Session};
use deskhand_protocol::call::input::{Button, KeyUsage, Modifiers};

use crate::{
    injector::{ButtonAction, InjectError, Injector, KeyPress, Pressed, ScrollAxis},
    x11::{evdev, is_printing, keysym},
};

/// X's numbers of the signs that end a line and a cell.
const RETURN: u32 = 0xff0d;
const TAB: u32 = 0xff09;

/// What is down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Down {
    Key(i32),
    Sign(i32),
}

/// The customer's keyboard and pointer behind a portal.
#[derive(Debug)]
pub struct WaylandInjector {
    session: Arc<Session>,
    held: BTreeMap<KeyUsage, Down>,
}

fn lost(error: PortalError) -> InjectError {
    InjectError::Lost(error.to_string())
}

impl WaylandInjector {
    /// Moves in the session that shows the screen.
    ///
    /// # Errors
    ///
    /// [`InjectError::Unavailable`] when it only shows.
    pub fn open(session: Arc<Session>) -> Result<Self, InjectError> {
        if !session.moves() {
            return Err(InjectError::Unavailable("this desktop's portal only shows the screen".to_owned()));
        }
        Ok(Self { session, held: BTreeMap::new() })
    }

    fn set(&self, what: Down, down: bool) -> Result<(), InjectError> {
        match what {
            Down::Key(code) => self.session.key(code, down),
            Down::Sign(sign) => self.session.sign(sign, down),
        }
        .map_err(lost)
    }

    fn hold(&mut self, key: KeyUsage, what: Down) -> Result<Pressed, InjectError> {
        self.set(what, true)?;
        self.held.insert(key, what);
        Ok(Pressed::Held)
    }
}

fn sign(character: char) -> Result<Down, InjectError> {
    let number = match character {
        '\n' | '\r' => RETURN,
        '\t' => TAB,
        control if control.is_control() => return Err(InjectError::NoSuchCharacter),
        other => keysym(other),
    };
    i32::try_from(number).map(Down::Sign).map_err(|_| InjectError::NoSuchCharacter)
}

impl Injector for WaylandInjector {
    fn press(&mut self, press: KeyPress<'_>) -> Result<Pressed, InjectError> {
        let mut characters = press.text.chars();
        let only = match (characters.next(), characters.next()) {
            (Some(character), None) => Some(character),
            (Some(_), Some(_)) => return self.type_text(press.text).map(|()| Pressed::Typed),
            (None, _) => None,
        };
        let shortcut = !press.modifiers.has(Modifiers::ALT_GRAPH)
            && press.modifiers.0 & (Modifiers::CONTROL | Modifiers::ALT | Modifiers::META) != 0;
        let physical = evdev(press.key);
        if press.key == KeyUsage::RIGHT_ALT && press.modifiers.has(Modifiers::ALT_GRAPH) {
            // What it makes arrives as signs.
            return Ok(Pressed::Nothing);
        }
        if is_printing(press.key) && !shortcut {
            // A dead key makes nothing yet: the text comes with the next one.
            let Some(character) = only else { return Ok(Pressed::Nothing) };
            return self.hold(press.key, sign(character)?);
        }
        match (physical, only) {
            (Some(code), _) => self.hold(press.key, Down::Key(code)),
            (None, Some(character)) => self.hold(press.key, sign(character)?),
            (None, None) => Ok(Pressed::Nothing),
        }
    }

    fn release(&mut self, key: KeyUsage) -> Result<(), InjectError> {
        let Some(what) = self.held.remove(&key) else { return Ok(()) };
        // Two keys of the console may have become one here.
        if self.held.values().any(|held| *held == what) {
            return Ok(());
        }
        self.set(what, false)
    }

    fn type_text(&mut self, text: &str) -> Result<(), InjectError> {
        let mut result = Ok(());
        let mut last = None;
        for character in text.chars() {
            // The two that end a line elsewhere are one Return.
            if !(character == '\n' && last == Some('\r')) {
                let typed = sign(character).and_then(|sign| self.set(sign, true).and(self.set(sign, false)));
                result = result.and(typed);
            }
            last = Some(character);
        }
        result
    }

    fn button(&mut self, button: Button, action: ButtonAction) -> Result<(), InjectError> {
        // `linux/input-event-codes.h`.
        let code = match button {
            Button::Left => 0x110,
            Button::Right => 0x111,
            Button::Middle => 0x112,
            Button::Back => 0x113,
            Button::Forward => 0x114,
        };
        self.session.button(code, action == ButtonAction::Down).map_err(lost)
    }

    fn scroll(&mut self, axis: ScrollAxis, notches: i32) -> Result<(), InjectError> {
        let axis = match axis {
            ScrollAxis::Horizontal => Axis::Horizontal,
            ScrollAxis::Vertical => Axis::Vertical,
        };
        self.session.scroll(axis, notches).map_err(lost)
    }

    fn move_to(&mut self, x: i32, y: i32) -> Result<(), InjectError> {
        self.session.move_to(x, y).map_err(lost)
    }
}

impl Drop for WaylandInjector {
    fn drop(&mut self) {
        for what in std::mem::take(&mut self.held).into_values() {
            if let Err(error) = self.set(what, false) {
                tracing::warn!(%error, "a key could not be let go");
            }
        }
    }
}
