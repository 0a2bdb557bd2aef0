//! Calls that find no direct path: through the relay by UDP, by its TLS port, by one each; and who is not let through.
//! All sockets are real; the connections are those of helper and console, with their own addresses withheld.

mod calls;
mod strangers;
mod turn;
mod turns;
