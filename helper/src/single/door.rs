//! What goes through the door in the data folder: what the second one was started for, and what the first one has done.

use std::{io, sync::Arc, time::Duration};

use deskhand_desk::DataFolder;
use deskhand_door::{Bounds, Door};
use deskhand_protocol::limit::PACKAGE_FILE;
use tokio::sync::{Notify, mpsc::UnboundedSender};

use super::{DOOR, First, Knock};
use crate::view::Action;

/// A package, written as text in JSON; and a moment for one side to say its line.
const BOUNDS: Bounds = Bounds { line: 2 * PACKAGE_FILE + 4096, patience: Duration::from_secs(2) };
const SHOWN: &str = "shown";
const HEADLESS: &str = "headless";

impl Knock {
    /// Knocks at the one that runs.
    ///
    /// # Errors
    ///
    /// When nobody answers.
    pub fn knock(&self, folder: &DataFolder) -> io::Result<First> {
        let line = serde_json::to_string(self)?;
        match &*deskhand_door::knock(folder.path(), DOOR.as_str(), BOUNDS, &line)? {
            SHOWN => Ok(First::Shown),
            HEADLESS => Ok(First::Headless),
            _ => Err(io::ErrorKind::InvalidData.into()),
        }
    }
}

/// To whom the first one passes on what it hears.
#[derive(Debug, Clone)]
pub struct Answers {
    /// Brings the window to the front; `None` without one.
    pub(crate) front: Option<Arc<Notify>>,
    /// Hears what a second one was started for.
    pub(crate) actions: UnboundedSender<Action>,
}

impl Answers {
    /// Likewise, where there is no window.
    #[must_use]
    pub fn without_window(self) -> Self {
        Self { front: None, ..self }
    }

    fn to(&self, line: &str) -> Option<&'static str> {
        let knock: Knock = serde_json::from_str(line)
            .inspect_err(|error| tracing::debug!(line = error.line(), "a knock was not understood"))
            .ok()?;
        let Some(front) = &self.front else { return Some(HEADLESS) };
        // One that is about to end takes nothing any more; the second one begins when it has ended.
        self.actions.send(Action::Knocked { knock: Box::new(knock) }).ok()?;
        front.notify_one();
        Some(SHOWN)
    }
}

/// Opens the door: who knocks is answered as long as the program runs. Only for who holds the lock.
///
/// # Errors
///
/// When there can be no door in the folder.
pub fn open(folder: &DataFolder, answers: Answers) -> io::Result<Door> {
    deskhand_door::open(folder.path(), DOOR.as_str(), BOUNDS, move |line| answers.to(line))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tokio::sync::mpsc;

    use super::*;
    use crate::{
        start::{Field, Source},
        view::Problem,
    };

    fn folder(deep: &str) -> (tempfile::TempDir, DataFolder) {
        let base = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(Some(&base.path().join(deep))).unwrap();
        (base, folder)
    }

    #[test]
    fn who_knocks_is_heard_and_told_where_the_window_is() {
        // Deeper than a socket's path may be.
        let (_base, folder) = folder(&"deep/".repeat(40));
        let knock = Knock::Field(Some(Problem::PackageExpired).into());
        assert!(knock.knock(&folder).is_err(), "nobody is there");
        let (actions, mut heard) = mpsc::unbounded_channel();
        let door = open(&folder, Answers { front: Some(Arc::default()), actions }).unwrap();
        assert_eq!(knock.knock(&folder).unwrap(), First::Shown);
        assert_eq!(heard.try_recv().unwrap(), Action::Knocked { knock: Box::new(knock) });
        drop(door);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left");
    }

    #[test]
    fn one_without_a_window_says_so_and_takes_nothing() {
        let (_base, folder) = folder("data");
        let (actions, mut heard) = mpsc::unbounded_channel();
        let _door = open(&folder, Answers { front: None, actions }).unwrap();
        let call = Knock::Call(Source::Typed("help.example.org K7MP-4QXD".to_owned()));
        assert_eq!(call.knock(&folder).unwrap(), First::Headless);
        assert!(heard.try_recv().is_err());
    }

    #[test]
    fn what_is_no_knock_is_not_answered_and_the_next_one_is() {
        let (_base, folder) = folder("data");
        let (actions, mut heard) = mpsc::unbounded_channel();
        let _door = open(&folder, Answers { front: Some(Arc::default()), actions }).unwrap();
        let deep = "[".repeat(BOUNDS.line - 1);
        for noise in ["", "{\"call\":", "{\"allow\":1}", &deep] {
            deskhand_door::knock(folder.path(), DOOR.as_str(), BOUNDS, noise).unwrap_err();
        }
        assert!(heard.try_recv().is_err());
        assert_eq!(Knock::Field(Field::default()).knock(&folder).unwrap(), First::Shown);
    }
}
