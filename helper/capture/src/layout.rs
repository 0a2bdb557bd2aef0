//! A Mac's desktop in pixels. The system lays its displays out in points, of which each display has pixels of its own
//! number (decision 0106).
//!
//! The display with most pixels to a point gives the measure for where all of them lie: so none lies over another, and
//! between one with fewer pixels and its neighbour there may be room that belongs to none. `deskhand-input` goes the way
//! back by the same rule.

#![cfg_attr(not(target_os = "macos"), allow(dead_code, reason = "elsewhere only its tests are built"))]

/// A display as the system tells of it: in points, from the upper left corner of the main one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Display {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
    /// Pixels to a point.
    pub(crate) scale: f64,
}

/// Where a display lies, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) x: i32,
    pub(crate) y: i32,
    pub(crate) width: u16,
    pub(crate) height: u16,
}

/// The measure for places: the most pixels to a point of any display; at least 1.
pub(crate) fn measure(displays: &[Display]) -> f64 {
    displays.iter().map(|display| display.scale).filter(|scale| scale.is_finite()).fold(1.0, f64::max)
}

/// Where a display lies among others with this [`measure`]; `None` for one without pixels, or with too many.
pub(crate) fn place(display: Display, measure: f64) -> Option<Place> {
    Some(Place {
        x: whole(display.x * measure)?,
        y: whole(display.y * measure)?,
        width: extent(display.width * display.scale)?,
        height: extent(display.height * display.scale)?,
    })
}

/// The pixel that holds a point, from a display's upper left corner; may lie outside of it.
pub(crate) fn pixel(at: (f64, f64), display: Display) -> Option<(i32, i32)> {
    let along = |at: f64, from: f64| whole(((at - from) * display.scale).floor());
    Some((along(at.0, display.x)?, along(at.1, display.y)?))
}

/// A number of pixels that a picture can have.
pub(crate) fn extent(pixels: f64) -> Option<u16> {
    u16::try_from(whole(pixels)?).ok().filter(|pixels| *pixels > 0)
}

fn whole(number: f64) -> Option<i32> {
    let rounded = number.round();
    #[allow(clippy::cast_possible_truncation, reason = "only what fits is given")]
    let whole = rounded as i32;
    (rounded.is_finite() && rounded.abs() < f64::from(i32::MAX)).then_some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RETINA: Display = Display { x: 0.0, y: 0.0, width: 1512.0, height: 982.0, scale: 2.0 };
    const BESIDE: Display = Display { x: 1512.0, y: -98.0, width: 1920.0, height: 1080.0, scale: 1.0 };
    const LEFT: Display = Display { x: -1280.0, y: 0.0, width: 1280.0, height: 720.0, scale: 1.5 };

    #[test]
    fn displays_lie_where_the_finest_has_its_pixels() {
        let all = [RETINA, BESIDE, LEFT];
        let places = all.map(|display| place(display, measure(&all)).unwrap());
        assert_eq!(places[0], Place { x: 0, y: 0, width: 3024, height: 1964 });
        assert_eq!(places[1], Place { x: 3024, y: -196, width: 1920, height: 1080 });
        assert_eq!(places[2], Place { x: -2560, y: 0, width: 1920, height: 1080 });
        assert_eq!(place(BESIDE, measure(&[BESIDE])).unwrap(), Place { x: 1512, y: -98, width: 1920, height: 1080 });
    }

    #[test]
    fn no_display_lies_over_another() {
        let scales = [1.0, 1.25, 1.5, 2.0, 3.0];
        for (left, right) in scales.iter().flat_map(|a| scales.map(|b| (*a, b))) {
            let first = Display { scale: left, ..RETINA };
            let second = Display { scale: right, ..BESIDE };
            let measure = measure(&[first, second]);
            let (first, second) = (place(first, measure).unwrap(), place(second, measure).unwrap());
            assert!(first.x + i32::from(first.width) <= second.x, "{left} {right}");
        }
    }

    #[test]
    fn a_point_is_the_pixel_below_it_also_beside_the_display() {
        assert_eq!(pixel((0.0, 0.0), RETINA), Some((0, 0)));
        assert_eq!(pixel((10.4, 10.5), RETINA), Some((20, 21)));
        assert_eq!(pixel((1511.9, 981.9), RETINA), Some((3023, 1963)));
        assert_eq!(pixel((0.0, 0.0), BESIDE), Some((-1512, 98)));
    }

    #[test]
    fn what_is_no_size_is_none() {
        for odd in [0.0, -1.0, 0.2, 70_000.0, f64::NAN, f64::INFINITY] {
            assert_eq!(place(Display { width: odd, ..RETINA }, 2.0), None, "{odd}");
        }
        assert_eq!(place(Display { x: f64::NAN, ..RETINA }, 2.0), None);
        assert_eq!(place(Display { x: 1e12, ..RETINA }, 2.0), None);
        assert!((measure(&[Display { scale: f64::NAN, ..RETINA }, BESIDE]) - 1.0).abs() < 1e-9);
    }
}
