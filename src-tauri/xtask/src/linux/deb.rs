//! The console as a Debian package, made by `dpkg-deb`; which libraries it needs, `dpkg-shlibdeps` reads from it.
//!
//! ```text
//! /usr/lib/deskhand/deskhand, deskhand-helper     the console finds the helper beside itself
//! /usr/lib/deskhand/templates/                    builds of the helper for other systems, if there are any
//! /usr/bin/deskhand                               a link
//! /usr/share/applications/org.deskhand.console.desktop   in the menu, and for deskhand:// links
//! ```
//!
//! Nothing in it runs as root: it has no script of its own. That it starts with the desktop is a choice in the console.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};

use super::{CONSOLE, HELPER};
use crate::root;

/// As desktops call the console: its windows, its entry in the menu and its icon.
pub const ID: &str = "org.deskhand.console";
/// Where the programs lie.
const PLACE: &str = "usr/lib/deskhand";
/// What the webview decodes pictures with, and where keys are kept; found when it runs, so that no tool sees it.
const RECOMMENDS: &str = "gstreamer1.0-libav, gstreamer1.0-plugins-bad, gstreamer1.0-plugins-base, \
                          gstreamer1.0-plugins-good, gnome-keyring | kwalletmanager | keepassxc, \
                          libayatana-appindicator3-1, xdg-utils";
/// Builds of the helper for other systems, where they are if they were made.
const OTHERS: &[&str] = &["target/windows/deskhand-helper.exe"];

/// Packs the two programs into a package in `out`, and gives its path.
///
/// # Errors
///
/// When a file cannot be written, or one of Debian's tools fails.
pub fn write(out: &Path, console: &Path, helper: &Path) -> Result<PathBuf> {
    let made = tempfile::tempdir_in(out)?;
    let tree = made.path().join("tree");
    put(&tree, &format!("{PLACE}/{CONSOLE}"), &fs::read(console)?, 0o755)?;
    put(&tree, &format!("{PLACE}/{HELPER}"), &fs::read(helper)?, 0o755)?;
    for other in OTHERS.iter().map(|other| root().join(other)).filter(|other| other.is_file()) {
        let name = other.file_name().unwrap_or_default().to_string_lossy();
        put(&tree, &format!("{PLACE}/templates/{name}"), &fs::read(&other)?, 0o644)?;
    }
    folder(&tree, Path::new("usr/bin"))?;
    symlink(format!("../lib/deskhand/{CONSOLE}"), tree.join("usr/bin").join(CONSOLE))?;
    let entry = include_str!("../../../../icons/launcher/org.deskhand.console.desktop");
    put(&tree, &format!("usr/share/applications/{ID}.desktop"), entry.as_bytes(), 0o644)?;
    let icons = root().join("icons");
    for (size, from) in [
        ("32x32", "console/32x32.png"),
        ("128x128", "console/128x128.png"),
        ("256x256", "console/128x128@2x.png"),
        ("scalable", "deskhand.svg"),
    ] {
        let ending = if size == "scalable" { "svg" } else { "png" };
        let icon = fs::read(icons.join(from)).with_context(|| from)?;
        put(&tree, &format!("usr/share/icons/hicolor/{size}/apps/{ID}.{ending}"), &icon, 0o644)?;
    }
    let licence = fs::read(root().join("LICENSE"))?;
    put(&tree, "usr/share/doc/deskhand/copyright", &licence, 0o644)?;

    let processor = says(Command::new("dpkg").arg("--print-architecture"))?;
    let depends = depends(made.path(), &[console, helper])?;
    let kilobytes = size(&tree)? / 1024;
    let version = env!("CARGO_PKG_VERSION");
    let control = format!(
        "Package: deskhand\nVersion: {version}\nArchitecture: {processor}\n\
         Maintainer: The Deskhand authors <noreply@deskhand.invalid>\nInstalled-Size: {kilobytes}\n\
         Depends: {depends}\nRecommends: {RECOMMENDS}\nSection: net\nPriority: optional\n\
         Description: remote support: see, point and help on a customer's own computer\n \
         The technician's console, with its own server inside. Customers run one small program\n \
         that installs nothing, and nothing happens on their computers without their own click.\n"
    );
    put(&tree, "DEBIAN/control", control.as_bytes(), 0o644)?;
    let deb = out.join(format!("deskhand_{version}_{processor}.deb"));
    // The programs are compressed once and downloaded often, but xz takes minutes for what gzip does in seconds.
    let mut pack = Command::new("dpkg-deb");
    pack.args(["--root-owner-group", "-Zgzip", "--build"]).arg(&tree).arg(&deb);
    says(&mut pack)?;
    Ok(deb)
}

/// Puts a file into the tree, whatever this user's own mask.
fn put(tree: &Path, at: &str, content: &[u8], mode: u32) -> Result<()> {
    let path = tree.join(at);
    folder(tree, Path::new(at).parent().unwrap_or(Path::new("")))?;
    fs::write(&path, content)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(mode))?;
    Ok(())
}

/// A folder in the tree with those above it, likewise.
fn folder(tree: &Path, at: &Path) -> Result<()> {
    let mut folder = tree.to_path_buf();
    for part in std::iter::once(None).chain(at.components().map(Some)) {
        folder.extend(part);
        if !folder.is_dir() {
            fs::create_dir(&folder)?;
            fs::set_permissions(&folder, fs::Permissions::from_mode(0o755))?;
        }
    }
    Ok(())
}

/// The packages with the libraries that these programs are linked with.
fn depends(work: &Path, programs: &[&Path]) -> Result<String> {
    // The tool reads the name of the package that is being made from here.
    fs::create_dir_all(work.join("debian"))?;
    fs::write(work.join("debian/control"), "Source: deskhand\n\nPackage: deskhand\nArchitecture: any\n")?;
    let mut tool = Command::new("dpkg-shlibdeps");
    tool.arg("-O").args(programs.iter().map(|program| format!("-e{}", program.display()))).current_dir(work);
    let said = says(&mut tool)?;
    let depends = said.lines().find_map(|line| line.strip_prefix("shlibs:Depends="));
    Ok(depends.context("dpkg-shlibdeps found no library")?.to_owned())
}

fn size(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        bytes += if kind.is_dir() { size(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(bytes)
}

/// What one of Debian's tools prints.
fn says(tool: &mut Command) -> Result<String> {
    let name = tool.get_program().to_string_lossy().into_owned();
    let output = tool.output().with_context(|| format!("cannot start {name}; is dpkg-dev installed?"))?;
    ensure!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
