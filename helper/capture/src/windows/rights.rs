//! Whether the window in front takes input from this program: Windows lets none through to one with more rights, and says
//! nothing.

#![allow(unsafe_code, reason = "the system's interface is C")]

use windows::Win32::{
    Foundation::{CloseHandle, HANDLE},
    Security::{
        GetSidSubAuthority, GetSidSubAuthorityCount, GetTokenInformation, TOKEN_MANDATORY_LABEL, TOKEN_QUERY,
        TokenIntegrityLevel,
    },
    System::Threading::{GetCurrentProcessId, OpenProcess, OpenProcessToken, PROCESS_QUERY_LIMITED_INFORMATION},
    UI::WindowsAndMessaging::{GetForegroundWindow, GetWindowThreadProcessId},
};

/// Whether it has more rights.
pub(super) fn window_in_front_has_more() -> bool {
    let mut process = 0;
    // SAFETY: the address is good for this call; without a window, or with one that went meanwhile, there is no process.
    let own = unsafe {
        let window = GetForegroundWindow();
        if !window.is_invalid() {
            GetWindowThreadProcessId(window, Some(&raw mut process));
        }
        GetCurrentProcessId()
    };
    if process == 0 || process == own {
        return false;
    }
    match (level(own), level(process)) {
        // One that cannot even be asked has more.
        (Some(_), None) => true,
        (Some(own), Some(its)) => its > own,
        (None, _) => false,
    }
}

/// Closed when it goes.
struct Handle(HANDLE);

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: opened by whoever made this, and closed by nobody else.
        drop(unsafe { CloseHandle(self.0) });
    }
}

/// How much a process is trusted with; `None` when that cannot be asked.
fn level(process: u32) -> Option<u32> {
    // Aligned for what is written there: a structure with an address, and behind it what the address names.
    let mut room = [0_u64; 16];
    let mut length = 0;
    // SAFETY: each handle is closed with its owner; the room's size is said, and what is read in it was written there.
    unsafe {
        let process = Handle(OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, false, process).ok()?);
        let mut token = HANDLE::default();
        OpenProcessToken(process.0, TOKEN_QUERY, &raw mut token).ok()?;
        let token = Handle(token);
        let size = u32::try_from(size_of_val(&room)).ok()?;
        let to = room.as_mut_ptr();
        GetTokenInformation(token.0, TokenIntegrityLevel, Some(to.cast()), size, &raw mut length).ok()?;
        let label = &*to.cast_const().cast::<TOKEN_MANDATORY_LABEL>();
        let count = *GetSidSubAuthorityCount(label.Label.Sid);
        Some(*GetSidSubAuthority(label.Label.Sid, u32::from(count.checked_sub(1)?)))
    }
}
