//! One end's clipboard: the system's, and what goes between it and the other end's. Used by helper and console alike.
//!
//! | module | what it does |
//! |---|---|
//! | [`exchange`] | decides what is offered, asked for, handed over; without IO |
//! | [`files`] | copied files: their list, what the other end may know of them, a folder for those that come |
//! | [`image`] | takes an image apart and puts it together anew, within bounds |
//! | [`system`] | the system's clipboard: tells of changes, reads, owns content that others hold |
//!
//! Who may send what is not decided here: each step asks the [`Rules`](exchange::Rules) at the moment of use.
//!
//! # Invariants
//!
//! - What came from the other end is never offered back to it, nor to anybody else: neither by this program nor by way of
//!   a clipboard manager that copies it.
//! - Copied files are moved by no rule of this crate: it offers their names, and puts into the clipboard what has come.
//! - Big content is read and sent only when a program at the other end pastes it.
//! - No program here is handed bytes that are not what they are said to be: text is UTF-8, an image was decoded.
//! - When the [`System`](system::System) is dropped, or its program dies, what the other end sent is gone from the
//!   clipboard, unless another program has put something there since.

pub mod exchange;
pub mod files;
#[cfg(any(windows, test))]
mod forms;
pub mod image;
pub mod system;
#[cfg(windows)]
mod windows;
#[cfg(target_os = "linux")]
mod x11;
