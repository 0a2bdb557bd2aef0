//! A window with a block of 200 × 200 pixels that changes between two colours at each key press: what `typing` and
//! `window` measurements look at. It says when each key came, in microseconds since 1970, a line each.

use std::io::{Write as _, stdout};

use anyhow::Result;
use x11rb::{
    COPY_DEPTH_FROM_PARENT,
    connection::Connection as _,
    protocol::{
        Event,
        xproto::{
            AtomEnum, ChangeGCAux, ConnectionExt as _, CreateGCAux, CreateWindowAux, EventMask, PropMode, Rectangle,
            WindowClass,
        },
    },
    wrapper::ConnectionExt as _,
};

use crate::bench::clock::now_us;

/// The window's title.
pub const TITLE: &str = "Deskhand flip";
/// The block's edge in pixels.
pub const EDGE: u16 = 200;
/// The two colours, 0xRRGGBB.
pub const COLOURS: [u32; 2] = [0x00_1e_6f_d9, 0x00_f2_c1_4e];

/// Shows the window until its display goes.
///
/// # Errors
///
/// When there is no display.
pub fn run() -> Result<()> {
    let (display, screen) = x11rb::connect(None)?;
    let root = &display.setup().roots[screen];
    let window = display.generate_id()?;
    let look = CreateWindowAux::new()
        .background_pixel(root.white_pixel)
        .event_mask(EventMask::EXPOSURE | EventMask::KEY_PRESS | EventMask::STRUCTURE_NOTIFY);
    display.create_window(
        COPY_DEPTH_FROM_PARENT,
        window,
        root.root,
        100,
        100,
        EDGE + 100,
        EDGE + 100,
        0,
        WindowClass::INPUT_OUTPUT,
        root.root_visual,
        &look,
    )?;
    display.change_property8(PropMode::REPLACE, window, AtomEnum::WM_NAME, AtomEnum::STRING, TITLE.as_bytes())?;
    let paint = display.generate_id()?;
    display.create_gc(paint, window, &CreateGCAux::new())?;
    display.map_window(window)?;
    display.flush()?;
    let mut colour = 0;
    loop {
        let mut came = None;
        match display.wait_for_event()? {
            Event::KeyPress(_) => {
                let at = now_us();
                colour = 1 - colour;
                came = Some(at);
            }
            Event::Expose(_) => {}
            _ => continue,
        }
        display.change_gc(paint, &ChangeGCAux::new().foreground(COLOURS[colour]))?;
        display.poly_fill_rectangle(window, paint, &[Rectangle { x: 50, y: 50, width: EDGE, height: EDGE }])?;
        display.flush()?;
        if let Some(at) = came {
            // Nobody may be reading.
            let _ = writeln!(stdout(), "{at}");
        }
    }
}
