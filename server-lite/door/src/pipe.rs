//! The door as a named pipe.
//!
//! Everybody on the computer sees the names of pipes, and whoever makes one first has it. So each start takes a new name
//! by chance and tells it in the file, which only this user reads and writes; and only the first pipe of that name is
//! taken. Who knocks lets the other end know who he is, but not act for him.

#![allow(unsafe_code, reason = "the system's interface is C")]

use std::{
    ffi::c_void,
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::windows::{
        fs::OpenOptionsExt as _,
        io::{AsRawHandle as _, FromRawHandle as _, OwnedHandle},
    },
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use windows::{
    Win32::{
        Foundation::{
            CloseHandle, ERROR_PIPE_BUSY, ERROR_PIPE_CONNECTED, HANDLE, HLOCAL, INVALID_HANDLE_VALUE, LocalFree,
        },
        Security::{
            Authorization::{
                ConvertSidToStringSidW, ConvertStringSecurityDescriptorToSecurityDescriptorW, SDDL_REVISION_1,
            },
            GetTokenInformation, PSECURITY_DESCRIPTOR, SECURITY_ATTRIBUTES, TOKEN_QUERY, TOKEN_USER, TokenUser,
        },
        Storage::FileSystem::{FILE_FLAG_FIRST_PIPE_INSTANCE, PIPE_ACCESS_DUPLEX, SECURITY_IDENTIFICATION},
        System::{
            Pipes::{
                ConnectNamedPipe, CreateNamedPipeW, DisconnectNamedPipe, GetNamedPipeServerProcessId,
                PIPE_READMODE_BYTE, PIPE_REJECT_REMOTE_CLIENTS, PIPE_TYPE_BYTE, PIPE_WAIT, PeekNamedPipe,
            },
            Threading::{GetCurrentProcess, OpenProcessToken},
        },
        UI::WindowsAndMessaging::AllowSetForegroundWindow,
    },
    core::{HRESULT, HSTRING, PWSTR},
};

use crate::{ANSWER, Bounds, PAUSE};

/// Where pipes are, and what the names of ours begin with.
const PIPES: &str = r"\\.\pipe\deskhand-";
/// Bytes of chance in a name.
const CHANCE: usize = 16;
/// How often somebody who waits for the other end looks.
const LOOK: Duration = Duration::from_millis(10);
/// How long an owner waits for his door's thread to end.
const CLOSING: Duration = Duration::from_secs(2);

/// An open door. It goes with its owner.
#[derive(Debug)]
pub struct Door {
    file: PathBuf,
    pipe: String,
    closed: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Door {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::Release);
        // Whoever waits at it looks up, as soon as nobody else is in.
        let until = Instant::now() + CLOSING;
        while self.thread.as_ref().is_some_and(|thread| !thread.is_finished()) && Instant::now() < until {
            drop(OpenOptions::new().read(true).write(true).open(&self.pipe));
            std::thread::sleep(LOOK);
        }
        if let Some(thread) = self.thread.take().filter(JoinHandle::is_finished) {
            drop(thread.join());
        }
        // Not one that another start has made in its place.
        if fs::read_to_string(&self.file).is_ok_and(|text| name_in(&text).as_deref() == Some(&*self.pipe)) {
            let _ = fs::remove_file(&self.file);
        }
    }
}

/// Opens the door: each line that comes is given to `answer`, on a thread of its own. Only for who holds the folder: what
/// an earlier one has left is written over.
///
/// # Errors
///
/// When there can be no pipe, or the file cannot be written.
pub fn open(
    folder: &Path,
    name: &str,
    bounds: Bounds,
    mut answer: impl FnMut(&str) -> Option<&'static str> + Send + 'static,
) -> io::Result<Door> {
    let mut chance = [0; CHANCE];
    getrandom::fill(&mut chance).map_err(|_| io::ErrorKind::Other)?;
    let chance = data_encoding::HEXLOWER.encode(&chance);
    let (file, path) = (folder.join(name), format!("{PIPES}{chance}"));
    let pipe = Pipe::new(&path, bounds.line)?;
    fs::write(&file, format!("{chance}\n"))?;
    let closed = Arc::<AtomicBool>::default();
    let over = Arc::clone(&closed);
    let thread = std::thread::Builder::new().name("door".to_owned()).spawn(move || {
        loop {
            let heard = pipe
                .wait()
                .and_then(|()| if over.load(Ordering::Acquire) { Ok(()) } else { hear(&pipe.0, bounds, &mut answer) });
            // Whoever is in goes out, and with him what he has not read.
            pipe.send_out();
            if over.load(Ordering::Acquire) {
                return;
            }
            if heard.is_err() {
                std::thread::sleep(PAUSE);
            }
        }
    })?;
    Ok(Door { file, pipe: path, closed, thread: Some(thread) })
}

fn hear(mut pipe: &File, bounds: Bounds, answer: &mut impl FnMut(&str) -> Option<&'static str>) -> io::Result<()> {
    let line = line(pipe, bounds.line, Instant::now() + bounds.patience)?;
    let Some(said) = answer(&line) else { return Ok(()) };
    pipe.write_all(format!("{said}\n").as_bytes())?;
    // He goes when he has read it.
    let until = Instant::now() + bounds.patience;
    while waiting(pipe).is_ok() && Instant::now() < until {
        std::thread::sleep(LOOK);
    }
    Ok(())
}

/// Knocks at who runs, and gives his answer. He may then bring his window to the front.
///
/// # Errors
///
/// When nobody is there or answers, or `line` is more than one.
pub fn knock(folder: &Path, name: &str, bounds: Bounds, line: &str) -> io::Result<String> {
    if line.contains('\n') {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let path = name_in(&fs::read_to_string(folder.join(name))?).ok_or(io::ErrorKind::InvalidData)?;
    let until = Instant::now() + bounds.patience;
    let mut pipe = loop {
        let mut way = OpenOptions::new();
        way.read(true).write(true).security_qos_flags(SECURITY_IDENTIFICATION.0);
        match way.open(&path) {
            // Somebody else is in.
            Err(error) if is(&error, ERROR_PIPE_BUSY.to_hresult()) && Instant::now() < until => {
                std::thread::sleep(LOOK);
            }
            opened => break opened?,
        }
    };
    let mut process = 0;
    // SAFETY: the address is good for this call; what is asked for is given by whoever was started last, or not at all.
    unsafe {
        if GetNamedPipeServerProcessId(handle(&pipe), &raw mut process).is_ok() {
            let _ = AllowSetForegroundWindow(process);
        }
    }
    pipe.write_all(format!("{line}\n").as_bytes())?;
    self::line(&pipe, ANSWER, Instant::now() + bounds.patience)
}

/// The pipe that a file tells of. Nothing else that stands there leads anywhere.
fn name_in(text: &str) -> Option<String> {
    let chance = text.strip_suffix('\n')?;
    let is_ours = chance.len() == 2 * CHANCE && chance.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    is_ours.then(|| format!("{PIPES}{chance}"))
}

/// This end of the pipe.
#[derive(Debug)]
struct Pipe(File);

impl Pipe {
    /// With room for a line of so many bytes, so that who knocks never waits for it to be read.
    fn new(path: &str, line: usize) -> io::Result<Self> {
        let rights = Rights::of_this_user_alone()?;
        let attributes = SECURITY_ATTRIBUTES {
            nLength: u32::try_from(size_of::<SECURITY_ATTRIBUTES>()).unwrap_or(0),
            lpSecurityDescriptor: rights.0.0,
            bInheritHandle: false.into(),
        };
        let room = u32::try_from(line + 2).map_err(|_| io::ErrorKind::InvalidInput)?;
        // SAFETY: the name ends with a zero; the structure says its own size, and what it names outlives the call.
        let pipe = unsafe {
            CreateNamedPipeW(
                &HSTRING::from(path),
                PIPE_ACCESS_DUPLEX | FILE_FLAG_FIRST_PIPE_INSTANCE,
                PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS,
                1,
                ANSWER as u32,
                room,
                0,
                Some(&raw const attributes),
            )
        };
        if pipe == INVALID_HANDLE_VALUE {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: made above, and nobody else's.
        Ok(Self(File::from(unsafe { OwnedHandle::from_raw_handle(pipe.0) })))
    }

    /// Until somebody is in.
    fn wait(&self) -> io::Result<()> {
        // SAFETY: the pipe is this end's.
        match unsafe { ConnectNamedPipe(handle(&self.0), None) } {
            // He came before it was waited for.
            Err(error) if error.code() != ERROR_PIPE_CONNECTED.to_hresult() => Err(error.into()),
            _ => Ok(()),
        }
    }

    fn send_out(&self) {
        // SAFETY: the pipe is this end's. Nobody may be in.
        drop(unsafe { DisconnectNamedPipe(handle(&self.0)) });
    }
}

/// One line of at most so many bytes, by that time.
fn line(mut pipe: &File, most: usize, until: Instant) -> io::Result<String> {
    let mut line = Vec::new();
    loop {
        let there = waiting(pipe)?.min(most + 1 - line.len());
        if there > 0 {
            let begin = line.len();
            line.resize(begin + there, 0);
            let count = pipe.read(line.get_mut(begin..).unwrap_or_default())?;
            line.truncate(begin + count);
        }
        if let Some(end) = line.iter().position(|byte| *byte == b'\n') {
            line.truncate(end);
            return String::from_utf8(line).map_err(|_| io::ErrorKind::InvalidData.into());
        }
        if line.len() > most {
            return Err(io::ErrorKind::InvalidData.into());
        }
        if there == 0 {
            if Instant::now() >= until {
                return Err(io::ErrorKind::TimedOut.into());
            }
            std::thread::sleep(LOOK);
        }
    }
}

/// Bytes that can be read at once; an error when the other end is gone and has left nothing.
fn waiting(pipe: &File) -> io::Result<usize> {
    let mut bytes = 0;
    // SAFETY: the address is good for this call.
    unsafe { PeekNamedPipe(handle(pipe), None, 0, None, Some(&raw mut bytes), None) }?;
    Ok(usize::try_from(bytes).unwrap_or(usize::MAX))
}

fn handle(pipe: &File) -> HANDLE {
    HANDLE(pipe.as_raw_handle())
}

fn is(error: &io::Error, code: HRESULT) -> bool {
    error.raw_os_error().is_some_and(|raw| raw == code.0 & 0xffff)
}

/// Who may come in. It is the system's memory, and goes with its owner.
#[derive(Debug)]
struct Rights(PSECURITY_DESCRIPTOR);

impl Rights {
    fn of_this_user_alone() -> io::Result<Self> {
        let list = HSTRING::from(format!("D:P(A;;GA;;;{})", this_user()?));
        let mut rights = PSECURITY_DESCRIPTOR::default();
        // SAFETY: the text ends with a zero, and the address is good for this call.
        unsafe { ConvertStringSecurityDescriptorToSecurityDescriptorW(&list, SDDL_REVISION_1, &raw mut rights, None) }?;
        Ok(Self(rights))
    }
}

impl Drop for Rights {
    fn drop(&mut self) {
        // SAFETY: made for this program to free.
        unsafe { LocalFree(Some(HLOCAL(self.0.0))) };
    }
}

/// This user's number, as the system writes it.
fn this_user() -> io::Result<String> {
    let mut token = HANDLE::default();
    // SAFETY: the address is good for this call.
    unsafe { OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &raw mut token) }?;
    // In words of eight bytes, as what is told holds an address.
    let mut room = [0_u64; 64];
    let (bytes, mut told) = (u32::try_from(size_of_val(&room)).unwrap_or(0), 0);
    // SAFETY: the room is as long as it says; the token is this program's to close.
    let asked = unsafe {
        let asked = GetTokenInformation(token, TokenUser, Some((&raw mut room).cast::<c_void>()), bytes, &raw mut told);
        drop(CloseHandle(token));
        asked
    };
    asked?;
    let mut text = PWSTR::null();
    // SAFETY: the system has put that into the room, and what it names lies there too; the text is this program's to free.
    unsafe {
        ConvertSidToStringSidW((*(&raw const room).cast::<TOKEN_USER>()).User.Sid, &raw mut text)?;
        let read = text.to_string();
        LocalFree(Some(HLOCAL(text.0.cast())));
        read.map_err(|_| io::ErrorKind::InvalidData.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_name_of_ours_leads_to_a_pipe() {
        let chance = "0123456789abcdef".repeat(2);
        assert_eq!(name_in(&format!("{chance}\n")), Some(format!(r"\\.\pipe\deskhand-{chance}")));
        for other in ["", "\n", &chance, r"..\..\evil", &format!("{chance}0\n"), &format!(r"{}\..{}", chance, "\n")] {
            assert_eq!(name_in(other), None, "{other:?}");
        }
    }

    #[test]
    fn the_pipe_is_this_users_alone() {
        let rights = Rights::of_this_user_alone().unwrap();
        assert!(!rights.0.0.is_null());
        assert!(this_user().unwrap().starts_with("S-1-5-"));
        // Nobody takes the name beside it.
        let path = format!(r"{PIPES}test-{}", std::process::id());
        let first = Pipe::new(&path, 100).unwrap();
        Pipe::new(&path, 100).unwrap_err();
        drop(first);
        Pipe::new(&path, 100).unwrap();
    }
}
