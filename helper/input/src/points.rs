//! From a pixel of a Mac's desktop back to the point that the system counts in: the way back of what
//! `deskhand-capture`'s `layout` does, by the same rule (decision 0106).

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

/// The point in the middle of a pixel. One that lies on no display is on the nearest. `None` without any display.
pub(crate) fn point(displays: &[Display], x: i32, y: i32) -> Option<(f64, f64)> {
    let measure = displays.iter().map(|display| display.scale).filter(|scale| scale.is_finite()).fold(1.0, f64::max);
    let (x, y) = (f64::from(x) + 0.5, f64::from(y) + 0.5);
    let on = |display: &Display| {
        let along = |at: f64, from: f64, length: f64| {
            let pixels = (length * display.scale).round();
            (at - (from * measure).round()).clamp(0.5, (pixels - 0.5).max(0.5))
        };
        (along(x, display.x, display.width), along(y, display.y, display.height))
    };
    let far = |display: &Display| {
        let (across, down) = on(display);
        (x - (display.x * measure).round() - across).abs() + (y - (display.y * measure).round() - down).abs()
    };
    let usable = displays.iter().filter(|display| display.scale > 0.0 && far(display).is_finite());
    let nearest = usable.min_by(|a, b| far(a).total_cmp(&far(b)))?;
    let (across, down) = on(nearest);
    Some((nearest.x + across / nearest.scale, nearest.y + down / nearest.scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RETINA: Display = Display { x: 0.0, y: 0.0, width: 1512.0, height: 982.0, scale: 2.0 };
    const BESIDE: Display = Display { x: 1512.0, y: -98.0, width: 1920.0, height: 1080.0, scale: 1.0 };
    const LEFT: Display = Display { x: -1280.0, y: 0.0, width: 1280.0, height: 720.0, scale: 1.5 };

    #[test]
    fn every_pixel_of_a_display_is_a_point_on_it() {
        let all = [RETINA, BESIDE, LEFT];
        // Left, upper, width and height in pixels, as the picture's side lays them out.
        for (display, (left, top, width, height)) in
            all.iter().zip([(0, 0, 3024, 1964), (3024, -196, 1920, 1080), (-2560, 0, 1920, 1080)])
        {
            for (x, y) in [(0, 0), (width / 2, height / 3), (width - 1, height - 1)] {
                let at = point(&all, left + x, top + y).unwrap();
                let back = |at: f64, from: f64| ((at - from) * display.scale).floor();
                assert!((back(at.0, display.x) - f64::from(x)).abs() < 0.1, "{display:?} {x} {at:?}");
                assert!((back(at.1, display.y) - f64::from(y)).abs() < 0.1, "{display:?} {y} {at:?}");
            }
        }
    }

    #[test]
    fn what_lies_beside_all_displays_is_on_the_nearest() {
        let all = [RETINA, BESIDE];
        for (x, y) in [(i32::MIN, 0), (i32::MAX, i32::MAX), (100, i32::MAX), (4_900, 1_500)] {
            let (px, py) = point(&all, x, y).unwrap();
            let inside = |display: &Display| {
                (display.x..display.x + display.width).contains(&px)
                    && (display.y..display.y + display.height).contains(&py)
            };
            assert!(all.iter().any(inside), "{x} {y}: {px} {py}");
        }
        assert_eq!(point(&[], 1, 1), None);
        assert_eq!(point(&[Display { scale: f64::NAN, ..RETINA }], 1, 1), None);
    }
}
