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
//! - An event without a permit for control changes nothing but can let go.
//! - A motion older than the last button, wheel or key is dropped, until everything is let go: then numbers may begin
//!   anew.

mod hands;
mod injector;
mod monitors;
mod wheel;
#[cfg(target_os = "linux")]
pub mod x11;

pub use hands::{Hands, Refused};
pub use injector::{ButtonAction, InjectError, Injector, KeyPress, Pressed, ScrollAxis};
pub use monitors::pixel;

/// Opens the injector of this system for the display the program itself uses.
///
/// # Errors
///
/// [`InjectError::Unavailable`] when the display cannot be reached or takes no synthetic input.
#[cfg(target_os = "linux")]
pub fn system_injector() -> Result<Box<dyn Injector>, InjectError> {
    Ok(Box::new(x11::X11Injector::open(None)?))
}

/// Opens the injector of this system.
///
/// # Errors
///
/// [`InjectError::Unavailable`]: there is none for this system.
#[cfg(not(target_os = "linux"))]
pub fn system_injector() -> Result<Box<dyn Injector>, InjectError> {
    Err(InjectError::Unavailable("this system is not supported".to_owned()))
}
