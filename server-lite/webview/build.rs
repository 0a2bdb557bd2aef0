//! Takes Microsoft's loader for WebView2 into the program, if whoever builds says where it lies: on Windows built with
//! MinGW it cannot be linked in, and beside the program it would be a second file to carry about, which anybody could
//! exchange in a folder of downloads.

use std::{env, fs, io, path::Path};

const NAMED: &str = "DESKHAND_WEBVIEW2_LOADER";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-env-changed={NAMED}");
    let bytes = match env::var(NAMED) {
        Ok(path) if !path.is_empty() => {
            println!("cargo::rerun-if-changed={path}");
            format!("Some(include_bytes!({path:?}))")
        }
        _ => "None".to_owned(),
    };
    let out = env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?;
    fs::write(Path::new(&out).join("loader.rs"), format!("static LOADER: Option<&[u8]> = {bytes};\n"))
}
