//! The console's screens, out of its window and out of a browser. First over a relay with a past, then with somebody who
//! calls.
//!
//! What is looked at is a [`Window`]: it can be dressed, and a picture can be taken of it. All else is the page's own,
//! the same wherever it runs.

use std::{fs, path::Path, process::ExitStatus, time::Duration};

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use super::{album::Album, page::Looked as _};
use crate::stage::{
    call::{COMPANY, CUSTOMER, LOGIN, PASSWORD, TECHNICIAN},
    customer::Customer,
    display::Display,
    driver::Driver,
    relay::RelayProgram,
    seeded::{Past, Seeded, seed},
    technician::Technician,
    wait_for,
};

/// How the console looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Its name in files.
    pub name: &'static str,
    /// `light` or `dark`.
    pub colours: &'static str,
    /// A language of the console.
    pub language: &'static str,
    /// Of the window, in pixels.
    pub size: (u32, u32),
}

/// Every look; the narrow one is the smallest that the window can be.
pub const LOOKS: [Look; 4] = [
    Look { name: "light", colours: "light", language: "en", size: (1280, 820) },
    Look { name: "dark", colours: "dark", language: "en", size: (1280, 820) },
    Look { name: "narrow", colours: "light", language: "en", size: (900, 600) },
    Look { name: "de", colours: "light", language: "de", size: (1280, 820) },
];

/// What is in the lists.
const PAST: Past = Past { devices: 48, sessions: 320 };
const TITLE: &str = r"(\([0-9]+\) )?Deskhand( - Chromium)?";
const SOON: Duration = Duration::from_secs(20);
/// The folder of what a browser shows.
const BROWSER: &str = "browser";
/// Screens that only the window has.
const DESKTOP: [&str; 2] = ["selftest", "package"];
/// The frame around every screen, the form of the first start, or a session alone.
const THERE: &str = "main, form";

/// A screen: its name, its address, and what is done there.
struct View {
    name: &'static str,
    hash: String,
    steps: &'static [&'static str],
}

const fn view(name: &'static str, hash: String, steps: &'static [&'static str]) -> View {
    View { name, hash, steps }
}

/// The screens over what the relay keeps.
fn views(seeded: &Seeded) -> Vec<View> {
    let (session, device) = (seeded.session, seeded.device);
    let at = |hash: &str| hash.to_owned();
    vec![
        view("dashboard", at("#/"), &[]),
        view("dashboard-arrange", at("#/"), &["press('main header button')"]),
        view("sessions", at("#/sessions"), &[]),
        view("session-opened", format!("#/sessions/{session}"), &[]),
        view("sessions-none", at("#/sessions?text=nobody"), &[]),
        view("devices", at("#/devices"), &[]),
        view("devices-chosen", at("#/devices"), &["press('[role=row] input', 1)", "press('[role=row] input', 2)"]),
        view("device", format!("#/device/{device}"), &[]),
        view("device-sessions", format!("#/device/{device}/sessions"), &[]),
        view("device-timeline", format!("#/device/{device}/timeline"), &[]),
        view("statistics", at("#/statistics"), &[]),
        view("audit", at("#/audit"), &[]),
        view("audit-opened", at("#/audit"), &["press('[data-row]', 1)"]),
        view("templates", at("#/templates"), &[]),
        view("settings", at("#/settings"), &[]),
        view("settings-2", at("#/settings"), &["find('.page').scrollTop = 700"]),
        view("settings-3", at("#/settings"), &["find('.page').scrollTop = 1400"]),
        view("settings-4", at("#/settings"), &["find('.page').scrollTop = 2100"]),
        view("settings-5", at("#/settings"), &["find('.page').scrollTop = 99999"]),
        view("selftest", at("#/selftest"), &[]),
        view("unknown-session", at("#/session/00000000-0000-7000-8000-0000000fffff"), &[]),
        view("commands", at("#/"), &["press('.find')", "type('weber', '.commands input')"]),
        view("keys", at("#/"), &["key('?')"]),
        view("new-session", at("#/"), &["key('n')"]),
        view("package", at("#/"), &["press('.generate button')"]),
    ]
}

/// A console's window that can be dressed and looked at.
struct Window<'a> {
    /// The folder of its pictures.
    name: &'static str,
    page: &'a Driver,
    display: &'a Display,
}

impl Window<'_> {
    /// Dresses it for the next page that is loaded.
    fn dress(&self, look: Look) -> Result<()> {
        let (width, height) = look.size;
        self.display.resize(&self.display.window(TITLE, SOON)?, width, height)?;
        let kept = json!({"appearance": look.colours, "compact": false}).to_string();
        self.page
            .script(
                "localStorage.setItem('deskhand/look', arguments[0]); localStorage.setItem('deskhand/language', arguments[1])",
                &[json!(kept), json!(look.language)],
            )
            .map(drop)
    }

    fn shoot(&self, file: &Path) -> Result<()> {
        self.display.screenshot_of(&self.display.window(TITLE, SOON)?, file)
    }

    /// Takes a picture of a screen, once everything on it has been done.
    fn take(&self, album: &mut Album, look: Look, view: &View) {
        let reached = || -> Result<()> {
            self.page.comes(&view.hash, THERE)?;
            for step in view.steps {
                self.page.does(step)?;
            }
            if view.name == "selftest" { self.page.rests_long() } else { Ok(()) }
        };
        let screen = format!("{}/{}", self.name, view.name);
        let taken = reached().and_then(|()| album.take(&screen, look.name, |file| self.shoot(file)));
        if let Err(error) = taken {
            album.missed(&format!("{screen} ({})", look.name), &error);
        }
    }

    /// A picture in each look of what stands at an address.
    fn takes(&self, album: &mut Album, looks: &[Look], view: &View) -> Result<()> {
        for look in looks {
            self.dress(*look)?;
            self.take(album, *look, view);
        }
        Ok(())
    }
}

/// Takes a picture of every screen in each of these looks.
///
/// # Errors
///
/// When the programs do not start, or nobody can call. A screen that is not reached is told to the album.
pub fn take(album: &mut Album, looks: &[Look]) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (display, data) = (Display::start(1400, 920)?, folder.path().join("console"));
    let console = Technician::start(&display, &data, &[])?;
    console.page.find("textbox", "Your name")?;
    let window = Window { name: "console", page: &console.page, display: &display };
    window.takes(album, looks, &view("first-start", "#/".to_owned(), &[]))?;
    window.takes(album, looks, &view("first-start-elsewhere", "#/".to_owned(), &["press('[role=switch]')"]))?;
    // The words that the stage looks for are English.
    english(&window)?;
    console.introduces_himself(TECHNICIAN, COMPANY)?;
    window.takes(album, looks, &view("dashboard-empty", "#/".to_owned(), &[]))?;
    english(&window)?;
    drop(console);

    let seeded = past(&data)?;
    let console = Technician::start(&display, &data, &[])?;
    console.page.find("button", "New session")?;
    let window = Window { name: "console", page: &console.page, display: &display };
    for look in looks {
        window.dress(*look)?;
        for view in views(&seeded) {
            window.take(album, *look, &view);
        }
    }
    for look in looks {
        window.dress(*look)?;
        let filled = window.page.comes("#/", THERE).and_then(|()| link(&display, &data));
        let filled = filled.and_then(|()| window.page.does("find('dialog[open] input')"));
        let taken = filled.and_then(|()| album.take("console/link-form", look.name, |file| window.shoot(file)));
        if let Err(error) = taken {
            album.missed(&format!("console/link-form ({})", look.name), &error);
        }
    }
    english(&window)?;
    called(album, looks, (&console, window.name), &display, folder.path())
}

/// Likewise out of a browser, whose page comes from a relay that is a program of its own.
///
/// # Errors
///
/// As for [`take`].
pub fn take_in_browser(album: &mut Album, looks: &[Look]) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut relay = RelayProgram::start_outside(&folder.path().join("relay"))?;
    let display = Display::start(1400, 920)?;
    let console = Technician::browses(&display, &folder.path().join("browser"), &relay.url())?;
    console.page.see("Set this relay up")?;
    let window = Window { name: BROWSER, page: &console.page, display: &display };
    window.takes(album, looks, &view("set-up", "#/".to_owned(), &[]))?;
    english(&window)?;
    console.makes_account(TECHNICIAN, COMPANY, &relay.token, LOGIN, PASSWORD)?;
    relay.kill();
    let seeded = past(folder.path())?;
    relay.restart()?;
    for look in looks {
        window.dress(*look)?;
        for view in views(&seeded).iter().filter(|view| !DESKTOP.contains(&view.name)) {
            window.take(album, *look, view);
        }
    }
    english(&window)?;
    called(album, looks, (&console, window.name), &display, folder.path())?;
    english(&window)?;
    console.opens("Settings")?;
    console.page.click("button", "Sign out")?;
    console.page.see("Sign in to Deskhand")?;
    window.takes(album, looks, &view("sign-in", "#/".to_owned(), &[]))
}

/// The first pictures only: what a check has time for. They are the dashboard and the sessions over a past.
///
/// # Errors
///
/// As for [`take`].
pub fn take_some(album: &mut Album, looks: &[Look]) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (display, data) = (Display::start(1400, 920)?, folder.path().join("console"));
    let console = Technician::start(&display, &data, &[])?;
    console.introduces_himself(TECHNICIAN, COMPANY)?;
    drop(console);
    let seeded = past(&data)?;
    let console = Technician::start(&display, &data, &[])?;
    console.page.find("button", "New session")?;
    let window = Window { name: "console", page: &console.page, display: &display };
    let all = views(&seeded);
    for look in looks {
        window.dress(*look)?;
        for view in all.iter().filter(|view| ["dashboard", "session-opened", "device"].contains(&view.name)) {
            window.take(album, *look, view);
        }
    }
    Ok(())
}

/// Gives the relay inside a console that does not run its past.
fn past(data: &Path) -> Result<Seeded> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_millis();
    let seeded = seed(&data.join("relay/relay.db"), PAST, i64::try_from(now)?)?;
    let verified = std::process::Command::new(crate::binaries().join("deskhand-relay"))
        .arg("--data")
        .arg(data.join("relay"))
        .args(["audit", "verify"])
        .output()?;
    ensure!(
        verified.status.success(),
        "the audit log of the past does not hold: {}",
        String::from_utf8_lossy(&verified.stderr)
    );
    Ok(seeded)
}

/// Back to what the stage's people can read, in a window with room.
fn english(window: &Window<'_>) -> Result<()> {
    window.dress(LOOKS[0])?;
    window.page.comes("#/", THERE)
}

/// A link on a page elsewhere is opened with the console.
fn link(display: &Display, data: &Path) -> Result<()> {
    let mut command = display.command(crate::binaries().join("deskhand"));
    command.arg("deskhand://session?customer=Mrs%20Kraus&machine=Till%203");
    let opened: ExitStatus = command.env("DESKHAND_DATA", data).env("HOME", data.join("home")).status()?;
    ensure!(opened.success(), "the link was not opened");
    Ok(())
}

/// Somebody calls: every state of a session, and everything that can be opened while it is live.
fn called(
    album: &mut Album,
    looks: &[Look],
    (console, name): (&Technician, &'static str),
    display: &Display,
    folder: &Path,
) -> Result<()> {
    let window = Window { name, page: &console.page, display };
    let code = console.makes_session_for(CUSTOMER, "Reception", "Full service")?;
    for look in looks {
        // It is open in this page only: dressed without loading it anew, so only in colours that hold at once.
        if look.language == "en" && look.colours == "light" {
            display.resize(&display.window(TITLE, SOON)?, look.size.0, look.size.1)?;
            console.page.rests()?;
            album.take(&format!("{name}/invitation"), look.name, |file| window.shoot(file))?;
        }
    }
    console.closes_dialog()?;
    let desk = Display::start(1280, 800)?;
    let customer = Customer::start(&desk, &folder.join("helper"))?;
    customer.types_call(&code)?;
    wait_for("the customer to wait", SOON, || console.page.find_now("button", "Connect"))?;
    window.takes(album, looks, &view("dashboard-waiting", "#/".to_owned(), &[]))?;
    english(&window)?;
    // Where a click on *Connect* leads, before it is clicked.
    let session = console.page.asks("return find('li.waiting .id').title")?;
    let hash = format!("#/session/{}", session.as_str().context("nobody waits")?);
    let at = |name: &'static str, steps: &'static [&'static str]| view(name, hash.clone(), steps);
    window.takes(album, looks, &at("session-waiting", &[]))?;
    english(&window)?;
    console.page.comes(&hash, THERE)?;
    console.connects()?;
    customer.page.find("button", "Deny")?;
    if name == BROWSER {
        return called_in_browser(album, &window, (console, &customer), &hash);
    }
    window.takes(album, looks, &at("session-asking", &[]))?;
    english(&window)?;
    customer.allows()?;
    console.page.comes(&hash, THERE)?;
    console.sees_picture()?;

    let _notes = desk.keeper(&folder.join("typed.txt"))?;
    desk.type_text("The printer in the back office stops after each page.")?;
    for look in looks {
        window.dress(*look)?;
        console.page.comes(&hash, THERE)?;
        console.sees_picture()?;
        live(album, &window, *look)?;
    }
    window.takes(album, looks, &view("floating", "#/devices".to_owned(), &[]))?;
    english(&window)?;
    console.page.comes(&hash, THERE)?;
    customer.page.kill()?;
    console.page.see_within("Reconnecting", Duration::from_secs(30))?;
    window.takes(album, looks, &at("session-reconnecting", &[]))?;
    english(&window)?;
    console.page.comes(&hash, THERE)?;
    console.ends()?;
    console.page.see("Ended by you")?;
    window.takes(album, looks, &at("session-over", &[]))
}

/// The same states in one look: in a browser the call lives in the page, which is not loaded anew for another.
fn called_in_browser(
    album: &mut Album,
    window: &Window<'_>,
    (console, customer): (&Technician, &Customer),
    hash: &str,
) -> Result<()> {
    let look = LOOKS[0];
    let take = |album: &mut Album, screen: &str| {
        album.take(&format!("{}/{screen}", window.name), look.name, |file| window.shoot(file))
    };
    take(album, "session-asking")?;
    customer.allows()?;
    console.sees_picture()?;
    live(album, window, look)?;
    window.page.script("location.hash = '#/devices'", &[])?;
    window.page.rests_long()?;
    take(album, "floating")?;
    window.page.script("location.hash = arguments[0]", &[json!(hash)])?;
    console.sees_picture()?;
    customer.page.kill()?;
    window.page.see_within("Reconnecting", Duration::from_secs(40))?;
    take(album, "session-reconnecting")?;
    console.ends()?;
    window.page.see("Ended by you")?;
    take(album, "session-over")
}

/// The live session with each of its menus and panels open, one after the other.
fn live(album: &mut Album, window: &Window<'_>, look: Look) -> Result<()> {
    const MENUS: &str = "[...document.querySelectorAll('.toolbar button[aria-haspopup]')]";
    // But for full screen, which says the same twice and has no toolbar.
    const PANELS: &str = "[...document.querySelectorAll('.toolbar button[aria-pressed]')]\
        .filter((one) => !one.closest('.group') && one.getAttribute('aria-label') !== one.title)";
    let page = window.page;
    album.take(&format!("{}/live", window.name), look.name, |file| window.shoot(file))?;
    for (kind, buttons) in [("menu", MENUS), ("panel", PANELS)] {
        let count = page.asks(&format!("return {buttons}.length"))?;
        for at in 0..count.as_u64().unwrap_or(0) {
            // By its picture: words differ from language to language.
            page.does(&format!("{buttons}[{at}].click()"))?;
            if kind == "panel" {
                page.rests_long()?;
            }
            let screen = format!("{}/live-{kind}-{}", window.name, at + 1);
            album.take(&screen, look.name, |file| window.shoot(file))?;
            page.does(&format!("{buttons}[{at}].click()"))?;
        }
    }
    Ok(())
}

/// Whether a folder has a picture of a screen in a look.
#[must_use]
pub fn has(folder: &Path, screen: &str, look: Look) -> bool {
    fs::metadata(folder.join("console").join(screen).join(format!("{}.png", look.name))).is_ok()
}
