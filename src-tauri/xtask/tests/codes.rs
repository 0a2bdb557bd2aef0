//! Codes that must not open anything, typed into the real helper.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::process::Command;

use xtask::stage::{
    call::{Call, Stage},
    customer::Customer,
    display::Display,
};

/// The same code with another secret half.
fn with_wrong_secret(call: &str) -> String {
    let (head, secret) = call.rsplit_once('-').unwrap();
    let other = if secret == "7777" { "8888" } else { "7777" };
    format!("{head}-{other}")
}

#[test]
fn a_wrong_secret_half_is_refused_and_three_of_them_end_the_code() {
    let stage = Stage::with_code().unwrap();
    let customer = Customer::start(&stage.desk, &stage.folder.path().join("helper")).unwrap();
    for _ in 0..3 {
        customer.types_call(&with_wrong_secret(&stage.code)).unwrap();
        customer.page.see_any(&["The code is not right", "A wrong code was tried too often"]).unwrap();
        customer.starts_over().unwrap();
    }
    customer.types_call(&stage.code).unwrap();
    customer.page.see_any(&["This code is not valid", "A wrong code was tried too often"]).unwrap();
    assert!(stage.technician.page.find_now("button", "Connect").unwrap().is_none());
}

#[test]
fn an_unknown_code_is_refused() {
    let stage = Stage::with_code().unwrap();
    let customer = Customer::start(&stage.desk, &stage.folder.path().join("helper")).unwrap();
    let (relay, code) = stage.code.split_once(' ').unwrap();
    let unknown = if code.starts_with("ZZZZ") { "YYYY-YYYY" } else { "ZZZZ-ZZZZ" };
    customer.types_call(&format!("{relay} {unknown}")).unwrap();
    customer.page.see("This code is not valid").unwrap();
}

#[test]
fn a_used_code_does_not_let_a_second_computer_in() {
    let call = Call::waiting().unwrap();
    let other_desk = Display::start(1280, 800).unwrap();
    let other = Customer::start(&other_desk, &call.folder.path().join("other-helper")).unwrap();
    other.types_call(&call.code).unwrap();
    other.page.see("This code is not valid").unwrap();
    call.technician.connects().unwrap();
    call.customer.allows().unwrap();
    call.technician.sees_picture().unwrap();
}

#[test]
fn an_expired_code_is_refused() {
    let mut stage = Stage::with_code().unwrap();
    stage.technician.page.kill().unwrap();
    // A quarter of an hour passes while the relay is down: its clock cannot be turned, but its file can.
    let file = stage.relay_file().unwrap();
    let passed = "update invitations set expires_at = expires_at - 16 * 60 * 1000";
    let status = Command::new("sqlite3").arg(&file).arg(passed).status().unwrap();
    assert!(status.success());
    stage.restart_console().unwrap();
    let customer = Customer::start(&stage.desk, &stage.folder.path().join("helper")).unwrap();
    customer.types_call(&stage.code).unwrap();
    customer.page.see("This code is not valid").unwrap();
}

#[test]
fn what_is_no_code_says_so_next_to_the_field() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Display::start(1280, 800).unwrap();
    let customer = Customer::start(&desk, folder.path()).unwrap();
    for (typed, answer) in [
        ("hello", "The code is missing"),
        ("http://help.example.org K7MP-4QXD", "not secure"),
        ("help.example.org K7MP-4QX", "The code is missing or has a wrong form"),
    ] {
        customer.types_call(typed).unwrap();
        customer.page.see(answer).unwrap();
    }
}
