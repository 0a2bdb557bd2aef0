//! One file from here to there, or from there to here. Reading, writing and hashing have threads of their own; the
//! bytes wait there for as little as their window.

use std::{
    fs::File,
    io::{Read as _, Seek as _, SeekFrom},
    path::Path,
    time::UNIX_EPOCH,
};

use deskhand_protocol::{
    call::{
        clipboard::PLACE_COPIED,
        files::{FileHash, FilePath, FilesAnswer, FilesError, FilesRequest, Known, Part, Replace},
    },
    limit::{FILE_CHUNK, FILE_WINDOW},
};
use sha2::{Digest as _, Sha256};
use tokio::{sync::mpsc, task::spawn_blocking};
use tokio_util::sync::CancellationToken;

use super::{
    client::{CREDIT, Client, Request},
    part::{PartFile, hash_first, told},
};

/// Parts read ahead, and parts that wait to be written: the disk is never waited for in between.
const AHEAD: usize = 16;

/// Told to stop: whether what is half there is to stay.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    /// At once.
    pub now: CancellationToken,
    /// With what is there thrown away.
    pub forget: CancellationToken,
}

impl Stop {
    fn part(&self) -> Part {
        if self.forget.is_cancelled() { Part::Forget } else { Part::Keep }
    }
}

/// Size and time of a file of this machine.
///
/// # Errors
///
/// [`FilesError::NotAFile`] for anything but a plain one.
pub fn known_of(path: &Path) -> Result<Known, FilesError> {
    let metadata = std::fs::symlink_metadata(path).map_err(|error| told(&error))?;
    if !metadata.is_file() {
        return Err(FilesError::NotAFile);
    }
    Ok(known(&metadata))
}

fn known(metadata: &std::fs::Metadata) -> Known {
    let since = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    Known { size: metadata.len(), modified_ms: i64::try_from(since.as_millis()).unwrap_or(i64::MAX) }
}

/// Sends a file of this machine. `told` hears how many of its bytes are there.
///
/// # Errors
///
/// [`FilesError`]; [`FilesError::Cancelled`] when it was stopped.
pub async fn send(
    client: &Client,
    local: &Path,
    remote: &FilePath,
    replace: Replace,
    stop: &Stop,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<(), FilesError> {
    let known = known_of(local)?;
    let write = FilesRequest::Write { path: remote.clone(), known, replace };
    let mut request = client.ask(&write).await?;
    let ready = tokio::select! {
        biased;
        () = stop.now.cancelled() => None,
        ready = request.next() => Some(ready?),
    };
    let Some(ready) = ready else {
        request.cancel(stop.part()).await;
        return Err(FilesError::Cancelled);
    };
    let FilesAnswer::Ready(offset) = ready else { return Err(FilesError::Failed) };
    if offset > known.size {
        return Err(FilesError::Failed);
    }
    progress(offset);
    let (parts, inbox) = mpsc::channel(AHEAD);
    let path = local.to_path_buf();
    let reader = spawn_blocking(move || read_file(&path, known, offset, &parts));
    let sent = send_parts(&mut request, inbox, offset, stop, progress).await;
    let read = match sent {
        Ok(()) => reader.await.map_err(|_| FilesError::Failed)?,
        Err(error) => {
            if error != FilesError::Lost {
                request.cancel(stop.part()).await;
            }
            // It ends by itself: nobody takes its parts any more.
            return Err(error);
        }
    };
    let hash = match read {
        Ok(hash) => hash,
        Err(error) => {
            request.cancel(Part::Forget).await;
            return Err(error);
        }
    };
    request.say(&FilesRequest::Finish(hash)).await?;
    loop {
        match request.next().await? {
            FilesAnswer::Credit(_) => {}
            FilesAnswer::Done { hash: there, .. } => {
                request.is_over();
                return if there == hash { Ok(()) } else { Err(FilesError::Mismatch) };
            }
            _ => return Err(FilesError::Failed),
        }
    }
}

/// Sends what is read, as far as there is credit.
async fn send_parts(
    request: &mut Request,
    mut parts: mpsc::Receiver<Vec<u8>>,
    mut offset: u64,
    stop: &Stop,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<(), FilesError> {
    let mut credit = FILE_WINDOW;
    loop {
        let part = tokio::select! {
            biased;
            () = stop.now.cancelled() => return Err(FilesError::Cancelled),
            // An error ends it; so does anything that does not belong here.
            answer = request.next() => match answer? {
                FilesAnswer::Credit(more) => {
                    credit = credit.saturating_add(more).min(FILE_WINDOW);
                    continue;
                }
                _ => return Err(FilesError::Failed),
            },
            part = parts.recv(), if credit as usize >= FILE_CHUNK => part,
        };
        let Some(bytes) = part else { return Ok(()) };
        let len = bytes.len();
        credit -= u32::try_from(len).unwrap_or(credit);
        let data = FilesRequest::Data { offset, bytes };
        tokio::select! {
            biased;
            () = stop.now.cancelled() => return Err(FilesError::Cancelled),
            sent = request.say_bulk(&data) => sent?,
        }
        offset += len as u64;
        progress(offset);
    }
}

fn read_file(path: &Path, expected: Known, offset: u64, parts: &mpsc::Sender<Vec<u8>>) -> Result<FileHash, FilesError> {
    let io = |error: std::io::Error| told(&error);
    let mut file = File::open(path).map_err(io)?;
    let same = |file: &File| file.metadata().map_err(io).map(|now| known(&now) == expected);
    if !same(&file)? {
        return Err(FilesError::Changed);
    }
    let mut hash = Sha256::new();
    hash_first(&mut file, &mut hash, offset)?;
    file.seek(SeekFrom::Start(offset)).map_err(io)?;
    let mut left = expected.size - offset;
    while left > 0 {
        let mut bytes = vec![0; usize::try_from(left).unwrap_or(FILE_CHUNK).min(FILE_CHUNK)];
        file.read_exact(&mut bytes).map_err(io)?;
        hash.update(&bytes);
        left -= bytes.len() as u64;
        if parts.blocking_send(bytes).is_err() {
            return Err(FilesError::Cancelled);
        }
    }
    if same(&file)? { Ok(hash.finalize().into()) } else { Err(FilesError::Changed) }
}

/// Fetches a file of the other machine. `expected` is what its folder said of it.
///
/// # Errors
///
/// [`FilesError`]; [`FilesError::Cancelled`] when it was stopped.
pub async fn fetch(
    client: &Client,
    remote: &FilePath,
    local: &Path,
    expected: Known,
    replace: Replace,
    stop: &Stop,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<(), FilesError> {
    let first = fetch_as(client, remote, local, Some(expected), replace, stop, progress).await;
    // Of copied files what was offered is fetched, and nothing else.
    if first != Err(FilesError::Changed) || remote.place == PLACE_COPIED {
        return first;
    }
    // It has changed since its folder was listed: what is half there is of another file.
    let entry = client.stat(remote).await?;
    let now = Known { size: entry.size, modified_ms: entry.modified_ms };
    fetch_as(client, remote, local, Some(now), replace, stop, progress).await
}

async fn fetch_as(
    client: &Client,
    remote: &FilePath,
    local: &Path,
    expected: Option<Known>,
    replace: Replace,
    stop: &Stop,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<(), FilesError> {
    let known = expected.ok_or(FilesError::Failed)?;
    let goal = local.to_path_buf();
    let mut part =
        spawn_blocking(move || PartFile::open(&goal, known, replace)).await.map_err(|_| FilesError::Failed)??;
    let offset = part.offset();
    let mut request = client.ask(&FilesRequest::Read { path: remote.clone(), offset, known: expected }).await?;
    progress(offset);
    // The bytes go to a thread; it gives credit for what is on the disk.
    let (parts, mut inbox) = mpsc::channel::<(u64, Vec<u8>)>(AHEAD);
    let (written, mut credits) = mpsc::unbounded_channel();
    let writer = spawn_blocking(move || {
        while let Some((offset, bytes)) = inbox.blocking_recv() {
            if let Err(error) = part.write(offset, &bytes) {
                return (part, Err(error));
            }
            let _ = written.send(bytes.len());
        }
        (part, Ok(()))
    });
    let came = take_parts(&mut request, parts, &mut credits, offset, stop, progress).await;
    let (part, wrote) = writer.await.map_err(|_| FilesError::Failed)?;
    match (came, wrote) {
        (Ok(hash), Ok(())) => {
            request.is_over();
            spawn_blocking(move || part.finish(&hash)).await.map_err(|_| FilesError::Failed)?
        }
        (came, wrote) => {
            let error = wrote.err().or(came.err()).unwrap_or(FilesError::Failed);
            if error != FilesError::Lost {
                request.cancel(stop.part()).await;
            }
            if stop.forget.is_cancelled() || part.offset() == 0 || error == FilesError::Changed {
                part.forget();
            }
            Err(error)
        }
    }
}

/// Takes what comes, until the whole file has.
async fn take_parts(
    request: &mut Request,
    parts: mpsc::Sender<(u64, Vec<u8>)>,
    credits: &mut mpsc::UnboundedReceiver<usize>,
    mut done: u64,
    stop: &Stop,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<FileHash, FilesError> {
    let mut owed = 0;
    loop {
        let answer = tokio::select! {
            biased;
            () = stop.now.cancelled() => return Err(FilesError::Cancelled),
            Some(bytes) = credits.recv() => {
                done += bytes as u64;
                progress(done);
                owed += u32::try_from(bytes).unwrap_or(0);
                if owed >= CREDIT {
                    request.say(&FilesRequest::Credit(owed)).await?;
                    owed = 0;
                }
                continue;
            }
            answer = request.next() => answer?,
        };
        match answer {
            FilesAnswer::Opened(_) => {}
            FilesAnswer::Data { offset, bytes } => {
                // A writer that has ended says why itself.
                parts.send((offset, bytes)).await.map_err(|_| FilesError::Failed)?;
            }
            FilesAnswer::Done { hash, .. } => return Ok(hash),
            _ => return Err(FilesError::Failed),
        }
    }
}
