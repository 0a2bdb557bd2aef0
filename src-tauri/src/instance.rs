//! One console for a data folder: a second start shows the window of the first, gives it the link that it was started
//! with, and ends.
//!
//! The first listens on a socket in its data folder, which belongs to this user alone. What comes there is one short line;
//! all that it can do is show the window and fill in a form.

#[cfg(not(unix))]
use std::path::Path;

/// What a second start asks of the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// The window.
    Show,
    /// The window, and what this link is for. Hostile text.
    Open(String),
}

#[cfg(unix)]
pub use here::{Listening, ask, listen};

/// Asks a console that runs with this data folder; false when none answers.
#[cfg(not(unix))]
#[must_use]
pub const fn ask(_folder: &Path, _what: &Asked) -> bool {
    false
}

#[cfg(unix)]
mod here {
    use std::{
        fs, io,
        io::{Read as _, Write as _},
        os::unix::{
            fs::PermissionsExt as _,
            net::{UnixListener, UnixStream},
        },
        path::{Path, PathBuf},
        time::Duration,
    };

    use super::Asked;
    use crate::link::LONGEST;

    /// The socket's name in the data folder.
    const NAME: &str = "console.sock";
    /// How long either side waits for the other.
    const PATIENCE: Duration = Duration::from_secs(3);
    const SHOW: &str = "show";
    const OPEN: &str = "open ";
    const DONE: &[u8] = b"done\n";

    /// The socket; dropping it takes its name away.
    #[derive(Debug)]
    pub struct Listening {
        path: PathBuf,
    }

    impl Drop for Listening {
        fn drop(&mut self) {
            let _ = fs::remove_file(&self.path);
        }
    }

    /// Listens, on a thread of its own that ends with the process. Only for whoever holds the folder: what is left of an
    /// earlier socket is removed.
    ///
    /// # Errors
    ///
    /// What the system says; a path that is too long for a socket is one reason.
    pub fn listen(folder: &Path, asked: impl Fn(Asked) + Send + 'static) -> io::Result<Listening> {
        let path = folder.join(NAME);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&path)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        std::thread::Builder::new().name("instance".to_owned()).spawn(move || {
            for stream in listener.incoming().flatten() {
                match hear(stream) {
                    Ok(what) => asked(what),
                    Err(error) => tracing::debug!(%error, "another start was not understood"),
                }
            }
        })?;
        Ok(Listening { path })
    }

    fn hear(mut stream: UnixStream) -> io::Result<Asked> {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let most = LONGEST + OPEN.len() + 1;
        let mut line = Vec::new();
        let mut part = [0; 512];
        while !line.ends_with(b"\n") {
            let count = stream.read(&mut part)?;
            line.extend(part.iter().take(count));
            if count == 0 || line.len() > most {
                return Err(io::ErrorKind::InvalidData.into());
            }
        }
        let line = String::from_utf8(line).map_err(|_| io::ErrorKind::InvalidData)?;
        let line = line.trim_end_matches('\n');
        let what = match (line, line.strip_prefix(OPEN)) {
            (SHOW, _) => Asked::Show,
            (_, Some(link)) => Asked::Open(link.to_owned()),
            _ => return Err(io::ErrorKind::InvalidData.into()),
        };
        stream.write_all(DONE)?;
        Ok(what)
    }

    /// Asks a console that runs with this data folder; false when none answers.
    #[must_use]
    pub fn ask(folder: &Path, what: &Asked) -> bool {
        let answered = || -> io::Result<bool> {
            let mut stream = UnixStream::connect(folder.join(NAME))?;
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.set_write_timeout(Some(PATIENCE))?;
            match what {
                Asked::Show => writeln!(stream, "{SHOW}")?,
                Asked::Open(link) => writeln!(stream, "{OPEN}{link}")?,
            }
            let mut done = [0; DONE.len()];
            stream.read_exact(&mut done)?;
            Ok(done == *DONE)
        };
        answered().unwrap_or(false)
    }

    #[cfg(test)]
    mod tests {
        use std::sync::mpsc::channel;

        use super::*;

        #[test]
        fn a_second_start_reaches_the_first_and_noise_reaches_nobody() {
            let folder = tempfile::tempdir().unwrap();
            assert!(!ask(folder.path(), &Asked::Show), "nobody runs");
            // What a killed console has left.
            drop(UnixListener::bind(folder.path().join(NAME)).unwrap());
            assert!(!ask(folder.path(), &Asked::Show));
            let (tell, told) = channel();
            let listening = listen(folder.path(), move |what| drop(tell.send(what))).unwrap();
            let mode = fs::metadata(folder.path().join(NAME)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
            for noise in [&b"quit\n"[..], b"", b"open", &[0xff, b'\n'], &vec![b'a'; 2 * LONGEST]] {
                let mut stream = UnixStream::connect(folder.path().join(NAME)).unwrap();
                // It may hang up in the middle of it.
                let _ = stream.write_all(noise);
                let _ = stream.shutdown(std::net::Shutdown::Write);
                let mut answer = Vec::new();
                let _ = stream.read_to_end(&mut answer);
                assert!(answer.is_empty());
            }
            let link = Asked::Open("deskhand://find?text=weber".to_owned());
            assert!(ask(folder.path(), &Asked::Show) && ask(folder.path(), &link));
            assert_eq!(told.try_iter().collect::<Vec<_>>(), [Asked::Show, link]);
            drop(listening);
            assert!(!folder.path().join(NAME).exists());
        }
    }
}
