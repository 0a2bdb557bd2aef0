//! The macOS backend: ScreenCaptureKit for the picture and what changed in it, and a look at the pointer now and again.
//!
//! The system draws each new picture into memory of its own and says where it differs. That is kept until somebody asks
//! for it, however many come meanwhile, and only what changed is read. A display is one stream; all of them together are
//! several, side by side (`layout` says where).
//!
//! Nothing tells of a pointer that moves, of a display that comes or goes or of a locked screen, unless the program may
//! listen to every key: so they are looked for, the pointer 40 times a second while it moves and 10 times while it
//! rests, the others twice.
//!
//! A picture is as old as the system's next one: what was drawn a sixtieth of a second before [`Screen::grab`] may come
//! with the next frame.
//!
//! Whoever ends the sharing by the system's own button has said no: this program then shows nothing until it is started
//! anew.
//!
//! Written by Apple's documentation and checked by the compiler; it has not run yet.

use std::{
    fmt,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use objc2::rc::autoreleasepool;

use crate::{
    CaptureError, Changes, CursorPlace, CursorShape, Frame, Monitor, Obstacle, Rect, Region, Rotation, Screen, Wake,
    Waker,
    layout::{Display, pixel},
    pixels::{Canvas, PIXEL, copy_upright},
    together::preferred,
};
use monitors::Listed;
use pointer::Watched;
use stream::{Picture, Stream};

pub use rights::{ask_for_the_screen, may_see_the_screen};

mod desktop;
mod monitors;
mod pointer;
mod rights;
mod stream;

/// How often displays and desktop are looked at.
const LOOK: Duration = Duration::from_millis(500);

/// Whether the customer has ended the sharing by the system's own button.
static ENDED_BY_ITS_USER: AtomicBool = AtomicBool::new(false);

/// Why a stream ended by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The customer clicked on it in the menu bar.
    ByItsUser,
    /// The system's number for what went wrong.
    Broken(isize),
}

/// What one display has shown.
#[derive(Default)]
struct Part {
    newest: Option<Picture>,
    /// What changed since somebody read it.
    changed: Region,
}

/// What the system's queues and the owner see.
#[derive(Default)]
struct State {
    changes: Changes,
    parts: Vec<Part>,
    /// Counts the times that streams were started: what comes of earlier ones is not taken.
    turn: u64,
    end: Option<End>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    told: Condvar,
}

impl Shared {
    /// Each change under it is complete.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A stream of this turn has a new picture.
    fn show(&self, turn: u64, part: usize, picture: Picture, changed: &Region) {
        let mut state = self.state();
        if state.turn != turn {
            return;
        }
        let Some(part) = state.parts.get_mut(part) else { return };
        changed.rects().iter().for_each(|rect| part.changed.add(*rect));
        part.newest = Some(picture);
        if !part.changed.is_empty() {
            state.changes.picture = true;
            self.told.notify_all();
        }
    }

    /// A stream of this turn has ended by itself.
    fn end(&self, turn: u64, end: End) {
        if end == End::ByItsUser {
            ENDED_BY_ITS_USER.store(true, Ordering::Release);
        }
        let mut state = self.state();
        if state.turn == turn {
            state.end = Some(end);
            self.told.notify_all();
        }
    }
}

/// Says nothing of what it holds.
impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shared")
    }
}

impl Wake for Shared {
    fn wake(&self) {
        self.state().changes.woken = true;
        self.told.notify_all();
    }
}

/// The screens of the user who is signed in.
pub struct MacScreen {
    shared: Arc<Shared>,
    listed: Listed,
    selected: usize,
    streams: Vec<Stream>,
    /// Of each stream: where its picture lies in the whole one, and its size.
    places: Vec<Rect>,
    /// Empty: nothing was read yet.
    picture: Vec<u8>,
    taken: Region,
    pointer: Watched,
    obstacle: Option<Obstacle>,
    looked: Option<Instant>,
}

impl fmt::Debug for MacScreen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MacScreen").field("monitors", &self.listed.monitors).finish_non_exhaustive()
    }
}

impl MacScreen {
    /// Opens them. Where the customer has never been asked whether this program may see the screen, the system asks.
    ///
    /// # Errors
    ///
    /// [`CaptureError::NotAllowed`] when it may not, and as the [`Screen`]'s.
    pub fn open() -> Result<Self, CaptureError> {
        if ENDED_BY_ITS_USER.load(Ordering::Acquire) {
            return Err(ended(End::ByItsUser));
        }
        if !may_see_the_screen() && !ask_for_the_screen() {
            return Err(CaptureError::NotAllowed);
        }
        let listed = monitors::list();
        let selected = preferred(&listed.monitors).ok_or(CaptureError::NoMonitor)?;
        let mut this = Self {
            shared: Arc::default(),
            listed,
            selected,
            streams: Vec::new(),
            places: Vec::new(),
            picture: Vec::new(),
            taken: Region::new(),
            pointer: Watched::default(),
            obstacle: desktop::obstacle(),
            looked: None,
        };
        this.watch()?;
        Ok(this)
    }

    fn shown(&self) -> Result<&Monitor, CaptureError> {
        self.listed.monitors.get(self.selected).ok_or(CaptureError::NoMonitor)
    }

    /// Begins to watch the selected monitor.
    fn watch(&mut self) -> Result<(), CaptureError> {
        self.streams.clear();
        self.picture.clear();
        let shown = self.shown()?.clone();
        let parts = self.listed.parts(shown.id);
        let turn = {
            let mut state = self.shared.state();
            state.turn += 1;
            state.end = None;
            state.parts = parts.iter().map(|_| Part::default()).collect();
            state.turn
        };
        self.places = parts.iter().map(|(_, monitor)| within(&shown, monitor)).collect();
        autoreleasepool(|_| {
            let displays = stream::displays()?;
            for (part, (found, monitor)) in parts.iter().enumerate() {
                let size = (monitor.width, monitor.height);
                self.streams.push(Stream::start(&displays, found.number, (&self.shared, turn, part), size)?);
            }
            Ok(())
        })
    }

    /// Looks for what nothing tells of.
    fn look(&mut self) {
        let scale = self.display().map_or(1.0, |display| display.scale);
        let (moved, shape) = self.pointer.look(scale);
        let mut changes = Changes { cursor_place: moved, cursor_shape: shape, ..Changes::default() };
        if self.looked.is_none_or(|at| at.elapsed() >= LOOK) {
            self.looked = Some(Instant::now());
            let obstacle = desktop::obstacle();
            changes.obstacle = std::mem::replace(&mut self.obstacle, obstacle) != obstacle;
            let listed = monitors::list();
            // While all of them sleep there is none: they come back as they were.
            changes.monitors = listed != self.listed && !listed.monitors.is_empty();
            if changes.monitors {
                self.relist(listed);
            }
        }
        let mut state = self.shared.state();
        state.changes.cursor_place |= changes.cursor_place;
        state.changes.cursor_shape |= changes.cursor_shape;
        state.changes.obstacle |= changes.obstacle;
        state.changes.monitors |= changes.monitors;
    }

    /// Takes up other monitors. The one that was shown stays the one, if it is there.
    fn relist(&mut self, listed: Listed) {
        let before = self.shown().map(|monitor| monitor.id).ok();
        let kept = listed.monitors.iter().position(|monitor| Some(monitor.id) == before);
        self.selected = kept.or_else(|| preferred(&listed.monitors)).unwrap_or(0);
        self.listed = listed;
    }

    /// The display that the pointer's place is told of: the selected one, or else the one that it is on.
    fn display(&self) -> Option<Display> {
        let shown = self.shown().ok()?;
        let parts = self.listed.parts(shown.id);
        let at = self.pointer.place?;
        let on = |display: Display| {
            let (x, y) = (at.0 - display.x, at.1 - display.y);
            (0.0..display.width).contains(&x) && (0.0..display.height).contains(&y)
        };
        let under = parts.iter().find(|(found, _)| on(found.display)).or(parts.first());
        under.map(|(found, _)| found.display)
    }
}

/// Where a monitor lies in the picture of another that holds it.
fn within(whole: &Monitor, part: &Monitor) -> Rect {
    let along = |at: i32, from: i32| u16::try_from(at.saturating_sub(from)).unwrap_or(0);
    Rect { x: along(part.x, whole.x), y: along(part.y, whole.y), width: part.width, height: part.height }
}

fn ended(end: End) -> CaptureError {
    CaptureError::Display(match end {
        End::ByItsUser => "its user has ended the sharing".to_owned(),
        End::Broken(code) => format!("the stream of pictures ended (error {code})"),
    })
}

impl Screen for MacScreen {
    fn monitors(&self) -> &[Monitor] {
        &self.listed.monitors
    }

    fn selected(&self) -> usize {
        self.selected
    }

    fn select(&mut self, index: usize) -> Result<(), CaptureError> {
        if index >= self.listed.monitors.len() {
            return Err(CaptureError::NoMonitor);
        }
        if index != self.selected {
            self.selected = index;
            self.watch()?;
        }
        Ok(())
    }

    fn waker(&self) -> Waker {
        Arc::clone(&self.shared) as Waker
    }

    fn wait(&mut self, deadline: Option<Instant>) -> Result<Changes, CaptureError> {
        let changes = loop {
            autoreleasepool(|_| self.look());
            let mut state = self.shared.state();
            if let Some(end) = state.end {
                return Err(ended(end));
            }
            if state.changes.any() {
                break std::mem::take(&mut state.changes);
            }
            let mut pause = self.pointer.pause();
            if let Some(deadline) = deadline {
                let left = deadline.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return Ok(Changes::default());
                }
                pause = pause.min(left);
            }
            drop(self.shared.told.wait_timeout(state, pause).unwrap_or_else(PoisonError::into_inner));
        };
        if changes.monitors {
            self.watch()?;
        }
        Ok(changes)
    }

    fn grab(&mut self) -> Result<Option<Frame<'_>>, CaptureError> {
        let captured = Instant::now();
        let shown = self.shown()?;
        let (width, height) = (shown.width, shown.height);
        let stride = usize::from(width) * PIXEL;
        let first = self.picture.is_empty();
        let new: Vec<(Rect, Picture, Region)> = {
            let mut state = self.shared.state();
            if let Some(end) = state.end {
                return Err(ended(end));
            }
            let parts = state.parts.iter_mut().zip(&self.places).filter(|(part, _)| !part.changed.is_empty());
            parts
                .filter_map(|(part, at)| Some((*at, part.newest.clone()?, std::mem::take(&mut part.changed))))
                .collect()
        };
        if new.is_empty() {
            return Ok(None);
        }
        self.picture.resize(stride * usize::from(height), 0);
        self.taken.clear();
        for (at, picture, changed) in &new {
            let origin = (at.x, at.y);
            let mut canvas = Canvas { bytes: &mut self.picture, stride, origin, size: (at.width, at.height) };
            picture.read(|pixels, rows| {
                for part in changed.rects() {
                    copy_upright(pixels, rows, *part, Rotation::Upright, &mut canvas);
                }
            })?;
            for part in changed.rects() {
                self.taken.add(Rect { x: at.x.saturating_add(part.x), y: at.y.saturating_add(part.y), ..*part });
            }
        }
        if first {
            self.taken = Region::whole(width, height);
        }
        Ok(Some(Frame { bgra: &self.picture, stride, width, height, changed: &self.taken, captured }))
    }

    fn obstacle(&self) -> Option<Obstacle> {
        self.obstacle
    }

    fn cursor_shape(&mut self) -> Result<Option<CursorShape>, CaptureError> {
        Ok(self.pointer.shape.clone())
    }

    fn cursor_place(&mut self) -> Result<CursorPlace, CaptureError> {
        let shown = self.shown()?;
        let display = self.display();
        let place = autoreleasepool(|_| pointer::place());
        let at = place.zip(display).and_then(|(at, display)| pixel(at, display));
        // Where nobody knows it, it is nowhere in the picture.
        let Some((x, y)) = at else { return Ok(CursorPlace { x: -1, y: -1 }) };
        let of = self.listed.found.iter().find(|found| Some(found.display) == display).map(|found| found.id);
        let monitor = self.listed.monitors.iter().find(|monitor| Some(monitor.id) == of).unwrap_or(shown);
        Ok(CursorPlace { x: x + monitor.x - shown.x, y: y + monitor.y - shown.y })
    }
}
