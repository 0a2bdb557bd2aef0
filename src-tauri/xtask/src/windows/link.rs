//! The linker for Windows: MinGW's, which finds a folder of ours first. In it lie the C++ library in the form that is
//! linked in, and a stand-in for the library of WebView2's loader, by which the loader is looked for only when it is
//! first called: by then the program has loaded the one that it carries.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};

use super::{TARGET, mingw};
use crate::{command, root};

/// What the names of its programs begin with.
pub const MINGW: &str = "x86_64-w64-mingw32";
/// The package that has Microsoft's loader, and where.
const LOADER: (&str, &str) = ("webview2-com-sys", "x64/WebView2Loader.dll");
/// What the windowing library takes from it (`WebView2.h`).
const FUNCTIONS: [&str; 5] = [
    "CompareBrowserVersions",
    "CreateCoreWebView2Environment",
    "CreateCoreWebView2EnvironmentWithOptions",
    "GetAvailableCoreWebView2BrowserVersionString",
    "GetAvailableCoreWebView2BrowserVersionStringWithOptions",
];

/// See [`idle_tool`].
const IDLE: &str = "#!/bin/sh
case $1 in
    cq* | crs* | s) : >> \"$2\"; exit ;;
    -V) echo 'GNU windres'; exit ;;
esac
for word; do
    case $word in
        -E | -v | --version | -dump* | -print*) exec cc \"$@\" ;;
    esac
done
while [ $# -gt 0 ]; do
    case $1 in
        -o | --output) : > \"$2\"; shift ;;
        -o*) : > \"${1#-o}\" ;;
    esac
    shift
done
";

/// What cargo is told.
#[derive(Debug)]
pub struct Linker {
    /// The program that links.
    pub program: PathBuf,
    /// The loader that becomes part of programs with a webview.
    pub webview_loader: PathBuf,
}

/// Makes the folder and the linker in it.
///
/// # Errors
///
/// When one of MinGW's programs fails.
pub fn prepare(folder: &Path) -> Result<Linker> {
    fs::create_dir_all(folder)?;
    let found = Command::new(format!("{MINGW}-g++-posix")).arg("-print-file-name=libstdc++.a").output()?;
    let library = PathBuf::from(String::from_utf8(found.stdout)?.trim());
    fs::copy(&library, folder.join("libstdc++.a")).context("MinGW has no C++ library")?;
    let definitions = folder.join("loader.def");
    fs::write(&definitions, format!("LIBRARY WebView2Loader.dll\nEXPORTS\n{}\n", FUNCTIONS.join("\n")))?;
    let stand_in = folder.join("libWebView2Loader.dll.a");
    let (definitions, stand_in) = (text(&definitions)?, text(&stand_in)?);
    mingw("dlltool", &["-d", definitions, "-D", "WebView2Loader.dll", "-y", stand_in])?;
    let program = folder.join("linker");
    // What resolves the stand-in comes last.
    write_if_new(&program, &format!("#!/bin/sh\nexec {MINGW}-gcc-posix -L'{}' \"$@\" -ldelayimp\n", folder.display()))?;
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
    Ok(Linker { program, webview_loader: loader()? })
}

/// What takes the place of all of MinGW where only types are checked: a compiler, archiver and resource compiler that
/// makes empty files, and answers what it is asked of itself as this machine's compiler does.
///
/// # Errors
///
/// When it cannot be written.
pub fn idle_tool(folder: &Path) -> Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let program = folder.join("idle-tool");
    write_if_new(&program, IDLE)?;
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
    Ok(program)
}

/// One that has the same content keeps its time, so that nothing is built anew for it.
fn write_if_new(path: &Path, content: &str) -> Result<()> {
    if fs::read_to_string(path).ok().as_deref() != Some(content) {
        fs::write(path, content)?;
    }
    Ok(())
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().context("the path of the checkout is not text")
}

/// Where the loader lies among the packages that cargo has fetched.
fn loader() -> Result<PathBuf> {
    let output = command("cargo")
        .args(["metadata", "--format-version", "1", "--filter-platform", TARGET])
        .current_dir(root())
        .output()?;
    ensure!(output.status.success(), "cargo does not tell of the packages");
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let packages = metadata["packages"].as_array().context("cargo tells of no packages")?;
    let package = packages.iter().find(|package| package["name"] == LOADER.0);
    let manifest = package.and_then(|package| package["manifest_path"].as_str()).context("there is no WebView2")?;
    let loader = Path::new(manifest).with_file_name("").join(LOADER.1);
    ensure!(loader.is_file(), "{} is missing", loader.display());
    Ok(loader)
}
