//! What a file is, by its own bytes: which system and processor it is for, that it is whole, and that it is the
//! customer's program in which version. Its name and its sender say nothing.
//!
//! The file is only read. Every offset in it is checked by the parser, and every part that the format promises must lie
//! inside the file, so that one that ends early is refused.

use deskhand_protocol::{
    template::{Platform, STAMP_HEAD, STAMP_TAIL, TemplateFault},
    text::Name,
};
use memchr::memmem;
use object::{
    Architecture, BinaryFormat, File, FileKind, Object as _, ObjectKind, ObjectSection as _, ObjectSegment as _,
    read::macho::{FatArch, MachOFatFile32, MachOFatFile64},
};

/// Longest version, as in `12.34.56-beta.7`.
const VERSION: usize = 32;
/// Processors in one macOS file; there are two.
const SLICES: usize = 8;

/// What a template is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// For what.
    pub(crate) platform: Platform,
    /// Which version.
    pub(crate) version: Name,
}

/// Reads a program through.
pub(crate) fn inspect(bytes: &[u8]) -> Result<Found, TemplateFault> {
    let kind = FileKind::parse(bytes).map_err(|_| TemplateFault::NotAProgram)?;
    let platform = match kind {
        FileKind::Elf32 | FileKind::Elf64 | FileKind::Pe32 | FileKind::Pe64 | FileKind::MachO32 | FileKind::MachO64 => {
            one(bytes)?
        }
        FileKind::MachOFat32 => {
            let fat = MachOFatFile32::parse(bytes).map_err(|_| TemplateFault::Damaged)?;
            fat_of(bytes, fat.arches())?
        }
        FileKind::MachOFat64 => {
            let fat = MachOFatFile64::parse(bytes).map_err(|_| TemplateFault::Damaged)?;
            fat_of(bytes, fat.arches())?
        }
        _ => return Err(TemplateFault::NotAProgram),
    };
    Ok(Found { platform, version: version(bytes).ok_or(TemplateFault::NotOurs)? })
}

fn fat_of<A: FatArch>(bytes: &[u8], arches: &[A]) -> Result<Platform, TemplateFault> {
    let mut found = Vec::new();
    for arch in arches.iter().take(SLICES) {
        found.push(one(arch.data(bytes).map_err(|_| TemplateFault::Damaged)?)?);
    }
    match (found.contains(&Platform::MacosX64), found.contains(&Platform::MacosArm64)) {
        (true, true) => Ok(Platform::MacosUniversal),
        (true, false) => Ok(Platform::MacosX64),
        (false, true) => Ok(Platform::MacosArm64),
        (false, false) => Err(TemplateFault::UnknownPlatform),
    }
}

fn one(bytes: &[u8]) -> Result<Platform, TemplateFault> {
    let file = File::parse(bytes).map_err(|_| TemplateFault::Damaged)?;
    let runs = match file.kind() {
        ObjectKind::Executable => true,
        // A Linux program that may be loaded anywhere; a library has no entry.
        ObjectKind::Dynamic => file.format() == BinaryFormat::Elf && file.entry() != 0,
        _ => false,
    };
    if !runs {
        return Err(TemplateFault::NotAProgram);
    }
    let whole =
        file.segments().all(|segment| segment.data().is_ok()) && file.sections().all(|section| section.data().is_ok());
    // A file cut inside its header has none of what it promises.
    if !whole || file.sections().next().is_none() {
        return Err(TemplateFault::Damaged);
    }
    match (file.format(), file.architecture()) {
        (BinaryFormat::Pe, Architecture::X86_64) => Ok(Platform::WindowsX64),
        (BinaryFormat::Pe, Architecture::Aarch64) => Ok(Platform::WindowsArm64),
        (BinaryFormat::Elf, Architecture::X86_64) => Ok(Platform::LinuxX64),
        (BinaryFormat::Elf, Architecture::Aarch64) => Ok(Platform::LinuxArm64),
        (BinaryFormat::MachO, Architecture::X86_64) => Ok(Platform::MacosX64),
        (BinaryFormat::MachO, Architecture::Aarch64) => Ok(Platform::MacosArm64),
        _ => Err(TemplateFault::UnknownPlatform),
    }
}

/// The version between the two halves of the stamp. This program holds the first half too, without a version behind it.
fn version(bytes: &[u8]) -> Option<Name> {
    memmem::find_iter(bytes, STAMP_HEAD.as_bytes()).find_map(|at| {
        let behind = bytes.get(at + STAMP_HEAD.len()..)?;
        let window = behind.get(..behind.len().min(VERSION + STAMP_TAIL.len()))?;
        let end = memmem::find(window, STAMP_TAIL.as_bytes())?;
        let version = std::str::from_utf8(window.get(..end)?).ok()?;
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+');
        let looks = version.starts_with(|c: char| c.is_ascii_digit()) && version.chars().all(plain);
        looks.then(|| Name::lossy(version))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// This test program: a whole ELF, PE or Mach-O file of this computer, without the stamp of the helper.
    fn own() -> Vec<u8> {
        std::fs::read(std::env::current_exe().unwrap()).unwrap()
    }

    fn stamp(version: &str) -> Vec<u8> {
        format!("{STAMP_HEAD}{version}{STAMP_TAIL}").into_bytes()
    }

    /// The smallest program of each kind that its format allows, with the stamp in its one section.
    pub(crate) fn pe(machine: u16, stamp: &[u8]) -> Vec<u8> {
        let mut file = b"MZ".to_vec();
        file.resize(0x3c, 0);
        file.extend(0x40_u32.to_le_bytes());
        file.extend(b"PE\0\0");
        file.extend(machine.to_le_bytes());
        file.extend(1_u16.to_le_bytes());
        file.extend([0; 12]);
        file.extend(240_u16.to_le_bytes());
        file.extend(0x22_u16.to_le_bytes());
        let optional = file.len();
        file.extend(0x20b_u16.to_le_bytes());
        file.resize(optional + 108, 0);
        file.extend(16_u32.to_le_bytes());
        file.resize(optional + 240, 0);
        file.extend(b".rdata\0\0");
        file.extend(512_u32.to_le_bytes());
        file.extend(0x1000_u32.to_le_bytes());
        file.extend(512_u32.to_le_bytes());
        file.extend(512_u32.to_le_bytes());
        file.resize(512, 0);
        file.extend(stamp);
        file.resize(1024, 0);
        file
    }

    #[test]
    fn a_windows_program_is_read_from_its_bytes() {
        let found = inspect(&pe(0x8664, &stamp("1.2.3"))).unwrap();
        assert_eq!((found.platform, found.version.as_str()), (Platform::WindowsX64, "1.2.3"));
        assert_eq!(inspect(&pe(0xaa64, &stamp("1.2.3"))).unwrap().platform, Platform::WindowsArm64);
        assert_eq!(inspect(&pe(0x14c, &stamp("1.2.3"))), Err(TemplateFault::UnknownPlatform));
    }

    #[test]
    fn another_program_is_not_ours() {
        assert_eq!(inspect(&pe(0x8664, b"")), Err(TemplateFault::NotOurs));
        for wrong in ["", "x", "1.2.3\n", "1.2.3/../..", "1.2.3 and a very long text that is no version at all"] {
            assert_eq!(inspect(&pe(0x8664, &stamp(wrong))), Err(TemplateFault::NotOurs), "{wrong}");
        }
        assert_eq!(inspect(&own()), Err(TemplateFault::NotOurs), "the first half of the stamp is in here");
    }

    #[test]
    fn what_is_no_program_is_refused() {
        for wrong in [&b""[..], b"MZ", b"#!/bin/sh\n", b"\x7fELF", b"PK\x03\x04", b"\x89PNG\r\n\x1a\n"] {
            assert!(inspect(wrong).is_err(), "{wrong:?}");
        }
        assert_eq!(inspect(&[0; 4096]), Err(TemplateFault::NotAProgram));
    }

    #[test]
    fn a_program_that_ends_early_is_damaged() {
        let whole = pe(0x8664, &stamp("1.2.3"));
        for len in 64..whole.len() {
            assert!(inspect(&whole[..len]).is_err(), "{len}");
        }
        let own = own();
        for part in [own.len() - 1, own.len() / 2, 4096, 100] {
            assert_eq!(inspect(&own[..part]), Err(TemplateFault::Damaged), "{part}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>, at: prop::sample::Index, change: u8) {
            let _ = inspect(&bytes);
            let mut changed = pe(0x8664, &stamp("1.2.3"));
            let at = at.index(changed.len());
            changed[at] ^= change;
            let _ = inspect(&changed);
        }
    }
}
