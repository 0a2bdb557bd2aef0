//! The stage itself: if a display, a click or a key does not work here, no other test means anything.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::time::Duration;

use xtask::stage::{display::Display, wait_for};

#[test]
fn a_virtual_display_takes_keys_and_clicks_and_shows_what_they_do() {
    let display = Display::start(800, 600).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let typed = folder.path().join("typed.txt");
    let keep = format!("cat > '{}'", typed.display());
    let _terminal = display
        .start_program("xterm", &["-u8", "-geometry", "60x10+50+50", "-T", "Notes", "-e", "sh", "-c", &keep])
        .unwrap();
    let window = display.window("Notes", Duration::from_secs(10)).unwrap();
    let (x, y, width, height) = display.place(&window).unwrap();
    display.click(x + width / 2, y + height / 2).unwrap();
    display.type_text("Hello, World [1]").unwrap();
    display.press("Return").unwrap();
    let text = wait_for("the text", Duration::from_secs(10), || {
        Ok(std::fs::read_to_string(&typed).ok().filter(|text| text.ends_with('\n')))
    })
    .unwrap();
    assert_eq!(text, "Hello, World [1]\n");
    let picture = folder.path().join("screen.png");
    display.screenshot(&picture).unwrap();
    assert!(picture.metadata().unwrap().len() > 500);
}
