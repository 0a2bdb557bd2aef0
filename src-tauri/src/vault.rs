//! What only this console knows of its open sessions: the secrets of their codes and the helpers' pinned keys.
//!
//! One file, 0600, written whole at each change, so that a console that was killed can go on with its sessions. What
//! belongs to a session is removed when it ends.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    str::FromStr as _,
};

use deskhand_protocol::{
    UnixMillis,
    capability::Preset,
    code::{CodeError, Finder, Invitation, Secret},
    id::SessionId,
    key::PublicKey,
};
use serde::{Deserialize, Serialize};

use crate::folder::write_private;

/// Why the file is of no use. Each text is one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// It cannot be read or written.
    #[error("the file {} cannot be used ({source}); make it readable and writable for this user only", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is not what this program writes.
    #[error("the file {} is damaged or newer than this program; move it away to give up the sessions that are open", path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
    },
}

/// An invitation with its end.
#[derive(Clone, Serialize, Deserialize)]
pub struct Kept {
    finder: Finder,
    /// The secret's text form.
    secret: String,
    /// When it stops being of use.
    pub expires_at: UnixMillis,
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kept").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

impl Kept {
    /// Keeps an invitation.
    #[must_use]
    pub fn new(invitation: &Invitation, expires_at: UnixMillis) -> Self {
        Self { finder: invitation.finder.clone(), secret: invitation.secret.reveal().to_owned(), expires_at }
    }

    /// Both halves.
    ///
    /// # Errors
    ///
    /// [`CodeError`] when the file was edited.
    pub fn invitation(&self) -> Result<Invitation, CodeError> {
        Ok(Invitation { finder: self.finder.clone(), secret: Secret::from_str(&self.secret)? })
    }

    /// The secret half.
    #[must_use]
    pub fn secret(&self) -> Option<Secret> {
        Secret::from_str(&self.secret).ok()
    }
}

/// What is kept of one open session.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Entry {
    /// The spoken code.
    pub spoken: Option<Kept>,
    /// The link's and package's.
    pub link: Option<Kept>,
    /// The helper's key, once proven.
    pub pinned: Option<PublicKey>,
    /// What the technician asks for when he connects.
    #[serde(default)]
    pub preset: Preset,
    /// Wrong codes so far.
    #[serde(default)]
    pub failures: u32,
    /// The technician has ended it, but the relay could not be told yet.
    #[serde(default)]
    pub ending: bool,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    version: u32,
    sessions: BTreeMap<SessionId, Entry>,
}

const VERSION: u32 = 1;

/// See the module.
#[derive(Debug)]
pub struct Vault {
    path: PathBuf,
    sessions: BTreeMap<SessionId, Entry>,
}

impl Vault {
    /// Reads the file of this data folder, or begins a new one.
    ///
    /// # Errors
    ///
    /// [`VaultError`], with a sentence for the technician.
    pub fn open(folder: &Path) -> Result<Self, VaultError> {
        let path = folder.join("sessions.json");
        let sessions = match fs::read(&path) {
            Ok(bytes) => match serde_json::from_slice::<Stored>(&bytes) {
                Ok(Stored { version: VERSION, sessions }) => sessions,
                _ => return Err(VaultError::Damaged { path }),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
            Err(source) => return Err(VaultError::File { path, source }),
        };
        Ok(Self { path, sessions })
    }

    /// What is kept of a session.
    #[must_use]
    pub fn get(&self, session: SessionId) -> Option<&Entry> {
        self.sessions.get(&session)
    }

    /// All sessions of which something is kept.
    #[must_use]
    pub fn sessions(&self) -> Vec<SessionId> {
        self.sessions.keys().copied().collect()
    }

    /// Changes what is kept of a session, beginning with nothing.
    ///
    /// # Errors
    ///
    /// [`VaultError::File`]; the change then holds in memory only.
    pub fn change(&mut self, session: SessionId, change: impl FnOnce(&mut Entry)) -> Result<(), VaultError> {
        change(self.sessions.entry(session).or_default());
        self.write()
    }

    /// Forgets a session.
    ///
    /// # Errors
    ///
    /// [`VaultError::File`]; the file then still has it.
    pub fn forget(&mut self, session: SessionId) -> Result<(), VaultError> {
        if self.sessions.remove(&session).is_some() { self.write() } else { Ok(()) }
    }

    fn write(&self) -> Result<(), VaultError> {
        let refuse = |source| VaultError::File { path: self.path.clone(), source };
        let stored = Stored { version: VERSION, sessions: self.sessions.clone() };
        let bytes = serde_json::to_vec(&stored).map_err(|error| refuse(io::Error::other(error)))?;
        write_private(&self.path, &bytes).map_err(refuse)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn session(n: u128) -> SessionId {
        SessionId::from_uuid(Uuid::from_u128(n))
    }

    #[test]
    fn secrets_and_pins_survive_a_restart_and_go_with_their_session() {
        let dir = tempfile::tempdir().unwrap();
        let spoken = Invitation::spoken([1, 2, 3, 4, 5]);
        let link = Invitation::link([6; 10], [7; 16]);
        let mut vault = Vault::open(dir.path()).unwrap();
        vault
            .change(session(1), |entry| {
                entry.spoken = Some(Kept::new(&spoken, UnixMillis(5)));
                entry.link = Some(Kept::new(&link, UnixMillis(6)));
            })
            .unwrap();
        vault.change(session(1), |entry| entry.pinned = Some(PublicKey([9; 32]))).unwrap();
        drop(vault);

        let mut vault = Vault::open(dir.path()).unwrap();
        let entry = vault.get(session(1)).unwrap();
        assert_eq!(entry.spoken.as_ref().unwrap().invitation().unwrap(), spoken);
        assert_eq!(entry.link.as_ref().unwrap().invitation().unwrap(), link);
        assert_eq!(entry.pinned, Some(PublicKey([9; 32])));
        vault.forget(session(1)).unwrap();
        assert!(Vault::open(dir.path()).unwrap().sessions().is_empty());
        let text = fs::read_to_string(dir.path().join("sessions.json")).unwrap();
        assert!(!text.contains(link.secret.reveal()), "nothing of it is left in the file");
    }

    proptest::proptest! {
        #[test]
        fn a_file_that_was_changed_is_read_or_refused_but_never_lost(
            at: proptest::sample::Index,
            put in "\\PC{0,20}|[0-9a-z\":{},\\[\\]]{0,10}",
            over in 0..60_usize,
        ) {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("sessions.json");
            let mut vault = Vault::open(dir.path()).unwrap();
            vault
                .change(session(1), |entry| {
                    entry.spoken = Some(Kept::new(&Invitation::spoken([1; 5]), UnixMillis(5)));
                    entry.link = Some(Kept::new(&Invitation::link([6; 10], [7; 16]), UnixMillis(6)));
                    entry.pinned = Some(PublicKey([9; 32]));
                })
                .unwrap();
            let good = fs::read_to_string(&path).unwrap();
            let at = at.index(good.len());
            let changed = format!("{}{put}{}", &good[..at], &good[(at + over).min(good.len())..]);
            fs::write(&path, &changed).unwrap();
            match Vault::open(dir.path()) {
                Ok(vault) => {
                    for entry in vault.sessions().into_iter().filter_map(|session| vault.get(session)) {
                        for kept in [&entry.spoken, &entry.link].into_iter().flatten() {
                            proptest::prop_assert_eq!(kept.secret().is_some(), kept.invitation().is_ok());
                        }
                    }
                }
                Err(error) => proptest::prop_assert!(error.to_string().contains("sessions.json")),
            }
            proptest::prop_assert_eq!(fs::read_to_string(&path).unwrap(), changed);
        }
    }

    #[test]
    fn a_damaged_or_newer_file_is_named_and_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sessions.json");
        for text in ["{", "{\"version\":2,\"sessions\":{}}"] {
            fs::write(&path, text).unwrap();
            let error = Vault::open(dir.path()).unwrap_err();
            assert!(error.to_string().contains("sessions.json"), "{error}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }
}
