//! Words to whoever started a program that has no console of its own.

#![allow(unsafe_code, reason = "the system's interface is C")]

use windows::{
    Win32::{
        System::Console::{ATTACH_PARENT_PROCESS, AttachConsole, GetConsoleWindow, GetStdHandle, STD_ERROR_HANDLE},
        UI::WindowsAndMessaging::{MB_ICONWARNING, MB_OK, MB_SETFOREGROUND, MessageBoxW},
    },
    core::{PCWSTR, w},
};

use crate::win32::wide;

/// Speaks where the program was started from, if that is a console.
pub fn attach() {
    // SAFETY: it only takes up what is there.
    drop(unsafe { AttachConsole(ATTACH_PARENT_PROCESS) });
}

/// Says a sentence in a box of its own, where nobody reads the standard error.
pub fn tell(sentence: &str) {
    // SAFETY: both only tell.
    let heard = unsafe {
        !GetConsoleWindow().is_invalid() || GetStdHandle(STD_ERROR_HANDLE).is_ok_and(|handle| !handle.is_invalid())
    };
    if heard {
        return;
    }
    let text = wide(sentence);
    // SAFETY: both texts end with a zero.
    unsafe {
        MessageBoxW(None, PCWSTR(text.as_ptr()), w!("Deskhand Helper"), MB_OK | MB_ICONWARNING | MB_SETFOREGROUND)
    };
}
