//! Whether this machine can show a page in a window. Asked before a window is opened: without a webview the windowing
//! library would end the program without a word.
//!
//! Only Windows has to be asked: WebView2 is missing on servers, on long-term editions and on trimmed systems. Its loader
//! is part of the program, is put into the program's own folder and taken from there by its whole path, so that no file
//! beside the program is ever loaded in its place.

use std::path::Path;

#[cfg(windows)]
mod loader;

/// There is no webview.
#[derive(Debug, thiserror::Error)]
#[error("no webview: {0}")]
pub struct NoWebview(String);

/// Makes ready what showing a page needs, and says whether it can be shown. `folder` is the program's own.
///
/// # Errors
///
/// [`NoWebview`].
#[cfg(windows)]
pub fn prepare(folder: &Path) -> Result<(), NoWebview> {
    loader::prepare(folder)
}

/// Nothing has to be made ready, and the windowing library says by itself what is missing.
///
/// # Errors
///
/// None.
#[cfg(not(windows))]
#[allow(clippy::unnecessary_wraps, reason = "on Windows it can fail")]
pub const fn prepare(_: &Path) -> Result<(), NoWebview> {
    Ok(())
}
