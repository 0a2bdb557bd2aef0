//! One SQLite file: one writer thread that groups commits, a few readers beside it. Why so:
//! `docs/decisions/0006-told-means-committed.md`.
//!
//! A change is answered only after its commit has reached the disk, so that whatever anyone was told survives a crash
//! at any moment. What a change made happen goes to the hub in the order of the commits.

pub(crate) mod accounts;
pub(crate) mod audit;
pub(crate) mod browsers;
pub(crate) mod chat;
pub(crate) mod company;
pub(crate) mod devices;
pub(crate) mod events;
pub(crate) mod figures;
pub(crate) mod invitations;
pub(crate) mod news;
pub(crate) mod outbox;
pub(crate) mod requests;
pub(crate) mod row;
pub(crate) mod search;
pub(crate) mod sessions;
pub(crate) mod settings;
pub(crate) mod technicians;
pub(crate) mod templates;
#[cfg(test)]
mod tests;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
    time::Duration,
};

use deskhand_protocol::UnixMillis;
use rusqlite::{Connection, OpenFlags};
use rusqlite_migration::{M, Migrations};
use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::{
    clock::{self, NoRandomness},
    error::StartError,
    happening::Happening,
};

/// Shipped migrations, oldest first; one is only ever added.
const MIGRATIONS: &[M<'static>] = &[
    M::up(include_str!("../migrations/0001_core.sql")),
    M::up(include_str!("../migrations/0002_records.sql")),
    M::up(include_str!("../migrations/0003_packages.sql")),
    M::up(include_str!("../migrations/0004_company.sql")),
    M::up(include_str!("../migrations/0005_browser.sql")),
    M::up(include_str!("../migrations/0006_colleagues.sql")),
    M::up(include_str!("../migrations/0007_accounts.sql")),
    M::up(include_str!("../migrations/0008_chat_marks.sql")),
];
/// Changes in one commit: enough to share one disk flush among a burst, few enough to answer at once.
const GROUP: usize = 200;
/// Changes waiting for the writer; more wait in their own tasks.
const WAITING: usize = 1_024;
/// Readers: lists are small, two are never both slow.
const READERS_AT_ONCE: u32 = 2;
/// How long a connection waits for another process that holds the file, such as a backup.
const BUSY: Duration = Duration::from_secs(5);

/// Why the store could not do something.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// SQLite refused.
    #[error("database: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// No id could be made.
    #[error(transparent)]
    Random(#[from] NoRandomness),
    /// A value could not be written as JSON.
    #[error("json: {0}")]
    Json(#[from] serde_json::Error),
    /// The writer has stopped.
    #[error("the store is closed")]
    Closed,
}

/// One change inside its transaction.
pub(crate) struct Change<'a> {
    /// The writer's connection.
    pub(crate) db: &'a Connection,
    /// The moment that is written into every row of this change.
    pub(crate) now: UnixMillis,
    happenings: Vec<Happening>,
}

impl Change<'_> {
    /// Tells the hub and the outbox, once this change is committed.
    pub(crate) fn happened(&mut self, happening: Happening) -> Result<(), StoreError> {
        if let Some((topic, subject)) = happening.topic() {
            outbox::add(self.db, self.now, topic, &subject)?;
        }
        self.happenings.push(happening);
        Ok(())
    }
}

type AfterCommit = Box<dyn FnOnce(Result<(), StoreError>) + Send>;
type Job = Box<dyn FnOnce(&Connection) -> (Vec<Happening>, AfterCommit) + Send>;

/// The database.
#[derive(Debug)]
pub(crate) struct Store {
    /// Dropped first: the writer is to be the last to close the file.
    readers: Arc<Readers>,
    jobs: Mutex<Option<mpsc::Sender<Job>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug)]
struct Readers {
    idle: Mutex<Vec<Connection>>,
    places: Arc<Semaphore>,
}

impl Store {
    /// Opens the file and brings it up to date. Gives what happens from now on, in the order of the commits.
    pub(crate) fn open(path: &Path) -> Result<(Self, mpsc::UnboundedReceiver<Happening>), StartError> {
        let refuse = |source| StartError::Database { path: path.to_path_buf(), source };
        let mut writer = Connection::open(path).map_err(refuse)?;
        keep_private(path)?;
        not_newer(&writer, path)?;
        prepare(&writer).map_err(refuse)?;
        migrate(&mut writer, path)?;
        let idle = (0..READERS_AT_ONCE).map(|_| reader(path)).collect::<Result<Vec<_>, _>>().map_err(refuse)?;
        let (happened, happenings) = mpsc::unbounded_channel();
        let (jobs, waiting) = mpsc::channel(WAITING);
        let thread = std::thread::Builder::new()
            .name("deskhand-writer".into())
            .spawn(move || write(writer, waiting, &happened))
            .map_err(|source| StartError::Folder { path: path.to_path_buf(), source })?;
        let store = Self {
            jobs: Mutex::new(Some(jobs)),
            writer: Mutex::new(Some(thread)),
            readers: Arc::new(Readers {
                idle: Mutex::new(idle),
                places: Arc::new(Semaphore::new(READERS_AT_ONCE as usize)),
            }),
        };
        Ok((store, happenings))
    }

    /// Carries out one change: all of it or, if it gives an error, nothing. Answers after the commit.
    pub(crate) async fn write<T, E>(
        &self,
        change: impl FnOnce(&mut Change<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |db| {
            let mut context = Change { db, now: clock::wall(), happenings: Vec::new() };
            let outcome = in_savepoint(&mut context, change);
            let happenings = if outcome.is_ok() { context.happenings } else { Vec::new() };
            let after: AfterCommit = Box::new(move |committed| {
                // A caller that has gone away needs no answer; the change stands.
                drop(answer.send(committed.map_err(E::from).and(outcome)));
            });
            (happenings, after)
        });
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner).clone();
        jobs.ok_or(StoreError::Closed)?.send(job).await.map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }

    /// Reads from the newest committed state.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let place = Arc::clone(&self.readers.places).acquire_owned().await.map_err(|_| StoreError::Closed)?;
        let pool = Arc::clone(&self.readers);
        tokio::task::spawn_blocking(move || {
            // Held until the connection is back, even if whoever asked has gone away meanwhile.
            let _place = place;
            let taken = pool.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let db = taken.ok_or(StoreError::Closed)?;
            let answer = catch_unwind(AssertUnwindSafe(|| query(&db)));
            pool.idle.lock().unwrap_or_else(PoisonError::into_inner).push(db);
            answer.unwrap_or(Err(StoreError::Closed))
        })
        .await
        .map_err(|_| StoreError::Closed)?
    }

    /// Commits what is waiting and closes the file: the readers first, so that the writer is the last and leaves one
    /// file with everything in it.
    pub(crate) async fn close(&self) {
        if let Ok(all) = self.readers.places.acquire_many(READERS_AT_ONCE).await {
            all.forget();
        }
        self.readers.places.close();
        self.readers.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
        drop(self.jobs.lock().unwrap_or_else(PoisonError::into_inner).take());
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        let closing = tokio::task::spawn_blocking(move || writer.map(JoinHandle::join));
        if let Ok(Some(Err(_))) = closing.await {
            tracing::error!("the writer had stopped before its time");
        }
    }
}

fn keep_private(path: &Path) -> Result<(), StartError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))
            .map_err(|source| StartError::Folder { path: path.to_path_buf(), source })?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// A file of a newer version is left as it is, down to the last byte.
fn not_newer(db: &Connection, path: &Path) -> Result<(), StartError> {
    let version = || {
        db.busy_timeout(BUSY)?;
        db.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))
    };
    let version = version().map_err(|source| StartError::Database { path: path.to_path_buf(), source })?;
    if usize::try_from(version).map_or(true, |version| version > MIGRATIONS.len()) {
        return Err(StartError::NewerDatabase { path: path.to_path_buf() });
    }
    Ok(())
}

fn prepare(db: &Connection) -> rusqlite::Result<()> {
    db.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    // Each group of changes is flushed before it is answered: a power cut loses nothing that was answered either.
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "foreign_keys", "ON")?;
    db.pragma_update(None, "trusted_schema", "OFF")
}

fn migrate(db: &mut Connection, path: &Path) -> Result<(), StartError> {
    let refuse = |source| StartError::Database { path: path.to_path_buf(), source };
    Migrations::from_slice(MIGRATIONS).to_latest(db).map_err(|error| match error {
        rusqlite_migration::Error::RusqliteError { err, .. } => refuse(err),
        _ => StartError::Damaged { path: path.to_path_buf() },
    })
}

/// A connection that can change nothing, for a look from outside the relay.
pub(crate) fn read_only(path: &Path) -> rusqlite::Result<Connection> {
    reader(path)
}

fn reader(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(PathBuf::from(path), flags)?;
    db.busy_timeout(BUSY)?;
    db.pragma_update(None, "query_only", "ON")?;
    db.pragma_update(None, "trusted_schema", "OFF")?;
    Ok(db)
}

/// Whether SQLite finds the file whole.
pub(crate) fn is_whole(db: &Connection) -> Result<bool, StoreError> {
    let verdict: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    Ok(verdict == "ok")
}

fn in_savepoint<T, E: From<StoreError>>(
    context: &mut Change<'_>,
    change: impl FnOnce(&mut Change<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let db = context.db;
    let sql = |sql: &str| db.execute_batch(sql).map_err(StoreError::from);
    sql("SAVEPOINT change")?;
    let outcome = catch_unwind(AssertUnwindSafe(|| change(context)));
    if matches!(outcome, Ok(Ok(_))) {
        sql("RELEASE change")?;
    } else {
        sql("ROLLBACK TO change; RELEASE change")?;
    }
    // A change that panicked is undone like one that failed; the thread goes on for the others.
    outcome.unwrap_or_else(|_| Err(E::from(StoreError::Closed)))
}

fn write(db: Connection, mut waiting: mpsc::Receiver<Job>, happened: &mpsc::UnboundedSender<Happening>) {
    while let Some(first) = waiting.blocking_recv() {
        if let Err(error) = db.execute_batch("BEGIN IMMEDIATE") {
            // The change is dropped unanswered, which its caller takes for a refusal.
            tracing::error!(%error, "a transaction could not begin");
            continue;
        }
        let mut happenings = Vec::new();
        let mut answers = Vec::new();
        let mut next = Some(first);
        while let Some(job) = next {
            let (mut happening, after) = job(&db);
            happenings.append(&mut happening);
            answers.push(after);
            next = if answers.len() < GROUP { waiting.try_recv().ok() } else { None };
        }
        match db.execute_batch("COMMIT") {
            Ok(()) => {
                for happening in happenings {
                    // Without a hub the relay is stopping, and what is stored is shown after the next start.
                    drop(happened.send(happening));
                }
                answers.into_iter().for_each(|answer| answer(Ok(())));
            }
            Err(error) => {
                tracing::error!(%error, changes = answers.len(), "a commit failed");
                if let Err(error) = db.execute_batch("ROLLBACK") {
                    tracing::debug!(%error, "nothing to roll back");
                }
                answers.into_iter().for_each(|answer| answer(Err(StoreError::Closed)));
            }
        }
    }
    if let Err((_, error)) = db.close() {
        tracing::warn!(%error, "the database did not close cleanly");
    }
}
