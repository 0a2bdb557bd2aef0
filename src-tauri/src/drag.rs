//! Dragging out of the file manager to other programs of this computer, and back over the console's own page.
//!
//! Files of this computer are handed over as they are. Those of the customer's are fetched first, when they are let go over
//! a program that takes them and not before: by the session's queue, with all that it checks, shows and can call off, into
//! a folder of this process that goes with the session. The program gets them when all of them are there.
//!
//! Whether a file may be read is the helper's to say, as for every other transfer.

#[cfg(target_os = "linux")]
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Weak},
};

#[cfg(target_os = "linux")]
use deskhand_clipboard::files::list_of;
#[cfg(target_os = "linux")]
use deskhand_protocol::call::files::FilePath;
use deskhand_protocol::{call::files::FilesError, id::SessionId};
#[cfg(target_os = "linux")]
use deskhand_viewer::files::Files;
use deskhand_viewer::files::JobId;
use serde::Serialize;
use tauri::WebviewWindow;
#[cfg(target_os = "linux")]
use tokio::{sync::mpsc, task::spawn_blocking};
#[cfg(target_os = "linux")]
use tokio_util::task::AbortOnDropHandle;

use crate::{
    console::{Console, Shared},
    files::{Side, Spot},
    ipc::IpcError,
};
#[cfg(target_os = "linux")]
use crate::{
    files::paths,
    ipc::ConsoleEvent,
    local,
    seat::{Seat, lock},
};

#[cfg(target_os = "linux")]
mod source;

/// What the page is told of a drag that it has begun. After anything but `Over` and `Fetching` it is over.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ts_rs::TS)]
#[ts(export)]
#[serde(tag = "news", rename_all = "snake_case")]
pub enum DragNews {
    /// Where it is.
    Over {
        /// In CSS pixels of the page; `None` outside of it.
        at: Option<(f64, f64)>,
    },
    /// It was let go over the page.
    LetGo {
        /// There, in CSS pixels.
        at: (f64, f64),
    },
    /// It was let go over a program that takes it: the customer's files are fetched, as this job of the queue.
    Fetching {
        /// Which.
        job: JobId,
    },
    /// The program has taken it.
    Taken,
    /// Nobody was there who takes it.
    Refused,
    /// The program that wanted it has gone.
    Gone,
    /// It was called off.
    Stopped,
    /// The files could not be fetched; the program was given nothing.
    Failed {
        /// The first reason.
        error: FilesError,
    },
}

/// The drag that goes on, if there is one.
#[cfg(target_os = "linux")]
#[derive(Debug)]
pub(crate) struct Dragging {
    session: SessionId,
    source: Arc<source::Source>,
    _task: AbortOnDropHandle<()>,
}

/// The drag that goes on, if there is one: here, never.
#[cfg(not(target_os = "linux"))]
#[derive(Debug)]
pub(crate) enum Dragging {}

/// Where the window is, for a drag from it.
#[cfg(target_os = "linux")]
struct Ground {
    display: String,
    window: u32,
    scale: f64,
}

#[cfg(target_os = "linux")]
enum What {
    Here,
    There { seat: Arc<Seat>, what: Vec<FilePath>, into: PathBuf },
}

impl Console {
    /// Drags files out of the window, whose left button must be down; false when that cannot be done here, or not now.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::File`](crate::ipc::IpcErrorCode::File) with its reason.
    #[cfg(target_os = "linux")]
    pub async fn drag_out(
        &self,
        window: &WebviewWindow,
        session: SessionId,
        from: Side,
        what: Vec<Spot>,
    ) -> Result<bool, IpcError> {
        let (what, seat) = (paths(what)?, self.seat(session)?);
        let (list, ready, what) = match from {
            Side::Local => {
                let here = what.iter().map(local::path_of).collect::<Result<Vec<_>, _>>()?;
                (list_of(here.iter().map(PathBuf::as_path)), source::Ready::Yes, What::Here)
            }
            Side::Remote => {
                let (above, taken) = (self.shared.folder.path().join("copied"), Arc::clone(&seat));
                let into = spawn_blocking(move || taken.folder_for_drag(&above)).await;
                let into = into.unwrap_or(Err(FilesError::Failed))?;
                // A program that looks before the drop sees where they will be.
                let here: Vec<PathBuf> = what.iter().filter_map(|path| local::path_below(&into, path)).collect();
                let list = list_of(here.iter().map(PathBuf::as_path));
                (list, source::Ready::NotYet, What::There { seat, what, into })
            }
        };
        // One drag at a time: there is one pointer.
        lock(&self.shared.dragging).take();
        let Some(Ground { display, window, scale }) = ground(window).await else { return Ok(false) };
        let (news, heard) = mpsc::unbounded_channel();
        let begin = move || {
            // Nobody follows a drag that was replaced.
            let tell = move |what| {
                let _ = news.send(what);
            };
            source::Source::begin(&display, window, list, ready, tell)
        };
        let source = match spawn_blocking(begin).await {
            Ok(Ok(source)) => Arc::new(source),
            Ok(Err(no)) => {
                tracing::debug!(%no, "no drag out of the window");
                return Ok(false);
            }
            Err(_) => return Ok(false),
        };
        let follows = Follows { source: Arc::clone(&source), scale, session, what };
        let shared = Arc::downgrade(&self.shared);
        let task = AbortOnDropHandle::new(tokio::spawn(follow(shared, follows, heard)));
        *lock(&self.shared.dragging) = Some(Dragging { session, source, _task: task });
        Ok(true)
    }

    /// Drags files out of the window: here it cannot.
    ///
    /// # Errors
    ///
    /// None.
    #[cfg(not(target_os = "linux"))]
    #[allow(clippy::unused_async, reason = "the same on every system")]
    pub async fn drag_out(
        &self,
        _window: &WebviewWindow,
        _session: SessionId,
        _from: Side,
        _what: Vec<Spot>,
    ) -> Result<bool, IpcError> {
        Ok(false)
    }

    /// Calls off the drag that goes on.
    pub fn stop_drag(&self) {
        #[cfg(target_os = "linux")]
        if let Some(dragging) = &*lock(&self.shared.dragging) {
            dragging.source.stop();
        }
    }
}

impl Shared {
    /// The session is over, and with it a drag from it.
    pub(crate) fn end_drag(&self, session: SessionId) {
        #[cfg(target_os = "linux")]
        {
            let ended = lock(&self.dragging).take_if(|dragging| dragging.session == session);
            if ended.is_some() {
                self.tell(ConsoleEvent::Drag { session, news: DragNews::Stopped });
            }
        }
        #[cfg(not(target_os = "linux"))]
        let _ = session;
    }
}

#[cfg(target_os = "linux")]
struct Follows {
    source: Arc<source::Source>,
    scale: f64,
    session: SessionId,
    what: What,
}

/// Files on their way for a drag. Dropped before they are there, it calls them off: nobody waits for them any more.
#[cfg(target_os = "linux")]
struct Fetching {
    files: Files,
    job: Option<JobId>,
}

#[cfg(target_os = "linux")]
impl Drop for Fetching {
    fn drop(&mut self) {
        if let Some(job) = self.job {
            self.files.cancel(job);
        }
    }
}

/// Follows a drag until it is over. However it ends, no program is left waiting.
#[cfg(target_os = "linux")]
async fn follow(shared: Weak<Shared>, drag: Follows, heard: mpsc::UnboundedReceiver<source::News>) {
    let source = Arc::clone(&drag.source);
    follow_on(shared, drag, heard).await;
    source.stop();
}

/// Tells the page of a drag, and fetches what is wanted.
#[cfg(target_os = "linux")]
async fn follow_on(shared: Weak<Shared>, drag: Follows, mut heard: mpsc::UnboundedReceiver<source::News>) {
    use source::{End, News};
    let Follows { source, scale, session, what } = drag;
    let tell = |news| {
        if let Some(shared) = shared.upgrade() {
            shared.tell(ConsoleEvent::Drag { session, news });
        }
    };
    let at = |(x, y): (i16, i16)| (f64::from(x) / scale, f64::from(y) / scale);
    let ended = |how| match how {
        End::Taken => DragNews::Taken,
        End::Refused => DragNews::Refused,
        End::Gone => DragNews::Gone,
        End::Stopped => DragNews::Stopped,
    };
    while let Some(news) = heard.recv().await {
        match news {
            News::Over(place) => tell(DragNews::Over { at: place.map(at) }),
            News::LetGo(place) => return tell(DragNews::LetGo { at: at(place) }),
            News::Ended(how) => return tell(ended(how)),
            News::Wanted => {
                let What::There { seat, what, into } = &what else { continue };
                let files = seat.call().files();
                let job = match files.fetch(what.clone(), into.clone()).await {
                    Ok(job) => job,
                    Err(error) => return tell(DragNews::Failed { error }),
                };
                tell(DragNews::Fetching { job });
                let mut fetching = Fetching { files: files.clone(), job: Some(job) };
                let end = tokio::select! {
                    end = crate::clipboard::outcome(files, job) => end,
                    // Before the drop nothing is heard but that it will not be.
                    news = heard.recv() => {
                        let how = if let Some(News::Ended(how)) = news { how } else { End::Gone };
                        return tell(ended(how));
                    }
                };
                fetching.job = None;
                match end.and_then(|()| all_in(into)) {
                    Ok(here) => source.provide(list_of(here.iter().map(PathBuf::as_path))),
                    Err(FilesError::Cancelled) => return tell(DragNews::Stopped),
                    Err(error) => return tell(DragNews::Failed { error }),
                }
            }
        }
    }
}

/// What has arrived in a folder: whole files, and folders.
#[cfg(target_os = "linux")]
fn all_in(folder: &Path) -> Result<Vec<PathBuf>, FilesError> {
    let entries = std::fs::read_dir(folder).map_err(|_| FilesError::Failed)?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    // Links and devices are not fetched.
    if paths.is_empty() { Err(FilesError::NotAFile) } else { Ok(paths) }
}

/// Gives up the window's own hold of the pointer and says where the window is; `None` on a display that is not X.
#[cfg(target_os = "linux")]
async fn ground(window: &WebviewWindow) -> Option<Ground> {
    let (found, ground) = tokio::sync::oneshot::channel();
    let of = window.clone();
    window.run_on_main_thread(move || drop(found.send(take_ground(&of)))).ok()?;
    ground.await.ok().flatten()
}

#[cfg(target_os = "linux")]
fn take_ground(window: &WebviewWindow) -> Option<Ground> {
    use gtk::prelude::*;
    use raw_window_handle::{HasWindowHandle as _, RawWindowHandle};
    let number = match window.window_handle().ok()?.as_raw() {
        RawWindowHandle::Xlib(handle) => u32::try_from(handle.window).ok()?,
        RawWindowHandle::Xcb(handle) => handle.window.get(),
        _ => return None,
    };
    let gtk = window.gtk_window().ok()?;
    let display = gtk.display();
    display.default_seat()?.ungrab();
    display.sync();
    Some(Ground { display: display.name().to_string(), window: number, scale: f64::from(gtk.scale_factor().max(1)) })
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    #[test]
    fn what_has_arrived_is_handed_over_and_nothing_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(all_in(folder.path()), Err(FilesError::NotAFile));
        std::fs::create_dir(folder.path().join("b")).unwrap();
        std::fs::write(folder.path().join("a"), "x").unwrap();
        assert_eq!(all_in(folder.path()).unwrap(), [folder.path().join("a"), folder.path().join("b")]);
        assert_eq!(all_in(&folder.path().join("gone")), Err(FilesError::Failed));
    }
}
