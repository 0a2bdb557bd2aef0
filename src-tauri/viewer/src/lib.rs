//! The technician's end of a call, without a window.
//!
//! | module | what it does |
//! |---|---|
//! | [`call`] | one call from the helper's coming to its end |
//! | [`state`] | where a call stands, its figures, as screens show them |
//! | [`screen`] | reads and checks what the helper says of its screen |
//! | [`decode`] | pictures for an end without a page |
//! | [`compose`] | video and exact tiles put together, for an end without a page |
//! | [`files`] | the other machine's files: looking at them, carrying them there and back |
//! | [`gate`], [`streams`] | which pictures may be decoded, of each monitor |
//! | [`pace`] | holds pictures back from a slow decoder |
//! | [`pointer`] | remembers the remote pointer for a window that opens later |
//! | [`meter`] | frames, bits and round trip of one second |
//!
//! # Invariants
//!
//! - Everything that comes from the helper is checked; what does not fit ends the call with an error, never a panic.
//! - A picture is handed on only if every picture it builds on was handed on.
//! - Nothing here asks a person or opens a window.

pub mod call;
pub mod compose;
pub mod decode;
pub mod files;
pub mod gate;
pub mod meter;
pub mod pace;
pub mod pointer;
pub mod screen;
pub mod sheet;
pub mod state;
pub mod streams;
