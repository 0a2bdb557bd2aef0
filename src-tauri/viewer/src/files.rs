//! Files of the other machine: looking at them, and carrying them there and back.
//!
//! | module | what it does |
//! |---|---|
//! | [`client`] | requests and answers over the `files` channel of the connection that stands |
//! | [`queue`] | decides what is carried when, what becomes of a conflict, what a screen shows; no IO, told the time |
//! | [`carry`] | one file from here to there, and from there to here |
//! | [`part`] | a file of this machine while it is being received |
//! | [`work`] | carries out what the queue decides |
//!
//! A lost connection loses no file: what was on its way waits, and goes on where it stopped when the next one stands.
//! Names from the other machine are made safe before anything here is called by them.

pub mod carry;
pub mod client;
pub mod part;
pub mod queue;
pub mod work;

pub use client::Client;
pub use queue::{Choice, JobId, QueueView, Way};
pub use work::Files;
