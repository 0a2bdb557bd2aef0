//! The pointer. The system tells of it only whoever asks.

#![allow(unsafe_code, reason = "the system's interface is C")]

use std::time::{Duration, Instant};

use objc2_app_kit::NSCursor;
use objc2_core_foundation::{CGPoint, CGRect, CGSize};
use objc2_core_graphics::{
    CGBitmapContextCreate, CGColorSpace, CGContext, CGEvent, CGImageAlphaInfo, CGImageByteOrderInfo, kCGColorSpaceSRGB,
};

use crate::{
    CursorShape,
    layout::extent,
    pixels::{Kind, PIXEL, pointer},
    straight_from_premultiplied,
};

/// How often it is looked at while it moves, and while it rests.
const MOVING: Duration = Duration::from_millis(25);
const RESTING: Duration = Duration::from_millis(100);
/// It rests when it has not moved for so long.
const RESTS: Duration = Duration::from_secs(1);
/// Wider or higher than any pointer, in pixels.
const MOST: u16 = 512;

/// Where it is, in points from the upper left corner of the main display.
pub(super) fn place() -> Option<(f64, f64)> {
    let event = CGEvent::new(None)?;
    let at = CGEvent::location(Some(&event));
    Some((at.x, at.y))
}

/// What is known of it, to find out what is new.
#[derive(Debug, Default)]
pub(super) struct Watched {
    pub(super) place: Option<(f64, f64)>,
    pub(super) shape: Option<CursorShape>,
    moved: Option<Instant>,
    looked: Option<Instant>,
}

impl Watched {
    /// Whether it has moved, and whether it looks different, drawn with so many pixels to a point.
    pub(super) fn look(&mut self, scale: f64) -> (bool, bool) {
        let now = Instant::now();
        let at = place();
        let moved = std::mem::replace(&mut self.place, at) != at;
        if moved {
            self.moved = Some(now);
        }
        // What it looks like takes longer to find out.
        if self.looked.is_some_and(|at| now.duration_since(at) < RESTING) {
            return (moved, false);
        }
        self.looked = Some(now);
        let shape = shape(scale);
        let new = self.shape != shape;
        self.shape = shape;
        (moved, new)
    }

    /// How long until the next look.
    pub(super) fn pause(&self) -> Duration {
        if self.moved.is_some_and(|at| at.elapsed() < RESTS) { MOVING } else { RESTING }
    }
}

/// What it looks like in all of the system; `None` when it is hidden, or when the system no longer tells.
fn shape(scale: f64) -> Option<CursorShape> {
    #[allow(deprecated, reason = "the way that the system names instead paints it into the picture")]
    let cursor = NSCursor::currentSystemCursor()?;
    let (image, hot) = (cursor.image(), cursor.hotSpot());
    let size = image.size();
    let (width, height) = (extent(size.width * scale)?.min(MOST), extent(size.height * scale)?.min(MOST));
    let whole = CGRect::new(CGPoint::ZERO, CGSize::new(f64::from(width), f64::from(height)));
    let mut wanted = whole;
    // SAFETY: the address is good for this call, and nothing is hinted.
    let drawn = unsafe { image.CGImageForProposedRect_context_hints(&raw mut wanted, None, None) }?;
    let mut pixels = vec![0_u32; usize::from(width) * usize::from(height)];
    // SAFETY: it is a constant.
    let colours = CGColorSpace::with_name(Some(unsafe { kCGColorSpaceSRGB }))?;
    let form = CGImageAlphaInfo::PremultipliedFirst.0 | CGImageByteOrderInfo::Order32Little.0;
    let stride = usize::from(width) * PIXEL;
    // SAFETY: there is room for all rows, and it is drawn in only while that room is borrowed here.
    let canvas = unsafe {
        let room = pixels.as_mut_ptr().cast();
        CGBitmapContextCreate(room, width.into(), height.into(), 8, stride, Some(&colours), form)
    }?;
    CGContext::draw_image(Some(&canvas), whole, Some(&drawn));
    drop(canvas);
    let mut bytes = straight_from_premultiplied(&pixels);
    // Blue first, as the others have it.
    bytes.chunks_exact_mut(PIXEL).for_each(|pixel| pixel.swap(0, 2));
    let inside = |at: f64, most: u16| extent(at * scale).unwrap_or(0).min(most - 1);
    pointer(Kind::Colour, (width, height), stride, (inside(hot.x, width), inside(hot.y, height)), &bytes)
}
