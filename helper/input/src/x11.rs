//! Keyboard and pointer of an X11 display: events through `enigo` (XTEST), characters by the display's own layout.
//!
//! `enigo`'s own text looks at the first level of the first group only and would lose capitals, AltGr and dead keys;
//! here keys are chosen from the map itself, and `enigo` is told bare keycodes.
//!
//! The physical key is pressed where it types here what it typed at the console, or where a shortcut is meant; every other
//! text is typed exactly, by another key of this layout or a borrowed one. Locks follow the console as far as it knows
//! them, and are the customer's again once everything is let go.

use std::{collections::BTreeMap, process::Command, time::Instant};

use deskhand_protocol::call::input::{Button, KeyUsage, Locks, Modifiers};
use enigo::{Axis, Coordinate, Direction, Enigo, Keyboard as _, Mouse as _, Settings};
use x11rb::{
    connection::Connection as _,
    protocol::{
        Event,
        xproto::{BUTTON_RELEASE_EVENT, ConnectionExt as _, KEY_RELEASE_EVENT},
        xtest::ConnectionExt as _,
    },
    rust_connection::RustConnection,
    wrapper::ConnectionExt as _,
};

use self::{
    layout::{Layout, LockKey, has_case, modifier},
    spare::{Borrowed, Spares},
};
use crate::{
    guard::{Guard, Now, Trace, left},
    injector::{ButtonAction, InjectError, Injector, KeyPress, Pressed, ScrollAxis},
};

mod keycodes;
mod layout;
mod spare;

/// The kernel's number of a physical key.
pub(crate) fn evdev(key: KeyUsage) -> Option<i32> {
    keycodes::keycode(key).map(|code| i32::from(code) - 8)
}

/// Whether a key makes a sign.
pub(crate) fn is_printing(key: KeyUsage) -> bool {
    keycodes::is_printing(key)
}

/// X's number of a sign.
pub(crate) fn keysym(character: char) -> u32 {
    layout::keysym(character)
}

const LEFT_SHIFT: u8 = 50;
const RETURN: u8 = 36;
const TAB: u8 = 23;
const LEFT_ALT: u8 = 64;

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
    /// Locks that were turned to follow the console, with how the customer had them.
    turned: Vec<(LockKey, bool)>,
    guard: Option<Guard>,
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
            turned: Vec::new(),
            guard: None,
        };
        injector.learn_layout()?;
        Ok(injector)
    }

    /// The same, with a guard: a process that runs [`let_go_when_alone`] and lets go if this one is killed. Without one,
    /// because it did not start, all works but that.
    ///
    /// # Errors
    ///
    /// As for [`open`](Self::open).
    pub fn open_guarded(display: Option<&str>, guard: Command) -> Result<Self, InjectError> {
        let mut injector = Self::open(display)?;
        injector.guard = Guard::start(guard)
            .inspect_err(|error| tracing::warn!(%error, "no guard: a crash could leave keys down"))
            .ok();
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
        let per_modifier = usize::from(modifiers.keycodes_per_modifier()).max(1);
        let per_key = usize::from(keys.keysyms_per_keycode);
        let layout = Layout::new(first, per_key, keys.keysyms, modifiers.keycodes.chunks(per_modifier));
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

    fn tell(&mut self, trace: Trace, now: Now) {
        if let Some(guard) = &mut self.guard {
            guard.tell(trace, now);
        }
    }

    fn hold(&mut self, key: KeyUsage, keycode: u8) -> Result<Pressed, InjectError> {
        self.tell(Trace::Key(keycode), Now::There);
        self.raw(keycode, Direction::Press)?;
        self.held.insert(key, keycode);
        Ok(Pressed::Held)
    }

    /// Makes Caps Lock and Num Lock as they are at the console, as far as it knows.
    fn follow_locks(&mut self, locks: Locks, state: u16) -> Result<u16, InjectError> {
        let mut state = state;
        for (here, there) in [(self.layout.caps, Locks::CAPS), (self.layout.num, Locks::NUM)] {
            let (Some(here), Some(wanted)) = (here, locks.state(there)) else { continue };
            let is = state & here.bit != 0;
            if is != wanted {
                if self.turned.iter().all(|(lock, _)| *lock != here) {
                    self.turned.push((here, is));
                }
                self.raw(here.keycode, Direction::Click)?;
                state ^= here.bit;
            }
        }
        Ok(state)
    }

    /// Gives the customer his locks back, if he has not done so himself.
    fn restore_locks(&mut self) -> Result<(), InjectError> {
        if self.turned.is_empty() {
            return Ok(());
        }
        let state = self.state()?;
        let turned = std::mem::take(&mut self.turned);
        turned
            .into_iter()
            .filter(|(lock, was)| (state & lock.bit != 0) != *was)
            .try_for_each(|(lock, _)| self.raw(lock.keycode, Direction::Click))
    }

    /// The key that a shortcut means: the one that types its character, wherever that sits here.
    fn shortcut_key(&mut self, key: KeyUsage, keycode: u8, text: &str, state: u16) -> Result<u8, InjectError> {
        let mut characters = text.chars();
        let (Some(character), None) = (characters.next(), characters.next()) else { return Ok(keycode) };
        let small = character.to_lowercase().next().unwrap_or(character);
        let types = |state, wanted| self.layout.character(keycode, state) == Some(wanted);
        if types(0, small) || types(state, character) {
            return Ok(keycode);
        }
        if let Some(keycode) = self.layout.key_for(small, 0).or_else(|| self.layout.key_for(character, state)) {
            return Ok(keycode);
        }
        // Programs take Control and a digit by the key's place, and have no use for letters of another script.
        if character.is_alphanumeric() || keycodes::is_digit(key) {
            return Ok(keycode);
        }
        // What needs Shift here, as the plus sign of a German keyboard on an American one.
        self.borrow(layout::keysym(character))
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
        // Under Caps Lock a program may make a capital of what a key types, or not.
        let caps = self.layout.caps.filter(|caps| state & caps.bit != 0 && has_case(character));
        let Some(caps) = caps else { return self.type_under(character, state) };
        self.raw(caps.keycode, Direction::Click)?;
        let typed = self.type_under(character, state & !caps.bit);
        typed.and(self.raw(caps.keycode, Direction::Click))
    }

    fn type_under(&mut self, character: char, state: u16) -> Result<(), InjectError> {
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
                self.tell(Trace::Borrowed(code), Now::There);
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
        let is_for_text = |code: &u8| self.layout.is_level3(*code) || self.layout.is_shift(*code);
        let held = self.held.iter().filter(|(key, _)| key.is_modifier()).map(|(_, code)| *code);
        let lifted: Vec<u8> = held.filter(|code| !is_for_text(code)).collect();
        for keycode in &lifted {
            self.raw(*keycode, Direction::Release)?;
        }
        Ok(lifted)
    }

    fn give_back(&mut self) -> Result<(), InjectError> {
        for keycode in self.spares.give_back() {
            self.map(keycode, 0)?;
            self.tell(Trace::Borrowed(keycode), Now::Gone);
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
        if press.key == KeyUsage::RIGHT_ALT {
            return match (press.modifiers.has(Modifiers::ALT_GRAPH), self.layout.is_level3(keycode)) {
                // Here it would be Alt, and its text arrives without it.
                (true, false) => Ok(Pressed::Nothing),
                // Here it would be AltGr.
                (false, true) => self.hold(press.key, LEFT_ALT),
                _ => self.hold(press.key, keycode),
            };
        }
        if keycodes::is_lock(press.key) {
            // Meant for the customer's keyboard: it stays as the technician leaves it.
            self.turned.retain(|(lock, _)| lock.keycode != keycode);
        }
        if press.key.is_modifier() || keycodes::is_lock(press.key) {
            return self.hold(press.key, keycode);
        }
        let state = self.state()?;
        let state = self.follow_locks(press.locks, state)?;
        let on_pad = keycodes::is_pad(press.key);
        let prints = keycodes::is_printing(press.key) || on_pad && !press.text.is_empty();
        if !prints {
            return self.hold(press.key, keycode);
        }
        let shortcut = !press.modifiers.has(Modifiers::ALT_GRAPH)
            && press.modifiers.0 & (Modifiers::CONTROL | Modifiers::ALT | Modifiers::META) != 0;
        if shortcut && on_pad {
            return self.hold(press.key, keycode);
        }
        if shortcut {
            let keycode = self.shortcut_key(press.key, keycode, press.text, state)?;
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
        self.raw(keycode, Direction::Release)?;
        self.tell(Trace::Key(keycode), Now::Gone);
        Ok(())
    }

    fn type_text(&mut self, text: &str) -> Result<(), InjectError> {
        self.learn_layout()?;
        let lifted = self.lift_modifiers()?;
        let mut result = Ok(());
        let mut last = None;
        for character in text.chars() {
            // The two that end a line elsewhere are one Return.
            if !(character == '\n' && last == Some('\r')) {
                result = result.and(self.type_character(character));
            }
            last = Some(character);
        }
        for keycode in lifted {
            result = result.and(self.raw(keycode, Direction::Press));
        }
        result
    }

    fn button(&mut self, button: Button, action: ButtonAction) -> Result<(), InjectError> {
        // The numbers are X's own.
        let (button, number) = match button {
            Button::Left => (enigo::Button::Left, 1),
            Button::Middle => (enigo::Button::Middle, 2),
            Button::Right => (enigo::Button::Right, 3),
            Button::Back => (enigo::Button::Back, 8),
            Button::Forward => (enigo::Button::Forward, 9),
        };
        let direction = match action {
            ButtonAction::Down => {
                self.tell(Trace::Button(number), Now::There);
                Direction::Press
            }
            ButtonAction::Up => Direction::Release,
        };
        self.enigo.button(button, direction).map_err(|error| lost(&error))?;
        if action == ButtonAction::Up {
            self.tell(Trace::Button(number), Now::Gone);
        }
        Ok(())
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
        self.restore_locks()?;
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

/// The guard's whole life: hears what another process holds on the display in `DISPLAY`, until that one is gone, and
/// lets go of the rest.
///
/// # Errors
///
/// When the display is gone too.
pub fn let_go_when_alone() -> Result<(), Box<dyn std::error::Error>> {
    let left = left();
    if left.is_empty() {
        return Ok(());
    }
    let (display, _) = x11rb::connect(None)?;
    for trace in left {
        let fake = |kind, number| display.xtest_fake_input(kind, number, x11rb::CURRENT_TIME, x11rb::NONE, 0, 0, 0);
        match trace {
            Trace::Key(code) => drop(fake(KEY_RELEASE_EVENT, code)?),
            Trace::Button(number) => drop(fake(BUTTON_RELEASE_EVENT, number)?),
            Trace::Borrowed(code) => drop(display.change_keyboard_mapping(1, code, 1, &[0])?),
        }
    }
    display.sync()?;
    Ok(display.flush()?)
}
