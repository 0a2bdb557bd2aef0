//! How one cell is told: by pixels, or by what the viewer's sheet has and what differs from it.

use std::ops::Range;

use deskhand_protocol::call::{
    picture::CellRect,
    tile::{Fill, PATCHES, Patch, Pixels, Shows, Vector},
};

use super::{mirror::Mirror, palette::Palette, shadow::Shadow};

/// What cells come to, packed, before anything was learned: one colour, few colours, many.
const COST: [u64; 3] = [5, 500, 6_000];
/// What it takes to say that a cell is kept, or where a patch lies.
const COST_KEPT: u64 = 4;
/// Rows that are as they were between two that are not: so many are told again rather than another patch begun.
const GAP: u16 = 3;
/// A cell of which more than this part, of four, is told anew is told anew as a whole.
const MOSTLY: usize = 3;

/// What a cell shows, and what that will come to.
pub(super) struct Told {
    pub(super) shows: Shows,
    /// In bytes, packed.
    pub(super) cost: u64,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Teller {
    palette: Palette,
}

impl Teller {
    pub(super) fn new() -> Self {
        Self { palette: Palette::new() }
    }

    /// Another message begins.
    pub(super) fn begin(&mut self) {
        self.palette.clear();
    }

    /// A cell as it is now. The vectors are tried in their order, and then none.
    pub(super) fn tell(&mut self, shadow: &Shadow, mirror: &Mirror, rect: CellRect, vectors: &[Vector]) -> Told {
        if let Some(told) = self.kept(shadow, mirror, rect, vectors) {
            return told;
        }
        let (pixels, cost) = self.pixels(shadow, rect);
        Told { shows: Shows::Pixels(pixels), cost }
    }

    /// By what the sheet has, if that is worth it.
    fn kept(&mut self, shadow: &Shadow, mirror: &Mirror, rect: CellRect, vectors: &[Vector]) -> Option<Told> {
        let mut best: Option<(u8, Vec<Range<u16>>, u16)> = None;
        for (from, vector) in numbered(vectors) {
            let Some(other) = mirror.other_rows(shadow, rect, vector) else { continue };
            let rows = other.iter().map(|rows| rows.end - rows.start).sum();
            if rows == 0 {
                return Some(Told { shows: Shows::Kept { from, cells: 1 }, cost: COST_KEPT });
            }
            if best.as_ref().is_none_or(|(_, _, least)| rows < *least) {
                best = Some((from, other, rows));
            }
        }
        let (from, other, _) = best?;
        let base = vector_of(vectors, from);
        let (mut patches, mut cost, mut area) = (Vec::new(), COST_KEPT, 0);
        for rows in joined(other) {
            let band = CellRect { y: rect.y + rows.start, height: rows.end - rows.start, ..rect };
            let columns = mirror.other_columns(shadow, band, base);
            let part = CellRect { x: rect.x + columns.start, width: columns.end - columns.start, ..band };
            let elsewhere = numbered(vectors).find(|(other, vector)| {
                *other != from && mirror.other_rows(shadow, part, *vector).is_some_and(|other| other.is_empty())
            });
            let fill = match elsewhere {
                Some((from, _)) => Fill::Kept { from },
                None => {
                    area += part.pixels();
                    let (pixels, pixels_cost) = self.pixels(shadow, part);
                    cost += pixels_cost;
                    Fill::Pixels(pixels)
                }
            };
            cost += COST_KEPT;
            let edge = |length: u16| u8::try_from(length).unwrap_or(u8::MAX);
            let (x, y) = (edge(part.x - rect.x), edge(part.y - rect.y));
            patches.push(Patch { x, y, width: edge(part.width), height: edge(part.height), fill });
        }
        let mostly = area * 4 > rect.pixels() * MOSTLY;
        (!mostly).then_some(Told { shows: Shows::Patched { from, patches }, cost })
    }

    /// A part in the encoding that suits it, and what that comes to.
    fn pixels(&mut self, shadow: &Shadow, rect: CellRect) -> (Pixels, u64) {
        let pixels = self.encoded(shadow, rect);
        let cost = cost(&pixels, rect);
        (pixels, cost)
    }

    fn encoded(&mut self, shadow: &Shadow, rect: CellRect) -> Pixels {
        // The colours of the parts before stay where they are, so that the same letters have the same bytes.
        let indices = self.indices(shadow, rect).or_else(|| {
            self.palette.clear();
            self.indices(shadow, rect)
        });
        match indices {
            Some(indices) => of_colours(self.palette.colours(), indices),
            None => full(shadow, rect),
        }
    }

    /// `None` if there is no room for all of its colours.
    fn indices(&mut self, shadow: &Shadow, rect: CellRect) -> Option<Vec<u8>> {
        let mut indices = Vec::with_capacity(rect.pixels());
        for row in shadow.rows(rect) {
            for pixel in row {
                indices.push(self.palette.index(*pixel)?);
            }
        }
        Some(indices)
    }
}

fn of_colours(colours: &[[u8; 3]], indices: Vec<u8>) -> Pixels {
    match (indices.iter().min(), indices.iter().max()) {
        (Some(least), Some(most)) if least == most => {
            Pixels::Plain(colours.get(usize::from(*most)).copied().unwrap_or_default())
        }
        (_, most) => {
            let used = colours.iter().take(most.map_or(0, |most| usize::from(*most) + 1));
            Pixels::Palette { colours: used.copied().collect(), indices }
        }
    }
}

/// The vectors with their numbers in a message, and at the end none.
fn numbered(vectors: &[Vector]) -> impl Iterator<Item = (u8, Vector)> {
    (1..).zip(vectors.iter().copied()).chain([(0, Vector::default())])
}

fn vector_of(vectors: &[Vector], from: u8) -> Vector {
    usize::from(from).checked_sub(1).and_then(|index| vectors.get(index)).copied().unwrap_or_default()
}

/// The same rows in no more parts than there may be patches.
fn joined(rows: Vec<Range<u16>>) -> Vec<Range<u16>> {
    let mut joined: Vec<Range<u16>> = Vec::new();
    for rows in rows {
        match joined.last_mut() {
            Some(last) if rows.start - last.end <= GAP => last.end = rows.end,
            _ => joined.push(rows),
        }
    }
    if joined.len() > PATCHES
        && let Some(end) = joined.last().map(|last| last.end)
        && let Some(first) = joined.first_mut()
    {
        first.end = end;
        joined.truncate(1);
    }
    joined
}

fn full(shadow: &Shadow, rect: CellRect) -> Pixels {
    Pixels::Full(shadow.rows(rect).flatten().flat_map(|[blue, green, red, _]| [*red, *green, *blue]).collect())
}

/// What pixels come to, packed, as far as one can tell without packing them.
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
