//! What `cargo xtask` does, and the stage on which demo, benchmarks and end-to-end tests play real calls.
//!
//! | module | what it does |
//! |---|---|
//! | [`system`] | Debian packages and tools: finds what is missing and installs it |
//! | [`build`] | builds pages and programs, once, in one profile |
//! | [`linux`] | what is shipped for Linux: tarball, Debian package, relay |
//! | [`windows`] | the same programs for Windows, and a call under Wine |
//! | [`macos`] | the types of what only a Mac builds |
//! | [`codegen`] | the page's types from Rust |
//! | [`checks`] | `cargo xtask test` |
//! | [`screenshots`] | pictures of every screen |
//! | [`stage`] | displays, windows, WebDriver, the two people of a call |
//! | [`demo`], [`bench`] | a call that is shown, calls that are measured |
//! | [`attack`] | ends that keep no rule, against the real programs |
//! | [`fuzz`] | changed bytes for every decoder |
//! | [`netlink`] | a line of a known rate, delay, queue and loss |
//! | [`netlab`] | calls in networks of every kind, and what breaks them |
//!
//! It builds without any system library, since it is what installs them.

pub mod attack;
pub mod bench;
pub mod build;
pub mod checks;
pub mod codegen;
pub mod demo;
pub mod fuzz;
pub mod linux;
pub mod macos;
pub mod netlab;
pub mod netlink;
pub mod screenshots;
pub mod stage;
pub mod system;
pub mod windows;

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, bail};

/// The cargo profile of demo, tests and benchmarks; its reason stands in the root `Cargo.toml`.
pub const PROFILE: &str = "work";

/// Writes a line for the person who runs the command.
pub fn say(line: &str) {
    // A closed terminal must not turn a finished command into a failed one.
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// The root of the checkout.
#[must_use]
pub fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.ancestors().nth(2).unwrap_or(own).to_path_buf()
}

/// Where cargo puts what it builds in [`PROFILE`].
#[must_use]
pub fn binaries() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from).join(PROFILE)
}

/// A program without what `cargo run` has told this one about its own package: some build scripts look at that, and a
/// build from here and one by hand would each make cargo build them anew.
#[must_use]
pub fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")) {
            command.env_remove(name);
        }
    }
    command
}

/// Runs a program to its end in a folder of the checkout, its output going to the terminal.
///
/// # Errors
///
/// When it cannot be started or does not exit with 0.
pub fn run_in(folder: &Path, program: &str, args: &[&str]) -> Result<()> {
    say(&format!("> {program} {}", args.join(" ")));
    let status = command(program)
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::null())
        .status()
        .with_context(|| format!("cannot start {program}; is it installed?"))?;
    if !status.success() {
        bail!("`{program} {}` failed ({status})", args.join(" "));
    }
    Ok(())
}
