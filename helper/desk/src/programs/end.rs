//! Ending a program of Windows: by asking its windows to close, or at once.

#![allow(unsafe_code, reason = "the system's interface is C")]

use deskhand_protocol::call::quick::Outcome;
use windows::{
    Win32::{
        Foundation::{CloseHandle, ERROR_ACCESS_DENIED, HANDLE, HWND, LPARAM, WPARAM},
        System::Threading::{OpenProcess, PROCESS_QUERY_LIMITED_INFORMATION, PROCESS_TERMINATE, TerminateProcess},
        UI::WindowsAndMessaging::{
            EnumWindows, GW_OWNER, GetWindow, GetWindowThreadProcessId, IsWindowVisible, PostMessageW, WM_CLOSE,
        },
    },
    core::BOOL,
};

/// A program whose number nobody else gets while this stands.
pub(super) struct Held {
    process: HANDLE,
    number: u32,
}

impl Held {
    pub(super) fn open(number: u32) -> Result<Self, Outcome> {
        // SAFETY: the handle is closed by `drop`.
        let opened = unsafe { OpenProcess(PROCESS_TERMINATE | PROCESS_QUERY_LIMITED_INFORMATION, false, number) };
        opened.map(|process| Self { process, number }).map_err(|error| {
            if error.code() == ERROR_ACCESS_DENIED.to_hresult() { Outcome::Refused } else { Outcome::NotFound }
        })
    }

    /// Asks each of its windows to close. One without a window cannot be asked.
    pub(super) fn ask(&self) -> Result<(), Outcome> {
        let mut asking = Asking { number: self.number, asked: 0, refused: 0 };
        // SAFETY: `ask_window` gets this address back, and only before the call returns.
        let _ = unsafe { EnumWindows(Some(ask_window), LPARAM(&raw mut asking as isize)) };
        match asking {
            Asking { asked: 1.., .. } => Ok(()),
            Asking { refused: 1.., .. } => Err(Outcome::Refused),
            _ => Err(Outcome::Unsupported),
        }
    }

    /// Ends it at once.
    pub(super) fn force(&self) -> Result<(), Outcome> {
        // SAFETY: the handle is open, with the right to do this.
        unsafe { TerminateProcess(self.process, 1) }.map_err(|_| Outcome::Refused)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // SAFETY: opened by `open`, and closed nowhere else.
        drop(unsafe { CloseHandle(self.process) });
    }
}

struct Asking {
    number: u32,
    asked: u32,
    refused: u32,
}

unsafe extern "system" fn ask_window(window: HWND, asking: LPARAM) -> BOOL {
    // SAFETY: it is the structure of `ask`, which waits for this.
    let asking = unsafe { &mut *(asking.0 as *mut Asking) };
    let mut owner = 0;
    // SAFETY: the address is good for this call; a window that went meanwhile belongs to nobody.
    unsafe {
        GetWindowThreadProcessId(window, Some(&raw mut owner));
        // Windows that belong to another one close with that.
        let of_its_own = GetWindow(window, GW_OWNER).is_err() && IsWindowVisible(window).as_bool();
        if owner == asking.number && of_its_own {
            match PostMessageW(Some(window), WM_CLOSE, WPARAM(0), LPARAM(0)) {
                Ok(()) => asking.asked += 1,
                Err(_) => asking.refused += 1,
            }
        }
    }
    true.into()
}
