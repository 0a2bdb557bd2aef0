//! A network line of a known rate, delay, queue and loss between two network namespaces, for measuring on it.
//!
//! | module | what it does |
//! |---|---|
//! | [`line`] | decides what is delivered when; no IO, told the time, seeded |
//! | [`device`] | TUN devices and namespaces of this machine |
//! | [`net`] | two namespaces, a line each way, and the threads that carry packets |
//!
//! The kernel here has no netem, and a line that is not tested is no measure: `line` is tested for each of its
//! properties, `net` with real packets wherever TUN devices may be made.

pub mod device;
pub mod line;
pub mod net;
