//! Every decoder of binary messages and names from someone else: round trips, and no input that makes it panic.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use deskhand_protocol::{
    call::{
        control::VideoCodec,
        cursor::CursorMessage,
        files::{
            Entry, EntryKind, FileName, FilePath, FilesAnswer, FilesError, FilesRequest, Known, Part,
            Place as FilesPlace, PlaceKind, Replace, RequestId, SearchEnd,
        },
        frame::EncodedFrame,
        held::HeldSet,
        input::{Button, InputError, InputEvent, InputMessage, KeyUsage, Locks, Modifiers, Place},
        picture::{CellRect, Grid, Moved, PictureInfo, Stamp},
        point::{PointEvent, Tool},
        tile::{Effort, Fill, Patch, Pixels, Shows, Tile, TileMessage, Vector},
    },
    limit,
    text::{Name, TextError},
};
use proptest::prelude::*;

fn place() -> impl Strategy<Value = Place> {
    (any::<u8>(), any::<u16>(), any::<u16>()).prop_map(|(monitor, x, y)| Place { monitor, x, y })
}

fn button() -> impl Strategy<Value = Button> {
    prop::sample::select(vec![Button::Left, Button::Middle, Button::Right, Button::Back, Button::Forward])
}

/// Each lock is on, off or unknown.
fn locks() -> impl Strategy<Value = Locks> {
    (0..8_u8, 0..8_u8).prop_map(|(on, unknown)| Locks(on & !unknown | Locks::unknown(unknown).0))
}

fn held() -> impl Strategy<Value = HeldSet> {
    let keys = prop::collection::btree_set(any::<u16>().prop_map(KeyUsage), 0..=limit::HELD_KEYS);
    (keys, prop::collection::btree_set(button(), 0..=5)).prop_map(|(keys, buttons)| HeldSet { keys, buttons })
}

fn event() -> impl Strategy<Value = InputEvent> {
    prop_oneof![
        (any::<u16>(), 0..32_u8, locks(), "\\PC{0,8}").prop_map(|(key, modifiers, locks, text)| InputEvent::KeyDown {
            key: KeyUsage(key),
            modifiers: Modifiers(modifiers),
            locks,
            text,
        }),
        any::<u16>().prop_map(|key| InputEvent::KeyUp { key: KeyUsage(key) }),
        "\\PC{1,200}".prop_map(|text| InputEvent::Text { text }),
        (button(), place()).prop_map(|(button, place)| InputEvent::ButtonDown { button, place }),
        (button(), place()).prop_map(|(button, place)| InputEvent::ButtonUp { button, place }),
        (place(), any::<i16>(), any::<i16>()).prop_map(|(place, dx, dy)| InputEvent::Wheel { place, dx, dy }),
        Just(InputEvent::ReleaseAll),
        held().prop_map(InputEvent::Held),
        place().prop_map(|place| InputEvent::Motion { place }),
        (prop::sample::select(vec![Tool::Pen, Tool::Arrow, Tool::Box]), place())
            .prop_map(|(tool, place)| InputEvent::Point(PointEvent::Begin { tool, place })),
        place().prop_map(|place| InputEvent::Point(PointEvent::To { place })),
        place().prop_map(|place| InputEvent::Point(PointEvent::At { place })),
        prop::sample::select(vec![PointEvent::Clear, PointEvent::Gone]).prop_map(InputEvent::Point),
    ]
}

fn moved(width: u16, height: u16) -> impl Strategy<Value = Moved> {
    let cells = u16::try_from(Grid::new(width, height).cells()).unwrap();
    prop::collection::btree_set(0..cells, 0..40).prop_map(Moved::of)
}

fn pixels(rect: CellRect, kind: u8, seed: u32) -> Option<Pixels> {
    let count = rect.pixels();
    let value = |index: usize| (seed.wrapping_add(index as u32).wrapping_mul(0x9e37_79b1) >> 24) as u8;
    Some(match kind {
        0 => Pixels::Plain([value(0), value(1), value(2)]),
        1 => {
            let colours: Vec<[u8; 3]> =
                (0..=usize::from(value(0))).map(|index| [value(index), 0, value(index + 1)]).collect();
            let indices = (0..count).map(|index| value(index) % colours.len().min(255) as u8).collect();
            Pixels::Palette { colours, indices }
        }
        2 => Pixels::Full((0..count * 3).map(value).collect()),
        _ => return None,
    })
}

/// A tile of that kind, or none.
fn tile(grid: Grid, cell: u16, kind: u8, seed: u32) -> Option<Tile> {
    let rect = grid.rect(cell).unwrap();
    let from = (seed % 3) as u8;
    let shows = match kind {
        3 => Shows::Kept { from, cells: 1 },
        4 => {
            let (width, height) = ((rect.width / 2).max(1), (rect.height / 2).max(1));
            let part = CellRect { x: rect.x + rect.width - width, y: rect.y + rect.height - height, width, height };
            let fill = pixels(part, (seed % 4) as u8, seed).map_or(Fill::Kept { from: 2 }, Fill::Pixels);
            let [x, y] = [part.x - rect.x, part.y - rect.y].map(|edge| edge as u8);
            let patch = Patch { x, y, width: width as u8, height: height as u8, fill };
            Shows::Patched { from, patches: vec![patch] }
        }
        kind => Shows::Pixels(pixels(rect, kind, seed)?),
    };
    Some(Tile { cell, shows })
}

fn file_name() -> impl Strategy<Value = FileName> {
    "[^/\\x00]{1,40}".prop_filter_map("no name", |name| FileName::new(name).ok())
}

fn file_path() -> impl Strategy<Value = FilePath> {
    (any::<u16>(), prop::collection::vec(file_name(), 0..6)).prop_map(|(place, names)| FilePath { place, names })
}

fn known() -> impl Strategy<Value = Known> {
    (any::<u64>(), any::<i64>()).prop_map(|(size, modified_ms)| Known { size, modified_ms })
}

fn entry() -> impl Strategy<Value = Entry> {
    let kind = prop::sample::select(vec![EntryKind::File, EntryKind::Folder, EntryKind::Link, EntryKind::Other]);
    (file_name(), kind, any::<u64>(), any::<i64>(), any::<bool>())
        .prop_map(|(name, kind, size, modified_ms, hidden)| Entry { name, kind, size, modified_ms, hidden })
}

fn data() -> impl Strategy<Value = (u64, Vec<u8>)> {
    (0..u64::MAX / 2, prop::collection::vec(any::<u8>(), 1..200))
}

fn request() -> impl Strategy<Value = FilesRequest> {
    prop_oneof![
        Just(FilesRequest::Places),
        file_path().prop_map(FilesRequest::List),
        file_path().prop_map(FilesRequest::Stat),
        (file_path(), "\\PC{1,40}").prop_map(|(path, text)| FilesRequest::Search(path, text)),
        file_path().prop_map(FilesRequest::MakeFolder),
        (file_path(), file_name()).prop_map(|(path, name)| FilesRequest::Rename(path, name)),
        file_path().prop_map(FilesRequest::Trash),
        (file_path(), any::<u64>(), prop::option::of(known())).prop_map(|(path, offset, known)| FilesRequest::Read {
            path,
            offset,
            known
        }),
        (file_path(), known(), prop::sample::select(vec![Replace::Never, Replace::Always]))
            .prop_map(|(path, known, replace)| FilesRequest::Write { path, known, replace }),
        any::<[u8; 32]>().prop_map(FilesRequest::Finish),
        prop::sample::select(vec![Part::Keep, Part::Forget]).prop_map(FilesRequest::Cancel),
        data().prop_map(|(offset, bytes)| FilesRequest::Data { offset, bytes }),
        any::<u32>().prop_map(FilesRequest::Credit),
    ]
}

fn answer() -> impl Strategy<Value = FilesAnswer> {
    let kind = prop::sample::select(vec![PlaceKind::Granted, PlaceKind::Drive, PlaceKind::Documents]);
    let place = (file_name(), kind, file_path()).prop_map(|(name, kind, path)| FilesPlace { name, kind, path });
    let end = prop::sample::select(vec![SearchEnd::NotYet, SearchEnd::All, SearchEnd::Cut]);
    let error = prop::sample::select(vec![FilesError::NotGranted, FilesError::Protected, FilesError::Failed]);
    prop_oneof![
        prop::collection::vec(place, 0..4).prop_map(FilesAnswer::Places),
        (prop::collection::vec(entry(), 0..5), any::<bool>())
            .prop_map(|(entries, last)| FilesAnswer::Entries { entries, last }),
        entry().prop_map(FilesAnswer::Entry),
        (prop::collection::vec((file_path(), entry()), 0..5), end)
            .prop_map(|(hits, end)| FilesAnswer::Found { hits, end }),
        Just(FilesAnswer::Ok),
        known().prop_map(FilesAnswer::Opened),
        any::<u64>().prop_map(FilesAnswer::Ready),
        (any::<[u8; 32]>(), file_name()).prop_map(|(hash, name)| FilesAnswer::Done { hash, name }),
        error.prop_map(FilesAnswer::Error),
        data().prop_map(|(offset, bytes)| FilesAnswer::Data { offset, bytes }),
        any::<u32>().prop_map(FilesAnswer::Credit),
    ]
}

proptest! {
    #[test]
    fn messages_about_files_read_back_and_a_shortened_one_is_another_or_none(
        id: u32, request in request(), answer in answer(), cut: prop::sample::Index,
    ) {
        let bytes = request.encode(RequestId(id));
        prop_assert_eq!(FilesRequest::decode(&bytes).unwrap(), (RequestId(id), request.clone()));
        if let Ok((_, short)) = FilesRequest::decode(&bytes[..cut.index(bytes.len())]) {
            let is_data = matches!((&short, &request), (FilesRequest::Data { .. }, FilesRequest::Data { .. }));
            prop_assert!(is_data, "only bytes of a file may be fewer");
        }
        let bytes = answer.encode(RequestId(id));
        prop_assert_eq!(FilesAnswer::decode(&bytes).unwrap(), (RequestId(id), answer));
        // What is for one direction is nothing in the other, but bytes and credit.
        if let Ok((_, other)) = FilesRequest::decode(&bytes) {
            let both = matches!(other, FilesRequest::Data { .. } | FilesRequest::Credit(_));
            prop_assert!(both, "it is for the other direction");
        }
    }

    #[test]
    fn no_bytes_make_the_files_decoders_panic_and_what_is_read_is_written_the_same(
        kind: u8, real: bool, bytes in prop::collection::vec(any::<u8>(), 0..300), request in request(), at: prop::sample::Index, byte: u8,
    ) {
        let bytes = if real {
            let mut bytes = request.encode(RequestId(7));
            let at = at.index(bytes.len());
            bytes[at] = byte;
            bytes
        } else {
            [&[1, kind][..], &bytes].concat()
        };
        if let Ok((id, request)) = FilesRequest::decode(&bytes) {
            prop_assert_eq!(request.encode(id), bytes.clone());
        }
        if let Ok((id, answer)) = FilesAnswer::decode(&bytes) {
            prop_assert_eq!(answer.encode(id), bytes);
        }
    }

    #[test]
    fn what_is_written_of_an_input_event_reads_back(seq: u32, event in event()) {
        let message = InputMessage { seq, event };
        let bytes = message.encode();
        prop_assert!(bytes.len() <= limit::INPUT_MESSAGE);
        prop_assert_eq!(InputMessage::decode(&bytes).unwrap(), message);
    }

    #[test]
    fn a_truncated_input_event_is_refused_or_shorter(seq: u32, event in event(), cut: prop::sample::Index) {
        let message = InputMessage { seq, event };
        let bytes = message.encode();
        let cut = cut.index(bytes.len());
        if let Ok(read) = InputMessage::decode(&bytes[..cut]) {
            // Only the text at the end may be cut without a trace.
            prop_assert_eq!(read.seq, seq);
            prop_assert_ne!(read, message);
        }
    }

    #[test]
    fn no_bytes_make_a_binary_decoder_panic(bytes in prop::collection::vec(any::<u8>(), 0..1_300)) {
        let input = InputMessage::decode(&bytes);
        if bytes.len() > limit::INPUT_MESSAGE {
            prop_assert_eq!(input, Err(InputError::TooLarge));
        } else if let Ok(message) = input {
            prop_assert_eq!(&message.encode(), &bytes);
        }
        if let Ok(message) = CursorMessage::decode(&bytes) {
            prop_assert_eq!(message.encode(), bytes.clone());
        }
        if let Ok(info) = PictureInfo::decode(&bytes) {
            prop_assert_eq!(info.encode(), bytes.clone());
        }
        let _ = TileMessage::decode(&bytes);
        if let Ok(frame) = EncodedFrame::decode(&bytes) {
            prop_assert_eq!(frame.encode(), bytes);
        }
    }

    #[test]
    fn a_cursor_shape_reads_back_and_never_when_shortened(
        id: u32, hot: (u16, u16), width in 1..=40_u16, height in 1..=40_u16, seed: u8,
    ) {
        let rgba = (0..usize::from(width) * usize::from(height) * 4).map(|i| seed.wrapping_add(i as u8)).collect();
        let shape = CursorMessage::Shape { id, hot_x: hot.0, hot_y: hot.1, width, height, rgba };
        let bytes = shape.encode();
        prop_assert_eq!(CursorMessage::decode(&bytes).unwrap(), shape);
        prop_assert!(CursorMessage::decode(&bytes[..bytes.len() - 1]).is_err());
    }

    #[test]
    fn a_frame_reads_back(
        key: bool, seq: u32, captured_us: u64, stamp: u32, moved in moved(1919, 1079),
        data in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let (codec, stamp) = (VideoCodec::Av1, Stamp(stamp));
        let moved = if key { Moved::none() } else { moved };
        let (width, height) = (1919, 1079);
        let frame = EncodedFrame { codec, key, monitor: 1, seq, width, height, captured_us, stamp, moved, data };
        prop_assert_eq!(EncodedFrame::decode(&frame.encode()).unwrap(), frame);
    }

    #[test]
    fn a_picture_info_reads_back_and_never_when_shortened(monitor: u8, moved in moved(1000, 700), cut: prop::sample::Index) {
        let info = PictureInfo { monitor, width: 1000, height: 700, moved };
        let bytes = info.encode();
        prop_assert!(PictureInfo::decode(&bytes[..cut.index(bytes.len())]).is_err());
        prop_assert_eq!(PictureInfo::decode(&bytes).unwrap(), info);
    }

    #[test]
    fn moved_cells_are_those_that_were_named(cells in prop::collection::btree_set(any::<u16>(), 0..300)) {
        let moved = Moved::of(cells.iter().copied());
        prop_assert_eq!(moved.cells().collect::<Vec<_>>(), cells.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn every_pixel_of_a_picture_lies_in_one_cell(width in 1..=400_u16, height in 1..=400_u16) {
        let grid = Grid::new(width, height);
        let mut area = 0;
        for cell in 0..u16::try_from(grid.cells()).unwrap() {
            let rect = grid.rect(cell).unwrap();
            prop_assert!(rect.width > 0 && rect.height > 0 && rect.x + rect.width <= width && rect.y + rect.height <= height);
            prop_assert_eq!(grid.cell(rect.x / 64, rect.y / 64), Some(cell));
            area += rect.pixels();
        }
        prop_assert_eq!(area, usize::from(width) * usize::from(height));
        prop_assert_eq!(grid.cell(grid.columns(), 0), None);
    }

    #[test]
    fn a_tile_message_reads_back_and_never_when_damaged(
        stamp: u32, width in 1..=200_u16, height in 1..=200_u16, kinds in prop::collection::vec(0..6_u8, 16), seed: u32,
        cut: prop::sample::Index,
    ) {
        let grid = Grid::new(width, height);
        let cells = 0..u16::try_from(grid.cells()).unwrap();
        let tiles: Vec<Tile> = cells.zip(kinds).filter_map(|(cell, kind)| tile(grid, cell, kind, seed)).collect();
        let vectors = vec![Vector { dx: -3, dy: seed as i16 }, Vector { dx: i16::MAX, dy: i16::MIN }];
        let message = TileMessage { monitor: 3, stamp: Stamp(stamp), grid, number: seed, vectors, tiles };
        let bytes = message.encode(if seed % 2 == 0 { Effort::Fast } else { Effort::Small });
        let read = TileMessage::decode(&bytes);
        if message.tiles.is_empty() {
            prop_assert!(read.is_err());
        } else if bytes.len() <= limit::TILE_MESSAGE {
            prop_assert_eq!(read.unwrap(), message);
            prop_assert!(TileMessage::decode(&bytes[..cut.index(bytes.len())]).is_err());
            let mut longer = bytes.clone();
            longer.push(0);
            prop_assert!(TileMessage::decode(&longer).is_err());
            // Any one byte changed: refused or read as something else, never a panic.
            let mut other = bytes;
            let at = cut.index(other.len());
            other[at] ^= (seed >> 8) as u8 | 1;
            let _ = TileMessage::decode(&other);
        }
    }

    #[test]
    fn a_name_is_bounded_and_plain(text in "\\PC{0,200}|.{0,200}") {
        match Name::new(text.clone()) {
            Ok(name) => prop_assert!(name.as_str() == text && text.chars().count() <= limit::NAME_CHARS),
            Err(TextError::TooLong { max }) => prop_assert!(text.chars().count() > max),
            Err(_) => prop_assert!(text.chars().count() <= limit::NAME_CHARS),
        }
        prop_assert!(Name::new(Name::lossy(&text).as_str()).is_ok());
    }
}

#[test]
fn a_picture_larger_than_its_shape_allows_is_not_a_cursor() {
    let mut bytes = CursorMessage::Shape { id: 1, hot_x: 0, hot_y: 0, width: 1, height: 1, rgba: vec![0; 4] }.encode();
    bytes[9..11].copy_from_slice(&u16::MAX.to_le_bytes());
    bytes[11..13].copy_from_slice(&u16::MAX.to_le_bytes());
    assert!(CursorMessage::decode(&bytes).is_err());
    assert!(CursorMessage::decode(&vec![0x01; limit::CURSOR_MESSAGE + 1]).is_err());
}

#[test]
fn a_tile_message_that_promises_more_than_it_can_hold_gets_no_memory() {
    let message = |edge: u16, tile: Tile| {
        let grid = Grid::new(edge, edge);
        TileMessage { monitor: 0, stamp: Stamp(0), grid, number: 0, vectors: vec![], tiles: vec![tile] }
            .encode(Effort::Fast)
    };
    let plain = || Tile::of(0, Pixels::Plain([0; 3]));
    assert!(TileMessage::decode(&message(11_000, plain())).is_ok());
    assert!(TileMessage::decode(&message(u16::MAX, plain())).is_err(), "no screen is so large");
    let mut bytes = message(11_000, plain());
    bytes[15..17].copy_from_slice(&29_000_u16.to_le_bytes());
    bytes[17..21].copy_from_slice(&(29_000 * 12_000_u32).to_le_bytes());
    assert!(TileMessage::decode(&bytes).is_err());
    bytes.resize(limit::TILE_MESSAGE + 1, 0);
    assert!(TileMessage::decode(&bytes).is_err());
}

#[test]
fn stamps_are_compared_across_their_wrap() {
    assert!(
        Stamp(u32::MAX).is_before(Stamp(0)) && !Stamp(0).is_before(Stamp(u32::MAX)) && !Stamp(5).is_before(Stamp(5))
    );
    assert_eq!(Stamp::at_micros(1_000_000), Stamp(90_000));
    assert_eq!(Stamp::at_micros((1 << 32) * 100 / 9), Stamp(u32::MAX), "13 hours, rounded down");
}

#[test]
fn a_name_cannot_turn_its_reading_direction() {
    assert_eq!(Name::new("invoice\u{202e}fdp.exe"), Err(TextError::ForbiddenCharacter));
    assert_eq!(Name::new("\u{1b}[31mred"), Err(TextError::ForbiddenCharacter));
    assert_eq!(Name::lossy("a\u{202e}b\u{7}").as_str(), "ab");
}

#[test]
fn what_is_typed_is_never_printed() {
    let event = InputEvent::Text { text: "hunter2".to_owned() };
    assert!(!format!("{event:?}").contains("hunter2"));
}

#[test]
fn a_tile_that_refers_to_nothing_or_beyond_its_picture_is_refused() {
    let message = |shows: Shows| {
        let (grid, vectors) = (Grid::new(100, 100), vec![Vector { dx: 1, dy: 1 }]);
        TileMessage { monitor: 0, stamp: Stamp(0), grid, number: 1, vectors, tiles: vec![Tile { cell: 1, shows }] }
            .encode(Effort::Fast)
    };
    let patched = |patches: Vec<(u8, u8, u8, u8, u8)>| Shows::Patched {
        from: 0,
        patches: patches
            .into_iter()
            .map(|(x, y, width, height, from)| Patch { x, y, width, height, fill: Fill::Kept { from } })
            .collect(),
    };
    for shows in [
        Shows::Kept { from: 1, cells: 3 },
        Shows::Kept { from: 0, cells: 1 },
        patched(vec![(0, 0, 36, 64, 1)]),
        patched(vec![(35, 63, 1, 1, 0); 8]),
    ] {
        assert!(TileMessage::decode(&message(shows.clone())).is_ok(), "{shows:?}");
    }
    for shows in [
        Shows::Kept { from: 2, cells: 1 },
        Shows::Kept { from: 1, cells: 0 },
        Shows::Kept { from: 1, cells: 4 },
        patched(vec![]),
        patched(vec![(0, 0, 1, 1, 2)]),
        patched(vec![(0, 0, 36, 64, 0), (0, 0, 1, 1, 0)]),
        patched(vec![(35, 63, 1, 1, 0); 9]),
    ] {
        assert!(TileMessage::decode(&message(shows.clone())).is_err(), "{shows:?}");
    }
    // What does not lie in its cell is not even written: the body is short of it.
    assert!(TileMessage::decode(&message(patched(vec![(36, 0, 1, 1, 0)]))).is_err());
}
