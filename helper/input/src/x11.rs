//! Keyboard and pointer of an X11 display: events through `enigo` (XTEST), characters by the display's own layout.
//!
//! `enigo`'s own text looks at the first level of the first group only and would lose capitals, AltGr and dead keys;
//! here keys are chosen from the map itself, and `enigo` is told bare keycodes.

use std::{collections::BTreeMap, time::Instant};

use deskhand_protocol::call::input::{Button, KeyUsage, Locks, Modifiers};
use enigo::{Axis, Coordinate, Direction, Enigo, Keyboard as _, Mouse as _, Settings};
use x11rb::{
    connection::Connection as _,
    protocol::{Event, xproto::ConnectionExt as _},
    rust_connection::RustConnection,
    wrapper::ConnectionExt as _,
};

use self::{
    layout::{Layout, modifier},
    spare::{Borrowed, Spares},
};
use crate::injector::{ButtonAction, InjectError, Injector, KeyPress, Pressed, ScrollAxis};

mod keycodes;
mod layout;
mod spare;

const LEFT_SHIFT: u8 = 50;
const RETURN: u8 = 36;
const TAB: u8 = 23;
const CAPS_LOCK: u8 = 66;
const NUM_LOCK: u8 = 77;
/// Keysym of the key that reaches levels 3 and 4 (`XK_ISO_Level3_Shift`).
const LEVEL3_SHIFT: u32 = 0xfe03;
/// Keysym of Shift, by which its keys are known.
const SHIFT_KEYSYMS: [u32; 2] = [0xffe1, 0xffe2];

/// Injects through XTEST.
pub struct X11Injector {
    enigo: Enigo,
    connection: RustConnection,
    root: u32,
    layout: Layout,
    layout_changed: bool,
    spares: Spares,
    /// The keycode that is down for each key of the console.
    held: BTreeMap<KeyUsage, u8>,
}

impl std::fmt::Debug for X11Injector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("X11Injector").field("held", &self.held.len()).finish_non_exhaustive()
    }
}

fn unavailable(error: &impl ToString) -> InjectError {
    InjectError::Unavailable(error.to_string())
}

fn lost(error: &impl ToString) -> InjectError {
    InjectError::Lost(error.to_string())
}

impl X11Injector {
    /// Connects to a display; `None` for the one in `DISPLAY`.
    ///
    /// # Errors
    ///
    /// [`InjectError::Unavailable`] when it cannot be reached or lacks XTEST.
    pub fn open(display: Option<&str>) -> Result<Self, InjectError> {
        let settings = Settings { linux_delay: 0, x11_display: display.map(str::to_owned), ..Settings::default() };
        let enigo = Enigo::new(&settings).map_err(|error| unavailable(&error))?;
        let (connection, screen) = x11rb::connect(display).map_err(|error| unavailable(&error))?;
        let root = connection.setup().roots.get(screen).ok_or_else(|| unavailable(&"no screen"))?.root;
        let mut injector = Self {
            enigo,
            connection,
            root,
            layout: Layout::default(),
            layout_changed: true,
            spares: Spares::default(),
            held: BTreeMap::new(),
        };
        injector.learn_layout()?;
        Ok(injector)
    }

    /// Reads the keyboard map when it has changed: another layout, or a key borrowed.
    fn learn_layout(&mut self) -> Result<(), InjectError> {
        while let Some(event) = self.connection.poll_for_event().map_err(|error| lost(&error))? {
            self.layout_changed |= matches!(event, Event::MappingNotify(_));
        }
        if !std::mem::take(&mut self.layout_changed) {
            return Ok(());
        }
        let (first, last) = (self.connection.setup().min_keycode, self.connection.setup().max_keycode);
        let count = last.saturating_sub(first).saturating_add(1);
        let keys = self.connection.get_keyboard_mapping(first, count).map_err(|error| lost(&error))?;
        let modifiers = self.connection.get_modifier_mapping().map_err(|error| lost(&error))?;
        let keys = keys.reply().map_err(|error| lost(&error))?;
        let modifiers = modifiers.reply().map_err(|error| lost(&error))?;
        let mut layout = Layout { first, per_key: keys.keysyms_per_keycode.into(), keysyms: keys.keysyms, level3: 0 };
        let per_modifier = usize::from(modifiers.keycodes_per_modifier()).max(1);
        for (index, keycodes) in modifiers.keycodes.chunks(per_modifier).enumerate().take(8) {
            if keycodes.iter().any(|code| *code != 0 && layout.of(*code).contains(&LEVEL3_SHIFT)) {
                layout.level3 = 1 << index;
            }
        }
        self.spares.refresh(&layout.unused(), |code| layout.of(code).first().copied().unwrap_or(0));
        self.layout = layout;
        Ok(())
    }

    /// Modifiers, locks and group in effect, as core state bits.
    fn state(&self) -> Result<u16, InjectError> {
        let pointer = self.connection.query_pointer(self.root).map_err(|error| lost(&error))?;
        Ok(pointer.reply().map_err(|error| lost(&error))?.mask.into())
    }

    fn raw(&mut self, keycode: u8, direction: Direction) -> Result<(), InjectError> {
        self.enigo.raw(keycode.into(), direction).map_err(|error| lost(&error))
    }

    fn hold(&mut self, key: KeyUsage, keycode: u8) -> Result<Pressed, InjectError> {
        self.raw(keycode, Direction::Press)?;
        self.held.insert(key, keycode);
        Ok(Pressed::Held)
    }

    /// Makes Caps Lock and Num Lock as they are at the console.
    fn follow_locks(&mut self, locks: Locks, state: u16) -> Result<u16, InjectError> {
        let mut state = state;
        for (here, there, key) in [(modifier::LOCK, Locks::CAPS, CAPS_LOCK), (modifier::NUM, Locks::NUM, NUM_LOCK)] {
            if (state & here != 0) != (locks.0 & there != 0) {
                self.raw(key, Direction::Click)?;
                state ^= here;
            }
        }
        Ok(state)
    }

    /// The key that a shortcut means: the one that types its letter, wherever that sits here.
    fn shortcut_key(&self, keycode: u8, text: &str) -> u8 {
        let mut characters = text.chars();
        let (Some(character), None) = (characters.next(), characters.next()) else { return keycode };
        let wanted = character.to_lowercase().next().unwrap_or(character);
        if self.layout.character(keycode, 0) == Some(wanted) {
            return keycode;
        }
        self.layout.key_for(wanted, 0).unwrap_or(keycode)
    }

    fn type_character(&mut self, character: char) -> Result<(), InjectError> {
        match character {
            '\n' | '\r' => return self.raw(RETURN, Direction::Click),
            '\t' => return self.raw(TAB, Direction::Click),
            control if control.is_control() => return Err(InjectError::NoSuchCharacter),
            _ => {}
        }
        self.learn_layout()?;
        let state = self.state()?;
        if let Some(keycode) = self.layout.key_for(character, state) {
            return self.raw(keycode, Direction::Click);
        }
        let shift_held = state & modifier::SHIFT != 0;
        if let Some(way) = self.layout.way_to(character, state)
            && way.shift
            && !shift_held
        {
            self.raw(LEFT_SHIFT, Direction::Press)?;
            let typed = self.raw(way.keycode, Direction::Click);
            return typed.and(self.raw(LEFT_SHIFT, Direction::Release));
        }
        let keycode = self.borrow(layout::keysym(character))?;
        self.raw(keycode, Direction::Click)
    }

    /// A key that types the keysym on every level.
    fn borrow(&mut self, keysym: u32) -> Result<u8, InjectError> {
        match self.spares.borrow(keysym, Instant::now()).ok_or(InjectError::NoSuchCharacter)? {
            Borrowed::Ready(keycode) => Ok(keycode),
            Borrowed::Map { code, wait } => {
                std::thread::sleep(wait);
                self.map(code, keysym)?;
                Ok(code)
            }
        }
    }

    fn map(&self, keycode: u8, keysym: u32) -> Result<(), InjectError> {
        // Twice: of a single keysym X makes a lower-case and an upper-case level.
        let mapped = self.connection.change_keyboard_mapping(1, keycode, 2, &[keysym, keysym]);
        mapped.map_err(|error| lost(&error))?;
        // `enigo` has a connection of its own: the map must be in place before it presses.
        self.connection.sync().map_err(|error| lost(&error))
    }

    /// Lifts modifiers that would turn text into shortcuts: all but Shift and the one for levels 3 and 4.
    fn lift_modifiers(&mut self) -> Result<Vec<u8>, InjectError> {
        let is_for_text = |code: &u8| {
            let keysyms = self.layout.of(*code);
            keysyms.iter().any(|keysym| *keysym == LEVEL3_SHIFT || SHIFT_KEYSYMS.contains(keysym))
        };
        let held = self.held.iter().filter(|(key, _)| keycodes::is_modifier(**key)).map(|(_, code)| *code);
        let lifted: Vec<u8> = held.filter(|code| !is_for_text(code)).collect();
        for keycode in &lifted {
            self.raw(*keycode, Direction::Release)?;
        }
        Ok(lifted)
    }

    fn give_back(&mut self) -> Result<(), InjectError> {
        for keycode in self.spares.give_back() {
            self.map(keycode, 0)?;
        }
        Ok(())
    }
}

impl Injector for X11Injector {
    fn press(&mut self, press: KeyPress<'_>) -> Result<Pressed, InjectError> {
        let Some(keycode) = keycodes::keycode(press.key) else {
            if press.text.is_empty() {
                return Ok(Pressed::Nothing);
            }
            return self.type_text(press.text).map(|()| Pressed::Typed);
        };
        self.learn_layout()?;
        if keycodes::is_modifier(press.key) || keycodes::is_lock(press.key) {
            return self.hold(press.key, keycode);
        }
        let state = self.state()?;
        let state = self.follow_locks(press.locks, state)?;
        if !keycodes::is_printing(press.key) {
            return self.hold(press.key, keycode);
        }
        let shortcut = !press.modifiers.has(Modifiers::ALT_GRAPH)
            && press.modifiers.0 & (Modifiers::CONTROL | Modifiers::ALT | Modifiers::META) != 0;
        if shortcut {
            let keycode = self.shortcut_key(keycode, press.text);
            return self.hold(press.key, keycode);
        }
        let mut characters = press.text.chars();
        let character = match (characters.next(), characters.next()) {
            // A dead key: the text it makes comes with the next key.
            (None, _) => return Ok(Pressed::Nothing),
            (Some(character), None) => character,
            (Some(_), Some(_)) => return self.type_text(press.text).map(|()| Pressed::Typed),
        };
        if self.layout.character(keycode, state) == Some(character) {
            return self.hold(press.key, keycode);
        }
        if let Some(keycode) = self.layout.key_for(character, state) {
            return self.hold(press.key, keycode);
        }
        self.type_text(press.text).map(|()| Pressed::Typed)
    }

    fn release(&mut self, key: KeyUsage) -> Result<(), InjectError> {
        let Some(keycode) = self.held.remove(&key) else { return Ok(()) };
        // Two keys of the console may have become one here.
        if self.held.values().any(|held| *held == keycode) {
            return Ok(());
        }
        self.raw(keycode, Direction::Release)
    }

    fn type_text(&mut self, text: &str) -> Result<(), InjectError> {
        self.learn_layout()?;
        let lifted = self.lift_modifiers()?;
        let mut result = Ok(());
        for character in text.chars() {
            result = result.and(self.type_character(character));
        }
        for keycode in lifted {
            result = result.and(self.raw(keycode, Direction::Press));
        }
        result
    }

    fn button(&mut self, button: Button, action: ButtonAction) -> Result<(), InjectError> {
        let button = match button {
            Button::Left => enigo::Button::Left,
            Button::Middle => enigo::Button::Middle,
            Button::Right => enigo::Button::Right,
            Button::Back => enigo::Button::Back,
            Button::Forward => enigo::Button::Forward,
        };
        let direction = match action {
            ButtonAction::Down => Direction::Press,
            ButtonAction::Up => Direction::Release,
        };
        self.enigo.button(button, direction).map_err(|error| lost(&error))
    }

    fn scroll(&mut self, axis: ScrollAxis, notches: i32) -> Result<(), InjectError> {
        let axis = match axis {
            ScrollAxis::Horizontal => Axis::Horizontal,
            ScrollAxis::Vertical => Axis::Vertical,
        };
        self.enigo.scroll(notches, axis).map_err(|error| lost(&error))
    }

    fn move_to(&mut self, x: i32, y: i32) -> Result<(), InjectError> {
        self.enigo.move_mouse(x, y, Coordinate::Abs).map_err(|error| lost(&error))
    }

    fn settle(&mut self) -> Result<(), InjectError> {
        if self.spares.settled_in(Instant::now()).is_zero() { self.give_back() } else { Ok(()) }
    }
}

impl Drop for X11Injector {
    fn drop(&mut self) {
        std::thread::sleep(self.spares.settled_in(Instant::now()));
        let released =
            std::mem::take(&mut self.held).into_values().try_for_each(|keycode| self.raw(keycode, Direction::Release));
        if let Err(error) = released.and(self.give_back()) {
            tracing::warn!(%error, "keyboard could not be left as it was");
        }
    }
}
