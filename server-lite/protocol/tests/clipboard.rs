//! The clipboard channel: its layout by vectors, and bytes from an end that lies.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::{collections::BTreeMap, fs};

use bytes::Bytes;
use data_encoding::HEXLOWER;
use deskhand_protocol::{
    call::{
        clipboard::{ClipboardKind, ClipboardMessage, Copied, CopiedFile, Mark, NoContent, NotCarried, Offer, Part},
        files::{FileName, Known},
    },
    limit::{CLIPBOARD_CHUNK, CLIPBOARD_HERE, CLIPBOARD_MESSAGE, COPIED_BYTES, COPIED_FILES, WRITTEN_NAME},
};
use proptest::prelude::*;
use serde_json::Value;

fn vectors(file: &str) -> Vec<(String, Vec<u8>, Value)> {
    let text = fs::read_to_string(format!("{}/vectors/{file}.json", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let list: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert!(!list.is_empty());
    let hex = |vector: &Value| HEXLOWER.decode(vector["hex"].as_str().unwrap().as_bytes()).unwrap();
    let name = |vector: &Value| vector["name"].as_str().unwrap().to_owned();
    list.iter().map(|vector| (name(vector), hex(vector), vector["value"].clone())).collect()
}

fn number(value: &Value, name: &str) -> u32 {
    value[name].as_u64().unwrap().try_into().unwrap()
}

fn bytes(value: &Value) -> Bytes {
    HEXLOWER.decode(value.as_str().unwrap().as_bytes()).unwrap().into()
}

fn part(value: &Value) -> (ClipboardKind, Part) {
    let kind = serde_json::from_value(value["kind"].clone()).unwrap();
    (kind, if value["here"].is_null() { Part::OnDemand } else { Part::Here(bytes(&value["here"])) })
}

fn message(value: &Value) -> ClipboardMessage {
    let serial = || number(value, "serial");
    let request = || number(value, "request");
    match value["kind"].as_str().unwrap() {
        "offer" => ClipboardMessage::Offer(Offer {
            serial: serial(),
            seen: number(value, "seen"),
            mark: if value["secret"] == true { Mark::Secret } else { Mark::Plain },
            parts: value["parts"].as_array().unwrap().iter().map(part).collect(),
        }),
        "want" => {
            let kind = serde_json::from_value(value["content"].clone()).unwrap();
            ClipboardMessage::Want { request: request(), serial: serial(), kind }
        }
        "begin" => ClipboardMessage::Begin { request: request(), length: number(value, "length") },
        "chunk" => ClipboardMessage::Chunk { request: request(), bytes: bytes(&value["bytes"]) },
        "none" => {
            let why: NoContent = serde_json::from_value(value["why"].clone()).unwrap();
            let (size, limit) = (number(value, "size"), number(value, "limit"));
            ClipboardMessage::None { request: request(), why, size, limit }
        }
        "gone" => ClipboardMessage::Gone { serial: serial() },
        "paste" => ClipboardMessage::Paste { serial: serial() },
        "files" => ClipboardMessage::Files { set: number(value, "set") },
        other => panic!("no message {other}"),
    }
}

#[test]
fn the_layout_is_that_of_the_vectors() {
    for (name, bytes, value) in vectors("clipboard") {
        let message = message(&value);
        assert_eq!(HEXLOWER.encode(&message.encode()), HEXLOWER.encode(&bytes), "{name}");
        assert_eq!(ClipboardMessage::decode(&bytes), Ok(message), "{name}");
    }
}

#[test]
fn what_no_end_would_write_is_refused() {
    for (name, bytes, _) in vectors("bad_clipboard") {
        assert!(ClipboardMessage::decode(&bytes).is_err(), "{name}");
    }
    let too_long = ClipboardMessage::Chunk { request: 1, bytes: vec![1; CLIPBOARD_CHUNK + 1].into() };
    assert!(ClipboardMessage::decode(&too_long.encode()).is_err());
    let parts = BTreeMap::from([(ClipboardKind::Text, Part::Here(vec![b'x'; CLIPBOARD_HERE + 1].into()))]);
    let too_much = ClipboardMessage::Offer(Offer { serial: 1, seen: 0, mark: Mark::Plain, parts });
    assert!(ClipboardMessage::decode(&too_much.encode()).is_err());
    assert!(ClipboardMessage::decode(&vec![4; CLIPBOARD_MESSAGE + 1]).is_err());
}

fn copied(names: &[&str], size: u64) -> Copied {
    let file = |name: &&str| CopiedFile {
        name: FileName::new(*name).unwrap(),
        known: Known { size, modified_ms: 1_700_000_000_000 },
    };
    Copied::Files { set: 7, files: names.iter().map(file).collect() }
}

#[test]
fn copied_files_are_named_once_within_limits_and_never_by_a_path() {
    let good = copied(&["Größe.txt", "a.png"], 5);
    assert_eq!(Copied::decode(&good.encode()), Some(good.clone()));
    let refused = Copied::Not { why: NotCarried::TooMany, count: 1_000_000, size: u64::MAX };
    assert_eq!(Copied::decode(&refused.encode()), Some(refused));
    // What an end that lies would say.
    let many: Vec<String> = (0..=COPIED_FILES).map(|number| number.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let long = "x".repeat(WRITTEN_NAME + 1);
    for (name, bad) in [
        ("none", copied(&[], 1)),
        ("too many", copied(&many, 1)),
        ("too big", copied(&["a", "b"], COPIED_BYTES / 2 + 1)),
        ("a name twice", copied(&["a", "a"], 1)),
        ("a long name", copied(&[&long], 1)),
    ] {
        assert_eq!(Copied::decode(&bad.encode()), None, "{name}");
    }
    let of = |name: &str| {
        let mut bytes = copied(&["12"], 5).encode();
        bytes[19..21].copy_from_slice(name.as_bytes());
        Copied::decode(&bytes)
    };
    assert!(of("ab").is_some());
    for way_out in ["..", "/a", "a/", "a\0"] {
        assert_eq!(of(way_out), None, "{way_out:?}");
    }
    let mut a_million = good.encode();
    a_million[5..9].copy_from_slice(&1_000_000_u32.to_le_bytes());
    assert_eq!(Copied::decode(&a_million), None);
    let mut wrong_sum = good.encode();
    wrong_sum[9] ^= 1;
    assert_eq!(Copied::decode(&wrong_sum), None);
}

#[test]
fn what_was_copied_is_in_no_log() {
    let parts = BTreeMap::from([(ClipboardKind::Text, Part::Here(Bytes::from_static(b"hunter2")))]);
    let offer = ClipboardMessage::Offer(Offer { serial: 1, seen: 0, mark: Mark::Plain, parts });
    let chunk = ClipboardMessage::Chunk { request: 1, bytes: Bytes::from_static(b"hunter2") };
    for message in [offer, chunk] {
        let printed = format!("{message:?}");
        assert!(!printed.contains("hunter2") && !printed.contains("104"), "{printed}");
        assert!(printed.contains("7 bytes"), "{printed}");
    }
}

fn offer() -> impl Strategy<Value = ClipboardMessage> {
    let part = || prop::option::of(prop::option::of("\\PC{0,300}"));
    let files = prop::option::weighted(0.2, prop::collection::btree_set("[^/\\x00.]{1,40}", 1..5));
    (1..=u32::MAX, any::<u32>(), any::<bool>(), part(), part(), any::<bool>(), files).prop_map(
        |(serial, seen, secret, text, html, image, files)| {
            let part = |content: Option<String>| content.map_or(Part::OnDemand, |content| Part::Here(content.into()));
            let mut parts = BTreeMap::new();
            parts.extend(text.map(|text| (ClipboardKind::Text, part(text))));
            parts.extend(html.map(|html| (ClipboardKind::Html, part(html))));
            parts.extend(image.then_some((ClipboardKind::Image, Part::OnDemand)));
            if let Some(names) = files {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                let list = copied(&names, u64::from(seen % 1_000)).encode();
                parts = BTreeMap::from([(ClipboardKind::Files, Part::Here(list.into()))]);
            }
            let mark = if secret { Mark::Secret } else { Mark::Plain };
            ClipboardMessage::Offer(Offer { serial, seen, mark, parts })
        },
    )
}

proptest! {
    #[test]
    fn an_offer_reads_back_and_never_when_it_is_cut(message in offer(), cut: prop::sample::Index) {
        let bytes = message.encode();
        prop_assert_eq!(&ClipboardMessage::decode(&bytes), &Ok(message));
        prop_assert!(ClipboardMessage::decode(&bytes[..cut.index(bytes.len())]).is_err());
    }

    #[test]
    fn no_bytes_make_the_decoder_panic_or_read_what_it_would_not_write(
        bytes in prop::collection::vec(any::<u8>(), 0..300), message in offer(), at: prop::sample::Index, byte: u8,
    ) {
        let mut changed = message.encode();
        let at = at.index(changed.len());
        changed[at] = byte;
        for bytes in [bytes, changed] {
            if let Ok(read) = ClipboardMessage::decode(&bytes) {
                prop_assert_eq!(read.encode(), bytes);
            }
        }
    }
}
