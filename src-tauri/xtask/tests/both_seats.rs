//! What a technician does all day, before the console's window and in a browser: the same stories in both.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::{fs, time::Duration};

use serde_json::{Value, json};
use xtask::stage::{
    call::{CUSTOMER, Call, Seat, Stage},
    customer::Customer,
    driver::Driver,
    wait_for,
};

const SOON: Duration = Duration::from_secs(20);
/// Keys as WebDriver types them.
const ENTER: char = '\u{E007}';
const UP: &str = "\u{E013}";

/// Waits until the page is at an address that begins so.
fn comes_to(page: &Driver, hash: &str) {
    let came = wait_for(hash, SOON, || {
        let at = page.script("return location.hash || '#/'", &[])?;
        Ok(at.as_str().is_some_and(|at| at.starts_with(hash)).then_some(()))
    });
    assert!(came.is_ok(), "{hash} does not come; the page shows: {}", page.text().unwrap());
}

fn goes(page: &Driver, text: &str) {
    let gone = wait_for(&format!("{text:?} to go"), SOON, || Ok((!page.text()?.contains(text)).then_some(())));
    assert!(gone.is_ok(), "{text:?} stays; the page shows: {}", page.text().unwrap());
}

/// Presses keys on the technician's own keyboard.
fn presses(stage: &Stage, keys: &str) {
    stage.console_window().unwrap();
    stage.console.press(keys).unwrap();
}

fn loads_anew(page: &Driver) {
    page.script("window.before = true; location.reload()", &[]).unwrap();
    wait_for("the page anew", SOON, || {
        let anew = page.script("return !window.before && document.querySelector('main') !== null", &[]);
        Ok((anew.ok() == Some(Value::Bool(true))).then_some(()))
    })
    .unwrap();
}

#[test]
fn every_place_is_a_click_or_a_key_away_in_the_window() {
    places(Seat::Window);
}

#[test]
fn every_place_is_a_click_or_a_key_away_in_a_browser() {
    places(Seat::Browser);
}

fn places(seat: Seat) {
    let mut stage = Stage::with_code_at(seat, "").unwrap();
    {
        let page = &stage.technician.page;
        for (name, hash) in [
            ("Sessions", "#/sessions"),
            ("Devices", "#/devices"),
            ("Statistics", "#/statistics"),
            ("Templates", "#/templates"),
            ("Audit log", "#/audit"),
            ("Settings", "#/settings"),
        ] {
            stage.technician.opens(name).unwrap();
            comes_to(page, hash);
        }
        // By keyboard: anything by typing, what the keys are, back and forth.
        presses(&stage, "ctrl+k");
        page.fill("Type a command", &format!("statistics{ENTER}")).unwrap();
        comes_to(page, "#/statistics");
        presses(&stage, "alt+Left");
        comes_to(page, "#/settings");
        presses(&stage, "alt+Right");
        comes_to(page, "#/statistics");
        presses(&stage, "question");
        page.find("dialog", "Keyboard shortcuts").unwrap();
        presses(&stage, "Escape");
        goes(page, "In a session: figures");
        presses(&stage, "n");
        page.find("dialog", "New session").unwrap();
        presses(&stage, "Escape");

        // What is looked for stands in the address, so it is there again.
        stage.technician.opens("Sessions").unwrap();
        page.fill("Search names, host, id or notes", "weber").unwrap();
        comes_to(page, "#/sessions?text=weber");
        loads_anew(page);
        page.see(CUSTOMER).unwrap();
        let typed = "return [...document.querySelectorAll('main input')].some((field) => field.value === 'weber')";
        assert_eq!(page.script(typed, &[]).unwrap(), Value::Bool(true));

        // A sound that is switched off stays off.
        let sound = "Sound when a customer waits or asks you to look";
        let on = |on: bool| {
            wait_for("the switch", SOON, || {
                let is = "return [...document.querySelectorAll('[role=switch]')]\
                          .find((one) => one.textContent.includes(arguments[0]))?.ariaChecked";
                Ok((page.script(is, &[json!(sound)])?.as_str() == Some(if on { "true" } else { "false" }))
                    .then_some(()))
            })
            .unwrap();
        };
        stage.technician.opens("Settings").unwrap();
        on(true);
        page.click("switch", sound).unwrap();
        on(false);
        loads_anew(page);
        on(false);
        page.see("Connected").unwrap();
    }

    // How the relay stands is always there.
    stage.relay.as_mut().unwrap().kill();
    stage.technician.page.see("No connection to the relay").unwrap();
    stage.relay.as_mut().unwrap().restart().unwrap();
    wait_for("the relay", Duration::from_secs(60), || {
        Ok((!stage.technician.page.text()?.contains("No connection to the relay")).then_some(()))
    })
    .unwrap();
}

#[test]
fn the_dashboard_is_arranged_and_live_in_the_window() {
    dashboard(Seat::Window);
}

#[test]
fn the_dashboard_is_arranged_and_live_in_a_browser() {
    dashboard(Seat::Browser);
}

fn order(page: &Driver) -> Vec<String> {
    let all = page
        .script("return [...document.querySelectorAll('[data-widget]')].map((one) => one.dataset.widget)", &[])
        .unwrap();
    serde_json::from_value(all).unwrap()
}

fn dashboard(seat: Seat) {
    let stage = Stage::with_code_at(seat, "").unwrap();
    let page = &stage.technician.page;
    page.find("region", "Active sessions").unwrap();
    let usual = order(page);
    let at = |order: &[String], name: &str| order.iter().position(|one| one == name);
    assert!(at(&usual, "sessions") < at(&usual, "devices"), "{usual:?}");

    // Arranged by keyboard, by button and by mouse; it stays so.
    page.click("button", "Arrange").unwrap();
    page.press("button", "Drag Devices", UP).unwrap();
    page.click("button", "Hide Quick connect").unwrap();
    let arranged = order(page);
    assert!(at(&arranged, "devices") < at(&usual, "devices") && at(&arranged, "quick").is_none(), "{arranged:?}");
    let window = stage.console_window().unwrap();
    let middle = |of: &str| {
        let script = "const box = document.querySelector(arguments[0]).getBoundingClientRect();\
                      return [box.left + box.width / 2, box.top + box.height / 2];";
        stage.technician.place_of(&stage.console, &window, script, &[json!(of)]).unwrap()
    };
    page.script("document.querySelector('[data-widget=devices]').scrollIntoView({ block: 'end' })", &[]).unwrap();
    let (x, y) = middle("[data-widget=devices] .grip");
    let (to_x, to_y) = middle("[data-widget=sessions]");
    stage.console.move_to(x, y).unwrap();
    stage.console.button_down().unwrap();
    stage.console.move_to((x + to_x) / 2, (y + to_y) / 2).unwrap();
    stage.console.move_to(to_x, to_y).unwrap();
    wait_for("the devices above the sessions", SOON, || {
        let order = order(page);
        Ok((at(&order, "devices") < at(&order, "sessions")).then_some(()))
    })
    .unwrap();
    stage.console.button_up().unwrap();
    page.click("button", "Done").unwrap();
    let arranged = order(page);
    loads_anew(page);
    page.find("region", "Active sessions").unwrap();
    assert_eq!(order(page), arranged);
    page.click("button", "Arrange").unwrap();
    page.click("button", "Show Quick connect").unwrap();
    page.click("button", "Reset").unwrap();
    page.click("button", "Done").unwrap();
    assert_eq!(order(page), usual);

    // Its free area opens the page; the button inside does what it says.
    let free = "const box = document.querySelector('[data-widget=devices] header').getBoundingClientRect();\
                return [box.right - 12, box.top + box.height / 2];";
    let (x, y) = stage.technician.place_of(&stage.console, &window, free, &[]).unwrap();
    stage.console.click(x, y).unwrap();
    comes_to(page, "#/devices");
    stage.technician.opens("Dashboard").unwrap();

    // Who calls appears by himself, and is found by what he was told.
    let customer = Customer::start(&stage.desk, &stage.folder.path().join("helper")).unwrap();
    customer.types_call(&stage.code).unwrap();
    page.find("button", &format!("Connect to {CUSTOMER}")).unwrap();
    page.fill("Session code or name of a device", &stage.code).unwrap();
    page.click("button", "Go").unwrap();
    comes_to(page, "#/session/");
    customer.page.find("button", "Deny").unwrap();
}

#[test]
fn a_live_session_has_everything_at_hand_in_the_window() {
    live(Seat::Window);
}

#[test]
fn a_live_session_has_everything_at_hand_in_a_browser() {
    live(Seat::Browser);
}

/// Waits until the picture is so many pixels of the screen wide.
fn is_wide(page: &Driver, wide: f64) {
    wait_for(&format!("{wide} pixels"), SOON, || {
        let width = "return document.querySelector('canvas').getBoundingClientRect().width * devicePixelRatio";
        Ok(page.script(width, &[])?.as_f64().is_some_and(|width| (width - wide).abs() < 1.0).then_some(()))
    })
    .unwrap();
}

fn live(seat: Seat) {
    let call = Call::live_at(seat, "Full service").unwrap();
    let page = &call.technician.page;

    // Zoom, by button, by list and by key.
    page.click("button", "1:1").unwrap();
    is_wide(page, 1280.0);
    let chosen = "const list = document.querySelector('select[aria-label=Zoom]');\
                  list.value = arguments[0]; list.dispatchEvent(new Event('change', { bubbles: true }))";
    for (percent, wide) in [("25", 320.0), ("400", 5120.0), ("100", 1280.0)] {
        page.script(chosen, &[json!(percent)]).unwrap();
        is_wide(page, wide);
    }
    presses(&call, "ctrl+alt+shift+Prior");
    is_wide(page, 1600.0);
    presses(&call, "ctrl+alt+shift+Next");
    is_wide(page, 1280.0);
    presses(&call, "ctrl+alt+shift+Home");

    // Whoever only looks touches nothing, though he may.
    let notes = call.folder.path().join("notes.txt");
    let _terminal = call.desk.keeper(&notes).unwrap();
    let types = |line: &str| {
        call.clicks_into("Customer notes").unwrap();
        call.console.type_text(line).unwrap();
        call.console.press("Return").unwrap();
    };
    let reads = |lines: &str| {
        wait_for(lines, SOON, || Ok(fs::read_to_string(&notes).ok().filter(|text| text == lines))).unwrap();
    };
    types("one");
    reads("one\n");
    page.click("button", "Only look").unwrap();
    page.see("You only look: mouse and keyboard stay here.").unwrap();
    types("two");
    page.click("button", "Only look").unwrap();
    goes(page, "You only look");
    types("three");
    reads("one\nthree\n");

    // Beside the picture: figures, notes, chat; and what else can be done.
    page.click("button", "Figures").unwrap();
    page.see("Round trip").unwrap();
    page.click("button", "Figures").unwrap();
    page.click("button", "Notes").unwrap();
    page.fill("Notes", "Key under the mat").unwrap();
    page.click("button", "Chat").unwrap();
    page.see("Saved").unwrap();
    let kept = call.relay.as_ref().unwrap().stored::<String>("SELECT notes FROM sessions").unwrap();
    assert_eq!(kept.as_deref(), Some("Key under the mat"));
    call.technician.opens_chat().unwrap();
    call.technician.writes("Is it better now?").unwrap();
    call.customer.page.see("Is it better now?").unwrap();
    page.click("button", "Special keys").unwrap();
    page.find("button", "Type text").unwrap();
    page.click("button", "Quick actions").unwrap();
    page.click("button", "System information").unwrap();
    page.see("Kernel").unwrap();
    page.click("button", "Close").unwrap();
    page.click("button", "Full screen").unwrap();
    page.find("button", "Leave full screen").unwrap();
    page.click("button", "Leave full screen").unwrap();
    page.find("button", "Full screen").unwrap();

    // Another screen: the call goes on in a small picture and has a tab.
    page.script("location.hash = '#/devices'", &[]).unwrap();
    page.find("link", &format!("Back to {CUSTOMER}")).unwrap();
    wait_for("pictures drawn small", SOON, || {
        Ok((page.script("return window.__deskhand.glanced", &[])?.as_u64() > Some(0)).then_some(()))
    })
    .unwrap();
    page.click("link", &format!("Connected {CUSTOMER}")).unwrap();
    comes_to(page, "#/session/");
    call.technician.sees_picture().unwrap();

    // The customer pauses, goes on, is lost; and the technician ends.
    call.customer.page.click("button", "Pause").unwrap();
    page.see("Paused by the customer").unwrap();
    // A click right after the technician's own is not counted: it could be his.
    wait_for("the customer to go on", SOON, || {
        if call.customer.page.find_now("button", "Go on")?.is_some() {
            call.customer.page.click("button", "Go on")?;
        }
        Ok((!page.text()?.contains("Paused by the customer")).then_some(()))
    })
    .unwrap();
    call.customer.page.kill().unwrap();
    page.see_within("Reconnecting", Duration::from_secs(40)).unwrap();
    call.technician.ends().unwrap();
    page.see("Ended by you").unwrap();
    wait_for("the relay to know", SOON, || {
        call.relay.as_ref().unwrap().stored::<i64>("SELECT ended_at FROM sessions WHERE ended_at IS NOT NULL")
    })
    .unwrap();
    loads_anew(page);
    page.see("The session is over").unwrap();
}
