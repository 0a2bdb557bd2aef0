//! Microsoft's loader.

#![allow(unsafe_code, reason = "the system's interface is C")]

use std::{ffi::OsStr, fs, os::windows::ffi::OsStrExt as _, path::Path};

use windows::{
    Win32::{
        Foundation::HMODULE,
        System::{
            Com::CoTaskMemFree,
            LibraryLoader::{
                GetProcAddress, LOAD_LIBRARY_FLAGS, LOAD_LIBRARY_SEARCH_APPLICATION_DIR, LOAD_WITH_ALTERED_SEARCH_PATH,
                LoadLibraryExW,
            },
        },
    },
    core::{HRESULT, PCWSTR, PWSTR, s},
};

use crate::NoWebview;

include!(concat!(env!("OUT_DIR"), "/loader.rs"));

/// The name by which the windowing library asks for it; one that is loaded under it is taken.
const NAME: &str = "WebView2Loader.dll";

/// `GetAvailableCoreWebView2BrowserVersionString` of `WebView2.h`.
type Version = unsafe extern "system" fn(folder: PCWSTR, version: *mut PWSTR) -> HRESULT;

pub(crate) fn prepare(folder: &Path) -> Result<(), NoWebview> {
    let loader = load(folder)?;
    // SAFETY: both names end with a zero.
    let found = unsafe { GetProcAddress(loader, s!("GetAvailableCoreWebView2BrowserVersionString")) };
    let found = found.ok_or_else(|| NoWebview("its loader is not what it should be".to_owned()))?;
    let mut version = PWSTR::null();
    // SAFETY: it has this form, and what it gives is freed here.
    let told = unsafe {
        let ask = std::mem::transmute::<unsafe extern "system" fn() -> isize, Version>(found);
        let told = ask(PCWSTR::null(), &raw mut version);
        CoTaskMemFree(Some(version.0.cast_const().cast()));
        told
    };
    if told.is_ok() && !version.is_null() {
        return Ok(());
    }
    Err(NoWebview("WebView2 is not installed on this computer".to_owned()))
}

fn load(folder: &Path) -> Result<HMODULE, NoWebview> {
    let Some(bytes) = LOADER else {
        // A build of a developer has it beside the program.
        return load_from(OsStr::new(NAME), LOAD_LIBRARY_SEARCH_APPLICATION_DIR);
    };
    let path = folder.join(NAME);
    // Another program of this kind may have it open, and it is the same then.
    if fs::read(&path).ok().as_deref() != Some(bytes) {
        fs::write(&path, bytes).map_err(|error| NoWebview(format!("its loader cannot be written: {error}")))?;
    }
    load_from(path.as_os_str(), LOAD_WITH_ALTERED_SEARCH_PATH)
}

fn load_from(path: &OsStr, how: LOAD_LIBRARY_FLAGS) -> Result<HMODULE, NoWebview> {
    let path: Vec<u16> = path.encode_wide().chain([0]).collect();
    // SAFETY: the path ends with a zero. The loader does nothing when it is loaded.
    unsafe { LoadLibraryExW(PCWSTR(path.as_ptr()), None, how) }
        .map_err(|error| NoWebview(format!("its loader cannot be loaded: {error}")))
}
