//! A customer who finds no technician asks the relay that he knows for help, from the program itself.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::{path::PathBuf, time::Duration};

use xtask::stage::{
    call::{COMPANY, Stage},
    customer::{BAR, Customer},
};

fn shot(stage: &Stage, name: &str) {
    if let Some(shots) = std::env::var_os("DESKHAND_SHOTS").map(PathBuf::from) {
        stage.desk.screenshot(&shots.join(format!("{name}.png"))).unwrap();
        stage.console.screenshot(&shots.join(format!("{name}-console.png"))).unwrap();
    }
}

#[test]
fn who_finds_no_technician_asks_for_help_and_is_called_back() {
    let mut stage = Stage::with_relay_program("").unwrap();
    let home = stage.folder.path().join("helper");
    let customer = Customer::start(&stage.desk, &home).unwrap();
    customer.page.find("textbox", "Address and code, or link").unwrap();
    assert!(customer.page.find_now("button", "No code?").unwrap().is_none(), "nobody is known yet");

    // He compares words with the technician once, and from then on knows of whom to ask.
    customer.types_call(&stage.code).unwrap();
    customer.page.see("Your technician is here").unwrap();
    customer.page.click("button", "Same words").unwrap();
    customer.page.see("You have checked").unwrap();
    customer.page.click("button", "Cancel").unwrap();
    customer.page.find("button", "No code?").unwrap();
    shot(&stage, "request-offered");

    // The technician goes. Who calls him then is told so, and asks.
    stage.technician.page.kill().unwrap();
    customer.types_call(&stage.code).unwrap();
    customer.page.see_within("Your technician is not there at the moment", Duration::from_secs(60)).unwrap();
    customer.page.click("button", "No code?").unwrap();
    customer.page.see(&format!("Only \u{2068}{COMPANY}\u{2069} gets this")).unwrap();
    assert!(!customer.page.enabled("button", "Request support").unwrap(), "without a word of what is wrong");
    customer.page.fill("Your name", "Hans Weber").unwrap();
    customer.page.fill("What is the problem?", "The printer is silent\n<b>since Monday</b>").unwrap();
    shot(&stage, "request-form");
    customer.page.click("button", "Request support").unwrap();
    customer.page.see("Your request has arrived").unwrap();

    // Whoever comes next to a console takes it up: a new session, and the helper is in it.
    stage.restart_console().unwrap();
    stage.technician.page.see("<b>since Monday</b>").unwrap();
    shot(&stage, "request-waits");
    stage.technician.page.click("button", "Help Hans Weber").unwrap();
    customer.page.see("Your technician is here").unwrap();
    assert!(customer.page.find_now("button", "Same words").unwrap().is_none(), "he has been checked");
    stage.technician.connects().unwrap();
    customer.allows().unwrap();
    stage.technician.sees_picture().unwrap();
    stage.desk.window(BAR, Duration::from_secs(10)).unwrap();
}
