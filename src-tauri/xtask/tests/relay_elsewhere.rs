//! A relay that is a program of its own: joining it, and losing it in the middle of a call, through the real windows.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use xtask::stage::{
    call::Call, customer::BAR, display::Display, relay::RelayProgram, technician::Technician, wait_for,
};

#[test]
fn a_relay_that_is_killed_and_comes_back_leaves_the_call_alone() {
    let mut call = Call::live_with_relay_program("").unwrap();
    let frames = call.technician.frames().unwrap();

    call.relay.as_mut().unwrap().kill();
    call.technician.page.see_within("Not connected", Duration::from_secs(20)).unwrap();
    // What changes on the customer's screen is still seen, and what is typed still arrives.
    let notes = call.folder.path().join("notes.txt");
    let _terminal = call.desk.keeper(&notes).unwrap();
    wait_for("pictures without the relay", Duration::from_secs(20), || {
        Ok((call.technician.frames()? > frames).then_some(()))
    })
    .unwrap();
    call.clicks_into("Customer notes").unwrap();
    call.console.type_text("still here").unwrap();
    call.console.press("Return").unwrap();
    wait_for("the line", Duration::from_secs(20), || {
        Ok(std::fs::read_to_string(&notes).ok().filter(|text| text == "still here\n"))
    })
    .unwrap();
    assert!(call.desk.window_now(BAR).is_some());

    call.relay.as_mut().unwrap().restart().unwrap();
    wait_for("the relay to be back", Duration::from_secs(40), || {
        Ok((!call.technician.page.text()?.contains("Not connected")).then_some(()))
    })
    .unwrap();
    // Nobody was asked again, and the same call goes on.
    assert!(call.customer.page.find_now("button", "Allow").unwrap().is_none());
    call.technician.opens_chat().unwrap();
    call.technician.writes("Back again").unwrap();
    call.customer.page.see_within("Back again", Duration::from_secs(40)).unwrap();

    call.technician.ends().unwrap();
    call.customer.page.see("Your technician ended it").unwrap();
    call.bar_goes().unwrap();
    let (count, started, ended, reason) = record(&call);
    assert_eq!(count, 1);
    assert!(ended > started, "{started} to {ended}");
    assert_eq!(reason, "technician_ended");
}

#[test]
fn a_wrong_token_or_address_is_said_and_the_right_one_then_joins() {
    let folder = tempfile::tempdir().unwrap();
    let relay = RelayProgram::start(&folder.path().join("relay")).unwrap();
    let screen = Display::start(1280, 900).unwrap();
    let technician = Technician::start(&screen, &folder.path().join("console"), &[]).unwrap();
    let page = &technician.page;
    page.fill("Your name", "Mara Lindt").unwrap();
    page.fill("Company", "Lindt Computer Help").unwrap();
    page.click("switch", "Join a relay that runs elsewhere").unwrap();
    page.click("button", "Join").unwrap();
    page.see("Enter the address of the relay.").unwrap();
    page.fill("Address of the relay", "not an address").unwrap();
    page.fill("Set-up token", "AAAA-BBBB").unwrap();
    page.click("button", "Join").unwrap();
    page.see("not the address of a relay").unwrap();
    page.fill("Address of the relay", "127.0.0.1:9").unwrap();
    page.click("button", "Join").unwrap();
    page.see("No relay answers there").unwrap();
    page.fill("Address of the relay", &relay.at.to_string()).unwrap();
    page.click("button", "Join").unwrap();
    page.see("does not accept this token").unwrap();
    page.fill("Set-up token", &relay.token).unwrap();
    page.click("button", "Join").unwrap();
    page.see("Runs elsewhere").unwrap();
    page.see("Mara Lindt").unwrap();
}

/// The relay's own record of the one session: how many there are, start and end, and why it ended.
fn record(call: &Call) -> (i64, i64, i64, String) {
    let file = call.relay_file().unwrap();
    wait_for("the record", Duration::from_secs(20), || {
        let db = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let row = db.query_row(
            "SELECT (SELECT count(*) FROM sessions), started_at, ended_at, end_reason FROM sessions",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, Option<i64>>(2)?, row.get::<_, Option<String>>(3)?)),
        )?;
        Ok(match row {
            (count, started, Some(ended), Some(reason)) => Some((count, started, ended, reason)),
            _ => None,
        })
    })
    .unwrap()
}
