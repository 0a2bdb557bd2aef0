//! What comes before the call: parts of the programs by themselves, and starts that lead to a sentence or to another start.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::{
    PATIENCE, PROBLEM, READABLE, WARNING,
    ground::{Wine, put_stand_in, windows_path},
    look::{inked, part},
};
use crate::{
    PROFILE,
    bench::ends::Probe,
    stage::{Program, display::Display, relay::RelayProgram, wait_for},
    windows::tests,
};

/// What is written for Windows alone, and is small enough to be tested by itself: where a second start knocks, and what
/// starts the console.
const PARTS: [&str; 2] = ["deskhand-door", "deskhand-startup"];

/// Runs their tests, and tells how many passed of each.
pub(super) fn parts(wine: &Wine<'_>, folder: &Path) -> Result<((), Value)> {
    fs::create_dir_all(folder)?;
    put_stand_in(folder)?;
    let programs = tests(PROFILE, &PARTS)?;
    ensure!(programs.len() == PARTS.len(), "there are {} programs of tests for {PARTS:?}", programs.len());
    let mut told = serde_json::Map::new();
    for program in programs {
        let name = program.file_stem().context("a program has a name")?.to_string_lossy().into_owned();
        let here = folder.join(format!("{name}.exe"));
        fs::copy(&program, &here)?;
        let output = wine.command(&here).stdout(Stdio::piped()).output().context("cannot start Wine")?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        ensure!(output.status.success(), "{name}: {said}");
        let passed = passed(&said).with_context(|| format!("{name} does not say how it ended: {said}"))?;
        ensure!(passed > 0, "{name} has tested nothing");
        told.insert(name, json!({"passed": passed}));
    }
    Ok(((), told.into()))
}

/// How many tests passed.
fn passed(said: &str) -> Option<u32> {
    let (_, rest) = said.split_once("test result: ok. ")?;
    rest.split_once(" passed")?.0.parse().ok()
}

/// The other programs.
const OTHERS: [&str; 3] = ["deskhand-relay.exe", "deskhand-probe.exe", "deskhand.exe"];

/// Where they lie, if all of them are beside the helper.
pub(super) fn others_beside(helper: &Path) -> Option<PathBuf> {
    let folder = helper.parent()?;
    OTHERS.iter().all(|name| folder.join(name).is_file()).then(|| folder.to_path_buf())
}

/// Relay and probe make a session with each other; the console has no webview here, and says so.
pub(super) fn others(
    wine: &Wine<'_>,
    display: &Display,
    from: &Path,
    folder: &Path,
    out: &Path,
) -> Result<((), Value)> {
    fs::create_dir_all(folder)?;
    put_stand_in(folder)?;
    for name in OTHERS {
        fs::copy(from.join(name), folder.join(name))?;
    }
    let with_data = |program: &str, data: &str| {
        let mut command = wine.command(folder.join(program));
        command.arg("--data").arg(windows_path(&folder.join(data)));
        command
    };
    let mut relay = with_data("deskhand-relay.exe", "relay");
    relay.stderr(fs::File::create(out.join("relay.log"))?);
    let relay = RelayProgram::start_command(relay, &folder.join("relay")).context("the relay for Windows")?;
    let mut probe = with_data("deskhand-probe.exe", "probe");
    probe.stderr(fs::File::create(out.join("probe.log"))?);
    let mut probe = Probe::start_command(probe, &relay).context("the probe for Windows")?;
    let made = probe.event("session", PATIENCE)?;
    let call = made["call"].as_str().context("the probe names no call")?;
    ensure!(call.contains(&relay.at.port().to_string()), "the session is not at the relay, but {call}");
    probe.end();

    let mut console = Program::new(with_data("deskhand.exe", "console").stdout(Stdio::null()).spawn()?);
    let window = display.window("Deskhand", PATIENCE)?;
    let place = display.place(&window)?;
    let written = wait_for("a sentence of the console", PATIENCE, || {
        let written = inked(&part(&display.picture()?, place));
        Ok((written > READABLE).then_some(written))
    })?;
    display.screenshot(&out.join("0-console.png"))?;
    display.focus(&window)?;
    display.press("Return")?;
    let code = wait_for("the console to end", PATIENCE, || console.exited())?;
    ensure!(code == 1, "the console ended with {code}");
    Ok(((), json!({"session_at_the_relay": true, "console_says_in_pixels": written})))
}

/// Until the helper's window says something in the colour of what is wrong: in so many pixels.
pub(super) fn warning(display: &Display) -> Result<usize> {
    let window = display.window("Deskhand Helper", PATIENCE)?;
    let place = display.place(&window)?;
    wait_for("a sentence about what is wrong", PATIENCE, || {
        let seen = part(&display.picture()?, place);
        let warning = seen.rgb.iter().filter(|rgb| **rgb == PROBLEM).count();
        Ok((warning > WARNING).then_some(warning))
    })
}

/// Until the helper has no window any more.
pub(super) fn gone(display: &Display) -> Result<()> {
    wait_for("the window to go", PATIENCE, || Ok(display.window_now("Deskhand Helper").is_none().then_some(())))
}

/// Until the relay's list has the session with its helper there, or away.
pub(super) fn listed(probe: &mut Probe, there: bool) -> Result<Value> {
    loop {
        let told = probe.event("listed", PATIENCE)?;
        if told["helper_online"] == there {
            return Ok(told);
        }
    }
}

#[cfg(test)]
mod tests_of_words {
    use super::*;

    #[test]
    fn only_tests_that_passed_are_counted() {
        assert_eq!(passed("running 6 tests\n\ntest result: ok. 6 passed; 0 failed; 0 ignored"), Some(6));
        assert_eq!(passed("test result: FAILED. 5 passed; 1 failed"), None);
        assert_eq!(passed(""), None);
    }
}
