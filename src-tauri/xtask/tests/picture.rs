//! What the technician sees is what the customer has, through the real windows of both programs.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::time::Duration;

use xtask::stage::{call::Call, display::Picture, wait_for};

/// Small text in all colours, on light and on dark.
const PAGE: &str = r#"for i in $(seq 1 30); do for c in 31 32 33 34 35 36 91 94 95; do
printf '\033[%sm%s \033[7m%s\033[0m ' $c 'red on black' 'stays red'; done; echo; done; sleep 600"#;

/// Still since the last key, nothing may be told from the original: longer than the helper needs at the slowest.
const STILL: Duration = Duration::from_secs(20);

fn coloured_text(call: &Call) -> xtask::stage::Program {
    let look = ["-fa", "DejaVu Sans Mono", "-fs", "7", "-geometry", "180x50+20+20", "-T", "Coloured", "-e", "sh", "-c"];
    let program = call.desk.start_program("xterm", &[&look[..], &[PAGE]].concat()).unwrap();
    call.desk.window("Coloured", Duration::from_secs(10)).unwrap();
    // The pointer is drawn apart from the picture: out of the way.
    call.desk.move_to(1279, 799).unwrap();
    program
}

/// Waits until two pictures are the same, and says how far they were apart if they never are.
fn same(what: &str, mut pictures: impl FnMut() -> Option<(Picture, Picture)>) {
    let mut apart = None;
    let met = wait_for(what, STILL, || {
        let Some((seen, there)) = pictures() else { return Ok(None) };
        apart = seen.differing(&there);
        Ok((apart == Some(0)).then_some(()))
    });
    assert!(met.is_ok(), "{what}: {apart:?} pixels differ");
}

#[test]
fn a_still_page_of_small_coloured_text_is_the_customers_pixel_by_pixel() {
    let call = Call::live().unwrap();
    let _text = coloured_text(&call);
    same("the composed picture", || Some((call.technician.picture().unwrap()?, call.desk.picture().unwrap())));
}

#[test]
fn at_one_to_one_the_technicians_own_screen_shows_the_same_pixels() {
    let call = Call::live().unwrap();
    let _text = coloured_text(&call);
    call.technician.page.click("button", "1:1").unwrap();
    let window = call.console_window().unwrap();
    same("the console's window", || {
        // The upper left of the picture, as far as the window shows it without its outline.
        let (width, height) = (1200, 640);
        let (left, top) = call.technician.on_screen(&call.console, &window, 0, 0).unwrap();
        let shown = call.console.picture().unwrap();
        Some((
            shown.part(left as u32, top as u32, width, height),
            call.desk.picture().unwrap().part(0, 0, width, height),
        ))
    });
}
