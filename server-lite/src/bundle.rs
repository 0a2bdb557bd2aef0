//! The console's page as the program carries it: the files of `ui/dist`, each packed by itself, as `ui/dev/bundle.ts`
//! writes them.
//!
//! ```text
//! "DHPAGE1\n"
//! for each file:  u16 length of its path, path, u32 length, gzip of its bytes      big-endian
//! ```

use std::collections::BTreeMap;

const BEGINNING: &[u8] = b"DHPAGE1\n";

/// One file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct File {
    /// Its type.
    pub(crate) kind: &'static str,
    /// Its bytes, packed by gzip.
    pub(crate) packed: &'static [u8],
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Bundle(BTreeMap<&'static str, File>);

impl Bundle {
    /// Reads one. `None` if it is damaged, or has no `index.html`.
    pub(crate) fn read(bytes: &'static [u8]) -> Option<Self> {
        let mut rest = bytes.strip_prefix(BEGINNING)?;
        let mut files = BTreeMap::new();
        while !rest.is_empty() {
            let (length, tail) = rest.split_first_chunk::<2>()?;
            let (path, tail) = tail.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
            let (length, tail) = tail.split_first_chunk::<4>()?;
            let (packed, tail) = tail.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
            let path = std::str::from_utf8(path).ok()?;
            files.insert(path, File { kind: kind(path)?, packed });
            rest = tail;
        }
        files.contains_key("index.html").then_some(Self(files))
    }

    /// A file by its path, exactly as it was packed.
    pub(crate) fn file(&self, path: &str) -> Option<File> {
        self.0.get(path).copied()
    }
}

/// By its ending. A file of another kind has no business in the page.
fn kind(path: &str) -> Option<&'static str> {
    let (_, ending) = path.rsplit_once('.')?;
    Some(match ending {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        "json" => "application/json",
        "wav" => "audio/wav",
        "mp3" => "audio/mpeg",
        "ogg" => "audio/ogg",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_has_its_files_and_nothing_is_read_of_half_a_one() {
        let whole: &'static [u8] = b"DHPAGE1\n\0\x0aindex.html\0\0\0\x03abc\0\x06a/b.js\0\0\0\0";
        let bundle = Bundle::read(whole).unwrap();
        assert_eq!(bundle.file("index.html"), Some(File { kind: "text/html; charset=utf-8", packed: b"abc" }));
        assert_eq!(bundle.file("a/b.js").unwrap().packed, b"");
        assert_eq!(bundle.file("/index.html"), None);
        assert_eq!(bundle.file("a/../index.html"), None);
        let whole_at = [whole.len(), whole.len() - 12];
        for cut in (0..=whole.len()).filter(|cut| !whole_at.contains(cut)) {
            assert!(Bundle::read(&whole[..cut]).is_none(), "{cut}");
        }
        assert!(Bundle::read(b"DHPAGE1\n\0\x05a.exe\0\0\0\0").is_none(), "another kind of file");
    }
}
