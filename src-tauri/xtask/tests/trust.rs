//! What protects the customer during a call, through the real windows of both programs: pause, a bar that cannot be
//! covered, the keys that end, the warning of swindlers, and one click for each step from view to control.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::time::Duration;

use x11rb::{
    connection::Connection as _,
    protocol::xproto::{ConnectionExt as _, CreateWindowAux, WindowClass},
    rust_connection::RustConnection,
};
use xtask::stage::{
    call::{Call, Stage},
    customer::{BAR, Customer, HANDS},
    wait_for,
};

const SOON: Duration = Duration::from_secs(15);

/// A window of another program over the bar, until it is dropped.
struct Cover(#[allow(dead_code, reason = "the window goes with its connection")] RustConnection);

impl Cover {
    fn over_the_bar(call: &Call) -> Self {
        let bar = call.desk.window(BAR, SOON).unwrap();
        let (x, y, width, height) = call.desk.place(&bar).unwrap();
        let (connection, screen) = x11rb::connect(Some(call.desk.name())).unwrap();
        let root = connection.setup().roots[screen].root;
        let window = connection.generate_id().unwrap();
        let aux = CreateWindowAux::new().override_redirect(1).background_pixel(0x00ff_ffff);
        let (x, y, width, height) = (x as i16, y as i16, width as u16, height as u16);
        let class = WindowClass::INPUT_OUTPUT;
        connection.create_window(0, window, root, x, y, width, height, 0, class, 0, &aux).unwrap();
        connection.map_window(window).unwrap().check().unwrap();
        Self(connection)
    }
}

/// Ends a call before the test ends, so that nothing is left to be reported.
fn view_only(call: &Call, yes: bool) {
    wait_for(if yes { "control to stop" } else { "control to go on" }, SOON, || {
        let disabled = call.technician.page.script("return document.querySelector('textarea.keys').disabled", &[])?;
        Ok((disabled.as_bool() == Some(yes)).then_some(()))
    })
    .unwrap();
}

#[test]
fn a_pause_covers_the_picture_and_nothing_leaves_until_the_customer_goes_on() {
    let call = Call::live().unwrap();
    call.customer.page.click("button", "Pause").unwrap();
    call.technician.page.see("Paused by the customer").unwrap();
    assert!(call.technician.picture().unwrap().is_none(), "not even the last picture");
    let (frames, bytes) = (call.technician.frames().unwrap(), call.technician.video_bytes().unwrap());

    // What happens on the screen meanwhile would be many pictures.
    let _change = call.desk.keeper(&call.folder.path().join("typed.txt")).unwrap();
    call.customer.page.see("He sees nothing").unwrap();
    assert!(call.desk.window_now(BAR).is_some());
    assert_eq!((call.technician.frames().unwrap(), call.technician.video_bytes().unwrap()), (frames, bytes));

    call.customer.page.click("button", "Go on").unwrap();
    wait_for("the picture to come back", SOON, || Ok((call.technician.frames()? > frames).then_some(()))).unwrap();
    wait_for("what is there now", SOON, || Ok(call.technician.picture()?.map(drop))).unwrap();
    assert!(!call.customer.page.text().unwrap().contains("May he"), "no new question");
}

#[test]
fn control_stops_while_the_bar_is_covered_and_the_keys_end_from_anywhere() {
    let call = Call::live().unwrap();
    view_only(&call, false);
    let cover = Cover::over_the_bar(&call);
    view_only(&call, true);
    call.technician.page.see("bar is covered").unwrap();
    assert!(call.technician.frames().unwrap() > 0);
    drop(cover);
    view_only(&call, false);

    // Another program has the keyboard.
    let _other = call.desk.start_program("xterm", &["-T", "Something else"]).unwrap();
    let window = call.desk.window("Something else", SOON).unwrap();
    call.desk.focus(&window).unwrap();
    call.desk.press("ctrl+alt+End").unwrap();
    call.technician.page.see("Ended by the customer").unwrap();
    call.bar_goes().unwrap();
}

#[test]
fn who_was_called_is_warned_stops_and_reports() {
    let call = Call::asking().unwrap();
    call.customer.page.click("button", "Yes, someone called me").unwrap();
    call.customer.page.see("Then please stop here").unwrap();
    assert!(call.customer.page.find_now("button", "Allow").unwrap().is_none());
    call.customer.page.click("button", "Stop and report").unwrap();
    call.customer.page.see("call your bank at once").unwrap();
    call.technician.page.see("Ended and reported by the customer").unwrap();
    assert_eq!(call.technician.frames().unwrap(), 0);

    let kept =
        std::fs::read_to_string(call.folder.path().join("helper/.local/share/deskhand-helper/reported.txt")).unwrap();
    assert!(kept.contains("name: Mara Lindt") && kept.contains("company: Lindt Computer Help"), "{kept}");
    let db = rusqlite::Connection::open(call.relay_file().unwrap()).unwrap();
    let (actor, summary): (String, String) = db
        .query_row("SELECT actor, summary FROM audit WHERE action = 'session.reported'", (), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    let key = kept.lines().find_map(|line| line.strip_prefix("key: ")).unwrap();
    assert!(actor.starts_with("device:") && summary.contains(key), "{actor} {summary}");
}

#[test]
fn a_technician_who_asked_to_look_gets_control_by_another_question_only() {
    let stage = Stage::with_code_for("Look").unwrap();
    let customer = Customer::start(&stage.desk, &stage.folder.path().join("helper")).unwrap();
    customer.types_call(&stage.code).unwrap();
    stage.technician.connects().unwrap();
    customer.lets_see().unwrap();
    stage.technician.sees_picture().unwrap();
    assert!(!customer.page.text().unwrap().contains(HANDS), "nobody asked for that");
    stage.technician.page.see("but not control it").unwrap();

    stage.technician.page.click("button", "What you may do: Permissions").unwrap();
    stage.technician.page.click("button", "Ask for: Mouse and keyboard").unwrap();
    customer.is_asked().unwrap();
    customer.page.click_away("button", "Deny").unwrap();
    stage.technician.page.see("The customer said no").unwrap();
    stage.technician.page.click("button", "Ask for: Mouse and keyboard").unwrap();
    customer.is_asked().unwrap();
    customer.page.click_away("button", "Allow").unwrap();
    stage.technician.page.see("Click the picture to type there").unwrap();

    // Held back and given back, each on its own.
    customer.page.click("switch", "Use your mouse and keyboard").unwrap();
    stage.technician.page.see("but not control it").unwrap();
    customer.page.click("switch", "Use your mouse and keyboard").unwrap();
    stage.technician.page.see("Click the picture to type there").unwrap();
}

#[test]
fn the_second_click_alone_gives_mouse_and_keyboard() {
    let call = Call::asking().unwrap();
    call.customer.lets_see().unwrap();
    call.technician.sees_picture().unwrap();
    call.customer.page.see(HANDS).unwrap();
    call.technician.page.see("but not control it").unwrap();
    call.customer.page.click_away("button", "Deny").unwrap();
    call.customer.page.see("is connected").unwrap();
    call.technician.page.see("but not control it").unwrap();
}
