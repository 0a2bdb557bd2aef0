//! Embeds the page and grants the window exactly its own commands.

fn main() {
    let commands = tauri_build::AppManifest::new().commands(&["view", "act"]);
    if let Err(error) = tauri_build::try_build(tauri_build::Attributes::new().app_manifest(commands)) {
        println!("cargo::error={error:#}");
        std::process::exit(1);
    }
}
