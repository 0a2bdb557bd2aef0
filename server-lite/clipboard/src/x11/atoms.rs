//! The names under which X11 programs hand over content.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use deskhand_protocol::call::clipboard::{ClipboardKind, Mark};
use x11rb::protocol::xproto::{Atom, AtomEnum};

use crate::system::Unread;

x11rb::atom_manager! {
    /// Names interned once.
    pub(super) Atoms: AtomsCookie {
        CLIPBOARD,
        TARGETS,
        TIMESTAMP,
        INCR,
        UTF8_STRING,
        TEXT,
        PLAIN_UTF8: b"text/plain;charset=utf-8",
        PLAIN: b"text/plain",
        HTML: b"text/html",
        PNG: b"image/png",
        URI_LIST: b"text/uri-list",
        // A word for what is to become of them, and then their URIs; what GNOME, MATE and XFCE paste.
        GNOME_FILES: b"x-special/gnome-copied-files",
        // What password managers mark their content with; clipboard histories leave it out.
        SECRET: b"x-kde-passwordManagerHint",
        CONTENT: b"_DESKHAND_CONTENT",
    }
}

impl Atoms {
    /// The forms that a program offers, each with the best name to ask for it.
    pub(super) fn sort(&self, targets: &[Atom]) -> (BTreeMap<ClipboardKind, Atom>, Mark) {
        let string = Atom::from(AtomEnum::STRING);
        let wishes = [
            (ClipboardKind::Text, &[self.UTF8_STRING, self.PLAIN_UTF8, self.PLAIN, string][..]),
            (ClipboardKind::Html, &[self.HTML]),
            (ClipboardKind::Image, &[self.PNG]),
            (ClipboardKind::Files, &[self.URI_LIST, self.GNOME_FILES]),
        ];
        let best = |names: &[Atom]| names.iter().copied().find(|name| targets.contains(name));
        let found = wishes.into_iter().filter_map(|(kind, names)| Some((kind, best(names)?))).collect();
        (found, if targets.contains(&self.SECRET) { Mark::Secret } else { Mark::Plain })
    }

    /// What is offered of content in these forms.
    pub(super) fn targets(&self, kinds: &BTreeSet<ClipboardKind>, mark: Mark) -> Vec<Atom> {
        let mut targets = vec![self.TARGETS, self.TIMESTAMP];
        if mark == Mark::Secret {
            targets.push(self.SECRET);
        }
        for kind in kinds {
            match kind {
                ClipboardKind::Text => targets.extend([
                    self.UTF8_STRING,
                    self.PLAIN_UTF8,
                    self.PLAIN,
                    self.TEXT,
                    Atom::from(AtomEnum::STRING),
                ]),
                ClipboardKind::Html => targets.push(self.HTML),
                ClipboardKind::Image => targets.push(self.PNG),
                ClipboardKind::Files => targets.extend([self.URI_LIST, self.GNOME_FILES]),
            }
        }
        targets
    }

    /// The form that a target names.
    pub(super) fn kind(&self, target: Atom) -> Option<ClipboardKind> {
        let text = [self.UTF8_STRING, self.PLAIN_UTF8, self.PLAIN, self.TEXT, Atom::from(AtomEnum::STRING)];
        match target {
            target if text.contains(&target) => Some(ClipboardKind::Text),
            target if target == self.HTML => Some(ClipboardKind::Html),
            target if target == self.PNG => Some(ClipboardKind::Image),
            target if target == self.URI_LIST || target == self.GNOME_FILES => Some(ClipboardKind::Files),
            _ => None,
        }
    }

    /// Content as a target wants it, and the type to give it.
    pub(super) fn written(&self, target: Atom, content: Bytes) -> (Atom, Bytes) {
        let string = Atom::from(AtomEnum::STRING);
        if target == string {
            // Latin-1 and nothing else (ICCCM 2.6.2).
            let text = String::from_utf8_lossy(&content);
            return (string, text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect());
        }
        if target == self.GNOME_FILES {
            // Always copied, never cut.
            let list = String::from_utf8_lossy(&content);
            return (target, std::iter::once("copy").chain(list.lines()).collect::<Vec<_>>().join("\n").into());
        }
        (if target == self.TEXT { self.UTF8_STRING } else { target }, content)
    }
}

/// How a program writes text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// As its target says.
    Named,
    /// As the oldest of all targets says.
    Latin1,
}

/// What a program handed over, in the form of the wire.
pub(super) fn read(kind: ClipboardKind, coding: Coding, content: Vec<u8>) -> Result<Bytes, Unread> {
    let text = match kind {
        ClipboardKind::Image => return Ok(content.into()),
        // The word in front of GNOME's list is no URI, and passed over as such.
        ClipboardKind::Files => return Ok(content.into()),
        ClipboardKind::Text if coding == Coding::Latin1 => content.iter().map(|byte| char::from(*byte)).collect(),
        // Some programs write HTML in UTF-16, with its mark in front.
        ClipboardKind::Html if content.starts_with(&[0xff, 0xfe]) => utf16(&content[2..], u16::from_le_bytes)?,
        ClipboardKind::Html if content.starts_with(&[0xfe, 0xff]) => utf16(&content[2..], u16::from_be_bytes)?,
        _ => String::from_utf8(content).map_err(|_| Unread::Unfit)?,
    };
    // Some end their text like C does.
    Ok(if text.contains('\0') { text.replace('\0', "") } else { text }.into())
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, Unread> {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units).collect::<Result<String, _>>().map_err(|_| Unread::Unfit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_programs_write_becomes_utf_8() {
        let text = |coding, bytes: &[u8]| read(ClipboardKind::Text, coding, bytes.to_vec());
        assert_eq!(text(Coding::Latin1, b"Gr\xfc\xdfe"), Ok("Grüße".into()));
        assert_eq!(text(Coding::Named, "Grüße\0".as_bytes()), Ok("Grüße".into()));
        assert_eq!(text(Coding::Named, b"Gr\xfc\xdfe"), Err(Unread::Unfit));
        let html = |bytes: &[u8]| read(ClipboardKind::Html, Coding::Named, bytes.to_vec());
        assert_eq!(html(b"\xff\xfe<\0b\0>\0\xe4\0"), Ok("<b>ä".into()));
        assert_eq!(html(b"\xfe\xff\0<\0b\0>\0\xe4"), Ok("<b>ä".into()));
        assert_eq!(html(b"\xff\xfe\0\xd8"), Err(Unread::Unfit), "half a character");
        assert_eq!(html("<b>ä".as_bytes()), Ok("<b>ä".into()));
    }
}
