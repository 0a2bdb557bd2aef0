//! The dependency table of the architecture, compared with what cargo knows.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::collections::{BTreeMap, BTreeSet};

/// Who may use whom, normal and build dependencies; dev-dependencies are free.
const TABLE: &[(&str, &[&str])] = &[
    ("deskhand-protocol", &[]),
    ("deskhand-portal", &[]),
    ("deskhand-capture", &["deskhand-portal"]),
    ("deskhand-core", &["deskhand-protocol"]),
    ("deskhand-link", &["deskhand-protocol"]),
    ("deskhand-clipboard", &["deskhand-protocol"]),
    ("deskhand-session", &["deskhand-protocol"]),
    ("deskhand-webview", &[]),
    ("deskhand-door", &[]),
    ("deskhand-startup", &[]),
    ("deskhand-picture", &["deskhand-capture", "deskhand-protocol"]),
    ("deskhand-input", &["deskhand-portal", "deskhand-protocol", "deskhand-session"]),
    ("deskhand-desk", &["deskhand-protocol", "deskhand-session"]),
    ("deskhand-relay", &["deskhand-core", "deskhand-protocol"]),
    (
        "deskhand-helper",
        &[
            "deskhand-session",
            "deskhand-capture",
            "deskhand-picture",
            "deskhand-input",
            "deskhand-desk",
            "deskhand-clipboard",
            "deskhand-door",
            "deskhand-link",
            "deskhand-protocol",
            "deskhand-webview",
        ],
    ),
    ("deskhand-viewer", &["deskhand-link", "deskhand-protocol"]),
    (
        "deskhand",
        &[
            "deskhand-viewer",
            "deskhand-link",
            "deskhand-relay",
            "deskhand-clipboard",
            "deskhand-door",
            "deskhand-startup",
            "deskhand-protocol",
            "deskhand-webview",
        ],
    ),
];

/// They may use anything, and nobody may use them.
const TOOLS: &[&str] = &["xtask", "deskhand-fuzz"];

#[test]
fn nobody_uses_what_the_table_does_not_allow() {
    let output = std::process::Command::new("cargo")
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(xtask::root())
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let ours: BTreeSet<&str> = packages.iter().map(|package| package["name"].as_str().unwrap()).collect();
    let table: BTreeMap<&str, BTreeSet<&str>> =
        TABLE.iter().map(|(name, allowed)| (*name, allowed.iter().copied().collect())).collect();
    let mut wrong = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap();
        let used: BTreeSet<&str> = package["dependencies"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|dependency| dependency["kind"] != "dev")
            .map(|dependency| dependency["name"].as_str().unwrap())
            .filter(|used| ours.contains(used))
            .collect();
        wrong.extend(TOOLS.iter().filter(|tool| used.contains(**tool)).map(|tool| format!("{name} uses {tool}")));
        if TOOLS.contains(&name) {
            continue;
        }
        let Some(allowed) = table.get(name) else {
            wrong.push(format!("{name} is not in the table"));
            continue;
        };
        wrong.extend(used.difference(allowed).map(|used| format!("{name} uses {used}")));
    }
    wrong.extend(table.keys().filter(|name| !ours.contains(**name)).map(|name| format!("{name} does not exist")));
    assert!(wrong.is_empty(), "{wrong:#?}");
}
