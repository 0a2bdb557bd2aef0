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
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, ensure};

use crate::{build, command, linux, root, run_in, say, system};

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

/// Where they go, within the checkout.
pub const OUT: &str = "target/windows";
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
        say(&linux::line(&file)?);
        let size = fs::metadata(&file)?.len();
        ensure!(size <= shipped.at_most, "{} has {size} bytes, more than {}", shipped.file, shipped.at_most);
    }
    // What the console beside it brings to its relay, if it was made.
    let other = root().join(linux::OUT).join(linux::HELPER);
    if other.is_file() {
        let file = out.join("templates").join(linux::HELPER);
        fs::create_dir_all(out.join("templates"))?;
        fs::copy(&other, &file)?;
        say(&linux::line(&file)?);
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
    run(linking(cargo(&["build", "--profile", profile], packages, &["--bins"]))?)
}

/// Builds the tests that lie within some packages, and names the programs that they are.
pub(crate) fn tests(profile: &str, packages: &[&str]) -> Result<Vec<PathBuf>> {
    let begin = ["test", "--no-run", "--message-format", "json-render-diagnostics", "--profile", profile];
    let mut cargo = linking(cargo(&begin, packages, &["--lib"]))?;
    let output = cargo.stderr(Stdio::inherit()).output().context("cannot start cargo")?;
    ensure!(output.status.success(), "cargo failed ({})", output.status);
    let told = String::from_utf8(output.stdout)?;
    let messages = told.lines().map(serde_json::from_str::<serde_json::Value>).collect::<Result<Vec<_>, _>>()?;
    let made = messages.iter().filter(|message| message["profile"]["test"] == true);
    Ok(made.filter_map(|message| message["executable"].as_str()).map(PathBuf::from).collect())
}

/// Tells cargo of MinGW.
fn linking(mut cargo: Command) -> Result<Command> {
    let linker = link::prepare(&target_folder().join(TARGET).join("link"))?;
    cargo
        .env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER", &linker.program)
        .env("DESKHAND_WEBVIEW2_LOADER", &linker.webview_loader)
        .env("AR_x86_64_pc_windows_gnu", tool("ar"))
        .env("CC_x86_64_pc_windows_gnu", tool("gcc-posix"))
        .env("CXX_x86_64_pc_windows_gnu", tool("g++-posix"));
    Ok(cargo)
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

/// The helper, once it was built in a profile.
pub(crate) fn helper(profile: &str) -> PathBuf {
    folder(profile).join("deskhand-helper.exe")
}

/// Runs one of MinGW's programs.
pub(crate) fn mingw(name: &str, args: &[&str]) -> Result<()> {
    run_in(&root(), &tool(name), args)
}

#[cfg(test)]
mod signing {
    use super::*;

    #[test]
    fn a_signer_gets_the_path_as_its_last_word_and_its_no_is_one() {
        let folder = tempfile::tempdir().unwrap();
        let (file, noted) = (folder.path().join("it's $HOME (1).exe"), folder.path().join("noted"));
        fs::write(&file, "MZ").unwrap();
        sign_with(&format!("printf '%s|' sign --key a.pfx >> '{0}'; printf '%s' >> '{0}'", noted.display()), &file)
            .unwrap();
        assert_eq!(fs::read_to_string(&noted).unwrap(), format!("sign|--key|a.pfx|{}", file.display()));
        let no = sign_with("false", &file).unwrap_err().to_string();
        assert!(no.contains("false") && no.contains("(1).exe"), "{no}");
    }
}
