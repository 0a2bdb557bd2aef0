//! What stands around the console's window on a real desktop: tray, a second start, links, where the window was; and a call
//! that goes on while another screen is shown.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::{fs, path::Path, process::ExitStatus, time::Duration};

use xtask::stage::{call::Call, customer::Customer, display::Display, technician::Technician, tray::Tray, wait_for};

const TITLE: &str = r"(\([0-9]+\) )?Deskhand";
const SOON: Duration = Duration::from_secs(20);
const FIRST: &str = "Mr Weber is waiting";

struct Desk {
    technician: Technician,
    tray: Tray,
    display: Display,
    folder: tempfile::TempDir,
}

fn start(display: &Display, folder: &Path, tray: &Tray) -> Technician {
    let home = folder.join("console/home");
    let (config, data) = (home.join("config"), home.join("data"));
    let env = [
        ("DBUS_SESSION_BUS_ADDRESS", tray.bus.address.as_str()),
        ("XDG_CONFIG_HOME", config.to_str().unwrap()),
        ("XDG_DATA_HOME", data.to_str().unwrap()),
    ];
    Technician::start(display, &folder.join("console"), &env).unwrap()
}

impl Desk {
    /// Another start of the program, with this on its command line, as the desktop would do it.
    fn starts_again(&self, arguments: &[&str]) -> ExitStatus {
        let console = self.folder.path().join("console");
        let mut command = self.display.command(xtask::binaries().join("deskhand"));
        command.args(arguments).env("DESKHAND_DATA", &console).env("HOME", console.join("home")).status().unwrap()
    }

    fn window(&self) -> String {
        self.display.window(TITLE, SOON).unwrap()
    }

    /// Closes the window as a person does it; returns once it has gone.
    fn closes(&self) {
        self.display.focus(&self.window()).unwrap();
        self.display.press("alt+F4").unwrap();
        wait_for("the window to go", SOON, || Ok(self.display.window_now(TITLE).is_none().then_some(()))).unwrap();
    }

    fn ends(&self) {
        // Whoever started it may not have asked yet how it ended.
        let process = format!("/proc/{}/stat", self.technician.page.pid().unwrap());
        let runs = || fs::read_to_string(&process).is_ok_and(|stat| !stat.contains(") Z "));
        wait_for("the program to end", SOON, || Ok((!runs()).then_some(()))).unwrap();
    }

    /// Waits until a switch stands so.
    fn is_chosen(&self, name: &str, on: bool) {
        let script = "const found = [...document.querySelectorAll('[role=switch]')]\
                      .find((one) => one.textContent.includes(arguments[0]));\
                      return found?.getAttribute('aria-checked') === String(arguments[1]) && !found.ariaBusy";
        wait_for("the choice to hold", SOON, || {
            Ok((self.technician.page.script(script, &[name.into(), on.into()])?.as_bool() == Some(true)).then_some(()))
        })
        .unwrap();
    }

    fn customer_field(&self) -> String {
        let script = "const labels = [...document.querySelectorAll('dialog[open] label')];\
                      return labels.find((label) => label.textContent.startsWith('Customer'))?.control?.value ?? ''";
        self.technician.page.script(script, &[]).unwrap().as_str().unwrap().to_owned()
    }
}

#[test]
fn the_tray_a_second_start_and_links_show_the_window_and_decide_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let display = Display::start(1600, 1000).unwrap();
    let tray = Tray::start(&display, &folder.path().join("tray")).unwrap();
    let technician = start(&display, folder.path(), &tray);
    technician.introduces_himself("Mara Lindt", "Lindt Computer Help").unwrap();
    let mut desk = Desk { technician, tray, display, folder };
    desk.tray.says("Show Deskhand").unwrap();
    assert_eq!(desk.tray.seen().unwrap()["lines"].as_array().unwrap().len(), 2, "nobody waits");

    // Somebody waits: his name is in the menu, and a number beside the icon.
    let code = desk.technician.makes_session("Mr Weber", "").unwrap();
    desk.technician.closes_dialog().unwrap();
    let screen = Display::start(1280, 800).unwrap();
    let customer = Customer::start(&screen, &desk.folder.path().join("helper")).unwrap();
    customer.types_call(&code).unwrap();
    desk.tray.says(FIRST).unwrap();
    let seen = desk.tray.seen().unwrap();
    assert_eq!(seen["label"], "1", "{seen}");
    let icon = Path::new(seen["icon"].as_str().unwrap());
    let icon = if icon.exists() { icon.to_path_buf() } else { icon.with_extension("png") };
    assert!(icon.starts_with(desk.folder.path().join("console/tray")), "{seen}");
    fs::copy(&icon, xtask::root().join("target/tray.png")).unwrap();
    // A click on him leads to his session; the customer is asked nothing by it.
    desk.technician.opens("Settings").unwrap();
    desk.tray.clicks(FIRST).unwrap();
    wait_for("the session on screen", SOON, || {
        let hash = desk.technician.page.script("return location.hash", &[])?;
        Ok(hash.as_str().is_some_and(|hash| hash.starts_with("#/session/")).then_some(()))
    })
    .unwrap();
    desk.technician.page.find("button", "Connect").unwrap();
    assert!(customer.page.find_now("button", "Allow").unwrap().is_none());

    // A link on a page elsewhere: in a session it is only told of; a hostile one everywhere.
    assert!(desk.starts_again(&["deskhand://session?customer=Eve"]).success());
    desk.technician.page.see("A link fills in a new session for Eve.").unwrap();
    assert_eq!(desk.customer_field(), "");
    desk.technician.page.click("button", "Dismiss").unwrap();
    let huge = format!("deskhand://session?customer={}", "a".repeat(100_000));
    for hostile in ["deskhand://connect?session=1", "deskhand://session?customer=%1b%5b2J", huge.as_str()] {
        assert!(desk.starts_again(&[hostile]).success());
        desk.technician.page.see("does not understand").unwrap();
        desk.technician.page.click("button", "Dismiss").unwrap();
    }
    desk.technician.page.script("location.hash = '#/settings'", &[]).unwrap();
    // The system opens it with this console once that is chosen, and not before.
    let application = desk.folder.path().join("console/home/data/applications/org.deskhand.console.desktop");
    assert!(!application.exists());
    desk.technician.page.click("switch", "Open deskhand:// links with this console").unwrap();
    desk.is_chosen("deskhand://", true);
    assert!(application.exists());
    desk.display.screenshot(&xtask::root().join("target/settings-desktop.png")).unwrap();
    let console = desk.folder.path().join("console");
    let opened = desk
        .display
        .command("xdg-open")
        .arg("deskhand://session?customer=Mrs%20Kraus&machine=till%203")
        .env("HOME", console.join("home"))
        .env("XDG_CONFIG_HOME", console.join("home/config"))
        .env("XDG_DATA_HOME", console.join("home/data"))
        .status()
        .unwrap();
    assert!(opened.success());
    wait_for("the form, filled in", SOON, || Ok((desk.customer_field() == "Mrs Kraus").then_some(()))).unwrap();
    desk.display.screenshot(&xtask::root().join("target/link-form.png")).unwrap();
    desk.technician.page.click("button", "Close").unwrap();
    desk.technician.opens("Sessions").unwrap();
    assert!(!desk.technician.page.text().unwrap().contains("Mrs Kraus"), "nothing was made of it");
    // Starting with the desktop is a choice, and one that can be taken back.
    desk.technician.opens("Settings").unwrap();
    let autostart = desk.folder.path().join("console/home/config/autostart/org.deskhand.console.desktop");
    for on in [true, false] {
        desk.technician.page.click("switch", "Start with the desktop").unwrap();
        desk.is_chosen("Start with the desktop", on);
        assert_eq!(autostart.exists(), on);
    }

    // Closed into the tray it goes on, and a second start brings it back.
    desk.technician.page.click("switch", "Closing the window leaves Deskhand in the tray").unwrap();
    desk.is_chosen("Closing the window", true);
    desk.closes();
    desk.tray.says(FIRST).unwrap();
    assert!(desk.starts_again(&[]).success());
    let window = desk.window();
    // Where it was it is again after the next start, and after the one after that.
    desk.display.move_window(&window, 210, 90).unwrap();
    let stood = desk.display.place(&window).unwrap();
    desk.technician.page.click("switch", "Closing the window leaves Deskhand in the tray").unwrap();
    desk.is_chosen("Closing the window", false);
    for _ in 0..2 {
        desk.closes();
        desk.ends();
        desk.technician = start(&desk.display, desk.folder.path(), &desk.tray);
        desk.technician.page.find("button", "New session").unwrap();
        let window = desk.window();
        let stands = || desk.display.place(&window).unwrap();
        let back = wait_for("the window where it was", SOON, || Ok((stands() == stood).then_some(())));
        assert!(back.is_ok(), "it stood at {stood:?}, and stands at {:?}", stands());
    }
    desk.tray.clicks("Quit Deskhand").unwrap();
    desk.ends();
}

/// Whether the lower left corner of the small picture has this colour on the technician's screen.
fn floats_in(call: &Call, colour: [u8; 3]) -> bool {
    let at = call.technician.page.script(
        "const box = document.querySelector('.floating canvas').getBoundingClientRect();\
         return [box.left + box.width * 0.04, box.top + box.height * 0.95];",
        &[],
    );
    let Ok(at) = at else { return false };
    let (Some(x), Some(y)) = (at[0].as_f64(), at[1].as_f64()) else { return false };
    let (left, top, _, _) = call.console.place(&call.console.window(TITLE, SOON).unwrap()).unwrap();
    let picture = call.console.picture().unwrap();
    let index = (top as u32 + y as u32) * picture.width + left as u32 + x as u32;
    let shown = picture.rgb[index as usize];
    shown.iter().zip(colour).all(|(one, other)| one.abs_diff(other) < 24)
}

#[test]
fn a_call_goes_on_in_a_small_picture_above_other_screens() {
    let call = Call::live().unwrap();
    let page = &call.technician.page;
    // The keys of every window: back to where one was, and forth again.
    page.script("location.hash = '#/devices'", &[]).unwrap();
    page.find("link", "Back to Mr Weber").unwrap();
    for (keys, goal) in [("alt+Left", "#/session/"), ("alt+Right", "#/devices")] {
        call.console_window().unwrap();
        call.console.press(keys).unwrap();
        wait_for(goal, SOON, || {
            let hash = page.script("return location.hash", &[])?;
            Ok(hash.as_str().is_some_and(|hash| hash.starts_with(goal)).then_some(()))
        })
        .unwrap();
    }
    wait_for("pictures drawn small", SOON, || {
        Ok((page.script("return window.__deskhand.glanced", &[])?.as_u64() > Some(0)).then_some(()))
    })
    .unwrap();
    // It is live: what changes there changes here.
    for (name, colour) in [("#20a040", [0x20, 0xa0, 0x40]), ("#a02040", [0xa0, 0x20, 0x40])] {
        let _painter = call.desk.start_program("xsetroot", &["-solid", name]).unwrap();
        wait_for("the customer's colour", SOON, || Ok(floats_in(&call, colour).then_some(()))).unwrap();
    }
    call.console.screenshot(&xtask::root().join("target/floating.png")).unwrap();

    // Moved by keyboard and by mouse, within the window.
    let place = || page.script("return document.querySelector('.floating').style.right", &[]).unwrap();
    assert_eq!(place(), "16px");
    page.press("button", "Move the picture", "\u{e012}").unwrap();
    assert_eq!(place(), "40px");
    let handle = "const box = document.querySelector('.floating .move').getBoundingClientRect();\
                  return [box.left + 40, box.top + 12];";
    let at = page.script(handle, &[]).unwrap();
    let (left, top, _, _) = call.console.place(&call.console_window().unwrap()).unwrap();
    let (x, y) = (left + at[0].as_f64().unwrap() as i32, top + at[1].as_f64().unwrap() as i32);
    call.console.move_to(x, y).unwrap();
    call.console.button_down().unwrap();
    call.console.move_to(x - 60, y - 30).unwrap();
    call.console.move_to(x - 100, y - 60).unwrap();
    wait_for("the picture to follow", SOON, || Ok((place() == "140px").then_some(()))).unwrap();
    call.console.button_up().unwrap();

    // Back on its own screen it is the large picture again; put away it stays away.
    page.click("link", "Back to Mr Weber").unwrap();
    call.technician.sees_picture().unwrap();
    assert!(page.find_now("link", "Back to Mr Weber").unwrap().is_none());
    page.script("location.hash = '#/devices'", &[]).unwrap();
    page.click("button", "Put the picture away").unwrap();
    wait_for("no small picture", SOON, || Ok(page.find_now("link", "Back to Mr Weber")?.is_none().then_some(())))
        .unwrap();
    assert!(!call.customer.page.text().unwrap().is_empty(), "the call goes on");
}
