//! Locking, signing out and restarting, by the system's own programs; and the one entry by which the helper starts
//! again after a restart.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::Command,
};
#[cfg(not(windows))]
use std::{fs, io};

use deskhand_protocol::call::quick::{Deed, Outcome};
use deskhand_session::Permit;

/// The program that does it, to be started at once.
///
/// # Errors
///
/// [`Outcome::NotGranted`] with the permit for something else, [`Outcome::Unsupported`] where there is no such program.
pub fn program(deed: Deed, permit: &Permit<'_>) -> Result<Command, Outcome> {
    if permit.capability() != deed.capability() {
        return Err(Outcome::NotGranted);
    }
    let words: &[&str] = match deed {
        // Without a number logind takes the session of whoever asks.
        Deed::Lock if cfg!(target_os = "linux") => &["loginctl", "lock-session"],
        Deed::SignOut if cfg!(target_os = "linux") => &["loginctl", "terminate-session"],
        Deed::Restart if cfg!(target_os = "linux") => &["systemctl", "reboot"],
        Deed::Lock if cfg!(windows) => &["rundll32.exe", "user32.dll,LockWorkStation"],
        Deed::SignOut if cfg!(windows) => &["shutdown.exe", "/l"],
        // At once, and without force: a program with something unsaved may say no.
        Deed::Restart if cfg!(windows) => &["shutdown.exe", "/r", "/t", "0"],
        _ => return Err(Outcome::Unsupported),
    };
    // By its path on Windows, which else looks in the folder of this program first: there, anyone's download may lie.
    let path = if cfg!(windows) { of_windows(std::env::var_os("SystemRoot"), words[0]) } else { words[0].into() };
    let mut command = Command::new(path);
    command.args(&words[1..]);
    if cfg!(target_os = "linux") && deed != Deed::Restart {
        let session = std::env::var("XDG_SESSION_ID").ok().filter(|id| id.bytes().all(|b| b.is_ascii_alphanumeric()));
        command.arg(session.filter(|id| !id.is_empty()).unwrap_or_else(|| "auto".to_owned()));
    }
    Ok(command)
}

/// A program of Windows itself, by where Windows says that it lies.
fn of_windows(root: Option<OsString>, name: &str) -> PathBuf {
    let root = root.filter(|root| !root.is_empty()).unwrap_or_else(|| "C:\\Windows".into());
    Path::new(&root).join("System32").join(name)
}

#[cfg(windows)]
pub use run_once::RunOnce;

#[cfg(windows)]
mod run_once;

/// The entry that starts the helper once, when the customer signs in next (XDG autostart).
#[cfg(not(windows))]
#[derive(Debug, Clone)]
pub struct RunOnce {
    entry: PathBuf,
}

#[cfg(not(windows))]
impl RunOnce {
    /// This user's; `None` where there is no such thing.
    #[must_use]
    pub fn of_this_user() -> Option<Self> {
        let folders = directories::BaseDirs::new().filter(|_| cfg!(target_os = "linux"))?;
        Some(Self::within(folders.config_dir()))
    }

    /// Within a folder for settings.
    #[must_use]
    pub fn within(settings: &Path) -> Self {
        Self { entry: settings.join("autostart/deskhand-helper-once.desktop") }
    }

    /// Makes the entry.
    ///
    /// # Errors
    ///
    /// What the system says; or that a word cannot stand in such an entry.
    pub fn set(&self, words: &[&str], permit: &Permit<'_>) -> io::Result<()> {
        if permit.capability() != Deed::Restart.capability() {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        let line = words.iter().map(|word| quoted(word)).collect::<Option<Vec<_>>>();
        let line = line.ok_or(io::ErrorKind::InvalidInput)?.join(" ");
        if let Some(folder) = self.entry.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(
            &self.entry,
            format!("[Desktop Entry]\nType=Application\nName=Deskhand Helper\nExec={line}\nTerminal=false\n"),
        )
    }

    /// Takes the entry away. Whether it was there.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn remove(&self) -> io::Result<bool> {
        match fs::remove_file(&self.entry) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// A word of an `Exec` line (Desktop Entry Specification): in quotes, and a backslash is doubled once more for the file.
#[cfg(not(windows))]
fn quoted(word: &str) -> Option<String> {
    if word.chars().any(char::is_control) {
        return None;
    }
    let mut quoted = String::from('"');
    for c in word.chars() {
        match c {
            '"' | '`' | '$' => {
                quoted.push_str("\\\\");
                quoted.push(c);
            }
            '\\' => quoted.push_str("\\\\\\\\"),
            '%' => quoted.push_str("%%"),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    Some(quoted)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test")]
mod tests {
    use super::*;

    #[cfg(not(windows))]
    #[test]
    fn a_word_cannot_leave_its_quotes() {
        assert_eq!(quoted("/opt/help desk/helper").unwrap(), "\"/opt/help desk/helper\"");
        assert_eq!(quoted("a\"b$c`d%e\\f").unwrap(), r#""a\\"b\\$c\\`d%%e\\\\f""#);
        assert_eq!(quoted("a\nExec=b"), None, "no second line");
    }

    #[test]
    fn a_program_of_windows_is_never_looked_for() {
        for (root, folder) in [(Some("D:\\Win"), "D:\\Win"), (Some(""), "C:\\Windows"), (None, "C:\\Windows")] {
            let program = of_windows(root.map(OsString::from), "shutdown.exe");
            assert_eq!(program, Path::new(folder).join("System32").join("shutdown.exe"));
        }
    }

    #[cfg(not(windows))]
    #[test]
    fn what_is_not_there_is_removed_without_a_word() {
        let folder = tempfile::tempdir().unwrap();
        let once = RunOnce::within(folder.path());
        assert!(!once.remove().unwrap());
        fs::create_dir_all(folder.path().join("autostart")).unwrap();
        fs::write(&once.entry, "x").unwrap();
        assert!(once.remove().unwrap());
        assert!(!once.entry.exists());
    }
}
