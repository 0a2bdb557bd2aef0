//! The console in a browser: a relay as a program of its own serves it, a person signs in, and a customer with the real
//! program is helped from there.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::time::Duration;

use xtask::stage::{
    call::{CUSTOMER, LOGIN, PASSWORD, Stage, TECHNICIAN},
    customer::Customer,
    wait_for,
};

#[test]
fn a_customer_is_helped_from_a_browser() {
    let stage = Stage::signed_in().unwrap();
    let technician = &stage.technician;
    let call = technician.makes_session_for(CUSTOMER, "", "").unwrap();
    technician.closes_dialog().unwrap();
    let customer = Customer::start(&stage.desk, &stage.folder.path().join("helper")).unwrap();
    customer.types_call(&call).unwrap();
    technician.connects().unwrap();
    customer.is_asked().unwrap();
    let asked = customer.page.text().unwrap();
    assert!(asked.contains(TECHNICIAN), "{asked}");
    assert!(
        asked.contains(&stage.relay.as_ref().unwrap().at.ip().to_string()),
        "he is told of the browser and the relay: {asked}"
    );
    customer.allows().unwrap();
    technician.sees_picture().unwrap();
    let (codec, path) = technician.live().unwrap();
    println!("seen as {codec} by {path}");

    // What is there is seen to the bit, also when it changes, and what is typed here arrives.
    same(&stage);
    let notes = stage.folder.path().join("notes.txt");
    let _terminal = stage.desk.keeper(&notes).unwrap();
    stage.desk.window("Customer notes", Duration::from_secs(10)).unwrap();
    same(&stage);
    stage.clicks_into("Customer notes").unwrap();
    stage.console.type_text("help from afar").unwrap();
    stage.console.press("Return").unwrap();
    wait_for("the line", Duration::from_secs(20), || {
        Ok(std::fs::read_to_string(&notes).ok().filter(|text| text == "help from afar\n"))
    })
    .unwrap();

    technician.opens_chat().unwrap();
    technician.writes("Is it better now?").unwrap();
    customer.page.see("Is it better now?").unwrap();
    customer.writes("Much better").unwrap();
    technician.page.see("Much better").unwrap();

    // What only a desktop can do is not there.
    assert!(technician.page.find_now("button", "Generate support package").unwrap().is_none());

    technician.ends().unwrap();
    customer.page.see("Your technician ended it").unwrap();
}

#[test]
fn a_page_that_is_loaded_anew_goes_on_and_signing_out_ends_that() {
    let stage = Stage::signed_in().unwrap();
    let page = &stage.technician.page;
    stage.technician.makes_session_for(CUSTOMER, "", "").unwrap();
    stage.technician.closes_dialog().unwrap();
    page.script("location.reload()", &[]).unwrap();
    page.see(CUSTOMER).unwrap();
    // The secret half of the code is still known here.
    page.click("button", "Show code").unwrap();
    stage.technician.call_text().unwrap();
    stage.technician.closes_dialog().unwrap();
    page.script("location.hash = '#/settings'", &[]).unwrap();
    page.see(&format!("Signed in as {LOGIN}")).unwrap();
    page.see("this browser").unwrap();
    page.click("button", "Sign out").unwrap();
    page.see("Sign in to Deskhand").unwrap();
    page.fill("Sign-in name", LOGIN).unwrap();
    page.fill("Password", "not this one at all").unwrap();
    page.click("button", "Sign in").unwrap();
    page.see("Name, password or code is wrong").unwrap();
    page.fill("Password", PASSWORD).unwrap();
    page.click("button", "Sign in").unwrap();
    page.see(&format!("Signed in as {LOGIN}")).unwrap();
}

/// Waits until the technician sees exactly what is on the customer's screen.
fn same(stage: &Stage) {
    wait_for("the exact picture", Duration::from_secs(20), || {
        let truth = stage.desk.picture()?;
        Ok(stage.technician.picture()?.filter(|seen| *seen == truth).map(drop))
    })
    .unwrap();
}
