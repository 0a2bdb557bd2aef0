//! From a place on a monitor to a pixel of the virtual desktop.

use deskhand_protocol::call::{control::Monitor, input::Place};

/// The pixel of the virtual desktop under a place; `None` for a monitor that is not there. Never outside the monitor.
#[must_use]
pub fn pixel(monitors: &[Monitor], place: Place) -> Option<(i32, i32)> {
    let monitor = monitors.iter().find(|monitor| monitor.index == place.monitor)?;
    Some((
        monitor.x.saturating_add(along(place.x, monitor.width)),
        monitor.y.saturating_add(along(place.y, monitor.height)),
    ))
}

/// Which of `size` pixels holds `at`, 0..=65535 across all of them. Below `size` unless that is 0.
fn along(at: u16, size: u16) -> i32 {
    // u16 * u16 fits u32; after the shift it is below `size`, so it fits i32.
    ((u32::from(at) * u32::from(size)) >> 16).cast_signed()
}

#[cfg(test)]
mod tests {
    use deskhand_protocol::{call::control::Rotation, text::Name};
    use proptest::prelude::*;

    use super::*;

    fn monitor(index: u8, x: i32, y: i32, width: u16, height: u16) -> Monitor {
        let (scale_percent, rotation) = (100, Rotation::Upright);
        let name = Name::default();
        Monitor { index, name, x, y, width, height, primary: index == 0, scale_percent, rotation }
    }

    proptest! {
        #[test]
        fn the_centre_of_every_pixel_maps_back_to_it(
            layout in prop::collection::vec((-20_000_i32..20_000, -20_000_i32..20_000, 1_u16..8_000, 1_u16..8_000), 1..16),
            pick in any::<prop::sample::Index>(),
            at in (any::<prop::sample::Index>(), any::<prop::sample::Index>()),
        ) {
            let monitors: Vec<Monitor> = layout
                .iter()
                .enumerate()
                .map(|(index, (x, y, w, h))| monitor(u8::try_from(index).unwrap(), *x, *y, *w, *h))
                .collect();
            let on = pick.get(&monitors);
            let (px, py) = (at.0.index(on.width.into()), at.1.index(on.height.into()));
            let centre = |pixel: usize, size: u16| ((pixel as f64 + 0.5) * 65_536.0 / f64::from(size)) as u16;
            let place = Place { monitor: on.index, x: centre(px, on.width), y: centre(py, on.height) };
            let expected = (on.x + i32::try_from(px).unwrap(), on.y + i32::try_from(py).unwrap());
            prop_assert_eq!(pixel(&monitors, place), Some(expected));
        }

        #[test]
        fn no_place_leaves_its_monitor(x in any::<u16>(), y in any::<u16>(), width in 1_u16.., height in 1_u16.., left in any::<i16>(), top in any::<i16>()) {
            let on = monitor(3, left.into(), top.into(), width, height);
            let (px, py) = pixel(std::slice::from_ref(&on), Place { monitor: 3, x, y }).unwrap();
            prop_assert!(px >= on.x && px < on.x + i32::from(width));
            prop_assert!(py >= on.y && py < on.y + i32::from(height));
        }
    }

    #[test]
    fn a_monitor_that_is_gone_has_no_pixels() {
        assert_eq!(pixel(&[monitor(0, 0, 0, 100, 100)], Place { monitor: 1, x: 0, y: 0 }), None);
    }

    #[test]
    fn the_corners_are_the_first_and_the_last_pixel() {
        let monitors = [monitor(0, -1920, -200, 1920, 1080)];
        assert_eq!(pixel(&monitors, Place { monitor: 0, x: 0, y: 0 }), Some((-1920, -200)));
        assert_eq!(pixel(&monitors, Place { monitor: 0, x: u16::MAX, y: u16::MAX }), Some((-1, 879)));
    }
}
