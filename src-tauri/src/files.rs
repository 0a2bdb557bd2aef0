//! The file manager's commands: both sides in one form, and the queue between them.

use std::path::PathBuf;

use deskhand_protocol::{
    call::files::{Entry, EntryKind, FileName, FilePath, FilesError, Place, PlaceKind, SearchEnd},
    id::SessionId,
    limit::{FILE_DEPTH, SEARCH_TEXT},
};
use deskhand_viewer::files::{
    Files,
    queue::{Choice, For, ItemId, JobId},
};
use serde::{Deserialize, Serialize};
use tokio::task::spawn_blocking;

use crate::{
    console::Console,
    ipc::{IpcError, IpcErrorCode},
    local,
    seat::{Seat, lock},
};

/// Files and folders named at once.
const NAMED: usize = 10_000;

/// Which machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The technician's.
    Local,
    /// The customer's.
    Remote,
}

/// Where something is, on either machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct Spot {
    /// The place, as its machine counts them.
    pub place: u16,
    /// The names below it.
    pub names: Vec<String>,
}

/// Where browsing may begin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export)]
pub struct PlaceView {
    /// How its machine calls it. Hostile text.
    pub name: String,
    /// What it is.
    pub kind: PlaceKind,
    /// Where it is.
    pub path: Spot,
}

/// One line of a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export)]
pub struct EntryView {
    /// Its name. Hostile text.
    pub name: String,
    /// What it is.
    pub kind: EntryKind,
    /// Bytes, for a file.
    #[ts(type = "number")]
    pub size: u64,
    /// When it was changed last, in milliseconds since 1970.
    #[ts(type = "number")]
    pub modified_ms: i64,
    /// Whether its system hides it.
    pub hidden: bool,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export)]
pub struct FoundView {
    /// Where, and what.
    pub hits: Vec<HitView>,
    /// Whether there is more than was looked at.
    pub cut: bool,
}

/// One thing that a search found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export)]
pub struct HitView {
    /// The folder it is in.
    pub folder: Spot,
    /// What it is.
    pub entry: EntryView,
}

/// What is to be done with a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum JobOrder {
    /// Stop for now.
    Pause,
    /// Go on.
    Resume,
    /// Call it off.
    Cancel,
    /// Try again what failed.
    Retry,
    /// Take it from the screen.
    Clear,
}

/// The technician's choice where a name is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct Chosen {
    /// Which.
    pub item: ItemId,
    /// What.
    pub choice: Choice,
    /// For what it holds.
    pub scope: For,
}

impl Console {
    /// Where browsing may begin.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::File`] with its reason.
    pub async fn file_places(&self, session: SessionId, side: Side) -> Result<Vec<PlaceView>, IpcError> {
        let places = match side {
            Side::Local => blocking(|| Ok(local::places())).await?,
            Side::Remote => self.files(session)?.client().places().await?,
        };
        Ok(places.into_iter().map(PlaceView::from).collect())
    }

    /// What is in a folder.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::File`] with its reason.
    pub async fn file_list(&self, session: SessionId, side: Side, at: Spot) -> Result<Vec<EntryView>, IpcError> {
        let path = at.path()?;
        let entries = match side {
            Side::Local => blocking(move || local::list(&path)).await?,
            Side::Remote => self.files(session)?.client().list(&path).await?,
        };
        Ok(entries.into_iter().map(EntryView::from).collect())
    }

    /// What below a folder has the text in its name. A search that is under way on that side is called off.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::File`] with its reason.
    pub async fn file_search(
        &self,
        session: SessionId,
        side: Side,
        at: Spot,
        text: String,
    ) -> Result<FoundView, IpcError> {
        if text.is_empty() || text.len() > SEARCH_TEXT {
            return Err(IpcError::of(IpcErrorCode::BadInput, "the text is empty or too long"));
        }
        let path = at.path()?;
        let stop = self.seat(session)?.search(side);
        let (hits, end) = match side {
            Side::Local => blocking(move || local::search(&path, &text, &stop)).await?,
            Side::Remote => {
                let files = self.files(session)?;
                let search = files.client().search(&path, &text);
                stop.run_until_cancelled(search).await.unwrap_or(Err(FilesError::Cancelled))?
            }
        };
        let hits = hits.into_iter().filter_map(|(path, entry)| {
            let (folder, _) = path.split()?;
            Some(HitView { folder: Spot::from(&folder), entry: entry.into() })
        });
        Ok(FoundView { hits: hits.collect(), cut: end == SearchEnd::Cut })
    }

    /// Calls off the search of a side.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::UnknownSession`].
    pub fn file_search_stop(&self, session: SessionId, side: Side) -> Result<(), IpcError> {
        self.seat(session)?.search(side).cancel();
        Ok(())
    }

    /// Makes a folder.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::File`] with its reason.
    pub async fn file_make_folder(&self, session: SessionId, side: Side, at: Spot) -> Result<(), IpcError> {
        let path = at.path()?;
        match side {
            Side::Local => blocking(move || local::make_folder(&path)).await,
            Side::Remote => Ok(self.files(session)?.client().make_folder(&path).await?),
        }
    }

    /// Gives something another name.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::File`] with its reason.
    pub async fn file_rename(&self, session: SessionId, side: Side, at: Spot, name: String) -> Result<(), IpcError> {
        let path = at.path()?;
        let name = FileName::new(name).map_err(|_| FilesError::BadName)?;
        match side {
            Side::Local => blocking(move || local::rename(&path, &name)).await,
            Side::Remote => Ok(self.files(session)?.client().rename(&path, &name).await?),
        }
    }

    /// Moves things to the trash, one after the other; the first that does not go ends it.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::File`] with its reason.
    pub async fn file_trash(&self, session: SessionId, side: Side, at: Vec<Spot>) -> Result<(), IpcError> {
        for path in paths(at)? {
            match side {
                Side::Local => blocking(move || local::trash(&path)).await?,
                Side::Remote => self.files(session)?.client().trash(&path).await?,
            }
        }
        Ok(())
    }

    /// Carries files and folders from one side into a folder of the other.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::File`] with its reason.
    pub async fn file_carry(
        &self,
        session: SessionId,
        from: Side,
        what: Vec<Spot>,
        into: Spot,
    ) -> Result<JobId, IpcError> {
        let (what, into, files) = (paths(what)?, into.path()?, self.files(session)?);
        match from {
            Side::Local => {
                let local = what.iter().map(local::path_of).collect::<Result<_, _>>()?;
                Ok(files.send(local, into).await?)
            }
            Side::Remote => Ok(files.fetch(what, local::path_of(&into)?).await?),
        }
    }

    /// Sends what was dropped on the window last into a folder of the customer's.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::BadInput`] when nothing was, else [`IpcErrorCode::File`] with its reason.
    pub async fn file_send_dropped(&self, session: SessionId, into: Spot) -> Result<JobId, IpcError> {
        let dropped: Vec<PathBuf> = std::mem::take(&mut *lock(&self.shared.dropped));
        if dropped.is_empty() || dropped.len() > NAMED {
            return Err(IpcError::of(IpcErrorCode::BadInput, "nothing was dropped"));
        }
        Ok(self.files(session)?.send(dropped, into.path()?).await?)
    }

    /// Does something with a job.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::UnknownSession`].
    pub fn file_job(&self, session: SessionId, job: JobId, order: JobOrder) -> Result<(), IpcError> {
        let files = self.files(session)?;
        match order {
            JobOrder::Pause => files.pause(job),
            JobOrder::Resume => files.resume(job),
            JobOrder::Cancel => files.cancel(job),
            JobOrder::Retry => files.retry(job),
            JobOrder::Clear => files.clear(job),
        }
        Ok(())
    }

    /// What to do where a name is in use.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::UnknownSession`].
    pub fn file_choose(&self, session: SessionId, chosen: Chosen) -> Result<(), IpcError> {
        self.files(session)?.choose(chosen.item, chosen.choice, chosen.scope);
        Ok(())
    }

    fn files(&self, session: SessionId) -> Result<Files, IpcError> {
        let seat: std::sync::Arc<Seat> = self.seat(session)?;
        Ok(seat.call().files().clone())
    }
}

/// What the page names, if it is not nothing and not too much.
pub(crate) fn paths(spots: Vec<Spot>) -> Result<Vec<FilePath>, IpcError> {
    if spots.is_empty() || spots.len() > NAMED {
        return Err(IpcError::of(IpcErrorCode::BadInput, "nothing is named, or too much"));
    }
    spots.into_iter().map(|spot| spot.path()).collect()
}

async fn blocking<T: Send + 'static>(
    what: impl FnOnce() -> Result<T, FilesError> + Send + 'static,
) -> Result<T, IpcError> {
    Ok(spawn_blocking(what).await.unwrap_or(Err(FilesError::Failed))?)
}

impl Spot {
    fn path(self) -> Result<FilePath, IpcError> {
        let names = self.names.into_iter().map(FileName::new).collect::<Result<Vec<_>, _>>();
        let names = names.map_err(|_| FilesError::BadName)?;
        if names.len() > FILE_DEPTH {
            return Err(FilesError::BadName.into());
        }
        Ok(FilePath { place: self.place, names })
    }
}

impl From<&FilePath> for Spot {
    fn from(path: &FilePath) -> Self {
        Self { place: path.place, names: path.names.iter().map(|name| name.as_str().to_owned()).collect() }
    }
}

impl From<Place> for PlaceView {
    fn from(place: Place) -> Self {
        Self { name: place.name.as_str().to_owned(), kind: place.kind, path: Spot::from(&place.path) }
    }
}

impl From<Entry> for EntryView {
    fn from(entry: Entry) -> Self {
        let Entry { name, kind, size, modified_ms, hidden } = entry;
        Self { name: name.as_str().to_owned(), kind, size, modified_ms, hidden }
    }
}

impl From<FilesError> for IpcError {
    fn from(error: FilesError) -> Self {
        Self { file: Some(error), ..Self::of(IpcErrorCode::File, error.to_string()) }
    }
}
