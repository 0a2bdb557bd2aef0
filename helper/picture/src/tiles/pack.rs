//! Makes messages of cells: each in the encoding that suits it, as many as a number of bytes allows.

use deskhand_protocol::{
    call::{
        picture::{CellRect, Stamp},
        tile::{Effort, Pixels, Tile, TileMessage},
    },
    limit::TILE_MESSAGE,
};

use super::shadow::Shadow;

/// The most cells of one message: more take too long to pack while something else may be urgent.
const CELLS: usize = 48;
/// What cells come to, packed, before anything was learned: one colour, few colours, many.
const COST: [u64; 3] = [5, 500, 6_000];
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

/// See the module.
#[derive(Debug)]
pub(super) struct Packer {
    palette: Palette,
    /// What came out of the last messages, in thousandths of what was expected.
    learned: u64,
    /// What a cell came to in the last messages.
    mean: u64,
}

impl Packer {
    pub(super) fn new() -> Self {
        Self { palette: Palette::new(), learned: 1000, mean: UNKNOWN }
    }

    /// What so many cells will come to.
    pub(super) fn estimate(&self, cells: usize) -> u64 {
        u64::try_from(cells).unwrap_or(u64::MAX).saturating_mul(self.mean)
    }

    /// A message of the first of these cells, about as many as fit into `most` bytes but at least one; `None` if there
    /// is none.
    pub(super) fn pack(
        &mut self,
        shadow: &Shadow,
        (monitor, stamp): (u8, Stamp),
        cells: impl IntoIterator<Item = u16>,
        most: u64,
        effort: Effort,
    ) -> Option<Packed> {
        let grid = shadow.grid();
        let mut tiles = Vec::new();
        let mut expected = 0;
        for cell in cells.into_iter().take(CELLS) {
            let Some(rect) = grid.rect(cell) else { continue };
            let pixels = self.pixels(shadow, rect);
            expected += cost(&pixels, rect);
            tiles.push(Tile { cell, pixels });
            if expected * self.learned / 1000 >= most {
                break;
            }
        }
        while !tiles.is_empty() {
            let mut message = TileMessage { monitor, stamp, grid, tiles };
            let mut order: Vec<u16> = message.tiles.iter().map(|tile| tile.cell).collect();
            message.tiles.sort_unstable_by_key(|tile| tile.cell);
            let bytes = message.encode(effort);
            if bytes.len() <= TILE_MESSAGE {
                let cells = message.tiles.iter().map(|tile| tile.cell).collect();
                let packed = Packed { bytes, cells };
                self.learn(
                    &packed,
                    message.tiles.iter().filter_map(|tile| Some(cost(&tile.pixels, grid.rect(tile.cell)?))).sum(),
                );
                return Some(packed);
            }
            // What was to go first stays; one cell alone always fits.
            order.truncate(order.len().div_ceil(2));
            tiles = message.tiles.into_iter().filter(|tile| order.contains(&tile.cell)).collect();
            tiles.sort_unstable_by_key(|tile| order.iter().position(|cell| *cell == tile.cell));
        }
        None
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

    /// A cell in the encoding that suits it.
    fn pixels(&mut self, shadow: &Shadow, rect: CellRect) -> Pixels {
        let mut indices = Vec::with_capacity(rect.pixels());
        self.palette.clear();
        for row in shadow.rows(rect) {
            for pixel in row {
                match self.palette.index(*pixel) {
                    Some(index) => indices.push(index),
                    None => return full(shadow, rect),
                }
            }
        }
        match self.palette.colours() {
            [colour] => Pixels::Plain(*colour),
            colours => Pixels::Palette { colours: colours.to_vec(), indices },
        }
    }
}

fn full(shadow: &Shadow, rect: CellRect) -> Pixels {
    Pixels::Full(shadow.rows(rect).flatten().flat_map(|[blue, green, red, _]| [*red, *green, *blue]).collect())
}

/// What a cell comes to, packed, as far as one can tell without packing it.
fn cost(pixels: &Pixels, rect: CellRect) -> u64 {
    let [plain, palette, full] = COST;
    let area = |cost: u64| cost * u64::try_from(rect.pixels()).unwrap_or(0) / 4096 + plain;
    match pixels {
        Pixels::Plain(_) => plain,
        // Few colours make long runs, many do not.
        Pixels::Palette { colours, .. } => area(palette * u64::from(colours.len().max(2).ilog2())),
        Pixels::Full(_) => area(full),
    }
}

/// Up to 256 colours, found by open addressing.
struct Palette {
    colours: Vec<[u8; 3]>,
    /// Colour with the lowest bit of the fourth byte set, and its index; 0 for a free place.
    places: Box<[(u32, u8); Self::PLACES]>,
    last: Option<(u32, u8)>,
}

impl std::fmt::Debug for Palette {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Palette({})", self.colours.len())
    }
}

impl Palette {
    const PLACES: usize = 1024;

    fn new() -> Self {
        Self { colours: Vec::with_capacity(256), places: Box::new([(0, 0); Self::PLACES]), last: None }
    }

    fn clear(&mut self) {
        self.colours.clear();
        self.places.fill((0, 0));
        self.last = None;
    }

    fn colours(&self) -> &[[u8; 3]] {
        &self.colours
    }

    /// The index of a colour; `None` when there are too many.
    fn index(&mut self, [blue, green, red, _]: [u8; 4]) -> Option<u8> {
        let key = u32::from_le_bytes([red, green, blue, 1]);
        if let Some((last, index)) = self.last
            && last == key
        {
            return Some(index);
        }
        let mut place = (key.wrapping_mul(0x9e37_79b1) >> 22) as usize;
        let index = loop {
            match self.places.get_mut(place)? {
                (known, index) if *known == key => break *index,
                free @ (0, _) => {
                    let index = u8::try_from(self.colours.len()).ok()?;
                    self.colours.push([red, green, blue]);
                    *free = (key, index);
                    break index;
                }
                _ => place = (place + 1) % Self::PLACES,
            }
        };
        self.last = Some((key, index));
        Some(index)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use deskhand_capture::{Frame, Region};
    use deskhand_protocol::call::picture::Grid;

    use super::*;

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

    /// Packs everything, message by message, and says what a viewer reads.
    fn read(shadow: &Shadow, most: u64) -> Vec<TileMessage> {
        let mut packer = Packer::new();
        let mut left: Vec<u16> = (0..shadow.grid().cells() as u16).collect();
        let mut messages = Vec::new();
        while !left.is_empty() {
            let packed =
                packer.pack(shadow, (3, Stamp(9)), left.iter().copied(), most, Effort::Fast).expect("a message");
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
                kinds.insert(format!("{:?}", tile.pixels));
                let rect = shadow.grid().rect(tile.cell).expect("inside");
                let truth: Vec<u8> =
                    shadow.rows(rect).flatten().flat_map(|[blue, green, red, _]| [*red, *green, *blue]).collect();
                assert_eq!(tile.pixels.to_rgb(rect), truth, "cell {}", tile.cell);
            }
        }
        assert_eq!(kinds.len(), 3, "{kinds:?}");
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
                let mut packer = Packer::new();
                let began = Instant::now();
                let line = packer.pack(shadow, (0, Stamp(1)), 100..104, u64::MAX, effort).expect("a message");
                println!("{what}, {effort:?}: {line:?} after {:?}", began.elapsed());
                let (began, mut left, mut bytes, mut messages) = (Instant::now(), 0..510, 0, 0);
                while let Some(packed) = packer.pack(shadow, (0, Stamp(1)), left.clone(), 25_000, effort) {
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
            let pixels = &read(&shadow, 1)[0].tiles[0].pixels;
            assert_eq!(matches!(pixels, Pixels::Palette { .. }), palette, "{count} colours");
        }
    }
}
