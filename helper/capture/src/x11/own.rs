//! Memory that the X server writes pixels into and nobody else can open.
//!
//! A file without a name where the server takes file descriptors (MIT-SHM 1.2, all since 2013): there is nothing to
//! open but through this process, whose descriptors only its own user may look at, and its mode says the same. Else a
//! System V segment made with mode 0600, which is marked for removal as soon as the server has it. Either way it is
//! gone with its last user, even if this program is killed.

use std::{
    ffi::c_void,
    fmt,
    os::fd::{AsRawFd, FromRawFd, OwnedFd},
    ptr::{self, NonNull},
};

use x11rb::{
    connection::{Connection as _, RequestConnection as _},
    protocol::shm::{self, ConnectionExt as _},
    rust_connection::RustConnection,
};

use super::memory;
use crate::CaptureError;

/// What `/proc/PID/maps` calls it.
const NAME: &std::ffi::CStr = c"deskhand-picture";

/// Memory shared with the X server, read here and written there.
pub(super) struct OwnMemory {
    at: NonNull<u8>,
    size: usize,
    made: Made,
    /// What the X server calls it.
    segment: shm::Seg,
}

/// How it came into this process, and so how it leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Made {
    ByMap,
    ByAttach,
}

impl fmt::Debug for OwnMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnMemory").field("size", &self.size).field("made", &self.made).finish_non_exhaustive()
    }
}

impl OwnMemory {
    /// Memory of this size; `None` when the server can open neither kind, for example because it is on another machine.
    ///
    /// # Errors
    ///
    /// [`CaptureError`] when the connection is gone.
    pub(super) fn new(connection: &RustConnection, size: usize) -> Result<Option<Self>, CaptureError> {
        if connection.extension_information(shm::X11_EXTENSION_NAME)?.is_none() {
            return Ok(None);
        }
        let Ok(version) = connection.shm_query_version()?.reply() else { return Ok(None) };
        if (version.major_version, version.minor_version) >= (1, 2)
            && let Some(memory) = Self::by_descriptor(connection, size)?
        {
            return Ok(Some(memory));
        }
        Self::by_segment(connection, size)
    }

    fn by_descriptor(connection: &RustConnection, size: usize) -> Result<Option<Self>, CaptureError> {
        let Ok(file) = nameless(size) else { return Ok(None) };
        let Some(at) = map(&file, size) else { return Ok(None) };
        let segment = connection.generate_id()?;
        let memory = Self { at, size, made: Made::ByMap, segment };
        // The descriptor is closed once it is sent; the two mappings are all that is left of it.
        let attached = connection.shm_attach_fd(segment, file, false)?.check();
        Ok(attached.is_ok().then_some(memory))
    }

    fn by_segment(connection: &RustConnection, size: usize) -> Result<Option<Self>, CaptureError> {
        let Ok((id, at)) = memory::own_segment(size) else { return Ok(None) };
        let segment = connection.generate_id()?;
        let memory = Self { at, size, made: Made::ByAttach, segment };
        let attached = connection.shm_attach(segment, id.cast_unsigned(), false)?.check();
        memory::remove(id);
        Ok(attached.is_ok().then_some(memory))
    }

    /// What the X server calls it.
    pub(super) const fn segment(&self) -> shm::Seg {
        self.segment
    }

    /// Its size in bytes.
    pub(super) const fn size(&self) -> usize {
        self.size
    }

    /// A part that the X server is not writing to now; `None` for one outside.
    #[allow(unsafe_code, reason = "memory shared with another process is known by its address only")]
    pub(super) fn bytes(&self, from: usize, len: usize) -> Option<&[u8]> {
        let end = from.checked_add(len).filter(|end| *end <= self.size)?;
        debug_assert!(end >= from, "checked above");
        // SAFETY: the mapping has `size` bytes, cannot shrink (sealed, or System V), and lives as long as `self`. The X
        // server writes to it only to answer a request, and the caller has waited for the answer for this part.
        Some(unsafe { std::slice::from_raw_parts(self.at.as_ptr().add(from), len) })
    }

    /// Has the X server let go of it too.
    pub(super) fn close(self, connection: &RustConnection) {
        // A server that is gone has let go of everything.
        let _ = connection.shm_detach(self.segment);
    }
}

impl Drop for OwnMemory {
    #[allow(unsafe_code, reason = "there is no safe interface to mappings")]
    fn drop(&mut self) {
        let at = self.at.as_ptr().cast::<c_void>();
        // SAFETY: it was mapped or attached here with this size, and no reference into it outlives `self`.
        let code = unsafe {
            match self.made {
                Made::ByMap => libc::munmap(at, self.size),
                Made::ByAttach => libc::shmdt(at),
            }
        };
        debug_assert_eq!(code, 0, "it was mapped");
    }
}

/// A file without a name, closed to others, whose size is final: a mapping of it can never fault.
#[allow(unsafe_code, reason = "there is no safe interface to nameless files without another library")]
fn nameless(size: usize) -> Result<OwnedFd, std::io::Error> {
    let checked = |code: libc::c_int| if code < 0 { Err(std::io::Error::last_os_error()) } else { Ok(code) };
    let length = libc::off_t::try_from(size).map_err(std::io::Error::other)?;
    // SAFETY: the name is a C string; a descriptor that comes back is ours alone. The other calls take only numbers.
    unsafe {
        let file = checked(libc::memfd_create(NAME.as_ptr(), libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING))?;
        let file = OwnedFd::from_raw_fd(file);
        checked(libc::fchmod(file.as_raw_fd(), 0o600))?;
        checked(libc::ftruncate(file.as_raw_fd(), length))?;
        let seals = libc::F_SEAL_SHRINK | libc::F_SEAL_GROW | libc::F_SEAL_SEAL;
        checked(libc::fcntl(file.as_raw_fd(), libc::F_ADD_SEALS, seals))?;
        Ok(file)
    }
}

#[allow(unsafe_code, reason = "there is no safe interface to mappings")]
fn map(file: &OwnedFd, size: usize) -> Option<NonNull<u8>> {
    // SAFETY: a new mapping where the kernel likes, of a file of just this size.
    let at = unsafe { libc::mmap(ptr::null_mut(), size, libc::PROT_READ, libc::MAP_SHARED, file.as_raw_fd(), 0) };
    (at != libc::MAP_FAILED).then(|| NonNull::new(at.cast())).flatten()
}

#[cfg(test)]
mod tests;
