//! The hostile suites in their short form; `cargo xtask attack` runs them in full.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use xtask::attack::{self, Length};

#[test]
fn nothing_crosses_without_its_grant() {
    let outcome = attack::play(Length::Short).unwrap();
    assert!(outcome.is_clean(), "{}", outcome.value());
    assert!(outcome.value()["attempts"].as_u64().unwrap() > 400);
}
