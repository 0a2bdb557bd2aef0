//! What is held, what may be done, and in which order.

use std::collections::BTreeSet;

use deskhand_protocol::{
    call::{
        control::Monitor,
        held::HeldSet,
        input::{Button, InputEvent, InputMessage, KeyUsage, Locks, Modifiers, Place},
    },
    capability::Capability,
    limit::HELD_KEYS,
};
use deskhand_session::Permit;

use crate::{
    injector::{ButtonAction, InjectError, Injector, KeyPress, Pressed, ScrollAxis},
    monitors::pixel,
    wheel::Wheel,
};

/// Why an event was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// The permit is for something else.
    #[error("keyboard and mouse are not granted")]
    NotGranted,
    /// It names a monitor that is not there.
    #[error("no such monitor")]
    NoSuchMonitor,
    /// More keys and buttons are held than anyone has fingers for.
    #[error("too many keys are held")]
    TooManyHeld,
    /// The system refused.
    #[error(transparent)]
    Inject(#[from] InjectError),
}

/// Something that is down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Held {
    Key(KeyUsage),
    Button(Button),
}

/// One technician's hands. See the [crate] for what it guarantees.
pub struct Hands<I: Injector> {
    injector: I,
    monitors: Vec<Monitor>,
    held: BTreeSet<Held>,
    /// Number of the last event of the `input` channel; motions before it are late.
    last: Option<u32>,
    /// Number of the last motion, which comes on an unordered channel.
    last_motion: Option<u32>,
    horizontal: Wheel,
    vertical: Wheel,
}

impl<I: Injector> std::fmt::Debug for Hands<I> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hands").field("held", &self.held.len()).finish_non_exhaustive()
    }
}

impl<I: Injector> Hands<I> {
    /// Hands that hold nothing.
    pub const fn new(injector: I) -> Self {
        Self {
            injector,
            monitors: Vec::new(),
            held: BTreeSet::new(),
            last: None,
            last_motion: None,
            horizontal: Wheel { rest: 0 },
            vertical: Wheel { rest: 0 },
        }
    }

    /// Sets the monitors that places refer to.
    pub fn set_monitors(&mut self, monitors: &[Monitor]) {
        monitors.clone_into(&mut self.monitors);
    }

    /// Somebody else's events come from now on; his are counted anew.
    pub const fn change_owner(&mut self) {
        self.last = None;
        self.last_motion = None;
    }

    /// How many keys and buttons are down.
    #[must_use]
    pub fn held(&self) -> usize {
        self.held.len()
    }

    /// Carries out one event. The permit is asked of the session for each event, so that a grant taken back counts
    /// from the next event on; then call [`release_all`](Self::release_all).
    ///
    /// # Errors
    ///
    /// [`Refused`]; the event changed nothing then, or what it began was undone.
    pub fn handle(&mut self, message: &InputMessage, permit: &Permit<'_>) -> Result<(), Refused> {
        if permit.capability() != Capability::Control {
            return Err(Refused::NotGranted);
        }
        if let InputEvent::Motion { place } = message.event {
            return self.motion(message.seq, place);
        }
        let late = self.last.is_some_and(|last| !is_after(message.seq, last));
        if late && matches!(message.event, InputEvent::Held(_)) {
            return Ok(());
        }
        self.last = Some(message.seq);
        match &message.event {
            InputEvent::KeyDown { key, modifiers, locks, text } => self.key_down(*key, *modifiers, *locks, text),
            InputEvent::KeyUp { key } => self.let_go(Held::Key(*key)),
            InputEvent::Text { text } => Ok(self.injector.type_text(text)?),
            InputEvent::ButtonDown { button, place } => self.button_down(*button, *place),
            InputEvent::ButtonUp { button, place } => {
                // Let go even where the monitor is gone: a button must never stay down.
                let moved = self.move_to(*place);
                self.let_go(Held::Button(*button)).and(moved)
            }
            InputEvent::Wheel { place, dx, dy } => self.wheel(*place, *dx, *dy),
            InputEvent::ReleaseAll => Ok(self.release_all()?),
            InputEvent::Held(held) => self.agree(held),
            // Done above, or not by these hands.
            InputEvent::Motion { .. } | InputEvent::Point(_) => Ok(()),
        }
    }

    /// Lets go of everything: on blur, revoke, disconnect and end. Needs no permit. Goes on after an error.
    ///
    /// # Errors
    ///
    /// The first [`InjectError`]; nothing counts as held after it either.
    pub fn release_all(&mut self) -> Result<(), InjectError> {
        let mut result = Ok(());
        // Modifiers sort after letters in HID usages, so letters go first and a shortcut does not turn into a letter.
        for held in std::mem::take(&mut self.held) {
            result = result.and(Self::up(&mut self.injector, held));
        }
        self.horizontal.reset();
        self.vertical.reset();
        // Whoever comes next, a new console or a new view of the same one, counts from the beginning.
        (self.last, self.last_motion) = (None, None);
        result.and(self.injector.settle())
    }

    /// Holds what the console says it holds, and nothing else. What is not down here cannot be made up for, for its text
    /// or its place is past; but a modifier goes down again, so that it counts for what follows. AltGr does not: what it
    /// makes is text, which arrives exactly without it.
    fn agree(&mut self, console: &HeldSet) -> Result<(), Refused> {
        let mut result = Ok(());
        let stale = |held: &Held| match held {
            Held::Key(key) => !console.keys.contains(key),
            Held::Button(button) => !console.buttons.contains(button),
        };
        for held in self.held.iter().copied().filter(stale).collect::<Vec<_>>() {
            result = result.and(self.let_go(held));
        }
        for key in console.keys.iter().filter(|key| key.is_modifier() && **key != KeyUsage::RIGHT_ALT) {
            result = result.and(self.key_down(*key, Modifiers::default(), Locks::unknown(u8::MAX), ""));
        }
        result
    }

    fn up(injector: &mut I, held: Held) -> Result<(), InjectError> {
        match held {
            Held::Key(key) => injector.release(key),
            Held::Button(button) => injector.button(button, ButtonAction::Up),
        }
    }

    fn key_down(&mut self, key: KeyUsage, modifiers: Modifiers, locks: Locks, text: &str) -> Result<(), Refused> {
        // The system repeats a held key by itself; a repeat from the console would double it.
        if self.held.contains(&Held::Key(key)) {
            return Ok(());
        }
        self.room()?;
        if self.injector.press(KeyPress { key, modifiers, locks, text })? == Pressed::Held {
            self.held.insert(Held::Key(key));
        }
        Ok(())
    }

    fn button_down(&mut self, button: Button, place: Place) -> Result<(), Refused> {
        self.move_to(place)?;
        if self.held.contains(&Held::Button(button)) {
            return Ok(());
        }
        self.room()?;
        self.injector.button(button, ButtonAction::Down)?;
        self.held.insert(Held::Button(button));
        Ok(())
    }

    fn let_go(&mut self, held: Held) -> Result<(), Refused> {
        if self.held.remove(&held) {
            Self::up(&mut self.injector, held)?;
        }
        Ok(())
    }

    fn wheel(&mut self, place: Place, dx: i16, dy: i16) -> Result<(), Refused> {
        self.move_to(place)?;
        for (axis, notches) in
            [(ScrollAxis::Vertical, self.vertical.turn(dy)), (ScrollAxis::Horizontal, self.horizontal.turn(dx))]
        {
            if notches != 0 {
                self.injector.scroll(axis, notches)?;
            }
        }
        Ok(())
    }

    fn motion(&mut self, seq: u32, place: Place) -> Result<(), Refused> {
        let late = |last: Option<u32>| last.is_some_and(|last| !is_after(seq, last));
        if late(self.last) || late(self.last_motion) {
            return Ok(());
        }
        self.last_motion = Some(seq);
        self.move_to(place)
    }

    fn move_to(&mut self, place: Place) -> Result<(), Refused> {
        let (x, y) = pixel(&self.monitors, place).ok_or(Refused::NoSuchMonitor)?;
        Ok(self.injector.move_to(x, y)?)
    }

    fn room(&self) -> Result<(), Refused> {
        if self.held.len() >= HELD_KEYS { Err(Refused::TooManyHeld) } else { Ok(()) }
    }
}

/// Whether `seq` counts after `last`, both wrapping.
const fn is_after(seq: u32, last: u32) -> bool {
    let ahead = seq.wrapping_sub(last);
    ahead != 0 && ahead < 1 << 31
}

impl<I: Injector> Drop for Hands<I> {
    fn drop(&mut self) {
        if let Err(error) = self.release_all() {
            tracing::warn!(%error, "could not let go of everything");
        }
    }
}
