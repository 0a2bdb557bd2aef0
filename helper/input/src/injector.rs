//! What a system must offer to be controlled.

use deskhand_protocol::call::input::{Button, KeyUsage, Locks, Modifiers};

/// Down or up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ButtonAction {
    /// Pressed and held.
    Down,
    /// Let go.
    Up,
}

/// Which way a wheel turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ScrollAxis {
    /// Positive is right.
    Horizontal,
    /// Positive is down.
    Vertical,
}

/// A key that went down at the console.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyPress<'a> {
    /// Which.
    pub key: KeyUsage,
    /// Modifiers held there.
    pub modifiers: Modifiers,
    /// Locks in effect there.
    pub locks: Locks,
    /// The text it produced there; empty for none.
    pub text: &'a str,
}

/// Prints no text.
impl std::fmt::Debug for KeyPress<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyPress")
    }
}

/// What came of a key press.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pressed {
    /// A key is down until [`Injector::release`].
    Held,
    /// Its text was typed; nothing is held.
    Typed,
    /// There is nothing to do for it here, like a dead key whose composed text comes later.
    Nothing,
}

/// Why something could not be injected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InjectError {
    /// The system cannot be controlled.
    #[error("keyboard and mouse of this display cannot be controlled: {0}")]
    Unavailable(String),
    /// The system takes nothing from this program until its user has allowed it; then it does at once.
    #[error("the system does not let this program use keyboard and mouse: allow it in its settings")]
    NotAllowed,
    /// The connection to the display broke.
    #[error("the display no longer answers: {0}")]
    Lost(String),
    /// The system has no way to type a character.
    #[error("a character cannot be typed here")]
    NoSuchCharacter,
}

/// A system's keyboard and pointer. It does what it is told and holds no opinion; [`Hands`](crate::Hands) is the only
/// caller.
pub trait Injector: Send {
    /// Presses a key so that the text it produced at the console appears here: the same physical key where the
    /// layouts agree or a shortcut is meant, exactly that text otherwise.
    ///
    /// # Errors
    ///
    /// [`InjectError`]; nothing is held then.
    fn press(&mut self, press: KeyPress<'_>) -> Result<Pressed, InjectError>;

    /// Lets go of a key for which [`press`](Self::press) answered [`Pressed::Held`].
    ///
    /// # Errors
    ///
    /// [`InjectError`] when the display no longer answers.
    fn release(&mut self, key: KeyUsage) -> Result<(), InjectError>;

    /// Types a text exactly, whatever the layout.
    ///
    /// # Errors
    ///
    /// [`InjectError::NoSuchCharacter`] for one that the system cannot type; the rest is typed.
    fn type_text(&mut self, text: &str) -> Result<(), InjectError>;

    /// Presses or lets go of a pointer button.
    ///
    /// # Errors
    ///
    /// [`InjectError`] when the display no longer answers.
    fn button(&mut self, button: Button, action: ButtonAction) -> Result<(), InjectError>;

    /// Turns the wheel by whole notches.
    ///
    /// # Errors
    ///
    /// [`InjectError`] when the display no longer answers.
    fn scroll(&mut self, axis: ScrollAxis, notches: i32) -> Result<(), InjectError>;

    /// Moves the pointer to a pixel of the virtual desktop, in the coordinates of
    /// [`Monitor`](deskhand_protocol::call::control::Monitor).
    ///
    /// # Errors
    ///
    /// [`InjectError`] when the display no longer answers.
    fn move_to(&mut self, x: i32, y: i32) -> Result<(), InjectError>;

    /// Everything was let go: undo what typing needed (borrowed keys and the like).
    ///
    /// # Errors
    ///
    /// [`InjectError`] when the display no longer answers.
    fn settle(&mut self) -> Result<(), InjectError> {
        Ok(())
    }
}

impl<I: Injector + ?Sized> Injector for Box<I> {
    fn press(&mut self, press: KeyPress<'_>) -> Result<Pressed, InjectError> {
        (**self).press(press)
    }

    fn release(&mut self, key: KeyUsage) -> Result<(), InjectError> {
        (**self).release(key)
    }

    fn type_text(&mut self, text: &str) -> Result<(), InjectError> {
        (**self).type_text(text)
    }

    fn button(&mut self, button: Button, action: ButtonAction) -> Result<(), InjectError> {
        (**self).button(button, action)
    }

    fn scroll(&mut self, axis: ScrollAxis, notches: i32) -> Result<(), InjectError> {
        (**self).scroll(axis, notches)
    }

    fn move_to(&mut self, x: i32, y: i32) -> Result<(), InjectError> {
        (**self).move_to(x, y)
    }

    fn settle(&mut self) -> Result<(), InjectError> {
        (**self).settle()
    }
}
