//! Embeds the page and grants the window exactly its own commands.

fn main() {
    let commands = tauri_build::AppManifest::new().commands(&["view", "act"]);
    println!("cargo::rerun-if-changed=../icons/app.manifest");
    let windows = tauri_build::WindowsAttributes::new().app_manifest(include_str!("../icons/app.manifest"));
    let attributes = tauri_build::Attributes::new().app_manifest(commands).windows_attributes(windows);
    if let Err(error) = tauri_build::try_build(attributes) {
        println!("cargo::error={error:#}");
        std::process::exit(1);
    }
}
