//! Why the console does not start: one sentence on the standard error, and an exit code that is not 0.

use deskhand_link::{entropy::NoEntropy, relay::HttpError, tls::TlsError};

use crate::{folder::FolderError, home::HomeError, keys::KeyError, vault::VaultError};

/// See the module.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The data folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The technician's key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The secrets of open sessions.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The file that names a relay elsewhere.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The relay inside.
    #[error(transparent)]
    Relay(#[from] deskhand_relay::StartError),
    /// The link to it.
    #[error("the link to the relay cannot be set up ({0}); restart the computer and try again")]
    Link(#[from] TlsError),
    /// The relay knows another technician.
    #[error(
        "the relay in the data folder does not know your key ({0}); put back identity.key or the keyring's entry, or name another folder with --data DIR"
    )]
    SignIn(HttpError),
    /// No randomness.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
    /// There is no screen to open a window on.
    #[error("there is no display; start Deskhand inside a desktop session (DISPLAY or WAYLAND_DISPLAY is not set)")]
    NoDisplay,
    /// The page is not part of this build.
    #[error("this build has no page; build ui first (npm run build), then this program again")]
    NoPage,
    /// The system has nothing to show a page with.
    #[cfg(windows)]
    #[error("the window cannot be opened ({0}); install Microsoft's WebView2 runtime and start Deskhand again")]
    NoWebview(#[from] deskhand_webview::NoWebview),
    /// The window could not be opened.
    #[error("the window cannot be opened ({0}); check that the desktop session and WebKitGTK or WebView2 work")]
    Window(#[from] tauri::Error),
    /// A thread of the program broke.
    #[error("a part of the program stopped ({0}); start it again")]
    Broken(#[from] tokio::task::JoinError),
    /// The asynchronous runtime cannot be made.
    #[error("the system gives no threads ({0}); close other programs and try again")]
    Threads(std::io::Error),
}
