//! The inputs that are kept: one file for each, named by its hash, in a folder for each target.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};

/// Where the inputs of this checkout are.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

/// Reads the kept inputs of a target, by their names.
///
/// # Errors
///
/// When the folder cannot be read.
pub fn read(folder: &Path, target: &str) -> Result<BTreeMap<String, Vec<u8>>> {
    let folder = folder.join(target);
    let mut inputs = BTreeMap::new();
    for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        inputs.insert(entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path())?);
    }
    Ok(inputs)
}

/// Keeps an input.
///
/// # Errors
///
/// When it cannot be written.
pub fn keep(folder: &Path, target: &str, input: &[u8]) -> Result<PathBuf> {
    let name: String = Sha256::digest(input).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let folder = folder.join(target);
    fs::create_dir_all(&folder)?;
    let path = folder.join(name);
    fs::write(&path, input)?;
    Ok(path)
}
