//! What the machine must have. With root rights or without a terminal nothing is asked: it installs, or fails with the
//! exact line to run.

use std::{
    collections::BTreeSet,
    process::{Command, Stdio},
};

use anyhow::{Result, bail};

use crate::{root, run_in, say};

/// To build: Tauri on Linux, libaom and openh264 from source.
const BUILD: &[&str] = &[
    "build-essential",
    "cmake",
    "libayatana-appindicator3-dev",
    "libdbus-1-dev",
    "libgtk-3-dev",
    "librsvg2-dev",
    "libwebkit2gtk-4.1-dev",
    "libxcb-randr0-dev",
    "libxcb-shm0-dev",
    "libxcb1-dev",
    "nasm",
    "pkg-config",
];

/// To play calls on virtual displays and in networks of their own: the display, a window manager, the webview's decoders
/// and its driver; a browser and its own; a program of GTK that files are dropped on; what a screen reader hears; what ties namespaces and filters packets; a secret service for the test of the keyring, and an
/// authority for that of the relay's certificates.
const STAGE: &[&str] = &[
    "at-spi2-core",
    "chromium",
    "chromium-driver",
    "dbus",
    "firefox-esr",
    "fonts-dejavu-core",
    "gir1.2-atspi-2.0",
    "gir1.2-gtk-3.0",
    "gnome-keyring",
    "gstreamer1.0-libav",
    "gstreamer1.0-pipewire",
    "gstreamer1.0-plugins-bad",
    "gstreamer1.0-plugins-base",
    "gstreamer1.0-plugins-good",
    "gstreamer1.0-tools",
    "imagemagick",
    "iproute2",
    "libayatana-appindicator3-1",
    "nftables",
    "openbox",
    "pebble",
    "pipewire",
    "procps",
    "python3-gi",
    "sqlite3",
    "webkit2gtk-driver",
    "x11-utils",
    "x11-xkb-utils",
    "x11-xserver-utils",
    "xclip",
    "xdg-utils",
    "xdotool",
    "xterm",
    "xvfb",
];

/// To pack what is shipped for Linux: Debian's own tools, what takes symbols off programs, and what reads desktop entries.
const LINUX: &[&str] = &["binutils", "desktop-file-utils", "dpkg-dev"];

/// To measure: what files are measured beside.
const BENCH: &[&str] = &["openssh-client", "openssh-server"];

/// To build for Windows: MinGW with the threads that C++ needs.
const WINDOWS: &[&str] = &["g++-mingw-w64-x86-64-posix", "gcc-mingw-w64-x86-64-posix"];

/// To run what was built for Windows.
const WINE: &[&str] = &["wine", "wine64"];

/// Installs the Debian packages that are missing.
///
/// # Errors
///
/// When packages are missing and cannot be installed: with the line to run.
pub fn ensure_packages() -> Result<()> {
    ensure(&[BUILD, STAGE, LINUX])
}

/// The same, with those for benchmarks.
///
/// # Errors
///
/// As for [`ensure_packages`].
pub fn ensure_bench_packages() -> Result<()> {
    ensure(&[BUILD, STAGE, BENCH, LINUX])
}

/// Those to build and pack what is shipped for Linux.
///
/// # Errors
///
/// As for [`ensure_packages`].
pub fn ensure_linux_packages() -> Result<()> {
    ensure(&[BUILD, LINUX])
}

/// Those to build for Windows.
///
/// # Errors
///
/// As for [`ensure_packages`].
pub fn ensure_windows_packages() -> Result<()> {
    ensure(&[BUILD, WINDOWS])
}

/// Those to run what was built for Windows beside what was built for this machine.
///
/// # Errors
///
/// As for [`ensure_packages`].
pub fn ensure_wine_packages() -> Result<()> {
    ensure(&[BUILD, STAGE, WINDOWS, WINE])
}

/// Makes Rust able to build for a target.
///
/// # Errors
///
/// When its standard library is neither there nor to be had.
pub fn ensure_target(target: &str) -> Result<()> {
    let installed = Command::new("rustup").args(["target", "list", "--installed"]).output();
    let there =
        installed.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).lines().any(|line| line.trim() == target));
    if there {
        return Ok(());
    }
    run_in(&root(), "rustup", &["target", "add", target])
}

fn ensure(lists: &[&[&'static str]]) -> Result<()> {
    let missing = missing_packages(lists);
    if missing.is_empty() {
        return Ok(());
    }
    let line = format!("apt-get install -y --no-install-recommends {}", missing.join(" "));
    if !is_root() {
        bail!("these system packages are missing; run as root:\n  apt-get update && {line}");
    }
    say(&format!("installing {} system packages", missing.len()));
    let install = || -> Result<()> {
        apt(&["update", "-qq"])?;
        let mut args = vec!["install", "-y", "-qq", "--no-install-recommends"];
        args.extend(&missing);
        apt(&args)
    };
    install().or_else(|error| bail!("{error:#}; run:\n  apt-get update && {line}"))
}

fn missing_packages(lists: &[&[&'static str]]) -> Vec<&'static str> {
    let wanted = || lists.iter().flat_map(|list| list.iter()).copied();
    let output =
        Command::new("dpkg-query").args(["-W", "-f", "${Package} ${db:Status-Status}\n"]).args(wanted()).output();
    let installed: BTreeSet<String> = output
        .map(|output| {
            String::from_utf8_lossy(&output.stdout)
                .lines()
                .filter_map(|line| line.strip_suffix(" installed").map(str::to_owned))
                .collect()
        })
        .unwrap_or_default();
    wanted().filter(|name| !installed.contains(*name)).collect()
}

fn apt(args: &[&str]) -> Result<()> {
    let status = Command::new("apt-get")
        .args(args)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()?;
    if !status.success() {
        bail!("`apt-get {}` failed", args.first().unwrap_or(&""));
    }
    Ok(())
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// Installs the test runner if it is missing.
///
/// # Errors
///
/// When it can be neither found nor built.
pub fn ensure_nextest() -> Result<()> {
    let there =
        Command::new("cargo").args(["nextest", "--version"]).output().is_ok_and(|output| output.status.success());
    if there {
        return Ok(());
    }
    run_in(&root(), "cargo", &["install", "cargo-nextest", "--locked"])
}
