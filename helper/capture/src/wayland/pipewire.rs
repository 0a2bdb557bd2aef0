//! As much of PipeWire's library as a stream of pictures needs, looked up by name when it is needed: a program that is
//! linked with it would not start where it is missing.
//!
//! Structures are those of PipeWire 0.3, whose layout does not change.

#![allow(unsafe_code, reason = "the library's interface is C")]
#![allow(dead_code, reason = "structures are the library's, with parts that nobody needs here")]

use std::{
    ffi::{CStr, c_char, c_int, c_void},
    sync::OnceLock,
};

use crate::CaptureError;

const LIBRARY: &CStr = c"libpipewire-0.3.so.0";

pub(super) const INPUT: c_int = 0;
pub(super) const STATE_ERROR: c_int = -1;
pub(super) const STATE_UNCONNECTED: c_int = 0;
pub(super) const AUTOCONNECT: c_int = 1;
pub(super) const MAP_BUFFERS: c_int = 1 << 2;
pub(super) const DONT_RECONNECT: c_int = 1 << 7;
/// `SPA_CHUNK_FLAG_CORRUPTED`.
pub(super) const CORRUPTED: i32 = 1;

#[repr(C)]
pub(super) struct Buffer {
    pub(super) buffer: *const SpaBuffer,
    pub(super) user_data: *mut c_void,
    pub(super) size: u64,
    pub(super) requested: u64,
}

#[repr(C)]
pub(super) struct SpaBuffer {
    pub(super) n_metas: u32,
    pub(super) n_datas: u32,
    pub(super) metas: *const Meta,
    pub(super) datas: *const Data,
}

#[repr(C)]
pub(super) struct Meta {
    pub(super) kind: u32,
    pub(super) size: u32,
    pub(super) data: *const u8,
}

#[repr(C)]
pub(super) struct Data {
    pub(super) kind: u32,
    pub(super) flags: u32,
    pub(super) fd: i64,
    pub(super) mapoffset: u32,
    pub(super) maxsize: u32,
    pub(super) data: *const u8,
    pub(super) chunk: *const Chunk,
}

#[repr(C)]
pub(super) struct Chunk {
    pub(super) offset: u32,
    pub(super) size: u32,
    pub(super) stride: i32,
    pub(super) flags: i32,
}

/// Room for `struct spa_hook`, which is the library's: a list's two ends, two callbacks, two more.
#[repr(C)]
pub(super) struct Hook([*mut c_void; 6]);

impl Hook {
    pub(super) const fn new() -> Self {
        Self([std::ptr::null_mut(); 6])
    }
}

type Unused = Option<unsafe extern "C" fn()>;

/// `struct pw_stream_events` of version 2.
#[repr(C)]
pub(super) struct Events {
    pub(super) version: u32,
    pub(super) destroy: Unused,
    pub(super) state_changed: Option<unsafe extern "C" fn(*mut c_void, c_int, c_int, *const c_char)>,
    pub(super) control_info: Unused,
    pub(super) io_changed: Unused,
    pub(super) param_changed: Option<unsafe extern "C" fn(*mut c_void, u32, *const u8)>,
    pub(super) add_buffer: Unused,
    pub(super) remove_buffer: Unused,
    pub(super) process: Option<unsafe extern "C" fn(*mut c_void)>,
    pub(super) drained: Unused,
    pub(super) command: Unused,
    pub(super) trigger_done: Unused,
}

macro_rules! library {
    ($($name:ident: $type:ty),* $(,)?) => {
        /// Its functions.
        pub(super) struct Library { $(pub(super) $name: $type),* }

        impl Library {
            fn load() -> Result<Self, String> {
                // SAFETY: the name ends with a zero; it is the system's own library of this name.
                let library = unsafe { libc::dlopen(LIBRARY.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
                if library.is_null() {
                    return Err("it is not installed".to_owned());
                }
                Ok(Self {
                    $($name: {
                        // SAFETY: the name ends with a zero.
                        let found = unsafe { libc::dlsym(library, concat!(stringify!($name), "\0").as_ptr().cast()) };
                        if found.is_null() {
                            return Err(concat!(stringify!($name), " is missing").to_owned());
                        }
                        // SAFETY: the function of this name has this form.
                        unsafe { std::mem::transmute::<*mut c_void, $type>(found) }
                    }),*
                })
            }
        }
    };
}

type Ptr = *mut c_void;

library! {
    pw_init: unsafe extern "C" fn(*mut c_int, *mut *mut *mut c_char),
    pw_thread_loop_new: unsafe extern "C" fn(*const c_char, *const c_void) -> Ptr,
    pw_thread_loop_get_loop: unsafe extern "C" fn(Ptr) -> Ptr,
    pw_thread_loop_start: unsafe extern "C" fn(Ptr) -> c_int,
    pw_thread_loop_stop: unsafe extern "C" fn(Ptr),
    pw_thread_loop_lock: unsafe extern "C" fn(Ptr),
    pw_thread_loop_unlock: unsafe extern "C" fn(Ptr),
    pw_thread_loop_destroy: unsafe extern "C" fn(Ptr),
    pw_context_new: unsafe extern "C" fn(Ptr, Ptr, usize) -> Ptr,
    pw_context_connect_fd: unsafe extern "C" fn(Ptr, c_int, Ptr, usize) -> Ptr,
    pw_context_destroy: unsafe extern "C" fn(Ptr),
    pw_core_disconnect: unsafe extern "C" fn(Ptr) -> c_int,
    pw_properties_new_string: unsafe extern "C" fn(*const c_char) -> Ptr,
    pw_stream_new: unsafe extern "C" fn(Ptr, *const c_char, Ptr) -> Ptr,
    pw_stream_add_listener: unsafe extern "C" fn(Ptr, *mut Hook, *const Events, Ptr),
    pw_stream_connect: unsafe extern "C" fn(Ptr, c_int, u32, c_int, *const *const u8, u32) -> c_int,
    pw_stream_update_params: unsafe extern "C" fn(Ptr, *const *const u8, u32) -> c_int,
    pw_stream_dequeue_buffer: unsafe extern "C" fn(Ptr) -> *mut Buffer,
    pw_stream_queue_buffer: unsafe extern "C" fn(Ptr, *mut Buffer) -> c_int,
    pw_stream_destroy: unsafe extern "C" fn(Ptr),
}

/// The library, loaded once.
///
/// # Errors
///
/// [`CaptureError::Missing`] where there is none.
pub(super) fn library() -> Result<&'static Library, CaptureError> {
    static LIBRARY: OnceLock<Result<Library, String>> = OnceLock::new();
    let loaded = LIBRARY.get_or_init(|| {
        let library = Library::load()?;
        // SAFETY: it takes no arguments here, and is called once.
        unsafe { (library.pw_init)(std::ptr::null_mut(), std::ptr::null_mut()) };
        Ok(library)
    });
    loaded.as_ref().map_err(|why| {
        tracing::warn!(%why, "no PipeWire");
        CaptureError::Missing("PipeWire library (libpipewire-0.3)")
    })
}
