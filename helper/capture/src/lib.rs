//! What the customer's screens show: monitors, pictures with what changed in them, and the pointer.
//!
//! Decides nothing about who may look: [`deskhand-picture`'s feed asks its gate](Screen::grab) before each picture.
//! Never draws the pointer into a picture, never looks at the screen unless asked, never polls where the system tells:
//! [`Screen::wait`] sleeps on its notice of a change, so a still screen costs no wake-up at all.
//!
//! ```text
//! wait ──changes──▶ settle ──▶ grab ──BGRA + changed rectangles──▶ (picture)
//!   ▲                 cursor_shape, cursor_place ──▶ (pointer messages)
//!   │                 obstacle ──▶ (why the desktop may not be seen)
//!   └── Waker::wake from any thread
//! ```
//!
//! # Invariants
//!
//! - A rectangle in [`Frame::changed`] lies inside the frame; what lies outside all of them equals the frame before.
//! - A frame shows at least everything that was drawn before [`Screen::grab`] was called.
//! - Only what changed is read: a change of 200 × 200 pixels costs 160 kB of a 1080p picture's 8.3 MB.
//! - No other user of the machine can read what was captured.
//!
//! There is one backend per system, behind [`Screen`]: `x11` and `wayland` on Linux, `windows` on Windows, `macos` on a
//! Mac, which nobody has seen run yet.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

mod cursor;
#[cfg(any(target_os = "linux", target_os = "macos", windows))]
mod ids;
#[cfg(any(target_os = "macos", test))]
mod layout;
#[cfg(target_os = "macos")]
pub mod macos;
#[cfg(any(target_os = "linux", target_os = "macos", windows, test))]
mod pixels;
mod region;
#[cfg(any(target_os = "linux", target_os = "macos", windows))]
mod together;
#[cfg(target_os = "linux")]
pub mod wayland;
#[cfg(windows)]
pub mod windows;
#[cfg(target_os = "linux")]
pub mod x11;

pub use cursor::{CursorPlace, CursorShape, straight_from_premultiplied};
pub use region::{Rect, Region};

/// [`Monitor::id`] of all monitors together, which is listed last where there is more than one.
pub const ALL_MONITORS: u8 = u8::MAX;

/// How a monitor stands. Its picture is upright all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Rotation {
    /// As it was built.
    #[default]
    Upright,
    /// Turned clockwise by a quarter.
    Right,
    /// Upside down.
    Inverted,
    /// Turned counter-clockwise by a quarter.
    Left,
}

/// One monitor in the machine's virtual desktop, or all of them together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Monitor {
    /// This monitor's number for as long as the program runs, whatever others come and go.
    pub id: u8,
    /// What the system calls it; nothing for all of them together.
    pub name: String,
    /// Left edge in pixels of the virtual desktop; may be negative on some systems.
    pub x: i32,
    /// Upper edge in pixels of the virtual desktop.
    pub y: i32,
    /// Width in pixels, at least 1.
    pub width: u16,
    /// Height in pixels, at least 1.
    pub height: u16,
    /// Whether the system calls it the primary one.
    pub primary: bool,
    /// How much larger than designed programs are to draw, in percent; 100 where nothing is known.
    pub scale_percent: u16,
    /// How it stands.
    pub rotation: Rotation,
}

/// What may be different since the last [`Screen::wait`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Changes {
    /// Something was drawn on the selected monitor.
    pub picture: bool,
    /// The pointer has another shape.
    pub cursor_shape: bool,
    /// The pointer may have moved.
    pub cursor_place: bool,
    /// Monitors came, went, moved or changed their size.
    pub monitors: bool,
    /// [`Screen::obstacle`] has another answer.
    pub obstacle: bool,
    /// Somebody called [`Wake::wake`].
    pub woken: bool,
}

impl Changes {
    /// Whether there is anything at all.
    #[must_use]
    pub fn any(self) -> bool {
        self != Self::default()
    }
}

/// How long [`Screen::settle`] waits for what is being drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// A change of fewer pixels is not waited for.
    pub pixels: u32,
    /// Nothing was drawn for so long: the change is whole.
    pub quiet: Duration,
    /// The longest wait: something that never rests is shown as it is.
    pub at_most: Duration,
}

/// What stands between the customer's desktop and the picture. Only what the system really tells; the picture goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Obstacle {
    /// A screen saver covers the desktop, or the monitors are blanked by it.
    ScreenSaver,
    /// The system shows programs no more than their own kind of windows: an X11 program on a Wayland desktop.
    Protected,
    /// The system shows a desktop of its own that no program may see: Windows asks for permission or a password, or is
    /// locked.
    SecureDesktop,
    /// The window in front has more rights than this program: it is seen, but takes no input.
    Elevated,
}

/// One picture of the selected monitor, borrowed from the capturer until its next use.
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    /// Pixels as blue, green, red and an undefined byte, rows from the top.
    pub bgra: &'a [u8],
    /// Bytes from one row to the next.
    pub stride: usize,
    /// Width in pixels.
    pub width: u16,
    /// Height in pixels.
    pub height: u16,
    /// What may differ from the frame before, never nothing. The first frame of a monitor or a size is one rectangle.
    pub changed: &'a Region,
    /// A moment just before the picture was taken.
    pub captured: Instant,
}

/// Prints sizes only: pictures of a customer's screen do not belong in a log.
impl fmt::Debug for Frame<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Frame({}x{}, {} changed)", self.width, self.height, self.changed.rects().len())
    }
}

/// Why the screen cannot be captured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaptureError {
    /// There is no display to connect to.
    #[error("no display can be reached: {0}; start a desktop session, or name its display")]
    NoDisplay(String),
    /// The display server cannot do something that is needed.
    #[error("the display server has no {0}; it cannot be shown")]
    Missing(&'static str),
    /// No monitor is on.
    #[error("no monitor is on")]
    NoMonitor,
    /// The pixels are laid out in a way that is not understood.
    #[error("the display uses {0}; set it to 24 bit colour")]
    PixelFormat(String),
    /// Shared memory for pictures could not be made, or not be kept from other users.
    #[error("no private memory for the picture: {0}")]
    Memory(String),
    /// The system shows the screen only to programs that its user has allowed it.
    #[error("the system does not let this program see the screen: allow it in its settings, then start this again")]
    NotAllowed,
    /// The connection to the display server is gone or was misused.
    #[error("the display server stopped answering: {0}")]
    Display(String),
}

/// Ends a [`Screen::wait`] from another thread.
pub trait Wake: Send + Sync + fmt::Debug {
    /// Makes the current [`Screen::wait`], or else the next one, return at once.
    fn wake(&self);
}

/// A handle on [`Wake`] that can be copied to other threads.
pub type Waker = Arc<dyn Wake>;

/// The screens of this machine. One thread owns it; only the [`Waker`] crosses threads.
pub trait Screen {
    /// All monitors, and behind them all together if there is more than one, as of the last [`wait`](Self::wait) that reported [`Changes::monitors`].
    fn monitors(&self) -> &[Monitor];

    /// Index of the monitor that [`grab`](Self::grab) shows.
    fn selected(&self) -> usize;

    /// Shows another monitor. Its first frame is changed as a whole.
    ///
    /// # Errors
    ///
    /// [`CaptureError::NoMonitor`] when there is none with this index; the selection stays as it was.
    fn select(&mut self, index: usize) -> Result<(), CaptureError>;

    /// The handle that ends [`wait`](Self::wait).
    fn waker(&self) -> Waker;

    /// Sleeps until something changes or `deadline` has come; without a deadline possibly for ever.
    ///
    /// # Errors
    ///
    /// [`CaptureError`] when the display is gone; the screen must then be opened anew.
    fn wait(&mut self, deadline: Option<Instant>) -> Result<Changes, CaptureError>;

    /// Waits until a large change that is still being drawn is whole: programs paint a scrolled page in many strokes,
    /// and a picture between two of them is torn. Ends at once when somebody calls [`Wake::wake`]. A backend whose
    /// system hands out whole pictures has nothing to wait for.
    ///
    /// # Errors
    ///
    /// [`CaptureError`] when the display is gone.
    fn settle(&mut self, _patience: Patience) -> Result<(), CaptureError> {
        Ok(())
    }

    /// Takes a picture of the selected monitor, with everything that changed since the one before; `None` when nothing
    /// did.
    ///
    /// # Errors
    ///
    /// [`CaptureError`] when the display is gone or shows nothing that can be captured.
    fn grab(&mut self) -> Result<Option<Frame<'_>>, CaptureError>;

    /// What stands in the way of seeing the desktop, as of the last [`wait`](Self::wait); `None` for nothing known.
    fn obstacle(&self) -> Option<Obstacle> {
        None
    }

    /// What the pointer looks like; `None` when the system shows none.
    ///
    /// # Errors
    ///
    /// [`CaptureError`] when the display is gone.
    fn cursor_shape(&mut self) -> Result<Option<CursorShape>, CaptureError>;

    /// Where the pointer is.
    ///
    /// # Errors
    ///
    /// [`CaptureError`] when the display is gone.
    fn cursor_place(&mut self) -> Result<CursorPlace, CaptureError>;
}

/// What must be there before [`open`] is called, and as long as it may be.
#[derive(Debug)]
pub struct Prepared {
    #[cfg(target_os = "linux")]
    _session: Option<Arc<deskhand_portal::Session>>,
    whole: bool,
}

impl Prepared {
    /// Whether the desktop can be shown as a whole: where the system has no way for that, some windows are all there is.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.whole
    }
}

/// Does what takes a person's time before the screen can be opened: a Wayland desktop asks a question of its own. Blocks
/// until that is answered; elsewhere there is nothing to do.
///
/// # Errors
///
/// [`CaptureError`] when the answer is no.
pub fn prepare() -> Result<Prepared, CaptureError> {
    #[cfg(target_os = "linux")]
    if deskhand_portal::is_wayland() {
        return match wayland::ask() {
            Ok(session) => Ok(Prepared { _session: Some(session), whole: true }),
            // Then the programs of X can be shown at least, if there is such a display.
            Err(CaptureError::Missing(what)) => {
                tracing::info!(what, "the desktop cannot be shown as a whole");
                Ok(Prepared { _session: None, whole: false })
            }
            Err(error) => Err(error),
        };
    }
    Ok(Prepared {
        #[cfg(target_os = "linux")]
        _session: None,
        whole: true,
    })
}

/// Opens the screens of the desktop session this process belongs to.
///
/// # Errors
///
/// [`CaptureError`] when there is none or it cannot be captured.
#[cfg(target_os = "linux")]
pub fn open() -> Result<Box<dyn Screen>, CaptureError> {
    if let Some(session) = deskhand_portal::standing() {
        return Ok(Box::new(wayland::WaylandScreen::open(session)?));
    }
    Ok(Box::new(x11::X11Screen::connect(None)?))
}

/// Opens the screens of the desktop session this process belongs to.
///
/// # Errors
///
/// [`CaptureError`] when there is none or it cannot be captured.
#[cfg(windows)]
pub fn open() -> Result<Box<dyn Screen>, CaptureError> {
    Ok(Box::new(windows::WindowsScreen::open()?))
}

/// Opens the screens of the user who is signed in.
///
/// # Errors
///
/// [`CaptureError`] when there is none or it cannot be captured; [`CaptureError::NotAllowed`] until the system's user has
/// allowed it.
#[cfg(target_os = "macos")]
pub fn open() -> Result<Box<dyn Screen>, CaptureError> {
    Ok(Box::new(macos::MacScreen::open()?))
}
