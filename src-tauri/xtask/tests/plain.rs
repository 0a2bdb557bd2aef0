//! The helper where WebKitGTK is missing: the same call in a window of GTK's own controls, by keys alone, as a screen
//! reader hears it.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::{fs, path::Path, process::Command, time::Duration};

use xtask::stage::{
    Program,
    call::{COMPANY, Stage},
    customer::{BAR, HANDS},
    display::{Display, Picture},
    reader::Reader,
    wait_for,
};

const PROGRAM: &str = "deskhand-helper";
const WINDOW: &str = "Deskhand Helper";
const FIELD: &str = "Address and code, or link";
const MESSAGE: &str = "Message to your technician";
/// Where screenshots go, for whoever wants to look.
const SHOTS: &str = "plain";

/// The helper on a computer where what lies under the library's name is none.
fn without_webkit(display: &Display, data: &Path, bus: &str, language: &str) -> Program {
    let libraries = data.join("libraries");
    fs::create_dir_all(&libraries).unwrap();
    fs::write(libraries.join("libwebkit2gtk-4.1.so.0"), "").unwrap();
    let mut helper = display.command(xtask::binaries().join(PROGRAM));
    helper
        .env("LD_LIBRARY_PATH", &libraries)
        .env("HOME", data)
        .env("LANG", language)
        .env("DBUS_SESSION_BUS_ADDRESS", bus)
        .env_remove("NO_AT_BRIDGE");
    Program::new(helper.spawn().unwrap())
}

fn shot(display: &Display, name: &str) {
    display.screenshot(&xtask::root().join("target").join(SHOTS).join(format!("{name}.png"))).unwrap();
}

#[test]
fn the_program_asks_the_loader_for_no_webview() {
    let read = Command::new("readelf").arg("-d").arg(xtask::binaries().join(PROGRAM)).output().unwrap();
    let needed = String::from_utf8(read.stdout).unwrap();
    assert!(needed.contains("libgtk-3.so.0"), "{needed}");
    for library in ["libwebkit2gtk", "libjavascriptcoregtk", "libsoup"] {
        assert!(!needed.contains(library), "{needed}");
    }
}

/// Presses *Chat* on the bar, by its letter.
fn chat_on_bar(desk: &Display, bar: &str) {
    desk.focus(bar).unwrap();
    desk.press("alt+c").unwrap();
}

#[test]
fn without_a_webview_help_is_asked_for_by_keys_alone() {
    let mut stage = Stage::with_relay_program("").unwrap();
    let reader = Reader::start(&stage.desk, &stage.folder.path().join("reader"), PROGRAM, WINDOW).unwrap();
    let _helper = without_webkit(&stage.desk, &stage.folder.path().join("helper"), reader.bus(), "C.UTF-8");
    let desk = &stage.desk;
    reader.goes_to(FIELD).unwrap();
    desk.type_text(&stage.code).unwrap();
    desk.press("Return").unwrap();
    // Whose words he has compared is asked from then on.
    reader.presses("Same words").unwrap();
    reader.presses("Cancel").unwrap();
    let asks = format!("No code? Ask {COMPANY} for help");
    reader.can_use(&asks).unwrap();
    stage.technician.page.kill().unwrap();
    reader.presses(&asks).unwrap();
    reader.finds(&format!("Only {COMPANY} gets this")).unwrap();
    let sends = reader.finds("Request support").unwrap();
    assert!(!sends.enabled, "without a word of what is wrong");
    // The name has the keyboard.
    reader.goes_to("Your name").unwrap();
    desk.type_text("Hans Weber").unwrap();
    reader.goes_to("What is the problem?").unwrap();
    desk.type_text("The printer is silent").unwrap();
    reader.can_use("Request support").unwrap();
    shot(desk, "request");
    desk.press("Return").unwrap();
    reader.finds("Your request has arrived").unwrap();
    shot(desk, "requested");
    stage.restart_console().unwrap();
    stage.technician.page.see("The printer is silent").unwrap();
    stage.technician.page.click("button", "Help Hans Weber").unwrap();
    // The helper is in the new session by itself.
    stage.technician.connects().unwrap();
}

#[test]
fn without_a_webview_a_call_is_made_by_keys_alone_and_read_out() {
    let stage = Stage::with_code().unwrap();
    let (desk, technician) = (&stage.desk, &stage.technician);
    let reader = Reader::start(desk, &stage.folder.path().join("reader"), PROGRAM, WINDOW).unwrap();
    let _helper = without_webkit(desk, &stage.folder.path().join("helper"), reader.bus(), "C.UTF-8");
    reader.finds("Get help on this computer").unwrap();
    reader.goes_to(FIELD).unwrap();
    shot(desk, "field");
    desk.type_text("no.such code").unwrap();
    desk.press("Return").unwrap();
    reader.finds("The code is missing or has a wrong form").unwrap();
    // What was typed is still there.
    reader.goes_to(FIELD).unwrap();
    desk.press("ctrl+a").unwrap();
    desk.type_text(&stage.code).unwrap();
    desk.press("Return").unwrap();
    // He can write before he is asked anything.
    reader.presses("Same words").unwrap();
    reader.reads("Nothing has been written yet").unwrap();
    reader.goes_to(MESSAGE).unwrap();
    desk.type_text("Is it really you?").unwrap();
    desk.press("Return").unwrap();
    reader.reads("\n    Is it really you?").unwrap();
    technician.connects().unwrap();

    reader.finds("Did someone call you").unwrap();
    assert!(reader.hears().unwrap().iter().all(|heard| heard.name != "Allow"), "before the warning is answered");
    shot(desk, "guard");
    reader.presses("No, I asked for help myself").unwrap();
    let sees = reader.finds("See your screen").unwrap();
    assert!(sees.checked && sees.role == "check box" && sees.more.contains("Close what is private first"), "{sees:?}");
    assert!(reader.hears().unwrap().iter().any(|heard| heard.name == "Deny" && heard.focused), "a no is nearest");
    reader.can_use("Allow").unwrap();
    shot(desk, "question");
    reader.presses("Allow").unwrap();
    reader.finds(HANDS).unwrap();
    reader.presses("Allow").unwrap();
    technician.sees_picture().unwrap();
    let bar = desk.window(BAR, Duration::from_secs(10)).unwrap();
    shot(desk, "bar");

    // Its window is out of the way. The bar says that there is something to read, and is the way back to it.
    technician.opens_chat().unwrap();
    technician.page.see("Is it really you?").unwrap();
    technician.writes("It is <b>me</b>").unwrap();
    chat_on_bar(desk, &bar);
    reader.reads("    It is <b>me</b>").unwrap();
    reader.goes_to(MESSAGE).unwrap();
    desk.type_text("Good to know").unwrap();
    reader.presses("Send").unwrap();
    technician.page.see("Good to know").unwrap();
    reader.reads("Good to know").unwrap();
    shot(desk, "chat");

    desk.press("ctrl+alt+End").unwrap();
    reader.finds("Nobody sees your screen any more").unwrap();
    technician.page.see("Ended by the customer").unwrap();
    wait_for("the bar to go", Duration::from_secs(15), || Ok(desk.window_now(BAR).is_none().then_some(()))).unwrap();
    shot(desk, "over");
    reader.presses("Start over").unwrap();
    reader.finds("Get help on this computer").unwrap();
}

/// Dark pixels of a part of a window.
fn ink(screen: &Picture, (x, y, width, height): (i32, i32, i32, i32)) -> usize {
    let part = screen.part(x.unsigned_abs(), y.unsigned_abs(), width.unsigned_abs(), height.unsigned_abs());
    part.rgb.iter().filter(|rgb| rgb.iter().all(|colour| *colour < 0x80)).count()
}

#[test]
fn the_plain_window_speaks_arabic_from_the_right_and_german_from_the_left() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Display::start(1280, 800).unwrap();
    for (language, title, from_the_left) in [
        ("de_DE.UTF-8", "Hilfe an diesem Computer", true),
        ("ar_EG.UTF-8", "الحصول على المساعدة على هذا الكمبيوتر", false),
    ] {
        let reader = Reader::start(&desk, &folder.path().join(language), PROGRAM, WINDOW).unwrap();
        let helper = without_webkit(&desk, &folder.path().join(language), reader.bus(), language);
        reader.finds(title).unwrap();
        let (x, y, width, height) = desk.place(&desk.window(WINDOW, Duration::from_secs(10)).unwrap()).unwrap();
        let edge = width / 4;
        let text = wait_for("the text", Duration::from_secs(20), || {
            let screen = desk.picture()?;
            let upper = |x| ink(&screen, (x, y, edge, height / 3));
            let (left, right) = (upper(x), upper(x + width - edge));
            Ok((left + right > 100).then_some((left, right)))
        });
        shot(&desk, language);
        let (left, right) = text.unwrap();
        assert_eq!(left > right, from_the_left, "{language}: {left} and {right}");
        if from_the_left {
            // He chooses another language, by keys alone, and what he has typed stays.
            desk.type_text("help.example.org").unwrap();
            reader.presses("Sprache: Deutsch").unwrap();
            desk.press("Down").unwrap();
            desk.press("Return").unwrap();
            reader.finds("Obtenir de l’aide sur cet ordinateur").unwrap();
            reader.finds("Langue: Français").unwrap();
            reader.reads("help.example.org").unwrap();
            shot(&desk, "switched");
        }
        drop(helper);
        wait_for("the window to go", Duration::from_secs(15), || Ok(desk.window_now(WINDOW).is_none().then_some(())))
            .unwrap();
    }
}
