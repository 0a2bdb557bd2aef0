//! Stories of two ends and of whoever sits between them.

mod attacks;
mod company;
mod pair;
mod random;
mod story;
mod vectors;
mod wire;
