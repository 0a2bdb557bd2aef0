//! The layout matrix: every character of the four levels of seven layouts, typed on real keys into the real console
//! window, arrives in a real program, whatever layout the customer has. What the window sends for each layout of the
//! console is then sent again to the customer's other layouts through the same call.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "a test")]

use std::{path::Path, time::Duration};

use serde_json::{Value, json};
use xkeysym::Keysym;
use xtask::stage::{
    call::Call,
    strike::{Fingers, RETURN},
    wait_for,
};

const LAYOUTS: [&str; 7] = ["us", "gb", "de", "fr", "es", "ch", "cz"];
/// Keycodes of the keys that write: the digits' row, three rows of letters, the space bar, the key beside left Shift.
const WRITING: [std::ops::RangeInclusive<u8>; 7] = [10..=21, 24..=35, 38..=49, 51..=51, 52..=61, 65..=65, 94..=94];
/// What the page sends to the shell: session and channel come first, then the kind of event, its number, the key with
/// modifiers and locks if it is one, and the text.
const KIND: usize = 17;
const TEXT: usize = KIND + 5;
const KEY_TEXT: usize = TEXT + 4;
const PRESS: u64 = 0x01;
const COMPOSED: u64 = 0x03;
const STATEMENT: u64 = 0x08;
/// Keys that are sent at once. A program looks keys up when it comes to them, and the map is changed for each character
/// that the layout lacks: nobody types more of these in a moment.
const AT_ONCE: usize = 12;

/// What becomes of a dead key and a letter.
const DEAD: &[(u32, char, char)] = &[
    (0xfe50, 'a', 'à'),
    (0xfe51, 'e', 'é'),
    (0xfe52, 'e', 'ê'),
    (0xfe53, 'n', 'ñ'),
    (0xfe54, 'a', 'ā'),
    (0xfe55, 'a', 'ă'),
    (0xfe56, 'z', 'ż'),
    (0xfe57, 'u', 'ü'),
    (0xfe58, 'a', 'å'),
    (0xfe59, 'o', 'ő'),
    (0xfe5a, 'c', 'č'),
    (0xfe5b, 'c', 'ç'),
    (0xfe5c, 'a', 'ą'),
    (0xfe60, 'a', 'ạ'),
    (0xfe61, 'a', 'ả'),
    (0xfe62, 'o', 'ơ'),
    (0xfe63, 'l', 'ł'),
    (0xfe66, 'a', 'ȁ'),
    (0xfe67, 'a', 'ḁ'),
    (0xfe68, 'd', 'ḏ'),
    (0xfe69, 'd', 'ḓ'),
    (0xfe6a, 'e', 'ḛ'),
    (0xfe6b, 'h', 'ḫ'),
    (0xfe6c, 'u', 'ṳ'),
    (0xfe6d, 'a', 'ȃ'),
    (0xfe6e, 's', 'ș'),
];

/// Dead keys that compose nothing in most programs.
const WITHOUT_LETTERS: &[u32] = &[0xfe6f, 0xfe8c, 0xfe64, 0xfe65, 0xfe5d, 0xfe5e, 0xfe5f];

/// What is struck at once and what it writes.
struct Strokes {
    held: &'static [u8],
    keys: Vec<u8>,
    text: String,
}

/// Everything that a layout can write.
fn strokes(fingers: &Fingers) -> Vec<Strokes> {
    let keys = || WRITING.into_iter().flatten();
    let mut all = Vec::new();
    let mut dead = Vec::new();
    for level in 0..if fingers.has_altgr() { 4 } else { 2 } {
        let held = Fingers::for_level(level);
        let mut plain = Strokes { held, keys: Vec::new(), text: String::new() };
        for key in keys() {
            let keysym = fingers.keysym(key, level);
            if let Some(character) = Keysym::new(keysym).key_char().filter(|character| !character.is_control()) {
                plain.keys.push(key);
                plain.text.push(character);
            } else if (0xfe50..=0xfe93).contains(&keysym) && !WITHOUT_LETTERS.contains(&keysym) {
                let (_, letter, composed) = DEAD
                    .iter()
                    .find(|(dead, ..)| *dead == keysym)
                    .unwrap_or_else(|| panic!("nothing is known of the dead key {keysym:#x}"));
                let letter = keys()
                    .find(|key| Keysym::new(fingers.keysym(*key, 0)).key_char() == Some(*letter))
                    .expect("every layout has the letters");
                dead.push(Strokes { held, keys: vec![key], text: String::new() });
                dead.push(Strokes { held: &[], keys: vec![letter], text: composed.to_string() });
            }
        }
        all.push(plain);
    }
    all.extend(dead);
    all
}

/// Notes what the page sends to the shell as input.
const NOTE: &str = "const real = window.fetch; window.__sent = [];\
    window.fetch = function (url, options) {\
      if (String(url).endsWith('/input')) window.__sent.push(Array.from(new Uint8Array(options.body)));\
      return real.apply(window, arguments);\
    };";
/// Sends it again, in order.
const SEND: &str = "const [messages, done] = arguments;\
    (async () => {\
      for (const message of messages) await window.__TAURI_INTERNALS__.invoke('input', Uint8Array.from(message));\
    })().then(() => done(null), (error) => done(JSON.stringify(error)));";

/// What the program has heard after the first so many bytes, once it is all there.
fn arrives(file: &Path, after: usize, expected: &str, what: &str) {
    let read = || std::fs::read(file).unwrap()[after..].to_vec();
    let waited = wait_for(what, Duration::from_secs(15), || Ok((read().len() >= expected.len()).then_some(())));
    assert_eq!(String::from_utf8_lossy(&read()), expected, "{what}: {waited:?}");
}

/// How many bytes of text a key brings.
fn text_bytes(message: &Value) -> usize {
    let length = message.as_array().unwrap().len();
    match message[KIND].as_u64() {
        Some(PRESS) => length - KEY_TEXT,
        Some(COMPOSED) => length - TEXT,
        _ => 0,
    }
}

#[test]
fn every_character_of_seven_layouts_arrives_on_each_of_them_with_altgr_and_dead_keys() {
    let call = Call::live().unwrap();
    let file = call.folder.path().join("typed.txt");
    let _terminal = call.desk.raw_keeper(&file).unwrap();
    call.clicks_into("Customer notes").unwrap();
    call.technician.page.script(NOTE, &[]).unwrap();
    let mut at = 0;
    for (turn, console) in LAYOUTS.into_iter().enumerate() {
        let fingers = Fingers::on(&call.console, console).unwrap();
        let desk = LAYOUTS[(turn + 1) % LAYOUTS.len()];
        Fingers::on(&call.desk, desk).unwrap();
        let mut all = String::new();
        for Strokes { held, keys, text } in strokes(&fingers) {
            fingers.strike(held, &keys).unwrap();
            all.push_str(&text);
            arrives(&file, at, &all, &format!("typed on {console}, arriving on {desk}, with {held:?} held"));
        }
        assert!(all.chars().count() > 90, "{console} has more characters than {all:?}");
        fingers.strike(&[], &[RETURN]).unwrap();
        all.push('\r');
        arrives(&file, at, &all, "Return");
        at += all.len();

        let sent = call.technician.page.script("return window.__sent.splice(0)", &[]).unwrap();
        // What was stated of held keys has its own time.
        let keys: Vec<&Value> = sent.as_array().unwrap().iter().filter(|message| message[KIND] != STATEMENT).collect();
        assert!(keys.len() > 180, "only {} messages were noted", keys.len());
        for desk in LAYOUTS.into_iter().filter(|other| *other != desk) {
            Fingers::on(&call.desk, desk).unwrap();
            let mut bytes = 0;
            for some in keys.chunks(AT_ONCE) {
                let refused = call.technician.page.script_async(SEND, &[json!(some)]).unwrap();
                assert_eq!(refused, Value::Null);
                bytes += some.iter().map(|message| text_bytes(message)).sum::<usize>();
                // The last of it is what Return brings, which is no text.
                if bytes + 1 < all.len() {
                    arrives(&file, at, &all[..bytes], &format!("typed on {console}, arriving on {desk}"));
                }
            }
            arrives(&file, at, &all, &format!("typed on {console}, arriving on {desk}"));
            at += all.len();
        }
        call.technician.page.script("window.__sent.length = 0", &[]).unwrap();
    }
    assert_eq!(call.desk.held().unwrap(), Vec::<u8>::new());
}
