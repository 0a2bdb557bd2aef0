//! The Windows backend: desktop duplication for the picture, what changed in it and the pointer; GDI where that is not to
//! be had.
//!
//! A thread of its own waits for the desktop: the system's way to wait for a change cannot be ended from outside. It
//! reads pixels only when asked to, and after it has told of a change it waits for nothing more until that was read:
//! however much is drawn in between, it wakes us once.
//!
//! What Windows shows on a desktop of its own (a question for an administrator's password, the lock screen) no program
//! may see. That is [`Obstacle::SecureDesktop`]; the picture stays as it was, and begins anew afterwards.

use std::{
    fmt,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use crate::{
    ALL_MONITORS, CaptureError, Changes, CursorPlace, CursorShape, Frame, Monitor, Obstacle, Region, Screen, Wake,
    Waker, pixels::PIXEL, together::preferred,
};
use duplicate::Duplicates;
use gdi::Gdi;
use pointer::Watched;

mod desktop;
mod duplicate;
mod gdi;
mod monitors;
mod pointer;
mod rights;

/// The longest wait for a change without a look at whether anybody asks for something.
const SLICE: Duration = Duration::from_millis(100);
/// How often monitors and desktop are looked at, of which the system tells only windows.
const LOOK: Duration = Duration::from_millis(500);
/// How long a picture may take. A graphics driver that starts anew needs some seconds.
const ANSWER: Duration = Duration::from_secs(5);

/// A part of the virtual desktop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Area {
    origin: (i32, i32),
    size: (u16, u16),
}

impl Area {
    const fn of(monitor: &Monitor) -> Self {
        Self { origin: (monitor.x, monitor.y), size: (monitor.width, monitor.height) }
    }
}

/// What a source has noticed.
#[derive(Debug, Default)]
struct News {
    picture: bool,
    moved: bool,
    /// What the pointer looks like, if that is new.
    shape: Option<Option<CursorShape>>,
}

impl News {
    fn add(&mut self, other: Self) {
        self.picture |= other.picture;
        self.moved |= other.moved;
        self.shape = other.shape.or(self.shape.take());
    }
}

/// How much is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Read {
    Whole,
    Changes,
}

/// The source gives nothing any more and is to be opened anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Gone;

/// A way to get pictures. It stays on the thread that opened it.
trait Source {
    /// Waits for a change, but no longer than this.
    fn wait(&mut self, patience: Duration) -> Result<News, Gone>;

    /// Brings the picture up to date. Gives what changed, which is everything when it was to be read as a whole.
    fn read(&mut self, picture: &mut [u8], read: Read) -> Result<Region, Gone>;
}

/// What both threads see.
#[derive(Default)]
struct State {
    changes: Changes,
    /// Something was drawn that is in no picture yet.
    dirty: bool,
    /// A picture to be brought up to date; of another size it is read as a whole.
    asked: Option<Vec<u8>>,
    answer: Option<(Vec<u8>, Option<Region>)>,
    shape: Option<CursorShape>,
    monitors: Vec<Monitor>,
    obstacle: Option<Obstacle>,
    stop: bool,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// Tells the owner.
    told: Condvar,
    /// Tells the thread.
    asked: Condvar,
}

impl Shared {
    /// Each change under it is complete.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps the shape out of logs, and says nothing of the rest.
impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shared")
    }
}

/// Dropping it ends the thread and waits for that: a monitor can be duplicated once only.
struct Watcher {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Watcher {
    fn start(monitors: &[Monitor], shown: &Monitor, shared: &Arc<Shared>) -> Result<Self, CaptureError> {
        {
            let mut state = shared.state();
            state.stop = false;
            state.dirty = true;
            state.changes.picture = true;
            (state.asked, state.answer) = (None, None);
        }
        let (work, monitors, shown) = (Arc::clone(shared), monitors.to_vec(), shown.clone());
        let thread = std::thread::Builder::new()
            .name("screen".to_owned())
            .spawn(move || Work { shared: &work, monitors: &monitors, shown: &shown }.run())
            .map_err(|error| CaptureError::Display(error.to_string()))?;
        Ok(Self { shared: Arc::clone(shared), thread: Some(thread) })
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.shared.state().stop = true;
        self.shared.asked.notify_all();
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// What the thread works with.
struct Work<'a> {
    shared: &'a Shared,
    monitors: &'a [Monitor],
    shown: &'a Monitor,
}

impl Work<'_> {
    fn run(&self) {
        self.shared.state().shape = Watched::default().look().1.flatten();
        let mut source = None;
        let mut read = Read::Whole;
        let mut looked = None;
        loop {
            if looked.is_none_or(|at: Instant| at.elapsed() >= LOOK) {
                looked = Some(Instant::now());
                self.look();
            }
            let asked = {
                let mut state = self.shared.state();
                if state.stop {
                    return;
                }
                if state.asked.is_none() && (state.dirty || is_hidden(state.obstacle)) {
                    // What is told already is not told again.
                    state = self.shared.asked.wait_timeout(state, LOOK).unwrap_or_else(PoisonError::into_inner).0;
                }
                state.asked.take()
            };
            let hidden = is_hidden(self.shared.state().obstacle);
            if hidden {
                // Nothing can be opened now, and what was open is lost.
                (source, read) = (None, Read::Whole);
            } else if source.is_none() {
                source = self.open();
            }
            let Some(open) = &mut source else {
                match asked {
                    Some(picture) => self.give(picture, None),
                    None => std::thread::sleep(SLICE),
                }
                continue;
            };
            let done = match asked {
                Some(picture) => self.answer(open.as_mut(), picture, read).map(|()| read = Read::Changes),
                None if self.shared.state().dirty => Ok(()),
                None => open.wait(SLICE).map(|news| self.tell(news)),
            };
            if done == Err(Gone) {
                (source, read, looked) = (None, Read::Whole, None);
                self.tell(News { picture: true, ..News::default() });
            }
        }
    }

    /// Monitors and desktop.
    fn look(&self) {
        let (monitors, obstacle) = (monitors::list(), desktop::obstacle());
        let mut state = self.shared.state();
        state.changes.monitors |= monitors != state.monitors && !monitors.is_empty();
        state.changes.obstacle |= obstacle != state.obstacle;
        // What was hidden is shown anew.
        let shown = is_hidden(state.obstacle) && !is_hidden(obstacle);
        state.changes.picture |= shown;
        state.dirty |= shown;
        (state.monitors, state.obstacle) = (monitors, obstacle);
        if state.changes.any() {
            self.shared.told.notify_all();
        }
    }

    fn open(&self) -> Option<Box<dyn Source>> {
        let area = Area::of(self.shown);
        let parts: Vec<&Monitor> = if self.shown.id == ALL_MONITORS {
            self.monitors.iter().filter(|monitor| monitor.id != ALL_MONITORS).collect()
        } else {
            vec![self.shown]
        };
        if let Some(duplicates) = Duplicates::open(area, &parts) {
            return Some(Box::new(duplicates));
        }
        tracing::info!("the desktop cannot be duplicated; it is copied");
        Gdi::open(area).inspect_err(|error| tracing::warn!(%error, "nor copied")).ok().map(|gdi| Box::new(gdi) as _)
    }

    fn answer(&self, source: &mut dyn Source, mut picture: Vec<u8>, read: Read) -> Result<(), Gone> {
        let size = usize::from(self.shown.width) * usize::from(self.shown.height) * PIXEL;
        let read = if picture.len() == size { read } else { Read::Whole };
        picture.resize(size, 0);
        // Before it is read: what is drawn from now on is told anew.
        self.shared.state().dirty = false;
        let done = source.read(&mut picture, read);
        if done.is_err() {
            let mut state = self.shared.state();
            state.dirty = true;
            state.changes.picture = true;
        }
        let changed = done.map(|changed| match read {
            Read::Whole if changed.is_empty() => None,
            Read::Whole => Some(Region::whole(self.shown.width, self.shown.height)),
            Read::Changes => Some(changed),
        });
        match changed {
            // A desktop that was duplicated just now has no picture yet.
            Ok(None) => {
                let mut state = self.shared.state();
                state.dirty = true;
                state.changes.picture = true;
                drop(state);
                picture.clear();
                std::thread::sleep(SLICE / 10);
                self.give(picture, None);
                Ok(())
            }
            Ok(changed) => {
                self.give(picture, changed.filter(|changed| !changed.is_empty()));
                Ok(())
            }
            Err(Gone) => {
                picture.clear();
                self.give(picture, None);
                Err(Gone)
            }
        }
    }

    fn give(&self, picture: Vec<u8>, changed: Option<Region>) {
        self.shared.state().answer = Some((picture, changed));
        self.shared.told.notify_all();
    }

    fn tell(&self, news: News) {
        let News { picture, moved, shape } = news;
        if !picture && !moved && shape.is_none() {
            return;
        }
        let mut state = self.shared.state();
        state.dirty |= picture;
        state.changes.picture |= picture;
        state.changes.cursor_place |= moved;
        if let Some(shape) = shape {
            state.changes.cursor_shape |= shape != state.shape;
            state.shape = shape;
        }
        self.shared.told.notify_all();
    }
}

impl Wake for Shared {
    fn wake(&self) {
        self.state().changes.woken = true;
        self.told.notify_all();
    }
}

/// The screens of the desktop this process belongs to.
pub struct WindowsScreen {
    shared: Arc<Shared>,
    monitors: Vec<Monitor>,
    selected: usize,
    watcher: Option<Watcher>,
    /// Empty: the next one is read as a whole.
    picture: Vec<u8>,
    taken: Region,
}

impl fmt::Debug for WindowsScreen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WindowsScreen").field("monitors", &self.monitors).finish_non_exhaustive()
    }
}

impl WindowsScreen {
    /// Opens them.
    ///
    /// # Errors
    ///
    /// [`CaptureError::NoMonitor`] when there is none.
    pub fn open() -> Result<Self, CaptureError> {
        let monitors = monitors::list();
        let selected = preferred(&monitors).ok_or(CaptureError::NoMonitor)?;
        let shared = Arc::<Shared>::default();
        {
            let mut state = shared.state();
            state.monitors.clone_from(&monitors);
            state.obstacle = desktop::obstacle();
        }
        let mut this = Self { shared, monitors, selected, watcher: None, picture: Vec::new(), taken: Region::new() };
        this.watch()?;
        Ok(this)
    }

    /// Begins to watch the selected monitor.
    fn watch(&mut self) -> Result<(), CaptureError> {
        // The old one lets go of its monitor first.
        self.watcher = None;
        self.picture.clear();
        let shown = self.monitors.get(self.selected).ok_or(CaptureError::NoMonitor)?;
        self.watcher = Some(Watcher::start(&self.monitors, shown, &self.shared)?);
        Ok(())
    }

    /// Takes up other monitors. The one that was shown stays the one, if it is there.
    fn relist(&mut self) -> Result<(), CaptureError> {
        let monitors = self.shared.state().monitors.clone();
        let before = self.monitors.get(self.selected).cloned();
        let same = |monitor: &Monitor| before.as_ref().is_some_and(|before| before.id == monitor.id);
        let kept = monitors.iter().position(same);
        self.selected = kept.or_else(|| preferred(&monitors)).ok_or(CaptureError::NoMonitor)?;
        self.monitors = monitors;
        self.watch()
    }
}

impl Screen for WindowsScreen {
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
            self.watch()?;
        }
        Ok(())
    }

    fn waker(&self) -> Waker {
        Arc::clone(&self.shared) as Waker
    }

    fn wait(&mut self, deadline: Option<Instant>) -> Result<Changes, CaptureError> {
        let changes = {
            let mut state = self.shared.state();
            loop {
                if state.changes.any() {
                    break std::mem::take(&mut state.changes);
                }
                let told = &self.shared.told;
                state = match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
                    Some(Duration::ZERO) => return Ok(Changes::default()),
                    Some(left) => told.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0,
                    None => told.wait(state).unwrap_or_else(PoisonError::into_inner),
                };
            }
        };
        if changes.monitors {
            self.relist()?;
        }
        Ok(changes)
    }

    fn grab(&mut self) -> Result<Option<Frame<'_>>, CaptureError> {
        let captured = Instant::now();
        let shown = self.monitors.get(self.selected).ok_or(CaptureError::NoMonitor)?;
        let (width, height) = (shown.width, shown.height);
        let answer = {
            let mut state = self.shared.state();
            if !state.dirty && !self.picture.is_empty() {
                return Ok(None);
            }
            if is_hidden(state.obstacle) {
                return Ok(None);
            }
            state.asked = Some(std::mem::take(&mut self.picture));
            self.shared.asked.notify_all();
            let waits = |state: &mut State| state.answer.is_none();
            let answered = self.shared.told.wait_timeout_while(state, ANSWER, waits);
            answered.unwrap_or_else(PoisonError::into_inner).0.answer.take()
        };
        let Some((picture, changed)) = answer else {
            return Err(CaptureError::Display("the graphics driver does not answer".to_owned()));
        };
        self.picture = picture;
        let Some(changed) = changed else { return Ok(None) };
        self.taken = changed;
        let stride = usize::from(width) * PIXEL;
        Ok(Some(Frame { bgra: &self.picture, stride, width, height, changed: &self.taken, captured }))
    }

    fn obstacle(&self) -> Option<Obstacle> {
        self.shared.state().obstacle
    }

    fn cursor_shape(&mut self) -> Result<Option<CursorShape>, CaptureError> {
        Ok(self.shared.state().shape.clone())
    }

    fn cursor_place(&mut self) -> Result<CursorPlace, CaptureError> {
        let shown = self.monitors.get(self.selected).ok_or(CaptureError::NoMonitor)?;
        // On a desktop that may not be seen it is nowhere.
        let (x, y) = pointer::place().unwrap_or((shown.x - 1, shown.y - 1));
        Ok(CursorPlace { x: x - shown.x, y: y - shown.y })
    }
}

/// Whether nothing of the desktop is seen.
fn is_hidden(obstacle: Option<Obstacle>) -> bool {
    obstacle == Some(Obstacle::SecureDesktop)
}
