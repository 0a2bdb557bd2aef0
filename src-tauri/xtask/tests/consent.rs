//! What the customer answers, through the real windows of both programs.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::time::Duration;

use xtask::stage::{call::Call, customer::BAR};

#[test]
fn the_customer_allows_and_the_technician_sees_the_screen_under_the_bar() {
    let call = Call::live().unwrap();
    assert!(call.technician.frames().unwrap() > 0);
    assert!(call.desk.window_now(BAR).is_some());
    call.customer.page.see("is connected").unwrap();
}

#[test]
fn deny_has_the_focus_and_is_a_no() {
    let call = Call::asking().unwrap();
    let focused = call.customer.page.script("return document.activeElement.textContent.trim()", &[]).unwrap();
    assert_eq!(focused, "Deny");
    call.customer.denies().unwrap();
    call.technician.page.see("The customer said no").unwrap();
    assert_eq!(call.technician.frames().unwrap(), 0);
    assert!(call.desk.window_now(BAR).is_none());
}

#[test]
fn no_answer_for_a_minute_is_a_no() {
    let call = Call::asking().unwrap();
    call.technician.page.see_within("did not answer within a minute", Duration::from_secs(75)).unwrap();
    assert!(call.customer.page.find_now("button", "Allow").unwrap().is_none());
    assert_eq!(call.technician.frames().unwrap(), 0);
    assert!(call.desk.window_now(BAR).is_none());
}

#[test]
fn a_no_can_be_followed_by_another_question_and_a_yes() {
    let call = Call::asking().unwrap();
    call.customer.denies().unwrap();
    call.technician.page.click("button", "Ask again").unwrap();
    call.customer.allows().unwrap();
    call.technician.sees_picture().unwrap();
}
