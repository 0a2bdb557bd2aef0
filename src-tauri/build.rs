//! Generates what Tauri needs: the permission of each command, so that the window may call exactly these.

use std::{error::Error, fs, path::Path};

const COMMANDS: &[&str] = &[
    "boot",
    "set_up",
    "join_relay",
    "open_lan",
    "close_lan",
    "self_test",
    "link_opened",
    "create_session",
    "invitation",
    "renew_code",
    "save_package",
    "templates",
    "templates_seen",
    "begin_upload",
    "upload_part",
    "finish_upload",
    "use_template",
    "save_program",
    "requests",
    "take_request",
    "put_request_aside",
    "brand",
    "set_brand",
    "open_mail",
    "show_in_folder",
    "sessions",
    "devices",
    "messages",
    "send_chat",
    "connect",
    "want",
    "leave",
    "call",
    "show_monitors",
    "need_key_frame",
    "prefer",
    "end_session",
    "watch",
    "unwatch",
    "drawn",
    "input",
    "can_grab_keyboard",
    "grab_keyboard",
    "release_keyboard",
    "clipboard_text",
    "show_session",
    "pause_clipboard",
    "fetch_copied",
    "paste",
    "colleagues",
    "invite_colleague",
    "join_call",
    "room",
    "do_deed",
    "list_programs",
    "system_facts",
    "file_places",
    "file_list",
    "file_search",
    "file_search_stop",
    "file_make_folder",
    "file_rename",
    "file_trash",
    "file_carry",
    "file_send_dropped",
    "file_job",
    "file_choose",
    "subscribe",
    "search_sessions",
    "edit_session",
    "delete_session",
    "session_events",
    "export_sessions",
    "facets",
    "edit_devices",
    "remove_devices",
    "timeline",
    "statistics",
    "search_audit",
    "export_audit",
];

fn main() -> Result<(), Box<dyn Error>> {
    // Lints and tests need no page, but Tauri's macro wants its folder. A program built without one says so at start.
    let page = Path::new("../ui/dist");
    if !page.exists() {
        fs::create_dir_all(page)?;
    }
    println!("cargo:rerun-if-changed=../ui/dist");
    let manifest = tauri_build::AppManifest::new().commands(COMMANDS);
    println!("cargo:rerun-if-changed=../icons/app.manifest");
    let windows = tauri_build::WindowsAttributes::new().app_manifest(include_str!("../icons/app.manifest"));
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest).windows_attributes(windows))?;
    Ok(())
}
