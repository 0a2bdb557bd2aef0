//! Keyboard and pointer of a Windows desktop, by `SendInput`.
//!
//! The physical key is pressed where the layout of the window in front makes of it what it typed at the console, or where
//! a shortcut is meant; every other text is sent as characters, which no layout changes. Locks follow the console as far as
//! it knows them, and are the customer's again once everything is let go.
//!
//! Windows repeats no key that was pressed by a program, so that is done here, as the customer has set it.
//!
//! A window with more rights than this program takes no input from it, and the system says nothing of that: whoever looks
//! at the screen finds it out (`deskhand-capture`'s obstacle).

#![allow(unsafe_code, reason = "the system's interface is C")]

use std::{collections::BTreeMap, process::Command};

use deskhand_protocol::call::input::{Button, KeyUsage, Locks, Modifiers};
use windows::Win32::UI::{
    Input::KeyboardAndMouse::{
        INPUT, INPUT_0, INPUT_KEYBOARD, INPUT_MOUSE, KEYBD_EVENT_FLAGS, KEYBDINPUT, KEYEVENTF_EXTENDEDKEY,
        KEYEVENTF_KEYUP, KEYEVENTF_SCANCODE, KEYEVENTF_UNICODE, MOUSE_EVENT_FLAGS, MOUSEEVENTF_ABSOLUTE,
        MOUSEEVENTF_HWHEEL, MOUSEEVENTF_LEFTDOWN, MOUSEEVENTF_LEFTUP, MOUSEEVENTF_MIDDLEDOWN, MOUSEEVENTF_MIDDLEUP,
        MOUSEEVENTF_MOVE, MOUSEEVENTF_RIGHTDOWN, MOUSEEVENTF_RIGHTUP, MOUSEEVENTF_VIRTUALDESK, MOUSEEVENTF_WHEEL,
        MOUSEEVENTF_XDOWN, MOUSEEVENTF_XUP, MOUSEINPUT, SendInput, VIRTUAL_KEY,
    },
    WindowsAndMessaging::{
        GetSystemMetrics, SM_CXVIRTUALSCREEN, SM_CYVIRTUALSCREEN, SM_SWAPBUTTON, SM_XVIRTUALSCREEN, SM_YVIRTUALSCREEN,
        WHEEL_DELTA,
    },
};

use self::layout::{Layout, Level};
use crate::{
    guard::{Guard, Now, Trace, left},
    injector::{ButtonAction, InjectError, Injector, KeyPress, Pressed, ScrollAxis},
    repeat::Repeat,
    scancodes::{Code, EXTENDED, across, code, is_digit, is_lock, is_pad, is_printing},
};

mod layout;
mod repeat;

const LEFT_ALT: Code = Code::Scan(0x38);
const RETURN: Code = Code::Scan(0x1c);
const TAB: Code = Code::Scan(0x0f);
/// A virtual key that nothing has a meaning for. Between two of Alt or of the Windows key it keeps menus closed.
const NOTHING: Code = Code::Virtual(0xe8);
/// Units of text that are sent at once.
const AT_ONCE: usize = 32;
/// The bit of [`Trace`]'s number that says [`EXTENDED`].
const EXTENDED_TRACE: u8 = 0x80;

/// Injects through the system's input queue.
pub struct WindowsInjector {
    /// What is down for each key of the console.
    held: BTreeMap<KeyUsage, Code>,
    /// Locks that were turned to follow the console, with how the customer had them.
    turned: Vec<(Lock, bool)>,
    repeat: Option<Repeat<Code>>,
    guard: Option<Guard>,
}

impl std::fmt::Debug for WindowsInjector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WindowsInjector").field("held", &self.held.len()).finish_non_exhaustive()
    }
}

/// A lock key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Lock {
    /// Its bit at the console.
    there: u8,
    virtual_key: u16,
    code: Code,
}

const LOCKS: [Lock; 2] = [
    Lock { there: Locks::CAPS, virtual_key: 0x14, code: Code::Scan(0x3a) },
    Lock { there: Locks::NUM, virtual_key: 0x90, code: Code::Scan(0x45) },
];

impl WindowsInjector {
    /// Opens it, with a guard: a process that runs [`let_go_when_alone`] and lets go if this one is killed. Without one,
    /// because it did not start, all works but that.
    #[must_use]
    pub fn open_guarded(guard: Command) -> Self {
        let guard = Guard::start(guard)
            .inspect_err(|error| tracing::warn!(%error, "no guard: a crash could leave keys down"))
            .ok();
        let repeat = Repeat::start(repeat::PACE, |code| drop(send(&[key(*code, KEYBD_EVENT_FLAGS(0))])))
            .inspect_err(|error| tracing::warn!(%error, "held keys do not repeat"))
            .ok();
        Self { held: BTreeMap::new(), turned: Vec::new(), repeat, guard }
    }

    fn tell(&mut self, trace: Option<Trace>, now: Now) {
        if let (Some(guard), Some(trace)) = (&mut self.guard, trace) {
            guard.tell(trace, now);
        }
    }

    fn hold(&mut self, key_usage: KeyUsage, code: Code) -> Result<Pressed, InjectError> {
        self.tell(trace(code), Now::There);
        send(&[key(code, KEYBD_EVENT_FLAGS(0))])?;
        self.held.insert(key_usage, code);
        if let Some(repeat) = &self.repeat {
            // A modifier does not repeat, and ends the repeating of what was held before as every other key does.
            repeat.set((!key_usage.is_modifier() && !is_lock(key_usage)).then_some(code));
        }
        Ok(Pressed::Held)
    }

    /// Makes Caps Lock and Num Lock as they are at the console, as far as it knows.
    fn follow_locks(&mut self, locks: Locks) -> Result<(), InjectError> {
        for lock in LOCKS {
            let Some(wanted) = locks.state(lock.there) else { continue };
            let is = layout::is_on(lock.virtual_key);
            if is != wanted {
                if self.turned.iter().all(|(turned, _)| *turned != lock) {
                    self.turned.push((lock, is));
                }
                click(lock.code)?;
            }
        }
        Ok(())
    }

    /// Gives the customer his locks back, if he has not done so himself.
    fn restore_locks(&mut self) -> Result<(), InjectError> {
        let turned = std::mem::take(&mut self.turned);
        let mut changed = turned.into_iter().filter(|(lock, was)| layout::is_on(lock.virtual_key) != *was);
        changed.try_for_each(|(lock, _)| click(lock.code))
    }

    /// What is held of the modifiers that choose a character.
    fn level(&self) -> Level {
        let held = |usages: &[u16]| usages.iter().any(|usage| self.held.contains_key(&KeyUsage(*usage)));
        Level { shift: held(&[0xe1, 0xe5]), alt_graph: held(&[0xe6]), caps: layout::is_on(0x14) }
    }

    /// The key that a shortcut means: the one that types its character, wherever that sits here.
    fn shortcut(&self, layout: &Layout, usage: KeyUsage, code: Code, text: &str) -> Code {
        let mut characters = text.chars();
        let (Some(character), None) = (characters.next(), characters.next()) else { return code };
        let small = character.to_lowercase().next().unwrap_or(character);
        let plain = Level::default();
        if layout.character(code, plain) == Some(small) || layout.character(code, self.level()) == Some(character) {
            return code;
        }
        // Programs take Control and a digit by the key's place, and have no use for letters of another script.
        let other = layout.key_for(small, plain).or_else(|| layout.key_for(character, self.level()));
        other.filter(|_| !is_digit(usage)).unwrap_or(code)
    }

    /// Lifts modifiers that would turn text into shortcuts: all but Shift and AltGr.
    fn lift_modifiers(&self) -> Result<Vec<Code>, InjectError> {
        let is_for_text = |usage: u16| matches!(usage, 0xe1 | 0xe5 | 0xe6);
        let held = self.held.iter().filter(|(usage, _)| usage.is_modifier() && !is_for_text(usage.0));
        let lifted: Vec<Code> = held.map(|(_, code)| *code).collect();
        if !lifted.is_empty() {
            click(NOTHING)?;
        }
        for code in &lifted {
            send(&[key(*code, KEYEVENTF_KEYUP)])?;
        }
        Ok(lifted)
    }
}

impl Injector for WindowsInjector {
    fn press(&mut self, press: KeyPress<'_>) -> Result<Pressed, InjectError> {
        let Some(code) = code(press.key) else {
            if press.text.is_empty() {
                return Ok(Pressed::Nothing);
            }
            return self.type_text(press.text).map(|()| Pressed::Typed);
        };
        let layout = Layout::of_the_window_in_front();
        if press.key == KeyUsage::RIGHT_ALT {
            return match (press.modifiers.has(Modifiers::ALT_GRAPH), layout.has_alt_graph()) {
                // Here it would be Alt, and its text arrives without it.
                (true, false) => Ok(Pressed::Nothing),
                // Here it would be AltGr.
                (false, true) => self.hold(press.key, LEFT_ALT),
                _ => self.hold(press.key, code),
            };
        }
        if is_lock(press.key) {
            // Meant for the customer's keyboard: it stays as the technician leaves it.
            self.turned.retain(|(lock, _)| lock.code != code);
        }
        if press.key.is_modifier() || is_lock(press.key) {
            return self.hold(press.key, code);
        }
        self.follow_locks(press.locks)?;
        let on_pad = is_pad(press.key);
        let prints = is_printing(press.key) || on_pad && !press.text.is_empty();
        if !prints {
            return self.hold(press.key, code);
        }
        let shortcut = !press.modifiers.has(Modifiers::ALT_GRAPH)
            && press.modifiers.0 & (Modifiers::CONTROL | Modifiers::ALT | Modifiers::META) != 0;
        if shortcut && on_pad {
            return self.hold(press.key, code);
        }
        if shortcut {
            let code = self.shortcut(&layout, press.key, code, press.text);
            return self.hold(press.key, code);
        }
        let mut characters = press.text.chars();
        let character = match (characters.next(), characters.next()) {
            // A dead key: the text it makes comes with the next key.
            (None, _) => return Ok(Pressed::Nothing),
            (Some(character), None) => character,
            (Some(_), Some(_)) => return self.type_text(press.text).map(|()| Pressed::Typed),
        };
        let level = self.level();
        if layout.character(code, level) == Some(character) {
            return self.hold(press.key, code);
        }
        if let Some(code) = layout.key_for(character, level) {
            return self.hold(press.key, code);
        }
        self.type_text(press.text).map(|()| Pressed::Typed)
    }

    fn release(&mut self, usage: KeyUsage) -> Result<(), InjectError> {
        let Some(code) = self.held.remove(&usage) else { return Ok(()) };
        if let Some(repeat) = &self.repeat {
            repeat.end(|held| *held == code);
        }
        // Two keys of the console may have become one here.
        if self.held.values().any(|held| *held == code) {
            return Ok(());
        }
        send(&[key(code, KEYEVENTF_KEYUP)])?;
        self.tell(trace(code), Now::Gone);
        Ok(())
    }

    fn type_text(&mut self, text: &str) -> Result<(), InjectError> {
        let lifted = self.lift_modifiers()?;
        let mut result = Ok(());
        let (mut units, mut last) = (Vec::new(), None);
        for character in text.chars() {
            match character {
                // The two that end a line elsewhere are one Return.
                '\n' if last == Some('\r') => {}
                '\n' | '\r' => result = result.and(type_units(&mut units)).and_then(|()| click(RETURN)),
                '\t' => result = result.and(type_units(&mut units)).and_then(|()| click(TAB)),
                control if control.is_control() => result = result.and(Err(InjectError::NoSuchCharacter)),
                character => units.extend_from_slice(character.encode_utf16(&mut [0; 2])),
            }
            if units.len() >= AT_ONCE {
                result = result.and(type_units(&mut units));
            }
            last = Some(character);
        }
        result = result.and(type_units(&mut units));
        for code in lifted {
            result = result.and(send(&[key(code, KEYBD_EVENT_FLAGS(0))]));
        }
        result
    }

    fn button(&mut self, button: Button, action: ButtonAction) -> Result<(), InjectError> {
        if action == ButtonAction::Down {
            self.tell(Some(Trace::Button(button as u8)), Now::There);
        }
        send(&[of_button(button, action)])?;
        if action == ButtonAction::Up {
            self.tell(Some(Trace::Button(button as u8)), Now::Gone);
        }
        Ok(())
    }

    fn scroll(&mut self, axis: ScrollAxis, notches: i32) -> Result<(), InjectError> {
        let turn = notches.saturating_mul(WHEEL_DELTA.cast_signed());
        let (flags, turn) = match axis {
            ScrollAxis::Horizontal => (MOUSEEVENTF_HWHEEL, turn),
            // Away from the person is forward here.
            ScrollAxis::Vertical => (MOUSEEVENTF_WHEEL, turn.saturating_neg()),
        };
        send(&[mouse(flags, (0, 0), turn.cast_unsigned())])
    }

    fn move_to(&mut self, x: i32, y: i32) -> Result<(), InjectError> {
        // SAFETY: it only tells.
        let metric = |which| unsafe { GetSystemMetrics(which) };
        let x = across(x, metric(SM_XVIRTUALSCREEN), metric(SM_CXVIRTUALSCREEN));
        let y = across(y, metric(SM_YVIRTUALSCREEN), metric(SM_CYVIRTUALSCREEN));
        send(&[mouse(MOUSEEVENTF_MOVE | MOUSEEVENTF_ABSOLUTE | MOUSEEVENTF_VIRTUALDESK, (x, y), 0)])
    }

    fn settle(&mut self) -> Result<(), InjectError> {
        self.restore_locks()
    }
}

impl Drop for WindowsInjector {
    fn drop(&mut self) {
        self.repeat = None;
        let mut released = Ok(());
        for code in std::mem::take(&mut self.held).into_values() {
            released = released.and(send(&[key(code, KEYEVENTF_KEYUP)]));
        }
        if let Err(error) = released.and(self.restore_locks()) {
            tracing::warn!(%error, "keyboard could not be left as it was");
        }
    }
}

/// A key as the guard hears of it. What has no place on the keyboard turns nothing into a shortcut when it stays down.
fn trace(code: Code) -> Option<Trace> {
    let Code::Scan(scan) = code else { return None };
    let number = u8::try_from(scan & 0x7f).ok()?;
    Some(Trace::Key(if scan & EXTENDED == 0 { number } else { number | EXTENDED_TRACE }))
}

fn click(code: Code) -> Result<(), InjectError> {
    send(&[key(code, KEYBD_EVENT_FLAGS(0)), key(code, KEYEVENTF_KEYUP)])
}

fn type_units(units: &mut Vec<u16>) -> Result<(), InjectError> {
    let of = |unit: u16, flags| keyboard(VIRTUAL_KEY(0), unit, KEYEVENTF_UNICODE | flags);
    let presses = units.drain(..).flat_map(|unit| [of(unit, KEYBD_EVENT_FLAGS(0)), of(unit, KEYEVENTF_KEYUP)]);
    send(&presses.collect::<Vec<_>>())
}

fn key(code: Code, flags: KEYBD_EVENT_FLAGS) -> INPUT {
    match code {
        Code::Virtual(key) => keyboard(VIRTUAL_KEY(key), 0, flags),
        Code::Scan(scan) => {
            // Windows looks at the key's place only, Wine at its meaning only.
            let meaning = VIRTUAL_KEY(Layout::of_the_window_in_front().virtual_key(scan));
            let extended = if scan & EXTENDED == 0 { KEYBD_EVENT_FLAGS(0) } else { KEYEVENTF_EXTENDEDKEY };
            keyboard(meaning, scan & !EXTENDED, KEYEVENTF_SCANCODE | extended | flags)
        }
    }
}

fn keyboard(key: VIRTUAL_KEY, scan: u16, flags: KEYBD_EVENT_FLAGS) -> INPUT {
    let event = KEYBDINPUT { wVk: key, wScan: scan, dwFlags: flags, time: 0, dwExtraInfo: 0 };
    INPUT { r#type: INPUT_KEYBOARD, Anonymous: INPUT_0 { ki: event } }
}

fn of_button(button: Button, action: ButtonAction) -> INPUT {
    // SAFETY: it only tells.
    let swapped = unsafe { GetSystemMetrics(SM_SWAPBUTTON) } != 0;
    // Programs press the buttons of the mouse, and the system swaps them for a left-handed person: the technician means
    // what they do.
    let button = match button {
        Button::Left if swapped => Button::Right,
        Button::Right if swapped => Button::Left,
        button => button,
    };
    let (down, up, data) = match button {
        Button::Left => (MOUSEEVENTF_LEFTDOWN, MOUSEEVENTF_LEFTUP, 0),
        Button::Middle => (MOUSEEVENTF_MIDDLEDOWN, MOUSEEVENTF_MIDDLEUP, 0),
        Button::Right => (MOUSEEVENTF_RIGHTDOWN, MOUSEEVENTF_RIGHTUP, 0),
        // `XBUTTON1` and `XBUTTON2`.
        Button::Back => (MOUSEEVENTF_XDOWN, MOUSEEVENTF_XUP, 1),
        Button::Forward => (MOUSEEVENTF_XDOWN, MOUSEEVENTF_XUP, 2),
    };
    mouse(if action == ButtonAction::Down { down } else { up }, (0, 0), data)
}

fn mouse(flags: MOUSE_EVENT_FLAGS, (dx, dy): (i32, i32), data: u32) -> INPUT {
    let event = MOUSEINPUT { dx, dy, mouseData: data, dwFlags: flags, time: 0, dwExtraInfo: 0 };
    INPUT { r#type: INPUT_MOUSE, Anonymous: INPUT_0 { mi: event } }
}

fn send(inputs: &[INPUT]) -> Result<(), InjectError> {
    if inputs.is_empty() {
        return Ok(());
    }
    let size = i32::try_from(size_of::<INPUT>()).unwrap_or(0);
    // SAFETY: each is of the kind that it says.
    let sent = unsafe { SendInput(inputs, size) };
    if usize::try_from(sent) == Ok(inputs.len()) {
        Ok(())
    } else {
        Err(InjectError::Lost("the desktop takes no input now".to_owned()))
    }
}

/// The guard's whole life: hears what another process holds, until that one is gone, and lets go of the rest.
///
/// # Errors
///
/// When the desktop takes nothing.
pub fn let_go_when_alone() -> Result<(), Box<dyn std::error::Error>> {
    for trace in left() {
        match trace {
            Trace::Key(number) => {
                let extended = if number & EXTENDED_TRACE == 0 { 0 } else { EXTENDED };
                send(&[key(Code::Scan(u16::from(number & !EXTENDED_TRACE) | extended), KEYEVENTF_KEYUP)])?;
            }
            Trace::Button(number) => {
                let all = [Button::Left, Button::Middle, Button::Right, Button::Back, Button::Forward];
                if let Some(button) = all.into_iter().find(|button| *button as u8 == number) {
                    send(&[of_button(button, ButtonAction::Up)])?;
                }
            }
            Trace::Borrowed(_) => {}
        }
    }
    Ok(())
}
