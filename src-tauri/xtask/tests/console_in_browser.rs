//! The console in a browser: a relay as a program of its own serves it, a person signs in, and a customer with the real
//! program is helped from there.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::{
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    time::Duration,
};

use serde_json::json;
use tempfile::TempDir;
use xtask::stage::{
    call::{COMPANY, CUSTOMER, TECHNICIAN},
    customer::Customer,
    display::Display,
    relay::RelayProgram,
    technician::Technician,
    wait_for,
};

const LOGIN: &str = "mara@example.org";
const PASSWORD: &str = "a lamp, a ladder, a lake";

/// An address of this machine by which others would reach it: only there a relay speaks TLS. Nothing is sent.
fn own_address() -> Ipv4Addr {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
    socket.connect((Ipv4Addr::new(198, 51, 100, 1), 9)).unwrap();
    match socket.local_addr().unwrap() {
        SocketAddr::V4(own) if !own.ip().is_loopback() => *own.ip(),
        other => panic!("this machine has no address but its own loopback: {other}"),
    }
}

/// Fields are dropped in order: programs before displays before files.
struct Stage {
    technician: Technician,
    relay: RelayProgram,
    desk: Display,
    _console: Display,
    folder: TempDir,
}

/// The owner has made his account in the browser, with the token that the relay printed.
fn signed_in() -> Stage {
    let folder = tempfile::tempdir().unwrap();
    let relay = RelayProgram::start_at(&folder.path().join("relay"), own_address()).unwrap();
    let console = Display::start(1440, 940).unwrap();
    let desk = Display::start(1280, 800).unwrap();
    let technician = Technician::browses(&console, &folder.path().join("browser"), &relay.url()).unwrap();
    let page = &technician.page;
    page.see("Set this relay up").unwrap();
    page.fill("Set-up token", &relay.token).unwrap();
    page.fill("Your name", TECHNICIAN).unwrap();
    page.fill("Company", COMPANY).unwrap();
    page.fill("Sign-in name", LOGIN).unwrap();
    page.fill("Password", PASSWORD).unwrap();
    page.fill("Password once more", PASSWORD).unwrap();
    page.click("button", "Make account").unwrap();
    page.find("button", "New session").unwrap();
    Stage { technician, relay, desk, _console: console, folder }
}

#[test]
fn a_customer_is_helped_from_a_browser() {
    let stage = signed_in();
    let technician = &stage.technician;
    let call = technician.makes_session_for(CUSTOMER, "", "").unwrap();
    technician.closes_dialog().unwrap();
    let customer = Customer::start(&stage.desk, &stage.folder.path().join("helper")).unwrap();
    customer.types_call(&call).unwrap();
    technician.connects().unwrap();
    customer.is_asked().unwrap();
    let asked = customer.page.text().unwrap();
    assert!(asked.contains(TECHNICIAN), "{asked}");
    assert!(asked.contains(&stage.relay.at.ip().to_string()), "he is told of the browser and the relay: {asked}");
    customer.allows().unwrap();
    technician.sees_picture().unwrap();
    let (codec, path) = technician.live().unwrap();
    println!("seen as {codec} by {path}");

    // What is there is seen to the bit, also when it changes, and what is typed here arrives.
    same(&stage);
    let notes = stage.folder.path().join("notes.txt");
    let _terminal = stage.desk.keeper(&notes).unwrap();
    let target = stage.desk.window("Customer notes", Duration::from_secs(10)).unwrap();
    let (x, y, width, height) = stage.desk.place(&target).unwrap();
    same(&stage);
    clicks_pixel(technician, x + width / 2, y + height / 2);
    technician.page.type_keys("help from afar\u{e007}").unwrap();
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
    let stage = signed_in();
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

/// Clicks on a pixel of the customer's picture.
fn clicks_pixel(technician: &Technician, x: i32, y: i32) {
    let place = technician
        .page
        .script(
            "const s = window.__deskhand.size; const b = document.querySelector('canvas').getBoundingClientRect();\
             return [b.left + (arguments[0] + 0.5) * b.width / s.width, b.top + (arguments[1] + 0.5) * b.height / s.height];",
            &[json!(x), json!(y)],
        )
        .unwrap();
    technician.page.click_at(place[0].as_f64().unwrap(), place[1].as_f64().unwrap()).unwrap();
}
