//! A call with the Windows helper under Wine: it starts from a folder with spaces, umlauts and a name as browsers give
//! it, registers, asks, and shows its desktop to `deskhand-probe`, which types into a program there.
//!
//! Wine 8 has no WebView2, so what is seen is the plain window, and no desktop duplication, so what is seen of the
//! desktop is GDI's copy. It lacks one library that Rust's own uses for random numbers; a stand-in lies beside the
//! program, for this test only.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use super::{folder, is_built, mingw, programs};
use crate::{
    PROFILE,
    bench::{Programs, ends::Probe},
    build, root, say,
    stage::{Program, display::Display, relay::RelayProgram, wait_for},
    system,
};

/// How long Wine may take for anything.
const PATIENCE: Duration = Duration::from_secs(90);
/// From the question to an answer that counts, and a little.
const THINKING: Duration = Duration::from_millis(1_500);
/// The letter W as a USB usage.
const USAGE: u16 = 0x1a;
/// Pixels that a letter changes at least.
const LETTER: usize = 12;

/// The library that Wine 8 lacks, in terms of what it has.
const STAND_IN: &str = "#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size) { return SystemFunction036(data, (ULONG)size); }
";

/// Wine with a folder of its own, which ends with its owner.
#[derive(Debug)]
struct Wine<'display> {
    display: &'display Display,
    prefix: PathBuf,
}

impl Wine<'_> {
    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = self.display.command("wine");
        command
            .arg(program)
            .env("WINEPREFIX", &self.prefix)
            .env("WINEARCH", "win64")
            .env("WINEDEBUG", "-all")
            // Nothing is fetched, and the library beside the program is taken.
            .env("WINEDLLOVERRIDES", "mscoree,mshtml=;winemenubuilder.exe=;bcryptprimitives=n,b");
        command
    }
}

impl Drop for Wine<'_> {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(Command::new("wineserver").arg("-k").env("WINEPREFIX", &self.prefix).status());
    }
}

/// Plays it, and leaves screenshots.
///
/// # Errors
///
/// At the first step that does not happen.
pub fn run(out: &Path, which: Programs) -> Result<()> {
    system::ensure_wine_packages()?;
    if matches!(which, Programs::Fresh) || !is_built(PROFILE) {
        system::ensure_target(super::TARGET)?;
        build::everything()?;
        programs(PROFILE)?;
    }
    let out = root().join(out);
    fs::create_dir_all(&out)?;
    let data = tempfile::tempdir()?;
    let display = Display::start(1280, 800)?;
    let wine = Wine { display: &display, prefix: data.path().join("wine") };
    say("Wine begins");
    let begun = wine.command("wineboot").arg("-i").status().context("cannot start Wine")?;
    ensure!(begun.success(), "Wine does not begin ({begun})");

    let program = unpack(data.path())?;
    let relay = RelayProgram::start(&data.path().join("relay"))?;
    let mut probe = Probe::start(&data.path().join("probe"), &relay)?;
    let call = probe.event("session", PATIENCE)?["call"].as_str().context("the probe names no call")?.to_owned();
    let started = Instant::now();
    let mut helper = wine.command(&program);
    helper.args(call.split(' ')).arg("--data").arg(windows_path(&data.path().join("helper")));
    if std::env::var_os("DESKHAND_STAGE_LOG").is_some() {
        helper.stderr(Stdio::inherit());
    }
    let _helper = Program::new(helper.spawn().context("cannot start Wine")?);
    let window = display.window("Deskhand Helper", PATIENCE)?;
    say(&format!("the helper's window stands after {:.1} s", started.elapsed().as_secs_f64()));
    display.screenshot(&out.join("1-window.png"))?;

    // The warning of swindlers, then the list, then mouse and keyboard; the keyboard is on the first button each time.
    let mut seen = display.picture()?;
    for (step, keys) in [("2-warning", &["space"][..]), ("3-list", &["Tab", "space"]), ("4-hands", &["Tab", "space"])] {
        let before = seen.clone();
        wait_for(step, PATIENCE, || {
            let now = display.picture()?;
            Ok((now != before).then_some(()))
        })?;
        std::thread::sleep(THINKING);
        display.screenshot(&out.join(format!("{step}.png")))?;
        seen = display.picture()?;
        display.focus(&window)?;
        for key in keys {
            display.press(key)?;
        }
    }
    let shown = probe.event("first_picture", PATIENCE)?;
    say(&format!("the technician sees the desktop: {shown}"));
    display.window("Deskhand bar", PATIENCE)?;

    let _notes = Program::new(wine.command("notepad").spawn()?);
    let notes = display.window("Notepad", PATIENCE)?;
    display.focus(&notes)?;
    std::thread::sleep(THINKING);
    let (x, y, width, height) = display.place(&notes)?;
    let part = |picture: crate::stage::display::Picture| {
        picture.part(x.unsigned_abs(), y.unsigned_abs(), width.unsigned_abs(), height.unsigned_abs())
    };
    let before = part(display.picture()?);
    let pixel = (u16::try_from(x + width / 2)?, u16::try_from(y + height / 2)?);
    let order = json!({"do": "type", "usage": USAGE, "text": "w", "pauses_ms": vec![150; 8], "pixel": pixel});
    probe.order(&order)?;
    wait_for("what the technician types", PATIENCE, || {
        let differing = part(display.picture()?).differing(&before).unwrap_or_default();
        Ok((differing > 8 * LETTER).then_some(()))
    })?;
    display.screenshot(&out.join("5-live.png"))?;
    say("what the technician types is in the customer's program");
    probe.end();
    Ok(())
}

/// The program as a customer's browser leaves it, with the stand-in beside it.
fn unpack(above: &Path) -> Result<PathBuf> {
    let place = above.join("Meine Übungen").join("Deskhand Support");
    fs::create_dir_all(&place)?;
    let program = place.join("deskhand-helper (1).exe");
    fs::copy(folder(PROFILE).join("deskhand-helper.exe"), &program)?;
    let source = above.join("stand-in.c");
    fs::write(&source, STAND_IN)?;
    let library = place.join("bcryptprimitives.dll");
    let text = |path: &Path| path.to_str().map(str::to_owned).context("a path is not text");
    mingw("gcc-posix", &["-shared", "-o", &text(&library)?, &text(&source)?, "-ladvapi32"])?;
    Ok(program)
}

/// A path of this machine as Wine's programs name it.
fn windows_path(path: &Path) -> String {
    format!("Z:{}", path.display().to_string().replace('/', "\\"))
}
