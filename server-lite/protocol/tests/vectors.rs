//! The vectors that Rust and TypeScript both read: if one side changes a layout, its test fails.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::{collections::BTreeMap, fs};

use data_encoding::HEXLOWER_PERMISSIVE;
use deskhand_protocol::{
    UnixMillis,
    call::{
        control::VideoCodec,
        cursor::CursorMessage,
        files::{FilesAnswer, FilesRequest},
        frame::EncodedFrame,
        held::HeldSet,
        input::{Button, InputEvent, InputMessage, KeyUsage, Locks, Modifiers, Place},
        picture::{CellRect, Moved, PictureInfo, Stamp},
        point::{PointEvent, Tool},
        tile::{Effort, Fill, Patch, Pixels, Shows, Tile, TileMessage},
    },
    company::{Certified, SealedCertificate},
    id::CertificateId,
    key::PublicKey,
    text::Name,
};
use serde_json::{Value, json};

struct Vector {
    name: String,
    bytes: Vec<u8>,
    value: Value,
}

fn list(file: &str) -> Vec<Value> {
    let text = fs::read_to_string(format!("{}/vectors/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let vectors: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert!(!vectors.is_empty(), "{file} is empty");
    vectors
}

fn read(file: &str) -> Vec<Vector> {
    let vector = |vector: Value| Vector {
        name: vector["name"].as_str().unwrap().to_owned(),
        bytes: hex(&vector, "hex"),
        value: vector["value"].clone(),
    };
    list(file).into_iter().map(vector).collect()
}

fn hex(value: &Value, name: &str) -> Vec<u8> {
    HEXLOWER_PERMISSIVE.decode(value[name].as_str().unwrap().as_bytes()).unwrap()
}

fn number<T: TryFrom<i64>>(value: &Value, name: &str) -> T
where
    T::Error: std::fmt::Debug,
{
    value[name].as_i64().unwrap_or_else(|| panic!("{name} is missing in {value}")).try_into().unwrap()
}

fn place(value: &Value) -> Place {
    Place { monitor: number(value, "monitor"), x: number(value, "x"), y: number(value, "y") }
}

fn button(name: &Value) -> Button {
    match name.as_str().unwrap() {
        "left" => Button::Left,
        "middle" => Button::Middle,
        "right" => Button::Right,
        "back" => Button::Back,
        "forward" => Button::Forward,
        other => panic!("no button {other}"),
    }
}

fn tool(value: &Value) -> Tool {
    match value["tool"].as_str().unwrap() {
        "pen" => Tool::Pen,
        "arrow" => Tool::Arrow,
        "box" => Tool::Box,
        other => panic!("no tool {other}"),
    }
}

fn input(value: &Value) -> InputMessage {
    let text = || value["text"].as_str().unwrap().to_owned();
    let event = match value["kind"].as_str().unwrap() {
        "key_down" => InputEvent::KeyDown {
            key: KeyUsage(number(value, "key")),
            modifiers: Modifiers(number(value, "modifiers")),
            locks: Locks(number(value, "locks")),
            text: text(),
        },
        "key_up" => InputEvent::KeyUp { key: KeyUsage(number(value, "key")) },
        "text" => InputEvent::Text { text: text() },
        "button_down" => InputEvent::ButtonDown { button: button(&value["button"]), place: place(value) },
        "button_up" => InputEvent::ButtonUp { button: button(&value["button"]), place: place(value) },
        "wheel" => InputEvent::Wheel { place: place(value), dx: number(value, "dx"), dy: number(value, "dy") },
        "release_all" => InputEvent::ReleaseAll,
        "held" => {
            let keys = value["keys"].as_array().unwrap().iter();
            let keys = keys.map(|key| KeyUsage(key.as_u64().unwrap().try_into().unwrap())).collect();
            let buttons = value["buttons"].as_array().unwrap().iter().map(button).collect();
            InputEvent::Held(HeldSet { keys, buttons })
        }
        "draw_begin" => InputEvent::Point(PointEvent::Begin { tool: tool(value), place: place(value) }),
        "draw_to" => InputEvent::Point(PointEvent::To { place: place(value) }),
        "draw_clear" => InputEvent::Point(PointEvent::Clear),
        "point_gone" => InputEvent::Point(PointEvent::Gone),
        "point_at" => InputEvent::Point(PointEvent::At { place: place(value) }),
        "motion" => InputEvent::Motion { place: place(value) },
        other => panic!("no event {other}"),
    };
    InputMessage { seq: number(value, "seq"), event }
}

fn cursor(value: &Value) -> CursorMessage {
    match value["kind"].as_str().unwrap() {
        "shape" => CursorMessage::Shape {
            id: number(value, "id"),
            hot_x: number(value, "hot_x"),
            hot_y: number(value, "hot_y"),
            width: number(value, "width"),
            height: number(value, "height"),
            rgba: hex(value, "rgba"),
        },
        "place" => CursorMessage::Place {
            shape: number(value, "shape"),
            monitor: number(value, "monitor"),
            x: number(value, "x"),
            y: number(value, "y"),
        },
        "hidden" => CursorMessage::Hidden,
        other => panic!("no cursor message {other}"),
    }
}

fn moved(value: &Value) -> Moved {
    let runs = value["moved"].as_array().unwrap().iter();
    Moved::of(runs.flat_map(|run| {
        let start: u32 = number(run, "start");
        (start..start + number::<u32>(run, "len")).map(|cell| u16::try_from(cell).unwrap())
    }))
}

fn info(value: &Value) -> PictureInfo {
    PictureInfo {
        monitor: number(value, "monitor"),
        width: number(value, "width"),
        height: number(value, "height"),
        moved: moved(value),
    }
}

/// What a message shows, in the vectors' form.
fn shown(message: &TileMessage) -> Value {
    let pixels = |pixels: &Pixels, rect: CellRect| {
        let kind = match pixels {
            Pixels::Plain(_) => "plain",
            Pixels::Palette { .. } => "palette",
            Pixels::Full(_) => "full",
        };
        (kind, HEXLOWER_PERMISSIVE.encode(&pixels.to_rgb(rect)))
    };
    let tile = |tile: &Tile| {
        let (cell, rect) = (tile.cell, message.grid.rect(tile.cell).unwrap());
        match &tile.shows {
            Shows::Pixels(of) => {
                let (kind, rgb) = pixels(of, rect);
                let CellRect { x, y, width, height } = rect;
                json!({ "cell": cell, "kind": kind, "x": x, "y": y, "width": width, "height": height, "rgb": rgb })
            }
            Shows::Kept { from, cells } => json!({ "cell": cell, "kind": "kept", "from": from, "cells": cells }),
            Shows::Patched { from, patches } => {
                let patch = |patch: &Patch| {
                    let Patch { x, y, width, height, fill } = patch;
                    let mut value = json!({ "x": x, "y": y, "width": width, "height": height });
                    match fill {
                        Fill::Pixels(of) => {
                            let (kind, rgb) = pixels(of, patch.rect(rect).unwrap());
                            (value["kind"], value["rgb"]) = (json!(kind), json!(rgb));
                        }
                        Fill::Kept { from } => (value["kind"], value["from"]) = (json!("kept"), json!(from)),
                    }
                    value
                };
                let patches: Vec<Value> = patches.iter().map(patch).collect();
                json!({ "cell": cell, "kind": "patched", "from": from, "patches": patches })
            }
        }
    };
    let (width, height) = message.grid.size();
    json!({
        "monitor": message.monitor,
        "stamp": message.stamp.0,
        "width": width,
        "height": height,
        "number": message.number,
        "vectors": message.vectors.iter().map(|vector| [vector.dx, vector.dy]).collect::<Vec<_>>(),
        "tiles": message.tiles.iter().map(tile).collect::<Vec<_>>(),
    })
}

fn frame(value: &Value) -> EncodedFrame {
    EncodedFrame {
        codec: match value["codec"].as_str().unwrap() {
            "av1" => VideoCodec::Av1,
            "h264" => VideoCodec::H264,
            "vp9" => VideoCodec::Vp9,
            "vp8" => VideoCodec::Vp8,
            other => panic!("no codec {other}"),
        },
        key: value["key"].as_bool().unwrap(),
        monitor: number(value, "monitor"),
        seq: number(value, "seq"),
        width: number(value, "width"),
        height: number(value, "height"),
        captured_us: number(value, "captured_us"),
        stamp: Stamp(number(value, "stamp")),
        moved: moved(value),
        data: hex(value, "data"),
    }
}

#[test]
fn input_events_are_written_and_read_as_the_vectors_say() {
    for vector in read("input.json") {
        let message = input(&vector.value);
        assert_eq!(message.encode(), vector.bytes, "{}", vector.name);
        assert_eq!(InputMessage::decode(&vector.bytes).unwrap(), message, "{}", vector.name);
    }
}

#[test]
fn cursor_messages_are_written_and_read_as_the_vectors_say() {
    for vector in read("cursor.json") {
        let message = cursor(&vector.value);
        assert_eq!(message.encode(), vector.bytes, "{}", vector.name);
        assert_eq!(CursorMessage::decode(&vector.bytes).unwrap(), message, "{}", vector.name);
    }
}

#[test]
fn frames_are_written_and_read_as_the_vectors_say() {
    for vector in read("frame.json") {
        let frame = frame(&vector.value);
        assert_eq!(frame.encode(), vector.bytes, "{}", vector.name);
        assert_eq!(EncodedFrame::decode(&vector.bytes).unwrap(), frame, "{}", vector.name);
    }
}

#[test]
fn picture_infos_are_written_and_read_as_the_vectors_say() {
    for vector in read("picture.json") {
        let info = info(&vector.value);
        assert_eq!(info.encode(), vector.bytes, "{}", vector.name);
        assert_eq!(PictureInfo::decode(&vector.bytes).unwrap(), info, "{}", vector.name);
    }
}

#[test]
fn tile_messages_are_read_as_the_vectors_say() {
    for vector in read("tile.json") {
        let message = TileMessage::decode(&vector.bytes).unwrap();
        assert_eq!(shown(&message), vector.value, "{}", vector.name);
        // Deflate may be written in many ways; what is written reads back.
        for effort in [Effort::Fast, Effort::Small] {
            let again = message.encode(effort);
            let head = 21 + message.vectors.len() * 4;
            assert_eq!(again[..head], vector.bytes[..head], "{}", vector.name);
            assert_eq!(TileMessage::decode(&again).unwrap(), message, "{}", vector.name);
        }
    }
}

#[test]
fn messages_about_files_are_read_as_the_vectors_say_and_written_the_same() {
    for vector in read("files.json") {
        let shown = match vector.value["from"].as_str().unwrap() {
            "console" => {
                let (id, request) = FilesRequest::decode(&vector.bytes).unwrap();
                assert_eq!(request.encode(id), vector.bytes, "{}", vector.name);
                (id, format!("{request:?}"))
            }
            _ => {
                let (id, answer) = FilesAnswer::decode(&vector.bytes).unwrap();
                assert_eq!(answer.encode(id), vector.bytes, "{}", vector.name);
                (id, format!("{answer:?}"))
            }
        };
        let wanted = (number::<u32>(&vector.value, "id"), vector.value["shown"].as_str().unwrap().to_owned());
        assert_eq!((shown.0.0, shown.1), wanted, "{}", vector.name);
    }
}

#[test]
fn every_decoder_refuses_the_bad_vectors() {
    let text = fs::read_to_string(format!("{}/vectors/bad.json", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let bad: BTreeMap<String, Vec<Value>> = serde_json::from_str(&text).unwrap();
    for (decoder, vectors) in bad {
        assert!(!vectors.is_empty(), "{decoder} has no bad vectors");
        for vector in vectors {
            let bytes = hex(&vector, "hex");
            let refused = match decoder.as_str() {
                "files" => FilesRequest::decode(&bytes).is_err() && FilesAnswer::decode(&bytes).is_err(),
                "input" => InputMessage::decode(&bytes).is_err(),
                "cursor" => CursorMessage::decode(&bytes).is_err(),
                "picture" => PictureInfo::decode(&bytes).is_err(),
                "tile" => TileMessage::decode(&bytes).is_err(),
                "frame" => EncodedFrame::decode(&bytes).is_err(),
                other => panic!("no decoder {other}"),
            };
            assert!(refused, "{decoder}: {}", vector["name"]);
        }
    }
}

#[test]
fn certificates_are_read_and_written_as_their_vectors_say() {
    let text = |value: &Value, name: &str| value[name].as_str().unwrap().to_owned();
    for Vector { name, bytes, value } in read("certificate.json") {
        let id: [u8; 16] = hex(&value, "id").try_into().unwrap();
        let certified = Certified {
            id: CertificateId::from_uuid(uuid::Uuid::from_bytes(id)),
            company: PublicKey(hex(&value, "company").try_into().unwrap()),
            technician: PublicKey(hex(&value, "technician").try_into().unwrap()),
            from: UnixMillis(number(&value, "from")),
            until: UnixMillis(number(&value, "until")),
            name: Name::new(text(&value, "name")).unwrap(),
            company_name: Name::new(text(&value, "company_name")).unwrap(),
        };
        let sealed = SealedCertificate::from_bytes(bytes).unwrap();
        let opened = sealed.open().unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(opened.certified, certified, "{name}");
        assert_eq!(certified.sealed(&opened.signature), sealed, "{name}");
    }
    for vector in list("bad_certificate.json") {
        let sealed = SealedCertificate::from_bytes(hex(&vector, "hex"));
        assert!(sealed.is_err() || sealed.unwrap().open().is_err(), "{} is read", vector["name"]);
    }
}
