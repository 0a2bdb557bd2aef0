//! Throws bytes at every decoder of bytes that come from someone else.
//!
//! | module | what it holds |
//! |---|---|
//! | [`targets`] | one function for each decoder |
//! | [`mutate`] | makes other bytes of bytes |
//! | [`corpus`] | the inputs that are kept, one file each, in `corpus/NAME` |
//! | [`grow`] | the loop that looks for inputs of a new shape and for those that break something |
//!
//! It runs on stable Rust and does not see which lines were reached. What it sees is the *shape* of a result: its form
//! in a log without its numbers. An input whose result has a shape that no kept one has is kept.
//!
//! # Invariants
//!
//! - A target is a function of its bytes alone: no clock, no randomness, no IO.
//! - Every input that was kept is replayed by the crate's tests, so that what was broken once stays mended.

pub mod corpus;
pub mod grow;
pub mod mutate;
pub mod targets;
