//! How the console is started.

use std::path::PathBuf;

use clap::{Parser, error::ErrorKind};
use deskhand_protocol::usage;

use crate::{
    folder::{Folder, FolderError},
    instance::Asked,
    link::Link,
};

/// Deskhand: help a customer on the customer's own computer.
#[derive(Debug, Clone, Parser)]
#[command(name = "deskhand", version)]
pub struct Options {
    /// Folder for the console's data, in place of the usual one.
    #[arg(long, value_name = "DIR", env = "DESKHAND_DATA")]
    pub data: Option<PathBuf>,
    /// The helper program that belongs into support packages, in place of the one beside this program.
    #[arg(long, value_name = "FILE", env = "DESKHAND_HELPER")]
    pub helper: Option<PathBuf>,
    /// A link that fills in a form of the window, `deskhand://…`.
    #[arg(value_name = "LINK", value_parser = link)]
    pub link: Option<String>,
}

/// Anything that calls itself such a link is one here: the window says what is wrong with it.
fn link(text: &str) -> Result<String, String> {
    let is_link = text.get(..SCHEME.len()).is_some_and(|scheme| scheme.eq_ignore_ascii_case(SCHEME));
    if is_link { Ok(text.to_owned()) } else { Err("not a deskhand:// link".to_owned()) }
}

const SCHEME: &str = "deskhand:";

/// What a command line asks for besides running.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotRun {
    /// To be printed; the program has then done what it was asked for.
    Show(String),
    /// One sentence about what is wrong.
    Wrong(String),
}

impl Options {
    /// Reads a command line, the program's name first.
    ///
    /// # Errors
    ///
    /// [`NotRun`] for help, version and mistakes.
    pub fn read<I>(arguments: I) -> Result<Self, NotRun>
    where
        I: IntoIterator<Item: Into<std::ffi::OsString> + Clone>,
    {
        Self::try_parse_from(arguments).map_err(|error| match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => NotRun::Show(error.to_string()),
            _ => NotRun::Wrong(usage::sentence("deskhand", &error.to_string())),
        })
    }

    /// What this start asks of a window that is there already.
    #[must_use]
    pub fn asked(&self) -> Asked {
        match &self.link {
            None => Asked::Show,
            Some(link) if Link::read(link).is_ok() => Asked::Open(link.clone()),
            // As little as says that it is of no use.
            Some(_) => Asked::Open(SCHEME.to_owned()),
        }
    }

    /// The data folder.
    ///
    /// # Errors
    ///
    /// [`FolderError::NoHome`] when none is named and the system has none.
    pub fn data_folder(&self) -> Result<PathBuf, FolderError> {
        self.data.clone().map_or_else(Folder::usual, Ok)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_can_be_named() {
        let options = Options::read(["deskhand", "--data", "/somewhere"]).unwrap();
        assert_eq!(options.data_folder().unwrap(), PathBuf::from("/somewhere"));
    }

    #[test]
    fn a_link_is_handed_on_and_one_of_no_use_is_made_short() {
        let asked = |arguments: &[&str]| Options::read([&["deskhand"], arguments].concat()).unwrap().asked();
        assert_eq!(asked(&[]), Asked::Show);
        assert_eq!(asked(&["Deskhand://find?text=a"]), Asked::Open("Deskhand://find?text=a".into()));
        let huge = format!("deskhand://{}", "a".repeat(100_000));
        for bad in [huge.as_str(), "deskhand:x\nshow", "deskhand://connect"] {
            assert_eq!(asked(&[bad]), Asked::Open("deskhand:".into()), "{bad:.40}");
        }
    }

    #[test]
    fn a_link_that_closes_its_quotes_adds_no_option() {
        let read = |arguments: &[&str]| Options::read([&["deskhand", "--data", "D:/x", "--"], arguments].concat());
        let plain = read(&["deskhand://find?text=a"]).unwrap();
        assert_eq!(plain.link.as_deref(), Some("deskhand://find?text=a"));
        for more in [vec!["--helper", "//evil/x.exe"], vec!["--data=//evil/x"], vec!["-V"], vec!["deskhand://session"]]
        {
            let arguments = [vec!["deskhand://find?text=a"], more].concat();
            assert!(matches!(read(&arguments), Err(NotRun::Wrong(_))), "{arguments:?}");
        }
        assert!(matches!(read(&["--helper=//evil/x.exe"]), Err(NotRun::Wrong(_))));
    }

    #[test]
    fn a_wrong_flag_is_one_sentence_with_what_to_do() {
        for wrong in [vec!["--date", "x"], vec!["--data"], vec!["something"]] {
            let arguments = std::iter::once("deskhand").chain(wrong.iter().copied());
            let Err(NotRun::Wrong(sentence)) = Options::read(arguments) else { panic!("{wrong:?} was taken") };
            assert!(!sentence.contains('\n') && sentence.ends_with("see deskhand --help"), "{sentence}");
        }
    }
}
