//! The hostile suites in their short form; `cargo xtask attack` runs them in full.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use xtask::attack::{self, Length};

/// Plays one suite; nothing may get through or break.
fn holds(suite: &str, at_least: u64) {
    let outcome = attack::play(Length::Short, Some(suite)).unwrap();
    assert!(outcome.is_clean(), "{}", outcome.value());
    assert!(outcome.value()["attempts"].as_u64().unwrap() > at_least, "{}", outcome.value());
}

#[test]
fn nothing_crosses_without_its_grant() {
    holds("technician", 400);
}

#[test]
fn a_hostile_relay_can_only_deny_service() {
    holds("relay", 80);
}

#[test]
fn a_hostile_helper_runs_and_writes_nothing() {
    holds("helper", 50);
}

#[test]
fn a_hostile_stranger_gets_nowhere() {
    holds("stranger", 300);
}
