//! Copied files: as a file manager writes them into the clipboard, as the other end may know them, and a folder of our
//! own for those that came from there.
//!
//! In a [`System`](crate::system::System) they are a list in the form `text/uri-list` (RFC 2483). They are always
//! copied: what another program has cut is not taken away from where it is.

use std::{
    collections::BTreeSet,
    fs,
    path::{Component, Path, PathBuf},
    time::UNIX_EPOCH,
};

use bytes::Bytes;
use deskhand_protocol::{
    call::{
        clipboard::{Copied, CopiedFile, NotCarried},
        files::{FileName, Known, System, numbered, safe_name},
    },
    limit::{COPIED_BYTES, COPIED_FILES},
};

pub use private::{PrivateFolder, clean};

#[path = "private.rs"]
mod private;

/// Numbers tried for a file whose name another one has.
const NUMBERS: u32 = 1_000;

/// Files of this machine that a program has copied.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Local {
    /// Where they are, in the order of the list.
    pub paths: Vec<PathBuf>,
    /// As the other end may know them: their names there, and what they were when they were copied.
    pub files: Vec<CopiedFile>,
}

/// The list of these files, in the form that [`paths_of`] reads.
#[must_use]
pub fn list_of<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Bytes {
    let mut list = String::new();
    for path in paths {
        list.push_str("file://");
        for byte in path.as_os_str().as_encoded_bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                    list.push(char::from(*byte));
                }
                byte => list.push_str(&format!("%{byte:02X}")),
            }
        }
        list.push_str("\r\n");
    }
    list.into()
}

/// The files of this machine that a list names, each once. What it names beside them, such as a page of the web, is
/// passed over.
#[must_use]
pub fn paths_of(list: &[u8]) -> Vec<PathBuf> {
    let mut known = BTreeSet::new();
    let lines = list.split(|byte| matches!(byte, b'\n' | b'\r'));
    lines.filter_map(path_of).filter(|path| known.insert(path.clone())).collect()
}

fn path_of(line: &[u8]) -> Option<PathBuf> {
    let path = line.strip_prefix(b"file://")?;
    // Without a host, or with the one that always is this machine.
    let path = path.strip_prefix(b"localhost").unwrap_or(path);
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.iter();
    while let Some(byte) = rest.next() {
        let byte = match byte {
            b'%' => {
                let mut digit = || rest.next().and_then(|digit| char::from(*digit).to_digit(16));
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            b'?' | b'#' => return None,
            byte => *byte,
        };
        bytes.push(byte);
    }
    let path = path_from(bytes)?;
    let plain = path.components().all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
    (path.is_absolute() && plain && !path.as_os_str().as_encoded_bytes().contains(&0)).then_some(path)
}

#[cfg(unix)]
fn path_from(bytes: Vec<u8>) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt as _;
    Some(std::ffi::OsString::from_vec(bytes).into())
}

#[cfg(not(unix))]
fn path_from(bytes: Vec<u8>) -> Option<PathBuf> {
    String::from_utf8(bytes).ok().map(PathBuf::from)
}

/// Looks at copied files. Blocks.
///
/// # Errors
///
/// Why they cannot go through the clipboard, as [`Copied::Not`].
pub fn look(paths: Vec<PathBuf>) -> Result<Local, Copied> {
    let count = u32::try_from(paths.len()).unwrap_or(u32::MAX);
    let not = |why, size| Err(Copied::Not { why, count, size });
    if paths.len() > COPIED_FILES {
        return not(NotCarried::TooMany, 0);
    }
    let (mut size, mut files, mut names) = (0_u64, Vec::new(), BTreeSet::new());
    for path in &paths {
        let Ok(metadata) = fs::symlink_metadata(path) else { return not(NotCarried::NotThere, size) };
        if !metadata.is_file() {
            return not(NotCarried::NotPlain, size);
        }
        let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| FileName::new(name).ok());
        let Some(name) = name.and_then(|name| free(&safe_name(&name, System::here()), &mut names)) else {
            return not(NotCarried::NotThere, size);
        };
        let since = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
        let modified_ms = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        size = size.saturating_add(metadata.len());
        files.push(CopiedFile { name, known: Known { size: metadata.len(), modified_ms } });
    }
    if size > COPIED_BYTES { not(NotCarried::TooBig, size) } else { Ok(Local { paths, files }) }
}

/// Whether one of these files lies in a folder of ours, and so came from another end. Blocks.
#[must_use]
pub fn any_in(paths: &[PathBuf], folder: &Path) -> bool {
    let Ok(folder) = folder.canonicalize() else { return false };
    paths.iter().any(|path| path.canonicalize().is_ok_and(|path| path.starts_with(&folder)))
}

/// The names under which these files are written here: safe, and no two the same.
#[must_use]
pub fn names_here(files: &[CopiedFile]) -> Vec<FileName> {
    let mut names = BTreeSet::new();
    let here = |file: &CopiedFile| free(&safe_name(&file.name, System::here()), &mut names);
    files.iter().filter_map(here).collect()
}

/// The name, or one like it that is not in use yet. Case does not tell two names apart everywhere.
fn free(name: &FileName, used: &mut BTreeSet<String>) -> Option<FileName> {
    let mut tries = std::iter::once(name.clone()).chain((2..NUMBERS).map(|number| numbered(name, number)));
    tries.find(|name| used.insert(name.as_str().to_lowercase()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_list_is_read_as_file_managers_write_it() {
        let of = |list: &str| paths_of(list.as_bytes());
        let two = vec![PathBuf::from("/home/ada/Größe 1.txt"), PathBuf::from("/tmp/b")];
        assert_eq!(of("file:///home/ada/Gr%C3%B6%C3%9Fe%201.txt\r\nfile:///tmp/b\r\n"), two);
        assert_eq!(of("file:///home/ada/Gr%c3%b6ße%201.txt\nfile://localhost/tmp/b\nfile:///tmp/b"), two);
        assert_eq!(of("# a comment\r\nhttps://example.org/a\r\nfile:///tmp/b\r\n"), two[1..]);
        for bad in
            ["file://elsewhere/tmp/b", "file:///tmp/../etc/passwd", "file:///a%0", "file:///a%00", "/tmp/b", "file:"]
        {
            assert_eq!(of(bad), Vec::<PathBuf>::new(), "{bad}");
        }
        assert_eq!(of("file:///tmp/a%0Ab"), [PathBuf::from("/tmp/a\nb")], "a name of two lines");
    }

    #[test]
    fn only_plain_files_within_limits_are_carried_and_no_two_have_one_name() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for inner in ["1", "2"] {
            fs::create_dir(at(inner)).unwrap();
            fs::write(at(inner).join("a.txt"), "x").unwrap();
        }
        let look = |names: &[&str]| look(names.iter().map(|name| at(name)).collect());
        let found = look(&["1/a.txt", "2/a.txt"]).unwrap();
        let names: Vec<&str> = found.files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["a.txt", "a (2).txt"]);
        let why = |names: &[&str]| match look(names) {
            Err(Copied::Not { why, .. }) => Some(why),
            _ => None,
        };
        assert_eq!(why(&["1/a.txt", "1"]), Some(NotCarried::NotPlain), "a folder");
        assert_eq!(why(&["gone"]), Some(NotCarried::NotThere));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(at("1/a.txt"), at("link")).unwrap();
            assert_eq!(why(&["link"]), Some(NotCarried::NotPlain));
            assert_eq!(super::look(vec!["/dev/null".into()]).err().map(|not| not.count()), Some(1));
        }
        assert_eq!(why(&vec!["1/a.txt"; COPIED_FILES + 1]), Some(NotCarried::TooMany));
        fs::File::create(at("big")).unwrap().set_len(COPIED_BYTES + 1).unwrap();
        assert_eq!(why(&["big"]), Some(NotCarried::TooBig));
    }

    #[test]
    fn what_another_end_calls_its_files_is_safe_and_told_apart_here() {
        let named =
            |name: &str| CopiedFile { name: FileName::new(name).unwrap(), known: Known { size: 0, modified_ms: 0 } };
        let names = names_here(&[named("a\u{202e}b"), named("a\u{200b}b"), named("A_B")]);
        let names: Vec<&str> = names.iter().map(FileName::as_str).collect();
        assert_eq!(names, ["a_b", "a_b (2)", "A_B (3)"]);
    }

    proptest! {
        #[test]
        fn a_list_reads_back(names in prop::collection::btree_set("[^/\\x00]{1,20}", 0..5)) {
            let paths: Vec<PathBuf> = names.iter().filter(|name| *name != "." && *name != "..")
                .map(|name| Path::new("/tmp").join(name)).collect();
            prop_assert_eq!(paths_of(&list_of(paths.iter().map(PathBuf::as_path))), paths);
        }

        #[test]
        fn no_list_makes_it_panic_or_leave_the_root(list in "(file://|%|[a-f0-9/.\\n\\r#]|\\PC){0,60}") {
            for path in paths_of(list.as_bytes()) {
                prop_assert!(path.is_absolute() && !path.components().any(|part| part == Component::ParentDir));
            }
        }
    }
}
