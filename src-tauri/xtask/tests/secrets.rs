//! What a whole call leaves behind: nothing in any log that somebody could use or that is nobody's business, and nothing
//! on disk that others could read.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::{
    fs,
    net::Ipv4Addr,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use bytes::Bytes;
use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};
use deskhand_protocol::call::clipboard::ClipboardKind::Text;
use xtask::stage::{call::Call, copied::Program, keep_logs, wait_for};

const TYPED: &str = "zwergkaninchen";
const CHATTED: &str = "Chatgeheimnis";
const COPIED: &str = "Zwischenablage-Geheimnis";
const FILE: &str = "Zeugnis-Lindenhof.txt";
const IN_FILE: &str = "Inhalt-des-Zeugnisses";
const SOON: Duration = Duration::from_secs(30);

/// Everything below a folder but what belongs to somebody else.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        let foreign = ["home", "Downloads", "Deskhand"].iter().any(|name| path.ends_with(name));
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if foreign || hidden {
            continue;
        }
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// Whether nobody else can reach a file below `base`.
fn is_closed(file: &Path, base: &Path) -> bool {
    file.ancestors()
        .take_while(|path| path.starts_with(base) && *path != base)
        .any(|path| fs::metadata(path).unwrap().permissions().mode() & 0o077 == 0)
}

/// The forms in which a key could be printed.
fn printed(key: &[u8]) -> Vec<String> {
    match std::str::from_utf8(key) {
        Ok(text) => {
            let words = text.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '+' | '/'));
            words.filter(|word| word.len() >= 32).map(str::to_owned).collect()
        }
        Err(_) => vec![HEXLOWER.encode(key), BASE64.encode(key), BASE64URL_NOPAD.encode(key), format!("{key:?}")],
    }
}

fn plays(call: &mut Call) {
    let typed = call.folder.path().join("typed.txt");
    let _notes = call.desk.keeper(&typed).unwrap();
    call.clicks_into("Customer notes").unwrap();
    call.console.type_text(&format!("{TYPED}\n")).unwrap();
    let arrived = || Ok(fs::read_to_string(&typed).is_ok_and(|text| text.contains(TYPED)).then_some(()));
    wait_for("what is typed", SOON, arrived).unwrap();

    let (mut here, mut there) = (Program::on(&call.console).unwrap(), Program::on(&call.desk).unwrap());
    here.copies([(Text, Bytes::from_static(COPIED.as_bytes()))]);
    there.gets(Text, COPIED.as_bytes(), &mut here).unwrap();

    call.technician.opens_chat().unwrap();
    call.technician.writes(CHATTED).unwrap();
    call.customer.page.see(CHATTED).unwrap();

    fs::write(call.folder.path().join("console/home").join(FILE), IN_FILE).unwrap();
    call.technician.page.click("button", "Files").unwrap();
    let list = "Files: This computer";
    wait_for("the file in the list", SOON, || call.technician.page.find_now("option", FILE)).unwrap();
    call.technician.page.press("listbox", list, FILE).unwrap();
    // F5 as WebDriver writes it: sends what is selected.
    call.technician.page.press("listbox", list, "\u{e035}").unwrap();
    let there = call.folder.path().join("helper/Deskhand").join(FILE);
    wait_for("the file", SOON, || Ok(fs::read_to_string(&there).is_ok_and(|text| text == IN_FILE).then_some(())))
        .unwrap();
}

#[test]
fn a_whole_call_leaves_no_secret_in_any_log_and_nothing_open_on_disk() {
    let logs = tempfile::tempdir().unwrap();
    keep_logs(logs.path().to_path_buf());
    let mut call = Call::live_with_relay_program("Full service").unwrap();
    plays(&mut call);
    call.technician.ends().unwrap();
    call.bar_goes().unwrap();

    let base = call.folder.path();
    let code = call.code.split_once(' ').unwrap().1.to_owned();
    let token = call.relay.as_ref().unwrap().token.clone();
    let mut secrets: Vec<String> = [TYPED, CHATTED, COPIED, FILE, IN_FILE].map(str::to_owned).into();
    secrets.extend([code.replace('-', ""), code.clone(), token.split('.').next().unwrap().to_owned()]);
    // Half of it alone: as a word, since four letters stand in many a number.
    let half = code.split_once('-').unwrap().1.to_owned();
    for file in ["helper", "console", "relay"].iter().flat_map(|end| files(&base.join(end))) {
        assert!(is_closed(&file, base), "others can read {}", file.display());
        if file.extension().is_some_and(|end| end == "key") {
            secrets.extend(printed(&fs::read(&file).unwrap()));
        }
    }
    assert!(secrets.len() > 8, "there are keys on disk");

    let mut found = Vec::new();
    for program in ["deskhand", "deskhand-helper", "deskhand-relay"] {
        let text = fs::read_to_string(logs.path().join(format!("{program}.log"))).unwrap();
        // The others may have had nothing to say.
        assert!(program != "deskhand-helper" || text.contains("connected"), "the helper logs what it does");
        for line in text.lines() {
            let lower = line.to_lowercase();
            let secret = secrets.iter().any(|secret| lower.contains(&secret.to_lowercase()));
            let words = line.split(|c: char| !c.is_ascii_alphanumeric());
            let half = words.clone().any(|word| word == half);
            let loud = [" INFO ", " WARN ", " ERROR "].iter().any(|level| line.contains(level));
            let mut places = line.split(|c: char| !c.is_ascii_digit() && c != '.');
            let address = loud && places.any(|word| word.trim_matches('.').parse::<Ipv4Addr>().is_ok());
            if secret || half || address {
                found.push(format!("{program}: {line}"));
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}
