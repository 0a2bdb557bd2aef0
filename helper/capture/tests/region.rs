//! The arithmetic of rectangles, for all rectangles.

use deskhand_capture::{Rect, Region, straight_from_premultiplied};
use proptest::prelude::*;

fn rect(limit: u16) -> impl Strategy<Value = Rect> {
    (0..limit, 0..limit).prop_flat_map(move |(x, y)| {
        (1..=limit - x, 1..=limit - y).prop_map(move |(width, height)| Rect { x, y, width, height })
    })
}

proptest! {
    #[test]
    fn a_region_covers_all_that_was_added_and_stays_inside(rects in prop::collection::vec(rect(200), 0..60)) {
        let mut region = Region::new();
        for rect in &rects {
            region.add(*rect);
        }
        prop_assert!(region.rects().len() <= Region::MOST);
        for rect in &rects {
            for (x, y) in [(rect.x, rect.y), (rect.x + rect.width - 1, rect.y + rect.height - 1), (rect.x, rect.y + rect.height / 2)] {
                prop_assert!(region.rects().iter().any(|kept| kept.contains(x, y)), "lost {x},{y}");
            }
        }
        for kept in region.rects() {
            prop_assert!(kept.right() <= 200 && kept.bottom() <= 200 && !kept.is_empty());
        }
    }

    #[test]
    fn a_few_separate_rectangles_are_kept_as_they_are(columns in prop::collection::btree_set(0u16..10, 1..10)) {
        let mut region = Region::new();
        for column in &columns {
            region.add(Rect { x: column * 20, y: column * 20, width: 5, height: 5 });
        }
        prop_assert_eq!(region.rects().len(), columns.len());
    }

    #[test]
    fn an_even_rectangle_is_the_smallest_around(rect in rect(5000)) {
        let even = rect.even();
        prop_assert_eq!((even.x % 2, even.y % 2, even.width % 2, even.height % 2), (0, 0, 0, 0));
        prop_assert!(even.x <= rect.x && even.y <= rect.y);
        prop_assert!(even.right() >= rect.right() && even.bottom() >= rect.bottom());
        prop_assert!(even.right() - rect.right() < 2 && rect.x - even.x < 2);
    }

    #[test]
    fn clipping_keeps_exactly_the_pixels_inside(
        x in -300i32..600, y in -300i32..600, width in 0u16..400, height in 0u16..400,
        left in -200i32..200, top in -200i32..200, w in 1u16..300, h in 1u16..300,
        px in 0u16..300, py in 0u16..300,
    ) {
        let clipped = Rect::clipped(x, y, width, height, (left, top), (w, h));
        if px < w && py < h {
            let (dx, dy) = (left + i32::from(px), top + i32::from(py));
            let inside = dx >= x && dy >= y && dx < x + i32::from(width) && dy < y + i32::from(height);
            prop_assert_eq!(inside, clipped.is_some_and(|rect| rect.contains(px, py)));
        }
        if let Some(rect) = clipped {
            prop_assert!(!rect.is_empty() && rect.right() <= u32::from(w) && rect.bottom() <= u32::from(h));
        }
    }

    #[test]
    fn alpha_is_taken_out_of_colours(alpha in 1u8.., red: u8) {
        let premultiplied = u32::from(red) * u32::from(alpha) / 255;
        let rgba = straight_from_premultiplied(&[u32::from(alpha) << 24 | premultiplied << 16]);
        prop_assert_eq!(rgba[3], alpha);
        // Rounding down has lost less than one step of the alpha, and the way back rounds too.
        prop_assert!(u32::from(rgba[0].abs_diff(red)) <= 255 / u32::from(alpha) + 1);
    }
}

#[test]
fn a_clear_pixel_and_a_wrong_one_stay_in_range() {
    assert_eq!(straight_from_premultiplied(&[0x00ff_ffff]), [0, 0, 0, 0]);
    assert_eq!(straight_from_premultiplied(&[0x01ff_0000]), [255, 0, 0, 1]);
}
