//! Moving things on the measured screen that are no browser: a window dragged across another, and a clip that plays.
//! Each step carries its number in two rows of blocks. Drawn by the X server from pictures it holds, so that the scene
//! itself costs as little as possible.

use std::{
    fmt,
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use x11rb::{
    COPY_DEPTH_FROM_PARENT,
    connection::Connection as _,
    protocol::xproto::{
        ChangeGCAux, ConfigureWindowAux, ConnectionExt as _, CreateGCAux, CreateWindowAux, Gcontext, ImageFormat,
        Pixmap, Rectangle, StackMode, Window, WindowClass,
    },
    rust_connection::RustConnection,
};

use super::{clock::now_us, number, page::Drawn, quality::Part};
use crate::netlink::line::Random;

/// Where a step's number is.
pub const ROWS: [(u16, u16); 2] = [(64, 144), (64, 1032)];

/// What a dragged window covers on its way.
pub const DRAG: Part = Part { x: 480, y: 200, width: 1300, height: 800 };
/// Where the clip plays.
pub const CLIP: Part = Part { x: 1240, y: 680, width: 640, height: 360 };

/// Steps of a drag per second: as a mouse of today reports.
const DRAG_RATE: u32 = 60;
/// Pictures of the clip per second.
const CLIP_RATE: u32 = 30;
/// Pictures of the clip before it begins again.
const CLIP_PICTURES: usize = 60;

/// A scene on a display; it goes when this is dropped.
pub struct Windows {
    connection: RustConnection,
    depth: u8,
    root: Window,
    paint: Gcontext,
    rows: Vec<Window>,
    number: u16,
}

impl fmt::Debug for Windows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Windows").field("number", &self.number).finish_non_exhaustive()
    }
}

impl Windows {
    /// Shows the two rows for the numbers.
    ///
    /// # Errors
    ///
    /// When the display cannot be reached.
    pub fn open(display: &str) -> Result<Self> {
        let (connection, screen) = x11rb::connect(Some(display))?;
        let screen = connection.setup().roots.get(screen).context("the display has no screen")?;
        let (root, depth) = (screen.root, screen.root_depth);
        let paint = connection.generate_id()?;
        connection.create_gc(paint, root, &CreateGCAux::new().graphics_exposures(0))?;
        let mut windows = Self { connection, depth, root, paint, rows: Vec::new(), number: 0 };
        for (x, y) in ROWS {
            let row = windows.window((x as i16, y as i16), (number::BLOCK * number::BLOCKS, number::BLOCK), None)?;
            windows.rows.push(row);
        }
        windows.show_number()?;
        windows.connection.flush()?;
        Ok(windows)
    }

    /// Drags a window with text across another with text; tells when each step was made.
    ///
    /// # Errors
    ///
    /// When the display is gone.
    pub fn drag(&mut self, time: Duration) -> Result<Drawn> {
        let below = self.text((1300, 800), 0x00ff_ffff, 0x0022_2a35, 1)?;
        let above = self.text((620, 420), 0x0016_202b, 0x00e0_e8f0, 2)?;
        let below = self.window((480, 200), (1300, 800), Some(below))?;
        let above = self.window((480, 200), (620, 420), Some(above))?;
        let begun = Instant::now();
        let drawn = self.step(DRAG_RATE, time, |windows, _| {
            // From corner to corner and back, in a curve that repeats no picture.
            let at = begun.elapsed().as_secs_f64();
            let x = 480.0 + 680.0 * (0.5 - 0.5 * (at * 1.3).cos());
            let y = 200.0 + 380.0 * (0.5 - 0.5 * (at * 2.1).cos());
            let place = ConfigureWindowAux::new().x(x as i32).y(y as i32);
            windows.connection.configure_window(above, &place)?;
            Ok(())
        });
        self.connection.destroy_window(above)?;
        self.connection.destroy_window(below)?;
        self.connection.flush()?;
        drawn
    }

    /// Plays the clip; tells when each picture was drawn.
    ///
    /// # Errors
    ///
    /// When the display is gone.
    pub fn play(&mut self, time: Duration) -> Result<Drawn> {
        let size = (CLIP.width as u16, CLIP.height as u16);
        let window = self.window((CLIP.x as i16, CLIP.y as i16), size, None)?;
        let pictures: Vec<Vec<u8>> = (0..CLIP_PICTURES).map(clip).collect();
        let drawn = self.step(CLIP_RATE, time, |windows, step| {
            let data = &pictures[step as usize % CLIP_PICTURES];
            let (connection, paint) = (&windows.connection, windows.paint);
            connection.put_image(ImageFormat::Z_PIXMAP, window, paint, size.0, size.1, 0, 0, 0, windows.depth, data)?;
            Ok(())
        });
        self.connection.destroy_window(window)?;
        self.connection.flush()?;
        drawn
    }

    /// Makes a step and counts it, so often a second.
    fn step(&mut self, rate: u32, time: Duration, mut make: impl FnMut(&Self, u32) -> Result<()>) -> Result<Drawn> {
        let begun = Instant::now();
        let mut drawn = Drawn::new();
        for step in 0.. {
            let due = begun + Duration::from_secs(1) * step / rate;
            if due.duration_since(begun) >= time {
                break;
            }
            sleep(due.saturating_duration_since(Instant::now()));
            self.number = self.number.wrapping_add(1);
            // Nobody else sees a step without its number.
            self.connection.grab_server()?;
            make(self, step)?;
            self.show_number()?;
            self.connection.ungrab_server()?;
            drawn.push((self.number, now_us()));
            self.connection.flush()?;
        }
        Ok(drawn)
    }

    fn show_number(&self) -> Result<()> {
        let blocks = number::blocks(self.number);
        for row in &self.rows {
            self.connection.configure_window(*row, &ConfigureWindowAux::new().stack_mode(StackMode::ABOVE))?;
            for (white, colour) in [(false, 0), (true, 0x00ff_ffff)] {
                let of_colour = (0..).zip(blocks).filter(|(_, block)| *block == white);
                let edge = number::BLOCK;
                let rectangles: Vec<Rectangle> = of_colour
                    .map(|(at, _): (i16, bool)| Rectangle { x: at * edge as i16, y: 0, width: edge, height: edge })
                    .collect();
                self.connection.change_gc(self.paint, &ChangeGCAux::new().foreground(colour))?;
                self.connection.poly_fill_rectangle(*row, self.paint, &rectangles)?;
            }
        }
        Ok(())
    }

    /// A window that no window manager touches. The X server draws its background by itself.
    fn window(&self, (x, y): (i16, i16), (width, height): (u16, u16), background: Option<Pixmap>) -> Result<Window> {
        let window = self.connection.generate_id()?;
        let look = CreateWindowAux::new().override_redirect(1);
        let look = match background {
            Some(pixmap) => look.background_pixmap(pixmap),
            None => look.background_pixel(0),
        };
        let (depth, class) = (COPY_DEPTH_FROM_PARENT, WindowClass::INPUT_OUTPUT);
        self.connection.create_window(depth, window, self.root, x, y, width, height, 0, class, 0, &look)?;
        self.connection.map_window(window)?;
        Ok(window)
    }

    /// A picture full of text.
    fn text(&self, (width, height): (u16, u16), paper: u32, ink: u32, seed: u64) -> Result<Pixmap> {
        let (pixmap, font) = (self.connection.generate_id()?, self.connection.generate_id()?);
        self.connection.create_pixmap(self.depth, pixmap, self.root, width, height)?;
        self.connection.open_font(font, b"fixed")?;
        let set = ChangeGCAux::new().foreground(paper).background(paper).font(font);
        self.connection.change_gc(self.paint, &set)?;
        self.connection.poly_fill_rectangle(pixmap, self.paint, &[Rectangle { x: 0, y: 0, width, height }])?;
        self.connection.change_gc(self.paint, &ChangeGCAux::new().foreground(ink))?;
        let mut random = Random::new(seed);
        for line in (14..height).step_by(15) {
            let length = random.between(40, u64::from(width) / 6 - 2).min(250);
            let text: Vec<u8> = (0..length)
                .map(|_| if random.between(0, 5) == 0 { b' ' } else { b'a' + random.between(0, 25) as u8 })
                .collect();
            self.connection.image_text8(pixmap, self.paint, 8, line as i16, &text)?;
        }
        self.connection.close_font(font)?;
        Ok(pixmap)
    }
}

/// One picture of the clip: a coloured ground that drifts, and discs that move over it.
fn clip(picture: usize) -> Vec<u8> {
    let time = picture as f64 / CLIP_PICTURES as f64 * std::f64::consts::TAU;
    let (width, height) = (CLIP.width as i32, CLIP.height as i32);
    let wave: Vec<i32> = (0..1024).map(|at| ((f64::from(at) * 0.024 + time).sin() * 40.0) as i32).collect();
    let discs: Vec<(i32, i32, i32, [u8; 3])> = (0..5)
        .map(|disc| {
            let turn = time + f64::from(disc) * 1.3;
            let (x, y) = (320.0 + 220.0 * turn.cos(), 180.0 + 110.0 * (2.0 * turn).sin());
            (x as i32, y as i32, 30 + disc * 9, [60 + disc as u8 * 40, 220 - disc as u8 * 35, 90 + disc as u8 * 25])
        })
        .collect();
    let mut bytes = Vec::with_capacity((width * height * 4) as usize);
    for y in 0..height {
        for x in 0..width {
            let inside = discs.iter().find(|(cx, cy, r, _)| (x - cx).pow(2) + (y - cy).pow(2) < r * r);
            let ground = || {
                let (a, b) = (wave[(x + y / 2) as usize % 1024], wave[(y * 2 + 300) as usize % 1024]);
                [(90 + a + y / 6) as u8, (120 + b) as u8, (110 + (a + b) / 2 + x / 12) as u8]
            };
            let [red, green, blue] = inside.map_or_else(ground, |(.., colour)| *colour);
            bytes.extend([blue, green, red, 0]);
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clip_moves_in_every_picture() {
        let pictures: Vec<Vec<u8>> = (0..4).map(clip).collect();
        assert!(pictures.iter().all(|picture| picture.len() == CLIP.width * CLIP.height * 4));
        assert!(pictures.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
