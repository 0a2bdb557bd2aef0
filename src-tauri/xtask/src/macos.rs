//! What only a Mac builds, checked without one: the types of the helper's screen, hands, bar and windows.

use anyhow::{Context as _, Result, ensure};

use crate::{PROFILE, binaries, command, root, system, windows::link};

/// Rust's name of it.
pub const TARGET: &str = "aarch64-apple-darwin";
/// The first macOS that can be captured in this way.
const OLDEST: &str = "12.3";

/// Checks the types of what only a Mac builds, as `windows::check` does for Windows: what is written in C is left out,
/// and nothing is linked. Nothing but Rust's standard library for macOS is needed, and the built pages.
///
/// # Errors
///
/// At the first mistake.
pub fn check() -> Result<()> {
    system::ensure_target(TARGET)?;
    let idle = link::idle_tool(&binaries().with_file_name(TARGET).join("check"))?;
    let nothing = idle.parent().unwrap_or(&idle);
    let mut cargo = command("cargo");
    cargo
        .args(["clippy", "--profile", PROFILE, "--target", TARGET, "-p", "deskhand-helper"])
        .args(["--lib", "--bins", "--", "-D", "warnings"])
        .current_dir(root());
    for tool in ["CC", "CXX", "AR"] {
        cargo.env(format!("{tool}_aarch64_apple_darwin"), &idle);
    }
    for place in ["SDKROOT", "LIB_AOM_STATIC_LIB_PATH", "LIB_AOM_INCLUDE_PATH", "LIB_AOM_PKG_CONFIG_PATH"] {
        cargo.env(place, nothing);
    }
    // What would be asked of Apple's tools.
    cargo
        .env("MACOSX_DEPLOYMENT_TARGET", OLDEST)
        .env("RANLIB_aarch64_apple_darwin", "true")
        .env("OPENH264_NO_ASM", "1");
    let status = cargo.status().context("cannot start cargo")?;
    ensure!(status.success(), "cargo failed ({status})");
    Ok(())
}
