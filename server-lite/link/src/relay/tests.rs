//! Links on real sockets, against a relay that does what each story needs.

mod console;
mod fake;
mod helper;
