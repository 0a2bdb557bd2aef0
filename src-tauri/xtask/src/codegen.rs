//! The page's types, generated from the Rust definitions by `ts-rs` and checked in.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::Stdio,
};

use anyhow::{Context as _, Result, bail};

use crate::{PROFILE, command, root};

/// Which packages' types go into which page. The helper's page has one file of types, which a test of `helper/src/view.rs` writes and compares.
const PAGES: [(&str, &str); 1] = [("package(deskhand-protocol) | package(deskhand)", "ui/src/protocol/generated")];

/// What to do with the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Replace what is checked in.
    Write,
    /// Compare with what is checked in.
    Check,
}

/// Generates the types.
///
/// # Errors
///
/// When they cannot be generated or, in [`Mode::Check`], differ from what is checked in.
pub fn run(mode: Mode) -> Result<()> {
    PAGES.iter().try_for_each(|(packages, folder)| one_page(packages, folder, mode))
}

fn one_page(packages: &str, into: &str, mode: Mode) -> Result<()> {
    let fresh = tempfile::tempdir()?;
    let filter = format!("test(/export_bindings/) & ({packages})");
    let output = command("cargo")
        .args(["nextest", "run", "--cargo-profile", PROFILE, "--workspace", "--lib", "--cargo-quiet", "-E", &filter])
        .env("TS_RS_EXPORT_DIR", fresh.path())
        .current_dir(root())
        .stdin(Stdio::null())
        .output()?;
    if !output.status.success() {
        bail!("the types could not be generated:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    let folder = root().join(into);
    let (made, checked_in) = (read(fresh.path())?, read(&folder)?);
    if made.is_empty() {
        bail!("no type was generated for {into}");
    }
    if made == checked_in {
        return Ok(());
    }
    if mode == Mode::Check {
        let differs = |name: &&String| made.get(*name) != checked_in.get(*name);
        let names: BTreeSet<_> = made.keys().chain(checked_in.keys()).filter(differs).collect();
        bail!("{into} is stale ({names:?}): run `cargo xtask codegen` and commit the result");
    }
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    for (name, text) in &made {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().context("a file has a folder")?)?;
        fs::write(path, text)?;
    }
    Ok(())
}

fn read(folder: &Path) -> Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(path) = open.pop() {
        if !path.exists() {
            continue;
        }
        for entry in fs::read_dir(&path)? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder)?.to_string_lossy().into_owned();
                files.insert(name, fs::read_to_string(&path)?);
            }
        }
    }
    Ok(files)
}
