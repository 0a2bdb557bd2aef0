//! `cargo xtask demo`: one real call, from the first start of the console to the end of the session, through the real
//! windows. The customer's side always has a virtual display of its own; the console opens on this machine's display
//! if there is one.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use serde::Serialize;
use serde_json::json;

use crate::{
    build, say,
    stage::{
        Program,
        call::{COMPANY, CUSTOMER, TECHNICIAN},
        customer::{BAR, Customer},
        display::Display,
        flip,
        technician::Technician,
        wait_for,
    },
    system,
};

/// What is typed through the product: capitals, symbols, an accent.
const TYPED: &str = "Hello, Deskhand! (100%) [ok] {x} ~ @ # | \\ Gr\u{fc}\u{df}e";
/// Samples of the time from key to pixel; 50 is the least that is asked for.
const SAMPLES: usize = 60;
/// The customer's screen in pixels.
const SCREEN: (u32, u32) = (1920, 1080);

/// Where the console opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    /// On a virtual display.
    Virtual,
    /// On this machine's display, if it has one.
    OwnIfAny,
}

/// What was measured; the names are those of the benchmarks.
#[derive(Debug, Serialize)]
struct Report {
    first_frame_ms: f64,
    frames: u64,
    typed_ok: bool,
    codec: String,
    path: String,
    click_to_pixel_ms: Percentiles,
    screenshots: Vec<PathBuf>,
}

#[derive(Debug, Serialize)]
struct Percentiles {
    p50: f64,
    p95: f64,
    samples: usize,
}

/// Runs the call.
///
/// # Errors
///
/// When any step of it does not happen.
pub fn run(screen: Screen, json: Option<&Path>, out: &Path) -> Result<()> {
    system::ensure_packages()?;
    build::everything()?;
    let report = play(screen, out)?;
    say(&format!(
        "first picture {:.0} ms after Allow, {} pictures, {} over {}, key to pixel p50 {:.0} ms p95 {:.0} ms",
        report.first_frame_ms,
        report.frames,
        report.codec,
        report.path,
        report.click_to_pixel_ms.p50,
        report.click_to_pixel_ms.p95
    ));
    for file in &report.screenshots {
        say(&format!("screenshot: {}", file.display()));
    }
    if let Some(json) = json {
        fs::write(json, serde_json::to_vec_pretty(&report)?)
            .with_context(|| format!("cannot write {}", json.display()))?;
    }
    ensure!(report.typed_ok, "what was typed did not arrive as it was typed");
    ensure!(report.frames >= 30, "only {} pictures came", report.frames);
    Ok(())
}

fn play(screen: Screen, out: &Path) -> Result<Report> {
    let folder = tempfile::tempdir()?;
    let own = match screen {
        Screen::OwnIfAny => Display::own(),
        Screen::Virtual => None,
    };
    let console = own.map_or_else(technicians_display, Ok)?;
    let desk = Display::start(SCREEN.0, SCREEN.1)?;
    let typed = folder.path().join("typed.txt");
    let _programs = customer_programs(&desk, &typed)?;
    let mut screenshots = Vec::new();
    let mut shoot = |display: &Display, name: &str| -> Result<()> {
        let file = out.join(name);
        display.screenshot(&file)?;
        screenshots.push(file);
        Ok(())
    };

    say("the technician starts the console and makes a support package");
    let technician = Technician::start(&console, &folder.path().join("console"), &[])?;
    technician.introduces_himself(TECHNICIAN, COMPANY)?;
    technician.makes_session(CUSTOMER, "Reception PC")?;
    let package = technician.saves_package()?;
    technician.closes_dialog()?;

    say("the customer starts the helper of the package");
    let helper_folder = folder.path().join("customer/My Downloads");
    let customer = Customer::start_package(&desk, &package, &helper_folder, &folder.path().join("helper"))?;
    technician.page.see("Weber")?;
    wait_for("the customer to wait", Duration::from_secs(30), || technician.page.find_now("button", "Connect"))?;
    // Read once, it is in the way of every picture after that.
    if technician.page.find_now("button", "Dismiss")?.is_some() {
        technician.page.click("button", "Dismiss")?;
    }
    shoot(&console, "console-home.png")?;

    say("the technician connects, the customer is asked and allows");
    technician.connects()?;
    customer.is_asked()?;
    shoot(&desk, "helper-asking.png")?;
    let allowed = customer.allows()?;
    let first_frame_ms = technician.sees_picture()? - allowed;
    desk.window(BAR, Duration::from_secs(10))?;

    say("the technician types into a program of the customer");
    let window = console.window("Deskhand.*", Duration::from_secs(10))?;
    console.focus(&window)?;
    let typed_ok = types(&technician, &console, &window, &desk, &typed)?;
    shoot(&desk, "helper-bar.png")?;

    say("key to pixel is measured");
    let click_to_pixel_ms = key_to_pixel(&technician, &console, &window, &desk)?;
    let frames = technician.frames()?;
    let (codec, path) = technician.live()?;
    // The chat takes room from the picture, so it is opened when nothing more is clicked there.
    clicks_into_notes(&technician, &console, &window, &desk)?;
    technician.opens_chat()?;
    technician.writes("Good morning, Mr Weber. I can see your notes now.")?;
    customer.page.see("I can see your notes now.")?;
    customer.writes("Good morning! The last line is the one I meant.")?;
    technician.page.see("the one I meant")?;
    technician.picture_stands_still()?;
    shoot(&console, "console-session.png")?;

    say("the technician ends the session");
    technician.ends()?;
    wait_for("the bar to go", Duration::from_secs(10), || Ok(desk.window_now(BAR).is_none().then_some(())))?;
    Ok(Report { first_frame_ms, frames, typed_ok, codec, path, click_to_pixel_ms, screenshots })
}

/// A virtual display whose keyboard has every character that is typed: for one that it lacks, `xdotool` would change the
/// layout from key to key, which programs may notice too late.
fn technicians_display() -> Result<Display> {
    let display = Display::start(1440, 940)?;
    let set = display.command("setxkbmap").args(["us", "altgr-intl"]).status().context("cannot start setxkbmap")?;
    ensure!(set.success(), "the technician's keyboard layout cannot be set");
    Ok(display)
}

/// A terminal that keeps what is typed, and the window that changes colour.
fn customer_programs(desk: &Display, typed: &Path) -> Result<[Program; 2]> {
    let keep = format!("stty -echoctl; cat > '{}'", typed.display());
    let terminal = desk.start_program(
        "xterm",
        &[
            "-u8",
            "-fa",
            "DejaVu Sans Mono",
            "-fs",
            "12",
            "-geometry",
            "90x20+900+420",
            "-T",
            "Customer notes",
            "-e",
            "sh",
            "-c",
            &keep,
        ],
    )?;
    let this = crate::binaries().join("xtask");
    let flip = desk.start_program(&this.to_string_lossy(), &["flip-window"])?;
    desk.window("Customer notes", Duration::from_secs(10))?;
    desk.window(flip::TITLE, Duration::from_secs(10))?;
    Ok([terminal, flip])
}

/// Clicks into the customer's terminal through the console's window.
fn clicks_into_notes(technician: &Technician, console: &Display, window: &str, desk: &Display) -> Result<()> {
    let terminal = desk.window("Customer notes", Duration::from_secs(5))?;
    let (x, y, width, height) = desk.place(&terminal)?;
    let (at_x, at_y) = technician.on_screen(console, window, (x + width / 2) as u32, (y + height / 2) as u32)?;
    console.click(at_x, at_y)
}

/// Clicks into the customer's terminal and types, all through the console's window.
fn types(technician: &Technician, console: &Display, window: &str, desk: &Display, typed: &Path) -> Result<bool> {
    clicks_into_notes(technician, console, window, desk)?;
    console.type_text(TYPED)?;
    console.press("Return")?;
    let arrived = wait_for("the typed text", Duration::from_secs(20), || {
        Ok(fs::read_to_string(typed).ok().filter(|text| text.ends_with('\n')))
    });
    let arrived = arrived.unwrap_or_else(|_| fs::read_to_string(typed).unwrap_or_default());
    let ok = arrived.trim_end_matches('\n') == TYPED;
    if !ok {
        say(&format!("typed   {TYPED:?}\narrived {arrived:?}"));
    }
    Ok(ok)
}

/// Presses keys in the console's window and watches its canvas for the block's other colour.
fn key_to_pixel(technician: &Technician, console: &Display, window: &str, desk: &Display) -> Result<Percentiles> {
    let block = desk.window(flip::TITLE, Duration::from_secs(5))?;
    let (x, y, _, _) = desk.place(&block)?;
    // Near the corner, where no other window lies over it; the click brings it to the front.
    let (x, y) = ((x + 60) as u32, (y + 60) as u32);
    let (at_x, at_y) = technician.on_screen(console, window, x, y)?;
    console.click(at_x, at_y)?;
    // Listens before the product does. The page notes by itself when the pixel is drawn in another colour; a change
    // counts when it is more than coding noise.
    technician.page.script(
        "const watch = window.__deskhand.watchPixel(arguments[0], arguments[1]);\
         const samples = window.__samples = [];\
         addEventListener('keydown', (event) => {\
           const from = event.timeStamp; const before = watch.changes.at(-1);\
           const look = () => {\
             const far = ([at, red, , blue]) => at >= from && Math.abs(red - before[1]) + Math.abs(blue - before[3]) > 120;\
             const hit = before && watch.changes.find(far);\
             if (hit) samples.push(hit[0] - from);\
             else if (performance.now() - from < 2000) setTimeout(look, 5);\
           }; look();\
         }, {capture: true});",
        &[json!(x), json!(y)],
    )?;
    let mut sent = 0;
    while sent < SAMPLES {
        let before = samples(technician)?.len();
        console.press("a")?;
        sent += 1;
        let pressed = Instant::now();
        wait_for("the block's other colour", Duration::from_secs(3), || {
            Ok((samples(technician)?.len() > before).then_some(()))
        })
        .with_context(|| format!("after {sent} keys, {} ms", pressed.elapsed().as_millis()))?;
    }
    let mut samples = samples(technician)?;
    samples.sort_by(f64::total_cmp);
    let at = |share: f64| samples.get(((samples.len() - 1) as f64 * share) as usize).copied().unwrap_or_default();
    Ok(Percentiles { p50: at(0.5), p95: at(0.95), samples: samples.len() })
}

fn samples(technician: &Technician) -> Result<Vec<f64>> {
    let value = technician.page.script("return window.__samples", &[])?;
    Ok(serde_json::from_value(value)?)
}
