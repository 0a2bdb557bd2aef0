//! The technician's hands on the customer's machine: keys, text, buttons, wheel and motion.
//!
//! [`Hands`] takes the events of the `input` and `pointer` channels, checks for each that control is granted *now*
//! (a [`Permit`](deskhand_session::Permit) cannot be kept), maps monitors and keys, and tells an [`Injector`] what to
//! do. It never decides who may do what, and never logs what is typed.
//!
//! ```text
//! InputMessage ─▶ Hands ─ permit? order? held? where? ─▶ Injector ─▶ system
//! ```
//!
//! # Invariants
//!
//! - Whatever is held is in one set; [`Hands::release_all`] and dropping let go of all of it, permit or not.
//! - What is held here is never more than the console last said to hold ([`HeldSet`]); a statement older than the last
//!   event says nothing.
//! - An event without a permit for control changes nothing but can let go.
//! - A motion older than the last button, wheel or key is dropped, until everything is let go: then numbers may begin
//!   anew.

use std::process::Command;

#[cfg(doc)]
use deskhand_protocol::call::held::HeldSet;

#[cfg(any(target_os = "linux", target_os = "macos", windows))]
mod guard;
mod hands;
mod injector;
#[cfg(any(target_os = "macos", test))]
mod keycodes;
#[cfg(target_os = "macos")]
pub mod macos;
mod monitors;
#[cfg(any(target_os = "macos", test))]
mod points;
#[cfg(any(target_os = "macos", windows, test))]
mod repeat;
#[cfg(any(target_os = "macos", windows, test))]
mod scancodes;
#[cfg(target_os = "linux")]
pub mod wayland;
mod wheel;
#[cfg(windows)]
pub mod windows;
#[cfg(target_os = "linux")]
pub mod x11;

pub use hands::{Hands, Refused};
pub use injector::{ButtonAction, InjectError, Injector, KeyPress, Pressed, ScrollAxis};
pub use monitors::pixel;

/// Opens the injector of this system for the display the program itself uses. `guard` starts a process that calls
/// [`let_go_when_alone`]: where the system would leave keys down that a killed program pressed, it is used.
///
/// # Errors
///
/// [`InjectError::Unavailable`] when the display cannot be reached or takes no synthetic input.
#[cfg(target_os = "linux")]
pub fn system_injector(guard: Command) -> Result<Box<dyn Injector>, InjectError> {
    if let Some(session) = deskhand_portal::standing() {
        // The desktop lets go of everything when the program is gone: it sees the session end.
        return Ok(Box::new(wayland::WaylandInjector::open(session)?));
    }
    Ok(Box::new(x11::X11Injector::open_guarded(None, guard)?))
}

/// The same, for Windows.
///
/// # Errors
///
/// [`InjectError::Unavailable`] when there is no desktop.
#[cfg(windows)]
pub fn system_injector(guard: Command) -> Result<Box<dyn Injector>, InjectError> {
    Ok(Box::new(windows::WindowsInjector::open_guarded(guard)))
}

/// The same, for a Mac.
///
/// # Errors
///
/// [`InjectError::NotAllowed`] until the system's user has allowed it.
#[cfg(target_os = "macos")]
pub fn system_injector(guard: Command) -> Result<Box<dyn Injector>, InjectError> {
    Ok(Box::new(macos::MacInjector::open_guarded(guard)?))
}

#[cfg(target_os = "macos")]
pub use macos::let_go_when_alone;
#[cfg(windows)]
pub use windows::let_go_when_alone;
#[cfg(target_os = "linux")]
pub use x11::let_go_when_alone;

/// Opens the injector of this system.
///
/// # Errors
///
/// [`InjectError::Unavailable`]: there is none for this system.
#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
pub fn system_injector(_guard: Command) -> Result<Box<dyn Injector>, InjectError> {
    Err(InjectError::Unavailable("this system is not supported".to_owned()))
}

/// The guard's whole life, where one is needed: here none is.
///
/// # Errors
///
/// None.
#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
pub fn let_go_when_alone() -> Result<(), Box<dyn std::error::Error>> {
    Ok(())
}
