//! The program itself: what keeps it from starting is said in one sentence, and the exit code is not 0.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::{
    path::Path,
    process::{Command, Output, Stdio},
};

/// The helper, where there is no display: nothing of what is wrong here may wait until there is one.
fn helper() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_deskhand-helper"));
    command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").env("DESKHAND_LOG", "off").stdin(Stdio::null());
    command
}

/// The one sentence.
fn fails(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    assert!(!status.success());
    assert!(stdout.is_empty(), "{}", String::from_utf8_lossy(&stdout));
    let said = String::from_utf8(stderr).unwrap();
    assert_eq!(said.trim().lines().count(), 1, "{said}");
    assert!(said.starts_with("deskhand-helper: ") && !said.contains("panicked"), "{said}");
    said
}

#[test]
fn wrong_flags_name_what_is_wrong_and_where_to_read() {
    for (wrong, about) in [
        (&["--nonsense"][..], "--nonsense"),
        (&["--allow"], "--allow"),
        (&["--data"], "--data"),
        (&["--grant", "x"], "--headless"),
        (&["--package", "a", "b"], "--package"),
    ] {
        let said = fails(helper().args(wrong));
        assert!(said.contains(about) && said.contains("deskhand-helper --help"), "{said}");
    }
    let help = helper().arg("--help").output().unwrap();
    assert!(help.status.success() && String::from_utf8_lossy(&help.stdout).contains("--headless"));
}

#[test]
fn a_data_folder_that_is_none_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "not a folder").unwrap();
    for place in [file.clone(), file.join("below")] {
        let said = fails(helper().arg("--data").arg(place));
        assert!(said.contains("--data"), "{said}");
    }
}

#[test]
fn a_key_that_others_can_read_is_not_used() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("device.key");
    std::fs::write(&key, [7; 32]).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let said = fails(helper().arg("--data").arg(folder.path()));
    assert!(said.contains("device.key") && said.contains("delete it"), "{said}");
}

#[test]
fn without_a_display_it_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let said = fails(helper().arg("--data").arg(folder.path()));
    assert!(said.contains("display"), "{said}");
}

fn headless(grant: &Path, data: &Path) -> Command {
    let mut command = helper();
    command.arg("--headless").arg("--grant").arg(grant).arg("--data").arg(data);
    command
}

fn grant(expires: &str) -> String {
    let key = deskhand_protocol::key::PublicKey([7; 32]);
    format!("technicians = [\"{key}\"]\ncapabilities = [\"view\"]\nexpires = {expires}\n")
}

#[test]
fn headless_without_a_grant_that_counts_does_not_start() {
    let data = tempfile::tempdir().unwrap();
    let said = fails(&mut headless("/nowhere/grant.toml".as_ref(), data.path()));
    assert!(said.contains("/nowhere/grant.toml") && said.contains("administrator"), "{said}");

    // Everybody may write to the folder for temporary files.
    let open = tempfile::tempdir_in("/tmp").unwrap();
    let file = open.path().join("grant.toml");
    std::fs::write(&file, grant("2999-01-01T00:00:00Z")).unwrap();
    let said = fails(&mut headless(&file, data.path()));
    assert!(said.contains("root"), "{said}");
}

/// A folder that only root can write to; `None` for everybody else.
fn roots_folder() -> Option<tempfile::TempDir> {
    tempfile::Builder::new().prefix("deskhand-test-").tempdir_in("/var/lib").ok()
}

#[test]
fn an_expired_grant_and_a_missing_call_are_named() {
    let Some(folder) = roots_folder() else { return };
    let data = tempfile::tempdir().unwrap();
    let file = folder.path().join("grant.toml");
    std::fs::write(&file, grant("2020-01-01T00:00:00Z")).unwrap();
    let said = fails(&mut headless(&file, data.path()));
    assert!(said.contains("expired"), "{said}");

    std::fs::write(&file, grant("2999-01-01T00:00:00Z")).unwrap();
    let said = fails(&mut headless(&file, data.path()));
    assert!(said.contains("--headless needs a call"), "{said}");
    let said = fails(headless(&file, data.path()).arg("nonsense"));
    assert!(said.contains("K7MP-4QXD"), "{said}");
}
