//! All pixels of one monitor, through `scrap`.

use std::{ffi::CString, fmt, ptr, rc::Rc};

use scrap::x11::{Capturer, Display, Rect as Area, Server};

use super::memory::{self, Closed, PrivateSegment, Shared};
use crate::CaptureError;

/// Tries to get memory that nobody else has open. More than one means that somebody on this machine keeps trying.
const TRIES: usize = 3;

/// `scrap`'s connection to the X server. It is not kept: `scrap` leaves its last requests in the buffer, among them that
/// the server is to let go of its memory.
fn connect(display: Option<&str>) -> Result<Rc<Server>, CaptureError> {
    let name = display.map(CString::new).transpose().map_err(|error| CaptureError::NoDisplay(error.to_string()))?;
    let server = Server::connect(name.as_ref().map_or(ptr::null(), |name| name.as_ptr().cast()));
    server.map(Rc::new).map_err(|error| CaptureError::NoDisplay(format!("{error:?}")))
}

/// Takes pictures of one monitor, as long as it stays where it is and as large as it is.
pub(super) struct Grabber {
    capturer: Capturer,
    segment: PrivateSegment,
    shared: Shared,
}

impl fmt::Debug for Grabber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grabber").field("segment", &self.segment).finish_non_exhaustive()
    }
}

impl Grabber {
    /// A grabber for a rectangle that lies in the root window.
    pub(super) fn new(display: Option<&str>, root: u32, area: Area) -> Result<Self, CaptureError> {
        let server = connect(display)?;
        // `scrap` keeps two pictures.
        let size = usize::from(area.w) * usize::from(area.h) * 4 * 2;
        for _ in 0..TRIES {
            let (capturer, closed) = memory::closed(size, || make(&server, root, area))?;
            match closed {
                Closed::InTime(segment) => return Ok(Self { capturer, segment, shared: Shared::No }),
                // Dropping it would have `scrap` finish its first picture into the segment. Nothing was sent to the
                // X server yet; the segment is freed when this program ends.
                Closed::TooLate => std::mem::forget(capturer),
            }
        }
        Err(CaptureError::Memory("another user of this machine keeps opening it".to_owned()))
    }

    /// A picture that was taken during this call.
    pub(super) fn grab(&mut self) -> Result<&[u8], CaptureError> {
        // Each call gives the picture that the one before has asked for: the first is of an unknown age, the second
        // was asked for by the first.
        self.capturer.frame();
        if self.shared == Shared::No {
            self.shared = self.segment.is_shared()?;
            if self.shared == Shared::No {
                return Err(CaptureError::Memory("the X server may not open it".to_owned()));
            }
        }
        Ok(self.capturer.frame())
    }
}

#[allow(unsafe_code, reason = "scrap's own list of monitors reads memory it has freed; this is the way around it")]
fn make(server: &Rc<Server>, root: u32, area: Area) -> Result<Capturer, CaptureError> {
    // SAFETY: root is this server's root window, and the area lies in it; a wrong one would only be refused by the X
    // server. Nothing else is asked of the caller.
    let display = unsafe { Display::new(Rc::clone(server), true, area, root) };
    Capturer::new(display).map_err(|error| CaptureError::Memory(error.to_string()))
}
