//! The customer's program: what a technician needs to help on this computer, and everything that keeps the customer in
//! charge of it.
//!
//! Composition only. Who may do what is decided by `deskhand-session`; who the other end is, by `deskhand-link`; this
//! crate connects them with the screen, the keyboard, a window and the bar.
//!
//! | module | what it does |
//! |---|---|
//! | [`flags`], [`start`] | whom to call: command line, support file, the field |
//! | [`grant_file`] | what an administrator granted before, for a computer where nobody sits |
//! | [`call`] | one call from the relay to the end; the only place where effects meet permits |
//! | [`asking`] | asks for help where no technician is there |
//! | [`again`] | the call that goes on after a restart |
//! | [`view`] | what the window shows and what the customer does |
//! | [`front`] | what the customer sees and does, as channels |
//! | [`headless`] | a call without a window |
//! | [`window`], [`bar`] | the window, and the bar on top while a technician is let in |
//! | `point` | what the technician points at and draws, on top of everything |
//! | `clock` | the time by which grants end, sleep included |
//! | [`machine`] | this computer's key, and what it says of itself |
//! | [`single`] | one helper for each user: a second start goes to the first |
//! | [`clean`] | removes all that is kept, and shows that it is gone |
//! | [`memory`] | whom the customer has checked, and whom he has reported |
//! | [`language`] | what is said outside the page |
//! | [`permissions`] | what the system lets programs do only once its user has said so, on a Mac |
//! | `plain` | the window where there is no webview; a Mac has always one |
//! | `win32`, `console` | on Windows: the system's own controls, words to whoever started the program |
//! | `mac` | on a Mac: the main thread, a sentence in a box |
//!
//! # Invariants
//!
//! - No flag, file beside the program or message skips the question to the customer; only root's grant file answers it.
//! - Each picture, key and motion is permitted by the session at the moment of use.
//! - While anything is granted the bar stands; without it the session ends.

pub mod again;
pub mod asking;
#[cfg(target_os = "linux")]
pub mod bar;
#[cfg(target_os = "macos")]
#[path = "bar/macos.rs"]
pub mod bar;
#[cfg(windows)]
#[path = "bar/windows.rs"]
pub mod bar;
pub mod call;
pub mod clean;
mod clock;
#[cfg(windows)]
pub mod console;
pub mod flags;
pub mod front;
pub mod grant_file;
pub mod headless;
pub mod language;
#[cfg(target_os = "macos")]
mod mac;
pub mod machine;
pub mod memory;
pub mod permissions;
#[cfg(not(target_os = "macos"))]
pub mod plain;
mod point;
pub mod single;
pub mod start;
pub mod view;
#[cfg(windows)]
mod win32;
pub mod window;
