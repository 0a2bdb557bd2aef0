//! `cargo xtask test`: every check, in the order in which a mistake shows soonest.

use anyhow::Result;

use crate::{PROFILE, build, codegen, root, run_in, say, system, windows};

/// Runs every check.
///
/// # Errors
///
/// At the first check that fails.
pub fn run() -> Result<()> {
    system::ensure_packages()?;
    system::ensure_nextest()?;
    let root = root();
    step("format");
    run_in(&root, "cargo", &["fmt", "--all", "--check"])?;
    step("pages");
    build::pages()?;
    for page in build::PAGES {
        let folder = root.join(page);
        for script in ["format:check", "check", "lint", "test", "axe:some"] {
            run_in(&folder, "npm", &["run", "--silent", "--if-present", script])?;
        }
    }
    step("lints");
    let lint = ["clippy", "--quiet", "--profile", PROFILE, "--workspace", "--all-targets", "--", "-D", "warnings"];
    run_in(&root, "cargo", &lint)?;
    step("types of what only Windows builds");
    // It comes by network, which a machine that only checks may not have.
    match system::ensure_target(windows::TARGET) {
        Ok(()) => windows::check()?,
        Err(error) => say(&format!(
            "NOT CHECKED: Rust's standard library for {} is not on this machine and could not be installed ({error:#})",
            windows::TARGET
        )),
    }
    step("programs");
    build::programs()?;
    step("generated types");
    codegen::run(codegen::Mode::Check)?;
    step("tests, those with real windows last");
    run_in(&root, "cargo", &["nextest", "run", "--cargo-profile", PROFILE, "--workspace", "--no-fail-fast"])
}

fn step(name: &str) {
    say(&format!("\n== {name}"));
}
