//! How much of the bar can be seen below other windows.

/// The bar is looked at in this many columns and rows.
const GRID: (i32, i32) = (32, 4);
/// Narrower than any bar that can be read, in pixels.
const LEAST_WIDTH: i32 = 200;

/// A place on the screen in pixels: left, top, right, bottom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) left: i32,
    pub(super) top: i32,
    pub(super) right: i32,
    pub(super) bottom: i32,
}

impl Place {
    #[cfg(any(target_os = "linux", test))]
    pub(super) fn of(x: i32, y: i32, width: u16, height: u16) -> Self {
        Self { left: x, top: y, right: x + i32::from(width), bottom: y + i32::from(height) }
    }

    const fn has(self, x: i32, y: i32) -> bool {
        self.left <= x && x < self.right && self.top <= y && y < self.bottom
    }

    pub(super) const fn meets(self, other: Self) -> bool {
        self.left < other.right && other.left < self.right && self.top < other.bottom && other.top < self.bottom
    }
}

/// Whether so little of `bar` can be seen that it counts as hidden.
pub(super) fn is_hidden(bar: Place, screen: Place, above: &[Place]) -> bool {
    if bar.right - bar.left < LEAST_WIDTH || bar.bottom <= bar.top {
        return true;
    }
    let mut gone = 0;
    for column in 0..GRID.0 {
        for row in 0..GRID.1 {
            let x = bar.left + (bar.right - bar.left) * (2 * column + 1) / (2 * GRID.0);
            let y = bar.top + (bar.bottom - bar.top) * (2 * row + 1) / (2 * GRID.1);
            gone += i32::from(!screen.has(x, y) || above.iter().any(|place| place.has(x, y)));
        }
    }
    gone * 4 > GRID.0 * GRID.1
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCREEN: Place = Place { left: 0, top: 0, right: 1280, bottom: 800 };
    const BAR: Place = Place { left: 200, top: 0, right: 1000, bottom: 50 };

    #[test]
    fn a_bar_that_lies_free_is_seen() {
        assert!(!is_hidden(BAR, SCREEN, &[]));
        let below_and_beside = [Place::of(0, 50, 1280, 700), Place::of(0, 0, 200, 50), Place::of(1000, 0, 280, 50)];
        assert!(!is_hidden(BAR, SCREEN, &below_and_beside));
    }

    #[test]
    fn a_little_over_it_does_not_hide_it_and_more_than_a_quarter_does() {
        assert!(!is_hidden(BAR, SCREEN, &[Place::of(200, 0, 190, 50)]));
        assert!(is_hidden(BAR, SCREEN, &[Place::of(200, 0, 240, 50)]));
        assert!(is_hidden(BAR, SCREEN, &[Place::of(0, 0, 1280, 800)]));
        let pieces: Vec<Place> = (0..10).map(|piece| Place::of(200 + piece * 80, 0, 40, 50)).collect();
        assert!(is_hidden(BAR, SCREEN, &pieces), "also in pieces");
    }

    #[test]
    fn a_bar_beside_the_screen_or_too_small_to_read_is_hidden() {
        let moved = |x, y| Place { left: BAR.left + x, top: BAR.top + y, right: BAR.right + x, bottom: BAR.bottom + y };
        for (x, y) in [(0, -40), (0, 790), (-900, 0), (900, 0)] {
            assert!(is_hidden(moved(x, y), SCREEN, &[]), "{x} {y}");
        }
        assert!(is_hidden(Place::of(0, 0, 30, 50), SCREEN, &[]));
        assert!(is_hidden(Place::of(0, 0, 800, 0), SCREEN, &[]));
    }
}
