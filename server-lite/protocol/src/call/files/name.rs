//! Names from the other end, made fit to be written here.

use super::FileName;
use crate::limit::WRITTEN_NAME;

/// Whose rules a name has to keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// Linux and macOS: only `/` and NUL are special.
    Unix,
    /// Windows: devices answer to names, dots and spaces at the end vanish, a colon names a stream.
    Windows,
}

impl System {
    /// This program's own.
    #[must_use]
    pub const fn here() -> Self {
        if cfg!(windows) { Self::Windows } else { Self::Unix }
    }
}

/// What stands for a character that cannot be kept.
const INSTEAD: char = '_';

/// Names of devices, also with any ending (Win32, "Naming Files, Paths, and Namespaces").
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];

/// A name that can be written and that looks like what it is: without control characters, without marks that change the
/// reading direction or cannot be seen, and, on Windows, no device's. The same name comes out when it is put in again.
#[must_use]
pub fn safe_name(name: &FileName, system: System) -> FileName {
    let mut safe: String = name.as_str().chars().map(|c| if is_bad(c, system) { INSTEAD } else { c }).collect();
    shorten(&mut safe);
    if system == System::Windows {
        let kept = safe.trim_end_matches(['.', ' ']).len();
        safe.truncate(kept);
        if is_device(&safe) {
            safe.insert(0, INSTEAD);
            shorten(&mut safe);
        }
    }
    if safe.trim_matches([' ', '.']).is_empty() {
        safe = INSTEAD.to_string();
    }
    FileName::new(safe).unwrap_or_else(|_| FileName(INSTEAD.to_string()))
}

/// The name with a number before its ending: what is taken when the name itself is in use.
#[must_use]
pub fn numbered(name: &FileName, number: u32) -> FileName {
    let (stem, ending) = match name.0.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() && ending.len() <= 16 => (stem, format!(".{ending}")),
        _ => (&*name.0, String::new()),
    };
    let tail = format!(" ({number}){ending}");
    let stem = &stem[..stem.floor_char_boundary(WRITTEN_NAME.saturating_sub(tail.len()))];
    FileName(format!("{stem}{tail}"))
}

fn shorten(name: &mut String) {
    if name.len() <= WRITTEN_NAME {
        return;
    }
    // The ending says what it is.
    let ending = name.rfind('.').filter(|dot| *dot > 0 && name.len() - dot <= 16).map(|dot| name[dot..].to_owned());
    let ending = ending.unwrap_or_default();
    name.truncate(name.floor_char_boundary(WRITTEN_NAME - ending.len()));
    name.push_str(&ending);
}

fn is_bad(c: char, system: System) -> bool {
    let misleading = c.is_control()
        || matches!(c, '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
        // They look like the separators, and some systems make them these.
        || matches!(c, '\u{2044}' | '\u{2215}' | '\u{29f5}' | '\u{29f8}' | '\u{29f9}' | '\u{fe68}' | '\u{ff0f}' | '\u{ff3c}');
    let windows = || matches!(c, '<' | '>' | ':' | '"' | '/' | '\\' | '|' | '?' | '*');
    misleading || c == '/' || (system == System::Windows && windows())
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end_matches(' ').to_lowercase();
    let numbered = |start: &str| {
        stem.strip_prefix(start).is_some_and(|rest| {
            let mut rest = rest.chars();
            matches!((rest.next(), rest.next()), (Some('0'..='9' | '\u{b9}' | '\u{b2}' | '\u{b3}'), None))
        })
    };
    DEVICES.contains(&&*stem) || numbered("com") || numbered("lpt")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn safe(name: &str, system: System) -> String {
        safe_name(&FileName::new(name).unwrap(), system).as_str().to_owned()
    }

    #[test]
    fn a_device_name_is_made_a_plain_one() {
        for name in ["con", "CON", "nul.txt", "Aux.tar.gz", "COM1", "lpt9.doc", "com\u{b9}", "prn .txt", "CONIN$"] {
            assert!(safe(name, System::Windows).starts_with('_'), "{name}");
            assert_eq!(safe(name, System::Unix), name, "no device there");
        }
        for name in ["console", "com10", "null", "auxiliary.txt", "com"] {
            assert_eq!(safe(name, System::Windows), name);
        }
    }

    #[test]
    fn separators_streams_and_endings_that_vanish_do_not_survive_on_windows() {
        assert_eq!(safe("..\\..\\boot.ini", System::Windows), ".._.._boot.ini");
        assert_eq!(safe("C:evil", System::Windows), "C_evil");
        assert_eq!(safe("notes.txt:hidden", System::Windows), "notes.txt_hidden");
        assert_eq!(safe("setup.exe. . .", System::Windows), "setup.exe");
        assert_eq!(safe("...", System::Windows), "_");
        assert_eq!(safe("nul. .", System::Windows), "_nul");
    }

    #[test]
    fn unicode_tricks_are_taken_out_everywhere() {
        for system in [System::Unix, System::Windows] {
            assert_eq!(safe("invoice\u{202e}fdp.exe", system), "invoice_fdp.exe");
            assert_eq!(safe("a\u{200b}b\u{feff}\u{7}", system), "a_b__");
            assert_eq!(safe("..\u{2215}..\u{ff0f}passwd", system), ".._.._passwd");
            assert_eq!(safe("Grüße 漢字 🙂.txt", system), "Grüße 漢字 🙂.txt");
        }
    }

    #[test]
    fn what_is_one_name_is_decided_first() {
        for bad in ["", ".", "..", "a/b", "/etc", "a\0b"] {
            assert!(FileName::new(bad).is_err(), "{bad:?}");
        }
        assert!(FileName::new("..a").is_ok());
    }

    #[test]
    fn a_number_stands_before_the_ending() {
        let of = |name: &str| numbered(&FileName::new(name).unwrap(), 2).as_str().to_owned();
        assert_eq!(of("report.pdf"), "report (2).pdf");
        assert_eq!(of("report"), "report (2)");
        assert_eq!(of(".bashrc"), ".bashrc (2)");
    }

    proptest! {
        #[test]
        fn a_safe_name_is_one_name_short_and_stays_as_it_is(name in "\\PC{0,300}|.{0,60}|[a-z. ]{0,12}", windows: bool) {
            let system = if windows { System::Windows } else { System::Unix };
            if let Ok(name) = FileName::new(name) {
                let once = safe_name(&name, system);
                prop_assert!(FileName::new(once.as_str()).is_ok());
                prop_assert!(once.as_str().len() <= WRITTEN_NAME);
                prop_assert!(!once.as_str().chars().any(|c| is_bad(c, system)));
                prop_assert!(!(windows && (is_device(once.as_str()) || once.as_str().ends_with(['.', ' ']))));
                prop_assert!(FileName::new(numbered(&once, 7).as_str()).is_ok());
                prop_assert_eq!(safe_name(&once, system), once);
            }
        }
    }
}
