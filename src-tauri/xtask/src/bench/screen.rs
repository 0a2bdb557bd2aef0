//! Watches the measured screen from beside it: when it shows what, and how it looked.
//!
//! The X server says that something changed (DAMAGE); what is there is read from its framebuffer's file.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use x11rb::{
    connection::Connection as _,
    protocol::{
        Event,
        damage::{self, ConnectionExt as _},
        xfixes::ConnectionExt as _,
    },
    rust_connection::RustConnection,
};

use super::{clock::now_us, framebuffer::Framebuffer, number};

pub(crate) use super::framebuffer::POINTER;
use crate::stage::display::Display;

/// How late the end of watching may be noticed.
const NAP: Duration = Duration::from_millis(20);

/// Tells when something was drawn.
pub struct Changes {
    connection: RustConnection,
    damage: damage::Damage,
}

impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes").field("damage", &self.damage).finish_non_exhaustive()
    }
}

impl Changes {
    /// Connects to a display.
    ///
    /// # Errors
    ///
    /// When it cannot be reached.
    pub fn of(display: &str) -> Result<Self> {
        let (connection, screen) = x11rb::connect(Some(display))?;
        let root = connection.setup().roots.get(screen).context("the display has no screen")?.root;
        connection.damage_query_version(1, 1)?.reply()?;
        connection.xfixes_query_version(5, 0)?.reply()?;
        let damage = connection.generate_id()?;
        connection.damage_create(damage, root, damage::ReportLevel::NON_EMPTY)?;
        connection.damage_subtract(damage, x11rb::NONE, x11rb::NONE)?;
        connection.flush()?;
        Ok(Self { connection, damage })
    }

    /// The connection, for whoever acts and watches.
    #[must_use]
    pub const fn connection(&self) -> &RustConnection {
        &self.connection
    }

    /// Waits until something was drawn since the last call, or the time is over; true if something was.
    ///
    /// # Errors
    ///
    /// When the display is gone.
    pub fn wait(&self, at_most: Duration) -> Result<bool> {
        let end = Instant::now() + at_most;
        loop {
            let mut drawn = false;
            while let Some(event) = self.connection.poll_for_event()? {
                drawn |= matches!(event, Event::DamageNotify(_));
            }
            if drawn {
                self.connection.damage_subtract(self.damage, x11rb::NONE, x11rb::NONE)?;
                self.connection.flush()?;
                return Ok(true);
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(false);
            }
            let left = Timespec { tv_sec: left.as_secs().cast_signed(), tv_nsec: left.subsec_nanos().into() };
            match poll(&mut [PollFd::new(self.connection.stream(), PollFlags::IN)], Some(&left)) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => bail!("the display {error}"),
            }
        }
    }
}

/// Red, green and blue of a pixel.
///
/// # Errors
///
/// When it is outside of the screen, or the screen is gone.
pub(crate) fn pixel(screen: &Framebuffer, x: u16, y: u16) -> Result<[u8; 3]> {
    match screen.row(x, y, 1)?.as_slice() {
        [blue, green, red, ..] => Ok([*red, *green, *blue]),
        _ => bail!("the framebuffer is too short"),
    }
}

/// The number that is on the screen at all of these places.
#[must_use]
pub(crate) fn number_on(screen: &Framebuffer, rows: &[(u16, u16)]) -> Option<u16> {
    let mut numbers = rows.iter().map(|(x, y)| {
        let row = screen.row(*x, *y + number::BLOCK / 2, number::BLOCK * number::BLOCKS).ok()?;
        number::read(*x, *y, |at, _| {
            let begin = usize::from(at - x) * 4;
            row.get(begin..begin + 3).map(|pixel| [pixel[2], pixel[1], pixel[0]])
        })
    });
    let first = numbers.next().flatten();
    first.filter(|_| numbers.all(|other| other == first))
}

/// Difference of red above which a pixel has another colour.
const OTHER_RED: u8 = 100;

/// Watches for a pixel's changes until it is asked for their times.
#[derive(Debug)]
pub struct PixelWatcher {
    over: Arc<AtomicBool>,
    thread: JoinHandle<Result<Vec<u64>>>,
}

impl PixelWatcher {
    /// Begins.
    ///
    /// # Errors
    ///
    /// When the display cannot be reached.
    pub fn begin(desk: &Desk, (x, y): (u16, u16)) -> Result<Self> {
        let over = Arc::new(AtomicBool::new(false));
        let (changes, screen, stop) = (Changes::of(desk.display.name())?, desk.framebuffer()?, Arc::clone(&over));
        let thread = std::thread::spawn(move || {
            let (mut times, [mut last, ..]) = (Vec::new(), pixel(&screen, x, y)?);
            while !stop.load(Ordering::Relaxed) {
                let [red, ..] = if changes.wait(NAP)? { pixel(&screen, x, y)? } else { continue };
                if red.abs_diff(last) > OTHER_RED {
                    times.push(now_us());
                    last = red;
                }
            }
            Ok(times)
        });
        Ok(Self { over, thread })
    }

    /// Ends.
    ///
    /// # Errors
    ///
    /// When the display was gone before.
    pub fn end(self) -> Result<Vec<u64>> {
        self.over.store(true, Ordering::Relaxed);
        self.thread.join().unwrap_or_else(|_| bail!("the watcher panicked"))
    }
}

/// What was seen on the screen.
#[derive(Debug, Default)]
pub struct Watched {
    /// Each number and when it was there for the first time.
    pub numbers: Vec<(u16, u64)>,
    /// Red, green and blue of whole screens by number.
    pub truths: Vec<(u16, Vec<u8>)>,
}

/// Watches for numbers until it is asked for what it saw.
#[derive(Debug)]
pub struct Watcher {
    over: Arc<AtomicBool>,
    thread: JoinHandle<Result<Watched>>,
}

impl Watcher {
    /// Begins. Keeps the screen of each number that is a multiple of `keep_every`.
    ///
    /// # Errors
    ///
    /// When the display cannot be reached.
    pub fn begin(display: &str, file: &Path, rows: &[(u16, u16)], keep_every: Option<u16>) -> Result<Self> {
        let over = Arc::new(AtomicBool::new(false));
        let (changes, screen) = (Changes::of(display)?, Framebuffer::open(file)?);
        let (rows, stop) = (rows.to_vec(), Arc::clone(&over));
        let thread = std::thread::spawn(move || watch(&changes, &screen, &rows, keep_every, &stop));
        Ok(Self { over, thread })
    }

    /// Ends.
    ///
    /// # Errors
    ///
    /// When the display was gone before.
    pub fn end(self) -> Result<Watched> {
        self.over.store(true, Ordering::Relaxed);
        self.thread.join().unwrap_or_else(|_| bail!("the watcher panicked"))
    }
}

fn watch(
    changes: &Changes,
    screen: &Framebuffer,
    rows: &[(u16, u16)],
    keep_every: Option<u16>,
    over: &AtomicBool,
) -> Result<Watched> {
    let mut watched = Watched::default();
    let mut truths = Vec::new();
    // What is there already appeared before anybody watched.
    let mut last = number_on(screen, rows);
    while !over.load(Ordering::Relaxed) {
        if !changes.wait(NAP)? {
            continue;
        }
        let Some(number) = number_on(screen, rows).filter(|number| Some(*number) != last) else { continue };
        last = Some(number);
        watched.numbers.push((number, now_us()));
        if keep_every.is_some_and(|every| number % every.max(1) == 0) {
            let picture = screen.raw()?;
            // A screen that changed while it was read is no truth.
            if number_on(screen, rows) == Some(number) {
                truths.push((number, picture));
            }
        }
    }
    watched.truths = truths.into_iter().map(|(number, raw)| (number, screen.rgb(&raw))).collect();
    Ok(watched)
}

/// The measured screen in pixels.
pub const SCREEN: (u32, u32) = (1920, 1080);

/// The measured desktop.
#[derive(Debug)]
pub struct Desk {
    /// Its display.
    pub display: Display,
    /// The file of its framebuffer.
    pub file: PathBuf,
    /// The X server's process.
    pub server: u32,
}

impl Desk {
    /// Starts an empty one.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub fn open() -> Result<Self> {
        let display = Display::start_watched(SCREEN.0, SCREEN.1)?;
        let (file, server) = display.framebuffer().zip(display.server()).context("the display is not ours")?;
        let desk = Self { display, file, server };
        // The pointer is part of the framebuffer, but not of the picture: it waits where it covers next to nothing.
        desk.park()?;
        Ok(desk)
    }

    /// Moves the pointer out of the way.
    ///
    /// # Errors
    ///
    /// When the display is gone.
    pub fn park(&self) -> Result<()> {
        self.display.move_to(SCREEN.0 as i32 - 1, SCREEN.1 as i32 - 1)
    }

    /// What its X server shows.
    ///
    /// # Errors
    ///
    /// When the display is gone.
    pub(crate) fn framebuffer(&self) -> Result<Framebuffer> {
        Framebuffer::open(&self.file).with_context(|| self.file.display().to_string())
    }
}
