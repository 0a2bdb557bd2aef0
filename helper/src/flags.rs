//! The command line.

use std::path::PathBuf;

use clap::{Parser, error::ErrorKind};
use deskhand_protocol::usage;

/// The program's own name.
pub const PROGRAM: &str = "deskhand-helper";
/// The one argument with which it starts itself a second time, to let go of keys should the first be killed. It is for
/// nobody else: without the first program at its standard input it does nothing.
pub const GUARD: &str = "--let-go-when-alone";

/// By this a relay knows the program as ours, and its version, whatever its file is called: the two halves are those of
/// [`deskhand_protocol::template`].
pub const STAMP: &str = concat!("deskhand-helper/template/1/", env!("CARGO_PKG_VERSION"), "/end");

/// With this the program starts itself after a restart, to go on with the call of before; the customer is asked again.
pub const AFTER_RESTART: &str = "--after-restart";

/// Where an administrator's grant file lies if `--grant` names no other.
#[cfg(not(windows))]
pub const GRANT_FILE: &str = "/etc/deskhand/grant.toml";
/// The same.
#[cfg(windows)]
pub const GRANT_FILE: &str = r"C:\ProgramData\Deskhand\grant.toml";

/// Lets a technician help on this computer, after asking.
///
/// Without anything it takes up the file `support.deskhand` beside the program, or else what the program's own name says,
/// or else shows a field for address and code.
#[derive(Debug, Clone, PartialEq, Eq, Parser)]
#[command(name = "deskhand-helper", version)]
pub struct Flags {
    /// Whom to call: address and code as in `help.example.org K7MP-4QXD`, a link, or a support file.
    #[arg(value_name = "CALL")]
    pub call: Vec<String>,
    /// Takes up this support file.
    #[arg(long, value_name = "FILE", conflicts_with = "call")]
    pub package: Option<PathBuf>,
    /// Goes on with the call during which the computer was restarted; for the entry that was made then.
    #[arg(long, hide = true, conflicts_with_all = ["call", "package", "headless"])]
    pub after_restart: bool,
    /// Keeps this computer's key in another folder than the usual one.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Removes everything that the program keeps on this computer for this user, names it, and does nothing else. Fails
    /// when anything is left.
    #[arg(long, conflicts_with_all = ["call", "package", "after_restart", "headless"])]
    pub clean: bool,
    /// For a computer where nobody sits: no window and no question, but the bar. What a technician may do stands in an
    /// administrator's grant file.
    #[arg(long)]
    pub headless: bool,
    /// The grant file; only root may be able to write it or a folder above it.
    #[arg(long, value_name = "FILE", requires = "headless", default_value = GRANT_FILE)]
    pub grant: PathBuf,
}

/// What a command line asks for besides running.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotRun {
    /// To be printed; the program has then done what it was asked for.
    Show(String),
    /// One sentence about what is wrong.
    Wrong(String),
}

/// Reads a command line, the program's name first.
///
/// # Errors
///
/// [`NotRun`] for help, version and mistakes.
pub fn read<I>(arguments: I) -> Result<Flags, NotRun>
where
    I: IntoIterator<Item: Into<std::ffi::OsString> + Clone>,
{
    Flags::try_parse_from(arguments).map_err(|error| match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => NotRun::Show(error.to_string()),
        _ => NotRun::Wrong(usage::sentence("deskhand-helper", &error.to_string())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stamp_is_the_one_that_relays_look_for() {
        use deskhand_protocol::template::{STAMP_HEAD, STAMP_TAIL};
        assert_eq!(STAMP, format!("{STAMP_HEAD}{}{STAMP_TAIL}", env!("CARGO_PKG_VERSION")));
    }

    #[test]
    fn a_call_may_be_given_as_one_word_or_two() {
        let flags = read(["deskhand-helper", "help.example.org", "K7MP-4QXD"]).unwrap();
        assert_eq!(flags.call.join(" "), "help.example.org K7MP-4QXD");
        assert!(!flags.headless);
    }

    #[test]
    fn a_wrong_flag_is_one_sentence() {
        for wrong in [vec!["--allow"], vec!["--package"], vec!["--grant", "x"], vec!["--package", "a", "b"]] {
            let arguments = std::iter::once("deskhand-helper").chain(wrong.iter().copied());
            let Err(NotRun::Wrong(sentence)) = read(arguments) else { panic!("{wrong:?} was taken") };
            assert!(!sentence.contains('\n') && sentence.ends_with("--help"), "{sentence}");
        }
    }

    #[test]
    fn a_flag_that_needs_another_names_it() {
        let Err(NotRun::Wrong(sentence)) = read(["deskhand-helper", "--grant", "x"]) else { panic!("taken") };
        assert!(sentence.contains("--headless"), "{sentence}");
    }

    #[test]
    fn nothing_skips_consent() {
        use clap::CommandFactory as _;
        let flags: Vec<String> =
            Flags::command().get_arguments().map(|argument| argument.get_id().to_string()).collect();
        assert_eq!(
            flags,
            ["call", "package", "after_restart", "data", "clean", "headless", "grant"],
            "a new flag must be thought about here"
        );
    }
}
