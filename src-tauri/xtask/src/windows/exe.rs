//! What Windows reads of a program before it runs: how it is started, what it is made of, what it needs beside itself,
//! and what it says of itself.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, bail, ensure};
use object::{
    LittleEndian as Le,
    pe::{
        IMAGE_DLLCHARACTERISTICS_DYNAMIC_BASE, IMAGE_DLLCHARACTERISTICS_HIGH_ENTROPY_VA,
        IMAGE_DLLCHARACTERISTICS_NX_COMPAT, IMAGE_SCN_MEM_EXECUTE, IMAGE_SCN_MEM_WRITE, IMAGE_SUBSYSTEM_WINDOWS_CUI,
        IMAGE_SUBSYSTEM_WINDOWS_GUI, ImageResourceDataEntry,
    },
    read::pe::{ImageNtHeaders as _, ImageOptionalHeader as _, PeFile64, ResourceDirectoryEntryData},
};

/// How a program is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// With windows of its own and no console.
    Window,
    /// In a console.
    Console,
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// How it is started.
    pub kind: Kind,
    /// Names of its parts.
    pub sections: BTreeSet<String>,
    /// Parts that can be both written and run.
    pub soft: BTreeSet<String>,
    /// Libraries that must be there when it starts, in small letters.
    pub imports: BTreeSet<String>,
    /// Whether it is put at another address each time, and its data cannot be run.
    pub hardened: bool,
    /// What it says of itself to the system, as XML.
    pub manifest: Option<String>,
    /// Whether it has an icon.
    pub icon: bool,
    /// What it says of itself to people.
    pub version: Option<Vec<u8>>,
}

/// Parts that every program has.
const SECTIONS: [&str; 4] = [".text", ".data", ".rdata", ".idata"];

/// Libraries of Windows itself, since Windows 10; those whose name begins with the last two as well.
const SYSTEM: &[&str] = &[
    "advapi32.dll",
    "bcrypt.dll",
    "bcryptprimitives.dll",
    "cfgmgr32.dll",
    "combase.dll",
    "comctl32.dll",
    "comdlg32.dll",
    "crypt32.dll",
    "cryptbase.dll",
    "d3d11.dll",
    "dbghelp.dll",
    "dwmapi.dll",
    "dxgi.dll",
    "gdi32.dll",
    "imm32.dll",
    "iphlpapi.dll",
    "kernel32.dll",
    "msvcrt.dll",
    "mswsock.dll",
    "ncrypt.dll",
    "netapi32.dll",
    "ntdll.dll",
    "ole32.dll",
    "oleaut32.dll",
    "pdh.dll",
    "powrprof.dll",
    "propsys.dll",
    "psapi.dll",
    "rstrtmgr.dll",
    "secur32.dll",
    "setupapi.dll",
    "shcore.dll",
    "shell32.dll",
    "shlwapi.dll",
    "ucrtbase.dll",
    "user32.dll",
    "userenv.dll",
    "uxtheme.dll",
    "version.dll",
    "winhttp.dll",
    "winmm.dll",
    "winspool.drv",
    "wintrust.dll",
    "ws2_32.dll",
    "wtsapi32.dll",
];
const SYSTEM_SETS: [&str; 2] = ["api-ms-win-", "ext-ms-win-"];

/// Kinds of what a program carries along (`winuser.h`).
const ICON_RESOURCE: u16 = 14;
const VERSION_RESOURCE: u16 = 16;
const MANIFEST_RESOURCE: u16 = 24;

/// What the manifest of a program with windows must say.
const MANIFEST: [&str; 4] = ["level=\"asInvoker\"", "PerMonitorV2", "Microsoft.Windows.Common-Controls", "supportedOS"];

impl Facts {
    /// Reads a program.
    ///
    /// # Errors
    ///
    /// When it is none for 64-bit Windows.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        let file = PeFile64::parse(bytes).context("no program for 64-bit Windows")?;
        let header = file.nt_headers().optional_header();
        let kind = match header.subsystem() {
            IMAGE_SUBSYSTEM_WINDOWS_GUI => Kind::Window,
            IMAGE_SUBSYSTEM_WINDOWS_CUI => Kind::Console,
            other => bail!("neither with windows nor in a console, but of kind {other:?}"),
        };
        let wanted = IMAGE_DLLCHARACTERISTICS_DYNAMIC_BASE
            | IMAGE_DLLCHARACTERISTICS_HIGH_ENTROPY_VA
            | IMAGE_DLLCHARACTERISTICS_NX_COMPAT;
        let hardened = header.dll_characteristics().contains(wanted);
        let (mut sections, mut soft) = (BTreeSet::new(), BTreeSet::new());
        for section in file.section_table().iter() {
            let name = String::from_utf8_lossy(section.raw_name()).into_owned();
            let both = IMAGE_SCN_MEM_EXECUTE | IMAGE_SCN_MEM_WRITE;
            if section.characteristics.get(Le).contains(both) {
                soft.insert(name.clone());
            }
            sections.insert(name);
        }
        let mut imports = BTreeSet::new();
        if let Some(table) = file.import_table()? {
            let mut descriptors = table.descriptors()?;
            while let Some(import) = descriptors.next()? {
                let name = table.name(import.name.get(Le))?;
                imports.insert(String::from_utf8_lossy(name).to_ascii_lowercase());
            }
        }
        let resources = Resources::of(&file, bytes)?;
        let manifest =
            resources.first(MANIFEST_RESOURCE)?.map(|manifest| String::from_utf8_lossy(manifest).into_owned());
        let icon = resources.first(ICON_RESOURCE)?.is_some();
        let version = resources.first(VERSION_RESOURCE)?.map(<[u8]>::to_vec);
        Ok(Self { kind, sections, soft, imports, hardened, manifest, icon, version })
    }

    /// Whether it is what is shipped.
    ///
    /// # Errors
    ///
    /// One sentence about what is wrong.
    pub fn check(&self, kind: Kind) -> Result<()> {
        ensure!(self.kind == kind, "it is started as {:?} and not as {kind:?}", self.kind);
        let missing: Vec<_> = SECTIONS.iter().filter(|name| !self.sections.contains(**name)).collect();
        ensure!(missing.is_empty(), "it has no {missing:?}");
        ensure!(self.soft.is_empty(), "{:?} can be both written and run", self.soft);
        ensure!(self.hardened, "it is always at the same address, or its data can be run");
        let known =
            |name: &&String| SYSTEM.contains(&name.as_str()) || SYSTEM_SETS.iter().any(|begin| name.starts_with(begin));
        let foreign: Vec<_> = self.imports.iter().filter(|name| !known(name)).collect();
        ensure!(foreign.is_empty(), "it needs {foreign:?} beside it");
        if kind == Kind::Console {
            return Ok(());
        }
        let manifest = self.manifest.as_deref().context("it has no manifest")?;
        for part in MANIFEST {
            ensure!(manifest.contains(part), "its manifest does not say {part}");
        }
        ensure!(self.icon, "it has no icon");
        let version = self.version.as_deref().context("it has no version")?;
        let named: Vec<u8> = "FileVersion".encode_utf16().flat_map(u16::to_le_bytes).collect();
        ensure!(version.windows(named.len()).any(|part| part == named), "its version says nothing");
        Ok(())
    }
}

/// What a program carries along.
struct Resources<'data> {
    section: Option<(&'data [u8], u32)>,
    data: Option<object::read::pe::ResourceDirectory<'data>>,
}

impl<'data> Resources<'data> {
    fn of(file: &PeFile64<'data>, bytes: &'data [u8]) -> Result<Self> {
        let table = file.section_table();
        let Some(directory) = file.data_directory(object::pe::IMAGE_DIRECTORY_ENTRY_RESOURCE) else {
            return Ok(Self { section: None, data: None });
        };
        let data = file.data_directories().resource_directory(bytes, &table)?;
        let address = directory.virtual_address.get(Le);
        Ok(Self { section: table.pe_data_containing(bytes, address).map(|data| (data.0, data.1)), data })
    }

    /// The first of a kind, in any language.
    fn first(&self, kind: u16) -> Result<Option<&'data [u8]>> {
        let (Some(all), Some((section, at))) = (&self.data, self.section) else { return Ok(None) };
        let root = all.root()?;
        let Some(of_kind) = root.entries.iter().find(|entry| entry.name_or_id().id() == Some(kind)) else {
            return Ok(None);
        };
        let mut entry = of_kind.data(*all)?;
        loop {
            match entry {
                ResourceDirectoryEntryData::Table(table) => {
                    let first = table.entries.first().context("an empty list of what it carries")?;
                    entry = first.data(*all)?;
                }
                ResourceDirectoryEntryData::Data(data) => return part(section, at, data).map(Some),
            }
        }
    }
}

fn part<'data>(section: &'data [u8], at: u32, data: &ImageResourceDataEntry) -> Result<&'data [u8]> {
    let from = data.offset_to_data.get(Le).checked_sub(at).context("what it carries lies elsewhere")?;
    let (from, size) = (usize::try_from(from)?, usize::try_from(data.size.get(Le))?);
    section.get(from..).and_then(|rest| rest.get(..size)).context("what it carries is cut off")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Facts {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Facts {
            kind: Kind::Window,
            sections: names(&[".text", ".data", ".rdata", ".idata", ".rsrc"]),
            soft: BTreeSet::new(),
            imports: names(&["kernel32.dll", "api-ms-win-core-synch-l1-2-0.dll"]),
            hardened: true,
            manifest: Some(include_str!("../../../../icons/app.manifest").to_owned()),
            icon: true,
            version: Some("FileVersion".encode_utf16().flat_map(u16::to_le_bytes).collect()),
        }
    }

    #[test]
    fn what_is_shipped_passes_and_each_fault_is_named() {
        good().check(Kind::Window).unwrap();
        type Break = fn(&mut Facts);
        let faults: [(Break, &str); 8] = [
            (|facts| facts.kind = Kind::Console, "started"),
            (|facts| assert!(facts.sections.remove(".text")), ".text"),
            (|facts| assert!(facts.soft.insert(".text".into())), "written and run"),
            (|facts| facts.hardened = false, "address"),
            (|facts| assert!(facts.imports.insert("libstdc++-6.dll".into())), "libstdc++-6.dll"),
            (|facts| facts.manifest = Some("level=\"requireAdministrator\"".into()), "asInvoker"),
            (|facts| facts.icon = false, "icon"),
            (|facts| facts.version = Some(Vec::new()), "version"),
        ];
        for (fault, said) in faults {
            let mut facts = good();
            fault(&mut facts);
            let error = facts.check(Kind::Window).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn what_is_no_program_is_refused() {
        let this = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        for bytes in [&b""[..], b"MZ", &[0; 4096], this.get(..4096).unwrap()] {
            Facts::read(bytes).unwrap_err();
        }
    }
}
