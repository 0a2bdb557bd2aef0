//! Keeps the shared memory in which pictures arrive from other users.
//!
//! `scrap` makes it with mode 0777, so that any local user could read the screen. It sends nothing to the X server before
//! its first frame is asked for, so this closes the segment while it is still empty: mode 0600 first, then a look at
//! who is attached. Somebody who was faster than that is the reason to throw the segment away. Segments of our own are
//! made closed.

use std::{fs, mem::MaybeUninit, os::raw::c_int, ptr::NonNull, sync::Mutex};

use crate::CaptureError;

/// The kernel's list of segments.
const LIST: &str = "/proc/sysvipc/shm";

/// One at a time: a new segment is recognised by not having been in the list before.
static MAKING: Mutex<()> = Mutex::new(());

/// A segment that only this user can open.
#[derive(Debug)]
pub(super) struct PrivateSegment(c_int);

/// How a segment came out.
#[derive(Debug)]
pub(super) enum Closed {
    /// Nobody else had it open.
    InTime(PrivateSegment),
    /// Somebody did. It is marked for removal; nothing may be written to it.
    TooLate,
}

/// Runs `make`, which is to create one segment of `size` bytes, and closes that segment.
///
/// # Errors
///
/// Those of `make`, and [`CaptureError::Memory`] when the segment cannot be found or closed: then it must not be used.
pub(super) fn closed<T>(
    size: usize,
    make: impl FnOnce() -> Result<T, CaptureError>,
) -> Result<(T, Closed), CaptureError> {
    let _one_at_a_time = MAKING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let before = segments(size)?;
    let made = make()?;
    let fresh = segments(size)?.into_iter().find(|id| !before.contains(id));
    let id = fresh.ok_or_else(|| CaptureError::Memory("the kernel does not list it".to_owned()))?;
    restrict(id)?;
    // From here on nobody new can attach. One is us.
    if attached(id)? == 1 {
        return Ok((made, Closed::InTime(PrivateSegment(id))));
    }
    remove(id);
    Ok((made, Closed::TooLate))
}

impl PrivateSegment {
    /// Whether the X server has it open too, apart from us. Has the kernel free it with the last of the two, so that
    /// nothing of the screen stays behind even if this program is killed.
    pub(super) fn is_shared(&self) -> Result<Shared, CaptureError> {
        if attached(self.0)? < 2 {
            return Ok(Shared::No);
        }
        remove(self.0);
        Ok(Shared::Yes)
    }
}

/// Whether the X server has a segment open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shared {
    /// It does.
    Yes,
    /// It does not.
    No,
}

/// Makes a segment that nobody else can open and attaches it to this process. It lives until [`remove`] and until it
/// is detached.
#[allow(unsafe_code, reason = "there is no safe interface to System V shared memory")]
pub(super) fn own_segment(size: usize) -> Result<(c_int, NonNull<u8>), CaptureError> {
    let _one_at_a_time = MAKING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    // SAFETY: a new segment is made and mapped where the kernel likes.
    let (id, at) = unsafe {
        let id = libc::shmget(libc::IPC_PRIVATE, size, libc::IPC_CREAT | 0o600);
        if id < 0 {
            return Err(last_error());
        }
        (id, libc::shmat(id, std::ptr::null(), libc::SHM_RDONLY))
    };
    // The call answers with -1 where there is no address.
    match NonNull::new(at.cast::<u8>()) {
        Some(at) if at.as_ptr().addr() != usize::MAX => Ok((id, at)),
        _ => {
            let error = last_error();
            remove(id);
            Err(error)
        }
    }
}

/// Ids of this process's segments of one size.
fn segments(size: usize) -> Result<Vec<c_int>, CaptureError> {
    let list = fs::read_to_string(LIST).map_err(|error| CaptureError::Memory(format!("{LIST}: {error}")))?;
    Ok(of_process(&list, std::process::id(), size))
}

/// Reads the kernel's list: key, id, mode, size, creator's process, ...
fn of_process(list: &str, process: u32, size: usize) -> Vec<c_int> {
    let row = |line: &str| {
        let mut columns = line.split_ascii_whitespace();
        let id = columns.nth(1)?.parse().ok()?;
        let bytes: usize = columns.nth(1)?.parse().ok()?;
        let creator: u32 = columns.next()?.parse().ok()?;
        (bytes == size && creator == process).then_some(id)
    };
    list.lines().skip(1).filter_map(row).collect()
}

#[allow(unsafe_code, reason = "there is no safe interface to System V shared memory")]
fn state(id: c_int) -> Result<libc::shmid_ds, CaptureError> {
    let mut state = MaybeUninit::zeroed();
    // SAFETY: the kernel writes one `shmid_ds`, for which there is room; zeroed is valid for it anyway.
    let state = unsafe {
        if libc::shmctl(id, libc::IPC_STAT, state.as_mut_ptr()) != 0 {
            return Err(last_error());
        }
        state.assume_init()
    };
    Ok(state)
}

fn attached(id: c_int) -> Result<libc::shmatt_t, CaptureError> {
    Ok(state(id)?.shm_nattch)
}

#[allow(unsafe_code, reason = "there is no safe interface to System V shared memory")]
fn restrict(id: c_int) -> Result<(), CaptureError> {
    let mut state = state(id)?;
    state.shm_perm.mode = 0o600;
    // SAFETY: the kernel reads one `shmid_ds`.
    if unsafe { libc::shmctl(id, libc::IPC_SET, &raw mut state) } != 0 {
        return Err(last_error());
    }
    Ok(())
}

#[allow(unsafe_code, reason = "there is no safe interface to System V shared memory")]
pub(super) fn remove(id: c_int) {
    // SAFETY: `IPC_RMID` takes no pointer. It frees the segment when the last process detaches, so mappings stay valid.
    let code = unsafe { libc::shmctl(id, libc::IPC_RMID, std::ptr::null_mut()) };
    if code != 0 {
        tracing::warn!("a shared memory segment could not be marked for removal");
    }
}

fn last_error() -> CaptureError {
    CaptureError::Memory(std::io::Error::last_os_error().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid      atime      dtime
         0         11   777              16588800   100   200      2  1000  1000  1000  1000 1700000000          0
         0         12   777              16588800   101   200      2  1000  1000  1000  1000 1700000000          0
         0         13  1600                  4096   100   200      2  1000  1000  1000  1000 1700000000          0
";

    #[test]
    fn only_the_own_segments_of_the_right_size_are_found() {
        assert_eq!(of_process(TEXT, 100, 16_588_800), [11]);
        assert_eq!(of_process(TEXT, 100, 4096), [13]);
        assert!(of_process(TEXT, 102, 4096).is_empty());
    }

    #[test]
    fn a_list_in_another_form_finds_nothing() {
        assert!(of_process("", 1, 1).is_empty());
        assert!(of_process("one\ntwo three\n1 2 3 x 5\n", 5, 3).is_empty());
    }

    /// Makes a segment that everybody may open, as `scrap` does, and opens it so many times.
    #[allow(unsafe_code, reason = "there is no safe interface to System V shared memory")]
    fn careless(size: usize, opened: usize) -> Result<Vec<*mut libc::c_void>, CaptureError> {
        // SAFETY: a new segment is made and mapped where the kernel likes.
        unsafe {
            let id = libc::shmget(libc::IPC_PRIVATE, size, libc::IPC_CREAT | 0o777);
            Ok((0..opened).map(|_| libc::shmat(id, std::ptr::null(), libc::SHM_RDONLY)).collect())
        }
    }

    #[allow(unsafe_code, reason = "there is no safe interface to System V shared memory")]
    fn let_go(mappings: Vec<*mut libc::c_void>) {
        for mapping in mappings {
            // SAFETY: it is one of `careless`, and nothing points into it.
            unsafe { libc::shmdt(mapping) };
        }
    }

    #[test]
    fn a_segment_that_only_we_have_open_is_closed_to_others() {
        let size = 40_960;
        let (mappings, closed) = closed(size, || careless(size, 1)).expect("it can be closed");
        let Closed::InTime(segment) = closed else { panic!("nobody else was there") };
        assert_eq!(state(segment.0).expect("it exists").shm_perm.mode & 0o777, 0o600);
        assert_eq!(segment.is_shared().expect("it exists"), Shared::No);
        remove(segment.0);
        let_go(mappings);
    }

    #[test]
    fn a_segment_of_our_own_is_closed_from_the_start_and_goes_with_its_last_user() {
        let size = 49_152;
        let (id, at) = own_segment(size).expect("the kernel gives one");
        let state = state(id).expect("it exists");
        assert_eq!((state.shm_perm.mode & 0o777, state.shm_nattch), (0o600, 1));
        remove(id);
        assert_eq!(segments(size).expect("the kernel lists them"), [id], "it is still ours");
        let_go(vec![at.as_ptr().cast()]);
        assert!(segments(size).expect("the kernel lists them").is_empty(), "it is gone");
    }

    #[test]
    fn a_segment_that_somebody_opened_before_it_was_closed_is_not_used() {
        let size = 45_056;
        let (mappings, closed) = closed(size, || careless(size, 2)).expect("it can be closed");
        assert!(matches!(closed, Closed::TooLate), "{closed:?}");
        let_go(mappings);
        assert!(segments(size).expect("the kernel lists them").is_empty(), "it is gone");
    }
}
