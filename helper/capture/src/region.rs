//! Rectangles of a picture, and the set of those that changed.
//!
//! A [`Region`] keeps few rectangles: the encoder looks at the whole picture anyway, and colour conversion has a cost
//! per rectangle. Merging only ever adds area, so nothing that changed is lost.

/// A rectangle inside a picture, in pixels from its upper left corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rect {
    /// Left edge.
    pub x: u16,
    /// Upper edge.
    pub y: u16,
    /// Width.
    pub width: u16,
    /// Height.
    pub height: u16,
}

impl Rect {
    /// A whole picture.
    #[must_use]
    pub const fn whole(width: u16, height: u16) -> Self {
        Self { x: 0, y: 0, width, height }
    }

    /// Whether there is no pixel in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.width == 0 || self.height == 0
    }

    /// The first column to the right of it.
    #[must_use]
    pub fn right(self) -> u32 {
        u32::from(self.x) + u32::from(self.width)
    }

    /// The first row below it.
    #[must_use]
    pub fn bottom(self) -> u32 {
        u32::from(self.y) + u32::from(self.height)
    }

    /// Number of pixels.
    #[must_use]
    pub fn area(self) -> u32 {
        u32::from(self.width) * u32::from(self.height)
    }

    /// Whether a pixel lies in it.
    #[must_use]
    pub fn contains(self, x: u16, y: u16) -> bool {
        x >= self.x && y >= self.y && u32::from(x) < self.right() && u32::from(y) < self.bottom()
    }

    /// The smallest rectangle around both. Both must lie in a picture of at most 65535 pixels each way.
    #[must_use]
    pub fn around(self, other: Self) -> Self {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        let right = self.right().max(other.right());
        let bottom = self.bottom().max(other.bottom());
        Self { x, y, width: edge(right - u32::from(x)), height: edge(bottom - u32::from(y)) }
    }

    /// The part of a rectangle of the virtual desktop that lies in a picture whose upper left corner is `origin`.
    #[must_use]
    pub fn clipped(x: i32, y: i32, width: u16, height: u16, origin: (i32, i32), size: (u16, u16)) -> Option<Self> {
        let span = |at: i32, length: u16, from: i32, limit: u16| {
            let start = (i64::from(at) - i64::from(from)).clamp(0, i64::from(limit));
            let end = (i64::from(at) + i64::from(length) - i64::from(from)).clamp(0, i64::from(limit));
            let length = u16::try_from(end - start).ok().filter(|length| *length > 0)?;
            Some((u16::try_from(start).ok()?, length))
        };
        let (x, width) = span(x, width, origin.0, size.0)?;
        let (y, height) = span(y, height, origin.1, size.1)?;
        Some(Self { x, y, width, height })
    }

    /// The smallest rectangle around it whose edges are all even, as 4:2:0 needs; for an odd picture size it may reach
    /// one pixel over the edge.
    #[must_use]
    pub fn even(self) -> Self {
        let (x, y) = (self.x & !1, self.y & !1);
        let right = self.right().next_multiple_of(2);
        let bottom = self.bottom().next_multiple_of(2);
        Self { x, y, width: edge(right - u32::from(x)), height: edge(bottom - u32::from(y)) }
    }
}

/// Picture edges are at most 32767 (X11), so this never cuts anything; it keeps the arithmetic total.
fn edge(value: u32) -> u16 {
    u16::try_from(value).unwrap_or(u16::MAX)
}

/// A few rectangles that together cover all that changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Region {
    rects: Vec<Rect>,
}

impl Region {
    /// The most rectangles kept; more are merged where that adds least. A typical desktop change has one to four.
    pub const MOST: usize = 12;

    /// Nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { rects: Vec::new() }
    }

    /// A whole picture.
    #[must_use]
    pub fn whole(width: u16, height: u16) -> Self {
        let mut region = Self::new();
        region.add(Rect::whole(width, height));
        region
    }

    /// The rectangles, in no order. They may overlap.
    #[must_use]
    pub fn rects(&self) -> &[Rect] {
        &self.rects
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rects.is_empty()
    }

    /// Number of pixels in all rectangles together; where they overlap, counted more than once.
    #[must_use]
    pub fn area(&self) -> u64 {
        self.rects.iter().map(|rect| u64::from(rect.area())).sum()
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.rects.clear();
    }

    /// Adds a rectangle.
    pub fn add(&mut self, rect: Rect) {
        if rect.is_empty() {
            return;
        }
        let mut rect = rect;
        // Swallow everything that costs nothing to merge; merging grows the rectangle, so start over each time.
        while let Some(at) = self.rects.iter().position(|other| waste(rect, *other) == 0) {
            rect = rect.around(self.rects.swap_remove(at));
        }
        self.rects.push(rect);
        if self.rects.len() > Self::MOST {
            self.merge_cheapest_pair();
        }
    }

    fn merge_cheapest_pair(&mut self) {
        let pairs = (0..self.rects.len()).flat_map(|a| (a + 1..self.rects.len()).map(move |b| (a, b)));
        let cost = |(a, b): (usize, usize)| match (self.rects.get(a), self.rects.get(b)) {
            (Some(a), Some(b)) => waste(*a, *b),
            _ => u32::MAX,
        };
        if let Some((a, b)) = pairs.min_by_key(|pair| cost(*pair)) {
            // `b` first: it is the later one, so `a` keeps its place.
            let second = self.rects.swap_remove(b);
            let first = self.rects.swap_remove(a);
            self.add(first.around(second));
        }
    }
}

/// Pixels that are in the rectangle around both but would not have been converted for either.
fn waste(a: Rect, b: Rect) -> u32 {
    a.around(b).area().saturating_sub(a.area().saturating_add(b.area()))
}
