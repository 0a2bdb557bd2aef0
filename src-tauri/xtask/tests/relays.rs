//! Two relays, and a console that moves between them by a click: it warns of the call that goes on, and finds everything
//! again when it comes back.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::time::Duration;

use xtask::stage::{
    call::{CUSTOMER, Call},
    relay::RelayProgram,
    wait_for,
};

const SOON: Duration = Duration::from_secs(30);

/// The page begins anew at the dashboard.
fn is_at_home(call: &Call) {
    wait_for("the dashboard", SOON, || {
        let hash = call.technician.page.script("return location.hash", &[]).unwrap_or_default();
        Ok((hash.as_str() == Some("#/")).then_some(()))
    })
    .unwrap();
    call.technician.page.find("button", "New session").unwrap();
}

#[test]
fn a_click_moves_the_console_to_another_relay_after_a_warning_and_back() {
    let call = Call::live_with_relay_program("").unwrap();
    let page = &call.technician.page;
    let mut other = RelayProgram::start(&call.folder.path().join("other")).unwrap();
    let (first, second) = (call.relay.as_ref().unwrap().at.to_string(), other.at.to_string());

    // One more is joined by its token; the call goes on.
    page.script("location.hash = '#/settings'", &[]).unwrap();
    // What floats above the page may cover what is clicked.
    page.click("button", "Put the picture away").unwrap();
    page.fill("Address of the relay", &second).unwrap();
    page.fill("Set-up token", "7KQ2-M4XD-9R3T-PW8H-2N6C").unwrap();
    page.click("button", "Join").unwrap();
    page.see("The relay does not accept this token").unwrap();
    page.fill("Set-up token", &other.token).unwrap();
    page.click("button", "Join").unwrap();
    page.see("Joined. Switch to it").unwrap();
    call.customer.page.see("is connected").unwrap();

    // Moving breaks it off: she is asked first.
    page.click("button", &format!("Switch to the relay {second}")).unwrap();
    page.see("A call goes on here").unwrap();
    if let Some(shots) = std::env::var_os("DESKHAND_SHOTS").map(std::path::PathBuf::from) {
        call.console.screenshot(&shots.join("relays-switch.png")).unwrap();
    }
    page.click("button", "Cancel").unwrap();
    call.customer.page.see("is connected").unwrap();
    page.click("button", &format!("Switch to the relay {second}")).unwrap();
    page.click("button", "Break off and switch").unwrap();
    is_at_home(&call);
    call.customer.page.see_within("to come back", SOON).unwrap();
    assert!(!page.text().unwrap().contains(CUSTOMER), "nothing of the relay before is shown");
    let code = call.technician.makes_session("Mrs Kraus", "").unwrap();
    assert!(code.starts_with(&second), "{code}");
    call.technician.closes_dialog().unwrap();

    // While it is away there is a way back, where the customer still waits.
    other.kill();
    page.script("location.hash = '#/settings'", &[]).unwrap();
    page.click("button", &format!("Switch to the relay {first}")).unwrap();
    is_at_home(&call);
    assert!(!page.text().unwrap().contains("Mrs Kraus"));
    page.click("button", "Open the session of").unwrap();
    call.technician.connects().unwrap();
    call.technician.sees_picture().unwrap();
    call.customer.page.see("is connected").unwrap();
    call.technician.ends().unwrap();

    // Forgotten after a question.
    page.script("location.hash = '#/settings'", &[]).unwrap();
    page.click("button", &format!("Remove the relay {second}")).unwrap();
    page.click("button", "Remove it").unwrap();
    wait_for("the relay to go", SOON, || Ok((!page.text()?.contains(&second)).then_some(()))).unwrap();
    page.see(&first).unwrap();
}
