//! Two ends with their clipboards in memory, and messages that travel when the test says so.

use std::{cell::RefCell, collections::HashSet, rc::Rc};

use deskhand_protocol::{
    call::{
        clipboard::CopiedFile,
        files::{FileName, Known},
    },
    limit::{CLIPBOARD_MESSAGE, CLIPBOARD_TEXT, COPIED_LIST},
};
use proptest::prelude::*;

use super::*;

const TEXT: ClipboardKind = ClipboardKind::Text;
const IMAGE: ClipboardKind = ClipboardKind::Image;
const FILES: ClipboardKind = ClipboardKind::Files;
/// A list that names a file which came from the other end.
const THEIRS: &[u8] = b"file:///theirs";

#[derive(Debug, Default)]
struct Switches {
    shut: HashSet<Direction>,
    took: Vec<Print>,
}

#[derive(Debug, Clone, Default)]
struct Switchable(Rc<RefCell<Switches>>);

impl Rules for Switchable {
    fn may(&self, direction: Direction) -> bool {
        !self.0.borrow().shut.contains(&direction)
    }

    fn is_foreign(&self, print: Print) -> bool {
        self.0.borrow().took.contains(&print)
    }

    fn took(&mut self, print: Print) {
        self.0.borrow_mut().took.push(print);
    }
}

/// What a clipboard holds.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Held {
    Nothing,
    /// A program's of this machine.
    Own(BTreeMap<ClipboardKind, Bytes>),
    /// The other end's.
    Theirs,
}

#[derive(Debug)]
struct End {
    exchange: Exchange<Switchable>,
    rules: Switchable,
    held: Held,
    inbox: VecDeque<Vec<u8>>,
    sent: usize,
    offers: usize,
    provided: HashMap<u32, Option<Bytes>>,
    pressed: usize,
    told: Vec<Notice>,
    offered: Option<Copied>,
    sends_files: usize,
}

impl End {
    fn new(side: Side) -> Self {
        let rules = Switchable::default();
        Self {
            exchange: Exchange::new(side, rules.clone()),
            rules,
            held: Held::Nothing,
            inbox: VecDeque::new(),
            sent: 0,
            offers: 0,
            provided: HashMap::new(),
            pressed: 0,
            told: Vec::new(),
            offered: None,
            sends_files: 0,
        }
    }

    fn copies(&mut self, parts: &[(ClipboardKind, Bytes)], mark: Mark) {
        let parts: BTreeMap<_, _> = parts.iter().cloned().collect();
        self.exchange.changed(parts.keys().copied().collect(), mark);
        self.held = if parts.is_empty() { Held::Nothing } else { Held::Own(parts) };
        self.settle();
    }

    fn set(&mut self, direction: Direction, open: bool) {
        let mut switches = self.rules.0.borrow_mut();
        if open {
            switches.shut.remove(&direction);
        } else {
            switches.shut.insert(direction);
        }
        drop(switches);
        self.exchange.rules_changed();
        self.settle();
    }

    fn settle(&mut self) {
        while let Some(effect) = self.exchange.poll() {
            match effect {
                Effect::Own { serial, .. } => {
                    self.held = Held::Theirs;
                    self.exchange.owned(serial);
                }
                Effect::Clear => {
                    if self.held == Held::Theirs {
                        self.held = Held::Nothing;
                    }
                }
                Effect::Read { read, kind, limit } => {
                    let content = match &self.held {
                        Held::Own(parts) => parts.get(&kind).cloned().ok_or(Unread::Gone),
                        _ => Err(Unread::Gone),
                    };
                    let result = content.and_then(|content| match content.len() {
                        size if size > limit => Err(Unread::TooBig { size }),
                        _ => Ok(content),
                    });
                    self.exchange.read(read, result);
                }
                Effect::Provide { want, content } => drop(self.provided.insert(want, content)),
                Effect::Clean { request, image } => {
                    let whole = if image.starts_with(b"PNG") { Ok(image) } else { Err(Unfit::NotPng) };
                    self.exchange.cleaned(request, whole);
                }
                Effect::Press => self.pressed += 1,
                Effect::Look { read, list } => {
                    let names = list.split(|byte| *byte == b'\n').filter_map(|line| line.strip_prefix(b"file:///"));
                    let known = Known { size: 1, modified_ms: 0 };
                    let file =
                        |name: &[u8]| CopiedFile { name: FileName::new(String::from_utf8_lossy(name)).unwrap(), known };
                    let files: Vec<CopiedFile> = names.map(file).collect();
                    let looked = match files {
                        _ if list == THEIRS => Looked::Foreign,
                        files if files.is_empty() => Looked::None,
                        files => Looked::Copied(Copied::Files { set: 1, files }),
                    };
                    self.exchange.looked(read, looked);
                }
                Effect::Offered(copied) => self.offered = copied,
                Effect::SendFiles => self.sends_files += 1,
                Effect::Collect { set } => {
                    self.exchange.arrived(Bytes::from(format!("file:///pasted/{set}")), Then::Press);
                }
                Effect::Tell(notice) => self.told.push(notice),
            }
        }
    }

    fn says(&mut self) -> Option<Vec<u8>> {
        let message = self.exchange.message();
        self.settle();
        let message = message?;
        self.offers += usize::from(matches!(message, ClipboardMessage::Offer(_)));
        let bytes = message.encode();
        self.sent += bytes.len();
        assert!(bytes.len() <= CLIPBOARD_MESSAGE);
        Some(bytes)
    }

    fn hears(&mut self) -> bool {
        let Some(bytes) = self.inbox.pop_front() else { return false };
        let message = ClipboardMessage::decode(&bytes).unwrap();
        self.exchange.heard(message).unwrap();
        self.settle();
        true
    }
}

struct Pair([End; 2]);

impl Pair {
    fn new() -> Self {
        Self([End::new(Side::Helper), End::new(Side::Console)])
    }

    fn helper(&mut self) -> &mut End {
        &mut self.0[0]
    }

    fn console(&mut self) -> &mut End {
        &mut self.0[1]
    }

    /// One message leaves an end, or reaches it.
    fn step(&mut self, end: usize, hear: bool) -> bool {
        if hear {
            return self.0[end].hears();
        }
        let Some(bytes) = self.0[end].says() else { return false };
        self.0[1 - end].inbox.push_back(bytes);
        true
    }

    fn quiet(&mut self) {
        let all = [(0, false), (1, false), (0, true), (1, true)];
        while all.iter().fold(false, |any, (end, hear)| self.step(*end, *hear) || any) {}
    }

    /// What a program at this end gets when it pastes.
    fn pastes(&mut self, end: usize, kind: ClipboardKind) -> Option<Bytes> {
        match self.0[end].held.clone() {
            Held::Nothing => None,
            Held::Own(parts) => parts.get(&kind).cloned(),
            Held::Theirs => {
                let want = u32::try_from(self.0[end].provided.len()).unwrap() + 1_000;
                self.0[end].exchange.wanted(want, kind);
                self.0[end].settle();
                self.quiet();
                self.0[end].provided.get(&want).expect("an answer").clone()
            }
        }
    }
}

fn text(text: &str) -> Vec<(ClipboardKind, Bytes)> {
    vec![(TEXT, Bytes::copy_from_slice(text.as_bytes()))]
}

fn picture(size: usize) -> Bytes {
    let mut image = b"PNG".to_vec();
    image.extend((3..size).map(|at| (at * 31 % 251) as u8));
    image.into()
}

#[test]
fn small_content_is_there_at_once_and_big_content_only_when_it_is_pasted() {
    let mut pair = Pair::new();
    pair.console().copies(&text("a line"), Mark::Plain);
    pair.quiet();
    pair.console().held = Held::Nothing;
    assert_eq!(pair.pastes(0, TEXT).as_deref(), Some(&b"a line"[..]), "its program may be gone");

    let image = picture(3_000_000);
    let before = pair.helper().sent;
    pair.helper().copies(&[(IMAGE, image.clone())], Mark::Plain);
    pair.quiet();
    assert_eq!(pair.console().held, Held::Theirs);
    assert!(pair.helper().sent - before < 100, "nothing big has left");
    assert_eq!(pair.pastes(1, IMAGE), Some(image.clone()));
    assert!(pair.helper().sent > image.len());
    let after = pair.helper().sent;
    assert_eq!(pair.pastes(1, IMAGE), Some(image));
    assert_eq!(pair.helper().sent, after, "pasted twice, sent once");
}

#[test]
fn nothing_passes_a_way_that_is_shut() {
    let mut pair = Pair::new();
    pair.console().set(Direction::Out, false);
    pair.console().copies(&text("the technician's"), Mark::Plain);
    pair.quiet();
    assert_eq!((pair.console().sent, pair.helper().held.clone()), (0, Held::Nothing));
    pair.console().set(Direction::Out, true);
    pair.quiet();
    assert_eq!(pair.pastes(0, TEXT).as_deref(), Some(&b"the technician's"[..]), "it is offered as soon as it may be");

    // Shut at the end that takes.
    pair.console().set(Direction::In, false);
    pair.helper().copies(&text("the customer's"), Mark::Plain);
    pair.quiet();
    assert_eq!(pair.pastes(1, TEXT).as_deref(), Some(&b"the technician's"[..]));

    // Shut in the middle of something long.
    pair.console().set(Direction::In, true);
    pair.helper().copies(&[(IMAGE, picture(2_000_000))], Mark::Plain);
    pair.quiet();
    pair.console().exchange.wanted(7, IMAGE);
    pair.console().settle();
    for _ in 0..20 {
        pair.step(1, false);
        pair.step(0, true);
        pair.step(0, false);
        pair.step(1, true);
    }
    let before = pair.helper().sent;
    assert!(before > 100_000, "it is under way");
    pair.helper().set(Direction::Out, false);
    pair.quiet();
    assert!(pair.helper().sent - before < 100, "not one more piece has left");
    assert_eq!(pair.console().provided.get(&7), Some(&None));
}

#[test]
fn what_came_from_the_other_end_never_goes_back() {
    let mut pair = Pair::new();
    pair.helper().copies(&text("hello"), Mark::Plain);
    pair.quiet();
    // A clipboard manager keeps a copy of everything and becomes its owner.
    pair.console().copies(&text("hello"), Mark::Plain);
    pair.quiet();
    assert_eq!((pair.console().offers, pair.helper().offers), (0, 1));
    let image = picture(500_000);
    pair.helper().copies(&[(IMAGE, image.clone())], Mark::Plain);
    pair.quiet();
    assert_eq!(pair.pastes(1, IMAGE), Some(image.clone()));
    pair.console().copies(&[(IMAGE, image)], Mark::Plain);
    pair.quiet();
    assert_eq!(pair.pastes(0, IMAGE), None, "nor a big one, which is told from others when it is asked for");
}

#[test]
fn what_is_marked_as_secret_goes_only_with_paste() {
    let mut pair = Pair::new();
    pair.console().copies(&text("hunter2"), Mark::Secret);
    pair.quiet();
    assert_eq!(pair.helper().held, Held::Nothing);
    pair.console().exchange.paste();
    pair.console().settle();
    pair.quiet();
    assert_eq!(pair.helper().pressed, 1);
    assert_eq!(pair.pastes(0, TEXT).as_deref(), Some(&b"hunter2"[..]));
}

#[test]
fn paste_presses_the_key_once_the_content_is_there_and_not_at_all_without_it() {
    let mut pair = Pair::new();
    pair.console().exchange.paste();
    pair.console().settle();
    assert_eq!(pair.console().told.last(), Some(&Notice::NothingToPaste));
    pair.console().copies(&text("one"), Mark::Plain);
    pair.console().exchange.paste();
    pair.console().settle();
    pair.quiet();
    assert_eq!(pair.helper().pressed, 1);
    pair.helper().set(Direction::In, false);
    pair.console().copies(&text("two"), Mark::Plain);
    pair.console().exchange.paste();
    pair.console().settle();
    pair.quiet();
    assert_eq!(pair.helper().pressed, 1, "what is there is not what was meant");
    pair.helper().set(Direction::In, true);
    pair.console().exchange.taken_by_another();
    pair.console().exchange.paste();
    pair.console().settle();
    pair.quiet();
    assert_eq!((pair.helper().pressed, pair.console().told.last()), (1, Some(&Notice::NotYours)));
}

#[test]
fn what_is_too_big_or_not_what_it_says_is_told_to_both() {
    let mut pair = Pair::new();
    let long = Bytes::from(vec![b'x'; CLIPBOARD_TEXT + 1]);
    pair.helper().copies(&[(TEXT, long)], Mark::Plain);
    pair.quiet();
    assert_eq!(pair.pastes(1, TEXT), None);
    let (size, limit) = (CLIPBOARD_TEXT + 1, CLIPBOARD_TEXT);
    let failed = |direction, kind, why, size, limit| Notice::Failed { direction, kind, why, size, limit };
    assert!(pair.helper().told.contains(&failed(Direction::Out, TEXT, NoContent::TooBig, size, limit)));
    assert!(pair.console().told.contains(&failed(Direction::In, TEXT, NoContent::TooBig, size, limit)));

    pair.helper().copies(&[(IMAGE, Bytes::from_static(b"#!/bin/sh"))], Mark::Plain);
    pair.quiet();
    assert_eq!(pair.pastes(1, IMAGE), None);
    assert!(pair.console().told.contains(&failed(Direction::In, IMAGE, NoContent::Unfit, 0, 0)));
}

#[test]
fn content_whose_program_was_killed_is_refused_and_the_next_passes() {
    let mut pair = Pair::new();
    pair.helper().copies(&[(IMAGE, picture(100_000))], Mark::Plain);
    pair.quiet();
    pair.helper().copies(&[], Mark::Plain);
    pair.quiet();
    assert_eq!(pair.console().held, Held::Nothing, "what cannot be had any more is not there");
    pair.helper().copies(&text("next"), Mark::Plain);
    pair.quiet();
    assert_eq!(pair.pastes(1, TEXT).as_deref(), Some(&b"next"[..]));
}

#[test]
fn an_end_that_breaks_the_rules_is_caught() {
    let offer = |serial| {
        ClipboardMessage::Offer(Offer { serial, seen: 0, mark: Mark::Plain, parts: [(TEXT, Part::OnDemand)].into() })
    };
    let end = || {
        let mut end = End::new(Side::Console);
        end.exchange.heard(offer(5)).unwrap();
        end.settle();
        end.exchange.wanted(1, TEXT);
        end.settle();
        let _ = end.says();
        end
    };
    let code = |end: &mut End, message| end.exchange.heard(message).map_err(|breach| breach.code);
    assert_eq!(code(&mut end(), offer(5)), Err(ErrorCode::OutOfOrder));
    assert_eq!(code(&mut end(), ClipboardMessage::Paste { serial: 0 }), Err(ErrorCode::OutOfOrder));
    let piece = |bytes: &'static [u8]| ClipboardMessage::Chunk { request: 1, bytes: Bytes::from_static(bytes) };
    assert_eq!(code(&mut end(), piece(b"x")), Err(ErrorCode::OutOfOrder));
    let mut one = end();
    one.exchange.heard(ClipboardMessage::Begin { request: 1, length: 2 }).unwrap();
    assert_eq!(code(&mut one, piece(b"xxx")), Err(ErrorCode::Malformed));

    // Text that is none is not handed over, and a length that is too long not even begun.
    for (length, bytes) in [(2, &b"\xff\xfe"[..]), (3, b"a\0b"), (u32::MAX, b"x")] {
        let mut end = end();
        end.exchange.heard(ClipboardMessage::Begin { request: 1, length }).unwrap();
        let _ = end.exchange.heard(piece(bytes));
        end.settle();
        assert_eq!(end.provided.get(&1), Some(&None), "{length}");
    }

    // Questions without end.
    let mut asked = End::new(Side::Helper);
    asked.copies(&text("x"), Mark::Plain);
    let _ = asked.says();
    let want = |request| ClipboardMessage::Want { request, serial: 1, kind: TEXT };
    let refused = (0..10_000).find_map(|request| asked.exchange.heard(want(request)).err());
    assert_eq!(refused.map(|breach| breach.code), Some(ErrorCode::TooMany));
}

fn files(list: &str) -> Vec<(ClipboardKind, Bytes)> {
    // What file managers copy beside it.
    [text("/home/ada/secret path"), vec![(FILES, Bytes::copy_from_slice(list.as_bytes()))]].concat()
}

#[test]
fn of_the_customers_files_only_names_leave_and_nothing_is_there_to_paste_before_they_came() {
    let mut pair = Pair::new();
    pair.helper().copies(&text("before"), Mark::Plain);
    pair.quiet();
    assert_eq!(pair.console().held, Held::Theirs);
    let before = pair.helper().sent;
    pair.helper().copies(&files("file:///Größe.txt\nfile:///b"), Mark::Plain);
    pair.quiet();
    let offered = pair.console().offered.clone().expect("an offer");
    assert_eq!((offered.count(), offered.size()), (2, 2));
    assert!(pair.helper().sent - before < 150, "neither a path nor content");
    assert_eq!(pair.console().held, Held::Nothing, "what was there before is not what is pasted now");
    assert_eq!(pair.pastes(1, FILES), None);
    // Fetched by the technician's click.
    pair.console().exchange.arrived(Bytes::from_static(b"file:///copied/b"), Then::Rest);
    pair.console().settle();
    assert_eq!(pair.pastes(1, FILES).as_deref(), Some(&b"file:///copied/b"[..]));
    assert_eq!((pair.helper().pressed, pair.console().pressed), (0, 0));
    // Something else takes their place.
    pair.helper().copies(&text("after"), Mark::Plain);
    pair.quiet();
    assert_eq!(pair.console().offered, None);
    assert_eq!(pair.pastes(1, TEXT).as_deref(), Some(&b"after"[..]));
    assert_eq!(pair.pastes(1, FILES), None);
}

#[test]
fn the_technicians_files_leave_only_with_paste_and_nothing_of_them_before() {
    let mut pair = Pair::new();
    pair.console().copies(&text("before"), Mark::Plain);
    pair.quiet();
    let before = pair.console().offers;
    pair.console().copies(&files("file:///b"), Mark::Plain);
    pair.quiet();
    assert_eq!((pair.console().offers, pair.console().sends_files), (before, 0));
    pair.console().exchange.paste();
    pair.console().settle();
    assert_eq!(pair.console().sends_files, 1);
    pair.console().exchange.sent_files(9);
    pair.quiet();
    assert_eq!(pair.helper().pressed, 1);
    assert_eq!(pair.pastes(0, FILES).as_deref(), Some(&b"file:///pasted/9"[..]));
    assert_eq!(pair.pastes(0, TEXT), None);

    // Shut, they do not even begin; and where the customer's end shuts, they are not put into the clipboard.
    pair.console().set(Direction::Out, false);
    pair.console().exchange.paste();
    pair.console().settle();
    assert_eq!(pair.console().sends_files, 1);
    pair.helper().set(Direction::In, false);
    pair.console().exchange.sent_files(10);
    pair.quiet();
    assert_eq!(pair.helper().pressed, 1);
}

#[test]
fn files_that_came_from_elsewhere_pages_of_the_web_and_endless_lists_are_no_copied_files() {
    let mut pair = Pair::new();
    pair.console().copies(&[(FILES, Bytes::from_static(THEIRS))], Mark::Plain);
    pair.console().exchange.paste();
    pair.console().settle();
    assert_eq!((pair.console().sends_files, pair.console().told.last()), (0, Some(&Notice::NotYours)));
    // The same for one who pastes while it is still being looked at.
    let early = &mut End::new(Side::Console);
    early.held = Held::Own(BTreeMap::from([(FILES, Bytes::from_static(THEIRS))]));
    early.exchange.changed([FILES].into(), Mark::Plain);
    early.exchange.paste();
    early.settle();
    assert_eq!((early.sends_files, early.told.last()), (0, Some(&Notice::NotYours)));

    let page = [text("https://example.org"), vec![(FILES, Bytes::from_static(b"https://example.org"))]].concat();
    pair.console().copies(&page, Mark::Plain);
    pair.quiet();
    assert_eq!(pair.pastes(0, TEXT).as_deref(), Some(&b"https://example.org"[..]), "a link is a text");

    let endless = "file:///b\n".repeat(COPIED_LIST / 10 + 1);
    pair.helper().copies(&files(&endless), Mark::Plain);
    pair.quiet();
    let told = pair.console().offered.clone();
    assert!(matches!(told, Some(Copied::Not { why: NotCarried::TooMany, .. })), "{told:?}");
}

#[test]
fn an_end_that_turns_the_way_of_files_around_is_caught() {
    let copied = Copied::Not { why: NotCarried::TooBig, count: 1, size: 1 };
    let parts = BTreeMap::from([(FILES, Part::Here(copied.encode().into()))]);
    let offer = ClipboardMessage::Offer(Offer { serial: 1, seen: 0, mark: Mark::Plain, parts });
    let code = |side, message| End::new(side).exchange.heard(message).map_err(|breach| breach.code);
    assert_eq!(code(Side::Helper, offer), Err(ErrorCode::OutOfOrder));
    assert_eq!(code(Side::Console, ClipboardMessage::Files { set: 1 }), Err(ErrorCode::OutOfOrder));
}

#[derive(Debug, Clone)]
enum Deed {
    Copy { end: usize, number: u16, big: bool },
    Step { end: usize, hear: bool },
    Switch { end: usize, out: bool, open: bool },
    Kill { end: usize },
}

fn deed() -> impl Strategy<Value = Deed> {
    let end = || 0..2_usize;
    prop_oneof![
        3 => (end(), any::<u16>(), prop::bool::weighted(0.2)).prop_map(|(end, number, big)| Deed::Copy { end, number, big }),
        12 => (end(), any::<bool>()).prop_map(|(end, hear)| Deed::Step { end, hear }),
        1 => (end(), any::<bool>(), any::<bool>()).prop_map(|(end, out, open)| Deed::Switch { end, out, open }),
        1 => end().prop_map(|end| Deed::Kill { end }),
    ]
}

proptest! {
    /// Whatever is copied where and whenever: in the end both have the same, and nothing goes round in circles.
    #[test]
    fn both_ends_agree_once_everything_has_arrived(deeds in prop::collection::vec(deed(), 0..120)) {
        let mut pair = Pair::new();
        let mut copied = 0;
        for deed in deeds {
            match deed {
                Deed::Copy { end, number, big } => {
                    copied += 1;
                    let content = format!("{end} {copied} {number}").repeat(if big { 20_000 } else { 1 });
                    pair.0[end].copies(&text(&content), Mark::Plain);
                }
                Deed::Step { end, hear } => drop(pair.step(end, hear)),
                Deed::Switch { end, out, open } => {
                    pair.0[end].set(if out { Direction::Out } else { Direction::In }, open);
                }
                Deed::Kill { end } => if matches!(pair.0[end].held, Held::Own(_)) { pair.0[end].copies(&[], Mark::Plain) },
            }
        }
        for end in 0..2 {
            for direction in [Direction::Out, Direction::In] {
                pair.0[end].set(direction, true);
            }
        }
        pair.quiet();
        // Everything is open now: what is copied last is what both have.
        pair.console().copies(&text("the last word"), Mark::Plain);
        pair.quiet();
        prop_assert_eq!(pair.pastes(0, TEXT), pair.pastes(1, TEXT));
        let offers = pair.0[0].offers + pair.0[1].offers;
        prop_assert!(offers <= 2 * copied + 260, "{offers} offers of {copied} copies");
        let before = offers;
        pair.quiet();
        prop_assert_eq!(pair.0[0].offers + pair.0[1].offers, before, "and then it is quiet");
    }

    /// An end that sends anything at all makes the other neither panic nor hand over what is not text.
    #[test]
    fn nothing_that_an_end_sends_makes_the_other_panic(
        messages in prop::collection::vec(
            prop_oneof![
                (1..9_u32, 0..4_u32, prop::collection::vec(0..3_usize, 0..3)).prop_map(|(serial, seen, kinds)| {
                    let parts = kinds.into_iter().map(|kind| (ClipboardKind::ALL[kind], Part::OnDemand)).collect();
                    ClipboardMessage::Offer(Offer { serial, seen, mark: Mark::Plain, parts })
                }),
                (0..4_u32, 0..4_u32, 0..3_usize).prop_map(|(request, serial, kind)| {
                    ClipboardMessage::Want { request, serial, kind: ClipboardKind::ALL[kind] }
                }),
                (0..4_u32, prop_oneof![0..9_u32, any::<u32>()])
                    .prop_map(|(request, length)| ClipboardMessage::Begin { request, length }),
                (0..4_u32, prop::collection::vec(any::<u8>(), 1..9))
                    .prop_map(|(request, bytes)| ClipboardMessage::Chunk { request, bytes: bytes.into() }),
                (0..9_u32).prop_map(|serial| ClipboardMessage::Gone { serial }),
                (0..9_u32).prop_map(|serial| ClipboardMessage::Paste { serial }),
                (0..3_u32).prop_map(|set| ClipboardMessage::Files { set }),
            ],
            0..60,
        ),
        pastes in prop::collection::vec(0..3_usize, 60),
    ) {
        let mut end = End::new(Side::Helper);
        end.copies(&text("mine"), Mark::Plain);
        for (message, kind) in messages.into_iter().zip(pastes) {
            if end.exchange.heard(message).is_err() {
                break;
            }
            end.settle();
            if end.held == Held::Theirs {
                end.exchange.wanted(u32::try_from(end.provided.len()).unwrap(), ClipboardKind::ALL[kind]);
            }
            let _ = end.says();
        }
        for content in end.provided.values().flatten() {
            prop_assert!(std::str::from_utf8(content).is_ok() || content.starts_with(b"PNG"));
        }
    }
}
