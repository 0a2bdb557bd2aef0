//! One console for a data folder: a second start shows the window of the first, gives it the link that it was started
//! with, and ends.
//!
//! The first has a door in its data folder, for this user alone. What comes there is one short line; all that it can do is
//! show the window and fill in a form.

use std::{io, path::Path, time::Duration};

use deskhand_door::{Bounds, Door};

use crate::link::LONGEST;

/// The door's name in the data folder.
const NAME: &str = "console.door";
const SHOW: &str = "show";
const OPEN: &str = "open ";
const DONE: &str = "done";
/// What each side waits, and the longest line.
const BOUNDS: Bounds = Bounds { line: LONGEST + OPEN.len(), patience: Duration::from_secs(3) };

/// What a second start asks of the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// The window.
    Show,
    /// The window, and what this link is for. Hostile text.
    Open(String),
}

impl Asked {
    fn read(line: &str) -> Option<Self> {
        match (line, line.strip_prefix(OPEN)) {
            (SHOW, _) => Some(Self::Show),
            (_, Some(link)) => Some(Self::Open(link.to_owned())),
            _ => None,
        }
    }
}

/// Listens, on a thread of its own, as long as what it gives is kept. Only for whoever holds the folder: what is left of
/// an earlier one is removed.
///
/// # Errors
///
/// What the system says.
pub fn listen(folder: &Path, asked: impl Fn(Asked) + Send + 'static) -> io::Result<Door> {
    deskhand_door::open(folder, NAME, BOUNDS, move |line| {
        asked(Asked::read(line)?);
        Some(DONE)
    })
}

/// Asks a console that runs with this data folder; false when none answers.
#[must_use]
pub fn ask(folder: &Path, what: &Asked) -> bool {
    let line = match what {
        Asked::Show => SHOW.to_owned(),
        Asked::Open(link) => format!("{OPEN}{link}"),
    };
    deskhand_door::knock(folder, NAME, BOUNDS, &line).is_ok_and(|said| said == DONE)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn a_second_start_reaches_the_first_and_noise_reaches_nobody() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!ask(folder.path(), &Asked::Show), "nobody runs");
        let (tell, told) = channel();
        let listening = listen(folder.path(), move |what| drop(tell.send(what))).unwrap();
        for noise in ["quit", "", "open", &"a".repeat(2 * LONGEST)] {
            deskhand_door::knock(folder.path(), NAME, BOUNDS, noise).unwrap_err();
        }
        let link = Asked::Open("deskhand://find?text=weber".to_owned());
        assert!(ask(folder.path(), &Asked::Show) && ask(folder.path(), &link));
        assert_eq!(told.try_iter().collect::<Vec<_>>(), [Asked::Show, link]);
        drop(listening);
        assert!(!folder.path().join(NAME).exists());
    }
}
