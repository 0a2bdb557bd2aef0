//! The door as a socket.

use std::{
    fs::{self, File},
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    os::{
        fd::AsRawFd as _,
        unix::{
            fs::{FileTypeExt as _, PermissionsExt as _},
            net::{UnixListener, UnixStream},
        },
    },
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::{ANSWER, Bounds, PAUSE};

/// The socket's address. A socket's path may have no more than about a hundred bytes, and a folder may lie deep: it is
/// named by the folder that is held open.
#[derive(Debug)]
struct Place {
    _folder: File,
    path: PathBuf,
}

impl Place {
    fn of(folder: &Path, name: &str) -> io::Result<Self> {
        let open = File::open(folder)?;
        let path = if cfg!(target_os = "linux") {
            PathBuf::from(format!("/proc/self/fd/{}", open.as_raw_fd()))
        } else {
            folder.to_owned()
        };
        Ok(Self { _folder: open, path: path.join(name) })
    }
}

/// An open door. It goes with its owner.
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

/// Opens the door: each line that comes is given to `answer`, on a thread of its own. Only for who holds the folder: what
/// an earlier one has left is removed.
///
/// # Errors
///
/// When there can be no socket in the folder.
pub fn open(
    folder: &Path,
    name: &str,
    bounds: Bounds,
    mut answer: impl FnMut(&str) -> Option<&'static str> + Send + 'static,
) -> io::Result<Door> {
    let (place, closed) = (Place::of(folder, name)?, Arc::<AtomicBool>::default());
    // One that a crash left behind.
    if fs::symlink_metadata(&place.path).is_ok_and(|found| found.file_type().is_socket()) {
        fs::remove_file(&place.path)?;
    }
    let listener = UnixListener::bind(&place.path)?;
    fs::set_permissions(&place.path, fs::Permissions::from_mode(0o600))?;
    let over = Arc::clone(&closed);
    std::thread::Builder::new().name("door".to_owned()).spawn(move || {
        for knocking in listener.incoming() {
            if over.load(Ordering::Acquire) {
                return;
            }
            if knocking.and_then(|stream| hear(stream, bounds, &mut answer)).is_err() {
                // Without a descriptor to spare it would come again at once.
                std::thread::sleep(PAUSE);
            }
        }
    })?;
    Ok(Door { place, closed })
}

fn hear(
    mut stream: UnixStream,
    bounds: Bounds,
    answer: &mut impl FnMut(&str) -> Option<&'static str>,
) -> io::Result<()> {
    stream.set_read_timeout(Some(bounds.patience))?;
    stream.set_write_timeout(Some(bounds.patience))?;
    let line = line(&stream, bounds.line)?;
    match answer(&line) {
        Some(said) => writeln!(stream, "{said}"),
        None => Ok(()),
    }
}

/// Knocks at who runs, and gives his answer.
///
/// # Errors
///
/// When nobody is there or answers, or `line` is more than one.
pub fn knock(folder: &Path, name: &str, bounds: Bounds, line: &str) -> io::Result<String> {
    if line.contains('\n') {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let place = Place::of(folder, name)?;
    let mut stream = UnixStream::connect(&place.path)?;
    stream.set_read_timeout(Some(bounds.patience))?;
    stream.set_write_timeout(Some(bounds.patience))?;
    stream.write_all(format!("{line}\n").as_bytes())?;
    self::line(&stream, ANSWER)
}

/// One line of at most so many bytes.
fn line(stream: &UnixStream, most: usize) -> io::Result<String> {
    let mut line = String::new();
    BufReader::new(stream.take(most as u64 + 1)).read_line(&mut line)?;
    match line.strip_suffix('\n') {
        Some(line) => Ok(line.to_owned()),
        None => Err(io::ErrorKind::InvalidData.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::{net::Shutdown, time::Duration};

    use super::*;

    #[test]
    fn noise_reaches_nobody_and_only_this_user_comes_in() {
        let bounds = Bounds { line: 1000, patience: Duration::from_millis(500) };
        // Deeper than a socket's path may be.
        let base = tempfile::tempdir().unwrap();
        let folder = base.path().join("deep/".repeat(40));
        fs::create_dir_all(&folder).unwrap();
        let _door = open(&folder, "door", bounds, |line| (line == "show").then_some("done")).unwrap();
        let mode = fs::metadata(folder.join("door")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let place = Place::of(&folder, "door").unwrap();
        for noise in [&b"\n"[..], b"", b"show", b"\xff\n", &[b'['; 100_000]] {
            let mut stream = UnixStream::connect(&place.path).unwrap();
            // It may hang up in the middle of it.
            let _ = stream.write_all(noise);
            let _ = stream.shutdown(Shutdown::Write);
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer);
            assert_eq!(answer, b"");
        }
        assert_eq!(knock(&folder, "door", bounds, "show").unwrap(), "done");
    }

    #[test]
    fn what_is_no_socket_stays() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("door");
        fs::write(&file, "mine").unwrap();
        let bounds = Bounds { line: 10, patience: Duration::from_secs(1) };
        open(folder.path(), "door", bounds, |_| None).unwrap_err();
        assert_eq!(fs::read_to_string(file).unwrap(), "mine");
    }
}
