//! The entry that starts the helper once, when the customer signs in next: a value of his own `RunOnce` key, which
//! Windows takes away before it starts what it names.

#![allow(unsafe_code, reason = "the system's interface is C")]

use std::io;

use deskhand_protocol::call::quick::Deed;
use deskhand_session::Permit;
use windows::{
    Win32::{
        Foundation::{ERROR_FILE_NOT_FOUND, WIN32_ERROR},
        System::Registry::{HKEY_CURRENT_USER, REG_SZ, RegDeleteKeyValueW, RegSetKeyValueW},
    },
    core::{PCWSTR, w},
};

const KEY: PCWSTR = w!("Software\\Microsoft\\Windows\\CurrentVersion\\RunOnce");
const VALUE: PCWSTR = w!("DeskhandHelperOnce");
/// The longest line that Windows starts from there, in units of UTF-16 (*Run and RunOnce Registry Keys*).
const LINE: usize = 260;

/// See the module.
#[derive(Debug, Clone)]
pub struct RunOnce(());

impl RunOnce {
    /// This user's.
    #[must_use]
    pub const fn of_this_user() -> Option<Self> {
        Some(Self(()))
    }

    /// Makes the entry.
    ///
    /// # Errors
    ///
    /// What the system says; or that a word cannot stand in such an entry, or that they are too long together.
    pub fn set(&self, words: &[&str], permit: &Permit<'_>) -> io::Result<()> {
        if permit.capability() != Deed::Restart.capability() {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        let words: Vec<String> = words.iter().map(|word| quoted(word)).collect::<Option<_>>().ok_or_else(invalid)?;
        let line: Vec<u16> = words.join(" ").encode_utf16().chain([0]).collect();
        if line.len() > LINE {
            return Err(invalid());
        }
        let bytes = u32::try_from(size_of_val(&*line)).map_err(|_| invalid())?;
        // SAFETY: all three texts end with a zero, and the length is that of the line.
        told(unsafe { RegSetKeyValueW(HKEY_CURRENT_USER, KEY, VALUE, REG_SZ.0, Some(line.as_ptr().cast()), bytes) })
    }

    /// Takes the entry away. Whether it was there.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn remove(&self) -> io::Result<bool> {
        // SAFETY: both texts end with a zero.
        match unsafe { RegDeleteKeyValueW(HKEY_CURRENT_USER, KEY, VALUE) } {
            ERROR_FILE_NOT_FOUND => Ok(false),
            code => told(code).map(|()| true),
        }
    }
}

fn invalid() -> io::Error {
    io::ErrorKind::InvalidInput.into()
}

fn told(code: WIN32_ERROR) -> io::Result<()> {
    code.ok().map_err(|error| io::Error::from_raw_os_error(error.code().0 & 0xffff))
}

/// A word of a command line as the C library takes it apart: in quotes, which no path can hold.
fn quoted(word: &str) -> Option<String> {
    // A backslash before the last quote would take it away.
    let plain = !word.chars().any(|c| c == '"' || c.is_control()) && !word.ends_with('\\');
    plain.then(|| format!("\"{word}\""))
}
