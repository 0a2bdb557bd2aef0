//! The picture of one monitor, kept up to date by reading only what changed.
//!
//! ```text
//! first: scrap, whole ──▶ picture      then: damage ──▶ one request per rectangle ──▶ own memory ──▶ into the picture
//! ```
//!
//! The picture is in this process's own memory: what lies outside of the rectangles read is, byte for byte, what it
//! was before. Where the X server shares no memory of ours, `scrap` reads everything each time, and the rectangles are
//! taken from that.

use std::fmt;

use x11rb::{
    errors::ReplyError,
    protocol::{
        shm::ConnectionExt as _,
        xproto::{ImageFormat, Window},
    },
    rust_connection::RustConnection,
};

use super::{grabber::Grabber, monitors, own::OwnMemory};
use crate::{CaptureError, Monitor, Rect, Region};

/// Bytes of one pixel.
const PIXEL: usize = 4;

/// The picture of one monitor, as long as it stays where it is and as large as it is.
pub(super) struct Picture {
    bgra: Vec<u8>,
    width: u16,
    height: u16,
    origin: (i16, i16),
    /// For what changes; `None` where the server shares none.
    memory: Option<OwnMemory>,
    /// For the whole; let go with the first change that was read without it, for it keeps two pictures.
    whole: Option<Grabber>,
    /// Bytes of pixels read so far.
    read: u64,
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Picture({}x{}, {:?})", self.width, self.height, self.memory)
    }
}

/// What became of an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Update {
    /// The picture shows it.
    Done,
    /// The monitor is no longer where it was: the layout of the screen has changed.
    Moved,
}

impl Picture {
    /// Takes the whole picture of a monitor that lies in the root window.
    pub(super) fn take(
        connection: &RustConnection,
        display: Option<&str>,
        root: Window,
        monitor: &Monitor,
    ) -> Result<Self, CaptureError> {
        let area = monitors::area(monitor)?;
        let mut whole = Grabber::new(display, root, area)?;
        let bgra = whole.grab()?.to_vec();
        let memory = OwnMemory::new(connection, bgra.len())?;
        if memory.is_none() {
            tracing::info!("the X server shares no private memory; each picture is read as a whole");
        }
        // `scrap` reads twice for one picture of now.
        let read = 2 * count(bgra.len());
        Ok(Self {
            bgra,
            width: monitor.width,
            height: monitor.height,
            origin: (area.x, area.y),
            memory,
            whole: Some(whole),
            read,
        })
    }

    /// Reads what changed. What is drawn while this runs may be in it or not, but only inside of `changed`.
    pub(super) fn update(
        &mut self,
        connection: &RustConnection,
        root: Window,
        changed: &Region,
    ) -> Result<Update, CaptureError> {
        let Some(memory) = &self.memory else { return self.update_from_whole(changed).map(|()| Update::Done) };
        // Rectangles may overlap; where they are more than the picture, reading it once is less.
        let area: usize = changed.rects().iter().map(|rect| bytes(*rect)).sum();
        let whole = [Rect::whole(self.width, self.height)];
        let rects = if area > memory.size() { &whole } else { changed.rects() };
        let mut asked = Vec::with_capacity(rects.len());
        let mut at = 0;
        for rect in rects {
            let (x, y) = (place(self.origin.0, rect.x)?, place(self.origin.1, rect.y)?);
            let offset = u32::try_from(at).map_err(|_| out_of_reach())?;
            let format = u8::from(ImageFormat::Z_PIXMAP);
            let cookie =
                connection.shm_get_image(root, x, y, rect.width, rect.height, !0, format, memory.segment(), offset)?;
            asked.push((cookie, *rect, at));
            at += bytes(*rect);
        }
        // While the first are copied here, the server reads the next.
        let mut update = Update::Done;
        for (cookie, rect, at) in asked {
            match cookie.reply() {
                Ok(_) if update == Update::Moved => {}
                Ok(_) => {
                    let len = bytes(rect);
                    let pixels = memory.bytes(at, len).ok_or_else(out_of_reach)?;
                    patch(&mut self.bgra, self.width, rect, pixels, usize::from(rect.width) * PIXEL);
                    self.read += count(len);
                }
                // The rectangle is not in the root window.
                Err(ReplyError::X11Error(_)) => update = Update::Moved,
                Err(error) => return Err(error.into()),
            }
        }
        self.whole = None;
        Ok(update)
    }

    fn update_from_whole(&mut self, changed: &Region) -> Result<(), CaptureError> {
        let Some(whole) = &mut self.whole else { return Ok(()) };
        let pixels = whole.grab()?;
        self.read += 2 * count(pixels.len());
        let stride = usize::from(self.width) * PIXEL;
        for rect in changed.rects() {
            let from = usize::from(rect.y) * stride + usize::from(rect.x) * PIXEL;
            patch(&mut self.bgra, self.width, *rect, pixels.get(from..).unwrap_or_default(), stride);
        }
        Ok(())
    }

    /// Pixels, rows from the top without gaps.
    pub(super) fn bgra(&self) -> &[u8] {
        &self.bgra
    }

    /// Bytes of pixels read from the X server so far.
    pub(super) const fn read(&self) -> u64 {
        self.read
    }

    /// Gives everything back. Answers with the bytes that were read.
    pub(super) fn close(self, connection: &RustConnection) -> u64 {
        if let Some(memory) = self.memory {
            memory.close(connection);
        }
        self.read
    }
}

/// Copies a rectangle into a picture of this width, row by row.
fn patch(picture: &mut [u8], width: u16, rect: Rect, pixels: &[u8], stride: usize) {
    let own = usize::from(width) * PIXEL;
    let from = usize::from(rect.y) * own + usize::from(rect.x) * PIXEL;
    let len = usize::from(rect.width) * PIXEL;
    let into = picture.get_mut(from..).unwrap_or_default();
    if len == own && stride == own {
        let len = (len * usize::from(rect.height)).min(pixels.len()).min(into.len());
        into[..len].copy_from_slice(&pixels[..len]);
        return;
    }
    for (row, pixels) in into.chunks_mut(own).zip(pixels.chunks(stride)).take(usize::from(rect.height)) {
        if let (Some(row), Some(pixels)) = (row.get_mut(..len), pixels.get(..len)) {
            row.copy_from_slice(pixels);
        }
    }
}

fn bytes(rect: Rect) -> usize {
    usize::from(rect.width) * usize::from(rect.height) * PIXEL
}

fn count(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

fn place(origin: i16, offset: u16) -> Result<i16, CaptureError> {
    i16::try_from(i32::from(origin) + i32::from(offset)).map_err(|_| out_of_reach())
}

fn out_of_reach() -> CaptureError {
    CaptureError::Display("a monitor is out of reach".into())
}
