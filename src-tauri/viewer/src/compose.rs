//! Puts video and exact tiles together, by the time of their capture and never by their arrival: the viewer's rule of
//! `deskhand_protocol::call::picture`, for an end without a page.
//!
//! # Invariants
//!
//! - No tile is drawn over a picture that shows something newer in its cell.
//! - Only the sheets of the monitor shown and of the one before or after it are kept.

use deskhand_protocol::call::{
    frame::EncodedFrame,
    picture::{CELL, CellRect, Grid, Stamp},
    tile::TileMessage,
};

use crate::{decode::RgbPicture, sheet::Sheet};

/// What became of a tile message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is drawn, too old, or of a picture that is still to come.
    Fine,
    /// One before it is missing: a key frame must be asked for.
    Lost,
}

/// Sheets that are kept: tiles may overtake the key frame of the monitor they are of.
const SHEETS: usize = 2;

/// What a viewer shows.
#[derive(Debug, Default)]
pub struct Composition {
    shown: Option<Shown>,
    /// By monitor, the one that was drawn on last at the end.
    sheets: Vec<(u8, Sheet)>,
}

#[derive(Debug)]
struct Shown {
    monitor: u8,
    grid: Grid,
    video: RgbPicture,
    /// By cell, the time from which on a tile is drawn over the video.
    barriers: Vec<Stamp>,
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
            self.shown = Some(Shown { monitor: frame.monitor, grid, video, barriers: vec![frame.stamp; cells] });
            return;
        }
        let Some(shown) = self.shown.as_mut().filter(|shown| (shown.monitor, shown.grid) == (frame.monitor, grid))
        else {
            return;
        };
        if let Some(picture) = picture {
            shown.video = picture;
        }
        for cell in frame.moved.cells() {
            if let Some(barrier) = shown.barriers.get_mut(usize::from(cell)) {
                *barrier = frame.stamp;
            }
        }
    }

    /// A tile message came.
    pub fn take(&mut self, message: &TileMessage) -> Taken {
        let of_it = |(monitor, sheet): &(u8, Sheet)| (*monitor, sheet.grid()) == (message.monitor, message.grid);
        if !self.sheets.iter().any(of_it) {
            self.sheets.retain(|(monitor, _)| *monitor != message.monitor);
            if self.sheets.len() >= SHEETS {
                self.sheets.remove(0);
            }
            self.sheets.push((message.monitor, Sheet::new(message.grid)));
        }
        let Some(at) = self.sheets.iter().position(of_it) else { return Taken::Lost };
        let mut sheet = self.sheets.remove(at);
        let drawn = sheet.1.draw(message);
        self.sheets.push(sheet);
        if drawn.is_ok() { Taken::Fine } else { Taken::Lost }
    }

    /// The sheet over the video.
    fn sheet(&self) -> Option<&Sheet> {
        let shown = self.shown.as_ref()?;
        let of_it = |(monitor, sheet): &&(u8, Sheet)| (*monitor, sheet.grid()) == (shown.monitor, shown.grid);
        self.sheets.iter().find(of_it).map(|(_, sheet)| sheet)
    }

    /// The sheet, if it stands over the video in that cell.
    fn exact_in(&self, cell: u16) -> Option<&Sheet> {
        let barrier = *self.shown.as_ref()?.barriers.get(usize::from(cell))?;
        self.sheet().filter(|sheet| sheet.stamp(cell).is_some_and(|stamp| !stamp.is_before(barrier)))
    }

    /// Monitor and picture as a person sees them; `None` before the first key frame.
    #[must_use]
    pub fn picture(&self) -> Option<(u8, RgbPicture)> {
        let shown = self.shown.as_ref()?;
        let mut picture = shown.video.clone();
        for (index, _) in (0..=u16::MAX).zip(&shown.barriers) {
            if let (Some(rect), Some(sheet)) = (shown.grid.rect(index), self.exact_in(index)) {
                paint(&mut picture, rect, sheet);
            }
        }
        Some((shown.monitor, picture))
    }

    /// Red, green and blue of one pixel of it, without putting the rest together; `None` outside of the picture.
    #[must_use]
    pub fn pixel(&self, x: u16, y: u16) -> Option<[u8; 3]> {
        let shown = self.shown.as_ref()?;
        let cell = shown.grid.cell(x / CELL, y / CELL)?;
        match self.exact_in(cell) {
            Some(sheet) => sheet.rows(CellRect { x, y, width: 1, height: 1 }).next()?.try_into().ok(),
            None => shown.video.pixel(x, y),
        }
    }

    /// How many cells are exact, and of how many.
    #[must_use]
    pub fn exact(&self) -> (usize, usize) {
        let cells = self.shown.as_ref().map_or(0, |shown| shown.barriers.len());
        let exact = (0..=u16::MAX).take(cells).filter(|cell| self.exact_in(*cell).is_some()).count();
        (exact, cells)
    }
}

fn paint(picture: &mut RgbPicture, rect: CellRect, sheet: &Sheet) {
    let stride = usize::from(picture.width) * 3;
    let rows = picture.rgb.chunks_exact_mut(stride).skip(usize::from(rect.y));
    for (row, pixels) in rows.zip(sheet.rows(rect)) {
        let at = usize::from(rect.x) * 3;
        if let Some(place) = row.get_mut(at..at + pixels.len()) {
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

    fn tile(number: u32, stamp: u32, cell: u16, colour: u8) -> TileMessage {
        let tiles = vec![Tile::of(cell, Pixels::Plain([colour; 3]))];
        let (stamp, grid) = (Stamp(stamp), Grid::new(128, 64));
        TileMessage { monitor: 0, stamp, grid, number, vectors: vec![], tiles }
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
        composition.take(&tile(0, 1, 0, 50));
        composition.take(&tile(1, 2, 1, 60));
        assert_eq!((shows(&composition), composition.exact()), ([50, 60], (2, 2)));
        draw(&mut composition, &frame(3, false, [1]));
        assert_eq!((shows(&composition), composition.exact()), ([50, VIDEO], (1, 2)));
        draw(&mut composition, &frame(4, true, []));
        assert_eq!(shows(&composition), [VIDEO, VIDEO]);
    }

    #[test]
    fn what_is_older_never_covers_what_is_newer_whatever_comes_first() {
        let mut composition = Composition::new();
        draw(&mut composition, &frame(1, true, []));
        draw(&mut composition, &frame(5, false, [0]));
        composition.take(&tile(0, 4, 0, 50));
        assert_eq!(shows(&composition)[0], VIDEO, "it was captured before the cell moved");
        composition.take(&tile(1, 7, 0, 70));
        // A picture that was overtaken by the tile.
        draw(&mut composition, &frame(6, false, [0]));
        assert_eq!(shows(&composition)[0], 70);
    }

    #[test]
    fn a_picture_that_is_left_out_counts_like_a_drawn_one() {
        let mut composition = Composition::new();
        draw(&mut composition, &frame(1, true, []));
        composition.take(&tile(0, 1, 0, 50));
        composition.skip(&frame(2, false, [0]));
        assert_eq!(shows(&composition)[0], VIDEO);
    }

    #[test]
    fn tiles_wait_for_the_key_frame_they_belong_to() {
        let mut composition = Composition::new();
        composition.take(&tile(0, 9, 0, 40));
        composition.take(&tile(1, 11, 0, 50));
        composition.take(&tile(2, 9, 1, 60));
        assert!(composition.picture().is_none());
        draw(&mut composition, &frame(10, true, []));
        assert_eq!(shows(&composition), [50, VIDEO], "older than the key frame is void");
    }

    #[test]
    fn a_sheet_that_begins_anew_leaves_what_is_exact_until_the_key_frame_it_belongs_to() {
        let mut composition = Composition::new();
        draw(&mut composition, &frame(1, true, []));
        composition.take(&tile(0, 1, 0, 50));
        composition.take(&tile(0, 9, 1, 60));
        assert_eq!(shows(&composition), [50, 60], "the video below is older");
        draw(&mut composition, &frame(8, true, []));
        assert_eq!(shows(&composition), [VIDEO, 60]);
    }

    #[test]
    fn tiles_that_overtake_the_way_over_another_monitor_are_not_lost() {
        let mut composition = Composition::new();
        draw(&mut composition, &frame(1, true, []));
        // Captured after the technician went to another monitor and back, but here before both key frames.
        composition.take(&TileMessage { monitor: 1, ..tile(0, 5, 1, 70) });
        composition.take(&tile(0, 9, 0, 50));
        draw(&mut composition, &EncodedFrame { monitor: 1, ..frame(4, true, []) });
        assert_eq!(shows(&composition), [VIDEO, 70]);
        draw(&mut composition, &frame(8, true, []));
        assert_eq!(shows(&composition), [50, VIDEO]);
    }

    #[test]
    fn no_more_sheets_are_kept_than_may_be_needed_and_a_missing_message_is_told() {
        let mut composition = Composition::new();
        for monitor in 0..9 {
            assert_eq!(composition.take(&TileMessage { monitor, ..tile(0, 1, 0, 1) }), Taken::Fine);
        }
        assert_eq!(composition.sheets.len(), SHEETS);
        assert_eq!(composition.take(&TileMessage { monitor: 8, ..tile(2, 2, 0, 1) }), Taken::Lost);
        assert_eq!(composition.take(&TileMessage { monitor: 3, ..tile(1, 2, 0, 1) }), Taken::Lost, "its sheet is gone");
    }
}
