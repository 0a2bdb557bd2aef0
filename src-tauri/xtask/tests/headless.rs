//! A computer where nobody sits: the administrator's grant file answers, nothing is asked, and the bar is there all
//! the same.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use data_encoding::BASE64URL_NOPAD;
use tempfile::TempDir;
use xtask::stage::{Program, call::Stage, customer::BAR, wait_for};

/// The one thing that the relay has stored there.
fn stored<T: rusqlite::types::FromSql>(stage: &Stage, sql: &str) -> T {
    let db = rusqlite::Connection::open(stage.relay_file().unwrap()).unwrap();
    db.query_row(sql, (), |row| row.get(0)).unwrap()
}

fn technician_key(stage: &Stage) -> String {
    BASE64URL_NOPAD.encode(&stored::<Vec<u8>>(stage, "SELECT key FROM technicians"))
}

/// A grant file for this technician where only root can write; `None` for whoever is not root.
fn grant(key: &str) -> Option<(TempDir, PathBuf)> {
    let Ok(folder) = tempfile::Builder::new().prefix("deskhand-test-").tempdir_in("/var/lib") else {
        xtask::say("not root: a grant file cannot be put where only root can write; nothing is tested");
        return None;
    };
    let file = folder.path().join("grant.toml");
    let text =
        format!("technicians = [\"{key}\"]\ncapabilities = [\"view\", \"control\"]\nexpires = 2999-01-01T00:00:00Z\n");
    std::fs::write(&file, text).unwrap();
    Some((folder, file))
}

fn start(stage: &Stage, grant: &Path) -> Program {
    let data = stage.folder.path().join("helper");
    let child = stage
        .desk
        .command(xtask::binaries().join("deskhand-helper"))
        .arg("--headless")
        .arg("--grant")
        .arg(grant)
        .arg("--data")
        .arg(&data)
        .args(stage.code.split(' '))
        .env("HOME", stage.folder.path())
        .env("LANGUAGE", "en")
        .spawn()
        .unwrap();
    Program::new(child)
}

/// Processes that a process has started: a webview has at least one of its own.
fn children(of: u32) -> Vec<String> {
    let status = |process: &Path| std::fs::read_to_string(process.join("status")).unwrap_or_default();
    std::fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .map(|process| status(&process.path()))
        .filter(|status| status.lines().any(|line| line == format!("PPid:\t{of}")))
        .collect()
}

#[test]
fn a_named_technician_is_let_in_without_a_question_but_not_without_the_bar() {
    let stage = Stage::with_code().unwrap();
    let Some((_folder, file)) = grant(&technician_key(&stage)) else { return };
    let mut helper = start(&stage, &file);
    stage.technician.connects().unwrap();
    stage.technician.sees_picture().unwrap();
    stage.desk.window(BAR, Duration::from_secs(10)).unwrap();
    assert_eq!(children(helper.id()), Vec::<String>::new(), "no webview, nor anything else");
    assert_eq!(stored::<String>(&stage, "SELECT answer FROM consents"), "grant_file");

    // Whoever starts it with a window is told that it runs without one.
    let data = stage.folder.path().join("helper");
    let second = stage
        .desk
        .command(xtask::binaries().join("deskhand-helper"))
        .arg("--data")
        .arg(&data)
        .env("HOME", stage.folder.path())
        .env("LANGUAGE", "en")
        .spawn()
        .unwrap();
    let _second = Program::new(second);
    stage.desk.window("Deskhand Helper", Duration::from_secs(10)).unwrap();
    let mut third = start(&stage, &file);
    let code = wait_for("one that nobody sees to give up", Duration::from_secs(20), || third.exited()).unwrap();
    assert_eq!(code, 1);
    assert!(helper.exited().unwrap().is_none(), "the call goes on");

    stage.technician.ends().unwrap();
    let code = wait_for("the helper to end", Duration::from_secs(20), || helper.exited()).unwrap();
    assert_eq!(code, 0);
    assert!(stage.desk.window_now(BAR).is_none());
}

#[test]
fn a_technician_who_is_not_named_is_declined() {
    let stage = Stage::with_code().unwrap();
    let Some((_folder, file)) = grant(&BASE64URL_NOPAD.encode(&[7; 32])) else { return };
    let _helper = start(&stage, &file);
    stage.technician.connects().unwrap();
    stage.technician.page.see("The customer said no").unwrap();
    assert_eq!(stage.technician.frames().unwrap(), 0);
    assert!(stage.desk.window_now(BAR).is_none());
}
