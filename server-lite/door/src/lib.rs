//! Where a second start of a program knocks at the first: a file in the folder that both use, and one line each way.
//!
//! | system | what the file is |
//! |---|---|
//! | Unix | a socket |
//! | Windows | a text with the name of a pipe, which is a new one at each start |
//!
//! # Invariants
//!
//! - Only this user comes in: on Unix by the folder's and the socket's rights, on Windows by the pipe's own list. From
//!   other computers nobody does.
//! - Lines have a bound in size, and both sides one in time. What is no line is answered by nothing, and the next one is
//!   heard.
//! - What a line means is not decided here. It may come from any program of this user.

use std::time::Duration;

#[cfg(windows)]
mod pipe;
#[cfg(unix)]
mod socket;

#[cfg(windows)]
pub use pipe::{Door, knock, open};
#[cfg(unix)]
pub use socket::{Door, knock, open};

/// What an exchange may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The longest line that is heard, in bytes, without its end.
    pub line: usize,
    /// How long one side waits for the other's line.
    pub patience: Duration,
}

/// The longest answer, in bytes with its end.
const ANSWER: usize = 64;
/// For how long a fault that comes at once and again is not looked at: without it a thread would turn in circles.
const PAUSE: Duration = Duration::from_millis(50);

#[cfg(test)]
mod tests {
    use std::{
        fs, io,
        sync::mpsc::{Receiver, channel},
    };

    use super::*;

    const NAME: &str = "program.door";
    const BOUNDS: Bounds = Bounds { line: 1000, patience: Duration::from_millis(500) };

    /// One that hears everything and answers only what it knows.
    fn opened(folder: &std::path::Path) -> (Door, Receiver<String>) {
        let (tell, told) = channel();
        let answer = move |line: &str| {
            tell.send(line.to_owned()).ok()?;
            (line != "noise").then_some("done")
        };
        (open(folder, NAME, BOUNDS, answer).unwrap(), told)
    }

    #[test]
    fn who_knocks_is_heard_and_answered_one_after_the_other() {
        let folder = tempfile::tempdir().unwrap();
        assert!(knock(folder.path(), NAME, BOUNDS, "show").is_err(), "nobody is there");
        let (door, told) = opened(folder.path());
        let longest = "ü".repeat(BOUNDS.line / 2);
        for line in ["show", "", "open deskhand://find?text=weber", &longest] {
            assert_eq!(knock(folder.path(), NAME, BOUNDS, line).unwrap(), "done");
            assert_eq!(told.try_recv().as_deref(), Ok(line));
        }
        drop(door);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left");
        assert!(knock(folder.path(), NAME, BOUNDS, "show").is_err());
    }

    #[test]
    fn what_is_no_line_is_not_answered_and_the_next_one_is() {
        let folder = tempfile::tempdir().unwrap();
        let (_door, told) = opened(folder.path());
        let too_long = "a".repeat(BOUNDS.line + 1);
        for line in [&too_long, "noise"] {
            knock(folder.path(), NAME, BOUNDS, line).unwrap_err();
        }
        assert_eq!(told.try_iter().collect::<Vec<_>>(), ["noise"], "the long one is not even heard");
        // Two lines in one are none.
        assert_eq!(knock(folder.path(), NAME, BOUNDS, "a\nb").unwrap_err().kind(), io::ErrorKind::InvalidInput);
        assert_eq!(knock(folder.path(), NAME, BOUNDS, "show").unwrap(), "done");
    }

    #[test]
    fn many_at_once_all_get_their_answer() {
        let folder = tempfile::tempdir().unwrap();
        let (_door, told) = opened(folder.path());
        let patient = Bounds { patience: Duration::from_secs(20), ..BOUNDS };
        std::thread::scope(|scope| {
            for number in 0..8 {
                let folder = folder.path();
                scope.spawn(move || assert_eq!(knock(folder, NAME, patient, &number.to_string()).unwrap(), "done"));
            }
        });
        let mut heard: Vec<String> = told.try_iter().collect();
        heard.sort();
        assert_eq!(heard, ["0", "1", "2", "3", "4", "5", "6", "7"]);
    }

    #[test]
    fn what_an_earlier_one_left_is_no_hindrance() {
        let folder = tempfile::tempdir().unwrap();
        let (door, _) = opened(folder.path());
        // As when the program is killed.
        std::mem::forget(door);
        let left = folder.path().join(NAME);
        assert!(left.exists());
        let (_door, told) = opened(folder.path());
        assert_eq!(knock(folder.path(), NAME, BOUNDS, "show").unwrap(), "done");
        assert_eq!(told.try_recv().as_deref(), Ok("show"));
    }
}
