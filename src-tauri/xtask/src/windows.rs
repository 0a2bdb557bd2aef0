//! The programs for Windows, built on Linux by MinGW.
//!
//! | module | what it does |
//! |---|---|
//! | [`exe`] | reads what Windows will read of a program, and says what is wrong with it |
//! | [`link`] | what is linked in instead of lying beside the program |
//! | [`wine`] | a call with the helper for Windows, as far as Wine can run it |
//!
//! Each program is one file: the C++ library is linked in, and Microsoft's loader for WebView2 is part of it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};
use sha2::{Digest as _, Sha256};

use crate::{build, command, root, run_in, say, system};

pub mod exe;
pub mod link;
pub mod wine;

/// Rust's name of it.
pub const TARGET: &str = "x86_64-pc-windows-gnu";
/// The profile of what is shipped.
const PROFILE: &str = "ship";
/// The packages that hold the programs.
const PACKAGES: [&str; 4] = ["deskhand-helper", "deskhand", "deskhand-relay", "deskhand-viewer"];

/// A program, and how Windows is to start it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shipped {
    /// Its file's name.
    pub file: &'static str,
    /// Whether it shows windows, and has no console.
    pub kind: exe::Kind,
    /// The most bytes that it may have.
    pub at_most: u64,
}

const MEGABYTE: u64 = 1024 * 1024;

/// What is shipped. Of the helper's size the customer's wait is made.
pub const SHIPPED: [Shipped; 4] = [
    Shipped { file: "deskhand-helper.exe", kind: exe::Kind::Window, at_most: 16 * MEGABYTE },
    Shipped { file: "deskhand.exe", kind: exe::Kind::Window, at_most: 64 * MEGABYTE },
    Shipped { file: "deskhand-relay.exe", kind: exe::Kind::Console, at_most: 64 * MEGABYTE },
    Shipped { file: "deskhand-probe.exe", kind: exe::Kind::Console, at_most: 64 * MEGABYTE },
];

/// Builds them all, looks at each, signs it with `sign`, and tells its size and hash.
///
/// # Errors
///
/// When a build fails, or what came of it is not what Windows needs.
pub fn build(sign: Option<&str>, out: &Path) -> Result<()> {
    system::ensure_windows_packages()?;
    system::ensure_target(TARGET)?;
    build::pages()?;
    programs(PROFILE, &PACKAGES)?;
    let out = root().join(out);
    fs::create_dir_all(&out)?;
    for shipped in SHIPPED {
        let made = folder(PROFILE).join(shipped.file);
        let file = out.join(shipped.file);
        fs::copy(&made, &file).with_context(|| format!("{} was not built", made.display()))?;
        let facts = exe::Facts::read(&fs::read(&file)?).with_context(|| shipped.file)?;
        facts.check(shipped.kind).with_context(|| shipped.file)?;
        if let Some(sign) = sign {
            sign_with(sign, &file)?;
        }
        let bytes = fs::read(&file)?;
        let size = u64::try_from(bytes.len())?;
        ensure!(size <= shipped.at_most, "{} has {size} bytes, more than {}", shipped.file, shipped.at_most);
        let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes));
        say(&format!("{:>5.1} MB  {hash}  {}", size as f64 / MEGABYTE as f64, file.display()));
    }
    Ok(())
}

/// The command gets the path as its last word, whatever it has before.
fn sign_with(sign: &str, file: &Path) -> Result<()> {
    say(&format!("> {sign} {}", file.display()));
    let status = Command::new("sh").args(["-c", &format!("{sign} \"$0\"")]).arg(file).status()?;
    ensure!(status.success(), "`{sign}` failed for {}", file.display());
    Ok(())
}

/// Checks the types of what only Windows builds. What is written in C is left out: it takes longer than all of Rust, and
/// is the same as on Linux. Nothing but Rust's standard library for Windows is needed, and the built pages.
///
/// # Errors
///
/// At the first mistake.
pub fn check() -> Result<()> {
    system::ensure_target(TARGET)?;
    let idle = link::idle_tool(&target_folder().join(TARGET).join("check"))?;
    let nothing = idle.parent().unwrap_or(&idle);
    let mut cargo =
        cargo(&["clippy", "--profile", crate::PROFILE], &PACKAGES, &["--lib", "--bins", "--", "-D", "warnings"]);
    for tool in ["CC", "CXX", "AR", "RC"] {
        cargo.env(format!("{tool}_x86_64_pc_windows_gnu"), &idle);
    }
    for place in ["LIB_AOM_STATIC_LIB_PATH", "LIB_AOM_INCLUDE_PATH", "LIB_AOM_PKG_CONFIG_PATH"] {
        cargo.env(place, nothing);
    }
    cargo.env("OPENH264_NO_ASM", "1");
    run(cargo)
}

/// Builds the programs of some packages in a profile.
pub(crate) fn programs(profile: &str, packages: &[&str]) -> Result<()> {
    let linker = link::prepare(&target_folder().join(TARGET).join("link"))?;
    let mut cargo = cargo(&["build", "--profile", profile], packages, &["--bins"]);
    cargo
        .env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER", &linker.program)
        .env("DESKHAND_WEBVIEW2_LOADER", &linker.webview_loader)
        .env("AR_x86_64_pc_windows_gnu", tool("ar"))
        .env("CC_x86_64_pc_windows_gnu", tool("gcc-posix"))
        .env("CXX_x86_64_pc_windows_gnu", tool("g++-posix"));
    run(cargo)
}

/// Where cargo puts them.
pub(crate) fn folder(profile: &str) -> PathBuf {
    target_folder().join(TARGET).join(profile)
}

fn target_folder() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// One of MinGW's programs.
fn tool(name: &str) -> String {
    format!("{}-{name}", link::MINGW)
}

/// Cargo for this target, on some packages.
fn cargo(begin: &[&str], packages: &[&str], end: &[&str]) -> Command {
    let mut cargo = command("cargo");
    cargo.args(begin).args(["--quiet", "--target", TARGET]).current_dir(root());
    for package in packages {
        cargo.args(["-p", package]);
    }
    cargo.args(end);
    cargo
}

fn run(mut cargo: Command) -> Result<()> {
    let words: Vec<_> = cargo.get_args().map(|word| word.to_string_lossy().into_owned()).collect();
    say(&format!("> cargo {}", words.join(" ")));
    let status = cargo.status().context("cannot start cargo")?;
    ensure!(status.success(), "cargo failed ({status})");
    Ok(())
}

/// Whether the helper was built before in a profile.
pub(crate) fn is_built(profile: &str) -> bool {
    folder(profile).join("deskhand-helper.exe").is_file()
}

/// Runs one of MinGW's programs.
pub(crate) fn mingw(name: &str, args: &[&str]) -> Result<()> {
    run_in(&root(), &tool(name), args)
}
