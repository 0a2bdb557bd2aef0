//! Helper ⇄ console, end to end. The relay passes [`signal`]s on without reading them; everything else travels inside
//! the peer connection.

pub mod channel;
pub mod clipboard;
pub mod control;
pub mod cursor;
pub mod files;
pub mod frame;
pub mod held;
pub mod input;
pub mod picture;
pub mod point;
pub mod quick;
pub mod room;
pub mod signal;
pub mod tile;

mod bytes;
