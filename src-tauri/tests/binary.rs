//! The program itself: what keeps it from starting is said in one sentence, and the exit code is not 0.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::{
    path::Path,
    process::{Command, Output, Stdio},
};

use deskhand::folder::Folder;

/// The console. The display is only named, which is all that is looked at before the window is opened.
fn console() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_deskhand"));
    command
        .env("DISPLAY", ":nowhere")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("DESKHAND_DATA")
        // No keyring of whoever runs the tests.
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
        .env("DESKHAND_LOG", "off")
        .stdin(Stdio::null());
    command
}

fn with_data(data: &Path) -> Command {
    let mut command = console();
    command.arg("--data").arg(data);
    command
}

/// The one sentence.
fn fails(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    assert!(!status.success());
    assert!(stdout.is_empty(), "{}", String::from_utf8_lossy(&stdout));
    let said = String::from_utf8(stderr).unwrap();
    assert_eq!(said.trim().lines().count(), 1, "{said}");
    assert!(said.starts_with("deskhand: ") && !said.contains("panicked"), "{said}");
    said
}

#[test]
fn wrong_flags_name_what_is_wrong_and_where_to_read() {
    for (wrong, about) in [(&["--nonsense"][..], "--nonsense"), (&["--data"], "--data"), (&["word"], "word")] {
        let said = fails(console().args(wrong));
        assert!(said.contains(about) && said.contains("deskhand --help"), "{said}");
    }
    let help = console().arg("--help").output().unwrap();
    assert!(help.status.success() && String::from_utf8_lossy(&help.stdout).contains("--data"));
}

#[test]
fn a_data_folder_that_is_none_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "not a folder").unwrap();
    let said = fails(&mut with_data(&file));
    assert!(said.contains("--data"), "{said}");
}

#[test]
fn a_data_folder_in_use_is_left_to_its_user() {
    let folder = tempfile::tempdir().unwrap();
    let _used = Folder::take(folder.path().to_owned()).unwrap();
    let said = fails(&mut with_data(folder.path()));
    assert!(said.contains("running already"), "{said}");
}

#[test]
fn files_of_a_newer_version_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let relay = folder.path().join("relay");
    std::fs::create_dir(&relay).unwrap();
    let file = relay.join("relay.db");
    rusqlite::Connection::open(&file).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = std::fs::read(&file).unwrap();
    let said = fails(&mut with_data(folder.path()));
    assert!(said.contains("newer version"), "{said}");
    assert!(std::fs::read(&file).unwrap() == before, "not one byte of it is changed");

    let folder = tempfile::tempdir().unwrap();
    let sessions = folder.path().join("sessions.json");
    std::fs::write(&sessions, r#"{"version":2,"sessions":{}}"#).unwrap();
    let said = fails(&mut with_data(folder.path()));
    assert!(said.contains("sessions.json") && said.contains("newer"), "{said}");
}

#[test]
fn without_a_display_it_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let said = fails(with_data(folder.path()).env_remove("DISPLAY"));
    assert!(said.contains("display"), "{said}");
    assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none(), "nothing is begun");
}
