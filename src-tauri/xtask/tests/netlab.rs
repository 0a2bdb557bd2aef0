//! The short form of `cargo xtask netlab`: calls that live through a change of network and a restart of the relay.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use xtask::netlab::{cases::SHORT, choose, missing, play};

#[test]
fn calls_survive_the_network() {
    if let Some(missing) = missing() {
        // Only root may make networks; there the test must run.
        xtask::say(&format!("NOT TESTED, no network can be made here: {missing}"));
        return;
    }
    let names: Vec<String> = SHORT.iter().map(|name| (*name).to_owned()).collect();
    let (figures, failures) = play(&choose(&names).unwrap()).unwrap();
    assert!(failures.is_empty(), "{failures:?} {figures}");
}
