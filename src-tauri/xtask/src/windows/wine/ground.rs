//! What the story needs before it begins: Wine, the customer's folder with the package in it, and a program of the
//! customer's.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, Result, ensure};
use deskhand_link::{identity::Identity, package};
use deskhand_protocol::{
    UnixMillis,
    code::TypedCall,
    key::Nonce,
    package::{FILE_NAME, PackageBody, PackageRelay},
    text::{ChatText, Name},
};

use crate::{stage::display::Display, windows::mingw};

/// The library that Wine 8 lacks, in terms of what it has.
const STAND_IN: &str = "#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size) { return SystemFunction036(data, (ULONG)size); }
";
/// A folder of Windows 11's own zip viewer, below one for what is short-lived.
const VIEWED: &str = "0f9d4c21-1b7e-4f0a-9d35-aa0b3c5d7e9f_deskhand-support.zip.e9f";
/// The customer's program.
const WITNESS: &str = include_str!("witness.c");

/// Wine with a folder of its own, which ends with its owner.
#[derive(Debug)]
pub(super) struct Wine<'display> {
    display: &'display Display,
    prefix: PathBuf,
}

impl<'display> Wine<'display> {
    /// Makes its folder.
    pub(super) fn begin(display: &'display Display, prefix: PathBuf) -> Result<Self> {
        let this = Self { display, prefix };
        let begun = this.command("wineboot").arg("-i").status().context("cannot start Wine")?;
        ensure!(begun.success(), "Wine does not begin ({begun})");
        Ok(this)
    }

    /// A program of Windows on the display.
    pub(super) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = self.display.command("wine");
        command
            .arg(program)
            .env("WINEPREFIX", &self.prefix)
            .env("WINEARCH", "win64")
            .env("WINEDEBUG", "-all")
            // Nothing is fetched, and the library beside the program is taken.
            .env("WINEDLLOVERRIDES", "mscoree,mshtml=;winemenubuilder.exe=;bcryptprimitives=n,b");
        command
    }

    /// Ends what runs in it; its registry is in its files then.
    pub(super) fn end(&self) {
        for what in ["-k", "-w"] {
            // It may have ended by itself.
            drop(Command::new("wineserver").arg(what).env("WINEPREFIX", &self.prefix).status());
        }
    }

    /// Lines of the registry that have a word, once Wine has ended.
    pub(super) fn registry(&self, word: &str) -> Result<Vec<String>> {
        let mut lines = Vec::new();
        for file in ["user.reg", "system.reg", "userdef.reg"] {
            let text = String::from_utf8_lossy(&fs::read(self.prefix.join(file))?).to_ascii_lowercase();
            lines.extend(text.lines().filter(|line| line.contains(word)).map(|line| format!("{file}: {line}")));
        }
        Ok(lines)
    }
}

impl Drop for Wine<'_> {
    fn drop(&mut self) {
        self.end();
    }
}

/// A support file as the console makes it, by the probe's own key.
pub(super) fn support_file(link: &str, technician: &Path) -> Result<Vec<u8>> {
    let seed: Nonce = fs::read_to_string(technician.join("probe.key"))?.trim().parse()?;
    let identity = Identity::from_seed(seed.as_bytes());
    let TypedCall { relay, invitation } = link.parse()?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let body = PackageBody {
        relays: vec![PackageRelay { address: relay, pin: None }],
        technician: identity.public(),
        technician_name: Name::lossy("Probe"),
        company: Name::lossy("Deskhand"),
        finder: invitation.finder,
        secret: invitation.secret.reveal().to_owned(),
        expires_at: UnixMillis(i64::try_from(now.as_millis())? + 3_600_000),
        company_key: None,
        certificate: None,
        brand: None,
        message: Some(ChatText::lossy("Close your mail first.")),
        language: None,
    };
    Ok(package::seal(&body, &identity)?)
}

/// What the customer has.
#[derive(Debug)]
pub(super) struct Customers {
    /// The helper.
    pub(super) program: PathBuf,
    /// The other program.
    pub(super) witness: PathBuf,
    above: PathBuf,
}

impl Customers {
    /// The package as a customer's browser and file manager leave it, with the stand-in beside the program.
    pub(super) fn unpack(above: &Path, generic: &Path, support: &[u8]) -> Result<Self> {
        let place = above.join("Meine Übungen").join("Deskhand Support");
        fs::create_dir_all(&place)?;
        let program = place.join("deskhand-helper (1).exe");
        fs::copy(generic, &program)?;
        fs::write(place.join(FILE_NAME), support)?;
        let witness = above.join("witness.exe");
        put_stand_in(&place)?;
        compile(WITNESS, &witness, &["-mwindows"], &["-lgdi32"])?;
        Ok(Self { program, witness, above: above.to_owned() })
    }

    /// The program alone, where Windows' own zip viewer puts what was clicked in it.
    pub(super) fn in_a_zip_viewer(&self) -> Result<PathBuf> {
        let place = self.above.join(VIEWED).join("Deskhand Support");
        fs::create_dir_all(&place)?;
        let program = place.join("deskhand-helper.exe");
        fs::copy(&self.program, &program)?;
        put_stand_in(&place)?;
        Ok(program)
    }

    /// Names and sizes of what lies beside the program.
    pub(super) fn beside(&self) -> Result<BTreeSet<(String, u64)>> {
        let place = self.program.parent().context("the program lies nowhere")?;
        let mut found = BTreeSet::new();
        for entry in fs::read_dir(place)? {
            let entry = entry?;
            found.insert((entry.file_name().to_string_lossy().into_owned(), entry.metadata()?.len()));
        }
        Ok(found)
    }
}

/// Puts the stand-in for the library that Wine lacks beside a program.
pub(super) fn put_stand_in(place: &Path) -> Result<()> {
    compile(STAND_IN, &place.join("bcryptprimitives.dll"), &["-shared"], &["-ladvapi32"])
}

/// Makes a program or library for Windows of one file.
fn compile(source: &str, made: &Path, how: &[&str], libraries: &[&str]) -> Result<()> {
    let file = tempfile::Builder::new().suffix(".c").tempfile()?;
    fs::write(file.path(), source)?;
    let text = |path: &Path| path.to_str().map(str::to_owned).context("a path is not text");
    let (made, file) = (text(made)?, text(file.path())?);
    mingw("gcc-posix", &[how, &["-O1", "-o", &made, &file], libraries].concat())
}

/// A path of this machine as Wine's programs name it.
pub(super) fn windows_path(path: &Path) -> String {
    format!("Z:{}", path.display().to_string().replace('/', "\\"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_named_as_wine_does() {
        assert_eq!(windows_path(Path::new("/tmp/a b/c")), r"Z:\tmp\a b\c");
    }
}
