//! Where a second start knocks: a socket in the data folder.
//!
//! One line each way: what the second one was started for, and what the first one has done. Both have a bound in size
//! and time, and a line that cannot be read is no knock.

use std::{
    fs::{self, File},
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    os::{
        fd::AsRawFd as _,
        unix::{
            fs::FileTypeExt as _,
            net::{UnixListener, UnixStream},
        },
    },
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use deskhand_desk::DataFolder;
use deskhand_protocol::limit::PACKAGE_FILE;
use tokio::sync::{Notify, mpsc::UnboundedSender};

use super::{DOOR, First, Knock};
use crate::view::Action;

/// A package, written as text in JSON.
const LINE: u64 = 2 * PACKAGE_FILE as u64 + 4096;
/// For one side to say its line.
const SAYS: Duration = Duration::from_secs(2);

impl Knock {
    /// Knocks at the one that runs.
    ///
    /// # Errors
    ///
    /// When nobody answers.
    pub fn knock(&self, folder: &DataFolder) -> io::Result<First> {
        let place = Place::of(folder)?;
        let mut stream = UnixStream::connect(&place.path)?;
        stream.set_read_timeout(Some(SAYS))?;
        stream.set_write_timeout(Some(SAYS))?;
        let mut line = serde_json::to_vec(self)?;
        line.push(b'\n');
        stream.write_all(&line)?;
        let mut answer = String::new();
        BufReader::new(stream.take(64)).read_line(&mut answer)?;
        match answer.trim_end() {
            "shown" => Ok(First::Shown),
            "headless" => Ok(First::Headless),
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

/// The socket's address. A socket's path may have no more than about a hundred bytes, and a data folder may lie deep: it
/// is named by the folder that is held open.
#[derive(Debug)]
struct Place {
    _folder: File,
    path: PathBuf,
}

impl Place {
    fn of(folder: &DataFolder) -> io::Result<Self> {
        let open = File::open(folder.path())?;
        let path = if cfg!(target_os = "linux") {
            PathBuf::from(format!("/proc/self/fd/{}", open.as_raw_fd()))
        } else {
            folder.path().to_owned()
        };
        Ok(Self { _folder: open, path: path.join(DOOR.as_str()) })
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
}

/// The socket of the one that runs. It goes with it.
#[derive(Debug)]
pub struct Door {
    place: Place,
    closed: Arc<AtomicBool>,
}

impl Drop for Door {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::Release);
        // Whoever waits at it looks up. The folder may be gone already, and then nobody can come.
        drop(UnixStream::connect(&self.place.path));
        // In the folder that was opened, not in one that another start has made in its place.
        let _ = fs::remove_file(&self.place.path);
    }
}

/// Opens the door: who knocks is answered as long as the program runs. Only for who holds the lock.
///
/// # Errors
///
/// When there can be no socket in the folder.
pub fn open(folder: &DataFolder, answers: Answers) -> io::Result<Door> {
    let path = folder.path().join(DOOR.as_str());
    // One that a crash left behind.
    if fs::symlink_metadata(&path).is_ok_and(|found| found.file_type().is_socket()) {
        fs::remove_file(&path)?;
    }
    let (place, closed) = (Place::of(folder)?, Arc::<AtomicBool>::default());
    let listener = UnixListener::bind(&place.path)?;
    let over = Arc::clone(&closed);
    std::thread::Builder::new().name("door".to_owned()).spawn(move || {
        for knocking in listener.incoming() {
            if over.load(Ordering::Acquire) {
                return;
            }
            if let Err(error) = knocking.and_then(|stream| answer(stream, &answers)) {
                tracing::debug!(%error, "a knock was not understood");
                // Without a descriptor to spare it would turn in circles.
                std::thread::sleep(super::AGAIN);
            }
        }
    })?;
    Ok(Door { place, closed })
}

fn answer(mut stream: UnixStream, answers: &Answers) -> io::Result<()> {
    stream.set_read_timeout(Some(SAYS))?;
    stream.set_write_timeout(Some(SAYS))?;
    let mut line = String::new();
    BufReader::new((&stream).take(LINE)).read_line(&mut line)?;
    let knock: Knock = serde_json::from_str(&line)?;
    let Some(front) = &answers.front else { return stream.write_all(b"headless\n") };
    // One that is about to end takes nothing any more; the second one begins when it has ended.
    if answers.actions.send(Action::Knocked { knock: Box::new(knock) }).is_err() {
        return Err(io::ErrorKind::BrokenPipe.into());
    }
    front.notify_one();
    stream.write_all(b"shown\n")
}

#[cfg(test)]
mod tests {
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
        // What a crash left behind is no hindrance.
        drop(UnixListener::bind(folder.path().join(DOOR.as_str())).unwrap());
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
        let path = folder.path().join(DOOR.as_str());
        for noise in [&b"\n"[..], b"{\"call\":\n", b"{\"allow\":1}\n", &[b'['; 100_000], b"\xff\n"] {
            let mut stream = UnixStream::connect(&path).unwrap();
            // It may have stopped listening before the end.
            let _ = stream.write_all(noise);
            let _ = stream.shutdown(std::net::Shutdown::Write);
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer);
            assert_eq!(answer, b"");
        }
        assert!(heard.try_recv().is_err());
        assert_eq!(Knock::Field(Field::default()).knock(&folder).unwrap(), First::Shown);
    }
}
