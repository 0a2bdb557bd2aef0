//! The helper as customers get it: a folder with the program and what starts it.
//!
//! ```text
//! Deskhand Support/deskhand-helper            the generic, unmodified program
//! Deskhand Support/Deskhand Support.desktop   starts it by a double-click, where desktops start such files
//! Deskhand Support/start-deskhand-support.sh  finds it beside itself, and starts it also where nothing can be started
//! ```

use std::{
    fs::{self, File},
    path::Path,
};

use anyhow::{Context as _, Result};
use flate2::{Compression, write::GzEncoder};

use super::processor;

/// The folder inside, as in a support package.
pub const INSIDE: &str = "Deskhand Support";
/// The program inside.
pub const PROGRAM: &str = "deskhand-helper";
/// What starts it, by name and content: the same as in support packages.
pub const LAUNCHER: [(&str, &str); 2] = [
    ("Deskhand Support.desktop", include_str!("../../../../icons/launcher/Deskhand Support.desktop")),
    ("start-deskhand-support.sh", include_str!("../../../../icons/launcher/start-deskhand-support.sh")),
];

/// The tarball's name.
#[must_use]
pub fn name() -> String {
    format!("deskhand-helper-{}-linux-{}.tar.gz", env!("CARGO_PKG_VERSION"), processor())
}

/// Writes it. The same program makes the same bytes.
///
/// # Errors
///
/// When the program cannot be read or the tarball not be written.
pub fn write(tarball: &Path, helper: &Path) -> Result<()> {
    let file = File::create(tarball).with_context(|| format!("cannot write {}", tarball.display()))?;
    let mut archive = tar::Builder::new(GzEncoder::new(file, Compression::best()));
    let program = fs::read(helper).with_context(|| format!("cannot read {}", helper.display()))?;
    add(&mut archive, PROGRAM, &program)?;
    for (name, text) in LAUNCHER {
        add(&mut archive, name, text.as_bytes())?;
    }
    archive.into_inner()?.finish()?.sync_all()?;
    Ok(())
}

/// No owner and no time: neither is the customer's business.
fn add(archive: &mut tar::Builder<GzEncoder<File>>, name: &str, content: &[u8]) -> Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_mode(0o755);
    header.set_size(content.len() as u64);
    header.set_mtime(0);
    archive.append_data(&mut header, format!("{INSIDE}/{name}"), content)?;
    Ok(())
}
