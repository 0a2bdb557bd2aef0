//! Pointing and drawing on the customer's screen without touching it.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::{path::Path, time::Duration};

use xtask::stage::{call::Call, wait_for};

/// The colour of what is drawn.
const INK: [u8; 3] = [0xd7, 0x38, 0x14];
/// Pixels of it in a box of some hundred pixels' edges; the technician's pointer alone has fewer.
const BOX: usize = 3_000;

/// How many pixels of the customer's screen are ink.
fn ink(call: &Call) -> usize {
    call.desk.picture().unwrap().rgb.iter().filter(|pixel| **pixel == INK).count()
}

fn waits_for(call: &Call, what: &str, count: impl Fn(usize) -> bool) {
    let mut last = 0;
    let met = wait_for(what, Duration::from_secs(15), || {
        last = ink(call);
        Ok(count(last).then_some(()))
    });
    assert!(met.is_ok(), "{what}: {last} pixels");
}

/// Drags over the console's picture from one of the customer's pixels to another.
fn drags(call: &Call, window: &str, from: (u32, u32), to: (u32, u32)) {
    let at = |(x, y)| call.technician.on_screen(&call.console, window, x, y).unwrap();
    let ((x, y), (end_x, end_y)) = (at(from), at(to));
    call.console.move_to(x, y).unwrap();
    call.console.button_down().unwrap();
    for step in 1..=8 {
        call.console.move_to(x + (end_x - x) * step / 8, y + (end_y - y) * step / 8).unwrap();
    }
    call.console.button_up().unwrap();
}

/// Where a screenshot is kept to be looked at, if somebody wants to.
fn keeps(call: &Call, name: &str) {
    if let Some(folder) = std::env::var_os("DESKHAND_SHOTS") {
        let folder = Path::new(&folder);
        call.desk.screenshot(&folder.join(format!("{name}-customer.png"))).unwrap();
        call.console.screenshot(&folder.join(format!("{name}-technician.png"))).unwrap();
    }
}

#[test]
fn what_is_drawn_is_seen_by_both_once_touches_nothing_and_goes_when_cleared_and_when_taken_back() {
    let call = Call::live().unwrap();
    let folder = call.folder.path().join("notes");
    let _notes = call.desk.keeper(&folder).unwrap();
    let window = call.console_window().unwrap();
    let before = call.desk.pointer().unwrap();

    call.technician.takes("Box").unwrap();
    drags(&call, &window, (500, 440), (800, 600));
    waits_for(&call, "a box", |count| count > BOX);
    wait_for("the box's corner", Duration::from_secs(10), || {
        let corner = call.desk.picture()?.part(796, 560, 8, 8);
        Ok((corner.rgb.contains(&INK)).then_some(()))
    })
    .unwrap();
    assert_eq!(call.desk.pointer().unwrap(), before, "the customer's pointer stays where it is");
    // The technician sees what is on the customer's screen, and nothing else.
    wait_for("the same picture", Duration::from_secs(20), || {
        Ok(call.technician.picture()?.filter(|seen| *seen == call.desk.picture().unwrap()).map(drop))
    })
    .unwrap();
    keeps(&call, "box");

    // The customer clicks and types through it: into the terminal below the drawing's edge.
    call.desk.click(500, 520).unwrap();
    call.desk.type_text("below\n").unwrap();
    call.desk.press("ctrl+d").unwrap();
    wait_for("what was typed", Duration::from_secs(10), || {
        Ok((std::fs::read_to_string(&folder).unwrap_or_default() == "below\n").then_some(()))
    })
    .unwrap();

    call.technician.takes("Arrow").unwrap();
    drags(&call, &window, (150, 700), (420, 560));
    call.technician.takes("Pen").unwrap();
    drags(&call, &window, (900, 200), (1_100, 330));
    waits_for(&call, "three strokes", |count| count > 8_000);
    keeps(&call, "strokes");
    call.technician.clears_drawings().unwrap();
    waits_for(&call, "nothing but the pointer", |count| count < BOX);

    call.technician.takes("Point").unwrap();
    let (x, y) = call.technician.on_screen(&call.console, &window, 300, 300).unwrap();
    call.console.move_to(x, y).unwrap();
    waits_for(&call, "the pointer with its name", |count| (300..BOX).contains(&count));
    keeps(&call, "pointer");
    // The mouse leaves the picture: the pointer goes.
    call.console.move_to(700, 20).unwrap();
    waits_for(&call, "no pointer", |count| count == 0);
    assert_eq!(call.desk.pointer().unwrap(), (500, 520), "only the customer has moved his pointer");
}

#[test]
fn nothing_stays_on_the_screen_when_the_helper_is_killed() {
    let call = Call::live().unwrap();
    let window = call.console_window().unwrap();
    call.technician.takes("Box").unwrap();
    drags(&call, &window, (300, 300), (800, 600));
    waits_for(&call, "a box", |count| count > BOX);
    call.customer.page.kill().unwrap();
    waits_for(&call, "a clean screen", |count| count == 0);
}

#[test]
fn nothing_is_drawn_over_the_bar_and_all_of_it_goes_with_the_session() {
    let call = Call::live().unwrap();
    let window = call.console_window().unwrap();
    let bar = call.desk.window(xtask::stage::customer::BAR, Duration::from_secs(10)).unwrap();
    let (x, y, width, height) = call.desk.place(&bar).unwrap();
    let (x, y, width, height) = (x as u32, y as u32, width as u32, height as u32);
    let shown = || call.desk.picture().unwrap().part(x, y, width, height);
    let before = shown();
    call.technician.takes("Pen").unwrap();
    // Across the bar, and then below it, which is seen.
    drags(&call, &window, (x + 5, y + height / 2), (x + width - 5, y + height / 2));
    drags(&call, &window, (100, 300), (1_200, 400));
    waits_for(&call, "a line", |count| count > BOX);
    assert_eq!(shown(), before, "the bar is as it was");
    keeps(&call, "bar");
    call.customer.ends_on_bar(&call.desk).unwrap();
    call.bar_goes().unwrap();
    waits_for(&call, "a clean screen", |count| count == 0);
}
