//! What is shipped for Linux: the helper in a tarball that works by a double-click, the console as a Debian package, and
//! the relay's program.
//!
//! | module | what it does |
//! |---|---|
//! | [`tarball`] | the helper with what starts it |
//! | [`deb`] | the console as Debian's own tools pack it |
//!
//! The program in the tarball is the generic one, which is also what a relay takes as a template.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use crate::{build, command, root, say, system};

pub mod deb;
pub mod tarball;

/// The profile of what is shipped.
const PROFILE: &str = "ship";
/// The packages that hold the programs, and the programs.
const PACKAGES: [(&str, &str); 3] = [("deskhand-helper", HELPER), ("deskhand", CONSOLE), ("deskhand-relay", RELAY)];
pub(crate) const HELPER: &str = "deskhand-helper";
pub(crate) const CONSOLE: &str = "deskhand";
pub(crate) const RELAY: &str = "deskhand-relay";
/// The most bytes that the tarball may have: of it the customer's wait is made.
pub const TARBALL_AT_MOST: u64 = 12 * 1024 * 1024;
/// Where it all goes, within the checkout.
pub const OUT: &str = "target/linux";

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The tarball with the helper.
    pub tarball: PathBuf,
    /// The console's package.
    pub deb: PathBuf,
    /// The relay's program.
    pub relay: PathBuf,
    /// The helper alone, as a relay takes it for a template.
    pub helper: PathBuf,
}

/// Builds and packs it all, and tells sizes and hashes.
///
/// # Errors
///
/// When a build fails, or the tarball is larger than it may be.
pub fn build(out: &Path) -> Result<()> {
    system::ensure_linux_packages()?;
    build::pages()?;
    programs()?;
    let made = pack(&folder(), &root().join(out))?;
    for file in [&made.tarball, &made.deb, &made.relay, &made.helper] {
        say(&line(file)?);
    }
    let size = fs::metadata(&made.tarball)?.len();
    ensure!(size <= TARBALL_AT_MOST, "the tarball has {size} bytes, more than {TARBALL_AT_MOST}");
    Ok(())
}

/// Size, hash and path of a file, as a person compares them.
///
/// # Errors
///
/// When it cannot be read.
pub fn line(file: &Path) -> Result<String> {
    let bytes = fs::read(file).with_context(|| format!("{} was not made", file.display()))?;
    let hash = HEXLOWER.encode(&Sha256::digest(&bytes));
    Ok(format!("{:>5.1} MB  {hash}  {}", bytes.len() as f64 / 1024.0 / 1024.0, file.display()))
}

/// Packs the programs of a folder into `out`.
///
/// # Errors
///
/// When a program is missing, or a file cannot be written.
pub fn pack(programs: &Path, out: &Path) -> Result<Made> {
    let (tarball, helper) = pack_helper(programs, out)?;
    let relay = out.join(RELAY);
    strip(&programs.join(RELAY), &relay)?;
    let parts = tempfile::tempdir_in(out)?;
    let console = parts.path().join(CONSOLE);
    strip(&programs.join(CONSOLE), &console)?;
    let deb = deb::write(out, &console, &helper)?;
    Ok(Made { tarball, deb, relay, helper })
}

/// Packs the helper of a folder: the tarball, and the program that is in it.
///
/// # Errors
///
/// As for [`pack`].
pub fn pack_helper(programs: &Path, out: &Path) -> Result<(PathBuf, PathBuf)> {
    fs::create_dir_all(out)?;
    let (tarball, helper) = (out.join(tarball::name()), out.join(HELPER));
    strip(&programs.join(HELPER), &helper)?;
    tarball::write(&tarball, &helper)?;
    Ok((tarball, helper))
}

/// Copies a program without what only a debugger reads. What is shipped has none already.
fn strip(from: &Path, to: &Path) -> Result<()> {
    let status = Command::new("strip").arg("-o").arg(to).arg(from).status().context("cannot start strip")?;
    ensure!(status.success(), "{} was not built", from.display());
    Ok(())
}

fn programs() -> Result<()> {
    let mut cargo = command("cargo");
    cargo.args(["build", "--quiet", "--profile", PROFILE, "--bins"]).current_dir(root());
    for (package, _) in PACKAGES {
        cargo.args(["-p", package]);
    }
    say("> cargo build --profile ship");
    let status = cargo.status().context("cannot start cargo")?;
    ensure!(status.success(), "cargo failed ({status})");
    Ok(())
}

/// Where cargo puts what is shipped.
#[must_use]
pub fn folder() -> PathBuf {
    crate::binaries().with_file_name(PROFILE)
}

/// The processor's name, as `uname -m` has it.
pub(crate) const fn processor() -> &'static str {
    std::env::consts::ARCH
}
