//! What stands around the console's window on a real desktop: tray, a second start, links, where the window was.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::{fs, path::Path, process::ExitStatus, time::Duration};

use xtask::stage::{customer::Customer, display::Display, technician::Technician, tray::Tray, wait_for};

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
        ("DBUS_SESSION_BUS_ADDRESS", tray.bus.as_str()),
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
        let process = format!("/proc/{}", self.technician.page.pid().unwrap());
        wait_for("the program to end", SOON, || Ok((!Path::new(&process).exists()).then_some(()))).unwrap();
    }

    fn customer_field(&self) -> String {
        let script = "return document.querySelector('dialog[open] input')?.value ?? ''";
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
    wait_for("the entry for links", SOON, || Ok(application.exists().then_some(()))).unwrap();
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
    desk.technician.page.click("switch", "Start with the desktop").unwrap();
    wait_for("the entry", SOON, || Ok(autostart.exists().then_some(()))).unwrap();
    desk.technician.page.click("switch", "Start with the desktop").unwrap();
    wait_for("no entry", SOON, || Ok((!autostart.exists()).then_some(()))).unwrap();

    // Closed into the tray it goes on, and a second start brings it back.
    desk.technician.page.click("switch", "Closing the window leaves Deskhand in the tray").unwrap();
    desk.closes();
    desk.tray.says(FIRST).unwrap();
    assert!(desk.starts_again(&[]).success());
    let window = desk.window();
    // Where it was it is again after the next start, and after the one after that.
    desk.display.move_window(&window, 210, 90).unwrap();
    let stood = desk.display.place(&window).unwrap();
    desk.technician.page.click("switch", "Closing the window leaves Deskhand in the tray").unwrap();
    for _ in 0..2 {
        desk.closes();
        desk.ends();
        desk.technician = start(&desk.display, desk.folder.path(), &desk.tray);
        desk.technician.page.find("button", "New session").unwrap();
        assert_eq!(desk.display.place(&desk.window()).unwrap(), stood);
    }
    desk.tray.says(FIRST).unwrap();
    desk.tray.clicks("Quit Deskhand").unwrap();
    desk.ends();
}
