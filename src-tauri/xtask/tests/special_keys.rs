//! Keys that the technician's computer would keep for itself, and text as keystrokes, through the real windows.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::{path::Path, process::Stdio, time::Duration};

use data_encoding::BASE64;
use xtask::stage::{call::Call, display::Display, strike::Ear, wait_for};

const CONTROL: u32 = 0xffe3;
const ALT: u32 = 0xffe9;
const SUPER: u32 = 0xffeb;
const TAB: u32 = 0xff09;
const PATIENCE: Duration = Duration::from_secs(15);

/// Clicks into the picture, which gets the keyboard.
fn into_picture(call: &Call) {
    let window = call.console_window().unwrap();
    let (x, y) = call.technician.on_screen(&call.console, &window, 40, 760).unwrap();
    call.console.click(x, y).unwrap();
    call.technician.page.see("Keyboard and mouse go to").unwrap();
}

/// The number of the window that has the keyboard, as the window manager says.
fn active(display: &Display) -> u64 {
    let output =
        display.command("xprop").args(["-root", "_NET_ACTIVE_WINDOW"]).stdout(Stdio::piped()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let number = text.trim().rsplit("0x").next().unwrap();
    u64::from_str_radix(number, 16).unwrap_or(0)
}

#[test]
fn special_keys_and_system_shortcuts_go_to_the_customer() {
    let call = Call::live().unwrap();
    let page = &call.technician.page;
    let ear = Ear::on(&call.desk).unwrap();
    page.click("button", "Special keys").unwrap();
    for (button, keys) in [
        ("Ctrl+Alt+Del", &[CONTROL, ALT, 0xffff][..]),
        ("Alt+F4", &[ALT, 0xffc1]),
        ("Alt+Tab", &[ALT, TAB]),
        ("Super", &[SUPER]),
        ("Print Screen", &[0xff61]),
        ("Ctrl+Esc", &[CONTROL, 0xff1b]),
        ("F12", &[0xffc9]),
    ] {
        page.click("button", button).unwrap();
        assert_eq!(ear.hears(keys.len()).unwrap(), keys, "{button}");
    }

    // Without the switch this computer switches windows.
    let _other = call.console.start_program("xterm", &["-T", "Something else"]).unwrap();
    call.console.window("Something else", PATIENCE).unwrap();
    into_picture(&call);
    let console = active(&call.console);
    let stays = |wanted: bool, what: &str| {
        wait_for(what, PATIENCE, || Ok(((active(&call.console) == console) == wanted).then_some(()))).unwrap();
    };
    call.console.press("alt+Tab").unwrap();
    stays(false, "this computer's own window switch");
    into_picture(&call);
    stays(true, "the console in front");
    // Alt itself went to the customer; Tab did not.
    call.console.press("a").unwrap();
    let heard = ear.hears_until(0x61).unwrap();
    assert!(!heard.contains(&TAB), "{heard:x?}");

    page.click("button", "Special keys").unwrap();
    page.click("switch", "Send system shortcuts too").unwrap();
    into_picture(&call);
    call.console.press("alt+Tab").unwrap();
    assert_eq!(ear.hears(2).unwrap(), [ALT, TAB]);
    assert_eq!(active(&call.console), console, "it went to the customer and nowhere else");

    // The keyboard is given back with the picture's.
    call.console.press("ctrl+alt+shift").unwrap();
    page.see("Click the picture to type there").unwrap();
    call.console.press("alt+Tab").unwrap();
    stays(false, "this computer's window switch again");
}

/// Everything in the file, once it ends so.
fn ends_with(file: &Path, end: &str) -> String {
    wait_for(&format!("{end:?}"), Duration::from_secs(25), || {
        Ok(std::fs::read_to_string(file).ok().filter(|text| text.ends_with(end)))
    })
    .unwrap()
}

#[test]
fn a_text_is_typed_as_keystrokes_and_stops_when_told() {
    let call = Call::live().unwrap();
    let page = &call.technician.page;
    let file = call.folder.path().join("typed.txt");
    let _terminal = call.desk.raw_keeper(&file).unwrap();
    call.clicks_into("Customer notes").unwrap();
    // Another program of the technician has put it on the clipboard.
    let text = "Grüße, 日本 😀 [@]";
    let put = format!("printf '\\033]52;c;{}\\007'; exec sleep 600", BASE64.encode(text.as_bytes()));
    let allowed = ["-u8", "-xrm", "*allowWindowOps: true", "-xrm", "*disallowedWindowOps: ", "-T", "Notes"];
    let _notes = call.console.start_program("xterm", &[&allowed[..], &["-e", "sh", "-c", &put]].concat()).unwrap();
    let ask =
        "const done = arguments[0]; window.__TAURI_INTERNALS__.invoke('clipboard_text').then(done, () => done(null))";
    wait_for("the clipboard", PATIENCE, || Ok((page.script_async(ask, &[])? == text).then_some(()))).unwrap();
    let opens = || {
        page.click("button", "Special keys").unwrap();
        page.click("button", "Type text").unwrap();
        wait_for("the clipboard's text in the field", PATIENCE, || {
            let value = page.script("return document.querySelector('dialog textarea')?.value ?? null", &[])?;
            Ok((value == text).then_some(()))
        })
        .unwrap();
    };
    opens();
    page.click("button", "Type").unwrap();
    assert_eq!(ends_with(&file, "[@]"), text);

    opens();
    page.fill("Text to type", &"x".repeat(2_000)).unwrap();
    page.click("button", "Type").unwrap();
    page.see("of 2,000 characters").unwrap();
    wait_for("some of it", PATIENCE, || Ok(std::fs::read_to_string(&file)?.ends_with("xxxx").then_some(()))).unwrap();
    page.click("button", "Stop typing").unwrap();
    wait_for("the line to go", PATIENCE, || Ok(page.find_now("button", "Stop typing")?.is_none().then_some(())))
        .unwrap();
    call.clicks_into("Customer notes").unwrap();
    call.console.press("z").unwrap();
    let typed = ends_with(&file, "z");
    assert!(typed.len() < text.len() + 2_000, "it stopped before the end");
    assert_eq!(typed.matches('z').count(), 1, "nothing came after it");
}
