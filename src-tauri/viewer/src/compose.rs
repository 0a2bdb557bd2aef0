//! Puts video and exact tiles together, by the time of their capture and never by their arrival: the viewer's rule of
//! `deskhand_protocol::call::picture`, for an end without a page.
//!
//! # Invariants
//!
//! - No tile is drawn over a picture that shows something newer in its cell.
//! - What waits for a key frame never takes more than [`limit::TILES_WAITING`].

use std::collections::VecDeque;

use deskhand_protocol::{
    call::{
        frame::EncodedFrame,
        picture::{CELL, CellRect, Grid, Stamp},
        tile::TileMessage,
    },
    limit,
};

use crate::decode::RgbPicture;

/// What became of a tile message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is drawn, kept for the key frame it belongs to, or too old.
    Fine,
    /// Too many wait: all of these are forgotten, and a key frame must be asked for.
    Overflow,
}

/// What a viewer shows.
#[derive(Debug, Default)]
pub struct Composition {
    shown: Option<Shown>,
    waiting: VecDeque<(TileMessage, usize)>,
    waiting_bytes: usize,
    /// Tiles that are drawn and not older than the last picture. One that overtook the key frame it belongs to was put
    /// over the picture before, and is put over that key frame again.
    recent: VecDeque<(TileMessage, usize)>,
    recent_bytes: usize,
}

#[derive(Debug)]
struct Shown {
    monitor: u8,
    grid: Grid,
    /// Of the last key frame. Older tiles are nobody's.
    begun: Stamp,
    video: RgbPicture,
    cells: Vec<Cell>,
}

#[derive(Debug, Clone)]
struct Cell {
    barrier: Stamp,
    tile: Option<(Stamp, Vec<u8>)>,
}

impl Composition {
    /// Nothing is shown.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A picture was decoded: it is drawn.
    pub fn draw(&mut self, frame: &EncodedFrame, picture: RgbPicture) {
        self.pass(frame, Some(picture));
    }

    /// A picture that can be decoded is left out, because a newer one is there already.
    pub fn skip(&mut self, frame: &EncodedFrame) {
        self.pass(frame, None);
    }

    fn pass(&mut self, frame: &EncodedFrame, picture: Option<RgbPicture>) {
        let grid = Grid::new(frame.width, frame.height);
        if frame.key {
            let cells = usize::try_from(grid.cells()).unwrap_or(usize::MAX);
            let rgb = || vec![0; usize::from(frame.width) * usize::from(frame.height) * 3];
            let video = picture.unwrap_or_else(|| RgbPicture { width: frame.width, height: frame.height, rgb: rgb() });
            let before = self.shown.take().filter(|shown| (shown.monitor, shown.grid) == (frame.monitor, grid));
            let mut cells =
                before.map_or_else(|| vec![Cell { barrier: frame.stamp, tile: None }; cells], |shown| shown.cells);
            cells.iter_mut().for_each(|cell| cell.moved(frame.stamp));
            self.shown = Some(Shown { monitor: frame.monitor, grid, begun: frame.stamp, video, cells });
            self.apply_waiting();
            return;
        }
        self.forget_recent(frame.stamp);
        let Some(shown) = self.shown.as_mut().filter(|shown| (shown.monitor, shown.grid) == (frame.monitor, grid))
        else {
            return;
        };
        if let Some(picture) = picture {
            shown.video = picture;
        }
        for cell in frame.moved.cells() {
            if let Some(cell) = shown.cells.get_mut(usize::from(cell)) {
                cell.moved(frame.stamp);
            }
        }
    }

    /// A tile message of `len` bytes came.
    pub fn take(&mut self, message: TileMessage, len: usize) -> Taken {
        if let Some(shown) = &mut self.shown {
            if message.stamp.is_before(shown.begun) {
                return Taken::Fine;
            }
            if (message.monitor, message.grid) == (shown.monitor, shown.grid) {
                shown.take(&message);
                self.recent_bytes += len;
                self.recent.push_back((message, len));
                while self.recent_bytes > limit::TILES_WAITING {
                    let Some((_, len)) = self.recent.pop_front() else { break };
                    self.recent_bytes -= len;
                }
                return Taken::Fine;
            }
        }
        self.waiting_bytes += len;
        self.waiting.push_back((message, len));
        if self.waiting_bytes <= limit::TILES_WAITING {
            return Taken::Fine;
        }
        self.waiting.clear();
        self.waiting_bytes = 0;
        Taken::Overflow
    }

    /// Those that waited for the key frame that was just drawn.
    fn apply_waiting(&mut self) {
        (self.waiting_bytes, self.recent_bytes) = (0, 0);
        let recent = std::mem::take(&mut self.recent);
        let waiting = std::mem::take(&mut self.waiting);
        for (message, len) in recent.into_iter().chain(waiting) {
            self.take(message, len);
        }
    }

    /// A picture of that time was drawn: what is older belongs to no key frame that is still to come.
    fn forget_recent(&mut self, stamp: Stamp) {
        let bytes = &mut self.recent_bytes;
        self.recent.retain(|(message, len)| {
            let kept = !message.stamp.is_before(stamp);
            *bytes -= if kept { 0 } else { *len };
            kept
        });
    }

    /// Monitor and picture as a person sees them; `None` before the first key frame.
    #[must_use]
    pub fn picture(&self) -> Option<(u8, RgbPicture)> {
        let shown = self.shown.as_ref()?;
        let mut picture = shown.video.clone();
        for (index, cell) in (0..=u16::MAX).zip(&shown.cells) {
            if let (Some(rect), Some((_, rgb))) = (shown.grid.rect(index), &cell.tile) {
                paint(&mut picture, rect, rgb);
            }
        }
        Some((shown.monitor, picture))
    }

    /// Red, green and blue of one pixel of it, without putting the rest together; `None` outside of the picture.
    #[must_use]
    pub fn pixel(&self, x: u16, y: u16) -> Option<[u8; 3]> {
        let shown = self.shown.as_ref()?;
        let (width, height) = shown.grid.size();
        if x >= width || y >= height {
            return None;
        }
        let index = y / CELL * shown.grid.columns() + x / CELL;
        let rect = shown.grid.rect(index)?;
        match &shown.cells.get(usize::from(index))?.tile {
            Some((_, rgb)) => {
                let at = (usize::from(y - rect.y) * usize::from(rect.width) + usize::from(x - rect.x)) * 3;
                rgb.get(at..at + 3)?.try_into().ok()
            }
            None => shown.video.pixel(x, y),
        }
    }

    /// How many cells are exact, and of how many.
    #[must_use]
    pub fn exact(&self) -> (usize, usize) {
        let cells = self.shown.as_ref().map_or(&[][..], |shown| &shown.cells);
        (cells.iter().filter(|cell| cell.tile.is_some()).count(), cells.len())
    }
}

impl Shown {
    fn take(&mut self, message: &TileMessage) {
        for tile in &message.tiles {
            let Some(rect) = self.grid.rect(tile.cell) else { continue };
            let Some(cell) = self.cells.get_mut(usize::from(tile.cell)) else { continue };
            let newer = cell.tile.as_ref().is_none_or(|(held, _)| held.is_before(message.stamp));
            if newer && !message.stamp.is_before(cell.barrier) {
                cell.tile = Some((message.stamp, tile.pixels.to_rgb(rect)));
            }
        }
    }
}

impl Cell {
    /// The video shows it as of `stamp`.
    fn moved(&mut self, stamp: Stamp) {
        self.barrier = stamp;
        if self.tile.as_ref().is_some_and(|(held, _)| held.is_before(stamp)) {
            self.tile = None;
        }
    }
}

fn paint(picture: &mut RgbPicture, rect: CellRect, rgb: &[u8]) {
    let stride = usize::from(picture.width) * 3;
    let width = usize::from(rect.width) * 3;
    let rows = picture.rgb.chunks_exact_mut(stride).skip(usize::from(rect.y));
    for (row, pixels) in rows.zip(rgb.chunks_exact(width)) {
        let at = usize::from(rect.x) * 3;
        if let Some(place) = row.get_mut(at..at + width) {
            place.copy_from_slice(pixels);
        }
    }
}

#[cfg(test)]
mod tests {
    use deskhand_protocol::call::{
        control::VideoCodec,
        picture::Moved,
        tile::{Pixels, Tile},
    };

    use super::*;

    const VIDEO: u8 = 10;

    fn frame(stamp: u32, key: bool, cells: impl IntoIterator<Item = u16>) -> EncodedFrame {
        EncodedFrame {
            codec: VideoCodec::Av1,
            key,
            monitor: 0,
            seq: 0,
            width: 128,
            height: 64,
            captured_us: 0,
            stamp: Stamp(stamp),
            moved: Moved::of(cells),
            data: Vec::new(),
        }
    }

    fn draw(composition: &mut Composition, frame: &EncodedFrame) {
        let (width, height) = (frame.width, frame.height);
        let rgb = vec![VIDEO; usize::from(width) * usize::from(height) * 3];
        composition.draw(frame, RgbPicture { width, height, rgb });
    }

    fn tile(stamp: u32, cell: u16, colour: u8) -> TileMessage {
        let tiles = vec![Tile { cell, pixels: Pixels::Plain([colour; 3]) }];
        TileMessage { monitor: 0, stamp: Stamp(stamp), grid: Grid::new(128, 64), tiles }
    }

    /// What the two cells show.
    fn shows(composition: &Composition) -> [u8; 2] {
        let (_, picture) = composition.picture().expect("a picture");
        [0, 127].map(|x| {
            assert_eq!(composition.pixel(x, 63), picture.pixel(x, 63));
            picture.pixel(x, 63).expect("inside")[0]
        })
    }

    #[test]
    fn a_tile_is_drawn_over_the_video_until_its_cell_moves() {
        let mut composition = Composition::new();
        draw(&mut composition, &frame(1, true, []));
        composition.take(tile(1, 0, 50), 20);
        composition.take(tile(2, 1, 60), 20);
        assert_eq!(shows(&composition), [50, 60]);
        draw(&mut composition, &frame(3, false, [1]));
        assert_eq!(shows(&composition), [50, VIDEO]);
        draw(&mut composition, &frame(4, true, []));
        assert_eq!(shows(&composition), [VIDEO, VIDEO]);
    }

    #[test]
    fn what_is_older_never_covers_what_is_newer_whatever_comes_first() {
        let mut composition = Composition::new();
        draw(&mut composition, &frame(1, true, []));
        draw(&mut composition, &frame(5, false, [0]));
        composition.take(tile(4, 0, 50), 20);
        assert_eq!(shows(&composition)[0], VIDEO, "it was captured before the cell moved");
        composition.take(tile(7, 0, 70), 20);
        composition.take(tile(6, 0, 60), 20);
        assert_eq!(shows(&composition)[0], 70);
        // A picture that was overtaken by the tile.
        draw(&mut composition, &frame(6, false, [0]));
        assert_eq!(shows(&composition)[0], 70);
    }

    #[test]
    fn a_picture_that_is_left_out_counts_like_a_drawn_one() {
        let mut composition = Composition::new();
        draw(&mut composition, &frame(1, true, []));
        composition.take(tile(1, 0, 50), 20);
        composition.skip(&frame(2, false, [0]));
        assert_eq!(shows(&composition)[0], VIDEO);
    }

    #[test]
    fn tiles_wait_for_the_key_frame_they_belong_to() {
        let mut composition = Composition::new();
        composition.take(tile(9, 0, 40), 20);
        composition.take(tile(11, 0, 50), 20);
        composition.take(tile(9, 1, 60), 20);
        assert!(composition.picture().is_none());
        draw(&mut composition, &frame(10, true, []));
        assert_eq!(shows(&composition), [50, VIDEO], "older than the key frame is void");
        assert_eq!(composition.waiting_bytes, 0);
    }

    #[test]
    fn tiles_that_overtake_the_way_over_another_monitor_are_not_lost() {
        let mut composition = Composition::new();
        draw(&mut composition, &frame(1, true, []));
        // Captured after the technician went to another monitor and back, but here before both key frames.
        composition.take(tile(9, 0, 50), 20);
        draw(&mut composition, &EncodedFrame { monitor: 1, ..frame(4, true, []) });
        draw(&mut composition, &frame(8, true, []));
        assert_eq!(shows(&composition), [50, VIDEO]);
        draw(&mut composition, &frame(10, false, []));
        assert_eq!((composition.recent.len(), composition.recent_bytes), (0, 0));
    }

    #[test]
    fn too_many_that_wait_are_forgotten() {
        let mut composition = Composition::new();
        assert_eq!(composition.take(tile(1, 0, 1), limit::TILES_WAITING), Taken::Fine);
        assert_eq!(composition.take(tile(1, 0, 1), 1), Taken::Overflow);
        assert_eq!((composition.waiting.len(), composition.waiting_bytes), (0, 0));
    }
}
