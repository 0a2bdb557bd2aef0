//! The desktop console: a thin shell around the page, with its own relay inside, or one elsewhere.
//!
//! | module | what it does |
//! |---|---|
//! | [`ipc`] | what page and shell say to each other |
//! | [`commands`], [`window`] | the Tauri side: commands, the one window |
//! | [`console`], [`sessions`] | the console without a window; everything can be tested without Tauri |
//! | [`input`] | judges what the page sends of keys and motion |
//! | [`keyboard`] | the keyboard of this computer, taken for the window and given back; its clipboard's text |
//! | [`clipboard`] | the technician's clipboard, joined with one customer's at a time |
//! | [`seat`] | one session: its call and whoever looks at it |
//! | [`place`], [`tray`] | where the window was; the icon in the desktop's tray |
//! | [`instance`], [`link`] | a second start finds the first; what a `deskhand://` link may fill in |
//! | [`startup`] | starting with the desktop, opening links |
//! | [`drag`] | dragging files out of the window to other programs |
//! | [`files`], [`local`] | the file manager's commands; this computer's side of it |
//! | [`home`] | the relay: inside this process or elsewhere |
//! | `relays` | the relays that were joined, and moving from one to another |
//! | [`keys`], [`vault`], [`folder`] | the technician's key, secrets of open sessions, the data folder |
//! | [`archive`] | writes support packages and named programs |
//! | [`packaging`] | what goes into them: templates, brand; and people who ask for help without a code |
//! | [`profile`], [`identity_file`] | the technician's name; his identity in a file; what the relay's owner has chosen |
//! | [`company`] | the company's key and whom it certifies |
//! | [`records`] | finds, edits, counts and hands out what the relay keeps |
//! | [`table`] | tables of records |
//! | [`together`] | several technicians in one call |
//! | [`options`], [`start`] | how it is started, and why it may not start |
//!
//! # Invariants
//!
//! - The page gets no key and no secret but the code and link that the technician reads out or sends.
//! - The page can call the commands of [`ipc`] and nothing else; it loads nothing from outside.

pub mod archive;
pub mod clipboard;
pub mod commands;
pub mod company;
pub mod console;
pub mod drag;
pub mod files;
pub mod folder;
pub mod home;
pub mod identity_file;
pub mod input;
mod inside;
pub mod instance;
pub mod ipc;
pub mod keyboard;
pub mod keys;
pub mod link;
pub mod local;
mod notice;
pub mod options;
pub mod packaging;
pub mod place;
pub mod profile;
pub mod records;
mod relays;
pub mod seat;
pub mod selftest;
pub mod sessions;
pub mod start;
pub mod startup;
pub mod table;
pub mod together;
pub mod tray;
pub mod vault;
pub mod window;
