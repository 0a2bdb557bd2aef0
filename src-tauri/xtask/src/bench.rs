//! `cargo xtask bench NAME`: measures on the real programs. A timing never decides a test.
//!
//! | module | what it does |
//! |---|---|
//! | [`picture`] | `bench picture`: which scenes, how often, one object of figures |
//! | [`files`] | `bench files`: transfers |
//! | [`hands`] | `bench hands`: from a key to the program and back to the eye |
//! | [`console`] | `bench console`: first screen, filters, memory over a relay with much in it |
//! | [`helper`] | `bench helper`: start, memory and size of the shipped helper |
//! | [`scenes`] | the scenes, a file each |
//! | [`ends`] | helper with its windows, relay and probe in a call |
//! | [`screen`] | the measured desktop, watched from beside it |
//! | [`page`], [`windows`] | what moves on it |
//! | [`figures`], [`quality`] | percentiles, medians; PSNR and SSIM |
//! | [`processes`], [`clock`] | processor time; the clock all programs share |
//! | `number`, `framebuffer` | shared with `deskhand-probe`: the number in a picture, the X server's framebuffer |

pub mod clock;
pub mod console;
pub mod ends;
pub mod figures;
pub mod files;
#[allow(dead_code, reason = "the probe compares whole pictures with it")]
#[path = "../../viewer/src/bin/deskhand-probe/framebuffer.rs"]
mod framebuffer;
pub mod hands;
pub mod helper;
#[path = "../../viewer/src/bin/deskhand-probe/number.rs"]
mod number;
pub mod page;
pub mod picture;
pub mod processes;
pub mod quality;
pub mod scenes;
pub mod screen;
pub mod windows;

use std::{fs, path::Path};

use anyhow::{Context as _, Result, bail};

use crate::{build, linux, say, system};

/// Which programs are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Programs {
    /// Built from what is checked out.
    Fresh,
    /// Those that were built last.
    AsTheyAre,
}

/// Runs one benchmark: these scenes of it, or those it has by default.
///
/// # Errors
///
/// When there is none of that name, or a scene cannot be played; what was measured is written nevertheless.
pub fn run(name: &str, json: Option<&Path>, scenes: &[String], repetitions: u32, programs: Programs) -> Result<()> {
    let measure: Box<dyn FnOnce() -> (serde_json::Value, Vec<String>)> = match name {
        "picture" => {
            let scenes = picture::choose(scenes)?;
            Box::new(move || picture::run(&scenes, repetitions))
        }
        "files" => {
            let parts = files::choose(scenes)?;
            Box::new(move || files::run(&parts, repetitions))
        }
        "hands" if scenes.is_empty() => Box::new(move || hands::run(repetitions)),
        "helper" if scenes.is_empty() => Box::new(move || helper::run(repetitions)),
        "console" if scenes.is_empty() => Box::new(move || console::run(repetitions)),
        "console" | "hands" | "helper" => bail!("bench {name} has no scenes to choose from"),
        other => bail!("there is no benchmark {other:?}; there are: console, files, hands, helper, picture"),
    };
    system::ensure_bench_packages()?;
    if programs == Programs::Fresh {
        build::everything()?;
        if name == "helper" {
            linux::build(Path::new(linux::OUT))?;
        }
    }
    let (figures, problems) = measure();
    let text = serde_json::to_string_pretty(&figures)?;
    say(&text);
    if let Some(json) = json {
        fs::write(json, text).with_context(|| format!("cannot write {}", json.display()))?;
    }
    if !problems.is_empty() {
        bail!("not measured: {}", problems.join("; "));
    }
    Ok(())
}
