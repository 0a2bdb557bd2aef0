//! Whatever becomes of this program, nothing it pressed stays down.
//!
//! Neither an X server nor Windows nor a Mac lets go of a synthetic key when the program that pressed it is killed. So a second
//! process is told of each key before it is pressed; when its input ends, and with it the first process, it lets go of
//! what is still in its book and gives borrowed keys back. It hears key numbers, never text, and does nothing else.

use std::{
    collections::BTreeSet,
    io::{self, Read, Write as _},
    process::{Child, ChildStdin, Command, Stdio},
};

/// Something that must not outlive this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Trace {
    /// A key, by the number that the system gives it.
    Key(u8),
    /// A pointer button, likewise.
    Button(u8),
    /// A key that types a borrowed character.
    Borrowed(u8),
}

impl Trace {
    const fn bytes(self, now: Now) -> [u8; 2] {
        let (kind, number) = match self {
            Self::Key(number) => (0, number),
            Self::Button(number) => (2, number),
            Self::Borrowed(number) => (4, number),
        };
        [kind | now as u8, number]
    }

    const fn read([kind, number]: [u8; 2]) -> Option<(Self, Now)> {
        let trace = match kind & !1 {
            0 => Self::Key(number),
            2 => Self::Button(number),
            4 => Self::Borrowed(number),
            _ => return None,
        };
        Some((trace, if kind & 1 == 0 { Now::There } else { Now::Gone }))
    }
}

/// What has become of a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Now {
    There = 0,
    Gone = 1,
}

/// The other process, as this one sees it.
#[derive(Debug)]
pub(crate) struct Guard {
    process: Child,
    ear: Option<ChildStdin>,
}

impl Guard {
    /// Starts it. The command must call [`let_go_when_alone`](crate::let_go_when_alone).
    pub(crate) fn start(mut command: Command) -> io::Result<Self> {
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt as _;
            // What ends a whole group of processes must not end both.
            command.process_group(0);
        }
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let ear = process.stdin.take();
        Ok(Self { process, ear })
    }

    /// Tells of a trace before it is made, and after it is gone.
    pub(crate) fn tell(&mut self, trace: Trace, now: Now) {
        if let Some(ear) = &mut self.ear
            && let Err(error) = ear.write_all(&trace.bytes(now))
        {
            tracing::warn!(%error, "the guard is gone: a crash could leave keys down");
            self.ear = None;
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.ear = None;
        if let Err(error) = self.process.wait() {
            tracing::debug!(%error, "the guard's end is unknown");
        }
    }
}

/// What is left of the process at the other end of the standard input, once that is gone.
pub(crate) fn left() -> BTreeSet<Trace> {
    left_of(io::stdin().lock())
}

fn left_of(mut messages: impl Read) -> BTreeSet<Trace> {
    let mut book = BTreeSet::new();
    let mut message = [0; 2];
    while messages.read_exact(&mut message).is_ok() {
        match Trace::read(message) {
            Some((trace, Now::There)) => drop(book.insert(trace)),
            Some((trace, Now::Gone)) => drop(book.remove(&trace)),
            None => {}
        }
    }
    book
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_and_not_taken_back_is_left() {
        let mut told = Vec::new();
        for (trace, now) in [
            (Trace::Key(50), Now::There),
            (Trace::Key(38), Now::There),
            (Trace::Button(1), Now::There),
            (Trace::Borrowed(200), Now::There),
            (Trace::Key(38), Now::Gone),
            (Trace::Key(99), Now::Gone),
        ] {
            told.extend(trace.bytes(now));
        }
        // Nonsense, and a message that was cut off.
        told.extend([0xff, 1, 0]);
        assert_eq!(left_of(&told[..]), [Trace::Key(50), Trace::Button(1), Trace::Borrowed(200)].into());
        assert_eq!(left_of(&[][..]), BTreeSet::new());
    }
}
