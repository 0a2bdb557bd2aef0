//! Builds the two pages and all programs. Everything goes through one profile and whole-workspace calls, so that no
//! dependency is built twice with other features.

use std::path::Path;

use anyhow::Result;

use crate::{PROFILE, root, run_in};

/// The npm packages: the console's page and the helper's.
pub const PAGES: [&str; 2] = ["ui", "helper/ui"];

/// Builds pages, then programs.
///
/// # Errors
///
/// When a build fails.
pub fn everything() -> Result<()> {
    pages()?;
    programs()
}

/// Installs the pages' packages where needed and builds both.
///
/// # Errors
///
/// When npm fails.
pub fn pages() -> Result<()> {
    for page in PAGES {
        let folder = root().join(page);
        install_packages(&folder)?;
        run_in(&folder, "npm", &["run", "--silent", "build"])?;
    }
    Ok(())
}

/// `npm ci`, unless what is installed is newer than the lock file.
fn install_packages(folder: &Path) -> Result<()> {
    let modified = |name: &str| folder.join(name).metadata().and_then(|meta| meta.modified()).ok();
    let (lock, installed) = (modified("package-lock.json"), modified("node_modules/.package-lock.json"));
    if installed.is_some() && installed >= lock {
        return Ok(());
    }
    run_in(folder, "npm", &["ci", "--no-audit", "--no-fund", "--loglevel=error"])
}

/// Builds all programs, and the tests with them: their development dependencies change what cargo calls the same build,
/// so that programs built alone would have every dependency built a second time for the tests.
///
/// # Errors
///
/// When cargo fails.
pub fn programs() -> Result<()> {
    run_in(&root(), "cargo", &["build", "--profile", PROFILE, "--workspace", "--bins", "--tests", "--quiet"])
}
