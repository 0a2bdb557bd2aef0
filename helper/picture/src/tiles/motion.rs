//! Finds out where what a picture shows was on the viewer's sheet: a page that scrolls, a window that is moved.
//!
//! Places are recognised by what they show: where a pixel differs from the one to its left, the pixels from there on
//! and those some rows below are made into a number, and one of [`SAMPLE`] such numbers is looked up on the sheet. What occurs once there votes
//! for the way from one place to the other. Which places are looked at is decided by their content alone, so it is the
//! same ones before and after a movement.
//!
//! It only proposes: whether a cell is what was there before, whoever packs it compares.

use std::{collections::HashMap, ops::Range};

use deskhand_protocol::call::{
    picture::{CELL, Grid},
    tile::{VECTORS, Vector},
};

use super::{
    mirror::Mirror,
    shadow::{SEEN, Shadow},
};

/// Pixels that are made into a number: some letters, so that a line of text has its own.
const WINDOW: usize = 32;
/// Rows between the two that a number is of: rows next to each other often show the same, in letters and in frames.
const BELOW: u16 = 7;
/// Of these pixels it is decided whether the place is looked at.
const GLANCE: usize = 8;
/// One of so many places is looked at; a power of two.
const SAMPLE: u64 = 16;
/// Of the new picture every fourth row is enough for a vote.
const EVERY: u16 = 4;
/// Of a wide row of cells two parts of so many are enough for a vote: looking at all of a screen takes 6 ms, at these 2.
const WIDE: u16 = 3;
/// Edges looked at on the sheet: a page of text has half of that in the parts looked at. Noise would take much time
/// for nothing.
const EDGES: usize = 150_000;
/// Places kept of the sheet; a power of two, and twice what is put in.
const PLACES: usize = 1 << 14;
/// Votes below which a vector is chance.
const VOTES: u32 = 6;
/// A vector with fewer votes than this part of the best is not worth trying on every cell.
const PART: u32 = 24;

#[derive(Debug, Clone, Copy, Default)]
struct Place {
    /// 0 for none.
    number: u64,
    x: u16,
    y: u16,
    /// It occurs more than once.
    many: bool,
}

/// The movements of what these cells show, ascending cells, the most frequent first; never the one that is none.
pub(super) fn vectors(shadow: &Shadow, mirror: &Mirror, cells: &[u16]) -> Vec<Vector> {
    let bands = bands(shadow.grid(), cells);
    let mut places = vec![Place::default(); PLACES];
    let (mut edges, mut kept) = (0, 0);
    'sheet: for band in &bands {
        for y in band.rows.clone() {
            let rows = [y, y.saturating_add(BELOW)].map(|y| mirror.row(y, band.columns.clone()));
            edges += places_of(rows, |at, number| {
                kept += usize::from(keep(&mut places, Place { number, x: band.x(at), y, many: false }));
            });
            if edges > EDGES || kept > PLACES / 2 {
                break 'sheet;
            }
        }
    }
    let mut votes: HashMap<Vector, u32> = HashMap::new();
    for band in &bands {
        for y in band.rows.clone().filter(|y| y % EVERY == 0) {
            let rows = [y, y.saturating_add(BELOW)].map(|y| shadow.row(y, band.columns.clone()));
            places_of(rows, |at, number| {
                if let Some(place) = find(&places, number).filter(|place| !place.many)
                    && let Some(vector) = way((band.x(at), y), (place.x, place.y))
                {
                    *votes.entry(vector).or_default() += 1;
                }
            });
        }
    }
    votes.remove(&Vector::default());
    let mut votes: Vec<(Vector, u32)> = votes.into_iter().collect();
    votes.sort_unstable_by_key(|(vector, votes)| (std::cmp::Reverse(*votes), vector.dx, vector.dy));
    let least = votes.first().map_or(VOTES, |(_, best)| (best / PART).max(VOTES));
    votes.into_iter().take(VECTORS).take_while(|(_, votes)| *votes >= least).map(|(vector, _)| vector).collect()
}

/// Cells side by side.
struct Band {
    columns: Range<u16>,
    rows: Range<u16>,
}

impl Band {
    /// The same, or two parts of it.
    fn parts(self) -> Vec<Self> {
        let (wide, width) = (WIDE * CELL, self.columns.end - self.columns.start);
        if width <= 2 * wide {
            return vec![self];
        }
        // Of what is left out a third is on either side and a third between.
        let out = (width - 2 * wide) / 3;
        let part = |start: u16| Self { columns: start..start + wide, rows: self.rows.clone() };
        let first = self.columns.start + out;
        vec![part(first), part(first + wide + out)]
    }

    fn x(&self, at: usize) -> u16 {
        self.columns.start.saturating_add(u16::try_from(at).unwrap_or(u16::MAX))
    }
}

fn bands(grid: Grid, cells: &[u16]) -> Vec<Band> {
    let mut bands: Vec<Band> = Vec::new();
    for rect in cells.iter().filter_map(|cell| grid.rect(*cell)) {
        match bands.last_mut() {
            Some(band) if band.rows.start == rect.y && band.columns.end == rect.x => band.columns.end += rect.width,
            _ => bands.push(Band { columns: rect.x..rect.x + rect.width, rows: rect.y..rect.y + rect.height }),
        }
    }
    bands.into_iter().flat_map(Band::parts).collect()
}

/// The way from a place of the picture to one of the sheet.
fn way(to: (u16, u16), from: (u16, u16)) -> Option<Vector> {
    let along = |to: u16, from: u16| i16::try_from(i32::from(from) - i32::from(to)).ok();
    Some(Vector { dx: along(to.0, from.0)?, dy: along(to.1, from.1)? })
}

/// Tells the places of a row that are looked at, each with the number of what it and the row below it show. How many
/// edges there are.
fn places_of([row, below]: [&[[u8; 4]]; 2], mut tell: impl FnMut(usize, u64)) -> usize {
    let Some(last) = row.len().checked_sub(WINDOW) else { return 0 };
    let mut edges = 0;
    let mut before = u32::MAX;
    for (at, pixel) in row.iter().enumerate().take(last + 1) {
        let pixel = u32::from_le_bytes(*pixel) & SEEN;
        if std::mem::replace(&mut before, pixel) == pixel {
            continue;
        }
        edges += 1;
        if row.get(at..at + GLANCE).is_some_and(|glance| number(0, glance).is_multiple_of(SAMPLE))
            && let (Some(row), Some(below)) = (row.get(at..at + WINDOW), below.get(at..at + WINDOW))
        {
            tell(at, number(number(0, row), below));
        }
    }
    edges
}

/// Never 0.
fn number(before: u64, pixels: &[[u8; 4]]) -> u64 {
    let mut number = before ^ 0x9e37_79b9_7f4a_7c15;
    for pair in pixels.as_chunks::<2>().0 {
        let [first, second] = pair.map(|pixel| u64::from(u32::from_le_bytes(pixel) & SEEN));
        number = (number ^ (first | second << 32)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        number ^= number >> 29;
    }
    number | 1 << 63
}

fn slot(number: u64) -> usize {
    usize::try_from(number >> 20).unwrap_or(0) % PLACES
}

/// Whether it is a new one.
fn keep(places: &mut [Place], place: Place) -> bool {
    let mut at = slot(place.number);
    loop {
        match places.get_mut(at) {
            Some(kept) if kept.number == 0 => {
                *kept = place;
                return true;
            }
            Some(kept) if kept.number == place.number => {
                kept.many = true;
                return false;
            }
            _ => at = (at + 1) % PLACES,
        }
    }
}

fn find(places: &[Place], number: u64) -> Option<Place> {
    let mut at = slot(number);
    loop {
        match places.get(at) {
            Some(place) if place.number == number => return Some(*place),
            Some(place) if place.number != 0 => at = (at + 1) % PLACES,
            _ => return None,
        }
    }
}
