//! The pointer's messages: each shape once, each place at most 60 times a second. Told the time.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    time::{Duration, Instant},
};

use deskhand_capture::{CursorPlace, CursorShape};
use deskhand_protocol::{call::cursor::CursorMessage, limit::CURSOR_EDGE};

/// Screens refresh 60 times a second; more places than that nobody sees.
const EVERY: Duration = Duration::from_micros(16_667);

/// Shapes remembered. A desktop has some fifty; a program that draws a new one each second must not grow this.
const SHAPES: usize = 256;

/// What the viewer has been told of the pointer.
#[derive(Debug)]
pub(crate) struct Pointer {
    /// Shape by the hash of its content, since systems number the same shape anew.
    known: HashMap<u64, u32>,
    hasher: RandomState,
    next: u32,
    shape: Option<u32>,
    told: Option<Told>,
    moved: bool,
    placed: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Hidden,
    Place { shape: u32, monitor: u8, place: CursorPlace },
}

impl Pointer {
    pub(crate) fn new() -> Self {
        Self {
            known: HashMap::new(),
            hasher: RandomState::new(),
            next: 0,
            shape: None,
            told: None,
            moved: true,
            placed: None,
        }
    }

    /// The viewer knows nothing any more; shapes get new numbers.
    pub(crate) fn forget(&mut self) {
        self.known.clear();
        self.shape = None;
        self.told = None;
        self.moved = true;
    }

    /// The pointer may have moved.
    pub(crate) fn moved(&mut self) {
        self.moved = true;
    }

    /// The pointer looks like this now. Returns the message that introduces the shape, if it is new.
    pub(crate) fn shaped(&mut self, shape: Option<&CursorShape>) -> Option<CursorMessage> {
        self.moved = true;
        let Some(shape) = shape.and_then(Image::of) else {
            self.shape = None;
            return None;
        };
        let content = self.hasher.hash_one(&shape);
        if let Some(id) = self.known.get(&content) {
            self.shape = Some(*id);
            return None;
        }
        if self.known.len() >= SHAPES {
            self.known.clear();
        }
        let id = self.next;
        self.next = self.next.wrapping_add(1);
        self.known.insert(content, id);
        self.shape = Some(id);
        let Image { hot_x, hot_y, width, height, rgba } = shape;
        Some(CursorMessage::Shape { id, hot_x, hot_y, width, height, rgba })
    }

    /// When [`place`](Self::place) should be called; `None` while nothing moves.
    pub(crate) fn due(&self, now: Instant) -> Option<Instant> {
        self.moved.then(|| self.placed.map_or(now, |placed| placed + EVERY))
    }

    /// The pointer is here now. Returns the message that says so, unless the viewer knows.
    pub(crate) fn place(&mut self, place: CursorPlace, monitor: u8, now: Instant) -> Option<CursorMessage> {
        self.moved = false;
        let told = match self.shape {
            Some(shape) => Told::Place { shape, monitor, place },
            None => Told::Hidden,
        };
        if self.told == Some(told) {
            return None;
        }
        self.told = Some(told);
        self.placed = Some(now);
        Some(match told {
            Told::Hidden => CursorMessage::Hidden,
            Told::Place { shape, monitor, place } => CursorMessage::Place { shape, monitor, x: place.x, y: place.y },
        })
    }
}

/// A shape as the protocol takes it.
#[derive(Debug, Hash)]
struct Image {
    hot_x: u16,
    hot_y: u16,
    width: u16,
    height: u16,
    rgba: Vec<u8>,
}

impl Image {
    /// `None` for one that cannot be seen. What is larger than the protocol allows is cut at the right and below.
    fn of(shape: &CursorShape) -> Option<Self> {
        let stride = usize::from(shape.width) * 4;
        let (width, height) = (shape.width.min(CURSOR_EDGE), shape.height.min(CURSOR_EDGE));
        if width == 0 || height == 0 || shape.rgba.len() != stride * usize::from(shape.height) {
            return None;
        }
        let rows = shape.rgba.chunks_exact(stride).take(usize::from(height));
        let rgba: Vec<u8> = rows.flat_map(|row| row.iter().copied().take(usize::from(width) * 4)).collect();
        let visible = rgba.chunks_exact(4).any(|pixel| pixel.last().is_some_and(|alpha| *alpha > 0));
        visible.then(|| Self {
            hot_x: shape.hot_x.min(width - 1),
            hot_y: shape.hot_y.min(height - 1),
            width,
            height,
            rgba,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HERE: CursorPlace = CursorPlace { x: 3, y: 4 };

    fn shape(colour: u8, width: u16, height: u16) -> CursorShape {
        let pixels = usize::from(width) * usize::from(height);
        CursorShape { serial: 0, hot_x: width, hot_y: 1, width, height, rgba: [colour, 0, 0, 255].repeat(pixels) }
    }

    #[test]
    fn a_shape_is_sent_once_and_before_its_first_place() {
        let now = Instant::now();
        let mut pointer = Pointer::new();
        let Some(CursorMessage::Shape { id: arrow, hot_x, .. }) = pointer.shaped(Some(&shape(1, 8, 8))) else {
            panic!("a new shape is introduced")
        };
        assert_eq!(hot_x, 7, "a hot spot outside is moved in");
        let place = pointer.place(HERE, 0, now);
        assert_eq!(place, Some(CursorMessage::Place { shape: arrow, monitor: 0, x: 3, y: 4 }));
        assert!(matches!(pointer.shaped(Some(&shape(2, 8, 8))), Some(CursorMessage::Shape { id, .. }) if id != arrow));
        pointer.place(HERE, 0, now);
        assert_eq!(pointer.shaped(Some(&shape(1, 8, 8))), None, "it is known");
        assert_eq!(pointer.place(HERE, 0, now), Some(CursorMessage::Place { shape: arrow, monitor: 0, x: 3, y: 4 }));
    }

    #[test]
    fn a_place_is_told_when_it_is_new_and_at_most_sixty_times_a_second() {
        let now = Instant::now();
        let mut pointer = Pointer::new();
        pointer.shaped(Some(&shape(1, 8, 8)));
        assert_eq!(pointer.due(now), Some(now));
        assert!(pointer.place(HERE, 0, now).is_some());
        assert_eq!(pointer.due(now), None, "it did not move");
        pointer.moved();
        assert_eq!(pointer.due(now), Some(now + EVERY));
        assert_eq!(pointer.place(HERE, 0, now + EVERY), None, "it is where it was");
        assert!(pointer.place(HERE, 1, now + EVERY).is_some(), "another monitor is shown");
    }

    #[test]
    fn a_pointer_that_cannot_be_seen_is_hidden() {
        let mut pointer = Pointer::new();
        let mut clear = shape(1, 8, 8);
        clear.rgba.fill(0);
        for nothing in [None, Some(&clear)] {
            assert_eq!(pointer.shaped(nothing), None);
            assert_eq!(pointer.place(HERE, 0, Instant::now()), Some(CursorMessage::Hidden));
            pointer.forget();
        }
    }

    proptest! {
        #[test]
        fn whatever_the_system_says_fits_the_protocol(
            width in 0u16..600, height in 0u16..600, hot_x: u16, hot_y: u16, missing in 0usize..3,
        ) {
            let mut shape = shape(9, width, height);
            (shape.hot_x, shape.hot_y) = (hot_x, hot_y);
            shape.rgba.truncate(shape.rgba.len().saturating_sub(missing));
            if let Some(message) = Pointer::new().shaped(Some(&shape)) {
                prop_assert_eq!(CursorMessage::decode(&message.encode()), Ok(message));
            }
        }
    }
}
