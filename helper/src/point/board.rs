//! What the technician points at and has drawn, in pixels of the virtual desktop. No IO, no permission; told everything.
//!
//! # Invariants
//!
//! - At most [`STROKES`] strokes with [`STROKE_POINTS`] points together; the oldest strokes go first.
//! - A place of the pointer that is older than the last other message is dropped, so that a late one brings back nothing.

use std::collections::VecDeque;

use deskhand_input::pixel;
use deskhand_protocol::{
    call::{
        control::Monitor,
        point::{PointEvent, Tool},
    },
    limit::{STROKE_POINTS, STROKES},
};

/// A pixel of the virtual desktop.
pub(super) type Pixel = (i32, i32);

/// Points of a pen that are nearer than this to the one before are left out, in pixels.
const NEAR: i32 = 3;

/// One thing drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stroke {
    pub(super) tool: Tool,
    /// All of a pen's; the first and the last of the others.
    pub(super) points: Vec<Pixel>,
}

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Board {
    pub(super) pointer: Option<Pixel>,
    pub(super) strokes: VecDeque<Stroke>,
    points: usize,
    /// Number of the last message that was not a place of the pointer, and of the last that was.
    last: Option<u32>,
    last_place: Option<u32>,
    /// Where a stroke that goes on would go on.
    drawing: bool,
}

impl Board {
    /// Takes in what the technician did. What names a monitor that is not there changes nothing.
    pub(super) fn take(&mut self, seq: u32, event: PointEvent, monitors: &[Monitor]) {
        match event {
            PointEvent::At { place } => {
                let late = |last: Option<u32>| last.is_some_and(|last| !is_after(seq, last));
                if !late(self.last) && !late(self.last_place) {
                    self.last_place = Some(seq);
                    self.pointer = pixel(monitors, place).or(self.pointer);
                }
                return;
            }
            PointEvent::Gone => self.pointer = None,
            PointEvent::Begin { tool, place } => {
                self.drawing = false;
                if let Some(at) = pixel(monitors, place) {
                    self.begin(tool, at);
                }
            }
            PointEvent::To { place } => {
                if let Some(at) = pixel(monitors, place).filter(|_| self.drawing) {
                    self.go_on(at);
                }
            }
            PointEvent::Clear => {
                self.strokes.clear();
                self.points = 0;
                self.drawing = false;
            }
        }
        self.last = Some(seq);
    }

    /// Whether nothing is to be seen.
    pub(super) fn is_empty(&self) -> bool {
        self.pointer.is_none() && self.strokes.is_empty()
    }

    fn begin(&mut self, tool: Tool, at: Pixel) {
        if self.strokes.len() >= STROKES {
            self.drop_oldest();
        }
        self.strokes.push_back(Stroke { tool, points: vec![at] });
        self.points += 1;
        self.drawing = true;
        self.make_room();
    }

    fn go_on(&mut self, at: Pixel) {
        let Some(Stroke { tool, points }) = self.strokes.back_mut() else { return };
        let Some(last) = points.last().copied() else { return };
        match tool {
            Tool::Pen if (at.0 - last.0).abs() < NEAR && (at.1 - last.1).abs() < NEAR => {}
            // A line that never ends stops growing; what is there stays.
            Tool::Pen if points.len() >= STROKE_POINTS => {}
            Tool::Pen => {
                points.push(at);
                self.points += 1;
            }
            Tool::Arrow | Tool::Box => {
                let before = points.len();
                points.truncate(1);
                points.push(at);
                self.points += points.len() - before;
            }
        }
        self.make_room();
    }

    fn make_room(&mut self) {
        while self.points > STROKE_POINTS && self.strokes.len() > 1 {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        if let Some(stroke) = self.strokes.pop_front() {
            self.points -= stroke.points.len();
        }
    }
}

/// Whether `seq` counts after `last`, both wrapping.
const fn is_after(seq: u32, last: u32) -> bool {
    let ahead = seq.wrapping_sub(last);
    ahead != 0 && ahead < 1 << 31
}

#[cfg(test)]
mod tests {
    use deskhand_protocol::{
        call::{control::Rotation, input::Place},
        text::Name,
    };
    use proptest::prelude::*;

    use super::*;

    fn monitors() -> Vec<Monitor> {
        [(0, 0, 0, 100, 100), (1, -300, -20, 300, 200)]
            .into_iter()
            .map(|(index, x, y, width, height)| Monitor {
                index,
                name: Name::default(),
                x,
                y,
                width,
                height,
                primary: index == 0,
                scale_percent: 100,
                rotation: Rotation::Upright,
            })
            .collect()
    }

    fn place(monitor: u8, x: u16, y: u16) -> Place {
        Place { monitor, x, y }
    }

    #[test]
    fn a_late_place_does_not_bring_back_a_pointer_that_has_gone() {
        let mut board = Board::default();
        board.take(1, PointEvent::At { place: place(0, 0, 0) }, &monitors());
        board.take(3, PointEvent::Gone, &monitors());
        board.take(2, PointEvent::At { place: place(0, 0, 0) }, &monitors());
        assert!(board.is_empty());
        board.take(5, PointEvent::At { place: place(1, u16::MAX, u16::MAX) }, &monitors());
        board.take(4, PointEvent::At { place: place(0, 0, 0) }, &monitors());
        assert_eq!(board.pointer, Some((-1, 179)));
        board.take(6, PointEvent::At { place: place(9, 0, 0) }, &monitors());
        assert_eq!(board.pointer, Some((-1, 179)), "there is no such monitor");
    }

    #[test]
    fn a_pen_keeps_its_way_an_arrow_and_a_box_their_ends() {
        for (tool, count) in [(Tool::Pen, 4), (Tool::Arrow, 2), (Tool::Box, 2)] {
            let mut board = Board::default();
            board.take(1, PointEvent::To { place: place(0, 9, 9) }, &monitors());
            assert!(board.is_empty(), "nothing was begun");
            board.take(2, PointEvent::Begin { tool, place: place(0, 0, 0) }, &monitors());
            for step in 1..4_u16 {
                board.take(2 + u32::from(step), PointEvent::To { place: place(0, step * 9_000, 0) }, &monitors());
            }
            assert_eq!(board.strokes[0].points.len(), count);
            assert_eq!(board.strokes[0].points.last(), Some(&(41, 0)));
            board.take(9, PointEvent::Clear, &monitors());
            board.take(10, PointEvent::To { place: place(0, 9, 9) }, &monitors());
            assert!(board.is_empty());
        }
    }

    fn event() -> impl Strategy<Value = PointEvent> {
        let place = (0..3_u8, any::<u16>(), any::<u16>()).prop_map(|(monitor, x, y)| place(monitor, x, y));
        let tool = prop::sample::select(vec![Tool::Pen, Tool::Arrow, Tool::Box]);
        prop_oneof![
            20 => place.clone().prop_map(|place| PointEvent::To { place }),
            5 => (tool, place.clone()).prop_map(|(tool, place)| PointEvent::Begin { tool, place }),
            5 => place.prop_map(|place| PointEvent::At { place }),
            1 => Just(PointEvent::Gone),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn endless_strokes_take_no_more_than_their_room(events in prop::collection::vec((any::<u32>(), event()), 0..9_000)) {
            let mut board = Board::default();
            for (seq, event) in events {
                board.take(seq, event, &monitors());
                let points: usize = board.strokes.iter().map(|stroke| stroke.points.len()).sum();
                prop_assert_eq!(points, board.points);
                prop_assert!(points <= STROKE_POINTS && board.strokes.len() <= STROKES);
                let inside = |(x, y): &Pixel| (-300..100).contains(x) && (-20..180).contains(y);
                prop_assert!(board.strokes.iter().flat_map(|stroke| &stroke.points).chain(&board.pointer).all(inside));
            }
        }
    }
}
