//! Values below `HKEY_CURRENT_USER\Software`: this user's programs that start with the desktop, and what opens links.

#![allow(unsafe_code, reason = "the system's interface is C")]

use std::{env, ffi::OsStr, io, path::Path};

use windows::{
    Win32::{
        Foundation::{ERROR_FILE_NOT_FOUND, ERROR_PATH_NOT_FOUND, WIN32_ERROR},
        System::Registry::{
            HKEY_CURRENT_USER, REG_SZ, RRF_RT_REG_BINARY, RRF_RT_REG_SZ, RegDeleteKeyValueW, RegDeleteTreeW,
            RegGetValueW, RegSetKeyValueW,
        },
        UI::Shell::{SHCNE_ASSOCCHANGED, SHCNF_IDLIST, SHChangeNotify},
    },
    core::HSTRING,
};

use crate::{Choice, Chosen, Refused, Started};

/// Where it all is.
const SOFTWARE: &str = "Software";
/// What starts with the desktop, and what of it the user has switched off in the task manager.
const RUN: &str = r"Microsoft\Windows\CurrentVersion\Run";
const APPROVED: &str = r"Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run";
const NAME: &str = "Deskhand";
/// What opens links, and which program the user has chosen for them since.
const CLASS: &str = r"Classes\deskhand";
const COMMAND: &str = r"shell\open\command";
const OTHER: &str = r"Microsoft\Windows\Shell\Associations\UrlAssociations\deskhand\UserChoice";
const OTHER_NAME: &str = "ProgId";
/// The longest line that Windows starts from there, in units of UTF-16 with its end (*Run and RunOnce Registry Keys*).
const LINE: usize = 260;
/// Bytes of a text that are read.
const ROOM: usize = 4096;

/// What is chosen here.
#[must_use]
pub fn chosen() -> Chosen {
    Place(SOFTWARE).chosen()
}

/// Chooses.
///
/// # Errors
///
/// [`Refused`].
pub fn choose(choice: Choice, on: bool, started: &Started) -> Result<Chosen, Refused> {
    let place = Place(SOFTWARE);
    place.choose(choice, on, &env::current_exe()?, started)?;
    if choice == Choice::OpensLinks {
        // SAFETY: nothing is named but that something has changed.
        unsafe { SHChangeNotify(SHCNE_ASSOCCHANGED, SHCNF_IDLIST, None, None) };
    }
    Ok(place.chosen())
}

/// Below this key of the user's.
struct Place<'name>(&'name str);

impl Place<'_> {
    fn key(&self, below: &str) -> HSTRING {
        HSTRING::from(format!(r"{}\{below}", self.0))
    }

    fn chosen(&self) -> Chosen {
        // Its first byte is odd for what is off; one that was never switched has none.
        let off = self.bytes(APPROVED, NAME).is_some_and(|bytes| bytes.first().is_some_and(|first| first & 1 == 1));
        let starts = self.text(RUN, NAME).is_some() && !off;
        let other = self.text(OTHER, OTHER_NAME).is_some_and(|name| !name.eq_ignore_ascii_case("deskhand"));
        let opens = self.text(&format!(r"{CLASS}\{COMMAND}"), "").is_some() && !other;
        Chosen { with_desktop: Some(starts), opens_links: Some(opens) }
    }

    fn choose(&self, choice: Choice, on: bool, program: &Path, started: &Started) -> Result<(), Refused> {
        match (choice, on) {
            (Choice::WithDesktop, true) => {
                let line = line(program, started)?;
                if line.encode_utf16().count() >= LINE {
                    return Err(Refused::TooLong);
                }
                self.set(RUN, NAME, &line)?;
                // What was switched off there is switched on here.
                self.remove(APPROVED, NAME)
            }
            (Choice::WithDesktop, false) => {
                self.remove(RUN, NAME)?;
                self.remove(APPROVED, NAME)
            }
            (Choice::OpensLinks, true) => {
                // Behind the two strokes a link is a link, whatever it says.
                let line = format!("{} -- \"%1\"", line(program, started)?);
                let icon = format!("{},0", quoted(program.as_os_str())?);
                self.set(CLASS, "", "URL:Deskhand")?;
                self.set(CLASS, "URL Protocol", "")?;
                self.set(&format!(r"{CLASS}\DefaultIcon"), "", &icon)?;
                self.set(&format!(r"{CLASS}\{COMMAND}"), "", &line)
            }
            (Choice::OpensLinks, false) => {
                // SAFETY: the name ends with a zero.
                told_of_removal(unsafe { RegDeleteTreeW(HKEY_CURRENT_USER, &self.key(CLASS)) })
            }
        }
    }

    fn set(&self, key: &str, name: &str, text: &str) -> Result<(), Refused> {
        let units: Vec<u16> = text.encode_utf16().chain([0]).collect();
        let bytes = u32::try_from(size_of_val(&*units)).map_err(|_| Refused::TooLong)?;
        let (key, name) = (self.key(key), HSTRING::from(name));
        // SAFETY: all three texts end with a zero, and the length is that of the text.
        let set =
            unsafe { RegSetKeyValueW(HKEY_CURRENT_USER, &key, &name, REG_SZ.0, Some(units.as_ptr().cast()), bytes) };
        told(set)
    }

    fn remove(&self, key: &str, name: &str) -> Result<(), Refused> {
        // SAFETY: both names end with a zero.
        told_of_removal(unsafe { RegDeleteKeyValueW(HKEY_CURRENT_USER, &self.key(key), &HSTRING::from(name)) })
    }

    fn text(&self, key: &str, name: &str) -> Option<String> {
        let mut units = [0_u16; ROOM / 2];
        let mut bytes = u32::try_from(ROOM).ok()?;
        let (key, name) = (self.key(key), HSTRING::from(name));
        // SAFETY: both names end with a zero, and the room is as long as it says.
        let got = unsafe {
            let room = Some(units.as_mut_ptr().cast());
            RegGetValueW(HKEY_CURRENT_USER, &key, &name, RRF_RT_REG_SZ, None, room, Some(&raw mut bytes))
        };
        let units = got.is_ok().then(|| units.split(|unit| *unit == 0).next())??;
        Some(String::from_utf16_lossy(units))
    }

    fn bytes(&self, key: &str, name: &str) -> Option<Vec<u8>> {
        let mut room = [0_u8; ROOM];
        let mut bytes = u32::try_from(ROOM).ok()?;
        let (key, name) = (self.key(key), HSTRING::from(name));
        // SAFETY: both names end with a zero, and the room is as long as it says.
        let got = unsafe {
            let room = Some(room.as_mut_ptr().cast());
            RegGetValueW(HKEY_CURRENT_USER, &key, &name, RRF_RT_REG_BINARY, None, room, Some(&raw mut bytes))
        };
        got.is_ok().then(|| room.get(..usize::try_from(bytes).ok()?).map(<[u8]>::to_vec))?
    }
}

/// What starts this program as it was started.
fn line(program: &Path, started: &Started) -> Result<String, Refused> {
    let mut line = quoted(program.as_os_str())?;
    for argument in started.arguments() {
        line.push(' ');
        line.push_str(&quoted(&argument)?);
    }
    Ok(line)
}

/// A word of a command line as the C library takes it apart: in quotes, which no path can hold. Per cents are refused: the
/// system puts other texts in their place.
fn quoted(word: &OsStr) -> Result<String, Refused> {
    let word = word.to_str().ok_or(Refused::Path)?;
    if word.chars().any(|c| matches!(c, '"' | '%') || c.is_control()) {
        return Err(Refused::Path);
    }
    // A backslash before the last quote would take it away.
    let end = if word.ends_with('\\') { "\\" } else { "" };
    Ok(format!("\"{word}{end}\""))
}

fn told(code: WIN32_ERROR) -> Result<(), Refused> {
    code.ok().map_err(|error| io::Error::from_raw_os_error(error.code().0 & 0xffff).into())
}

/// What was not there is gone.
fn told_of_removal(code: WIN32_ERROR) -> Result<(), Refused> {
    match code {
        ERROR_FILE_NOT_FOUND | ERROR_PATH_NOT_FOUND => Ok(()),
        code => told(code),
    }
}

#[cfg(test)]
mod tests {
    use windows::Win32::System::Registry::REG_BINARY;

    use super::*;

    /// A key of the test's own in place of the user's, which goes with it.
    struct Own(String);

    impl Own {
        fn new(name: &str) -> Self {
            Self(format!(r"Software\DeskhandTest-{}-{name}", std::process::id()))
        }
    }

    impl Drop for Own {
        fn drop(&mut self) {
            // SAFETY: the name ends with a zero.
            let _ = unsafe { RegDeleteTreeW(HKEY_CURRENT_USER, &HSTRING::from(&self.0)) };
        }
    }

    const PROGRAM: &str = r"C:\Users\Jörg M\Deskhand\deskhand.exe";

    #[test]
    fn it_starts_with_the_desktop_as_long_as_that_is_chosen() {
        let own = Own::new("run");
        let place = Place(&own.0);
        let starts = || place.chosen().with_desktop;
        let started = Started { data: Some(r"D:\My data\".into()), helper: None };
        assert_eq!(starts(), Some(false));
        place.choose(Choice::WithDesktop, true, Path::new(PROGRAM), &started).unwrap();
        assert_eq!(starts(), Some(true));
        let line = place.text(RUN, NAME).unwrap();
        assert_eq!(line, r#""C:\Users\Jörg M\Deskhand\deskhand.exe" "--data" "D:\My data\\""#);
        // The user switches it off in the task manager, and on again here.
        let (key, name, off) = (place.key(APPROVED), HSTRING::from(NAME), [3_u8, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
        // SAFETY: both names end with a zero, and the length is that of the bytes.
        unsafe { RegSetKeyValueW(HKEY_CURRENT_USER, &key, &name, REG_BINARY.0, Some(off.as_ptr().cast()), 12) }
            .ok()
            .unwrap();
        assert_eq!(starts(), Some(false));
        place.choose(Choice::WithDesktop, true, Path::new(PROGRAM), &started).unwrap();
        assert_eq!(starts(), Some(true));
        for _ in 0..2 {
            place.choose(Choice::WithDesktop, false, Path::new(PROGRAM), &started).unwrap();
            assert_eq!((starts(), place.text(RUN, NAME)), (Some(false), None));
        }
    }

    #[test]
    fn it_opens_links_as_long_as_that_is_chosen() {
        let own = Own::new("links");
        let place = Place(&own.0);
        let opens = || place.chosen().opens_links;
        assert_eq!(opens(), Some(false));
        place.choose(Choice::OpensLinks, true, Path::new(PROGRAM), &Started::default()).unwrap();
        assert_eq!(opens(), Some(true));
        assert_eq!(place.text(CLASS, "URL Protocol").as_deref(), Some(""));
        let command = place.text(&format!(r"{CLASS}\{COMMAND}"), "").unwrap();
        assert_eq!(command, r#""C:\Users\Jörg M\Deskhand\deskhand.exe" -- "%1""#);
        // Another program was chosen since.
        place.set(OTHER, OTHER_NAME, "other").unwrap();
        assert_eq!(opens(), Some(false));
        place.set(OTHER, OTHER_NAME, "deskhand").unwrap();
        assert_eq!(opens(), Some(true));
        for _ in 0..2 {
            place.choose(Choice::OpensLinks, false, Path::new(PROGRAM), &Started::default()).unwrap();
            assert_eq!((opens(), place.text(CLASS, "")), (Some(false), None));
        }
    }

    #[test]
    fn what_would_mean_something_else_is_refused_and_nothing_is_written() {
        let own = Own::new("refused");
        let place = Place(&own.0);
        let long = format!(r"C:\{}", "a".repeat(260));
        for data in [r#"C:\a" --helper "C:\evil.exe"#, r"C:\%TEMP%", "C:\\a\nb", &long] {
            let started = Started { data: Some(data.into()), helper: None };
            place.choose(Choice::WithDesktop, true, Path::new(PROGRAM), &started).unwrap_err();
        }
        let started = Started { data: Some(r"C:\%1".into()), helper: None };
        place.choose(Choice::OpensLinks, true, Path::new(PROGRAM), &started).unwrap_err();
        assert_eq!(place.chosen(), Chosen { with_desktop: Some(false), opens_links: Some(false) });
    }
}
