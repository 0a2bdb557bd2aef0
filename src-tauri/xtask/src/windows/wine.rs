//! A call with the Windows helper under Wine, step by step: each step is looked at from outside, and the report says how
//! far it got.
//!
//! | step | what is looked at |
//! |---|---|
//! | `program` | what Windows will read of it: how it starts, its parts, imports, manifest, icon and version |
//! | `wine` | Wine's own folder is made |
//! | `parts` | the tests of what is written for Windows alone and needs no window pass |
//! | `others` | if they lie beside the helper as they are shipped: probe and relay for Windows make a session, and the console says in a box that it lacks its webview |
//! | `damaged` | a support file that was cut off is said to be of no use, in the colour of what is wrong |
//! | `archive` | started out of a zip viewer, which unpacks nothing else, it says in that colour what to do |
//! | `second` | a second start ends by itself, and the first one has taken over its call |
//! | `window` | the plain window stands, and there is something to read in it |
//! | `package` | the relay hears of the helper, which only the support file beside the program told it of |
//! | `waiting` | the relay's list shows the session as waiting, on Windows |
//! | `consent` | three clicks; then the relay's record has what was allowed |
//! | `picture` | what the technician sees is the customer's screen, pixel by pixel |
//! | `bar` | the bar's window stands, in its own colour |
//! | `keys` | a program of Windows got each key, and the technician saw what it did |
//! | `text` | the same program got text that no keyboard has |
//! | `mouse` | the same program got a click, at its place |
//! | `end` | bar and call are over on both sides, and nothing is held |
//! | `traces` | nothing was written beside the program, nor into the registry |
//!
//! Wine 8 has no WebView2, so what is seen is the plain window, and no desktop duplication, so what is seen of the
//! desktop is GDI's copy. It lacks one library that Rust's own uses for random numbers; a stand-in lies beside each
//! program, for this story only.

use std::{
    fs,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use deskhand_protocol::package::FILE_NAME;
use serde_json::{Value, json};

mod begin;
mod ground;
mod look;

use ground::{Customers, Wine, support_file, windows_path};
use look::{Key, above_buttons, inked, part, still, units, what_the_technician_sees};

use super::{exe, helper, programs};
use crate::{
    PROFILE,
    bench::{Programs, ends::Probe},
    build, root, say,
    stage::{Program, display::Display, relay::RelayProgram, wait_for},
    system,
};

/// How long Wine may take for anything.
const PATIENCE: Duration = Duration::from_secs(90);
const SCREEN: (u16, u16) = (1280, 800);
/// The letter W as a USB usage, and what it types.
const USAGE: u16 = 0x1a;
const LETTER: &str = "w";
const LETTERS: usize = 8;
/// What no keyboard has, in one go.
const TEXT: &str = "Grüße, Łódź 😀";
/// Where the technician clicks, in pixels of the screen: in the customer's program.
const CLICK: (i32, i32) = (300, 500);
/// The bar's colour.
const BAR: [u8; 3] = [0x0f, 0x2b, 0x21];
/// The plain window's colour of what is wrong.
const PROBLEM: [u8; 3] = [0xb3, 0x26, 0x1e];
/// Pixels of a sentence, of one in that colour, and of the bar, at least.
const READABLE: usize = 400;
const WARNING: usize = 100;
const VISIBLE: usize = 5_000;

/// What was reached.
#[derive(Debug, Default)]
struct Story {
    steps: Vec<Value>,
}

impl Story {
    /// Plays a step, which answers with what it saw.
    fn step<T>(&mut self, name: &str, play: impl FnOnce() -> Result<(T, Value)>) -> Result<T> {
        say(&format!("== {name}"));
        let begun = Instant::now();
        let (ending, seen) = match play() {
            Ok((ending, seen)) => (Ok(ending), seen),
            Err(error) => {
                let seen = json!(format!("{error:#}"));
                (Err(error.context(format!("the step {name:?}"))), seen)
            }
        };
        let seconds = (begun.elapsed().as_secs_f64() * 10.0).round() / 10.0;
        self.steps.push(json!({"step": name, "reached": ending.is_ok(), "seconds": seconds, "seen": seen}));
        ending
    }
}

/// Plays it, leaves screenshots, and says as JSON how far it got.
///
/// # Errors
///
/// At the first step that does not happen.
pub fn run(out: &Path, json: Option<&Path>, exe: Option<&Path>, which: Programs) -> Result<()> {
    system::ensure_wine_packages()?;
    system::ensure_target(super::TARGET)?;
    let program = exe.map_or_else(|| helper(PROFILE), Path::to_path_buf);
    if matches!(which, Programs::Fresh) || !program.is_file() {
        build::everything()?;
        if exe.is_none() {
            programs(PROFILE, &["deskhand-helper"])?;
        }
    }
    let out = root().join(out);
    fs::create_dir_all(&out)?;
    let mut story = Story::default();
    let played = play(&mut story, &program, &out);
    let reached = story.steps.iter().rfind(|step| step["reached"] == true).map(|step| step["step"].clone());
    let whole = played.is_ok();
    let version = Command::new("wine").arg("--version").output().map(|output| output.stdout).unwrap_or_default();
    let report = json!({
        "wine": String::from_utf8_lossy(&version).trim(),
        "whole": whole,
        "reached": reached,
        "steps": story.steps,
    });
    let report = serde_json::to_string_pretty(&report)?;
    say(&report);
    if let Some(json) = json {
        fs::write(json, report).with_context(|| format!("cannot write {}", json.display()))?;
    }
    played
}

fn play(story: &mut Story, program: &Path, out: &Path) -> Result<()> {
    story.step("program", || {
        let bytes = fs::read(program).with_context(|| format!("there is no {}", program.display()))?;
        let facts = exe::Facts::read(&bytes)?;
        facts.check(exe::Kind::Window)?;
        Ok(((), json!({"bytes": bytes.len(), "imports": facts.imports, "sections": facts.sections})))
    })?;
    let data = tempfile::tempdir()?;
    let display = Display::start_watched(SCREEN.0.into(), SCREEN.1.into())?;
    let wine = story.step("wine", || Ok((Wine::begin(&display, data.path().join("wine"))?, Value::Null)))?;
    story.step("parts", || begin::parts(&wine, &data.path().join("parts")))?;
    if let Some(others) = begin::others_beside(program) {
        story.step("others", || begin::others(&wine, &display, &others, &data.path().join("others"), out))?;
    }

    let relay = RelayProgram::start(&data.path().join("relay"))?;
    let technician = data.path().join("probe");
    let mut probe = Probe::start(&technician, &relay)?;
    let link = probe.event("session", PATIENCE)?["link"].as_str().context("the probe names no link")?.to_owned();
    let support = support_file(&link, &technician)?;
    let customers = Customers::unpack(data.path(), program, &support)?;
    let beside = customers.beside()?;
    let log = out.join("helper.log");
    let start_one = |program: &Path, log: &Path| -> Result<Program> {
        let mut helper = wine.command(program);
        helper
            .arg("--data")
            .arg(windows_path(&data.path().join("helper")))
            .env("DESKHAND_LOG", "info,deskhand=debug")
            .env("NO_COLOR", "1")
            .stderr(fs::File::create(log)?);
        Ok(Program::new(helper.spawn().context("cannot start Wine")?))
    };
    let start = || start_one(&customers.program, &log);

    story.step("damaged", || {
        let file = customers.program.with_file_name(FILE_NAME);
        fs::write(&file, support.get(..support.len() - 30).unwrap_or_default())?;
        let mut helper = start()?;
        let warning = begin::warning(&display)?;
        display.screenshot(&out.join("0-damaged.png"))?;
        helper.kill();
        fs::write(&file, &support)?;
        begin::gone(&display)?;
        Ok(((), json!({"pixels_of_the_warning": warning})))
    })?;
    let clicked = customers.in_a_zip_viewer()?;
    let mut first = story.step("archive", || {
        let first = start_one(&clicked, &out.join("archive.log"))?;
        let warning = begin::warning(&display)?;
        display.screenshot(&out.join("0-archive.png"))?;
        Ok((first, json!({"pixels_of_the_warning": warning})))
    })?;
    story.step("second", || {
        let mut second = start_one(&customers.program, &out.join("second.log"))?;
        let code = wait_for("the second start to end", PATIENCE, || second.exited())?;
        ensure!(code == 0, "the second start ended with {code}");
        begin::listed(&mut probe, true)?;
        display.screenshot(&out.join("0-second.png"))?;
        first.kill();
        begin::listed(&mut probe, false)?;
        begin::gone(&display)?;
        Ok(((), json!({"exit_code": code})))
    })?;
    let mut helper = start()?;
    let window = story.step("window", || {
        let window = display.window("Deskhand Helper", PATIENCE)?;
        let place = display.place(&window)?;
        // What is to be read stands above the buttons.
        let written = wait_for("something to read in the window", PATIENCE, || {
            let written = inked(&part(&display.picture()?, above_buttons(place)));
            Ok((written > READABLE).then_some(written))
        })?;
        display.screenshot(&out.join("1-window.png"))?;
        let said = fs::read_to_string(&log)?;
        ensure!(said.contains("the plain window is shown"), "it does not say that there is no webview");
        Ok((window, json!({"title": "Deskhand Helper", "inked_pixels": written})))
    })?;

    let told = story.step("package", || {
        let told = begin::listed(&mut probe, true)?;
        Ok((told, json!({"folder": customers.program.parent(), "file": FILE_NAME})))
    })?;
    story.step("waiting", || {
        ensure!(told["status"] == "waiting", "the session is listed as {}", told["status"]);
        let os = told["os"].as_str().unwrap_or_default().to_owned();
        ensure!(os.contains("Windows"), "the relay was told of {os:?}");
        Ok(((), json!({"os": os})))
    })?;

    story.step("consent", || {
        // The warning of swindlers; the list; mouse and keyboard.
        for (number, button) in [("2-warning", Key::First), ("3-list", Key::Right), ("4-hands", Key::Right)] {
            let before = still(&display)?;
            display.screenshot(&out.join(format!("{number}.png")))?;
            let (x, y) = button.of(display.place(&window)?);
            display.focus(&window)?;
            display.click(x, y)?;
            wait_for(&format!("what follows {number}"), PATIENCE, || Ok((display.picture()? != before).then_some(())))?;
        }
        probe.event("first_picture", PATIENCE)?;
        // Each question has a line of its own there.
        let mut granted = String::new();
        wait_for("the answers in the relay's record", PATIENCE, || {
            let sql = "SELECT coalesce(group_concat(granted, ' '), '') FROM consents WHERE answer = 'allowed'";
            granted = relay.stored(sql)?.unwrap_or_default();
            Ok((granted.contains("\"view\"") && granted.contains("\"control\"")).then_some(()))
        })
        .with_context(|| format!("allowed was only {granted}"))?;
        Ok(((), json!({"granted": granted})))
    })?;

    let bar = story.step("bar", || {
        let bar = display.window("Deskhand bar.*", PATIENCE)?;
        let place = display.place(&bar)?;
        let coloured = wait_for("the bar's colour", PATIENCE, || {
            let of_bar = part(&display.picture()?, place).rgb.iter().filter(|rgb| **rgb == BAR).count();
            Ok((of_bar > VISIBLE).then_some(of_bar))
        })?;
        display.screenshot(&out.join("5-bar.png"))?;
        Ok((bar, json!({"place": place, "pixels_of_its_colour": coloured})))
    })?;

    let notes = data.path().join("witness.txt");
    let _witness = Program::new(wine.command(&customers.witness).arg(windows_path(&notes)).spawn()?);
    let theirs = display.window("Customer program", PATIENCE)?;
    story.step("picture", || {
        display.focus(&theirs)?;
        // Out of the way: the pointer is no part of the picture.
        display.move_to(SCREEN.0.into(), SCREEN.1.into())?;
        still(&display)?;
        let seen = what_the_technician_sees(&mut probe, &display, data.path())?;
        let truth = display.picture()?;
        let differing = truth.differing(&seen).context("a picture of another size came")?;
        let all = truth.rgb.len();
        let equal = (all - differing) as f64 / all as f64 * 100.0;
        // The bar may have begun another second meanwhile.
        ensure!(equal > 99.5, "only {equal:.2} % of the pixels are the same");
        Ok(((), json!({"equal_pixels_percent": (equal * 100.0).round() / 100.0})))
    })?;

    story.step("keys", || {
        display.focus(&theirs)?;
        let (x, y, width, height) = display.place(&theirs)?;
        let pixel = (u16::try_from(x + width / 2)?, u16::try_from(y + height / 2)?);
        let order =
            json!({"do": "type", "usage": USAGE, "text": LETTER, "pauses_ms": vec![200; LETTERS], "pixel": pixel});
        probe.order(&order)?;
        let typed = probe.event("typed", PATIENCE)?;
        let got = units(&notes)?;
        let wanted: Vec<u16> = LETTER.encode_utf16().cycle().take(LETTERS).collect();
        ensure!(got == wanted, "the customer's program got {got:x?}");
        let mut seen: Vec<f64> = typed["seen_ms"].as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
        seen.sort_by(f64::total_cmp);
        // How fast is no question to Wine.
        let median = seen.get(seen.len() / 2).context("the technician saw nothing of it")?.round();
        Ok(((), json!({"keys": LETTERS, "seen": seen.len(), "seen_after_ms_median": median})))
    })?;
    story.step("text", || {
        let before = units(&notes)?.len();
        probe.order(&json!({"do": "text", "text": TEXT}))?;
        let wanted: Vec<u16> = TEXT.encode_utf16().collect();
        let mut got = Vec::new();
        wait_for("the text in the customer's program", PATIENCE, || {
            got = units(&notes)?.split_off(before);
            Ok((got.len() >= wanted.len()).then_some(()))
        })
        .with_context(|| format!("it got {got:x?}"))?;
        ensure!(got == wanted, "the customer's program got {:?}", String::from_utf16_lossy(&got));
        Ok(((), json!(TEXT)))
    })?;
    story.step("mouse", || {
        let place = |pixel: i32, size: u16| (f64::from(pixel) + 0.5) * 65_536.0 / f64::from(size);
        let (x, y) = (place(CLICK.0, SCREEN.0) as u16, place(CLICK.1, SCREEN.1) as u16);
        probe.order(&json!({"do": "click", "monitor": 0, "x": x, "y": y}))?;
        let wanted = [format!("down {} {}", CLICK.0, CLICK.1), format!("up {} {}", CLICK.0, CLICK.1)];
        let said = wait_for("the click in the customer's program", PATIENCE, || {
            let clicks: Vec<String> = fs::read_to_string(&notes)?
                .lines()
                .filter(|line| !line.starts_with("unit"))
                .map(str::to_owned)
                .collect();
            Ok((clicks.len() >= 2).then_some(clicks))
        })?;
        ensure!(said == wanted, "the customer's program was clicked as {said:?}");
        display.screenshot(&out.join("6-live.png"))?;
        Ok(((), json!(said)))
    })?;

    story.step("end", || {
        probe.end();
        wait_for("the bar to go", PATIENCE, || Ok(display.window_now("Deskhand bar.*").is_none().then_some(())))?;
        let status: String = wait_for("the end in the relay's record", PATIENCE, || {
            relay.stored("SELECT status FROM sessions WHERE ended_at IS NOT NULL")
        })?;
        still(&display)?;
        let written = inked(&part(&display.picture()?, above_buttons(display.place(&window)?)));
        ensure!(written > READABLE, "the window does not say how it ended");
        let held = display.held()?;
        ensure!(held.is_empty(), "keys or buttons {held:?} are still down");
        display.screenshot(&out.join("7-ended.png"))?;
        display.focus(&window)?;
        display.press("alt+F4")?;
        let code = wait_for("the helper to end", PATIENCE, || helper.exited())?;
        ensure!(code == 0, "the helper ended with {code}");
        Ok(((), json!({"status": status, "bar": bar, "exit_code": code})))
    })?;
    story.step("traces", || {
        wine.end();
        let left = customers.beside()?;
        ensure!(left == beside, "beside the program lie {left:?} now");
        let traces = wine.registry("deskhand")?;
        ensure!(traces.is_empty(), "the registry has {traces:?}");
        Ok(((), json!({"beside_the_program": left})))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_story_tells_what_was_reached_and_what_not() {
        let mut story = Story::default();
        story.step("one", || Ok(((), json!("seen")))).unwrap();
        let broken: Result<()> = story.step("two", || anyhow::bail!("no such window"));
        assert!(format!("{:#}", broken.unwrap_err()).contains("two"));
        let told: Vec<_> = story.steps.iter().map(|step| (&step["step"], &step["reached"], &step["seen"])).collect();
        assert_eq!(
            told,
            [(&json!("one"), &json!(true), &json!("seen")), (&json!("two"), &json!(false), &json!("no such window")),]
        );
    }
}
