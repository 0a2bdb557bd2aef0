//! Keyboard and pointer of a Mac, by Quartz events.
//!
//! Each press carries the key's place and the text that it made at the console, so that no layout changes what is typed
//! and the key is held all the same. For a shortcut the place counts: the key is taken that types its character here,
//! as far as the layout is known (`layout`).
//!
//! Text needs no Caps Lock, so that of the customer stays as it is; the technician's own press turns it. A Mac's pad has
//! no Num Lock: with it off at the console, its keys are those that move.
//!
//! The system repeats no key that was pressed by a program, and counts no clicks of one: both is done here, as the
//! customer has set it.
//!
//! Written by Apple's documentation and checked by the compiler; it has not run yet.

use std::{
    collections::BTreeMap,
    process::Command,
    time::{Duration, Instant},
};

use deskhand_protocol::call::input::{Button, KeyUsage, Locks, Modifiers};
use objc2_app_kit::NSEvent;
use objc2_core_foundation::{CFRetained, CGPoint};
use objc2_core_graphics::{
    CGDirectDisplayID, CGDisplayBounds, CGDisplayCopyDisplayMode, CGDisplayMode, CGError, CGEvent, CGEventField,
    CGEventFlags, CGEventSource, CGEventSourceStateID, CGEventTapLocation, CGEventType, CGGetActiveDisplayList,
    CGMouseButton, CGScrollEventUnit,
};

use crate::{
    guard::{Guard, Now, Trace, left},
    injector::{ButtonAction, InjectError, Injector, KeyPress, Pressed, ScrollAxis},
    keycodes::{keycode, without_num_lock},
    points::{Display, point},
    repeat::{Pace, Repeat},
    scancodes::{is_digit, is_pad, is_printing},
};
use layout::Layout;

pub use rights::{ask_for_control, may_control};

mod caps;
mod layout;
mod rights;

const CAPS_LOCK: KeyUsage = KeyUsage(0x39);
const RETURN: u16 = 0x24;
const TAB: u16 = 0x30;
/// Units of text that one event carries at most.
const AT_ONCE: usize = 20;
/// Lines that a notch of a wheel turns, as with a mouse that tells of notches.
const LINES: i32 = 3;
/// A click that lies further from the one before is not its second, in points.
const NEAR: f64 = 4.0;
/// More displays than a Mac drives.
const DISPLAYS: u32 = 32;

const PACE: Pace = Pace {
    delay: || seconds(NSEvent::keyRepeatDelay(), 0.5),
    interval: || seconds(NSEvent::keyRepeatInterval(), 0.083),
};

/// A time as the system tells it. Who has turned repeating off has set hours.
fn seconds(told: f64, usual: f64) -> Duration {
    Duration::try_from_secs_f64(told).ok().filter(|time| !time.is_zero()).unwrap_or(Duration::from_secs_f64(usual))
}

/// A key that is down, with what each of its presses says.
#[derive(Debug, Clone)]
struct Down {
    code: u16,
    units: Vec<u16>,
    flags: CGEventFlags,
}

/// The last press of a button.
#[derive(Debug, Clone, Copy)]
struct Click {
    button: Button,
    at: CGPoint,
    when: Instant,
    /// The how manieth in a row it is.
    count: i64,
}

/// Injects events as if they came from a keyboard and a mouse.
pub struct MacInjector {
    source: Source,
    /// What is down for each key of the console.
    held: BTreeMap<KeyUsage, u16>,
    buttons: Vec<Button>,
    click: Option<Click>,
    at: CGPoint,
    layout: Layout,
    repeat: Option<Repeat<Down>>,
    guard: Option<Guard>,
}

impl std::fmt::Debug for MacInjector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MacInjector").field("held", &self.held.len()).finish_non_exhaustive()
    }
}

/// Where events say that they come from.
#[derive(Clone)]
struct Source(CFRetained<CGEventSource>);

// SAFETY: the system's reference counts are atomic, and nothing of it is changed once it is made.
#[allow(unsafe_code, reason = "the system's interface is C")]
unsafe impl Send for Source {}

impl Source {
    fn open() -> Option<Self> {
        let source = CGEventSource::new(CGEventSourceStateID::HIDSystemState)?;
        // Else the customer's own mouse would rest for a quarter of a second after each event.
        CGEventSource::set_local_events_suppression_interval(Some(&source), 0.0);
        Some(Self(source))
    }

    fn key(&self, down: &Down, action: Action) -> Result<(), InjectError> {
        let event = CGEvent::new_keyboard_event(Some(&self.0), down.code, action != Action::Up).ok_or_else(lost)?;
        // Arrows and the pad are marked as such by the system.
        let kind = CGEventFlags::MaskSecondaryFn | CGEventFlags::MaskNumericPad;
        CGEvent::set_flags(Some(&event), down.flags | CGEvent::flags(Some(&event)) & kind);
        if !down.units.is_empty() {
            say(&event, &down.units);
        }
        if action == Action::Again {
            CGEvent::set_integer_value_field(Some(&event), CGEventField::KeyboardEventAutorepeat, 1);
        }
        post(&event);
        Ok(())
    }

    fn mouse(&self, kind: CGEventType, at: CGPoint, button: CGMouseButton, count: i64) -> Result<(), InjectError> {
        let event = CGEvent::new_mouse_event(Some(&self.0), kind, at, button).ok_or_else(lost)?;
        if count > 0 {
            CGEvent::set_integer_value_field(Some(&event), CGEventField::MouseEventClickState, count);
        }
        post(&event);
        Ok(())
    }
}

/// What becomes of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Down,
    Again,
    Up,
}

/// Gives a key event its text.
#[allow(unsafe_code, reason = "the system's interface is C")]
fn say(event: &CGEvent, units: &[u16]) {
    // SAFETY: so many units lie there.
    unsafe { CGEvent::keyboard_set_unicode_string(Some(event), units.len() as _, units.as_ptr()) };
}

fn post(event: &CGEvent) {
    CGEvent::post(CGEventTapLocation::HIDEventTap, Some(event));
}

fn lost() -> InjectError {
    InjectError::Lost("the system makes no events".to_owned())
}

impl MacInjector {
    /// Opens it, with a guard: a process that runs [`let_go_when_alone`] and lets go if this one is killed. Without one,
    /// because it did not start, all works but that.
    ///
    /// # Errors
    ///
    /// [`InjectError::NotAllowed`] until the system's user has allowed it.
    pub fn open_guarded(guard: Command) -> Result<Self, InjectError> {
        if !may_control() {
            return Err(InjectError::NotAllowed);
        }
        let unavailable = || InjectError::Unavailable("there is no desktop".to_owned());
        let source = Source::open().ok_or_else(unavailable)?;
        let guard = Guard::start(guard)
            .inspect_err(|error| tracing::warn!(%error, "no guard: a crash could leave keys down"))
            .ok();
        let again = source.clone();
        let repeat = Repeat::start(PACE, move |down: &Down| drop(again.key(down, Action::Again)))
            .inspect_err(|error| tracing::warn!(%error, "held keys do not repeat"))
            .ok();
        let layout = Layout::default();
        layout.look();
        let at = CGEvent::new(None).map_or(CGPoint::ZERO, |event| CGEvent::location(Some(&event)));
        Ok(Self { source, held: BTreeMap::new(), buttons: Vec::new(), click: None, at, layout, repeat, guard })
    }

    fn tell(&mut self, trace: Option<Trace>, now: Now) {
        if let (Some(guard), Some(trace)) = (&mut self.guard, trace) {
            guard.tell(trace, now);
        }
    }

    fn hold(&mut self, usage: KeyUsage, code: u16, text: &str) -> Result<Pressed, InjectError> {
        self.tell(trace(code), Now::There);
        self.held.insert(usage, code);
        // With itself, if it is a modifier.
        let down = Down { code, units: text.encode_utf16().take(AT_ONCE).collect(), flags: self.flags() };
        if let Err(error) = self.source.key(&down, Action::Down) {
            self.held.remove(&usage);
            return Err(error);
        }
        if let Some(repeat) = &self.repeat {
            // A modifier does not repeat, and ends the repeating of what was held before as every other key does.
            repeat.set((!usage.is_modifier()).then_some(down));
        }
        Ok(Pressed::Held)
    }

    /// What the held modifiers mean, with the customer's Caps Lock.
    fn flags(&self) -> CGEventFlags {
        let now = CGEventSource::flags_state(CGEventSourceStateID::HIDSystemState) & CGEventFlags::MaskAlphaShift;
        self.held.keys().fold(now | CGEventFlags::MaskNonCoalesced, |flags, usage| flags | meaning(*usage))
    }

    /// The key that a shortcut means: the one that types its character, wherever that sits here.
    fn shortcut(&self, usage: KeyUsage, code: u16, text: &str) -> u16 {
        self.layout.look();
        let mut characters = text.chars();
        let (Some(character), None) = (characters.next(), characters.next()) else { return code };
        let small = character.to_lowercase().next().unwrap_or(character);
        // Programs take Control and a digit by the key's place.
        self.layout.key_for(small).filter(|_| !is_digit(usage)).unwrap_or(code)
    }

    fn type_units(&self, units: &mut Vec<u16>) -> Result<(), InjectError> {
        if units.is_empty() {
            return Ok(());
        }
        // Held modifiers are not in it, so that it is no shortcut.
        let down = Down { code: 0, units: std::mem::take(units), flags: CGEventFlags::MaskNonCoalesced };
        self.source.key(&down, Action::Down).and_then(|()| self.source.key(&down, Action::Up))
    }

    fn click_key(&self, code: u16) -> Result<(), InjectError> {
        let down = Down { code, units: Vec::new(), flags: CGEventFlags::MaskNonCoalesced };
        self.source.key(&down, Action::Down).and_then(|()| self.source.key(&down, Action::Up))
    }

    /// How many clicks of a button this one makes.
    fn count(&mut self, button: Button) -> i64 {
        let in_time = seconds(NSEvent::doubleClickInterval(), 0.5);
        let at = self.at;
        let follows = |click: &Click| {
            let near = (click.at.x - at.x).abs() <= NEAR && (click.at.y - at.y).abs() <= NEAR;
            click.button == button && near && click.when.elapsed() <= in_time
        };
        let count = self.click.filter(follows).map_or(1, |click| click.count + 1);
        self.click = Some(Click { button, at, when: Instant::now(), count });
        count
    }
}

impl Injector for MacInjector {
    fn press(&mut self, press: KeyPress<'_>) -> Result<Pressed, InjectError> {
        let writes_nothing = press.text.is_empty() && press.locks.state(Locks::NUM) == Some(false);
        let key = if writes_nothing { without_num_lock(press.key) } else { press.key };
        let Some(code) = keycode(key) else {
            if press.text.is_empty() {
                return Ok(Pressed::Nothing);
            }
            return self.type_text(press.text).map(|()| Pressed::Typed);
        };
        if key == CAPS_LOCK {
            if !caps::turn() {
                tracing::debug!("Caps Lock was not turned");
            }
            return Ok(Pressed::Nothing);
        }
        if key == KeyUsage::RIGHT_ALT && press.modifiers.has(Modifiers::ALT_GRAPH) {
            // Here it is Option, and its text arrives without it.
            return Ok(Pressed::Nothing);
        }
        let prints = is_printing(key) || is_pad(key) && !press.text.is_empty();
        if key.is_modifier() || !prints {
            return self.hold(press.key, code, "");
        }
        let shortcut = !press.modifiers.has(Modifiers::ALT_GRAPH)
            && press.modifiers.0 & (Modifiers::CONTROL | Modifiers::ALT | Modifiers::META) != 0;
        if shortcut {
            let code = if is_pad(key) { code } else { self.shortcut(key, code, press.text) };
            return self.hold(press.key, code, "");
        }
        match press.text.chars().count() {
            // A dead key: the text it makes comes with the next key.
            0 => Ok(Pressed::Nothing),
            1 => self.hold(press.key, code, press.text),
            _ => self.type_text(press.text).map(|()| Pressed::Typed),
        }
    }

    fn release(&mut self, usage: KeyUsage) -> Result<(), InjectError> {
        let Some(code) = self.held.remove(&usage) else { return Ok(()) };
        if let Some(repeat) = &self.repeat {
            repeat.end(|held| held.code == code);
        }
        // Two keys of the console may have become one here.
        if self.held.values().any(|held| *held == code) {
            return Ok(());
        }
        // Without itself, if it is a modifier.
        self.source.key(&Down { code, units: Vec::new(), flags: self.flags() }, Action::Up)?;
        self.tell(trace(code), Now::Gone);
        Ok(())
    }

    fn type_text(&mut self, text: &str) -> Result<(), InjectError> {
        let mut result = Ok(());
        let (mut units, mut last) = (Vec::new(), None);
        for character in text.chars() {
            // A character in two units stays in one event.
            if units.len() + character.len_utf16() > AT_ONCE {
                result = result.and(self.type_units(&mut units));
            }
            match character {
                // The two that end a line elsewhere are one Return.
                '\n' if last == Some('\r') => {}
                '\n' | '\r' => result = result.and(self.type_units(&mut units)).and_then(|()| self.click_key(RETURN)),
                '\t' => result = result.and(self.type_units(&mut units)).and_then(|()| self.click_key(TAB)),
                control if control.is_control() => result = result.and(Err(InjectError::NoSuchCharacter)),
                character => units.extend_from_slice(character.encode_utf16(&mut [0; 2])),
            }
            last = Some(character);
        }
        let typed = self.type_units(&mut units);
        result.and(typed)
    }

    fn button(&mut self, button: Button, action: ButtonAction) -> Result<(), InjectError> {
        let (kind, count) = match action {
            ButtonAction::Down => {
                self.tell(Some(Trace::Button(button as u8)), Now::There);
                self.buttons.retain(|held| *held != button);
                self.buttons.push(button);
                (pressed(button), self.count(button))
            }
            ButtonAction::Up => {
                self.buttons.retain(|held| *held != button);
                let count = self.click.filter(|click| click.button == button).map_or(1, |click| click.count);
                (let_go(button), count)
            }
        };
        self.source.mouse(kind, self.at, number(button), count)?;
        if action == ButtonAction::Up {
            self.tell(Some(Trace::Button(button as u8)), Now::Gone);
        }
        Ok(())
    }

    fn scroll(&mut self, axis: ScrollAxis, notches: i32) -> Result<(), InjectError> {
        // Up and left are forward here.
        let lines = notches.saturating_mul(LINES).saturating_neg();
        let (down, across) = match axis {
            ScrollAxis::Vertical => (lines, 0),
            ScrollAxis::Horizontal => (0, lines),
        };
        let unit = CGScrollEventUnit::Line;
        let event =
            CGEvent::new_scroll_wheel_event2(Some(&self.source.0), unit, 2, down, across, 0).ok_or_else(lost)?;
        post(&event);
        Ok(())
    }

    fn move_to(&mut self, x: i32, y: i32) -> Result<(), InjectError> {
        let (x, y) = to_point(x, y).ok_or_else(|| InjectError::Lost("no display is on".to_owned()))?;
        self.at = CGPoint { x, y };
        // Programs that are dragged in hear of it only as of that.
        let (kind, with) = match self.buttons.last() {
            Some(button) => (dragged(*button), number(*button)),
            None => (CGEventType::MouseMoved, CGMouseButton::Left),
        };
        self.source.mouse(kind, self.at, with, 0)
    }
}

impl Drop for MacInjector {
    fn drop(&mut self) {
        self.repeat = None;
        let mut released = Ok(());
        for code in std::mem::take(&mut self.held).into_values() {
            released = released.and(self.source.key(&up(code), Action::Up));
        }
        if let Err(error) = released {
            tracing::warn!(%error, "keyboard could not be left as it was");
        }
    }
}

/// A key without anything.
const fn up(code: u16) -> Down {
    Down { code, units: Vec::new(), flags: CGEventFlags::MaskNonCoalesced }
}

/// A key as the guard hears of it.
fn trace(code: u16) -> Option<Trace> {
    u8::try_from(code).ok().map(Trace::Key)
}

/// What a modifier means while it is down; nothing for other keys.
const fn meaning(usage: KeyUsage) -> CGEventFlags {
    match usage.0 {
        0xe0 | 0xe4 => CGEventFlags::MaskControl,
        0xe1 | 0xe5 => CGEventFlags::MaskShift,
        0xe2 | 0xe6 => CGEventFlags::MaskAlternate,
        0xe3 | 0xe7 => CGEventFlags::MaskCommand,
        _ => CGEventFlags::empty(),
    }
}

const fn number(button: Button) -> CGMouseButton {
    match button {
        Button::Left => CGMouseButton::Left,
        Button::Right => CGMouseButton::Right,
        Button::Middle => CGMouseButton::Center,
        Button::Back => CGMouseButton(3),
        Button::Forward => CGMouseButton(4),
    }
}

const fn pressed(button: Button) -> CGEventType {
    match button {
        Button::Left => CGEventType::LeftMouseDown,
        Button::Right => CGEventType::RightMouseDown,
        _ => CGEventType::OtherMouseDown,
    }
}

const fn let_go(button: Button) -> CGEventType {
    match button {
        Button::Left => CGEventType::LeftMouseUp,
        Button::Right => CGEventType::RightMouseUp,
        _ => CGEventType::OtherMouseUp,
    }
}

const fn dragged(button: Button) -> CGEventType {
    match button {
        Button::Left => CGEventType::LeftMouseDragged,
        Button::Right => CGEventType::RightMouseDragged,
        _ => CGEventType::OtherMouseDragged,
    }
}

/// The point, from the upper left corner of the main display, in the middle of a pixel of the virtual desktop; `None`
/// without any display.
#[must_use]
pub fn to_point(x: i32, y: i32) -> Option<(f64, f64)> {
    point(&displays(), x, y)
}

/// The displays as they lie now.
#[allow(unsafe_code, reason = "the system's interface is C")]
fn displays() -> Vec<Display> {
    let mut numbers: [CGDirectDisplayID; DISPLAYS as usize] = [0; DISPLAYS as usize];
    let mut count = 0;
    // SAFETY: there is room for as many as are asked for, and the address is good for this call.
    let told = unsafe { CGGetActiveDisplayList(DISPLAYS, numbers.as_mut_ptr(), &raw mut count) };
    let count = if told == CGError::Success { usize::try_from(count).unwrap_or(0) } else { 0 };
    numbers.iter().take(count).map(|number| display(*number)).collect()
}

fn display(number: CGDirectDisplayID) -> Display {
    let bounds = CGDisplayBounds(number);
    let mode = CGDisplayCopyDisplayMode(number);
    let points = CGDisplayMode::width(mode.as_deref());
    let pixels = CGDisplayMode::pixel_width(mode.as_deref());
    #[allow(clippy::cast_precision_loss, reason = "a few thousand")]
    let scale = if points == 0 || pixels == 0 { 1.0 } else { pixels as f64 / points as f64 };
    let (from, size) = (bounds.origin, bounds.size);
    Display { x: from.x, y: from.y, width: size.width, height: size.height, scale }
}

/// The guard's whole life: hears what another process holds, until that one is gone, and lets go of the rest.
///
/// # Errors
///
/// When the desktop is gone too.
pub fn let_go_when_alone() -> Result<(), Box<dyn std::error::Error>> {
    let left = left();
    if left.is_empty() {
        return Ok(());
    }
    let source = Source::open().ok_or_else(lost)?;
    let at = CGEvent::new(None).map_or(CGPoint::ZERO, |event| CGEvent::location(Some(&event)));
    for trace in left {
        match trace {
            Trace::Key(code) => source.key(&up(code.into()), Action::Up)?,
            Trace::Button(held) => {
                let all = [Button::Left, Button::Middle, Button::Right, Button::Back, Button::Forward];
                if let Some(button) = all.into_iter().find(|button| *button as u8 == held) {
                    source.mouse(let_go(button), at, number(button), 1)?;
                }
            }
            Trace::Borrowed(_) => {}
        }
    }
    Ok(())
}
