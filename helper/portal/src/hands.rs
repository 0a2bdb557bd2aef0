//! Keys, buttons, wheel and motions, by the portal's own numbers.

use std::collections::HashMap;

use gio::{
    Cancellable, DBusCallFlags,
    glib::{Variant, variant::ToVariant as _},
};

use crate::session::{CALL, OBJECT, PORTAL, PortalError, REMOTE_DESKTOP, Session, millis, missing};

/// Bits of the devices.
const KEYBOARD: u32 = 1;
const POINTER: u32 = 2;

/// Which way a wheel turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Axis {
    /// Positive is down.
    Vertical,
    /// Positive is right.
    Horizontal,
}

impl Session {
    /// Whether keys and pointer may be moved.
    #[must_use]
    pub const fn moves(&self) -> bool {
        self.devices & (KEYBOARD | POINTER) == KEYBOARD | POINTER
    }

    /// Moves the pointer to a pixel, counted from the corner of the stream that shows it; outside of all of them nowhere.
    ///
    /// # Errors
    ///
    /// [`PortalError`].
    pub fn move_to(&self, x: i32, y: i32) -> Result<(), PortalError> {
        let inside = |at: i32, from: i32, length: i32| (from..from.saturating_add(length)).contains(&at);
        let shows = self.streams.iter().find(|stream| {
            let (left, top) = stream.position;
            let pixels = self.pixels_of(stream);
            pixels.is_none_or(|(width, height)| inside(x, left, width) && inside(y, top, height))
        });
        let Some(stream) = shows else { return Ok(()) };
        let (left, top) = stream.position;
        let scale = |own: Option<i32>, pixels: Option<i32>| match (own, pixels) {
            (Some(own), Some(pixels)) if pixels > 0 => f64::from(own) / f64::from(pixels),
            _ => 1.0,
        };
        let pixels = self.pixels_of(stream);
        let across = scale(stream.size.map(|size| size.0), pixels.map(|size| size.0));
        let down = scale(stream.size.map(|size| size.1), pixels.map(|size| size.1));
        let (x, y) = (f64::from(x - left) * across, f64::from(y - top) * down);
        self.notify("NotifyPointerMotionAbsolute", |session, options| {
            (session, options, stream.node, x, y).to_variant()
        })
    }

    /// Presses or lets go of a button, by its number in `linux/input-event-codes.h`.
    ///
    /// # Errors
    ///
    /// [`PortalError`].
    pub fn button(&self, code: i32, down: bool) -> Result<(), PortalError> {
        self.notify("NotifyPointerButton", |session, options| (session, options, code, u32::from(down)).to_variant())
    }

    /// Turns the wheel by whole notches.
    ///
    /// # Errors
    ///
    /// [`PortalError`].
    pub fn scroll(&self, axis: Axis, notches: i32) -> Result<(), PortalError> {
        let axis = u32::from(axis == Axis::Horizontal);
        self.notify("NotifyPointerAxisDiscrete", |session, options| (session, options, axis, notches).to_variant())
    }

    /// Presses or lets go of a key, by its number in `linux/input-event-codes.h`.
    ///
    /// # Errors
    ///
    /// [`PortalError`].
    pub fn key(&self, code: i32, down: bool) -> Result<(), PortalError> {
        self.notify("NotifyKeyboardKeycode", |session, options| (session, options, code, u32::from(down)).to_variant())
    }

    /// Presses or lets go of whatever makes a sign, by X's number for it.
    ///
    /// # Errors
    ///
    /// [`PortalError`].
    pub fn sign(&self, keysym: i32, down: bool) -> Result<(), PortalError> {
        self.notify("NotifyKeyboardKeysym", |session, options| (session, options, keysym, u32::from(down)).to_variant())
    }

    fn notify(
        &self,
        method: &str,
        parameters: impl FnOnce(gio::glib::variant::ObjectPath, HashMap<String, Variant>) -> Variant,
    ) -> Result<(), PortalError> {
        if self.is_closed() {
            return Err(PortalError::Closed);
        }
        let parameters = parameters(self.handle.clone(), HashMap::new());
        let none = DBusCallFlags::NONE;
        let called = self.connection.call_sync(
            Some(PORTAL),
            OBJECT,
            REMOTE_DESKTOP,
            method,
            Some(&parameters),
            None,
            none,
            millis(CALL),
            Cancellable::NONE,
        );
        called.map(drop).map_err(|error| {
            self.has_closed();
            missing(&error)
        })
    }
}
