//! Makes messages of cells: each told in the way that suits it, as many as a number of bytes allows.

use deskhand_protocol::{
    call::{
        picture::Stamp,
        tile::{Effort, Shows, Tile, TileMessage, Vector},
    },
    limit::TILE_MESSAGE,
};

use super::{
    mirror::Mirror,
    shadow::Shadow,
    shows::{Teller, Told},
};

/// The most cells of one message that fills in: more take too long to pack while something else may be urgent.
const CELLS: usize = 48;
/// What a cell of which nothing is known comes to: most are text or empty.
const UNKNOWN: u64 = 350;

/// A message ready to be sent.
pub(crate) struct Packed {
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
    /// The cells in it, ascending.
    pub(crate) cells: Vec<u16>,
}

impl Packed {
    /// How many bytes it has.
    pub(crate) fn len(&self) -> u64 {
        u64::try_from(self.bytes.len()).unwrap_or(u64::MAX)
    }
}

impl std::fmt::Debug for Packed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Packed({} cells, {} bytes)", self.cells.len(), self.bytes.len())
    }
}

/// What a message is of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Of<'a> {
    pub(super) shadow: &'a Shadow,
    /// What the viewer it is for has.
    pub(super) mirror: &'a Mirror,
    pub(super) monitor: u8,
    pub(super) stamp: Stamp,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Packer {
    teller: Teller,
    /// What came out of the last messages, in thousandths of what was expected.
    learned: u64,
    /// What a cell came to in the last messages.
    mean: u64,
}

impl Packer {
    pub(super) fn new() -> Self {
        Self { teller: Teller::new(), learned: 1000, mean: UNKNOWN }
    }

    /// What so many cells will come to.
    pub(super) fn estimate(&self, cells: usize) -> u64 {
        u64::try_from(cells).unwrap_or(u64::MAX).saturating_mul(self.mean)
    }

    /// A message of all of these cells, ascending, if it has no more than `most` bytes.
    pub(super) fn pack_all(&mut self, of: Of<'_>, cells: &[u16], vectors: &[Vector], most: u64) -> Option<Packed> {
        let grid = of.shadow.grid();
        let (mut told, mut expected) = (Vec::with_capacity(cells.len()), 0);
        self.teller.begin();
        for cell in cells {
            let Told { shows, cost } = self.teller.tell(of.shadow, of.mirror, grid.rect(*cell)?, vectors);
            expected += cost;
            // What is expected is not exact: what comes to less than half of it is rare.
            if expected * self.learned / 1000 > most.saturating_mul(2) {
                return None;
            }
            told.push((Tile { cell: *cell, shows }, cost));
        }
        let packed = self.message(of, told, vectors, Effort::Fast)?;
        (packed.len() <= most).then_some(packed)
    }

    /// A message of the first of these cells, about as many as fit into `most` bytes but at least one; `None` if there
    /// is none.
    pub(super) fn pack(
        &mut self,
        of: Of<'_>,
        cells: impl IntoIterator<Item = u16>,
        most: u64,
        effort: Effort,
    ) -> Option<Packed> {
        let grid = of.shadow.grid();
        let (mut told, mut order, mut expected) = (Vec::new(), Vec::new(), 0);
        self.teller.begin();
        for cell in cells.into_iter().take(CELLS) {
            let Some(rect) = grid.rect(cell) else { continue };
            let Told { shows, cost } = self.teller.tell(of.shadow, of.mirror, rect, &[]);
            expected += cost;
            told.push((Tile { cell, shows }, cost));
            order.push(cell);
            if expected * self.learned / 1000 >= most {
                break;
            }
        }
        if order.is_empty() {
            return None;
        }
        self.message(of, told, &[], effort).or_else(|| {
            // What was to go first stays; one cell alone always fits.
            order.truncate(order.len() / 2);
            self.pack(of, order, most, effort)
        })
    }

    /// `None` if it is too long to be sent.
    fn message(
        &mut self,
        of: Of<'_>,
        mut told: Vec<(Tile, u64)>,
        vectors: &[Vector],
        effort: Effort,
    ) -> Option<Packed> {
        told.sort_unstable_by_key(|(tile, _)| tile.cell);
        let cells: Vec<u16> = told.iter().map(|(tile, _)| tile.cell).collect();
        let expected = told.iter().map(|(_, cost)| *cost).sum();
        let anew = told.iter().all(|(tile, _)| matches!(tile.shows, Shows::Pixels(_)));
        let tiles = in_runs(told.into_iter().map(|(tile, _)| tile));
        let Of { shadow, mirror, monitor, stamp } = of;
        let (grid, number, vectors) = (shadow.grid(), mirror.number(), vectors.to_vec());
        let bytes = TileMessage { monitor, stamp, grid, number, vectors, tiles }.encode(effort);
        if bytes.len() > TILE_MESSAGE {
            return None;
        }
        let packed = Packed { bytes, cells };
        // What refers to the sheet says nothing of what a cell comes to that nobody has.
        if anew {
            self.learn(&packed, expected);
        }
        Some(packed)
    }

    fn learn(&mut self, packed: &Packed, expected: u64) {
        let cells = u64::try_from(packed.cells.len()).unwrap_or(1).max(1);
        self.mean = (self.mean * 3 + packed.len() / cells) / 4;
        // Of one or two cells not much can be learned: what they share with others does not show.
        if cells > 4 && expected > 0 {
            let came_to = (packed.len() * 1000 / expected).clamp(100, 3_000);
            self.learned = (self.learned * 3 + came_to) / 4;
        }
    }
}

/// Cells side by side that are kept from the same place are one tile.
fn in_runs(tiles: impl Iterator<Item = Tile>) -> Vec<Tile> {
    let mut runs: Vec<Tile> = Vec::new();
    for tile in tiles {
        if let (Some(Tile { cell, shows: Shows::Kept { from, cells } }), Shows::Kept { from: other, .. }) =
            (runs.last_mut(), &tile.shows)
            && *from == *other
            && cell.checked_add(*cells) == Some(tile.cell)
        {
            *cells += 1;
            continue;
        }
        runs.push(tile);
    }
    runs
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use deskhand_capture::{Frame, Region};
    use deskhand_protocol::call::{
        picture::{CellRect, Grid},
        tile::Pixels,
    };
    use deskhand_viewer::sheet::Sheet;

    use super::{super::motion, *};

    /// A picture whose pixels are given by column and row.
    fn shadow(width: u16, height: u16, pixel: impl Fn(u32, u32) -> [u8; 3]) -> Shadow {
        let mut shadow = Shadow::new(Grid::new(width, height));
        let all = (0..u32::from(height)).flat_map(|y| (0..u32::from(width)).map(move |x| (x, y)));
        let bgra: Vec<u8> = all
            .flat_map(|(x, y)| {
                let [red, green, blue] = pixel(x, y);
                [blue, green, red, (x ^ y) as u8]
            })
            .collect();
        let changed = Region::whole(width, height);
        let stride = usize::from(width) * 4;
        shadow.update(&Frame { bgra: &bgra, stride, width, height, changed: &changed, captured: Instant::now() });
        shadow
    }

    fn noise(x: u32, y: u32) -> [u8; 3] {
        let mut value = (x + y * 8_191 + 7).wrapping_mul(0x9e37_79b1);
        value ^= value >> 15;
        value = value.wrapping_mul(0x85eb_ca6b);
        [value as u8, (value >> 9) as u8, (value >> 19) as u8]
    }

    fn of<'a>(shadow: &'a Shadow, mirror: &'a Mirror) -> Of<'a> {
        Of { shadow, mirror, monitor: 3, stamp: Stamp(9) }
    }

    /// Packs everything, message by message, and says what a viewer reads.
    fn read(shadow: &Shadow, most: u64) -> Vec<TileMessage> {
        let (mut packer, mut mirror) = (Packer::new(), Mirror::new(shadow.grid()));
        let mut left: Vec<u16> = (0..shadow.grid().cells() as u16).collect();
        let mut messages = Vec::new();
        while !left.is_empty() {
            let packed = packer.pack(of(shadow, &mirror), left.iter().copied(), most, Effort::Fast).expect("a message");
            mirror.drew(shadow, &packed.cells);
            assert!(packed.bytes.len() <= TILE_MESSAGE);
            left.retain(|cell| !packed.cells.contains(cell));
            messages.push(TileMessage::decode(&packed.bytes).expect("it can be read"));
        }
        messages
    }

    #[test]
    fn every_pixel_reads_back_in_whatever_encoding() {
        let shadow = shadow(300, 130, |x, y| match x / 64 {
            0 => [1, 2, 3],
            1 => [(x * y % 7) as u8, 0, 0],
            2 => [0, (x % 64 * 4 + y % 4) as u8, 0],
            _ => noise(x, y),
        });
        let mut kinds = std::collections::BTreeSet::new();
        for message in read(&shadow, 10_000) {
            for tile in &message.tiles {
                let Shows::Pixels(pixels) = &tile.shows else { panic!("nothing is known yet") };
                kinds.insert(format!("{pixels:?}"));
                let rect = shadow.grid().rect(tile.cell).expect("inside");
                let truth: Vec<u8> =
                    shadow.rows(rect).flatten().flat_map(|[blue, green, red, _]| [*red, *green, *blue]).collect();
                assert_eq!(pixels.to_rgb(rect), truth, "cell {}", tile.cell);
            }
        }
        assert_eq!(kinds.len(), 3, "{kinds:?}");
    }

    /// What a viewer that had `before` gets for `after`, and how many bytes that takes.
    fn follows(before: &Shadow, after: &Shadow, most: u64) -> Option<(TileMessage, u64)> {
        let all: Vec<u16> = (0..after.grid().cells() as u16).collect();
        let mut mirror = Mirror::new(after.grid());
        mirror.drew(before, &all);
        let vectors = motion::vectors(after, &mirror, &all);
        let packed = Packer::new().pack_all(of(after, &mirror), &all, &vectors, most)?;
        let message = TileMessage::decode(&packed.bytes).expect("it can be read");
        let mut sheet = Sheet::new(after.grid());
        let whole = read(before, u64::MAX);
        whole.iter().for_each(|message| sheet.draw(message).expect("in its turn"));
        let number = u32::try_from(whole.len()).expect("few");
        sheet.draw(&TileMessage { number, ..message.clone() }).expect("in its turn");
        let (width, height) = after.grid().size();
        let rect = CellRect { x: 0, y: 0, width, height };
        let truth = after.rows(rect).flatten().flat_map(|[blue, green, red, _]| [*red, *green, *blue]);
        assert!(truth.eq(sheet.rows(rect).flatten().copied()), "the viewer has something else");
        Some((message, packed.len()))
    }

    /// Lines of text in a column that begins at 40, down by `down`; a frame around it stands still.
    fn page(down: u32) -> Shadow {
        shadow(700, 500, move |x, y| {
            if !(40..650).contains(&x) || !(30..470).contains(&y) {
                return if x % 90 < 3 || y % 70 < 2 { [20, 60, 90] } else { [200; 3] };
            }
            let (x, y) = (x - 40, y + down);
            let [glyph, ..] = noise(x / 9, y / 18);
            let bit = (x % 9 / 2 + y % 18 / 2 * 4) % 8;
            if x % 9 < 7 && y % 18 < 12 && glyph >> bit & 1 == 1 { noise(7, y / 18) } else { [255; 3] }
        })
    }

    #[test]
    fn a_page_that_scrolls_takes_what_comes_into_sight_and_little_else() {
        let (_, anew) = follows(&shadow(700, 500, |_, _| [0; 3]), &page(0), u64::MAX).expect("a message");
        for (from, to) in [(0, 23), (100, 60), (0, 130)] {
            let (message, bytes) = follows(&page(from), &page(to), u64::MAX).expect("a message");
            let way = i16::try_from(to).expect("near") - i16::try_from(from).expect("near");
            assert_eq!(message.vectors.first(), Some(&Vector { dx: 0, dy: way }));
            assert!(bytes < anew / 2, "{from} to {to}: {bytes} of {anew} bytes");
        }
    }

    #[test]
    fn a_window_that_is_moved_is_found_wherever_it_goes() {
        let desk = |left: u32, top: u32| {
            shadow(700, 500, move |x, y| {
                let (inside, over) = (x.wrapping_sub(left), y.wrapping_sub(top));
                if inside < 300 && over < 200 { noise(inside / 3, over / 2) } else { noise(x / 40, y / 40) }
            })
        };
        let (message, bytes) = follows(&desk(100, 80), &desk(117, 71), u64::MAX).expect("a message");
        assert_eq!(message.vectors, [Vector { dx: -17, dy: 9 }]);
        assert!(bytes < 9_000, "{bytes} bytes");
    }

    #[test]
    fn a_letter_takes_what_it_changes() {
        let typed = |letters: u32| {
            shadow(640, 128, move |x, y| {
                let written = (100..118).contains(&y) && x < letters * 9 && noise(x / 2, y / 2)[0] > 128;
                if written { [0; 3] } else { [250, 250, (x / 64) as u8] }
            })
        };
        let (message, bytes) = follows(&typed(20), &typed(21), 600).expect("a message");
        let patched = message.tiles.iter().filter(|tile| matches!(tile.shows, Shows::Patched { .. })).count();
        assert_eq!((patched, message.cells().count()), (1, 20));
        assert!(bytes < 120, "{bytes} bytes");
    }

    #[test]
    fn another_picture_is_not_a_movement() {
        let (before, after) = (shadow(640, 480, noise), shadow(640, 480, |x, y| noise(y, x)));
        assert!(follows(&before, &after, 20_000).is_none(), "it is too much");
    }

    #[test]
    fn messages_of_the_hardest_picture_fit_and_are_about_as_long_as_asked() {
        let shadow = shadow(64 * 12, 64 * 12, noise);
        let messages = read(&shadow, 25_000);
        assert!(messages.len() < 80, "{} messages of 144 cells", messages.len());
        assert!(read(&shadow, u64::MAX).iter().all(|message| message.tiles.len() <= 5));
    }

    #[test]
    fn what_it_costs() {
        // Strokes two pixels wide, in five inks on white.
        let text = shadow(1920, 1080, |x, y| {
            let [glyph, ..] = noise(x / 9, y / 18);
            let bit = (x % 9 / 2 + y % 18 / 2 * 4) % 8;
            let ink = x % 9 < 7 && y % 18 < 12 && glyph >> bit & 1 == 1;
            if ink { noise(x / 300, 5) } else { [255; 3] }
        });
        let noise = shadow(1920, 1080, noise);
        for (what, shadow) in [("text", &text), ("noise", &noise)] {
            for effort in [Effort::Fast, Effort::Small] {
                let (mut packer, mirror) = (Packer::new(), Mirror::new(shadow.grid()));
                let began = Instant::now();
                let line = packer.pack(of(shadow, &mirror), 100..104, u64::MAX, effort).expect("a message");
                println!("{what}, {effort:?}: {line:?} after {:?}", began.elapsed());
                let (began, mut left, mut bytes, mut messages) = (Instant::now(), 0..510, 0, 0);
                while let Some(packed) = packer.pack(of(shadow, &mirror), left.clone(), 25_000, effort) {
                    left.start += packed.cells.len() as u16;
                    bytes += packed.len();
                    messages += 1;
                }
                println!("{what}, {effort:?}: {bytes} bytes in {messages} messages after {:?}", began.elapsed());
                assert!(left.is_empty() && bytes > 0);
            }
        }
    }

    #[test]
    fn colours_up_to_256_make_a_palette() {
        for (count, palette) in [(256, true), (257, false)] {
            let shadow = shadow(64, 64, |x, y| {
                let index = (y * 64 + x) % count;
                [index as u8, (index >> 8) as u8, 77]
            });
            let shows = &read(&shadow, 1)[0].tiles[0].shows;
            let is_palette = matches!(shows, Shows::Pixels(Pixels::Palette { .. }));
            assert_eq!(is_palette, palette, "{count} colours");
        }
    }
}
