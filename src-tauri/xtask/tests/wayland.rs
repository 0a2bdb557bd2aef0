//! A customer on a Wayland desktop: what he chose in the system's own dialog is shown, and keys and motions go back the
//! same way. The portal is a stand-in; PipeWire is the real one.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::time::Duration;

use serde_json::Value;
use xtask::stage::{
    bus::Bus,
    call::Stage,
    customer::{BAR, Customer},
    portal::{Dialog, Portal, SIZE},
    wait_for,
};

fn called(stage: &Stage, environment: &[(&str, &str)]) -> Customer {
    let home = stage.folder.path().join("helper");
    let customer = Customer::start_with(&stage.desk, &home, environment).unwrap();
    customer.types_call(&stage.code).unwrap();
    stage.technician.connects().unwrap();
    customer
}

#[test]
fn on_wayland_the_portals_screen_is_shown_and_keys_go_back_through_it() {
    let stage = Stage::with_code().unwrap();
    let portal = Portal::start(&stage.desk, &stage.folder.path().join("portal"), Dialog::Yes).unwrap();
    let customer = called(&stage, &portal.environment());
    assert!(portal.asked().iter().all(|asked| asked["method"] != "Start"), "before Allow the system is asked nothing");
    customer.allows().unwrap();
    let technician = &stage.technician;
    technician.sees_picture().unwrap();
    stage.desk.window(BAR, Duration::from_secs(10)).unwrap();
    let picture = technician.picture().unwrap().unwrap();
    assert_eq!((picture.width, picture.height), SIZE, "the portal's picture, not the X server's");
    // The ball moves, so pictures go on coming.
    let before = technician.frames().unwrap();
    wait_for("more pictures", Duration::from_secs(20), || Ok((technician.frames()? > before + 10).then_some(())))
        .unwrap();

    // It was asked once, for monitors, with the pointer beside the picture, and to remember it for this run at most.
    let asked = portal.asked();
    let of = |method: &str| asked.iter().filter(|asked| asked["method"] == method).count();
    assert_eq!((of("CreateSession"), of("Start")), (1, 1));
    let sources = portal.was_asked("SelectSources").unwrap();
    assert_eq!((&sources[1]["types"], &sources[1]["cursor_mode"]), (&Value::from(1), &Value::from(4)));
    let devices = portal.was_asked("SelectDevices").unwrap();
    assert_eq!((&devices[1]["types"], &devices[1]["persist_mode"]), (&Value::from(3), &Value::from(1)));

    // A click in the picture, then keys.
    let window = stage.console.window("Deskhand.*", Duration::from_secs(10)).unwrap();
    stage.console.focus(&window).unwrap();
    let (x, y) = technician.on_screen(&stage.console, &window, 320, 240).unwrap();
    stage.console.click(x, y).unwrap();
    let near = |value: &Value, wanted: f64| value.as_f64().is_some_and(|value| (value - wanted).abs() < 4.0);
    portal.was_told("NotifyPointerMotionAbsolute", |said| near(&said[3], 320.0) && near(&said[4], 240.0)).unwrap();
    for down in [1, 0] {
        portal.was_told("NotifyPointerButton", |said| said[2] == 0x110 && said[3] == down).unwrap();
    }
    stage.console.press("g").unwrap();
    stage.console.press("Return").unwrap();
    for down in [1, 0] {
        portal.was_told("NotifyKeyboardKeysym", |said| said[2] == u32::from('g') && said[3] == down).unwrap();
        portal.was_told("NotifyKeyboardKeycode", |said| said[2] == 28 && said[3] == down).unwrap();
    }
    // The end closes what the system shows.
    stage.desk.press("ctrl+alt+End").unwrap();
    customer.page.see("Nobody sees your screen any more").unwrap();
    portal.was_asked("Close").unwrap();
}

#[test]
fn a_no_in_the_systems_own_dialog_is_a_no() {
    let stage = Stage::with_code().unwrap();
    let portal = Portal::start(&stage.desk, &stage.folder.path().join("portal"), Dialog::No).unwrap();
    let customer = called(&stage, &portal.environment());
    customer.is_asked().unwrap();
    customer.page.click_away("button", "Allow").unwrap();
    portal.was_asked("Start").unwrap();
    customer.page.see("This screen cannot be shown").unwrap();
    assert_eq!(stage.technician.frames().unwrap(), 0);
}

#[test]
fn a_desktop_without_a_portal_says_what_to_do() {
    let stage = Stage::with_code().unwrap();
    let bus = Bus::start(&stage.desk).unwrap();
    let environment = [("WAYLAND_DISPLAY", "wayland-of-the-stage"), ("DBUS_SESSION_BUS_ADDRESS", bus.address.as_str())];
    let customer = called(&stage, &environment);
    customer.allows().unwrap();
    // What the X server shows is there all the same.
    stage.technician.sees_picture().unwrap();
    customer.page.see("This desktop does not let your technician see the whole screen").unwrap();
}
