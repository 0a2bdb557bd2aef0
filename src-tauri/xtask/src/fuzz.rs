//! `cargo xtask fuzz`: builds and runs `deskhand-fuzz`, whose inputs are replayed by its tests.

use anyhow::{Context as _, Result};

use crate::{binaries, build, root, run_in, system};

/// Looks for inputs of a new shape, and for those that break a decoder.
///
/// # Errors
///
/// When a decoder broke; the input is kept beside the others.
pub fn run(minutes: f64, target: Option<&str>) -> Result<()> {
    system::ensure_packages()?;
    build::programs()?;
    let program = binaries().join("deskhand-fuzz");
    let minutes = minutes.to_string();
    let mut args = vec!["--minutes", &*minutes];
    if let Some(target) = target {
        args.extend(["--target", target]);
    }
    run_in(&root(), program.to_str().context("a plain path")?, &args)
}
