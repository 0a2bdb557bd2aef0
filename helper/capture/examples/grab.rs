//! Measures what a picture of a whole screen and of a small change cost, on the display that the environment names.
//!
//! It draws on that display: `xvfb-run -s '-screen 0 1920x1080x24' target/work/examples/grab`, after
//! `cargo build --profile work --workspace --examples`.

#![allow(clippy::print_stdout, reason = "printing is all it is for")]

#[cfg(target_os = "linux")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    linux::measure()
}

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
mod linux {
    use std::{
        error::Error,
        time::{Duration, Instant},
    };

    use deskhand_capture::{Screen, x11::X11Screen};
    use x11rb::{
        connection::Connection,
        protocol::xproto::{ChangeGCAux, ConnectionExt as _, CreateGCAux, Rectangle},
        wrapper::ConnectionExt as _,
    };

    const ROUNDS: u32 = 200;

    pub(super) fn measure() -> Result<(), Box<dyn Error>> {
        let began = Instant::now();
        let mut screen = X11Screen::connect(None)?;
        let opened = began.elapsed();
        let began = Instant::now();
        let whole = screen.grab()?.map(|frame| (frame.width, frame.height)).unwrap_or_default();
        println!("open {opened:.2?}, first picture of {}x{} {:.2?}", whole.0, whole.1, began.elapsed());
        for (what, width, height) in
            [("200x200", 200, 200), ("full width, 200 rows", whole.0, 200), ("all", whole.0, whole.1)]
        {
            let before = screen.bytes_read();
            let mut times = times(&mut screen, width, height)?;
            times.sort_unstable();
            let bytes = (screen.bytes_read() - before) / u64::from(ROUNDS);
            let at = |percent: usize| times.get(times.len() * percent / 100).copied().unwrap_or_default();
            println!("{what}: p50 {:.3?}, p95 {:.3?}, {bytes} bytes", at(50), at(95));
        }
        Ok(())
    }

    /// How long a picture takes after each of many changes.
    fn times(screen: &mut X11Screen, width: u16, height: u16) -> Result<Vec<Duration>, Box<dyn Error>> {
        let (connection, number) = x11rb::connect(None)?;
        let root = connection.setup().roots.get(number).ok_or("no screen")?.root;
        let gc = connection.generate_id()?;
        connection.create_gc(gc, root, &CreateGCAux::new())?;
        let mut times = Vec::new();
        for round in 0..ROUNDS {
            connection.change_gc(gc, &ChangeGCAux::new().foreground((round * 7919) & 0xff_ffff))?;
            connection.poly_fill_rectangle(root, gc, &[Rectangle { x: 0, y: 0, width, height }])?;
            connection.sync()?;
            let began = Instant::now();
            screen.grab()?.ok_or("nothing changed")?;
            times.push(began.elapsed());
        }
        Ok(times)
    }
}
