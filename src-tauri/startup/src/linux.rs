//! A file in this user's folder of programs that start with the desktop, and one among his programs that opens links.

use std::{
    env,
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{Choice, Chosen, Refused, Started};

const NAME: &str = "org.deskhand.console.desktop";
const SCHEME: &str = "x-scheme-handler/deskhand";

fn base() -> Result<directories::BaseDirs, Refused> {
    directories::BaseDirs::new().ok_or(Refused::NoHome)
}

fn autostart() -> Result<PathBuf, Refused> {
    Ok(base()?.config_dir().join("autostart").join(NAME))
}

fn application() -> Result<PathBuf, Refused> {
    Ok(base()?.data_dir().join("applications").join(NAME))
}

/// What is chosen here. Blocks.
#[must_use]
pub fn chosen() -> Chosen {
    let there = |path: Result<PathBuf, Refused>| path.is_ok_and(|path| path.exists());
    // Another program may have been chosen since.
    let opens = there(application()) && handler().is_some_and(|handler| handler == NAME);
    Chosen { with_desktop: Some(there(autostart())), opens_links: Some(opens) }
}

fn mime(arguments: &[&str]) -> Option<String> {
    let output = Command::new("xdg-mime").args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn handler() -> Option<String> {
    mime(&["query", "default", SCHEME])
}

/// Chooses. Blocks.
///
/// # Errors
///
/// [`Refused`].
pub fn choose(choice: Choice, on: bool, started: &Started) -> Result<Chosen, Refused> {
    let path = match choice {
        Choice::WithDesktop => autostart()?,
        Choice::OpensLinks => application()?,
    };
    if on {
        let program = match env::var_os("APPIMAGE") {
            Some(image) => image.into(),
            None => env::current_exe()?,
        };
        write(&path, &entry(&program, started, choice).ok_or(Refused::Path)?)?;
        // Where the choice of a program is written, which a new user may not have.
        let _ = fs::create_dir_all(base()?.config_dir());
        if choice == Choice::OpensLinks && mime(&["default", NAME, SCHEME]).is_none() {
            let _ = fs::remove_file(&path);
            return Err(Refused::Unknown("xdg-mime"));
        }
    } else {
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
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

fn entry(program: &Path, started: &Started, choice: Choice) -> Option<String> {
    let mut line = quoted(program.as_os_str())?;
    for argument in started.arguments() {
        line.push(' ');
        line.push_str(&quoted(&argument)?);
    }
    let rest = match choice {
        Choice::WithDesktop => "X-GNOME-Autostart-enabled=true\n".to_owned(),
        Choice::OpensLinks => {
            line.push_str(" %u");
            format!("NoDisplay=true\nMimeType={SCHEME};\n")
        }
    };
    Some(format!("[Desktop Entry]\nType=Application\nVersion=1.5\nName=Deskhand\nExec={line}\nTerminal=false\n{rest}"))
}

/// An argument of an `Exec` line: quoted, and once more escaped as every text of such a file. A plain one stays as it is,
/// for readers that know no quotes.
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
        let text = entry(Path::new("/opt/My Tools/deskhand"), &started, Choice::WithDesktop).unwrap();
        let line = text.lines().find(|line| line.starts_with("Exec=")).unwrap();
        assert_eq!(line, r#"Exec="/opt/My Tools/deskhand" --data "/home/ada/50%% \\"\\$HOME\\" \\`id\\`\\\\x""#);
        let text = entry(Path::new("/opt/deskhand"), &Started::default(), Choice::OpensLinks).unwrap();
        assert!(text.contains("\nExec=/opt/deskhand %u\n") && text.contains("\nMimeType=x-scheme-handler/deskhand;\n"));
        let hostile = Path::new("/opt/a\nExec=evil");
        assert_eq!(entry(hostile, &Started::default(), Choice::WithDesktop), None);
    }

    #[test]
    fn what_was_named_from_a_folder_is_found_from_any() {
        let started = Started { data: Some("data".into()), helper: None };
        let here = env::current_dir().unwrap().join("data");
        assert_eq!(started.arguments(), ["--data".into(), here.into_os_string()]);
    }
}
