//! Whether the console starts with the desktop, and whether it opens `deskhand://` links. Both are off until the technician
//! chooses otherwise, and both are a small file of this user's that says how the program is started (Desktop Entry
//! Specification 1.5): nothing of the system is changed, and what is switched off is gone.

use std::{ffi::OsString, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::ipc::{IpcError, IpcErrorCode};

/// How this program was started, as far as it is to be started so again.
#[derive(Debug, Clone, Default)]
pub struct Started {
    /// The data folder, if one was named.
    pub data: Option<PathBuf>,
    /// The helper program, if one was named.
    pub helper: Option<PathBuf>,
}

/// What is chosen; `None` where the system has no such choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export)]
pub struct StartupView {
    /// Whether it starts with the desktop.
    pub with_desktop: Option<bool>,
    /// Whether it opens `deskhand://` links.
    pub opens_links: Option<bool>,
}

/// A choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum StartupChoice {
    /// Whether it starts with the desktop.
    WithDesktop,
    /// Whether it opens `deskhand://` links.
    OpensLinks,
}

impl Started {
    fn arguments(&self) -> Vec<OsString> {
        let named = [("--data", &self.data), ("--helper", &self.helper)];
        named
            .into_iter()
            .filter_map(|(name, path)| Some([name.into(), path.clone()?.into_os_string()]))
            .flatten()
            .collect()
    }
}

fn refused(why: &str) -> IpcError {
    IpcError::of(IpcErrorCode::CannotWrite, why)
}

/// What is chosen here.
#[cfg(not(target_os = "linux"))]
#[must_use]
pub const fn chosen() -> StartupView {
    StartupView { with_desktop: None, opens_links: None }
}

/// Chooses: here nothing can be.
///
/// # Errors
///
/// [`IpcErrorCode::CannotWrite`], always.
#[cfg(not(target_os = "linux"))]
pub fn choose(_choice: StartupChoice, _on: bool, started: &Started) -> Result<StartupView, IpcError> {
    let _ = started.arguments();
    Err(refused("not on this system"))
}

#[cfg(target_os = "linux")]
pub use linux::{choose, chosen};

#[cfg(target_os = "linux")]
mod linux {
    use std::{
        env,
        ffi::OsStr,
        fs, io,
        path::{Path, PathBuf},
        process::{Command, Stdio},
    };

    use super::{Started, StartupChoice, StartupView, refused};
    use crate::ipc::IpcError;

    const NAME: &str = "org.deskhand.console.desktop";
    const SCHEME: &str = "x-scheme-handler/deskhand";

    fn base() -> Result<directories::BaseDirs, IpcError> {
        directories::BaseDirs::new().ok_or_else(|| refused("this user has no home folder"))
    }

    fn autostart() -> Result<PathBuf, IpcError> {
        Ok(base()?.config_dir().join("autostart").join(NAME))
    }

    fn application() -> Result<PathBuf, IpcError> {
        Ok(base()?.data_dir().join("applications").join(NAME))
    }

    /// What is chosen here.
    #[must_use]
    pub fn chosen() -> StartupView {
        let there = |path: Result<PathBuf, IpcError>| path.is_ok_and(|path| path.exists());
        // Another program may have been chosen since.
        let opens = there(application()) && handler().is_some_and(|handler| handler == NAME);
        StartupView { with_desktop: Some(there(autostart())), opens_links: Some(opens) }
    }

    fn mime(arguments: &[&str]) -> Option<String> {
        let output =
            Command::new("xdg-mime").args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    fn handler() -> Option<String> {
        mime(&["query", "default", SCHEME])
    }

    /// Chooses. Blocks.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::CannotWrite`](crate::ipc::IpcErrorCode::CannotWrite).
    pub fn choose(choice: StartupChoice, on: bool, started: &Started) -> Result<StartupView, IpcError> {
        let path = match choice {
            StartupChoice::WithDesktop => autostart()?,
            StartupChoice::OpensLinks => application()?,
        };
        if on {
            let program = match env::var_os("APPIMAGE") {
                Some(image) => image.into(),
                None => env::current_exe().map_err(|error| refused(&error.to_string()))?,
            };
            let entry =
                entry(&program, started, choice).ok_or_else(|| refused("a path that cannot be written down"))?;
            write(&path, &entry).map_err(|error| refused(&error.to_string()))?;
            // Where the choice of a program is written, which a new user may not have.
            let _ = fs::create_dir_all(base()?.config_dir());
            if choice == StartupChoice::OpensLinks && mime(&["default", NAME, SCHEME]).is_none() {
                let _ = fs::remove_file(&path);
                return Err(refused("the system does not let links be opened (xdg-mime)"));
            }
        } else {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(refused(&error.to_string())),
                _ => {}
            }
        }
        Ok(chosen())
    }

    fn write(path: &Path, entry: &str) -> io::Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, entry)
    }

    fn entry(program: &Path, started: &Started, choice: StartupChoice) -> Option<String> {
        let mut line = quoted(program.as_os_str())?;
        for argument in started.arguments() {
            line.push(' ');
            line.push_str(&quoted(&argument)?);
        }
        let rest = match choice {
            StartupChoice::WithDesktop => "X-GNOME-Autostart-enabled=true\n".to_owned(),
            StartupChoice::OpensLinks => {
                line.push_str(" %u");
                format!("NoDisplay=true\nMimeType={SCHEME};\n")
            }
        };
        Some(format!(
            "[Desktop Entry]\nType=Application\nVersion=1.5\nName=Deskhand\nExec={line}\nTerminal=false\n{rest}"
        ))
    }

    /// An argument of an `Exec` line: quoted, and once more escaped as every text of such a file. A plain one stays as it
    /// is, for readers that know no quotes.
    fn quoted(argument: &OsStr) -> Option<String> {
        let argument = argument.to_str()?;
        if argument.chars().any(char::is_control) {
            return None;
        }
        if argument.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte)) {
            return Some(argument.to_owned());
        }
        let mut text = String::from("\"");
        for c in argument.chars() {
            match c {
                '\\' => text.push_str("\\\\\\\\"),
                '"' | '`' | '$' => {
                    text.push_str("\\\\");
                    text.push(c);
                }
                '%' => text.push_str("%%"),
                c => text.push(c),
            }
        }
        text.push('"');
        Some(text)
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn an_entry_starts_this_program_and_nothing_else_whatever_its_path_is() {
            let started = Started { data: Some("/home/ada/50% \"$HOME\" `id`\\x".into()), helper: None };
            let text = entry(Path::new("/opt/My Tools/deskhand"), &started, StartupChoice::WithDesktop).unwrap();
            let line = text.lines().find(|line| line.starts_with("Exec=")).unwrap();
            assert_eq!(line, r#"Exec="/opt/My Tools/deskhand" --data "/home/ada/50%% \\"\\$HOME\\" \\`id\\`\\\\x""#);
            let text = entry(Path::new("/opt/deskhand"), &Started::default(), StartupChoice::OpensLinks).unwrap();
            assert!(
                text.contains("\nExec=/opt/deskhand %u\n") && text.contains("\nMimeType=x-scheme-handler/deskhand;\n")
            );
            let hostile = Path::new("/opt/a\nExec=evil");
            assert_eq!(entry(hostile, &Started::default(), StartupChoice::WithDesktop), None);
        }
    }
}
