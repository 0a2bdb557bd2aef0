//! Every claim of the security page names tests that exist.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::{collections::BTreeSet, process::Command};

#[test]
fn every_claim_has_a_test_that_exists() {
    let page = std::fs::read_to_string(xtask::root().join("server-lite/docs/security.md")).unwrap();
    let claims: Vec<&str> = page.lines().filter(|line| line.starts_with("| ") && line.contains('`')).collect();
    assert!(claims.len() > 20, "the page has its tables");
    let named: BTreeSet<&str> = claims.iter().flat_map(|line| line.split('`').skip(1).step_by(2)).collect();
    let found = Command::new("git")
        .args(["grep", "-hoE", r"fn [a-z0-9_]+\(", "--", "*.rs"])
        .current_dir(xtask::root())
        .output()
        .unwrap();
    let found = String::from_utf8(found.stdout).unwrap();
    let tests: BTreeSet<&str> = found.lines().filter_map(|line| line.strip_prefix("fn ")?.strip_suffix('(')).collect();
    let missing: Vec<_> = named.difference(&tests).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}
