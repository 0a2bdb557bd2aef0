//! The files of templates: where they lie, and parts of those that are on their way.
//!
//! A file is known by its SHA-256 and never changed. One that is on its way lies under another name until all of it is
//! here, was read through and found to be the customer's program; a crash leaves it behind for the next start to clear,
//! and likewise a file in its place that no row of the table knows.

pub(crate) mod inspect;

use std::{
    collections::HashMap,
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use deskhand_protocol::{
    error::ErrorCode,
    id::{TechnicianId, TemplateId},
    key::Digest,
    limit::{TEMPLATE_BYTES, TEMPLATE_PART},
    template::{NewUpload, Upload},
};
use sha2::{Digest as _, Sha256};

use self::inspect::Found;
use crate::{clock, refusal::Refusal};

/// Uploads of one technician at once; the oldest gives way.
const AT_ONCE: usize = 3;
/// An upload that brings nothing for so long is forgotten.
const IDLE: Duration = Duration::from_secs(3_600);
/// What a file on its way is called at the end.
const PART: &str = "part";

/// A file that has arrived and is one of ours.
#[derive(Debug, Clone)]
pub(crate) struct Arrived {
    /// Its hash, under which it lies.
    pub(crate) sha256: Digest,
    /// Its size in bytes.
    pub(crate) size: u64,
    /// What it is.
    pub(crate) found: Found,
    /// Whether it came with the console.
    pub(crate) shipped: bool,
}

#[derive(Debug)]
struct Coming {
    technician: TechnicianId,
    new: NewUpload,
    received: u64,
    touched: Instant,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Templates {
    folder: PathBuf,
    coming: Mutex<HashMap<TemplateId, Coming>>,
    /// Held while a file comes to its place or leaves it and the table learns of that: both are one act, or a file that
    /// one upload brings back goes with the row that another forgets.
    pub(crate) settling: tokio::sync::Mutex<()>,
}

impl Templates {
    /// Takes the folder, and clears what a crash left on its way or in its place: every file of a hash but the `known`.
    pub(crate) fn open(folder: PathBuf, known: &[Digest]) -> io::Result<Self> {
        fs::create_dir_all(&folder)?;
        let known: Vec<String> = known.iter().map(Digest::hex).collect();
        for entry in fs::read_dir(&folder)?.flatten() {
            let path = entry.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let is_hash = name.len() == 64 && name.bytes().all(|digit| digit.is_ascii_hexdigit());
            let is_stray = is_hash && known.iter().all(|known| known != name);
            if is_stray || path.extension().is_some_and(|end| end == PART) {
                drop(fs::remove_file(&path));
            }
        }
        Ok(Self { folder, coming: Mutex::default(), settling: tokio::sync::Mutex::default() })
    }

    /// The file of a hash.
    pub(crate) fn file(&self, sha256: &Digest) -> PathBuf {
        self.folder.join(sha256.hex())
    }

    fn part(&self, id: TemplateId) -> PathBuf {
        self.folder.join(format!("{id}.{PART}"))
    }

    /// Removes a file that no template uses any more.
    pub(crate) fn remove(&self, sha256: &Digest) {
        if let Err(error) = fs::remove_file(self.file(sha256)) {
            tracing::warn!(%error, "a template's file stays");
        }
    }

    /// Begins an upload.
    pub(crate) fn begin(&self, technician: TechnicianId, new: NewUpload) -> Result<Upload, Refusal> {
        if new.size == 0 || new.size > TEMPLATE_BYTES {
            return Err(Refusal::new(ErrorCode::TooLarge, "a template has between one byte and 256 MiB"));
        }
        let id = TemplateId::from_uuid(clock::new_id());
        create(&self.part(id)).map_err(|error| unwritten(&error))?;
        let now = Instant::now();
        let mut coming = self.coming.lock().unwrap_or_else(PoisonError::into_inner);
        let idle: Vec<_> = coming.iter().filter(|(_, one)| now - one.touched > IDLE).map(|(id, _)| *id).collect();
        let mut own: Vec<_> =
            coming.iter().filter(|(_, one)| one.technician == technician).map(|(id, one)| (one.touched, *id)).collect();
        own.sort();
        let surplus = (own.len() + 1).saturating_sub(AT_ONCE);
        for id in idle.into_iter().chain(own.into_iter().take(surplus).map(|(_, id)| id)) {
            coming.remove(&id);
            drop(fs::remove_file(self.part(id)));
        }
        coming.insert(id, Coming { technician, new, received: 0, touched: now });
        Ok(Upload { id, received: 0 })
    }

    /// Takes the next part. One that came before is not taken twice: the answer says how far the file is.
    pub(crate) fn take(
        &self,
        technician: TechnicianId,
        id: TemplateId,
        at: u64,
        part: &[u8],
    ) -> Result<Upload, Refusal> {
        let mut coming = self.coming.lock().unwrap_or_else(PoisonError::into_inner);
        let one = coming.get_mut(&id).filter(|one| one.technician == technician).ok_or_else(Refusal::not_found)?;
        one.touched = Instant::now();
        if at != one.received {
            return Ok(Upload { id, received: one.received });
        }
        let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
        if part.is_empty() || part.len() > TEMPLATE_PART || one.received.saturating_add(length) > one.new.size {
            return Err(Refusal::new(ErrorCode::TooLarge, "the part is empty or goes beyond the announced size"));
        }
        let written = OpenOptions::new().append(true).open(self.part(id)).and_then(|mut file| file.write_all(part));
        if let Err(error) = written {
            // How much of it is on disk is not known: the whole upload begins anew.
            coming.remove(&id);
            drop(fs::remove_file(self.part(id)));
            return Err(unwritten(&error));
        }
        one.received += length;
        Ok(Upload { id, received: one.received })
    }

    /// Reads a finished upload through and puts it in its place. Whatever comes of it, the upload is over.
    pub(crate) fn finish(&self, technician: TechnicianId, id: TemplateId) -> Result<Arrived, Refusal> {
        let one = {
            let mut coming = self.coming.lock().unwrap_or_else(PoisonError::into_inner);
            if coming.get(&id).is_none_or(|one| one.technician != technician) {
                return Err(Refusal::not_found());
            }
            coming.remove(&id).ok_or_else(Refusal::not_found)?
        };
        let path = self.part(id);
        let arrived = if one.received == one.new.size {
            self.adopt(&path, one.new.shipped)
        } else {
            Err(Refusal::malformed(deskhand_protocol::template::TemplateFault::Damaged.sentence()))
        };
        drop(fs::remove_file(path));
        arrived
    }

    /// Takes up a copy of the program that lies beside the console of a relay inside.
    pub(crate) fn ship(&self, path: &Path) -> Result<Arrived, Refusal> {
        let aside = self.part(TemplateId::from_uuid(clock::new_id()));
        let copied = fs::copy(path, &aside).map_err(|error| unwritten(&error));
        let arrived = copied.and_then(|_| self.adopt(&aside, true));
        drop(fs::remove_file(aside));
        arrived
    }

    fn adopt(&self, path: &Path, shipped: bool) -> Result<Arrived, Refusal> {
        let bytes = read(path).map_err(|error| unwritten(&error))?;
        let found = inspect::inspect(&bytes).map_err(|fault| Refusal::malformed(fault.sentence()))?;
        let sha256 = Digest(Sha256::digest(&bytes).into());
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let settled =
            File::open(path).and_then(|file| file.sync_all()).and_then(|()| fs::rename(path, self.file(&sha256)));
        settled.map_err(|error| unwritten(&error))?;
        Ok(Arrived { sha256, size, found, shipped })
    }
}

/// SHA-256 of a file, read in pieces: what a template is known by.
///
/// # Errors
///
/// When it cannot be read.
pub fn hash(path: &Path) -> io::Result<Digest> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; TEMPLATE_PART];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(Digest(hash.finalize().into()));
        }
        hash.update(buffer.get(..read).unwrap_or_default());
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(TEMPLATE_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn create(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path).map(drop)
}

fn unwritten(error: &io::Error) -> Refusal {
    tracing::error!(%error, "a template cannot be written or read");
    Refusal::new(ErrorCode::Internal, "the relay could not store the template; check its disk's free space")
}
