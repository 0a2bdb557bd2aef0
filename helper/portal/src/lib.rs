//! The desktop portal of a Wayland session: the system's own question to the customer, the streams of what he chose to
//! show, and the way for keys and motions.
//!
//! On Wayland no program sees the screen or moves the pointer by itself. It asks `xdg-desktop-portal`, which asks the
//! customer in a dialog of the system's, beside the program's own question; what he chooses there is all there is.
//! There is one session for the whole program, shared by everything that shows or moves, and closed with the last of
//! them; while the program runs, the system may remember the customer's choice, and nothing of it is written down.
//!
//! Decides nothing about who may look or move: that is asked before each picture and each key elsewhere.
//!
//! It speaks D-Bus through GIO, which is part of the program anyway.

#[cfg(target_os = "linux")]
mod hands;
#[cfg(target_os = "linux")]
mod session;

#[cfg(target_os = "linux")]
pub use hands::Axis;
#[cfg(target_os = "linux")]
pub use session::{PortalError, Session, Stream, is_wayland, share, standing};
