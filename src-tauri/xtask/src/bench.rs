//! `cargo xtask bench NAME`: measures on the real programs. A timing never decides a test.
//!
//! | module | what it does |
//! |---|---|
//! | [`picture`] | `bench picture`: which scenes, how often, one object of figures |
//! | [`hands`] | `bench hands`: from a key to the program and back to the eye |
//! | [`scenes`] | the scenes, a file each |
//! | [`ends`] | helper with its windows, relay and probe in a call |
//! | [`screen`] | the measured desktop, watched from beside it |
//! | [`page`], [`windows`] | what moves on it |
//! | [`figures`], [`quality`] | percentiles, medians; PSNR and SSIM |
//! | [`processes`], [`clock`] | processor time; the clock all programs share |
//! | `number`, `framebuffer` | shared with `deskhand-probe`: the number in a picture, the X server's framebuffer |

pub mod clock;
pub mod ends;
pub mod figures;
#[allow(dead_code, reason = "the probe compares whole pictures with it")]
#[path = "../../viewer/src/bin/deskhand-probe/framebuffer.rs"]
mod framebuffer;
pub mod hands;
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

use crate::{build, say, system};

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
    let scenes = match name {
        "picture" => Some(picture::choose(scenes)?),
        "hands" if scenes.is_empty() => None,
        "hands" => bail!("bench hands has no scenes to choose from"),
        other => bail!("there is no benchmark {other:?}; there are: picture, hands"),
    };
    system::ensure_bench_packages()?;
    if programs == Programs::Fresh {
        build::everything()?;
    }
    let (figures, problems) = match scenes {
        Some(scenes) => picture::run(&scenes, repetitions),
        None => hands::run(repetitions),
    };
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
