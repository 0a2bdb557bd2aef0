//! Where the technician's key lives, and beside it the company's on its owner's computer: in the system's keyring, or in
//! a file that only this user can read.
//!
//! Which of the two is decided when a key is kept, by trying. A later start reads from the same place; when a keyring
//! that holds a key cannot be reached, the console does not go on with another one: every session and every relay knows
//! the technician by his, and every customer the company by its own.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    str::FromStr as _,
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use deskhand_link::{entropy::NoEntropy, identity::Identity};
use deskhand_protocol::key::Nonce;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::folder::write_private;

/// How long a keyring may take. A locked one asks its user, which takes longer, but then it exists; a secret service
/// that hangs must not keep the console from starting.
const KEYRING_TIME: Duration = Duration::from_secs(3);
/// At a later start the user may have to unlock it.
const UNLOCK_TIME: Duration = Duration::from_secs(60);

/// Why there is no key. Each text is one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The file cannot be read or written.
    #[error("the file {} cannot be used ({source}); make it readable and writable for this user only", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file is no key.
    #[error("the file {} is damaged; put back a copy of it, or remove it to begin as a new technician", path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
    },
    /// The keyring that holds the key does not give it.
    #[error(
        "the system's keyring holds your key but does not give it; unlock it (sign in to your desktop) and start again"
    )]
    KeyringAway,
    /// No randomness.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
}

/// Where a key was found or put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyPlace {
    /// The system's keyring.
    Keyring,
    /// This file.
    File(PathBuf),
}

/// Whose key it is. Each has its own files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The technician's.
    Technician,
    /// The company's, which certifies technicians.
    Company,
}

impl Whose {
    const fn stem(self) -> &'static str {
        match self {
            Self::Technician => "identity",
            Self::Company => "company",
        }
    }

    fn key_file(self, folder: &Path) -> PathBuf {
        folder.join(format!("{}.key", self.stem()))
    }

    fn ref_file(self, folder: &Path) -> PathBuf {
        folder.join(format!("{}.ref", self.stem()))
    }
}

/// A keyring, as far as it is needed: keeps a text under a name.
pub trait Keyring: Send + Sync + 'static {
    /// Keeps it.
    ///
    /// # Errors
    ///
    /// When there is no keyring or it refuses.
    fn put(&self, name: &str, secret: &str) -> Result<(), KeyringRefused>;
    /// Gives it back.
    ///
    /// # Errors
    ///
    /// When there is no keyring, it refuses, or it has none of that name.
    fn get(&self, name: &str) -> Result<Zeroizing<String>, KeyringRefused>;
}

/// The keyring that a console was started with.
#[derive(Clone)]
pub struct Ring(pub Arc<dyn Keyring>);

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ring")
    }
}

/// The keyring does not do what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the keyring refused")]
pub struct KeyringRefused;

/// The one of this system.
#[derive(Debug, Clone, Copy)]
pub struct SystemKeyring;

impl Keyring for SystemKeyring {
    fn put(&self, name: &str, secret: &str) -> Result<(), KeyringRefused> {
        entry(name)?.set_password(secret).map_err(refused)
    }

    fn get(&self, name: &str) -> Result<Zeroizing<String>, KeyringRefused> {
        entry(name)?.get_password().map(Zeroizing::new).map_err(refused)
    }
}

fn entry(name: &str) -> Result<keyring::Entry, KeyringRefused> {
    keyring::Entry::new("deskhand", name).map_err(refused)
}

#[allow(clippy::needless_pass_by_value, reason = "used as a function on results")]
fn refused(error: keyring::Error) -> KeyringRefused {
    tracing::debug!(%error, "keyring");
    KeyringRefused
}

/// Gives the technician's key, making one at the first start.
///
/// # Errors
///
/// [`KeyError`], with a sentence for the technician.
pub fn open(folder: &Path, keyring: Arc<dyn Keyring>) -> Result<(Identity, KeyPlace), KeyError> {
    if let Some(found) = find(folder, Arc::clone(&keyring), Whose::Technician)? {
        return Ok(found);
    }
    let identity = Identity::from_system()?;
    let place = keep(folder, keyring, Whose::Technician, &identity)?;
    Ok((identity, place))
}

/// Gives a key that was kept, if there is one.
///
/// # Errors
///
/// [`KeyError`], with a sentence for the technician.
pub fn find(folder: &Path, keyring: Arc<dyn Keyring>, whose: Whose) -> Result<Option<(Identity, KeyPlace)>, KeyError> {
    let key_file = whose.key_file(folder);
    if let Some(text) = read(&key_file)? {
        let identity = decode(&text).ok_or_else(|| KeyError::Damaged { path: key_file.clone() })?;
        return Ok(Some((identity, KeyPlace::File(key_file))));
    }
    let Some(name) = read(&whose.ref_file(folder))? else { return Ok(None) };
    let name = name.trim().to_owned();
    let text = within(UNLOCK_TIME, move || keyring.get(&name)).ok_or(KeyError::KeyringAway)?;
    Ok(Some((decode(&text).ok_or(KeyError::KeyringAway)?, KeyPlace::Keyring)))
}

/// Keeps a key in place of one that was kept before.
///
/// # Errors
///
/// [`KeyError::File`]; the one before is then still the one that is found.
pub fn keep(folder: &Path, keyring: Arc<dyn Keyring>, whose: Whose, identity: &Identity) -> Result<KeyPlace, KeyError> {
    let (key_file, ref_file) = (whose.key_file(folder), whose.ref_file(folder));
    let text = Zeroizing::new(Nonce(*identity.seed()).to_string());
    let name = Uuid::now_v7().to_string();
    let (kept_name, kept_text) = (name.clone(), text.clone());
    let kept = within(KEYRING_TIME, move || {
        keyring.put(&kept_name, &kept_text)?;
        // A keyring that takes everything and keeps nothing exists too.
        if *keyring.get(&kept_name)? == *kept_text { Ok(()) } else { Err(KeyringRefused) }
    });
    let (path, other, content, place) = match kept {
        Some(()) => (ref_file, key_file, name.as_bytes(), KeyPlace::Keyring),
        None => (key_file.clone(), ref_file, text.as_bytes(), KeyPlace::File(key_file)),
    };
    write_private(&path, content).map_err(|source| KeyError::File { path, source })?;
    // What named the one before; a file is looked for first, so one that stayed would be found instead.
    match fs::remove_file(&other) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(KeyError::File { path: other, source }),
        _ => Ok(place),
    }
}

fn read(path: &Path) -> Result<Option<Zeroizing<String>>, KeyError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(Zeroizing::new(text))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(KeyError::File { path: path.to_path_buf(), source }),
    }
}

fn decode(text: &str) -> Option<Identity> {
    // A seed has the form of a nonce: 32 bytes in base64url.
    let seed = Nonce::from_str(text.trim()).ok()?;
    Some(Identity::from_seed(seed.as_bytes()))
}

/// Does it on a thread of its own and gives up waiting after `time`: a call into D-Bus cannot be cancelled.
fn within<T: Send + 'static>(
    time: Duration,
    work: impl FnOnce() -> Result<T, KeyringRefused> + Send + 'static,
) -> Option<T> {
    let (done, answer) = mpsc::channel();
    let worker = thread::Builder::new().name("keyring".into()).spawn(move || {
        let _ = done.send(work());
    });
    worker.ok()?;
    answer.recv_timeout(time).ok()?.ok()
}

#[cfg(test)]
mod tests {
    use std::{collections::HashMap, sync::Mutex};

    use super::*;

    #[derive(Default)]
    struct Working(Mutex<HashMap<String, String>>);

    impl Keyring for Working {
        fn put(&self, name: &str, secret: &str) -> Result<(), KeyringRefused> {
            self.0.lock().unwrap().insert(name.into(), secret.into());
            Ok(())
        }

        fn get(&self, name: &str) -> Result<Zeroizing<String>, KeyringRefused> {
            self.0.lock().unwrap().get(name).cloned().map(Zeroizing::new).ok_or(KeyringRefused)
        }
    }

    struct Absent;

    impl Keyring for Absent {
        fn put(&self, _: &str, _: &str) -> Result<(), KeyringRefused> {
            Err(KeyringRefused)
        }

        fn get(&self, _: &str) -> Result<Zeroizing<String>, KeyringRefused> {
            Err(KeyringRefused)
        }
    }

    #[test]
    fn with_a_keyring_the_key_is_kept_there_and_found_again() {
        let dir = tempfile::tempdir().unwrap();
        let keyring = Arc::new(Working::default());
        let (first, place) = open(dir.path(), keyring.clone()).unwrap();
        assert_eq!(place, KeyPlace::Keyring);
        assert!(!dir.path().join("identity.key").exists());
        let (again, _) = open(dir.path(), keyring).unwrap();
        assert_eq!(again.public(), first.public());
    }

    #[test]
    fn without_one_the_key_lies_in_a_private_file() {
        let dir = tempfile::tempdir().unwrap();
        let (first, place) = open(dir.path(), Arc::new(Absent)).unwrap();
        let path = dir.path().join("identity.key");
        assert_eq!(place, KeyPlace::File(path.clone()));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        let (again, _) = open(dir.path(), Arc::new(Working::default())).unwrap();
        assert_eq!(again.public(), first.public(), "the place is decided once");
    }

    #[test]
    fn a_keyring_that_has_gone_does_not_make_a_new_technician() {
        let dir = tempfile::tempdir().unwrap();
        open(dir.path(), Arc::new(Working::default())).unwrap();
        assert!(matches!(open(dir.path(), Arc::new(Absent)), Err(KeyError::KeyringAway)));
    }

    #[test]
    fn the_companys_key_lies_beside_the_technicians_and_is_no_part_of_it() {
        for keyring in [Arc::new(Working::default()) as Arc<dyn Keyring>, Arc::new(Absent)] {
            let dir = tempfile::tempdir().unwrap();
            let (technician, _) = open(dir.path(), Arc::clone(&keyring)).unwrap();
            assert!(find(dir.path(), Arc::clone(&keyring), Whose::Company).unwrap().is_none());
            let company = Identity::from_seed(&[9; 32]);
            keep(dir.path(), Arc::clone(&keyring), Whose::Company, &company).unwrap();
            let found = find(dir.path(), Arc::clone(&keyring), Whose::Company).unwrap().unwrap();
            assert_eq!(found.0.public(), company.public());
            assert_eq!(open(dir.path(), keyring).unwrap().0.public(), technician.public());
        }
    }

    #[test]
    fn a_key_takes_the_place_of_another_wherever_that_was() {
        let dir = tempfile::tempdir().unwrap();
        let working: Arc<dyn Keyring> = Arc::new(Working::default());
        for (seed, keyring) in [(1, Arc::clone(&working)), (2, Arc::new(Absent)), (3, Arc::clone(&working))] {
            let key = Identity::from_seed(&[seed; 32]);
            keep(dir.path(), keyring, Whose::Technician, &key).unwrap();
            let (found, _) = open(dir.path(), Arc::clone(&working)).unwrap();
            assert_eq!(found.public(), key.public(), "{seed}");
        }
    }

    #[test]
    fn a_keyring_that_hangs_is_given_up() {
        let (_hold, hang) = mpsc::channel::<()>();
        let started = std::time::Instant::now();
        let answer = within(Duration::from_millis(50), move || {
            let _ = hang.recv();
            Ok(())
        });
        assert_eq!(answer, None);
        assert!(started.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn a_damaged_key_file_is_named() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("identity.key"), b"nonsense").unwrap();
        let error = open(dir.path(), Arc::new(Absent)).unwrap_err();
        assert!(error.to_string().contains("identity.key"), "{error}");
    }
}
