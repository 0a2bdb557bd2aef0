//! Who may write to a file or folder of Windows, in the words of [`Access`]: owner 0 is the system and its administrators,
//! 1 this user, 2 anybody else; the bits for writing of group and others are set when an entry of its list lets anyone do
//! so who is neither of the first kind nor the owner.

#![allow(unsafe_code, reason = "the system's interface is C")]

use std::{ffi::c_void, io, os::windows::ffi::OsStrExt as _, path::Path};

use windows::{
    Win32::{
        Foundation::{CloseHandle, HANDLE, HLOCAL, LocalFree},
        Security::{
            ACCESS_ALLOWED_ACE, ACE_HEADER, ACL,
            Authorization::{ConvertStringSidToSidW, GetNamedSecurityInfoW, SE_FILE_OBJECT},
            DACL_SECURITY_INFORMATION, EqualSid, GetAce, GetTokenInformation, INHERIT_ONLY_ACE, IsWellKnownSid,
            OWNER_SECURITY_INFORMATION, PSECURITY_DESCRIPTOR, PSID, TOKEN_QUERY, TOKEN_USER, TokenUser,
            WinBuiltinAdministratorsSid, WinCreatorOwnerSid, WinLocalSystemSid,
        },
        System::Threading::{GetCurrentProcess, OpenProcessToken},
    },
    core::{PCWSTR, w},
};

use super::Access;

/// `NT SERVICE\\TrustedInstaller`, who owns what Windows itself put there.
const INSTALLER: PCWSTR = w!("S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464");
/// Kinds of entries (`winnt.h`): those that allow, plainly or under a condition.
const ALLOWED: [u8; 4] = [0, 5, 9, 11];
/// What lets somebody put another content in its place: to a file write or append; to either delete it or give himself
/// more rights, all rights or the right to write; in a folder delete what is in it.
const FILE: u32 = 0x2 | 0x4 | OTHER;
const FOLDER: u32 = 0x40 | OTHER;
const OTHER: u32 = 0x0001_0000 | 0x0004_0000 | 0x0008_0000 | 0x1000_0000 | 0x4000_0000;

const WRITE_OF_OTHERS: u32 = 0o022;

/// What the system says of a file or folder.
///
/// # Errors
///
/// What the system says when it says nothing.
pub fn access(path: &Path) -> io::Result<Access> {
    let name: Vec<u16> = path.as_os_str().encode_wide().chain([0]).collect();
    let asked = OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;
    let (mut owner, mut list) = (PSID::default(), std::ptr::null_mut::<ACL>());
    let mut all = PSECURITY_DESCRIPTOR::default();
    // SAFETY: the name ends with a zero; what is told lies in what is freed below.
    let told = unsafe {
        let (owner, list) = (Some(&raw mut owner), Some(&raw mut list));
        GetNamedSecurityInfoW(PCWSTR(name.as_ptr()), SE_FILE_OBJECT, asked, owner, None, list, None, &raw mut all)
    };
    told.ok().map_err(io::Error::from)?;
    let wanted = if path.is_dir() { FOLDER } else { FILE };
    // SAFETY: both are good until it is freed.
    let access = unsafe { understood(owner, list, wanted) };
    // SAFETY: made above for this program to free.
    unsafe { LocalFree(Some(HLOCAL(all.0))) };
    access
}

/// # Safety
///
/// Owner and list must be as the system told them.
unsafe fn understood(owner: PSID, list: *const ACL, wanted: u32) -> io::Result<Access> {
    let installer = Installer::new()?;
    let is_systems = |who: PSID| {
        // SAFETY: they are valid as long as the caller's are.
        unsafe {
            IsWellKnownSid(who, WinLocalSystemSid).as_bool()
                || IsWellKnownSid(who, WinBuiltinAdministratorsSid).as_bool()
                || EqualSid(who, installer.0).is_ok()
        }
    };
    let number = if is_systems(owner) {
        0
    } else if is_this_user(owner)? {
        1
    } else {
        2
    };
    let mut writes = false;
    if list.is_null() {
        // Without a list everybody may do everything.
        writes = true;
    } else {
        // SAFETY: the list says how many entries it has, and each of its own kind is as long as it says.
        unsafe {
            for at in 0..u32::from((*list).AceCount) {
                let mut entry = std::ptr::null_mut::<c_void>();
                GetAce(list, at, &raw mut entry)?;
                let header = &*entry.cast::<ACE_HEADER>();
                if !ALLOWED.contains(&header.AceType) || u32::from(header.AceFlags) & INHERIT_ONLY_ACE.0 != 0 {
                    continue;
                }
                let allowed = &*entry.cast::<ACCESS_ALLOWED_ACE>();
                if allowed.Mask & wanted == 0 {
                    continue;
                }
                // An entry for an object of a directory has its name elsewhere; files have none, so it is a stranger's.
                let who = PSID((&raw const allowed.SidStart).cast_mut().cast());
                let known = matches!(header.AceType, 0 | 9)
                    && (is_systems(who)
                        || EqualSid(who, owner).is_ok()
                        || IsWellKnownSid(who, WinCreatorOwnerSid).as_bool());
                writes |= !known;
            }
        }
    }
    Ok(Access { owner: number, mode: if writes { WRITE_OF_OTHERS } else { 0 } })
}

struct Installer(PSID);

impl Installer {
    fn new() -> io::Result<Self> {
        let mut sid = PSID::default();
        // SAFETY: the text ends with a zero, and the address is good for this call.
        unsafe { ConvertStringSidToSidW(INSTALLER, &raw mut sid) }?;
        Ok(Self(sid))
    }
}

impl Drop for Installer {
    fn drop(&mut self) {
        // SAFETY: made by `new` for this program to free.
        unsafe { LocalFree(Some(HLOCAL(self.0.0))) };
    }
}

fn is_this_user(who: PSID) -> io::Result<bool> {
    // Aligned for what is written there: a structure with an address, and behind it what the address names.
    let mut room = [0_u64; 32];
    let mut length = 0;
    // SAFETY: the room's size is said, and what is read in it was written there; the handle is closed.
    unsafe {
        let mut token = HANDLE::default();
        OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &raw mut token)?;
        let size = u32::try_from(size_of_val(&room)).unwrap_or(0);
        let to = room.as_mut_ptr();
        let told = GetTokenInformation(token, TokenUser, Some(to.cast()), size, &raw mut length);
        drop(CloseHandle(token));
        told?;
        Ok(EqualSid(who, (*to.cast_const().cast::<TOKEN_USER>()).User.Sid).is_ok())
    }
}
