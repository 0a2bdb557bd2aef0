//! The system's own keyring: a real secret service, on a bus of its own.
#![cfg(target_os = "linux")]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "a test")]

use std::{path::Path, process::Command, sync::Arc};

use deskhand::keys::{self, KeyError, KeyPlace, SystemKeyring};

/// Set in the process that runs beside the secret service.
const INSIDE: &str = "DESKHAND_TEST_KEYRING";

/// Runs the test of this name again, with a secret service that is new, unlocked, and gone afterwards.
fn beside_a_secret_service(test: &str, home: &Path) {
    // The service ends with its bus.
    let run = r#"
        printf secret | gnome-keyring-daemon --unlock --components=secrets > /dev/null || exit 1
        asked=0
        until dbus-send --session --print-reply --dest=org.freedesktop.DBus / \
            org.freedesktop.DBus.GetNameOwner string:org.freedesktop.secrets > /dev/null 2>&1
        do
            asked=$((asked + 1)); [ $asked -lt 200 ] || exit 1; sleep 0.1
        done
        exec "$0" --exact "$1" --nocapture
    "#;
    let mut command = Command::new("dbus-run-session");
    command.args(["--", "sh", "-c", run]).arg(std::env::current_exe().unwrap()).arg(test);
    for (name, folder) in [("HOME", "home"), ("XDG_DATA_HOME", "data"), ("XDG_RUNTIME_DIR", "run")] {
        let folder = home.join(folder);
        std::fs::create_dir(&folder).unwrap();
        command.env(name, folder);
    }
    let output = command.env(INSIDE, home).env_remove("DISPLAY").output().expect("dbus-run-session is installed");
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}\n{complained}");
}

#[test]
fn the_key_is_kept_by_the_secret_service_and_found_again() {
    let Some(home) = std::env::var_os(INSIDE) else {
        let home = tempfile::tempdir().unwrap();
        return beside_a_secret_service("the_key_is_kept_by_the_secret_service_and_found_again", home.path());
    };
    let folder = Path::new(&home).join("console");
    std::fs::create_dir(&folder).unwrap();
    let (first, place) = keys::open(&folder, Arc::new(SystemKeyring)).unwrap();
    assert_eq!(place, KeyPlace::Keyring);
    assert!(!folder.join("identity.key").exists(), "the key is in no file of the console's");
    let (again, place) = keys::open(&folder, Arc::new(SystemKeyring)).unwrap();
    assert_eq!((again.public(), place), (first.public(), KeyPlace::Keyring));

    // An entry that is gone is not replaced by another technician.
    std::fs::write(folder.join("identity.ref"), "0190b0b0-0000-7000-8000-000000000000").unwrap();
    assert!(matches!(keys::open(&folder, Arc::new(SystemKeyring)), Err(KeyError::KeyringAway)));
}

#[test]
fn without_a_secret_service_the_key_lies_in_a_private_file() {
    let Some(home) = std::env::var_os(INSIDE) else {
        let home = tempfile::tempdir().unwrap();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "without_a_secret_service_the_key_lies_in_a_private_file", "--nocapture"]);
        let output = command
            .env(INSIDE, home.path())
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        return;
    };
    let folder = Path::new(&home);
    let (first, place) = keys::open(folder, Arc::new(SystemKeyring)).unwrap();
    assert_eq!(place, KeyPlace::File(folder.join("identity.key")));
    let (again, _) = keys::open(folder, Arc::new(SystemKeyring)).unwrap();
    assert_eq!(again.public(), first.public());
}
