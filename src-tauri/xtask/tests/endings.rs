//! Every way in which a call ends or breaks, through the real windows of both programs.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::time::Duration;

use xtask::stage::{
    call::Call,
    customer::{BAR, Customer},
    wait_for,
};

#[test]
fn the_customer_ends_on_the_bar_and_the_record_has_a_duration() {
    let call = Call::live().unwrap();
    call.customer.ends_on_bar(&call.desk).unwrap();
    call.technician.page.see("Ended by the customer").unwrap();
    call.bar_goes().unwrap();
    call.customer.page.see("You ended it").unwrap();
    call.technician.page.click("button", "Back to sessions").unwrap();
    call.technician.opens("Sessions").unwrap();
    let row = call.technician.page.find("row", "Mr Weber").unwrap();
    let text = call.technician.page.text_of(&row).unwrap();
    assert!(text.contains(" s"), "no duration in {text:?}");
    call.technician.page.click("row", "Mr Weber").unwrap();
    call.technician.page.see("Ended by the customer").unwrap();
}

#[test]
fn the_technician_ends_and_the_customer_is_told() {
    let call = Call::live().unwrap();
    call.technician.ends().unwrap();
    call.customer.page.see("Your technician ended it").unwrap();
    call.bar_goes().unwrap();
    call.technician.page.see("Ended by you").unwrap();
}

#[test]
fn a_killed_helper_leaves_the_technician_reconnecting_and_comes_back_with_a_new_yes() {
    let mut call = Call::live().unwrap();
    call.customer.page.kill().unwrap();
    call.technician.page.see_within("Reconnecting", Duration::from_secs(30)).unwrap();
    assert!(call.desk.window_now(BAR).is_none());

    call.customer = Customer::start(&call.desk, &call.folder.path().join("helper")).unwrap();
    // The code was used up by this very computer, which may use it again. What was allowed died with the program.
    call.customer.types_call(&call.code).unwrap();
    call.customer.allows().unwrap();
    call.desk.window(BAR, Duration::from_secs(10)).unwrap();
    wait_for("the call to go on", Duration::from_secs(30), || {
        Ok(call.technician.page.script("return window.__deskhand.live !== null", &[])?.as_bool().filter(|live| *live))
    })
    .unwrap();
    assert!(!call.technician.page.text().unwrap().contains("Reconnecting"));
    let before = call.technician.frames().unwrap();
    let _change = call.desk.keeper(&call.folder.path().join("typed.txt")).unwrap();
    wait_for("a picture of what is new", Duration::from_secs(20), || {
        Ok((call.technician.frames()? > before).then_some(()))
    })
    .unwrap();
}

#[test]
fn a_killed_console_comes_back_to_the_same_call_without_a_new_question() {
    let mut call = Call::live().unwrap();
    call.technician.page.kill().unwrap();
    call.customer.page.see_within("to come back", Duration::from_secs(40)).unwrap();
    call.restart_console().unwrap();
    call.technician.page.click("button", "Open the session of").unwrap();
    call.technician.connects().unwrap();
    call.technician.sees_picture().unwrap();
    call.customer.page.see("is connected").unwrap();
    call.desk.window(BAR, Duration::from_secs(10)).unwrap();
}

#[test]
fn closing_the_bar_ends_the_session() {
    let call = Call::live().unwrap();
    let bar = call.desk.window_now(BAR).unwrap();
    let closed = call.desk.command("xdotool").args(["windowclose", &bar]).status().unwrap();
    assert!(closed.success());
    wait_for("the end", Duration::from_secs(20), || {
        Ok(call.technician.page.text()?.contains("Ended by the customer").then_some(()))
    })
    .unwrap();
}
