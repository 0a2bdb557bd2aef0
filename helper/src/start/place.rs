//! Where the program was started: in a folder of its own, or inside a viewer that shows an archive and unpacks only
//! the one file that was clicked.

use std::path::Path;

/// Whether a folder is one into which a viewer unpacks a single file for a while.
///
/// | viewer | folder |
/// |---|---|
/// | Windows Explorer | `Temp1_name.zip`; on Windows 11 a GUID, `_name.zip` and often three more signs |
/// | 7-Zip, WinRAR, WinZip | `7zO8C2A…`, `Rar$EXa1234.5678`, `wz1a2b` |
/// | file-roller, engrampa | `.fr-AbCdEf` |
/// | Ark, Xarchiver | `ark-AbCdEf`, `xa-AbCdEf` |
pub(super) fn is_inside_an_archive(folder: &Path) -> bool {
    let text = folder.to_string_lossy();
    let parts: Vec<&str> = text.split(['/', '\\']).filter(|part| !part.is_empty()).collect();
    // All of them work below a folder for what is short-lived; a person's own folder may have any name.
    let Some(temporary) = parts.iter().position(|part| is_temporary(part)) else { return false };
    parts.iter().skip(temporary + 1).any(|part| is_a_viewers(part))
}

/// Signs of a GUID as it is written.
const GUID: usize = 36;

fn is_temporary(part: &str) -> bool {
    ["tmp", "temp", "cache", ".cache", "inetcache"].iter().any(|name| part.eq_ignore_ascii_case(name))
}

fn is_a_viewers(part: &str) -> bool {
    let lower = part.to_ascii_lowercase();
    let behind = |start: &str, at_least: usize| {
        lower.strip_prefix(start).is_some_and(|rest| {
            rest.len() >= at_least && rest.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
        })
    };
    let explorer = lower.split_once('_').is_some_and(|(begin, rest)| {
        let number = begin.strip_prefix("temp").unwrap_or_default();
        let counted = !number.is_empty() && number.bytes().all(|c| c.is_ascii_digit());
        let guid = begin.len() == GUID && begin.bytes().all(|c| c.is_ascii_hexdigit() || c == b'-');
        (counted || guid) && rest.contains(".zip")
    });
    let archive = lower.ends_with(".zip") && lower.len() > ".zip".len();
    explorer
        || archive
        || lower.starts_with("rar$")
        || behind("7zo", 6)
        || behind("wz", 4)
        || behind(".fr-", 6)
        || behind("ark-", 6)
        || behind("xa-", 6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn viewers_are_told_from_folders() {
        for viewer in [
            r"C:\Users\Jörg\AppData\Local\Temp\Temp1_deskhand-support.zip\Deskhand Support",
            r"C:\Users\A B\AppData\Local\Temp\Temp12_deskhand-support (1).zip",
            r"C:\Users\x\AppData\Local\Temp\0f9d4c21-1b7e-4f0a-9d35-aa0b3c5d7e9f_deskhand-support.zip.e9f\Deskhand Support",
            r"C:\Users\x\AppData\Local\Temp\0F9D4C21-1B7E-4F0A-9D35-AA0B3C5D7E9F_a (1).zip.E9F",
            r"C:\Users\x\AppData\Local\Temp\deskhand-support.zip\Deskhand Support",
            r"C:\Users\x\AppData\Local\Temp\7zO8C2A41B5",
            r"C:\Users\x\AppData\Local\Temp\Rar$EXa4711.2342\Deskhand Support",
            r"C:\Users\x\AppData\Local\Temp\wz9a3f",
            "/home/x/.cache/.fr-AbC123/Deskhand Support",
            "/tmp/.fr-AbC123",
            "/tmp/ark-QwErTz/Deskhand Support",
            "/tmp/xa-Ab12Cd",
        ] {
            assert!(is_inside_an_archive(Path::new(viewer)), "{viewer}");
        }
        for folder in [
            r"C:\Users\x\Downloads\deskhand-support\Deskhand Support",
            r"C:\Users\x\Downloads",
            r"C:\Users\x\AppData\Local\Temp\Deskhand Support",
            r"C:\Users\x\AppData\Local\Temp\0f9d_deskhand-support.zip.unpacked",
            r"\\server\share\deskhand-support.zip\Deskhand Support",
            "/home/x/Downloads/ark-photos/Deskhand Support",
            "/tmp",
            "/tmp/Deskhand Support",
            "/tmp/.tmpAbCdEf",
            "",
        ] {
            assert!(!is_inside_an_archive(Path::new(folder)), "{folder}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_path_makes_it_panic(text in "\\PC{0,120}") {
            is_inside_an_archive(Path::new(&text));
        }
    }
}
