//! The icon in the desktop's tray: how many people wait, who they are, the window, and the end of the program.
//!
//! The page says what it shows, in its language; a click on somebody who waits opens the window and tells the page, and
//! does nothing else. Where the system has no tray, or no library for it, there is none.

use std::path::Path;

use serde::Deserialize;
use tauri::{
    AppHandle, Manager as _, Wry,
    image::Image,
    menu::{IsMenuItem, Menu, MenuItem, PredefinedMenuItem},
    tray::{TrayIcon, TrayIconBuilder},
};

use crate::{commands::Desk, window};

const ID: &str = "deskhand";
const SHOW: &str = "show";
const QUIT: &str = "quit";
/// Before what the page calls a line.
const LINE: &str = "line:";
/// Lines of people who wait.
const LINES: usize = 12;
/// Characters of a line.
const TEXT: usize = 80;

/// What the tray shows.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct TrayView {
    /// How many people wait.
    pub waiting: u32,
    /// What is said of that, where there is room for it.
    pub summary: String,
    /// Who waits.
    pub lines: Vec<TrayLine>,
    /// The word for the window.
    pub show: String,
    /// The word for the end of the program.
    pub quit: String,
    /// Whether closing the window leaves the program in the tray.
    pub keep: bool,
}

/// Somebody who waits.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct TrayLine {
    /// What the page calls it.
    pub id: String,
    /// What it says. Hostile text.
    pub text: String,
}

/// Shows this in the tray; false where there is none. Only on the main thread.
///
/// # Errors
///
/// What the windowing library says.
pub fn show(app: &AppHandle, folder: &Path, view: &TrayView) -> tauri::Result<bool> {
    if !has_library() {
        return Ok(false);
    }
    let menu = menu_of(app, view)?;
    let icon = icon_of(view.waiting);
    if let Some(tray) = app.tray_by_id(ID) {
        tray.set_menu(Some(menu))?;
        tray.set_icon(Some(icon))?;
        say(&tray, view)?;
        return Ok(true);
    }
    let tray = TrayIconBuilder::with_id(ID)
        .icon(icon)
        .menu(&menu)
        // The icon's file, where the system wants one: not where others could lay one before.
        .temp_dir_path(folder.join("tray"))
        .on_menu_event(|app, event| chosen(app, event.id().as_ref()))
        .build(app)?;
    say(&tray, view)?;
    Ok(true)
}

fn say(tray: &TrayIcon, view: &TrayView) -> tauri::Result<()> {
    tray.set_tooltip(Some(one_line(&view.summary)))?;
    tray.set_title((view.waiting > 0).then(|| view.waiting.to_string()))
}

fn menu_of(app: &AppHandle, view: &TrayView) -> tauri::Result<Menu<Wry>> {
    let item = |id: &str, text: &str| MenuItem::with_id(app, id, label(text), true, None::<&str>);
    let mut items: Vec<Box<dyn IsMenuItem<Wry>>> = vec![Box::new(item(SHOW, &view.show)?)];
    if !view.lines.is_empty() {
        items.push(Box::new(PredefinedMenuItem::separator(app)?));
    }
    for line in view.lines.iter().take(LINES) {
        items.push(Box::new(item(&format!("{LINE}{}", line.id), &line.text)?));
    }
    items.push(Box::new(PredefinedMenuItem::separator(app)?));
    items.push(Box::new(item(QUIT, &view.quit)?));
    let items: Vec<&dyn IsMenuItem<Wry>> = items.iter().map(|item| &**item).collect();
    Menu::with_items(app, &items)
}

fn chosen(app: &AppHandle, id: &str) {
    match id {
        SHOW => window::show(app),
        QUIT => app.exit(0),
        id => {
            window::show(app);
            if let Some(line) = id.strip_prefix(LINE) {
                app.state::<Desk>().console().tray_chosen(line);
            }
        }
    }
}

/// Text of one line that is no shortcut.
fn label(text: &str) -> String {
    one_line(text).replace('&', "&&")
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(TEXT).collect()
}

/// Whether the library is there with which the desktop is told of icons; the next use of it would end the program.
#[cfg(target_os = "linux")]
#[allow(unsafe_code, reason = "a library is looked for by opening it")]
fn has_library() -> bool {
    static THERE: std::sync::OnceLock<bool> = std::sync::OnceLock::new();
    *THERE.get_or_init(|| {
        ["libayatana-appindicator3.so.1", "libappindicator3.so.1"].iter().any(|name| {
            // SAFETY: what runs when it is opened is the desktop's own library, which is opened by the same name anyway.
            unsafe { libloading::Library::new(name) }.is_ok()
        })
    })
}

#[cfg(not(target_os = "linux"))]
const fn has_library() -> bool {
    true
}

/// The program's icon, with a number on it when somebody waits.
fn icon_of(waiting: u32) -> Image<'static> {
    let plain = tauri::include_image!("../icons/console/32x32.png");
    if waiting == 0 {
        return plain;
    }
    let (width, height) = (plain.width(), plain.height());
    Image::new_owned(badged(plain.rgba(), width, height, waiting), width, height)
}

/// Digits of 3 by 5 points, a row in three bits; the last is a plus.
const DIGITS: [[u8; 5]; 11] = [
    [7, 5, 5, 5, 7],
    [2, 6, 2, 2, 7],
    [7, 1, 7, 4, 7],
    [7, 1, 7, 1, 7],
    [5, 5, 7, 1, 1],
    [7, 4, 7, 1, 7],
    [7, 4, 7, 5, 7],
    [7, 1, 1, 1, 1],
    [7, 5, 7, 5, 7],
    [7, 5, 7, 1, 7],
    [0, 2, 7, 2, 0],
];
const RED: [u8; 4] = [200, 36, 44, 255];
const WHITE: [u8; 4] = [255, 255, 255, 255];

/// The icon with a number in a red disc at its lower right; more than nine are nine and a plus.
fn badged(rgba: &[u8], width: u32, height: u32, count: u32) -> Vec<u8> {
    let mut pixels = rgba.to_vec();
    let mut set = |x: i64, y: i64, colour: [u8; 4]| {
        let inside = (0..i64::from(width)).contains(&x) && (0..i64::from(height)).contains(&y);
        let at = usize::try_from((y * i64::from(width) + x) * 4).unwrap_or(usize::MAX);
        if let Some(pixel) = pixels.get_mut(at..at.saturating_add(4)).filter(|_| inside) {
            pixel.copy_from_slice(&colour);
        }
    };
    let radius = i64::from(width.min(height)) * 3 / 10;
    let (middle_x, middle_y) = (i64::from(width) - radius - 1, i64::from(height) - radius - 1);
    for y in -radius..=radius {
        for x in -radius..=radius {
            if x * x + y * y <= radius * radius {
                set(middle_x + x, middle_y + y, RED);
            }
        }
    }
    let signs: &[usize] = if count > 9 { &[9, 10] } else { &[count as usize] };
    // As large as fits into the disc.
    let point = (radius * 2 / 8).max(1);
    let step = if signs.len() > 1 { (point * 2 / 3).max(1) } else { point };
    let wide = i64::try_from(signs.len()).unwrap_or(1) * 4 * step - step;
    for (place, sign) in signs.iter().enumerate() {
        let left = middle_x - wide / 2 + i64::try_from(place).unwrap_or(0) * 4 * step;
        for (row, bits) in DIGITS.get(*sign).copied().unwrap_or_default().iter().enumerate() {
            for column in 0..3_i64 {
                if bits >> (2 - column) & 1 == 1 {
                    let top = middle_y - 5 * step / 2 + i64::try_from(row).unwrap_or(0) * step;
                    for y in 0..step {
                        for x in 0..step {
                            set(left + column * step + x, top + y, WHITE);
                        }
                    }
                }
            }
        }
    }
    pixels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_has_a_picture_of_its_own() {
        let plain = icon_of(0);
        let pictures: Vec<Vec<u8>> = (0..12).map(|count| icon_of(count).rgba().to_vec()).collect();
        assert!(pictures.iter().all(|picture| picture.len() == plain.rgba().len()));
        for (one, other) in (0..12).flat_map(|one| (one + 1..12).map(move |other| (one, other))) {
            let more_than_nine = one > 9 && other > 9;
            assert_eq!(pictures[one] == pictures[other], more_than_nine, "{one} and {other}");
        }
        assert!(pictures[3].chunks_exact(4).any(|pixel| pixel == WHITE));
        // A picture too small for a number still is one.
        assert_eq!(badged(&[0; 4], 1, 1, 5).len(), 4);
    }

    #[test]
    fn what_people_write_is_one_line_and_no_shortcut() {
        assert_eq!(label("Eve & Co\nasks\u{1b}[2J"), "Eve && Co asks [2J");
        assert_eq!(label(&"x".repeat(500)).len(), TEXT);
    }
}
