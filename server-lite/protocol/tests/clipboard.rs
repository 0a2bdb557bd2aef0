//! The clipboard channel: its layout by vectors, and bytes from an end that lies.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::{collections::BTreeMap, fs};

use bytes::Bytes;
use data_encoding::HEXLOWER;
use deskhand_protocol::{
    call::clipboard::{ClipboardKind, ClipboardMessage, Mark, NoContent, Offer, Part},
    limit::{CLIPBOARD_CHUNK, CLIPBOARD_HERE, CLIPBOARD_MESSAGE},
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
    (1..=u32::MAX, any::<u32>(), any::<bool>(), part(), part(), any::<bool>()).prop_map(
        |(serial, seen, secret, text, html, image)| {
            let part = |content: Option<String>| content.map_or(Part::OnDemand, |content| Part::Here(content.into()));
            let mut parts = BTreeMap::new();
            parts.extend(text.map(|text| (ClipboardKind::Text, part(text))));
            parts.extend(html.map(|html| (ClipboardKind::Html, part(html))));
            parts.extend(image.then_some((ClipboardKind::Image, Part::OnDemand)));
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
