//! The Wayland backend: what the customer chose in the portal's own dialog, as streams of PipeWire.
//!
//! Nothing else is to be had there: a program sees no screen by itself. The system composes the pictures and says what
//! changed in them and where the pointer is; only memory that both map is taken, no graphics memory. Each monitor that he
//! chose is one of [`Screen::monitors`]; they are not put together into one.
//!
//! PipeWire's library is looked for when it is needed.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use deskhand_portal::{PortalError, Session};

use crate::{CaptureError, Changes, CursorPlace, CursorShape, Frame, Monitor, Region, Rotation, Screen, Waker, ids};
use stream::{Shared, Stream};

mod pipewire;
mod pod;
mod stream;

/// For the first picture of a stream to come: the desktop composes one at once.
const FIRST: Duration = Duration::from_secs(5);

/// The screens of a Wayland session.
pub struct WaylandScreen {
    session: Arc<Session>,
    shared: Arc<Shared>,
    /// Of the selected monitor.
    stream: Option<Stream>,
    monitors: Vec<Monitor>,
    selected: usize,
    /// The picture that the frame borrows, and what changed in it.
    picture: Vec<u8>,
    taken: Region,
}

impl fmt::Debug for WaylandScreen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaylandScreen").field("monitors", &self.monitors).finish_non_exhaustive()
    }
}

fn error(error: PortalError) -> CaptureError {
    match error {
        PortalError::Missing(_) => CaptureError::Missing("portal for the screen"),
        other => CaptureError::Display(other.to_string()),
    }
}

/// Asks the customer by the portal, unless he has been asked.
pub(crate) fn ask() -> Result<Arc<Session>, CaptureError> {
    // Before he is asked anything.
    pipewire::library()?;
    deskhand_portal::share().map_err(error)
}

impl WaylandScreen {
    /// Shows the first monitor of a session, and waits for its first picture.
    ///
    /// # Errors
    ///
    /// [`CaptureError`] when none comes.
    pub fn open(session: Arc<Session>) -> Result<Self, CaptureError> {
        let mut this = Self {
            session,
            shared: Arc::default(),
            stream: None,
            monitors: Vec::new(),
            selected: 0,
            picture: Vec::new(),
            taken: Region::new(),
        };
        this.show(0)?;
        this.list();
        Ok(this)
    }

    /// Begins with the stream of a monitor, and waits for its first picture.
    fn show(&mut self, index: usize) -> Result<(), CaptureError> {
        let node = self.session.streams().get(index).ok_or(CaptureError::NoMonitor)?.node;
        // The one before must be gone: it writes to the same place.
        self.stream = None;
        {
            let mut latest = self.shared.latest();
            let woken = latest.news.woken;
            *latest = stream::Latest::default();
            latest.news.woken = woken;
        }
        self.selected = index;
        let remote = self.session.pipewire().map_err(error)?;
        self.stream = Some(Stream::open(remote, node, &self.shared)?);
        let until = Instant::now() + FIRST;
        let mut latest = self.shared.latest();
        while latest.captured.is_none() {
            if let Some(why) = &latest.over {
                return Err(CaptureError::Display(why.clone()));
            }
            if Instant::now() >= until {
                return Err(CaptureError::Display("PipeWire gives no picture".to_owned()));
            }
            latest = self.shared.sleep(latest, Some(until));
        }
        Ok(())
    }

    /// The monitors by what is known of them: of the selected one its pictures' size, of the others what the portal says.
    fn list(&mut self) {
        let (width, height) = {
            let latest = self.shared.latest();
            (latest.width, latest.height)
        };
        let streams = self.session.streams();
        if let Some(stream) = streams.get(self.selected) {
            self.session.has_pixels(stream.node, width, height);
        }
        let names: Vec<String> = (1..=streams.len()).map(|number| format!("Screen {number}")).collect();
        let ids = ids::of(names.iter().map(String::as_str));
        let edge = |edge: i32| u16::try_from(edge).ok().filter(|edge| *edge > 0);
        self.monitors = streams
            .iter()
            .zip(names)
            .zip(ids)
            .enumerate()
            .map(|(index, ((stream, name), id))| {
                let told = stream.size.and_then(|(width, height)| Some((edge(width)?, edge(height)?)));
                let shown = (width.max(1), height.max(1));
                // The desktop's coordinates may be coarser than the pictures' pixels.
                let scale = told.filter(|_| index == self.selected).map_or(100, |(told, _)| {
                    u16::try_from(u32::from(width) * 100 / u32::from(told)).unwrap_or(100).max(1)
                });
                let (width, height) = if index == self.selected { shown } else { told.unwrap_or(shown) };
                let (x, y) = stream.position;
                Monitor {
                    id,
                    name,
                    x,
                    y,
                    width,
                    height,
                    primary: index == 0,
                    scale_percent: scale,
                    rotation: Rotation::Upright,
                }
            })
            .collect();
    }
}

impl Screen for WaylandScreen {
    fn monitors(&self) -> &[Monitor] {
        &self.monitors
    }

    fn selected(&self) -> usize {
        self.selected
    }

    fn select(&mut self, index: usize) -> Result<(), CaptureError> {
        if index >= self.session.streams().len() {
            return Err(CaptureError::NoMonitor);
        }
        if index != self.selected {
            self.show(index)?;
            self.list();
        }
        // Its first frame is new as a whole.
        let mut latest = self.shared.latest();
        let whole = Region::whole(latest.width, latest.height);
        latest.changed = whole;
        latest.news.picture = true;
        self.picture.clear();
        Ok(())
    }

    fn waker(&self) -> Waker {
        Arc::<Shared>::clone(&self.shared) as Waker
    }

    fn wait(&mut self, deadline: Option<Instant>) -> Result<Changes, CaptureError> {
        let news = {
            let mut latest = self.shared.latest();
            loop {
                if let Some(why) = &latest.over {
                    self.session.has_closed();
                    return Err(CaptureError::Display(why.clone()));
                }
                let due = deadline.is_some_and(|deadline| Instant::now() >= deadline);
                if latest.news.any() || due {
                    break std::mem::take(&mut latest.news);
                }
                latest = self.shared.sleep(latest, deadline);
            }
        };
        if news.monitors {
            self.list();
        }
        Ok(news)
    }

    fn grab(&mut self) -> Result<Option<Frame<'_>>, CaptureError> {
        let mut latest = self.shared.latest();
        if let Some(why) = &latest.over {
            self.session.has_closed();
            return Err(CaptureError::Display(why.clone()));
        }
        let (width, height) = (latest.width, latest.height);
        let whole = self.picture.len() != latest.bgra.len();
        if whole {
            latest.changed = Region::whole(width, height);
        }
        if latest.changed.is_empty() {
            return Ok(None);
        }
        let stride = usize::from(width) * crate::pixels::PIXEL;
        self.taken = std::mem::take(&mut latest.changed);
        if whole {
            self.picture.clone_from(&latest.bgra);
        } else {
            for part in self.taken.rects() {
                for y in part.y..part.y + part.height {
                    let from = usize::from(y) * stride + usize::from(part.x) * crate::pixels::PIXEL;
                    let range = from..from + usize::from(part.width) * crate::pixels::PIXEL;
                    if let (Some(source), Some(target)) = (latest.bgra.get(range.clone()), self.picture.get_mut(range))
                    {
                        target.copy_from_slice(source);
                    }
                }
            }
        }
        let captured = latest.captured.unwrap_or_else(Instant::now);
        drop(latest);
        Ok(Some(Frame { bgra: &self.picture, stride, width, height, changed: &self.taken, captured }))
    }

    fn cursor_shape(&mut self) -> Result<Option<CursorShape>, CaptureError> {
        Ok(self.shared.latest().shape.clone())
    }

    fn cursor_place(&mut self) -> Result<CursorPlace, CaptureError> {
        // Where the system draws it into the picture nobody says where it is: outside of what is shown.
        Ok(self.shared.latest().place.unwrap_or(CursorPlace { x: -1, y: -1 }))
    }
}
