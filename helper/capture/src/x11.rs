//! The X11 backend: RandR for monitors, XDamage for what changed, `scrap` for the first picture, MIT-SHM for the pixels
//! that changed since, XFixes and XInput2 for the pointer.
//!
//! One connection waits for events and reads what changed; `scrap` opens its own for each first picture. XDamage
//! reports once when the screen stops being clean, and it is made clean just before each picture: however much is drawn
//! in between, it wakes us once. XInput2 reports the customer's mouse; a program that moves the pointer by itself is
//! noticed with the next change of the picture.
//!
//! Requests of one connection are carried out in their order: what is read for a rectangle was drawn after its damage
//! was taken back, so what is drawn in between is at worst read twice, never missed.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use x11rb::{
    connection::Connection,
    errors::{ConnectionError, ReplyError, ReplyOrIdError},
    protocol::{
        Event,
        damage::{self, ConnectionExt as _},
        randr::{ConnectionExt as _, NotifyMask},
        xfixes::{ConnectionExt as _, CursorNotifyMask},
        xinput::{ConnectionExt as _, EventMask, XIEventMask},
        xproto::{ConnectionExt as _, ImageOrder, Window},
    },
    rust_connection::RustConnection,
};

use crate::{
    CaptureError, Changes, CursorPlace, CursorShape, Frame, Monitor, Obstacle, Patience, Rect, Region, Screen, Waker,
    straight_from_premultiplied, together,
};
use obstacle::Obstacles;
use picture::{Picture, Update};
use wake::WakeFd;

mod grabber;
mod memory;
mod monitors;
mod obstacle;
mod own;
mod picture;
mod wake;

/// All master pointers, in XInput2's numbering.
const ALL_MASTERS: u16 = 1;

/// Pictures that may be missed in a row while the layout changes. More than a user who drags a virtual machine's window
/// to another size causes; then something else is wrong.
const MISSES: u8 = 100;

/// What ended a sleep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Woke {
    ByServerOrTime,
    ByWaker,
}

/// The screens of an X server.
pub struct X11Screen {
    connection: RustConnection,
    /// What `scrap` is to connect to.
    display: Option<String>,
    root: Window,
    waker: Arc<WakeFd>,
    monitors: Vec<Monitor>,
    selected: usize,
    damage: damage::Damage,
    /// A region of the X server, reused for each question about damage.
    parts: u32,
    /// Of the selected monitor; made when it is first asked for.
    picture: Option<Picture>,
    /// Bytes of pixels read for pictures that are no more.
    read: u64,
    /// The layout was found to have changed, and no wait has told of it yet.
    moved: bool,
    /// What was noticed while settling, and no wait has told of yet.
    noticed: Changes,
    /// Pictures in a row that could not be taken because the layout had just changed.
    misses: u8,
    obstacles: Obstacles,
    /// What changed on the selected monitor and is in no picture yet.
    pending: Region,
    /// What the last frame was made of; kept because the frame borrows it.
    taken: Region,
}

impl fmt::Debug for X11Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("X11Screen").field("monitors", &self.monitors).finish_non_exhaustive()
    }
}

impl X11Screen {
    /// Connects to a display like `:0`; to the one that the environment names if `None`.
    ///
    /// # Errors
    ///
    /// [`CaptureError`] when it cannot be reached, lacks an extension, has no monitor or an unknown pixel layout.
    pub fn connect(display: Option<&str>) -> Result<Self, CaptureError> {
        let (connection, screen) =
            RustConnection::connect(display).map_err(|error| CaptureError::NoDisplay(error.to_string()))?;
        let root = check_pixels(&connection, screen)?;
        connection.damage_query_version(1, 1)?.reply().map_err(|_| CaptureError::Missing("DAMAGE extension"))?;
        connection.xfixes_query_version(5, 0)?.reply().map_err(|_| CaptureError::Missing("XFIXES extension"))?;
        connection.randr_query_version(1, 5)?.reply().map_err(|_| CaptureError::Missing("RANDR extension"))?;
        connection.randr_select_input(
            root,
            NotifyMask::SCREEN_CHANGE | NotifyMask::CRTC_CHANGE | NotifyMask::OUTPUT_CHANGE,
        )?;
        connection.xfixes_select_cursor_input(root, CursorNotifyMask::DISPLAY_CURSOR)?;
        watch_motion(&connection, root)?;
        let damage = connection.generate_id()?;
        connection.damage_create(damage, root, damage::ReportLevel::NON_EMPTY)?;
        let parts = connection.generate_id()?;
        connection.xfixes_create_region(parts, &[])?;
        let monitors = monitors::list(&connection, root)?;
        let obstacles = Obstacles::watch(&connection, root, &monitors)?;
        let selected = together::preferred(&monitors).ok_or(CaptureError::NoMonitor)?;
        Ok(Self {
            connection,
            display: display.map(str::to_owned),
            root,
            waker: Arc::new(WakeFd::new()?),
            monitors,
            selected,
            damage,
            parts,
            picture: None,
            read: 0,
            moved: false,
            noticed: Changes::default(),
            misses: 0,
            obstacles,
            pending: Region::new(),
            taken: Region::new(),
        })
    }

    /// Bytes of pixels that were read from the X server so far: what all pictures cost together.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        self.read + self.picture.as_ref().map_or(0, Picture::read)
    }

    /// The next picture is read as a whole.
    fn forget_picture(&mut self) {
        if let Some(picture) = self.picture.take() {
            self.read += picture.close(&self.connection);
        }
    }

    fn shown(&self) -> Result<&Monitor, CaptureError> {
        self.monitors.get(self.selected).ok_or(CaptureError::NoMonitor)
    }

    /// Reads all events there are, without waiting.
    fn drain(&mut self) -> Result<Changes, CaptureError> {
        let mut changes = std::mem::take(&mut self.noticed);
        let moved = std::mem::take(&mut self.moved);
        changes.monitors |= moved;
        changes.picture |= moved;
        let mut layout = moved;
        loop {
            while let Some(event) = self.connection.poll_for_event()? {
                match event {
                    Event::DamageNotify(_) => changes.picture = true,
                    Event::XfixesCursorNotify(_) => changes.cursor_shape = true,
                    Event::XinputRawMotion(_) => changes.cursor_place = true,
                    Event::ScreensaverNotify(notice) => changes.obstacle |= self.obstacles.saver(notice.state),
                    Event::RandrScreenChangeNotify(_) | Event::RandrNotify(_) => layout = true,
                    Event::Error(error) => tracing::debug!(kind = ?error.error_kind, "the X server refused a request"),
                    _ => {}
                }
            }
            if !std::mem::take(&mut layout) {
                return Ok(changes);
            }
            // The answers may bring further events along, which nobody would wake us for: look again.
            if self.relist()? {
                changes.monitors = true;
                changes.picture = true;
            }
            changes.obstacle |= self.obstacles.listed(&self.monitors);
        }
    }

    /// Sleeps until the X server has something to say, the waker is called, or the time is over.
    fn await_event(&self, timeout: Option<Duration>) -> Result<Woke, CaptureError> {
        let mut sources =
            [PollFd::new(self.connection.stream(), PollFlags::IN), PollFd::new(&*self.waker, PollFlags::IN)];
        match poll(&mut sources, timeout.map(timespec).as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(CaptureError::Display(error.to_string())),
        }
        Ok(if sources[1].revents().is_empty() { Woke::ByServerOrTime } else { Woke::ByWaker })
    }

    /// Asks for the monitors again. Returns whether they changed.
    fn relist(&mut self) -> Result<bool, CaptureError> {
        let monitors = monitors::list(&self.connection, self.root)?;
        if monitors == self.monitors {
            return Ok(false);
        }
        let before = self.monitors.get(self.selected).cloned();
        let same_name = |monitor: &Monitor| before.as_ref().is_some_and(|before| before.name == monitor.name);
        let kept = monitors.iter().position(same_name);
        self.selected = kept.or_else(|| together::preferred(&monitors)).ok_or(CaptureError::NoMonitor)?;
        self.monitors = monitors;
        if self.monitors.get(self.selected) != before.as_ref() {
            self.forget_picture();
        }
        Ok(true)
    }

    /// Makes the screen clean and adds what was dirty to `pending`. Whatever is drawn from now on is reported again.
    fn collect_damage(&mut self) -> Result<(), CaptureError> {
        self.connection.damage_subtract(self.damage, x11rb::NONE, self.parts)?;
        let region = self.connection.xfixes_fetch_region(self.parts)?.reply()?;
        let shown = self.shown()?;
        let (origin, size) = ((shown.x, shown.y), (shown.width, shown.height));
        for part in region.rectangles {
            if let Some(rect) = Rect::clipped(part.x.into(), part.y.into(), part.width, part.height, origin, size) {
                self.pending.add(rect);
            }
        }
        Ok(())
    }
}

impl Screen for X11Screen {
    fn monitors(&self) -> &[Monitor] {
        &self.monitors
    }

    fn selected(&self) -> usize {
        self.selected
    }

    fn select(&mut self, index: usize) -> Result<(), CaptureError> {
        if index >= self.monitors.len() {
            return Err(CaptureError::NoMonitor);
        }
        if index != self.selected {
            self.selected = index;
            self.forget_picture();
        }
        Ok(())
    }

    fn waker(&self) -> Waker {
        Arc::clone(&self.waker) as Waker
    }

    fn wait(&mut self, deadline: Option<Instant>) -> Result<Changes, CaptureError> {
        loop {
            // Requests that wait for no answer are still in the buffer; an answer may have brought events along.
            self.connection.flush()?;
            let changes = self.drain()?;
            if changes.any() {
                return Ok(changes);
            }
            let timeout = match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
                Some(Duration::ZERO) => return Ok(changes),
                timeout => timeout,
            };
            if self.await_event(timeout)? == Woke::ByWaker {
                self.waker.clear();
                return Ok(Changes { woken: true, ..self.drain()? });
            }
        }
    }

    fn settle(&mut self, patience: Patience) -> Result<(), CaptureError> {
        let began = Instant::now();
        loop {
            self.collect_damage()?;
            let left = patience.at_most.saturating_sub(began.elapsed());
            if self.picture.is_none() || left.is_zero() || self.pending.area() < u64::from(patience.pixels) {
                return Ok(());
            }
            // Strokes between two looks are one notice; the next look takes it back.
            let quiet = Instant::now() + patience.quiet.min(left);
            loop {
                self.noticed = self.drain()?;
                if std::mem::take(&mut self.noticed.picture) {
                    break;
                }
                let timeout = quiet.saturating_duration_since(Instant::now());
                if timeout.is_zero() || self.await_event(Some(timeout))? == Woke::ByWaker {
                    return Ok(());
                }
            }
        }
    }

    fn grab(&mut self) -> Result<Option<Frame<'_>>, CaptureError> {
        self.collect_damage()?;
        let shown = self.shown()?.clone();
        let captured = Instant::now();
        let done = match &mut self.picture {
            Some(_) if self.pending.is_empty() => return Ok(None),
            Some(picture) => picture.update(&self.connection, self.root, &self.pending)?,
            None => {
                self.pending = Region::whole(shown.width, shown.height);
                self.picture = Some(Picture::take(&self.connection, self.display.as_deref(), self.root, &shown)?);
                // `scrap` does not say when the server refuses: the monitor must still be there.
                if self.relist()? { Update::Moved } else { Update::Done }
            }
        };
        if done == Update::Moved {
            // The next wait tells of it at once.
            self.forget_picture();
            self.relist()?;
            self.moved = true;
            self.misses += 1;
            if self.misses > MISSES {
                return Err(CaptureError::Display("the screen cannot be read".to_owned()));
            }
            return Ok(None);
        }
        self.misses = 0;
        let Some(picture) = &self.picture else { return Ok(None) };
        self.taken = std::mem::take(&mut self.pending);
        Ok(Some(Frame {
            bgra: picture.bgra(),
            stride: usize::from(shown.width) * 4,
            width: shown.width,
            height: shown.height,
            changed: &self.taken,
            captured,
        }))
    }

    fn obstacle(&self) -> Option<Obstacle> {
        self.obstacles.now()
    }

    fn cursor_shape(&mut self) -> Result<Option<CursorShape>, CaptureError> {
        let image = match self.connection.xfixes_get_cursor_image()?.reply() {
            Ok(image) => image,
            // The server has no pointer at all.
            Err(ReplyError::X11Error(_)) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        Ok(Some(CursorShape {
            serial: image.cursor_serial,
            hot_x: image.xhot,
            hot_y: image.yhot,
            width: image.width,
            height: image.height,
            rgba: straight_from_premultiplied(&image.cursor_image),
        }))
    }

    fn cursor_place(&mut self) -> Result<CursorPlace, CaptureError> {
        let pointer = self.connection.query_pointer(self.root)?.reply()?;
        let shown = self.shown()?;
        Ok(CursorPlace { x: i32::from(pointer.root_x) - shown.x, y: i32::from(pointer.root_y) - shown.y })
    }
}

/// Checks that pixels come as 32 bit words with blue in the lowest byte. Returns the root window.
fn check_pixels(connection: &RustConnection, screen: usize) -> Result<Window, CaptureError> {
    let setup = connection.setup();
    let screen = setup.roots.get(screen).ok_or(CaptureError::NoMonitor)?;
    let bits = setup
        .pixmap_formats
        .iter()
        .find(|format| format.depth == screen.root_depth)
        .map(|format| format.bits_per_pixel);
    let visual = screen
        .allowed_depths
        .iter()
        .flat_map(|depth| &depth.visuals)
        .find(|visual| visual.visual_id == screen.root_visual)
        .map(|visual| (visual.red_mask, visual.green_mask, visual.blue_mask));
    if bits == Some(32)
        && visual == Some((0x00ff_0000, 0x0000_ff00, 0x0000_00ff))
        && setup.image_byte_order == ImageOrder::LSB_FIRST
    {
        return Ok(screen.root);
    }
    Err(CaptureError::PixelFormat(format!("{} bit colour", screen.root_depth)))
}

/// Asks for the mouse's motion. Without XInput2 the pointer is only followed when the picture changes.
fn watch_motion(connection: &RustConnection, root: Window) -> Result<(), CaptureError> {
    if connection.xinput_xi_query_version(2, 2)?.reply().is_err() {
        return Ok(());
    }
    let mask = EventMask { deviceid: ALL_MASTERS, mask: vec![XIEventMask::RAW_MOTION] };
    connection.xinput_xi_select_events(root, &[mask])?;
    Ok(())
}

fn timespec(duration: Duration) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(duration.subsec_nanos()),
    }
}

impl From<ConnectionError> for CaptureError {
    fn from(error: ConnectionError) -> Self {
        match error {
            ConnectionError::UnsupportedExtension => Self::Missing("extension for capturing"),
            error => Self::Display(error.to_string()),
        }
    }
}

impl From<ReplyError> for CaptureError {
    fn from(error: ReplyError) -> Self {
        match error {
            ReplyError::ConnectionError(error) => error.into(),
            ReplyError::X11Error(error) => Self::Display(format!("{:?}", error.error_kind)),
        }
    }
}

impl From<ReplyOrIdError> for CaptureError {
    fn from(error: ReplyOrIdError) -> Self {
        Self::Display(error.to_string())
    }
}
